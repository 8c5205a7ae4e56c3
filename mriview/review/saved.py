"""Records on which nothing is written: a review as it is saved, and a script that is tried.

Both stand where a ``Record`` stands, so that a review reads its lines and masks from them. They
take no lock and cut no line: an open review, and one on a disk that is closed for writing, can be
read.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from mriview.errors import RecordError
from mriview.review.head import Head
from mriview.review.record import Record, read_events
from mriview.values import Mask


class Saved(Record):
    """A review as it is saved: read without its lock, and nothing is written.

    ``torn_bytes`` says how much of a torn last line does not count; it stays where it is.
    """

    def __init__(self, folder: Path, head: Head) -> None:
        self.folder, self.head = folder, head
        lines, self.torn_bytes = read_events(folder)
        self.lines = tuple(lines)

    def append(self, lines: Iterable[Mapping[str, object]]) -> None:
        """Refuse: the review was opened to be read."""
        del lines
        found = "the review was opened to be read only"
        raise RecordError("review_read_only", found, "Open it with open_review to go on")

    def keep_mask(self, mask: Mask) -> None:
        """Refuse: the review was opened to be read."""
        del mask
        self.append(())

    def close(self) -> None:
        """Nothing is held."""


class Rehearsal(Saved):
    """The record on which a script is tried: what it holds can be read, nothing is kept."""

    def __init__(self, record: Record) -> None:
        self.folder, self.head, self.lines = record.folder, record.head, record.lines
        self.torn_bytes = record.torn_bytes

    def append(self, lines: Iterable[Mapping[str, object]]) -> None:
        """Let go of the lines."""
        del lines

    def keep_mask(self, mask: Mask) -> None:
        """Let go of the mask; the review keeps it in memory."""
        del mask
