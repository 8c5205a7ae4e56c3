"""What is said of a report: sentences that lead to their place, under labels, under headings.

Values only, the same for the page, the text and the room; which sentences there are, the other
modules decide. No markup stands in any of these texts.
"""

from dataclasses import dataclass

Position = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, the keys of the series that it rests on, and its place (LPS mm).

    ``about``: the id of the section that says more: a contact, a lesion, ``exclusions``.
    """

    text: str
    series: tuple[str, ...] = ()
    position_mm: Position | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A label, and what is said to it; never empty."""

    id: str
    label: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines; ``id`` is that of the heading's row."""

    id: str
    title: str
    lines: tuple[Line, ...]


def line(name: str, label: str, *texts: str) -> Line:
    """Make a line of sentences that lead nowhere."""
    return Line(name, label, tuple(Said(text) for text in texts))
