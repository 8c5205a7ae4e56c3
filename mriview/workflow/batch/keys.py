"""``keys.csv``: which key lies where, and whose it is by the names of BIDS folders.

The one file of a run with paths. A run that goes on reads it, so that a study keeps its key, number
included, as long as it stays where it is. Numbers themselves are given in `mriview.scans`.
"""

import csv
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from mriview.errors import InputError
from mriview.exporters.tables import Row
from mriview.exporters.tables.text import APOSTROPHE
from mriview.scans.keys import unnumbered

KEYS = "keys.csv"
COLUMNS = ("study_key", "path", "case", "bids_subject", "bids_session")
_KEY = re.compile(r"[0-9a-f]{16}(-([2-9]|[1-9][0-9]+))?")
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
        self._all = tuple(placed)
        self._equal: dict[str, list[Placed]] = {}
        for one in self._all:
            self._equal.setdefault(unnumbered(one.key), []).append(one)

    def of(self, here: Placed) -> str | None:
        """Give the key that a study had: at its place, else in its case, else around its place."""
        case, place = _written(here.case), path_written(here.place)
        equal = [one for one in self._equal.get(here.key, ()) if one.case == case]
        at = [one for one in equal if one.place == place]
        if not at:  # another way may lead there
            place = _real(here.place)
            where = [(one, _real(one.place)) for one in equal]
            at = [one for one, path in where if path == place]
            if not at and not case:
                equal = [o for o, path in where if _within(path, place) or _within(place, path)]
        near = at or equal
        return near[0].key if at or len(near) == 1 else None

    def around(self, folder: str) -> list[str]:
        """Give the keys of studies that files of a folder may have been of."""
        place = _real(folder)
        there = ((one.key, _real(one.place)) for one in self._all)
        return [k for k, path in there if str(Path(path).parent) == place or _within(place, path)]


def keys_left(out: Path) -> KeysLeft:
    """Read the ``keys.csv`` of a run.

    Raises
    ------
    InputError
        It is there and is not what a run leaves (``keys_broken``).
    """
    try:
        with (out / KEYS).open(newline="", encoding="utf-8-sig") as page:
            return KeysLeft([_placed(row) for row in csv.DictReader(page)])
    except FileNotFoundError:
        return KeysLeft()
    except (OSError, ValueError, csv.Error, KeyError, AttributeError) as error:
        found = f"{KEYS} in the folder of the run is not as a run left it"
        remedy = "Restore it, or take it away: copies of a study are numbered anew then"
        raise InputError("keys_broken", found, remedy) from error


def _placed(row: dict[str, str]) -> Placed:
    told = Placed(*(row[name].removeprefix(APOSTROPHE) for name in COLUMNS[:3]))
    if not _KEY.fullmatch(told.key):
        raise ValueError("no key of a study")
    return told


def _within(path: str, folder: str) -> bool:
    """Whether a path is a folder, or lies in it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _real(path: str) -> str:
    return _written(os.path.realpath(path))


def _written(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
