"""``mriview batch`` as people and programs see it: the last line, JSON, mistyped patterns."""

import json

import pytest
from archives import a_tiny_reading, a_tiny_study, an_archive, readings_of

import mriview

pytestmark = pytest.mark.whole


@pytest.fixture(autouse=True)
def _in_an_empty_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def archive(tmp_path):
    """Two studies with a reading each, and the reading of a study that is not there."""
    archive = an_archive(tmp_path / "archive", 2)
    readings_of(archive, tmp_path / "reviews", 2)
    stranger = mriview.open_study(a_tiny_study(tmp_path / "elsewhere", 77))
    a_tiny_reading(stranger, tmp_path / "reviews" / "x.mriview", "R1", "indeterminate")
    return archive


def test_the_last_line_says_what_became_of_studies_and_readings(shell, archive):
    asked = ("archive", "--reviews", "reviews", "--workers", 0)
    code, out, _ = shell("batch", *asked, "--out", "first")
    told = "2 studies: 2 reported; 2 readings; 1 review of studies that are not here"
    assert (code, out) == (0, f"{told}; 1 warning (problems.jsonl)\n")
    code, out, _ = shell("batch", *asked, "--out", "second", "--json")
    assert json.loads(out) == {
        "studies": {"reported": 2},
        "read_this_time": 2,
        "readings": 2,
        "reviews_elsewhere": 1,
        "errors": 0,
        "warnings": 1,
        "failed": [],
    }


def test_a_pattern_that_the_shell_wrote_out_is_told_without_its_names(shell, archive):
    code, _, err = shell(
        "batch", "archive", "--out", "out", "--cases", "archive/DOE", "archive/ROE"
    )
    assert code == 2
    assert "1 path too many: quote the pattern" in err
    assert "ROE" not in err


def test_of_several_patterns_the_one_that_fits_nothing_is_told(shell, archive):
    code, _, err = shell("batch", "archive", "--out", "out", "--cases", "*", "--cases", "DOE*")
    assert code == 2
    assert "(pattern 2 of 2)" in err
    assert "DOE" not in err


def test_a_root_as_its_own_case_is_refused_in_one_sentence(shell, archive):
    code, _, err = shell("batch", "archive", "--out", "out", "--cases", ".")
    assert (code, "no file or folder" in err) == (2, True)
