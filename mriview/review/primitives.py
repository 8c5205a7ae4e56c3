"""How a contact may be drawn: one point, a line through points, or a region, painted or by corners.

Here a command is asked whether it says one of the three, and a painted region becomes positions
when the command is stored, so that a replay needs no voxels. Where a mark may lie, ``places`` says;
what it measures, ``mriview.measure``.
"""

from collections.abc import Callable

import numpy as np

from mriview.errors import GuardError
from mriview.measure import LEAST_POINTS
from mriview.review.commands_marks import MOST_POSITIONS, MarkedContact
from mriview.review.state import ReviewState
from mriview.values import DECIMALS, Mask

PAINTED = frozenset({"nerve", "vessel"})  # structures that a region of contact is painted as


def painted_region(
    command: MarkedContact, state: ReviewState, mask_of: Callable[[str], Mask]
) -> dict[str, object]:
    """Give the voxels of the mask that a command names as its region.

    Parameters
    ----------
    command : MarkedContact
        As it was sent.
    state : ReviewState
        With the masks that were set.
    mask_of : callable
        Digest to `Mask`.

    Returns
    -------
    dict
        ``positions``, the centres of the voxels, LPS mm; empty where no mask is named or where the
        transitions will refuse it.

    Raises
    ------
    GuardError
        The mask is of a lesion or an implant, or holds more voxels than a region of contact.
    """
    painted = state.mask(command.mask) if command.mask else None
    if painted is None:
        return {}
    if painted.structure not in PAINTED:
        found = f"mask {painted.id} is a {painted.structure}, no vessel and no nerve"
        raise GuardError("region_of_another", found, "Paint where vessel and nerve touch")
    mask = mask_of(painted.sha256)
    if mask.count > MOST_POSITIONS:
        found = f"a region of {mask.count} voxels, at most {MOST_POSITIONS}"
        remedy = "Paint only where vessel and nerve touch"
        raise GuardError("region_too_large", found, remedy, {"voxels": mask.count})
    centres = mask.grid.lps(np.argwhere(mask.inside)).tolist()
    return {"positions": tuple((_stored(x), _stored(y), _stored(z)) for x, y, z in centres)}


def refuse_undrawn(command: MarkedContact, *, needed: bool) -> None:
    """Refuse a contact that is marked in no way or in two, or with fewer points than its kind has.

    Parameters
    ----------
    command : MarkedContact
        Completed.
    needed : bool
        Whether it has to say where the contact is: an edit may leave that as it was.

    Raises
    ------
    GuardError
        ``contact_undrawn``, with what it says and what it needs.
    """
    corners = bool(command.positions) and command.mask is None
    ways = [command.position is not None, corners, command.mask is not None]
    if not any(ways) and not needed and command.primitive is None:
        return
    if sum(ways) != 1:
        said = "neither a position" if not any(ways) else "two of a position"
        found = f"a contact with {said}, positions and a mask"
        raise GuardError("contact_undrawn", found, "Give one of them")
    usual = ("point", "line", "region")[ways.index(True)]
    kind = command.primitive or usual
    fits = {"point": ways[0], "line": corners, "region": corners or ways[2]}
    if not fits[kind]:
        found = f"a {kind} that is given as a {usual}"
        raise GuardError("contact_undrawn", found, _HOW[kind])
    count, least = len(command.positions), LEAST_POINTS[kind]
    if corners and count < least:
        found = f"a {kind} of {count} points"
        raise GuardError("contact_undrawn", found, f"Mark {least} points at least")


_HOW = {
    "point": "Give its position",
    "line": "Give positions along it",
    "region": "Give the positions of its corners, or its mask",
}


def _stored(value: float) -> float:
    return round(value, DECIMALS) + 0.0
