"""Files that have not the shape of a report: each difference is told by its rule and its path."""

import copy
import json

import pytest
import readings as r

import mriview
from mriview.report import findings_in

RIGHT, LEFT = "$.sides.right", "$.sides.left"


@pytest.fixture(scope="module")
def right_report():
    review = mriview.open_review(r.a_study(), clock=r.a_clock())
    review.apply_all(list(r.a_signed_reading()))
    return json.loads(mriview.build_report(review.study, review).to_json())


def side(data, name):
    return data["sides"][name]


def set_in(data, path, value):
    *way, last = path
    for key in way:
        data = data[key]
    data[last] = value


def written(tmp_path, data):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(data))
    return path


SHAPES = {
    "unknown key": (lambda d: side(d, "left").update(normal=True), "R01", f"{LEFT}.normal"),
    "another format": (lambda d: d.update(format="other"), "R01", "$.format"),
    "a newer version": (lambda d: d.update(format_version="1.9"), "R01", "$.format_version"),
    "not a number": (
        lambda d: set_in(side(d, "left"), ["contacts", 0, "arc_mm", "value"], float("nan")),
        "R02",
        f"{LEFT}.contacts[0].arc_mm.value",
    ),
    "a bare number": (
        lambda d: set_in(side(d, "left"), ["contacts", 0, "arc_mm"], 3.2),
        "R02",
        f"{LEFT}.contacts[0].arc_mm",
    ),
    "an interval with one end": (
        lambda d: side(d, "left")["contacts"][0]["arc_mm"].update(low=1.0),
        "R02",
        f"{LEFT}.contacts[0].arc_mm",
    ),
    "withheld beside a value": (
        lambda d: side(d, "left")["contacts"][0]["arc_mm"].update(withheld="?"),
        "R02",
        f"{LEFT}.contacts[0].arc_mm",
    ),
    "a side that is missing": (lambda d: d["sides"].pop("right"), "R04", RIGHT),
    "an assessment that is no word": (
        lambda d: side(d, "left").update(assessment="normal"),
        "R04",
        f"{LEFT}.assessment",
    ),
    "a vessel that is no row": (
        lambda d: set_in(side(d, "left"), ["contacts", 0, "vessel"], "AICA"),
        "R04",
        f"{LEFT}.contacts[0].vessel",
    ),
}


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_wrong_shape_is_told_by_its_rule_and_path(name, right_report, tmp_path):
    change, rule, path = SHAPES[name]
    data = copy.deepcopy(right_report)
    change(data)
    found = findings_in(written(tmp_path, data))
    assert {finding.rule for finding in found} == {rule}, [str(f) for f in found]
    assert any(finding.path.startswith(path) for finding in found), [str(f) for f in found]
    with pytest.raises(mriview.MriviewError, match=f"report_invalid: {rule}") as refusal:
        mriview.load_report(tmp_path / "report.json")
    assert refusal.value.exit_code == 1


def test_a_newer_version_is_refused_with_the_remedy_to_update(right_report, tmp_path):
    data = {**right_report, "format_version": "2.0", "unknown": 1}
    with pytest.raises(mriview.MriviewError, match="Update mriview"):
        mriview.load_report(written(tmp_path, data))


def test_a_file_that_is_no_json_is_unreadable_and_not_invalid(tmp_path):
    (tmp_path / "x.json").write_text("{")
    for name in ("x.json", "absent.json"):
        with pytest.raises(mriview.MriviewError, match="report_unreadable") as refusal:
            mriview.load_report(tmp_path / name)
        assert refusal.value.exit_code == 3
