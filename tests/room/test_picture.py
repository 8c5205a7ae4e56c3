"""What a reader sees, by pixels of the real picture: sides, letters, places."""

import numpy as np
import pytest
import readings
from hands import (
    brightness,
    centre_of_bright,
    click_here,
    open_study_in,
    settle,
    wheel,
    whole_plane,
)
from qtpy.QtCore import Qt

from mriview import Grid, open_review
from mriview_napari.adapter import LETTER_INSET_PX
from mriview_napari.opening import room_of
from mriview_napari.space import PLANES

pytestmark = pytest.mark.room

STORED = [  # axis of x, y, z in the stored array, and its signs
    ((0, 1, 2), (1, 1, 1)),
    ((0, 1, 2), (-1, -1, 1)),
    ((1, 0, 2), (1, -1, -1)),
    ((2, 1, 0), (-1, 1, -1)),
    ((1, 2, 0), (-1, -1, -1)),
    ((2, 0, 1), (1, -1, 1)),
]
SHAPE_LPS = (60, 56, 40)
SPACING_LPS_MM = (1.0, 1.2, 1.5)
BALL_MM = (18.0, -14.0, 12.0)  # left, front, above


def a_stored_ball(axes, signs, ball_mm, radius_mm=5.0, tilt_deg=0.0):
    """A volume in any stored order with a bright ball at a patient position."""
    shape = [0, 0, 0]
    matrix = np.eye(4)
    matrix[:3, :3] = 0
    for world, axis in enumerate(axes):
        shape[axis] = SHAPE_LPS[world]
        matrix[world, axis] = signs[world] * SPACING_LPS_MM[world]
    angle = np.deg2rad(tilt_deg)
    tilt = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    )
    matrix[:3, :3] = tilt @ matrix[:3, :3]
    matrix[:3, 3] = -matrix[:3, :3] @ ((np.array(shape) - 1) / 2)
    grid = Grid(tuple(shape), matrix)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
    away_mm = np.linalg.norm(grid.lps(index) - np.asarray(ball_mm), axis=-1)
    return grid, np.where(away_mm < radius_mm, 1000, 20).astype(np.uint16)


def a_room(viewer, *volumes):
    study = readings.a_study(*volumes)
    return open_study_in(viewer, study, open_review(study, reader="R1"))


@pytest.fixture(scope="module")
def one_room(napari_viewer):
    grid, voxels = a_stored_ball(*STORED[1], BALL_MM)
    return a_room(napari_viewer, readings.a_volume(grid=grid, voxels=voxels))


@pytest.fixture
def ball_room(one_room, napari_viewer):
    """The room of one stored order, opened again where another test opened its own."""
    if room_of(napari_viewer) is one_room:
        return one_room
    return open_study_in(napari_viewer, one_room.study, one_room.review)


@pytest.mark.parametrize(("axes", "signs"), STORED)
def test_left_is_on_the_viewers_right_however_the_scan_was_stored(napari_viewer, axes, signs):
    grid, voxels = a_stored_ball(axes, signs, BALL_MM)
    room = a_room(napari_viewer, readings.a_volume(grid=grid, voxels=voxels))
    for plane, is_right in (("axial", True), ("coronal", True), ("sagittal", False)):
        whole_plane(room, plane, BALL_MM)
        across, down = centre_of_bright(brightness(room))
        assert (across > 0.5, down < 0.5) == (is_right, True), plane


@pytest.mark.parametrize(
    ("plane", "letters"), [("axial", "RLAP"), ("coronal", "RLHF"), ("sagittal", "APHF")]
)
def test_letters_on_the_picture_follow_the_plane(ball_room, plane, letters):
    ball_room.show_plane(plane)
    settle()
    assert "".join(ball_room.picture.letters.text) == letters


def test_letters_are_drawn_at_the_edges(ball_room):
    ball_room.show_plane("axial")
    with_letters = ball_room.picture.picture()[..., :3].min(axis=-1).astype(int)
    without = brightness(ball_room)
    changed = np.argwhere((with_letters - without) > 100)
    height, width = without.shape
    at_left = changed[:, 1] < width * 0.1
    at_right = changed[:, 1] > width * 0.9
    at_top = changed[:, 0] < height * 0.1
    assert at_left.sum() > 20
    assert at_right.sum() > 20
    assert at_top.sum() > 20


def test_letters_follow_the_edges_when_the_window_is_resized(ball_room):
    ball_room.show_plane("axial")
    window = ball_room.viewer.window
    try:
        for size in ((1200, 700), (1700, 1040)):
            window.resize(*size)
            settle(150)
            native = ball_room.picture.native()
            width, height, inset = native.width(), native.height(), LETTER_INSET_PX
            edges = [
                (inset, height / 2),
                (width - inset, height / 2),
                (width / 2, inset),
                (width / 2, height - inset),
            ]
            assert np.allclose(ball_room.picture.letters.pos[:, :2], edges, atol=2), size
    finally:
        window.resize(1600, 1000)
        settle(150)


def words_drawn(room, side, position_mm):
    """Columns in which words were drawn beside a mark, from the mark's own column."""
    room.show(position_mm)
    room.viewer.scene.camera.zoom = 10
    settle(60)
    picture = room.picture.picture()[..., :3].astype(int)
    blue = (picture[..., 2] > 150) & (picture[..., 0] < 120)
    x, y = room.picture.canvas_point(room.space.world(position_mm))
    rows = slice(max(0, round(y) - 60), round(y) + 60)
    columns = np.nonzero(blue[rows].any(axis=0))[0] - x
    assert columns.size > 20, side
    return columns


def test_words_of_each_side_grow_away_from_the_midline(napari_viewer):
    study = readings.a_study()
    review = open_review(study, reader="R1")
    for side in ("right", "left"):
        review.apply_all(readings.marks(side))
    review.apply(readings.a_command("set_midline", position=[0, 20, 0]))  # its word out of the way
    room = open_study_in(napari_viewer, study, review)
    room.show_plane("axial")
    right = words_drawn(room, "right", readings.nerve_points("right")[0])
    left = words_drawn(room, "left", readings.nerve_points("left")[0])
    near_px = 5 * 10  # half of the way to the midline and to the other marks
    assert not ((right > 5) & (right < near_px)).any()
    assert not ((left < -5) & (left > -near_px)).any()


def test_three_voxels_along_the_last_axis_are_no_colours(napari_viewer):
    grid = Grid((3, 40, 40), np.diag([4.0, 1.0, 1.0, 1.0]))
    voxels = np.zeros(grid.shape, np.uint8)
    voxels[2, 10:30, 10:30] = 200
    room = a_room(napari_viewer, readings.a_volume(grid=grid, voxels=voxels))
    layer = room.viewer.layers[0]
    assert (layer.rgb, layer.ndim) == (False, 3)


def test_a_plane_that_was_asked_for_is_a_plane_of_the_scan(ball_room):
    """Halfway between two planes a click could be kept on the other one than was shown."""
    ball_room.show_plane("axial")
    for halfway in (10.5, 11.5, 12.5):
        ball_room.show(ball_room.space.grid.lps((halfway, 20, 20)))
        index = ball_room.viewer.layers[0].world_to_data(ball_room.viewer.dims.point)[0]
        assert index == pytest.approx(round(index), abs=1e-6)


def test_a_plane_shows_its_own_slice_and_no_mean_of_its_neighbours(napari_viewer):
    grid = Grid((60, 60, 40), np.diag([1.0, 1.0, 1.0, 1.0]))
    voxels = np.zeros(grid.shape, np.uint16)
    voxels[20:40, 20:40, ::2] = 1000
    room = a_room(napari_viewer, readings.a_volume(grid=grid, voxels=voxels))
    room.show_plane("axial")
    seen = []
    for k in (20, 21):
        room.show((30.0, 30.0, float(k)))
        seen.append(brightness(room).max())
    assert seen[0] > 240
    assert seen[1] < 40


def test_a_change_of_napari_axis_preferences_mirrors_nothing(ball_room):
    from napari.settings import get_settings

    application = get_settings().application
    before = (
        application.depth_axis_orientation,
        application.vertical_axis_orientation,
        application.horizontal_axis_orientation,
    )
    whole_plane(ball_room, "axial", BALL_MM)
    true_place = centre_of_bright(brightness(ball_room))
    try:
        application.horizontal_axis_orientation = "left"
        application.vertical_axis_orientation = "up"
        application.depth_axis_orientation = "towards"
        settle()
        assert np.allclose(centre_of_bright(brightness(ball_room)), true_place, atol=0.01)
        assert true_place[0] > 0.55  # a mirrored picture would show it elsewhere
        assert "".join(ball_room.picture.letters.text) == "RLAP"
    finally:
        (
            application.depth_axis_orientation,
            application.vertical_axis_orientation,
            application.horizontal_axis_orientation,
        ) = before


def test_axes_rolled_by_napari_are_named_as_they_are_shown(ball_room):
    whole_plane(ball_room, "axial", BALL_MM)
    ball_room.viewer.dims.order = (0, 2, 1)  # what Ctrl+T does
    ball_room.fit()
    settle()
    across, down = centre_of_bright(brightness(ball_room))
    left, right, top, bottom = ball_room.picture.letters.text
    assert {left, right} == {"A", "P"}
    assert (left == "A") == (across < 0.5)
    assert (top == "L") == (down < 0.5)
    assert bottom != top
    assert not any(button.isChecked() for button in ball_room.dock.planes.buttons.values())


def test_three_dimensions_are_no_mirror_image(ball_room):
    ball_room.show_plane("axial")
    ball_room.viewer.dims.ndisplay = 3
    camera = ball_room.viewer.scene.camera
    camera.set_view_direction((0, 1, 0), (1, 0, 0))  # the patient faces us
    ball_room.viewer.fit_to_view()
    try:
        across, down = centre_of_bright(brightness(ball_room))
        assert across > 0.5
        assert down < 0.5
        assert ball_room.picture.edges() is None
    finally:
        ball_room.viewer.dims.ndisplay = 2


def test_a_tilted_angiogram_is_seen_at_its_true_place(napari_viewer):
    ball_mm = (12.0, -8.0, 9.0)
    grid, dark = a_stored_ball(*STORED[0], (500.0, 0, 0))
    tilted, voxels = a_stored_ball(*STORED[3], ball_mm, radius_mm=3.0, tilt_deg=14)
    room = a_room(
        napari_viewer,
        readings.a_volume(grid=grid, voxels=dark),
        readings.a_volume(readings.ANGIOGRAM, "tof_mra", grid=tilted, voxels=voxels),
    )
    room.viewer.layers[0].visible = False  # the dark cisternogram: only the angiogram is judged
    for plane in PLANES:
        room.show_plane(plane)
        room.show(ball_mm)
        settle()
        picture = brightness(room)
        across, down = centre_of_bright(picture, 150)
        x, y = room.picture.canvas_point(room.space.world(ball_mm))
        height, width = picture.shape
        assert np.hypot(across * width - x, down * height - y) < 6, plane
    for layer in room.viewer.layers:
        assert (np.asarray(layer.scale) > 0).all()
        assert np.array_equal(np.asarray(layer.affine), np.eye(4))
        assert np.array_equal(np.asarray(layer.rotate), np.eye(3))


def test_the_scale_bar_speaks_of_millimetres(ball_room):
    assert ball_room.viewer.canvas.overlays.scale_bar.visible
    assert {str(unit) for layer in ball_room.viewer.layers for unit in layer.units} == {
        "millimeter"
    }


def test_a_volume_of_another_frame_is_named_so_and_not_laid_over(napari_viewer):
    room = a_room(
        napari_viewer,
        readings.a_volume(),
        readings.a_volume(readings.ANGIOGRAM, "tof_mra", frame_of_reference="other"),
    )
    angiogram = next(x for x in room.viewer.layers if readings.ANGIOGRAM in x.name)
    assert not angiogram.visible
    assert "place not known" in angiogram.name


def test_the_wheel_scrolls_slices_and_with_ctrl_zooms(ball_room):
    ball_room.show_plane("axial")
    ball_room.show(ball_room.space.grid.lps((20, 10, 10)))
    before, zoom = ball_room.viewer.dims.point[0], ball_room.viewer.scene.camera.zoom
    wheel(ball_room, 1)
    assert ball_room.viewer.dims.point[0] == pytest.approx(before + SPACING_LPS_MM[2])
    assert ball_room.viewer.scene.camera.zoom == zoom
    wheel(ball_room, -1)
    assert ball_room.viewer.dims.point[0] == pytest.approx(before)
    wheel(ball_room, 1, Qt.KeyboardModifier.ControlModifier)
    assert ball_room.viewer.scene.camera.zoom > zoom
    assert ball_room.viewer.dims.point[0] == pytest.approx(before)


def test_the_middle_of_the_picture_stays_when_the_plane_changes(ball_room):
    ball_room.show_plane("axial")
    ball_room.show(BALL_MM)
    ball_room.viewer.scene.camera.zoom *= 3
    zoom = ball_room.viewer.scene.camera.zoom
    for plane in ("coronal", "sagittal", "axial"):
        ball_room.show_plane(plane)
        across, down = centre_of_bright(brightness(ball_room))
        assert abs(across - 0.5) < 0.05
        assert abs(down - 0.5) < 0.05
        assert ball_room.viewer.scene.camera.zoom == pytest.approx(zoom)


def test_the_slider_steps_from_plane_to_plane_of_the_scan(ball_room):
    ball_room.send({"command": "set_midline", "args": {"position": [0.3, 0.4, 0.7]}})
    ball_room.show_plane("axial")
    assert ball_room.viewer.dims.range[0].step == pytest.approx(SPACING_LPS_MM[2])


def test_a_click_lies_on_the_plane_that_was_shown(ball_room):
    got = []
    ball_room.show_plane("axial")
    ball_room.fit()
    plane = ball_room.space.grid.lps((25, 0, 0))[2]
    ball_room.viewer.dims.set_point(0, ball_room.space.world((0, 0, plane))[0] + 0.6)
    ball_room.pick("", got.append)
    click_here(ball_room, (5.0, 6.0, plane))
    ball_room.stop_picking()
    assert np.allclose(got, [(5.0, 6.0, plane)], atol=0.3)
    assert got[0][2] == pytest.approx(plane, abs=1e-4)
