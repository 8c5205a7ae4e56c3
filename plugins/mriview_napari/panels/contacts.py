"""Contacts: mark where a vessel touches a nerve, say what it is, assess each side.

A mark becomes a contact only when the reader presses "Add", with the words of the form; the side is
the one of the nerve that was chosen, and the record refuses a mark that lies elsewhere.
"""

from functools import partial

from qtpy.QtWidgets import (
    QGroupBox,
    QVBoxLayout,
    QWidget,
)

from mriview import vocabulary
from mriview.review import (
    SIDES,
    Decide,
    Point,
    ReviewState,
    SetAssessment,
    SetOffender,
    SideName,
)
from mriview_napari.panels.contact_fields import ContactForm
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
from mriview_napari.panels.fields import Folds, Part
from mriview_napari.panels.implants import ImplantsBox
from mriview_napari.panels.lists import MarkList
from mriview_napari.panels.nearby import NearbyBox
from mriview_napari.wording import (
    SIDE_WORDS,
    contact_line,
    contact_name,
    labels,
)

ASSESSMENTS = {"contact": "Contact", "no_contact": "None seen", "indeterminate": "Cannot tell"}
UNDECIDED, NONE = "undecided", ""
NEARBY, IMPLANTS = "Vessels nearby", "Implants"
IMPLANTS_FIRST = "Implants first: a pledget is no vessel"


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
        self.form = ContactForm(desk)
        self.form.added.connect(self._choose_newest)
        self.list = MarkList("Contacts")
        self.list.itemSelectionChanged.connect(self._allow)
        self.list.shown.connect(lambda _: self.show_contact())
        self.edit_button = button("Edit", self.edit)
        self.accept_button = button("Accept", partial(self.decide, "accepted"))
        self.reject_button = button("Reject", partial(self.decide, "rejected"))
        self.show_button = button("Show", self.show_contact)
        self.sides = {side: SideAssessment(desk, side) for side in SIDES}
        self.nearby = NearbyBox(desk)
        self.implants = ImplantsBox(desk)
        self.implants_first, besides = QGroupBox(IMPLANTS_FIRST), Part()
        self._implant_places = {True: QVBoxLayout(self.implants_first), False: besides.column}
        self.folds = Folds({NEARBY: self.nearby, IMPLANTS: besides})
        column(
            self,
            self.implants_first,
            heading("Contacts"),
            row(*self.mark_buttons.values()),
            self.hint,
            self.form,
            self.list,
            row(self.edit_button, self.accept_button, self.reject_button, self.show_button),
            self.folds,
            heading("Assessment of each side"),
            *self.sides.values(),
        )

    def draw(self, state: ReviewState) -> None:
        """Show the contacts and the assessments; of a signed reading they can be looked at."""
        signed = state.sign_off is not None
        for side, mark in self.mark_buttons.items():
            mark.setEnabled(bool(state.side(side).nerves) and not signed)
        bare = [SIDE_WORDS[side] for side in SIDES if not state.side(side).nerves]
        self.hint.setText(f"Mark the {' and '.join(bare)} nerve first." if bare else "")
        self.hint.setVisible(bool(bare))
        self.list.fill({contact.id: contact_line(contact) for contact in state.contacts})
        self._allow()
        self.form.draw(state)
        self._draw_besides(state)
        for box in self.sides.values():
            box.draw(state)
            box.setEnabled(not signed)

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
        self.form.stop()

    def _choose_newest(self) -> None:
        self.list.select(self.desk.state.contacts[-1].id)

    def _draw_besides(self, state: ReviewState) -> None:
        """Show what lies near; implants stand first where an operation may have left some."""
        self.nearby.draw(state)
        self.implants.draw(state)
        self.folds.count(NEARBY, len(state.vessels_nearby))
        self.folds.count(IMPLANTS, len(state.implants))
        rows = vocabulary.conditions()
        asked = [q.condition for q in self.desk.questions() if q.mandatory]
        first = bool(state.implants) or any(rows[name].implants_show for name in asked)
        self._implant_places[first].addWidget(self.implants)
        self.implants_first.setVisible(first)
        self.folds.offer(IMPLANTS, not first)

    def _marked(self, side: SideName, point: Point) -> None:
        self.desk.stop_picking()
        self.desk.preview((point,))
        self.form.open_at(side, point)

    def _chosen(self) -> str:
        return self.list.chosen

    def _allow(self) -> None:
        contact = self.desk.state.contact(self._chosen())
        self.show_button.setEnabled(contact is not None)
        for each in (self.edit_button, self.accept_button, self.reject_button, self.show_button):
            each.setVisible(bool(self.desk.state.contacts))
        changeable = contact is not None and self.desk.state.sign_off is None
        decision = contact.decision if contact is not None else ""
        self.edit_button.setEnabled(changeable)
        self.accept_button.setEnabled(changeable and decision != "accepted")
        self.reject_button.setEnabled(changeable and decision != "rejected")


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
                    ("Offender", self.offender),
                ),
            ),
        )

    def draw(self, state: ReviewState) -> None:
        """Show what was said of this side."""
        side = state.side(self.side)
        self.assessment.draw(side.assessment)
        self.confidence.draw(side.confidence or "")
        self.confidence.setEnabled(side.assessment in {"contact", "no_contact"})
        accepted = [c for c in state.contacts if c.side == self.side and c.decision == "accepted"]
        mine = [contact for contact in accepted if contact.touching == "yes"]
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
