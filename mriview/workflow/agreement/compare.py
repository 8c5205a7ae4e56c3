"""Agreement of readers: tidy tables of many reports in, one value with everything that follows out.

Every question is compared for each pair of readers and, with more than two, for all together. Which
files that becomes is the matter of ``documents``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from mriview.exporters.tables import Row
from mriview.workflow.agreement.answers import Answered, answered, answers_to
from mriview.workflow.agreement.estimates import Estimate, estimates
from mriview.workflow.agreement.published import library_version
from mriview.workflow.agreement.questions import Question, asked
from mriview.workflow.agreement.readings import Readings, readings_of


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question, some readers, and what came out."""

    answered: Answered
    estimates: tuple[Estimate, ...]

    @property
    def question(self) -> Question:
        """What was asked."""
        return self.answered.question


@dataclass(frozen=True, slots=True)
class Agreement:
    """Everything that is known of how readers agree.

    Parameters
    ----------
    readings : Readings
    comparisons : tuple of Comparison
        By question; each pair of readers, then all of them where there are more than two.
    library : str
        Name and version of the library that kappas come from.
    seed : int
        Of the draws for the intervals.
    """

    readings: Readings
    comparisons: tuple[Comparison, ...]
    library: str
    seed: int


def agreement(
    rows: Mapping[str, Iterable[Row]],
    *,
    patients: Mapping[str, str] | None = None,
    readers: Sequence[str] = (),
    unsigned: bool = False,
    seed: int = 0,
) -> Agreement:
    """Compare the readers of many reports.

    Parameters
    ----------
    rows : mapping of iterable of mapping
        Tidy rows by table, those of all reports below each other (``rows_of``).
    patients : mapping, optional
        Patient by study key, where one patient has several studies.
    readers : sequence of str, optional
        Compare these only; else all but ``consensus``.
    unsigned : bool
        Whether drafts count as well.
    seed : int
        Of the draws for the intervals: the same rows and seed, the same numbers.

    Returns
    -------
    Agreement

    Raises
    ------
    MissingExtraError
        statsmodels is not installed.
    UsageError
        A named reader has read nothing.
    InputError
        Fewer than two readers have readings that count.
    """
    library = f"statsmodels {library_version()}"
    readings = readings_of(rows, patients=patients, readers=readers, unsigned=unsigned)
    made = (
        Comparison(found, estimates(found, seed))
        for question in asked(readings.rows)
        for found in _compared(question, readings)
    )
    return Agreement(readings, tuple(one for one in made if one.estimates), library, seed)


def _compared(question: Question, readings: Readings) -> list[Answered]:
    """Put each pair of readers side by side, and all; who has nothing in common is left out."""
    given = answers_to(question, readings)
    groups = [*combinations(readings.readers, 2)]
    every = [readings.readers] if len(readings.readers) > 2 else []
    found = [answered(question, given, readings, *group) for group in (*groups, *every)]
    return [one for one in found if one.found]
