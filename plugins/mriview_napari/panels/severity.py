"""Grades of severity: each scale as a row of its levels, none of them down until a person says so.

Which scale belongs to which nerve or lesion, what its levels are called and what they mean, the
rows of the vocabulary say. Scales are never turned into one another, and a grade can be withdrawn
by a second press.
"""

from collections.abc import Iterable, Iterator, Sequence

from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]  # qtpy's name in every binding
from qtpy.QtWidgets import QGridLayout, QPushButton, QWidget

from mriview import vocabulary
from mriview.review import Graded
from mriview.vocabulary import SeverityScale
from mriview_napari.panels.controls import add, note
from mriview_napari.panels.fields import Part, empty
from mriview_napari.wording import first_capital

WORDS_MAX_LETTERS = 13  # of a level's label that fits on its button, three in a row
WORDS_IN_ROW, IDS_IN_ROW = 3, 6


class ScaleRow(Part):
    """One scale: its name and edition, its levels, the words that define the one that is down."""

    chosen = Signal()

    def __init__(self, scale: SeverityScale, *, off_label: bool) -> None:
        super().__init__()
        self.scale, self.off_label = scale, off_label
        self.title = note(scale_title(scale, off_label=off_label))
        self.title.setToolTip(scale.source)
        self._in_words = all(len(level.label.en) <= WORDS_MAX_LETTERS for level in scale.levels)
        self.meaning = note()
        self.buttons: dict[str, QPushButton] = {}
        levels, in_row = QGridLayout(), WORDS_IN_ROW if self._in_words else IDS_IN_ROW
        levels.setSpacing(4)
        for number, level in enumerate(scale.levels):
            text = first_capital(level.label.en) if self._in_words else level.id
            made = QPushButton(text)
            made.setCheckable(True)
            made.setToolTip(f"{first_capital(level.label.en)}: {level.definition}")
            made.clicked.connect(lambda *_, grade=level.id: self._pressed(grade))
            levels.addWidget(made, number // in_row, number % in_row)
            self.buttons[level.id] = made
        for column in range(min(in_row, len(scale.levels))):
            levels.setColumnStretch(column, 1)
        self.column.setSpacing(4)
        add(self.column, (self.title, levels, self.meaning))
        self.draw("")

    @property
    def grade(self) -> str:
        """Id of the level that is down, or an empty word."""
        return next((name for name, each in self.buttons.items() if each.isChecked()), "")

    def draw(self, grade: str) -> None:
        """Show one level down, or none."""
        for name, each in self.buttons.items():
            each.setChecked(name == grade)
        self.meaning.setText(self._meaning(grade))
        self.meaning.setVisible(bool(self.meaning.text()))

    def _pressed(self, grade: str) -> None:
        self.draw(grade if self.buttons[grade].isChecked() else "")
        self.chosen.emit()

    def _meaning(self, grade: str) -> str:
        for level in self.scale.levels:
            if level.id == grade:
                asks = f" {first_capital(wanted)}." if (wanted := self.scale.needs_note) else ""
                return f"{first_capital(level.label.en)}: {level.definition}{asks}"
        if self._in_words:
            return ""
        return ", ".join(f"{level.id}: {level.label.en}" for level in self.scale.levels)


class Scales(QObject):
    """The scales for one finding: the first in sight, the others in a part that can be folded.

    ``first`` and ``rest`` are for the panel to lay out. Grades of scales that are not offered, such
    as a script may give, stay as they are. ``home`` is the panel.
    """

    chosen = Signal()

    def __init__(self, home: QWidget) -> None:
        super().__init__(home)  # one without a home outlives its room
        self.first, self.rest = Part(), Part()
        self.rows: dict[str, ScaleRow] = {}
        self._offered: Sequence[tuple[str, bool]] = ()
        self._kept: tuple[Graded, ...] = ()

    def offer(self, scales: Sequence[tuple[str, bool]]) -> None:
        """Offer these scales, each with whether it was made for another nerve."""
        if scales == self._offered:
            return
        self._offered, self.rows = scales, {}
        for part in (self.first, self.rest):
            empty(part.column)
        for number, (name, off_label) in enumerate(scales):
            scale = vocabulary.severity_scales()[name]
            made = ScaleRow(scale, off_label=off_label)
            made.chosen.connect(self.chosen.emit)
            (self.rest if number else self.first).column.addWidget(made)
            self.rows[name] = made

    def draw(self, grades: Iterable[Graded]) -> None:
        """Show the grades that were given."""
        given = {grade.scale: grade for grade in grades}
        for name, scale in self.rows.items():
            known = given.pop(name, None)
            scale.draw(known.grade if known else "")
        self._kept = tuple(given.values())

    @property
    def grades(self) -> list[dict[str, object]]:
        """What was graded, as commands say it."""
        said: list[dict[str, object]] = [
            {"scale": x.scale, "version": x.version, "grade": x.grade, "off_label": x.off_label}
            for x in self._kept
        ]
        for name, scale in self.rows.items():
            if scale.grade:
                version, off_label = scale.scale.version, scale.off_label
                words = {"scale": name, "version": version, "grade": scale.grade}
                said.append({**words, "off_label": off_label})
        return said

    @property
    def folded(self) -> int:
        """How many of the folded scales are graded."""
        return sum(bool(scale.grade) for scale in list(self.rows.values())[1:])


def contact_scales(nerve: str) -> list[tuple[str, bool]]:
    """List the scales for a contact, the usual one of its nerve first, those of others last.

    Parameters
    ----------
    nerve : str
        Row id.

    Returns
    -------
    list of (str, bool)
        Row id, and whether the scale was made for another nerve.

    Examples
    --------
    >>> contact_scales("facial")[:2]
    [('contact_deformity_2021', False), ('deep_2016', False)]
    """
    rows = [x for x in vocabulary.severity_scales().values() if x.grades in {"contact", "vessel"}]
    rows.sort(key=lambda x: (nerve not in x.default_for, nerve not in x.nerves))
    return [(row.id, nerve not in row.nerves) for row in rows]


def lesion_scales(condition: str) -> list[tuple[str, bool]]:
    """List the scales that were made for a condition.

    Examples
    --------
    >>> [name for name, _ in lesion_scales("vestibular_schwannoma")][:2]
    ['koos_1998', 'hannover_1997']
    >>> lesion_scales("meningioma")
    []
    """
    rows = vocabulary.severity_scales().values()
    return [
        (row.id, False) for row in rows if row.grades == "lesion" and condition in row.conditions
    ]


def scale_title(scale: SeverityScale, *, off_label: bool) -> str:
    """Name a scale with its edition, and the nerve that it was made for if that is another."""
    title = f"{first_capital(scale.label.en)}, edition {scale.version}"
    if not off_label:
        return title
    return f"{title}; off label, made for the {' and '.join(_nerve_names(scale))}"


def _nerve_names(scale: SeverityScale) -> Iterator[str]:
    for nerve in scale.nerves:
        yield vocabulary.nerves()[nerve].label.en
