"""Lesions that were marked: their list, and what is said and measured of the one that is selected.

Each press is a command and the card is drawn from the state, so that a refused word goes back by
itself and undo takes one word at a time. How a lesion is painted or marked, ``causes`` knows.
"""

from functools import partial
from typing import get_args

from qtpy.QtWidgets import (
    QGridLayout,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
)

from mriview import vocabulary
from mriview.measure import lesion_sizes
from mriview.review import Diameter, EditLesion, Lesion, Point, ReviewState, side_of_mark
from mriview_napari.panels.controls import Answers, Choice, add, button, form, note
from mriview_napari.panels.desk import Desk, as_json
from mriview_napari.panels.fields import Folds, Part, SeriesTable, Ticks
from mriview_napari.panels.lists import MarkList
from mriview_napari.panels.severity import Scales, lesion_scales
from mriview_napari.wording import (
    first_capital,
    labels,
    lesion_line,
    lesion_title,
    series_names,
    size_words,
)

DIAMETERS: tuple[Diameter, ...] = get_args(Diameter)
YES_NO = {"yes": "Yes", "no": "No"}
SCALES, STRUCTURES, MORE = "More scales", "Also reaches", "More"


class LesionsBox(Part):
    """The list of lesions, and the card of the selected one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.list = MarkList("Lesions")
        self.card = LesionCard(desk)
        self.list.itemSelectionChanged.connect(self._turn)
        self.list.shown.connect(self._show)
        self.done_button = button("Done with this lesion", self.list.clearSelection)
        add(self.column, (self.list, self.card, self.done_button))
        self._turn()

    def draw(self, state: ReviewState) -> None:
        """Show the lesions, and what was said of the selected one."""
        self.list.fill({lesion.id: lesion_line(lesion, state) for lesion in state.lesions})
        self._turn()

    def open_newest(self) -> None:
        """Select the lesion that was marked last: it is described next."""
        if self.desk.state.lesions:
            self.list.select(self.desk.state.lesions[-1].id)

    def stop(self) -> None:
        """Drop an end of a diameter that was clicked."""
        self.card.stop()

    def _turn(self) -> None:
        lesion = self.desk.state.lesion(self.list.chosen)
        for each in (self.card, self.done_button):
            each.setVisible(lesion is not None)
        if lesion is not None:
            self.card.draw(lesion, self.desk.state)

    def _show(self, lesion_id: str) -> None:
        lesion = self.desk.state.lesion(lesion_id)
        if lesion is not None:
            self.desk.show(lesion.position)


class LesionCard(QGroupBox):
    """What is said and measured of one lesion; each press is sent at once."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.lesion: Lesion | None = None
        self._end: Point | None = None
        self._note: str | None = None
        self.condition = Choice(labels(vocabulary.conditions()))
        self.touches = {name: Answers(YES_NO) for name in ("contacts_brainstem", "contacts_nerve")}
        self.values = {name: QLabel() for name in DIAMETERS}
        self.measure_buttons: dict[str, QPushButton] = {
            name: button("Measure", partial(self.measure, name)) for name in DIAMETERS
        }
        self.painted = note()
        self.extents = Ticks(labels(vocabulary.lesion_extents()))
        self.severity = Scales(self)
        self.words = QLineEdit()
        self.structures = Ticks({})
        self._structures = Part(self.structures)  # a widget without a home outlives its room
        self.series = SeriesTable({"series": "Seen"})
        self.move_button = button("Move the mark: click its place again", self.mark_again)
        self.condition.chosen.connect(lambda row: self._send(condition=row))
        for name, answers in self.touches.items():
            answers.chosen.connect(lambda answer, name=name: self._send(**{name: answer == "yes"}))
        self.extents.chosen.connect(self._send_extent)
        self.severity.chosen.connect(lambda: self._send(severity=self.severity.grades))
        self.series.chosen.connect(lambda: self._send(series=self.series.rows("series")))
        self.words.editingFinished.connect(self._send_note)
        self._lay_out()

    def draw(self, lesion: Lesion, state: ReviewState) -> None:
        """Show what was said of a lesion."""
        other = self.lesion is None or self.lesion.id != lesion.id
        self.lesion = lesion
        self.setTitle(lesion_title(lesion, state))
        self.condition.draw(lesion.condition)
        for name, answers in self.touches.items():
            said = getattr(lesion, name)
            answers.draw("" if said is None else "yes" if said else "no")
        self._draw_sizes(lesion)
        self.extents.draw(lesion.extent)
        self._offer_structures(lesion, state)
        self.severity.offer(lesion_scales(lesion.condition))
        self.severity.draw(lesion.severity)
        self.severity.first.setVisible(bool(self.severity.rows))
        self.series.fill(series_names(self.desk.study, lambda key: self.desk.role(key).id))
        self.series.draw("series", lesion.series)
        self.move_button.setVisible(lesion.mask is None)  # a painted one lies where it was painted
        if other or lesion.note != self._note:  # what is being written stays
            self._note = lesion.note
            self.words.setText(lesion.note)
        if other:
            self.folds.open("")
        self.folds.offer(SCALES, len(self.severity.rows) > 1)
        self.folds.count(SCALES, self.severity.folded)
        self.folds.count(STRUCTURES, len(self.structures.rows))
        self.folds.count(MORE, len(lesion.series))

    def measure(self, name: str) -> None:
        """Take two clicks as the ends of a diameter."""
        self._end = None
        self.desk.preview(())
        self._ask(name, "click one end")

    def mark_again(self) -> None:
        """Take one click as the place of the lesion."""
        self.desk.pick(f"{self.title()}: click its middle", self._moved)

    def stop(self) -> None:
        """Drop an end that was clicked."""
        self._end = None

    def _ask(self, name: str, words: str) -> None:
        label = first_capital(vocabulary.quantities()[name].label.en)
        self.desk.pick(f"{label}: {words}", partial(self._clicked, name))

    def _clicked(self, name: str, point: Point) -> None:
        if self._end is None:
            self._end = point
            self.desk.preview((point,))
            self._ask(name, "click the other end")
            return
        ends, self._end = [list(self._end), list(point)], None
        self.desk.preview(())
        known = self.lesion.calipers if self.lesion else {}
        others = {each: [list(a), list(b)] for each, (a, b) in known.items()}
        if self._send(calipers={**others, name: ends}):
            self.desk.stop_picking()
        else:
            self._ask(name, "click one end")

    def _moved(self, point: Point) -> None:
        if self._send(position=list(point)):
            self.desk.stop_picking()

    def _send_extent(self) -> None:
        self._send(extent=[*self.extents.rows, *self.structures.rows])

    def _send_note(self) -> None:
        if self.lesion is not None and self.words.text().strip() != self.lesion.note:
            self._send(note=self.words.text().strip())

    def _send(self, **changes: object) -> bool:
        if self.lesion is None:
            return False
        return self.desk.send(as_json(EditLesion, {"id": self.lesion.id, **changes}))

    def _draw_sizes(self, lesion: Lesion) -> None:
        sizes = lesion_sizes(lesion.measured, lesion.calipers)
        for name, value in self.values.items():
            value.setText(size_words(sizes[name], by_hand=name in lesion.calipers))
            value.setToolTip(first_capital(str(sizes[name].get("withheld", ""))))
            self.measure_buttons[name].setText("Again" if name in lesion.calipers else "Measure")
        volume = size_words(sizes["volume_mm3"], by_hand=False)
        self.painted.setText(f"Volume: {volume}")
        self.painted.setVisible(lesion.mask is not None)

    def _offer_structures(self, lesion: Lesion, state: ReviewState) -> None:
        """Offer the structures of the lesion's side, those of neither, and those that were said."""
        side = side_of_mark(state, lesion.position)
        other = {"right": "left", "left": "right"}.get(side or "")
        rows = vocabulary.structures()
        offered = {x.id: x for x in rows.values() if x.side != other or x.id in lesion.extent}
        if list(offered) != list(self.structures.boxes):
            self.structures.hide()
            self.structures.deleteLater()
            self.structures = Ticks(labels(offered), columns=1)
            self.structures.chosen.connect(self._send_extent)
            self._structures.column.addWidget(self.structures)
        self.structures.draw(lesion.extent)

    def _lay_out(self) -> None:
        sizes = QGridLayout()
        sizes.setColumnStretch(0, 1)
        rows = vocabulary.quantities()
        for line, name in enumerate(DIAMETERS):
            label = QLabel(first_capital(rows[name].label.en))
            label.setToolTip(rows[name].definition)
            self.measure_buttons[name].setAccessibleName(f"Measure the {rows[name].label.en}")
            for column, widget in enumerate((label, self.values[name], self.measure_buttons[name])):
                sizes.addWidget(widget, line, column)
        more = Part(self.series, self.move_button)
        self.folds = Folds({SCALES: self.severity.rest, STRUCTURES: self._structures, MORE: more})
        fields = form(
            ("What", self.condition),
            ("Touches brainstem", self.touches["contacts_brainstem"]),
            ("Touches nerve", self.touches["contacts_nerve"]),
            ("Note", self.words),
        )
        parts = (fields, sizes, self.painted, note("Reaches:"), self.extents)
        add(QVBoxLayout(self), (*parts, self.severity.first, self.folds))
