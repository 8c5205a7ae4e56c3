"""A row is refused, with its table and id, as soon as one of its keys or types is wrong."""

import pytest

from mriview.vocabulary.rows import Completeness, Constant, Landmark, Need, Problem, Structure
from mriview.vocabulary.toml_rows import RowError, read_table, rows_from

BRAIN = '[[structure]]\nid = "brain"\nlabel = { en = "brain", de = "Gehirn" }\n'
PROBLEM = '[[problem]]\nid = "gap"\nseverity = "error"\nfound = "{n} gaps"\nremedy = "Export"\n'
CONSTANT = '[[c]]\nid = "x_mm"\nvalue = 1\nunit = "mm"\ndefinition = "d"\nsource = "s"\n'


def test_rows_keep_the_order_of_the_file() -> None:
    text = BRAIN.replace("brain", "b") + BRAIN.replace("brain", "a")
    assert list(rows_from(text, Structure, "structures")) == ["b", "a"]


def test_a_key_that_the_row_has_not_is_a_typo() -> None:
    with pytest.raises(RowError, match=r"structures\.brain: the key sied is none of id, label"):
        rows_from(BRAIN + 'sied = "left"', Structure, "structures")

    with pytest.raises(RowError, match=r"structures\.brain: the key of a name without sense is"):
        rows_from(BRAIN + '"DOE^JANE was here" = 1', Structure, "structures")


def test_a_value_where_a_table_or_a_list_is_meant_is_refused() -> None:
    with pytest.raises(RowError, match=r"structures\.brain\.both: is no table with the keys"):
        rows_from(BRAIN + 'both = "both"', Structure, "structures")
    text = '[[p]]\nid = "p"\nlabel = { en = "p", de = "p" }\nlimit = "L_X"\nsource = "s"\n'
    with pytest.raises(RowError, match=r"completeness\.p\.alternatives: is no list"):
        rows_from(text + 'alternatives = "dwi"', Completeness, "completeness")


def test_a_key_that_is_missing_is_named() -> None:
    with pytest.raises(RowError, match=r"problems\.gap: remedy missing"):
        rows_from(PROBLEM.replace('remedy = "Export"\n', ""), Problem, "problems")


def test_a_language_that_is_missing_is_named() -> None:
    with pytest.raises(RowError, match=r"structures\.brain\.label: de missing"):
        rows_from(BRAIN.replace(', de = "Gehirn"', ""), Structure, "structures")


def test_a_word_outside_its_list_is_refused() -> None:
    with pytest.raises(RowError, match=r"problems\.gap\.severity: is none of info, warning, error"):
        rows_from(PROBLEM.replace('"error"', '"fatal"'), Problem, "problems")
    with pytest.raises(RowError, match=r"structures\.brain\.side: is none of right, left"):
        rows_from(BRAIN + 'side = "up"', Structure, "structures")


def test_a_whole_number_may_stand_for_a_decimal_one_but_words_and_truth_values_may_not() -> None:
    value = rows_from(CONSTANT, Constant, "constants")["x_mm"].value
    assert isinstance(value, float)
    for wrong in ('"1"', "true", "nan", "-inf", "1" * 400):
        with pytest.raises(RowError, match=r"constants\.x_mm\.value: is no finite number"):
            rows_from(CONSTANT.replace("= 1", f"= {wrong}"), Constant, "constants")


def test_an_id_that_occurs_twice_is_refused() -> None:
    with pytest.raises(RowError, match=r"structures\.brain: the id occurs twice"):
        rows_from(BRAIN + BRAIN, Structure, "structures")


def test_lists_become_tuples_and_their_items_are_checked() -> None:
    text = (
        '[[p]]\nid = "p"\nlabel = { en = "p", de = "p" }\nalternatives = [["dwi", 5]]\n'
        'limit = "L_X"\nsource = "s"'
    )
    with pytest.raises(RowError, match=r"completeness\.p\.alternatives\[0\]\[1\]: is no text"):
        rows_from(text, Completeness, "completeness")
    row = rows_from(text.replace(", 5", ""), Completeness, "completeness")["p"]
    assert row.alternatives == (("dwi",),)


def test_what_a_row_may_leave_out_has_a_default() -> None:
    assert read_table("landmarks", Landmark)["porus"].default is None
    assert Need(("dwi",)).max_slice_mm is None
