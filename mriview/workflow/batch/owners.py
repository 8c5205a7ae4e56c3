"""Whose reading it is where several studies of a run have one key: copies, some of them altered.

The voxels that a review was made on decide, and where they are those of several copies, the number
of its key, then the lowest number. Each copy is looked at by itself in a worker, as any scan, and
once: what it held is kept in the ledger.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from mriview.errors import MriviewError
from mriview.review.head import Head, read_head
from mriview.scans.keys import unnumbered
from mriview.scans.units import StudyUnit, open_unit
from mriview.workflow.batch.ledger import Ledger
from mriview.workflow.batch.reading import content_of
from mriview.workflow.batch.reviews import ReviewPlace, Reviews
from mriview.workflow.batch.settings import BatchSettings
from mriview.workflow.executors import Executor

Content = Mapping[str, str | None]


def owned_reviews(
    found: Sequence[StudyUnit],
    reviews: Reviews,
    settings: BatchSettings,
    executor: Executor,
    ledger: Ledger,
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
    ledger : Ledger
        What an earlier run saw of them.
    """
    equal: dict[str, list[StudyUnit]] = {}
    for unit in found:
        equal.setdefault(unnumbered(unit.key), []).append(unit)
    owned: dict[str, tuple[ReviewPlace, ...]] = {}
    doubtful: list[list[StudyUnit]] = []
    for key, copies in equal.items():
        if len(copies) > 1 and reviews.of(key):
            doubtful.append(sorted(copies, key=lambda unit: (len(unit.key), unit.key)))
        else:
            owned.update((unit.key, reviews.of(key)) for unit in copies)
    content = _contents(
        [unit for copies in doubtful for unit in copies], settings, executor, ledger
    )
    for copies in doubtful:
        places = reviews.of(copies[0].key)
        owners = [_owner(place, copies, content) for place in places]
        for unit in copies:
            mine = (one for one, who in zip(places, owners, strict=True) if who is unit)
            owned[unit.key] = tuple(mine)
    return owned


def _owner(
    place: ReviewPlace, copies: Sequence[StudyUnit], content: Mapping[str, Content]
) -> StudyUnit:
    """Find the copy that a review was made on; the first where none has the voxels."""
    try:
        head = read_head(Path(place.folder))
    except MriviewError:  # it went since; whoever reads it says so
        return copies[0]
    fits = [unit for unit in copies if _is_of(head, unit, content)]
    by_number = (unit for unit in fits if unit.key == head.study_key)
    return next(by_number, fits[0] if fits else copies[0])


def _is_of(head: Head, unit: StudyUnit, content: Mapping[str, Content]) -> bool:
    return unit.key in content and head.is_of(unit.key, content[unit.key])


def _contents(
    units: Sequence[StudyUnit], settings: BatchSettings, executor: Executor, ledger: Ledger
) -> dict[str, Content]:
    """Give what each copy holds; one that ends its worker holds nothing that anybody can read."""
    known = {unit.key: ledger.content(unit.key, unit.fingerprint) for unit in units}
    content: dict[str, Content] = {}
    content.update((key, told) for key, told in known.items() if told is not None)
    look = partial(content_of_unit, settings=settings)
    for done in executor.run(look, [unit for unit in units if unit.key not in content]):
        if done.result is not None:
            content[done.job.key] = done.result
            ledger.keep_content(done.job.key, done.job.fingerprint, done.result)
    return content


def content_of_unit(unit: StudyUnit, settings: BatchSettings) -> dict[str, str | None]:
    """Give the series of a study with the digests of their voxels, None for what cannot be read."""
    study = open_unit(unit, settings.trust, settings.secret, settings.salt).study
    return content_of(study)[0]
