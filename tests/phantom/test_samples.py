"""The sample studies of the repository: each opens, and its scripted reading is sound."""

import json
from pathlib import Path

import pytest

from mriview import build_report, open_study
from mriview.review.script import apply_script, read_script


def test_the_reading_of_the_real_sample_claims_no_contact_and_no_absence_of_one(
    checkout: Path,
) -> None:
    sample = checkout / "sample_scans" / "t1_posterior_fossa"
    study = open_study(sample / "dicom")
    review = apply_script(study, read_script(sample / "reader.json"))
    assert set(review.limits_to_acknowledge()) == set(review.state.acknowledged)
    report = build_report(study, review)
    assert list(report.check()) == []
    assert report.status == "final"
    for side in (report.sides.right, report.sides.left):
        assert side.assessment == "indeterminate"
        assert side.contacts == ()
    assert {one.answer for one in report.exclusions} == {"indeterminate"}


def test_the_real_sample_names_its_source_and_licence(checkout: Path) -> None:
    text = (checkout / "sample_scans" / "t1_posterior_fossa" / "SOURCE.md").read_text("utf-8")
    for words in ("Hanke et al. 2014", "PDDL", "datalad/example-dicom-structural"):
        assert words in text


@pytest.mark.parametrize("case", ["aica_left", "mass_left"])
def test_a_synthetic_sample_is_a_case_and_a_seed(checkout: Path, case: str) -> None:
    sample = checkout / "sample_scans" / f"synthetic_{case}"
    said = json.loads((sample / "phantom.json").read_text("utf-8"))
    assert said == {"case": case, "seed": 0, "to": "dicom"}
