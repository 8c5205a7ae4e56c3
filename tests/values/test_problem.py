"""Sentences of problems: words that fit the number before them."""

import re
import string

import pytest

from mriview import vocabulary as v
from mriview.values.problem import counted, problem

OF_MANY = "are|were|have|hold|lack|claim|name|grow|end|stand"
ONE_WITH_MANY = re.compile(
    rf"\b1 (?:of \d+ )?(?!.*whose)(?:[A-Za-z-]+ ){{0,4}}?(?<!to )(?:{OF_MANY})\b"
)


def of_one(row):
    """The sentence of a row about one thing among twelve."""
    names = [name for _, name, _, _ in string.Formatter().parse(row.found) if name]
    many = {"named", "steps", "points", "rows"}
    return counted(row.found.format(**{name: 12 if name in many else 1 for name in names}))


def test_no_sentence_says_of_one_thing_what_is_said_of_many():
    said = [of_one(row) for row in v.problems().values() if "(s)" in row.found or "[" in row.found]
    assert len(said) > 30
    assert [text for text in said if ONE_WITH_MANY.search(text)] == []


@pytest.mark.parametrize(
    ("gaps", "sentence"),
    [(1, "1 of 78 slice steps is wider than 1.0 mm"), (3, "3 of 78 slice steps are wider")],
)
def test_the_verb_fits_those_that_are_meant_and_the_noun_all_there_are(gaps, sentence):
    numbers = {"steps": 78, "spacing_mm": 1.0, "widest_mm": 2.0, "parts": 2}
    assert sentence in problem("slice_gap", gaps=gaps, **numbers).message
