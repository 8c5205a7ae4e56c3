"""A review on disk: an append-only log, one flushed line a command, and masks by their content.

``review.json`` says what is read and by whom, ``study.json`` what the scans are but for voxels;
both never change. ``events.jsonl`` is the record; ``masks/<sha256>.nii.gz`` are voxels. A line
counts as saved when it is on the disk (fsync). A torn last line is cut off and said; a lock of the
operating system keeps two programs apart. What the commands mean is not known here.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from mriview.errors import (
    BrokenRecordError,
    InputError,
    MriviewError,
    OutputError,
    RecordError,
)
from mriview.review.head import HEAD, Head, is_review, read_head
from mriview.review.lock import take_lock
from mriview.scans.described import BEGINNING
from mriview.values import Mask
from mriview.values.strict_json import NestingError, read_json

STUDY, EVENTS = "study.json", "events.jsonl"
MASKS, LOCK = "masks", "lock"


class Record:
    """An open review folder; holds the lock until it is closed.

    Use `create` for a new folder and `open_existing` for one that is there. ``torn_bytes`` says
    how much of a torn last line was cut off on opening.
    """

    def __init__(
        self, folder: Path, head: Head, lines: Sequence[dict[str, Any]], lock: IO[bytes]
    ) -> None:
        self.folder, self.head, self.lines = folder, head, tuple(lines)
        self.torn_bytes = 0
        self._lock = lock
        try:
            self._events = (folder / EVENTS).open("ab", buffering=0)
        except OSError as error:
            lock.close()
            raise OutputError.not_writable("the record", _why(error)) from error

    @classmethod
    def create(cls, folder: Path, head: Head, description: bytes) -> Self:
        """Start a review in a new or empty folder.

        What an earlier `create` left that was killed is no obstacle. ``review.json`` is written
        last: a folder without it is no review.

        Parameters
        ----------
        folder : Path
            Made where it is absent.
        head : Head
            What the review is of.
        description : bytes
            Of its study (`mriview.scans.described`).

        Raises
        ------
        RecordError
            The folder holds something already, or another program is making a review there.
        OutputError
            It cannot be written.
        """
        made = not folder.exists()
        try:
            if not made and _holds_something_else(folder) and not (folder / LOCK).is_file():
                raise _not_empty()
            folder.mkdir(parents=True, exist_ok=True)
            lock = _locked(folder)
        except OSError as error:
            raise OutputError.not_writable("the review folder", _why(error)) from error
        try:
            _fill(folder, head, description)
            return cls(folder, head, (), lock)
        except RecordError:
            lock.close()
            raise
        except (OSError, OutputError) as error:
            lock.close()
            take_back(folder, made=made)
            if isinstance(error, OutputError):
                raise
            raise OutputError.not_writable("the review folder", _why(error)) from error

    @classmethod
    def open_existing(cls, folder: Path) -> Self:
        """Open a review to go on; a torn last line is cut off.

        Raises
        ------
        RecordError
            It is no review, of a newer version, broken inside, or open elsewhere.
        """
        head = read_head(folder)
        try:
            lock = _locked(folder)
        except OSError as error:
            raise OutputError.not_writable("the record", _why(error)) from error
        try:
            lines, torn = read_events(folder)
            if torn:
                _cut(folder / EVENTS, torn)
        except (OSError, RecordError) as error:
            lock.close()
            if isinstance(error, OSError):
                raise OutputError.not_writable("the record", _why(error)) from error
            raise
        record = cls(folder, head, lines, lock)
        record.torn_bytes = torn
        return record

    def append(self, lines: Iterable[Mapping[str, object]]) -> None:
        """Put events on the disk, all or none; only then do they count.

        Raises
        ------
        OutputError
            The disk refused them; what stood there before is untouched.
        """
        text = (json.dumps(line, ensure_ascii=False, allow_nan=False) for line in lines)
        data = "".join(f"{line}\n" for line in text).encode()
        start = self._events.seek(0, os.SEEK_END)
        try:
            written = self._events.write(data)
            os.fsync(self._events.fileno())
        except OSError as error:
            self._events.truncate(start)
            raise OutputError.not_writable("the command", _why(error)) from error
        if written != len(data):
            self._events.truncate(start)
            raise OutputError.not_writable("the command", "no space left on device")

    def keep_mask(self, mask: Mask) -> None:
        """Keep the voxels of a mask under their digest."""
        path = self.folder / MASKS / f"{mask.sha256}.nii.gz"
        if not path.exists():
            try:
                _write_whole(path, mask.nifti_bytes())
            except OSError as error:
                raise OutputError.not_writable("the mask", _why(error)) from error

    def mask(self, sha256: str) -> Mask:
        """Read a mask back and check it against its name."""
        return read_mask(self.folder, sha256)

    def close(self) -> None:
        """Let go of the folder."""
        self._events.close()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def has_events(folder: Path) -> bool:
    """Whether a folder holds a review with a single byte of its record, or one that lost it."""
    events = folder / EVENTS
    return is_review(folder) and (not events.is_file() or events.stat().st_size > 0)


def take_back(folder: Path, *, made: bool) -> None:
    """Remove a review that was closed before a single command was saved; any other is left alone.

    Parameters
    ----------
    folder : Path
        Of the review.
    made : bool
        Whether the folder itself was made with the review and goes with it.
    """
    if has_events(folder):
        return
    with suppress(OSError):
        first = (folder / name for name in (HEAD, STUDY, EVENTS))
        for path in (*first, *(folder / MASKS).glob("*"), folder / LOCK):
            path.unlink(missing_ok=True)
        (folder / MASKS).rmdir()
        if made:
            folder.rmdir()


def read_events(folder: Path) -> tuple[list[dict[str, Any]], int]:
    """Read the events, and how many bytes of a torn last line follow them.

    Raises
    ------
    BrokenRecordError
        The record is absent, a line before the last is broken, or the numbers have a hole.
    InputError
        It cannot be read.
    """
    path = folder / EVENTS
    if not path.is_file():
        found = f"{EVENTS} is absent"
        raise BrokenRecordError("record_broken", found, "Restore the folder from a copy")
    try:
        data = path.read_bytes()
    except OSError as error:
        found = f"the record cannot be read ({_why(error)})"
        raise InputError("record_unreadable", found, "Ask for leave to read the folder") from error
    raw = data.split(b"\n")
    torn = raw.pop()  # what follows the last newline: nothing, or a line that was not finished
    lines: list[dict[str, Any]] = []
    for number, line in enumerate(raw, start=1):
        event = _parsed(line)
        if event is None and number == len(raw) and not torn:
            return lines, len(line) + 1
        if event is None or event.get("seq") != number:
            found = f"line {number} of the record is broken"
            raise BrokenRecordError("record_broken", found, "Restore the folder from a copy")
        lines.append(event)
    return lines, len(torn)


def read_mask(folder: Path, sha256: str) -> Mask:
    """Read a mask of a review and check it against its digest.

    Raises
    ------
    BrokenRecordError
        It is absent or not what its name says.
    """
    found = f"the mask {sha256[:8]} of the record is absent or changed"
    refusal = BrokenRecordError("mask_lost", found, "Restore the folder from a copy")
    try:
        mask = Mask.from_nifti(folder / MASKS / f"{sha256}.nii.gz")
    except MriviewError as error:
        raise refusal from error
    if mask.sha256 != sha256:
        raise refusal
    return mask


def _parsed(line: bytes) -> dict[str, Any] | None:
    """Read a line: None where it is no JSON, and nothing where JSON says no event."""
    try:
        event, twice = read_json(line)
    except NestingError:
        return {}
    except ValueError:
        return None
    return event if isinstance(event, dict) and not twice else {}


def _fill(folder: Path, head: Head, description: bytes) -> None:
    """Write an empty record below the lock; ``review.json`` last, for it makes the review."""
    if is_review(folder):  # made by another program a moment ago
        found = "the folder holds a review"
        raise RecordError("review_exists", found, "Open it again")
    if _holds_something_else(folder):
        raise _not_empty()
    (folder / MASKS).mkdir(exist_ok=True)
    (folder / EVENTS).touch()
    _write_whole(folder / STUDY, description)
    _write_whole(folder / HEAD, head.to_json())


def _holds_something_else(folder: Path) -> bool:
    """Whether a folder without a review holds what no killed `Record.create` leaves."""
    if not folder.is_dir():
        return True
    masks = folder / MASKS
    ours = {folder / LOCK, folder / f"{HEAD}.part", folder / f"{STUDY}.part"}
    if _is_description(folder / STUDY):
        ours.add(folder / STUDY)
    if masks.is_dir() and not any(path.suffix != ".part" for path in masks.iterdir()):
        ours.add(masks)
    if (folder / EVENTS).is_file() and not (folder / EVENTS).stat().st_size:
        ours.add(folder / EVENTS)
    return any(path not in ours for path in folder.iterdir())


def _is_description(path: Path) -> bool:
    """Whether a file is what this program writes as ``study.json``, and nobody else's."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(BEGINNING)) == BEGINNING


def _not_empty() -> RecordError:
    found = "the review folder holds something that is no review"
    return RecordError("folder_not_empty", found, "Choose a new folder")


def _cut(path: Path, torn: int) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - torn)
        os.fsync(file.fileno())


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is whole or absent."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _locked(folder: Path) -> IO[bytes]:
    """Take the lock of the operating system; it ends with the process, however that ends."""
    try:
        return take_lock(folder / LOCK)
    except BlockingIOError as error:
        found = "the review is open in another program"
        raise RecordError("review_open_elsewhere", found, "Close it there first") from error


def _why(error: OSError) -> str:
    """Say why in the system's words, which name no path."""
    return (error.strerror or type(error).__name__).lower()
