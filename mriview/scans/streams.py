"""Streams of pieces: compressed bytes, inflated on the way and read as if they lay in a file.

What is compressed takes no more memory than its content, and for whoever reads only its start no
more than one piece. How gzip is inflated is in ``inflate``; where compressed bytes lie is known in
``contents`` and ``archives``.
"""

import io
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, BinaryIO, cast

from mriview.scans.limits import MIB

CHUNK_BYTES = 16 * 1024  # compressed, at a time: small, because what is left of it is copied
PIECE_BYTES = MIB  # inflated, at a time

_RAW_WINDOW = -zlib.MAX_WBITS

Pieces = Generator[bytes, None, None]


def deflated_pieces(stream: BinaryIO, compressed_bytes: int) -> Iterator[bytes]:
    """Inflate a bare deflate stream, which has neither length nor checksum: the caller compares.

    Raises
    ------
    zlib.error
        The stream is corrupt.
    """
    inflater = zlib.decompressobj(_RAW_WINDOW)
    left = compressed_bytes
    rest = b""
    while not inflater.eof:
        if not rest:
            rest = stream.read(min(CHUNK_BYTES, left))
            left -= len(rest)
        taken = bool(rest)
        piece = inflater.decompress(rest, PIECE_BYTES)
        rest = inflater.unconsumed_tail
        if piece:
            yield piece
        elif not taken:
            return


def stored_pieces(stream: BinaryIO, count: int) -> Iterator[bytes]:
    """Give bytes as they lie there, in pieces; fewer where the stream ends before."""
    left = count
    while piece := stream.read(min(PIECE_BYTES, left)):
        left -= len(piece)
        yield piece


def in_memory(pieces: Iterable[bytes]) -> io.BytesIO:
    """Gather pieces into a stream, with no second copy of them."""
    stream = io.BytesIO()
    for piece in pieces:
        stream.write(piece)
    stream.seek(0)
    return stream


def on_the_way(begin: Callable[[], Pieces], size: int | None = None) -> BinaryIO:
    """Give a stream of pieces that are made as they are read: for who reads the start of much.

    Reading backwards begins again. Checksums are verified only where it is read to its end.

    Parameters
    ----------
    begin : callable
        Gives the pieces, from the first; called again to go back.
    size : int, optional
        Bytes in all; where it is not known, seeking the end inflates to it.

    Examples
    --------
    >>> stream = on_the_way(lambda: (piece for piece in (b"header", b" and voxels")))
    >>> stream.seek(0, 2), stream.seek(4), stream.read(6)
    (17, 4, b'er and')
    """
    return cast("BinaryIO", io.BufferedReader(_OnTheWay(begin, size)))


class _OnTheWay(io.RawIOBase):
    name = ""  # pydicom asks buffered streams for it

    def __init__(self, begin: Callable[[], Pieces], size: int | None) -> None:
        self._begin = begin
        self._size = size
        self._at = 0
        self._restart()

    def _restart(self) -> None:
        self._pieces = self._begin()
        self._piece, self._piece_at = b"", 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = 0
        if whence == io.SEEK_CUR:
            base = self._at
        elif whence == io.SEEK_END:
            base = self._end() if self._size is None else self._size
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at < self._piece_at:
            self._restart()
        target = memoryview(buffer).cast("B")
        while self._at >= self._piece_at + len(self._piece):
            if not self._advance():
                return 0
        start = self._at - self._piece_at
        count = min(len(target), len(self._piece) - start)
        target[:count] = self._piece[start : start + count]
        self._at += count
        return count

    def _advance(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            return False
        self._piece_at += len(self._piece)
        self._piece = piece
        return True

    def _end(self) -> int:
        while self._advance():
            pass
        self._size = self._piece_at + len(self._piece)
        return self._size

    def close(self) -> None:
        self._pieces.close()
        super().close()
