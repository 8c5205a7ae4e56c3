"""Whether the reading is blind, and what is known of the patient if not.

Side and syndrome stand in sight; history, symptoms, treatments and an earlier report are folded
away. Every change sends all that is known, as one ``set_clinical``; a blind reader is shown nothing
of it.
"""

from collections.abc import Mapping

from qtpy.QtWidgets import QGroupBox, QVBoxLayout

from mriview import vocabulary
from mriview.review import ReviewState, SetClinical
from mriview_napari.panels.comparison import ComparisonBox
from mriview_napari.panels.controls import Answers, Choice, add, form
from mriview_napari.panels.desk import Desk, as_json
from mriview_napari.panels.fields import Folds, Part, Ticks
from mriview_napari.panels.treatments import TreatmentList
from mriview_napari.panels.typed import NumberEdit, WordsEdit
from mriview_napari.wording import labels

NOT_SAID = "not said"
BLINDED = {"blind": "Read blind", "sighted": "History known"}
SYMPTOM_SIDES = {
    "": NOT_SAID,
    "right": "RIGHT",
    "left": "LEFT",
    "bilateral": "both sides",
    "unknown": "unknown",
}
STARTS = {"": NOT_SAID, "typical": "typical, at the eye", "atypical": "atypical, at the mouth"}
OPERATED = {"": NOT_SAID, "yes": "yes", "no": "no"}
WEAKNESS_SCALE = "house_brackmann_1985"
HISTORY, SYMPTOMS, TREATMENTS, EARLIER = "History", "Symptoms", "Treatments", "Earlier report"


class ClinicalBox(QGroupBox):
    """The clinical question and context."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("Clinical question")
        self.desk = desk
        self.blinded = Answers(BLINDED)
        self.symptom_side = Choice(SYMPTOM_SIDES)
        self.syndrome = Choice({"": NOT_SAID, **labels(vocabulary.syndromes())})
        self.question = WordsEdit("what the sender asks")
        self.start = Choice(STARTS)
        self.onset_years = NumberEdit("years ago")
        self.weakness = Choice({"": NOT_SAID, **_grades(WEAKNESS_SCALE)})
        self.emg = Choice({"": NOT_SAID, **labels(vocabulary.emg_findings())})
        self.previous_mvd = Choice(OPERATED)
        self.symptoms = Ticks(labels(vocabulary.symptoms()), columns=1)
        self.treatments = TreatmentList()
        self.comparison = ComparisonBox(desk)
        self.blinded.chosen.connect(lambda _: self._send())
        for choice in (self.symptom_side, self.syndrome, *self._choices().values()):
            choice.chosen.connect(lambda _: self._send())
        for typed in (self.question, self.onset_years):
            typed.told.connect(self._send)
        for part in (self.symptoms, self.treatments, self.comparison):
            part.chosen.connect(self._send)
        self._lay_out()

    def draw(self, state: ReviewState) -> None:
        """Show what was said; of a blind reading nothing else is asked."""
        said = state.clinical
        sighted = said is not None and not said.blinded
        self.blinded.draw("" if said is None else "sighted" if sighted else "blind")
        self.known.setVisible(sighted)
        self.symptom_side.draw((said and said.symptom_side) or "")
        self.syndrome.draw((said and said.syndrome) or "")
        self.question.draw(said.question if said else "")
        self.onset_years.draw_number(said.onset_years if said else None)
        self.start.draw((said and said.start) or "")
        self.weakness.draw(str((said and said.weakness_house_brackmann) or ""))
        self.emg.draw((said and said.emg) or "")
        operated = said.previous_mvd if said else None
        self.previous_mvd.draw("" if operated is None else "yes" if operated else "no")
        self.symptoms.draw(said.symptoms if said else ())
        self.treatments.draw(said.treatments if said else ())
        self.comparison.draw(state)
        told = [self.question.words, self.onset_years.words]
        told += [choice.row for choice in self._choices().values()]
        self.past.count(HISTORY, sum(map(bool, told)))
        self.past.count(SYMPTOMS, len(said.symptoms) if said else 0)
        self.before.count(TREATMENTS, len(said.treatments) if said else 0)
        self.before.count(EARLIER, int(bool(said and said.comparison)))

    def _choices(self) -> Mapping[str, Choice]:
        """Give the choices of which a row is said as it stands."""
        return {
            "start": self.start,
            "weakness_house_brackmann": self.weakness,
            "emg": self.emg,
            "previous_mvd": self.previous_mvd,
        }

    def _send(self) -> None:
        blind = self.blinded.buttons["blind"].isChecked()
        said: Mapping[str, object] = {"blinded": True} if blind else self._said()
        if not self.desk.send(as_json(SetClinical, said)):
            self.draw(self.desk.state)

    def _said(self) -> Mapping[str, object]:
        """Give all that is known; what was not said is left out."""
        weakness, operated = self.weakness.row, self.previous_mvd.row
        said: dict[str, object] = {
            "question": self.question.words,
            "symptom_side": self.symptom_side.row,
            "syndrome": self.syndrome.row,
            "start": self.start.row,
            "onset_years": self.onset_years.number,
            "weakness_house_brackmann": int(weakness) if weakness else None,
            "symptoms": self.symptoms.rows,
            "emg": self.emg.row,
            "treatments": self.treatments.said,
            "previous_mvd": operated == "yes" if operated else None,
            "comparison": self.comparison.said,
        }
        known = {name: one for name, one in said.items() if one not in (None, "", [])}
        return {"blinded": False, **known}

    def _lay_out(self) -> None:
        fields = form(
            ("Question", self.question),
            ("Began", self.onset_years),
            ("Start", self.start),
            ("Weakness", self.weakness),
            ("EMG", self.emg),
            ("Earlier operation", self.previous_mvd),
        )
        self.past = Folds({HISTORY: Part(fields), SYMPTOMS: self.symptoms})
        self.before = Folds({TREATMENTS: self.treatments, EARLIER: self.comparison})
        usual = form(("Symptom side", self.symptom_side), ("Syndrome", self.syndrome))
        self.known = Part(usual, self.past, self.before)
        add(QVBoxLayout(self), (form(("Reading", self.blinded)), self.known))


def _grades(scale: str) -> dict[str, str]:
    """Give the levels of a scale by their number, the first is 1."""
    row = vocabulary.severity_scales()[scale]
    levels = enumerate(row.levels, start=1)
    return {str(number): f"{row.label.en} {level.id}" for number, level in levels}
