"""Contacts: mark where a vessel touches a nerve, say what it is, assess each side.

A mark becomes a contact only when the reader presses "Add", with the words of the form; the side is
the one of the nerve that was chosen, and the record refuses a mark that lies elsewhere.
"""

from collections.abc import Mapping
from functools import partial

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QGroupBox,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mriview import vocabulary
from mriview.review import (
    SIDES,
    AddContact,
    Contact,
    Decide,
    EditContact,
    Point,
    ReviewState,
    SetAssessment,
    SetOffender,
    SideName,
)
from mriview_napari.panels.controls import (
    Answers,
    Choice,
    add,
    button,
    column,
    form,
    heading,
    note,
    row,
)
from mriview_napari.panels.desk import Desk, as_json
from mriview_napari.wording import (
    SIDE_WORDS,
    contact_line,
    contact_name,
    labels,
    vessel_choices,
)

TOUCHING = {"yes": "Yes", "no": "No", "indeterminate": "Cannot tell"}
CSF_PLANE = {"seen": "seen", "not_seen": "not seen", "not_resolvable": "not resolvable"}
ASSESSMENTS = {"contact": "Contact", "no_contact": "None seen", "indeterminate": "Cannot tell"}
UNDECIDED, NONE = "undecided", ""
LIST_PX = 110  # three contacts of two lines


class ContactsPanel(QWidget):
    """Mark buttons, the form of one contact, the list, and the assessment of each side."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.mark_buttons = {
            side: button(f"Mark contact {SIDE_WORDS[side]}", partial(self.mark, side), strong=True)
            for side in SIDES
        }
        self.hint = note()
        self.form = ContactForm(self)
        self.list = QListWidget()
        self.list.setMaximumHeight(LIST_PX)
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(lambda *_: self._allow())
        self.edit_button = button("Edit", self.edit)
        self.accept_button = button("Accept", partial(self.decide, "accepted"))
        self.reject_button = button("Reject", partial(self.decide, "rejected"))
        self.show_button = button("Show", self.show_contact)
        self.sides = {side: SideAssessment(desk, side) for side in SIDES}
        column(
            self,
            heading("Contacts"),
            row(*self.mark_buttons.values()),
            self.hint,
            self.form,
            self.list,
            row(self.edit_button, self.accept_button, self.reject_button, self.show_button),
            heading("Assessment of each side"),
            *self.sides.values(),
        )
        self.form.hide()

    def draw(self, state: ReviewState) -> None:
        """Show the contacts and the assessments; of a signed reading they can be looked at."""
        signed = state.sign_off is not None
        for side, mark in self.mark_buttons.items():
            mark.setEnabled(bool(state.side(side).nerves) and not signed)
        bare = [SIDE_WORDS[side] for side in SIDES if not state.side(side).nerves]
        self.hint.setText(f"Mark the {' and '.join(bare)} nerve first." if bare else "")
        self.hint.setVisible(bool(bare))
        chosen = self._chosen()
        self.list.clear()
        for contact in state.contacts:
            item = QListWidgetItem(contact_line(contact))
            item.setData(Qt.ItemDataRole.UserRole, contact.id)
            self.list.addItem(item)
            if contact.id == chosen:
                self.list.setCurrentItem(item)
        self._allow()
        for box in self.sides.values():
            box.draw(state)
            box.setEnabled(not signed)
        self.form.setEnabled(not signed)

    def mark(self, side: SideName) -> None:
        """Take one click as the place where a vessel touches the nerve."""
        words = f"{SIDE_WORDS[side]} contact: click where the vessel touches the nerve"
        self.desk.pick(words, partial(self._marked, side))

    def edit(self) -> None:
        """Open the form with what was said of the chosen contact."""
        contact = self.desk.state.contact(self._chosen())
        if contact is not None:
            self.form.open_for(contact)

    def decide(self, decision: str) -> None:
        """Accept or reject the chosen contact."""
        if self._chosen():
            self.desk.send(as_json(Decide, {"contact": self._chosen(), "decision": decision}))

    def show_contact(self) -> None:
        """Move the planes to the chosen contact."""
        contact = self.desk.state.contact(self._chosen())
        if contact is not None:
            self.desk.show(contact.position)

    def stop(self) -> None:
        """Drop a mark that was not added."""
        self.form.hide()

    def _marked(self, side: SideName, point: Point) -> None:
        self.desk.stop_picking()
        self.desk.preview((point,))
        self.form.open_at(side, point)

    def _chosen(self) -> str:
        chosen = self.list.selectedItems()
        return str(chosen[0].data(Qt.ItemDataRole.UserRole)) if chosen else ""

    def _allow(self) -> None:
        contact = self.desk.state.contact(self._chosen())
        self.show_button.setEnabled(contact is not None)
        changeable = contact is not None and self.desk.state.sign_off is None
        decision = contact.decision if contact is not None else ""
        self.edit_button.setEnabled(changeable)
        self.accept_button.setEnabled(changeable and decision != "accepted")
        self.reject_button.setEnabled(changeable and decision != "rejected")


class ContactForm(QGroupBox):
    """What a reader says of one contact, new or edited."""

    def __init__(self, panel: ContactsPanel) -> None:
        super().__init__()
        self.panel, self.desk = panel, panel.desk
        self.side: SideName = "right"
        self.position: Point | None = None
        self.vessel_position: Point | None = None
        self.edited: Contact | None = None
        self.vessel = Choice(vessel_choices())
        self.confidence = Answers(labels(vocabulary.certainties()))
        self.touching = Answers(TOUCHING)
        self.csf_plane = Choice(CSF_PLANE)
        self.morphology = {
            name: QCheckBox(text) for name, text in labels(vocabulary.morphologies()).items()
        }
        self.words = QLineEdit()
        self.vessel_button = button("Click the vessel's nearest point", self.mark_vessel)
        self.add_button = button("Add contact", self.send, strong=True)
        self.said = {"confidence": "possible", "touching": "yes"}
        for name, answers in (("confidence", self.confidence), ("touching", self.touching)):
            answers.chosen.connect(partial(self._say, name))
        forms = QGridLayout()
        for number, box in enumerate(self.morphology.values()):
            forms.addWidget(box, number // 2, number % 2)
        layout = QVBoxLayout(self)
        fields = form(
            ("Vessel", self.vessel),
            ("Name is", self.confidence),
            ("Touches the nerve", self.touching),
            ("Fluid between", self.csf_plane),
            ("Note", self.words),
        )
        buttons = row(self.add_button, button("Cancel", self.cancel))
        add(layout, (fields, note("How they meet:"), forms, self.vessel_button, buttons))

    def open_at(self, side: SideName, point: Point) -> None:
        """Start with a new mark."""
        self.side, self.position, self.vessel_position, self.edited = side, point, None, None
        self.setTitle(f"New contact {SIDE_WORDS[side]}")
        self.add_button.setText(f"Add contact {SIDE_WORDS[side]}")
        words = {"vessel": "vessel_unspecified", "csf": "not_resolvable", "note": ""}
        self._show(words, "possible", "yes", ())

    def open_for(self, contact: Contact) -> None:
        """Start with what was said of a contact."""
        self.side, self.position, self.edited = contact.side, None, contact
        self.vessel_position = contact.vessel_position
        self.setTitle(f"Contact {contact.id} {SIDE_WORDS[contact.side]}")
        self.add_button.setText("Keep changes")
        words = {"vessel": contact.vessel, "csf": contact.csf_plane, "note": contact.note}
        self._show(words, contact.vessel_confidence, contact.touching, contact.morphology)

    def mark_vessel(self) -> None:
        """Take one click as the vessel's point that is nearest to the nerve."""
        words = "click the vessel's point that is nearest to the nerve"
        self.desk.pick(f"{SIDE_WORDS[self.side]} contact: {words}", self._vessel_marked)

    def send(self) -> None:
        """Send the command; the form closes when it was taken."""
        if self.desk.send(self.command()):
            self.cancel()

    def cancel(self) -> None:
        """Close the form."""
        self.desk.stop_picking()
        self.desk.preview(())
        self.hide()

    def command(self) -> Mapping[str, object]:
        """Give what the form says as a command."""
        said: dict[str, object] = {
            "vessel": self.vessel.row,
            "vessel_confidence": self.said["confidence"],
            "touching": self.said["touching"],
            "csf_plane": self.csf_plane.row,
            "morphology": [name for name, box in self.morphology.items() if box.isChecked()],
            "note": self.words.text(),
        }
        if self.vessel_position is not None:
            said["vessel_position"] = list(self.vessel_position)
        if self.edited is not None:
            return as_json(EditContact, {"id": self.edited.id, **said})
        where = list(self.position or ())
        return as_json(AddContact, {"side": self.side, "position": where, **said})

    def _vessel_marked(self, point: Point) -> None:
        self.desk.stop_picking()
        self.vessel_position = point
        self.vessel_button.setText("Vessel's nearest point: marked (click again)")

    def _say(self, name: str, value: str) -> None:
        self.said[name] = value

    def _show(
        self, words: dict[str, str], confidence: str, touching: str, morphology: tuple[str, ...]
    ) -> None:
        self.said = {"confidence": confidence, "touching": touching}
        self.vessel.draw(words["vessel"])
        self.confidence.draw(confidence)
        self.touching.draw(touching)
        self.csf_plane.draw(words["csf"])
        for name, box in self.morphology.items():
            box.setChecked(name in morphology)
        self.words.setText(words["note"])
        marked = self.vessel_position is not None
        text = "Vessel's nearest point: marked (click again)"
        self.vessel_button.setText(text if marked else "Click the vessel's nearest point")
        self.show()


class SideAssessment(QGroupBox):
    """Whether a vessel touches the nerve on one side, how sure that is, which contact matters."""

    def __init__(self, desk: Desk, side: SideName) -> None:
        super().__init__(SIDE_WORDS[side])
        self.desk, self.side = desk, side
        self.assessment = Answers(ASSESSMENTS)
        self.confidence = Answers(labels(vocabulary.certainties()))
        self.offender = Choice({})
        self.assessment.chosen.connect(self.assess)
        self.confidence.chosen.connect(self.be_sure)
        self.offender.chosen.connect(self.name_offender)
        layout = QVBoxLayout(self)
        add(
            layout,
            (
                form(
                    ("Finding", self.assessment),
                    ("How sure", self.confidence),
                    ("Contact that matters", self.offender),
                ),
            ),
        )

    def draw(self, state: ReviewState) -> None:
        """Show what was said of this side."""
        side = state.side(self.side)
        self.assessment.draw(side.assessment)
        self.confidence.draw(side.confidence or "")
        self.confidence.setEnabled(side.assessment in {"contact", "no_contact"})
        mine = [c for c in state.contacts if c.side == self.side and c.decision == "accepted"]
        words = {NONE: "not named", **{c.id: contact_name(c) for c in mine}}
        if mine:
            words[UNDECIDED] = "cannot be decided"
        named = UNDECIDED if side.offender_undecided else side.offender or NONE
        self.offender.refill(words, named)
        self.offender.setEnabled(bool(mine))

    def assess(self, assessment: str) -> None:
        """Say the finding; how sure it is, is asked next."""
        self._send(assessment, None)

    def be_sure(self, confidence: str) -> None:
        """Say how sure the finding is."""
        self._send(self.desk.state.side(self.side).assessment, confidence)

    def name_offender(self, contact: str) -> None:
        """Name the contact that matters."""
        if contact != NONE:
            named = None if contact == UNDECIDED else contact
            self.desk.send(SetOffender(side=self.side, contact=named))

    def _send(self, assessment: str, confidence: str | None) -> None:
        words = {"side": self.side, "assessment": assessment, "confidence": confidence}
        if not self.desk.send(as_json(SetAssessment, words)):
            self.draw(self.desk.state)
