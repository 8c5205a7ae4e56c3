"""What is wrong with the grades that were given: the law of scales (domain page, section 4).

A grade is (scale, version, level, reader, pass). Scales are versioned and never turned into one
another; guards refuse and report rules find by the same predicates.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from mriview import vocabulary

OF_A_CONTACT, OF_A_LESION = ("contact", "vessel"), ("lesion",)  # kinds of scales


class Graded(Protocol):
    """A grade, of a state or of a report."""

    @property
    def scale(self) -> str:
        """Row id of the scale."""

    @property
    def version(self) -> str:
        """Version of the scale."""

    @property
    def grade(self) -> str:
        """Id of a level."""

    @property
    def reader(self) -> str:
        """Who gave it."""

    @property
    def pass_number(self) -> int:
        """In which reading."""

    @property
    def off_label(self) -> bool:
        """Whether the scale was made for another nerve."""


def grade_faults(
    grades: Sequence[Graded], *, nerve: str | None = None, condition: str | None = None, note: str
) -> Iterator[str]:
    """Say what is wrong with the grades of one contact or lesion (R17).

    Parameters
    ----------
    grades : sequence
        All of one item.
    nerve : str or None
        The nerve of a contact; None for a lesion.
    condition : str or None
        The condition of a lesion; None for a contact.
    note : str
        What the reader wrote beside it.
    """
    rows = vocabulary.severity_scales()
    for said in grades:
        row = rows[said.scale]
        if said.version != row.version:
            yield f"{said.scale} is known in version {row.version}, not {said.version}"
        levels = [level.id for level in row.levels]
        if said.grade not in levels:
            yield f"{said.scale} has the levels {', '.join(levels)}"
        if row.grades not in (OF_A_LESION if nerve is None else OF_A_CONTACT):
            yield f"{said.scale} grades no {'lesion' if nerve is None else 'contact'}"
        elif nerve is None and condition not in row.conditions:
            yield f"{said.scale} was not made for {condition}"
        if row.needs_note and not note.strip():
            yield f"{said.scale}: {row.needs_note}"
        if nerve is not None and nerve not in row.nerves and not said.off_label:
            yield f"{said.scale} was not made for the {nerve} nerve: off_label says so"
    given = Counter((x.scale, x.version, x.reader, x.pass_number) for x in grades)
    for (scale, *_), count in given.items():
        if count > 1:
            yield f"{scale} is graded {count} times in one reading"


def grades_disagree(
    grades: Iterable[Graded], morphology: Iterable[str], touching: str
) -> Iterator[str]:
    """Say where a grade and what was seen do not go together (R18)."""
    rows, scales = vocabulary.morphologies(), vocabulary.severity_scales()
    seen = [form for form in morphology if rows[form].deformity]
    for said in grades:
        level = next((x for x in scales[said.scale].levels if x.id == said.grade), None)
        if level is not None and not level.touch and touching == "yes":
            yield f"{said.scale} says {said.grade}, and the vessel is said to touch"
        if level is None or not any(x.deformity for x in scales[said.scale].levels):
            continue
        if level.deformity and not seen:
            yield f"{said.scale} says {said.grade}, and no deformity is described"
        if not level.deformity and seen:
            yield f"{said.scale} says {said.grade}, and {seen[0]} is described"
