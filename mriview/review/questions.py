"""Other causes as a list of questions: what was answered, and what these scans allow.

The room shows this list and the command line prints it; the answers and the gates are the same
that the report is built from.
"""

from dataclasses import dataclass

from mriview import vocabulary
from mriview.review.facts import series_facts
from mriview.review.gates import (
    condition_gate,
    derived_answer,
    mandatory_conditions,
    standing_limits,
)
from mriview.review.guards_answers import why_closed
from mriview.review.known import known_of
from mriview.review.state import ReviewState
from mriview.scans import Study


@dataclass(frozen=True, slots=True)
class Question:
    """One other cause.

    Parameters
    ----------
    condition, group : str
        Row ids.
    mandatory : bool
        Whether it must be answered before signing.
    answer : str
        As the report shows it.
    derived : bool
        Whether the tool derived the answer, since the scans allow no judgement.
    allows_absent : bool
        Whether "looked for, not seen" may be answered.
    why : str
        Why it may not, in words; empty where it may.
    limits : tuple of str
        Limit ids that stand beside the answer.
    unconfirmed : tuple of (str, str)
        (series key, structure) that the reader could confirm.
    """

    condition: str
    group: str
    mandatory: bool
    answer: str
    derived: bool
    allows_absent: bool
    why: str
    limits: tuple[str, ...]
    unconfirmed: tuple[tuple[str, str], ...]


def questions(study: Study, state: ReviewState) -> tuple[Question, ...]:
    """List every condition of the vocabulary, in table order."""
    series = series_facts(study, state)
    mandatory = mandatory_conditions(known_of(state.clinical))
    listed = []
    for condition, row in vocabulary.conditions().items():
        gate = condition_gate(condition, series)
        said = state.exclusions.get(condition)
        answer, derived = derived_answer(said.answer if said else "not_assessed", gate)
        listed.append(
            Question(
                condition=condition,
                group=row.group,
                mandatory=condition in mandatory,
                answer=answer,
                derived=derived,
                allows_absent=gate.allows_absent,
                why="" if gate.allows_absent else why_closed(gate),
                limits=(*gate.limits, *standing_limits(condition, answer, series)),
                unconfirmed=gate.unconfirmed,
            )
        )
    return tuple(listed)
