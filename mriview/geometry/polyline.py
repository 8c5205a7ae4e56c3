"""Curves in patient space: a smooth path through clicks, length along it, nearest points, frames.

Everything here takes and returns LPS millimetres, points as (n, 3). A path is an open polyline of
samples, dense against its bends; what it is (a nerve, a vessel) and what its s = 0 means is not
known here.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mriview.errors import GeometryError
from mriview.geometry.grid import Points

DENSE_STEP_MM = 0.02  # between two samples of the integral; its error is below 1e-6 mm on a nerve
ROUNDING = 1e-9  # of a step: what moving a patient does to a length that is whole steps
DENSE_STEPS = (32, 4096)  # least and most samples between two clicks
JOINED_MM = 1e-6  # points nearer than that are one point
LONGEST_MM = 3000.0  # no path in a person is longer; its samples must fit into memory

ROSTRAL = np.array([0.0, 0.0, 1.0])
DORSAL = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True, eq=False)
class Nearest:
    """The point of a path that is nearest to a position.

    Parameters
    ----------
    point : (3,) float64
        On the path, LPS mm.
    s_mm : float
        Length along the path from its first vertex to ``point``.
    distance_mm : float
        From ``point`` to the position, >= 0.
    tangent : (3,) float64
        Unit vector of growing s.
    """

    point: Points
    s_mm: float
    distance_mm: float
    tangent: Points


@dataclass(frozen=True, eq=False)
class Frames:
    """At each vertex of a path three unit vectors at right angles, right-handed, each (n, 3)."""

    tangent: Points
    normal: Points
    binormal: Points


def arc_length(points_mm: ArrayLike) -> NDArray[np.float64]:
    """Length along a curve at each of its points.

    Parameters
    ----------
    points_mm : (n, 3) array_like
        Vertices in order, LPS mm; n >= 2.

    Returns
    -------
    (n,) float64
        Millimetres from the first vertex; starts at 0, never falls.

    Raises
    ------
    GeometryError
        Fewer than two vertices, or a coordinate that is not finite.

    Examples
    --------
    >>> arc_length([[0.0, 0, 0], [3, 4, 0], [3, 4, 2]]).tolist()
    [0.0, 5.0, 7.0]
    """
    steps_mm = np.linalg.norm(np.diff(_path(points_mm), axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps_mm)])


def natural_spline(clicks_mm: ArrayLike, step_mm: float) -> Points:
    """Sample the natural cubic spline through clicks, its parameter the length of their chords.

    Parameters
    ----------
    clicks_mm : (n, 3) array_like
        In order, LPS mm; n >= 2. Two clicks give the straight line.
    step_mm : float
        Arc length between samples.

    Returns
    -------
    (m, 3) float64
        Samples every ``step_mm`` from the first click; the last one is the last click, so that the
        last step may be shorter.

    Raises
    ------
    GeometryError
        Fewer than two clicks, one that repeats the one before, a coordinate that is not finite, or
        a path longer than a person.

    Examples
    --------
    >>> natural_spline([[0.0, 0, 0], [1.25, 0, 0]], 0.5)[:, 0].tolist()
    [0.0, 0.5, 1.0, 1.25]
    """
    from scipy.interpolate import CubicSpline

    clicks_mm = _path(clicks_mm)
    chords_mm = arc_length(clicks_mm)
    if chords_mm[-1] > LONGEST_MM:
        found = f"a path of {chords_mm[-1] / 1000:.0f} m"
        remedy = f"Keep it below {LONGEST_MM / 1000:.0f} m: coordinates are millimetres"
        raise GeometryError("path_too_long", found, remedy, {"length_mm": float(chords_mm[-1])})
    repeated = np.flatnonzero(np.diff(chords_mm) < JOINED_MM)
    if len(repeated):
        found = f"click {repeated[0] + 2} of {len(clicks_mm)} lies on the click before it"
        remedy = "Take back the repeated click"
        raise GeometryError("clicks_repeated", found, remedy, {"click": int(repeated[0]) + 2})
    spline = CubicSpline(chords_mm, clicks_mm, bc_type="natural")
    dense = _dense_parameters(chords_mm)
    dense_mm = _length_of(spline.derivative(), dense)
    length_mm = float(dense_mm[-1])
    s_mm = np.arange(0.0, length_mm - JOINED_MM, step_mm)
    samples = np.empty((len(s_mm) + 1, 3))
    samples[:-1] = spline(np.interp(s_mm, dense_mm, dense))
    samples[0], samples[-1] = clicks_mm[0], clicks_mm[-1]
    return samples


def point_at(path_mm: ArrayLike, s_mm: ArrayLike) -> Points:
    """Find the points of a path at given lengths along it.

    Parameters
    ----------
    path_mm : (n, 3) array_like
        LPS mm.
    s_mm : (...) array_like
        From the first vertex, mm; between 0 and the length of the path.

    Returns
    -------
    (..., 3) float64
        LPS mm.

    Raises
    ------
    GeometryError
        An ``s_mm`` lies before the beginning or beyond the end.

    Examples
    --------
    >>> point_at([[0.0, 0, 0], [3, 4, 0]], 2.5).tolist()
    [1.5, 2.0, 0.0]
    """
    path_mm, s_mm = _path(path_mm), np.asarray(s_mm, dtype=np.float64)
    at_mm = arc_length(path_mm)
    if not ((s_mm >= -JOINED_MM) & (s_mm <= at_mm[-1] + JOINED_MM)).all():
        found = f"{s_mm.min():.2f} to {s_mm.max():.2f} mm along a path of {at_mm[-1]:.2f} mm"
        evidence = {"length_mm": round(float(at_mm[-1]), 4)}
        raise GeometryError("beyond_path", found, "Draw the path farther", evidence)
    return np.stack([np.interp(s_mm, at_mm, path_mm[:, axis]) for axis in range(3)], axis=-1)


def nearest(path_mm: ArrayLike, position: ArrayLike) -> Nearest:
    """Find the point of a path, on its segments and not only its vertices, nearest to a position.

    Parameters
    ----------
    path_mm : (n, 3) array_like
        LPS mm.
    position : (3,) array_like
        LPS mm.

    Returns
    -------
    Nearest
        Of several nearest points the one with the smallest s.

    Raises
    ------
    GeometryError
        A path without a length, or a coordinate that is not finite.

    Examples
    --------
    >>> found = nearest([[0.0, 0, 0], [10, 0, 0]], [4, 3, 0])
    >>> found.point.tolist(), found.s_mm, found.distance_mm
    ([4.0, 0.0, 0.0], 4.0, 3.0)
    """
    path_mm, position = _with_length(path_mm), np.asarray(position, dtype=np.float64)
    if position.shape != (3,) or not np.isfinite(position).all():
        found = f"a position of shape {position.shape} or with values that are no number"
        raise GeometryError("position_invalid", found, "Give 3 finite coordinates in mm")
    starts, steps = path_mm[:-1], np.diff(path_mm, axis=0)
    share = np.einsum("ij,ij->i", position - starts, steps) / np.einsum("ij,ij->i", steps, steps)
    share = np.clip(share, 0.0, 1.0)
    feet = starts + share[:, None] * steps
    distances_mm = np.linalg.norm(position - feet, axis=1)
    here = int(distances_mm.argmin())
    between = _tangents(path_mm)[here : here + 2]
    tangent = (1 - share[here]) * between[0] + share[here] * between[1]
    at_mm = arc_length(path_mm)[here : here + 2]
    return Nearest(
        point=feet[here],
        s_mm=float(at_mm[0] + share[here] * (at_mm[1] - at_mm[0])),
        distance_mm=float(distances_mm[here]),
        tangent=_unit(tangent, steps[here]),
    )


def nearest_each(path_mm: ArrayLike, positions_mm: ArrayLike) -> tuple[Points, Points]:
    """Find for each of several positions where along a path it lies nearest, and how far away.

    Parameters
    ----------
    path_mm : (n, 3) array_like
        LPS mm.
    positions_mm : (m, 3) array_like
        LPS mm.

    Returns
    -------
    s_mm : (m,) float64
        Length along the path; of several nearest points the smallest.
    distance_mm : (m,) float64
        From the path, >= 0.

    Raises
    ------
    GeometryError
        A path without a length, or a coordinate that is not finite.

    Examples
    --------
    >>> s_mm, away_mm = nearest_each([[0.0, 0, 0], [10, 0, 0]], [[4, 3, 0], [12, 0, 0]])
    >>> s_mm.tolist(), away_mm.tolist()
    ([4.0, 10.0], [3.0, 2.0])
    """
    path_mm, positions_mm = _with_length(path_mm), np.asarray(positions_mm, dtype=np.float64)
    if positions_mm.shape[1:] != (3,) or not np.isfinite(positions_mm).all():
        found = f"positions of shape {positions_mm.shape} or with values that are no number"
        raise GeometryError("position_invalid", found, "Give 3 finite coordinates in mm")
    starts, steps = path_mm[:-1], np.diff(path_mm, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    from_starts = positions_mm[:, None, :] - starts
    share = np.clip(np.einsum("mnj,nj->mn", from_starts, steps) / lengths**2, 0.0, 1.0)
    away_mm = np.linalg.norm(from_starts - share[..., None] * steps, axis=2)
    here = away_mm.argmin(axis=1)
    each = np.arange(len(here))
    s_mm = arc_length(path_mm)[here] + share[each, here] * lengths[here]
    return s_mm, away_mm[each, here]


def torsion_free_frames(path_mm: ArrayLike, towards: ArrayLike = ROSTRAL) -> Frames:
    """Carry a frame along a path without turning it about the path.

    The double reflection method (Wang, Juettler, Zheng, Liu, ACM TOG 27(1), 2008).

    Parameters
    ----------
    path_mm : (n, 3) array_like
        LPS mm; without repeated vertices.
    towards : (3,) array_like
        Where the first normal points, as far as it can; dorsal where the path begins along it.

    Returns
    -------
    Frames
        One frame a vertex; ``binormal`` is tangent x normal.

    Raises
    ------
    GeometryError
        A path without a length, with repeated vertices, or a coordinate that is not finite.

    Examples
    --------
    >>> torsion_free_frames([[0.0, 0, 0], [10, 0, 0]]).normal.tolist()
    [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
    """
    asked, path_mm = np.asarray(path_mm), _with_length(path_mm)
    if len(path_mm) < len(asked):
        found = f"{len(asked) - len(path_mm)} of {len(asked)} points repeat the point before"
        raise GeometryError("points_repeated", found, "Take back the repeated points")
    tangents = _tangents(path_mm)
    normals = np.empty_like(path_mm)
    normals[0] = _across(tangents[0], np.asarray(towards, dtype=np.float64))
    for n, step in enumerate(np.diff(path_mm, axis=0)):
        normal, tangent = _reflected(normals[n], step), _reflected(tangents[n], step)
        turned = _reflected(normal, tangents[n + 1] - tangent)
        normals[n + 1] = _across(tangents[n + 1], turned)  # keeps rounding from adding up
    return Frames(tangents, normals, np.cross(tangents, normals))


def _path(points_mm: ArrayLike) -> Points:
    points_mm = np.asarray(points_mm, dtype=np.float64)
    count = len(points_mm) if points_mm.ndim else 0
    if count < 2 or points_mm.shape != (count, 3):
        found = f"a path needs at least 2 points of 3 coordinates, here shape {points_mm.shape}"
        raise GeometryError("path_too_short", found, "Click one more point", {"points": count})
    bad = int((~np.isfinite(points_mm)).any(axis=1).sum())
    if bad:
        found = f"{bad} of {count} points have a coordinate that is no number"
        raise GeometryError("path_not_finite", found, "Give finite coordinates in mm")
    return points_mm


def _with_length(path_mm: ArrayLike) -> Points:
    """Give a path without its repeated vertices."""
    path_mm = _path(path_mm)
    moves = np.linalg.norm(np.diff(path_mm, axis=0), axis=1) > 0
    if not moves.any():
        found = f"{len(path_mm)} points at one place have no length"
        raise GeometryError("path_no_length", found, "Click one more point elsewhere")
    return np.asarray(path_mm[np.concatenate([[True], moves])])


def _dense_parameters(chords_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    pieces = []
    for start, stop in pairwise(chords_mm):
        steps = (stop - start) / DENSE_STEP_MM - ROUNDING  # a moved path is cut where it was
        count = int(np.clip(np.ceil(steps), *DENSE_STEPS))
        pieces.append(np.linspace(start, stop, count, endpoint=False))
    return np.concatenate([*pieces, chords_mm[-1:]])


def _length_of(velocity: object, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Integrate the speed by Gauss-Legendre with 4 nodes in each interval; (n,) from 0."""
    nodes, weights = np.polynomial.legendre.leggauss(4)
    half = np.diff(parameters)[:, None] / 2
    at = parameters[:-1, None] + half * (nodes + 1)
    speed = np.linalg.norm(velocity(at), axis=-1)  # type: ignore[operator]  # scipy has no types
    return np.concatenate([[0.0], np.cumsum((speed * weights * half).sum(axis=1))])


def _tangents(path_mm: Points) -> Points:
    """Give unit tangents at the vertices, of parabolas through three neighbours each; (n, 3)."""
    steps = np.diff(path_mm, axis=0)
    lengths = np.linalg.norm(steps, axis=1, keepdims=True)
    chords = steps / lengths
    if len(chords) == 1:
        return np.concatenate([chords, chords])
    before, after = lengths[:-1], lengths[1:]
    inner = (chords[:-1] * after + chords[1:] * before) / (before + after)
    rough = np.concatenate([2 * chords[:1] - inner[:1], inner, 2 * chords[-1:] - inner[-1:]])
    forward = np.concatenate([chords, chords[-1:]])
    return np.stack([_unit(a, b) for a, b in zip(rough, forward, strict=True)])


def _unit(vector: Points, otherwise: Points) -> Points:
    """Scale to length 1; where a path turns back on itself the mean of its directions has none."""
    length = np.linalg.norm(vector)
    if length < 1e-9:
        vector, length = otherwise, np.linalg.norm(otherwise)
    return np.asarray(vector / length)


def _across(tangent: Points, towards: Points) -> Points:
    across = towards - (towards @ tangent) * tangent
    if np.linalg.norm(across) < 1e-6 * max(1.0, float(np.linalg.norm(towards))):
        across = DORSAL - (DORSAL @ tangent) * tangent
    return np.asarray(across / np.linalg.norm(across))


def _reflected(vector: Points, normal: Points) -> Points:
    """Mirror in the plane across ``normal``; a normal without length turns nothing."""
    square = normal @ normal
    return vector - 2 * (vector @ normal) / square * normal if square > 1e-24 else vector
