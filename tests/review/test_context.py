"""Quality of series, implants, anatomy, treatment, comparison: what surrounds a reading."""

import pytest
import readings as r

import mriview


@pytest.fixture
def review():
    return mriview.open_review(r.a_study(), clock=r.a_clock())


def report_of(review):
    return mriview.build_report(review.study, review)


def refused(review, command, code):
    with pytest.raises(mriview.MriviewError) as refusal:
        review.apply(command)
    assert refusal.value.code == code, str(refusal.value)


def spoilt(grade="non_diagnostic", series=r.CISTERNOGRAM, findings=("motion",)):
    return r.a_command("set_quality", series=series, grade=grade, findings=list(findings))


def test_a_series_that_is_not_usable_supports_no_absent_and_no_no_contact(review):
    review.apply_all(list(r.a_complete_reading()))
    review.apply(spoilt())
    report = report_of(review)
    assert {"R15", "R21"} <= {f.rule for f in report.check()}
    assert report.protocol.quality[0].code == "motion"
    review.apply(r.a_command("acknowledge_limits", limits=["L_ROLE_MISSING", "L_QUALITY"]))
    refused(review, r.a_command("sign", role="radiologist"), "no_contact_not_supported")
    say = {"side": "right", "assessment": "no_contact", "confidence": "possible"}
    refused(review, r.a_command("set_assessment", **say), "no_contact_not_supported")
    asked = {"condition": "vestibular_schwannoma", "answer": "absent"}
    refused(review, r.a_command("answer_condition", **asked), "absent_not_supported")


def test_limited_quality_leaves_no_more_than_possible(review):
    review.apply_all(list(r.a_complete_reading())[:-6])
    review.apply(spoilt("limited"))
    say = {"side": "left", "assessment": "contact"}
    surely = r.a_command("set_assessment", **say, confidence="probable")
    refused(review, surely, "confidence_not_supported")
    review.apply(r.a_command("set_assessment", **say, confidence="possible"))


def test_who_calls_a_series_unusable_says_what_spoils_it(review):
    refused(review, spoilt(findings=()), "quality_without_finding")
    review.apply(spoilt("diagnostic", findings=()))


def test_an_implant_takes_the_side_of_its_position(review):
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    review.apply(r.a_command("add_implant", kind="teflon_pledget", position=[-12, 0, 0]))
    (implant,) = report_of(review).implants
    assert (implant.id, implant.side) == ("i1", "right")
    again = r.a_command("add_implant", id="i1", kind="teflon_pledget", position=[12, 0, 0])
    refused(review, again, "id_taken")


def test_a_known_operation_of_which_nothing_is_marked_is_a_warning(review):
    known = {"blinded": False, "syndrome": "hemifacial_spasm", "previous_mvd": True}
    review.apply(r.a_command("set_clinical", **known))
    assert "R38" in {f.rule for f in report_of(review).check()}
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    review.apply(r.a_command("add_implant", kind="teflon_pledget", position=[-12, 0, 0]))
    assert "R38" not in {f.rule for f in report_of(review).check()}


def test_treatments_and_what_changed_since_stand_in_the_report(review):
    tried = {"kind": "botulinum_toxin", "side": "left", "months_ago": 4, "effect": "partial"}
    since = {"report_id": "ab" * 16, "changes": [{"about": "c1", "change": "same"}]}
    known = {"treatments": [tried], "comparison": since, "symptoms": ["tinnitus"]}
    review.apply(r.a_command("set_clinical", blinded=False, **known))
    clinical = report_of(review).clinical
    assert clinical.treatments[0].effect == "partial"
    assert clinical.comparison.changes[0].change == "same"


def test_a_blind_reader_knows_no_treatment(review):
    tried = [{"kind": "botulinum_toxin"}]
    command = r.a_command("set_clinical", blinded=True, treatments=tried)
    refused(review, command, "blind_with_history")


def test_what_a_surgeon_asks_is_said_once_a_side(review):
    for value in ("left 3.1 mm, right 2.2 mm", "left 3.2 mm, right 2.2 mm"):
        said = {"side": "left", "code": "va_dominance", "value": value}
        review.apply(r.a_command("set_anatomy", **said))
    (anatomy,) = report_of(review).sides.left.anatomy
    assert anatomy.value.startswith("left 3.2")
    assert report_of(review).sides.right.anatomy == ()
