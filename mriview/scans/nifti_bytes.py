"""The bytes of NIfTI files: plain or compressed by what they are, not by what they are called.

Reads the beginning of a stream within limits, or its voxels to the end, checksum included. What the
bytes mean is in ``nifti``.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path

from mriview.scans.files import GZIP
from mriview.values import problem

CHUNK_BYTES = 2**20
MAX_DEFLATE_RATIO = 1032  # of the algorithm itself: beyond it a header lies
_GZIP_WINDOW = zlib.MAX_WBITS | 16


def is_gzip(first: bytes) -> bool:
    """Whether bytes begin a gzip stream."""
    return first.startswith(GZIP)


def is_gzip_file(path: Path) -> bool:
    """Whether a file is compressed, whatever it is called.

    Raises
    ------
    OSError
        The file is closed or gone.
    """
    with path.open("rb") as file:
        return is_gzip(file.read(2))


def inflated_start(raw: bytes, count: int) -> bytes:
    """Inflate the beginning of a gzip stream that may be cut; at most ``count`` bytes.

    Examples
    --------
    >>> import gzip
    >>> inflated_start(gzip.compress(b"header and voxels")[:-4], 6)
    b'header'
    """
    try:
        return zlib.decompressobj(_GZIP_WINDOW).decompress(raw, count)
    except zlib.error:
        return b""


def start_of(path: Path, count: int) -> bytes:
    """Read the first bytes of a plain or compressed file; fewer where it ends before.

    Raises
    ------
    OSError
        The file is closed or gone.
    """
    with path.open("rb") as file:
        raw = file.read(count)
    return inflated_start(raw, count) if is_gzip(raw) else raw


def most_bytes(path: Path, *, compressed: bool) -> int:
    """Bytes that a file can hold at most."""
    size = path.stat().st_size
    return size * MAX_DEFLATE_RATIO if compressed else size


def bytes_of(path: Path, start: int, count: int) -> bytearray:
    """Read ``count`` bytes from ``start`` of a plain or compressed file, to its checksum.

    Raises
    ------
    ScanError
        The stream ends early (``nifti_truncated``), its checksum does not fit
        (``gzip_checksum``), or the file is gone (``file_unreadable``).
    """
    try:
        with path.open("rb") as file:
            if not is_gzip(file.read(2)):
                file.seek(start)
                found = bytearray(file.read(count))
            else:
                file.seek(0)
                found = _inflated(iter(lambda: file.read(CHUNK_BYTES), b""), start, count)
    except OSError as error:
        reason = "the file is closed or gone"
        raise problem("file_unreadable", files=1, reason=reason).as_error() from error
    except zlib.error as error:
        raise problem("gzip_checksum", files=1).as_error() from error
    if len(found) < count:
        raise problem("nifti_truncated", files=1).as_error()
    return found


def _inflated(chunks: Iterator[bytes], start: int, count: int) -> bytearray:
    """Inflate all members of a gzip stream to their end, and keep what is asked for."""
    kept = bytearray()
    at = 0
    stream = zlib.decompressobj(_GZIP_WINDOW)
    for chunk in chunks:
        data = chunk
        while data:
            if stream.eof:
                if not is_gzip(data):  # padding after the last member
                    return kept
                stream = zlib.decompressobj(_GZIP_WINDOW)
            piece = stream.decompress(data, CHUNK_BYTES)
            first, last = max(start - at, 0), min(start + count - at, len(piece))
            if first < last:
                kept += piece[first:last]
            at += len(piece)
            data = stream.unused_data if stream.eof else stream.unconsumed_tail
    if not stream.eof:
        raise problem("nifti_truncated", files=1).as_error()
    return kept
