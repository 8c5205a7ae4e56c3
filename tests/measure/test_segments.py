"""The segment table of the facial nerve, laid along paths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import nerves, rotations

from mriview.measure import landmark_arcs, segment_at, segment_range, zone_of
from mriview.values import Landmark, NervePath

ORDER = ["rexp", "as", "rdp", "tz", "cp", "iac"]


def a_nerve(rdp=None, tz_end=None, porus=None, length_mm=30.0):
    """A straight left nerve; landmarks by arc length, or "not_covered"."""
    placed = {}
    for name, s_mm in (("rdp", rdp), ("tz_end", tz_end), ("porus", porus)):
        if s_mm is not None:
            at = None if s_mm == "not_covered" else (10.0 + s_mm, 0.8, 0.0)  # beside the path
            placed[name] = Landmark(at)
    return NervePath(((10.0, 0.0, 0.0), (10.0 + length_mm, 0.0, 0.0)), placed)


@pytest.mark.parametrize(
    ("s_mm", "segment", "zone"),
    [
        (-0.5, "rexp", "proximal"),
        (0.0, "rexp", "proximal"),
        (0.9999, "rexp", "proximal"),
        (1.0, "as", "proximal"),
        (5.4999, "as", "proximal"),
        (5.5, "rdp", "proximal"),
        (7.4999, "rdp", "proximal"),
        (7.5, "tz", "proximal"),
        (10.4999, "tz", "proximal"),
        (10.5, "cp", "distal"),
        (21.9999, "cp", "distal"),
        (22.0, "iac", "distal"),
        (29.0, "iac", "distal"),
    ],
)
def test_borders_are_half_open_and_follow_the_placed_landmarks(s_mm, segment, zone):
    arcs = landmark_arcs(a_nerve(rdp=6.5, porus=22.0))
    assert segment_at(s_mm, arcs) == segment
    assert zone_of(segment) == zone


def test_a_landmark_lies_where_the_path_passes_it_nearest():
    arcs = landmark_arcs(a_nerve(rdp=6.5, tz_end=11.0, porus=22.0))
    assert [arcs.s_mm(name) for name in ("rexp", "rdp", "tz_end", "porus")] == [0, 6.5, 11, 22]
    assert {arc.origin for arc in arcs.by_id.values()} == {"manual"}
    assert {arc.sd_mm for arc in arcs.by_id.values()} == {None}


def test_what_nobody_placed_has_its_default_with_a_standard_deviation():
    arcs = landmark_arcs(a_nerve())
    rdp, tz_end = arcs.by_id["rdp"], arcs.by_id["tz_end"]
    assert (rdp.s_mm, rdp.sd_mm, rdp.origin) == (8.0, 2.0, "default")
    assert (tz_end.s_mm, tz_end.origin) == (12.0, "default")
    assert tz_end.sd_mm == pytest.approx(np.hypot(2.0, 1.0))
    assert arcs.porus_mm is None


def test_the_default_transition_zone_follows_a_placed_detachment_point():
    tz_end = landmark_arcs(a_nerve(rdp=6.0)).by_id["tz_end"]
    assert (tz_end.s_mm, tz_end.sd_mm, tz_end.origin) == (10.0, 1.0, "default")


@pytest.mark.parametrize("porus", [None, "not_covered"])
def test_without_a_porus_the_cistern_has_no_distal_end(porus):
    arcs = landmark_arcs(a_nerve(porus=porus))
    assert segment_at(29.0, arcs) == "cp"
    assert segment_at(1000.0, arcs) == "cp"


def test_where_a_detachment_point_lies_at_the_exit_the_first_match_wins():
    arcs = landmark_arcs(a_nerve(rdp=0.5, porus=20.0))
    assert [segment_at(s_mm, arcs) for s_mm in (0.4, 1.2, 2.0)] == ["rexp", "rdp", "tz"]


@given(st.floats(-2, 40), st.floats(-2, 40), st.floats(0, 29), st.floats(0, 29))
def test_farther_out_is_never_a_more_proximal_segment(one_mm, other_mm, rdp, porus):
    arcs = landmark_arcs(a_nerve(rdp=rdp, porus=porus))
    near, far = (segment_at(s_mm, arcs) for s_mm in sorted((one_mm, other_mm)))
    assert ORDER.index(near) <= ORDER.index(far)


@given(st.floats(-2, 40), st.booleans(), st.booleans())
def test_the_range_of_segments_holds_the_segment(s_mm, rdp_placed, porus_placed):
    nerve = a_nerve(rdp=7.0 if rdp_placed else None, porus=21.0 if porus_placed else None)
    arcs = landmark_arcs(nerve)
    first, last = (ORDER.index(name) for name in segment_range(s_mm, s_mm, arcs))
    assert first <= ORDER.index(segment_at(s_mm, arcs)) <= last


def test_a_border_that_is_only_a_default_leaves_the_segment_open():
    assert segment_range(8.0, 8.0, landmark_arcs(a_nerve(rdp=8.0))) == ("rdp", "rdp")
    assert segment_range(6.5, 6.5, landmark_arcs(a_nerve())) == ("as", "tz")


def test_an_interval_over_a_border_names_both_ends():
    arcs = landmark_arcs(a_nerve(rdp=8.0, tz_end=12.0, porus=20.0))
    assert segment_range(6.8, 7.2, arcs) == ("as", "rdp")
    assert segment_range(11.0, 21.0, arcs) == ("tz", "iac")


@given(nerves(), rotations())
def test_a_turned_patient_has_the_same_arcs(path, rotation):
    porus = path.path_mm[-3] + [0.0, 0.3, 0.2]
    placed = NervePath(path.clicks, {"porus": Landmark(tuple(porus))})
    turned = NervePath(
        tuple(map(tuple, np.array(path.clicks) @ rotation.T)),
        {"porus": Landmark(tuple(rotation @ porus))},
    )
    assert landmark_arcs(turned).porus_mm == pytest.approx(landmark_arcs(placed).porus_mm, abs=1e-4)
