"""Laws of curves: length, spline, nearest point, frames."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import CURVES, ORDERS, POINTS_MM, curves, rotations

from mriview.errors import GeometryError
from mriview.geometry import (
    arc_length,
    natural_spline,
    nearest,
    point_at,
    torsion_free_frames,
)


def a_helix(turns=1.0, radius_mm=10.0, rise_mm=15.0, step_mm=0.1):
    """Points, unit tangents and torsion (1/mm) of a helix."""
    pitch = rise_mm / (2 * np.pi)
    speed = np.hypot(radius_mm, pitch)
    t = np.arange(0.0, turns * 2 * np.pi, step_mm / speed)
    points = np.stack([radius_mm * np.cos(t), radius_mm * np.sin(t), pitch * t], axis=1)
    slope = np.stack(
        [-radius_mm * np.sin(t), radius_mm * np.cos(t), np.full_like(t, pitch)], axis=1
    )
    return points, slope / speed, pitch / speed**2


def test_a_path_of_one_click_has_no_length_and_says_what_to_do():
    with pytest.raises(GeometryError, match=r"at least 2 points.*\(1, 3\)\. Click one more"):
        arc_length(np.zeros((1, 3)))


@given(CURVES)
def test_arc_length_never_falls_and_is_at_least_the_chord(points_mm):
    s_mm = arc_length(points_mm)
    assert s_mm[0] == 0
    assert (np.diff(s_mm) >= 0).all()
    assert s_mm[-1] >= np.linalg.norm(points_mm[-1] - points_mm[0]) - 1e-9


@given(CURVES, st.sampled_from(ORDERS))
def test_none_of_the_48_orientations_changes_a_length(points_mm, order):
    turned_mm = points_mm[:, order.axes] * np.where(order.flips, -1.0, 1.0)
    assert np.allclose(arc_length(turned_mm), arc_length(points_mm), rtol=0, atol=1e-9)


@given(curves(), rotations(), POINTS_MM)
def test_a_turned_patient_has_the_turned_spline(clicks_mm, rotation, shift_mm):
    moved = natural_spline(clicks_mm @ rotation.T + shift_mm, 0.5)
    assert np.allclose(moved, natural_spline(clicks_mm, 0.5) @ rotation.T + shift_mm, atol=1e-6)


@given(curves())
def test_samples_of_a_spline_lie_half_a_millimetre_apart_along_it(clicks_mm):
    samples = natural_spline(clicks_mm, 0.5)
    fine = natural_spline(clicks_mm, 0.005)
    assert np.array_equal(samples[[0, -1]], clicks_mm[[0, -1]])
    assert np.allclose(samples[:-1], fine[::100][: len(samples) - 1], atol=1e-6)
    pieces_mm = np.add.reduceat(np.diff(arc_length(fine)), np.arange(0, len(fine) - 1, 100))
    assert np.allclose(pieces_mm[:-1], 0.5, atol=1e-4)
    assert pieces_mm[-1] <= 0.5 + 1e-6


@given(curves())
def test_a_spline_goes_through_every_click(clicks_mm):
    samples = natural_spline(clicks_mm, 0.5)
    away_mm = [nearest(samples, click).distance_mm for click in clicks_mm]
    assert max(away_mm) < 0.1


def test_two_clicks_are_joined_by_a_straight_line_whose_last_step_is_shorter():
    samples = natural_spline([[1.0, 2, 3], [1.0, 2, 4.7]], 0.5)
    assert np.allclose(samples[:, 2], [3, 3.5, 4, 4.5, 4.7])
    assert np.allclose(samples[:, :2], [1, 2])


def test_a_whole_number_of_steps_has_no_sliver_at_its_end():
    assert len(natural_spline([[0.0, 0, 0], [3.0, 0, 0]], 0.5)) == 7
    assert len(natural_spline([[0.0, 0, 0], [1.1, 0, 0], [3.0, 0, 0]], 0.1)) == 31


def test_clicks_on_a_circle_give_the_length_of_its_arc():
    angles = np.linspace(0, np.pi / 2, 7)
    clicks = 12.0 * np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    assert arc_length(natural_spline(clicks, 0.5))[-1] == pytest.approx(6 * np.pi, abs=0.02)


def test_a_spline_has_no_curvature_at_its_ends():
    samples = natural_spline([[0.0, 0, 0], [5, 3, 0], [10, 0, 2]], 0.01)
    bends = np.linalg.norm(np.diff(samples[:-1], n=2, axis=0), axis=1) / 0.01**2
    assert bends[0] < 0.02 * bends.max()
    assert bends[-1] < 0.02 * bends.max()


@pytest.mark.parametrize(
    ("clicks", "code"),
    [
        ([[0.0, 0, 0]], "path_too_short"),
        ([], "path_too_short"),
        ([[0.0, 0], [1, 1]], "path_too_short"),
        ([[0.0, 0, 0], [0, 0, 0]], "clicks_repeated"),
        ([[0.0, 0, 0], [1, 0, 0], [1, 0, 0], [2, 0, 0]], "clicks_repeated"),
        ([[0.0, 0, 0], [np.nan, 0, 0]], "path_not_finite"),
    ],
)
def test_clicks_that_make_no_path_are_refused(clicks, code):
    with pytest.raises(GeometryError) as refused:
        natural_spline(clicks, 0.5)
    assert refused.value.code == code
    assert refused.value.remedy


def test_a_repeated_click_is_named():
    with pytest.raises(GeometryError, match=r"click 3 of 4.*Take back") as refused:
        natural_spline([[0.0, 0, 0], [1, 0, 0], [1, 0, 0], [2, 0, 0]], 0.5)
    assert refused.value.evidence == {"click": 3}


@given(curves(), POINTS_MM)
def test_the_nearest_point_is_no_farther_than_any_sample(clicks_mm, position_mm):
    path_mm = natural_spline(clicks_mm, 0.5)
    found = nearest(path_mm, position_mm)
    finest = np.linalg.norm(natural_spline(clicks_mm, 0.01) - position_mm, axis=1).min()
    assert found.distance_mm <= np.linalg.norm(path_mm - position_mm, axis=1).min() + 1e-9
    assert found.distance_mm == pytest.approx(finest, abs=0.05)
    assert np.linalg.norm(found.point - position_mm) == pytest.approx(found.distance_mm)


@given(curves(), st.floats(0, 1), st.floats(0.01, 0.5))
def test_a_point_beside_the_path_finds_the_place_that_it_was_moved_from(clicks_mm, share, away_mm):
    path_mm = natural_spline(clicks_mm, 0.5)
    s_mm = share * arc_length(path_mm)[-1]
    on_path = nearest(path_mm, point_at(path_mm, s_mm))
    assert on_path.s_mm == pytest.approx(s_mm, abs=1e-6)
    assert on_path.distance_mm == pytest.approx(0, abs=1e-6)
    aside = np.cross(on_path.tangent, [0.0, 0.6, 0.8])
    beside = nearest(path_mm, on_path.point + away_mm * aside / np.linalg.norm(aside))
    assert beside.distance_mm <= away_mm + 1e-9
    assert beside.s_mm == pytest.approx(s_mm, abs=0.3)


@given(curves(), st.floats(0, 1))
def test_a_tangent_has_length_one_and_points_outwards(clicks_mm, share):
    path_mm = natural_spline(clicks_mm, 0.5)
    length_mm = arc_length(path_mm)[-1]
    s_mm = share * (length_mm - 0.02) + 0.01
    found = nearest(path_mm, point_at(path_mm, s_mm))
    ahead = point_at(path_mm, s_mm + 0.01) - point_at(path_mm, s_mm - 0.01)
    assert np.linalg.norm(found.tangent) == pytest.approx(1)
    assert found.tangent @ ahead / np.linalg.norm(ahead) > 0.99


def test_tangents_between_samples_follow_the_curve_and_not_the_chord():
    points, tangents, _ = a_helix(step_mm=0.5)
    middle = nearest(points, (points[10] + points[11]) / 2)
    truth = tangents[10] + tangents[11]
    assert middle.tangent @ truth / np.linalg.norm(truth) > 1 - 1e-6
    ends = [nearest(points, points[n]).tangent @ tangents[n] for n in (0, -1)]
    assert min(ends) > 1 - 1e-5


def test_of_two_equally_near_places_the_one_nearer_to_the_beginning_counts():
    path = [[0.0, 1, 0], [10, 1, 0], [10, -1, 0], [0, -1, 0]]
    assert nearest(path, [3.0, 0, 0]).s_mm == 3.0


def test_a_path_that_turns_back_on_itself_still_has_tangents():
    found = nearest([[0.0, 0, 0], [5, 0, 0], [0, 0, 0]], [5.0, 0, 0])
    assert np.linalg.norm(found.tangent) == pytest.approx(1)


def test_repeated_points_do_not_disturb_the_nearest_point():
    path = [[0.0, 0, 0], [2, 0, 0], [2, 0, 0], [4, 0, 0]]
    assert nearest(path, [3.0, 1, 0]).s_mm == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("path", "position", "code"),
    [
        ([[1.0, 1, 1], [1, 1, 1]], [0.0, 0, 0], "path_no_length"),
        ([[0.0, 0, 0], [1, 1, 1]], [0.0, np.inf, 0], "position_invalid"),
        ([[0.0, 0, 0], [1, 1, 1]], [0.0, 0], "position_invalid"),
    ],
)
def test_what_has_no_nearest_point_is_refused(path, position, code):
    with pytest.raises(GeometryError) as refused:
        nearest(path, position)
    assert refused.value.code == code


def test_beyond_the_end_of_a_path_nothing_is_guessed():
    with pytest.raises(GeometryError, match=r"12\.00 mm along a path of 10\.00 mm"):
        point_at([[0.0, 0, 0], [10, 0, 0]], 12.0)


@given(curves(least=3), rotations())
def test_frames_are_right_handed_at_right_angles_and_turn_with_the_patient(clicks_mm, rotation):
    path_mm = natural_spline(clicks_mm, 0.5)
    frames = torsion_free_frames(path_mm)
    axes = np.stack([frames.tangent, frames.normal, frames.binormal], axis=-1)
    assert np.allclose(np.swapaxes(axes, 1, 2) @ axes, np.eye(3), atol=1e-9)
    assert np.allclose(np.linalg.det(axes), 1, atol=1e-9)
    turned = torsion_free_frames(path_mm @ rotation.T, towards=rotation @ [0.0, 0, 1])
    assert np.allclose(turned.normal, frames.normal @ rotation.T, atol=1e-6)


def test_a_frame_on_a_helix_turns_back_by_its_torsion():
    points, _, torsion = a_helix(turns=1.0, step_mm=0.1)
    frames = torsion_free_frames(points)
    s_mm = arc_length(points)
    centre = np.stack([points[:, 0], points[:, 1], 0 * s_mm], axis=1)
    inwards = -centre / np.linalg.norm(centre, axis=1, keepdims=True)  # Frenet normal
    sideways = np.cross(frames.tangent, inwards)
    angle = np.unwrap(
        np.arctan2(
            np.einsum("ij,ij->i", frames.normal, sideways),
            np.einsum("ij,ij->i", frames.normal, inwards),
        )
    )
    assert angle[-1] - angle[0] == pytest.approx(-torsion * s_mm[-1], abs=0.003)


def test_a_frame_on_a_flat_curve_keeps_its_normal():
    angles = np.linspace(0, 2, 50)
    flat = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    assert np.allclose(torsion_free_frames(flat).normal, [0, 0, 1])


def test_a_path_that_begins_rostrally_takes_dorsal_as_its_first_normal():
    assert np.allclose(torsion_free_frames([[0.0, 0, 0], [0, 0, 5]]).normal, [0, 1, 0])


def test_frames_want_every_point_to_move():
    with pytest.raises(GeometryError, match="1 of 3 points repeat"):
        torsion_free_frames([[0.0, 0, 0], [0, 0, 0], [1, 0, 0]])


def test_a_path_longer_than_a_person_is_refused_before_it_is_sampled():
    with pytest.raises(GeometryError, match="a path of 1000000 m") as refused:
        natural_spline([[0.0, 0, 0], [0, 0, -1e9]], 0.5)
    assert refused.value.code == "path_too_long"
