"""Grades: of a scale in its version, by one reader in one reading; never two, never converted."""

import json

import pytest
import readings as r

import mriview
from mriview import vocabulary

SINDOU = vocabulary.severity_scales()["sindou_2007"].levels[0].id


@pytest.fixture
def review():
    review = mriview.open_review(r.a_study(), clock=r.a_clock())
    review.apply_all(list(r.marks("left")))
    return review


def graded(*grades, **said):
    return r.a_contact(severity=list(grades), **said)


def report_of(review):
    return mriview.build_report(review.study, review)


def refused(review, command, code):
    before = review.state
    with pytest.raises(mriview.MriviewError) as refusal:
        review.apply(command)
    assert refusal.value.code == code, str(refusal.value)
    assert review.state is before


def test_a_grade_without_a_scale_is_of_the_usual_one_of_its_nerve(review):
    review.apply(graded({"grade": "1"}))
    (said,) = report_of(review).sides.left.contacts[0].severity
    assert (said.scale, said.grade, said.reader) == ("contact_deformity_2021", "1", "R1")
    (contact,) = json.loads(report_of(review).to_json())["sides"]["left"]["contacts"]
    assert contact["severity"][0]["pass"] == 1


def test_several_scales_stand_beside_each_other_and_one_is_graded_once(review):
    other = {"scale": "sindou_2007", "grade": SINDOU, "off_label": True}
    review.apply(graded({"grade": "1"}, other))
    assert len(report_of(review).sides.left.contacts[0].severity) == 2
    twice = r.a_command("edit_contact", id="c1", severity=[{"grade": "0"}, {"grade": "1"}])
    refused(review, twice, "grade_refused")


def test_the_severity_of_a_touching_contact_is_said_before_the_signature():
    review = mriview.open_review(r.a_study(), clock=r.a_clock())
    for command in r.a_complete_reading():
        review.apply(command)
    review.apply(r.a_command("edit_contact", id="c1", severity=[]))
    place = "$.sides.left.contacts[0].severity"
    assert [field.path for field in review.open_fields()] == [place]
    refused(review, r.a_command("sign", role="radiologist"), "not_complete")
    reason = {"guard": "R29", "path": place, "reason": "the scale of this site is not decided yet"}
    review.apply(r.a_command("sign", role="radiologist", overrides=[reason]))
    assert report_of(review).check() == []


def test_a_scale_of_another_nerve_is_used_only_off_label(review):
    refused(review, graded({"scale": "sindou_2007", "grade": SINDOU}), "grade_refused")


def test_a_scale_of_lesions_grades_no_contact_and_a_clinical_one_neither(review):
    for scale, grade in (("koos_1998", "I"), ("house_brackmann_1985", "II")):
        refused(
            review, graded({"scale": scale, "grade": grade, "off_label": True}), "grade_refused"
        )


def test_a_scale_without_published_definitions_counts_only_with_a_note(review):
    mild = {"scale": "deep_2016", "grade": "mild"}
    refused(review, graded(mild), "grade_refused")
    review.apply(graded(mild, note="mild: the vessel lies on the nerve, its course is straight"))
    assert len(review.state.contacts) == 1


def test_a_scale_of_schwannomas_grades_no_other_lesion(review):
    koos = {"position": [24.0, -3.0, 0.0], "severity": [{"scale": "koos_1998", "grade": "II"}]}
    refused(review, r.a_command("add_lesion", condition="meningioma", **koos), "grade_refused")
    review.apply(r.a_command("add_lesion", condition="vestibular_schwannoma", **koos))
    assert len(review.state.lesions) == 1


@pytest.mark.parametrize("grade", [{"grade": "IV"}, {"grade": "1", "version": "1999"}])
def test_a_grade_belongs_to_its_scale_in_its_version(review, grade):
    refused(review, graded(grade), "grade_refused")


def test_a_lesion_has_no_usual_scale(review):
    place = {"condition": "vestibular_schwannoma", "position": [24, -3, 0]}
    lesion = r.a_command("add_lesion", **place, severity=[{"grade": "1"}])
    refused(review, lesion, "grade_without_scale")


def test_a_deformity_that_nobody_describes_is_a_warning(review):
    review.apply(graded({"grade": "2"}))
    found = [f for f in report_of(review).check() if f.rule == "R18"]
    assert [f.severity for f in found] == ["warning"]
    review.apply(r.a_command("edit_contact", id="c1", morphology=["indentation"]))
    assert not [f for f in report_of(review).check() if f.rule == "R18"]


def test_an_edit_without_a_grade_keeps_the_grade(review):
    review.apply(graded({"grade": "1"}))
    review.apply(r.a_command("edit_contact", id="c1", note="seen in two planes"))
    assert report_of(review).sides.left.contacts[0].severity[0].grade == "1"
