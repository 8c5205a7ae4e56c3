"""What is still open, as a list: each line leads to its field, and may be left open with a reason.

Which field belongs to which path ``mriview_napari.jumping`` knows. The reasons become the overrides
of the signature; without one for every line that is open the record refuses it.
"""

from collections.abc import Sequence

from qtpy.QtCore import Signal  # type: ignore[attr-defined]  # qtpy's name in every binding
from qtpy.QtWidgets import QPushButton, QVBoxLayout

from mriview.review import OpenField
from mriview_napari.panels.controls import add, button, note
from mriview_napari.panels.fields import Part, empty
from mriview_napari.panels.typed import WordsEdit
from mriview_napari.wording import first_capital

GUARD = "not_complete"  # the guard that an override goes round
NOTHING = "Nothing: every mandatory field is answered."


class Missing(Part):
    """The open fields; ``asked`` carries the path of the one that a person wants to see.

    ``each`` holds a reason for every single one, for the panel to lay out.
    """

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.fields: tuple[OpenField, ...] = ()
        self.buttons: dict[str, QPushButton] = {}
        self.reasons: dict[str, WordsEdit] = {}
        self.said = note()
        self.reason = WordsEdit("why points are left open (10 letters or more)")
        self.each, self._lines = Part(), QVBoxLayout()
        self._lines.setSpacing(3)
        add(self.column, (self.said, self._lines, self.reason))

    @property
    def overrides(self) -> list[dict[str, str]]:
        """The open fields that were given a reason, as ``sign`` says them."""
        said = {path: edit.words or self.reason.words for path, edit in self.reasons.items()}
        return [
            {"guard": GUARD, "path": path, "reason": reason}
            for path, reason in said.items()
            if reason
        ]

    def draw(self, fields: Sequence[OpenField], *, signed: bool) -> None:
        """Show what is open; reasons that were typed stay with their fields."""
        if tuple(fields) != self.fields or signed:
            self._fill(() if signed else tuple(fields))
        self.said.setText("Signed." if signed else "" if fields else NOTHING)
        self.said.setVisible(bool(self.said.text()))
        self.reason.setVisible(bool(self.fields))

    def _fill(self, fields: tuple[OpenField, ...]) -> None:
        typed = {path: edit.words for path, edit in self.reasons.items()}
        empty(self._lines)
        empty(self.each.column)
        self.fields, self.buttons, self.reasons = fields, {}, {}
        for field in fields:
            line = button(first_capital(field.what), lambda path=field.path: self.asked.emit(path))  # type: ignore[misc]  # lambda
            line.setProperty("leads", True)
            line.setToolTip("Show this field")
            reason = WordsEdit(f"why {field.what} is left open")
            reason.draw(typed.get(field.path, ""))
            reason.setAccessibleName(reason.placeholderText())
            self._lines.addWidget(line)
            self.each.column.addWidget(reason)
            self.buttons[field.path], self.reasons[field.path] = line, reason
