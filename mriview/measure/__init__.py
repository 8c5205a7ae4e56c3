"""Pure measurements from marks and masks: segments, contacts, lesions.

Nothing here opens a file or keeps a state; what a number means for the patient is not decided here.
What other floors may use stands in ``_HOME``, and is imported when it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mriview.measure.contacts import ContactMeasures as ContactMeasures
    from mriview.measure.contacts import clock as clock
    from mriview.measure.contacts import direction_of as direction_of
    from mriview.measure.contacts import measure_mark as measure_mark
    from mriview.measure.lesions import LesionMeasures as LesionMeasures
    from mriview.measure.lesions import lesion_sizes as lesion_sizes
    from mriview.measure.lesions import measure_lesion as measure_lesion
    from mriview.measure.primitives import LEAST_POINTS as LEAST_POINTS
    from mriview.measure.primitives import PrimitiveMeasures as PrimitiveMeasures
    from mriview.measure.primitives import measure_primitive as measure_primitive
    from mriview.measure.primitives import middle_of as middle_of
    from mriview.measure.primitives import samples_of as samples_of
    from mriview.measure.segments import LandmarkArc as LandmarkArc
    from mriview.measure.segments import LandmarkArcs as LandmarkArcs
    from mriview.measure.segments import landmark_arcs as landmark_arcs
    from mriview.measure.segments import segment_at as segment_at
    from mriview.measure.segments import segment_range as segment_range
    from mriview.measure.segments import zone_of as zone_of

_HOME = {
    "ContactMeasures": "contacts",
    "LEAST_POINTS": "primitives",
    "LandmarkArc": "segments",
    "LandmarkArcs": "segments",
    "LesionMeasures": "lesions",
    "PrimitiveMeasures": "primitives",
    "clock": "contacts",
    "direction_of": "contacts",
    "landmark_arcs": "segments",
    "lesion_sizes": "lesions",
    "measure_lesion": "lesions",
    "measure_mark": "contacts",
    "measure_primitive": "primitives",
    "middle_of": "primitives",
    "samples_of": "primitives",
    "segment_at": "segments",
    "segment_range": "segments",
    "zone_of": "segments",
}
__all__ = sorted(_HOME)  # noqa: PLE0605 (the one list of names is _HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        msg = f"module 'mriview.measure' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"mriview.measure.{_HOME[name]}"), name)
