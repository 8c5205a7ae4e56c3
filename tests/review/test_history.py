"""Undo and redo: nothing is erased, and the state is always the fold of what is in force."""

import pytest
import readings as r
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import mriview
from mriview.review import history
from mriview.review.history import History
from mriview.review.script import apply_script, read_script, script_of


def test_undo_takes_back_the_last_command_and_redo_does_it_again():
    review = mriview.open_review(r.a_study())
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    before = review.state.midline
    review.undo()
    assert review.state.midline is None
    review.redo()
    assert review.state.midline == before
    assert len(review.history.events) == 3


def test_undo_names_the_command_that_it_takes_back():
    review = mriview.open_review(r.a_study())
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    review.apply(r.a_command("set_clinical", blinded=True))
    review.undo(1)
    assert review.state.midline is None
    assert review.state.clinical.blinded
    assert review.history.events[-1].command.seq == 1


def test_a_command_that_others_rest_on_cannot_be_taken_back_alone():
    review = mriview.open_review(r.a_study())
    for command in [*r.marks("left"), r.a_contact()]:
        review.apply(command)
    with pytest.raises(mriview.MriviewError, match=r"undo_has_dependents.*later one first"):
        review.undo(2)


def test_there_is_nothing_to_undo_or_redo_at_the_start():
    review = mriview.open_review(r.a_study())
    for command in ("undo", "redo"):
        with pytest.raises(mriview.MriviewError, match=f"nothing_to_{command}"):
            review.apply(r.a_command(command))


def test_a_new_command_ends_what_could_be_redone():
    review = mriview.open_review(r.a_study())
    review.apply(r.a_command("set_clinical", blinded=True))
    review.undo()
    review.apply(r.a_command("set_clinical", blinded=False, syndrome="hemifacial_spasm"))
    assert not review.can_redo


def test_an_edited_path_leaves_no_stale_number():
    study = r.a_study()
    review = mriview.open_review(study)
    for command in [*r.marks("left"), r.a_contact()]:
        review.apply(command)
    before = mriview.build_report(study, review).sides.left.contacts[0].arc_mm.value
    points = [[4, 0, 0], *r.nerve_points("left")[1:]]
    review.apply(r.a_command("set_nerve_path", side="left", points=points))
    after = mriview.build_report(study, review).sides.left.contacts[0].arc_mm.value
    assert after == pytest.approx(before + 4, abs=0.2)


def test_listeners_hear_every_change_and_no_refusal():
    review, heard = mriview.open_review(r.a_study()), []
    review.changed.connect(heard.append)
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    with pytest.raises(mriview.MriviewError):
        review.apply(r.a_contact())
    assert heard == [review.state]


def test_one_bad_command_among_many_changes_nothing_and_is_named():
    review = mriview.open_review(r.a_study())
    commands = [*r.marks("left"), r.a_contact(vessel="nobody")]
    with pytest.raises(mriview.MriviewError) as refusal:
        review.apply_all(commands)
    assert refusal.value.where == f"commands[{len(commands) - 1}]"
    assert review.history == History()


SIMPLE = st.sampled_from(
    [
        r.a_command("set_clinical", blinded=True),
        r.a_command("set_midline", position=[0, 0, 0]),
        r.a_command("set_midline", position=[1, 0, 0]),
        r.a_command("set_nerve_path", side="left", points=r.nerve_points("left")),
        r.a_command("set_nerve_path", side="right", points=r.nerve_points("right")),
        r.a_contact(),
        r.a_command("decide", contact="c1", decision="rejected"),
        r.a_command("edit_contact", id="c1", vessel="pica"),
        r.a_command("add_note", text="a remark"),
        r.a_command("set_landmark", side="left", landmark="rdp", position=[14, -1, 0]),
    ]
)


class ReviewsObeyTheirHistory(RuleBasedStateMachine):
    """Whatever is sent, in whatever order: the laws of the record hold."""

    def __init__(self):
        super().__init__()
        self.study = r.a_study()
        self.review = mriview.open_review(self.study, clock=r.a_clock())
        self.states = []

    @rule(command=SIMPLE)
    def send(self, command):
        before, count = self.review.state, len(self.review.history.events)
        try:
            self.review.apply(command)
        except mriview.MriviewError:
            assert self.review.state is before
            assert len(self.review.history.events) == count

    @precondition(lambda self: self.review.can_undo)
    @rule()
    def undo_and_redo_is_nothing(self):
        live = self.review.history.live
        self.review.undo()
        assert self.review.history.live == live[:-1]
        self.review.redo()
        assert self.review.history.live == live

    @precondition(lambda self: self.review.can_undo)
    @rule()
    def undo(self):
        self.review.undo()

    @invariant()
    def a_script_of_the_record_gives_the_same_state(self):
        commands = script_of(self.review.history, "R1")["commands"]
        again = mriview.open_review(self.study)
        again.apply_all(
            [{"command": c["command"], "args": c["args"]} for c in commands],
            [c["time"] for c in commands],
        )
        assert again.state == self.review.state

    @invariant()
    def nothing_was_erased(self):
        assert self.review.state.events == len(self.review.history.events)


ReviewsObeyTheirHistory.TestCase.settings = settings(max_examples=15, stateful_step_count=12)
TestReviewsObeyTheirHistory = ReviewsObeyTheirHistory.TestCase


def test_a_script_file_gives_the_same_review_as_its_commands(tmp_path):
    path = tmp_path / "reader.json"
    path.write_text(r.dump_script(r.a_signed_reading(), "R1"))
    study = r.a_study()
    by_hand = mriview.open_review(study)
    for command in r.a_signed_reading():
        by_hand.apply(command)
    with apply_script(study, read_script(path)) as review:
        assert review.state.contacts[0].position == by_hand.state.contacts[0].position
        assert [e.command for e in review.history.events] == [
            e.command for e in by_hand.history.events
        ]


def test_one_step_on_is_the_same_as_folding_everything_again():
    review = mriview.open_review(r.a_study())
    for command in [*r.a_complete_reading(), r.a_command("undo"), r.a_command("redo")]:
        review.apply(command)
        assert History(review.history.events).state == review.state


def test_taking_back_many_commands_folds_the_record_a_few_times_only(monkeypatch):
    folded = []
    apply = history.apply
    monkeypatch.setattr(history, "apply", lambda *args: folded.append(1) or apply(*args))
    review = mriview.open_review(r.a_study())
    for number in range(600):
        review.apply(r.a_command("add_note", text=f"note {number}"))
    for _ in range(600):
        review.undo()
    for _ in range(600):
        review.redo()
    assert len(folded) < 3000
    assert History(review.history.events).state == review.state


def test_a_command_in_the_middle_is_taken_back_and_done_again_in_its_place():
    review = mriview.open_review(r.a_study())
    for number in range(400):
        review.apply(r.a_command("add_note", text=f"note {number}"))
    for seq in (10, 390, 200):
        review.undo(seq)
        assert History(review.history.events).state == review.state
    for _ in range(3):
        review.redo()
        assert History(review.history.events).state == review.state
    assert [note.text for note in review.state.notes] == [f"note {n}" for n in range(400)]
