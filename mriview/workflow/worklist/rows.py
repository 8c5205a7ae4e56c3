"""The list itself: each study once, with what was read of it, in the order in which it is read.

Pure functions of plain values. Where studies are found is the matter of ``studies``, which reviews
there are that of ``reviews``; what a reader answered is in neither.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from mriview.review.answerable import Verdict

Found = Literal["reported", "waiting", "no_scan", "failed", "gone"]
Status = Literal["in_progress", "unread", "signed", "unreadable"]
STATUSES: tuple[Status, ...] = get_args(Status)  # in the order of the list
OPENED: frozenset[Found] = frozenset({"reported", "waiting"})


@dataclass(frozen=True, slots=True)
class ListedStudy:
    """A study as the list knows it: facts of headers, nothing of a reading.

    Parameters
    ----------
    key : str
        Study key.
    found : str
        ``reported``: it holds a volume; ``waiting``: a batch has found it and not read it yet;
        ``no_scan``, ``failed``, ``gone``: it cannot be read.
    code : str or None
        Of what stopped it, or of the worst thing that is wrong with it.
    roles : tuple of str
        Kinds of series that it holds.
    contact : {"yes", "not_yet", "no"} or None
        Whether its scans can show a contact; None where that is not known.
    problems : tuple of str
        Codes of its errors and warnings.
    place : Path or None
        Where it lies; for the user's own eyes.
    """

    key: str
    found: Found = "reported"
    code: str | None = None
    roles: tuple[str, ...] = ()
    contact: Verdict | None = None
    problems: tuple[str, ...] = ()
    place: Path | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SeenReview:
    """How far one review is, without what it says.

    Parameters
    ----------
    study_key, reader : str
        Of which study, by whom.
    commands : int
        How many commands its record holds.
    signed : bool
        Whether the reading was ended.
    last : str or None
        Time of the last command.
    code : str or None
        Why its record cannot be read; it was begun then.
    known_from : {"review", "batch"}
        Whether its folder was looked into, or only the tables of a run tell of it.
    found, remedy : str or None
        The sentence that belongs to the code.
    folder : Path or None
        Where it lies; for the user's own eyes.
    started : str or None
        Time of the first command.
    """

    study_key: str
    reader: str
    commands: int = 0
    signed: bool = False
    last: str | None = None
    code: str | None = None
    known_from: Literal["review", "batch"] = "review"
    found: str | None = None
    remedy: str | None = None
    folder: Path | None = field(default=None, repr=False)
    started: str | None = None

    @property
    def status(self) -> Status:
        """Signed, in progress, or nothing said yet."""
        if self.signed:
            return "signed"
        return "in_progress" if self.commands or self.code else "unread"


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One line: a study, its status, and the review of each reader that began one.

    Parameters
    ----------
    study : ListedStudy
    status : Status
        Of the reader who asked; of all where nobody is named: in progress for anybody, else signed
        by somebody, else unread.
    reviews : tuple of SeenReview
        One a reader, by reader; only the own one where a reader asked.
    """

    study: ListedStudy
    status: Status
    reviews: tuple[SeenReview, ...] = ()

    @property
    def key(self) -> str:
        """Key of the study."""
        return self.study.key


def worklist(
    studies: Iterable[ListedStudy], reviews: Iterable[SeenReview], reader: str | None = None
) -> tuple[WorklistRow, ...]:
    """List studies in the order in which they are read.

    Parameters
    ----------
    studies : iterable of ListedStudy
        Of equal keys the first counts.
    reviews : iterable of SeenReview
        Of whatever studies; those of others are left out. Where a reader has several reviews of one
        study, the one with the last command counts; where that is known from the tables of a run
        and the record on disk is broken, the record, which stays signed where it was.
    reader : str, optional
        Whose list it is.

    Returns
    -------
    tuple of WorklistRow
        What is in progress, what is unread, what was signed, what cannot be read; by key.

    Examples
    --------
    >>> begun = SeenReview("b", "R1", commands=3)
    >>> rows = worklist([ListedStudy("a"), ListedStudy("b")], [begun], reader="R1")
    >>> [(row.key, row.status) for row in rows]
    [('b', 'in_progress'), ('a', 'unread')]
    """
    every: dict[str, dict[str, list[SeenReview]]] = {}
    for review in reviews:
        if reader in {None, review.reader}:
            every.setdefault(review.study_key, {}).setdefault(review.reader, []).append(review)
    rows: dict[str, WorklistRow] = {}
    for study in studies:
        mine = every.get(study.key, {})
        seen = tuple(_that_counts(mine[name]) for name in sorted(mine))
        rows.setdefault(study.key, WorklistRow(study, _status(study, seen), seen))
    return tuple(sorted(rows.values(), key=lambda row: (STATUSES.index(row.status), row.key)))


def next_to_read(
    rows: Sequence[WorklistRow], after: str | None = None, *, unread_only: bool = False
) -> WorklistRow | None:
    """Choose the study that is read next.

    Parameters
    ----------
    rows : sequence of WorklistRow
        In their order.
    after : str, optional
        Key of the study that was read: the next key is chosen, from the first again after the last,
        and never that study.
    unread_only : bool
        Whether what is in progress is passed over.

    Returns
    -------
    WorklistRow or None
        None where nothing is left.

    Examples
    --------
    >>> rows = worklist([ListedStudy("a"), ListedStudy("b"), ListedStudy("c")], [])
    >>> next_to_read(rows).key, next_to_read(rows, "a").key, next_to_read(rows, "c").key
    ('a', 'b', 'a')
    """
    wanted = {"unread"} if unread_only else {"unread", "in_progress"}
    left = [row for row in rows if row.status in wanted and row.key != after]
    if after is not None:
        left.sort(key=lambda row: (row.key < after, row.key))
    return left[0] if left else None


def _status(study: ListedStudy, seen: Sequence[SeenReview]) -> Status:
    """Say how far the reviews of a study are; a signed one is, whatever became of its scans."""
    said = {review.status for review in seen}
    for status in ("in_progress", "signed"):
        if status in said and (status == "signed" or study.found in OPENED):
            return status
    return "unread" if study.found in OPENED else "unreadable"


def _that_counts(reviews: Sequence[SeenReview]) -> SeenReview:
    """Choose among the reviews of one study by one reader."""
    last = max(reviews, key=_age)
    broken = [one for one in reviews if one.code is not None and one.known_from == "review"]
    if last.known_from == "batch" and broken:  # the folder that the run has read, as it is now
        return replace(max(broken, key=_age), signed=last.signed)
    return last


def _age(review: SeenReview) -> tuple[object, ...]:
    """Order reviews; of the same reading, its record is at least as late as the run's row."""
    on_disk = review.known_from == "review"
    how_far = review.last or "", on_disk, review.commands, review.signed, review.code or ""
    rest = review.remedy, review.found, review.folder, review.started
    return *how_far, *(str(each or "") for each in rest)
