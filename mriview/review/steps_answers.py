"""What answers do to the state: other causes, assessments, impression, context, signature.

As for marks, what names nothing is refused; what the scans do not support is a matter of
``guards``.
"""

from dataclasses import replace
from types import MappingProxyType

from mriview.review import commands as c
from mriview.review.state import (
    Anatomy,
    Change,
    Clinical,
    Comparison,
    Exclusion,
    Impression,
    Note,
    Overridden,
    ReviewState,
    SignOff,
    Stamp,
    Treatment,
)
from mriview.review.step import contact_of, step, unknown, with_key, with_side


@step.register
def _(command: c.AnswerCondition, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    for lesion_id in command.lesions:
        if state.lesion(lesion_id) is None:
            raise unknown("lesion", lesion_id)
    names = ("condition", "answer", "side", "basis", "lesions", "confidence", "note")
    answer = Exclusion(**{name: getattr(command, name) for name in names})
    return replace(state, exclusions=with_key(state.exclusions, command.condition, answer))


@step.register
def _(command: c.AcknowledgeLimits, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    return replace(state, acknowledged=tuple(dict.fromkeys(command.limits)))


@step.register
def _(command: c.SetAssessment, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    side = replace(
        state.side(command.side),
        assessment=command.assessment,
        confidence=command.confidence,
        limits=command.limits,
    )
    return with_side(state, command.side, side)


@step.register
def _(command: c.SetOffender, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    if command.contact is not None:
        contact_of(state, command.contact)
    side = replace(
        state.side(command.side),
        offender=command.contact,
        offender_undecided=command.contact is None,
    )
    return with_side(state, command.side, side)


@step.register
def _(command: c.SetImpression, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    certainty = MappingProxyType(command.certainty.model_dump())
    return replace(
        state,
        impression=Impression(
            command.text, command.second_vessel, certainty, command.recommendation
        ),
    )


@step.register
def _(command: c.SetClinical, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    said = {name: getattr(command, name) for name in c.SetClinical.model_fields}
    said["treatments"] = tuple(Treatment(**x.model_dump()) for x in command.treatments)
    if command.comparison is not None:
        changes = tuple(Change(**x.model_dump()) for x in command.comparison.changes)
        said["comparison"] = Comparison(command.comparison.report_id, changes)
    clinical = Clinical(**said)
    return replace(state, clinical=clinical)


@step.register
def _(command: c.SetAnatomy, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    said = Anatomy(command.side, command.code, command.value, command.note)
    others = (x for x in state.anatomy if (x.side, x.code) != (command.side, command.code))
    return replace(state, anatomy=(*others, said))


@step.register
def _(command: c.AddNote, state: ReviewState, stamp: Stamp) -> ReviewState:
    return replace(state, notes=(*state.notes, Note(command.text, command.about, stamp)))


@step.register
def _(command: c.Amend, state: ReviewState, stamp: Stamp) -> ReviewState:
    del stamp
    return replace(state, amends=command.amends)


@step.register
def _(command: c.Sign, state: ReviewState, stamp: Stamp) -> ReviewState:
    overrides = tuple(Overridden(o.guard, o.path, o.reason) for o in command.overrides)
    return replace(state, sign_off=SignOff(stamp, command.role, overrides))
