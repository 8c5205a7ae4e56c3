"""One regular grid or a refusal: laws of the pure function that decides it."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from builders import a_grid, moved, planes_of
from hypothesis import given
from hypothesis import strategies as st
from strategies import grids, rotations

from mriview.geometry import Grid
from mriview.scans.headers import Acquisition
from mriview.scans.split import Split, split
from mriview.scans.stack import MOMENTS, TIME_ORDER


def codes(made: Split) -> list[str]:
    """Codes of everything that was said, of volumes and of files turned away."""
    said = [one.code for plan in made.plans for one in plan.problems]
    return said + [away.problem.code for away in made.turned_away]


def files(made: Split) -> list[str]:
    """Every file once, where it went."""
    loaded = [file for plan in made.plans for file in plan.files]
    away = [file for away in made.turned_away for file in away.files]
    return sorted(file.path for file in [*loaded, *away])


def right_handed(grid: Grid) -> Grid:
    """The grid with growing k along the normal of its slices, as a stack is ordered."""
    if np.linalg.det(grid.lps_from_index[:3, :3]) > 0:
        return grid
    order = grid.towards("LPH")
    return grid.reordered(replace(order, axes=(0, 1, 2), flips=(False, False, True)))


def longer(n=12):
    return planes_of(a_grid((6, 5, n)))


@given(grids(), st.randoms(use_true_random=False))
def test_slices_of_any_grid_in_any_order_give_that_grid(grid: Grid, random) -> None:
    if grid.shape[2] < 2:
        return
    planes = planes_of(grid)
    random.shuffle(planes)
    made = split(planes)
    assert codes(made) == []
    (plan,) = made.plans
    assert plan.grid.shape == grid.shape
    expected = right_handed(grid)
    assert np.allclose(plan.grid.lps_from_index, expected.lps_from_index, rtol=0, atol=1e-6)


@given(st.randoms(use_true_random=False), st.integers(1, 10))
def test_the_order_of_files_changes_nothing_even_where_slices_are_missing(random, missing) -> None:
    planes = longer()
    del planes[missing]
    before = split(planes)
    random.shuffle(planes)
    after = split(planes)
    assert [plan.sources for plan in after.plans] == [plan.sources for plan in before.plans]
    assert codes(after) == codes(before)


@given(grids(), rotations())
def test_turning_the_patient_turns_the_grid(grid: Grid, turn) -> None:
    if grid.shape[2] < 2:
        return
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    turned = Grid(grid.shape, matrix @ grid.lps_from_index)
    before, after = split(planes_of(grid)).plans[0].grid, split(planes_of(turned)).plans[0].grid
    assert np.allclose(after.lps_from_index, matrix @ before.lps_from_index, rtol=0, atol=1e-6)


@given(grids())
def test_a_mirrored_series_is_mirrored_and_nothing_else(grid: Grid) -> None:
    if grid.shape[2] < 2:
        return
    mirror = np.diag([-1.0, 1, 1, 1])
    mirrored = Grid(grid.shape, mirror @ grid.lps_from_index)
    (plan,), (there,) = split(planes_of(grid)).plans, split(planes_of(mirrored)).plans
    corners = sorted((plan.grid.corners_mm() * [-1, 1, 1]).round(4).tolist())
    assert sorted(there.grid.corners_mm().round(4).tolist()) == corners


@given(st.integers(2, 9))
def test_a_missing_slice_gives_two_parts_that_say_so(missing: int) -> None:
    planes = longer()
    lost = planes.pop(missing)
    made = split(planes)
    assert [plan.grid.shape[2] for plan in made.plans] == [missing, 11 - missing]
    assert set(codes(made)) == {"slice_gap"}
    evidence = made.plans[0].problems[0].evidence
    assert (evidence["gaps"], evidence["widest_mm"], evidence["parts"]) == (1, 1.4, 2)
    for plan in made.plans:
        assert not plan.grid.contains(lost.position_mm).any()


def test_a_gap_beside_the_last_slice_leaves_it_alone_and_says_so() -> None:
    planes = longer()
    del planes[10]
    made = split(planes)
    assert [plan.grid.shape[2] for plan in made.plans] == [10]
    assert codes(made) == ["slice_gap", "single_slice"]
    assert files(made) == sorted(plane.file.path for plane in planes)


def test_another_step_from_some_slice_on_gives_two_parts() -> None:
    planes = [moved(p, (0, 0, 0.7 * max(0, n - 6))) for n, p in enumerate(longer())]
    made = split(planes)
    assert [round(plan.grid.spacing_mm[2], 3) for plan in made.plans] == [0.7, 1.4]
    assert set(codes(made)) == {"slice_spacing_irregular"}


@pytest.mark.parametrize("offset", [(0, 0, 0.3), (0.3, 0, 0), (0, -0.3, 0)])
def test_a_slice_off_its_place_is_refused(offset) -> None:
    planes = longer()
    planes[5] = moved(planes[5], offset)
    made = split(planes)
    assert made.plans == ()
    assert codes(made) == ["slice_jitter"]
    assert made.turned_away[0].problem.evidence["off_mm"] == pytest.approx(0.3, abs=0.1)


@given(st.lists(st.floats(-0.002, 0.002), min_size=12, max_size=12))
def test_rounding_of_positions_is_no_fault(errors) -> None:
    planes = [moved(p, (0, 0, off)) for p, off in zip(longer(), errors, strict=True)]
    assert codes(split(planes)) == []


@given(grids())
def test_positions_that_were_rounded_to_a_hundredth_are_read_and_it_is_said(grid) -> None:
    rounded = [
        plane._replace(position_mm=tuple(round(mm, 2) for mm in plane.position_mm))
        for plane in planes_of(grid)
    ]
    made = split(rounded)
    if min(grid.spacing_mm) > 0.2 and grid.shape[2] > 1:
        assert len(made.plans) == 1
        assert set(codes(made)) <= {"slice_rounding"}


def test_a_slice_half_a_tenth_of_a_step_off_is_read_with_a_word_and_more_is_refused() -> None:
    planes = longer()
    planes[5] = moved(planes[5], (0, 0, 0.045))
    assert codes(split(planes)) == ["slice_rounding"]
    planes[5] = moved(planes[5], (0, 0, 0.03))
    assert codes(split(planes)) == ["slice_jitter"]


def test_volumes_reformatted_in_three_planes_are_no_localizer() -> None:
    planes = []
    for n, turn in enumerate([(0, 1, 2), (1, 2, 0), (2, 0, 1)]):
        matrix = np.eye(4)
        matrix[:3, :3] = np.eye(3)[:, turn]
        crossing = planes_of(Grid((6, 6, 40), matrix))
        planes += [plane._replace(instance=f"{plane.instance}.{n}") for plane in crossing]
    made = split(planes)
    assert len(made.plans) == 3
    assert set(codes(made)) == {"mixed_orientation"}


@pytest.mark.parametrize("name", ["echo_ms", "flip_deg", "b_value"])
def test_a_number_that_is_rounded_otherwise_in_every_second_slice_halves_nothing(name) -> None:
    planes = [
        plane._replace(kind=((name, "50.00" if n % 2 else "50.01"),))
        for n, plane in enumerate(longer())
    ]
    made = split(planes)
    assert [plan.grid.shape[2] for plan in made.plans] == [12]
    assert codes(made) == []
    far = [p._replace(kind=((name, "50" if n % 2 else "55"),)) for n, p in enumerate(longer())]
    assert [plan.grid.shape[2] for plan in split(far).plans] == [6, 6]


def test_values_that_are_near_and_lie_at_the_same_places_stay_two_volumes() -> None:
    short = [plane._replace(kind=(("echo_ms", "0.03"),)) for plane in longer()]
    long = [
        plane._replace(kind=(("echo_ms", "0.07"),), instance=f"{plane.instance}.2")
        for plane in longer()
    ]
    assert [plan.time_points for plan in split([*short, *long]).plans] == [1, 1]


@pytest.mark.parametrize(
    "other",
    [
        {"image_type": ("DERIVED", "PRIMARY", "M")},
        {"physics": {"ti_ms": 400.0}},
        {"physics": {"tr_ms": 9.0}},
        {"names": ("another",)},
        {"contrast_agent": "gadolinium"},
    ],
)
def test_what_a_hint_tells_apart_is_never_one_series_of_time_points(other) -> None:
    first = Acquisition("MR", image_type=("ORIGINAL", "PRIMARY", "M"))
    second = replace(first, **other)
    planes = [plane._replace(acquisition=first) for plane in longer()]
    planes += [
        plane._replace(acquisition=second, number=plane.number + 12, instance=f"{plane.instance}.2")
        for plane in longer()
    ]
    made = split(planes)
    assert [(plan.time_points, plan.grid.shape[2]) for plan in made.plans] == [(1, 12)] * 2
    assert all(len({p.acquisition.image_type for p in plan.planes}) == 1 for plan in made.plans)


@pytest.mark.parametrize(("word", "code"), [("MIP", "derived_mip"), ("LOCALIZER", "localizer")])
def test_a_scout_or_projection_in_a_series_costs_the_series_nothing(word, code) -> None:
    planes = longer()
    odd = moved(planes[0], (0, 0, -40))._replace(
        instance="2.25.99",
        acquisition=Acquisition("MR", image_type=("DERIVED", "PRIMARY", word)),
    )
    made = split([*planes, odd])
    assert [plan.grid.shape[2] for plan in made.plans] == [12]
    assert codes(made) == [code]


def test_a_frame_of_reference_of_its_own_in_each_image_is_refused_in_numbers() -> None:
    made = split([p._replace(frame_of_reference=f"2.25.{n}") for n, p in enumerate(longer())])
    assert made.plans == ()
    assert [(one.problem.code, one.problem.severity) for one in made.turned_away] == [
        ("two_frames_of_reference", "error")
    ]
    assert made.turned_away[0].problem.evidence["groups"] == 12


def test_a_sheared_stack_is_refused_with_its_angle() -> None:
    step_mm = 0.7 * np.tan(np.deg2rad(10))
    planes = [moved(p, (0, n * step_mm, 0)) for n, p in enumerate(longer())]
    made = split(planes)
    assert made.plans == ()
    assert codes(made) == ["slice_tilt"]
    assert made.turned_away[0].problem.evidence["tilt_deg"] == pytest.approx(10, abs=0.01)


def test_two_images_at_one_place_are_refused() -> None:
    planes = longer()
    planes.append(planes[4]._replace(instance="2.25.9", number=13))
    made = split(planes)
    assert made.plans == ()
    assert codes(made) == ["duplicate_position"]


def test_one_identity_for_two_images_is_refused() -> None:
    planes = longer()
    planes[5] = planes[5]._replace(instance=planes[4].instance)
    made = split(planes)
    assert made.plans == ()
    assert codes(made) == ["duplicate_instance_conflict"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"columns": 7}, "mixed_size"),
        ({"spacing_mm": (0.5, 0.61)}, "mixed_spacing"),
        ({"frame_of_reference": "2.25.8"}, "two_frames_of_reference"),
        ({"along_i": (0.0, 1.0, 0.0), "along_j": (-1.0, 0.0, 0.0)}, "mixed_orientation"),
    ],
)
def test_what_should_not_be_mixed_is_read_apart_and_said(change, code) -> None:
    planes = [p._replace(**change) if n >= 7 else p for n, p in enumerate(longer())]
    made = split(planes)
    assert sorted(plan.grid.shape[2] for plan in made.plans) == [5, 7]
    assert set(codes(made)) == {code}


def test_direction_cosines_may_differ_in_their_last_digits() -> None:
    planes = [p._replace(along_i=(1.0, n * 1e-6, 0.0)) for n, p in enumerate(longer())]
    assert codes(split(planes)) == []


def test_echoes_of_one_series_are_two_volumes_without_a_word() -> None:
    first = planes_of(a_grid(), kind=(("echo_ms", "10.00"),))
    second = [
        p._replace(kind=(("echo_ms", "90.00"),), instance=p.instance + "9")
        for p in planes_of(a_grid())
    ]
    made = split(first + second)
    assert [plan.grid.shape for plan in made.plans] == [(6, 5, 4)] * 2
    assert codes(made) == []


def time_points(*times, numbers=None):
    """Two stacks of one grid with the times that are given."""
    stacks = []
    for t, time in enumerate(times):
        for plane in planes_of(a_grid()):
            number = plane.number + 4 * t if numbers is None else numbers(plane.number, t)
            named = MappingProxyType({} if time is None else {"acquired_s": time})
            stacks.append(
                plane._replace(times=named, number=number, instance=f"{plane.instance}.{t}")
            )
    return stacks


@given(st.randoms(use_true_random=False))
def test_time_points_come_as_one_volume_in_the_order_of_their_time(random) -> None:
    planes = time_points(20.0, 10.0, 30.0)
    random.shuffle(planes)
    (plan,) = split(planes).plans
    assert plan.time_points == 3
    assert [plane.times["acquired_s"] for plane in plan.planes[::4]] == [10.0, 20.0, 30.0]


@pytest.mark.parametrize("name", TIME_ORDER)
def test_every_kind_of_time_orders_time_points(name) -> None:
    planes = [
        plane._replace(times=MappingProxyType({name: 7.0 - t}), instance=f"{plane.instance}.{t}")
        for t in range(3)
        for plane in planes_of(a_grid())
    ]
    (plan,) = split(planes).plans
    assert [plane.times[name] for plane in plan.planes[::4]] == [5.0, 6.0, 7.0]


def made_at(moment_of, name):
    """Three time points whose slices were each made at a moment of its own."""
    return [
        plane._replace(
            times=MappingProxyType({name: moment_of(k, t)}),
            instance=f"{plane.instance}.{t}",
            number=0,
        )
        for t in range(3)
        for k, plane in enumerate(planes_of(a_grid()))
    ]


@pytest.mark.parametrize("name", MOMENTS)
@given(st.randoms(use_true_random=False))
def test_slices_made_one_after_the_other_are_time_points_in_order(name, random) -> None:
    planes = made_at(lambda k, t: 100.0 * t + (7 * k) % 4, name)
    random.shuffle(planes)
    (plan,) = split(planes).plans
    assert plan.time_points == 3
    assert [plane.instance[-1] for plane in plan.planes] == ["0"] * 4 + ["1"] * 4 + ["2"] * 4


def test_moments_that_overlap_between_time_points_order_nothing() -> None:
    made = split(made_at(lambda k, t: 2.0 * t + 3 * (k % 2) + k / 8, "acquired_s"))
    assert made.plans == ()
    assert codes(made) == ["repeated_position"]


@pytest.mark.parametrize("numbers", [lambda k, t: k + 4 * t, lambda k, t: 10 * k + t])
def test_numbers_order_time_points_where_they_run_in_blocks(numbers) -> None:
    (plan,) = split(time_points(None, None, numbers=numbers)).plans
    assert plan.time_points == 2
    assert all(plane.instance.endswith(".0") for plane in plan.planes[:4])


def test_images_at_the_same_places_that_nothing_orders_are_refused() -> None:
    made = split(time_points(None, None, numbers=lambda _k, _t: 0))
    assert made.plans == ()
    assert codes(made) == ["repeated_position"]


def test_a_torn_time_point_is_left_out_and_said() -> None:
    made = split(time_points(10.0, 20.0)[:-1])
    assert [plan.time_points for plan in made.plans] == [1]
    assert codes(made) == ["time_point_incomplete"]
    assert len(made.turned_away[0].files) == 3


def test_time_points_that_are_shifted_in_their_plane_are_not_joined() -> None:
    planes = time_points(10.0, 20.0)
    planes[4:] = [moved(plane, (1.0, 0, 0)) for plane in planes[4:]]
    assert split(planes).plans == ()


@pytest.mark.parametrize("word", ["MIP", "PROJECTION IMAGE"])
def test_a_projection_is_no_scan(word) -> None:
    made = split(planes_of(a_grid(), acquisition=Acquisition(image_type=("DERIVED", "X", word))))
    assert codes(made) == ["derived_mip"]
    assert made.turned_away[0].problem.severity == "info"


def test_three_planes_that_cross_are_a_localizer() -> None:
    planes = []
    for n, turn in enumerate([(0, 1, 2), (1, 2, 0), (2, 0, 1)]):
        matrix = np.eye(4)
        matrix[:3, :3] = np.eye(3)[:, turn]
        crossing = planes_of(Grid((6, 6, 3), matrix))
        planes += [plane._replace(instance=f"{plane.instance}.{n}") for plane in crossing]
    made = split(planes)
    assert made.plans == ()
    assert codes(made) == ["localizer"]


def test_one_slice_is_no_volume_and_two_are() -> None:
    assert codes(split(longer()[:1])) == ["single_slice"]
    assert split(longer()[:2]).plans[0].grid.shape == (6, 5, 2)


@given(st.sets(st.integers(0, 11), min_size=2))
def test_whatever_is_missing_every_file_is_somewhere_and_every_plane_in_its_place(kept) -> None:
    planes = [plane for n, plane in enumerate(longer()) if n in kept]
    made = split(planes)
    assert files(made) == sorted(plane.file.path for plane in planes)
    for plan in made.plans:
        places = plan.grid.lps([(0, 0, k) for k in range(plan.grid.shape[2])])
        assert np.allclose(places, [plane.position_mm for plane in plan.planes], atol=0.011)
