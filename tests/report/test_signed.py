"""The law that joins record and report: whatever may be signed gives a report without an error."""

import readings as r
from hypothesis import event, given
from hypothesis import strategies as st

import mriview

COMMANDS = list(r.a_complete_reading())
CHANGES = [
    r.a_command("decide", contact="c1", decision="rejected"),
    r.a_command("edit_contact", id="c1", touching="no"),
    r.a_command("edit_contact", id="c1", touching="indeterminate"),
    r.a_command("edit_contact", id="c1", morphology=["touch", "indentation"]),
    r.a_command("set_role", series=r.CISTERNOGRAM, role="t1_pre"),
    r.a_command("set_role", series=r.ANGIOGRAM, role="t1_post"),
    r.a_command("set_assessment", side="left", assessment="indeterminate"),
    r.a_command("set_assessment", side="left", assessment="no_contact", confidence="possible"),
    r.a_command("set_assessment", side="left", assessment="contact", confidence="possible"),
    r.a_command("set_offender", side="left", contact=None),
    r.a_command("set_impression", certainty={"left": "definite"}),
    r.a_command("set_impression", certainty={"left": "possible"}),
    r.a_command("add_lesion", condition="lipoma", position=[20, 0, 0], contacts_nerve=True),
    r.a_command("answer_condition", condition="lipoma", answer="present"),
    r.a_command("answer_condition", condition="avm", answer="indeterminate"),
    r.a_command("answer_condition", condition="aneurysm", answer="not_assessed"),
    r.a_command("set_landmark", side="right", landmark="porus", position="not_covered"),
    r.a_command("set_clinical", blinded=False, syndrome="facial_weakness", symptom_side="right"),
    r.a_command("add_contact", side="right", position=[-11, -0.5, -0.9], morphology=["touch"]),
    r.a_command("acknowledge_limits", limits=["L_ROLE_MISSING", "L_SLICE_TOO_THICK"]),
    r.a_command("undo"),
]


@given(
    st.lists(st.sampled_from(CHANGES), max_size=6),
    st.sets(st.integers(0, len(COMMANDS) - 1), max_size=1),
)
def test_whatever_may_be_signed_gives_a_report_without_an_error(changes, left_out):
    review = mriview.open_review(r.a_study(), clock=r.a_clock())
    given_ = [c for number, c in enumerate(COMMANDS) if number not in left_out]
    for command in [*given_, *changes]:
        try:
            review.apply(command)
        except mriview.MriviewError:
            continue
    try:
        review.apply(r.a_command("sign", role="radiologist"))
        event("signed")
    except mriview.MriviewError:
        event("refused")
    report = mriview.build_report(review.study, review)
    errors = [str(f) for f in report.check() if f.severity == "error"]
    if report.status == "final":
        assert not errors
