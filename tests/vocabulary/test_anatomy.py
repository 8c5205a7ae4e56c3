"""Nerve, landmarks, segments, vessels, clock: what the domain says of them holds for the rows."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mriview import vocabulary as v

MM = st.floats(0.5, 12, width=32)


def segment_at(s_mm: float, landmarks_mm: dict[str, float]) -> str:
    """First row whose end lies beyond s; a landmark that is not there ends nothing."""
    for row in v.segments().values():
        if row.until is None or row.until.landmark not in landmarks_mm:
            return row.id
        if s_mm < landmarks_mm[row.until.landmark] + row.until.offset_mm:
            return row.id
    raise AssertionError


def segment_by_the_table(s: float, s_rdp: float, s_tz: float, s_porus: float) -> str:
    """The table of segments as a person wrote it: intervals with both ends, first match wins."""
    intervals = {
        "rexp": s < 1.0,
        "as": 1.0 <= s < s_rdp - 1.0,
        "rdp": s_rdp - 1.0 <= s < s_rdp + 1.0,
        "tz": s_rdp + 1.0 <= s < s_tz,
        "cp": s_tz <= s < s_porus,
        "iac": s >= s_porus,
    }
    return next(key for key, inside in intervals.items() if inside)


@given(st.floats(-5, 40, width=32), MM, MM, MM)
def test_ends_alone_name_the_same_segment_as_intervals_with_both_ends(
    s_mm: float, to_rdp: float, to_tz: float, to_porus: float
) -> None:
    s_rdp, s_tz = to_rdp, to_rdp + to_tz
    places = {"rexp": 0.0, "rdp": s_rdp, "tz_end": s_tz, "porus": s_tz + to_porus}
    if s_tz >= s_rdp + 1.0:  # else the table as written leaves a hole, which ends alone do not
        assert segment_at(s_mm, places) == segment_by_the_table(s_mm, s_rdp, s_tz, places["porus"])
    assert segment_at(s_mm, places) in v.segments()


@pytest.mark.parametrize(
    ("s_mm", "name"),
    [(-1, "rexp"), (0.99, "rexp"), (1, "as"), (7, "rdp"), (9, "tz"), (12, "cp"), (20, "iac")],
)
def test_borders_belong_to_the_outer_segment(s_mm: float, name: str) -> None:
    assert segment_at(s_mm, {"rexp": 0, "rdp": 8, "tz_end": 12, "porus": 20}) == name


def test_without_a_porus_the_canal_cannot_be_named() -> None:
    assert segment_at(500, {"rexp": 0, "rdp": 8, "tz_end": 12}) == "cp"


def test_segments_and_landmarks_stand_in_the_order_from_the_brainstem_outwards() -> None:
    for rows in (v.segments(), v.landmarks()):
        assert [row.order for row in rows.values()] == list(range(1, len(rows) + 1))
        assert {row.nerve for row in rows.values()} == {nerve.id for nerve in v.nerves().values()}
    assert {row.until.landmark for row in v.segments().values() if row.until} <= set(v.landmarks())


def test_only_the_last_segment_of_a_nerve_has_no_end() -> None:
    last = {row.nerve: row.id for row in v.segments().values()}
    assert [x.id for x in v.segments().values() if x.until is None] == list(last.values())


def test_the_proximal_nerve_ends_with_the_transition_zone() -> None:
    facial = [row for row in v.segments().values() if row.nerve == "facial"]
    zones = [row.zone for row in facial]
    assert zones == ["proximal"] * 4 + ["distal"] * 2
    proximal = [row for row in facial if row.zone == "proximal"]
    assert proximal[-1].until is not None
    assert proximal[-1].until.landmark == "tz_end"


def test_a_landmark_is_clicked_or_has_a_default_or_may_lie_outside_the_scan() -> None:
    for row in v.landmarks().values():
        ways = [row.placed_by == "path", row.default is not None, row.may_be_not_covered]
        assert ways.count(True) == 1, row.id


def test_default_landmarks_lie_where_the_literature_puts_them() -> None:
    defaults = {row.id: row.default for row in v.landmarks().values() if row.default}
    assert {k: (d.after, d.offset_mm, d.sd_mm) for k, d in defaults.items()} == {
        "rdp": ("rexp", 8.0, 2.0),
        "tz_end": ("rdp", 4.0, 1.0),
        "v_rez_end": ("v_exit", 4.5, 1.0),
        "v_mid_end": ("v_rez_end", 4.5, 1.0),
        "ix_rez_end": ("ix_exit", 1.5, 0.5),
    }
    for row in v.landmarks().values():
        if row.default:
            assert v.landmarks()[row.default.after].order < row.order


def test_the_assessed_nerve_is_the_facial_one_and_has_a_radius() -> None:
    assert [row.id for row in v.nerves().values() if row.assessed] == ["facial"]
    assert v.nerves()["facial"].radius_mm == 0.7


def test_every_nerve_begins_at_its_root_and_its_last_segment_has_no_end() -> None:
    for nerve in v.nerves():
        places = [row for row in v.landmarks().values() if row.nerve == nerve]
        assert [row.placed_by for row in places] == ["path"] + ["reader"] * (len(places) - 1)
        parts = [row for row in v.segments().values() if row.nerve == nerve]
        ends = [row.until.landmark if row.until else None for row in parts]
        assert ends[-1] is None
        assert None not in ends[:-1]
        assert set(ends[:-1]) <= {row.id for row in places}


def test_for_each_kind_of_vessel_there_is_an_honest_answer_that_names_none() -> None:
    honest = {row.kind for row in v.vessels().values() if not row.named}
    assert honest == {"artery", "vein", "unspecified"}
    assert all(row.kind != "unspecified" for row in v.vessels().values() if row.named)


def test_an_unnamed_vessel_may_be_as_thick_as_the_thickest_of_its_kind() -> None:
    for row in v.vessels().values():
        if not row.named:
            same = [one for one in v.vessels().values() if row.kind in (one.kind, "unspecified")]
            assert row.max_radius_mm == max(one.max_radius_mm for one in same)


def test_no_vessel_is_thinner_than_a_perforator_or_thicker_than_a_basilar_artery() -> None:
    assert all(0.25 <= row.max_radius_mm <= 2.1 for row in v.vessels().values())


def test_each_key_names_one_vessel() -> None:
    keys = [row.key for row in v.vessels().values() if row.key]
    assert len(keys) == len(set(keys))
    assert all(len(key) == 1 and key.isupper() for key in keys)


def test_colours_are_names_of_the_label_palette() -> None:
    palette = {"vermillion", "sky_blue", "reddish_purple", "orange", "blue"}
    assert {row.colour for row in v.vessels().values()} == palette


def test_eight_directions_share_the_circle_from_rostral_toward_ventral() -> None:
    rows = list(v.directions().values())
    assert [row.centre_deg for row in rows] == [45.0 * n for n in range(8)]
    quarters = [row.id for row in rows if row.centre_deg % 90 == 0]
    assert quarters == ["rostral", "ventral", "caudal", "dorsal"]
    for one, two in itertools.pairwise(rows):
        assert one.id != two.id


def test_deformity_is_what_bends_dents_or_thins() -> None:
    bare = {row.id for row in v.morphologies().values() if not row.deformity}
    assert bare == {"touch", "pass_between", "encircling"}
    assert "atrophy" not in v.morphologies()
