"""Arc, segment, distance to the porus, clock and direction of a mark."""

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from strategies import MIRROR, nerves, rotations

from mriview.errors import GeometryError
from mriview.measure import direction_of, measure_mark
from mriview.values import Landmark, NervePath, Quantity, Withheld

A_WHOLE_NUMBER_OF_STEPS = NervePath(
    ((0.0, 0.0, 0.0), (2.446962037593976, 0.0, -0.5), (4.446962037593976, 0.0, -0.5)), {}
)
RIM_DEG = st.integers(0, 3599).map(lambda tenth: tenth / 10)


def straight(direction=(1.0, 0.1, 0.1), length_mm=25.0, landmarks=None):
    """A straight nerve from the midline outwards; a left one unless turned."""
    unit = np.array(direction) / np.linalg.norm(direction)
    end = (length_mm * unit).tolist()
    return NervePath(((0.0, 0.0, 0.0), tuple(end)), landmarks or {})


def beside(path, share, clock_deg, away_mm=1.5):
    """A vessel's point at a known clock angle, built without the code under test."""
    here = path.nearest(path.path_mm[round(share * (len(path.path_mm) - 1))])
    rostral = np.array([0.0, 0.0, 1.0]) - here.tangent[2] * here.tangent
    rostral /= np.linalg.norm(rostral)
    ventral = np.cross(here.tangent, rostral)
    if ventral[1] > 0:  # y grows to the back
        ventral = -ventral
    angle = np.deg2rad(clock_deg)
    return here.point + away_mm * (np.cos(angle) * rostral + np.sin(angle) * ventral)


def apart_deg(one, other):
    return abs((one - other + 180.0) % 360.0 - 180.0)


def moved(path, matrix, shift_mm=(0.0, 0.0, 0.0)):
    def place(point):
        return None if point is None else tuple((matrix @ np.array(point) + shift_mm).tolist())

    landmarks = {
        name: Landmark(place(landmark.position), landmark.origin)
        for name, landmark in path.landmarks.items()
    }
    return NervePath(tuple(place(click) for click in path.clicks), landmarks)


@pytest.mark.parametrize("lateral", [1.0, -1.0])
@pytest.mark.parametrize(
    ("towards", "clock_deg", "direction"),
    [
        ((0, 0, 1), 0.0, "rostral"),
        ((0, -1, 0), 90.0, "ventral"),
        ((0, 0, -1), 180.0, "caudal"),
        ((0, 1, 0), 270.0, "dorsal"),
        ((0, -1, 1), 45.0, "rostroventral"),
        ((0, -1, -1), 135.0, "caudoventral"),
        ((0, 1, -1), 225.0, "caudodorsal"),
        ((0, 1, 1), 315.0, "rostrodorsal"),
    ],
)
def test_the_clock_reads_the_same_on_both_sides(lateral, towards, clock_deg, direction):
    path = straight((lateral, 0.0, 0.0))
    found = measure_mark(path, np.array([6.0 * lateral, 0, 0]) + towards)
    assert found.clock_deg.value == pytest.approx(clock_deg)
    assert found.direction == direction


@given(nerves(), st.floats(0.1, 0.9), RIM_DEG)
def test_a_vessel_put_at_an_angle_is_measured_at_that_angle(path, share, clock_deg):
    vessel = beside(path, share, clock_deg, away_mm=0.4)
    found = measure_mark(path, path.path_mm[round(share * (len(path.path_mm) - 1))], vessel)
    assert apart_deg(found.clock_deg.value, clock_deg) < 0.01


@given(nerves(), st.floats(0.1, 0.9), RIM_DEG)
def test_a_mirrored_patient_has_the_same_numbers(path, share, clock_deg):
    mark = beside(path, share, clock_deg, away_mm=0.5)
    found = measure_mark(path, mark)
    mirrored = measure_mark(moved(path, np.diag(MIRROR)), MIRROR * mark)
    assert apart_deg(mirrored.clock_deg.value, found.clock_deg.value) < 0.001
    assert mirrored.arc_mm == found.arc_mm
    assert mirrored.segment == found.segment
    assert np.allclose(mirrored.nearest_on_nerve, MIRROR * found.nearest_on_nerve)


@example(A_WHOLE_NUMBER_OF_STEPS, 0.75, 0.0, np.eye(3))
@given(nerves(), st.floats(0.1, 0.9), RIM_DEG, rotations())
def test_a_turned_and_moved_patient_has_the_same_arc_and_porus_distance(
    path, share, clock_deg, rotation
):
    placed = NervePath(path.clicks, {"porus": Landmark(path.clicks[-1])})
    mark, shift_mm = beside(path, share, clock_deg, away_mm=0.1), np.array([30.0, -12.0, 7.0])
    found = measure_mark(placed, mark)
    again = measure_mark(moved(placed, rotation, shift_mm), rotation @ mark + shift_mm)
    # Each number is stored to 1e-4, and the path is cut anew into samples of half a millimetre.
    assert again.arc_mm.value == pytest.approx(found.arc_mm.value, abs=1e-3)
    assert again.porus_distance_mm.value == pytest.approx(found.porus_distance_mm.value, abs=1e-3)
    assert again.distance_mm == pytest.approx(found.distance_mm, abs=1e-6)


@given(nerves(), st.floats(0.1, 0.9), RIM_DEG)
def test_a_patient_moved_without_turning_has_the_same_clock(path, share, clock_deg):
    mark, shift_mm = beside(path, share, clock_deg, away_mm=0.5), np.array([30.0, -12.0, 7.0])
    found = measure_mark(path, mark)
    again = measure_mark(moved(path, np.eye(3), shift_mm), mark + shift_mm)
    assert apart_deg(again.clock_deg.value, found.clock_deg.value) < 0.001


@given(nerves(), st.floats(0.1, 0.9), RIM_DEG, st.integers(-15, 15))
def test_a_head_turned_about_its_long_axis_has_the_same_clock(path, share, clock_deg, turn_deg):
    turn = Rotation.from_euler("z", turn_deg, degrees=True).as_matrix()
    mark = beside(path, share, clock_deg, away_mm=0.5)
    tangent = path.nearest(mark).tangent
    assume(abs(tangent[0]) > 0.5)
    assume(abs((turn @ tangent)[0]) > 0.2)
    found = measure_mark(path, mark)
    again = measure_mark(moved(path, turn), turn @ mark)
    assert apart_deg(again.clock_deg.value, found.clock_deg.value) < 0.01


@given(nerves(), st.floats(0, 1), st.floats(0.1, 3))
def test_the_nearest_point_lies_on_the_path_at_its_arc(path, share, away_mm):
    mark = beside(path, share, 30.0, away_mm=away_mm)
    found = measure_mark(path, mark)
    again = path.nearest(found.nearest_on_nerve)
    assert again.distance_mm == pytest.approx(0, abs=1e-9)
    assert again.s_mm == pytest.approx(found.arc_mm.value, abs=1e-4)
    assert found.distance_mm <= away_mm + 1e-9
    assert found.nearest_on_vessel == tuple(mark)


def test_a_mark_on_a_nerve_with_known_landmarks():
    landmarks = {"rdp": Landmark((8.0, 0, 0)), "porus": Landmark((20.0, 0, 0))}
    path = NervePath(((0.0, 0, 0), (10.0, 0, 0), (24.0, 0, 0)), landmarks)
    found = measure_mark(path, (5.0, 0.0, -0.9), (5.2, 0.0, -1.4))
    assert found.arc_mm == Quantity(5.0, "mm", "natural_spline", "manual")
    assert (found.segment, found.segment_range, found.zone) == ("as", ("as", "as"), "proximal")
    assert found.porus_distance_mm == Quantity(15.0, "mm", "natural_spline", "manual")
    assert found.clock_deg == Quantity(180.0, "deg", "natural_spline", "manual")
    assert found.direction == "caudal"
    assert found.nearest_on_nerve == pytest.approx((5.0, 0.0, 0.0))
    assert found.nearest_on_vessel == (5.2, 0.0, -1.4)
    assert found.distance_mm == pytest.approx(0.9)


def test_inside_the_canal_the_porus_lies_behind():
    path = straight((1.0, 0, 0), landmarks={"porus": Landmark((20.0, 0, 0))})
    found = measure_mark(path, (22.0, 0.0, 1.0))
    assert found.porus_distance_mm.value == -2.0
    assert (found.segment, found.zone) == ("iac", "distal")


@pytest.mark.parametrize("landmarks", [{}, {"porus": Landmark(None)}])
def test_without_a_porus_its_distance_is_withheld(landmarks):
    found = measure_mark(straight(landmarks=landmarks), (5.0, 0.0, 1.0))
    assert found.porus_distance_mm == Withheld("the porus is not placed or not covered")


@pytest.mark.parametrize(
    ("direction", "reason"),
    [
        ((0.2, 0.0, 1.0), "within 20 deg of rostral"),
        ((0.2, 0.0, -1.0), "within 20 deg of rostral"),
        ((0.2, -1.0, 0.1), "within 20 deg of ventral"),
        ((0.01, 1.0, 1.0), "within 6 deg of the sagittal plane"),
    ],
)
def test_where_the_nerve_leaves_no_zero_angle_the_clock_is_withheld(direction, reason):
    path = straight(direction)
    found = measure_mark(path, path.path_mm[20] + [1.0, 0.3, 0.2])
    assert reason in found.clock_deg.reason
    assert found.direction is None
    assert isinstance(found.arc_mm, Quantity)


@pytest.mark.parametrize("vessel", [None, (6.0, 0.0, 0.0), (5.0, 0.0, 0.04)])
def test_a_vessel_on_the_path_itself_has_no_direction(vessel):
    found = measure_mark(straight((1.0, 0, 0)), (5.0, 0.0, 0.0), vessel)
    assert found.clock_deg == Withheld("the vessel's point lies on the nerve's path")
    assert found.direction is None


def test_a_clock_that_rounds_to_a_full_turn_is_rostral_zero():
    found = measure_mark(straight((1.0, 0, 0)), (5.0, 1e-7, 1.0))
    assert (found.clock_deg.value, found.direction) == (0.0, "rostral")


def test_a_mark_without_finite_coordinates_is_refused():
    with pytest.raises(GeometryError, match="position_invalid"):
        measure_mark(straight(), (np.nan, 0.0, 0.0))
    with pytest.raises(GeometryError, match="position_invalid"):
        measure_mark(straight(), (5.0, 0.0, 0.0), (np.nan, 0.0, 0.0))


@given(RIM_DEG)
def test_a_direction_is_the_sector_whose_middle_is_nearest(clock_deg):
    names = "rostral rostroventral ventral caudoventral caudal caudodorsal dorsal rostrodorsal"
    sector = int((clock_deg + 22.5) // 45) % 8
    assert direction_of(clock_deg) == names.split()[sector]
