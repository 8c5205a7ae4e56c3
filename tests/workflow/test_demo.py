"""The sample studies from scan to report: the same reading everywhere, and right by formula."""

import json

import pytest

import mriview
from mriview.report import differences
from mriview.workflow.demo import run_demo
from mriview.workflow.samples import expected_report, sample, sample_names


@pytest.fixture(scope="module")
def results(demonstration):
    """A second run goes on with what the first one left."""
    return {result.name: result for result in run_demo(demonstration)}


@pytest.mark.parametrize("name", sample_names())
def test_a_scripted_reader_gives_the_expected_report(results, name):
    result = results[name]
    report = mriview.load_report(result.report)
    assert differences(report, mriview.load_report(expected_report(name))) == []
    assert result.errors == ()
    assert report.check() == []


def truth_of(result):
    return json.loads((result.study.parent / "truth.json").read_text())


def test_the_contact_of_the_synthetic_patient_is_where_its_formulas_put_it(results):
    result = results["synthetic_aica_left"]
    found = mriview.load_report(result.report).sides.left.contacts[0]
    (true,) = truth_of(result)["sides"]["left"]["contacts"]
    assert found.arc_mm.value == pytest.approx(true["arc_mm"], abs=0.15)
    assert found.porus_distance_mm.value == pytest.approx(true["porus_distance_mm"], abs=0.15)
    assert (found.segment, found.direction) == (true["segment"], true["direction"])
    apart_deg = (found.clock_deg.value - true["clock_deg"] + 180) % 360 - 180
    assert abs(apart_deg) <= 5


def test_the_mass_of_the_synthetic_patient_has_the_size_of_its_formulas(results):
    result = results["synthetic_mass_left"]
    found = mriview.load_report(result.report).lesions[0]
    (true,) = truth_of(result)["lesions"]
    assert found.volume_mm3.value == pytest.approx(true["volume_mm3"], rel=0.03)
    for key in ("longest_mm", "perpendicular_mm", "ap_mm", "tr_mm", "cc_mm"):
        assert getattr(found, key).value == pytest.approx(true[key], abs=0.3), key
    assert found.side == true["side"]


def test_an_unknown_sample_is_refused_with_the_choices(tmp_path):
    with pytest.raises(mriview.MriviewError, match=r"sample_unknown.*t1_posterior_fossa"):
        sample("nobody", tmp_path)
