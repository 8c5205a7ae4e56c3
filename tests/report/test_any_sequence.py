"""Whatever is said, in whatever order: nothing unsupported is signed, and undo leads to the start.

What a series can show is written down here once more, apart from the gates and by hand from the
domain page: the test must not ask the code that it judges.
"""

from contextlib import suppress
from dataclasses import replace

import readings as r
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import mriview
from mriview.review import ReviewState

STUDY = r.a_study()
SHOWN_BY = {
    "vestibular_schwannoma": ({"t2_cisternogram", "t1_post"}, {"iac_r", "iac_l"}),
    "aneurysm": ({"tof_mra", "cta", "ce_mra"}, {"v4_r", "v4_l", "basilar_top"}),
}

PIECES = st.sampled_from(
    [
        *r.a_complete_reading(),
        r.a_contact(position=[15.0, -1.0, -1.0], touching="indeterminate"),
        r.a_contact(side="right", position=[-11.0, -0.5, -0.9], origin="automatic"),
        r.a_command("decide", contact="c1", decision="rejected"),
        r.a_command("decide", contact="c2", decision="accepted"),
        r.a_command("edit_contact", id="c1", touching="no"),
        r.a_command("edit_contact", id="c1", position=[13.0, -0.5, -0.9]),
        r.a_contact(position=None, positions=[[10.0, -0.5, -0.9], [15.0, -1.0, -1.0]]),
        r.a_command("edit_contact", id="c1", positions=[[10, -1, -1], [13, -1, -1], [12, 0, -2]]),
        r.a_command("set_role", series=r.CISTERNOGRAM, role="t2_brain"),
        r.a_command("set_role", series=r.CISTERNOGRAM, role="t2_cisternogram"),
        r.a_command("set_role", series=r.ANGIOGRAM, role="unknown"),
        r.a_command("set_nerve_path", side="right", points=r.nerve_points("right")[:2]),
        r.a_command("set_assessable", side="right", assessable_mm=[0, 4]),
        r.a_command("set_assessable", side="right", assessable_mm=[0, 23], artefact_mm=[[3, 5]]),
        r.a_command("set_assessment", side="left", assessment="no_contact", confidence="possible"),
        r.a_command("set_assessment", side="left", assessment="indeterminate"),
        r.a_command("set_offender", side="left", contact=None),
        r.a_command("add_nearby_vessel", side="right", vessel="pica", position=[-11, 0, -4]),
        r.a_command("accept_registration", moving=r.ANGIOGRAM, origin="frame_of_reference"),
        r.a_command("add_lesion", condition="aneurysm", position=[20, 0, 0]),
        r.a_command("edit_lesion", id="l1", condition="meningioma"),
        r.a_command("answer_condition", condition="aneurysm", answer="present"),
        r.a_command("set_clinical", blinded=False, syndrome="hemifacial_spasm", start="typical"),
        r.a_command("set_impression", text="Contact on the right."),
        r.a_command("amend", amends="ab" * 32),
        r.a_command("undo"),
        r.a_command("redo"),
    ]
)


def roles_of(report):
    return {
        series.key: series.role
        for series in report.study.series
        if series.role_confirmed or series.role_confidence >= 0.8
    }


def could_show(report, condition):
    roles, structures = SHOWN_BY[condition]
    return any(
        roles_of(report).get(series.key) in roles and structures <= set(series.coverage)
        for series in report.study.series
    )


def no_contact_is_sound(report, name):
    side = report.sides.right if name == "right" else report.sides.left
    nerve = side.nerves.get("facial")
    cisternograms = [
        s for s in report.study.series if roles_of(report).get(s.key) == "t2_cisternogram"
    ]
    covered = any(f"facial_path_{name[0]}" in series.coverage for series in cisternograms)
    touched = any(x.decision != "rejected" and x.touching != "no" for x in side.contacts)
    seen = nerve is not None and nerve.assessable_mm is not None and nerve.assessable_mm[1] > 20
    return covered and seen and not touched and not nerve.artefact_mm


class ReportsSayWhatScansSupport(RuleBasedStateMachine):
    """A machine that sends pieces of readings in any order and looks at the report after each."""

    def __init__(self):
        super().__init__()
        self.review = mriview.open_review(STUDY, clock=r.a_clock())

    @initialize(count=st.integers(0, len(list(r.a_complete_reading()))))
    def a_part_of_a_right_reading(self, count):
        for command in list(r.a_complete_reading())[:count]:
            self.review.apply(command)

    def send(self, command):
        before, events = self.review.state, len(self.review.history.events)
        with suppress(mriview.MriviewError):
            self.review.apply(command)
        if len(self.review.history.events) == events:
            assert self.review.state is before

    @rule(pieces=st.lists(PIECES, min_size=1, max_size=5))
    def say(self, pieces):
        for command in pieces:
            self.send(command)

    @rule()
    def sign(self):
        self.send(r.a_command("sign", role="radiologist"))

    @invariant()
    def what_is_not_supported_is_not_signed_and_is_named(self):
        report = mriview.build_report(STUDY, self.review)
        errors = {finding.rule for finding in report.check() if finding.severity == "error"}
        if report.sign_off is not None:
            assert not errors
        for item in report.exclusions:
            if item.answer == "absent" and item.condition in SHOWN_BY:
                assert could_show(report, item.condition) or "R21" in errors
        for name in ("right", "left"):
            if getattr(report.sides, name).assessment == "no_contact":
                assert no_contact_is_sound(report, name) or errors & {"R14", "R15"}

    @precondition(lambda self: self.review.can_undo)
    @rule()
    def undo_everything(self):
        while self.review.can_undo:
            self.review.undo()
        start = replace(self.review.state, first=None, last=None, events=0)
        assert start == ReviewState()


ReportsSayWhatScansSupport.TestCase.settings = settings(max_examples=8, stateful_step_count=8)
TestReportsSayWhatScansSupport = ReportsSayWhatScansSupport.TestCase
