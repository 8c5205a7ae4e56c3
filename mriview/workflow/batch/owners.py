"""Whose reading it is where several studies of a run have one key: copies, some of them altered.

The voxels that a review was made on decide, and where they are those of several copies, the number
of its key, then the lowest number. They are looked at in workers, as any scan.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from mriview.errors import MriviewError
from mriview.review.head import read_head
from mriview.scans.keys import unnumbered
from mriview.scans.units import StudyUnit, open_unit
from mriview.workflow.batch.reading import content_of
from mriview.workflow.batch.reviews import ReviewPlace, Reviews
from mriview.workflow.batch.settings import BatchSettings
from mriview.workflow.executors import Executor


class Copies(NamedTuple):
    """The studies with one key, in the order of their numbers, and the reviews of any of them."""

    units: tuple[StudyUnit, ...]
    reviews: tuple[ReviewPlace, ...]


def owned_reviews(
    found: Sequence[StudyUnit], reviews: Reviews, settings: BatchSettings, executor: Executor
) -> Mapping[str, tuple[ReviewPlace, ...]]:
    """Give the reviews of each study of a run by its key.

    A review of voxels that no copy has goes to the first, which says so.

    Parameters
    ----------
    found : sequence of StudyUnit
        All studies of the run.
    reviews : Reviews
        All its reviews.
    settings : BatchSettings
        Of the run.
    executor : Executor
        Where copies are looked at.
    """
    equal: dict[str, list[StudyUnit]] = {}
    for unit in found:
        equal.setdefault(unnumbered(unit.key), []).append(unit)
    owned: dict[str, tuple[ReviewPlace, ...]] = {}
    doubtful: list[Copies] = []
    for key, copies in equal.items():
        places = reviews.of(key)
        if len(copies) > 1 and places:
            in_order = sorted(copies, key=lambda unit: (len(unit.key), unit.key))
            doubtful.append(Copies(tuple(in_order), places))
        else:
            owned.update(dict.fromkeys((unit.key for unit in copies), places))
    for done in executor.run(partial(owners_of, settings=settings), doubtful):
        units, places = done.job
        owners = done.result or (0,) * len(places)  # where looking ended the worker
        for n, unit in enumerate(units):
            mine = (one for one, owner in zip(places, owners, strict=True) if owner == n)
            owned[unit.key] = tuple(mine)
    return owned


def owners_of(copies: Copies, settings: BatchSettings) -> tuple[int, ...]:
    """Find for each review which of the copies it was made on.

    Parameters
    ----------
    copies : Copies
        Studies with one key, and reviews.
    settings : BatchSettings
        Of the run.

    Returns
    -------
    tuple of int
        Places among the copies; 0 where none has the voxels.
    """
    known: dict[int, Mapping[str, str | None]] = {}

    def content(number: int) -> Mapping[str, str | None]:
        if number not in known:
            unit = copies.units[number]
            study = open_unit(unit, settings.trust, settings.secret, settings.salt).study
            known[number], _ = content_of(study)
        return known[number]

    owners = []
    for place in copies.reviews:
        try:
            head = read_head(Path(place.folder))
        except MriviewError:  # it went since; whoever reads it says so
            owners.append(0)
            continue
        order = chain(_named(copies, place), range(len(copies.units)))
        fits = (n for n in order if head.is_of(copies.units[n].key, content(n)))
        owners.append(next(fits, 0))
    return tuple(owners)


def _named(copies: Copies, place: ReviewPlace) -> Iterator[int]:
    """Give the copy whose key a review has to the number, if there is one."""
    return (n for n, unit in enumerate(copies.units) if unit.key == place.study_key)
