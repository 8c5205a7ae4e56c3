"""The reader that napari asks: whether a path may hold a scan, and what to do with it.

With a viewer, a study opens as a room (layers, dock, review) in it; without one, its volumes are
handed out as layers. What is no scan is turned down by its first bytes, without opening a study.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from mriview import Study, open_study
from mriview_napari.space import ScanSpace

LayerData = tuple[Any, dict[str, Any], str]
Read = Callable[[Any], list[Any]]

NIFTI_ENDINGS = (".nii", ".nii.gz")
DICOM_ENDINGS = (".dcm", ".ima", ".dicom")
DICOM_MAGIC_AT, DICOM_MAGIC = 128, b"DICM"  # PS3.10 7.1
GROUP_8 = b"\x08\x00"  # how a DICOM file without a preamble begins
ZIP_ENDING, ZIP_MAGIC = ".zip", b"PK"
SNIFFED_FILES = 64  # of a folder: enough to pass a readme or two, cheap on a network drive

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
    UsageError
        The study holds no volume.
    """
    from mriview.errors import UsageError
    from mriview_napari.layers import image_layers

    reference = study.default_reference()
    if reference is None:
        found = f"the study holds no volume, {study.tally.refused} files were refused"
        raise UsageError("nothing_to_show", found, "See mriview info for the reasons")
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
    try:
        return any(_is_scan(file) for file in islice(_files(path), SNIFFED_FILES))
    except OSError:
        return False


def _files(path: Path) -> Iterable[Path]:
    if not path.is_dir():
        return (path,)
    return (file for file in path.rglob("*") if file.is_file())


def _is_scan(file: Path) -> bool:
    name = file.name.lower()
    if name.endswith((*NIFTI_ENDINGS, *DICOM_ENDINGS)):
        return True
    with file.open("rb") as opened:
        first = opened.read(DICOM_MAGIC_AT + len(DICOM_MAGIC))
    if name.endswith(ZIP_ENDING):
        return first.startswith(ZIP_MAGIC)
    return first[DICOM_MAGIC_AT:] == DICOM_MAGIC or first.startswith(GROUP_8)
