"""Marks that are longer than a point: what a line or a region beside a nerve says of a contact.

The contact lies where the mark comes nearest to the nerve; how far the mark reaches along the nerve
is told beside it, as drawn. That is no contact length: the length of a contact rests on the outer
surfaces of nerve and vessel, which no mark gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from mriview.errors import GeometryError
from mriview.geometry import Points
from mriview.measure.contacts import ContactMeasures, measure_mark
from mriview.measure.segments import landmark_arcs, segment_range
from mriview.values import DECIMALS, NervePath

Kind = Literal["point", "line", "region"]
Point = tuple[float, float, float]

EDGE_STEP_MM = 0.1  # between two samples of a drawn edge: a fifth of the finest voxels
LEAST_POINTS = {"point": 1, "line": 2, "region": 3}


@dataclass(frozen=True)
class PrimitiveMeasures:
    """What a mark says.

    Parameters
    ----------
    contact : ContactMeasures
        Of the point of the mark that is nearest to the nerve; ``segment_range`` covers the mark.
    along_mm : (float, float)
        Arc lengths between which the mark lies beside the nerve.
    """

    contact: ContactMeasures
    along_mm: tuple[float, float]


def measure_primitive(
    path: NervePath,
    kind: str,
    positions: Sequence[Point],
    vessel_position: ArrayLike | None = None,
    *,
    nerve: str = "facial",
    painted: bool = False,
) -> PrimitiveMeasures:
    """Measure what a point, a line or a region and the nerve's path give.

    Parameters
    ----------
    path : NervePath
        Of the marked nerve.
    kind : {"point", "line", "region"}
        A line runs through its positions in order; a region is known by its outline, or by the
        voxels that were painted.
    positions : sequence of (x, y, z)
        LPS mm.
    vessel_position : (3,) array_like, optional
        Nearest point of the vessel, LPS mm; without it the nearest point of the mark stands for it.
    nerve : str
        Row id, for landmarks and segments.
    painted : bool
        Whether the positions of a region are voxels and not corners.

    Raises
    ------
    GeometryError
        Too few positions, a path without a length, or a coordinate that is not finite.

    Examples
    --------
    >>> path = NervePath(((0.0, 0, 0), (10.0, 0, 0), (20.0, 0, 0)))
    >>> found = measure_primitive(path, "line", [(3.0, -2.0, 0.0), (6.0, -1.0, 0.0)])
    >>> found.contact.arc_mm.value, found.along_mm
    (6.0, (3.0, 6.0))
    """
    samples = samples_of(kind, positions, painted=painted)
    s_mm, away_mm = path.nearest_each(samples)
    here = int(away_mm.argmin())
    low_mm, high_mm = (round(float(end), DECIMALS) for end in (s_mm.min(), s_mm.max()))
    found = measure_mark(path, samples[here], vessel_position, nerve=nerve)
    within = segment_range(low_mm, high_mm, landmark_arcs(path, nerve))
    return PrimitiveMeasures(replace(found, segment_range=within), (low_mm, high_mm))


def samples_of(kind: str, positions: Sequence[Point], *, painted: bool = False) -> Points:
    """Give the points by which a mark is measured: along its line, along its outline, its voxels.

    Returns
    -------
    (n, 3) float64
        LPS mm; at most `EDGE_STEP_MM` apart on a line or an outline, all positions among them.

    Raises
    ------
    GeometryError
        Fewer positions than the kind has.

    Examples
    --------
    >>> samples_of("line", [(0.0, 0.0, 0.0), (0.2, 0.0, 0.0)]).tolist()
    [[0.0, 0.0, 0.0], [0.1, 0.0, 0.0], [0.2, 0.0, 0.0]]
    """
    marked = np.array(positions, dtype=np.float64).reshape(-1, 3)
    least = 1 if painted else LEAST_POINTS[kind]
    if len(marked) < least:
        found = f"a {kind} of {len(marked)} points"
        raise GeometryError("mark_too_small", found, f"Mark {least} points at least")
    if kind == "point" or painted:
        return marked
    ends = np.roll(marked, -1, axis=0) if kind == "region" else marked[1:]
    edges = [_edge(start, end) for start, end in zip(marked, ends, strict=kind == "region")]
    return np.concatenate([*edges, marked[-1:]] if kind == "line" else edges)


def middle_of(kind: str, positions: Sequence[Point]) -> Point:
    """Find where a mark is shown: half way along a line, the mean of a region's positions.

    Examples
    --------
    >>> middle_of("line", [(0.0, 0.0, 0.0), (3.0, 0.0, 0.0), (3.0, 1.0, 0.0)])
    (2.0, 0.0, 0.0)
    """
    marked = np.array(positions, dtype=np.float64).reshape(-1, 3)
    if kind == "line":
        lengths = np.linalg.norm(np.diff(marked, axis=0), axis=1)
        at_mm = np.concatenate([[0.0], np.cumsum(lengths)])
        x, y, z = (float(np.interp(at_mm[-1] / 2, at_mm, marked[:, axis])) for axis in range(3))
        return x, y, z
    x, y, z = (float(value) for value in marked.mean(axis=0))
    return x, y, z


def _edge(start: Points, end: Points) -> Points:
    """Sample an edge from its start to just before its end."""
    count = max(1, int(np.ceil(np.linalg.norm(end - start) / EDGE_STEP_MM - 1e-9)))
    return start + (end - start) * (np.arange(count) / count)[:, None]
