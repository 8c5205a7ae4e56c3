"""The nerves: guided clicks for midline, path, porus and detachment point, on each side.

Which click comes next is decided in `mriview_napari.marking`; here are the buttons, the prompt and
the spans along the nerve in which it is seen and could be judged.
"""

from functools import partial

from qtpy.QtWidgets import QDoubleSpinBox, QGroupBox, QVBoxLayout, QWidget

from mriview.review import (
    SIDES,
    Nerve,
    Point,
    ReviewState,
    SetAssessable,
    SetLandmark,
    SetMidline,
    SideName,
)
from mriview_napari.marking import NerveClicks
from mriview_napari.panels.controls import add, button, column, form, heading, note, row
from mriview_napari.panels.desk import Desk
from mriview_napari.wording import SIDE_WORDS, nerve_line

SPAN_MAX_MM = 60.0  # twice the longest path from exit to fundus


class NervesPanel(QWidget):
    """Midline first, then each nerve."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.clicks: NerveClicks | None = None
        self.midline_note = note()
        self.midline_button = button("Click the midline", self.mark_midline, strong=True)
        self.sides = {side: SideBox(self, side) for side in SIDES}
        self.porus_button = button("Next click is the porus", self.porus_is_next)
        self.not_covered_button = button("Scan ends before the porus", self.end_without_porus)
        self.back_button = button("Take back the last click", self.take_back)
        self.steps = QWidget()
        steps = QVBoxLayout(self.steps)
        steps.setContentsMargins(0, 0, 0, 0)
        add(steps, (row(self.porus_button, self.back_button), self.not_covered_button))
        column(
            self,
            heading("Midline"),
            self.midline_note,
            self.midline_button,
            self.steps,
            *self.sides.values(),
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
        for box in self.sides.values():
            box.draw(state)

    def mark_midline(self) -> None:
        """Take one click as a point of the midsagittal plane."""
        self._forget_clicks()
        self.desk.pick("Click a point of the midline (between both halves)", self._midline)

    def mark_nerve(self, side: SideName) -> None:
        """Begin the guided clicks of one nerve."""
        self._continue(NerveClicks(side))

    def mark_rdp(self, side: SideName) -> None:
        """Take one click as the root detachment point."""
        self._forget_clicks()
        words = "click the detachment point (first fluid between nerve and pons)"
        self.desk.pick(f"{SIDE_WORDS[side]} nerve: {words}", partial(self._rdp, side))

    def porus_is_next(self) -> None:
        """Ask for the porus with the next click."""
        if self.clicks and self.clicks.points:
            self._continue(self.clicks.porus_is_next())

    def take_back(self) -> None:
        """Take the last click back."""
        if self.clicks:
            self._continue(self.clicks.without_last())

    def end_without_porus(self) -> None:
        """Keep the path and say that the scan ends before the porus."""
        if self.clicks and self.clicks.can_end:
            self._finish(self.clicks)

    def stop(self) -> None:
        """Drop clicks that were not sent."""
        self._forget_clicks()

    def _midline(self, point: Point) -> None:
        self.desk.stop_picking()
        self.desk.send(SetMidline(position=point))

    def _rdp(self, side: SideName, point: Point) -> None:
        if self.desk.send(SetLandmark(side=side, landmark="rdp", position=point)):
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
        self.porus_button.setEnabled(bool(clicks.points) and not clicks.porus_next)
        self.back_button.setEnabled(bool(clicks.points))
        self.not_covered_button.setEnabled(clicks.can_end)
        self.desk.pick(clicks.prompt, self._clicked)

    def _finish(self, clicks: NerveClicks) -> None:
        if not self.desk.send(*clicks.commands()):
            self._continue(clicks if not clicks.is_complete else clicks.without_last())
            return
        self.mark_rdp(clicks.side)

    def _forget_clicks(self) -> None:
        self.clicks = None
        self.steps.hide()
        self.desk.preview(())


class SideBox(QGroupBox):
    """One nerve: what is marked, the buttons, the spans."""

    def __init__(self, panel: NervesPanel, side: SideName) -> None:
        super().__init__(f"{SIDE_WORDS[side]} facial nerve")
        self.panel, self.side = panel, side
        self._drawn: Nerve | None = None
        self.said = note()
        self.mark_button = button(f"Mark the {SIDE_WORDS[side]} nerve", self._mark, strong=True)
        self.rdp_button = button("Detachment point (RDP)", partial(panel.mark_rdp, side))
        self.spans = {name: (_span_end(), _span_end()) for name in ("visible", "assessable")}
        self.artefact = (_span_end(), _span_end())
        self.whole_button = button("Whole path judged", self.whole_path)
        self.set_button = button("Keep these lengths", self.keep_spans)
        self.lengths = QWidget()
        lengths = form(
            ("Nerve seen, mm", _pair(self.spans["visible"])),
            ("Contact could be seen, mm", _pair(self.spans["assessable"])),
            ("Artefact (0 to 0: none), mm", _pair(self.artefact)),
        )
        lengths.setContentsMargins(0, 0, 0, 0)
        lengths.addRow(row(self.whole_button, self.set_button))
        self.lengths.setLayout(lengths)
        layout = QVBoxLayout(self)
        add(layout, (self.said, row(self.mark_button, self.rdp_button), self.lengths))

    def draw(self, state: ReviewState) -> None:
        """Show what of this nerve is marked."""
        nerve = state.nerve(self.side, "facial")
        self.said.setText(nerve_line(nerve))
        self.mark_button.setEnabled(state.midline is not None)
        self.rdp_button.setEnabled(nerve is not None)
        self.lengths.setVisible(nerve is not None)
        side = SIDE_WORDS[self.side]
        self.mark_button.setText(f"Mark the {side} nerve" + (" again" if nerve else ""))
        self.mark_button.setProperty("strong", nerve is None)
        self.mark_button.style().polish(self.mark_button)
        if nerve is None or nerve == self._drawn:
            return
        self._drawn = nerve
        whole = (0.0, nerve.path.length_mm)
        _show_span(self.spans["visible"], nerve.visible_mm or whole)
        _show_span(self.spans["assessable"], nerve.assessable_mm or whole)
        _show_span(self.artefact, nerve.artefact_mm[0] if nerve.artefact_mm else (0.0, 0.0))

    def whole_path(self) -> None:
        """Say that contact could be seen from the exit point to the end of the path."""
        nerve = self.panel.desk.state.nerve(self.side, "facial")
        if nerve is not None:
            whole = (0.0, round(nerve.path.length_mm + 0.05, 1))
            command = SetAssessable(side=self.side, visible_mm=whole, assessable_mm=whole)
            self.panel.desk.send(command)

    def keep_spans(self) -> None:
        """Send the lengths as they stand."""
        low, high = _span(self.artefact)
        self.panel.desk.send(
            SetAssessable(
                side=self.side,
                visible_mm=_span(self.spans["visible"]),
                assessable_mm=_span(self.spans["assessable"]),
                artefact_mm=((low, high),) if high > low else (),
            )
        )

    def _mark(self) -> None:
        self.panel.mark_nerve(self.side)


def _span_end() -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(0.0, SPAN_MAX_MM)
    box.setDecimals(1)
    box.setSingleStep(0.5)
    return box


def _pair(ends: tuple[QDoubleSpinBox, QDoubleSpinBox]) -> QWidget:
    pair = QWidget()
    layout = row(*ends)
    layout.setContentsMargins(0, 0, 0, 0)
    pair.setLayout(layout)
    return pair


def _show_span(ends: tuple[QDoubleSpinBox, QDoubleSpinBox], span: tuple[float, float]) -> None:
    for box, value in zip(ends, span, strict=True):
        box.setValue(value)


def _span(ends: tuple[QDoubleSpinBox, QDoubleSpinBox]) -> tuple[float, float]:
    return round(ends[0].value(), 1), round(ends[1].value(), 1)
