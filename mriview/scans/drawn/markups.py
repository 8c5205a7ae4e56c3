"""Markups of 3D Slicer (``.mrk.json``): point lists, lines and curves, to patient LPS mm.

The schema is Slicer's own, major version 1. Its control points are what a person clicked; what
Slicer interpolates between them is not in the file. A file without a coordinate system is refused:
a guess would be a mirrored patient half of the time.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mriview.errors import InputError
from mriview.values.strict_json import read_json

Point = tuple[float, float, float]
Kind = Literal["points", "line", "closed"]

ENDINGS = (".mrk.json", ".json")
MOST_BYTES = 16 * 2**20  # 500 points with all that Slicer writes about each are 0.5 MB
MOST_POINTS = 500
KINDS: dict[str, Kind] = {
    "Fiducial": "points",
    "Line": "line",
    "Curve": "line",
    "ClosedCurve": "closed",
}
LPS_FROM: dict[str, Point] = {"LPS": (1.0, 1.0, 1.0), "RAS": (-1.0, -1.0, 1.0)}
NUMBERED = {"0": "RAS", "1": "LPS"}  # as Slicer's storage nodes count coordinate systems
MILLIMETRES = ("mm", ["mm", "UCUM", "millimeter"])

_VERSION = re.compile(r"markups(?:-schema)?-v(\d+)\.")


@dataclass(frozen=True, slots=True)
class Markup:
    """One markup of a file.

    Parameters
    ----------
    kind : {"points", "line", "closed"}
        A list of points, an open line or curve, a closed curve.
    positions : tuple of (x, y, z)
        Control points in order, LPS mm.
    labels : tuple of str
        What each point is called in the file; "" where it has no name.
    """

    kind: Kind
    positions: tuple[Point, ...]
    labels: tuple[str, ...]

    def point(self, label: str | None = None) -> Point:
        """Give the only point, or the one of a name.

        Raises
        ------
        InputError
            There are several points and none is named, or not exactly one has that name.
        """
        if label is None:
            if len(self.positions) != 1:
                found = f"the markup holds {len(self.positions)} points, one is meant"
                raise InputError("markup_points", found, "Name one of them as point")
            return self.positions[0]
        named = [at for at, name in zip(self.positions, self.labels, strict=True) if name == label]
        if len(named) != 1:
            found = f"{len(named)} of {len(self.positions)} points of the markup have that name"
            raise InputError("markup_points", found, "Name one that stands in the file once")
        return named[0]


def read_markup(path: Path) -> Markup:
    """Read a file that holds one markup.

    Parameters
    ----------
    path : Path
        A ``.mrk.json`` file.

    Returns
    -------
    Markup
        In LPS mm, whatever the file says its positions in.

    Raises
    ------
    InputError
        ``markup_unreadable``: absent, larger than `MOST_BYTES`, no markups file, of another major
        version, without a coordinate system, not in mm, or with points that were not placed;
        ``markup_points``: none, too many or several markups.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            found = f"a markups file of {size / 2**20:.0f} MiB, at most {MOST_BYTES / 2**20:.0f}"
            raise _unreadable(found, "Save the markup by itself")
        text, twice = read_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _unreadable("the markups file is absent or no JSON", _SAVE) from error
    if twice or not isinstance(text, dict) or not isinstance(text.get("markups"), list):
        raise _unreadable("the file is no markups file of 3D Slicer", _SAVE)
    _known_version(text.get("@schema"))
    listed = text["markups"]
    if len(listed) != 1 or not isinstance(listed[0], dict):
        found = f"the file holds {len(listed)} markups, one is meant"
        raise InputError("markup_points", found, "Save each markup as a file of its own")
    return _markup(listed[0])


def _markup(said: Mapping[str, Any]) -> Markup:
    kind = KINDS.get(str(said.get("type")))
    if kind is None:
        found = "the markup is no point list, line or curve"
        raise _unreadable(found, "Draw it as one of them in 3D Slicer")
    signs = LPS_FROM[_system(said)]
    if said.get("coordinateUnits", "mm") not in MILLIMETRES:
        raise _unreadable("the positions of the markup are not in mm", "Save them in mm")
    points = said.get("controlPoints")
    if not isinstance(points, list) or not 1 <= len(points) <= MOST_POINTS:
        count = len(points) if isinstance(points, list) else 0
        found = f"the markup holds {count} points, 1 to {MOST_POINTS} are read"
        raise InputError("markup_points", found, "Place its points in 3D Slicer")
    placed = [_position(point) for point in points]
    missing = sum(position is None for position in placed)
    if missing:
        found = f"{missing} of {len(placed)} points of the markup have no finite position"
        raise _unreadable(found, "Place or delete them in 3D Slicer")
    return Markup(
        kind=kind,
        positions=tuple(
            (x * signs[0] + 0.0, y * signs[1] + 0.0, z * signs[2] + 0.0)
            for x, y, z in filter(None, placed)
        ),
        labels=tuple(str(point.get("label", "")) for point in points),
    )


def _known_version(schema: object) -> None:
    version = _VERSION.search(schema) if isinstance(schema, str) else None
    if version is None:
        raise _unreadable("the file does not say which markups schema it has", _SAVE)
    if version[1] != "1":
        found = f"the markups schema has version {version[1]}, known is 1"
        raise _unreadable(found, "Update mriview")


def _system(said: Mapping[str, Any]) -> str:
    system = str(said.get("coordinateSystem"))
    system = NUMBERED.get(system, system)
    if system not in LPS_FROM:
        found = "the markup does not say whether its positions are LPS or RAS"
        raise _unreadable(found, "Save it again with 3D Slicer")
    return system


def _position(point: object) -> Point | None:
    """Give a placed position; None where there is none or it is no number."""
    if not isinstance(point, dict) or point.get("positionStatus", "defined") != "defined":
        return None
    position = point.get("position")
    if not isinstance(position, list) or len(position) != 3:
        return None
    if any(isinstance(x, bool) or not isinstance(x, (int, float)) for x in position):
        return None
    try:
        x, y, z = (float(value) for value in position)
    except OverflowError:
        return None
    return (x, y, z) if all(math.isfinite(value) for value in (x, y, z)) else None


def _unreadable(found: str, remedy: str) -> InputError:
    return InputError("markup_unreadable", found, remedy)


_SAVE = "Save the markup with 3D Slicer as .mrk.json"
