"""Statistics of one question with their intervals: which ones, rows of ``statistics.toml`` say.

A value counts every patient once, its interval as often as drawn. A value that is not there has a
reason, never a substitute. What a statistic is, stands in ``sums`` and ``coefficients``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np

from mriview.vocabulary import Label
from mriview.vocabulary.toml_rows import rows_from
from mriview.workflow.agreement.answers import Answered
from mriview.workflow.agreement.resampling import Interval, intervals
from mriview.workflow.agreement.sums import Sums, WordSums, sums_of

DIGITS = 4  # values are kept to 1e-4 of their unit, as everywhere


@dataclass(frozen=True, slots=True)
class Statistic:
    """A row of ``statistics.toml``."""

    id: str
    label: Label
    meaning: Label
    kinds: tuple[str, ...]
    readers: Literal["two", "all", "any"]
    source: str
    library: str = ""
    unit: str = "1"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval; ``reason`` says why one of them is missing."""

    statistic: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""


@cache
def statistics() -> Mapping[str, Statistic]:
    """Give every statistic by id, in the order of the table."""
    text = files("mriview.workflow.agreement").joinpath("statistics.toml").read_text("utf-8")
    return rows_from(text, Statistic, "statistics")


def estimates(answered: Answered, seed: int = 0) -> tuple[Estimate, ...]:
    """Compute every statistic that fits the kind of the question.

    Parameters
    ----------
    answered : Answered
        Of two readers, or of all where there are more.
    seed : int
        Of the draws for the intervals.

    Returns
    -------
    tuple of Estimate
        None for the positions of more than two readers.

    Raises
    ------
    MissingExtraError
        statsmodels is not installed.
    """
    several = len(answered.readers) > 2
    wanted = [
        row
        for row in statistics().values()
        if answered.question.kind in row.kinds and row.readers != ("two" if several else "all")
    ]
    if not wanted or not answered.units:
        return tuple(Estimate(row.id, reason="no_units") for row in wanted)
    sums = sums_of(answered)
    drawn = [sums.statistic(row.id) for row in wanted]
    found = intervals(drawn, sums.patients, seed)
    return tuple(
        _estimate(row, sums, float(statistic(np.ones(sums.patients))), ends)
        for row, statistic, ends in zip(wanted, drawn, found, strict=True)
    )


def commonest_share(answered: Answered) -> float | None:
    """Give the share of the commonest answer; None where answers are millimetres or there is none.

    Where it is large, kappa is low even if readers agree.
    """
    if not answered.units or answered.question.kind in {"continuous", "position"}:
        return None
    _, counts = np.unique(np.array(answered.values), return_counts=True)
    return round(float(counts.max() / counts.sum()), DIGITS)


def _estimate(row: Statistic, sums: Sums, value: float, ends: Interval) -> Estimate:
    if not math.isfinite(value):
        return Estimate(row.id, reason=sums.undefined())
    if row.library and isinstance(sums, WordSums):
        value = sums.published(row.id)
    low, high = (None if end is None else _rounded(end) for end in (ends.low, ends.high))
    return Estimate(row.id, _rounded(value), low, high, ends.reason)


def _rounded(number: float) -> float:
    return round(number, DIGITS) + 0.0  # no -0.0
