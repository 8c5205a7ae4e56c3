"""From the planes of one series to regular grids, or to refusals with their evidence. Pure.

Planes that differ in what they show (component, echo, b-value), in size, spacing, direction or
frame of reference are taken apart; each group must then be one stack of parallel planes at equal
steps, or it is cut into the fewest such stacks, or refused. Nothing is resampled, padded, moved or
guessed. Which files are planes at all, the format readers say.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mriview.geometry import Grid, Points
from mriview.scans.files import ScanFile
from mriview.scans.headers import GridPlan, Plane, TurnedAway
from mriview.scans.likeness import rejoined, told_apart
from mriview.scans.stack import Stack, normal_of, stack_of, stacks_by_time
from mriview.values import Problem, problem

# All sound series of the corpus: cosines within 1.5e-8, pixel spacings equal; smallest planted
# fault 4 deg. See `stack` for the steps.
COSINE_TOLERANCE = 1e-4
SPACING_TOLERANCE = 1e-4  # relative
PROJECTIONS = frozenset({"MIP", "MINIP", "PROJECTION", "PROJECTION IMAGE", "CSA MIP"})
LOCALIZERS = frozenset({"LOCALIZER", "SURVEY", "SCOUT"})
SCREENS = frozenset({"SCREENSAVE", "SCREEN SAVE", "CSA REPORT", "CSAPARALLEL"})
NO_SCAN = (
    ("derived_mip", PROJECTIONS),
    ("secondary_capture", SCREENS),
    ("localizer", LOCALIZERS),
)
LOCALIZER_ORIENTATIONS = 3
LOCALIZER_SLICES = 25  # of one orientation; more are reformatted volumes that share a series
# Differences that leave nothing but single slices where an exporter gave each image its own value.
SCATTERING = frozenset({"two_frames_of_reference", "mixed_size", "mixed_spacing"})
PERPENDICULAR_COS = 0.5  # normals of a localizer are 60 deg and more apart


@dataclass(frozen=True, slots=True)
class Split:
    """What one series gives: grids, and files that were turned away with their reason."""

    plans: tuple[GridPlan, ...] = ()
    turned_away: tuple[TurnedAway, ...] = ()


def split(planes: Sequence[Plane]) -> Split:
    """Make regular grids of the planes of one series.

    Parameters
    ----------
    planes : sequence of Plane
        Of one SeriesInstanceUID, one study and one patient; in any order.

    Returns
    -------
    Split
        The same for every order of the planes. Each file is in a plan or turned away.
    """
    ordered = sorted(planes, key=_order)
    scans, ignored = _scans_among(ordered)
    if not scans:
        return Split(turned_away=ignored)
    conflict = _same_instance(scans)
    if conflict is not None:
        return Split(turned_away=(*ignored, _away(scans, conflict)))
    groups, warnings = _groups(scans)
    plans: list[GridPlan] = []
    away = list(ignored)
    for part in (part for group in groups for part in told_apart(group)):
        made = _grids(part)
        said = (*warnings, *_notes(part))
        plans += [replace(plan, problems=(*said, *plan.problems)) for plan in made.plans]
        away += made.turned_away
    scattered = [one for one in warnings if one.code in SCATTERING]
    if scattered and not plans and {one.problem.code for one in away} == {"single_slice"}:
        return Split(turned_away=(*ignored, _away(scans, replace(scattered[0], severity="error"))))
    return Split(tuple(plans), tuple(away))


def _notes(planes: Iterable[Plane]) -> tuple[Problem, ...]:
    """Gather what headers warn of, each once."""
    notes: dict[str, Problem] = {}
    for plane in planes:
        for note in plane.notes:
            notes.setdefault(str(note), note)
    return tuple(notes.values())


def _order(plane: Plane) -> tuple[object, ...]:
    """Sort key in which no file name has a part."""
    return (
        plane.kind,
        plane.along_i,
        plane.along_j,
        plane.position_mm,
        plane.number,
        plane.instance,
    )


def _away(planes: Iterable[Plane], why: Problem) -> TurnedAway:
    return TurnedAway(frozenset(plane.file for plane in planes), why)


def _scans_among(planes: Sequence[Plane]) -> tuple[list[Plane], tuple[TurnedAway, ...]]:
    """Turn away what is no scan: by what the scanner wrote of it, or as three planes that cross."""
    scans: list[Plane] = []
    others: dict[str, list[Plane]] = {}
    for plane in planes:
        words = frozenset(plane.acquisition.image_type)
        code = next((code for code, known in NO_SCAN if not words.isdisjoint(known)), None)
        (scans if code is None else others.setdefault(code, [])).append(plane)
    if _are_three_crossing(scans):
        others.setdefault("localizer", []).extend(scans)
        scans = []
    away = [_away(members, _no_scan(code, members)) for code, members in others.items()]
    return scans, tuple(away)


def _no_scan(code: str, planes: Sequence[Plane]) -> Problem:
    orientations = len(_orientations_of(planes))
    return problem(code, files=len({plane.file for plane in planes}), orientations=orientations)


def _are_three_crossing(planes: Sequence[Plane]) -> bool:
    if not 0 < len(planes) <= LOCALIZER_ORIENTATIONS * LOCALIZER_SLICES:
        return False
    normals = [_normal(plane) for plane in _orientations_of(planes)]
    spread = [
        abs(float(a @ b)) < PERPENDICULAR_COS for n, a in enumerate(normals) for b in normals[:n]
    ]
    return len(normals) == LOCALIZER_ORIENTATIONS and all(spread)


def _orientations_of(planes: Sequence[Plane]) -> list[Plane]:
    """Give one plane of each orientation."""
    distinct = list({(plane.along_i, plane.along_j): plane for plane in planes}.values())
    return [group[0] for group in _apart(distinct, _orientation_near)]


def _same_instance(planes: Sequence[Plane]) -> Problem | None:
    """Two objects that claim one identity; true copies were taken out before."""
    claims: dict[str, set[ScanFile]] = {}
    for plane in planes:
        if plane.instance:
            claims.setdefault(plane.instance, set()).add(plane.file)
    torn = [files for files in claims.values() if len(files) > 1]
    if not torn:
        return None
    files = sum(map(len, torn))
    return problem("duplicate_instance_conflict", files=files, instances=len(torn))


def _groups(planes: Sequence[Plane]) -> tuple[list[list[Plane]], tuple[Problem, ...]]:
    """Take apart what cannot be one grid; what should not be mixed in one series is said."""
    alike: dict[tuple[Hashable, ...], list[Plane]] = {}
    for plane in planes:
        alike.setdefault(_likeness(plane), []).append(plane)
    groups = [[members[0] for members in alike.values()]]  # one speaks for all that are equal
    warnings: list[Problem] = []
    for same, said in (
        (_equal(lambda plane: plane.kind), None),
        (_equal(lambda plane: plane.frame_of_reference), _frames),
        (_equal(lambda plane: (plane.columns, plane.rows)), _sizes),
        (_spacing_near, _spacings),
        (_orientation_near, _orientations),
    ):
        parts = [part for group in groups for part in _apart(group, same)]
        if said is not None and len(parts) > len(groups):
            warnings.append(said(groups, parts))
        groups = parts
    if len(groups) == 1:
        return [list(planes)], tuple(warnings)
    homes = {_likeness(one): n for n, group in enumerate(groups) for one in group}
    whole: list[list[Plane]] = [[] for _ in groups]
    for plane in planes:
        whole[homes[_likeness(plane)]].append(plane)
    return rejoined(whole, _alike_but_for_kind), tuple(warnings)


def _alike_but_for_kind(a: Plane, b: Plane) -> bool:
    sizes = (a.columns, a.rows) == (b.columns, b.rows)
    frames = a.frame_of_reference == b.frame_of_reference
    return sizes and frames and _spacing_near(a, b) and _orientation_near(a, b)


def _likeness(plane: Plane) -> tuple[Hashable, ...]:
    """Everything by which `_groups` takes planes apart."""
    return (
        plane.kind,
        plane.frame_of_reference,
        plane.columns,
        plane.rows,
        plane.spacing_mm,
        plane.along_i,
        plane.along_j,
    )


def _apart(planes: Sequence[Plane], same: Callable[[Plane, Plane], bool]) -> list[list[Plane]]:
    """Group by likeness to the first member of each."""
    groups: list[list[Plane]] = []
    for plane in planes:
        home = next((group for group in groups if same(group[0], plane)), None)
        if home is None:
            groups.append([plane])
        else:
            home.append(plane)
    return groups


def _equal(key: Callable[[Plane], Hashable]) -> Callable[[Plane, Plane], bool]:
    return lambda a, b: key(a) == key(b)


def _spacing_near(a: Plane, b: Plane) -> bool:
    return a.spacing_mm == b.spacing_mm or bool(
        np.allclose(a.spacing_mm, b.spacing_mm, rtol=SPACING_TOLERANCE, atol=0)
    )


def _orientation_near(a: Plane, b: Plane) -> bool:
    apart = np.subtract((*a.along_i, *a.along_j), (*b.along_i, *b.along_j))
    return bool(np.abs(apart).max() <= COSINE_TOLERANCE)


def _normal(plane: Plane) -> Points:
    return np.array(normal_of(plane))


def _count(groups: list[list[Plane]], parts: list[list[Plane]]) -> int:
    return len(parts) - len(groups) + 1


def _frames(groups: list[list[Plane]], parts: list[list[Plane]]) -> Problem:
    return problem("two_frames_of_reference", groups=_count(groups, parts))


def _sizes(groups: list[list[Plane]], parts: list[list[Plane]]) -> Problem:
    return problem("mixed_size", groups=_count(groups, parts))


def _spacings(groups: list[list[Plane]], parts: list[list[Plane]]) -> Problem:
    return problem("mixed_spacing", groups=_count(groups, parts))


def _orientations(groups: list[list[Plane]], parts: list[list[Plane]]) -> Problem:
    angles = [_angle_deg(part[0], parts[0][0]) for part in parts]
    return problem(
        "mixed_orientation", groups=_count(groups, parts), angle_deg=round(max(angles), 2)
    )


def _angle_deg(a: Plane, b: Plane) -> float:
    """Angle of the rotation from the axes of one plane to those of the other."""
    cosine = (np.trace(_axes(a).T @ _axes(b)) - 1) / 2
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def _axes(plane: Plane) -> NDArray[np.float64]:
    return np.stack([plane.along_i, plane.along_j, _normal(plane)], axis=1)


def _grids(planes: list[Plane]) -> Split:
    """Stacks of one group: time points first, then equal steps, then the matrix."""
    files = len({plane.file for plane in planes})
    if len(planes) == 1:
        return Split(turned_away=(_away(planes, problem("single_slice", files=files)),))
    times = stacks_by_time(planes)
    away = [] if times.problem is None else [_away(times.left_out, times.problem)]
    if not times.points:
        return Split(turned_away=tuple(away))
    stack = stack_of(times.points[0])
    if stack.refused is not None:
        kept = [plane for point in times.points for plane in point]
        return Split(turned_away=(*away, _away(kept, stack.refused)))
    plans: list[GridPlan] = []
    for part in stack.parts:
        sources = tuple(point[n] for point in times.points for n in range(part.start, part.stop))
        if part.stop - part.start == 1:
            single = problem("single_slice", files=len({plane.file for plane in sources}))
            away.append(_away(sources, single))
            continue
        notes = () if stack.problem is None else (stack.problem,)
        plans.append(GridPlan(_grid(stack, part), sources, len(times.points), notes))
    return Split(tuple(plans), tuple(away))


def _grid(stack: Stack, part: range) -> Grid:
    """Make the matrix: columns i, j, and the step from the first to the last position."""
    planes = stack.planes[part.start : part.stop]
    first = planes[0]
    (x0, y0, z0), (x1, y1, z1) = first.position_mm, planes[-1].position_mm
    (ix, iy, iz), (jx, jy, jz) = first.along_i, first.along_j
    i_mm, j_mm = first.spacing_mm
    last = len(planes) - 1
    matrix = [
        [ix * i_mm, jx * j_mm, (x1 - x0) / last, x0],
        [iy * i_mm, jy * j_mm, (y1 - y0) / last, y0],
        [iz * i_mm, jz * j_mm, (z1 - z0) / last, z0],
        [0.0, 0.0, 0.0, 1.0],
    ]
    return Grid((first.columns, first.rows, len(planes)), np.array(matrix))
