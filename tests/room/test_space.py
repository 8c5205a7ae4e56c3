"""The room's axes without napari: exact places, letters of every plane, what must be resliced."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from stored import a_grid

from mriview_napari.space import PLANES, L, P, S, ScanSpace, orientation_of, plane_of

AXES = st.permutations([0, 1, 2])
SIGNS = arrays(np.float64, 3, elements=st.sampled_from([-1.0, 1.0]))
ANGLES = st.tuples(*(st.floats(-0.4, 0.4) for _ in range(3)))
SPACING_MM = arrays(np.float64, 3, elements=st.floats(0.3, 4.0))
ORIGIN_MM = arrays(np.float64, 3, elements=st.floats(-150, 150))


@st.composite
def grids(draw):
    return a_grid(draw(AXES), draw(SIGNS), draw(ANGLES), draw(SPACING_MM), draw(ORIGIN_MM))


@given(grids(), arrays(np.float64, (5, 3), elements=st.floats(-300, 300)))
def test_a_room_position_leads_back_to_its_patient_position(grid, lps_mm):
    space = ScanSpace(grid)
    assert np.allclose(space.lps(space.world(lps_mm)), lps_mm, atol=1e-6)


@given(grids())
def test_every_voxel_of_the_view_lies_where_its_scale_and_translation_say(grid):
    space = ScanSpace(grid)
    place = space.placement(grid)
    index = np.array(list(product(*(range(n) for n in space.grid.shape))))
    world = index * place.scale + place.translate
    assert np.allclose(space.lps(world), space.grid.lps(index), atol=1e-6)
    assert min(place.scale) > 0


@given(grids())
def test_room_axes_keep_distances(grid):
    space = ScanSpace(grid)
    corners = space.grid.corners_mm()
    apart_mm = np.linalg.norm(corners[:, None] - corners[None], axis=-1)
    world = space.world(corners)
    assert np.allclose(np.linalg.norm(world[:, None] - world[None], axis=-1), apart_mm, atol=1e-6)


@given(grids())
def test_head_back_and_left_grow_in_every_stored_order(grid):
    space = ScanSpace(grid)
    assert [space.letters(axis)[0] for axis in (S, P, L)] == ["H", "P", "L"]


@given(AXES, SIGNS)
def test_none_of_the_48_orientations_turns_the_axial_picture(axes, signs):
    space = ScanSpace(a_grid(axes, signs))
    order = PLANES["axial"]
    edges = space.edges(order, orientation_of(order))
    assert (edges.left, edges.right, edges.top, edges.bottom) == ("R", "L", "A", "P")


@pytest.mark.parametrize(
    ("plane", "letters"), [("axial", "RLAP"), ("coronal", "RLHF"), ("sagittal", "APHF")]
)
def test_the_letters_are_those_that_radiologists_expect(plane, letters):
    space = ScanSpace(a_grid())
    edges = space.edges(PLANES[plane], orientation_of(PLANES[plane]))
    assert edges.left + edges.right + edges.top + edges.bottom == letters


def test_an_oblique_scan_has_second_letters():
    space = ScanSpace(a_grid(angles=(0.3, 0, 0)))
    edges = space.edges(PLANES["axial"], orientation_of(PLANES["axial"]))
    assert {len(edges.top), len(edges.bottom)} == {2}
    assert edges.right == "L"


def test_letters_follow_a_mirrored_camera_instead_of_lying():
    space = ScanSpace(a_grid())
    edges = space.edges(PLANES["axial"], ("towards", "down", "left"))
    assert (edges.left, edges.right) == ("L", "R")


def test_a_parallel_volume_of_other_voxels_is_placed_and_not_resliced():
    space = ScanSpace(a_grid())
    other = a_grid(axes=(2, 0, 1), signs=(-1, 1, -1), spacing=(1.0, 2.0, 3.0), origin=(4, 5, 6))
    place = space.placement(other)
    view = other.reordered(place.order)
    index = np.array([[0, 0, 0], [2, 3, 4]])
    world = index * place.scale + place.translate
    assert np.allclose(space.lps(world), view.lps(index))


def test_a_tilted_volume_has_no_place_without_reslicing():
    assert ScanSpace(a_grid()).placement(a_grid(angles=(0.05, 0, 0))) is None


def test_only_the_three_planes_have_names():
    assert [plane_of(order) for order in PLANES.values()] == list(PLANES)
    assert plane_of((0, 2, 1)) is None


def test_scrolling_stays_on_planes_of_voxels_and_ends_at_the_last():
    space = ScanSpace(a_grid(angles=(0.2, 0.1, 0), origin=(5, 6, 7)))
    for start, steps, plane in ((3.3, 0, 3), (3.3, 1, 4), (3.6, -1, 3), (3, 99, 8), (3, -99, 0)):
        world = np.array([start, 2, 2]) * space.scale + space.translate
        moved = space.on_plane(world, S, steps=steps)
        assert np.allclose((moved - space.translate) / space.scale, [plane, 2, 2])
