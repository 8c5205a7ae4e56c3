"""Fields that a person types: words, and numbers that may be left out.

``told`` is sent once, when the typing has ended and something is different; a redrawing sends
nothing. They know no command.
"""

from qtpy.QtCore import (  # type: ignore[attr-defined]  # qtpy's names in every binding
    QRegularExpression,
    Signal,
)
from qtpy.QtGui import QRegularExpressionValidator
from qtpy.QtWidgets import QLineEdit


class WordsEdit(QLineEdit):
    """One line of words."""

    told = Signal()

    def __init__(self, placeholder: str = "") -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self._was = ""
        self.editingFinished.connect(self._ended)

    @property
    def words(self) -> str:
        """What stands there, without blanks around it."""
        return self.text().strip()

    def draw(self, text: str) -> None:
        """Show a text, without sending anything."""
        if text != self.words:
            self.setText(text)
        self._was = text

    def _ended(self) -> None:
        if self.words != self._was:
            self._was = self.words
            self.told.emit()


class NumberEdit(WordsEdit):
    """A number of at most three digits before the point, with its unit behind it, or nothing.

    Parameters
    ----------
    unit : str
        What stands behind the number, such as ``years ago``; it need not be typed.
    decimals : int
        Most digits behind the point; a comma is taken for one.
    """

    def __init__(self, unit: str, *, decimals: int = 1) -> None:
        super().__init__(unit)
        self._unit = unit
        number = rf"\d{{1,3}}([.,]\d{{0,{decimals}}})?"
        allowed = QRegularExpression(rf"({number}( {unit})?)?")  # an empty one takes it back
        self.setValidator(QRegularExpressionValidator(allowed, self))
        self._drawn: tuple[str, float | None] = ("", None)

    @property
    def number(self) -> float | None:
        """What was said, None where nothing was."""
        text, exact = self._drawn
        if self.words == text:  # the digits that are shown may be fewer than those that are kept
            return exact
        digits = self.words.removesuffix(self._unit).strip().replace(",", ".")
        return float(digits) if digits else None

    def draw_number(self, number: float | None) -> None:
        """Show a number, or nothing."""
        text = "" if number is None else f"{number:g} {self._unit}"
        self._drawn = (text, number)
        self.draw(text)
