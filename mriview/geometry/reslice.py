"""Voxels seen on other planes and grids: linear sampling in patient space.

One plane, a slab of planes, or a whole volume that is computed only where it is looked at. The
source is never changed and never extrapolated: beyond the outer faces of its border voxels there
is ``fill``. Which plane is worth looking at is not known here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mriview.errors import GeometryError
from mriview.geometry.grid import Grid, Points

Voxels = NDArray[np.generic]
Pixels = NDArray[np.float32]
Projection = Literal["mean", "max", "min"]
Key = int | np.integer | slice

_PROJECTIONS: dict[str, Callable[[Pixels], Pixels]] = {
    "mean": lambda planes: planes.mean(axis=0),
    "max": lambda planes: planes.max(axis=0),
    "min": lambda planes: planes.min(axis=0),
}


@dataclass(frozen=True, eq=False)
class Section:
    """A raster of pixels on a plane in patient space.

    Parameters
    ----------
    origin_mm : (3,) array_like
        Centre of pixel (0, 0), LPS mm.
    right, down : (3,) array_like
        Where columns and rows grow, LPS; any length but 0.
    spacing_mm : (float, float)
        Between rows, between columns.
    shape : (int, int)
        Rows, columns.

    Raises
    ------
    GeometryError
        Right and down span no plane.
    """

    origin_mm: ArrayLike
    right: ArrayLike
    down: ArrayLike
    spacing_mm: tuple[float, float]
    shape: tuple[int, int]

    def __post_init__(self) -> None:
        if not np.linalg.norm(self.across) > 0.5:
            found = "the directions right and down span no plane"
            raise GeometryError("section_flat", found, "Give two directions at an angle")

    @cached_property
    def across(self) -> Points:
        """Unit vector down x right, (3,) LPS."""
        down, right = _unit(self.down), _unit(self.right)
        return _unit(np.cross(down, right))

    @cached_property
    def points_mm(self) -> Points:
        """Pixel centres, (rows, columns, 3) LPS mm."""
        rows, columns = (
            np.arange(n) * mm for n, mm in zip(self.shape, self.spacing_mm, strict=True)
        )
        down_mm = rows[:, None, None] * _unit(self.down)
        return (
            np.asarray(self.origin_mm, np.float64) + down_mm + columns[:, None] * _unit(self.right)
        )


def plane(voxels: Voxels, grid: Grid, section: Section, *, fill: float = 0.0) -> Pixels:
    """Sample one plane through a volume.

    Parameters
    ----------
    voxels : (i, j, k) array
        On ``grid``.
    grid : Grid
        Where the voxels lie.
    section : Section
        Where the pixels lie.
    fill : float
        Value outside the volume.

    Returns
    -------
    (rows, columns) float32
        Linear between voxel centres.

    Raises
    ------
    GeometryError
        The voxels have not the grid's shape.

    Examples
    --------
    >>> voxels, grid = np.arange(24.0).reshape(2, 3, 4), Grid((2, 3, 4), np.eye(4))
    >>> section = Section((1, 0, 0.5), (0, 0, 1), (0, 1, 0), (1, 1), (3, 2))
    >>> plane(voxels, grid, section).tolist()
    [[12.5, 13.5], [16.5, 17.5], [20.5, 21.5]]
    """
    return _sample(_on(grid, voxels), grid.index(section.points_mm), fill)


def slab(
    voxels: Voxels,
    grid: Grid,
    section: Section,
    *,
    thickness_mm: float,
    projection: Projection = "mean",
    fill: float = 0.0,
) -> Pixels:
    """Sample a slab about a plane and project it.

    Its planes lie no farther apart than half the smallest voxel edge, the outer two on its faces.

    Parameters
    ----------
    voxels, grid, fill
        As for `plane`.
    section : Section
        The middle of the slab.
    thickness_mm : float
        From face to face, > 0.
    projection : {"mean", "max", "min"}
        What is kept of each ray across the slab.

    Returns
    -------
    (rows, columns) float32

    Raises
    ------
    GeometryError
        The voxels have not the grid's shape, or the thickness is not above 0.
    """
    if not thickness_mm > 0:
        found = f"a slab of {thickness_mm} mm"
        raise GeometryError("slab_without_thickness", found, "Give a thickness above 0 mm")
    voxels = _on(grid, voxels)
    count = 1 + int(np.ceil(thickness_mm / (min(grid.spacing_mm) / 2)))
    offsets_mm = np.linspace(-thickness_mm / 2, thickness_mm / 2, count)
    planes = [
        _sample(voxels, grid.index(section.points_mm + mm * section.across), fill)
        for mm in offsets_mm
    ]
    return _PROJECTIONS[projection](np.stack(planes))


class Resliced:
    """A volume seen on another grid, computed only where it is asked: a duck array.

    Parameters
    ----------
    voxels : (i, j, k) array
        On ``source``; may be anything that numpy can index.
    source : Grid
        Where the voxels lie.
    target : Grid
        On which they are seen.
    fill : float
        Value outside the source.

    Raises
    ------
    GeometryError
        The voxels have not the source's shape.

    Examples
    --------
    >>> grid = Grid((2, 3, 4), np.eye(4))
    >>> half_a_voxel_up = Grid((2, 3, 3), np.eye(4) + np.diag([0.5], k=3))
    >>> seen = Resliced(np.arange(24.0).reshape(2, 3, 4), grid, half_a_voxel_up)
    >>> seen.shape, seen[0, 1, :].tolist()
    ((2, 3, 3), [10.0, 11.0, 12.0])
    """

    def __init__(self, voxels: Voxels, source: Grid, target: Grid, fill: float = 0.0) -> None:
        self._voxels, self._fill = _on(source, voxels), fill
        self._source_from_target = source.index_from_lps @ target.lps_from_index
        self.shape = target.shape
        self.ndim = 3
        self.dtype = np.dtype(np.float32)

    def __getitem__(self, key: Key | tuple[Key, ...]) -> Pixels:
        keys = key if isinstance(key, tuple) else (key,)
        keys = (*keys, *(slice(None),) * (self.ndim - len(keys)))
        axes = [np.arange(n)[k] for n, k in zip(self.shape, keys, strict=True)]
        asked = np.meshgrid(*(np.atleast_1d(axis) for axis in axes), indexing="ij")
        matrix = self._source_from_target
        index = np.stack(asked, axis=-1) @ matrix[:3, :3].T + matrix[:3, 3]
        values = _sample(self._voxels, index, self._fill)
        return values[tuple(0 if np.ndim(axis) == 0 else slice(None) for axis in axes)]

    def __array__(
        self, dtype: np.dtype[np.generic] | None = None, copy: bool | None = None
    ) -> NDArray[np.generic]:
        if copy is False:
            msg = "a resliced volume is computed: it cannot be had without a copy"
            raise ValueError(msg)
        return np.asarray(self[:, :, :], dtype=dtype)


def _on(grid: Grid, voxels: Voxels) -> Voxels:
    if tuple(voxels.shape) != grid.shape:
        found = f"voxels of shape {tuple(voxels.shape)} for a grid of {grid.shape}"
        raise GeometryError("voxels_other_grid", found, "Give the voxels of that grid, one volume")
    return voxels


def _unit(vector: ArrayLike) -> Points:
    """Scale to length 1; what has no length stays so."""
    vector = np.asarray(vector, dtype=np.float64)
    length = np.linalg.norm(vector)
    return np.asarray(vector / length) if length > 1e-9 else np.zeros(3)


def _sample(voxels: Voxels, index: Points, fill: float) -> Pixels:
    """Sample linearly at indices (..., 3), reading only the box of voxels about them."""
    from scipy.ndimage import map_coordinates

    last = np.array(voxels.shape) - 1
    inside = ((index >= -0.5) & (index <= last + 0.5)).all(axis=-1)
    values = np.full(inside.shape, fill, dtype=np.float32)
    if not inside.any():
        return values
    at = np.clip(index[inside], 0, last)  # half a voxel beyond the centres the border's value holds
    start, stop = np.floor(at.min(axis=0)).astype(int), np.ceil(at.max(axis=0)).astype(int) + 1
    box = np.asarray(voxels[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))])
    known = box.dtype.kind in "iuf" and box.dtype != np.float16  # by the sampler
    box = box.astype(box.dtype.newbyteorder("=") if known else np.float32, copy=False)
    sampled = map_coordinates(box, (at - start).T, output=np.float32, order=1, mode="nearest")
    values[inside] = cast("Pixels", sampled)
    return values
