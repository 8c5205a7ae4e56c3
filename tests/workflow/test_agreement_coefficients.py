"""Coefficients of agreement against examples of their authors, a library, and laws of their own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mriview.workflow.agreement import coefficients, published

# Gwet, Handbook of Inter-Rater Reliability (4th ed. 2014): 100 pregnancies by two abstractors,
# ectopic, abnormal or normal intrauterine; coefficients as printed by its R package irrCAC.
ABSTRACTORS = np.array([[13.0, 0, 0], [0, 20, 7], [0, 4, 56]])
# The same source: 12 subjects, 5 answers, 4 raters; 0 where a rater gave none.
FOUR_RATERS = np.array(
    [
        *([1, 1, 0, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4]),
        *([4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [0, 5, 5, 5], [0, 0, 1, 1], [0, 0, 3, 0]),
    ]
)
# Feinstein and Cicchetti, J Clin Epidemiol 1990;43:543: the same raw agreement, 0.85.
BALANCED = np.array([[40.0, 9], [6, 45]])
SKEWED = np.array([[80.0, 10], [5, 5]])
# Shrout and Fleiss, Psychol Bull 1979;86:420, table 2: 6 targets, 4 judges; ICC(2,1) = 0.29.
JUDGES = np.array(
    [[9.0, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)
# Fleiss' kappa as worked in many textbooks: 10 subjects, 14 raters, 5 answers; 0.210.
FOURTEEN_RATERS = np.array(
    [
        *([0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1]),
        *([7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]),
    ],
    np.float64,
)

TABLES = st.integers(2, 5).flatmap(
    lambda k: arrays(np.float64, (k, k), elements=st.integers(0, 30).map(float))
)
WEIGHTS = st.sampled_from(["equal", "linear", "quadratic"])


def sums_of_table(table):
    units = table.sum()
    shares = (table.sum(axis=0) + table.sum(axis=1)) / (2 * units)
    return np.trace(table) / units, shares, int((shares > 0).sum())


def icc(values):
    sums = coefficients.intraclass_sums(np.asarray(values, np.float64)).sum(axis=0)
    return float(coefficients.intraclass(sums, np.shape(values)[1]))


@pytest.mark.parametrize(
    ("table", "weights", "printed"),
    [
        (ABSTRACTORS, "equal", 0.796),
        (ABSTRACTORS, "linear", 0.843),
        (ABSTRACTORS, "quadratic", 0.892),
        (BALANCED, "equal", 0.70),
        (SKEWED, "equal", 0.32),
    ],
)
def test_kappa_is_the_one_that_was_printed(table, weights, printed):
    digits = len(str(printed)) - 2
    assert round(float(coefficients.kappa(table, weights)), digits) == printed
    assert round(published.cohens_kappa(table, weights), digits) == printed


def test_ac1_is_the_one_that_was_printed():
    agreed, shares, answers = sums_of_table(ABSTRACTORS)
    assert round(float(coefficients.ac1(agreed, shares, answers)), 3) == 0.849


def test_ac1_of_four_raters_is_the_one_that_was_printed():
    counts = np.stack([(answer == FOUR_RATERS).sum(axis=1) for answer in range(1, 6)], axis=1)
    raters = counts.sum(axis=1)
    several = raters > 1
    pairs = (counts * (counts - 1)).sum(axis=1)[several] / (raters * (raters - 1))[several]
    shares = (counts / raters[:, np.newaxis]).mean(axis=0)
    assert round(float(coefficients.ac1(pairs.mean(), shares, 5)), 5) == 0.77544


def test_fleiss_kappa_is_the_one_that_was_printed():
    raters = 14
    agreed = (FOURTEEN_RATERS * (FOURTEEN_RATERS - 1)).sum(axis=1) / (raters * (raters - 1))
    shares = FOURTEEN_RATERS.mean(axis=0) / raters
    assert round(float(coefficients.fleiss_kappa(agreed.mean(), shares)), 3) == 0.210
    assert round(published.fleiss_kappa(FOURTEEN_RATERS), 3) == 0.210


def test_the_intraclass_correlation_is_the_one_that_was_printed():
    assert round(icc(JUDGES), 2) == 0.29
    assert round(icc(JUDGES), 4) == 0.2898  # as R's psych and irr print it


def test_the_paradox_of_kappa_is_none_of_ac1():
    high, low = (float(coefficients.kappa(table)) for table in (BALANCED, SKEWED))
    assert high - low > 0.35
    of_balanced, of_skewed = (
        float(coefficients.ac1(*sums_of_table(table))) for table in (BALANCED, SKEWED)
    )
    assert of_skewed > of_balanced > 0.65


@given(TABLES, WEIGHTS)
def test_kappa_is_that_of_the_library_wherever_it_has_a_value(table, weights):
    ours = float(coefficients.kappa(table, weights))
    if np.isfinite(ours):
        assert ours == pytest.approx(published.cohens_kappa(table, weights), abs=1e-9)
    else:
        rows, columns = np.flatnonzero(table.sum(axis=1)), np.flatnonzero(table.sum(axis=0))
        assert table.sum() == 0 or (len(rows) == len(columns) == 1 and rows == columns)


@given(arrays(np.float64, (12, 3), elements=st.integers(0, 4).map(float)))
def test_fleiss_kappa_is_that_of_the_library_wherever_it_has_a_value(given_answers):
    counts = np.stack([(given_answers == one).sum(axis=1) for one in range(5)], axis=1) * 1.0
    agreed = (counts * (counts - 1)).sum(axis=1).mean() / 6
    ours = float(coefficients.fleiss_kappa(agreed, counts.mean(axis=0) / 3))
    if np.isfinite(ours):
        assert ours == pytest.approx(published.fleiss_kappa(counts), abs=1e-9)
    else:
        assert len(np.unique(given_answers)) == 1


@given(TABLES, WEIGHTS)
def test_swapping_the_readers_changes_no_kappa(table, weights):
    swapped = coefficients.kappa(table.T, weights)
    assert coefficients.kappa(table, weights) == pytest.approx(swapped, nan_ok=True)


@given(TABLES, st.randoms())
def test_other_names_for_the_answers_change_no_kappa(table, random):
    order = list(range(len(table)))
    random.shuffle(order)
    renamed = coefficients.kappa(table[np.ix_(order, order)])
    assert coefficients.kappa(table) == pytest.approx(renamed, nan_ok=True)


@given(TABLES, WEIGHTS)
def test_reading_the_scale_from_its_other_end_changes_no_weighted_kappa(table, weights):
    turned = coefficients.kappa(table[::-1, ::-1], weights)
    assert coefficients.kappa(table, weights) == pytest.approx(turned, nan_ok=True)


@given(TABLES)
def test_of_two_answers_all_weights_are_the_same(table):
    two = table[:2, :2]
    first = coefficients.kappa(two, "equal")
    assert coefficients.kappa(two, "linear") == pytest.approx(first, nan_ok=True)
    assert coefficients.kappa(two, "quadratic") == pytest.approx(first, nan_ok=True)


@given(
    arrays(np.float64, (8, 3), elements=st.floats(-20, 20, width=32)),
    st.floats(0.1, 10),
    st.floats(-5, 5),
)
def test_another_unit_or_zero_changes_no_intraclass_correlation(values, factor, shift):
    if np.ptp(values) < 0.01:
        return
    changed = icc(values * factor + shift)
    assert icc(values) == pytest.approx(changed, abs=1e-6, nan_ok=True)


def test_a_reader_who_measures_too_much_agrees_less_though_the_order_is_the_same():
    values = np.arange(10.0)
    assert icc(np.stack([values, values], axis=1)) == 1
    assert icc(np.stack([values, values + 3], axis=1)) < 0.8


def test_quadratic_kappa_is_the_intraclass_correlation_of_the_places_nearly():
    # Fleiss and Cohen, Educ Psychol Meas 1973;33:613: equal but for a term in 1 / units.
    random = np.random.default_rng(0)
    first = random.integers(0, 4, 4000)
    second = np.clip(first + random.integers(-1, 2, 4000), 0, 3)
    table = np.zeros((4, 4))
    np.add.at(table, (first, second), 1)
    quadratic = float(coefficients.kappa(table, "quadratic"))
    assert icc(np.stack([first, second], axis=1)) == pytest.approx(quadratic, abs=1e-3)


def test_what_has_no_value_is_no_number_instead_of_one_or_nought():
    assert np.isnan(coefficients.kappa(np.array([[30.0, 0], [0, 0]])))
    assert np.isnan(coefficients.fleiss_kappa(np.array(1.0), np.array([1.0, 0.0])))
    assert np.isnan(icc([[2.0, 2.0], [2.0, 2.0]]))
    assert np.isnan(icc([[2.0, 3.0]]))
    assert float(coefficients.ac1(np.array(1.0), np.array([1.0, 0.0]), 2)) == 1
