"""Other causes: one row a condition, with what these scans allow; masses are painted here.

"Not seen" is never a default: it is a button, switched off with its reason where no series could
have shown the condition. What the scans rule out stands as "cannot tell" and is acknowledged once,
as the list that the report shows.
"""

from collections.abc import Callable
from functools import partial

from qtpy.QtCore import Signal  # type: ignore[attr-defined]  # qtpy's name in every binding
from qtpy.QtWidgets import QCheckBox, QFrame, QGroupBox, QLineEdit, QVBoxLayout, QWidget

from mriview import vocabulary
from mriview.review import (
    AcknowledgeLimits,
    AddLesion,
    AnswerCondition,
    Command,
    Point,
    Question,
    ReviewState,
    SetMask,
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
from mriview_napari.wording import ANSWER_WORDS, labels, limit_lines, question_note


class CausesPanel(QWidget):
    """The rows by group, the painting of a mass, the list of what cannot be told.

    ``lead_to`` carries the widget that is needed next, for whoever scrolls.
    """

    lead_to = Signal(QWidget)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.mass = MassBox(desk)
        self.rows = {q.condition: CauseRow(desk, q, self.mark_lesion) for q in desk.questions()}
        self.more = QCheckBox("Show rarer causes too")
        self.more.toggled.connect(lambda _: self.draw(desk.state))
        self.limits = note()
        self.acknowledge_button = button("I have read this list", self.acknowledge, strong=True)
        layout = column(self, heading("Other causes"), self.more, stretch=False)
        self.groups = {}
        for group, row_of_group in vocabulary.condition_groups().items():
            text = row_of_group.label.en
            self.groups[group] = heading(text[:1].upper() + text[1:])
            mine = [q.condition for q in desk.questions() if q.group == group]
            add(layout, (self.groups[group], *(self.rows[name] for name in mine)))
        self.limits_heading = heading("What these scans cannot tell")
        add(layout, (self.mass, self.limits_heading, self.limits, self.acknowledge_button))
        layout.addStretch(1)

    def draw(self, state: ReviewState) -> None:
        """Show the answers and what is allowed."""
        questions = self.desk.questions()
        shown_groups = set()
        for question in questions:
            cause = self.rows[question.condition]
            said = question.condition in state.exclusions
            visible = question.mandatory or said or self.more.isChecked()
            cause.setVisible(visible)
            cause.draw(question, state)
            if visible:
                shown_groups.add(question.group)
        for group, label in self.groups.items():
            label.setVisible(group in shown_groups)
        wanted = tuple(self.desk.to_acknowledge())
        lines = limit_lines(wanted, questions)
        self.limits.setText("\n".join(f"- {line}." for line in lines))
        read = set(wanted) <= set(state.acknowledged)
        self.limits_heading.setVisible(bool(wanted))
        self.limits.setVisible(bool(wanted))
        self.acknowledge_button.setVisible(bool(wanted))
        self.acknowledge_button.setEnabled(not read)
        self.acknowledge_button.setText(
            "Read and acknowledged" if read else "I have read this list"
        )
        self.mass.draw(state)

    def mark_lesion(self, condition: str) -> None:
        """Lead to the box in which a lesion of that condition is marked."""
        self.mass.condition.draw(condition)
        self.lead_to.emit(self.mass)
        label = vocabulary.conditions()[condition].label.en
        self.desk.say(f"To say that {label} is present, paint it or mark it by a point.")

    def acknowledge(self) -> None:
        """Acknowledge the list as it is shown."""
        self.desk.send(AcknowledgeLimits(limits=tuple(self.desk.to_acknowledge())))

    def stop(self) -> None:
        """Put the brush away."""
        self.mass.stop()


class CauseRow(QFrame):
    """One condition: its name, three answers, and why one of them is closed."""

    def __init__(self, desk: Desk, question: Question, mark: Callable[[str], None]) -> None:
        super().__init__()
        self.desk, self.condition, self.mark = desk, question.condition, mark
        self.kind = vocabulary.conditions()[question.condition]
        self.marked = False
        self.setProperty("card", True)
        text = self.kind.label.en
        self.name = note(text[:1].upper() + text[1:])
        self.name.setProperty("note", False)
        self.answers = Answers(ANSWER_WORDS)
        self.answers.chosen.connect(self.answer)
        self.reason = note()
        self.words = QLineEdit()
        self.words.setPlaceholderText("What was seen, in words; then press Present")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(4)
        add(layout, (self.name, self.answers, self.words, self.reason))

    def draw(self, question: Question, state: ReviewState) -> None:
        """Show the answer and what is allowed."""
        self.answers.allow("absent", question.allows_absent, question.why)
        self.answers.draw(question.answer, derived=question.derived)
        self.reason.setText(question_note(question))
        self.reason.setVisible(bool(self.reason.text()))
        self.words.setVisible(not self.kind.needs_lesion)
        self.marked = any(x.condition == self.condition for x in state.lesions)

    def answer(self, answer: str) -> None:
        """Send the answer; a refusal puts the buttons back."""
        if answer == "present" and self.kind.needs_lesion and not self.marked:
            self.mark(self.condition)
            self._put_back()
            return
        said: dict[str, object] = {"condition": self.condition, "answer": answer}
        if self.words.text().strip():
            said["note"] = self.words.text().strip()
        if not self.desk.send(as_json(AnswerCondition, said)):
            self._put_back()

    def _put_back(self) -> None:
        question = next(q for q in self.desk.questions() if q.condition == self.condition)
        self.draw(question, self.desk.state)


class MassBox(QGroupBox):
    """Mark a mass or another lesion: painted on the reference, or by one point."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("Mark a mass or another lesion")
        self.desk, self.painting = desk, False
        self.condition = Choice(labels(vocabulary.conditions()))
        self.brainstem = Answers({"yes": "Yes", "no": "No"})
        self.nerve = Answers({"yes": "Yes", "no": "No"})
        self.touches: dict[str, bool] = {}
        self.brainstem.chosen.connect(partial(self._say, "contacts_brainstem"))
        self.nerve.chosen.connect(partial(self._say, "contacts_nerve"))
        self.paint_button = button("Paint it", self.start, strong=True)
        self.point_button = button("Mark by a point", self.mark)
        self.keep_button = button("Keep", self.keep, strong=True)
        self.drop_button = button("Cancel painting", self.stop)
        self.said = note()
        fields = form(
            ("What", self.condition),
            ("Touches brainstem", self.brainstem),
            ("Touches nerve", self.nerve),
        )
        layout = QVBoxLayout(self)
        buttons = row(self.paint_button, self.point_button, self.keep_button, self.drop_button)
        add(layout, (fields, buttons, self.said))
        self._show(painting=False)

    def draw(self, state: ReviewState) -> None:
        """List the lesions."""
        rows = vocabulary.conditions()
        kept = [
            f"{x.id}: {rows[x.condition].label.en}, {'painted' if x.mask else 'point'}"
            for x in state.lesions
        ]
        self.said.setText("\n".join(kept))
        self.said.setVisible(bool(kept))

    def start(self) -> None:
        """Take up the brush."""
        self.desk.start_painting()
        self._show(painting=True)

    def stop(self) -> None:
        """Put the brush away without keeping anything."""
        if self.painting:
            self._show(painting=False)
            self.desk.stop_painting()

    def keep(self) -> None:
        """Store what was painted and say that the condition is present."""
        digest = self.desk.keep_painting()
        if digest is None:
            return
        condition, number = self.condition.row, len(self.desk.state.masks) + 1
        mask = f"m{number}"
        commands: tuple[Command, ...] = (
            SetMask(id=mask, structure="lesion", series=self.desk.reference, sha256=digest),
            AddLesion(condition=condition, mask=mask, **self.touches),
            AnswerCondition(condition=condition, answer="present"),
        )
        if self.desk.send(*commands):
            self._done()

    def mark(self) -> None:
        """Take one click as the place of the lesion."""
        label = vocabulary.conditions()[self.condition.row].label.en
        self.desk.pick(f"Click the centre of the {label}", self._marked)

    def _marked(self, point: Point) -> None:
        self.desk.stop_picking()
        condition = self.condition.row
        sent = self.desk.send(
            AddLesion(condition=condition, position=point, **self.touches),
            AnswerCondition(condition=condition, answer="present"),
        )
        if sent:
            self._done()

    def _done(self) -> None:
        self.stop()
        self.touches = {}
        self.brainstem.draw("")
        self.nerve.draw("")

    def _say(self, name: str, answer: str) -> None:
        self.touches[name] = answer == "yes"

    def _show(self, *, painting: bool) -> None:
        self.painting = painting
        for widget in (self.paint_button, self.point_button):
            widget.setVisible(not painting)
        for widget in (self.keep_button, self.drop_button):
            widget.setVisible(painting)
        self.condition.setEnabled(not painting)
