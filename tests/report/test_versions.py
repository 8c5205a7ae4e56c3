"""Versions of the report: 1.1 adds optional keys, 1.0 is still read and stays what it was."""

import json

import pytest
import readings as r

import mriview
from mriview.report import findings_in
from mriview.report.load import _added_since


@pytest.fixture
def report():
    study = r.a_study()
    review = mriview.open_review(study, clock=r.a_clock())
    review.apply_all([*r.a_signed_reading()])
    return mriview.build_report(study, review)


def as_the_first_version(report):
    """Take the keys that 1.0 has not out of a report."""
    data = json.loads(report.to_json())
    for path in sorted(_added_since(report), key=len, reverse=True):
        *way, last = path.removeprefix("$.").replace("]", "").replace("[", ".").split(".")
        here = data
        for key in way:
            here = here[int(key)] if key.isdigit() else here[key]
        here.pop(last)
    return {**data, "format_version": "1.0"}


def written(tmp_path, data):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    return path


def test_a_report_of_the_first_version_is_read_and_written_as_it_was(report, tmp_path):
    path = written(tmp_path, as_the_first_version(report))
    assert findings_in(path) == []
    assert mriview.load_report(path).to_json() == path.read_text()


def test_a_key_of_a_later_version_in_an_earlier_report_is_unknown(report, tmp_path):
    data = as_the_first_version(report)
    data["registrations"] = []
    found = findings_in(written(tmp_path, data))
    assert [(f.rule, f.path) for f in found] == [("R01", "$.registrations")]


def test_every_key_that_is_new_stands_in_a_new_report(report):
    added = {path for path in _added_since(report) if path.count(".") == 1}
    assert {"$.amends", "$.registrations"} <= added


def test_the_digest_of_a_report_is_that_of_its_file(report, tmp_path):
    import hashlib

    mriview.export(report, tmp_path, to=["json"])
    assert report.sha256 == hashlib.sha256((tmp_path / "report.json").read_bytes()).hexdigest()
