"""Where marks may lie: on their side, near their nerve, inside the scan, in the frame of reference.

Predicates about positions that refuse with the distance in numbers. Which command must obey which
of them is said in ``guards``; where the midsagittal plane is, ``gates`` decides.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from mriview import vocabulary
from mriview.errors import GuardError
from mriview.geometry import Grid, Points
from mriview.review import gates
from mriview.review.facts import reference_of
from mriview.review.state import SIDES, Contact, Nerve, Point, ReviewState
from mriview.scans import Study
from mriview.values import NervePath
from mriview.vocabulary import constant


def midsagittal_x_mm(state: ReviewState) -> float | None:
    """Find the midsagittal plane of a state, None where there is no verdict."""
    exits = [state.nerve(side, "facial") for side in SIDES]
    right, left = (nerve.path.clicks[0] if nerve else None for nerve in exits)
    return gates.midsagittal_x_mm(state.midline, right, left)


def side_of_mark(state: ReviewState, position: Point) -> str | None:
    """Derive the side of a lesion or an implant: right, left, midline, None while no side is known.

    Parameters
    ----------
    state : ReviewState
        With the midline.
    position : tuple of float
        Patient LPS mm.
    """
    return gates.side_of(position, midsagittal_x_mm(state))


def refuse_wrong_side(side: str, positions: Iterable[Point], plane_mm: float | None) -> None:
    """Refuse positions that do not lie on the side that they are declared for.

    Raises
    ------
    GuardError
        ``wrong_side``, with how far they lie beyond the midline or from it.
    """
    marks = list(positions)
    if plane_mm is None or not marks:
        return
    depth_mm = float(gates.depth_into_side_mm(side, marks, plane_mm).min())
    least_mm = constant("same_side_min_mm")
    if depth_mm < least_mm:
        other = "beyond the midline" if depth_mm < 0 else "from the midline"
        found = f"a point declared {side} lies {abs(depth_mm):.1f} mm {other}"
        remedy = f"Mark it on the patient's {side} (>= {least_mm:.0f} mm), or name the other side"
        raise GuardError("wrong_side", found, remedy, {"depth_mm": round(depth_mm, 2)})


def refuse_far_from(path: NervePath, what: str, position: Point, most_mm: float) -> None:
    """Refuse a position that is farther from a nerve's path than it may be.

    Raises
    ------
    GuardError
        ``far_from_nerve``, with the distance.
    """
    away_mm = path.nearest(position).distance_mm
    if away_mm > most_mm:
        found = f"{what} is {away_mm:.1f} mm from the nerve's path, at most {most_mm:.1f} mm"
        remedy = "Move it, or mark the path anew"
        raise GuardError("far_from_nerve", found, remedy, {"distance_mm": round(away_mm, 2)})


def refuse_contact_out_of_place(contact: Contact, nerve: Nerve, plane_mm: float | None) -> None:
    """Refuse a contact whose mark or vessel is on the other side or out of reach of its nerve."""
    refuse_wrong_side(contact.side, marks_of(contact), plane_mm)
    reach_mm = constant("far_from_nerve_mm") + vocabulary.vessels()[contact.vessel].max_radius_mm
    drawn = contact.positions or (contact.position,)
    _, away_mm = nerve.path.nearest_each(drawn)
    farthest = drawn[int(away_mm.argmax())]
    refuse_far_from(nerve.path, f"contact {contact.id}", farthest, reach_mm)
    if contact.vessel_position is not None:
        refuse_far_from(nerve.path, "its vessel", contact.vessel_position, reach_mm)


def refuse_outside(
    study: Study,
    state: ReviewState,
    reference: str,
    named: Iterable[str],
    positions: Iterable[Point],
) -> None:
    """Refuse positions outside the reference series and the series that a command names.

    Raises
    ------
    GuardError
        ``other_frame`` for a series of another frame of reference, ``outside_grid`` with the
        distance.
    """
    named = tuple(named)
    refuse_other_frame(study, state, reference, named)
    grids = [study.volumes[reference].grid]
    grids += [study.volumes[key].grid for key in named if _same_frame(study, key, reference)]
    margin = 0.5 + constant("outside_grid_max_voxels")  # 0.5: the outer face of a border voxel
    for position in positions:
        if not any(bool(grid.contains(position, margin)) for grid in grids):
            outside = min(_outside_mm(grid.index(position), grid) for grid in grids)
            found = f"a position lies {outside:.0f} mm outside the reference series"
            raise GuardError("outside_grid", found, "Mark it inside the scan")


def refuse_other_frame(
    study: Study, state: ReviewState, reference: str, named: Iterable[str]
) -> None:
    """Refuse series whose positions cannot be compared with those of the reference (R26).

    Raises
    ------
    GuardError
        ``other_frame``: of another frame of reference, without an accepted registration.
    """
    registered = {
        x.moving
        for x in state.registrations
        if x.verdict == "accepted" and _same_frame(study, x.fixed, reference)
    }
    for key in named:
        if not _same_frame(study, key, reference) and key not in registered:
            found = f"series {key} has not the frame of reference of {reference}"
            remedy = "Name series of the reference's frame, or accept its registration first"
            raise GuardError("other_frame", found, remedy)


def frame_of(study: Study, state: ReviewState, reference: str | None) -> str:
    """Give the series in whose frame a command's positions are.

    Raises
    ------
    GuardError
        There is no volume, or the command names another series than the positions before it.
    """
    kept = reference_of(study, state)
    if kept is None:
        found = "the study holds no volume to mark in"
        raise GuardError("no_reference", found, "Open a study that holds a scan")
    if reference is not None and reference != kept:
        found = f"positions are kept in the frame of series {kept}"
        raise GuardError("reference_fixed", found, "Give positions in that frame")
    return kept


def marks_of(contact: Contact) -> list[Point]:
    """Give all points of a contact's mark and, where the reader gave one, its vessel's point."""
    drawn = contact.positions or (contact.position,)
    return [*drawn, *([contact.vessel_position] if contact.vessel_position else [])]


def positions_on(state: ReviewState, side: str) -> list[Point]:
    """Give every position that must lie on a side: paths, landmarks, contacts that stand."""
    found: list[Point] = []
    for nerve in state.side(side).nerves.values():
        found += _points(nerve.path.path_mm)
        found += [x.position for x in nerve.path.landmarks.values() if x.position is not None]
    for contact in state.contacts:
        if contact.side == side:
            found += marks_of(contact)
    found += [vessel.position for vessel in state.vessels_nearby if vessel.side == side]
    return found


def samples_of(points: Sequence[Point]) -> list[Point]:
    """Give the path through clicks as it will be kept: a spline may swing wider than they do."""
    return _points(NervePath(tuple(points)).path_mm)


def _same_frame(study: Study, key: str, reference: str) -> bool:
    frame = study.volumes[reference].frame_of_reference
    return key == reference or (
        frame is not None and study.volumes[key].frame_of_reference == frame
    )


def _points(array: Points) -> list[Point]:
    return [(float(x), float(y), float(z)) for x, y, z in array]


def _outside_mm(index: Points, grid: Grid) -> float:
    shape = np.array(grid.shape)
    beyond = np.maximum(np.maximum(-index, index - (shape - 1)), 0)
    return float(np.linalg.norm(beyond * np.array(grid.spacing_mm)))
