"""Remarks: about the whole report or about one place in it; they are added and never changed.

A place is a path in the report, offered by the name of what lies there.
"""

from qtpy.QtWidgets import QPlainTextEdit

from mriview import vocabulary
from mriview.review import SIDES, AddNote, ReviewState
from mriview_napari.panels.controls import Choice, add, button, form, note
from mriview_napari.panels.desk import Desk
from mriview_napari.panels.fields import Part
from mriview_napari.wording import SIDE_WORDS, contact_name, series_names

WHOLE = "the whole report"
TEXT_PX = 60  # three lines


class NotesBox(Part):
    """A text, what it is about, and the remarks so far."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText("A remark")
        self.text.setFixedHeight(TEXT_PX)
        self.text.setTabChangesFocus(True)
        self.text.textChanged.connect(self._allow)
        self.about = Choice({"": WHOLE})
        self.add_button = button("Add the remark", self.send)
        self.said = note()
        fields = form(("About", self.about))
        fields.setContentsMargins(0, 0, 0, 0)
        add(self.column, (self.text, fields, self.add_button, self.said))
        self._allow()

    def draw(self, state: ReviewState) -> None:
        """Show the remarks, and offer every place that there is."""
        places = self._places(state)
        self.about.refill(places, self.about.row)
        lines = [
            f"{x.by.reader}, {places.get(x.about or '', x.about)}: {x.text}" for x in state.notes
        ]
        self.said.setText("\n".join(lines))
        self.said.setVisible(bool(lines))

    @property
    def unkept(self) -> bool:
        """Whether something was written that was not added."""
        return bool(self.text.toPlainText().strip())

    def send(self) -> None:
        """Add the remark."""
        words: dict[str, object] = {"text": self.text.toPlainText().strip()}
        if self.about.row:
            words["about"] = self.about.row
        if self.desk.send(AddNote.from_args(words)):
            self.text.clear()
            self.about.draw("")

    def _places(self, state: ReviewState) -> dict[str, str]:
        places = {"": WHOLE}
        for side in SIDES:
            places[f"$.sides.{side}"] = f"the {SIDE_WORDS[side]} side"
            mine = (contact for contact in state.contacts if contact.side == side)
            for number, contact in enumerate(mine):
                places[f"$.sides.{side}.contacts[{number}]"] = f"contact {contact_name(contact)}"
        for number, lesion in enumerate(state.lesions):
            label = vocabulary.conditions()[lesion.condition].label.en
            places[f"$.lesions[{number}]"] = f"lesion {lesion.id}, {label}"
        names = series_names(self.desk.study, lambda key: self.desk.role(key).id)
        for number, name in enumerate(names.values()):
            places[f"$.study.series[{number}]"] = f"series {name}"
        return {**places, "$.clinical": "what is known of the patient"}

    def _allow(self) -> None:
        self.add_button.setEnabled(bool(self.text.toPlainText().strip()))
