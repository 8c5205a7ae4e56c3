"""Vessels that run near a nerve without touching it: one click each, on the side of their nerve.

They are what a surgeon meets on the way. What touches the nerve is a contact and is marked in
``contacts``.
"""

from functools import partial

from mriview import vocabulary
from mriview.review import SIDES, AddNearbyVessel, Point, ReviewState, SideName
from mriview_napari.panels.controls import Answers, Choice, add, button, form, row
from mriview_napari.panels.desk import Desk, as_json
from mriview_napari.panels.fields import Part, pressed
from mriview_napari.panels.lists import MarkList
from mriview_napari.wording import SIDE_WORDS, labels, nearby_line, vessel_choices


class NearbyBox(Part):
    """The vessel's name and how sure it is, a button for each side, and what was marked."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.vessel = Choice(vessel_choices())
        self.confidence = Answers(labels(vocabulary.certainties()))
        self.nerve = Choice({})
        self.mark_buttons = {
            side: button(f"Mark a vessel {SIDE_WORDS[side]}", partial(self.mark, side))
            for side in SIDES
        }
        self.nerve.chosen.connect(lambda _: self.draw(desk.state))
        self.list = MarkList("Vessels nearby")
        self.list.shown.connect(self._show)
        self.fields = form(
            ("Vessel", self.vessel), ("Name is", self.confidence), ("Near the", self.nerve)
        )
        add(self.column, (self.fields, row(*self.mark_buttons.values()), self.list))
        self._begin()

    def draw(self, state: ReviewState) -> None:
        """Show the vessels that were marked."""
        nerves = {name for side in SIDES for name in state.side(side).nerves}
        rows = vocabulary.nerves()
        words = {name: rows[name].label.en for name in rows if name in nerves}
        self.nerve.refill(words, self.nerve.row)
        self.fields.setRowVisible(self.nerve, len(words) > 1)
        for side, mark in self.mark_buttons.items():
            mark.setEnabled(self.nerve.row in state.side(side).nerves and state.sign_off is None)
        lines = {str(n): nearby_line(vessel) for n, vessel in enumerate(state.vessels_nearby)}
        self.list.fill(lines)

    def mark(self, side: SideName) -> None:
        """Take one click as the vessel's point that is nearest to the nerve."""
        words = "click the vessel's point that is nearest to the nerve"
        self.desk.pick(f"{SIDE_WORDS[side]} vessel: {words}", partial(self._marked, side))

    def _marked(self, side: SideName, point: Point) -> None:
        said = {
            "side": side,
            "nerve": self.nerve.row,
            "vessel": self.vessel.row,
            "vessel_confidence": pressed(self.confidence),
            "position": list(point),
        }
        if self.desk.send(as_json(AddNearbyVessel, said)):
            self.desk.stop_picking()
            self._begin()

    def _begin(self) -> None:
        self.vessel.draw("vessel_unspecified")
        self.confidence.draw("possible")

    def _show(self, number: str) -> None:
        self.desk.show(self.desk.state.vessels_nearby[int(number)].position)
