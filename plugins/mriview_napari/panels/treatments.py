"""Treatments before the scan: one card each, with side, time and effect, all but the kind optional.

Kinds and effects are rows of the vocabulary. What is said becomes a part of ``set_clinical``, which
the clinical box sends.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from qtpy.QtCore import Signal  # type: ignore[attr-defined]  # qtpy's name in every binding
from qtpy.QtWidgets import QFrame, QVBoxLayout

from mriview import vocabulary
from mriview_napari.panels.controls import Choice, add, button, row
from mriview_napari.panels.fields import Part
from mriview_napari.panels.typed import NumberEdit
from mriview_napari.wording import labels

TREATED_SIDES = {"": "side not said", "right": "RIGHT", "left": "LEFT", "bilateral": "both sides"}
CROSS, CROSS_PX = "\N{MULTIPLICATION SIGN}", 30
ADD = "Add a treatment ..."


class Treated(Protocol):
    """A treatment, as a state holds it."""

    @property
    def kind(self) -> str:
        """Row id."""

    @property
    def side(self) -> str | None:
        """Side that was treated."""

    @property
    def months_ago(self) -> float | None:
        """Months before the scan."""

    @property
    def effect(self) -> str | None:
        """Row id."""


class TreatmentList(Part):
    """The cards, and a choice that adds one; ``chosen`` tells that a person changed something."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[TreatmentCard] = []
        self.new = Choice({"": ADD, **labels(vocabulary.treatments())})
        self.new.chosen.connect(self._add)
        self.column.addWidget(self.new)

    @property
    def said(self) -> list[dict[str, object]]:
        """What the cards say, as commands say it."""
        return [card.said for card in self.cards]

    def draw(self, treatments: Sequence[Treated]) -> None:
        """Show these treatments; cards that stay keep the focus."""
        while len(self.cards) > len(treatments):
            gone = self.cards.pop()
            gone.hide()  # it is deleted in a later turn, and would be seen until then
            gone.deleteLater()
        while len(self.cards) < len(treatments):
            self._append()
        for card, treatment in zip(self.cards, treatments, strict=True):
            card.draw(treatment)
        self.new.draw("")

    def _append(self) -> "TreatmentCard":
        card = TreatmentCard(self.chosen.emit, self._remove)
        self.column.insertWidget(len(self.cards), card)
        self.cards.append(card)
        return card

    def _add(self, kind: str) -> None:
        if kind:
            self._append().kind.draw(kind)
            self.chosen.emit()

    def _remove(self, card: "TreatmentCard") -> None:
        self.cards.remove(card)
        card.hide()
        card.deleteLater()
        self.chosen.emit()


class TreatmentCard(QFrame):
    """One treatment."""

    def __init__(
        self, told: Callable[[], object], remove: Callable[["TreatmentCard"], None]
    ) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.kind = Choice(labels(vocabulary.treatments()))
        self.side = Choice(TREATED_SIDES)
        rows = vocabulary.treatment_effects().values()
        effects = {each.id: f"effect: {each.label.en}" for each in rows}
        self.effect = Choice({"": "effect not said", **effects})
        self.months_ago = NumberEdit("months ago")
        self.remove_button = button(CROSS, lambda: remove(self))
        self.remove_button.setAccessibleName("Remove this treatment")
        self.remove_button.setToolTip("Remove this treatment")
        self.remove_button.setFixedWidth(CROSS_PX)
        self.months_ago.told.connect(told)
        for choice in (self.kind, self.side, self.effect):
            choice.chosen.connect(lambda _: told())
        first, second = (
            row(self.kind, self.remove_button),
            row(self.side, self.months_ago, self.effect),
        )
        first.setStretch(1, 0)
        for place, share in enumerate((4, 4, 5)):
            second.setStretch(place, share)
        for choice in (self.side, self.effect):
            choice.setMinimumContentsLength(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        add(layout, (first, second))

    @property
    def said(self) -> dict[str, object]:
        """What the card says, as commands say it."""
        said: dict[str, object] = {"kind": self.kind.row}
        if self.side.row:
            said["side"] = self.side.row
        if self.months_ago.number is not None:
            said["months_ago"] = self.months_ago.number
        if self.effect.row:
            said["effect"] = self.effect.row
        return said

    def draw(self, treatment: Treated) -> None:
        """Show a treatment."""
        self.kind.draw(treatment.kind)
        self.side.draw(treatment.side or "")
        self.months_ago.draw_number(treatment.months_ago)
        self.effect.draw(treatment.effect or "")
