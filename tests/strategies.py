"""Hypothesis strategies for places: grids in any orientation, rotations, curves, nerve paths.

Importable as ``strategies`` in every test. Sizes are those of a posterior fossa in millimetres;
what a test asserts about them stands in the test.
"""

from itertools import permutations, product

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from mriview.geometry import AxisOrder, Grid
from mriview.values import NervePath

COORDINATE_MM = st.floats(-200, 200, width=32)
POINTS_MM = arrays(np.float64, 3, elements=COORDINATE_MM)
CURVES = st.integers(2, 30).flatmap(lambda n: arrays(np.float64, (n, 3), elements=COORDINATE_MM))
ORDERS = [
    AxisOrder((axes[0], axes[1], axes[2]), (flips[0], flips[1], flips[2]))
    for axes in permutations(range(3))
    for flips in product((False, True), repeat=3)
]
MIRROR = np.array([-1.0, 1.0, 1.0])  # left and right of the patient change places


@st.composite
def rotations(draw, most_deg=180.0):
    """Give a rotation matrix, (3, 3)."""
    axis = np.array(draw(st.tuples(*[st.integers(-9, 9)] * 3).filter(any)), dtype=np.float64)
    angle_deg = draw(st.integers(0, int(most_deg * 100))) / 100  # no denormals: ITK fails on them
    return Rotation.from_rotvec(np.deg2rad(angle_deg) * axis / np.linalg.norm(axis)).as_matrix()


def axis_orders():
    """Give one of the 48 permutations and flips of three axes."""
    return st.sampled_from(ORDERS)


@st.composite
def grids(draw, most=9):
    """Give a grid of any orientation, oblique or not, anisotropic, right- or left-handed."""
    sides = st.integers(1, most)
    spacing_mm = draw(st.tuples(*[st.sampled_from([0.3, 0.5, 0.6, 0.7, 1.0, 2.5])] * 3))
    matrix = np.eye(4)
    turned = draw(st.one_of(st.just(np.eye(3)), rotations()))
    matrix[:3, :3] = turned @ np.diag(spacing_mm)
    matrix[:3, 3] = draw(POINTS_MM)
    straight = Grid(draw(st.tuples(sides, sides, sides)), matrix)
    return straight.reordered(draw(axis_orders()))


@st.composite
def curves(draw, least=2, most=7):
    """Give clicks along a curve that goes on and bends by less than 40 deg at each, (n, 3)."""
    count = draw(st.integers(least, most))
    steps_mm = draw(arrays(np.float64, (count - 1, 3), elements=st.floats(-0.6, 0.6)))
    steps_mm += [2.0, 0.0, 0.0]
    scale = draw(st.floats(0.5, 3.0))
    start = draw(arrays(np.float64, (1, 3), elements=st.floats(-60, 60)))
    return np.concatenate([start, start + scale * np.cumsum(steps_mm, axis=0)])


@st.composite
def nerves(draw):
    """Give the path of a left nerve: outwards (+x), in any of the directions that bends allow."""
    return NervePath(tuple(map(tuple, draw(curves(least=3)).tolist())))
