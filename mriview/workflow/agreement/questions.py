"""What readers are compared on: rows of ``questions.toml``, widened to single questions.

A question more is a row more there. A row with ``each`` becomes as many questions as its column
has values in the readings: every scale, every condition. What a reader answered is found in
``answers``; no number is made here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from mriview import vocabulary
from mriview.exporters.tables import Row, tables
from mriview.vocabulary import Label
from mriview.vocabulary.toml_rows import rows_from

Kind = Literal["nominal", "ordinal", "continuous", "position"]
AXES = ("x_mm", "y_mm", "z_mm")


@dataclass(frozen=True, slots=True)
class Word:
    """An answer of a question whose answers are no table of the vocabulary."""

    id: str
    label: Label


@dataclass(frozen=True, slots=True)
class Question:
    """One question to every reader; the keys are explained in ``questions.toml``.

    ``only`` is the value of the column ``each`` that a single question is about; empty in the rows.
    """

    id: str
    label: Label
    meaning: Label
    group: Literal["sides", "offender", "millimetres", "causes"]
    table: str
    column: str
    unit: Literal["side", "study", "condition"]
    kind: Kind
    of: Literal["", "offender", "lesion"] = ""
    each: str = ""
    each_words: str = ""
    nominal_for: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    words: str = ""
    answers: tuple[Word, ...] = ()
    same_contact: bool = False
    symptoms: Literal["", "here", "elsewhere"] = ""
    only: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that hold the answer: one, or three of a position."""
        if self.kind != "position":
            return (self.column,)
        return tuple(f"{self.column}_{axis}" for axis in AXES)


@cache
def questions() -> Mapping[str, Question]:
    """Give the declared questions by id, in the order in which they are shown.

    Examples
    --------
    >>> questions()["offender_place"].columns
    ('on_nerve_x_mm', 'on_nerve_y_mm', 'on_nerve_z_mm')
    """
    text = files("mriview.workflow.agreement").joinpath("questions.toml").read_text("utf-8")
    return rows_from(text, Question, "questions")


def asked(rows: Mapping[str, Sequence[Row]]) -> tuple[Question, ...]:
    """Widen the declared questions to single ones.

    Parameters
    ----------
    rows : mapping of sequence of mapping
        The tidy tables by name.

    Returns
    -------
    tuple of Question
        In order; of a row with ``each`` those whose value occurs, in the order of the vocabulary.

    Examples
    --------
    >>> found = asked({"exclusions": [{"condition": "meningioma"}]})
    >>> [question.id for question in found if question.only]
    ['cause:meningioma']
    """
    single: list[Question] = []
    for question in questions().values():
        if not question.each:
            single.append(question)
            continue
        found = {str(row[question.each]) for row in rows.get(question.table, ())}
        known = _vocabulary(question.each_words)
        ordered = [*(one for one in known if one in found), *sorted(found - set(known))]
        single += [_single(question, value) for value in ordered]
    return tuple(single)


def answer_labels(question: Question) -> Mapping[str, Label]:
    """Give the words of the answers that have some, by answer."""
    if question.each_words == "severity_scales" and question.only:
        scale = vocabulary.severity_scales().get(question.only)
        return {} if scale is None else {level.id: level.label for level in scale.levels}
    rows = _vocabulary(question.words) or {answer.id: answer for answer in question.answers}
    return {one: row.label for one, row in rows.items()}


def places(question: Question, found: Sequence[str]) -> tuple[str, ...]:
    """Put the answers that were found in their order; of a scale, all of it.

    Examples
    --------
    >>> places(questions()["confidence"], ["definite"])
    ('possible', 'probable', 'definite')
    >>> places(questions()["assessment"], ["no_contact", "contact"])
    ('contact', 'no_contact')
    """
    if question.kind == "ordinal":
        return question.order
    given, known = set(found), (*answer_labels(question), *_allowed(question))
    return (*dict.fromkeys(one for one in known if one in given), *sorted(given - set(known)))


def _single(question: Question, value: str) -> Question:
    """Make the question about one scale or one condition."""
    row = _vocabulary(question.each_words).get(value)
    en, de = (value, value) if row is None else (row.label.en, row.label.de)
    label = Label(f"{question.label.en}: {en}", f"{question.label.de}: {de}")
    made = replace(question, id=f"{question.id}:{value}", label=label, only=value)
    if question.kind != "ordinal":
        return made
    scale = vocabulary.severity_scales().get(value)
    if scale is None or value in question.nominal_for:
        return replace(made, kind="nominal")
    return replace(made, order=tuple(level.id for level in scale.levels))


def _allowed(question: Question) -> tuple[str, ...]:
    columns = tables()[question.table].columns
    return next((one.allowed for one in columns if one.name == question.column), ())


def _vocabulary(name: str) -> Mapping[str, Any]:
    rows: Mapping[str, Any] = getattr(vocabulary, name)() if name else {}
    return rows
