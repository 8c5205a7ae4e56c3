"""The series of the study: what each is taken for, how sure that is, what is wrong with it.

One click confirms a role or says another; coverage is confirmed structure by structure, since
"not seen" may later rest on it.
"""

from collections.abc import Sequence
from functools import partial

from qtpy.QtWidgets import QCheckBox, QFrame, QMenu, QPushButton, QVBoxLayout, QWidget

from mriview import vocabulary
from mriview.review import ConfirmCoverage, ReviewState, SetReference, SetRole
from mriview_napari.panels.controls import add, button, column, heading, note, row
from mriview_napari.panels.desk import Desk
from mriview_napari.wording import (
    labels,
    left_out,
    problem_lines,
    role_is_sure,
    role_line,
    series_name,
    series_size,
)

PATHS = {"t2_cisternogram": ("facial_path_r", "facial_path_l")}  # "no contact" rests on them


class SeriesPanel(QWidget):
    """One card a series."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.cards: dict[str, SeriesCard] = {}
        self._drawn: object = None
        problems = left_out(desk.study)
        self.left_out = LeftOut(problem_lines(problems))
        self._column = column(self, heading("Series of this study"), self.left_out)
        refused = any(problem.severity == "error" for problem in problems)
        self._first_card = 2 if refused else 1  # what is no scan may be read last

    def draw(self, state: ReviewState) -> None:
        """Draw the cards anew where a role, a coverage or the reference changed."""
        syndrome = state.clinical.syndrome if state.clinical else None
        shown = (dict(state.roles), dict(state.coverage), self.desk.reference, syndrome)
        if shown == self._drawn:
            return
        self._drawn = shown
        for card in self.cards.values():
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        others = [key for key in self.desk.study.volumes if key != self.desk.reference]
        self.cards = {key: SeriesCard(self.desk, key) for key in (self.desk.reference, *others)}
        for number, card in enumerate(self.cards.values(), start=self._first_card):
            self._column.insertWidget(number, card)


class LeftOut(QFrame):
    """What was found beside the series and is not shown, in the words of ``mriview info``."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self.setProperty("card", True)
        layout = QVBoxLayout(self)
        add(layout, (heading("Not shown"), *(note(line) for line in lines)))
        if not lines:
            self.hide()


class SeriesCard(QFrame):
    """One series: role, size, problems, and what a reader may say of it."""

    def __init__(self, desk: Desk, key: str) -> None:
        super().__init__()
        self.desk, self.key = desk, key
        self.setProperty("card", True)
        role, volume = desk.role(key), desk.study.volumes[key]
        sure = role_is_sure(role)
        title = series_name(role.id, key) + ("" if sure else "  ?")
        self.role_button = QPushButton(
            "Change role" if sure else "Say what it is" if role.id == "unknown" else "Another role"
        )
        self.role_button.setProperty("strong", role.id == "unknown")
        self.role_button.setMenu(self._role_menu())
        layout = QVBoxLayout(self)
        layout.setSpacing(5)
        add(layout, (heading(title), note(series_size(volume)), note(role_line(role))))
        if sure or role.id == "unknown":
            layout.addWidget(self.role_button)
        else:
            label = vocabulary.roles()[role.id].label.en
            self.confirm_role = button(f"Yes, {label}", partial(self.say, role.id), strong=True)
            layout.addLayout(row(self.confirm_role, self.role_button))
        add(layout, (note(line) for line in problem_lines(volume.problems)))
        self._add_reference(layout)
        self._add_coverage(layout, role.id)

    def say(self, role: str) -> None:
        """Say what the series is for."""
        self.desk.send(SetRole(series=self.key, role=role))

    def confirm_coverage(self) -> None:
        """Confirm the ticked structures."""
        ticked = tuple(name for name, box in self.boxes.items() if box.isChecked())
        if ticked:
            self.desk.send(ConfirmCoverage(series=self.key, structures=ticked))

    def _role_menu(self) -> QMenu:
        menu = QMenu(self)
        for role, text in labels(vocabulary.roles()).items():
            action = menu.addAction(text)
            action.triggered.connect(lambda _=False, role=role: self.say(role))
        return menu

    def _add_reference(self, layout: QVBoxLayout) -> None:
        if self.key == self.desk.reference:
            layout.addWidget(note("Reference: all positions are kept in this series."))
        elif not self.desk.state.positions:
            use = partial(self.desk.send, SetReference(series=self.key))
            layout.addWidget(button("Use as the reference", use))

    def _add_coverage(self, layout: QVBoxLayout, role: str) -> None:
        covered = self.desk.state.coverage.get(self.key, frozenset())
        asked = [
            structure
            for question in self.desk.questions()
            if question.mandatory
            for series, structure in question.unconfirmed
            if series == self.key
        ]
        wanted = [name for name in (*PATHS.get(role, ()), *asked) if name not in covered]
        rows = vocabulary.structures()
        self.boxes: dict[str, QCheckBox] = {
            name: QCheckBox(rows[name].label.en) for name in dict.fromkeys(wanted)
        }
        if covered:
            known = "; ".join(rows[name].label.en for name in rows if name in covered)
            layout.addWidget(note(f"Covered from end to end (confirmed): {known}."))
        if self.boxes:
            layout.addWidget(note("Tick what this series shows from end to end:"))
            add(layout, self.boxes.values())
            self.confirm_button = button("Confirm what is ticked", self.confirm_coverage)
            layout.addWidget(self.confirm_button)
