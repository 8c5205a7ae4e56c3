"""How a site's vocabulary is refused: one sentence, whatever is wrong with the file.

It names the table and the number of the row; the place of the file and the values of its rows are
repeated nowhere. What is refused, the other ``site`` modules decide.
"""

from dataclasses import dataclass

from mriview.errors import InputError

VARIABLE = "MRIVIEW_SITE_VOCABULARY"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row: its table and number, one clause, and what to do."""

    place: str
    why: str
    remedy: str


def unreadable(why: str) -> InputError:
    """Refuse the file as a whole."""
    found = f"the file that {VARIABLE} names {why}"
    remedy = "Correct it or name another one, or unset the variable"
    return InputError("site_vocabulary_unreadable", found, remedy)


def invalid(place: str, why: str, remedy: str) -> InputError:
    """Refuse the file for one row, table or key."""
    found = f"the site's vocabulary, {place}: {why}"
    return InputError("site_vocabulary_invalid", found, remedy, where=place)
