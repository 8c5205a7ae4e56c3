"""What each reader answered to a question, side by side: units in rows, readers in columns.

A unit is counted where every compared reader answered it; units that one of them left open, and
those whose answers are about two different contacts or lie in two frames, are only numbered. Which
readings there are, ``readings`` says; coefficients are in ``coefficients``.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from mriview import vocabulary
from mriview.exporters.tables import Row
from mriview.workflow.agreement.questions import Question
from mriview.workflow.agreement.readings import Readings

SAME_CONTACT_MM = 2.0  # along the nerve, domain page, section 9: matching of contacts
YES, NO = "yes", "no"

Unit = tuple[str, ...]  # study key first, then side, or condition (and side)
Value = str | float | tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; ``frame`` is that of a position, ``arc_mm`` and ``vessel`` its contact's."""

    value: Value
    frame: str = ""
    arc_mm: float | None = None
    vessel: str = ""


@dataclass(frozen=True)
class Answered:
    """The answers of some readers to one question.

    Parameters
    ----------
    question : Question
    readers : tuple of str
        Two, or all that are compared.
    units : tuple of tuple of str
        What all of them answered, sorted.
    values : tuple of tuple
        A row a unit, an answer a reader; texts, millimetres or positions.
    patients : tuple of str
        Patient of each unit.
    studies : int
        Studies that all of them read.
    incomplete : int
        Units that some answered and others did not, within those studies.
    not_comparable : int
        Units that all answered, about different contacts or in different frames.
    """

    question: Question
    readers: tuple[str, ...]
    units: tuple[Unit, ...]
    values: tuple[tuple[Value, ...], ...]
    patients: tuple[str, ...]
    studies: int
    incomplete: int
    not_comparable: int

    @property
    def found(self) -> int:
        """Units that at least one reader answered."""
        return len(self.units) + self.incomplete + self.not_comparable


def answered(
    question: Question,
    given: Mapping[Unit, Mapping[str, Answer]],
    readings: Readings,
    *readers: str,
) -> Answered:
    """Put the answers of some readers side by side.

    Parameters
    ----------
    question : Question
    given : mapping
        By unit and reader, as `answers_to` gives it.
    readings : Readings
    *readers : str
        At least two.
    """
    shared = readings.shared(readers)
    units: list[Unit] = []
    incomplete = apart = 0
    for unit in sorted(given):
        answers = [given[unit][reader] for reader in readers if reader in given[unit]]
        if unit[0] not in shared or not answers:
            continue
        if len(answers) < len(readers):
            incomplete += 1
        elif all(_comparable(question, *pair) for pair in combinations(answers, 2)):
            units.append(unit)
        else:
            apart += 1
    return Answered(
        question,
        readers,
        units=tuple(units),
        values=tuple(tuple(given[unit][reader].value for reader in readers) for unit in units),
        patients=tuple(readings.patients[unit[0]] for unit in units),
        studies=len(shared),
        incomplete=incomplete,
        not_comparable=apart,
    )


def answers_to(question: Question, readings: Readings) -> dict[Unit, dict[str, Answer]]:
    """Find every reader's answer to a question.

    Parameters
    ----------
    question : Question
        A single one, as `asked` gives it.
    readings : Readings

    Returns
    -------
    dict
        By unit and reader; who did not answer is not there.
    """
    about = {"offender": _offenders, "lesion": _lesions, "": _plain}[question.of]
    given: dict[Unit, dict[str, Answer]] = {}
    for unit, row, more in about(question, readings):
        value = _value(question, row)
        if value is None:
            continue
        frame = readings.frames.get(str(row["report_id"]), "") if more is not None else ""
        arc_mm, vessel = (None, "") if more is None else (_number(more, "arc_mm"), _kind(more))
        given.setdefault(unit, {})[str(row["reader"])] = Answer(value, frame, arc_mm, vessel)
    return given


_Found = Iterator[tuple[Unit, Row, Row | None]]  # unit, row of the answer, contact or lesion


def _rows(question: Question, readings: Readings) -> Iterator[Row]:
    """Give the rows that hold answers, without what the tool derived by itself."""
    for row in readings.rows[question.table]:
        other = bool(question.only) and row[question.each] != question.only
        elsewhere = bool(question.symptoms) and _symptoms(row, readings) != question.symptoms
        if not other and not elsewhere and not row.get("derived"):
            yield row


def _symptoms(row: Row, readings: Readings) -> str:
    """Say whether the symptoms are on the side of a row, or on the other; empty if unknown."""
    side = readings.symptom_sides.get(str(row["study_key"]))
    if side not in {"right", "left", "bilateral"}:
        return ""
    return "here" if side in {row["side"], "bilateral"} else "elsewhere"


def _plain(question: Question, readings: Readings) -> _Found:
    """Find the answers of rows that are units themselves."""
    keys = {"side": ("side",), "condition": ("condition",), "study": ()}[question.unit]
    for row in _rows(question, readings):
        yield (str(row["study_key"]), *(str(row[key]) for key in keys)), row, None


def _offenders(question: Question, readings: Readings) -> _Found:
    """Find the rows of the contacts that are their side's offender."""
    contacts = {_key(row, "side", "contact"): row for row in readings.rows["contacts"]}
    for row in _rows(question, readings):
        offender = readings.offenders.get((str(row["report_id"]), str(row["side"])))
        if row["contact"] == offender:
            contact = contacts[_key(row, "side", "contact")]
            yield (str(row["study_key"]), str(row["side"])), row, contact


def _lesions(question: Question, readings: Readings) -> _Found:
    """Find the rows of the largest lesion of each condition and side."""
    largest: dict[Unit, Row] = {}
    for row in sorted(readings.rows["lesions"], key=_size):
        largest[_key(row, "condition", "side")] = row
    kept = {_key(row, "lesion"): (unit, row) for unit, row in largest.items()}
    for row in _rows(question, readings):
        if (found := kept.get(_key(row, "lesion"))) is not None:
            (_, condition, side), lesion = found
            yield (str(row["study_key"]), condition, side), row, lesion


def _key(row: Row, *names: str) -> Unit:
    return (str(row["report_id"]), *(str(row[name]) for name in names))


def _size(row: Row) -> tuple[float, str]:
    longest_mm = _number(row, "longest_mm")
    return (-1.0 if longest_mm is None else longest_mm, str(row["lesion"]))


def _number(row: Row, name: str) -> float | None:
    found = row.get(name)
    return float(found) if isinstance(found, int | float) else None


def _kind(row: Row) -> str:
    """Give the kind of a contact's vessel: artery, vein, or nothing where that is not said."""
    vessel = vocabulary.vessels().get(str(row.get("vessel")))
    return "" if vessel is None or vessel.kind == "unspecified" else vessel.kind


def _value(question: Question, row: Row) -> Value | None:
    cells: Sequence[object] = [row[name] for name in question.columns]
    if question.kind in {"continuous", "position"}:
        numbers = [float(cell) for cell in cells if isinstance(cell, int | float)]
        if len(numbers) < len(cells):
            return None
        return tuple(numbers) if question.kind == "position" else numbers[0]
    if cells[0] is None:
        return None
    said = str(cells[0])
    if question.yes:
        return YES if said in question.yes else NO
    return None if question.kind == "ordinal" and said not in question.order else said


def _comparable(question: Question, one: Answer, other: Answer) -> bool:
    """Whether two answers are about the same: the same contact, positions in the same frame."""
    if question.kind == "position":
        return one.frame == other.frame != ""
    if not question.same_contact:
        return True
    if one.arc_mm is None or other.arc_mm is None:
        return False
    near = math.fabs(one.arc_mm - other.arc_mm) <= SAME_CONTACT_MM
    return near and (not one.vessel or not other.vessel or one.vessel == other.vessel)
