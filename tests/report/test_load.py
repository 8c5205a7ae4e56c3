"""Hostile report files: what is wrong with them is a finding with rule and path, never a crash."""

import copy
import json

import pytest
import readings as r

import mriview
from mriview.errors import GeometryError
from mriview.report import Report, findings_in
from mriview.report.load import findings_of

SERIES = "$.study.series[0]"
NERVE = "$.sides.left.nerves.facial"


@pytest.fixture(scope="module")
def right_report():
    study = r.a_study()
    review = mriview.open_review(study, clock=r.a_clock())
    review.apply_all(r.a_signed_reading())
    return json.loads(mriview.build_report(study, review).to_json())


def found_in(tmp_path, data):
    path = tmp_path / "report.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return [(finding.rule, finding.path) for finding in findings_in(path)]


@pytest.mark.parametrize("version", ["1.²", "1." + "9" * 5000, "1.", "", 1.0, ["1.0"], None])
def test_a_version_that_is_no_number_is_a_finding(right_report, tmp_path, version):
    data = {**right_report, "format_version": version}
    assert found_in(tmp_path, data) == [("R01", "$.format_version")]


def series(data):
    return data["study"]["series"][0]


def nerve(data):
    return data["sides"]["left"]["nerves"]["facial"]


NO_PLACE = {
    "a grid without voxels": (
        lambda d: series(d).update(shape=[0, 1, 1]),
        f"{SERIES}.shape[0]",
    ),
    "a matrix that spans no space": (
        lambda d: series(d).update(lps_from_index=[[0.0] * 4] * 3 + [[0.0, 0.0, 0.0, 1.0]]),
        f"{SERIES}.lps_from_index",
    ),
    "a path of two equal points": (
        lambda d: nerve(d).update(path_mm=[[8.0, 0.0, 0.0]] * 2),
        f"{NERVE}.path_mm",
    ),
    "a coordinate beyond all numbers": (
        lambda d: nerve(d)["path_mm"][1].__setitem__(0, 1e308),
        f"{NERVE}.path_mm[1][0]",
    ),
}


@pytest.mark.parametrize("name", sorted(NO_PLACE))
def test_what_has_no_place_is_a_finding_of_its_path(right_report, tmp_path, name):
    change, path = NO_PLACE[name]
    data = copy.deepcopy(right_report)
    change(data)
    assert found_in(tmp_path, data) == [("R02", path)]
    with pytest.raises(mriview.MriviewError, match="report_invalid: R02"):
        mriview.load_report(tmp_path / "report.json")


def test_what_geometry_refuses_in_a_rule_is_a_finding(right_report):
    class Displaced(Report):
        def check(self):
            raise GeometryError("beyond_path", "9.00 mm along a path of 8.00 mm", "Draw it farther")

    report = Displaced.model_validate_json(json.dumps(right_report), strict=True)
    assert [finding.rule for finding in findings_of(report)] == ["R02"]


def test_a_key_that_is_given_twice_is_a_finding_of_its_path(right_report, tmp_path):
    word = '"assessment": "no_contact"'
    twice = json.dumps(right_report).replace(word, f'"assessment": "contact", {word}', 1)
    assert found_in(tmp_path, twice) == [("R01", "$.sides.right.assessment")]


@pytest.mark.parametrize("depth", [80, 980, 100_000])
def test_a_report_that_is_nested_without_end_is_unreadable(tmp_path, depth):
    text = '{"format": "mriview.report", "x": ' + "[" * depth + "]" * depth + "}"
    with pytest.raises(mriview.MriviewError, match="report_unreadable"):
        found_in(tmp_path, text)
