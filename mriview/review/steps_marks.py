"""What marks do to the state: series, midline, nerves, masks, contacts and lesions.

A command that names what is not there is refused here, so that taking back an earlier command can
never leave the record with a loose end. Nothing is measured.
"""

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from mriview.errors import GuardError
from mriview.measure import middle_of
from mriview.review import commands as c
from mriview.review.state import (
    Contact,
    Implant,
    Lesion,
    NearbyVessel,
    Nerve,
    PaintedMask,
    Quality,
    Registration,
    ReviewState,
    Severity,
    Stamp,
)
from mriview.review.step import (
    contact_of,
    given,
    nerve_of,
    step,
    taken,
    unknown,
    with_contact,
    with_key,
    with_nerve,
)
from mriview.values import Landmark, NervePath
from mriview.vocabulary import constant


@step.register
def _(command: c.SetReference, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    return replace(state, reference=command.series)


@step.register
def _(command: c.SetRole, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    return replace(state, roles=with_key(state.roles, command.series, command.role))


@step.register
def _(command: c.ConfirmCoverage, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    known = state.coverage.get(command.series, frozenset())
    confirmed = known | set(command.structures)
    return replace(state, coverage=with_key(state.coverage, command.series, confirmed))


@step.register
def _(command: c.SetQuality, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    said = Quality(command.grade, tuple(dict.fromkeys(command.findings)))
    return replace(state, quality=with_key(state.quality, command.series, said))


@step.register
def _(command: c.AddImplant, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    implant_id = given(command.id)
    if any(known.id == implant_id for known in state.implants):
        raise taken(implant_id)
    implant = Implant(implant_id, command.kind, command.position, command.note)
    return replace(state, implants=(*state.implants, implant))


@step.register
def _(command: c.AcceptRegistration, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    fixed, matrix = given(command.fixed), given(command.lps_fixed_from_moving)
    said = Registration(
        command.moving, fixed, command.verdict, matrix, command.residual_mm, command.origin
    )
    others = (x for x in state.registrations if (x.moving, x.fixed) != (command.moving, fixed))
    return replace(state, registrations=(*others, said))


@step.register
def _(command: c.SetMidline, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    return replace(state, midline=given(command.position))


@step.register
def _(command: c.SetNervePath, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    before = state.nerve(command.side, command.nerve)
    if before is None:
        nerve = Nerve(NervePath(command.points))
        return with_nerve(state, command.side, command.nerve, nerve)
    path = NervePath(command.points)
    kept = {
        key: landmark
        for key, landmark in before.path.landmarks.items()
        if landmark.position is None
        or path.nearest(landmark.position).distance_mm <= constant("far_from_nerve_mm")
    }  # a landmark that lies beside the new path is no place on it: it is asked for again
    path = NervePath(command.points, MappingProxyType(kept))
    return with_nerve(state, command.side, command.nerve, replace(before, path=path))


@step.register
def _(command: c.SetLandmark, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    nerve = nerve_of(state, command.side, command.nerve)
    position = None if command.position == "not_covered" else given(command.position)
    landmark = Landmark(position, command.origin if position else "manual")
    landmarks = with_key(nerve.path.landmarks, command.landmark, landmark)
    path = NervePath(nerve.path.clicks, landmarks)
    return with_nerve(state, command.side, command.nerve, replace(nerve, path=path))


@step.register
def _(command: c.SetAssessable, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    nerve = replace(
        nerve_of(state, command.side, command.nerve),
        visible_mm=command.visible_mm,
        assessable_mm=command.assessable_mm,
        artefact_mm=command.artefact_mm,
    )
    return with_nerve(state, command.side, command.nerve, nerve)


@step.register
def _(command: c.SetMask, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    mask_id, sha256 = given(command.id), given(command.sha256)
    if state.mask(mask_id):  # what was measured from a mask must never meet other voxels
        raise taken(mask_id)
    mask = PaintedMask(mask_id, command.structure, command.label, command.series, sha256)
    return replace(state, masks=(*state.masks, mask))


@step.register
def _(command: c.NameVessel, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    painted = state.mask(command.mask)
    if painted is None:
        raise unknown("mask", command.mask)
    named = replace(
        painted,
        vessel=command.vessel,
        vessel_confidence=command.vessel_confidence,
        traced_to_parent=command.traced_to_parent,
        note=command.note,
    )
    return replace(state, masks=tuple(named if x.id == named.id else x for x in state.masks))


@step.register
def _(command: c.AddContact, state: ReviewState, stamp: Stamp) -> ReviewState:
    contact_id = given(command.id)
    if state.contact(contact_id):
        raise taken(contact_id)
    nerve_of(state, command.side, command.nerve)
    place = given(_place_of_a_contact(command, state) or None)
    by_hand = command.origin == "manual"
    contact = Contact(
        id=contact_id,
        side=command.side,
        nerve=command.nerve,
        origin=command.origin,
        decision="accepted" if by_hand else "proposed",
        decided_by=stamp if by_hand else None,
        **place,
        **_said_of_a_contact(command, _SAID_OF_A_CONTACT, stamp),
    )
    return replace(state, contacts=(*state.contacts, _linked(state, contact)))


@step.register
def _(command: c.EditContact, state: ReviewState, stamp: Stamp) -> ReviewState:
    contact = contact_of(state, command.id)
    said = command.model_fields_set & {*_SAID_OF_A_CONTACT}
    changes = _said_of_a_contact(command, said, stamp) | _place_of_a_contact(command, state)
    return with_contact(state, _linked(state, replace(contact, **changes)))


@step.register
def _(command: c.Decide, state: ReviewState, stamp: Stamp) -> ReviewState:
    contact = contact_of(state, command.contact)
    return with_contact(state, replace(contact, decision=command.decision, decided_by=stamp))


@step.register
def _(command: c.AddNearbyVessel, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    nerve_of(state, command.side, command.nerve)
    vessel = NearbyVessel(
        side=command.side,
        nerve=command.nerve,
        vessel=command.vessel,
        vessel_confidence=command.vessel_confidence,
        position=command.position,
    )
    return replace(state, vessels_nearby=(*state.vessels_nearby, vessel))


@step.register
def _(command: c.AddLesion, state: ReviewState, stamp: Stamp) -> ReviewState:
    lesion_id = given(command.id)
    if state.lesion(lesion_id):
        raise taken(lesion_id)
    if command.mask is not None and state.mask(command.mask) is None:
        raise unknown("mask", command.mask)
    lesion = Lesion(
        id=lesion_id,
        condition=command.condition,
        position=given(command.position),
        mask=command.mask,
        measured=MappingProxyType(dict(command.measured or {})),
        **_said_of_a_lesion(command, _SAID_OF_A_LESION, stamp),
    )
    return replace(state, lesions=(*state.lesions, lesion))


@step.register
def _(command: c.EditLesion, state: ReviewState, stamp: Stamp) -> ReviewState:
    lesion = state.lesion(command.id)
    if lesion is None:
        raise unknown("lesion", command.id)
    said = command.model_fields_set & {*_SAID_OF_A_LESION}
    changes = _said_of_a_lesion(command, said, stamp)
    for name in ("condition", "position"):
        if getattr(command, name) is not None:
            changes[name] = getattr(command, name)
    edited = replace(lesion, **changes)
    lesions = tuple(edited if known.id == edited.id else known for known in state.lesions)
    return replace(state, lesions=lesions)


_SAID_OF_A_CONTACT = tuple(name for name in c.ContactFields.model_fields if name != "reference")
_SAID_OF_A_LESION = tuple(name for name in c.LesionFields.model_fields if name != "reference")


def _place_of_a_contact(command: c.MarkedContact, state: ReviewState) -> dict[str, Any]:
    """Give where a contact is marked; nothing where the command does not say it."""
    if command.mask is not None and state.mask(command.mask) is None:
        raise unknown("mask", command.mask)
    if command.position is not None:
        place = {"position": command.position, "primitive": "point"}
        return {**place, "positions": (), "mask": None}
    if not command.positions:
        return {}
    kind = command.primitive or ("region" if command.mask else "line")
    place = {"position": middle_of(kind, command.positions), "primitive": kind}
    return {**place, "positions": command.positions, "mask": command.mask}


def _said_of_a_contact(
    command: c.ContactFields, names: Iterable[str], stamp: Stamp
) -> dict[str, Any]:
    said: dict[str, Any] = {name: getattr(command, name) for name in names}
    if "severity" in said:
        said["severity"] = _graded(command.severity, stamp)
    return said


def _graded(grades: Iterable[c.Grade], stamp: Stamp) -> tuple[Severity, ...]:
    return tuple(
        Severity(given(x.scale), given(x.version), x.grade, x.off_label, stamp) for x in grades
    )


def _said_of_a_lesion(
    command: c.LesionFields, names: Iterable[str], stamp: Stamp
) -> dict[str, Any]:
    said: dict[str, Any] = {name: getattr(command, name) for name in names}
    if "severity" in said:
        said["severity"] = _graded(command.severity, stamp)
    if "calipers" in said:
        said["calipers"] = MappingProxyType(dict(said["calipers"]))
    return said


def _linked(state: ReviewState, contact: Contact) -> Contact:
    """Check that ``mediated_by`` names a contact of the same side and leads into no circle."""
    seen, other_id = {contact.id}, contact.mediated_by
    while other_id is not None:
        other = contact_of(state, other_id) if other_id not in seen else None
        if other is None or other.side != contact.side:
            found = f"contact {contact.id} is mediated by itself or by one of the other side"
            raise GuardError("mediated_circle", found, "Name another contact of the same side")
        seen.add(other_id)
        other_id = other.mediated_by
    return contact
