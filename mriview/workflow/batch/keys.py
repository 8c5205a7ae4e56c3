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


def keys_left(out: Path) -> dict[str, list[str]]:
    """Read which keys lay where when the run was here before; nothing where nobody can say.

    Parameters
    ----------
    out : Path
        Folder of the run.

    Returns
    -------
    dict of list of str
        Keys by path, as `path_written` gives it.
    """
    keys: dict[str, list[str]] = {}
    try:
        with (out / KEYS).open(newline="", encoding="utf-8") as page:
            for row in csv.DictReader(page):
                keys.setdefault(row["path"].removeprefix(APOSTROPHE), []).append(row["study_key"])
    except (OSError, UnicodeError, csv.Error, KeyError, AttributeError):
        return {}
    return keys


def _written(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
