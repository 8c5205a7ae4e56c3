"""From the list to a study: which one is meant, and opening it from where it lies.

A study that a batch lists is opened by its key from the place that its ``keys.csv`` names; one of
an archive, from the archive. Which room shows it is the matter of ``mriview.workflow.room``.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from mriview.errors import InputError, MriviewError, UsageError
from mriview.scans import Study, Trust, open_batch, open_study
from mriview.scans.keys import unnumbered
from mriview.values import problem
from mriview.workflow.worklist.reviews import reviews_seen
from mriview.workflow.worklist.rows import ListedStudy, WorklistRow, next_to_read, worklist
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
    """

    rows: tuple[WorklistRow, ...]
    problems: tuple[dict[str, Any], ...] = ()
    trust: Trust | None = None


class ToRead(NamedTuple):
    """A study that is to be read, and the root of the list that it stands in, where it has one."""

    study: Study
    root: Path | None = None


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
    elsewhere = [one for one in seen.reviews if one.study_key not in keys]
    problems = list(seen.problems)
    if reviews is not None:  # in the user's own folder the reviews of all archives lie together
        of_others: dict[str, int] = {}
        for one in elsewhere:
            of_others[one.study_key] = of_others.get(one.study_key, 0) + 1
        for key, count in sorted(of_others.items()):
            said = problem("review_without_study", reviews=count, study_key=key)
            problems.append({"study_key": None, **said.as_json()})
    rows = worklist(listing.studies, seen.reviews, reader)
    return Worklist(rows, tuple(problems), listing.trust)


def to_read(
    path: Path,
    select: str | None = None,
    next_of: str | None = None,
    *,
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
    trust : {"sform", "qform"}, optional
        As `mriview.open_study` takes it.

    Raises
    ------
    UsageError
        Several studies and none was named (``several_studies``), none of the key
        (``study_absent``), or none is left to read (``nothing_to_read``).
    InputError
        As `listed_studies` and `open_listed` raise it.
    """
    if next_of is not None:
        found = open_worklist(path, next_of, trust=trust)
        return ToRead(open_listed(first_to_read(found).study, found.trust), path)
    if is_batch(path):
        listing = listed_studies(path, trust)
        return ToRead(open_listed(_chosen(listing, select), listing.trust), path)
    return ToRead(open_study(path, select, trust=trust), path if select else None)


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
