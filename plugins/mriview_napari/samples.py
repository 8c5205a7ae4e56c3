"""The sample studies in napari's menu: a real scan that may be shipped, a synthetic patient.

A sample opens as a room like any other study; its volumes are also handed to napari, which wants
layers from a sample. Where the samples lie, and how they are made, `mriview.workflow` knows.
"""

from pathlib import Path
from typing import Any

from mriview import open_study
from mriview.workflow.room import user_data_folder
from mriview.workflow.samples import sample
from mriview_napari.reading import LayerData, layers_of


def real() -> list[LayerData]:
    """Open the real posterior fossa."""
    return _open(sample("t1_posterior_fossa", user_data_folder() / "samples").study)


def synthetic() -> list[LayerData]:
    """Open the synthetic patient whose left nerve a vessel touches; made on first use."""
    return _open(sample("synthetic_aica_left", user_data_folder() / "samples").study)


def _open(folder: Path) -> list[LayerData]:
    import napari

    viewer: Any = napari.current_viewer()
    if viewer is not None:
        from qtpy.QtCore import QTimer

        from mriview_napari.opening import open_paths

        QTimer.singleShot(0, lambda: open_paths(viewer, [str(folder)]))
    return layers_of(open_study(folder))
