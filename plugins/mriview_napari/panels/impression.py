"""The impression: the reader's own words, a second vessel, advice, how sure each side is.

The coded statements of the report follow from what was assessed and are not written here. What is
being written stays until it is kept.
"""

from qtpy.QtWidgets import QGroupBox, QPlainTextEdit, QVBoxLayout

from mriview import vocabulary
from mriview.review import SIDES, Impression, ReviewState, SetImpression
from mriview_napari.panels.controls import Choice, add, button, form
from mriview_napari.panels.desk import Desk, as_json
from mriview_napari.wording import SIDE_WORDS, labels, vessel_choices

TEXT_PX = 80  # four lines


class ImpressionBox(QGroupBox):
    """The text and the choices beside it, kept together by one button."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("Impression")
        self.desk = desk
        self._drawn: Impression | None = None
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText("In your own words, by side")
        self.text.setFixedHeight(TEXT_PX)
        self.text.setTabChangesFocus(True)
        self.second_vessel = Choice({"": "not said", **vessel_choices()})
        self.recommendation = Choice({"": "not said", **labels(vocabulary.recommendations())})
        certainties = {"": "not said", **labels(vocabulary.certainties())}
        self.certainty = {side: Choice(certainties) for side in SIDES}
        self.keep_button = button("Keep the impression", self.send)
        fields = form(
            ("Second vessel", self.second_vessel),
            ("Recommended", self.recommendation),
            *((f"{SIDE_WORDS[side]} is", choice) for side, choice in self.certainty.items()),
        )
        add(QVBoxLayout(self), (self.text, fields, self.keep_button))

    def draw(self, state: ReviewState) -> None:
        """Show what was kept; what is being written stays until another is kept."""
        said = state.impression
        if said == self._drawn:
            return
        self._drawn = said
        self.text.setPlainText(said.text)
        self.second_vessel.draw(said.second_vessel or "")
        self.recommendation.draw(said.recommendation or "")
        for side, choice in self.certainty.items():
            choice.draw(said.certainty.get(side) or "")

    @property
    def unkept(self) -> bool:
        """Whether something was written that is not kept."""
        kept = self._drawn.text if self._drawn is not None else ""
        return self.text.toPlainText().strip() != kept

    def send(self) -> None:
        """Keep the impression."""
        certainty = {side: choice.row for side, choice in self.certainty.items() if choice.row}
        said: dict[str, object] = {"text": self.text.toPlainText().strip(), "certainty": certainty}
        for name in ("second_vessel", "recommendation"):
            chosen = getattr(self, name).row
            if chosen:
                said[name] = chosen
        self.desk.send(as_json(SetImpression, said))
