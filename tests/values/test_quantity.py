"""Laws of the one form in which a number leaves a measurement."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mriview.values import Quantity, Withheld

NUMBERS = st.floats(-1e6, 1e6)


@given(NUMBERS)
def test_a_number_is_stored_to_a_tenth_of_a_micrometre_and_keeps_its_json(value):
    quantity = Quantity(value, "mm", "natural_spline")
    assert quantity.value == pytest.approx(value, abs=5.1e-5)
    assert json.loads(json.dumps(quantity.as_json()))["value"] == quantity.value
    assert Quantity(quantity.value, "mm", "natural_spline") == quantity


def test_there_is_no_negative_zero():
    assert str(Quantity(-1e-9, "mm", "natural_spline").value) == "0.0"


def test_a_quantity_says_either_its_interval_or_that_it_has_none():
    bare = Quantity(1.0, "mm", "natural_spline").as_json()
    assert bare["uncertainty"] == "not_estimated"
    assert not {"low", "high", "level"} & set(bare)
    known = Quantity(1.0, "mm", "surface_half_level", "automatic", 0.8, 1.3).as_json()
    assert (known["low"], known["high"], known["level"]) == (0.8, 1.3, 0.95)
    assert "uncertainty" not in known


@pytest.mark.parametrize("ends", [{"low": 0.5}, {"high": 1.5}])
def test_half_an_interval_is_refused(ends):
    with pytest.raises(ValueError, match="two ends"):
        Quantity(1.0, "mm", "natural_spline", **ends)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_withheld_and_never_a_quantity(number):
    with pytest.raises(ValueError, match="withhold"):
        Quantity(number, "mm", "natural_spline")
    with pytest.raises(ValueError, match="withhold"):
        Quantity(1.0, "mm", "natural_spline", low=number, high=2.0)


def test_a_withheld_quantity_gives_its_reason_and_no_number():
    assert Withheld("porus plane not marked").as_json() == {"withheld": "porus plane not marked"}
