"""Where readings lie below some folders: reviews and report files, always in the same order.

A folder with a ``review.json`` is a review, and what lies in it is its own; every ``.json`` is
looked into, since a name proves nothing. A folder is entered once however many ways lead to it.
What the readings say, ``readings`` finds out.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from mriview.errors import InputError
from mriview.report.model import FORMAT
from mriview.review.head import HEAD
from mriview.scans.files import JUNK_FOLDER, JUNK_PREFIX
from mriview.values import Problem, problem
from mriview.values.strict_json import read_json

MOST_BYTES = 64 * 2**20  # of a report; the longest of the samples takes 0.1 MiB

Kind = Literal["review", "report", "other", "unknown"]
Identity = tuple[int, int]


class Source(NamedTuple):
    """One place that holds a reading, or may.

    Parameters
    ----------
    kind : {"review", "report", "other", "unknown"}
        ``other``: JSON that is no report; ``unknown``: it could not be looked into.
    path : Path
        A review folder, a file, or a folder that is closed.
    problem : Problem or None
        Why it could not be looked into.
    """

    kind: Kind
    path: Path
    problem: Problem | None = None


def sources_below(folders: Iterable[Path], apart_from: Path | None = None) -> Iterator[Source]:
    """Find what may hold a reading.

    Parameters
    ----------
    folders : iterable of Path
        In the order in which they are walked; a review folder or a report file is one, too.
    apart_from : Path, optional
        A folder that is not entered: where the tables are written.

    Yields
    ------
    Source
        By folder and name.

    Raises
    ------
    InputError
        One of the paths is absent or closed (``path_unreadable``); nothing was yielded yet.
    """
    given = [(folder, _identity(folder)) for folder in folders]
    absent = [place for place, (_, identity) in enumerate(given, start=1) if identity is None]
    if absent:
        raise _absent(absent, len(given))
    own = _identity(apart_from) if apart_from is not None else None
    seen = set() if own is None else {own}
    for folder, _ in given:
        yield from _below(folder, seen) if folder.is_dir() else [_looked_into(folder)]


def _below(root: Path, seen: set[Identity]) -> Iterator[Source]:
    """Walk a folder without recursion, entries by name."""
    waiting = [root]
    while waiting:
        path = waiting.pop()
        if not os.path.isdir(path):  # noqa: PTH112 (says no where a folder above is closed)
            yield _looked_into(path)
            continue
        identity = _identity(path)
        if identity is None or identity in seen:
            continue
        seen.add(identity)
        try:
            with os.scandir(path) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            yield Source("unknown", path, problem("folder_unreadable", reason=_why(error)))
            continue
        if any(entry.name == HEAD for entry in entries):
            yield Source("review", path)
            continue
        waiting += [Path(entry.path) for entry in reversed(entries) if _is_wanted(entry)]


def _is_wanted(entry: "os.DirEntry[str]") -> bool:
    if entry.name.startswith(JUNK_PREFIX) or entry.name == JUNK_FOLDER:
        return False
    try:
        return entry.is_dir() or (entry.is_file() and entry.name.lower().endswith(".json"))
    except OSError:  # a link that leads in a circle
        return False


def _looked_into(path: Path) -> Source:
    """Say whether a file is a report, by what it holds."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return _unreadable(path, f"it is larger than {MOST_BYTES // 2**20} MiB")
        told, _ = read_json(path.read_bytes())
    except OSError as error:
        return _unreadable(path, _why(error))
    except ValueError:
        return _unreadable(path, "it is cut, no JSON, or nested without end")
    is_report = isinstance(told, dict) and told.get("format") == FORMAT
    return Source("report" if is_report else "other", path)


def _absent(places: list[int], paths: int) -> InputError:
    """Say which paths are meant by their places: a path may be a name."""
    which = f"the {ordinal(places[0])} of {paths} paths" if paths > 1 else "the path"
    more = f" (and {len(places) - 1} more of them)" if len(places) > 1 else ""
    found = f"{which}{more} is absent or closed"
    evidence = {"places": places, "paths": paths}
    return InputError("path_unreadable", found, "Check the paths and their rights", evidence)


def ordinal(number: int) -> str:
    """Say which one in a row.

    Examples
    --------
    >>> [ordinal(number) for number in (1, 2, 3, 11, 23)]
    ['1st', '2nd', '3rd', '11th', '23rd']
    """
    teen = number % 100 in {11, 12, 13}
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _unreadable(path: Path, reason: str) -> Source:
    return Source("unknown", path, problem("json_unreadable", reason=reason))


def _identity(path: Path) -> Identity | None:
    """Tell a file or folder apart from every other; None where it is absent or closed."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _why(error: OSError) -> str:
    """Say why in the system's words, which name no path."""
    return (error.strerror or type(error).__name__).lower()
