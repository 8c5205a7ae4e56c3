"""Words of the page over agreement: rows of ``phrases.toml`` and of the tables beside it.

Only chosen here, in one language at a time; which of them a page needs, ``page`` decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from mriview.values.problem import counted
from mriview.vocabulary import Label
from mriview.vocabulary.toml_rows import rows_from
from mriview.words import Language
from mriview.workflow.agreement.questions import Question, answer_labels


@dataclass(frozen=True, slots=True)
class Phrase:
    """A fixed part of the page."""

    id: str
    label: Label


@cache
def phrases() -> Mapping[str, Phrase]:
    """Give the phrases by id."""
    text = files("mriview.workflow.agreement").joinpath("phrases.toml").read_text("utf-8")
    return rows_from(text, Phrase, "phrases")


def say(name: str, language: Language, **filled: object) -> str:
    """Give a phrase with its placeholders filled, its words fitted to their numbers.

    Examples
    --------
    >>> say("total", "de"), say("few_patients", "en", patients=20)
    ('Summe', 'no interval: under 20 patients')
    >>> say("numbers", "de", units=2, patients=1, incomplete=0)
    '2 Fälle von 1 Patient verglichen; 0 nicht gezählt, weil eine Antwort fehlt'
    """
    row = spoken(phrases()[name].label, language)
    text = row.format(**filled)
    return counted(text) if "[" in row or "(s)" in row else text  # names of readers stay as given


def spoken(label: Label, language: Language) -> str:
    """Give a label in one language."""
    return label.de if language == "de" else label.en


def answer_words(question: Question, answer: str, language: Language) -> str:
    """Give an answer in words; an id that no table knows is shown as it is.

    Examples
    --------
    >>> from mriview.workflow.agreement.questions import questions
    >>> answer_words(questions()["assessment"], "no_contact", "en")
    'no contact seen'
    """
    label = answer_labels(question).get(answer)
    return answer.replace("_", " ") if label is None else spoken(label, language)
