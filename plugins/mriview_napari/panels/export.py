"""The end of a reading: what was known of the patient, the impression, the signature, the report.

Puts the boxes of this stage under each other. Writing the file is the room's business; here are the
buttons.
"""

from collections.abc import Callable
from pathlib import Path

from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QWidget

from mriview.review import ReviewState
from mriview_napari.panels.anatomy import AnatomyBox
from mriview_napari.panels.clinical import ClinicalBox
from mriview_napari.panels.controls import button, column, heading, note, row
from mriview_napari.panels.desk import Desk
from mriview_napari.panels.fields import Folds
from mriview_napari.panels.impression import ImpressionBox
from mriview_napari.panels.notes import NotesBox
from mriview_napari.panels.signing import Signing

ANATOMY, REMARKS = "Anatomy for the surgeon", "Remarks"

ChooseFolder = Callable[[], Path | None]


class ExportPanel(QWidget):
    """From the clinical question to the report."""

    def __init__(self, desk: Desk, choose_folder: ChooseFolder) -> None:
        super().__init__()
        self.desk, self.choose_folder = desk, choose_folder
        self.clinical = ClinicalBox(desk)
        self.anatomy, self.notes = AnatomyBox(desk), NotesBox(desk)
        self.folds = Folds({ANATOMY: self.anatomy, REMARKS: self.notes})
        self.impression = ImpressionBox(desk)
        self.signing = Signing(desk)
        self.missing = self.signing.missing
        self.role, self.sign_button = self.signing.role, self.signing.sign_button
        self.reason, self.open_note = self.missing.reason, self.missing.said
        self.export_button = button("Export the report ...", self.export, strong=True)
        self.copy_button = button("Copy as text", self.copy)
        self.exported = note()
        column(
            self,
            heading("Before the report"),
            self.clinical,
            self.impression,
            self.folds,
            self.signing,
            row(self.copy_button, self.export_button),
            self.exported,
        )

    def draw(self, state: ReviewState) -> None:
        """Show what was said and what is open."""
        for box in (self.clinical, self.anatomy, self.notes, self.impression, self.signing):
            box.draw(state)
        self.folds.count(ANATOMY, len(state.anatomy))
        self.folds.count(REMARKS, len(state.notes))
        for box in (self.clinical, self.anatomy, self.notes, self.impression):
            box.setEnabled(state.sign_off is None)

    def export(self) -> None:
        """Ask for a folder and write the report there."""
        folder = self.choose_folder()
        if folder is not None and self.desk.export(folder):
            self.exported.setText("report.json, report.html and report.txt were written.")

    def copy(self) -> None:
        """Put the report as plain text where other programs paste from."""
        QGuiApplication.clipboard().setText(self.desk.text())
        self.exported.setText("The text of the report can be pasted.")
