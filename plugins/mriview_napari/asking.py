"""Dialogs that ask for a folder or a file, and leave no trace of it in Qt or napari.

A folder's name may hold a patient's: neither keeps it in a history. What the folder is for, the
caller knows.
"""

from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QWidget

from mriview_napari import adapter


def ask_for_folder(parent: QWidget, title: str) -> Path | None:
    """Ask for a folder, which need not be there yet; None where none was chosen."""
    return _ask(QFileDialog(parent, title), QFileDialog.FileMode.Directory)


def ask_for_file(parent: QWidget, title: str, kind: str) -> Path | None:
    """Ask for a file that is there; ``kind`` as Qt filters, such as ``Reports (*.json)``."""
    dialog = QFileDialog(parent, title)
    dialog.setNameFilter(kind)
    return _ask(dialog, QFileDialog.FileMode.ExistingFile)


def _ask(dialog: QFileDialog, mode: QFileDialog.FileMode) -> Path | None:
    dialog.setFileMode(mode)
    dialog.setHistory([])
    chosen = dialog.selectedFiles() if dialog.exec() else []
    dialog.deleteLater()
    if not chosen:
        return None
    adapter.forget_path(Path(chosen[0]))
    return Path(chosen[0])
