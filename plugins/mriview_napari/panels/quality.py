"""How far a series can be used, what spoils it, and whether it lies on the reference at the nerve.

Grades and faults are rows of the vocabulary; where two series lie on each other a person sees by
comparing them, and says so. What becomes of a series that is not usable, the gates know.
"""

from mriview import vocabulary
from mriview.review import AcceptRegistration, SetQuality
from mriview_napari.panels.controls import Answers, Choice, add, button, form, note, row
from mriview_napari.panels.desk import Desk, as_json
from mriview_napari.panels.fields import Part, Ticks, pressed
from mriview_napari.panels.typed import NumberEdit
from mriview_napari.wording import labels, series_names

VERDICTS = {"accepted": "It lies on it", "refused": "It does not"}


class QualityBox(Part):
    """The grade of one series and the faults that lower it, kept together by one button."""

    def __init__(self, desk: Desk, key: str) -> None:
        super().__init__()
        self.desk, self.key = desk, key
        self.grade = Answers(labels(vocabulary.quality_grades()))
        self.findings = Ticks(labels(vocabulary.quality_findings()), columns=1)
        self.keep_button = button("Keep the quality", self.send)
        self.grade.chosen.connect(lambda _: self._allow())
        said = desk.state.quality.get(key)
        self.grade.draw(said.grade if said else "")
        self.findings.draw(said.findings if said else ())
        add(self.column, (self.grade, note("What spoils it:"), self.findings, self.keep_button))
        self._allow()

    def send(self) -> None:
        """Keep what is pressed and ticked."""
        said = {"series": self.key, "grade": pressed(self.grade), "findings": self.findings.rows}
        self.desk.send(as_json(SetQuality, said))

    def _allow(self) -> None:
        self.keep_button.setEnabled(bool(pressed(self.grade)))


class RegistrationBox(Part):
    """Whether a series lies on another at the nerve, and how far it is off."""

    def __init__(self, desk: Desk, key: str) -> None:
        super().__init__()
        self.desk, self.key = desk, key
        names = series_names(desk.study, lambda each: desk.role(each).id)
        names.pop(key)
        first = {each: names.pop(each) for each in [desk.reference] if each in names}
        self.fixed = Choice({**first, **names})
        self.residual_mm = NumberEdit("mm", decimals=2)
        self.verdict = Answers(VERDICTS)
        self.verdict.chosen.connect(self.send)
        self.fixed.chosen.connect(lambda _: self._draw())
        fields = form(("Beside", self.fixed), ("Off by, if known", self.residual_mm))
        fields.setContentsMargins(0, 0, 0, 0)
        add(self.column, (note("Compare both at the nerve, then say:"), fields, row(self.verdict)))
        self._draw()

    def send(self, verdict: str) -> None:
        """Send the verdict; a refusal puts the buttons back."""
        said: dict[str, object] = {"moving": self.key, "fixed": self.fixed.row, "verdict": verdict}
        if self.residual_mm.number is not None:
            said["residual_mm"] = self.residual_mm.number
        if not self.desk.send(as_json(AcceptRegistration, said)):
            self._draw()

    def _draw(self) -> None:
        pair = (self.key, self.fixed.row)
        known = [x for x in self.desk.state.registrations if (x.moving, x.fixed) == pair]
        self.verdict.draw(known[0].verdict if known else "")
        self.residual_mm.draw_number(known[0].residual_mm if known else None)
