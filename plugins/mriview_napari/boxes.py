"""The box of a study that was dropped and not opened: why it was not.

napari's own notification shows one line of a refusal for four seconds; the box stays until it is
closed or the next study opens, so that nobody takes what is on the screen for what was dropped. The
words come from ``wording``, the decision from ``opening``.
"""

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMessageBox

from mriview_napari import adapter

TITLE = "mriview"
NOT_OPENED = "Not opened."
STILL_OPEN = "The study on the screen is the one from before, not what was dropped."

_BOXES: dict[int, QMessageBox] = {}  # by the identity of the viewer, as rooms are


def say_refused(viewer: Any, lines: Sequence[str], *, still_open: bool = False) -> None:
    """Say why something was not opened: in napari's notification, and in a box that stays.

    Parameters
    ----------
    viewer : napari.Viewer
        Where it was dropped.
    lines : sequence of str
        A reason each, with what to do.
    still_open : bool
        Whether the viewer shows another study.
    """
    from napari.utils.notifications import show_error

    close_box(viewer)
    show_error("\n".join(lines))
    first = f"{NOT_OPENED} {STILL_OPEN}" if still_open else NOT_OPENED
    box = QMessageBox(adapter.main_window(viewer))
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(TITLE)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText("\n\n".join([first, *lines]))
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    box.setWindowModality(Qt.WindowModality.NonModal)  # the picture can be used beside it
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    key = id(adapter.real(viewer))
    _BOXES[key] = box
    box.destroyed.connect(lambda *_: _forget(key, box))
    box.show()


def close_box(viewer: Any) -> None:
    """Close the box of a viewer, where one is open."""
    box = _BOXES.pop(id(adapter.real(viewer)), None)
    if box is not None:
        box.close()


def _forget(key: int, box: QMessageBox) -> None:
    if _BOXES.get(key) is box:
        del _BOXES[key]
