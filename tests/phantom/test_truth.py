"""What the truth of a digital patient says, against the solids that it was computed from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mriview.errors import UsageError
from mriview.geometry.polyline import nearest
from mriview.measure import landmark_arcs, measure_mark
from mriview.phantom import CASES, make_patient, series_plans, truth_of
from mriview.phantom.anatomy import clock_axes, closest_points
from mriview.values import Landmark, NervePath

SEEDS = st.integers(0, 2**32 - 1)
SIDES = ("right", "left")


def truth_for(case: str, seed: int = 0) -> dict:
    patient = make_patient(case, seed)
    return truth_of(patient, {plan.role: plan.grid for plan in series_plans(patient)})


@pytest.mark.whole
@settings(max_examples=8)
@given(SEEDS)
def test_the_artery_touches_the_left_nerve_in_the_attached_segment_for_every_seed(seed) -> None:
    truth = truth_for("aica_left", seed)
    (contact,) = truth["sides"]["left"]["contacts"]
    assert contact["gap_mm"] == pytest.approx(0.0, abs=1e-3)
    assert 4.0 <= contact["arc_mm"] <= 5.1
    assert (contact["segment"], contact["vessel"]) == ("as", "aica")
    assert contact["clock_deg"] == pytest.approx(182, abs=14)
    assert contact["nearest_on_nerve"] == pytest.approx(contact["nearest_on_vessel"], abs=1e-3)
    assert truth["sides"]["right"]["contacts"] == []
    assert truth["sides"]["right"]["nearest_gap_mm"] > 3


@pytest.mark.whole
@settings(max_examples=6)
@given(SEEDS)
def test_the_elongated_vertebral_artery_touches_the_nerve_and_runs_clear_of_all_else(seed) -> None:
    (contact,) = truth_for("va_left", seed)["sides"]["left"]["contacts"]
    assert (contact["segment"], contact["vessel"]) == ("as", "va")
    assert contact["gap_mm"] == pytest.approx(0.0, abs=1e-3)
    patient = make_patient("va_left", seed)
    (artery,) = (a.tube for a in patient.arteries if a.name == "va_left")
    assert (patient.surroundings.brainstem.distance(artery.path_mm) > artery.radii_mm[0]).all()
    others = [a.tube for a in patient.arteries if a.name == "aica_left"]
    for tube in (*patient.other_nerves, *others):
        apart_mm = np.linalg.norm(np.subtract(*closest_points(tube, artery)))
        assert apart_mm > tube.radii_mm[0] + artery.radii_mm[0]


@pytest.mark.whole
@settings(max_examples=6)
@given(SEEDS)
def test_the_pledget_touches_the_nerve_and_no_vessel_does(seed) -> None:
    patient = make_patient("after_mvd_left", seed)
    nerve = patient.facial["left"]
    gap_mm = patient.pledget.exact_distance(nerve.path_mm).min() - nerve.radii_mm[0]
    assert gap_mm == pytest.approx(0.0, abs=0.05)
    truth = truth_for("after_mvd_left", seed)
    assert [implant["kind"] for implant in truth["implants"]] == ["teflon_pledget"]
    assert all(truth["sides"][side]["contacts"] == [] for side in SIDES)


@pytest.mark.whole
@settings(max_examples=8)
@given(SEEDS)
def test_the_mass_touches_the_nerve_and_nothing_else_for_every_seed(seed) -> None:
    truth = truth_for("mass_left", seed)
    (lesion,) = truth["lesions"]
    assert lesion["gap_to_nerve_mm"] == pytest.approx(0.0, abs=1e-3)
    assert (lesion["contacts_nerve"], lesion["contacts_brainstem"]) == (True, False)
    for side in SIDES:
        assert truth["sides"][side]["contacts"] == []


@pytest.mark.whole
@settings(max_examples=8)
@given(SEEDS, st.sampled_from(sorted(CASES)))
def test_left_is_plus_x_and_the_nerve_is_as_long_as_in_people(seed, case) -> None:
    truth = truth_for(case, seed)
    middle = truth["midline"][0]
    for side, sign in (("right", -1), ("left", 1)):
        facial = truth["sides"][side]["facial"]
        x = (np.array(facial["path_mm"])[:, 0] - middle) * sign
        assert (x > 8).all()
        assert x[-1] > x[0]
        assert 7.5 <= facial["landmarks"]["rdp"]["arc_mm"] <= 10.5
        assert 19 <= facial["landmarks"]["porus"]["arc_mm"] <= 24


def test_the_contact_is_where_a_dense_search_finds_the_nearest_walls() -> None:
    patient = make_patient("aica_left", 5)
    nerve = patient.facial["left"]
    artery = next(a for a in patient.arteries if a.name == "aica_left")
    apart = np.array([
        np.linalg.norm(artery.tube.path_mm - point, axis=1).min() for point in nerve.path_mm
    ])  # fmt: skip
    (contact,) = truth_for("aica_left", 5)["sides"]["left"]["contacts"]
    at_mm = nerve.arc_mm[apart.argmin()]
    assert contact["arc_mm"] == pytest.approx(at_mm, abs=0.03)
    assert contact["gap_mm"] == pytest.approx(apart.min() - 0.7 - 0.6, abs=1e-3)


def test_the_joining_line_stands_at_right_angles_on_both_centrelines() -> None:
    patient = make_patient("aica_left", 2)
    nerve = patient.facial["left"]
    tube = next(a.tube for a in patient.arteries if a.name == "aica_left")
    on_nerve, on_vessel = closest_points(nerve, tube)
    for path, point in ((nerve.path_mm, on_nerve), (tube.path_mm, on_vessel)):
        along = nearest(path, point).tangent
        assert abs(along @ (on_vessel - on_nerve)) < 0.02


@given(st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v[:2]) > 0.3))
def test_the_clock_is_the_same_in_a_mirrored_patient(direction) -> None:
    along = np.array(direction) / np.linalg.norm(direction)
    mirror = np.array([-1.0, 1, 1])
    for axis, mirrored_axis in zip(clock_axes(along), clock_axes(along * mirror), strict=True):
        if abs(axis[1]) > 1e-6:
            assert mirrored_axis == pytest.approx(axis * mirror, abs=1e-9)


@pytest.mark.whole
@settings(max_examples=6)
@given(SEEDS)
def test_measuring_the_true_marks_gives_the_truth(seed) -> None:
    side = truth_for("aica_left", seed)["sides"]["left"]
    facial, (contact,) = side["facial"], side["contacts"]
    marks = {
        name: Landmark(tuple(facial["landmarks"][name]["position"])) for name in ("rdp", "porus")
    }
    path = NervePath(tuple(map(tuple, facial["knots_mm"])), marks)
    arcs = landmark_arcs(path)
    assert arcs.rdp_mm == pytest.approx(facial["landmarks"]["rdp"]["arc_mm"], abs=0.01)
    assert arcs.porus_mm == pytest.approx(facial["landmarks"]["porus"]["arc_mm"], abs=0.01)
    found = measure_mark(path, contact["nearest_on_nerve"], contact["nearest_on_vessel"])
    assert found.arc_mm.value == pytest.approx(contact["arc_mm"], abs=0.15)
    assert found.clock_deg.value == pytest.approx(contact["clock_deg"], abs=5)
    assert (found.segment, found.direction) == (contact["segment"], contact["direction"])


def test_the_attached_segment_lies_on_the_pons_and_the_cisternal_one_is_free() -> None:
    patient = make_patient("aica_left", 0)
    nerve = patient.facial["left"]
    off_mm, at_mm = patient.surroundings.brainstem.distance(nerve.path_mm), nerve.arc_mm
    assert (off_mm[at_mm < 7] < 0.7).all()
    assert (off_mm[at_mm > 10.5] > 0.7).all()


def test_an_unknown_case_and_a_negative_seed_are_refused() -> None:
    with pytest.raises(UsageError, match="case_unknown"):
        make_patient("no_such_case")
    with pytest.raises(UsageError, match="seed_negative"):
        make_patient(seed=-1)
