"""Lengths along one nerve: where it is seen, where contact could be, where artefact lies.

All are mm along the path from the root exit point. They are kept together, by one button; a wheel
over a box scrolls the panel and changes nothing.
"""

from collections.abc import Iterable

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDoubleSpinBox, QPushButton, QWidget

from mriview.review import Nerve
from mriview_napari.panels.controls import add, button, form, note, row
from mriview_napari.panels.fields import Part

SPAN_MAX_MM = 60.0  # twice the longest path from exit to fundus
STEP_MM = 0.5
Span = tuple[float, float]
NO_SPAN: Span = (0.0, 0.0)


class Length(QDoubleSpinBox):
    """One end of a span, mm."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setRange(0.0, SPAN_MAX_MM)
        self.setDecimals(1)
        self.setSingleStep(STEP_MM)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)

    def wheelEvent(self, event: object) -> None:  # noqa: N802 (Qt's name)
        """Leave the wheel to the panel."""
        event.ignore()  # type: ignore[attr-defined]  # a Qt event


class SpanEdit(QWidget):
    """From, to: two lengths beside each other."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.ends = (Length(f"{name}, from"), Length(f"{name}, to"))
        layout = row(*self.ends)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)

    @property
    def span(self) -> Span:
        """What the boxes say, to 0.1 mm."""
        low, high = self.ends
        return round(low.value(), 1), round(high.value(), 1)

    def draw(self, span: Span) -> None:
        """Show a span."""
        for end, value in zip(self.ends, span, strict=True):
            end.setValue(value)


class ArtefactEdit(Part):
    """Any number of spans in which artefact hides the nerve."""

    def __init__(self) -> None:
        super().__init__()
        self.spans: list[tuple[SpanEdit, QPushButton]] = []
        self.add_button = button("Add a length with artefact", self.add_one)
        self.column.setSpacing(4)
        self.column.addWidget(self.add_button)

    @property
    def said(self) -> tuple[Span, ...]:
        """The spans that have a length, or that are the wrong way round."""
        return tuple(edit.span for edit, _ in self.spans if edit.span[0] != edit.span[1])

    def draw(self, spans: Iterable[Span]) -> None:
        """Show these spans."""
        while self.spans:
            self._take_off(0)
        for span in spans:
            self.add_one(span)

    def add_one(self, span: Span = NO_SPAN) -> None:
        """Offer one more span."""
        edit = SpanEdit("Artefact, mm")
        edit.draw(span)
        remove = button(
            "Remove", lambda: self._take_off([one for one, _ in self.spans].index(edit))
        )
        line = QWidget()
        layout = row(note("Artefact, mm"), edit, remove)
        layout.setContentsMargins(0, 0, 0, 0)
        for place, share in enumerate((3, 6, 2)):
            layout.setStretch(place, share)
        line.setLayout(layout)
        self.column.insertWidget(len(self.spans), line)
        self.spans.append((edit, remove))

    def _remove(self, edit: SpanEdit) -> None:
        self._take_off([one for one, _ in self.spans].index(edit))

    def _take_off(self, number: int) -> None:
        edit, _ = self.spans.pop(number)
        line = edit.parentWidget()
        if line is not None:
            line.hide()  # it is deleted in a later turn, and would be seen until then
            line.deleteLater()


class Lengths(Part):
    """The spans of one nerve; ``keep_button`` is for whoever sends them."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn: Nerve | None = None
        self.visible = SpanEdit("Nerve seen, mm")
        self.assessable = SpanEdit("Contact could be seen, mm")
        self.artefacts = ArtefactEdit()
        fields = form(
            ("Nerve seen, mm", self.visible), ("Contact could be seen, mm", self.assessable)
        )
        fields.setContentsMargins(0, 0, 0, 0)
        self.keep_button = QPushButton("Keep these lengths")
        add(self.column, (fields, self.artefacts, self.keep_button))

    def draw(self, nerve: Nerve | None) -> None:
        """Show what was said; what is being written stays until another is kept."""
        if nerve is None or nerve == self._drawn:
            return
        self._drawn = nerve
        whole = (0.0, nerve.path.length_mm)
        self.visible.draw(nerve.visible_mm or whole)
        self.assessable.draw(nerve.assessable_mm or whole)
        self.artefacts.draw(nerve.artefact_mm)
