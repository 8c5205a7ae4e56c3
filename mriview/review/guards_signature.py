"""When a signature is refused: a mandatory field is open, or an answer has lost its ground.

Later commands may have taken away what an earlier one rested on; before a signature everything is
asked again.
"""

import numpy as np

from mriview import vocabulary
from mriview.errors import GuardError
from mriview.measure import landmark_arcs
from mriview.review import commands as c
from mriview.review import gates, places
from mriview.review.facts import reading_of, reference_of, series_facts, side_facts
from mriview.review.ground import Ground, ask
from mriview.review.guards_answers import may_offend
from mriview.review.guards_marks import contacts_in_place, sides_hold
from mriview.review.mandatory import open_fields
from mriview.review.plausible import course_faults
from mriview.review.state import SIDES, ReviewState
from mriview.review.text import sides_said_to_touch, tells_of_enhancement
from mriview.vocabulary import constant

LETTERS_OF_A_REASON = "override_reason_min_letters"


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


@ask.register
def _(command: c.Sign, state: ReviewState, ground: Ground) -> None:
    least = int(constant(LETTERS_OF_A_REASON))
    for item in command.overrides:
        if len(item.reason.strip()) < least:
            found = f"an override with a reason of {len(item.reason.strip())} letters"
            raise GuardError("override_without_reason", found, f"Write {least} letters at least")
    overridden = {item.path for item in command.overrides}
    reading = reading_of(ground.study, state)
    still = [f for f in open_fields(reading) if f.path not in overridden]
    if still:
        what = "; ".join(item.what for item in still[:4])
        more = f" and {len(still) - 4} more" if len(still) > 4 else ""
        found = f"{len(still)} mandatory fields are open: {what}{more}"
        remedy = "Answer them, or override each path with a reason"
        evidence = {"open": len(still), "paths": ", ".join(item.path for item in still)}
        raise GuardError("not_complete", found, remedy, evidence)
    _still_holds(state, ground)


def _still_holds(state: ReviewState, ground: Ground) -> None:
    """Ask again, before the signature, what later commands may have taken the ground from."""
    sides_hold(state, places.midsagittal_x_mm(state))
    contacts_in_place(state)
    _text_agrees(state)
    _enhancement_is_seen(state, ground)
    for name in SIDES:
        _course_is_believed(state, name)
        side, facts = state.side(name), side_facts(state, name)
        if side.assessment == "not_assessed" and "contact" in gates.assessment_of(facts.contacts):
            found = f"the {name} side has a contact and is not assessed"
            raise GuardError("assessment_contradicts_contacts", found, "Assess the side")
        words = {"side": name, "assessment": side.assessment, "confidence": side.confidence}
        ask(c.SetAssessment.from_args(words), state, ground)
        _offender_fits(state, name)
        certainty = state.impression.certainty.get(name)
        if certainty and gates.rank(certainty) > _rank_of(side.confidence):
            found = f"the impression of the {name} side is {certainty}, its confidence lower"
            raise GuardError("certainty_not_supported", found, "Lower it with set_impression")
    reference = reference_of(ground.study, state)
    if reference is not None:
        for named in (x.series for kind in (state.contacts, state.lesions) for x in kind):
            places.refuse_other_frame(ground.study, state, reference, named)
    for said in state.exclusions.values():
        names = ("condition", "answer", "side", "basis", "lesions", "note")
        words = {name: getattr(said, name) for name in names}
        ask(c.AnswerCondition.from_args(words), state, ground)
    for lesion in state.lesions:
        said_of = state.exclusions.get(lesion.condition)
        if said_of is None or said_of.answer not in {"present", "indeterminate"}:
            label = vocabulary.conditions()[lesion.condition].label.en
            found = f"lesion {lesion.id} is marked, and {label} is not answered present"
            raise GuardError("lesion_without_answer", found, "Answer the condition")


def _course_is_believed(state: ReviewState, name: str) -> None:
    """Ask that the landmarks of each nerve follow each other at lengths that are believed (R08)."""
    for nerve_id, nerve in state.side(name).nerves.items():
        path, arcs = nerve.path, landmark_arcs(nerve.path, nerve_id)
        placed = {
            key: arc.s_mm
            for key, arc in arcs.by_id.items()
            if arc is not None and arc.origin != "default"
        }
        chord_mm = float(np.linalg.norm(path.path_mm[-1] - path.path_mm[0]))
        for severity, _, sentence in course_faults(placed, path.length_mm, chord_mm):
            if severity == "error":
                found = f"the {nerve_id} nerve on the {name} side: {sentence}"
                raise GuardError("course_not_believed", found, "Mark the path or landmark anew")


def _text_agrees(state: ReviewState) -> None:
    """Ask that the impression says no contact of a side that has none (R35)."""
    for name in sides_said_to_touch(state.impression.text):
        if state.side(name).assessment in {"no_contact", "not_assessed"}:
            found = f"the impression tells of a contact on the {name} side, which has none"
            raise GuardError("text_contradicts_side", found, "Correct the text with set_impression")


def _enhancement_is_seen(state: ReviewState, ground: Ground) -> None:
    """Ask that no text tells of enhancement without a series after contrast (R23)."""
    if gates.shows_enhancement(series_facts(ground.study, state)) is not False:
        return
    typed = [state.impression.text, *(note.text for note in state.notes)]
    typed += [x.note for x in state.contacts] + [x.note for x in state.lesions]
    typed += [x.note for x in state.exclusions.values()]
    if any(map(tells_of_enhancement, typed)):
        found = "a text tells of enhancement, and the study has no series after contrast"
        remedy = "Correct the text, or say with set_role which series is after contrast"
        raise GuardError("enhancement_without_contrast", found, remedy)


def _rank_of(confidence: str | None) -> int:
    return -1 if confidence is None else gates.rank(confidence)


def _offender_fits(state: ReviewState, name: str) -> None:
    """Ask that an offender is named exactly where a contact is assessed."""
    side = state.side(name)
    offender = state.contact(side.offender) if side.offender else None
    if offender is not None and not (side.assessment == "contact" and may_offend(offender, name)):
        found = f"the offender {offender.id} is no accepted contact of the {name} side"
        remedy = "Name another one with set_offender, or null"
        raise GuardError("offender_not_accepted", found, remedy)
    if side.assessment == "contact" and offender is None and not side.offender_undecided:
        found = f"the {name} side has a contact and no offender"
        remedy = "Name it with set_offender, or set_offender null: undecided"
        raise GuardError("offender_missing", found, remedy)
