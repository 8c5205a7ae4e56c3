"""What each command does to the state: ``apply(command, state, stamp) -> state``, pure.

One function a command, found by its class. Nothing here asks whether a command is wise (``guards``
does) or measures anything; but a command that names what is not there is refused here, so that
taking back an earlier command can never leave the record with a loose end.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch
from types import MappingProxyType
from typing import Any, TypeVar

from mriview.errors import GuardError
from mriview.review import commands as c
from mriview.review.state import (
    Clinical,
    Contact,
    Exclusion,
    Impression,
    Lesion,
    Nerve,
    Note,
    Overridden,
    PaintedMask,
    ReviewState,
    SideState,
    SignOff,
    Stamp,
)
from mriview.values import Landmark, NervePath
from mriview.vocabulary import constant


def apply(command: c.Command, state: ReviewState, stamp: Stamp) -> ReviewState:
    """Give the state after one command.

    Raises
    ------
    GuardError
        The command names a contact, a mask, a lesion or a nerve that is not there, or an id that
        is taken.
    """
    after = _apply(command, state, stamp)
    if isinstance(command, c.Placed) and _holds_position(command):
        after = replace(after, reference=command.reference or after.reference, positions=True)
    return replace(after, last=stamp, first=state.first or stamp, events=state.events + 1)


def _holds_position(command: c.Placed) -> bool:
    return command.name != c.EditContact.name or bool(
        {"position", "vessel_position"} & command.model_fields_set
    )


@singledispatch
def _apply(command: c.Command, state: ReviewState, stamp: Stamp) -> ReviewState:
    del state, stamp
    raise AssertionError(command.name)  # undo and redo are folded by the history, never applied


@_apply.register
def _(command: c.SetReference, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    return replace(state, reference=command.series)


@_apply.register
def _(command: c.SetRole, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    return replace(state, roles=_with(state.roles, command.series, command.role))


@_apply.register
def _(command: c.ConfirmCoverage, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    known = state.coverage.get(command.series, frozenset())
    confirmed = known | set(command.structures)
    return replace(state, coverage=_with(state.coverage, command.series, confirmed))


@_apply.register
def _(command: c.SetMidline, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    return replace(state, midline=command.position)


@_apply.register
def _(command: c.SetNervePath, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    before = state.nerve(command.side, command.nerve)
    if before is None:
        nerve = Nerve(NervePath(command.points))
        return _with_nerve(state, command.side, command.nerve, nerve)
    path = NervePath(command.points)
    kept = {
        key: landmark
        for key, landmark in before.path.landmarks.items()
        if landmark.position is None
        or path.nearest(landmark.position).distance_mm <= constant("far_from_nerve_mm")
    }  # a landmark that lies beside the new path is no place on it: it is asked for again
    path = NervePath(command.points, MappingProxyType(kept))
    return _with_nerve(state, command.side, command.nerve, replace(before, path=path))


@_apply.register
def _(command: c.SetLandmark, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    nerve = _nerve(state, command.side, command.nerve)
    position = None if command.position == "not_covered" else command.position
    landmarks = _with(nerve.path.landmarks, command.landmark, Landmark(position))
    path = NervePath(nerve.path.clicks, landmarks)
    return _with_nerve(state, command.side, command.nerve, replace(nerve, path=path))


@_apply.register
def _(command: c.SetAssessable, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    nerve = replace(
        _nerve(state, command.side, command.nerve),
        visible_mm=command.visible_mm,
        assessable_mm=command.assessable_mm,
        artefact_mm=command.artefact_mm,
    )
    return _with_nerve(state, command.side, command.nerve, nerve)


@_apply.register
def _(command: c.SetMask, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    mask_id, sha256 = _given(command.id), _given(command.sha256)
    if state.mask(mask_id):  # what was measured from a mask must never meet other voxels
        raise _taken(mask_id)
    mask = PaintedMask(mask_id, command.structure, command.label, command.series, sha256)
    return replace(state, masks=(*state.masks, mask))


@_apply.register
def _(command: c.AddContact, state: ReviewState, stamp: Stamp) -> ReviewState:
    contact_id = _given(command.id)
    if state.contact(contact_id):
        raise _taken(contact_id)
    _nerve(state, command.side, command.nerve)
    by_hand = command.origin == "manual"
    contact = Contact(
        id=contact_id,
        side=command.side,
        nerve=command.nerve,
        position=command.position,
        origin=command.origin,
        decision="accepted" if by_hand else "proposed",
        decided_by=stamp if by_hand else None,
        **{name: getattr(command, name) for name in _SAID_OF_A_CONTACT},
    )
    return replace(state, contacts=(*state.contacts, _linked(state, contact)))


@_apply.register
def _(command: c.EditContact, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    contact = _contact(state, command.id)
    said = command.model_fields_set & {*_SAID_OF_A_CONTACT, "position"}
    changes: dict[str, Any] = {name: getattr(command, name) for name in said}
    if changes.get("position", contact.position) is None:
        changes.pop("position")
    return _with_contact(state, _linked(state, replace(contact, **changes)))


@_apply.register
def _(command: c.Decide, state: ReviewState, stamp: Stamp) -> ReviewState:
    contact = _contact(state, command.contact)
    return _with_contact(state, replace(contact, decision=command.decision, decided_by=stamp))


@_apply.register
def _(command: c.AddLesion, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    lesion_id = _given(command.id)
    if state.lesion(lesion_id):
        raise _taken(lesion_id)
    if command.mask is not None and state.mask(command.mask) is None:
        raise _unknown("mask", command.mask)
    lesion = Lesion(
        id=lesion_id,
        condition=command.condition,
        position=_given(command.position),
        mask=command.mask,
        contacts_brainstem=command.contacts_brainstem,
        contacts_nerve=command.contacts_nerve,
        extent=command.extent,
        series=command.series,
        note=command.note,
        measured=MappingProxyType(dict(command.measured or {})),
    )
    return replace(state, lesions=(*state.lesions, lesion))


@_apply.register
def _(command: c.AnswerCondition, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    for lesion_id in command.lesions:
        if state.lesion(lesion_id) is None:
            raise _unknown("lesion", lesion_id)
    names = ("condition", "answer", "side", "basis", "lesions", "confidence", "note")
    answer = Exclusion(**{name: getattr(command, name) for name in names})
    return replace(state, exclusions=_with(state.exclusions, command.condition, answer))


@_apply.register
def _(command: c.AcknowledgeLimits, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    return replace(state, acknowledged=tuple(dict.fromkeys(command.limits)))


@_apply.register
def _(command: c.SetAssessment, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    side = replace(
        state.side(command.side),
        assessment=command.assessment,
        confidence=command.confidence,
        limits=command.limits,
    )
    return _with_side(state, command.side, side)


@_apply.register
def _(command: c.SetOffender, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    if command.contact is not None:
        _contact(state, command.contact)
    side = replace(
        state.side(command.side),
        offender=command.contact,
        offender_undecided=command.contact is None,
    )
    return _with_side(state, command.side, side)


@_apply.register
def _(command: c.SetImpression, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    certainty = MappingProxyType(command.certainty.model_dump())
    return replace(state, impression=Impression(command.text, command.second_vessel, certainty))


@_apply.register
def _(command: c.SetClinical, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    clinical = Clinical(command.blinded, command.symptom_side, command.syndrome)
    return replace(state, clinical=clinical)


@_apply.register
def _(command: c.AddNote, state: ReviewState, stamp: Stamp) -> ReviewState:
    return replace(state, notes=(*state.notes, Note(command.text, command.about, stamp)))


@_apply.register
def _(command: c.Sign, state: ReviewState, stamp: Stamp) -> ReviewState:
    overrides = tuple(Overridden(o.guard, o.path, o.reason) for o in command.overrides)
    return replace(state, sign_off=SignOff(stamp, command.role, overrides))


_SAID_OF_A_CONTACT = tuple(name for name in c.ContactFields.model_fields if name != "reference")


_K = TypeVar("_K")
_V = TypeVar("_V")


def _with(mapping: Mapping[_K, _V], key: _K, value: _V) -> Mapping[_K, _V]:
    return MappingProxyType({**mapping, key: value})


def _with_side(state: ReviewState, name: str, side: SideState) -> ReviewState:
    return replace(state, right=side) if name == "right" else replace(state, left=side)


def _with_nerve(state: ReviewState, side: str, name: str, nerve: Nerve) -> ReviewState:
    before = state.side(side)
    return _with_side(state, side, replace(before, nerves=_with(before.nerves, name, nerve)))


def _with_contact(state: ReviewState, contact: Contact) -> ReviewState:
    contacts = tuple(contact if known.id == contact.id else known for known in state.contacts)
    return replace(state, contacts=contacts)


def _nerve(state: ReviewState, side: str, name: str) -> Nerve:
    nerve = state.nerve(side, name)
    if nerve is None:
        found = f"the {name} nerve has no path on the {side} side"
        raise GuardError("nerve_without_path", found, "Mark the nerve with set_nerve_path first")
    return nerve


def _contact(state: ReviewState, contact_id: str) -> Contact:
    contact = state.contact(contact_id)
    if contact is None:
        raise _unknown("contact", contact_id)
    return contact


def _linked(state: ReviewState, contact: Contact) -> Contact:
    """Check that ``mediated_by`` names a contact of the same side and leads into no circle."""
    seen, other_id = {contact.id}, contact.mediated_by
    while other_id is not None:
        other = _contact(state, other_id) if other_id not in seen else None
        if other is None or other.side != contact.side:
            found = f"contact {contact.id} is mediated by itself or by one of the other side"
            raise GuardError("mediated_circle", found, "Name another contact of the same side")
        seen.add(other_id)
        other_id = other.mediated_by
    return contact


def _given(value: _V | None) -> _V:
    if value is None:
        found = "a command that the tool has not completed"
        raise GuardError("command_incomplete", found, "Send it through a review, not to the state")
    return value


def _unknown(kind: str, name: str) -> GuardError:
    found = f"there is no {kind} {name!r} here"
    return GuardError(f"{kind}_unknown", found, f"Name a {kind} that was added before")


def _taken(name: str) -> GuardError:
    return GuardError("id_taken", f"the id {name!r} is taken", "Leave the id out or choose another")
