"""A nerve as a curve: the reader's clicks, the smooth path through them, and its landmarks.

The path is the natural cubic spline through the clicks (chord-length parameter), kept as samples
every 0.5 mm with both ends; arc length s runs along it from the root exit point. That s falls into
a segment, and what a segment is called, ``mriview.measure.segments`` knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from numpy.typing import ArrayLike

from mriview.geometry import Points
from mriview.geometry.polyline import (
    Nearest,
    arc_length,
    natural_spline,
    nearest,
    nearest_each,
)

SAMPLE_STEP_MM = 0.5  # contract, section 5

Point = tuple[float, float, float]
LandmarkOrigin = Literal["manual", "automatic", "imported", "default"]


@dataclass(frozen=True, slots=True)
class Landmark:
    """A named place on the nerve.

    Parameters
    ----------
    position : (float, float, float) or None
        LPS mm; None where the scan ends before it (``not_covered``).
    origin : {"manual", "automatic", "imported", "default"}
        Who placed it.
    """

    position: Point | None
    origin: LandmarkOrigin = "manual"


@dataclass(frozen=True)
class NervePath:
    """One nerve of one side.

    Parameters
    ----------
    clicks : tuple of (x, y, z)
        LPS mm, in order; the first is the root exit point (s = 0).
    landmarks : mapping
        Landmark id to `Landmark`.

    Raises
    ------
    GeometryError
        Fewer than two clicks, a coordinate that is no number, or clicks without a length.
    """

    clicks: tuple[Point, ...]
    landmarks: Mapping[str, Landmark] = field(default_factory=lambda: MappingProxyType({}))
    path_mm: Points = field(init=False, repr=False, compare=False)
    """Samples every 0.5 mm along the spline, both ends included, (n, 3) LPS mm, read-only."""

    def __post_init__(self) -> None:
        path_mm = natural_spline(self.clicks, SAMPLE_STEP_MM)
        path_mm.setflags(write=False)
        object.__setattr__(self, "path_mm", path_mm)

    @cached_property
    def length_mm(self) -> float:
        """Arc length from the root exit point to the last click."""
        return float(arc_length(self.path_mm)[-1])

    def nearest(self, position: ArrayLike) -> Nearest:
        """Find the point of the path that is nearest to a position, with its arc length."""
        return nearest(self.path_mm, position)

    def nearest_each(self, positions: ArrayLike) -> tuple[Points, Points]:
        """Find for each of (m, 3) positions the arc length at which it lies nearest, and how far.

        Returns
        -------
        s_mm, distance_mm : (m,) float64
            From the root exit point along the path, and from the path.
        """
        return nearest_each(self.path_mm, positions)
