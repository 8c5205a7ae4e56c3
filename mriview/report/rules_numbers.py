"""Rules about numbers: R02, R03, R10, R24, R27, R43. Each yields (severity, JSON path, sentence).

Whether an interval holds its value, a unit fits its key, and the sizes of a lesion can be those of
one body. What is believed of sizes is in ``mriview.review.plausible``.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from mriview.geometry import nearest
from mriview.report.model import ReportKeys
from mriview.report.model_causes import Lesion
from mriview.report.model_values import Interval, NotGiven
from mriview.report.reading import QUANTITIES_OF_A_LESION, lesions_of, quantities, sides_of
from mriview.review.plausible import magnitude_faults, size_faults
from mriview.review.reading import edges_mm
from mriview.vocabulary import constant

UNITS = {"mm": "mm", "mm2": "mm2", "mm3": "mm3", "deg": "deg", "ratio": "1"}  # by end of the key
FULL_TURN_DEG = 360.0
GAP_TO_MM = 0.15  # domain page, R10
FINEST_INTERVAL = 0.2  # of a voxel edge; domain page, R27
COARSEST = ("no_contact_in_plane_max_mm", "no_contact_slice_max_mm")
# Keys that need the outer surfaces of nerve and vessel; those of contacts come with their measures.
OF_SURFACES = frozenset({"gap_mm", "contact_length_mm", "contact_area_mm2", "indentation_mm"})
SLICES_ACROSS = 3  # domain page, R24: fewer slices than this across a lesion is a warning

Found = Iterator[tuple[Literal["error", "warning"], str, str]]


def intervals_hold_their_value(report: ReportKeys) -> Found:
    """R02: low <= value <= high; the interval of a clock angle may wrap through 0."""
    for path, quantity in quantities(report):
        if not isinstance(quantity, Interval):
            continue
        low, value, high = quantity.low, quantity.value, quantity.high
        wraps = path.endswith("clock_deg") and low > high
        inside = (value >= low or value <= high) if wraps else low <= value <= high
        if not inside:
            yield "error", path, f"{value:g} does not lie between {low:g} and {high:g}"


def units_fit_their_keys(report: ReportKeys) -> Found:
    """R03: the unit of a quantity is the one that its key ends with."""
    for path, quantity in quantities(report):
        unit = UNITS[path.rsplit("_", 1)[-1]]
        if not isinstance(quantity, NotGiven) and quantity.unit != unit:
            yield "error", path, f"the unit is {quantity.unit}, not {unit}"


def gaps_fit_their_points(report: ReportKeys) -> Found:
    """R10: a gap between surfaces is no wider than from the axis of the nerve to the mark."""
    for name, side in sides_of(report):
        for number, vessel in enumerate(side.vessels_nearby):
            nerve, gap = side.nerves.get(vessel.nerve), vessel.gap_mm
            if nerve is None or isinstance(gap, NotGiven):
                continue
            away_mm = nearest(np.array(nerve.path_mm), vessel.position).distance_mm
            if gap.value > away_mm + GAP_TO_MM:
                path = f"$.sides.{name}.vessels_nearby[{number}].gap_mm"
                sentence = f"a gap of {gap.value:.2f} mm, and the mark lies {away_mm:.2f} mm away"
                yield "error", path, sentence


def surfaces_are_resolved(report: ReportKeys) -> Found:
    """R27: E a distance of surfaces from coarse voxels; W an interval finer than a fifth voxel."""
    reference = [x for x in report.study.series if x.key == report.study.reference]
    for path, quantity in quantities(report):
        if path.rsplit(".", 1)[-1] not in OF_SURFACES or isinstance(quantity, NotGiven):
            continue
        for series in reference:
            in_plane_mm, slice_mm = edges_mm(series.spacing_mm, series.acquired_voxel_mm)
            widest_mm, thick_mm = (constant(key) for key in COARSEST)
            if in_plane_mm > widest_mm or slice_mm > thick_mm:
                size = f"{in_plane_mm:.2f} x {slice_mm:.2f} mm"
                yield "error", path, f"surfaces are not told apart on voxels of {size}: withhold it"
            elif isinstance(quantity, Interval) and (
                quantity.high - quantity.low < FINEST_INTERVAL * in_plane_mm
            ):
                sentence = f"an interval of {quantity.high - quantity.low:.2f} mm is too narrow"
                yield "warning", path, f"{sentence} for voxels of {in_plane_mm:.2f} mm"


def sizes_are_those_of_one_body(report: ReportKeys) -> Found:
    """R24: longest >= perpendicular; extrameatal part and volume fit into the three axes."""
    edges_mm = {x.key: max(x.spacing_mm) for x in report.study.series}
    for path, lesion in lesions_of(report):
        sizes = _sizes(lesion)
        on = [edges_mm[key] for key in lesion.series if key in edges_mm]
        for key, sentence in size_faults(sizes, max(on, default=0.0)):
            yield "error", f"{path}.{key}", sentence
        longest = sizes.get("longest_mm")
        if on and longest is not None and min(on) > longest / SLICES_ACROSS:
            sentence = f"slices of {min(on):.1f} mm are thick for {longest:.1f} mm"
            yield "warning", f"{path}.longest_mm", sentence


def sizes_are_believed(report: ReportKeys) -> Found:
    """R43: sizes of lesions are usual ones: W beyond, E at half or twice; clock 0 to 360."""
    for path, lesion in lesions_of(report):
        for severity, key, sentence in magnitude_faults(_sizes(lesion)):
            yield severity, f"{path}.{key}", sentence
    for path, quantity in quantities(report):
        if isinstance(quantity, NotGiven) or not path.endswith("clock_deg"):
            continue
        if not 0 <= quantity.value <= FULL_TURN_DEG:
            yield "warning", path, "a clock angle lies between 0 and 360 deg"


def _sizes(lesion: Lesion) -> dict[str, float]:
    given = {key: getattr(lesion, key) for key in QUANTITIES_OF_A_LESION}
    return {key: x.value for key, x in given.items() if not isinstance(x, NotGiven)}
