"""One language at a time: labels of rows, fixed phrases, lists, first letters, numbers.

The words themselves are rows, of the vocabulary and of ``phrases.toml``; here they are only chosen.
An id that no table knows, such as one of another site, is shown as it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from mriview import vocabulary
from mriview.vocabulary import Label
from mriview.vocabulary.toml_rows import rows_from

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
LONGEST_ABBREVIATION = 4  # letters of an id that is what surgeons write: AICA, PICA, VBJ


@dataclass(frozen=True, slots=True)
class Phrase:
    """A fixed part of the page: a heading, a label, a joint between two words."""

    id: str
    label: Label


@cache
def phrases() -> Mapping[str, Phrase]:
    """Give the fixed phrases by id, from ``phrases.toml``."""
    return rows_from(
        files(__package__).joinpath("phrases.toml").read_text("utf-8"), Phrase, "phrases"
    )


def phrase(name: str, language: Language, /, **filled: object) -> str:
    """Give a fixed phrase of the page, its placeholders filled.

    Examples
    --------
    >>> phrase("limits", "en"), phrase("limits", "de")
    ('limits', 'Einschränkungen')
    """
    text: str = getattr(phrases()[name].label, language)
    return text.format(**filled) if filled else text


def table(name: str) -> Mapping[str, Any]:
    """Give a table of the vocabulary by name; empty where this version has none."""
    rows: Mapping[str, Any] = getattr(vocabulary, name, dict)()
    return rows


def label(rows: Mapping[str, Any], name: str | None, language: Language) -> str:
    """Give the label of a row.

    Examples
    --------
    >>> label(vocabulary.sides(), "left", "de"), label(vocabulary.sides(), "site:new", "de")
    ('links', 'site:new')
    """
    row = rows.get(name or "")
    return str(getattr(row.label, language)) if row is not None else (name or "")


def vessel_name(name: str, language: Language) -> str:
    """Give a vessel's name, with the abbreviation that surgeons write.

    Examples
    --------
    >>> vessel_name("aica", "en")
    'anterior inferior cerebellar artery (AICA)'
    """
    said = label(vocabulary.vessels(), name, language)
    row = vocabulary.vessels().get(name)
    short = row is not None and row.named and len(name) <= LONGEST_ABBREVIATION
    return f"{said} ({name.upper()})" if short else said


def vessel_short(name: str, language: Language) -> str:
    """Give a vessel's abbreviation where surgeons write one, else its name.

    Examples
    --------
    >>> vessel_short("aica", "de"), vessel_short("superior_petrosal_vein", "en")
    ('AICA', 'superior petrosal vein')
    """
    row = vocabulary.vessels().get(name)
    short = row is not None and row.named and len(name) <= LONGEST_ABBREVIATION
    return name.upper() if short else label(vocabulary.vessels(), name, language)


def vessel_in_sentence(name: str | None, language: Language) -> str:
    """Give a vessel's name as it stands in the middle of a sentence.

    Examples
    --------
    >>> vessel_in_sentence("vein_unspecified", "en"), vessel_in_sentence(None, "de")
    ('vein (not named)', 'ein Gefäß')
    """
    if name is None:
        return phrase("a_vessel", language)
    said = label(vocabulary.vessels(), name, language)
    first, comma, rest = said.partition(", ")
    return f"{first} ({rest})" if comma else said


def listed(items: Iterable[str], language: Language) -> str:
    """Join words as a list is spoken.

    Examples
    --------
    >>> listed(["a", "b", "c"], "en"), listed(["a", "b"], "de")
    ('a, b and c', 'a und b')
    """
    *most, last = [*items] or [""]
    return f" {phrase('and', language)} ".join([", ".join(most), last] if most else [last])


def capital(text: str) -> str:
    """Begin with a capital letter, and leave the others."""
    return text[:1].upper() + text[1:]


def inside(text: str, language: Language) -> str:
    """Give a sentence as it stands after a colon: German keeps its capital there.

    Examples
    --------
    >>> inside("The voxels are too large", "en"), inside("MRI can only say", "en")
    ('the voxels are too large', 'MRI can only say')
    """
    if language == "de" or text[1:2].isupper():
        return text
    return text[:1].lower() + text[1:]


def typed(text: str, language: Language) -> str:
    """Put what a reader typed between quotation marks: it stands as it was typed.

    Examples
    --------
    >>> typed("no fat saturation", "de")
    '„no fat saturation“'
    """
    return phrase("typed", language, text=text)


def number(value: float, decimals: int, language: Language) -> str:
    """Write a number for a reader's eyes: German has a decimal comma.

    Examples
    --------
    >>> number(3.25, 1, "de"), number(-0.01, 1, "en")
    ('3,2', '0.0')
    """
    text = f"{round(value, decimals) + 0.0:.{decimals}f}"
    return text.replace(".", ",") if language == "de" else text
