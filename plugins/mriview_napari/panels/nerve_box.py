"""One nerve of one side: what is marked, the buttons that mark it, landmarks and lengths.

The usual clicks stand in sight; single landmarks and lengths are folded away. Which landmarks a
nerve has, and which of them a scan may end before, are rows of the vocabulary. The clicks
themselves are taken by ``nerves``.
"""

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from qtpy.QtWidgets import QGroupBox, QPushButton, QVBoxLayout, QWidget

from mriview import vocabulary
from mriview.review import ReviewState, SetAssessable, SetLandmark, SideName
from mriview_napari.panels.controls import add, button, row
from mriview_napari.panels.controls import note as quiet
from mriview_napari.panels.desk import Desk
from mriview_napari.panels.fields import Folds, Part, empty
from mriview_napari.panels.lengths import Lengths
from mriview_napari.wording import SIDE_WORDS, first_capital, landmark_name, nerve_line

USUAL_NERVE = "facial"
DETACHMENT = "rdp"  # asked for next when a path was marked, so it stands beside it
LANDMARKS, LENGTHS = "Landmarks", "Lengths"
END_MARGIN_MM = 0.05  # half of a length's last digit: the whole path reaches its own end


class Clicks(Protocol):
    """Who takes clicks for a box."""

    desk: Desk

    def mark_nerve(self, side: SideName, nerve: str) -> None:
        """Begin the guided clicks of one nerve."""

    def mark_landmark(self, side: SideName, nerve: str, landmark: str) -> None:
        """Take one click as a landmark."""


@dataclass(frozen=True, slots=True)
class LandmarkLine:
    """One landmark: click it, or say that the scan ends before it where that may be."""

    button: QPushButton
    not_covered: QPushButton | None


class NerveBox(QGroupBox):
    """A nerve of a side; which nerve, may be changed."""

    def __init__(self, panel: Clicks, side: SideName, nerve: str = USUAL_NERVE) -> None:
        super().__init__()
        self.panel, self.side, self.nerve = panel, side, nerve
        self.said = quiet()
        self.mark_button = button("", self._mark, strong=True)
        self.rdp_button = button("Detachment point (RDP)", partial(self._click, DETACHMENT))
        self.whole_button = button("Whole path judged", self.whole_path)
        self.lengths = Lengths()
        self.lengths.keep_button.clicked.connect(lambda *_: self.keep_lengths())
        self.landmarks: dict[str, LandmarkLine] = {}
        self._places = Part()
        self.folds = Folds({LANDMARKS: self._places, LENGTHS: self.lengths})
        self.of(nerve)
        buttons = row(self.mark_button, self.rdp_button)
        add(QVBoxLayout(self), (self.said, buttons, self.whole_button, self.folds))

    def of(self, nerve: str) -> None:
        """Speak of another nerve from now on."""
        self.nerve = nerve
        self.landmarks = {name: self._line(name) for name in _landmarks_of(nerve)}
        empty(self._places.column)
        for line in self.landmarks.values():
            place = row(*(each for each in (line.button, line.not_covered) if each is not None))
            place.setContentsMargins(0, 0, 0, 0)
            lined = QWidget()
            lined.setLayout(place)
            self._places.column.addWidget(lined)
        self.rdp_button.setVisible(DETACHMENT in self.landmarks)
        self.folds.open("")

    def draw(self, state: ReviewState) -> None:
        """Show what of this nerve is marked."""
        nerve = state.nerve(self.side, self.nerve)
        side, name = SIDE_WORDS[self.side], vocabulary.nerves()[self.nerve].label.en
        self.setTitle(f"{side} facial nerve" if self.nerve == USUAL_NERVE else f"{side} {name}")
        self.said.setText(nerve_line(nerve, self.landmarks))
        self.mark_button.setEnabled(state.midline is not None)
        self.rdp_button.setEnabled(nerve is not None)
        self.mark_button.setText(f"Mark the {side} nerve" + (" again" if nerve else ""))
        self.mark_button.setProperty("strong", nerve is None and self.nerve == USUAL_NERVE)
        self.mark_button.style().polish(self.mark_button)
        for part in (self.whole_button, self.folds):
            part.setVisible(nerve is not None)
        for name, line in self.landmarks.items():
            placed = nerve is not None and name in nerve.path.landmarks
            again = " again" if placed else ""
            line.button.setText(f"Click the {landmark_name(name)}{again}")
        self.lengths.draw(nerve)

    def whole_path(self) -> None:
        """Say that contact could be seen from the exit point to the end of the path."""
        nerve = self.panel.desk.state.nerve(self.side, self.nerve)
        if nerve is not None:
            whole = (0.0, round(nerve.path.length_mm + END_MARGIN_MM, 1))
            spans = {"visible_mm": whole, "assessable_mm": whole}
            self.panel.desk.send(SetAssessable(side=self.side, nerve=self.nerve, **spans))

    def keep_lengths(self) -> None:
        """Send the lengths as they stand."""
        self.panel.desk.send(
            SetAssessable(
                side=self.side,
                nerve=self.nerve,
                visible_mm=self.lengths.visible.span,
                assessable_mm=self.lengths.assessable.span,
                artefact_mm=self.lengths.artefacts.said,
            )
        )

    def _line(self, landmark: str) -> LandmarkLine:
        click = button("", partial(self._click, landmark))
        click.setToolTip(first_capital(vocabulary.landmarks()[landmark].definition))
        if not vocabulary.landmarks()[landmark].may_be_not_covered:
            return LandmarkLine(click, None)
        return LandmarkLine(click, button("Scan ends before it", partial(self._ends, landmark)))

    def _mark(self) -> None:
        self.panel.mark_nerve(self.side, self.nerve)

    def _click(self, landmark: str) -> None:
        self.panel.mark_landmark(self.side, self.nerve, landmark)

    def _ends(self, landmark: str) -> None:
        where = {"landmark": landmark, "position": "not_covered"}
        self.panel.desk.send(
            SetLandmark.from_args({"side": self.side, "nerve": self.nerve, **where})
        )


def _landmarks_of(nerve: str) -> list[str]:
    rows = vocabulary.landmarks().values()
    return [row.id for row in rows if row.nerve == nerve and row.placed_by == "reader"]
