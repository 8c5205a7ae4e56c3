"""The bytes of a scan file, wherever they lie: plain, gzip'd, or inside an archive.

Whoever reads a header or voxels asks here, so that a compressed file is read like any other, within
limits that are checked before memory is taken, and a file that changed since it was walked is
refused. What the bytes mean, the format readers know; which members an archive has, ``archives``.
"""

import os
from functools import partial
from typing import BinaryIO

from mriview.scans import archives
from mriview.scans.files import READ_FLAGS, ScanFile, opened_unchanged
from mriview.scans.inflate import GZIP, gzip_pieces, inflated_start
from mriview.scans.limits import check_content
from mriview.scans.streams import Pieces, in_memory, on_the_way

START_BYTES = 16 * 1024  # read of each file at once: holds most headers
SLACK_BYTES = 64 * 1024  # read more of a gzip stream: its header holds a file name and a comment


def start_of(file: ScanFile, count: int = START_BYTES) -> bytes:
    """Read the first bytes of a file, inflated where it is compressed; fewer where it ends before.

    Raises
    ------
    OSError
        The file is closed or gone.
    ScanError
        It is a member of an archive that cannot be read.
    """
    raw = raw_start_of(file, max(count, len(GZIP)))
    if not is_gzip(raw):
        return raw[:count]
    found = inflated_start(raw, count)
    if len(found) < count <= len(raw):
        found = inflated_start(raw_start_of(file, count + SLACK_BYTES), count)
    return found


def raw_start_of(file: ScanFile, count: int = START_BYTES) -> bytes:
    """Read the first bytes of a file as they lie there.

    Raises
    ------
    OSError
        The file is closed or gone.
    ScanError
        It is a member of an archive that cannot be read.
    """
    if file.member:
        return archives.start_of_member(file, count)
    handle = os.open(file.path, READ_FLAGS)
    try:
        return os.read(handle, count)
    finally:
        os.close(handle)


def size_of(file: ScanFile) -> int:
    """Bytes of a file as they lie there; of a member, what its archive says of it unpacked.

    Raises
    ------
    OSError
        The archive is closed or gone.
    ScanError
        It is a member of an archive that cannot be read.
    """
    return archives.size_of(file) if file.member else file.size


def opened(file: ScanFile) -> BinaryIO:
    """Open a file for reading: what lies plain on disk as it is, the rest from memory.

    What was compressed is whole, and its checksum verified.

    Raises
    ------
    OSError
        The file is closed or gone.
    ScanError
        It changed since it was walked (``file_changed``), is larger than a limit allows
        (``expands_too_much``, ``content_too_large``), or is cut or corrupt (``gzip_truncated``,
        ``gzip_checksum``, ``archive_member_broken``).
    """
    stream = raw_opened(file)
    compressed = is_gzip(stream.read(2))
    stream.seek(0)
    if not compressed:
        return stream
    with stream:
        return in_memory(_gzip_pieces(stream))


def opened_for_header(file: ScanFile) -> BinaryIO:
    """Open a file of which only the beginning will be read: what is compressed, on the way.

    Checksums are verified only where it is read to its end; seeking the end of a gzip stream does.

    Raises
    ------
    OSError
        The file is closed or gone.
    ScanError
        As `opened`, and so may reading.
    """
    if is_gzip(raw_start_of(file, 2)):
        return on_the_way(partial(_inflated, file))
    return _raw_on_the_way(file)


def raw_opened(file: ScanFile) -> BinaryIO:
    """Open a file for reading as its bytes lie there, compressed or not.

    Raises
    ------
    OSError
        The file is closed or gone.
    ScanError
        It changed since it was walked, or is a member of an archive that cannot be read.
    """
    if file.member:
        return in_memory(archives.pieces_of_member(file))
    return opened_unchanged(file)


def beside(file: ScanFile, name: str) -> ScanFile | None:
    """Find the file of another name in the same folder or archive; None where there is none."""
    if file.member:
        folder = file.member.rpartition("/")[0]
        wanted = f"{folder}/{name}" if folder else name
        return archives.member_named(file, wanted)
    path = os.path.join(os.path.dirname(file.path), name)
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    if not os.path.isfile(path):
        return None
    return ScanFile(path, "", status.st_size, status.st_mtime_ns)


def is_gzip(first: bytes) -> bool:
    r"""Whether bytes begin a gzip stream.

    Examples
    --------
    >>> is_gzip(b"\x1f\x8b\x08"), is_gzip(b"DICM")
    (True, False)
    """
    return first[:2] == GZIP


def _inflated(file: ScanFile) -> Pieces:
    """Inflate a gzip'd file, which may lie in an archive, without holding either."""
    with _raw_on_the_way(file) as stream:
        yield from _gzip_pieces(stream)


def _raw_on_the_way(file: ScanFile) -> BinaryIO:
    if file.member:
        return on_the_way(partial(archives.pieces_of_member, file), archives.size_of(file))
    return opened_unchanged(file)


def _gzip_pieces(stream: BinaryIO) -> Pieces:
    compressed_bytes = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    total = 0
    for piece in gzip_pieces(stream, compressed_bytes):
        total += len(piece)
        check_content(total, compressed_bytes)
        yield piece
