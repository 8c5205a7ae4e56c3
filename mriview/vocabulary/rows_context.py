"""The shapes of rows that only name something: symptoms, treatments, implants, quality; and scales.

They are entered by a person and judged by nobody here. Rows on which gates and rules rest are in
``rows``.
"""

from dataclasses import dataclass
from typing import Literal

from mriview.vocabulary.rows import Code, Label


@dataclass(frozen=True, slots=True)
class Term:
    """A word that a person may choose; ``code`` None where no scheme has one yet."""

    id: str
    label: Label
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """One step of a scale. ``deformity``: whether it says that the nerve is deformed.

    ``touch`` is false where it says that no vessel touches.
    """

    id: str
    label: Label
    definition: str
    deformity: bool
    code: Code | None = None
    touch: bool = True


@dataclass(frozen=True, slots=True)
class SeverityScale:
    """A published scale in one edition; grades of two scales or editions are never converted.

    ``nerves`` are those that it was made for, ``default_for`` those for which it is offered first;
    ``conditions`` those that it grades where it grades lesions. ``needs_note``: why a grade counts
    only with a note beside it; empty where it stands alone.
    """

    id: str
    version: str
    label: Label
    grades: Literal["contact", "lesion", "vessel", "clinical"]
    nerves: tuple[str, ...]
    default_for: tuple[str, ...]
    source: str
    levels: tuple[Level, ...]
    code: Code | None = None
    conditions: tuple[str, ...] = ()
    needs_note: str = ""
