"""The bytes of a report: those of Python's own JSON, whatever stands in it."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mriview.values.canonical_json import canonical_json

SAMPLES = Path(__file__).parents[2] / "sample_scans"
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    LEAVES | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def as_python_writes(value):
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


@example(1e-05)
@example([1e-05, 0.0001, 1e15, 1e16, -1e-7, 5e-324, 1.7976931348623157e308, 0.0, -0.0])
@example({"a": [], "b": {}, "c": [[]], "": " 1e5", "\x7f": "\x00\x1f\u2028\ud800"})
@example([2**63, -(2**63) - 1, 2**200, True, None])
@given(VALUES)
def test_any_value_is_written_as_python_writes_it(value):
    assert canonical_json(value) == as_python_writes(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_is_written_as_python_writes_it(number):
    assert canonical_json([number, {"mm": number}]) == as_python_writes([number, {"mm": number}])


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_refused(number):
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"mm": number})


def test_the_reports_of_the_samples_keep_their_bytes():
    for path in SAMPLES.glob("*/expected_report.json"):
        text = path.read_text(encoding="utf-8")
        assert canonical_json(json.loads(text)) == text
