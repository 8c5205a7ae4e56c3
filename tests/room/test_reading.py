"""A whole reading by mouse: every button is a command, and a script of them is the same reading."""

import json

import numpy as np
import pytest
import readings
from hands import choose, click, open_study_in, press, settle
from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtTest import QTest

from mriview import build_report, load_report, open_review
from mriview.report.compare import differences

pytestmark = pytest.mark.room


def as_script(review):
    """The commands that a review holds, as a script would send them."""
    return [json.loads(json.dumps(event.command.to_json())) for event in review.history.events]


def tab(room, title):
    for index in range(room.dock.tabs.count()):
        if title in room.dock.tabs.tabText(index):
            room.dock.tabs.setCurrentIndex(index)
            settle(20)
            return
    raise AssertionError(title)


def mark_nerve(room, side):
    points = readings.nerve_points(side)
    press(room.dock.nerves.sides[side].mark_button)
    for point in points:
        click(room, point)
    click(room, points[1])  # the detachment point is asked for next
    press(room.dock.nerves.sides[side].whole_button)


def tick_coverage(room, key):
    card = room.dock.series.cards[key]
    for box in card.boxes.values():
        press(box)
    press(card.confirm_button)


@pytest.fixture(scope="module")
def read(napari_viewer):
    """A study that was read by mouse from the first click to the impression."""
    study = readings.a_study()
    room = open_study_in(napari_viewer, study, open_review(study, reader="R1"))
    room.show_plane("axial")
    for key in study.volumes:
        tick_coverage(room, key)
    tab(room, "Nerves")
    press(room.dock.nerves.midline_button)
    click(room, (0.0, 0.0, 0.0))
    for side in ("right", "left"):
        mark_nerve(room, side)
    tab(room, "Contacts")
    contacts = room.dock.contacts
    press(contacts.mark_buttons["left"])
    click(room, (11.0, -0.5, -1.0))
    choose(contacts.form.vessel, "aica")
    press(contacts.form.confidence.buttons["probable"])
    press(contacts.form.morphology["touch"])
    press(contacts.form.severity.rows["contact_deformity_2021"].buttons["1"])
    press(contacts.form.add_button)
    for side, finding in (("left", "contact"), ("right", "no_contact")):
        press(contacts.sides[side].assessment.buttons[finding])
        press(contacts.sides[side].confidence.buttons["probable"])
    choose(contacts.sides["left"].offender, "c1")
    tab(room, "Other causes")
    for condition in readings.ABSENT:
        press(room.dock.causes.rows[condition].answers.buttons["absent"])
    press(room.dock.causes.acknowledge_button)
    tab(room, "Report")
    press(room.dock.export.clinical.blinded.buttons["blind"])
    QTest.keyClicks(room.dock.export.impression.text, "Contact on the left.")
    press(room.dock.export.impression.keep_button)
    return room


def test_clicks_land_within_a_pixel_of_what_was_clicked(read):
    for side in ("right", "left"):
        clicks = read.state.nerve(side, "facial").path.clicks
        apart_mm = np.linalg.norm(np.subtract(clicks, readings.nerve_points(side)), axis=1)
        assert apart_mm.max() < 0.3
    assert np.allclose(read.state.midline, (0, 0, 0), atol=0.3)


def test_the_marks_lie_on_the_side_that_was_named(read):
    assert max(x for x, _, _ in read.state.nerve("right", "facial").path.clicks) < 0
    assert min(x for x, _, _ in read.state.nerve("left", "facial").path.clicks) > 0
    assert read.state.contacts[0].side == "left"


def test_nothing_is_left_open_after_a_whole_reading(read):
    assert [field.what for field in read.still_open()] == []
    tab(read, "Report")
    assert "every mandatory field" in read.dock.export.open_note.text()


def test_the_report_is_the_reading_that_a_script_of_the_commands_gives(read):
    script = open_review(read.study, reader="R1")
    script.apply_all(as_script(read.review))
    by_hand, by_script = (build_report(read.study, each) for each in (read.review, script))
    assert differences(by_hand, by_script) == []
    assert by_hand.sides.left.contacts[0].vessel == "aica"


def test_export_writes_the_report_of_the_room(read, tmp_path):
    tab(read, "Report")
    read.dock.export.choose_folder = lambda: tmp_path / "out"  # the dialog is the system's
    press(read.dock.export.export_button)
    report = load_report(tmp_path / "out" / "report.json")
    assert report.to_json() == build_report(read.study, read.review).to_json()
    assert not [finding for finding in report.check() if finding.severity == "error"]


def test_the_text_of_the_report_can_be_pasted_elsewhere(read):
    tab(read, "Report")
    press(read.dock.export.copy_button)
    text = QGuiApplication.clipboard().text()
    assert "RIGHT" in text
    assert "anterior inferior cerebellar artery" in text.lower()


def test_what_a_script_knew_of_the_patient_stays_when_the_side_is_changed(read):
    tab(read, "Report")
    clinical = read.dock.export.clinical
    said = {"blinded": False, "symptom_side": "left", "question": "planned surgery"}
    said |= {"onset_years": 4.0, "symptoms": ["tinnitus"]}
    said["treatments"] = [{"kind": "botulinum_toxin", "effect": "partial"}]
    assert read.send({"command": "set_clinical", "args": said})
    choose(clinical.symptom_side, "right")
    known = read.state.clinical
    assert known.symptom_side == "right"
    assert (known.question, known.onset_years, known.symptoms) == (
        "planned surgery",
        4.0,
        ("tinnitus",),
    )
    assert known.treatments[0].effect == "partial"


def test_a_refused_export_says_one_sentence(read, tmp_path):
    (tmp_path / "taken").write_text("a file stands where the folder should be")
    tab(read, "Report")
    read.dock.export.choose_folder = lambda: tmp_path / "taken"
    press(read.dock.export.export_button)
    assert read.dock.status.property("refused")
    assert str(tmp_path) not in read.dock.status.text()


def test_undo_and_redo_change_picture_and_panels(read):
    before = read.state
    tab(read, "Nerves")
    press(read.dock.nerves.midline_button)
    click(read, (1.0, 10.0, 0.0))
    assert read.state.midline != before.midline
    marks = next(layer for layer in read.viewer.layers if layer.name == "marks")
    moved = marks.data.copy()
    press(read.dock.undo_button)
    assert read.state.midline == before.midline
    assert not np.allclose(marks.data, moved)
    press(read.dock.redo_button)
    assert np.allclose(marks.data, moved)
    read.dock.activateWindow()
    read.picture.native().setFocus()
    settle(50)
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(read.picture.native(), Qt.Key.Key_Z, control)
    settle(30)
    assert read.state.midline == before.midline


def test_a_nerve_on_the_wrong_side_is_refused_in_one_sentence(read):
    before = read.state
    tab(read, "Nerves")
    press(read.dock.nerves.sides["right"].mark_button)
    for point in readings.nerve_points("left"):
        click(read, point)
    assert read.state == before
    assert read.dock.status.property("refused")
    assert "Traceback" not in read.dock.status.text()
    press(read.dock.cancel_button)
    assert not read.dock.prompt.isVisible()


def test_a_drag_moves_the_picture_and_marks_nothing(read):
    tab(read, "Nerves")
    press(read.dock.nerves.midline_button)
    before, native = read.state, read.picture.native()
    centre, button = native.rect().center(), Qt.MouseButton.LeftButton
    QTest.mousePress(native, button, Qt.KeyboardModifier.NoModifier, centre)
    drag_to(native, centre, 60)
    assert read.state == before
    press(read.dock.cancel_button)


def drag_to(native, start, by_px):
    from qtpy.QtCore import QEvent, QPoint, QPointF
    from qtpy.QtGui import QMouseEvent
    from qtpy.QtWidgets import QApplication

    for step in (0.3, 0.6, 1.0):
        here = QPointF(start) + QPointF(by_px * step, 0)
        there = QPointF(native.mapToGlobal(here.toPoint()))
        none, left = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
        moved = QMouseEvent(
            QEvent.Type.MouseMove, here, there, none, left, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(native, moved)
        settle(12)
    end = start + QPoint(by_px, 0)
    QTest.mouseRelease(native, left, Qt.KeyboardModifier.NoModifier, end)
    settle(12)


def test_an_answer_that_no_series_supports_cannot_be_pressed(read):
    tab(read, "Other causes")
    meningioma = read.dock.causes.rows["meningioma"]
    assert not meningioma.answers.buttons["absent"].isEnabled()
    assert "T1 after contrast" in meningioma.reason.text()
    assert meningioma.answers.buttons["indeterminate"].property("derived")


def test_a_painted_mass_becomes_a_lesion_with_its_volume(read):
    before = read.state
    tab(read, "Other causes")
    mass = read.dock.causes.mass
    press(read.dock.causes.rows["meningioma"].answers.buttons["present"])
    assert mass.condition.row == "meningioma"
    press(mass.paint_button)
    click(read, (22.0, 8.0, 1.0))
    press(mass.keep_button)
    lesion = read.state.lesions[0]
    assert lesion.condition == "meningioma"
    assert np.linalg.norm(np.subtract(lesion.position, (22.0, 8.0, 1.0))) < 1.0
    assert read.state.exclusions["meningioma"].answer == "present"
    voxels = read.review.mask(read.state.masks[0].sha256)
    assert voxels.count > 20
    assert any(layer.name.startswith("masks") for layer in read.viewer.layers)
    for _ in range(3):
        press(read.dock.undo_button)
    assert (read.state.lesions, read.state.masks) == (before.lesions, before.masks)
    assert not any(layer.name.startswith("masks") for layer in read.viewer.layers)


def test_an_empty_painting_is_not_kept(read):
    tab(read, "Other causes")
    mass = read.dock.causes.mass
    press(mass.paint_button)
    press(mass.keep_button)
    assert "0 voxels" in read.dock.status.text()
    press(mass.drop_button)
    assert not any("painted" in layer.name for layer in read.viewer.layers)


def test_a_contact_is_edited_and_rejected_from_the_list(read):
    tab(read, "Contacts")
    contacts = read.dock.contacts
    contacts.list.setCurrentRow(0)
    press(contacts.edit_button)
    choose(contacts.form.vessel, "pica")
    press(contacts.form.add_button)
    assert read.state.contacts[0].vessel == "pica"
    contacts.list.setCurrentRow(0)
    press(contacts.reject_button)
    assert read.state.contacts[0].decision == "rejected"
    press(read.dock.undo_button)
    press(read.dock.undo_button)
    assert read.state.contacts[0].vessel == "aica"


def test_a_role_is_said_with_one_click_and_renames_the_layer(read):
    tab(read, "Series")
    card = read.dock.series.cards[readings.ANGIOGRAM]
    layer = next(each for each in read.viewer.layers if readings.ANGIOGRAM in each.name)
    layer.opacity = 0.4
    action = next(
        a for a in card.role_button.menu().actions() if a.text() == "Contrast MR angiogram"
    )
    action.trigger()
    settle()
    assert read.state.roles[readings.ANGIOGRAM] == "ce_mra"
    assert layer in read.viewer.layers
    assert layer.name == f"contrast MR angiogram {readings.ANGIOGRAM}"
    assert layer.colormap.name == "gray"  # red is what flow in a TOF is drawn in
    assert layer.opacity == 0.4  # what the reader set in napari stays
    press(read.dock.undo_button)
    assert layer.colormap.name == "red"
    assert readings.ANGIOGRAM not in read.state.roles
