"""What an operation left behind: the kind, one click, and in words how it lies.

Implants are marked before vessels, since a pledget is none: where an operation is known, this
stands before the contacts. Whether it does, ``contacts`` decides.
"""

from qtpy.QtWidgets import QLineEdit

from mriview import vocabulary
from mriview.review import AddImplant, Point, ReviewState
from mriview_napari.panels.controls import Choice, add, button, form
from mriview_napari.panels.desk import Desk, as_json
from mriview_napari.panels.fields import Part
from mriview_napari.panels.lists import MarkList
from mriview_napari.wording import implant_line, labels


class ImplantsBox(Part):
    """The kinds, the button that asks for the click, and what was marked."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.kind = Choice(labels(vocabulary.implants()))
        self.words = QLineEdit()
        self.words.setPlaceholderText("How it lies to nerve and vessel")
        self.mark_button = button("", self.mark)
        self.list = MarkList("Implants")
        self.list.shown.connect(self._show)
        self.kind.chosen.connect(lambda _: self._name())
        fields = form(("What", self.kind), ("Note", self.words))
        add(self.column, (fields, self.mark_button, self.list))
        self._name()

    def draw(self, state: ReviewState) -> None:
        """Show the implants that were marked."""
        self.mark_button.setEnabled(state.sign_off is None)
        self.list.fill({x.id: implant_line(x, state) for x in state.implants})

    def mark(self) -> None:
        """Take one click as the place of the implant."""
        label = vocabulary.implants()[self.kind.row].label.en
        self.desk.pick(f"Click the middle of the {label}", self._marked)

    def _marked(self, point: Point) -> None:
        said = {"kind": self.kind.row, "position": list(point), "note": self.words.text().strip()}
        if self.desk.send(as_json(AddImplant, said)):
            self.desk.stop_picking()
            self.words.clear()

    def _name(self) -> None:
        label = vocabulary.implants()[self.kind.row].label.en
        self.mark_button.setText(f"Mark the {label} by a click")

    def _show(self, implant: str) -> None:
        for known in self.desk.state.implants:
            if known.id == implant:
                self.desk.show(known.position)
