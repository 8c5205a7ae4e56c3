"""Pure measurements from marks and masks: segments, contacts, lesions.

Nothing here opens a file or keeps a state; what a number means for the patient is not decided here.
"""

from mriview.measure.contacts import ContactMeasures, clock, direction_of, measure_mark
from mriview.measure.lesions import LesionMeasures, lesion_sizes, measure_lesion
from mriview.measure.primitives import (
    LEAST_POINTS,
    PrimitiveMeasures,
    measure_primitive,
    middle_of,
    samples_of,
)
from mriview.measure.segments import (
    LandmarkArc,
    LandmarkArcs,
    landmark_arcs,
    segment_at,
    segment_range,
    zone_of,
)

__all__ = [
    "LEAST_POINTS",
    "ContactMeasures",
    "LandmarkArc",
    "LandmarkArcs",
    "LesionMeasures",
    "PrimitiveMeasures",
    "clock",
    "direction_of",
    "landmark_arcs",
    "lesion_sizes",
    "measure_lesion",
    "measure_mark",
    "measure_primitive",
    "middle_of",
    "samples_of",
    "segment_at",
    "segment_range",
    "zone_of",
]
