"""Laws of the one type that owns matrices; nibabel and SimpleITK judge."""

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 (the name in its own manual)
from hypothesis import given
from strategies import MIRROR, ORDERS, POINTS_MM, axis_orders, grids

from mriview.errors import GeometryError
from mriview.geometry import AxisOrder, Grid, direction_letters


def numbered(grid):
    return np.arange(np.prod(grid.shape)).reshape(grid.shape)


def every_index(grid):
    return np.moveaxis(np.indices(grid.shape), 0, -1)


@given(grids(), POINTS_MM)
def test_a_position_comes_back_from_its_index(grid, position_mm):
    assert np.allclose(grid.lps(grid.index(position_mm)), position_mm, rtol=0, atol=1e-9)


@given(grids(), axis_orders())
def test_the_same_voxel_stays_at_the_same_place_in_every_axis_order(grid, order):
    places = grid.lps(every_index(grid)).reshape(-1, 3)
    turned = order.view(numbered(grid))
    there = grid.reordered(order).lps(every_index(grid.reordered(order)))
    assert turned.shape == grid.reordered(order).shape
    assert np.allclose(there.reshape(-1, 3), places[turned.ravel()], rtol=0, atol=1e-9)


def test_there_are_48_axis_orders_and_each_has_a_way_back():
    voxels = np.arange(24).reshape(2, 3, 4)
    assert len({order.view(voxels).tobytes() for order in ORDERS}) == 48
    for order in ORDERS:
        assert np.array_equal(order.inverse.view(order.view(voxels)), voxels)


def test_an_axis_order_makes_no_copy_and_keeps_time_last():
    voxels = np.zeros((2, 3, 4, 5))
    view = AxisOrder((2, 0, 1), (True, False, True)).view(voxels)
    assert view.shape == (4, 2, 3, 5)
    assert np.shares_memory(view, voxels)


@given(grids())
def test_a_canonical_view_points_head_back_and_left(grid):
    canonical = grid.reordered(grid.towards("SPL"))
    assert (canonical.directions[[2, 1, 0], [0, 1, 2]] >= 0).all()  # z, y, x of axes 0, 1, 2
    if np.abs(grid.directions).max(axis=0).min() > 0.8:  # no axis between two letters
        assert [canonical.letters(axis)[0] for axis in range(3)] == ["H", "P", "L"]


@given(grids())
def test_nibabel_finds_the_same_closest_canonical_order(grid):
    judge = nib.orientations.io_orientation(grid.ras_from_index)
    mine = grid.towards("RAS")
    canonical = grid.reordered(mine)
    if np.abs(grid.directions).max(axis=0).min() > 0.8:  # no axis between two letters
        assert [int(judge[axis, 0]) for axis in mine.axes] == [0, 1, 2]
        assert nib.aff2axcodes(canonical.ras_from_index) == ("R", "A", "S")


@given(grids(), POINTS_MM)
def test_nibabel_applies_the_matrix_in_the_same_way(grid, index):
    judge = nib.affines.apply_affine(grid.ras_from_index, index)
    assert np.allclose(grid.lps(index) * [-1, -1, 1], judge, rtol=0, atol=1e-9)
    again = Grid.from_ras(grid.shape, grid.ras_from_index)
    assert np.array_equal(again.lps_from_index, grid.lps_from_index)


@given(grids())
def test_simpleitk_puts_the_corner_voxels_at_the_same_places(grid):
    image = sitk.Image(list(grid.shape), sitk.sitkUInt8)
    image.SetOrigin(grid.lps((0, 0, 0)).tolist())
    image.SetSpacing(grid.spacing_mm)
    image.SetDirection(grid.directions.ravel().tolist())
    last = [n - 1 for n in grid.shape]
    corners = [[i, j, k] for i in (0, last[0]) for j in (0, last[1]) for k in (0, last[2])]
    judge = [image.TransformIndexToPhysicalPoint(corner) for corner in corners]
    assert np.allclose(grid.corners_mm(), judge, rtol=0, atol=1e-9)


@given(grids())
def test_nibabel_gives_the_same_first_letters(grid):
    judge = nib.aff2axcodes(grid.ras_from_index, labels=(("L", "R"), ("P", "A"), ("F", "H")))
    if np.abs(grid.directions).max(axis=0).min() > 0.8:  # no axis between two letters
        assert tuple(grid.letters(axis)[0] for axis in range(3)) == judge


@pytest.mark.parametrize(
    ("direction", "letters"),
    [
        ((1, 0, 0), "L"),
        ((-1, 0, 0), "R"),
        ((0, 1, 0), "P"),
        ((0, -1, 0), "A"),
        ((0, 0, 1), "H"),
        ((0, 0, -1), "F"),
        ((0.999, 0, 0.05), "L"),
        ((0.98, 0, -0.2), "LF"),
        ((0, -3, 2), "AH"),
    ],
)
def test_letters_say_where_a_direction_points_and_that_it_is_oblique(direction, letters):
    assert direction_letters(direction) == letters


def test_a_mirrored_patient_has_left_where_right_was():
    grid = Grid(
        (4, 5, 6), np.array([[0.5, 0, 0, 9], [0, 0, 0.7, 2], [0, -0.6, 0, 3], [0, 0, 0, 1]])
    )
    mirrored = Grid(grid.shape, np.diag([*MIRROR, 1.0]) @ grid.lps_from_index)
    assert [grid.letters(axis) for axis in range(3)] == ["L", "F", "P"]
    assert [mirrored.letters(axis) for axis in range(3)] == ["R", "F", "P"]


@given(grids())
def test_a_grid_holds_its_voxels_to_their_outer_faces_and_nothing_beyond(grid):
    last = np.array(grid.shape) - 1
    assert grid.contains(grid.corners_mm()).all()
    for axis in range(3):
        step = np.eye(3)[axis]
        assert grid.contains(grid.lps(last + 0.499 * step))
        assert not grid.contains(grid.lps(last + 0.501 * step))
        assert not grid.contains(grid.lps(-0.501 * step))
        assert grid.contains(grid.lps(-0.501 * step), margin_voxels=0.6)


@given(grids())
def test_a_crop_keeps_every_voxel_at_its_place(grid):
    start = [n // 2 for n in grid.shape]
    cropped = grid.cropped(start, tuple(n - a for n, a in zip(grid.shape, start, strict=True)))
    assert np.allclose(
        cropped.lps(every_index(cropped)), grid.lps(every_index(cropped) + start), atol=1e-9
    )


@given(grids(), axis_orders())
def test_no_axis_order_changes_volume_spacings_or_corners(grid, order):
    turned = grid.reordered(order)
    assert turned.voxel_volume_mm3 == pytest.approx(grid.voxel_volume_mm3)
    assert sorted(turned.spacing_mm) == pytest.approx(sorted(grid.spacing_mm))
    assert turned.is_parallel_to(grid)
    assert turned.is_orthogonal
    nearest = np.linalg.norm(turned.corners_mm()[:, None] - grid.corners_mm()[None], axis=-1)
    assert nearest.min(axis=1).max() < 1e-9


def test_a_grid_that_is_turned_by_a_degree_is_not_parallel():
    degree = np.deg2rad(1.0)
    turned = np.eye(4)
    turned[:2, :2] = [[np.cos(degree), -np.sin(degree)], [np.sin(degree), np.cos(degree)]]
    assert not Grid((3, 3, 3), turned).is_parallel_to(Grid((3, 3, 3), np.eye(4)))


def test_axes_that_are_not_at_right_angles_are_told():
    sheared = np.eye(4)
    sheared[0, 1] = 0.1
    assert not Grid((3, 3, 3), sheared).is_orthogonal


@given(grids())
def test_equal_grids_have_equal_hashes_whatever_the_sign_of_their_zeros(grid):
    negative = np.where(grid.lps_from_index == 0, -0.0, grid.lps_from_index)
    again = Grid(grid.shape, negative)
    assert again == grid
    assert hash(again) == hash(grid)
    assert again != Grid((*grid.shape[:2], grid.shape[2] + 1), negative)


def test_nobody_can_move_a_grid_that_exists():
    matrix = np.eye(4)
    grid = Grid((2, 2, 2), matrix)
    matrix[0, 3] = 100.0
    assert grid.lps((0, 0, 0)).tolist() == [0, 0, 0]
    for handed_out in (grid.lps_from_index, grid.index_from_lps, grid.ras_from_index):
        with pytest.raises(ValueError, match="read-only"):
            handed_out[0, 3] = 100.0


@pytest.mark.parametrize(
    ("shape", "matrix", "code"),
    [
        ((0, 2, 2), np.eye(4), "grid_empty"),
        ((2, 2), np.eye(4), "grid_empty"),
        ((2, 2, 2), np.eye(3), "matrix_invalid"),
        ((2, 2, 2), np.diag([1, 1, np.nan, 1.0]), "matrix_invalid"),
        ((2, 2, 2), np.diag([1, 1, 0, 1.0]), "matrix_invalid"),
        ((2, 2, 2), np.diag([1, 1, 1, 2.0]), "matrix_invalid"),
    ],
)
def test_what_is_no_place_in_space_is_refused(shape, matrix, code):
    with pytest.raises(GeometryError) as refused:
        Grid(shape, matrix)
    assert refused.value.code == code


@pytest.mark.parametrize("order", ["SPX", "SP", "SSL", "LRP", ""])
def test_letters_that_do_not_name_three_axes_are_refused(order):
    with pytest.raises(GeometryError, match="direction_unknown"):
        Grid((2, 2, 2), np.eye(4)).towards(order)
