"""The window of the worklist: the studies in a table, of which Enter opens one.

It shows rows and sends on which study a person wants; where the rows come from, and what opening
means, is the business of ``listing``. It knows no room, so that a closed one can go.
"""

from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal  # type: ignore[attr-defined]  # qtpy's name in every binding
from qtpy.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from mriview.workflow.worklist import WorklistRow
from mriview_napari.list_words import COLUMNS, cells_of, counts_line
from mriview_napari.panels.controls import button, column, note, row

SIZE_PX = (980, 460)
PROBLEMS_PX = (90, 300)  # the tip of a cell has what is cut
SERIES, PROBLEMS = COLUMNS.index("Series"), COLUMNS.index("Problems")


class WorklistWindow(QDialog):
    """The list of one reader; ``wanted`` carries the key of the study that is to be opened.

    Parameters
    ----------
    parent : QWidget
        The window of the viewer, with which it goes.
    next_key, show_key : str
        What opens the next unread study and what shows the list again, as buttons name them.
    """

    wanted = Signal(str)
    next_wanted = Signal()

    def __init__(self, parent: QWidget, next_key: str, show_key: str) -> None:
        super().__init__(parent)
        self.setWindowTitle("mriview: worklist")  # never a folder or a name
        self.setModal(False)  # the picture can be used beside it
        self.resize(*SIZE_PX)
        self._keys: list[str] = []
        self.counts = note()
        self.told = note()
        self.table = QTableWidget(0, len(COLUMNS))
        self._lay_out_table()
        self.table.itemActivated.connect(self._activated)
        self.open_button = button("Open (Enter)", self._open, strong=True)
        self.next_button = button(f"Open the next unread ({next_key})", self.next_wanted.emit)
        self.close_button = button(f"Close the list ({show_key} shows it)", self.hide)
        for each in (self.open_button, self.next_button, self.close_button):
            each.setAutoDefault(False)  # Enter belongs to the line that is chosen
        buttons = row(self.open_button, self.next_button, self.close_button)
        column(self, self.counts, self.table, self.told, buttons, stretch=False)

    @property
    def chosen(self) -> str:
        """Key of the study that is selected, or an empty word."""
        selected = self.table.selectionModel().selectedRows()
        return self._keys[selected[0].row()] if selected else ""

    def fill(self, rows: Sequence[WorklistRow], reader: str, told: str = "") -> None:
        """Replace the lines; the selected study stays so while it is listed."""
        selected = self.chosen
        self._keys = [each.key for each in rows]
        self.counts.setText(counts_line(rows, reader))
        self.told.setText(told)
        self.told.setVisible(bool(told))
        self.table.setRowCount(len(rows))
        for number, each in enumerate(rows):
            for at, text in enumerate(cells_of(each)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(number, at, item)
        least_px, most_px = PROBLEMS_PX
        wanted_px = self.table.sizeHintForColumn(PROBLEMS)
        self.table.setColumnWidth(PROBLEMS, min(max(wanted_px, least_px), most_px))
        self.table.clearSelection()  # a line number means another study now
        self.select(selected)

    def select(self, key: str) -> None:
        """Select the line of a study, where it is listed."""
        if key in self._keys:
            self.table.selectRow(self._keys.index(key))

    def come(self) -> None:
        """Show the window in front, with the focus on the lines."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out_table(self) -> None:
        self.table.setAccessibleName("Worklist")
        self.table.setHorizontalHeaderLabels(COLUMNS)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)  # the tabulator leads to the buttons
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(SERIES, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(PROBLEMS, QHeaderView.ResizeMode.Interactive)

    def _activated(self, item: QTableWidgetItem) -> None:
        self.wanted.emit(self._keys[item.row()])

    def _open(self) -> None:
        if self.chosen:
            self.wanted.emit(self.chosen)
