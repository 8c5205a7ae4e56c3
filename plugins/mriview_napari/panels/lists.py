"""A list of what was marked, one line each, as high as its lines need.

A double click or Enter on a line asks to be shown where it lies; what that means, and what else may
be done with a line, its panel says.
"""

from collections.abc import Mapping

from qtpy.QtCore import QSignalBlocker, Qt, Signal  # type: ignore[attr-defined]  # qtpy's name in every binding
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

HIGHEST_PX = 150  # four lines that wrap; more are scrolled
FRAME_PX = 4


class MarkList(QListWidget):
    """Lines by id, hidden where there is none; ``shown`` carries the id to show."""

    shown = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._fitting = False
        self.setAccessibleName(name)
        self.setWordWrap(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.itemActivated.connect(lambda item: self.shown.emit(_id_of(item)))
        self.hide()

    @property
    def chosen(self) -> str:
        """Id of the line that is selected, or an empty word."""
        selected = self.selectedItems()
        return _id_of(selected[0]) if selected else ""

    def fill(self, lines: Mapping[str, str]) -> None:
        """Replace the lines; the selected one stays so while it is listed."""
        if [_line(self.item(number)) for number in range(self.count())] == list(lines.items()):
            return
        selected, blocked = self.chosen, QSignalBlocker(self)  # redrawing chooses nothing
        self.clear()
        for name, text in lines.items():
            item = QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, name)
            self.addItem(item)
            if name == selected:
                self.setCurrentItem(item)
        self.setVisible(bool(lines))
        self._fit()
        blocked.unblock()

    def select(self, name: str) -> None:
        """Select a line."""
        for number in range(self.count()):
            if _id_of(self.item(number)) == name:
                self.setCurrentRow(number)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Measure the lines again: a narrower list wraps them."""
        super().resizeEvent(event)
        if not self._fitting:  # a bar that comes or goes resizes too
            self._fit()

    def _fit(self) -> None:
        self._fitting = True
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(policy.ScrollBarAlwaysOff)  # a bar would wrap lines anew
        self.doItemsLayout()
        items = (self.item(number) for number in range(self.count()))
        needed_px = sum(self.visualItemRect(item).height() for item in items) + FRAME_PX
        if needed_px > HIGHEST_PX:
            self.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded)
        self.setFixedHeight(min(needed_px, HIGHEST_PX))
        self._fitting = False


def _id_of(item: QListWidgetItem) -> str:
    return str(item.data(Qt.ItemDataRole.UserRole))


def _line(item: QListWidgetItem) -> tuple[str, str]:
    return _id_of(item), item.text()
