"""The reader that napari asks: whether a path may hold a scan, and what to do with it.

With a viewer, a study opens as a room (layers, dock, review) in it; without one, its volumes are
handed out as layers. What is no scan is turned down by its first bytes, without opening a study.
"""

import os
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from mriview import Study, open_study
from mriview.scans import ScanFile, readers
from mriview_napari.space import ScanSpace

LayerData = tuple[Any, dict[str, Any], str]
Read = Callable[[Any], list[Any]]

FIRST_BYTES = 1024  # what a format reader is asked with: holds the magic of each
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
GZIP_WINDOW = 31  # how zlib is told to expect a gzip header
SNIFFED_FILES, SNIFFED_OF_FOLDER = 256, 32  # pass the program of a disc, cheap on a network drive

_dropped: list[str] = []


def get_reader(path: str | list[str]) -> Read | None:
    """Give the function that reads a path, or None where it can be no scan.

    Parameters
    ----------
    path : str or list of str
        A folder, a file, or a stack of files.
    """
    paths = [path] if isinstance(path, str) else list(path)
    if not paths or not any(_may_hold_a_scan(Path(each)) for each in paths):
        return None
    return read


def read(path: str | list[str]) -> list[Any]:
    """Open a study: as a room where there is a viewer, as layers where there is none.

    Returns
    -------
    list
        napari's ``[(None,)]`` (no layer) where a room is opened.
    """
    import napari

    paths = [path] if isinstance(path, str) else list(path)
    viewer = napari.current_viewer()
    if viewer is None:
        return layers_of(open_study(paths[0]))
    # Several dropped files come as several calls in one turn of the event loop: one study, opened
    # after the last of them
    from qtpy.QtCore import QTimer

    if not _dropped:
        QTimer.singleShot(0, lambda: _open_dropped(viewer))
    _dropped.extend(paths)
    return [(None,)]


def layers_of(study: Study) -> list[LayerData]:
    """Give the volumes of a study as napari's layer tuples, in the room's axes.

    Raises
    ------
    MriviewError
        The study holds no volume, or its voxels cannot be read.
    """
    from mriview_napari.layers import image_layers
    from mriview_napari.opening import nothing_to_show

    reference = study.default_reference()
    if reference is None:
        raise nothing_to_show(study)
    space = ScanSpace(study.volumes[reference].grid)

    def role_of(key: str) -> str:
        return study.volumes[key].role.id

    drawn = image_layers(study, space, reference, role_of)
    return [(layer.data, dict(layer.options), layer.kind) for layer in drawn]


def _open_dropped(viewer: Any) -> None:
    from mriview_napari.opening import open_paths

    paths = list(_dropped)
    _dropped.clear()
    open_paths(viewer, paths)


def _may_hold_a_scan(path: Path) -> bool:
    return any(_is_scan(file) for file in islice(_files(path), SNIFFED_FILES))


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for folder, _, names in os.walk(path):
        files = (Path(folder, name) for name in names)
        yield from islice((file for file in files if file.is_file()), SNIFFED_OF_FOLDER)


def _is_scan(path: Path) -> bool:
    """Whether a format reader claims a file, or it is an archive that may hold such files."""
    try:
        with path.open("rb") as opened:
            first = opened.read(FIRST_BYTES)
    except OSError:
        return False
    if first.startswith(ZIP):
        return _is_archive_of_files(path.suffix.lower())
    if first.startswith(GZIP):
        first = _inflated(first)
    file = ScanFile(str(path))
    return any(reader.claims(file, first) for reader in readers().working.values())


def _is_archive_of_files(ending: str) -> bool:
    """Whether an archive is named as one: documents and arrays are archives too."""
    return ending in {"", ".zip"} or ending[1:].isdigit()  # the last part of a UID


def _inflated(first: bytes) -> bytes:
    try:
        return zlib.decompressobj(GZIP_WINDOW).decompress(first, FIRST_BYTES)
    except zlib.error:
        return b""
