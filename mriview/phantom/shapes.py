"""Solids of the digital patient, each a signed distance: ellipsoids, tubes, half spaces, and sums.

All take patient points (n, 3) in LPS mm and give millimetres to their surface, negative inside.
The sign is exact everywhere; the size is exact for tubes and half spaces and near the surface of
the others, which is where a voxel is partly filled. What a solid stands for, ``anatomy`` says.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from mriview.geometry import Points
from mriview.geometry.polyline import arc_length, natural_spline, point_at

Distances = NDArray[np.float64]

TUBE_STEP_MM = 0.02  # samples of a centreline; its distance is then right to 1e-4 mm
FAR_MM = 3.0  # beyond half of the widest voxel and the fluid between brain and bone
ROUNDS = 60  # halvings of the interval that holds the nearest point of an ellipsoid


class Solid(Protocol):
    """What has an inside."""

    def distance(self, points_mm: Points) -> Distances:
        """Signed distance of points (n, 3) to the surface, mm, negative inside; (n,)."""
        ...

    def box_mm(self) -> tuple[Points, Points] | None:
        """Least and greatest corner of a box around the solid; None where it has no end."""
        ...


@dataclass(frozen=True, eq=False)
class Ellipsoid:
    """An ellipsoid, turned.

    Parameters
    ----------
    centre_mm : (3,) float64
        LPS mm.
    semi_mm : (3,) float64
        Semi-axes.
    axes : (3, 3) float64
        Their directions as columns, orthonormal.
    """

    centre_mm: Points
    semi_mm: Points
    axes: Points

    def distance(self, points_mm: Points) -> Distances:
        """Signed distance, exact in sign and to second order near the surface."""
        local = (points_mm - self.centre_mm) @ self.axes
        scaled = np.linalg.norm(local / self.semi_mm, axis=-1)
        steep = np.linalg.norm(local / self.semi_mm**2, axis=-1)
        deep = -float(self.semi_mm.min())
        near = scaled * (scaled - 1.0) / np.where(steep > 0, steep, 1.0)
        return np.where(steep > 0, near, deep)

    def exact_distance(self, points_mm: ArrayLike) -> Distances:
        """Distance of points outside to the surface, exact; 0 for points inside.

        The nearest point q solves q_i = a_i^2 y_i / (t + a_i^2) on the surface, with one t >= 0.
        """
        local = np.abs((np.atleast_2d(points_mm) - self.centre_mm) @ self.axes)
        squares = self.semi_mm**2
        low = np.zeros(len(local))
        high = np.linalg.norm(local, axis=1) * self.semi_mm.max()
        for _ in range(ROUNDS):
            t = (low + high) / 2
            outside = ((self.semi_mm * local / (t[:, None] + squares)) ** 2).sum(axis=1) > 1
            low, high = np.where(outside, t, low), np.where(outside, high, t)
        feet = squares * local / (high[:, None] + squares)
        inside = ((local / self.semi_mm) ** 2).sum(axis=1) <= 1
        return np.where(inside, 0.0, np.linalg.norm(local - feet, axis=1))

    def extents_mm(self) -> Points:
        """Full widths along x, y, z: twice the root of the sum of squared projections; (3,)."""
        return np.asarray(2.0 * np.linalg.norm(self.axes * self.semi_mm, axis=1))

    def section_mm(self, normal: ArrayLike) -> tuple[float, float]:
        """Long and short diameter of the largest section across a direction."""
        shape = self.axes @ np.diag(self.semi_mm**-2.0) @ self.axes.T
        plane = np.linalg.svd(np.asarray(normal, dtype=np.float64).reshape(1, 3))[2][1:].T
        short, long = 2.0 / np.sqrt(np.linalg.eigvalsh(plane.T @ shape @ plane))[::-1]
        return float(long), float(short)

    @property
    def volume_mm3(self) -> float:
        """4/3 pi a b c."""
        return float(4.0 / 3.0 * np.pi * self.semi_mm.prod())

    def box_mm(self) -> tuple[Points, Points]:
        """Give the box around it."""
        half = self.extents_mm() / 2
        return self.centre_mm - half, self.centre_mm + half


@dataclass(frozen=True, eq=False)
class Foot:
    """A point of a centreline, its length along it from the first knot, the direction there."""

    point: Points
    s_mm: float
    tangent: Points


@dataclass(frozen=True, eq=False)
class Tube:
    """A round tube on the natural cubic spline through knots, with round ends.

    Parameters
    ----------
    knots_mm : (n, 3) float64
        LPS mm.
    radii_mm : tuple of float
        One radius, or one a knot, linear in the length of the curve between them.
    """

    knots_mm: Points
    radii_mm: tuple[float, ...]

    @cached_property
    def path_mm(self) -> Points:
        """The centreline every 0.02 mm, (m, 3)."""
        return natural_spline(self.knots_mm, TUBE_STEP_MM)

    @cached_property
    def radius_along_mm(self) -> Distances:
        """Radius at each vertex of the centreline, (m,)."""
        if len(self.radii_mm) == 1:
            return np.full(len(self.path_mm), self.radii_mm[0])
        knots = self.arc_mm[self._tree.query(self.knots_mm)[1]]
        return np.asarray(np.interp(self.arc_mm, knots, self.radii_mm))

    def distance(self, points_mm: Points) -> Distances:
        """Signed distance to the wall; `FAR_MM` from there on."""
        reach_mm = FAR_MM + max(self.radii_mm)
        away_mm, vertex = self._tree.query(points_mm, distance_upper_bound=reach_mm)
        radii_mm = np.append(self.radius_along_mm, 0.0)[vertex]  # one more: nothing in reach
        return np.asarray(np.minimum(away_mm - radii_mm, FAR_MM))

    @cached_property
    def arc_mm(self) -> Distances:
        """Length along the centreline at each of its vertices, (m,)."""
        return arc_length(self.path_mm)

    @property
    def length_mm(self) -> float:
        """Length of the whole centreline."""
        return float(self.arc_mm[-1])

    def at(self, s_mm: ArrayLike) -> Points:
        """Give the points of the centreline at lengths along it, (..., 3)."""
        return point_at(self.path_mm, s_mm)

    def foot(self, point_mm: Points) -> Foot:
        """Find the point of the centreline that is nearest to a point."""
        starts, steps = self.path_mm[:-1], np.diff(self.path_mm, axis=0)
        along = ((point_mm - starts) * steps).sum(axis=1) / (steps**2).sum(axis=1)
        along = np.clip(along, 0.0, 1.0)
        feet = starts + along[:, None] * steps
        n = int(np.linalg.norm(point_mm - feet, axis=1).argmin())
        s_mm = float(self.arc_mm[n] + along[n] * (self.arc_mm[n + 1] - self.arc_mm[n]))
        span = self.at(np.clip([s_mm - TUBE_STEP_MM, s_mm + TUBE_STEP_MM], 0, self.length_mm))
        tangent = (span[1] - span[0]) / np.linalg.norm(span[1] - span[0])
        return Foot(feet[n], s_mm, tangent)

    def box_mm(self) -> tuple[Points, Points]:
        """Give the box around it."""
        most = max(self.radii_mm)
        return self.path_mm.min(axis=0) - most, self.path_mm.max(axis=0) + most

    def narrowed(self, factor: float) -> "Tube":
        """Give the lumen: the same centreline with all radii times a factor."""
        return Tube(self.knots_mm, tuple(radius * factor for radius in self.radii_mm))

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.path_mm)


@dataclass(frozen=True, eq=False)
class HalfSpace:
    """Everything on the far side of a plane.

    Parameters
    ----------
    point_mm : (3,) float64
        On the plane, LPS mm.
    into : (3,) float64
        Direction into the solid; its length does not matter.
    """

    point_mm: Points
    into: Points

    def distance(self, points_mm: Points) -> Distances:
        """Signed distance to the plane."""
        normal = self.into / np.linalg.norm(self.into)
        return np.asarray(self.point_mm @ normal - points_mm @ normal)

    def box_mm(self) -> None:
        """Give no box: a half space has no end."""


@dataclass(frozen=True, eq=False)
class Both:
    """What several solids share."""

    parts: tuple[Solid, ...]

    def distance(self, points_mm: Points) -> Distances:
        """Signed distance, exact in sign; some bound above `FAR_MM` far outside."""
        deepest = np.full(len(points_mm), -np.inf)
        for part in self.parts:
            where = np.flatnonzero(deepest < FAR_MM)
            deepest[where] = np.maximum(deepest[where], part.distance(points_mm[where]))
        return deepest

    def box_mm(self) -> tuple[Points, Points] | None:
        """Give the box of the first part that has one."""
        return next((box for part in self.parts if (box := part.box_mm())), None)


@dataclass(frozen=True, eq=False)
class Sum:
    """Several solids as one, kept away from another.

    Parameters
    ----------
    parts : tuple of Solid
        What is joined.
    away_from : Solid or None
        What it keeps ``by_mm`` off, such as brain off bone.
    by_mm : float
        Millimetres.
    """

    parts: tuple[Solid, ...]
    away_from: Solid | None = None
    by_mm: float = 0.0

    def distance(self, points_mm: Points) -> Distances:
        """Signed distance, exact in sign; `FAR_MM` at most away from every part."""
        joined = np.full(len(points_mm), FAR_MM)
        for part in self.parts:
            where = near(points_mm, part, FAR_MM)
            joined[where] = np.minimum(joined[where], part.distance(points_mm[where]))
        if self.away_from is not None:
            where = np.flatnonzero(joined < FAR_MM)
            off = self.by_mm - self.away_from.distance(points_mm[where])
            joined[where] = np.maximum(joined[where], off)
        return joined

    def box_mm(self) -> None:
        """Give no box: a sum fills most of the head."""


def near(points_mm: Points, solid: Solid, by_mm: float) -> NDArray[np.intp]:
    """Find the points in the box of a solid, made wider by ``by_mm`` on every side."""
    box = solid.box_mm()
    if box is None:
        return np.arange(len(points_mm))
    low, high = box[0] - by_mm, box[1] + by_mm
    found = np.arange(len(points_mm))
    for axis in range(3):
        here = points_mm[found, axis]
        found = found[(here >= low[axis]) & (here <= high[axis])]
    return found
