"""The nerves: guided clicks for midline, path, porus and detachment point, on each side.

Which click comes next is decided in `mriview_napari.marking`; here are the prompt and the clicks.
The facial nerves stand in sight; other nerves and outlined vessels are folded away.
"""

from functools import partial

from qtpy.QtWidgets import QWidget

from mriview import vocabulary
from mriview.review import SIDES, Point, ReviewState, SetLandmark, SetMidline, SideName
from mriview_napari.marking import NerveClicks
from mriview_napari.panels.controls import Choice, button, column, heading, note, row
from mriview_napari.panels.desk import Desk
from mriview_napari.panels.fields import Folds, Part
from mriview_napari.panels.nerve_box import DETACHMENT, USUAL_NERVE, NerveBox
from mriview_napari.panels.vessels import VesselsBox
from mriview_napari.wording import LANDMARK_PROMPTS, labels, landmark_name

OTHER, OUTLINES = "Other nerves", "Outlined vessels"
NO_PORUS = "Scan ends before the porus"


class NervesPanel(QWidget):
    """Midline first, then each nerve."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.clicks: NerveClicks | None = None
        self.midline_note = note()
        self.midline_button = button("Click the midline", self.mark_midline, strong=True)
        self.sides = {side: NerveBox(self, side) for side in SIDES}
        self.other = Choice(other_nerves())
        self.others = {side: NerveBox(self, side, self.other.row) for side in SIDES}
        self.other.chosen.connect(self._choose_other)
        self.porus_button = button("Next click is the porus", self.porus_is_next)
        self.not_covered_button = button(NO_PORUS, self.end_without_porus)
        self.back_button = button("Take back the last click", self.take_back)
        clicks = row(self.porus_button, self.back_button)
        self.steps = Part(clicks, self.not_covered_button)
        self.vessels = VesselsBox(desk)
        others = Part(self.other, *self.others.values())
        self.folds = Folds({OTHER: others, OUTLINES: self.vessels})
        column(
            self,
            heading("Midline"),
            self.midline_note,
            self.midline_button,
            self.steps,
            *self.sides.values(),
            self.folds,
        )
        self.steps.hide()

    def draw(self, state: ReviewState) -> None:
        """Show what is marked."""
        done = state.midline is not None
        said = "Marked." if done else "Needed first: without it no side can be told."
        self.midline_note.setText(said)
        self.midline_button.setText("Click the midline again" if done else "Click the midline")
        self.midline_button.setProperty("strong", not done)
        self.midline_button.style().polish(self.midline_button)
        for box in (*self.sides.values(), *self.others.values()):
            box.draw(state)
        self.vessels.draw(state)
        self.folds.count(OUTLINES, self.vessels.list.count())
        marked = [name for side in SIDES for name in state.side(side).nerves]
        self.folds.count(OTHER, len(marked) - marked.count(USUAL_NERVE))

    def mark_midline(self) -> None:
        """Take one click as a point of the midsagittal plane."""
        self._forget_clicks()
        self.desk.pick("Click a point of the midline (between both halves)", self._midline)

    def mark_nerve(self, side: SideName, nerve: str = USUAL_NERVE) -> None:
        """Begin the guided clicks of one nerve."""
        self._continue(NerveClicks(side, nerve))

    def mark_landmark(self, side: SideName, nerve: str, landmark: str) -> None:
        """Take one click as a landmark."""
        self._forget_clicks()
        words = LANDMARK_PROMPTS.get(landmark, f"click the {landmark_name(landmark)}")
        take = partial(self._landmark, side, nerve, landmark)
        self.desk.pick(f"{NerveClicks(side, nerve).name}: {words}", take)

    def porus_is_next(self) -> None:
        """Ask for the porus with the next click."""
        if self.clicks and self.clicks.points:
            self._continue(self.clicks.porus_is_next())

    def take_back(self) -> None:
        """Take the last click back."""
        if self.clicks:
            self._continue(self.clicks.without_last())

    def end_without_porus(self) -> None:
        """Keep the path; of the facial nerve say that the scan ends before the porus."""
        if self.clicks and self.clicks.can_end:
            self._finish(self.clicks)

    def stop(self) -> None:
        """Drop clicks that were not sent, and put the brush away."""
        self._forget_clicks()
        self.vessels.stop()

    def _choose_other(self, nerve: str) -> None:
        for box in self.others.values():
            box.of(nerve)
            box.draw(self.desk.state)

    def _midline(self, point: Point) -> None:
        self.desk.stop_picking()
        self.desk.send(SetMidline(position=point))

    def _landmark(self, side: SideName, nerve: str, landmark: str, point: Point) -> None:
        placed = SetLandmark(side=side, nerve=nerve, landmark=landmark, position=point)
        if self.desk.send(placed):
            self.desk.stop_picking()

    def _clicked(self, point: Point) -> None:
        if self.clicks is None:
            return
        clicks = self.clicks.clicked(point)
        if clicks.is_complete:
            self._finish(clicks)
        else:
            self._continue(clicks)

    def _continue(self, clicks: NerveClicks) -> None:
        self.clicks = clicks
        self.desk.preview(clicks.points)
        self.steps.show()
        self.porus_button.setVisible(clicks.has_porus)
        self.porus_button.setEnabled(bool(clicks.points) and not clicks.porus_next)
        self.back_button.setEnabled(bool(clicks.points))
        self.not_covered_button.setText(NO_PORUS if clicks.has_porus else "The path ends here")
        self.not_covered_button.setEnabled(clicks.can_end)
        self.desk.pick(clicks.prompt, self._clicked)

    def _finish(self, clicks: NerveClicks) -> None:
        if not self.desk.send(*clicks.commands()):
            self._continue(clicks if not clicks.is_complete else clicks.without_last())
            return
        if clicks.nerve == USUAL_NERVE:
            self.mark_landmark(clicks.side, clicks.nerve, DETACHMENT)
        else:
            self._forget_clicks()
            self.desk.stop_picking()

    def _forget_clicks(self) -> None:
        self.clicks = None
        self.steps.hide()
        self.desk.preview(())


def other_nerves() -> dict[str, str]:
    """Name the nerves besides the usual one on which a path can be marked."""
    rows = vocabulary.nerves().items()
    return labels({name: row for name, row in rows if name != USUAL_NERVE})
