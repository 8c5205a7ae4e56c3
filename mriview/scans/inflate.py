"""Inflating gzip streams piece by piece: all members, to the last checksum, within limits.

Whoever needs the bytes of a compressed file takes them from here in pieces, so that no second copy
of them is ever in memory and a bomb is known by its first megabytes. What is kept of the pieces,
the caller decides; whether a file is compressed at all, and where it lies, ``contents`` knows.
"""

import io
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from isal import isal_zlib

from mriview.errors import ScanError
from mriview.scans.limits import MIB, check_expansion, limits
from mriview.values import problem

GZIP = b"\x1f\x8b"
READ_BYTES = 64 * 1024  # compressed bytes at a time: what follows a member is copied for each
PIECE_BYTES = MIB
HEADER_BYTES = 4096  # of a member: ISA-L misreads some that come in two halves
START_PIECE_BYTES = 4096  # so that a fault in a stream costs no more of its start
_WINDOW = isal_zlib.MAX_WBITS | 16  # gzip, with its checksum


def gzip_pieces(
    stream: BinaryIO,
    compressed_bytes: int,
    *,
    cut: str = "gzip_truncated",
    piece_bytes: int = PIECE_BYTES,
) -> Iterator[bytes]:
    """Inflate a gzip stream.

    Parameters
    ----------
    stream : binary stream
        At its first member; what follows the last member is padding and is not read.
    compressed_bytes : int
        Of the whole stream; pieces may not grow beyond their ratio to it.
    cut : str
        Code of the refusal where the stream ends early.
    piece_bytes : int
        Inflated bytes at a time.

    Yields
    ------
    bytes
        All of them are right only when the last one was taken, since a checksum stands at the end.

    Raises
    ------
    ScanError
        ``expands_too_much``, the code ``cut``, ``gzip_checksum``, or ``archive_broken`` for more
        members than a stream of scans has.

    Examples
    --------
    >>> import gzip, io
    >>> raw = gzip.compress(b"header") + gzip.compress(b" and voxels") + b"padding"
    >>> b"".join(gzip_pieces(io.BytesIO(raw), len(raw)))
    b'header and voxels'
    """
    total = members = 0
    rest = stream.read(READ_BYTES)
    while True:
        if len(rest) < HEADER_BYTES:
            rest += stream.read(READ_BYTES)
        if rest[:2] != GZIP:
            return
        members += 1
        if members > limits().archive_members:
            raise problem("archive_broken", files=1).as_error()
        member = isal_zlib.decompressobj(_WINDOW)
        ended = False
        while not ended:
            rest = rest or stream.read(READ_BYTES)
            at_end = not rest
            try:
                piece = member.decompress(rest, piece_bytes)
            except isal_zlib.error as error:  # type: ignore[misc] # the stub declares no class
                raise problem("gzip_checksum", files=1).as_error() from error
            ended = member.eof
            if at_end and not piece and not ended:
                raise problem(cut, files=1).as_error()
            rest = member.unused_data if ended else member.unconsumed_tail
            total += len(piece)
            check_expansion(total, compressed_bytes)
            if piece:
                yield piece


def inflated_start(raw: bytes, count: int) -> bytes:
    """Inflate the beginning of a gzip stream that may be cut; at most ``count`` bytes.

    Examples
    --------
    >>> import gzip
    >>> inflated_start(gzip.compress(b"header and voxels")[:-4], 6)
    b'header'
    """
    found = bytearray()
    pieces = gzip_pieces(io.BytesIO(raw), len(raw), piece_bytes=START_PIECE_BYTES)
    with suppress(ScanError):
        while len(found) < count and (piece := next(pieces, None)) is not None:
            found += piece
    return bytes(found[:count])
