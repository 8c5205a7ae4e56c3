"""Coefficients as array expressions: Cohen, Fleiss, Gwet, intraclass, Bland and Altman.

Each takes sums over units, in any number of leading dimensions, so that one call serves thousands
of resamples; the values themselves are taken from statsmodels where it has the coefficient
(``published``). Where a coefficient has no value, such as kappa when one answer is all there is,
it is not a number here and an empty cell with its reason later; nothing is replaced by 0 or 1.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Weights = Literal["equal", "linear", "quadratic"]

NORMAL_95 = 1.959964  # half width of 95 % of a normal distribution, in standard deviations
LEAST_CATEGORIES = 2  # a question with one possible answer is none


def disagreement(categories: int, weights: Weights) -> Numbers:
    """Give how much two answers differ, by their places on the scale.

    Parameters
    ----------
    categories : int
    weights : {"equal", "linear", "quadratic"}
        Equal: any two different answers differ by 1.

    Returns
    -------
    (categories, categories) float64
        0 on the diagonal.

    Examples
    --------
    >>> disagreement(3, "quadratic")[0].tolist()
    [0.0, 1.0, 4.0]
    """
    steps = np.abs(np.subtract.outer(np.arange(categories), np.arange(categories)))
    power = {"equal": 0, "linear": 1, "quadratic": 2}[weights]
    return np.where(steps == 0, 0.0, np.asarray(steps, np.float64) ** power)


def kappa(tables: Numbers, weights: Weights = "equal") -> Numbers:
    """Give Cohen's kappa, weighted by how far two answers are apart.

    Parameters
    ----------
    tables : (..., k, k) float64
        Units by the answers of two readers.
    weights : {"equal", "linear", "quadratic"}

    Returns
    -------
    (...) float64
        Not a number where both readers gave one and the same answer throughout.

    Notes
    -----
    Cohen, Educ Psychol Meas 1960;20:37, and Psychol Bull 1968;70:213.

    Examples
    --------
    >>> round(float(kappa(np.array([[80.0, 10], [5, 5]]))), 2)
    0.32
    """
    apart = disagreement(tables.shape[-1], weights)
    units = tables.sum(axis=(-2, -1))
    observed = (tables * apart).sum(axis=(-2, -1))
    rows, columns = tables.sum(axis=-1), tables.sum(axis=-2)
    expected = np.einsum("...i,...j,ij->...", rows, columns, apart)
    return 1 - _ratio(observed * units, expected)


def ac1(agreed: Numbers, shares: Numbers, answers: int) -> Numbers:
    """Give Gwet's AC1 for two or more readers.

    Parameters
    ----------
    agreed : (...) float64
        Share of the pairs of readers that give the same answer, mean over units.
    shares : (..., k) float64
        Share of each answer, mean over units.
    answers : int
        How many different ones there are; at least 2.

    Returns
    -------
    (...) float64
        1 where there is one answer only.

    Notes
    -----
    Gwet, Br J Math Stat Psychol 2008;61:29.

    Examples
    --------
    >>> round(float(ac1(np.array(0.85), np.array([0.875, 0.125]), 2)), 2)
    0.81
    """
    by_chance = (shares * (1 - shares)).sum(axis=-1) / (answers - 1)
    return np.asarray((agreed - by_chance) / (1 - by_chance))


def fleiss_kappa(agreed: Numbers, shares: Numbers) -> Numbers:
    """Give Fleiss' kappa for two or more readers, from the same sums as `ac1`.

    Returns
    -------
    (...) float64
        Not a number where one answer is all there is.

    Notes
    -----
    Fleiss, Psychol Bull 1971;76:378.

    Examples
    --------
    >>> round(float(fleiss_kappa(np.array(0.85), np.array([0.875, 0.125]))), 3)
    0.314
    """
    by_chance = (shares**2).sum(axis=-1)
    return _ratio(agreed - by_chance, 1 - by_chance)


def intraclass(sums: Numbers, readers: int) -> Numbers:
    """Give the intraclass correlation of absolute agreement between single readings.

    Two-way random: ICC(2,1) of Shrout and Fleiss, ICC(A,1) of McGraw and Wong.

    Parameters
    ----------
    sums : (..., 3 + readers) float64
        Over units: their number, squares of all values, squares of the units' sums, and the sum of
        each reader's values; as `intraclass_sums` gives them for a unit.
    readers : int
        At least 2.

    Returns
    -------
    (...) float64
        Not a number with fewer than two units, or where all values are equal.

    Notes
    -----
    Shrout and Fleiss, Psychol Bull 1979;86:420; McGraw and Wong, Psychol Methods 1996;1:30.
    """
    units, squares, of_units = sums[..., 0], sums[..., 1], sums[..., 2] / readers
    of_readers = _ratio((sums[..., 3:] ** 2).sum(axis=-1), units)
    middle = _ratio(sums[..., 3:].sum(axis=-1) ** 2, units * readers)
    between_units = _ratio(of_units - middle, units - 1)
    between_readers = (of_readers - middle) / (readers - 1)
    rest = _ratio(squares - of_units - of_readers + middle, (units - 1) * (readers - 1))
    noise = (readers - 1) * rest + _ratio(readers * (between_readers - rest), units)
    spread = between_units + noise
    tiny = np.finfo(np.float64).eps * np.maximum(squares, 1)
    return _ratio(between_units - rest, np.where(spread > tiny, spread, 0))


def intraclass_sums(values: Numbers) -> Numbers:
    """Give what `intraclass` needs of each unit.

    Parameters
    ----------
    values : (units, readers) float64

    Returns
    -------
    (units, 3 + readers) float64

    Examples
    --------
    >>> intraclass_sums(np.array([[1.0, 2.0]])).tolist()
    [[1.0, 5.0, 9.0, 1.0, 2.0]]
    """
    ones = np.ones(len(values))
    return np.column_stack([ones, (values**2).sum(axis=1), values.sum(axis=1) ** 2, values])


def mean_of(sums: Numbers) -> Numbers:
    """Give a mean from (..., 2) sums over units: their number, their values."""
    return _ratio(sums[..., 1], sums[..., 0])


def limit_of_agreement(sums: Numbers, sign: Literal[-1, 1]) -> Numbers:
    """Give the lower or upper limit between which 95 % of differences lie.

    Parameters
    ----------
    sums : (..., 3) float64
        Over units: their number, their differences, the squares of those.
    sign : {-1, 1}
        Lower or upper.

    Returns
    -------
    (...) float64
        Not a number with fewer than two units.

    Notes
    -----
    Bland and Altman, Lancet 1986;1:307.

    Examples
    --------
    >>> round(float(limit_of_agreement(np.array([3.0, 0.0, 2.0]), 1)), 2)
    1.96
    """
    units, mean = sums[..., 0], mean_of(sums)
    variance = _ratio(sums[..., 2] - units * mean**2, units - 1)
    return np.asarray(mean + sign * NORMAL_95 * np.sqrt(np.maximum(variance, 0)))


def _ratio(above: Numbers, below: Numbers) -> Numbers:
    """Divide; not a number where there is nothing to divide by."""
    divided = np.full(np.broadcast_shapes(np.shape(above), np.shape(below)), np.nan)
    np.divide(above, below, out=divided, where=np.asarray(below > 0))
    return divided
