"""How far the reviews are: begun, signed, or not to be read; never what they say.

The reviews that ``mriview review`` keeps in the user's data folder, or those below any folder. They
may be open elsewhere: nothing is locked, cut or written.
"""

from pathlib import Path
from typing import Any, NamedTuple

from mriview.errors import MriviewError
from mriview.review.record import read_events
from mriview.workflow.batch.reviews import ReviewPlace, reviews_below
from mriview.workflow.room import own_reviews_folder
from mriview.workflow.worklist.rows import SeenReview

SIGN = "sign"  # the command after which a record takes no other


class Seen(NamedTuple):
    """The reviews of a folder, and what could not be read there."""

    reviews: tuple[SeenReview, ...]
    problems: tuple[dict[str, Any], ...]


def reviews_seen(folder: Path | None = None) -> Seen:
    """Look how far the reviews below a folder are.

    Parameters
    ----------
    folder : Path, optional
        The user's own reviews where it is left out.

    Returns
    -------
    Seen
        A review whose record is broken is one with a code; a folder that is no review is a problem.

    Raises
    ------
    InputError
        The folder cannot be read (``path_unreadable``); that the user has none yet is no error.
    """
    if folder is None:
        own = own_reviews_folder()
        found = reviews_below(own if own.is_dir() else None)
    else:
        found = reviews_below(folder)
    places = (place for each in found.by_study.values() for place in each)
    return Seen(tuple(_seen(place) for place in places), found.problems)


def _seen(place: ReviewPlace) -> SeenReview:
    try:
        lines, _ = read_events(Path(place.folder))
    except MriviewError as error:
        return SeenReview(
            place.study_key,
            place.reader,
            code=error.code,
            found=error.found,
            remedy=error.remedy,
            folder=Path(place.folder),
        )
    times = (line.get("time") for line in lines)
    return SeenReview(
        place.study_key,
        place.reader,
        commands=len(lines),
        signed=any(line.get("command") == SIGN for line in lines),
        last=max((time for time in times if isinstance(time, str)), default=None),
        folder=Path(place.folder),
    )
