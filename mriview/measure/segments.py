"""Where along a nerve: the arc length of its landmarks, and the segment that a point falls into.

Borders and defaults are rows of the vocabulary; here they are laid along one path. Intervals are
half-open and the first match wins. A landmark that nobody placed has the default of its row, with
that row's standard deviation and the origin ``default``; one without a default, or beyond the end
of the scan, has no arc length.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from numpy.typing import ArrayLike

from mriview.geometry import Nearest
from mriview.values import DECIMALS
from mriview.values.nerve import Landmark as PlacedLandmark
from mriview.values.nerve import LandmarkOrigin
from mriview.vocabulary import Landmark, Segment, landmarks, segments

NORMAL_95 = 1.96  # standard deviations to either side that hold 95 % of a normal distribution


class Course(Protocol):
    """A nerve as landmarks are laid along it: a `NervePath`, or the samples that a report kept."""

    @property
    def landmarks(self) -> Mapping[str, PlacedLandmark]:
        """Those that somebody placed, by id."""

    def nearest(self, position: ArrayLike) -> Nearest:
        """Find the point of the course that is nearest to a position, LPS mm."""


@dataclass(frozen=True, slots=True)
class LandmarkArc:
    """Arc length of one landmark.

    Parameters
    ----------
    s_mm : float
        From the root exit point; stored to 1e-4, as every number that a report compares.
    sd_mm : float or None
        Standard deviation of a default; None where the landmark was placed: not estimated.
    origin : {"manual", "automatic", "imported", "default"}
        Who placed it.
    """

    s_mm: float
    sd_mm: float | None
    origin: LandmarkOrigin


@dataclass(frozen=True)
class LandmarkArcs:
    """Arc lengths of all landmarks of one nerve; None where one was not placed or not covered."""

    nerve: str
    by_id: Mapping[str, LandmarkArc | None]

    def s_mm(self, landmark: str) -> float | None:
        """Arc length of one landmark, mm; None too where this nerve has no such place."""
        arc = self.by_id.get(landmark)
        return arc.s_mm if arc else None

    @property
    def rdp_mm(self) -> float | None:
        """Arc length of the root detachment point."""
        return self.s_mm("rdp")

    @property
    def tz_end_mm(self) -> float | None:
        """Arc length of the end of the transition zone."""
        return self.s_mm("tz_end")

    @property
    def porus_mm(self) -> float | None:
        """Arc length of the porus: the place of a nerve that may lie outside the scan."""
        rows = (row for row in landmarks().values() if row.nerve == self.nerve)
        return next((self.s_mm(row.id) for row in rows if row.may_be_not_covered), None)


def landmark_arcs(path: Course, nerve: str = "facial") -> LandmarkArcs:
    """Lay the landmarks of a nerve along its path.

    Parameters
    ----------
    path : NervePath, or another `Course`
        A placed landmark counts where the path passes it nearest.
    nerve : str
        Row id of a nerve that has landmarks.

    Examples
    --------
    >>> from mriview.values import NervePath
    >>> path = NervePath(((0.0, 0, 0), (10.0, 0, 0), (20.0, 0, 0)))
    >>> arcs = landmark_arcs(path)
    >>> arcs.rdp_mm, arcs.tz_end_mm, arcs.porus_mm
    (8.0, 12.0, None)
    """
    arcs: dict[str, LandmarkArc | None] = {}
    rows = (row for row in landmarks().values() if row.nerve == nerve)
    for row in sorted(rows, key=lambda row: row.order):
        arcs[row.id] = _arc(row, path, arcs)
    return LandmarkArcs(nerve, arcs)


def segment_at(s_mm: float, arcs: LandmarkArcs) -> str:
    """Name the segment of a point of the path.

    Parameters
    ----------
    s_mm : float
        Arc length from the root exit point; below 0 where a vessel lies in the sulcus.
    arcs : LandmarkArcs
        Of that path.

    Examples
    --------
    >>> from mriview.values import NervePath
    >>> arcs = landmark_arcs(NervePath(((0.0, 0, 0), (20.0, 0, 0))))
    >>> [segment_at(s_mm, arcs) for s_mm in (0.9, 1.0, 7.0, 9.0, 12.0)]
    ['rexp', 'as', 'rdp', 'tz', 'cp']
    """
    return _segment(s_mm, arcs, 0.0).id


def zone_of(segment: str) -> str:
    """Give the coarse zone of a segment: ``proximal`` (susceptible) or ``distal``.

    Examples
    --------
    >>> zone_of("tz"), zone_of("cp")
    ('proximal', 'distal')
    """
    return segments()[segment].zone


def segment_range(low_mm: float, high_mm: float, arcs: LandmarkArcs) -> tuple[str, str]:
    """Name both ends of where a point may lie.

    Parameters
    ----------
    low_mm, high_mm : float
        95 % interval of its arc length; equal where that is not estimated.
    arcs : LandmarkArcs
        A border that rests on a default may itself lie 1.96 standard deviations to either side.

    Returns
    -------
    (str, str)
        The most proximal and the most distal segment; equal where no border is in reach.

    Examples
    --------
    >>> from mriview.values import NervePath
    >>> arcs = landmark_arcs(NervePath(((0.0, 0, 0), (20.0, 0, 0))))
    >>> segment_range(6.5, 6.5, arcs), segment_range(0.2, 0.4, arcs)
    (('as', 'tz'), ('rexp', 'rexp'))
    """
    return _segment(low_mm, arcs, NORMAL_95).id, _segment(high_mm, arcs, -NORMAL_95).id


def _segment(s_mm: float, arcs: LandmarkArcs, shift: float) -> Segment:
    """Find the first segment that ends beyond s, borders moved by so many standard deviations."""
    rows = (row for row in segments().values() if row.nerve == arcs.nerve)
    ordered = sorted(rows, key=lambda row: row.order)
    for row in ordered:
        border = arcs.by_id[row.until.landmark] if row.until else None
        if row.until is None or border is None:
            return row
        if s_mm < border.s_mm + row.until.offset_mm + shift * (border.sd_mm or 0.0):
            return row
    return ordered[-1]


def _arc(
    row: Landmark, path: Course, before: Mapping[str, LandmarkArc | None]
) -> LandmarkArc | None:
    if row.placed_by == "path":
        return LandmarkArc(0.0, None, "manual")
    placed = path.landmarks.get(row.id)
    if placed is not None and placed.position is not None:
        s_mm = path.nearest(placed.position).s_mm
        return LandmarkArc(round(s_mm, DECIMALS), None, placed.origin)
    after = before.get(row.default.after) if row.default else None
    if row.default is None or after is None:
        return None
    sd_mm = math.hypot(row.default.sd_mm, after.sd_mm or 0.0)
    s_mm = round(after.s_mm + row.default.offset_mm, DECIMALS)
    return LandmarkArc(s_mm, sd_mm, "default")
