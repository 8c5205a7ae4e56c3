"""The series of the study: what each is taken for, how sure that is, what is wrong with it.

One click confirms a role or says another; coverage is confirmed structure by structure, since
"not seen" may later rest on it. What is rarely said of a series is folded away.
"""

from collections.abc import Sequence
from functools import partial

from qtpy.QtWidgets import QApplication, QFrame, QMenu, QPushButton, QVBoxLayout, QWidget

from mriview import vocabulary
from mriview.review import ConfirmCoverage, ReviewState, SetReference, SetRole
from mriview_napari.panels.controls import add, button, column, form, heading, note, row
from mriview_napari.panels.desk import Desk, as_json
from mriview_napari.panels.fields import Folds, Part, Ticks
from mriview_napari.panels.quality import QualityBox, RegistrationBox
from mriview_napari.panels.typed import WordsEdit
from mriview_napari.wording import (
    covered_words,
    first_capital,
    frame_line,
    labels,
    left_out,
    problem_lines,
    quality_line,
    registration_line,
    role_is_sure,
    role_line,
    series_name,
    series_size,
)

PATHS = {"t2_cisternogram": ("facial_path_r", "facial_path_l")}  # "no contact" rests on them
QUALITY, REGISTRATION, MORE = "Quality", "Registration", "More"


class SeriesPanel(QWidget):
    """One card a series."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.cards: dict[str, SeriesCard] = {}
        self._drawn: dict[str, object] = {}
        problems = left_out(desk.study)
        self.left_out = LeftOut(problem_lines(problems))
        self._column = column(self, heading("Series of this study"), self.left_out)
        refused = any(problem.severity == "error" for problem in problems)
        self._first_card = 2 if refused else 1  # what is no scan may be read last

    @property
    def first_button(self) -> QPushButton:
        """Where a person begins to speak of the series."""
        return next(iter(self.cards.values())).role_button

    def draw(self, state: ReviewState) -> None:
        """Draw a card anew where something that it shows has changed."""
        keys = list(self.desk.study.volumes)
        keys.sort(key=lambda key: key != self.desk.reference)
        for number, key in enumerate(keys, start=self._first_card):
            shown = (number, self._shown(state, key))
            if shown == self._drawn.get(key):
                continue
            self._drawn[key] = shown
            before, card = self.cards.get(key), SeriesCard(self.desk, key)
            self.cards[key] = card
            focus = QApplication.focusWidget()
            focused = before is not None and focus is not None and before.isAncestorOf(focus)
            if before is not None:
                self._column.removeWidget(before)
                before.hide()  # it is deleted in a later turn, and would be seen until then
                before.deleteLater()
            self._column.insertWidget(number, card)
            if focused:
                card.role_button.setFocus()  # who goes by keys goes on from this card

    def _shown(self, state: ReviewState, key: str) -> object:
        """Give all that a card shows of the state."""
        registered = [x for x in state.registrations if key == x.moving]
        covered, quality = state.coverage.get(key), state.quality.get(key)
        roles = tuple(self.desk.role(each) for each in self.desk.study.volumes)
        asked = wanted(self.desk, key)
        return (roles, covered, quality, registered, asked, self.desk.reference, state.positions)


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
        title = first_capital(series_name(role.id, key)) + ("" if sure else "  ?")
        self.role_button = QPushButton(
            "Change role" if sure else "Say what it is" if role.id == "unknown" else "Another role"
        )
        self.role_button.setProperty("strong", role.id == "unknown")
        self.role_button.setMenu(self._role_menu())
        self.reason = WordsEdit("a reason, then change the role")
        self.quality, self.place = QualityBox(desk, key), RegistrationBox(desk, key)
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
        said = (quality_line(desk.state.quality.get(key)), *self._registered())
        add(layout, (note(line) for line in said if line))
        self.folds = Folds({QUALITY: self.quality, REGISTRATION: self.place, MORE: self._rest})
        self.folds.offer(REGISTRATION, key != desk.reference)
        layout.addWidget(self.folds)

    def say(self, role: str) -> None:
        """Say what the series is for."""
        said = {"series": self.key, "role": role}
        if self.reason.words:
            said["reason"] = self.reason.words
        self.desk.send(as_json(SetRole, said))

    def confirm_coverage(self) -> None:
        """Confirm the ticked structures, those of the fold among them."""
        ticked = (*self.asked.rows, *self.more.rows)
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
            self.reference_button = button("Use as the reference", use)
            layout.addWidget(self.reference_button)

    def _add_coverage(self, layout: QVBoxLayout, role: str) -> None:
        covered = self.desk.state.coverage.get(self.key, frozenset())
        open_now = dict.fromkeys((*PATHS.get(role, ()), *wanted(self.desk, self.key)))
        names = labels(vocabulary.structures())
        asked = {name: names[name] for name in open_now if name not in covered}
        told = {*asked, *covered}
        rest = {name: text for name, text in names.items() if name not in told}
        self.asked, self.more = Ticks(asked, columns=1), Ticks(rest, columns=1)
        self.boxes = self.asked.boxes
        self.confirm_button = button("Confirm what is ticked", self.confirm_coverage)
        self.more_button = button("Confirm what is ticked", self.confirm_coverage)
        lines = (note("It also shows from end to end:"), self.more, self.more_button)
        self._rest = Part(form(("Role because", self.reason)), *lines)
        if covered:
            known = covered_words(covered)
            layout.addWidget(note(f"Covered from end to end (confirmed): {known}."))
        if asked:
            layout.addWidget(note("Tick what this series shows from end to end:"))
            add(layout, (self.asked, self.confirm_button))
        else:
            for widget in (self.asked, self.confirm_button):
                widget.setParent(self)  # one without a home outlives its room
                widget.hide()

    def _registered(self) -> Sequence[str]:
        pairs = [x for x in self.desk.state.registrations if x.moving == self.key]
        if not pairs:
            return [frame_line(self.desk.study, self.key, self.desk.reference)]
        return [registration_line(x, lambda each: self.desk.role(each).id) for x in pairs]


def wanted(desk: Desk, key: str) -> tuple[str, ...]:
    """Give the structures of a series on which an answer to a mandatory question waits."""
    pairs = (
        pair for question in desk.questions() if question.mandatory for pair in question.unconfirmed
    )
    return tuple(dict.fromkeys(structure for series, structure in pairs if series == key))
