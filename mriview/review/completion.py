"""What the tool adds to a command before it is stored: ids, the reference, what it measured.

A completed command says everything that a replay needs: nothing is numbered, chosen or measured
again later. Pure, but for the voxels of a mask, which it is handed.
"""

from collections.abc import Callable, Iterable
from functools import singledispatch
from typing import TypeVar

from mriview import vocabulary
from mriview.measure import measure_lesion
from mriview.review import commands as c
from mriview.review.facts import reference_of, series_facts
from mriview.review.gates import condition_gate
from mriview.review.primitives import painted_region
from mriview.review.state import ReviewState
from mriview.scans import Study
from mriview.values import DECIMALS, Mask

MaskOf = Callable[[str], Mask]
_C = TypeVar("_C", bound=c.Command)
IDENTITY = tuple(tuple(float(i == j) for j in range(4)) for i in range(4))


def complete(command: _C, state: ReviewState, study: Study, mask_of: MaskOf) -> _C:
    """Fill in what the sender left to the tool.

    Parameters
    ----------
    command : Command
        As the room or a script sent it.
    state : ReviewState
        Before the command.
    study : Study
        The scans that are read.
    mask_of : callable
        Digest to `Mask`, for what is measured from voxels.

    Returns
    -------
    Command
        Of the same class, complete.
    """
    filled = _complete(command, state, study, mask_of)
    changes: dict[str, object] = dict(filled)
    if isinstance(command, c.Placed) and command.reference is None:
        changes["reference"] = reference_of(study, state)
    return command.model_copy(update=changes)


@singledispatch
def _complete(
    command: c.Command, state: ReviewState, study: Study, mask_of: MaskOf
) -> dict[str, object]:
    del command, state, study, mask_of
    return {}


@_complete.register
def _(
    command: c.AddContact, state: ReviewState, study: Study, mask_of: MaskOf
) -> dict[str, object]:
    del study
    contact_id = command.id or _next("c", (contact.id for contact in state.contacts))
    drawn = painted_region(command, state, mask_of)
    return {"id": contact_id, **drawn, **_scaled(command, command.nerve)}


@_complete.register
def _(
    command: c.EditContact, state: ReviewState, study: Study, mask_of: MaskOf
) -> dict[str, object]:
    del study
    contact = state.contact(command.id)
    drawn = painted_region(command, state, mask_of)
    return {**drawn, **_scaled(command, contact.nerve)} if contact else {}


@_complete.register
def _(
    command: c.EditLesion, state: ReviewState, study: Study, mask_of: MaskOf
) -> dict[str, object]:
    del state, study, mask_of
    return _scaled(command, None)


@_complete.register
def _(
    command: c.AddImplant, state: ReviewState, study: Study, mask_of: MaskOf
) -> dict[str, object]:
    del study, mask_of
    return {"id": command.id or _next("i", (implant.id for implant in state.implants))}


@_complete.register
def _(
    command: c.AcceptRegistration, state: ReviewState, study: Study, mask_of: MaskOf
) -> dict[str, object]:
    del mask_of
    return {
        "fixed": command.fixed or reference_of(study, state),
        "lps_fixed_from_moving": command.lps_fixed_from_moving or IDENTITY,
    }


@_complete.register
def _(command: c.SetMask, state: ReviewState, study: Study, mask_of: MaskOf) -> dict[str, object]:
    del study, mask_of
    return {"id": command.id or _next("m", (mask.id for mask in state.masks))}


@_complete.register
def _(command: c.AddLesion, state: ReviewState, study: Study, mask_of: MaskOf) -> dict[str, object]:
    del study
    filled: dict[str, object] = {
        "id": command.id or _next("l", (lesion.id for lesion in state.lesions))
    }
    filled.update(_scaled(command, None))
    painted = state.mask(command.mask) if command.mask else None
    if painted is not None:
        mask = mask_of(painted.sha256)
        x, y, z = (round(float(value), DECIMALS) for value in mask.centroid_mm)
        filled["position"] = command.position or (x, y, z)
        filled["series"] = command.series or (painted.series,)
        filled["measured"] = {
            key: value.as_json() for key, value in measure_lesion(mask).by_key().items()
        }
    return filled


@_complete.register
def _(
    command: c.AnswerCondition, state: ReviewState, study: Study, mask_of: MaskOf
) -> dict[str, object]:
    del mask_of
    if command.answer == "absent" and not command.basis:
        return {"basis": condition_gate(command.condition, series_facts(study, state)).basis}
    if command.answer == "present" and not command.lesions:
        mine = (x.id for x in state.lesions if x.condition == command.condition)
        return {"lesions": tuple(mine)}
    return {}


def _scaled(command: c.ContactFields | c.LesionFields, nerve: str | None) -> dict[str, object]:
    """Fill in the usual scale of a nerve and the version of each scale."""
    if not command.severity:
        return {}
    filled, rows = [], vocabulary.severity_scales()
    for grade in command.severity:
        scale = grade.scale or next((x.id for x in rows.values() if nerve in x.default_for), None)
        version = grade.version or (rows[scale].version if scale else None)
        filled.append(grade.model_copy(update={"scale": scale, "version": version}))
    return {"severity": tuple(filled)}


def _next(letter: str, taken: Iterable[str]) -> str:
    numbers = [int(name[1:]) for name in taken if name[:1] == letter and name[1:].isdigit()]
    return f"{letter}{max(numbers, default=0) + 1}"
