"""Opening a reading room on a study: the review folder, and the room found by its entry point.

A reading that was begun is gone on with where it lies; where a new one goes is decided here.
Which room there is, the core does not know; ``mriview.rooms`` names it. Without one, and without a
display, one sentence says what to install.
"""

import hashlib
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from mriview.errors import MissingExtraError, RecordError, ScanError
from mriview.review import Review, open_review
from mriview.review.record import take_back
from mriview.scans import Study
from mriview.values import Problem

NAME_DIGITS = 8  # of the digest of a reader's id in a folder name
DEFAULT_READER = "R1"  # of a review where nobody is named
OTHER_IMAGES = "review_of_other_study"  # refusal of a folder


class ToRead(NamedTuple):
    """A study that is to be read, and where its readings lie.

    Parameters
    ----------
    study : Study
    root : Path or None
        Of the list that it stands in, where it has one.
    reviews : Path or None
        Folder of the reviews of that list; None for the user's own.
    begun : Path or None
        Folder of the reading of it that the reader has begun there.
    """

    study: Study
    root: Path | None = None
    reviews: Path | None = None
    begun: Path | None = None


def open_in_room(
    find: Callable[[], ToRead],
    reader: str | None = None,
    folder: Path | None = None,
) -> Path | None:
    """Open a study in the reading room and stay until it is closed.

    Parameters
    ----------
    find : callable
        Gives the study, and where its worklist and its readings lie
        (`mriview.workflow.worklist.to_read`). Called once it is known that there is a room.
    reader : str, optional
        Id of the reader, ``R1`` for a new review.
    folder : Path, optional
        Review folder; what was begun, else one among the reviews of the list, if left out.

    Returns
    -------
    Path or None
        The folder that keeps the reading.

    Raises
    ------
    MissingExtraError
        No room is installed, or there is no display.
    """
    points = list(entry_points(group="mriview.rooms"))
    if not points:
        found = "no reading room is installed"
        raise MissingExtraError("room_missing", found, "Run pip install 'mriview[room]'")
    try:
        room = points[0].load()
    except ImportError as error:
        found = "the reading room is not installed completely"
        remedy = "Run pip install 'mriview[room]'"
        raise MissingExtraError("room_missing", found, remedy) from error
    asked = find()
    study = readable(asked.study)
    listed = {"worklist": asked.root, "reviews": asked.reviews} if asked.root else {}
    given = {name: path for name, path in listed.items() if path is not None}
    with _review(study, reader, folder, asked) as review:
        kept = review.folder
        try:
            room(study, review, **given)
        except MissingExtraError:
            review.close()
            if kept is not None and kept != asked.begun:
                take_back(kept, made=folder is None)  # no window, no reading: leave nothing behind
            raise
    return kept


def readable(study: Study) -> Study:
    """Read the voxels of a study, and leave out the series whose voxels cannot be read.

    Headers do not show that voxels are cut or corrupt; who draws a study must know it before.

    Returns
    -------
    Study
        With a problem for each series that was left out; the same one where there is none.
    """
    volumes, lost = {}, []
    for key, volume in study.volumes.items():
        try:
            volume.voxels  # noqa: B018 (reading is the check; the volume keeps them)
        except ScanError as error:
            said = Problem(error.code, "error", error.found, error.remedy, error.evidence, key)
            lost.append(said)
        else:
            volumes[key] = volume
    if not lost:
        return study
    return replace(study, volumes=MappingProxyType(volumes), problems=(*study.problems, *lost))


def _review(study: Study, reader: str | None, folder: Path | None, asked: ToRead) -> Review:
    if folder is not None:
        return open_review(study, reader, folder)
    return kept_review(study, reader, asked.reviews, asked.begun)


def kept_review(
    study: Study,
    reader: str | None = None,
    reviews: Path | None = None,
    begun: Path | None = None,
) -> Review:
    """Go on with what a reader has begun of a study, or begin it.

    Parameters
    ----------
    study : Study
        What is read.
    reader : str, optional
        Who reads; ``R1`` for a new review.
    reviews : Path, optional
        Folder that a new review goes into; the user's own where left out.
    begun : Path, optional
        Folder of what was begun; of other images, it stays what it is.

    Raises
    ------
    RecordError
        It is open elsewhere, or broken.
    """
    if begun is not None:
        try:
            return open_review(study, reader, begun)
        except RecordError as error:
            if error.code != OTHER_IMAGES:
                raise
    return default_review(study, reader, reviews=reviews)


def default_review(
    study: Study,
    reader: str | None = None,
    folder: Path | None = None,
    *,
    reviews: Path | None = None,
) -> Review:
    """Open the review of a study by a reader: the given folder, or that of both among reviews.

    Without a folder of reviews, among the user's own. A study that was exported again, with other
    images, has the same key. Its reading begins anew in a folder of its own, and the one of the
    images before stays what it is.
    """
    if folder is not None:
        return open_review(study, reader, folder)
    below = own_reviews_folder() if reviews is None else reviews
    digest = hashlib.sha256((reader or DEFAULT_READER).encode()).hexdigest()[:NAME_DIGITS]
    own, number = f"{study.key}-{digest}", 1
    while True:
        ending = "" if number == 1 else f"-{number}"
        try:
            return open_review(study, reader, below / f"{own}{ending}.mriview")
        except RecordError as error:
            if error.code != OTHER_IMAGES:
                raise
        number += 1


def own_reviews_folder() -> Path:
    """Name the folder of the reviews that were given none of their own."""
    return user_data_folder() / "reviews"


def user_data_folder() -> Path:
    """Find the user's data folder of this program, by the custom of the operating system."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local")) / "mriview"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/mriview"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "mriview"
