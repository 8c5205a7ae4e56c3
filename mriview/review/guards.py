"""When the record refuses a command: what the scans or the anatomy do not support.

``check(command, state, study)`` asks the predicates of ``gates`` before a command is stored, for
the room and for scripts alike; a log that is replayed was checked when it was written. That ids
resolve is a matter of ``transitions``.
"""

from collections.abc import Iterable, Sequence
from functools import singledispatch

import numpy as np

from mriview import vocabulary
from mriview.errors import GuardError
from mriview.geometry import Grid, Points
from mriview.review import commands as c
from mriview.review import gates
from mriview.review.facts import reading_of, reference_of, series_facts, side_facts
from mriview.review.state import SIDES, Point, ReviewState
from mriview.scans import Study
from mriview.vocabulary import constant


def check(command: c.Command, state: ReviewState, study: Study) -> None:
    """Refuse a command that the scans, the anatomy or a signature do not allow.

    Raises
    ------
    GuardError
        With what was found, in numbers, and what to do.
    """
    if state.sign_off is not None:
        found = "the reading is signed"
        raise GuardError("review_signed", found, "Start a new review to read it again")
    for key in _series_named(command):
        _known(study, key)
    if isinstance(command, c.Placed):
        _in_the_frame(command, state, study)
    _check(command, state, study)


@singledispatch
def _check(command: c.Command, state: ReviewState, study: Study) -> None:
    """Most commands need no more than their shape and their ids."""
    del command, state, study


@_check.register
def _(command: c.SetReference, state: ReviewState, study: Study) -> None:
    fixed = reference_of(study, state)
    if state.positions and command.series != fixed:
        found = f"positions are kept in the frame of series {fixed}"
        remedy = "Keep the reference, or start a new review before the first mark"
        raise GuardError("reference_fixed", found, remedy, where=command.series)


@_check.register
def _(command: c.SetNervePath, state: ReviewState, study: Study) -> None:
    del study
    exits: dict[str, Point | None] = {
        side: nerve.path.clicks[0] if (nerve := state.nerve(side, command.nerve)) else None
        for side in ("right", "left")
    }
    exits[command.side] = command.points[0]
    plane_mm = gates.midsagittal_x_mm(state.midline, exits["right"], exits["left"])
    if plane_mm is None:
        found = "the midline is not marked, so no side can be told"
        raise GuardError("midline_missing", found, "Mark a point of the midline first")
    _on_side(command.side, command.points, plane_mm)


@_check.register
def _(command: c.SetMidline, state: ReviewState, study: Study) -> None:
    del study
    x_mm = command.position[0]
    for side in ("right", "left"):
        for nerve in state.side(side).nerves.values():
            _on_side(side, nerve.path.clicks, x_mm)
        marks = [contact.position for contact in state.contacts if contact.side == side]
        if marks:
            _on_side(side, marks, x_mm)


@_check.register
def _(command: c.SetLandmark, state: ReviewState, study: Study) -> None:
    del study
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
        away_mm = nerve.path.nearest(command.position).distance_mm
        _near(f"the {row.label.en}", away_mm, constant("far_from_nerve_mm"))
        _on_side(command.side, [command.position], _plane(state))


@_check.register
def _(command: c.SetAssessable, state: ReviewState, study: Study) -> None:
    del state, study
    for span in (command.visible_mm, command.assessable_mm, *command.artefact_mm):
        if span is not None and span[0] > span[1]:
            found = f"a span from {span[0]:.1f} to {span[1]:.1f} mm"
            raise GuardError("span_reversed", found, "Give the smaller end first")


@_check.register
def _(command: c.AddContact, state: ReviewState, study: Study) -> None:
    del study
    _contact_in_place(state, command.side, command.nerve, command.vessel, command.position)


@_check.register
def _(command: c.EditContact, state: ReviewState, study: Study) -> None:
    del study
    contact = state.contact(command.id)
    if contact is not None:
        said = command.model_fields_set
        vessel = command.vessel if "vessel" in said else contact.vessel
        position = command.position or contact.position
        _contact_in_place(state, contact.side, contact.nerve, vessel, position)


@_check.register
def _(command: c.AnswerCondition, state: ReviewState, study: Study) -> None:
    row = vocabulary.conditions()[command.condition]
    if command.answer == "absent":
        gate = gates.condition_gate(command.condition, series_facts(study, state))
        if not gate.allows_absent:
            why = why_closed(gate)
            found = f"{row.label.en} cannot be called absent: {why}"
            remedy = "Answer indeterminate, confirm role or coverage, or add the series it needs"
            raise GuardError("absent_not_supported", found, remedy, where=row.id)
        if any(lesion.condition == row.id for lesion in state.lesions):
            found = f"{row.label.en} is marked as a lesion"
            raise GuardError("absent_with_lesion", found, "Answer present or indeterminate")
    if command.answer == "present":
        kinds = [lesion.condition for lesion in state.lesions]
        words = not row.needs_lesion and bool(command.note.strip())
        if row.id not in kinds and not words:
            found = f"{row.label.en} is present, but no lesion of it is marked"
            remedy = "Add the lesion first" if row.needs_lesion else "Describe it in a note"
            raise GuardError("present_without_lesion", found, remedy, where=row.id)


@_check.register
def _(command: c.SetAssessment, state: ReviewState, study: Study) -> None:
    side, series = side_facts(state, command.side), series_facts(study, state)
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
def _(command: c.SetOffender, state: ReviewState, study: Study) -> None:
    del study
    contact = state.contact(command.contact) if command.contact else None
    if contact is None:
        return
    if contact.side != command.side or contact.decision != "accepted":
        found = f"{contact.id} is no accepted contact of the {command.side} side"
        raise GuardError("offender_not_accepted", found, "Name an accepted contact of that side")


@_check.register
def _(command: c.SetClinical, state: ReviewState, study: Study) -> None:
    del state, study
    if command.blinded and (command.symptom_side or command.syndrome):
        found = "a blind reading with the symptom side or the syndrome"
        raise GuardError("blind_with_history", found, "Leave both out, or say blinded: false")


@_check.register
def _(command: c.Sign, state: ReviewState, study: Study) -> None:
    overridden = {item.path for item in command.overrides}
    still = [f for f in gates.open_fields(reading_of(study, state)) if f.path not in overridden]
    if still:
        what = "; ".join(item.what for item in still[:4])
        more = f" and {len(still) - 4} more" if len(still) > 4 else ""
        found = f"{len(still)} mandatory fields are open: {what}{more}"
        remedy = "Answer them, or override each path with a reason"
        evidence = {"open": len(still), "paths": ", ".join(item.path for item in still)}
        raise GuardError("not_complete", found, remedy, evidence)
    _still_holds(state, study)


@_check.register
def _(command: c.SetMask, state: ReviewState, study: Study) -> None:
    del study
    measured = [lesion.id for lesion in state.lesions if lesion.mask == command.id]
    if command.id is not None and measured:
        found = f"lesion {measured[0]} was measured from mask {command.id}"
        remedy = "Paint it under a new id, or take the lesion back first"
        raise GuardError("mask_in_use", found, remedy)


def why_closed(gate: gates.ConditionGate) -> str:
    """Say in words why a condition cannot be called absent from these scans."""
    if gate.missing:
        return f"it needs {' and '.join(gate.missing)}"
    if gate.unconfirmed:
        labels = vocabulary.structures()
        names = dict.fromkeys(labels[structure].label.en for _, structure in gate.unconfirmed)
        return f"nobody confirmed that the series cover: {'; '.join(names)}"
    if "L_ROLE_UNCONFIRMED" in gate.limits:
        return "the role of the series it needs is not confirmed"
    if "L_SLICE_TOO_THICK" in gate.limits:
        return "the slices are too thick"
    return "it needs a kind of series that this version cannot tell apart"


def _still_holds(state: ReviewState, study: Study) -> None:
    """Ask again, before the signature, what later commands may have taken the ground from."""
    for name in SIDES:
        side, facts = state.side(name), side_facts(state, name)
        if side.assessment == "not_assessed" and "contact" in gates.assessment_of(facts.contacts):
            found = f"the {name} side has a contact and is not assessed"
            raise GuardError("assessment_contradicts_contacts", found, "Assess the side")
        words = {"side": name, "assessment": side.assessment, "confidence": side.confidence}
        _check(c.SetAssessment.from_args(words), state, study)
        _offender_named(state, name)
        certainty = state.impression.certainty.get(name)
        if certainty and gates.rank(certainty) > _rank_of(side.confidence):
            found = f"the impression of the {name} side is {certainty}, its confidence lower"
            raise GuardError("certainty_not_supported", found, "Lower it with set_impression")
    for said in state.exclusions.values():
        words = {"condition": said.condition, "answer": said.answer, "note": said.note}
        _check(c.AnswerCondition.from_args(words), state, study)
    for lesion in state.lesions:
        said_of = state.exclusions.get(lesion.condition)
        if said_of is None or said_of.answer not in {"present", "indeterminate"}:
            label = vocabulary.conditions()[lesion.condition].label.en
            found = f"lesion {lesion.id} is marked, and {label} is not answered present"
            raise GuardError("lesion_without_answer", found, "Answer the condition")


def _rank_of(confidence: str | None) -> int:
    return -1 if confidence is None else gates.rank(confidence)


def _offender_named(state: ReviewState, name: str) -> None:
    side = state.side(name)
    offender = state.contact(side.offender) if side.offender else None
    if offender is not None and offender.decision != "accepted":
        found = f"the offender {offender.id} of the {name} side is not accepted"
        raise GuardError("offender_not_accepted", found, "Name another one with set_offender")
    if side.assessment == "contact" and offender is None and not side.offender_undecided:
        found = f"the {name} side has a contact and no offender"
        remedy = "Name it with set_offender, or set_offender null: undecided"
        raise GuardError("offender_missing", found, remedy)


def _contact_in_place(
    state: ReviewState, side: str, nerve_name: str, vessel: str, position: Point
) -> None:
    nerve = state.nerve(side, nerve_name)
    if nerve is None:
        return  # refused by the transition, with the remedy
    _on_side(side, [position], _plane(state))
    reach_mm = constant("far_from_nerve_mm") + vocabulary.vessels()[vessel].max_radius_mm
    _near("the mark", nerve.path.nearest(position).distance_mm, reach_mm)


def _near(what: str, away_mm: float, most_mm: float) -> None:
    if away_mm > most_mm:
        found = f"{what} is {away_mm:.1f} mm from the nerve's path, at most {most_mm:.1f} mm"
        remedy = "Move it, or mark the path anew"
        raise GuardError("far_from_nerve", found, remedy, {"distance_mm": round(away_mm, 2)})


def _plane(state: ReviewState) -> float | None:
    exits = [state.nerve(side, "facial") for side in ("right", "left")]
    right, left = (nerve.path.clicks[0] if nerve else None for nerve in exits)
    return gates.midsagittal_x_mm(state.midline, right, left)


def _on_side(side: str, positions: Sequence[Point], plane_mm: float | None) -> None:
    if plane_mm is None:
        return
    depth_mm = float(gates.depth_into_side_mm(side, positions, plane_mm).min())
    least_mm = constant("same_side_min_mm")
    if depth_mm < least_mm:
        other = "beyond the midline" if depth_mm < 0 else "too near the midline"
        found = f"a point declared {side} lies {abs(depth_mm):.1f} mm {other}"
        remedy = f"Mark it on the patient's {side} (>= {least_mm:.0f} mm), or name the other side"
        raise GuardError("wrong_side", found, remedy, {"depth_mm": round(depth_mm, 2)})


def _in_the_frame(command: c.Placed, state: ReviewState, study: Study) -> None:
    reference = reference_of(study, state)
    if reference is None:
        found = "the study holds no volume to mark in"
        raise GuardError("no_reference", found, "Open a study that holds a scan")
    if command.reference is not None and command.reference != reference:
        found = f"positions are kept in the frame of series {reference}"
        raise GuardError("reference_fixed", found, "Give positions in that frame")
    named = [key for key in getattr(command, "series", ()) if key in study.volumes]
    frame = study.volumes[reference].frame_of_reference
    grids = [study.volumes[reference].grid]
    for key in named:
        if key != reference and (frame is None or study.volumes[key].frame_of_reference != frame):
            found = f"series {key} has not the frame of reference of {reference}"
            raise GuardError("other_frame", found, "Name series of the reference's frame only")
        grids.append(study.volumes[key].grid)
    margin = 0.5 + constant("outside_grid_max_voxels")  # 0.5: the outer face of a border voxel
    for position in _positions(command):
        if not any(bool(grid.contains(position, margin)) for grid in grids):
            outside = min(float(_outside_mm(grid.index(position), grid)) for grid in grids)
            found = f"a position lies {outside:.0f} mm outside the reference series"
            raise GuardError("outside_grid", found, "Mark it inside the scan")


def _outside_mm(index: Points, grid: Grid) -> float:
    shape = np.array(grid.shape)
    beyond = np.maximum(np.maximum(-index, index - (shape - 1)), 0)
    return float(np.linalg.norm(beyond * np.array(grid.spacing_mm)))


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


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)
