"""Lesions by mouse: where they reach, how large they are, their grades; each ends in the state."""

from typing import get_args

import numpy as np
import pytest
import readings
from hands import assert_nothing_is_cut, choose, click, open_study_in, press, settle
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from mriview import open_review, vocabulary
from mriview.review import Diameter
from mriview_napari.panels.severity import lesion_scales

pytestmark = pytest.mark.room

CAUSES = 3  # tab of the dock
MIDDLE, MEDIAL, LATERAL = (22.0, 8.0, 1.0), (17.0, 8.0, 1.0), (27.0, 8.0, 1.0)
USUAL_SCALE = "koos_1998"


@pytest.fixture(scope="module")
def opened(napari_viewer):
    study = readings.a_study()
    review = open_review(study, reader="R1")
    review.apply_all([*readings.marks(), *readings.coverage()])
    room = open_study_in(napari_viewer, study, review)
    room.show_plane("axial")
    return room


@pytest.fixture
def room(opened):
    """A room in which no lesion is marked; what a test said is taken back after it."""
    opened.dock.tabs.setCurrentIndex(CAUSES)
    settle(30)
    yield opened
    opened.cancel()
    opened.dock.causes.details.setChecked(False)
    while opened.state.lesions or opened.state.exclusions or opened.state.implants:
        opened.review.undo()


@pytest.fixture
def card(room):
    """The card of a schwannoma that was marked by a point."""
    room.send(readings.a_command("add_lesion", condition="vestibular_schwannoma", position=MIDDLE))
    room.dock.causes.lesions.open_newest()
    settle(20)
    return room.dock.causes.lesions.card


def ids(choice):
    return {choice.itemData(number) for number in range(choice.count())}


def lesion_of(room):
    return room.state.lesions[0]


def measure(room, card, name, *ends):
    press(card.measure_buttons[name])
    for end in ends:
        click(room, end)


def test_a_lesion_that_was_just_marked_is_described_next(room):
    causes = room.dock.causes
    assert not causes.lesions.card.isVisible()
    press(causes.rows["vestibular_schwannoma"].answers.buttons["present"])
    press(causes.mass.point_button)
    click(room, MIDDLE)
    assert lesion_of(room).condition == "vestibular_schwannoma"
    assert room.state.exclusions["vestibular_schwannoma"].answer == "present"
    assert causes.lesions.card.isVisible()
    assert causes.lesions.card.title() == "l1  LEFT  vestibular schwannoma"
    press(causes.lesions.done_button)
    assert not causes.lesions.card.isVisible()


def test_nothing_is_said_of_a_new_lesion(room, card):
    lesion = lesion_of(room)
    assert (lesion.contacts_brainstem, lesion.contacts_nerve) == (None, None)
    for answers in card.touches.values():
        assert not any(each.isChecked() for each in answers.buttons.values())
    assert card.extents.rows == []
    assert not any(scale.grade for scale in card.severity.rows.values())
    assert {value.text() for value in card.values.values()} == {"not measured"}


def test_each_diameter_is_two_clicks_and_its_length_is_shown(room, card):
    ends = dict.fromkeys(("longest_mm", "tr_mm", "extrameatal_max_mm"), (MEDIAL, LATERAL))
    ends["perpendicular_mm"] = ends["ap_mm"] = ((22.0, 5.0, 1.0), (22.0, 11.0, 1.0))
    for name, (first, second) in ends.items():
        measure(room, card, name, first, second)
    room.show_plane("coronal")
    room.fit()
    settle(30)
    measure(room, card, "cc_mm", (22.0, 8.0, -2.0), (22.0, 8.0, 5.0))
    room.show_plane("axial")
    assert set(lesion_of(room).calipers) == set(get_args(Diameter))
    truth = {"longest_mm": 10, "tr_mm": 10, "extrameatal_max_mm": 10}
    truth |= {"perpendicular_mm": 6, "ap_mm": 6, "cc_mm": 7}
    for name, mm in truth.items():
        first, second = lesion_of(room).calipers[name]
        assert np.linalg.norm(np.subtract(first, second)) == pytest.approx(mm, abs=0.6)
        shown = card.values[name].text()
        assert shown.endswith(" mm")
        assert float(shown.removesuffix(" mm")) == pytest.approx(mm, abs=0.6)
    assert not room.dock.prompt.isVisible()


def test_one_end_alone_measures_nothing(room, card):
    measure(room, card, "ap_mm", MEDIAL)
    assert "other end" in room.dock.prompt.text()
    press(room.dock.cancel_button)
    assert lesion_of(room).calipers == {}
    measure(room, card, "tr_mm", MEDIAL, LATERAL)
    assert set(lesion_of(room).calipers) == {"tr_mm"}


def test_a_diameter_that_contradicts_another_is_refused_and_asked_for_again(room, card):
    measure(room, card, "longest_mm", (20.0, 8.0, 1.0), (24.0, 8.0, 1.0))
    measure(room, card, "perpendicular_mm", MEDIAL, LATERAL)
    assert room.dock.status.property("refused")
    assert set(lesion_of(room).calipers) == {"longest_mm"}
    assert card.values["perpendicular_mm"].text() == "not measured"
    assert "one end" in room.dock.prompt.text()


def test_a_painted_lesion_shows_what_was_measured_from_its_voxels(room):
    causes = room.dock.causes
    causes.mass.condition.draw("meningioma")
    press(causes.mass.paint_button)
    click(room, MIDDLE)
    press(causes.mass.keep_button)
    card = causes.lesions.card
    assert card.isVisible()
    assert card.painted.text().endswith("mm3, as painted")
    measure(room, card, "tr_mm", (21.0, 8.0, 1.0), (23.0, 8.0, 1.0))
    assert card.values["tr_mm"].text().endswith(" mm")
    assert not card.move_button.isVisible()


def test_what_is_touched_and_reached_is_one_press_each(room, card):
    press(card.touches["contacts_brainstem"].buttons["no"])
    press(card.touches["contacts_nerve"].buttons["yes"])
    press(card.extents.boxes["intrameatal"])
    press(card.extents.boxes["fundus_free"])
    press(card.folds.buttons["Also reaches"])
    press(card.structures.boxes["cpa_l"])
    assert "cpa_r" not in card.structures.boxes
    lesion = lesion_of(room)
    assert (lesion.contacts_brainstem, lesion.contacts_nerve) == (False, True)
    assert lesion.extent == ("intrameatal", "fundus_free", "cpa_l")
    press(card.extents.boxes["intrameatal"])
    assert lesion_of(room).extent == ("fundus_free", "cpa_l")
    press(room.dock.undo_button)
    assert card.extents.boxes["intrameatal"].isChecked()


def test_the_scales_of_the_condition_are_offered_and_of_no_other(room, card):
    assert next(iter(card.severity.rows)) == USUAL_SCALE
    assert "IV: deforming the pons" in card.severity.rows[USUAL_SCALE].meaning.text()
    press(card.severity.rows[USUAL_SCALE].buttons["III"])
    press(card.folds.buttons["More scales"])
    press(card.severity.rows["hannover_1997"].buttons["T3b"])
    given = {grade.scale: grade.grade for grade in lesion_of(room).severity}
    assert given == {"koos_1998": "III", "hannover_1997": "T3b"}
    press(card.severity.rows[USUAL_SCALE].buttons["III"])
    assert [grade.scale for grade in lesion_of(room).severity] == ["hannover_1997"]


def test_a_graded_lesion_cannot_become_one_that_its_scale_was_not_made_for(room, card):
    press(card.severity.rows[USUAL_SCALE].buttons["II"])
    choose(card.condition, "lipoma")
    assert room.dock.status.property("refused")
    assert card.condition.row == lesion_of(room).condition == "vestibular_schwannoma"
    press(card.severity.rows[USUAL_SCALE].buttons["II"])
    choose(card.condition, "lipoma")
    assert lesion_of(room).condition == "lipoma"
    assert card.severity.rows == {}
    assert not card.folds.buttons["More scales"].isVisible()


def test_series_note_and_place_can_be_said(room, card):
    room.dock.activateWindow()
    settle(30)
    press(card.words)
    QTest.keyClicks(card.words, "widens the porus")
    press(card.folds.buttons["More"])
    press(card.series.boxes["series", readings.CISTERNOGRAM])
    press(card.move_button)
    click(room, LATERAL)
    lesion = lesion_of(room)
    assert lesion.note == "widens the porus"
    assert lesion.series == (readings.CISTERNOGRAM,)
    assert lesion.position == pytest.approx(LATERAL, abs=0.3)
    assert not room.dock.prompt.isVisible()


def test_every_row_is_offered(room, card):
    assert ids(room.dock.causes.mass.condition) == set(vocabulary.conditions())
    assert ids(card.condition) == set(vocabulary.conditions())
    assert set(card.extents.boxes) == set(vocabulary.lesion_extents())
    assert set(card.values) == set(get_args(Diameter))
    ticks, sides = set(card.structures.boxes), {"right"}
    assert ticks == {x.id for x in vocabulary.structures().values() if x.side not in sides}
    scales = {x.id for x in vocabulary.severity_scales().values() if x.grades == "lesion"}
    offered = {name for row in vocabulary.conditions() for name, _ in lesion_scales(row)}
    assert offered == scales
    assert set(card.severity.rows) == {name for name, _ in lesion_scales("vestibular_schwannoma")}


def test_an_implant_is_enough_to_say_that_an_operation_left_its_signs(room):
    room.dock.causes.more.setChecked(True)
    present = room.dock.causes.rows["postsurgical_change"].answers.buttons["present"]
    press(present)
    assert "postsurgical_change" not in room.state.exclusions
    room.send(readings.a_command("add_implant", kind="teflon_pledget", position=MIDDLE))
    press(present)
    assert room.state.exclusions["postsurgical_change"].answer == "present"
    room.dock.causes.more.setChecked(False)


def test_how_sure_an_answer_is_and_what_it_rests_on_is_said_where_it_is_asked_for(room):
    causes = room.dock.causes
    avm = causes.rows["avm"]
    assert not avm.confidence.isVisible()
    press(avm.answers.buttons["absent"])
    press(causes.details)
    press(avm.confidence.buttons["probable"])
    said = room.state.exclusions["avm"]
    assert (said.answer, said.confidence) == ("absent", "probable")
    assert avm.basis.rows("basis") == list(said.basis) == [*room.study.volumes]
    press(avm.answers.buttons["indeterminate"])
    press(avm.basis.boxes["basis", readings.CISTERNOGRAM])
    said = room.state.exclusions["avm"]
    assert (said.answer, said.confidence) == ("indeterminate", "probable")
    assert said.basis == (readings.ANGIOGRAM,)
    press(causes.details)
    press(avm.answers.buttons["absent"])
    assert room.state.exclusions["avm"].confidence is None


def test_a_basis_that_could_not_have_shown_the_cause_is_refused_and_unticked(room):
    causes = room.dock.causes
    row = causes.rows["aneurysm"]
    press(causes.details)
    press(row.answers.buttons["absent"])
    assert room.state.exclusions["aneurysm"].basis == (readings.ANGIOGRAM,)
    press(row.basis.boxes["basis", readings.CISTERNOGRAM])
    press(row.basis.boxes["basis", readings.ANGIOGRAM])
    assert room.dock.status.property("refused")
    said = room.state.exclusions["aneurysm"].basis
    assert readings.ANGIOGRAM in said
    assert row.basis.rows("basis") == [key for key in room.study.volumes if key in said]


def test_no_word_of_the_card_is_cut_at_the_width_of_the_dock(room, card):
    room.dock.causes.details.setChecked(True)
    measure(room, card, "extrameatal_max_mm", MEDIAL, LATERAL)
    longest = max(
        vocabulary.conditions(), key=lambda row: len(vocabulary.conditions()[row].label.en)
    )
    for condition in (longest, "vestibular_schwannoma"):
        choose(card.condition, condition)
        for title in card.folds.parts:
            card.folds.open(title)
            settle(20)
            assert_nothing_is_cut(room.dock.causes)


def test_the_keyboard_stays_where_it_pressed(room, card):
    button = card.severity.rows[USUAL_SCALE].buttons["I"]
    press(button)
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert lesion_of(room).severity == ()
    assert room.dock.focusWidget() is button
    QTest.keyClick(button, Qt.Key.Key_Tab)
    following = room.dock.focusWidget()
    assert following is card.severity.rows[USUAL_SCALE].buttons["II"]


def test_the_picture_shows_lesions_their_diameters_implants_and_vessels_nearby(room, card):
    measure(room, card, "tr_mm", MEDIAL, LATERAL)
    room.send(
        readings.a_command("add_implant", kind="teflon_pledget", position=[12, 3, 1]),
        readings.a_command("add_nearby_vessel", side="left", vessel="sca", position=[14, 2, -1]),
    )
    marks = next(layer for layer in room.viewer.layers if layer.name == "marks")
    words = list(marks.features["words"])
    assert "l1 vestibular schwannoma" in words
    assert "i1 Teflon pledget" in words
    assert "SCA nearby" in words
    assert words.count("") == 2
    room.review.undo()
