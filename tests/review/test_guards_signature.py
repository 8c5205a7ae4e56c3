"""What keeps a signature away, and that nothing changes after it."""

import pytest
import readings as r
from readings import given, refused

import mriview


@pytest.fixture
def review():
    return mriview.open_review(r.a_study(), clock=r.a_clock())


def test_a_signature_waits_for_every_mandatory_field(review):
    words = str(refused(review, r.a_command("sign", role="radiologist"), "not_complete"))
    assert "assessment of the right side" in words or "blind" in words


def test_a_field_is_left_open_only_by_name_and_with_a_reason(review):
    commands = list(r.a_complete_reading())
    given(review, [c for c in commands if c["args"].get("condition") != "avm"])
    still = review.open_fields()
    assert [item.path for item in still] == ["$.exclusions[3].answer"]
    override = {"guard": "R29", "path": still[0].path, "reason": "read by the neuroradiologist"}
    short = {**override, "reason": "later"}
    refused(review, r.a_command("sign", role="reader", overrides=[short]), "command_malformed")
    review.apply(r.a_command("sign", role="reader", overrides=[override]))
    report = mriview.build_report(review.study, review)
    assert report.sign_off.overrides[0].path == still[0].path
    assert not [f for f in report.check() if f.severity == "error"]


def test_nothing_changes_after_the_signature(review):
    given(review, r.a_signed_reading())
    for command in (r.a_command("add_note", text="late"), r.a_command("undo")):
        refused(review, command, "review_signed")
    assert not review.can_undo


def test_what_was_not_acknowledged_keeps_the_signature_away(review):
    commands = [c for c in r.a_complete_reading() if c["command"] != "acknowledge_limits"]
    given(review, commands)
    assert [item.path for item in review.open_fields()] == ["$.sign_off.acknowledged"]
    refused(review, r.a_command("sign", role="radiologist"), "not_complete")


def test_a_contact_without_an_offender_keeps_the_signature_away(review):
    commands = [c for c in r.a_complete_reading() if c["command"] != "set_offender"]
    given(review, commands)
    refused(review, r.a_command("sign", role="radiologist"), "offender_missing")
    review.apply(r.a_command("set_offender", side="left", contact=None))
    review.apply(r.a_command("sign", role="radiologist"))
    report = mriview.build_report(review.study, review)
    assert "L_OFFENDER_UNDECIDED" in report.sides.left.limits
    assert not report.check()


def test_blanks_are_no_reason(review):
    given(review, r.a_complete_reading())
    override = {"guard": "R29", "path": "$.x", "reason": " " * 12}
    sign = r.a_command("sign", role="reader", overrides=[override])
    refused(review, sign, "override_without_reason")
