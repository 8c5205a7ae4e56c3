"""Coefficients that a kept library has, by that library: statsmodels, extra ``statistics``.

The one place that imports it. What it does not have, and what thousands of resamples need at once,
is in ``coefficients``, whose kappas are held against these in the tests.
"""

from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

from mriview.errors import MissingExtraError
from mriview.workflow.agreement.coefficients import Numbers, Weights

NAMED = {"equal": None, "linear": "linear", "quadratic": "quadratic"}


def library_version() -> str:
    """Give the version of statsmodels.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    try:
        return version("statsmodels")
    except PackageNotFoundError as error:
        raise _missing() from error


def cohens_kappa(table: Numbers, weights: Weights = "equal") -> float:
    """Give Cohen's kappa of two readers.

    Parameters
    ----------
    table : (k, k) float64
        Units by the answers of both; not all in one cell.
    weights : {"equal", "linear", "quadratic"}

    Raises
    ------
    MissingExtraError
        statsmodels is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> round(cohens_kappa(np.array([[80.0, 10], [5, 5]])), 2)
    0.32
    """
    found = _library().cohens_kappa(table, wt=NAMED[weights], return_results=False)
    return float(found)


def fleiss_kappa(counts: Numbers) -> float:
    """Give Fleiss' kappa of all readers.

    Parameters
    ----------
    counts : (units, k) float64
        How many readers gave each answer; the same number of readers in each row.

    Raises
    ------
    MissingExtraError
        statsmodels is not installed.
    """
    return float(_library().fleiss_kappa(counts))


def _library() -> ModuleType:
    try:
        from statsmodels.stats import inter_rater
    except ImportError as error:
        raise _missing() from error
    module: ModuleType = inter_rater
    return module


def _missing() -> MissingExtraError:
    found = "agreement between readers needs statsmodels, which is not installed"
    return MissingExtraError("statistics_missing", found, "Run pip install 'mriview[statistics]'")
