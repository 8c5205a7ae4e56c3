"""The course of a nerve in a report is its samples: rules about it need no clicks and no spline."""

import copy
import json

import pytest
import readings as r

import mriview
from mriview.report import Report

NERVE = "$.sides.left.nerves.facial"


@pytest.fixture(scope="module")
def a_reading():
    study = r.a_study()
    review = mriview.open_review(study, clock=r.a_clock())
    for command in r.a_signed_reading():
        review.apply(command)
    return json.loads(mriview.build_report(study, review).to_json())


def found_where(reading, change):
    """Rules and places of what is found after one change of the left nerve's samples."""
    data = copy.deepcopy(reading)
    change(data["sides"]["left"]["nerves"]["facial"]["path_mm"])
    findings = Report.model_validate_json(json.dumps(data), strict=True).check()
    return [(finding.rule, finding.path) for finding in findings]


def test_a_sample_that_repeats_the_one_before_is_found(a_reading):
    found = found_where(a_reading, lambda samples: samples.insert(7, samples[6]))
    assert found == [("R08", f"{NERVE}.path_mm[7]")]


def test_a_last_sample_that_rounding_joined_with_the_one_before_is_none(a_reading):
    assert found_where(a_reading, lambda samples: samples.append(samples[-1])) == []


def test_a_contact_moved_along_its_nerve_is_no_longer_in_its_segment(a_reading):
    data = copy.deepcopy(a_reading)
    contact = data["sides"]["left"]["contacts"][0]
    contact["arc_mm"]["value"] += 12.0  # from the attached segment into the cistern
    findings = Report.model_validate_json(json.dumps(data), strict=True).check()
    assert "$.sides.left.contacts[0].segment" in [
        finding.path for finding in findings if finding.rule == "R11"
    ]
