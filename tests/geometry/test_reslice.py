"""Planes, slabs and lazily resliced volumes; SimpleITK judges."""

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 (the name in its own manual)
from hypothesis import given
from hypothesis import strategies as st
from strategies import axis_orders, grids, rotations

from mriview.errors import GeometryError
from mriview.geometry import Grid, Resliced, Section, plane, slab


def a_grid(shape=(12, 14, 9), spacing_mm=(0.5, 0.6, 1.1), rotation=None, shift_mm=(3, -20, 40)):
    matrix = np.eye(4)
    matrix[:3, :3] = (np.eye(3) if rotation is None else rotation) @ np.diag(spacing_mm)
    matrix[:3, 3] = shift_mm
    return Grid(shape, matrix)


def a_ramp(grid, slope=(0.7, -0.3, 1.9), offset=5.0):
    """Voxels whose value grows linearly with the place in the patient."""
    return grid.lps(np.moveaxis(np.indices(grid.shape), 0, -1)) @ np.array(slope) + offset


def noise(grid, seed=0):
    return np.random.default_rng(seed).normal(100, 20, grid.shape).astype(np.float32)


def itk(voxels, grid):
    image = sitk.GetImageFromArray(np.ascontiguousarray(voxels.T))
    image.SetOrigin(grid.lps((0, 0, 0)).tolist())
    image.SetSpacing(grid.spacing_mm)
    image.SetDirection(grid.directions.ravel().tolist())
    return image


def centred(grid, rotation, shape=(8, 9), spacing_mm=(0.4, 0.3)):
    """Give a section through the middle of a grid, turned in any way."""
    right, down = rotation[:, 0], rotation[:, 1]
    half = (np.array(shape) - 1) / 2 * spacing_mm
    middle = grid.lps((np.array(grid.shape) - 1) / 2)
    return Section(middle - half[0] * down - half[1] * right, right, down, spacing_mm, shape)


@given(rotations(), rotations())
def test_a_plane_through_a_linear_ramp_is_exact(turned, looked):
    grid = a_grid(rotation=turned)
    section = centred(grid, looked, shape=(5, 6))
    truth = section.points_mm @ np.array([0.7, -0.3, 1.9]) + 5.0
    assert np.allclose(plane(a_ramp(grid), grid, section), truth, atol=1e-4)


@given(rotations(), rotations())
def test_simpleitk_samples_the_same_plane(turned, looked):
    grid = a_grid(rotation=turned)
    voxels, section = noise(grid), centred(grid, looked, shape=(30, 25))
    target = sitk.Image([25, 30, 1], sitk.sitkFloat32)
    target.SetOrigin(np.asarray(section.origin_mm).tolist())
    target.SetSpacing([section.spacing_mm[1], section.spacing_mm[0], 1.0])
    axes = np.stack([section.right, section.down, np.cross(section.right, section.down)], axis=1)
    target.SetDirection(axes.ravel().tolist())
    judge = sitk.Resample(itk(voxels, grid), target, sitk.Transform(), sitk.sitkLinear, -7.0)
    inner = grid.contains(section.points_mm, margin_voxels=0.49)
    outer = ~grid.contains(section.points_mm, margin_voxels=0.51)
    mine, theirs = plane(voxels, grid, section, fill=-7.0), sitk.GetArrayFromImage(judge)[0]
    assert np.allclose(mine[inner], theirs[inner], atol=0.02)
    assert (mine[outer] == -7.0).all()


@given(rotations(), rotations(), axis_orders())
def test_no_axis_order_of_the_volume_changes_a_plane(turned, looked, order):
    grid = a_grid(rotation=turned)
    voxels, section = noise(grid), centred(grid, looked)
    again = plane(order.view(voxels), grid.reordered(order), section)
    assert np.allclose(again, plane(voxels, grid, section), atol=1e-3)


def test_beyond_the_outer_faces_of_a_volume_there_is_only_fill():
    grid = Grid((3, 3, 3), np.eye(4))
    section = Section((1, 1, -1.0), (0, 0, 1), (1, 0, 0), (1, 0.5), (1, 9))
    found = plane(np.ones(grid.shape), grid, section, fill=-3.0)[0]
    assert found.tolist() == [-3, 1, 1, 1, 1, 1, 1, 1, -3]


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int16", ">i2", "float16", "float32", "float64"]
)
def test_a_plane_takes_voxels_of_every_kind(dtype):
    grid = Grid((3, 3, 3), np.eye(4))
    section = Section((0, 0, 1), (1, 0, 0), (0, 1, 0), (1, 1), (3, 3))
    found = plane(np.ones(grid.shape, dtype), grid, section)
    assert found.dtype == np.float32
    assert (found == 1).all()


def test_a_slab_of_a_ramp_has_its_mean_in_the_middle_and_its_extremes_on_the_faces():
    grid = Grid((9, 9, 9), np.eye(4))
    voxels = np.broadcast_to(np.arange(9.0), grid.shape)
    section = Section((2, 2, 4), (1, 0, 0), (0, 1, 0), (1, 1), (4, 4))
    found = {
        kind: slab(voxels, grid, section, thickness_mm=3.0, projection=kind)[0, 0]
        for kind in ("mean", "max", "min")
    }
    assert found == {"mean": 4.0, "max": 5.5, "min": 2.5}


def test_a_slab_shows_a_bright_voxel_that_lies_beside_its_middle_plane():
    grid = Grid((9, 9, 9), np.eye(4))
    voxels = np.zeros(grid.shape)
    voxels[4, 4, 6] = 50.0
    section = Section((4, 4, 4), (1, 0, 0), (0, 1, 0), (1, 1), (1, 1))
    assert plane(voxels, grid, section)[0, 0] == 0
    assert slab(voxels, grid, section, thickness_mm=4.0, projection="max")[0, 0] == 50
    assert slab(voxels, grid, section, thickness_mm=2.0, projection="max")[0, 0] == 0


def test_what_is_no_plane_no_slab_or_another_grid_is_refused():
    grid = Grid((3, 3, 3), np.eye(4))
    section = Section((0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1), (2, 2))
    with pytest.raises(GeometryError, match="section_flat"):
        Section((0, 0, 0), (1, 0, 0), (-2, 0, 0), (1, 1), (2, 2))
    with pytest.raises(GeometryError, match="slab_without_thickness"):
        slab(np.zeros(grid.shape), grid, section, thickness_mm=0.0)
    with pytest.raises(GeometryError, match="voxels_other_grid"):
        plane(np.zeros((3, 3, 4)), grid, section)
    with pytest.raises(GeometryError, match="voxels_other_grid"):
        Resliced(np.zeros((3, 3, 3, 2)), grid, grid)


@given(rotations(most_deg=25))
def test_simpleitk_reslices_a_whole_volume_in_the_same_way(turned):
    source, target = a_grid(rotation=turned), a_grid(shape=(11, 8, 10), spacing_mm=(0.55, 0.5, 0.9))
    voxels = noise(source)
    judge = sitk.Resample(
        itk(voxels, source),
        itk(np.zeros(target.shape, np.float32), target),
        sitk.Transform(),
        sitk.sitkLinear,
        0.0,
    )
    places = target.lps(np.moveaxis(np.indices(target.shape), 0, -1))
    inner = source.contains(places, margin_voxels=0.49)
    mine = np.asarray(Resliced(voxels, source, target))
    assert np.allclose(mine[inner], sitk.GetArrayFromImage(judge).T[inner], atol=0.02)


@given(grids(), st.data())
def test_any_part_of_a_resliced_volume_equals_that_part_of_the_whole(target, data):
    source = a_grid(shift_mm=target.lps((0, 0, 0)) - 2.0)
    lazy = Resliced(noise(source), source, target)
    whole = np.asarray(lazy)
    assert whole.shape == lazy.shape == target.shape
    assert whole.dtype == lazy.dtype
    key = tuple(
        data.draw(st.one_of(st.integers(-n, n - 1), st.slices(n)), label="key")
        for n in target.shape
    )
    assert np.array_equal(lazy[key], whole[key])
    assert np.array_equal(lazy[key[0]], whole[key[0]])


@given(grids())
def test_a_volume_resliced_on_its_own_grid_is_the_volume(grid):
    voxels = noise(grid)
    assert np.allclose(np.asarray(Resliced(voxels, grid, grid)), voxels, atol=1e-3)


class Watched:
    """Voxels that say which part of them was read."""

    def __init__(self, voxels):
        self.voxels, self.shape, self.read = voxels, voxels.shape, []

    def __getitem__(self, key):
        part = self.voxels[key]
        self.read.append(part.size)
        return part


def test_one_plane_reads_no_more_than_the_voxels_about_it():
    grid = Grid((40, 30, 20), np.eye(4))
    half_up = Grid((40, 30, 19), np.eye(4) + np.diag([0, 0, 0.5], k=1))
    watched = Watched(noise(grid))
    lazy = Resliced(watched, grid, half_up)
    assert watched.read == []
    lazy[7, 3:5]
    lazy[:, :, 3]
    assert watched.read == [1 * 2 * 20, 40 * 30 * 2]


def test_a_place_without_the_source_reads_nothing():
    grid = Grid((4, 4, 4), np.eye(4))
    far = Grid((4, 4, 4), np.eye(4) + np.diag([0, 0, 900.0], k=1))
    watched = Watched(noise(grid))
    assert (Resliced(watched, grid, far, fill=2.0)[1] == 2.0).all()
    assert watched.read == []


def test_a_resliced_volume_says_that_it_has_to_be_copied():
    grid = Grid((2, 2, 2), np.eye(4))
    with pytest.raises(ValueError, match="without a copy"):
        np.array(Resliced(np.zeros(grid.shape), grid, grid), copy=False)
