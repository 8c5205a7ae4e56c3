"""How far the reviews are: begun, signed, or not to be read; never what they say.

The reviews that ``mriview review`` keeps in the user's data folder, or those below any folder. They
may be open elsewhere: nothing is locked, cut or written.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from mriview.errors import MriviewError
from mriview.review.record import read_events
from mriview.scans.keys import unnumbered
from mriview.workflow.batch.reviews import ReviewPlace, reviews_below
from mriview.workflow.room import own_reviews_folder
from mriview.workflow.worklist.rows import SeenReview

SIGN = "sign"  # the command after which a record takes no other
_REMEDIES = {"not_a_review": "Restore review.json from a copy, or take the folder away"}


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
    problems = (
        {**said, "remedy": _REMEDIES.get(said["code"], said["remedy"])} for said in found.problems
    )
    return Seen(tuple(_seen(place) for place in places), tuple(problems))


def with_numbers(
    reviews: Iterable[SeenReview], readings: Iterable[SeenReview]
) -> Iterator[SeenReview]:
    """Give reviews of copies in a run the numbers that their studies have there.

    Copies of a study have one key but for its number, which a review that was made elsewhere does
    not know. Which of them it is of, the run has found by the voxels.

    Parameters
    ----------
    reviews : iterable of SeenReview
        As their folders say.
    readings : iterable of SeenReview
        As the tables of the run say.
    """
    told: dict[tuple[str, str, str], set[str]] = {}
    for one in readings:
        if one.started is not None:
            same = unnumbered(one.study_key), one.reader, one.started
            told.setdefault(same, set()).add(one.study_key)
    for one in reviews:
        keys = told.get((unnumbered(one.study_key), one.reader, one.started or ""), set())
        if len(keys) == 1 and one.study_key not in keys:
            yield replace(one, study_key=min(keys))
        else:
            yield one


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
    times = [time for line in lines if isinstance(time := line.get("time"), str)]
    return SeenReview(
        place.study_key,
        place.reader,
        commands=len(lines),
        signed=any(line.get("command") == SIGN for line in lines),
        last=max(times, default=None),
        folder=Path(place.folder),
        started=times[0] if times else None,
    )
