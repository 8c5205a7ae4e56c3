"""The end of a reading: what was known of the patient, the impression, the signature, the report.

Shows what is still open, in words. Writing the file is the room's business; here is the button.
"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QGroupBox, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from mriview import vocabulary
from mriview.review import SIDES, Impression, ReviewState, SetClinical, SetImpression, Sign
from mriview_napari.panels.controls import (
    Answers,
    Choice,
    add,
    button,
    column,
    form,
    heading,
    note,
    row,
)
from mriview_napari.panels.desk import Desk, as_json
from mriview_napari.wording import SIDE_WORDS, labels, vessel_choices

BLINDED = {"blind": "Read blind", "sighted": "History known"}
SYMPTOM_SIDES = {
    "": "not said",
    "right": "RIGHT",
    "left": "LEFT",
    "bilateral": "both sides",
    "unknown": "unknown",
}
OPEN_SHOWN = 12  # lines; a longer list is counted

ChooseFolder = Callable[[], Path | None]


class ExportPanel(QWidget):
    """From the clinical question to the report."""

    def __init__(self, desk: Desk, choose_folder: ChooseFolder) -> None:
        super().__init__()
        self.desk, self.choose_folder = desk, choose_folder
        self.clinical = ClinicalBox(desk)
        self.impression = ImpressionBox(desk)
        self.open_note = note()
        self.role = QLineEdit()
        self.role.setPlaceholderText("in which role, such as radiologist")
        self.reason = QLineEdit()
        self.reason.setPlaceholderText("why open points are left open (10 letters or more)")
        self.sign_button = button("Sign the reading", self.sign)
        self.export_button = button("Export the report ...", self.export, strong=True)
        self.copy_button = button("Copy as text", self.copy)
        self.exported = note()
        column(
            self,
            heading("Before the report"),
            self.clinical,
            self.impression,
            heading("Still open"),
            self.open_note,
            form(("Role", self.role), ("Reason", self.reason)),
            row(self.sign_button, self.copy_button, self.export_button),
            self.exported,
        )

    def draw(self, state: ReviewState) -> None:
        """Show what was said and what is open."""
        self.clinical.draw(state)
        self.impression.draw(state)
        still = [field.what for field in self.desk.still_open()]
        shown = [f"- {what}" for what in still[:OPEN_SHOWN]]
        if len(still) > OPEN_SHOWN:
            shown.append(f"- and {len(still) - OPEN_SHOWN} more")
        self.open_note.setText("\n".join(shown) or "Nothing: every mandatory field is answered.")
        signed = state.sign_off is not None
        for box in (self.clinical, self.impression):
            box.setEnabled(not signed)
        self.sign_button.setEnabled(not signed)
        self.sign_button.setText("Signed" if signed else "Sign the reading")
        self.reason.setEnabled(bool(still) and not signed)
        self.role.setEnabled(not signed)

    def sign(self) -> None:
        """Sign; what is open needs the reason."""
        reason = self.reason.text().strip()
        overrides = [
            {"guard": "not_complete", "path": field.path, "reason": reason}
            for field in self.desk.still_open()
            if reason
        ]
        words = {"role": self.role.text().strip() or "reader", "overrides": overrides}
        self.desk.send(as_json(Sign, words))

    def export(self) -> None:
        """Ask for a folder and write the report there."""
        folder = self.choose_folder()
        if folder is not None and self.desk.export(folder):
            self.exported.setText("report.json, report.html and report.txt were written.")

    def copy(self) -> None:
        """Put the report as plain text where other programs paste from."""
        QGuiApplication.clipboard().setText(self.desk.text())
        self.exported.setText("The text of the report can be pasted.")


class ClinicalBox(QGroupBox):
    """Whether the reading is blind, and what is known if not."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("Clinical question")
        self.desk = desk
        self.blinded = Answers(BLINDED)
        self.symptom_side = Choice(SYMPTOM_SIDES)
        self.syndrome = Choice({"": "not said", **labels(vocabulary.syndromes())})
        self.blinded.chosen.connect(lambda _: self._send())
        self.symptom_side.chosen.connect(lambda _: self._send())
        self.syndrome.chosen.connect(lambda _: self._send())
        fields = form(
            ("Reading", self.blinded),
            ("Symptom side", self.symptom_side),
            ("Syndrome", self.syndrome),
        )
        self.setLayout(fields)

    def draw(self, state: ReviewState) -> None:
        """Show what was said."""
        clinical = state.clinical
        self.blinded.draw("" if clinical is None else "blind" if clinical.blinded else "sighted")
        self.symptom_side.draw((clinical and clinical.symptom_side) or "")
        self.syndrome.draw((clinical and clinical.syndrome) or "")
        for choice in (self.symptom_side, self.syndrome):
            choice.setEnabled(clinical is not None and not clinical.blinded)

    def _send(self) -> None:
        if self.blinded.buttons["blind"].isChecked():
            sent = self.desk.send(SetClinical(blinded=True))
        else:
            said = self._kept()
            for name, choice in (("symptom_side", self.symptom_side), ("syndrome", self.syndrome)):
                said.pop(name, None)
                if choice.row:
                    said[name] = choice.row
            sent = self.desk.send(as_json(SetClinical, said))
        if not sent:
            self.draw(self.desk.state)

    def _kept(self) -> dict[str, object]:
        """Give what was said and is not asked here, such as by a script: it stays."""
        known = self.desk.state.clinical
        said = {} if known is None or known.blinded else asdict(known)
        return {**{name: one for name, one in said.items() if one is not None}, "blinded": False}


class ImpressionBox(QGroupBox):
    """The reader's own words; the coded statements follow from what was assessed."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("Impression")
        self.desk = desk
        self._drawn: Impression | None = None
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText("In your own words, by side")
        self.text.setFixedHeight(80)
        self.text.setTabChangesFocus(True)
        self.second_vessel = Choice({"": "none", **vessel_choices()})
        certainties = {"": "not said", **labels(vocabulary.certainties())}
        self.certainty = {side: Choice(certainties) for side in SIDES}
        self.keep_button = button("Keep the impression", self.send)
        layout = QVBoxLayout(self)
        fields = form(
            ("Second vessel", self.second_vessel),
            *((f"{SIDE_WORDS[side]} is", choice) for side, choice in self.certainty.items()),
        )
        add(layout, (self.text, fields, self.keep_button))

    def draw(self, state: ReviewState) -> None:
        """Show what was kept; what is being written stays until another is kept."""
        said = state.impression
        if said == self._drawn:
            return
        self._drawn = said
        self.text.setPlainText(said.text)
        self.second_vessel.draw(said.second_vessel or "")
        for side, choice in self.certainty.items():
            choice.draw(said.certainty.get(side) or "")

    def send(self) -> None:
        """Keep the impression."""
        certainty = {side: choice.row for side, choice in self.certainty.items() if choice.row}
        said: dict[str, object] = {"text": self.text.toPlainText().strip(), "certainty": certainty}
        if self.second_vessel.row:
            said["second_vessel"] = self.second_vessel.row
        if self.desk.state.impression.recommendation:  # not asked here
            said["recommendation"] = self.desk.state.impression.recommendation
        self.desk.send(as_json(SetImpression, said))
