"""Outlined vessels: paint one on the reference, name it, name an imported one anew.

An outline and its name are two things: whether a name is traced to a parent artery the reader says.
Where a vessel touches a nerve is a contact and marked elsewhere.
"""

from qtpy.QtWidgets import QLineEdit

from mriview import vocabulary
from mriview.review import Command, NameVessel, ReviewState, SetMask
from mriview_napari.panels.controls import Answers, Choice, add, button, form, row
from mriview_napari.panels.desk import Desk
from mriview_napari.panels.fields import Part, SeriesTable, pressed
from mriview_napari.panels.lists import MarkList
from mriview_napari.wording import labels, outline_line, series_names, vessel_choices

USUAL_VESSEL, USUAL_CERTAINTY = "vessel_unspecified", "possible"


class VesselsBox(Part):
    """The words of one vessel, the brush, and the outlines so far."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk, self.painting = desk, False
        self.vessel = Choice(vessel_choices())
        self.confidence = Answers(labels(vocabulary.certainties()))
        self.words = QLineEdit()
        self.traced = SeriesTable({"traced_to_parent": "Traced to its parent"})
        self.traced.fill(series_names(desk.study, lambda key: desk.role(key).id))
        self.paint_button = button("Paint a vessel", self.start)
        self.keep_button = button("Keep", self.keep, strong=True)
        self.drop_button = button("Cancel painting", self.stop)
        self.name_button = button("Name the chosen outline so", self.rename)
        self.list = MarkList("Outlined vessels")
        self.list.currentItemChanged.connect(lambda *_: self._show_chosen())
        fields = form(("Vessel", self.vessel), ("Name is", self.confidence), ("Note", self.words))
        fields.setContentsMargins(0, 0, 0, 0)
        buttons = row(self.paint_button, self.keep_button, self.drop_button)
        add(self.column, (fields, self.traced, buttons, self.list, self.name_button))
        self._begin()
        self._turn(painting=False)

    def draw(self, state: ReviewState) -> None:
        """List the outlined vessels."""
        masks = (mask for mask in state.masks if mask.structure == "vessel")
        self.list.fill({mask.id: outline_line(mask) for mask in masks})
        self._allow()

    def start(self) -> None:
        """Take up the brush."""
        self.desk.start_painting("vessel")
        self._turn(painting=True)

    def stop(self) -> None:
        """Put the brush away without keeping anything."""
        if self.painting:
            self._turn(painting=False)
            self.desk.stop_painting()

    def keep(self) -> None:
        """Store what was painted with its name."""
        digest = self.desk.keep_painting()
        if digest is None:
            return
        mask, series = f"m{len(self.desk.state.masks) + 1}", self.desk.reference
        outline = SetMask(id=mask, structure="vessel", series=series, sha256=digest)
        if self.desk.send(outline, self._named(mask)):
            self.stop()
            self._begin()

    def rename(self) -> None:
        """Name the chosen outline as the fields say."""
        if self.list.chosen:
            self.desk.send(self._named(self.list.chosen))

    def _named(self, mask: str) -> Command:
        return NameVessel(
            mask=mask,
            vessel=self.vessel.row,
            vessel_confidence=pressed(self.confidence),
            traced_to_parent=tuple(self.traced.rows("traced_to_parent")),
            note=self.words.text().strip(),
        )

    def _show_chosen(self) -> None:
        mask = self.desk.state.mask(self.list.chosen)
        if mask is not None:
            self.vessel.draw(mask.vessel or USUAL_VESSEL)
            self.confidence.draw(mask.vessel_confidence or USUAL_CERTAINTY)
            self.traced.draw("traced_to_parent", mask.traced_to_parent)
            self.words.setText(mask.note)
        self._allow()

    def _begin(self) -> None:
        self.vessel.draw(USUAL_VESSEL)
        self.confidence.draw(USUAL_CERTAINTY)
        self.traced.draw("traced_to_parent", ())
        self.words.clear()

    def _allow(self) -> None:
        self.name_button.setVisible(bool(self.list.count()))
        self.name_button.setEnabled(bool(self.list.chosen))

    def _turn(self, *, painting: bool) -> None:
        self.painting = painting
        self.paint_button.setVisible(not painting)
        for widget in (self.keep_button, self.drop_button):
            widget.setVisible(painting)
