"""The one thing with a life: a review takes commands, keeps them, and says that it changed.

``open_review(study, reader="R1", folder="case.mriview")`` starts a review or goes on with one. A
command is completed, checked, folded and, where there is a folder, flushed to disk, in that order;
if any step refuses, nothing has changed. Marks and words are values in ``state``; files are in
``record``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Self

from psygnal import Signal

from mriview import __version__
from mriview.errors import BrokenRecordError, GuardError, MriviewError, RecordError
from mriview.review.answerable import Answerable, answerable
from mriview.review.commands import Command, Redo, SetClinical, Undo, command_from_json
from mriview.review.completion import complete
from mriview.review.facts import reading_of, reference_of, role_of
from mriview.review.guards import check
from mriview.review.guards_signature import check_signature
from mriview.review.head import Head, is_review, read_head, refuse_reader
from mriview.review.history import Event, History
from mriview.review.mandatory import OpenField, derived_limits, open_fields
from mriview.review.questions import Question, questions
from mriview.review.record import Record
from mriview.review.saved import Rehearsal, Saved
from mriview.review.state import ReviewState, Stamp
from mriview.scans import Role, Study
from mriview.scans.described import description_of
from mriview.scans.keys import unnumbered
from mriview.values import Mask

Clock = Callable[[], str]


def utc_now() -> str:
    """Give the time of a command, ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Review:
    """One reader's reading of one study.

    Parameters
    ----------
    study : Study
        What is read.
    reader : str
        Id of the reader.
    record : Record, optional
        The folder that keeps every command; None keeps the review in memory.
    clock : callable, optional
        Gives the time of a command.

    Attributes
    ----------
    changed : psygnal.Signal
        Emits the new `ReviewState` after every change.
    """

    changed: ClassVar[Signal] = Signal(ReviewState)

    def __init__(
        self, study: Study, reader: str, record: Record | None = None, clock: Clock = utc_now
    ) -> None:
        self.study, self.reader = study, reader
        self._record, self._clock = record, clock
        self._masks: dict[str, Mask] = {}
        self._history = history_of(record.lines) if record else History()

    @property
    def state(self) -> ReviewState:
        """What was said so far."""
        return self._history.state

    @property
    def history(self) -> History:
        """All events, those that were taken back included."""
        return self._history

    @property
    def folder(self) -> Path | None:
        """Where the record lies, None in memory."""
        return self._record.folder if self._record else None

    @property
    def torn_bytes(self) -> int:
        """Bytes of a torn last line that were cut off when the review was opened."""
        return self._record.torn_bytes if self._record else 0

    @property
    def can_undo(self) -> bool:
        """Whether a command can be taken back."""
        return self._history.can_undo and self.state.sign_off is None

    @property
    def can_redo(self) -> bool:
        """Whether a command that was taken back can be done again."""
        return self._history.can_redo and self.state.sign_off is None

    @property
    def reference(self) -> str | None:
        """Key of the series in whose frame positions are kept."""
        return reference_of(self.study, self.state)

    def role(self, key: str) -> Role:
        """Give the role of a series: the reader's word, else the tool's proposal."""
        return role_of(self.study, self.state, key)

    def questions(self) -> tuple[Question, ...]:
        """List the other causes with their answers and what the scans allow."""
        return questions(self.study, self.state)

    def answerable(self) -> tuple[Answerable, ...]:
        """Say of each part of the question whether these scans can answer it."""
        return answerable(self.study, self.state)

    def open_fields(self) -> tuple[OpenField, ...]:
        """List the mandatory fields that are still open."""
        return open_fields(reading_of(self.study, self.state))

    def limits_to_acknowledge(self) -> tuple[str, ...]:
        """Limits of the answers that the tool derived from what the scans cannot show."""
        return derived_limits(reading_of(self.study, self.state))

    def apply(self, command: Command | Mapping[str, object]) -> ReviewState:
        """Take one command, as a value or in its JSON form.

        Returns
        -------
        ReviewState
            After the command.

        Raises
        ------
        GuardError
            It is refused; nothing was changed.
        OutputError
            The record cannot be written; nothing was changed.
        """
        return self.apply_all([command])

    def apply_all(
        self, commands: Iterable[Command | Mapping[str, object]], times: Sequence[str | None] = ()
    ) -> ReviewState:
        """Take several commands, all or none; a refused one is named by its index.

        Parameters
        ----------
        commands : iterable
            Commands as values or in their JSON form.
        times : sequence, optional
            When each was given; the clock's time where left out.
        """
        listed = list(commands)
        history = self._history
        for index, item in enumerate(listed):
            time = times[index] if index < len(times) else None
            try:
                history = self._after(history, item, time)
            except MriviewError as error:
                error.evidence.setdefault("index", index)
                if len(listed) > 1:
                    error.where = f"commands[{index}]"
                raise
        if self._record:
            self._record.append(_line(history, seq) for seq in _new(self._history, history))
        self._history = history
        self.changed.emit(history.state)
        return history.state

    def undo(self, seq: int | None = None) -> ReviewState:
        """Take back a command, the last one if none is named."""
        return self.apply(Undo(seq=seq))

    def redo(self) -> ReviewState:
        """Do again what was taken back last."""
        return self.apply(Redo())

    def store(self, mask: Mask, series: str) -> str:
        """Keep the voxels of a mask on the grid of its series; give the digest for `SetMask`.

        Raises
        ------
        GuardError
            The study holds no such series.
        GeometryError
            The mask does not lie on the voxels of that series.
        """
        if series not in self.study.volumes:
            found = f"the study holds no series {series}"
            known = ", ".join(self.study.volumes) or "none"
            raise GuardError("series_unknown", found, f"Name one of: {known}", where=series)
        snapped = mask.snapped_to(self.study.volumes[series].grid)
        if self._record:
            self._record.keep_mask(snapped)
        self._masks[snapped.sha256] = snapped
        return snapped.sha256

    def mask(self, sha256: str) -> Mask:
        """Give the voxels of a mask that was stored."""
        if sha256 not in self._masks and self._record:
            self._masks[sha256] = self._record.mask(sha256)
        if sha256 not in self._masks:
            found = f"no mask {sha256[:8]} was stored in this review"
            raise GuardError("mask_unknown", found, "Store the mask before the command")
        return self._masks[sha256]

    def close(self) -> None:
        """Let go of the folder; the review can be opened again."""
        if self._record:
            self._record.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _after(
        self, history: History, item: Command | Mapping[str, object], time: str | None
    ) -> History:
        command = item if isinstance(item, Command) else command_from_json(item)
        stamp = Stamp(self.reader, time or self._clock(), len(history.events) + 1)
        if isinstance(command, SetClinical) and command.blinded and _was_sighted(history):
            found = "something was known of the patient in this reading"
            raise GuardError("blind_after_sight", found, "Start a new review to read it blind")
        check_signature(history.state)
        filled = complete(command, history.state, self.study, self.mask)
        check(filled, history.state, self.study, self.mask)
        return history.with_event(Event(filled, stamp))

    def draft(self) -> "Review":
        """Give a copy on which commands are tried: it reads what this one holds, keeps nothing."""
        record = Rehearsal(self._record) if self._record else None
        copy = Review(self.study, self.reader, None, self._clock)
        copy._record, copy._history, copy._masks = record, self._history, dict(self._masks)
        return copy


def open_review(
    study: Study,
    reader: str | None = None,
    folder: str | Path | None = None,
    *,
    clock: Clock = utc_now,
) -> Review:
    """Start a review of a study, or go on with the one that the folder holds.

    Parameters
    ----------
    study : Study
        What is read.
    reader : str, optional
        Who reads; needed for a new review, and that review's own for one that is there.
    folder : path, optional
        Keeps every command on disk; in memory without it.
    clock : callable, optional
        Gives the time of a command.

    Raises
    ------
    GuardError
        The reader is no name, or the record needs the table of a site that is not here.
    RecordError
        The folder is open elsewhere, of another study or reader, or holds no review.
    """
    if reader is not None:
        refuse_reader(reader)
    if folder is None:
        return Review(study, reader or "R1", None, clock)
    folder = Path(folder)
    if not is_review(folder):
        head = Head(study.key, _content(study), reader or "R1")
        record = Record.create(folder, head, description_of(study, head.series))
        return Review(study, head.reader, record, clock)
    head = _head_of(folder, study)
    if reader is not None and reader != head.reader:
        found = "the review belongs to another reader"
        raise RecordError("review_of_other_reader", found, "Give that reader, or a new folder")
    record = Record.open_existing(folder)
    try:
        return Review(study, head.reader, record, clock)
    except MriviewError:
        record.close()
        raise


def history_of(lines: Iterable[Mapping[str, Any]]) -> History:
    """Read the lines of a record into a history; they were checked when they were written.

    Raises
    ------
    BrokenRecordError
        A line holds a command that this version does not know, or that does not fold.
    GuardError
        A line holds a row of a site whose table is not here (``site_row_missing``).
    """
    events = []
    for number, line in enumerate(lines, start=1):
        try:
            command = command_from_json({"command": line["command"], "args": line["args"]})
            events.append(Event(command, _stamp(line, number)))
        except (MriviewError, KeyError) as error:
            if isinstance(error, MriviewError) and error.code.startswith("site_"):
                raise  # the record is whole: what it needs is the table of a site
            found = f"line {number} of the record is no command of this version"
            raise BrokenRecordError("record_broken", found, "Update mriview") from error
    history = History(tuple(events))
    try:
        history.state  # noqa: B018 (folding is the check)
    except MriviewError as error:
        found = f"the commands of the record do not follow from each other ({error.code})"
        raise BrokenRecordError("record_broken", found, "Restore the folder from a copy") from error
    return history


def _was_sighted(history: History) -> bool:
    """Whether any event, also one that was taken back, told what a blind reader may not know."""
    told = (event.command for event in history.events if isinstance(event.command, SetClinical))
    return any(said.history for said in told)


def _line(history: History, seq: int) -> dict[str, object]:
    event = history.events[seq - 1]
    return {
        "seq": seq,
        "time": event.stamp.time,
        "reader": event.stamp.reader,
        "software": __version__,
        **event.command.to_json(),
    }


def _new(before: History, after: History) -> range:
    return range(len(before.events) + 1, len(after.events) + 1)


def _content(study: Study) -> dict[str, str | None]:
    """Digest of each series; None where its voxels cannot be read."""
    content: dict[str, str | None] = {}
    for key, volume in study.volumes.items():
        try:
            content[key] = volume.content_sha256
        except MriviewError:
            content[key] = None
    return content


def open_saved(
    study: Study, folder: str | Path, *, content: Mapping[str, str | None] | None = None
) -> Review:
    """Read a review as it is saved: no lock is taken, so it may be open elsewhere.

    Parameters
    ----------
    study : Study
        What was read.
    folder : path
        Of the review; nothing in it is written or cut.
    content : mapping, optional
        Digest of the voxels of each series, None where they cannot be read; they are read for it
        where it is left out.

    Returns
    -------
    Review
        Takes no command.

    Raises
    ------
    RecordError
        The folder is of another study or holds no review.
    BrokenRecordError
        It is not what it says it is.
    """
    folder = Path(folder)
    head = _head_of(folder, study, content)
    return Review(study, head.reader, Saved(folder, head))


def _head_of(folder: Path, study: Study, content: Mapping[str, str | None] | None = None) -> Head:
    """Read what the review is of, and refuse where that is not the study."""
    head = read_head(folder)
    if content is None and unnumbered(head.study_key) == unnumbered(study.key):
        content = _content(study)
    head.demand(study.key, content or {})
    return head


def _stamp(line: Mapping[str, Any], number: int) -> Stamp:
    reader, time = line["reader"], line["time"]
    if not isinstance(reader, str) or not (time is None or isinstance(time, str)):
        found = f"line {number} of the record has a reader or a time that is no text"
        raise BrokenRecordError("record_broken", found, "Restore the folder from a copy")
    return Stamp(reader, time, number)
