"""Markups of 3D Slicer: where their points are, and what is refused in one sentence."""

import json

import drawn
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mriview.errors import InputError
from mriview.scans.drawn import read_markup
from mriview.scans.drawn.markups import MOST_POINTS

POINTS = [[9.0, -4.0, -18.0], [14.0, -5.5, -17.5], [25.0, -9.5, -16.0]]
COORDINATE_MM = st.floats(-200, 200, allow_nan=False)
PLACES = st.lists(st.tuples(COORDINATE_MM, COORDINATE_MM, COORDINATE_MM), min_size=1, max_size=9)


@pytest.mark.parametrize(
    ("slicer", "kind"),
    [("Fiducial", "points"), ("Line", "line"), ("Curve", "line"), ("ClosedCurve", "closed")],
)
def test_control_points_come_in_their_order(tmp_path, slicer, kind):
    file = drawn.write_markups(tmp_path / "a.mrk.json", drawn.a_markup(POINTS, slicer))
    markup = read_markup(file)
    assert markup.kind == kind
    assert [list(x) for x in markup.positions] == POINTS


@given(PLACES)
def test_the_same_points_in_ras_and_in_lps_are_the_same_points(tmp_path_factory, places):
    folder = tmp_path_factory.mktemp("markups")
    lps = drawn.write_markups(folder / "lps.mrk.json", drawn.a_markup(places))
    markup = drawn.a_markup(drawn.in_ras(places), coordinateSystem="RAS")
    ras = drawn.write_markups(folder / "ras.mrk.json", markup)
    assert read_markup(ras) == read_markup(lps)
    assert np.allclose(read_markup(lps).positions, places, rtol=0, atol=0)


@pytest.mark.parametrize(("number", "flipped"), [(0, True), ("0", True), (1, False), ("1", False)])
def test_a_numbered_coordinate_system_is_that_of_slicers_storage(tmp_path, number, flipped):
    markup = drawn.a_markup([POINTS[0]], coordinateSystem=number)
    file = drawn.write_markups(tmp_path / "a.mrk.json", markup)
    x, y, z = POINTS[0]
    assert read_markup(file).positions[0] == ((-x, -y, z) if flipped else (x, y, z))


def test_a_point_is_found_by_its_name_or_by_being_the_only_one(tmp_path):
    points = [drawn.a_control_point(x, name) for x, name in zip(POINTS, "rpp", strict=True)]
    markup = read_markup(drawn.write_markups(tmp_path / "a.json", drawn.a_markup(points)))
    assert list(markup.point("r")) == POINTS[0]
    for name in (None, "p", "q"):
        with pytest.raises(InputError, match="markup_points"):
            markup.point(name)


NAN = drawn.a_control_point([float("nan"), 0.0, 0.0])


@pytest.mark.parametrize(
    ("markup", "sentence"),
    [
        (drawn.a_markup(POINTS, coordinateSystem=None), "LPS or RAS"),
        (drawn.a_markup(POINTS, coordinateSystem="IJK"), "LPS or RAS"),
        (drawn.a_markup(POINTS, coordinateSystem=2), "LPS or RAS"),
        (drawn.a_markup(POINTS, coordinateUnits="um"), "not in mm"),
        (drawn.a_markup(POINTS, "ROI"), "no point list, line or curve"),
        (drawn.a_markup([*POINTS, NAN]), "1 of 4 points"),
        (drawn.a_markup([[1, 2, "3"]]), "1 of 1 points"),
        (drawn.a_markup([[10**400, 2, 3]]), "1 of 1 points"),
        (drawn.a_markup([drawn.a_control_point([0, 0, 0], positionStatus="undefined")]), "1 of 1"),
        (drawn.a_markup([]), "holds 0 points"),
        (drawn.a_markup([POINTS[0]] * (MOST_POINTS + 1)), "holds 501 points"),
    ],
)
def test_what_leaves_a_point_without_a_place_is_refused(tmp_path, markup, sentence):
    file = drawn.write_markups(tmp_path / "a.mrk.json", markup)
    with pytest.raises(InputError, match=sentence) as refusal:
        read_markup(file)
    assert refusal.value.code in {"markup_unreadable", "markup_points"}
    assert refusal.value.remedy


def test_a_markup_without_a_coordinate_system_is_not_guessed(tmp_path):
    markup = drawn.a_markup(POINTS)
    del markup["coordinateSystem"]
    with pytest.raises(InputError, match="LPS or RAS"):
        read_markup(drawn.write_markups(tmp_path / "a.mrk.json", markup))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"@schema": drawn.SCHEMA.replace("v1.0.3", "v2.0.0")}, "version 2, known is 1"),
        ({"@schema": None}, "which markups schema"),
        ({"@schema": "https://example.org/schema#"}, "which markups schema"),
        ({"markups": None}, "no markups file"),
        ({"markups": [drawn.a_markup(POINTS)] * 2}, "holds 2 markups"),
        ({"markups": []}, "holds 0 markups"),
        ({"markups": ["points"]}, "holds 1 markups"),
    ],
)
def test_a_file_of_another_make_is_refused(tmp_path, said, sentence):
    file = drawn.write_markups(tmp_path / "a.mrk.json", drawn.a_markup(POINTS), **said)
    with pytest.raises(InputError, match=sentence):
        read_markup(file)


def test_no_file_no_json_and_a_huge_file_are_refused(tmp_path):
    file = tmp_path / "a.mrk.json"
    with pytest.raises(InputError, match="absent or no JSON"):
        read_markup(file)
    file.write_text("{" * 100)
    with pytest.raises(InputError, match="absent or no JSON"):
        read_markup(file)
    file.write_text(json.dumps({"markups": "x" * 17 * 2**20}))
    with pytest.raises(InputError, match="17 MiB, at most 16"):
        read_markup(file)


KEYS = st.sampled_from(["type", "controlPoints", "position", "coordinateSystem"])
WORDS = st.none() | st.integers() | st.sampled_from(["Curve", "LPS", "defined"])
NESTED = st.recursive(WORDS, lambda x: st.lists(x) | st.dictionaries(KEYS, x), max_leaves=12)


@given(NESTED)
def test_no_json_ends_in_anything_but_a_sentence(tmp_path_factory, value):
    file = tmp_path_factory.mktemp("markups") / "a.mrk.json"
    drawn.write_markups(file, value)
    with pytest.raises(InputError):
        read_markup(file)
