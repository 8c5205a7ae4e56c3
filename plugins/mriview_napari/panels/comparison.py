"""The comparison with an earlier report: which one, and what became of each mark since.

The earlier report is a file, or only its id where the file is elsewhere. A mark of this reading is
compared by the reader's eye; nothing is measured against the earlier one. What is said becomes a
part of ``set_clinical``, which the clinical box sends.
"""

from collections.abc import Mapping

from qtpy.QtCore import (  # type: ignore[attr-defined]  # qtpy's names in every binding
    QRegularExpression,
    Signal,
)
from qtpy.QtGui import QRegularExpressionValidator
from qtpy.QtWidgets import QVBoxLayout

from mriview import Report, vocabulary
from mriview.review import ReviewState
from mriview_napari.panels.controls import Choice, add, button, note, row
from mriview_napari.panels.desk import Desk
from mriview_napari.panels.fields import Part, empty
from mriview_napari.panels.typed import WordsEdit
from mriview_napari.wording import SIDE_WORDS, contact_name, labels, vessel_name

OF_EARLIER = "gone"  # the change whose mark is one of the earlier report
NOT_COMPARED = "not compared"
REPORT_ID = "([0-9a-f]{32})?"  # an empty one takes the comparison back
MARK_ID = "([a-z][a-z0-9_]{0,31})?"


class ComparisonBox(Part):
    """The earlier report and a line a mark; ``chosen`` tells that a person changed something."""

    chosen = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.lines: dict[tuple[str, bool], ChangeLine] = {}  # id of a mark, whether it is gone
        self._named = ""
        self._earlier: dict[str, str] = {}  # marks of the earlier report: id to words
        self.open_button = button("Choose the earlier report (JSON) ...", self.open_report)
        self.report_id = _only(WordsEdit("or its id, 32 letters and digits"), REPORT_ID)
        self.report_id.told.connect(self.chosen.emit)
        self.hint = note("Then each contact and lesion can be compared with it.")
        self.gone = _only(WordsEdit("id of a mark that is gone, such as c2"), MARK_ID)
        self.gone.told.connect(self._add_gone)
        self._marks = QVBoxLayout()
        add(self.column, (self.open_button, self.report_id, self.hint, self._marks, self.gone))

    @property
    def said(self) -> Mapping[str, object] | None:
        """The comparison as commands say it; None where no earlier report is named."""
        whole = self.report_id.hasAcceptableInput()
        report_id = self.report_id.words if whole else self._named
        if not report_id:
            return None
        changes = [
            {"about": about, "change": line.change.row, "note": line.words.words}
            for (about, _), line in self.lines.items()
            if line.change.row
        ]
        return {"report_id": report_id, "changes": changes}

    def draw(self, state: ReviewState) -> None:
        """Show the comparison, with a line for every mark that it can speak of."""
        comparison = state.clinical.comparison if state.clinical else None
        self._named = comparison.report_id if comparison else ""
        self.report_id.draw(self._named)
        changes = comparison.changes if comparison else ()
        compared = {(x.about, x.change == OF_EARLIER): x for x in changes}
        names = {(x.id, False): f"{contact_name(x)}, {SIDE_WORDS[x.side]}" for x in state.contacts}
        for lesion in state.lesions:
            label = vocabulary.conditions()[lesion.condition].label.en
            names[lesion.id, False] = f"{lesion.id} {label}"
        names |= {(key, True): f"Earlier {words}" for key, words in self._earlier.items()}
        named = {key: names.get(key, f"Earlier {key[0]}" if key[1] else key[0]) for key in compared}
        self._fill({**names, **named})
        for key, line in self.lines.items():
            known = compared.get(key)
            line.draw(known.change if known else "", known.note if known else "")
        self.gone.draw("")
        for part in (self.gone, *self.lines.values()):
            part.setVisible(comparison is not None)
        self.hint.setVisible(comparison is None)

    def open_report(self) -> None:
        """Ask for the file of the earlier report, and name it."""
        report = self.desk.earlier_report()
        if report is None:
            return
        self._earlier = marks_of(report)
        self.report_id.setText(report.report_id)
        self.chosen.emit()

    def _add_gone(self) -> None:
        about = self.gone.words
        if not about:
            return
        if (about, True) not in self.lines:
            self._add_line((about, True), f"Earlier {about}")
        self.lines[about, True].change.draw(OF_EARLIER)
        self.chosen.emit()

    def _fill(self, names: Mapping[tuple[str, bool], str]) -> None:
        if {key: line.name for key, line in self.lines.items()} == dict(names):
            return
        empty(self._marks)
        self.lines = {}
        for key, words in names.items():
            self._add_line(key, words)

    def _add_line(self, key: tuple[str, bool], words: str) -> None:
        rows = labels(vocabulary.comparison_changes())
        offered = {name: text for name, text in rows.items() if (name == OF_EARLIER) == key[1]}
        line = ChangeLine(words, offered)
        line.change.chosen.connect(lambda _: self.chosen.emit())
        line.words.told.connect(lambda: self.chosen.emit() if line.change.row else None)
        self._marks.addWidget(line)
        self.lines[key] = line


class ChangeLine(Part):
    """One mark: its name, what became of it, and a remark."""

    def __init__(self, name: str, changes: Mapping[str, str]) -> None:
        super().__init__()
        self.name = name
        self.change = Choice({"": NOT_COMPARED, **changes})
        self.words = WordsEdit("remark")
        self.column.setSpacing(3)
        add(self.column, (note(name), row(self.change, self.words)))

    def draw(self, change: str, words: str) -> None:
        """Show what was said."""
        self.change.draw(change)
        self.words.draw(words)


def marks_of(report: Report) -> dict[str, str]:
    """Name the contacts and lesions of a report by their ids; what was rejected is left out.

    Parameters
    ----------
    report : Report
        An earlier one.

    Returns
    -------
    dict of str to str
        Id to words, contacts first.
    """
    marks = {
        contact.id: f"{contact.id} {vessel_name(contact.vessel)}, {SIDE_WORDS[side]}"
        for side, part in (("right", report.sides.right), ("left", report.sides.left))
        for contact in part.contacts
        if contact.decision != "rejected"
    }
    for lesion in report.lesions:
        label = vocabulary.conditions()[lesion.condition].label.en
        marks[lesion.id] = f"{lesion.id} {label}"
    return marks


def _only(edit: WordsEdit, pattern: str) -> WordsEdit:
    edit.setValidator(QRegularExpressionValidator(QRegularExpression(pattern), edit))
    return edit
