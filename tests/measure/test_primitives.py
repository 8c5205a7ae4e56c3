"""Lines and regions beside a nerve: the nearest point decides, the extent is told as drawn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mriview.errors import GeometryError
from mriview.geometry import nearest, nearest_each
from mriview.measure import measure_mark, measure_primitive, middle_of
from mriview.measure.primitives import samples_of
from mriview.values import NervePath

PATH = NervePath(((0.0, 0.0, 0.0), (8.0, 1.0, 0.0), (15.0, 1.0, 2.0), (24.0, 0.0, 3.0)))
COORDINATE_MM = st.floats(-4, 4, width=32)  # a long mark has thousands of samples
POSITIONS = st.lists(st.tuples(COORDINATE_MM, COORDINATE_MM, COORDINATE_MM), min_size=3, max_size=8)


@given(POSITIONS)
def test_many_positions_lie_where_each_lies_alone(positions):
    s_mm, away_mm = nearest_each(PATH.path_mm, positions)
    alone = [nearest(PATH.path_mm, position) for position in positions]
    assert np.allclose(away_mm, [x.distance_mm for x in alone], rtol=0, atol=1e-9)
    assert np.allclose(s_mm, [x.s_mm for x in alone], rtol=0, atol=1e-6)


@given(POSITIONS, st.sampled_from(["line", "region"]))
def test_no_sample_of_a_mark_is_nearer_to_the_nerve_than_the_one_it_is_measured_at(positions, kind):
    found = measure_primitive(PATH, kind, positions)
    distances = [PATH.nearest(x).distance_mm for x in samples_of(kind, positions)]
    assert found.contact.distance_mm == pytest.approx(min(distances), abs=1e-9)
    low_mm, high_mm = found.along_mm
    assert low_mm <= found.contact.arc_mm.value <= high_mm


@given(POSITIONS)
def test_a_line_drawn_from_its_other_end_reaches_as_far(positions):
    forth = measure_primitive(PATH, "line", positions).along_mm
    back = measure_primitive(PATH, "line", positions[::-1]).along_mm
    assert np.allclose(forth, back, rtol=0, atol=0.1)  # two samples of an edge


def test_a_point_measures_as_a_mark_does():
    position = (7.0, -1.0, 0.5)
    found = measure_primitive(PATH, "point", [position], nerve="facial")
    assert found.contact == measure_mark(PATH, position)
    assert found.along_mm[0] == found.along_mm[1]


def test_a_line_is_nearest_between_its_points_and_covers_the_segments_that_it_passes():
    path = NervePath(((0.0, 0, 0), (12.0, 0, 0), (24.0, 0, 0)))
    found = measure_primitive(path, "line", [(2.0, -3.0, 0.0), (6.0, -1.0, 0.0), (20.0, -3.0, 0.0)])
    assert found.contact.arc_mm.value == pytest.approx(6.0)
    assert found.contact.segment == "as"
    assert found.contact.segment_range == ("as", "cp")
    assert found.along_mm == pytest.approx((2.0, 20.0))


def test_a_region_is_closed_and_a_painted_one_has_no_edges():
    corners = [(2.0, -1.0, 0.0), (6.0, -1.0, 0.0), (6.0, -1.0, 2.0)]
    outline = samples_of("region", corners)
    assert np.linalg.norm(np.diff(outline, axis=0, append=outline[:1]), axis=1).max() < 0.11
    assert samples_of("region", corners, painted=True).tolist() == [list(x) for x in corners]


def test_the_middle_of_a_bent_line_lies_on_it():
    assert middle_of("line", [(0.0, 0.0, 0.0), (4.0, 0.0, 0.0), (4.0, 2.0, 0.0)]) == (3.0, 0.0, 0.0)


@pytest.mark.parametrize(("kind", "count"), [("line", 1), ("region", 2)])
def test_a_mark_with_too_few_points_says_how_many_it_needs(kind, count):
    with pytest.raises(GeometryError, match=f"mark_too_small.*{count} points"):
        measure_primitive(PATH, kind, [(1.0, 2.0, 3.0)] * count)
