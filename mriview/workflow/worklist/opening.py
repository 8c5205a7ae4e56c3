"""From the list to a study: which one is meant, and opening it from where it lies.

A study that a batch lists is opened by its key from the place that its ``keys.csv`` names; one of
an archive, from the archive. What was begun of it is gone on with where it lies. Which room shows
it is the matter of ``mriview.workflow.room``.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from mriview.errors import InputError, MriviewError, UsageError
from mriview.scans import Study, Trust, open_batch, open_study
from mriview.scans.keys import unnumbered
from mriview.values import problem
from mriview.workflow.room import DEFAULT_READER, ToRead
from mriview.workflow.worklist.reviews import reviews_seen, with_numbers
from mriview.workflow.worklist.rows import (
    ListedStudy,
    SeenReview,
    WorklistRow,
    next_to_read,
    worklist,
)
from mriview.workflow.worklist.studies import Listing, is_batch, listed_studies

SOME_KEYS = 12  # of studies, in one sentence


class Worklist(NamedTuple):
    """The list below a root.

    Parameters
    ----------
    rows : tuple of WorklistRow
        In the order in which studies are read.
    problems : tuple of mapping
        Folders that are no review, and reviews of studies that are not here.
    trust : str or None
        Which matrix of NIfTI files the studies were found with.
    readings : tuple of SeenReview
        What the tables of a batch tell, of all readers.
    reviews : Path or None
        Folder of reviews that it was made with; None for the user's own.
    other_readers : tuple of str
        Who has begun a study of it where the reader who asked has begun none: an id may be
        misspelt.
    """

    rows: tuple[WorklistRow, ...]
    problems: tuple[dict[str, Any], ...] = ()
    trust: Trust | None = None
    readings: tuple[SeenReview, ...] = ()
    reviews: Path | None = None
    other_readers: tuple[str, ...] = ()


def open_worklist(
    root: Path,
    reader: str | None = None,
    reviews: Path | None = None,
    *,
    trust: Trust | None = None,
) -> Worklist:
    """List the studies below a root with what was read of them.

    Parameters
    ----------
    root : Path
        Folder of a batch, or an archive.
    reader : str, optional
        Whose list it is; of all readers where left out.
    reviews : Path, optional
        Folder of reviews; the user's own where left out.
    trust : {"sform", "qform"}, optional
        As `listed_studies` takes it.

    Raises
    ------
    InputError, UsageError
        As `listed_studies` raises them, and where the folder of reviews cannot be read.
    """
    return worklist_of(listed_studies(root, trust), reader, reviews)


def worklist_of(
    listing: Listing, reader: str | None = None, reviews: Path | None = None
) -> Worklist:
    """Put what was read of studies beside them, as `open_worklist` does.

    Raises
    ------
    InputError
        The folder of reviews cannot be read.
    """
    seen = reviews_seen(reviews)
    keys = {study.key for study in listing.studies}
    on_disk = tuple(with_numbers(seen.reviews, listing.readings))
    elsewhere = [one for one in on_disk if one.study_key not in keys]
    problems = list(seen.problems)
    if reviews is not None:  # in the user's own folder the reviews of all archives lie together
        of_others: dict[str, int] = {}
        for one in elsewhere:
            of_others[one.study_key] = of_others.get(one.study_key, 0) + 1
        for key, count in sorted(of_others.items()):
            said = problem("review_without_study", reviews=count, study_key=key)
            problems.append({"study_key": None, **said.as_json()})
    known = *on_disk, *listing.readings
    rows = worklist(listing.studies, known, reader)
    begun = {one.reader for one in known if one.study_key in keys and one.status != "unread"}
    others = () if reader is None or reader in begun else tuple(sorted(begun))
    return Worklist(rows, tuple(problems), listing.trust, listing.readings, reviews, others)


def to_read(
    path: Path,
    select: str | None = None,
    next_of: str | None = None,
    *,
    reader: str | None = None,
    reviews: Path | None = None,
    folder: Path | None = None,
    trust: Trust | None = None,
) -> ToRead:
    """Open the study that is meant: the only one, the one of a key, or the next of a reader's list.

    Parameters
    ----------
    path : Path
        Scans, an archive, or the folder of a batch.
    select : str, optional
        Key of the study where the path holds several.
    next_of : str, optional
        A reader: what is first in the list for them is opened.
    reader : str, optional
        Who reads; `next_of`, else ``R1``, where left out.
    reviews : Path, optional
        Folder of reviews; the user's own where left out.
    folder : Path, optional
        Where the reading is kept, whatever there is elsewhere.
    trust : {"sform", "qform"}, optional
        As `mriview.open_study` takes it.

    Returns
    -------
    ToRead
        With the folder of the reading where the reader has begun one.

    Raises
    ------
    UsageError
        Several studies and none was named (``several_studies``), none of the key
        (``study_absent``), none is left to read (``nothing_to_read``), or a reading was begun and
        it is not known where (``reading_elsewhere``).
    InputError
        As `open_worklist` and `open_listed` raise it.
    """
    who = reader or next_of or DEFAULT_READER
    if next_of is None and not is_batch(path):
        study = open_study(path, select, trust=trust)
        root = path if select else None
        if folder is not None or (reviews is None and root is None):
            return ToRead(study, root, reviews)
        listing = Listing((ListedStudy(study.key),))
        (row,) = worklist_of(listing, who, reviews).rows
        return ToRead(study, root, reviews, reading_of(row))
    listing = listed_studies(path, trust)
    if next_of is None:
        chosen = _chosen(listing, select)
        found = worklist_of(listing, who, reviews)
        row = next(row for row in found.rows if row.key == chosen.key)
    else:
        found = worklist_of(listing, next_of, reviews)
        row = first_to_read(found)
    begun = reading_of(row) if folder is None else None
    return ToRead(open_listed(row.study, found.trust), path, reviews, begun)


def reading_of(row: WorklistRow) -> Path | None:
    """Give the folder of what the reader of a list has begun of a study.

    Parameters
    ----------
    row : WorklistRow
        Of the list of one reader.

    Returns
    -------
    Path or None
        None where nothing was begun.

    Raises
    ------
    UsageError
        It is known from the tables of a batch only (``reading_elsewhere``): a second one is not
        begun beside it.
    """
    for review in row.reviews:
        if review.known_from == "review":
            return review.folder
        if review.status != "unread":
            told = "the batch knows a reading that this reader has"
            found = f"{told} {'signed' if review.signed else 'begun'}, and not where it lies"
            remedy = "Give the folder of the reviews with mriview review --reviews"
            raise UsageError("reading_elsewhere", found, remedy, {"study_key": row.key})
    return None


def first_to_read(found: Worklist) -> WorklistRow:
    """Give the line of a list that comes next.

    Raises
    ------
    UsageError
        Nothing is left to read (``nothing_to_read``).
    """
    row = next_to_read(found.rows)
    if row is None:
        told = f"of {len(found.rows)} listed studies none is left to read"
        raise UsageError("nothing_to_read", told, "Run mriview worklist to see what became of them")
    return row


def open_listed(listed: ListedStudy, trust: Trust | None = None) -> Study:
    """Open a study of a list from where it lies.

    Parameters
    ----------
    listed : ListedStudy
    trust : {"sform", "qform"}, optional
        With which it was found.

    Returns
    -------
    Study
        With the key of the list, also where that is numbered among equal ones.

    Raises
    ------
    InputError
        It cannot be read (its own code), or is no longer at its place (``study_moved``).
    """
    if listed.found in {"failed", "no_scan"} or listed.place is None:
        code = listed.code or "study_unreadable"
        found = f"the study cannot be opened ({code})"
        raise InputError(code, found, "See problems.jsonl of the batch, or mriview info")
    try:
        studies = list(open_batch(listed.place, trust=trust))
    except MriviewError as error:
        if error.code != "path_unreadable":
            raise
        studies = []
    equal = unnumbered(listed.key)
    for key in (listed.key, equal):
        for study in studies:
            if study.key == key:
                return study if key == listed.key else replace(study, key=listed.key)
    found = "the study is no longer where it was found, or the archive is not connected"
    raise InputError("study_moved", found, "Connect it, or run mriview batch with --resume")


def _chosen(listing: Listing, select: str | None) -> ListedStudy:
    studies: Sequence[ListedStudy] = listing.studies
    if select is None and len(studies) == 1:
        return studies[0]
    for study in studies:
        if study.key == select:
            return study
    keys = [study.key for study in studies]
    more = f" ... ({len(keys) - SOME_KEYS} more: mriview worklist)" if keys[SOME_KEYS:] else ""
    remedy = f"Select one of {', '.join(keys[:SOME_KEYS])}{more}, or the next one with --next"
    if select is None:
        found = f"the batch holds {len(keys)} studies"
        raise UsageError("several_studies", found, remedy, {"keys": keys})
    found = f"none of the {len(keys)} studies of the batch has the key {select!r}"
    raise UsageError("study_absent", found, remedy, {"keys": keys})
