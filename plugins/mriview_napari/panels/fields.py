"""Fields for what a command may say besides the usual: a fold, ticks, a table of series.

Like ``controls`` they speak ids, show words, and tell a person's choice apart from a redrawing.
They know no command and no row: who uses them hands in the words.
"""

from collections.abc import Iterable, Mapping

from qtpy.QtCore import Qt, Signal  # type: ignore[attr-defined]  # qtpy's name in every binding
from qtpy.QtWidgets import QCheckBox, QGridLayout, QLabel, QLayout, QVBoxLayout, QWidget

from mriview_napari.panels.controls import Answers, Words, add, button, note, row

OPENED, CLOSED = "-", "+"


class Part(QWidget):
    """A column inside a panel: no margin of its own, and what lies behind it is seen."""

    def __init__(self, *parts: QWidget | QLayout) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        add(self.column, parts)


class Folds(Part):
    """Parts behind buttons beside each other; at most one is open, and each tells what it holds.

    Parameters
    ----------
    parts : mapping
        What the button says, to the part that it opens.
    """

    def __init__(self, parts: Mapping[str, QWidget]) -> None:
        super().__init__()
        self.parts = dict(parts)
        self._counts = dict.fromkeys(parts, 0)
        self.buttons = {
            title: button("", lambda title=title: self.turn(title))  # type: ignore[misc]  # lambda
            for title in parts
        }
        add(self.column, (row(*self.buttons.values()), *self.parts.values()))
        self.open("")

    def turn(self, title: str) -> None:
        """Open a part, or close it where it is open."""
        self.open("" if self.parts[title].isVisibleTo(self) else title)

    def open(self, title: str) -> None:
        """Open one part and close the others; an empty title closes all."""
        for each, part in self.parts.items():
            part.setVisible(each == title)
        self._draw()

    def count(self, title: str, said: int) -> None:
        """Tell on the button how much was said in a part."""
        self._counts[title] = said
        self._draw()

    def offer(self, title: str, offered: bool) -> None:
        """Take a part away where it holds nothing."""
        self.buttons[title].setVisible(offered)
        if not offered:
            self.parts[title].hide()

    def _draw(self) -> None:
        for title, turned in self.buttons.items():
            sign = OPENED if self.parts[title].isVisibleTo(self) else CLOSED
            said = f" ({self._counts[title]})" if self._counts[title] else ""
            turned.setText(f"{sign} {title}{said}")


class Ticks(QWidget):
    """Boxes of which any may be ticked, in two columns; ``chosen`` tells that a person did."""

    chosen = Signal()

    def __init__(self, words: Words, tips: Words | None = None, *, columns: int = 2) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        self.boxes: dict[str, QCheckBox] = {}
        for number, (name, text) in enumerate(words.items()):
            box = QCheckBox(text)
            box.setToolTip((tips or {}).get(name, ""))
            box.clicked.connect(lambda *_: self.chosen.emit())
            grid.addWidget(box, number // columns, number % columns)
            self.boxes[name] = box

    @property
    def rows(self) -> list[str]:
        """The ids that are ticked, in the order of the boxes."""
        return [name for name, box in self.boxes.items() if box.isChecked()]

    def draw(self, rows: Iterable[str]) -> None:
        """Tick these boxes and no other, without sending anything."""
        ticked = set(rows)
        for name, box in self.boxes.items():
            box.setChecked(name in ticked)


class SeriesTable(QWidget):
    """One line a series, with a box for each question about it; ``chosen`` as in `Ticks`.

    Parameters
    ----------
    questions : mapping
        Id of a question to its words at the head of a column.
    """

    chosen = Signal()

    def __init__(self, questions: Words) -> None:
        super().__init__()
        self.questions = questions
        self.boxes: dict[tuple[str, str], QCheckBox] = {}
        self._names: dict[str, str] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(0, 1)

    def fill(self, names: Words) -> bool:
        """Offer these series, key to what a reader calls it; whether that made new boxes."""
        if dict(names) == self._names:
            return False
        self._names, self.boxes = dict(names), {}
        empty(self._grid)
        for column, text in enumerate(self.questions.values(), start=1):
            self._grid.addWidget(note(text), 0, column)
        for line, (key, name) in enumerate(names.items(), start=1):
            self._grid.addWidget(QLabel(name), line, 0)
            for column, question in enumerate(self.questions, start=1):
                box = QCheckBox()
                box.setAccessibleName(f"{name}: {self.questions[question]}")
                box.clicked.connect(lambda *_: self.chosen.emit())
                self._grid.addWidget(box, line, column, Qt.AlignmentFlag.AlignHCenter)
                self.boxes[question, key] = box
        return True

    def rows(self, question: str) -> list[str]:
        """Keys of the series that are ticked for a question."""
        return [
            key for (asked, key), box in self.boxes.items() if asked == question and box.isChecked()
        ]

    def draw(self, question: str, keys: Iterable[str]) -> None:
        """Tick these series for a question, without sending anything."""
        ticked = set(keys)
        for (asked, key), box in self.boxes.items():
            if asked == question:
                box.setChecked(key in ticked)


def pressed(answers: Answers) -> str:
    """Give the answer that is down, or an empty word."""
    return next((name for name, each in answers.buttons.items() if each.isChecked()), "")


def empty(layout: QLayout) -> None:
    """Take everything out of a layout; the widgets go with it."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()  # it is deleted in a later turn, and would be seen until then
            widget.deleteLater()
