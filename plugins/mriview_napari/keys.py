"""The order in which the tabulator goes through a panel: the order in which it is read.

Qt goes by when a widget was made, which is another order where lines come and go. Here a layout is
walked from its first item to its last; what is hidden Qt passes by itself.
"""

from collections.abc import Iterator
from itertools import pairwise

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLayout, QWidget


def in_reading_order(panel: QWidget) -> None:
    """Let the tabulator go through a panel as its layout runs."""
    layout = panel.layout()
    if layout is not None:
        for before, after in pairwise(_stops(layout)):
            QWidget.setTabOrder(before, after)


def _stops(layout: QLayout) -> Iterator[QWidget]:
    for index in range(layout.count()):
        item = layout.itemAt(index)
        if item is None:
            continue
        widget = item.widget()
        inner = item.layout() if widget is None else widget.layout()
        if widget is not None and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            yield widget
        if inner is not None:
            yield from _stops(inner)
