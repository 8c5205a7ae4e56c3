"""Files that a script names: what was drawn elsewhere becomes positions and voxels of a command.

``set_mask`` names a label map or a segmentation; ``set_midline``, ``set_nerve_path``,
``set_landmark`` and ``add_contact`` name a markup of 3D Slicer. The file is read once, before its
command is tried: the record keeps the positions, and the voxels by their digest, so a replay needs
no file. Whether the marks may stand, the guards say, as of any other mark.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mriview.errors import GuardError, InputError
from mriview.geometry import Grid
from mriview.review import commands as c
from mriview.review.commands_marks import LEAST_CLICKS, MOST_CLICKS
from mriview.values import DECIMALS, Mask

if TYPE_CHECKING:
    from mriview.scans import Markup

Point = tuple[float, float, float]
FILE_ARGUMENTS = frozenset({"file", "point", "value", "segment"})

_PRIMITIVES = {"line": "line", "closed": "region"}


def read_file_of(
    command: c.Command,
    folder: Path,
    grid_of: Callable[[str], Grid],
    store: Callable[[Mask, str], str],
) -> c.Command:
    """Read the file that a command names, if any; the command then holds what the file said.

    Parameters
    ----------
    command : Command
        As a script says it.
    folder : Path
        Below which the file must lie: that of the script.
    grid_of : callable
        Series key to grid; refuses a series that is not in the study.
    store : callable
        Keeps a mask on the grid of a series and gives its digest.

    Returns
    -------
    Command
        Of the same class, without a file.

    Raises
    ------
    InputError
        The file cannot be read, or not as what the command needs.
    GuardError
        It lies outside the folder, or the command says besides it what the file says.
    GeometryError
        A label does not lie on the voxels of its series.
    """
    if not isinstance(command, (c.SetMask, c.FromFile)) or command.file is None:
        return command
    path = _below(folder, command.file, "mask" if isinstance(command, c.SetMask) else "markup")
    if isinstance(command, c.SetMask):
        return _mask(command, path, grid_of, store)
    from mriview.scans import read_markup

    read = _READERS[type(command)](command, read_markup(path))
    given_twice = sorted(set(read) & command.model_fields_set)
    if given_twice == ["origin"] and getattr(command, "origin", None) == "imported":
        given_twice = []
    if given_twice:
        found = f"{command.name} with a file and with {', '.join(given_twice)}"
        raise GuardError("file_and_marks", found, "Leave that to the file, or the file out")
    return type(command)(**{**_without_file(command), **read})


def _mask(
    command: c.SetMask,
    path: Path,
    grid_of: Callable[[str], Grid],
    store: Callable[[Mask, str], str],
) -> c.Command:
    from mriview.scans import read_mask

    grid = grid_of(command.series)
    mask = read_mask(path, grid, value=command.value, segment=command.segment)
    sha256 = store(mask, command.series)
    return c.SetMask(**{**_without_file(command), "sha256": sha256})


def _path(command: c.FromFile, markup: "Markup") -> dict[str, object]:
    if command.point is not None:
        found = "a nerve path with a single point of a markup"
        raise GuardError("file_and_marks", found, "Leave the point out")
    if markup.kind == "closed":
        found = "a closed curve as the path of a nerve"
        raise InputError("markup_points", found, "Draw it as an open curve from the exit point")
    count = len(markup.positions)
    if not LEAST_CLICKS <= count <= MOST_CLICKS:
        found = f"a markup of {count} points, a nerve path has {LEAST_CLICKS} to {MOST_CLICKS}"
        raise InputError("markup_points", found, "Draw the nerve by a few points, exit point first")
    return {"points": tuple(_stored(position) for position in markup.positions)}


def _midline(command: c.FromFile, markup: "Markup") -> dict[str, object]:
    return {"position": _stored(markup.point(command.point))}


def _landmark(command: c.FromFile, markup: "Markup") -> dict[str, object]:
    return {"position": _stored(markup.point(command.point)), "origin": "imported"}


def _contact(command: c.FromFile, markup: "Markup") -> dict[str, object]:
    if markup.kind == "points" or command.point is not None:
        return {"position": _stored(markup.point(command.point)), "origin": "imported"}
    positions = tuple(_stored(position) for position in markup.positions)
    return {
        "positions": positions,
        "primitive": _PRIMITIVES[markup.kind],
        "origin": "imported",
    }


_READERS: dict[type[c.Command], Callable[[c.FromFile, "Markup"], dict[str, object]]] = {
    c.SetMidline: _midline,
    c.SetNervePath: _path,
    c.SetLandmark: _landmark,
    c.AddContact: _contact,
}


def _below(folder: Path, name: str, what: str) -> Path:
    try:
        path = (folder / name).resolve()
    except (ValueError, OSError) as error:  # a NUL, a name without end
        code, found = f"{what}_unreadable", f"the {what} file has a name that no file can have"
        raise InputError(code, found, "Name a file below the script") from error
    if not path.is_relative_to(folder):
        code, found = f"{what}_outside", f"the {what} file lies outside the script's folder"
        raise GuardError(code, found, "Put it beside or below the script")
    return path


def _without_file(command: c.Command) -> dict[str, object]:
    said = command.model_fields_set - FILE_ARGUMENTS
    return {name: getattr(command, name) for name in said}


def _stored(position: Point) -> Point:
    """Give a position as reports store it: what Slicer writes beyond 1e-4 mm is rounding."""
    x, y, z = (round(value, DECIMALS) + 0.0 for value in position)
    return x, y, z
