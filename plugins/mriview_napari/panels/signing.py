"""The signature: what is still open, the reader's role, and which signed report is amended, if any.

A signature ends the reading. What an amendment names is the digest of the earlier report's file, so
the file is asked for and the digest taken from it.
"""

from mriview.review import Amend, ReviewState, Sign
from mriview_napari.panels.controls import add, button, form, heading, note
from mriview_napari.panels.desk import Desk, as_json
from mriview_napari.panels.fields import Folds, Part
from mriview_napari.panels.missing import Missing
from mriview_napari.panels.typed import WordsEdit

EACH, AMEND = "A reason for each", "Amend a report"
DIGEST_LETTERS = 12  # enough to tell one report from another on the screen


class Signing(Part):
    """From the open fields to the signature."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.missing = Missing()
        self.role = WordsEdit("in which role, such as radiologist")
        self.amend_button = button("Choose the signed report (JSON) ...", self.amend)
        self.amends = note()
        amending = Part(self.amend_button, self.amends)
        self.folds = Folds({EACH: self.missing.each, AMEND: amending})
        self.sign_button = button("Sign the reading", self.sign)
        fields = form(("Role", self.role))
        fields.setContentsMargins(0, 0, 0, 0)
        add(
            self.column, (heading("Still open"), self.missing, fields, self.folds, self.sign_button)
        )

    def draw(self, state: ReviewState) -> None:
        """Show what is open, or that it is signed."""
        signed = state.sign_off is not None
        self.missing.draw(self.desk.still_open(), signed=signed)
        self.sign_button.setText("Signed" if signed else "Sign the reading")
        amended = f"Amends the report {(state.amends or '')[:DIGEST_LETTERS]}."
        self.amends.setText(amended if state.amends else "No report is amended.")
        self.folds.count(AMEND, int(state.amends is not None))
        self.folds.offer(EACH, bool(self.missing.fields))
        for part in (self.missing, self.role, self.amend_button, self.sign_button):
            part.setEnabled(not signed)

    def sign(self) -> None:
        """Sign; what is open needs a reason."""
        words = {"role": self.role.words or "reader", "overrides": self.missing.overrides}
        self.desk.send(as_json(Sign, words))

    def amend(self) -> None:
        """Ask for the report that is amended, and name it by its digest."""
        report = self.desk.earlier_report()
        if report is None:
            return
        if report.sign_off is None or report.study.study_key != self.desk.study.key:
            what = "is not signed" if report.sign_off is None else "is of another study"
            self.desk.say(f"That report {what}: choose the signed report of this study.")
            return
        self.desk.send(Amend(amends=report.sha256))
