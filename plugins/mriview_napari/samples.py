"""The sample studies in napari's menu: a real scan that may be shipped, a synthetic patient.

A sample opens as a room like any other study; its volumes are also handed to napari, which wants
layers from a sample. Where the samples lie, or how they are made, `mriview` knows.
"""

from pathlib import Path
from typing import Any

from mriview import open_study
from mriview_napari.reading import LayerData, layers_of


def real() -> list[LayerData]:
    """Open the real posterior fossa."""
    return _open("t1_posterior_fossa")


def synthetic() -> list[LayerData]:
    """Open the synthetic patient whose left nerve a vessel touches."""
    return _open("synthetic_aica_left")


def _open(name: str) -> list[LayerData]:
    import napari

    folder = sample_folder(name)
    viewer: Any = napari.current_viewer()
    if viewer is not None:
        from qtpy.QtCore import QTimer

        from mriview_napari.opening import open_paths

        QTimer.singleShot(0, lambda: open_paths(viewer, [str(folder)]))
    return layers_of(open_study(folder))


def sample_folder(name: str) -> Path:
    """Give the folder of a sample study."""
    raise NotImplementedError(name)
