"""The reviews below a folder, by the study that they are of.

A review is known by its ``review.json``; what it says is read with the study, in a worker. A folder
that only looks like a review is told, and costs nothing. Which of several studies with one key was
read, ``owners`` finds out.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mriview.errors import InputError, MriviewError
from mriview.review.head import HEAD, read_head
from mriview.review.record import EVENTS, MASKS, STUDY
from mriview.scans.keys import unnumbered
from mriview.values import problem

_KEY = re.compile(r"[0-9a-f]{16}(-[0-9]+)?")


class ReviewPlace(NamedTuple):
    """A review: of which study, by whom, where, and the state of its files."""

    study_key: str
    reader: str
    folder: str
    state: str


class Reviews(NamedTuple):
    """All reviews below a folder, by keys without numbers, and what could not be read of them.

    ``folders`` are those of all, broken ones too: what lies in them is no scan.
    """

    by_study: Mapping[str, tuple[ReviewPlace, ...]]
    problems: tuple[dict[str, Any], ...]
    folders: tuple[str, ...] = ()

    def of(self, key: str) -> tuple[ReviewPlace, ...]:
        """Give the reviews of the studies with a key, whatever its number, by reader."""
        return self.by_study.get(unnumbered(key), ())

    def of_none(self, keys: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Say which reviews are of studies that are not among these."""
        here = {unnumbered(key) for key in keys}
        for key, places in sorted(self.by_study.items()):
            if key not in here:
                shown = key if _KEY.fullmatch(key) else "no key of a study"
                said = problem("review_without_study", reviews=len(places), study_key=shown)
                yield {"study_key": None, **said.as_json()}


def reviews_below(root: Path | None) -> Reviews:
    """Find the reviews below a folder; none where there is no folder.

    Raises
    ------
    InputError
        The folder cannot be read.
    """
    if root is None:
        return Reviews({}, ())
    if not os.path.isdir(root):  # noqa: PTH112 (says no of a name that is too long)
        found = "the folder of reviews is absent or closed"
        raise InputError("path_unreadable", found, "Check the path and its rights")
    by_study: dict[str, list[ReviewPlace]] = {}
    problems = []
    folders = [str(folder.absolute()) for folder in _folders(root)]
    for folder in folders:
        try:
            head = read_head(Path(folder))
        except MriviewError as error:
            problems.append({"study_key": None, "severity": "error", **error.as_json()})
            continue
        place = ReviewPlace(head.study_key, head.reader, folder, _state(Path(folder)))
        by_study.setdefault(unnumbered(head.study_key), []).append(place)
    ordered = {
        key: tuple(sorted(places, key=lambda place: (place.reader, place.folder)))
        for key, places in by_study.items()
    }
    return Reviews(ordered, tuple(problems), tuple(folders))


def _folders(root: Path) -> Iterator[Path]:
    entered = set()
    for folder, inner, names in os.walk(root, followlinks=True):
        if (real := os.path.realpath(folder)) in entered:  # however many links lead to it
            inner.clear()
            continue
        entered.add(real)
        inner.sort()
        if HEAD in names and (Path(folder) / HEAD).is_file():  # no pipe, which would never end
            inner.clear()  # what lies in a review is its own
            yield Path(folder)


def _state(folder: Path) -> str:
    """Digest of what the system says of its files: what a review says changes with one of these."""
    parts = [folder / name for name in (HEAD, STUDY, EVENTS)]
    said = []
    try:
        parts += sorted((folder / MASKS).iterdir())
    except OSError as error:
        said.append(type(error).__name__)
    for path in parts:
        try:
            status = path.stat()
        except OSError:
            continue
        said.append(f"{path.name}\0{status.st_size}\0{status.st_mtime_ns}")
    text = "\n".join(said).encode("utf-8", "surrogateescape")
    return hashlib.blake2b(text, digest_size=16).hexdigest()
