"""A stream that lets a parser visit only so many elements, and take only so much at once.

pydicom makes objects of every element and item that it meets, however many a header claims to hold,
and reads whatever length stands there. Here its reads are counted while it parses: what is counted
is what it does, so nothing can be hidden from the count. What is refused, ``header`` says.
"""

from typing import BinaryIO

from mriview.scans.limits import MIB, limits

PARSED_SHARE = 8  # pydicom takes 15 us an element and more, a walk of our own 1 or 2

_HEAD_BYTES = 8  # pydicom reads this much for each element and each item


class TooLargeError(Exception):
    """More than a header may hold; carries which limit, in words."""

    def __init__(self, limit: str) -> None:
        self.limit = limit
        super().__init__(limit)


class Bounded:
    """What a parser asks of a file: read, seek, tell; within the limits of a header.

    Parameters
    ----------
    stream : binary file
        The file; it stays the caller's to close.

    Attributes
    ----------
    is_cut : bool
        Whether the file ended inside of what was read: pydicom takes what is left for the whole.

    Examples
    --------
    >>> import io
    >>> Bounded(io.BytesIO(b"DICM and more")).read(4)
    b'DICM'
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._read = stream.read
        self.seek = stream.seek
        self.tell = stream.tell
        self._most_bytes = limits().header_bytes
        self._most_heads = limits().header_elements // PARSED_SHARE
        self._heads = 0
        self.is_cut = False

    def read(self, count: int = -1) -> bytes:
        """Read as the stream does.

        Raises
        ------
        TooLargeError
            Too many elements were visited, or one is longer than a whole header may be.
        """
        if count == _HEAD_BYTES:
            self._heads += 1
            if self._heads > self._most_heads:
                limit = f"{self._most_heads} elements"
                raise TooLargeError(limit)
        elif not 0 <= count <= self._most_bytes:
            limit = f"{self._most_bytes // MIB} MB"
            raise TooLargeError(limit)
        found = self._read(count)
        self.is_cut |= 0 < len(found) < count
        return found
