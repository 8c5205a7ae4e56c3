"""The scripted reader: its reading of a digital patient is signed, sound, and finds the truth."""

import json

import pytest

from mriview import build_report, open_study
from mriview.phantom import CASES, PhantomFiles, scripted_reader, write_phantom
from mriview.review.script import apply_script, read_script

KEYS = {"t2_cisternogram": "aaaaaaaa", "tof_mra": "bbbbbbbb"}


def reading_of(files: PhantomFiles) -> tuple[dict, dict]:
    study = open_study(files.study)
    review = apply_script(study, read_script(files.reader))
    assert set(review.limits_to_acknowledge()) == set(review.state.acknowledged)
    report = build_report(study, review)
    assert list(report.check()) == []
    return json.loads(report.to_json()), json.loads(files.truth.read_text("utf-8"))


@pytest.mark.whole
@pytest.mark.parametrize("form", ["as_dicom", "as_nifti"])
def test_the_contact_is_reported_where_the_truth_has_it(
    form: str, request: pytest.FixtureRequest
) -> None:
    report, truth = reading_of(request.getfixturevalue(form))
    (found,), (true,) = (one["sides"]["left"]["contacts"] for one in (report, truth))
    assert found["arc_mm"]["value"] == pytest.approx(true["arc_mm"], abs=0.15)
    assert found["clock_deg"]["value"] == pytest.approx(true["clock_deg"], abs=5)
    assert (found["segment"], found["direction"]) == (true["segment"], true["direction"])
    assert report["sides"]["right"]["assessment"] == "no_contact"
    assert report["sides"]["left"]["offender"] == found["id"]
    assert report["status"] == "final"


def test_the_mass_is_reported_as_large_as_the_truth_has_it(with_mass: PhantomFiles) -> None:
    report, truth = reading_of(with_mass)
    (found,), (true,) = report["lesions"], truth["lesions"]
    for key in ("longest_mm", "perpendicular_mm", "ap_mm", "tr_mm", "cc_mm"):
        assert found[key]["value"] == pytest.approx(true[key], abs=0.3)
    assert found["volume_mm3"]["value"] == pytest.approx(true["volume_mm3"], rel=0.03)
    assert found["side"] == "left"
    assert [report["sides"][side]["assessment"] for side in ("right", "left")] == ["no_contact"] * 2


def test_the_report_of_a_synthetic_patient_says_so(as_dicom: PhantomFiles) -> None:
    report, _ = reading_of(as_dicom)
    assert "L_SYNTHETIC" in {limit["code"] for limit in report["limits"]}


@pytest.mark.whole
@pytest.mark.parametrize("case", ["va_left", "free", "t2_alone", "after_mvd_left"])
def test_every_patient_is_read_to_the_end_and_as_the_case_has_it(synthetic, case: str) -> None:
    report, truth = reading_of(synthetic(case))
    assert report["status"] == "final"
    assert [one["kind"] for one in report["implants"]] == [one["kind"] for one in truth["implants"]]
    for side in ("right", "left"):
        found, true = (one["sides"][side]["contacts"] for one in (report, truth))
        assert [one["segment"] for one in found] == [one["segment"] for one in true]
        named = [one["vessel"] for one in true] if len(CASES[case].roles) == 2 else None
        assert [one["vessel"] for one in found] == (named or ["vessel_unspecified"] * len(found))
        assert report["sides"][side]["assessment"] == ("contact" if true else "no_contact")


@pytest.mark.whole
@pytest.mark.parametrize("form", ["dicom", "nifti"])
def test_on_a_whole_protocol_no_contact_and_no_mass_may_be_said(tmp_path, form) -> None:
    report, truth = reading_of(write_phantom(tmp_path / "patient", "complete", to=form))
    present = set(truth["series"])
    assert set(report["protocol"]["roles_present"]) == present
    assert len(present) == 5
    assert report["protocol"]["roles_missing"] == []
    for side in ("right", "left"):
        assert report["sides"][side]["assessment"] == "no_contact"
        said = report["impression"]["by_side"][side]["statements"]
        assert said == ["nvc_none_seen"]
    groups = {one["group"]: one["answer"] for one in report["exclusion_groups"]}
    assert groups["mass"] == "absent"
    assert groups["brainstem"] == "indeterminate"  # no series reaches above the tentorium


def test_a_script_depends_on_nothing_but_truth_and_keys(as_dicom: PhantomFiles) -> None:
    truth = json.loads(as_dicom.truth.read_text("utf-8"))
    script = scripted_reader(truth, KEYS)
    assert script == scripted_reader(json.loads(json.dumps(truth)), KEYS)
    assert json.loads(json.dumps(script)) == script
    assert script["commands"][-1]["command"] == "sign"


def test_nothing_is_called_absent_that_the_series_do_not_cover(as_dicom: PhantomFiles) -> None:
    script = json.loads(as_dicom.reader.read_text("utf-8"))
    answers = {
        step["args"]["condition"]: step["args"]["answer"]
        for step in script["commands"]
        if step["command"] == "answer_condition"
    }
    assert answers["avm"] == "indeterminate"
    confirmed = [
        structure
        for step in script["commands"]
        if step["command"] == "confirm_coverage"
        for structure in step["args"]["structures"]
    ]
    assert "posterior_fossa" not in confirmed
