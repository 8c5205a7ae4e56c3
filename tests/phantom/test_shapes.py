"""Solids of the digital patient against dense numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from mriview.phantom.shapes import Both, Ellipsoid, HalfSpace, Sum, Tube

ANGLES = st.tuples(*[st.floats(-180, 180)] * 3)
SEMI = st.tuples(*[st.floats(2, 9)] * 3)


def an_ellipsoid(semi_mm: tuple[float, ...], angles: tuple[float, ...]) -> Ellipsoid:
    turn = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    return Ellipsoid(np.array([3.0, -4.0, 5.0]), np.array(semi_mm), turn)


def surface_of(ellipsoid: Ellipsoid, count: int = 40_000) -> np.ndarray:
    ball = np.random.default_rng(0).normal(size=(count, 3))
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    return ellipsoid.centre_mm + (ball * ellipsoid.semi_mm) @ ellipsoid.axes.T


@given(SEMI, ANGLES)
def test_the_extents_of_a_turned_ellipsoid_are_those_of_its_surface(semi, angles) -> None:
    egg = an_ellipsoid(semi, angles)
    width = np.ptp(surface_of(egg), axis=0)
    assert (width <= egg.extents_mm() + 1e-9).all()
    assert width == pytest.approx(egg.extents_mm(), abs=0.02)


@given(SEMI, ANGLES, st.tuples(*[st.floats(-30, 30)] * 3))
def test_the_distance_to_an_ellipsoid_is_that_to_its_nearest_surface_point(
    semi, angles, point
) -> None:
    egg = an_ellipsoid(semi, angles)
    inside = egg.distance(np.array([point]))[0] <= 0
    dense = np.linalg.norm(surface_of(egg) - point, axis=1).min()
    assert egg.exact_distance(point)[0] == pytest.approx(0.0 if inside else dense, abs=0.06)


@given(SEMI, ANGLES)
def test_the_largest_section_across_an_axis_of_the_ellipsoid_is_spanned_by_the_others(
    semi, angles
) -> None:
    egg = an_ellipsoid(semi, angles)
    for axis in range(3):
        others = sorted(2 * np.delete(egg.semi_mm, axis))
        assert egg.section_mm(egg.axes[:, axis])[::-1] == pytest.approx(others, abs=1e-6)


def test_a_point_beside_a_straight_tube_is_as_far_as_from_its_axis_less_the_radius() -> None:
    tube = Tube(np.array([[0.0, 0, 0], [10, 0, 0], [20, 0, 0]]), (0.7,))
    points = np.array([[5.0, 2.0, 0], [5, 0, 0], [-1, 0, 0]])
    assert tube.distance(points) == pytest.approx([1.3, -0.7, 0.3], abs=1e-3)


def test_a_funnel_is_narrower_at_its_second_end() -> None:
    tube = Tube(np.array([[0.0, 0, 0], [10, 0, 0]]), (3.0, 1.0))
    points = np.array([[0.0, 2, 0], [5, 2, 0], [10, 2, 0]])
    assert tube.distance(points) == pytest.approx([-1.0, 0.0, 1.0], abs=0.01)


def test_a_sum_that_keeps_off_bone_leaves_a_layer_between() -> None:
    bone = HalfSpace(np.array([10.0, 0, 0]), np.array([1.0, 0, 0]))
    ball = Ellipsoid(np.array([5.0, 0, 0]), np.full(3, 8.0), np.eye(3))
    brain = Sum((ball,), away_from=bone, by_mm=1.5)
    inside = brain.distance(np.array([[0.0, 0, 0], [8, 0, 0], [9, 0, 0], [12, 0, 0]])) < 0
    assert inside.tolist() == [True, True, False, False]


def test_what_two_half_spaces_share_is_their_wedge() -> None:
    wedge = Both((
        HalfSpace(np.zeros(3), np.array([1.0, 0, 0])),
        HalfSpace(np.zeros(3), np.array([0.0, 1, 0])),
    ))  # fmt: skip
    found = wedge.distance(np.array([[2.0, 3, 0], [2, -1, 0], [-1, -1, 0]]))
    assert found.tolist() == [-2.0, 1.0, 1.0]
