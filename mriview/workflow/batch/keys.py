"""``keys.csv``: which key lies where, and whose it is by the names of BIDS folders.

The one file of a run with paths. A run that goes on reads it, so that a study keeps its key, number
included, as long as it stays where it is. Numbers themselves are given in `mriview.scans`.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from mriview.exporters.tables import Row
from mriview.exporters.tables.text import APOSTROPHE
from mriview.scans.keys import unnumbered

KEYS = "keys.csv"
COLUMNS = ("study_key", "path", "case", "bids_subject", "bids_session")
_SUBJECT, _SESSION = re.compile(r"sub-[0-9A-Za-z+]+"), re.compile(r"ses-[0-9A-Za-z+]+")


class Placed(NamedTuple):
    """A key, the place of its study, and the match of a glob that this lies in, or ``""``."""

    key: str
    place: str
    case: str


def key_rows(placed: Iterable[Placed]) -> Iterator[Row]:
    """Give the rows of ``keys.csv`` in the order of keys."""
    for key, place, case in sorted(placed):
        parts = Path(place).parts
        yield {
            "study_key": key,
            "path": path_written(place),
            "case": _written(case) or None,
            "bids_subject": next((part for part in parts if _SUBJECT.fullmatch(part)), None),
            "bids_session": next((part for part in parts if _SESSION.fullmatch(part)), None),
        }


def path_written(place: str) -> str:
    """Give a path as the file holds it: absolute, to be opened from wherever it is read."""
    return _written(str(Path(place).absolute()))


class KeysLeft:
    """Which keys lay where when a run was here before.

    Parameters
    ----------
    placed : iterable of Placed
        As ``keys.csv`` says it.
    """

    def __init__(self, placed: Iterable[Placed] = ()) -> None:
        self._at: dict[tuple[str, str], list[str]] = {}
        for key, place, case in placed:
            self._at.setdefault(("path", place), []).append(key)
            self._at.setdefault(("case", case), []).append(key)

    def at(self, place: str) -> list[str]:
        """Give the keys of the studies that lay in a folder."""
        return self._at.get(("path", path_written(place)), [])

    def of(self, placed: Placed) -> str | None:
        """Give the number that a study had: a match of a glob holds each key once."""
        where = ("case", _written(placed.case)) if placed.case else None
        there = self._at.get(where, []) if where else self.at(placed.place)
        return next((key for key in there if unnumbered(key) == placed.key), None)


def keys_left(out: Path) -> KeysLeft:
    """Read the ``keys.csv`` of a run; nothing is known where it cannot be read."""
    try:
        with (out / KEYS).open(newline="", encoding="utf-8") as page:
            rows = [
                Placed(*(row[name].removeprefix(APOSTROPHE) for name in COLUMNS[:3]))
                for row in csv.DictReader(page)
            ]
    except (OSError, UnicodeError, csv.Error, KeyError, AttributeError):
        return KeysLeft()
    return KeysLeft(rows)


def _written(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
