"""From answers to sums by patient: what a statistic needs of a patient, however often it counts.

One class a kind of answer: words, millimetres, positions. Each gives its statistics by id as
expressions of how often every patient counts; which are wanted, and what becomes of a value that is
not there, is in ``estimates``.
"""

import math
from collections.abc import Mapping
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mriview.workflow.agreement import coefficients, published
from mriview.workflow.agreement.answers import Answered
from mriview.workflow.agreement.coefficients import LEAST_CATEGORIES, Numbers, Weights
from mriview.workflow.agreement.questions import places
from mriview.workflow.agreement.resampling import Drawn

Places = NDArray[np.intp]
WEIGHTS: Mapping[str, Weights] = {
    "kappa": "equal",
    "kappa_linear": "linear",
    "kappa_quadratic": "quadratic",
}


class Sums(Protocol):
    """What a kind of answer offers."""

    patients: int

    def statistic(self, name: str) -> Drawn:
        """Give a statistic as an expression of how often each patient counts."""
        ...

    def undefined(self) -> str:
        """Say why a statistic has no value (a row of ``phrases.toml``)."""
        ...


def sums_of(answered: Answered) -> Sums:
    """Add up the answers of each patient.

    Parameters
    ----------
    answered : Answered
        At least one unit.
    """
    if answered.question.kind == "position":
        return PositionSums(answered)
    return NumberSums(answered) if answered.question.kind == "continuous" else WordSums(answered)


class WordSums:
    """Answers that are words: units by the answers of all readers."""

    def __init__(self, answered: Answered) -> None:
        self.patients, patient_of = _patients(answered)
        found = [str(value) for row in answered.values for value in row]
        self.answers = places(answered.question, found)
        number = {answer: place for place, answer in enumerate(self.answers)}
        codes = np.array([number[one] for one in found], np.intp)
        self.codes = codes.reshape(-1, len(answered.readers))
        self.given = max(len(set(found)), LEAST_CATEGORIES)
        units, readers = self.codes.shape
        self.counts = np.zeros((units, len(self.answers)))
        np.add.at(self.counts, (np.arange(units)[:, np.newaxis], self.codes), 1)
        agreed = (self.counts * (self.counts - 1)).sum(axis=1) / (readers * (readers - 1))
        shares = self.counts / readers
        self._of_patients = _by_patient(
            np.column_stack([np.ones(units), agreed, shares]), patient_of, self.patients
        )
        self._tables = _by_patient(self._cells(), patient_of, self.patients)

    def _cells(self) -> Numbers:
        """Give the cell of the first two readers' table, a row a unit."""
        size = len(self.answers)
        cells = np.zeros((len(self.codes), size * size))
        cells[np.arange(len(self.codes)), self.codes[:, 0] * size + self.codes[:, 1]] = 1
        return cells

    @property
    def table(self) -> Numbers:
        """Units by the answers of the first two readers, (k, k)."""
        size = len(self.answers)
        return np.asarray(self._tables.sum(axis=0).reshape(size, size))

    def statistic(self, name: str) -> Drawn:
        """Give one of raw agreement, the kappas and AC1."""
        return partial(self._drawn, name)

    def _drawn(self, name: str, drawn: Numbers) -> Numbers:
        if name in WEIGHTS:
            size = len(self.answers)
            tables = (drawn @ self._tables).reshape(*drawn.shape[:-1], size, size)
            return coefficients.kappa(tables, WEIGHTS[name])
        sums = drawn @ self._of_patients
        agreed, shares = sums[..., 1] / sums[..., 0], sums[..., 2:] / sums[..., :1]
        if name == "raw_agreement":
            return np.asarray(agreed)
        if name == "fleiss_kappa":
            return coefficients.fleiss_kappa(agreed, shares)
        return coefficients.ac1(agreed, shares, self.given)

    def published(self, name: str) -> float:
        """Give a kappa by the library that has it."""
        if name in WEIGHTS:
            return published.cohens_kappa(self.table, WEIGHTS[name])
        return published.fleiss_kappa(self.counts)

    def undefined(self) -> str:
        """Give as the reason that one answer is all there is."""
        return "one_answer"


class NumberSums:
    """Answers in millimetres: squares and sums, from the middle of all values."""

    def __init__(self, answered: Answered) -> None:
        self.patients, patient_of = _patients(answered)
        values = np.array(answered.values, np.float64)
        self.units, self.readers = values.shape
        difference = values[:, 1] - values[:, 0]
        columns = [np.ones(self.units), difference, difference**2]
        of_units = coefficients.intraclass_sums(values - values.mean())
        self._intraclass = _by_patient(of_units, patient_of, self.patients)
        self._differences = _by_patient(np.column_stack(columns), patient_of, self.patients)

    def statistic(self, name: str) -> Drawn:
        """Give the intraclass correlation, the mean difference or a limit of agreement."""
        return partial(self._drawn, name)

    def _drawn(self, name: str, drawn: Numbers) -> Numbers:
        if name == "icc_a1":
            return coefficients.intraclass(drawn @ self._intraclass, self.readers)
        sums = drawn @ self._differences
        if name == "bias_mm":
            return coefficients.mean_of(sums)
        return coefficients.limit_of_agreement(sums, -1 if name == "limit_low_mm" else 1)

    def undefined(self) -> str:
        """Give one unit, or equal values, as the reason."""
        return "one_unit" if self.units == 1 else "all_equal"


class PositionSums:
    """Positions of two readers: distances, in order."""

    def __init__(self, answered: Answered) -> None:
        self.patients, patient_of = _patients(answered)
        apart = [math.dist(*pair) for pair in _positions(answered)]
        order = np.argsort(apart, kind="stable")
        self._distances, self._patient_of = np.asarray(apart)[order], patient_of[order]

    def statistic(self, name: str) -> Drawn:
        """Give the median distance, the only one there is."""
        del name
        return self._median

    def _median(self, drawn: Numbers) -> Numbers:
        """Give the median where each distance counts as often as its patient was drawn."""
        counted = np.cumsum(drawn[..., self._patient_of], axis=-1)
        half = counted[..., -1:] / 2
        below, above = (counted >= half).argmax(axis=-1), (counted > half).argmax(axis=-1)
        return np.asarray((self._distances[below] + self._distances[above]) / 2)

    def undefined(self) -> str:
        """Give the reason that cannot be: a median always has a value."""
        return "no_units"


def _patients(answered: Answered) -> tuple[int, Places]:
    """Give how many patients there are, and the number of each unit's."""
    names, numbers = np.unique(np.array(answered.patients), return_inverse=True)
    return len(names), np.asarray(numbers, np.intp)


def _by_patient(of_units: Numbers, patient_of: Places, patients: int) -> Numbers:
    sums = np.zeros((patients, of_units.shape[1]))
    np.add.at(sums, patient_of, of_units)
    return sums


def _positions(answered: Answered) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    pairs = []
    for one, other in answered.values:
        if isinstance(one, tuple) and isinstance(other, tuple):
            pairs.append((one, other))
    return pairs
