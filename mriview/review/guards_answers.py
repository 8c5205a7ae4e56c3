"""When an answer is refused: what the scans cannot show is not said.

The predicates about what scans support are in ``gates``, which report rules ask as well.
"""

from mriview import vocabulary
from mriview.errors import GuardError
from mriview.review import commands as c
from mriview.review import gates, places
from mriview.review.facts import series_facts, side_facts
from mriview.review.ground import Ground, ask, either
from mriview.review.reading import USABLE
from mriview.review.state import Contact, ReviewState
from mriview.vocabulary import structure_labels


@ask.register
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
    series = series_facts(ground.study, state)
    if command.answer == "present" and not gates.present_holds(row.id, series):
        found = f"{row.label.en} shows itself by enhancement, and no series after contrast is sure"
        remedy = "Answer indeterminate, or confirm the role of the series with set_role"
        raise GuardError("present_not_supported", found, remedy, where=row.id)
    left = row.implants_show and bool(state.implants)
    if command.answer == "present" and not (mine or words or left):
        found = f"{row.label.en} is present, but no lesion of it is marked"
        remedy = "Add the lesion first" if row.needs_lesion else "Describe it in a note"
        raise GuardError("present_without_lesion", found, remedy, where=row.id)


@ask.register
def _(command: c.SetAssessment, state: ReviewState, ground: Ground) -> None:
    side, series = side_facts(state, command.side), series_facts(ground.study, state)
    if command.assessment == "not_assessed":
        return
    allowed = gates.assessment_of(side.contacts)
    if command.assessment not in allowed:
        found = f"the accepted contacts of the {command.side} side allow {either(sorted(allowed))}"
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


@ask.register
def _(command: c.SetQuality, state: ReviewState, ground: Ground) -> None:
    del state, ground
    if command.grade != USABLE and not command.findings:
        label = vocabulary.quality_grades()[command.grade].label.en
        found = f"a series is called {label}, and nothing that spoils it is named"
        remedy = "Name what spoils it, such as motion"
        raise GuardError("quality_without_finding", found, remedy, where=command.series)


@ask.register
def _(command: c.SetOffender, state: ReviewState, ground: Ground) -> None:
    del ground
    contact = state.contact(command.contact) if command.contact else None
    if contact is not None and not may_offend(contact, command.side):
        found = f"{contact.id} is no accepted contact of the {command.side} side that touches"
        raise GuardError("offender_not_accepted", found, "Name an accepted contact of that side")


@ask.register
def _(command: c.SetClinical, state: ReviewState, ground: Ground) -> None:
    del state, ground
    if command.blinded and command.history:
        found = "a blind reading with something that is known of the patient"
        raise GuardError("blind_with_history", found, "Leave it out, or say blinded: false")


def why_closed(gate: gates.ConditionGate) -> str:
    """Say in words why a condition cannot be called absent from these scans."""
    if gate.missing:
        rows = vocabulary.roles()
        kinds = [either(rows[role].label.en for role in group) for group in gate.missing]
        return f"it needs {', and '.join(kinds)}"
    if "L_QUALITY" in gate.limits:
        return "the series it needs is not usable"
    if gate.thick_mm is not None:
        has, most = gate.thick_mm
        return f"the slices are {has:.1f} mm thick, at most {most:g} mm can show it"
    reasons = []
    if "L_ROLE_UNCONFIRMED" in gate.limits:
        reasons.append("the role of the series it needs is not confirmed")
    if gate.unconfirmed:
        labels = structure_labels(structure for _, structure in gate.unconfirmed)
        names = "; ".join(label.en for label in labels)
        reasons.append(f"nobody confirmed that the series cover: {names}")
    if reasons:
        return ", and ".join(reasons)
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


def may_offend(contact: Contact, side: str) -> bool:
    """Whether a contact may be named as the offender of a side: of the nerve that is assessed."""
    fits = contact.side == side and contact.decision == "accepted"
    return fits and contact.touching == "yes" and vocabulary.nerves()[contact.nerve].assessed
