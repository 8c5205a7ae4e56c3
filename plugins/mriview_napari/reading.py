"""The reader that napari asks: whether a path may hold a scan, and what to do with it.

With a viewer, a study opens as a room (layers, dock, review) in it; without one, its volumes are
handed out as layers. What may be a scan at all is known in ``claiming``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mriview import Study, open_study
from mriview_napari.claiming import may_hold_scans
from mriview_napari.space import ScanSpace

LayerData = tuple[Any, dict[str, Any], str]
Read = Callable[[Any], list[Any]]

_dropped: list[str] = []


def get_reader(path: str | list[str]) -> Read | None:
    """Give the function that reads a path, or None where it can be neither scan nor batch.

    Parameters
    ----------
    path : str or list of str
        A folder, a file, or a stack of files.
    """
    paths = [path] if isinstance(path, str) else list(path)
    if may_hold_scans(paths):
        return read
    from mriview.workflow.worklist import is_batch

    return read if any(is_batch(Path(each)) for each in paths) else None


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
