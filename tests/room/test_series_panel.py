"""What is said of series and of nerves by mouse: quality, registration, landmarks, lengths."""

import pytest
import readings
from hands import choose, click, open_study_in, press, settle, take_back
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLabel

from mriview import open_review, vocabulary
from mriview_napari.panels.fields import Folds
from mriview_napari.panels.nerves import other_nerves

pytestmark = pytest.mark.room
ELSEWHERE = "cccccccc"
SERIES, NERVES = 0, 1


@pytest.fixture(scope="module")
def begun(napari_viewer):
    """A study whose third series lies in another frame; both facial nerves are marked."""
    elsewhere = readings.a_volume(ELSEWHERE, "t1_post", frame_of_reference="other")
    study = readings.a_study(
        readings.a_volume(),
        readings.a_volume(readings.ANGIOGRAM, "tof_mra", spacing_mm=0.6),
        elsewhere,
    )
    review = open_review(study, reader="R1")
    room = open_study_in(napari_viewer, study, review)
    review.apply_all(readings.marks())
    room.show_plane("axial")
    room.fit()
    room.dock.window().activateWindow()
    settle(50)
    return room


@pytest.fixture
def room(begun):
    """The room, with everything taken back that a test said after the marks."""
    yield begun
    begun.cancel()
    take_back(begun, keep=len(list(readings.marks())))
    for folds in begun.dock.findChildren(Folds):
        folds.open("")


def turn_to(room, stage):
    room.dock.tabs.setCurrentIndex(stage)
    settle(20)


def card_of(room, key, title):
    """The card of a series with one of its folds open."""
    turn_to(room, SERIES)
    card = room.dock.series.cards[key]
    press(card.folds.buttons[title])
    return card


def words_on(card):
    return "\n".join(label.text() for label in card.findChildren(QLabel))


def test_a_series_is_graded_with_what_spoils_it(room):
    card = card_of(room, readings.ANGIOGRAM, "Quality")
    assert not card.quality.keep_button.isEnabled()
    press(card.quality.grade.buttons["non_diagnostic"])
    press(card.quality.findings.boxes["motion"])
    press(card.quality.findings.boxes["wrap"])
    press(card.quality.keep_button)
    said = room.state.quality[readings.ANGIOGRAM]
    assert (said.grade, said.findings) == ("non_diagnostic", ("motion", "wrap"))
    turn_to(room, 3)
    aneurysm = room.dock.causes.rows["aneurysm"]
    assert not aneurysm.answers.buttons["absent"].isEnabled()


def test_a_bad_grade_without_its_fault_is_refused_and_says_so(room):
    card = card_of(room, readings.ANGIOGRAM, "Quality")
    press(card.quality.grade.buttons["limited"])
    press(card.quality.keep_button)
    assert room.dock.status.property("refused")
    assert "what spoils it" in room.dock.status.text()
    assert room.state.quality == {}


def test_a_series_of_another_frame_is_laid_on_the_reference_by_eye(room):
    card = card_of(room, ELSEWHERE, "Registration")
    assert "In another frame than the reference" in words_on(card)
    assert card.place.fixed.row == room.reference
    QTest.keyClicks(card.place.residual_mm, "0.4")
    press(card.place.verdict.buttons["accepted"])
    (said,) = room.state.registrations
    assert (said.moving, said.fixed, said.verdict) == (ELSEWHERE, room.reference, "accepted")
    assert said.residual_mm == 0.4
    card = card_of(room, ELSEWHERE, "Registration")
    assert card.place.verdict.buttons["accepted"].isChecked()
    assert "Lies on the T2 cisternogram aaaaaaaa, off by 0.40 mm." in words_on(card)
    assert "In another frame" not in words_on(card)
    press(card.place.verdict.buttons["refused"])
    assert [x.verdict for x in room.state.registrations] == ["refused"]


def test_the_reference_is_registered_with_nothing(room):
    turn_to(room, SERIES)
    card = room.dock.series.cards[room.reference]
    assert not card.folds.buttons["Registration"].isVisible()


def test_a_structure_that_no_question_asks_for_can_be_confirmed(room):
    card = card_of(room, ELSEWHERE, "More")
    press(card.more.boxes["parotid_l"])
    press(card.more_button)
    assert room.state.coverage[ELSEWHERE] == {"parotid_l"}
    turn_to(room, SERIES)
    assert "parotid_l" not in room.dock.series.cards[ELSEWHERE].more.boxes


def test_another_role_may_be_given_with_a_reason(room):
    card = card_of(room, ELSEWHERE, "More")
    QTest.keyClicks(card.reason, "no agent was given")
    label = vocabulary.roles()["t1_pre"].label.en
    next(x for x in card.role_button.menu().actions() if x.text() == label).trigger()
    settle()
    command = room.review.history.events[-1].command
    assert (command.role, command.reason) == ("t1_pre", "no agent was given")


def test_a_card_is_drawn_anew_only_where_something_was_said_of_it(room):
    turn_to(room, SERIES)
    cards = dict(room.dock.series.cards)
    room.send(readings.a_command("set_quality", series=ELSEWHERE, grade="diagnostic"))
    now = room.dock.series.cards
    assert now[ELSEWHERE] is not cards[ELSEWHERE]
    assert now[readings.CISTERNOGRAM] is cards[readings.CISTERNOGRAM]


def test_each_landmark_of_the_facial_nerve_can_be_clicked(room):
    turn_to(room, NERVES)
    box = room.dock.nerves.sides["left"]
    press(box.folds.buttons["Landmarks"])
    assert list(box.landmarks) == ["rdp", "tz_end", "porus"]
    press(box.landmarks["tz_end"].button)
    click(room, (16.0, -1.7, 0.3))
    landmarks = room.state.nerve("left", "facial").path.landmarks
    assert landmarks["tz_end"].position[0] == pytest.approx(16, abs=0.3)
    press(box.landmarks["porus"].not_covered)
    assert room.state.nerve("left", "facial").path.landmarks["porus"].position is None
    assert box.landmarks["rdp"].not_covered is None


def test_lengths_with_several_artefacts_are_kept(room):
    turn_to(room, NERVES)
    box = room.dock.nerves.sides["left"]
    press(box.folds.buttons["Lengths"])
    lengths = box.lengths
    press(lengths.artefacts.add_button)
    press(lengths.artefacts.add_button)
    for (edit, _), (low, high) in zip(lengths.artefacts.spans, ((3, 4.5), (9, 10)), strict=True):
        type_number(edit.ends[1], high)
        type_number(edit.ends[0], low)
    type_number(lengths.visible.ends[0], 6.5)
    press(lengths.keep_button)
    nerve = room.state.nerve("left", "facial")
    assert nerve.artefact_mm == ((3, 4.5), (9, 10))
    assert nerve.visible_mm == (6.5, 22)
    press(lengths.artefacts.spans[0][1])
    press(lengths.keep_button)
    assert room.state.nerve("left", "facial").artefact_mm == ((9, 10),)


def type_number(box, value):
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, f"{value:g}")
    QTest.keyClick(box, Qt.Key.Key_Tab)


def test_a_length_from_far_to_near_is_refused(room):
    turn_to(room, NERVES)
    before = room.state
    box = room.dock.nerves.sides["left"]
    press(box.folds.buttons["Lengths"])
    type_number(box.lengths.visible.ends[0], 21)
    type_number(box.lengths.visible.ends[1], 4)
    press(box.lengths.keep_button)
    assert room.dock.status.property("refused")
    assert room.state == before


def test_the_other_nerves_of_the_table_are_offered(room):
    turn_to(room, NERVES)
    assert set(other_nerves()) == set(vocabulary.nerves()) - {"facial"}
    assert room.dock.nerves.folds.buttons["Other nerves"].isVisible()


def test_another_nerve_is_marked_behind_the_fold(room):
    turn_to(room, NERVES)
    nerves = room.dock.nerves
    press(nerves.folds.buttons["Other nerves"])
    choose(nerves.other, "trigeminal")
    press(nerves.others["left"].mark_button)
    assert "LEFT trigeminal nerve (V)" in room.dock.prompt.text()
    assert not nerves.porus_button.isVisible()
    for point in ((8, -6, 6), (12, -8, 6), (17, -12, 6)):
        click(room, point)
    press(nerves.not_covered_button)
    assert len(room.state.nerve("left", "trigeminal").path.clicks) == 3
    assert not room.dock.prompt.isVisible()
    box = nerves.others["left"]
    assert "3 points" in box.said.text()
    press(box.whole_button)
    assert room.state.nerve("left", "trigeminal").assessable_mm is not None
    assert room.state.nerve("right", "trigeminal") is None
    press(box.folds.buttons["Landmarks"])
    press(box.landmarks["v_rez_end"].button)
    click(room, (11, -7.4, 6))
    placed = room.state.nerve("left", "trigeminal").path.landmarks["v_rez_end"]
    assert placed.position[0] == pytest.approx(11, abs=0.3)


def test_a_nerve_with_a_porus_of_its_own_is_asked_for_it(room):
    turn_to(room, NERVES)
    nerves = room.dock.nerves
    press(nerves.folds.buttons["Other nerves"])
    choose(nerves.other, "vestibulocochlear")
    press(nerves.others["right"].mark_button)
    for point in ((-8, 2, 0), (-14, 0, 0)):
        click(room, point)
    press(nerves.porus_button)
    assert "RIGHT vestibulocochlear nerve (VIII)" in room.dock.prompt.text()
    assert "porus" in room.dock.prompt.text()
    click(room, (-20, -2, 1))
    nerve = room.state.nerve("right", "vestibulocochlear")
    assert nerve.path.landmarks["viii_porus"].position[0] == pytest.approx(-20, abs=0.3)
    assert not room.dock.prompt.isVisible()
    assert list(nerves.others["right"].landmarks) == ["viii_porus"]
    choose(nerves.other, "trigeminal")
    assert list(nerves.others["right"].landmarks) == ["v_rez_end", "v_mid_end"]
    assert nerves.others["right"].said.text() == "not marked"
