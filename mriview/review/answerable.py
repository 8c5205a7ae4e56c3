"""What the scans of a study can answer, part by part, before a single mark is made.

The parts are rows of ``completeness``; the gates are those of the reading, so what is said here to
be closed will be refused there. Other causes one by one are in ``questions``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mriview import vocabulary
from mriview.review import gates
from mriview.review.facts import series_facts
from mriview.review.ground import either
from mriview.review.reading import SeriesFacts, SideFacts
from mriview.review.state import ReviewState
from mriview.scans import Study

CONTACT = "contact"  # the part that size of voxels limits besides
Verdict = Literal["yes", "not_yet", "no"]


@dataclass(frozen=True, slots=True)
class Answerable:
    """One part of the question.

    Parameters
    ----------
    part : str
        Row id of ``completeness``.
    verdict : {"yes", "not_yet", "no"}
        Not yet: a reader could confirm what is missing.
    why : str
        What it rests on or what is missing, in words.
    """

    part: str
    verdict: Verdict
    why: str


def answerable(study: Study, state: ReviewState) -> tuple[Answerable, ...]:
    """Say of each part of the question whether these scans can answer it.

    Parameters
    ----------
    study : Study
    state : ReviewState
        With the roles that the reader has set.
    """
    series = series_facts(study, state)
    return tuple(_of_part(part, series) for part in vocabulary.completeness())


def _of_part(part: str, series: Sequence[SeriesFacts]) -> Answerable:
    row, roles = vocabulary.completeness()[part], vocabulary.roles()
    for wanted in row.alternatives:
        used = [one for one in series if one.role in wanted and one.role_is_sure]
        if {one.role for one in used} == set(wanted):
            named = ", ".join(f"{roles[one.role].label.en} {one.key}" for one in used)
            more = f"; {_of_contact(series)}" if part == CONTACT else ""
            return Answerable(part, "yes", f"{named}{more}")
    for wanted in row.alternatives:
        unsure = [one for one in series if one.role in wanted]
        if {one.role for one in unsure} == set(wanted):
            named = either(f"{one.key} as {roles[one.role].label.en}" for one in unsure)
            return Answerable(part, "not_yet", f"nobody confirmed {named}")
    lists = either(
        " and ".join(roles[role].label.en for role in wanted) for wanted in row.alternatives
    )
    return Answerable(part, "no", f"it needs {lists}")


def _of_contact(series: Sequence[SeriesFacts]) -> str:
    """Say how sure a contact can be on these voxels, and whether its absence can be said."""
    side = SideFacts("right")
    cap, why = gates.certainty_cap(side, series)
    sure = vocabulary.certainties()[cap].label.en
    coarse = [x for x in gates.no_contact_shortfalls(side, series) if x.limit == "L_RESOLUTION"]
    if coarse:
        return f"'no contact' can never be said: {coarse[0].why}; a contact is {sure} at most"
    return f"{sure} at most ({why})"
