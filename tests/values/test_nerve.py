"""Laws of a nerve as a curve."""

import numpy as np
import pytest
from hypothesis import given
from strategies import nerves

from mriview.errors import GeometryError
from mriview.geometry import arc_length
from mriview.values import Landmark, NervePath


@given(nerves())
def test_a_path_begins_at_the_exit_point_and_ends_at_the_last_click(path):
    assert path.path_mm[0].tolist() == list(path.clicks[0])
    assert path.path_mm[-1].tolist() == list(path.clicks[-1])
    assert path.nearest(path.clicks[0]).s_mm == 0
    assert path.nearest(path.clicks[-1]).s_mm == pytest.approx(path.length_mm)
    assert path.length_mm == arc_length(path.path_mm)[-1]


@given(nerves())
def test_a_path_is_at_least_as_long_as_the_chords_between_its_clicks_nearly(path):
    # the polyline of samples cuts the bends a little: below 1 mm in 100 mm
    assert path.length_mm >= 0.99 * arc_length(path.clicks)[-1]


def test_two_paths_with_the_same_clicks_are_one_value():
    clicks = ((0.0, 0.0, 0.0), (5.0, 1.0, 0.0))
    placed = {"porus": Landmark((5.0, 1.0, 0.0))}
    assert NervePath(clicks) == NervePath(clicks)
    assert NervePath(clicks, placed) != NervePath(clicks)


def test_nobody_can_bend_a_path_that_exists():
    path = NervePath(((0.0, 0.0, 0.0), (5.0, 1.0, 0.0)))
    with pytest.raises(ValueError, match="read-only"):
        path.path_mm[0] = 1.0


@pytest.mark.parametrize(
    ("clicks", "code"),
    [
        (((0.0, 0.0, 0.0),), "path_too_short"),
        ((), "path_too_short"),
        (((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), "clicks_repeated"),
        (((0.0, 0.0, 0.0), (np.nan, 0.0, 0.0)), "path_not_finite"),
    ],
)
def test_clicks_without_a_length_make_no_nerve(clicks, code):
    with pytest.raises(GeometryError) as refused:
        NervePath(clicks)
    assert refused.value.code == code
