"""Readings of real scans of one series: each says what it can, and no more than they show."""

import json
from pathlib import Path

import numpy as np
import pytest
import readings as r

import mriview
from mriview.exporters.text import report_text
from mriview.report import load_report
from mriview.words import LANGUAGES

SERIES = "5f0ff725"

# How the mass was computed into the scan: an ellipsoid along the axes of the image, and a tube from
# its lateral pole into the canal (the corpus says so of the group).
CENTRE_MM = np.array([26.48, -4.92, -41.46])
SEMI_MM = {"tr_mm": 7.5, "ap_mm": 6.5, "cc_mm": 6.0}
AXES = {
    "tr_mm": (0.6993103640202448, -0.015251597426245432, 0.026746288006233916),
    "ap_mm": (0.017679651819417344, 0.6609425998824889, -0.08536264117000493),
    "cc_mm": (-0.023394468297872305, 0.08595555659574458, 0.6606881353191489),
}
CANAL_MM = 11.0


def caliper(key, beyond_mm=0.0):
    """Ends of a diameter, as a reader would set them on the picture: to a tenth of a millimetre."""
    axis = np.array(AXES[key]) / np.linalg.norm(AXES[key])
    ends = CENTRE_MM - axis * SEMI_MM[key], CENTRE_MM + axis * (SEMI_MM[key] + beyond_mm)
    return [np.round(end, 1).tolist() for end in ends]


def reading_of_the_mass():
    sizes = {key: caliper(key) for key in SEMI_MM}
    sizes |= {
        "longest_mm": caliper("tr_mm", CANAL_MM),
        "perpendicular_mm": caliper("ap_mm"),
        "extrameatal_max_mm": caliper("tr_mm"),
    }
    yield r.a_command("set_clinical", blinded=True)
    yield r.a_command("set_role", series=SERIES, role="t1_pre", reason="fluid is dark")
    yield r.a_command("set_midline", position=[0.3, -12.0, -43.5])
    yield r.a_command(
        "add_lesion",
        condition="vestibular_schwannoma",
        position=CENTRE_MM.tolist(),
        calipers=sizes,
        extent=["cpa_l", "iac_l"],
        series=[SERIES],
        note="Diameters from edge to edge on T1 without contrast; the canal counts in the longest.",
    )
    seen = {"condition": "vestibular_schwannoma", "answer": "present", "confidence": "possible"}
    yield r.a_command("answer_condition", **seen, side="left", basis=[SERIES])
    yield r.a_command("acknowledge_limits", limits=["L_ROLE_MISSING"])
    for side in ("right", "left"):
        undecided = {"assessment": "indeterminate", "limits": ["L_NO_CISTERNOGRAM"]}
        yield r.a_command("set_assessment", side=side, **undecided)
    yield r.a_command("set_impression", text="A mass in the left angle that reaches the canal.")
    yield r.a_command("sign", role="radiologist")


@pytest.fixture(scope="module")
def of_the_mass(corpus: Path):
    study = mriview.open_study(corpus / "dicom" / "t1c_cpa_mass_standin")
    review = mriview.open_review(study, reader="R1")
    review.apply_all(list(reading_of_the_mass()))
    return review


@pytest.mark.corpus
def test_a_mass_is_measured_in_three_axes_on_one_series_and_the_report_is_right(of_the_mass):
    report = mriview.build_report(of_the_mass.study, of_the_mass)
    assert report.check() == []
    assert report.status == "final"
    (lesion,) = report.lesions
    for key, semi_mm in SEMI_MM.items():
        assert getattr(lesion, key).value == pytest.approx(2 * semi_mm, abs=0.2)
    assert lesion.longest_mm.value == pytest.approx(2 * 7.5 + CANAL_MM, abs=0.2)
    assert lesion.volume_mm3.withheld
    assert lesion.side == "left"


@pytest.mark.corpus
def test_one_series_without_contrast_lets_nothing_be_called_absent_or_free(of_the_mass):
    report = mriview.build_report(of_the_mass.study, of_the_mass)
    assert {item.answer for item in report.exclusions} == {"present", "indeterminate"}
    assert report.sides.right.assessment == report.sides.left.assessment == "indeterminate"
    assert {item.what for item in report.protocol.cannot_conclude}
    for language in LANGUAGES:
        said = report_text(report, language).lower()
        assert "enhanc" not in said
        assert "anreicher" not in said


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"condition": "meningioma", "answer": "absent"}, "absent_not_supported"),
        (
            {"condition": "facial_neuritis", "answer": "present", "note": "a tuft in the canal"},
            "present_not_supported",
        ),
    ],
)
def test_what_needs_a_contrast_agent_is_refused_on_a_scan_that_names_none(of_the_mass, args, code):
    review = mriview.open_review(of_the_mass.study, reader="R1")
    with pytest.raises(mriview.MriviewError) as refusal:
        review.apply(r.a_command("answer_condition", **args))
    assert refusal.value.code == code


def test_a_posterior_fossa_on_t1_alone_cannot_be_decided_and_says_why(checkout: Path):
    sample = checkout / "sample_scans" / "t1_posterior_fossa" / "expected_report.json"
    report = load_report(sample)
    assert report.check() == []
    said = " ".join(report_text(report, "en").split())
    for side in ("right", "left"):
        assert f"Contact on the {side} cannot be decided: " in said
    assert "No cisternogram is available" in said
    assert "absent" not in {item.answer for item in report.exclusions}
    assert json.loads(sample.read_text("utf-8"))["status"] == "final"
