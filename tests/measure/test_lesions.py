"""Sizes of digitised shapes against their closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from strategies import MIRROR, axis_orders, rotations

from mriview.geometry import Grid
from mriview.measure import measure_lesion
from mriview.values import Mask, Quantity, Withheld

DIAMETERS = ("longest_mm", "perpendicular_mm", "ap_mm", "tr_mm", "cc_mm")


def a_grid(spacing_mm=(0.5, 0.5, 0.6), side_mm=30.0, rotation=None):
    """A grid whose middle is at (20, -30, 5), large enough for every shape here."""
    matrix = np.eye(4)
    matrix[:3, :3] = (np.eye(3) if rotation is None else rotation) @ np.diag(spacing_mm)
    shape = tuple(int(np.ceil(side_mm / edge)) for edge in spacing_mm)
    matrix[:3, 3] = np.array([20.0, -30.0, 5.0]) - matrix[:3, :3] @ ((np.array(shape) - 1) / 2)
    return Grid(shape, matrix)


def places(grid):
    return grid.lps(np.moveaxis(np.indices(grid.shape), 0, -1)) - [20.0, -30.0, 5.0]


class Ellipsoid:
    """An ellipsoid near the middle of `a_grid`, with its own formulas."""

    def __init__(self, axes_mm=(9.0, 6.0, 5.0), rotation=None, centre_mm=(0.07, -0.11, 0.16)):
        rotation = np.eye(3) if rotation is None else rotation
        self.axes_mm, self.centre_mm = np.array(axes_mm), np.array(centre_mm)
        self.square = rotation @ np.diag(self.axes_mm**2) @ rotation.T
        self.inverse = np.linalg.inv(self.square)

    def on(self, grid):
        away = places(grid) - self.centre_mm
        inside = np.einsum("...i,ij,...j->...", away, self.inverse, away) <= 1
        return Mask.from_voxels(grid, inside)

    @property
    def volume_mm3(self):
        return 4 / 3 * np.pi * self.axes_mm.prod()

    def extent_mm(self, direction):
        return 2 * np.sqrt(np.array(direction) @ self.square @ direction)

    def in_plane_mm(self, normal):
        """Longest and perpendicular diameter of the section through the centre."""
        across = np.linalg.svd(np.array(normal, dtype=float)[None])[2][1:]
        short, long = np.sort(2 / np.sqrt(np.linalg.eigvalsh(across @ self.inverse @ across.T)))
        return long, short


def values(measures):
    return {name: getattr(measures, name).value for name in DIAMETERS}


SHAPES = [(9.0, 6.0, 5.0), (6.0, 6.0, 6.0), (11.0, 8.0, 7.0), (5.0, 7.0, 4.5)]


@pytest.mark.parametrize("axes_mm", SHAPES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_cisternogram_gives_an_ellipsoid_within_three_tenths_of_a_millimetre(axes_mm, seed):
    shape = Ellipsoid(axes_mm, Rotation.random(random_state=seed).as_matrix())
    found = measure_lesion(shape.on(a_grid()))
    longest_mm, perpendicular_mm = shape.in_plane_mm([0, 0, 1])
    assert found.volume_mm3.value == pytest.approx(shape.volume_mm3, rel=0.03)
    assert found.tr_mm.value == pytest.approx(shape.extent_mm([1, 0, 0]), abs=0.3)
    assert found.ap_mm.value == pytest.approx(shape.extent_mm([0, 1, 0]), abs=0.3)
    assert found.cc_mm.value == pytest.approx(shape.extent_mm([0, 0, 1]), abs=0.3)
    assert found.longest_mm.value == pytest.approx(longest_mm, abs=0.3)
    assert found.perpendicular_mm.value == pytest.approx(perpendicular_mm, abs=0.3)


def test_diameters_of_many_ellipsoids_are_neither_too_long_nor_too_short_on_the_whole():
    rng, errors_mm = np.random.default_rng(5), []
    for seed in range(12):
        shape = Ellipsoid(
            rng.uniform(4, 10, 3),
            Rotation.random(random_state=seed).as_matrix(),
            rng.uniform(-0.3, 0.3, 3),
        )
        found = measure_lesion(shape.on(a_grid((0.7, 0.7, 1.0))))
        errors_mm += [
            found.longest_mm.value - shape.in_plane_mm([0, 0, 1])[0],
            found.tr_mm.value - shape.extent_mm([1, 0, 0]),
            found.ap_mm.value - shape.extent_mm([0, 1, 0]),
        ]
    assert abs(np.mean(errors_mm)) < 0.12
    assert np.percentile(np.abs(errors_mm), 90) < 0.35


@given(axis_orders())
def test_no_axis_order_of_the_voxels_changes_a_size(order):
    grid = a_grid(side_mm=11.0)
    mask = Ellipsoid((4.5, 3.0, 2.5), Rotation.random(random_state=4).as_matrix()).on(grid)
    turned = Mask.from_voxels(grid.reordered(order), order.view(mask.on(grid)))
    assert values(measure_lesion(turned)) == pytest.approx(values(measure_lesion(mask)), abs=1e-3)
    assert measure_lesion(turned).volume_mm3 == measure_lesion(mask).volume_mm3


@given(axis_orders())
def test_no_axis_order_of_cubic_voxels_changes_a_size(order):
    grid = a_grid((0.6, 0.6, 0.6), side_mm=11.0)
    mask = Ellipsoid((4.5, 3.0, 2.5), Rotation.random(random_state=4).as_matrix()).on(grid)
    turned = Mask.from_voxels(grid.reordered(order), order.view(mask.on(grid)))
    assert values(measure_lesion(turned)) == pytest.approx(values(measure_lesion(mask)), abs=1e-3)


def test_a_mirrored_patient_has_lesions_of_the_same_size():
    grid = a_grid(side_mm=20.0)
    mask = Ellipsoid((7.0, 4.0, 5.0), Rotation.random(random_state=8).as_matrix()).on(grid)
    mirrored = Mask(
        Grid(mask.grid.shape, np.diag([*MIRROR, 1.0]) @ mask.grid.lps_from_index), mask.inside
    )
    assert values(measure_lesion(mirrored)) == pytest.approx(values(measure_lesion(mask)), abs=1e-9)


@given(rotations())
def test_a_turned_scan_of_the_same_mass_shows_the_same_patient_axes(rotation):
    shape = Ellipsoid((6.0, 4.0, 5.0), Rotation.random(random_state=8).as_matrix())
    found = measure_lesion(shape.on(a_grid(side_mm=14.0, rotation=rotation)))
    assert found.tr_mm.value == pytest.approx(shape.extent_mm([1, 0, 0]), abs=0.35)
    assert found.ap_mm.value == pytest.approx(shape.extent_mm([0, 1, 0]), abs=0.35)
    assert found.cc_mm.value == pytest.approx(shape.extent_mm([0, 0, 1]), abs=0.35)
    longest_mm, _ = shape.in_plane_mm(rotation[:, 2])  # the native plane, not the axial one
    assert found.longest_mm.value == pytest.approx(longest_mm, abs=0.3)


@pytest.mark.parametrize(
    ("spacing_mm", "normal"),
    [
        ((0.5, 0.5, 0.9), (0, 0, 1)),  # axial slices
        ((0.9, 0.5, 0.5), (1, 0, 0)),  # sagittal slices
        ((0.5, 0.9, 0.5), (0, 1, 0)),  # coronal slices
        ((0.6, 0.6, 0.6), (0, 0, 1)),  # no slices: the axial plane
    ],
)
def test_the_longest_diameter_lies_in_a_plane_of_the_slices(spacing_mm, normal):
    shape = Ellipsoid((8.0, 5.5, 4.0), Rotation.random(random_state=11).as_matrix())
    found = measure_lesion(shape.on(a_grid(spacing_mm, side_mm=20.0)))
    longest_mm, perpendicular_mm = shape.in_plane_mm(normal)
    assert found.longest_mm.value == pytest.approx(longest_mm, abs=0.3)
    assert found.perpendicular_mm.value == pytest.approx(perpendicular_mm, abs=0.3)


def test_a_cube_turned_by_45_degrees_is_as_long_as_its_diagonal():
    grid = a_grid((0.4, 0.4, 0.4), side_mm=24.0)
    off_lattice = places(grid) - [0.07, 0.11, -0.05]
    turned = off_lattice @ Rotation.from_euler("z", 45, degrees=True).as_matrix()
    found = measure_lesion(Mask.from_voxels(grid, (np.abs(turned) <= 4.8).all(axis=-1)))
    # its sharp edges are rounded by up to a voxel each
    assert found.longest_mm.value == pytest.approx(9.6 * np.sqrt(2), abs=0.8)
    assert found.tr_mm.value == pytest.approx(9.6 * np.sqrt(2), abs=0.8)
    assert found.cc_mm.value == pytest.approx(9.6, abs=0.3)
    assert found.volume_mm3.value == pytest.approx(9.6**3, rel=0.03)


def test_the_perpendicular_diameter_is_a_thickness_and_not_the_width_of_a_box():
    grid = a_grid((0.5, 0.5, 0.5), side_mm=40.0)
    x, y, z = np.moveaxis(places(grid), -1, 0)
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    bow = (np.abs(radius - 12) <= 2.5) & (np.abs(angle) <= 0.6) & (np.abs(z) <= 2.5)
    found = measure_lesion(Mask.from_voxels(grid, bow))
    assert found.longest_mm.value == pytest.approx(2 * 14.5 * np.sin(0.6), abs=1.0)
    assert found.perpendicular_mm.value == pytest.approx(5.6, abs=0.3)  # its box is 6.7 wide


@given(st.integers(0, 40))
def test_the_perpendicular_is_never_longer_than_the_longest(seed):
    rng = np.random.default_rng(seed)
    grid = a_grid((0.8, 0.8, 1.0), side_mm=14.0)
    away = places(grid)[..., None, :] - rng.uniform(-3, 3, (4, 3))
    blobs = (np.linalg.norm(away, axis=-1) <= rng.uniform(1.5, 3, 4)).any(axis=-1)
    found = measure_lesion(Mask.from_voxels(grid, blobs))
    assert found.perpendicular_mm.value <= found.longest_mm.value + 1e-4
    box_mm3 = found.ap_mm.value * found.tr_mm.value * found.cc_mm.value
    assert found.volume_mm3.value <= 1.05 * box_mm3


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_fewer_than_three_voxels_across_are_seen_but_not_measured(axis):
    inside = np.zeros((20, 20, 20), dtype=bool)
    inside[tuple(slice(5, 7) if n == axis else slice(5, 15) for n in range(3))] = True
    found = measure_lesion(Mask.from_voxels(Grid(inside.shape, np.eye(4)), inside))
    for name in DIAMETERS:
        assert getattr(found, name).reason.startswith("seen, not measurable: 2 of 3 voxels")
    assert found.volume_mm3 == Quantity(200.0, "mm3", "voxel_count")


def test_scattered_voxels_have_a_volume_and_no_diameter():
    grid = Grid((12, 12, 12), np.eye(4))
    inside = np.indices(grid.shape).sum(axis=0) % 3 == 0
    found = measure_lesion(Mask.from_voxels(grid, inside))
    assert found.longest_mm.reason.startswith("seen, not measurable")
    assert found.volume_mm3.value == inside.sum()


def test_a_mass_of_three_voxels_has_a_diameter_of_about_three():
    grid = Grid((9, 9, 9), np.eye(4))
    inside = np.zeros(grid.shape, dtype=bool)
    inside[3:6, 3:6, 3:6] = True
    found = measure_lesion(Mask.from_voxels(grid, inside))
    assert found.ap_mm.value == pytest.approx(3.0, abs=0.5)


def test_every_size_says_how_it_was_found_and_that_its_error_is_not_known():
    found = measure_lesion(Ellipsoid().on(a_grid())).by_key()
    assert list(found) == [*DIAMETERS, "extrameatal_max_mm", "volume_mm3"]
    assert {found[name].method for name in DIAMETERS} == {"surface_half_level"}
    assert {found[name].unit for name in DIAMETERS} == {"mm"}
    assert found["volume_mm3"].method == "voxel_count"
    assert found["extrameatal_max_mm"] == Withheld(
        "no plane of the porus was drawn through the lesion"
    )
    assert {found[name].low for name in DIAMETERS} == {None}


def test_a_mass_at_the_border_of_its_scan_is_measured_as_far_as_it_was_painted():
    shape = Ellipsoid((6.0, 6.0, 6.0), centre_mm=(0.1, 0.1, 0.1))
    grid = a_grid((0.5, 0.5, 0.5), side_mm=20.0)
    whole = shape.on(grid).on(grid)
    half = Mask.from_voxels(grid.cropped((20, 0, 0), (20, 40, 40)), whole[20:])
    assert measure_lesion(half).tr_mm.value == pytest.approx(6.2, abs=0.3)
