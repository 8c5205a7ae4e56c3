"""When the record refuses a command: what the scans or the anatomy do not support.

``check`` asks the predicates of ``gates`` and ``places`` before a completed command is stored, for
the room and for scripts alike; a log that is replayed was checked when it was written. Before a
signature everything is asked again. That ids resolve is a matter of ``transitions``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import singledispatch

from mriview import vocabulary
from mriview.errors import GuardError
from mriview.review import commands as c
from mriview.review import gates, places
from mriview.review.facts import reading_of, reference_of, series_facts, side_facts
from mriview.review.state import SIDES, Contact, Point, ReviewState, Stamp
from mriview.review.transitions import apply
from mriview.scans import Study
from mriview.values import Mask
from mriview.vocabulary import constant

MaskOf = Callable[[str], Mask]
LETTERS_OF_A_REASON = "override_reason_min_letters"


@dataclass(frozen=True, slots=True)
class Ground:
    """What a command stands on: the scans, and the masks that were stored."""

    study: Study
    mask_of: MaskOf


def check_signature(state: ReviewState) -> None:
    """Refuse any command after the signature.

    Raises
    ------
    GuardError
        ``review_signed``.
    """
    if state.sign_off is not None:
        found = "the reading is signed"
        raise GuardError("review_signed", found, "Start a new review to read it again")


def check(command: c.Command, state: ReviewState, study: Study, mask_of: MaskOf) -> None:
    """Refuse a completed command that the scans or the anatomy do not allow.

    Raises
    ------
    GuardError
        With what was found, in numbers, and what to do.
    """
    for key in _series_named(command):
        _known(study, key)
    for nerve in filter(None, [getattr(command, "nerve", None)]):
        _readable(nerve)
    if isinstance(command, c.Placed):
        reference = places.frame_of(study, state, command.reference)
        named = getattr(command, "series", ())
        places.refuse_outside(study, reference, named, _positions(command))
    _check(command, state, Ground(study, mask_of))


@singledispatch
def _check(command: c.Command, state: ReviewState, ground: Ground) -> None:
    """Most commands need no more than their shape and their ids."""
    del command, state, ground


@_check.register
def _(command: c.SetReference, state: ReviewState, ground: Ground) -> None:
    fixed = reference_of(ground.study, state)
    if state.positions and command.series != fixed:
        found = f"positions are kept in the frame of series {fixed}"
        remedy = "Keep the reference, or start a new review before the first mark"
        raise GuardError("reference_fixed", found, remedy, where=command.series)


@_check.register
def _(command: c.SetNervePath, state: ReviewState, ground: Ground) -> None:
    after = apply(command, state, Stamp(""))
    nerve, shortest = after.nerve(command.side, command.nerve), constant("path_length_min_mm")
    if nerve is not None and nerve.path.length_mm < shortest:
        found = f"a nerve of {nerve.path.length_mm:.2f} mm"
        raise GuardError("path_too_short", found, f"Click further out, {shortest:g} mm at least")
    plane_mm = places.midsagittal_x_mm(after)
    if plane_mm is None:
        found = "the midline is not marked, so no side can be told"
        raise GuardError("midline_missing", found, "Mark a point of the midline first")
    places.refuse_wrong_side(command.side, places.samples_of(command.points), plane_mm)
    reference = places.frame_of(ground.study, state, command.reference)
    places.refuse_outside(ground.study, reference, (), places.samples_of(command.points))
    _sides_hold(after, plane_mm)
    _contacts_in_place(after)


@_check.register
def _(command: c.SetMidline, state: ReviewState, ground: Ground) -> None:
    del ground
    _sides_hold(state, command.position[0])


@_check.register
def _(command: c.SetLandmark, state: ReviewState, ground: Ground) -> None:
    del ground
    row = vocabulary.landmarks()[command.landmark]
    if row.placed_by == "path":
        found = f"{row.label.en} is the first point of the path"
        raise GuardError("landmark_of_path", found, "Move it with set_nerve_path")
    if command.position == "not_covered":
        if not row.may_be_not_covered:
            found = f"{row.label.en} cannot be called not covered"
            raise GuardError("landmark_needed", found, "Place it, or leave it to its default")
        return
    nerve = state.nerve(command.side, command.nerve)
    if nerve is not None:
        most_mm = constant("far_from_nerve_mm")
        places.refuse_far_from(nerve.path, f"the {row.label.en}", command.position, most_mm)
        plane_mm = places.midsagittal_x_mm(state)
        places.refuse_wrong_side(command.side, [command.position], plane_mm)


@_check.register
def _(command: c.SetAssessable, state: ReviewState, ground: Ground) -> None:
    del state, ground
    for span in (command.visible_mm, command.assessable_mm, *command.artefact_mm):
        if span is not None and span[0] > span[1]:
            found = f"a span from {span[0]:.1f} to {span[1]:.1f} mm"
            raise GuardError("span_reversed", found, "Give the smaller end first")


@_check.register
def _(command: c.SetMask, state: ReviewState, ground: Ground) -> None:
    del state
    if command.file is not None or command.sha256 is None:
        found = "set_mask with a file outside a script, or without its digest"
        raise GuardError("mask_unknown", found, "Store the mask and give its sha256")
    ground.mask_of(command.sha256).start_in(ground.study.volumes[command.series].grid)


@_check.register
def _(command: c.AddContact, state: ReviewState, ground: Ground) -> None:
    del ground
    _contact_in_place(apply(command, state, Stamp("")), command.id or "")


@_check.register
def _(command: c.EditContact, state: ReviewState, ground: Ground) -> None:
    after = apply(command, state, Stamp(""))
    contact = _contact_in_place(after, command.id)
    reference = places.frame_of(ground.study, state, command.reference)
    places.refuse_outside(ground.study, reference, contact.series, places.marks_of(contact))


@_check.register
def _(command: c.AddLesion, state: ReviewState, ground: Ground) -> None:
    if command.mask is None and command.measured:
        found = "measured values without a mask"
        raise GuardError("measured_without_mask", found, "Store the mask, or leave them out")
    if command.position is None:
        found = "a lesion without a position and without a mask"
        raise GuardError("lesion_without_place", found, "Give its position, or paint it")
    painted = state.mask(command.mask) if command.mask else None
    if painted is not None:
        box = ground.mask_of(painted.sha256).grid
        if not bool(box.contains(command.position)):
            found = f"the position of the lesion lies outside its mask {painted.id}"
            raise GuardError("lesion_outside_mask", found, "Leave the position to the mask")


@_check.register
def _(command: c.AnswerCondition, state: ReviewState, ground: Ground) -> None:
    row = vocabulary.conditions()[command.condition]
    mine = [lesion for lesion in state.lesions if lesion.condition == row.id]
    others = set(command.lesions) - {lesion.id for lesion in mine}
    if others:
        found = f"lesion {min(others)} is no {row.label.en}"
        raise GuardError("lesion_of_another", found, "Name lesions of this condition only")
    plane_mm = places.midsagittal_x_mm(state)
    side = gates.side_of_lesions(gates.side_of(x.position, plane_mm) for x in mine)
    if command.side is not None and (
        command.answer == "absent" or side not in {None, command.side}
    ):
        lies = f"its lesions lie {side}" if side else "it is called absent"
        found = f"{row.label.en} is said to be {command.side}, but {lies}"
        raise GuardError("side_contradicts_lesions", found, "Leave the side out: it is derived")
    if command.answer == "absent":
        _absent_is_supported(command, bool(mine), state, ground)
    words = not row.needs_lesion and bool(command.note.strip())
    if command.answer == "present" and not mine and not words:
        found = f"{row.label.en} is present, but no lesion of it is marked"
        remedy = "Add the lesion first" if row.needs_lesion else "Describe it in a note"
        raise GuardError("present_without_lesion", found, remedy, where=row.id)


@_check.register
def _(command: c.SetAssessment, state: ReviewState, ground: Ground) -> None:
    side, series = side_facts(state, command.side), series_facts(ground.study, state)
    if command.assessment == "not_assessed":
        return
    allowed = gates.assessment_of(side.contacts)
    if command.assessment not in allowed:
        found = f"the accepted contacts of the {command.side} side allow {_or(sorted(allowed))}"
        remedy = "Mark, accept, reject or edit the contacts first"
        raise GuardError("assessment_contradicts_contacts", found, remedy)
    if command.assessment == "no_contact":
        short = gates.no_contact_shortfalls(side, series)
        if short:
            why = "; ".join(dict.fromkeys(s.why for s in short))
            evidence = {"limits": ", ".join(dict.fromkeys(s.limit for s in short))}
            remedy = "Answer indeterminate, or confirm and mark what is missing"
            raise GuardError("no_contact_not_supported", f"no contact: {why}", remedy, evidence)
    if command.assessment in {"contact", "no_contact"}:
        cap, why = gates.certainty_cap(side, series)
        if command.confidence and gates.rank(command.confidence) > gates.rank(cap):
            found = f"{command.confidence} is more than these scans support ({why})"
            raise GuardError("confidence_not_supported", found, f"Say {cap} at most")
    elif command.confidence is not None:
        found = f"a confidence of an assessment that is {command.assessment}"
        raise GuardError("confidence_without_finding", found, "Leave the confidence out")


@_check.register
def _(command: c.SetOffender, state: ReviewState, ground: Ground) -> None:
    del ground
    contact = state.contact(command.contact) if command.contact else None
    if contact is not None and not _may_offend(contact, command.side):
        found = f"{contact.id} is no accepted contact of the {command.side} side that touches"
        raise GuardError("offender_not_accepted", found, "Name an accepted contact of that side")


@_check.register
def _(command: c.SetClinical, state: ReviewState, ground: Ground) -> None:
    del state, ground
    if command.blinded and (command.symptom_side or command.syndrome):
        found = "a blind reading with the symptom side or the syndrome"
        raise GuardError("blind_with_history", found, "Leave both out, or say blinded: false")


@_check.register
def _(command: c.Sign, state: ReviewState, ground: Ground) -> None:
    least = int(constant(LETTERS_OF_A_REASON))
    for item in command.overrides:
        if len(item.reason.strip()) < least:
            found = f"an override with a reason of {len(item.reason.strip())} letters"
            raise GuardError("override_without_reason", found, f"Write {least} letters at least")
    overridden = {item.path for item in command.overrides}
    reading = reading_of(ground.study, state)
    still = [f for f in gates.open_fields(reading) if f.path not in overridden]
    if still:
        what = "; ".join(item.what for item in still[:4])
        more = f" and {len(still) - 4} more" if len(still) > 4 else ""
        found = f"{len(still)} mandatory fields are open: {what}{more}"
        remedy = "Answer them, or override each path with a reason"
        evidence = {"open": len(still), "paths": ", ".join(item.path for item in still)}
        raise GuardError("not_complete", found, remedy, evidence)
    _still_holds(state, ground)


def why_closed(gate: gates.ConditionGate) -> str:
    """Say in words why a condition cannot be called absent from these scans."""
    if gate.missing:
        rows = vocabulary.roles()
        kinds = [_or(rows[role].label.en for role in group) for group in gate.missing]
        return f"it needs {', and '.join(kinds)}"
    if gate.unconfirmed:
        labels = vocabulary.structures()
        names = dict.fromkeys(labels[structure].label.en for _, structure in gate.unconfirmed)
        return f"nobody confirmed that the series cover: {'; '.join(names)}"
    if "L_ROLE_UNCONFIRMED" in gate.limits:
        return "the role of the series it needs is not confirmed"
    if "L_SLICE_TOO_THICK" in gate.limits:
        return "the slices are too thick"
    return "it needs a kind of series that this version cannot tell apart"


def _absent_is_supported(
    command: c.AnswerCondition, marked: bool, state: ReviewState, ground: Ground
) -> None:
    row, series = vocabulary.conditions()[command.condition], series_facts(ground.study, state)
    gate = gates.condition_gate(row.id, series)
    if not gate.allows_absent:
        found = f"{row.label.en} cannot be called absent: {why_closed(gate)}"
        remedy = "Answer indeterminate, confirm role or coverage, or add the series it needs"
        raise GuardError("absent_not_supported", found, remedy, where=row.id)
    if not gates.basis_holds(row.id, command.basis, series):
        found = f"the series named as basis could not have shown {row.label.en}"
        raise GuardError("absent_not_supported", found, "Leave the basis to the tool", where=row.id)
    if marked:
        found = f"{row.label.en} is marked as a lesion"
        raise GuardError("absent_with_lesion", found, "Answer present or indeterminate")


def _still_holds(state: ReviewState, ground: Ground) -> None:
    """Ask again, before the signature, what later commands may have taken the ground from."""
    _sides_hold(state, places.midsagittal_x_mm(state))
    _contacts_in_place(state)
    for name in SIDES:
        side, facts = state.side(name), side_facts(state, name)
        if side.assessment == "not_assessed" and "contact" in gates.assessment_of(facts.contacts):
            found = f"the {name} side has a contact and is not assessed"
            raise GuardError("assessment_contradicts_contacts", found, "Assess the side")
        words = {"side": name, "assessment": side.assessment, "confidence": side.confidence}
        _check(c.SetAssessment.from_args(words), state, ground)
        _offender_fits(state, name)
        certainty = state.impression.certainty.get(name)
        if certainty and gates.rank(certainty) > _rank_of(side.confidence):
            found = f"the impression of the {name} side is {certainty}, its confidence lower"
            raise GuardError("certainty_not_supported", found, "Lower it with set_impression")
    for said in state.exclusions.values():
        names = ("condition", "answer", "side", "basis", "lesions", "note")
        words = {name: getattr(said, name) for name in names}
        _check(c.AnswerCondition.from_args(words), state, ground)
    for lesion in state.lesions:
        said_of = state.exclusions.get(lesion.condition)
        if said_of is None or said_of.answer not in {"present", "indeterminate"}:
            label = vocabulary.conditions()[lesion.condition].label.en
            found = f"lesion {lesion.id} is marked, and {label} is not answered present"
            raise GuardError("lesion_without_answer", found, "Answer the condition")


def _rank_of(confidence: str | None) -> int:
    return -1 if confidence is None else gates.rank(confidence)


def _may_offend(contact: Contact, side: str) -> bool:
    fits = contact.side == side and contact.decision == "accepted"
    return fits and contact.touching == "yes"


def _offender_fits(state: ReviewState, name: str) -> None:
    """Ask that an offender is named exactly where a contact is assessed."""
    side = state.side(name)
    offender = state.contact(side.offender) if side.offender else None
    if offender is not None and not (side.assessment == "contact" and _may_offend(offender, name)):
        found = f"the offender {offender.id} is no accepted contact of the {name} side"
        remedy = "Name another one with set_offender, or null"
        raise GuardError("offender_not_accepted", found, remedy)
    if side.assessment == "contact" and offender is None and not side.offender_undecided:
        found = f"the {name} side has a contact and no offender"
        remedy = "Name it with set_offender, or set_offender null: undecided"
        raise GuardError("offender_missing", found, remedy)


def _sides_hold(state: ReviewState, plane_mm: float | None) -> None:
    for side in SIDES:
        places.refuse_wrong_side(side, places.positions_on(state, side), plane_mm)


def _contacts_in_place(state: ReviewState) -> None:
    """Ask that every contact that stands still lies at its nerve."""
    for contact in state.contacts:
        if contact.decision != "rejected":
            _contact_in_place(state, contact.id)


def _contact_in_place(state: ReviewState, contact_id: str) -> Contact:
    contact = state.contact(contact_id)
    nerve = state.nerve(contact.side, contact.nerve) if contact else None
    if contact is None or nerve is None:  # the transitions refuse both, with the remedy
        raise AssertionError(contact_id)
    places.refuse_contact_out_of_place(contact, nerve, places.midsagittal_x_mm(state))
    return contact


def _positions(command: c.Placed) -> Iterable[Point]:
    for name in ("position", "vessel_position"):
        value = getattr(command, name, None)
        if value is not None and value != "not_covered":
            yield value
    yield from getattr(command, "points", ())


def _series_named(command: c.Command) -> Iterable[str]:
    for name in ("series", "basis", "traced_to_parent", "reference"):
        value = getattr(command, name, None)
        if isinstance(value, str):
            yield value
        elif value is not None:
            yield from value


def _known(study: Study, key: str) -> None:
    if key not in study.volumes:
        found = f"the study holds no series {key}"
        known = ", ".join(study.volumes) or "none"
        raise GuardError("series_unknown", found, f"Name one of: {known}", where=key)


def _readable(nerve: str) -> None:
    rows = vocabulary.nerves()
    if not rows[nerve].readable:
        known = ", ".join(row.id for row in rows.values() if row.readable)
        found = f"the {rows[nerve].label.en} cannot be read in this version"
        raise GuardError("nerve_not_readable", found, f"Mark {known}")


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)
