"""The plug-in in napari's menus, the room of the command line, and the end of a reading."""

import napari
import nibabel as nib
import numpy as np
import pytest
import readings
from hands import choose, click, open_study_in, press, settle
from napari.qt import get_qapp
from qtpy.QtCore import QTimer
from qtpy.QtTest import QTest

import mriview_napari
from mriview import open_review
from mriview_napari import start
from mriview_napari.adapter import main_window
from mriview_napari.opening import close_in, open_in, room_of

pytestmark = pytest.mark.room

NERVES, REPORT = 1, 4  # tabs of the dock


@pytest.fixture
def room(napari_viewer):
    study = readings.a_study()
    room = open_study_in(napari_viewer, study, open_review(study, reader="R1"))
    room.show_plane("axial")
    return room


def turn_to(room, tab):
    room.dock.tabs.setCurrentIndex(tab)
    settle(20)


def test_the_command_line_waits_until_the_window_is_closed():
    study = readings.a_study()
    review = open_review(study, reader="R1")
    seen = []
    get_qapp()  # timers need it
    timer = QTimer(interval=200)

    def close_when_open():
        viewer = napari.current_viewer()
        if viewer is not None and room_of(viewer) is not None and viewer.window is not None:
            timer.stop()
            maximised = main_window(viewer).isMaximized()
            seen.append((room_of(viewer).study, viewer.title, maximised))
            viewer.close()

    timer.timeout.connect(close_when_open)
    timer.start()
    mriview_napari.open_room(study, review)
    assert seen == [(study, "mriview", True)]
    review.apply(readings.a_command("set_midline", position=[0, 0, 0]))  # the room let go of it
    assert review.state.midline == (0, 0, 0)


def test_the_menu_entry_shows_how_to_begin(napari_viewer):
    close_in(napari_viewer)
    _, page = napari_viewer.window.add_plugin_dock_widget("mriview", "mriview")
    assert isinstance(page, start.StartPage)
    assert page.open_button.isEnabled()
    start.show_coronal(napari_viewer)  # no study is open: said, not raised
    start.new_labels(napari_viewer)
    napari_viewer.window.remove_dock_widget("all")


def test_commands_turn_the_plane(room, napari_viewer):
    for command, order in (
        (start.show_coronal, (1, 0, 2)),
        (start.show_sagittal, (2, 0, 1)),
        (start.show_axial, (0, 1, 2)),
    ):
        command(napari_viewer)
        assert tuple(napari_viewer.dims.order) == order


def test_labels_painted_on_the_reference_are_saved_at_their_place(room, napari_viewer, tmp_path):
    start.new_labels(napari_viewer)
    labels = napari_viewer.layers[-1]
    where_mm = (22.0, 8.0, 1.0)
    index = np.rint(labels.world_to_data(room.space.world(where_mm))).astype(int)
    labels.data[tuple(index)] = 5
    napari_viewer.layers.selection = {labels}
    (path,) = napari_viewer.layers.save(
        str(tmp_path / "mass.nii.gz"), selected=True, plugin="mriview"
    )
    image = nib.load(path)
    (voxel,) = np.argwhere(np.asanyarray(image.dataobj) == 5)
    ras = nib.affines.apply_affine(image.affine, voxel)
    assert np.allclose(ras * [-1, -1, 1], where_mm, atol=0.26)
    napari_viewer.layers.remove(labels)


def test_a_scan_that_ends_before_the_porus_is_marked_so(room):
    turn_to(room, NERVES)
    nerves = room.dock.nerves
    press(nerves.midline_button)
    click(room, (0, 0, 0))
    press(nerves.sides["left"].mark_button)
    for point in readings.nerve_points("left")[:2]:
        click(room, point)
    press(nerves.not_covered_button)
    nerve = room.state.nerve("left", "facial")
    assert nerve.path.landmarks["porus"].position is None
    assert "porus not covered" in nerves.sides["left"].said.text()
    press(room.dock.cancel_button)


def test_another_reference_can_be_chosen_before_the_first_mark(room):
    assert room.reference == readings.CISTERNOGRAM
    room.send(readings.a_command("set_reference", series=readings.ANGIOGRAM))
    assert room.reference == readings.ANGIOGRAM
    assert readings.ANGIOGRAM in room.viewer.layers[0].name
    room.send(readings.a_command("set_midline", position=[0, 0, 0]))
    refused = readings.a_command("set_reference", series=readings.CISTERNOGRAM)
    assert not room.send(refused)
    assert "Positions are kept" in room.dock.status.text()


def test_a_signature_over_open_points_needs_a_reason_and_ends_the_reading(room):
    turn_to(room, REPORT)
    panel = room.dock.export
    press(panel.sign_button)
    assert room.dock.status.property("refused")
    assert "mandatory fields are open" in room.dock.status.text()
    press(panel.clinical.blinded.buttons["sighted"])
    choose(panel.clinical.symptom_side, "left")
    choose(panel.clinical.syndrome, "hemifacial_spasm")
    assert room.state.clinical.symptom_side == "left"
    QTest.keyClicks(panel.role, "radiologist")
    QTest.keyClicks(panel.reason, "stopped for the test")
    press(panel.sign_button)
    assert room.state.sign_off.role == "radiologist"
    assert not panel.sign_button.isEnabled()
    assert not room.dock.undo_button.isEnabled()
    assert not room.send(readings.a_command("set_midline", position=[0, 0, 0]))


def test_what_was_known_is_not_said_of_a_blind_reading(room):
    turn_to(room, REPORT)
    clinical = room.dock.export.clinical
    press(clinical.blinded.buttons["sighted"])
    choose(clinical.symptom_side, "left")
    press(clinical.blinded.buttons["blind"])
    assert not room.state.clinical.blinded
    assert room.state.clinical.symptom_side == "left"
    assert clinical.blinded.buttons["sighted"].isChecked()
    assert not clinical.blinded.buttons["blind"].isChecked()
    assert clinical.symptom_side.row == "left"
    assert room.dock.status.property("refused")
    assert "blind" in room.dock.status.text()


def test_a_refused_answer_leaves_no_button_down(room):
    cause = room.dock.causes.rows["meningioma"]
    cause.answers.draw("present")  # what a press leaves behind
    refused = readings.a_command("answer_condition", condition="meningioma", answer="absent")
    assert not room.send(refused)
    assert not cause.answers.buttons["present"].isChecked()


def test_a_signed_review_can_be_looked_at_and_exported_only(napari_viewer):
    study = readings.a_study()
    review = open_review(study, reader="R1")
    review.apply_all(readings.a_signed_reading())
    room = open_study_in(napari_viewer, study, review)
    dock = room.dock
    stamp = review.state.sign_off.by
    assert dock.signed.isVisible()
    assert dock.signed.text() == f"Signed by R1, {stamp.time}. Nothing can be changed."
    dock.contacts.list.setCurrentRow(0)
    contacts, report = dock.contacts, dock.export
    for changing in (
        *dock.series.cards.values(),
        *(dock.nerves.midline_button, dock.nerves.sides["left"].mark_button),
        *contacts.mark_buttons.values(),
        *(contacts.edit_button, contacts.accept_button, contacts.reject_button),
        *(contacts.sides["left"].assessment.buttons.values()),
        *(dock.causes.mass.paint_button, dock.causes.rows["avm"].answers),
        *(report.clinical.blinded, report.impression.keep_button, report.sign_button),
        *(dock.undo_button, dock.redo_button),
    ):
        assert not changing.isEnabled()
    assert report.export_button.isEnabled()
    turn_to(room, 2)
    dock.contacts.list.setCurrentRow(0)
    room.show((0.0, 0.0, 9.0))
    press(contacts.show_button)
    seen = room.viewer.dims.point
    assert np.allclose(seen, room.space.world(room.state.contacts[0].position), atol=0.6)


def test_an_unsigned_review_shows_no_banner(room):
    assert not room.dock.signed.isVisible()
    assert room.dock.nerves.midline_button.isEnabled()


@pytest.mark.parametrize(
    ("marked", "where"),
    [
        ([*readings.marks(), readings.a_contact()], (11.0, -0.5, -0.9)),
        (list(readings.marks("left")), tuple(readings.nerve_points("left")[0])),
        ([], (0.25, 0.25, 0.25)),
    ],
)
def test_a_room_starts_where_something_was_marked(napari_viewer, marked, where):
    study = readings.a_study()
    review = open_review(study, reader="R1")
    review.apply_all(marked)
    room = open_in(napari_viewer, study, review)
    world = room.space.world(where)
    assert np.allclose(room.viewer.dims.point, world, atol=0.6)
    assert np.allclose(room.viewer.scene.camera.center, world, atol=0.6)


def test_closing_a_room_takes_the_turned_picture_and_the_wheel_off(napari_viewer, room):
    from napari.components._viewer_mouse_bindings import dims_scroll

    close_in(napari_viewer)
    assert dims_scroll in napari_viewer.mouse_wheel_callbacks
    room.review.apply(readings.a_command("set_midline", position=[0, 0, 0]))
    assert room_of(napari_viewer) is None
