"""What a reader says of one contact, new or edited: the form that becomes a command.

The usual words stand in sight; other scales, and what is rarely said, are folded away. An edit says
only what was changed, so that what a script said besides stays. Where contacts are marked, listed
and decided about, ``contacts`` knows.
"""

from collections.abc import Callable, Mapping

from qtpy.QtCore import Signal  # type: ignore[attr-defined]  # qtpy's name in every binding
from qtpy.QtWidgets import QGroupBox, QLineEdit, QVBoxLayout

from mriview import vocabulary
from mriview.review import AddContact, Contact, EditContact, Point, ReviewState, SideName
from mriview_napari.layers import FLOW_ROLES
from mriview_napari.panels.contact_place import ContactPlace
from mriview_napari.panels.controls import Answers, Choice, add, button, form, note, row
from mriview_napari.panels.desk import Desk, as_json
from mriview_napari.panels.fields import Folds, Part, SeriesTable, Ticks, pressed
from mriview_napari.panels.severity import Scales, contact_scales
from mriview_napari.wording import SIDE_WORDS, contact_name, labels, series_names, vessel_choices

TOUCHING = {"yes": "Yes", "no": "No", "indeterminate": "Cannot tell"}
CSF_PLANE = {"seen": "seen", "not_seen": "not seen", "not_resolvable": "not resolvable"}
SERIES_QUESTIONS = {"series": "Contact seen", "traced_to_parent": "Vessel followed to its parent"}
SCALES, MORE = "More scales", "More"


class ContactForm(QGroupBox):
    """What a reader says of one contact, new or edited."""

    added = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.side: SideName = "right"
        self.vessel_position: Point | None = None
        self.edited: Contact | None = None
        self._picking = False
        self._was: Mapping[str, object] = {}
        self._was_drawn: Mapping[str, object] = {}
        self.vessel = Choice(vessel_choices())
        self.confidence = Answers(labels(vocabulary.certainties()))
        self.touching = Answers(TOUCHING)
        self.csf_plane = Choice(CSF_PLANE)
        rows = vocabulary.morphologies()
        self.forms = Ticks(labels(rows), {name: each.definition for name, each in rows.items()})
        self.morphology = self.forms.boxes
        self.severity = Scales(self)
        self.words = QLineEdit()
        self.vessel_button = button("", self.mark_vessel)
        self.no_vessel_button = button("Forget it", self.forget_vessel)
        self.nerve = Choice({})
        self.mediated_by = Choice({})
        self.series = SeriesTable(SERIES_QUESTIONS)
        self.place = ContactPlace(self._pick)
        self.place.clicked.connect(self._preview)
        self.place.done.connect(self._picked)
        self.add_button = button("Add contact", self.send, strong=True)
        self.nerve.chosen.connect(self._offer_scales)
        self.severity.chosen.connect(self._count)
        self.series.chosen.connect(self._count)
        self.mediated_by.chosen.connect(lambda _: self._count())
        self._lay_out()
        self.hide()

    def open_at(self, side: SideName, point: Point) -> None:
        """Start with a new mark."""
        self.setTitle(f"New contact {SIDE_WORDS[side]}")
        self.add_button.setText(f"Add contact {SIDE_WORDS[side]}")
        self._begin(side, point, None)

    def open_for(self, contact: Contact) -> None:
        """Start with what was said of a contact."""
        self.setTitle(f"Contact {contact.id} {SIDE_WORDS[contact.side]}")
        self.add_button.setText("Keep changes")
        self._begin(contact.side, contact.position, contact)

    def draw(self, state: ReviewState) -> None:
        """Close the form where the contact that it speaks of is gone, as by an undo."""
        if self.edited is not None and state.contact(self.edited.id) is None:
            self.hide()
            self.edited = None
        self.setEnabled(state.sign_off is None)

    def mark_vessel(self) -> None:
        """Take one click as the vessel's point that is nearest to the nerve."""
        self._pick("click the vessel's point that is nearest to the nerve", self._vessel_marked)

    def forget_vessel(self) -> None:
        """Say that the vessel has no point of its own: the mark stands for it."""
        self._vessel_marked(None)

    def send(self) -> None:
        """Send the command; the form closes when it was taken, or when nothing was changed."""
        command, new = self.command(), self.edited is None
        if command is None or self.desk.send(command):
            self.cancel()
            if new:
                self.added.emit()

    def cancel(self) -> None:
        """Close the form."""
        self._picking = False
        self.desk.stop_picking()
        self.desk.preview(())
        self.hide()

    def stop(self) -> None:
        """Leave a click that was asked for; without one, drop what was not sent."""
        if self._picking:
            self._picked()
        else:
            self.hide()

    def command(self) -> Mapping[str, object] | None:
        """Give what the form says as a command; None where an edit changes nothing."""
        said = self._said()
        if self.edited is None:
            told = {name: value for name, value in said.items() if value not in (None, [], "")}
            return as_json(AddContact, {"side": self.side, **self.place.said(), **told})
        changed = {name: value for name, value in said.items() if value != self._was[name]}
        if self.place.said() != self._was_drawn:
            changed.update(self.place.said())
        return as_json(EditContact, {"id": self.edited.id, **changed}) if changed else None

    def _begin(self, side: SideName, point: Point, contact: Contact | None) -> None:
        self.side, self.edited, self._picking = side, contact, False
        self.vessel_position = contact.vessel_position if contact else None
        marked = self.desk.state.side(side).nerves
        rows = [row for row in vocabulary.nerves().values() if row.id in marked]
        names = {row.id: row.label.en for row in sorted(rows, key=lambda row: not row.assessed)}
        self.nerve.refill(names, contact.nerve if contact else next(iter(names), ""))
        self._vessel.setRowVisible(self.nerve, contact is None and len(names) > 1)
        others = {c.id: contact_name(c) for c in self.desk.state.contacts if c.side == side}
        if contact is not None:
            others.pop(contact.id, None)
        self.mediated_by.refill({"": "no other vessel", **others}, "")
        self._fields.setRowVisible(self.mediated_by, bool(others))
        self.series.fill(series_names(self.desk.study, lambda key: self.desk.role(key).id))
        self.place.open_at(point, contact, self.desk.state)
        self._offer_vessels()
        self._offer_scales()
        self._draw(contact)
        self._draw_vessel_point()
        self._was, self._was_drawn = self._said(), self.place.said()
        self._count()
        self.folds.open("")
        self.show()
        self.vessel.setFocus()  # a letter chooses the vessel, Tab goes on

    def _draw(self, contact: Contact | None) -> None:
        self.vessel.draw(contact.vessel if contact else "vessel_unspecified")
        self.confidence.draw(contact.vessel_confidence if contact else "possible")
        self.touching.draw(contact.touching if contact else "yes")
        self.csf_plane.draw(contact.csf_plane if contact else "not_resolvable")
        self.forms.draw(contact.morphology if contact else ())
        self.severity.draw(contact.severity if contact else ())
        self.mediated_by.draw((contact and contact.mediated_by) or "")
        self.series.draw("series", contact.series if contact else ())
        self.series.draw("traced_to_parent", contact.traced_to_parent if contact else ())
        self.words.setText(contact.note if contact else "")

    def _said(self) -> dict[str, object]:
        said: dict[str, object] = {
            "vessel": self.vessel.row,
            "vessel_confidence": pressed(self.confidence),
            "touching": pressed(self.touching),
            "csf_plane": self.csf_plane.row,
            "morphology": self.forms.rows,
            "severity": self.severity.grades,
            "vessel_position": list(self.vessel_position) if self.vessel_position else None,
            "traced_to_parent": self.series.rows("traced_to_parent"),
            "mediated_by": self.mediated_by.row or None,
            "series": self.series.rows("series"),
            "note": self.words.text().strip(),
        }
        if self.edited is None:
            said["nerve"] = self.nerve.row
        return said

    def _offer_vessels(self) -> None:
        """Put the answers that name no vessel first where no series shows flow."""
        words, rows = vessel_choices(), vocabulary.vessels()
        if not any(self.desk.role(key).id in FLOW_ROLES for key in self.desk.study.volumes):
            words = dict(sorted(words.items(), key=lambda each: rows[each[0]].named))
        self.vessel.refill(words, self.vessel.row)

    def _offer_scales(self, *_: str) -> None:
        self.severity.offer(contact_scales(self.nerve.row))

    def _pick(self, words: str, take: Callable[[Point], None]) -> None:
        self._picking = True
        self.desk.pick(f"{SIDE_WORDS[self.side]} contact: {words}", take)

    def _vessel_marked(self, point: Point | None) -> None:
        self.vessel_position = point
        self._picked()

    def _picked(self) -> None:
        self._picking = False
        self.desk.stop_picking()
        self.place.draw(picking=False)
        self._preview()
        self._draw_vessel_point()

    def _preview(self) -> None:
        vessel = [self.vessel_position] if self.vessel_position else []
        self.desk.preview([*self.place.points, *vessel])

    def _draw_vessel_point(self) -> None:
        marked = self.vessel_position is not None
        words = "Vessel's nearest point: marked (click again)"
        self.vessel_button.setText(words if marked else "Click the vessel's nearest point")
        self.no_vessel_button.setVisible(marked)

    def _count(self) -> None:
        self.folds.count(SCALES, self.severity.folded)
        told = [self.series.rows(question) for question in SERIES_QUESTIONS]
        self.folds.count(MORE, sum(map(bool, [*told, self.mediated_by.row])))

    def _lay_out(self) -> None:
        self._fields = form(("Vessel pushed by", self.mediated_by))
        more = Part(self._fields, self.series, self.place)
        self.folds = Folds({SCALES: self.severity.rest, MORE: more})
        self._vessel = form(("Nerve", self.nerve), ("Vessel", self.vessel))  # names need the width
        fields = form(
            ("Name is", self.confidence),
            ("Touches the nerve", self.touching),
            ("Fluid between", self.csf_plane),
            ("Note", self.words),
        )
        point = row(self.vessel_button, self.no_vessel_button)
        point.setStretch(0, 3)
        buttons = row(self.add_button, button("Cancel", self.cancel))
        meeting = (note("How they meet:"), self.forms, self.severity.first)
        add(QVBoxLayout(self), (self._vessel, fields, *meeting, point, self.folds, buttons))
