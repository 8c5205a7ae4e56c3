"""The few controls that all panels are made of: a choice of rows, a row of answers, a heading.

Each speaks ids, shows words, and tells the user's choice apart from a redrawing: only what a person
does is sent on. They know no command.
"""

from collections.abc import Callable, Iterable, Mapping

from qtpy.QtCore import Qt, Signal  # type: ignore[attr-defined]  # qtpy's name in every binding
from qtpy.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

Words = Mapping[str, str]  # id to what is shown


class Choice(QComboBox):
    """A drop-down of rows; ``chosen`` carries the id that a person chose."""

    chosen = Signal(str)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        for row, text in words.items():
            self.addItem(text, row)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # a wheel over it scrolls the panel
        self.activated.connect(lambda index: self.chosen.emit(self.itemData(index)))

    def wheelEvent(self, event: object) -> None:  # noqa: N802 (Qt's name)
        """Leave the wheel to the panel: scrolling past must not change an answer."""
        event.ignore()  # type: ignore[attr-defined]  # a Qt event

    @property
    def row(self) -> str:
        """The id that is shown."""
        return str(self.currentData())

    def draw(self, row: str) -> None:
        """Show a row, without sending anything."""
        self.setCurrentIndex(max(0, self.findData(row)))

    def refill(self, words: Words, row: str) -> None:
        """Replace the rows and show one of them."""
        shown = [(self.itemData(n), self.itemText(n)) for n in range(self.count())]
        if shown != list(words.items()):
            self.clear()
            for each, text in words.items():
                self.addItem(text, each)
        self.draw(row)


class Answers(QWidget):
    """A row of buttons of which one is down; ``chosen`` carries the id that a person pressed."""

    chosen = Signal(str)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.buttons: dict[str, QPushButton] = {}
        for name, text in words.items():
            button = QPushButton(text)
            button.setCheckable(True)
            button.clicked.connect(lambda *_, name=name: self._pressed(name))
            row.addWidget(button, 1)
            self.buttons[name] = button

    def _pressed(self, name: str) -> None:
        self.draw(name)  # a second press leaves the answer as it is
        self.chosen.emit(name)

    def draw(self, name: str, *, derived: bool = False) -> None:
        """Show one button down, or none; one that the tool derived looks fainter."""
        for each, button in self.buttons.items():
            button.setChecked(each == name)
            button.setProperty("derived", derived and each == name)
            button.style().polish(button)

    def allow(self, name: str, allowed: bool, why: str = "") -> None:
        """Switch one answer on or off, with the reason as its tooltip."""
        self.buttons[name].setEnabled(allowed)
        self.buttons[name].setToolTip("" if allowed else why)


def button(text: str, action: Callable[[], object], *, strong: bool = False) -> QPushButton:
    """Make a button; a strong one is the next thing to do."""
    made = QPushButton(text)
    made.clicked.connect(lambda *_: action())
    if strong:
        made.setProperty("strong", True)
    return made


def heading(text: str) -> QLabel:
    """Make the title of a part of a panel."""
    label = QLabel(text)
    label.setProperty("heading", True)
    return label


def note(text: str = "") -> QLabel:
    """Make a line of quieter text that wraps."""
    label = QLabel(text)
    label.setProperty("note", True)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return label


def row(*widgets: QWidget) -> QHBoxLayout:
    """Lay widgets out beside each other, in equal parts."""
    layout = QHBoxLayout()
    layout.setSpacing(6)
    for widget in widgets:
        layout.addWidget(widget, 1)
    return layout


def form(*pairs: tuple[str, QWidget]) -> QFormLayout:
    """Lay out labelled controls under each other."""
    layout = QFormLayout()
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    layout.setVerticalSpacing(6)
    for text, widget in pairs:
        layout.addRow(text, widget)
    return layout


def column(parent: QWidget, *parts: QWidget | QLayout, stretch: bool = True) -> QVBoxLayout:
    """Lay out a panel from top to bottom."""
    layout = QVBoxLayout(parent)
    layout.setContentsMargins(10, 8, 10, 8)
    layout.setSpacing(8)
    add(layout, parts)
    if stretch:
        layout.addStretch(1)
    return layout


def add(layout: QVBoxLayout, parts: Iterable[QWidget | QLayout]) -> None:
    """Append widgets and layouts to a column."""
    for part in parts:
        if isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)
