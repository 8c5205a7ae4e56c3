"""Parallel planes of one kind: their order along the normal, their time points, their steps. Pure.

A stack is regular when every plane lies where equal steps along the normal put it. What is not
regular is cut at its gaps into the fewest regular parts, or refused. Planes that differ in more
than place and time never come here: ``split`` takes them apart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mriview.geometry import Points
from mriview.scans.headers import Plane, Point
from mriview.values import Problem, problem

# All sound series of the corpus keep their steps within 0.002 mm; the smallest planted fault is
# 0.3 mm; exporters round positions to 0.001 mm.
STEP_TOLERANCE_MM = 0.01
# Exporters that round to 0.01 mm put slices up to here beside equal steps: read, and said so.
ROUNDED_TOLERANCE_MM = 0.05
ROUNDED_OF_STEP = 0.1  # but never more than a tenth of the step between slices
TILT_TOLERANCE_DEG = 0.1  # dicom page, section 2
SPACING_RUN = 3  # slices at one step before a change of step counts as meant, not as jitter
_ROUND_OFF_MM = 1e-6

TIME_ORDER = (
    *("temporal_position", "temporal_offset_s", "dimensions", "acquisition", "acquired_s"),
    *("reference_s", "phase", "trigger_ms", "cardiac_percent", "respiratory_percent", "object_s"),
    "content_s",
)
# Within each repetition the same moments are measured again: two times that order only together.
NESTED_ORDER = (("temporal_position", "phase"), ("acquisition", "phase"))
MOMENTS = ("acquired_s", "reference_s")  # of each slice: one time point holds many of them


@dataclass(frozen=True, slots=True)
class TimePoints:
    """Planes of equal places, time point by time point, each by growing place.

    Parameters
    ----------
    points : tuple of tuple of Plane
        Complete time points in order; empty where nothing orders the planes.
    left_out : tuple of Plane
        What belongs to none.
    problem : Problem or None
        Why something was left out.
    """

    points: tuple[tuple[Plane, ...], ...]
    left_out: tuple[Plane, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Stack:
    """Planes by growing place, and the regular parts of them.

    Parameters
    ----------
    planes : tuple of Plane
        All, in order.
    parts : tuple of range
        Positions in ``planes`` of each regular part.
    problem : Problem or None
        Why there is more than one part.
    refused : Problem or None
        Why there is none.
    """

    planes: tuple[Plane, ...]
    parts: tuple[range, ...] = ()
    problem: Problem | None = None
    refused: Problem | None = None


def stacks_by_time(planes: Sequence[Plane]) -> TimePoints:
    """Order planes along their normal, and take time points apart.

    Parameters
    ----------
    planes : sequence of Plane
        Parallel, of one kind, in any order.
    """
    places = places_of(planes)
    slices = int(max(places)) + 1
    counts = np.bincount(places, minlength=slices)
    if counts.max() == 1:
        return TimePoints((_by_place(planes, places),))
    if slices == 1:
        said = problem("repeated_position", images=len(planes), slices=slices)
        return TimePoints((), tuple(planes), said)
    orders = (
        *(_by((name,), planes, places) for name in TIME_ORDER),
        *(_by(names, planes, places) for names in NESTED_ORDER),
        *(_by_moment(name, planes, places) for name in MOMENTS),
        _by_number(planes, places),
    )
    found = [_time_points(points, slices) for points in orders if points is not None]
    best = [one for one in found if one.points and _same_places(one.points)]
    if best:
        return min(best, key=lambda one: len(one.left_out))
    if counts.min() == counts.max():
        said = problem("repeated_position", images=len(planes), slices=slices)
    else:
        positions = int((counts > counts.min()).sum())
        said = problem("duplicate_position", positions=positions, slices=slices)
    return TimePoints((), tuple(planes), said)


def places_of(planes: Sequence[Plane]) -> NDArray[np.intp]:
    """Give the number of each plane's place along the normal, from 0.

    Planes within `STEP_TOLERANCE_MM` of the one before lie at one place.
    """
    nx, ny, nz = normal_of(planes[0])
    along_mm = [x * nx + y * ny + z * nz for x, y, z in (plane.position_mm for plane in planes)]
    places = np.empty(len(planes), dtype=np.intp)
    place, before_mm = -1, -math.inf
    for n in sorted(range(len(planes)), key=along_mm.__getitem__):
        place += along_mm[n] - before_mm > STEP_TOLERANCE_MM
        places[n], before_mm = place, along_mm[n]
    return places


def stack_of(planes: Sequence[Plane]) -> Stack:
    """Find the regular parts of planes that are in order and at different places.

    Parameters
    ----------
    planes : sequence of Plane
        By growing place along the normal, n >= 1.
    """
    ordered = tuple(planes)
    if len(ordered) < 2 or _is_upright_and_regular(ordered):
        return Stack(ordered, parts=(range(len(ordered)),))
    positions = np.array([plane.position_mm for plane in ordered])
    steps = np.diff(positions, axis=0)
    base = steps[_nearest_to_median(np.linalg.norm(steps, axis=1))]
    tilt_deg, drift_mm = _tilt(ordered[0], base)
    if tilt_deg > TILT_TOLERANCE_DEG and drift_mm * len(steps) > ROUNDED_TOLERANCE_MM:
        return Stack(ordered, refused=problem("slice_tilt", tilt_deg=round(tilt_deg, 2)))
    off_mm = _off_equal_steps_mm(positions)
    if off_mm <= STEP_TOLERANCE_MM + _ROUND_OFF_MM:
        return Stack(ordered, parts=(range(len(ordered)),))
    spacing_mm = round(float(np.linalg.norm(base)), 3)
    if off_mm <= min(ROUNDED_TOLERANCE_MM, ROUNDED_OF_STEP * spacing_mm):
        said = problem("slice_rounding", off_mm=round(off_mm, 3), spacing_mm=spacing_mm)
        return Stack(ordered, (range(len(ordered)),), problem=said)
    parts = _fewest_parts(positions, base)
    regular = all(len(part) < 2 or _is_regular(positions[part]) for part in parts)
    if regular and (_only_gaps(steps, base) or _only_spacing_changes(parts, positions)):
        return Stack(ordered, parts, problem=_cut(steps, base, parts, positions))
    largest_mm = _largest_offset(steps, base)
    said = problem("slice_jitter", off_mm=largest_mm, spacing_mm=spacing_mm)
    return Stack(ordered, refused=said)


def _by_place(
    planes: Sequence[Plane], places: Sequence[int] | NDArray[np.intp]
) -> tuple[Plane, ...]:
    order = np.argsort(np.asarray(places), kind="stable")
    return tuple(planes[n] for n in order)


def _by(
    names: tuple[str, ...], planes: Sequence[Plane], places: NDArray[np.intp]
) -> list[tuple[list[Plane], list[int]]] | None:
    """Time points by some kinds of time; None where they do not tell images at one place apart."""
    groups: dict[tuple[float, ...], tuple[list[Plane], list[int]]] = {}
    for plane, place in zip(planes, places, strict=True):
        try:
            time = tuple([plane.times[name] for name in names])
        except KeyError:
            return None
        members, where = groups.setdefault(time, ([], []))
        if int(place) in where:
            return None
        members.append(plane)
        where.append(int(place))
    return [groups[time] for time in sorted(groups)]


def _by_moment(
    name: str, planes: Sequence[Plane], places: NDArray[np.intp]
) -> list[tuple[list[Plane], list[int]]] | None:
    """Time points by when each slice was made, where one was finished before the next began."""
    if not all(name in plane.times for plane in planes):
        return None
    return _in_blocks([plane.times[name] for plane in planes], planes, places)


def _by_number(
    planes: Sequence[Plane], places: NDArray[np.intp]
) -> list[tuple[list[Plane], list[int]]] | None:
    """Time points by InstanceNumber, where it counts through one time point or one place at a time.

    Numbers alone prove nothing; a series whose numbers run in such blocks was numbered on purpose.
    """
    numbers = [plane.number for plane in planes]
    return _in_blocks(numbers, planes, places) if len(set(numbers)) == len(numbers) else None


def _in_blocks(
    values: Sequence[float], planes: Sequence[Plane], places: NDArray[np.intp]
) -> list[tuple[list[Plane], list[int]]] | None:
    """Time points by growing values that run through one time point or one place at a time."""
    counts = np.bincount(places)
    if counts.min() != counts.max() or len(counts) < 2:
        return None
    order = np.lexsort((np.asarray(values), places))
    table = np.asarray(values)[order].reshape(len(counts), -1)  # a row a place, by growing value
    by_place = table[np.argsort(table[:, 0])]
    in_time_blocks = (table.max(axis=0)[:-1] < table.min(axis=0)[1:]).all()
    in_place_blocks = (by_place.max(axis=1)[:-1] < by_place.min(axis=1)[1:]).all()
    grows = (np.diff(table, axis=1) > 0).all()
    if not grows or not (in_time_blocks or in_place_blocks):
        return None
    columns = order.reshape(table.shape).T
    slices = list(range(len(counts)))
    return [([planes[n] for n in column], slices) for column in columns]


def _time_points(points: list[tuple[list[Plane], list[int]]], slices: int) -> TimePoints:
    """Keep the complete time points; a torn one is left out, with its problem."""
    whole = tuple(_by_place(*point) for point in points if len(point[0]) == slices)
    torn = tuple(plane for point in points if len(point[0]) < slices for plane in point[0])
    if not torn:
        return TimePoints(whole)
    counts = {"points": len(points), "torn": len(points) - len(whole)}
    said = problem("time_point_incomplete", None, **counts, images=len(torn))
    return TimePoints(whole, torn, said)


def _same_places(points: Sequence[Sequence[Plane]]) -> bool:
    """Whether full positions agree: equal places along the normal allow a shift in the plane."""
    positions = np.array([[plane.position_mm for plane in point] for point in points])
    return bool(np.linalg.norm(positions - positions[0], axis=2).max() <= STEP_TOLERANCE_MM)


def _nearest_to_median(lengths_mm: NDArray[np.float64]) -> int:
    return int(np.argmin(np.abs(lengths_mm - np.median(lengths_mm))))


def normal_of(plane: Plane) -> Point:
    """Give the unit vector across a plane, LPS; written out, since it is asked for every series."""
    (ax, ay, az), (bx, by, bz) = plane.along_i, plane.along_j
    return ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx


def _is_upright_and_regular(planes: Sequence[Plane]) -> bool:
    """Whether nothing is to be asked further, as of nearly all series.

    Written out in plain numbers: for few slices arrays cost ten times as much.
    """
    (x0, y0, z0), (x1, y1, z1) = planes[0].position_mm, planes[-1].position_mm
    last = len(planes) - 1
    dx, dy, dz = (x1 - x0) / last, (y1 - y0) / last, (z1 - z0) / last
    nx, ny, nz = normal_of(planes[0])
    across = dx * nx + dy * ny + dz * nz
    drift_mm = math.hypot(dx - across * nx, dy - across * ny, dz - across * nz)
    tilt_deg = math.degrees(math.atan2(drift_mm, abs(across)))
    if tilt_deg > TILT_TOLERANCE_DEG and drift_mm * last > ROUNDED_TOLERANCE_MM:
        return False
    most = (STEP_TOLERANCE_MM + _ROUND_OFF_MM) ** 2
    for k, plane in enumerate(planes):
        x, y, z = plane.position_mm
        ex, ey, ez = x - x0 - k * dx, y - y0 - k * dy, z - z0 - k * dz
        if ex * ex + ey * ey + ez * ez > most:
            return False
    return True


def _tilt(plane: Plane, step: Points) -> tuple[float, float]:
    """Angle between a step and the normal (deg), and how far it leads aside (mm)."""
    normal = np.array(normal_of(plane))
    drift_mm = float(np.linalg.norm(step - (step @ normal) * normal))
    return float(np.degrees(np.arctan2(drift_mm, abs(step @ normal)))), drift_mm


def _is_regular(positions: Points) -> bool:
    """Whether equal steps from the first to the last position lead through all others."""
    return _off_equal_steps_mm(positions) <= STEP_TOLERANCE_MM + _ROUND_OFF_MM


def _off_equal_steps_mm(positions: Points) -> float:
    """How far a position lies from where equal steps from the first to the last put it."""
    count = len(positions)
    step = (positions[-1] - positions[0]) / (count - 1)
    expected = positions[0] + np.arange(count)[:, None] * step
    return float(np.linalg.norm(positions - expected, axis=1).max())


def _fewest_parts(positions: Points, base: Points) -> tuple[range, ...]:
    """Cut into the fewest regular parts; among equals the cut that keeps the usual step."""
    steps = np.diff(positions, axis=0)
    usual = np.linalg.norm(steps - base, axis=1) <= 2 * STEP_TOLERANCE_MM
    count = len(positions)
    same = _same_as_next(steps)
    best: list[tuple[int, int, int]] = [(0, 0, 0)] * count + [(0, 0, count)]
    for start in range(count - 1, -1, -1):
        best[start] = (count + 1, 0, start)
        odd = 0
        for stop in range(start + 1, count + 1):
            if stop > start + 2 and not same[stop - 3]:
                break  # the step to the last plane is not the one before it
            odd += int(stop > start + 1 and not usual[stop - 2])
            choice = (best[stop][0] + 1, best[stop][1] + odd, stop)
            if (choice[0], choice[1], -stop) < (best[start][0], best[start][1], -best[start][2]):
                best[start] = choice
    cuts = [range(best[0][2])]
    while cuts[-1].stop < count:
        cuts.append(range(cuts[-1].stop, best[cuts[-1].stop][2]))
    return tuple(cuts)


def _same_as_next(steps: Points) -> list[bool]:
    """Whether each step is the one that follows it."""
    apart_mm = np.linalg.norm(np.diff(steps, axis=0), axis=1)
    return [bool(apart <= 2 * STEP_TOLERANCE_MM) for apart in apart_mm]


def _only_gaps(steps: Points, base: Points) -> bool:
    """Whether each step is a whole number of usual steps: slices are missing, none is off."""
    length = np.linalg.norm(base)
    whole = np.maximum(np.rint(steps @ base / length**2), 1)
    off_mm = np.linalg.norm(steps - whole[:, None] * base, axis=1)
    return bool((off_mm <= 2 * STEP_TOLERANCE_MM * whole).all())


def _only_spacing_changes(parts: Sequence[range], positions: Points) -> bool:
    """Whether every part is long enough to be meant, and all lie on one line."""
    if min(len(part) for part in parts) < SPACING_RUN:
        return False
    line = (positions[-1] - positions[0]) / np.linalg.norm(positions[-1] - positions[0])
    away = positions - positions[0]
    off_mm = np.linalg.norm(away - (away @ line)[:, None] * line, axis=1)
    return bool(off_mm.max() <= 2 * STEP_TOLERANCE_MM)


def _cut(steps: Points, base: Points, parts: Sequence[range], positions: Points) -> Problem:
    """Name the cut: missing slices, or another distance from some slice on."""
    lengths = np.linalg.norm(steps, axis=1)
    kept = [
        np.linalg.norm(positions[part[1]] - positions[part[0]]) for part in parts if len(part) > 1
    ]
    if np.ptp(kept) > 2 * STEP_TOLERANCE_MM:
        narrowest_mm, widest_mm = round(float(lengths.min()), 3), round(float(lengths.max()), 3)
        return problem(
            "slice_spacing_irregular",
            narrowest_mm=narrowest_mm,
            widest_mm=widest_mm,
            parts=len(parts),
        )
    spacing_mm = float(np.linalg.norm(base))
    return problem(
        "slice_gap",
        gaps=int((lengths > 1.5 * spacing_mm).sum()),
        steps=len(lengths),
        spacing_mm=round(spacing_mm, 3),
        widest_mm=round(float(lengths.max()), 3),
        parts=len(parts),
    )


def _largest_offset(steps: Points, base: Points) -> float:
    return round(float(np.linalg.norm(steps - base, axis=1).max()), 3)
