"""Other causes: one row a condition, with what these scans allow; masses are painted here.

"Not seen" is never a default: it is a button, switched off with its reason where no series could
have shown the condition. What the scans rule out stands as "cannot tell" and is acknowledged once,
as the list that the report shows.
"""

from collections.abc import Callable
from itertools import count

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
from mriview_napari.panels.fields import Part, SeriesTable, pressed
from mriview_napari.panels.lesions import LesionsBox
from mriview_napari.wording import (
    ANSWER_WORDS,
    first_capital,
    labels,
    limit_lines,
    question_note,
    series_names,
)


class CausesPanel(QWidget):
    """The rows by group, the painting of a mass, the list of what cannot be told.

    ``lead_to`` carries the widget that is needed next, for whoever scrolls.
    """

    lead_to = Signal(QWidget)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.mass, self.lesions = MassBox(desk), LesionsBox(desk)
        self.mass.marked.connect(self._describe)
        self.rows = {q.condition: CauseRow(desk, q, self.mark_lesion) for q in desk.questions()}
        self.more = QCheckBox("Show rarer causes too")
        self.details = QCheckBox("Say how sure, and on which series")
        for each in (self.more, self.details):
            each.toggled.connect(lambda _: self.draw(desk.state))
        self.limits = note()
        self.acknowledge_button = button("I have read this list", self.acknowledge, strong=True)
        layout = column(self, heading("Other causes"), self.more, self.details, stretch=False)
        self.groups = {}
        for group, row_of_group in vocabulary.condition_groups().items():
            self.groups[group] = heading(first_capital(row_of_group.label.en))
            mine = [q.condition for q in desk.questions() if q.group == group]
            add(layout, (self.groups[group], *(self.rows[name] for name in mine)))
        self.limits_heading = heading("What these scans cannot tell")
        add(layout, (self.mass, self.lesions))
        add(layout, (self.limits_heading, self.limits, self.acknowledge_button))
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
            if visible:
                cause.draw(question, state, detailed=self.details.isChecked())
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
        self.lesions.draw(state)

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
        """Put the brush away, and drop an end that was clicked."""
        self.mass.stop()
        self.lesions.stop()

    def _describe(self) -> None:
        """Lead to what may be said of the lesion that was marked last."""
        self.lesions.open_newest()
        self.lead_to.emit(self.lesions)


class CauseRow(QFrame):
    """One condition: its name, three answers, why one of them is closed, and what else is said."""

    def __init__(self, desk: Desk, question: Question, mark: Callable[[str], None]) -> None:
        super().__init__()
        self.desk, self.condition, self.mark = desk, question.condition, mark
        self.kind = vocabulary.conditions()[question.condition]
        self.marked = self.detailed = False
        self._drawn: object = None
        self.setProperty("card", True)
        self.name = note(first_capital(self.kind.label.en))
        self.name.setProperty("note", False)
        self.name.setToolTip(" ".join(filter(None, (self.kind.signs, self.kind.caveat))))
        self.answers = Answers(ANSWER_WORDS)
        self.answers.chosen.connect(self.answer)
        self.reason = note()
        self.words = QLineEdit()
        asked = "Note" if self.kind.needs_lesion else "What was seen, in words; then press Present"
        self.words.setPlaceholderText(asked)
        self.confidence = Answers(labels(vocabulary.certainties()))
        self.basis = SeriesTable({"basis": "Looked at"})
        self.confidence.chosen.connect(lambda _: self._say_more())
        self.basis.chosen.connect(self._say_more)
        self.words.editingFinished.connect(self._say_more)
        self.details = Part(form(("How sure", self.confidence)), self.basis)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(4)
        add(layout, (self.name, self.answers, self.words, self.reason, self.details))

    def draw(self, question: Question, state: ReviewState, *, detailed: bool) -> None:
        """Show the answer and what is allowed."""
        self.detailed = detailed
        self.answers.allow("absent", question.allows_absent, question.why)
        self.answers.draw(question.answer, derived=question.derived)
        self.reason.setText(question_note(question))
        self.reason.setVisible(bool(self.reason.text()))
        self.words.setVisible(detailed or not self.kind.needs_lesion)
        self.details.setVisible(detailed)
        self.marked = any(x.condition == self.condition for x in state.lesions)
        self.marked |= self.kind.implants_show and bool(state.implants)
        if detailed and self.basis.fill(self._series_names()):
            self._draw_more(state)
        said = state.exclusions.get(self.condition)
        if said != self._drawn:  # what is being said stays
            self._drawn = said
            self.words.setText(said.note if said else "")
            self._draw_more(state)

    def answer(self, answer: str) -> None:
        """Send the answer; a refusal puts the buttons back."""
        if answer == "present" and self.kind.needs_lesion and not self.marked:
            self.mark(self.condition)
            self._put_back()
            return
        said: dict[str, object] = {"condition": self.condition, "answer": answer}
        if self.words.text().strip():
            said["note"] = self.words.text().strip()
        if self.detailed and pressed(self.confidence):
            said["confidence"] = pressed(self.confidence)
        if self.detailed and self.basis.rows("basis"):
            said["basis"] = self.basis.rows("basis")
        if not self.desk.send(as_json(AnswerCondition, said)):
            self._put_back()
        self._draw_more(self.desk.state)

    def _say_more(self) -> None:
        """Send the answer that was given with what is said of it now."""
        said = self.desk.state.exclusions.get(self.condition)
        if said is None or not self.detailed:
            return  # it goes with the answer
        now = (self.words.text().strip(), pressed(self.confidence), self.basis.rows("basis"))
        if now != (said.note, said.confidence or "", self._basis_of(self.desk.state)):
            self.answer(said.answer)

    def _draw_more(self, state: ReviewState) -> None:
        said = state.exclusions.get(self.condition)
        self.confidence.draw((said and said.confidence) or "")
        self.basis.draw("basis", self._basis_of(state))

    def _series_names(self) -> dict[str, str]:
        return series_names(self.desk.study, lambda key: self.desk.role(key).id)

    def _basis_of(self, state: ReviewState) -> list[str]:
        said = state.exclusions.get(self.condition)
        return [key for key in self.desk.study.volumes if said and key in said.basis]

    def _put_back(self) -> None:
        question = next(q for q in self.desk.questions() if q.condition == self.condition)
        self.draw(question, self.desk.state, detailed=self.detailed)


class MassBox(QGroupBox):
    """Mark a mass or another lesion: painted on the reference, or by one point."""

    marked = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__("Mark a mass or another lesion")
        self.desk, self.painting = desk, False
        self.condition = Choice(labels(vocabulary.conditions()))
        self.paint_button = button("Paint it", self.start, strong=True)
        self.point_button = button("Mark by a point", self.mark)
        self.keep_button = button("Keep", self.keep, strong=True)
        self.drop_button = button("Cancel painting", self.stop)
        layout = QVBoxLayout(self)
        buttons = row(self.paint_button, self.point_button, self.keep_button, self.drop_button)
        add(layout, (form(("What", self.condition)), buttons))
        self._show(painting=False)

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
        condition, known = self.condition.row, {mask.id for mask in self.desk.state.masks}
        mask = next(name for n in count(1) if (name := f"m{n}") not in known)
        commands: tuple[Command, ...] = (
            SetMask(id=mask, structure="lesion", series=self.desk.reference, sha256=digest),
            AddLesion(condition=condition, mask=mask),
            AnswerCondition(condition=condition, answer="present"),
        )
        if self.desk.send(*commands):
            self.stop()
            self.marked.emit()

    def mark(self) -> None:
        """Take one click as the place of the lesion."""
        label = vocabulary.conditions()[self.condition.row].label.en
        self.desk.pick(f"Click the centre of the {label}", self._marked)

    def _marked(self, point: Point) -> None:
        self.desk.stop_picking()
        condition = self.condition.row
        sent = self.desk.send(
            AddLesion(condition=condition, position=point),
            AnswerCondition(condition=condition, answer="present"),
        )
        if sent:
            self.marked.emit()

    def _show(self, *, painting: bool) -> None:
        self.painting = painting
        for widget in (self.paint_button, self.point_button):
            widget.setVisible(not painting)
        for widget in (self.keep_button, self.drop_button):
            widget.setVisible(painting)
        self.condition.setEnabled(not painting)
