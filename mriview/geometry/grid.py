"""A regular grid of voxels in patient space: the one owner of shape and matrix.

``Grid`` maps voxel indices to patient millimetres (LPS: x grows to the patient's left, y to the
back, z to the head) and back, names its directions by letters, and gives the same voxels in
another axis order without resampling. Nobody else multiplies these matrices. What lies in the
voxels, and where they came from, is not known here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations, product
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mriview.errors import GeometryError

Points = NDArray[np.float64]
Shape = tuple[int, int, int]

RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])  # NIfTI's world is RAS+, DICOM's and ours LPS+

LETTERS = (
    ("L", "R"),
    ("P", "A"),
    ("H", "F"),
)  # (towards +, towards -) of x, y, z; PS3.3 C.7.6.1.1.1
SECOND_LETTER_SIN = 0.0872  # sin 5 deg: a second letter says that an axis is oblique
LEAST_VOLUME_MM3 = 1e-12  # of a voxel: what is less has axes that span no space
PARALLEL_COS = 1.0 - 1e-6  # 0.08 deg: below it two axes count as one direction


@dataclass(frozen=True, slots=True)
class AxisOrder:
    """How the axes of a grid are permuted and flipped; never resampled.

    Parameters
    ----------
    axes : (int, int, int)
        Old axis that becomes new axis 0, 1, 2.
    flips : (bool, bool, bool)
        Whether that old axis runs backwards, by new axis.
    """

    axes: tuple[int, int, int]
    flips: tuple[bool, bool, bool]

    def view(self, voxels: NDArray[np.generic]) -> NDArray[np.generic]:
        """Give the same voxels in the new order, without a copy; a time axis stays last."""
        rest = tuple(range(3, voxels.ndim))
        turned = voxels.transpose(*self.axes, *rest)
        return turned[tuple(slice(None, None, -1) if flip else slice(None) for flip in self.flips)]

    @property
    def inverse(self) -> "AxisOrder":
        """The order that leads back."""
        back = tuple(self.axes.index(axis) for axis in range(3))
        return AxisOrder(
            axes=(back[0], back[1], back[2]),
            flips=(self.flips[back[0]], self.flips[back[1]], self.flips[back[2]]),
        )


@dataclass(frozen=True, eq=False)
class Grid:
    """Shape and place of a regular grid.

    Parameters
    ----------
    shape : (int, int, int)
        Voxels along i, j, k.
    lps_from_index : (4, 4) float64
        Maps the index of a voxel *centre* to patient LPS mm. Kept as a read-only copy.

    Raises
    ------
    GeometryError
        A side without voxels, a matrix that is not finite or not affine, axes that span no space.

    Examples
    --------
    >>> grid = Grid((4, 5, 6), np.diag([0.5, 0.5, 0.6, 1.0]))
    >>> grid.spacing_mm
    (0.5, 0.5, 0.6)
    >>> grid.letters(0)
    'L'
    >>> grid.lps([[2, 0, 0]]).tolist()
    [[1.0, 0.0, 0.0]]
    """

    shape: Shape
    lps_from_index: NDArray[np.float64]

    def __post_init__(self) -> None:
        shape = tuple(int(n) for n in self.shape)
        matrix = np.array(self.lps_from_index, dtype=np.float64) + 0.0  # no -0.0: equal, equal hash
        if len(shape) != 3 or min(shape) < 1:
            raise GeometryError("grid_empty", f"a grid of {shape} voxels", "Give 3 sides of >= 1")
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            found = f"a matrix of shape {matrix.shape} with {int((~np.isfinite(matrix)).sum())} "
            raise GeometryError("matrix_invalid", f"{found}values that are no number", _MATRIX)
        (a, b, c, _), (d, e, f, _), (g, h, i, _), last = matrix.tolist()
        volume_mm3 = abs(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))
        if last != [0, 0, 0, 1] or not volume_mm3 >= LEAST_VOLUME_MM3:
            raise GeometryError("matrix_invalid", "a matrix whose axes span no space", _MATRIX)
        matrix.setflags(write=False)
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "lps_from_index", matrix)

    @classmethod
    def from_ras(cls, shape: Shape, ras_from_index: ArrayLike) -> Self:
        """Make a grid from a NIfTI matrix (RAS+ mm)."""
        return cls(shape, RAS_FROM_LPS @ np.asarray(ras_from_index, dtype=np.float64))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Grid):
            return NotImplemented
        return self.shape == other.shape and np.array_equal(
            self.lps_from_index, other.lps_from_index
        )

    def __hash__(self) -> int:
        return hash((self.shape, self.lps_from_index.tobytes()))

    @cached_property
    def ras_from_index(self) -> NDArray[np.float64]:
        """The same matrix in NIfTI's world (RAS+ mm), (4, 4) float64."""
        return _read_only(RAS_FROM_LPS @ self.lps_from_index + 0.0)

    @cached_property
    def index_from_lps(self) -> NDArray[np.float64]:
        """The inverse, (4, 4) float64."""
        return _read_only(np.linalg.inv(self.lps_from_index))

    @cached_property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance of neighbouring voxel centres along i, j, k."""
        i, j, k, _ = zip(*self.lps_from_index[:3].tolist(), strict=True)
        return _length(i), _length(j), _length(k)

    @cached_property
    def directions(self) -> NDArray[np.float64]:
        """Unit vectors of growing i, j, k as columns, LPS, (3, 3)."""
        return _read_only(self.lps_from_index[:3, :3] / np.asarray(self.spacing_mm))

    @property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel."""
        return float(abs(np.linalg.det(self.lps_from_index[:3, :3])))

    @property
    def is_orthogonal(self) -> bool:
        """Whether the axes are at right angles (within 0.06 deg)."""
        product_ = self.directions.T @ self.directions
        return bool(np.abs(product_ - np.eye(3)).max() < 1e-3)

    def lps(self, index: ArrayLike) -> Points:
        """Patient mm of voxel indices, which may lie between voxels; shape (..., 3)."""
        index = np.asarray(index, dtype=np.float64)
        return index @ self.lps_from_index[:3, :3].T + self.lps_from_index[:3, 3]

    def index(self, lps_mm: ArrayLike) -> Points:
        """Voxel indices, not rounded, of patient mm; shape (..., 3)."""
        lps_mm = np.asarray(lps_mm, dtype=np.float64)
        return lps_mm @ self.index_from_lps[:3, :3].T + self.index_from_lps[:3, 3]

    def contains(self, lps_mm: ArrayLike, margin_voxels: float = 0.5) -> NDArray[np.bool_]:
        """Whether points (..., 3) lie in the grid; 0.5 is the outer face of its border voxels."""
        index = self.index(lps_mm)
        inside = (index >= -margin_voxels) & (index <= np.array(self.shape) - 1 + margin_voxels)
        return np.asarray(inside.all(axis=-1))

    def corners_mm(self) -> Points:
        """Centres of the eight corner voxels, (8, 3) LPS mm."""
        return self.lps(list(product(*((0, n - 1) for n in self.shape))))

    def letters(self, axis: int) -> str:
        """Name the direction of a growing index: 'L', 'PH' ...; a second letter above 5 deg."""
        return direction_letters(self.directions[:, axis])

    def towards(self, order: str) -> AxisOrder:
        """Find the permutation and flips whose axes point nearest to three letters.

        Parameters
        ----------
        order : str
            One letter an axis, such as ``"SPL"``, ``"LPS"`` or ``"RAS"``; H and F may stand for
            S and I.

        Raises
        ------
        GeometryError
            The letters do not name three axes.

        Examples
        --------
        >>> Grid((4, 5, 6), np.diag([-1.0, 1, 1, 1])).towards("SPL")
        AxisOrder(axes=(2, 1, 0), flips=(False, False, True))
        """
        wanted = [_axis_and_sign(letter) for letter in order]
        if sorted(axis for axis, _ in wanted) != [0, 1, 2]:
            found = f"the axis order {order!r}"
            raise GeometryError("direction_unknown", found, "Name three axes, such as SPL")
        cosines = self.directions
        axes = max(
            permutations(range(3)),
            key=lambda p: sum(abs(cosines[wanted[n][0], p[n]]) for n in range(3)),
        )
        flips = [bool(cosines[wanted[n][0], axes[n]] * wanted[n][1] < 0) for n in range(3)]
        return AxisOrder((axes[0], axes[1], axes[2]), (flips[0], flips[1], flips[2]))

    def order_along(self, other: "Grid") -> AxisOrder:
        """Find the permutation and flips that lay this grid's axes along those of another.

        Parameters
        ----------
        other : Grid
            Whose axes i, j, k are wanted; where none is parallel, the nearest are taken.

        Examples
        --------
        >>> there = Grid((4, 5, 6), np.diag([1.0, 1, 1, 1]))
        >>> turned = there.reordered(AxisOrder((2, 0, 1), (True, False, False)))
        >>> turned.reordered(turned.order_along(there)) == there
        True
        """
        cosines = other.directions.T @ self.directions
        axes = max(
            permutations(range(3)), key=lambda p: sum(abs(cosines[n, p[n]]) for n in range(3))
        )
        flips = [bool(cosines[n, axes[n]] < 0) for n in range(3)]
        return AxisOrder((axes[0], axes[1], axes[2]), (flips[0], flips[1], flips[2]))

    def reordered(self, order: AxisOrder) -> "Grid":
        """Give the grid of ``order.view(voxels)``: the same voxels at the same places."""
        index = np.eye(4)
        index[:3, :] = 0
        for new, (old, flip) in enumerate(zip(order.axes, order.flips, strict=True)):
            index[old, new] = -1 if flip else 1
            index[old, 3] = self.shape[old] - 1 if flip else 0
        shape = (self.shape[order.axes[0]], self.shape[order.axes[1]], self.shape[order.axes[2]])
        return Grid(shape, self.lps_from_index @ index)

    def cropped(self, start: ArrayLike, shape: Shape) -> "Grid":
        """Give the part of the grid that begins at voxel ``start``."""
        matrix = self.lps_from_index.copy()
        matrix[:3, 3] = self.lps(start)
        return Grid(shape, matrix)

    def is_parallel_to(self, other: "Grid") -> bool:
        """Whether the axes of both grids run along the same three lines (within 0.08 deg)."""
        cosines = np.abs(self.directions.T @ other.directions)
        return bool((cosines.max(axis=0) > PARALLEL_COS).all())


def _length(step: Sequence[float]) -> float:
    x, y, z = step
    return math.sqrt(x * x + y * y + z * z)


def _read_only(matrix: ArrayLike) -> NDArray[np.float64]:
    """Freeze what a grid hands out again and again."""
    frozen = np.array(matrix, dtype=np.float64)
    frozen.setflags(write=False)
    return frozen


_MATRIX = "Give a finite 4 x 4 matrix from voxel index to patient mm"


def direction_letters(direction: ArrayLike) -> str:
    """Name an LPS vector: the dominant letter, and a second one above 5 deg.

    Examples
    --------
    >>> direction_letters([0.0, 0.0, 1.0]), direction_letters([-0.98, 0.2, 0.0])
    ('H', 'RP')
    """
    vector = np.asarray(direction, dtype=np.float64)
    vector = vector / np.linalg.norm(vector)
    first, second = np.argsort(-np.abs(vector), kind="stable")[:2]
    named = [first, second] if abs(vector[second]) > SECOND_LETTER_SIN else [first]
    return "".join(LETTERS[n][int(vector[n] < 0)] for n in named)


def _axis_and_sign(letter: str) -> tuple[int, int]:
    letter = {"S": "H", "I": "F"}.get(letter, letter)
    for axis, pair in enumerate(LETTERS):
        if letter in pair:
            return axis, 1 if letter == pair[0] else -1
    found = f"the direction letter {letter!r}"
    raise GeometryError("direction_unknown", found, "Use three of L R P A S I")
