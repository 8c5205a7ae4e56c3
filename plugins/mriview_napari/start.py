"""Before a study is open: the start page of the dock, and the plug-in's commands.

The page says what to do and opens a folder; with a room open it steps aside. Commands act on the
room of the viewer that napari hands over, and say so where none is open.
"""

from pathlib import Path

import napari
import numpy as np
from napari.layers import Labels
from qtpy.QtWidgets import QFileDialog, QWidget

from mriview_napari import adapter
from mriview_napari.layers import GEOMETRY_KEY, geometry_of
from mriview_napari.listing import list_of
from mriview_napari.opening import open_paths, room_of, take_drops
from mriview_napari.panels.controls import button, column, heading, note


class StartPage(QWidget):
    """What the menu entry shows: how to open a study."""

    def __init__(self, viewer: "napari.viewer.Viewer") -> None:
        super().__init__()
        self.viewer = adapter.real(viewer)
        take_drops(self.viewer)
        self.open_button = button("Open a study folder ...", self.open, strong=True)
        text = "Drop the folder of one study (DICOM or NIfTI) on the picture, or open it here. "
        several = "Of an archive, or of what mriview batch left, the studies are listed."
        column(
            self,
            heading("mriview"),
            note(text + several),
            self.open_button,
            note("Research use only. The tool proposes, a person decides."),
        )

    def open(self) -> None:
        """Ask for a folder and open it."""
        open_folder(self.viewer)


def open_folder(viewer: "napari.viewer.Viewer") -> None:
    """Ask for the folder of a study and open it; neither Qt nor napari remembers it."""
    viewer = adapter.real(viewer)
    dialog = QFileDialog(adapter.main_window(viewer), "Folder of one study")
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setHistory([])
    chosen = dialog.selectedFiles() if dialog.exec() else []
    dialog.deleteLater()
    if chosen:
        adapter.forget_path(Path(chosen[0]))
        open_paths(viewer, chosen[:1])


def show_worklist(viewer: "napari.viewer.Viewer") -> None:
    """Show the list of studies to read; where there is none, ask for the folder that holds them."""
    listed = list_of(viewer)
    if listed is not None:
        listed.show()
    else:
        open_folder(viewer)


def show_axial(viewer: "napari.viewer.Viewer") -> None:
    """Show the axial plane."""
    _show(viewer, "axial")


def show_coronal(viewer: "napari.viewer.Viewer") -> None:
    """Show the coronal plane."""
    _show(viewer, "coronal")


def show_sagittal(viewer: "napari.viewer.Viewer") -> None:
    """Show the sagittal plane."""
    _show(viewer, "sagittal")


def new_labels(viewer: "napari.viewer.Viewer") -> None:
    """Add an empty label layer on the grid of the reference, which can be saved as NIfTI."""
    room = room_of(viewer)
    if room is None:
        _say_none_open()
        return
    space = room.space
    layer = Labels(
        np.zeros(space.grid.shape, dtype=np.uint8),
        name=f"labels {room.reference}",
        scale=space.scale,
        translate=space.translate,
        units="mm",
        metadata={GEOMETRY_KEY: geometry_of(room.reference, space.reference)},
    )
    room.viewer.add_layer(layer)


def _show(viewer: "napari.viewer.Viewer", plane: str) -> None:
    room = room_of(viewer)
    if room is None:
        _say_none_open()
        return
    room.show_plane(plane)


def _say_none_open() -> None:
    from napari.utils.notifications import show_info

    show_info("No study is open. Drop the folder of one study on the picture.")
