"""What follows from one mark beside a nerve: where along it, in which segment, from which side.

Pure: a path and one or two points in, quantities out. No interval is estimated here, and no gap:
that needs the outer surfaces of nerve and vessel, which a mark does not give. Whether the vessel
touches is the reader's word and lives in the review.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mriview.errors import GeometryError
from mriview.geometry import Nearest, Points
from mriview.measure.segments import landmark_arcs, segment_at, segment_range, zone_of
from mriview.values import Measured, NervePath, Quantity, withheld
from mriview.vocabulary import directions

ROSTRAL = np.array([0.0, 0.0, 1.0])  # patient superior, LPS
VENTRAL = np.array([0.0, -1.0, 0.0])  # patient anterior, LPS

ALONG_COS = 0.94  # cos 20 deg: nearer to rostral or ventral the nerve leaves no zero angle
SAGITTAL_COS = 0.1  # within 6 deg of the sagittal plane ventral lies on neither side of the nerve
ON_PATH_MM = 0.05  # nearer to the path a point has no direction from it

METHOD = "natural_spline"


@dataclass(frozen=True)
class ContactMeasures:
    """What one mark says.

    Parameters
    ----------
    nearest_on_nerve : (float, float, float)
        Point of the path nearest to the mark, LPS mm.
    nearest_on_vessel : (float, float, float)
        The vessel's point as marked, LPS mm; the mark itself where no other was given.
    distance_mm : float
        From the mark to the path; no gap between surfaces.
    arc_mm : Quantity
        Along the nerve from the root exit point.
    segment : str
        Row id of the segment of ``nearest_on_nerve``.
    segment_range : (str, str)
        Most proximal and most distal segment that the marks allow.
    zone : str
        ``proximal`` or ``distal``.
    porus_distance_mm : Quantity or Withheld
        Arc length of the porus minus ``arc_mm``; negative inside the canal.
    clock_deg : Quantity or Withheld
        Direction of the vessel across the nerve: 0 rostral, 90 ventral, 180 caudal, 270 dorsal.
    direction : str or None
        Row id of the sector of ``clock_deg``; None where that is withheld.
    """

    nearest_on_nerve: tuple[float, float, float]
    nearest_on_vessel: tuple[float, float, float]
    distance_mm: float
    arc_mm: Quantity
    segment: str
    segment_range: tuple[str, str]
    zone: str
    porus_distance_mm: Measured
    clock_deg: Measured
    direction: str | None


def measure_mark(
    path: NervePath,
    position: ArrayLike,
    vessel_position: ArrayLike | None = None,
    *,
    nerve: str = "facial",
) -> ContactMeasures:
    """Measure what a mark and the nerve's path give.

    Parameters
    ----------
    path : NervePath
        Of the marked nerve.
    position : (3,) array_like
        The mark, LPS mm. The contact lies where the path passes it nearest.
    vessel_position : (3,) array_like, optional
        Nearest point of the vessel, LPS mm; without it the mark stands for it.
    nerve : str
        Row id, for landmarks and segments.

    Raises
    ------
    GeometryError
        A path without a length, or a coordinate that is not finite.

    Examples
    --------
    >>> path = NervePath(((0.0, 0, 0), (10.0, 0, 0), (20.0, 0, 0)))
    >>> found = measure_mark(path, (5.0, -1.0, 0.0))
    >>> found.arc_mm.value, found.segment, found.clock_deg.value, found.direction
    (5.0, 'as', 90.0, 'ventral')
    """
    here, arcs = path.nearest(position), landmark_arcs(path, nerve)
    vessel_mm = np.asarray(position if vessel_position is None else vessel_position, np.float64)
    if vessel_mm.shape != (3,) or not np.isfinite(vessel_mm).all():
        found = f"a vessel's point of shape {vessel_mm.shape} or with values that are no number"
        raise GeometryError("position_invalid", found, "Give 3 finite coordinates in mm")
    arc_mm = Quantity(here.s_mm, "mm", METHOD)
    segment = segment_at(arc_mm.value, arcs)
    clock_deg = clock(here, vessel_mm)
    porus_distance_mm: Measured = withheld("porus_open")
    if arcs.porus_mm is not None:
        porus_distance_mm = Quantity(arcs.porus_mm - arc_mm.value, "mm", METHOD)
    return ContactMeasures(
        nearest_on_nerve=_point(here.point),
        nearest_on_vessel=_point(vessel_mm),
        distance_mm=here.distance_mm,
        arc_mm=arc_mm,
        segment=segment,
        segment_range=segment_range(arc_mm.value, arc_mm.value, arcs),
        zone=zone_of(segment),
        porus_distance_mm=porus_distance_mm,
        clock_deg=clock_deg,
        direction=direction_of(clock_deg.value) if isinstance(clock_deg, Quantity) else None,
    )


def clock(here: Nearest, vessel_mm: ArrayLike) -> Measured:
    """Measure from which side a vessel lies, in the plane across the nerve.

    The zero is patient superior, projected into that plane; ventral is a quarter turn on, on the
    side where the patient's front is. So it is anatomical, not handed: a mirrored patient has the
    same angle.

    Parameters
    ----------
    here : Nearest
        Point and tangent of the nerve.
    vessel_mm : (3,) array_like
        Point of the vessel, LPS mm.

    Returns
    -------
    Quantity or Withheld
        Degrees, [0, 360): 0 rostral, 90 ventral, 180 caudal, 270 dorsal.
    """
    tangent = here.tangent
    if abs(tangent @ ROSTRAL) > ALONG_COS:
        return withheld("runs_rostral")
    if abs(tangent @ VENTRAL) > ALONG_COS:
        return withheld("runs_ventral")
    rostral = _across(ROSTRAL, tangent)
    rostral /= np.linalg.norm(rostral)
    ventral = np.cross(tangent, rostral)
    side = float(ventral @ VENTRAL)
    if abs(side) < SAGITTAL_COS:
        return withheld("runs_sagittal")
    ventral *= math.copysign(1.0, side)
    away = _across(np.asarray(vessel_mm, dtype=np.float64) - here.point, tangent)
    if np.linalg.norm(away) < ON_PATH_MM:
        return withheld("vessel_on_path")
    angle_deg = math.degrees(math.atan2(away @ ventral, away @ rostral)) % 360.0
    measured = Quantity(angle_deg, "deg", METHOD)
    return measured if measured.value < 360.0 else Quantity(0.0, "deg", METHOD)


def direction_of(clock_deg: float) -> str:
    """Name the sector of a clock angle, from half a sector before its middle to half beyond.

    Examples
    --------
    >>> [direction_of(deg) for deg in (0.0, 22.4, 22.5, 359.0)]
    ['rostral', 'rostral', 'rostroventral', 'rostral']
    """
    rows = directions()
    width_deg = 360.0 / len(rows)
    starts = {row.id: (clock_deg - row.centre_deg + width_deg / 2) % 360.0 for row in rows.values()}
    return min(starts, key=lambda row_id: starts[row_id])


def _across(vector: Points, tangent: Points) -> Points:
    return vector - (vector @ tangent) * tangent


def _point(point: Points) -> tuple[float, float, float]:
    x, y, z = point.tolist()
    return x, y, z
