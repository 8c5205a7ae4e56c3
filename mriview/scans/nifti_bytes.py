"""The stored voxels of a NIfTI file: mapped where they lie plain, inflated into their array else.

Files are plain or compressed by what they are, not by what they are called. A plain file in the
order of this computer costs no memory and no reading but of what is looked at; a compressed one is
read to the end of its stream, because its checksum stands there. What the bytes mean is known in
``nifti_header``; slope and intercept are applied in ``values``.

A mapped file must not change while its voxels are in use: that it is the file whose header was read
is asked when it is mapped, and nothing can be asked afterwards. Copying over it is safe on no
system; writing a new file in its place is on all of them.
"""

import mmap
import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from mriview.scans.contents import is_gzip, raw_opened, raw_start_of, size_of, start_of
from mriview.scans.files import ScanFile
from mriview.scans.inflate import gzip_pieces
from mriview.scans.limits import MIB, check_expansion, limits
from mriview.scans.nifti_header import refused

MAX_DEFLATE_RATIO = 1032  # of the algorithm itself: what needs more bytes is cut
PIECE_BYTES = MIB

Stored = NDArray[np.generic]


def is_gzip_file(file: ScanFile) -> bool:
    """Whether a file is compressed, whatever it is called.

    Raises
    ------
    OSError
        The file is closed or gone.
    """
    return is_gzip(raw_start_of(file, 2))


def check_room(file: ScanFile, needed_bytes: int) -> None:
    """Refuse a header that promises more than its file can hold, before memory is taken.

    Raises
    ------
    OSError
        The file is closed or gone.
    ScanError
        ``nifti_truncated``, or ``expands_too_much`` for what only a bomb could hold.
    """
    lying = _size_of(file)
    compressed = is_gzip_file(file)
    if needed_bytes > (lying * MAX_DEFLATE_RATIO if compressed else lying):
        raise refused("nifti_truncated")
    if compressed:
        check_expansion(needed_bytes, lying)


def stretch_of(file: ScanFile, start: int, count: int) -> bytes:
    """Read ``count`` bytes from ``start`` of a file, inflated; fewer where it ends before.

    Raises
    ------
    OSError
        The file is closed or gone.
    ScanError
        It changed since it was walked.
    """
    if file.member or is_gzip_file(file):
        return start_of(file, start + count)[start:]
    with raw_opened(file) as stream:
        stream.seek(start)
        return stream.read(count)


def stored_voxels(file: ScanFile, start: int, count: int, dtype: np.dtype[np.generic]) -> Stored:
    """Read values as they are stored.

    Parameters
    ----------
    file : ScanFile
        The file that holds them, plain or compressed.
    start : int
        Byte of the inflated file at which they begin.
    count : int
        How many.
    dtype : numpy.dtype
        Of one, in its byte order.

    Returns
    -------
    (count,) array
        In native byte order; read-only, and mapped from the file, where that needs no copy.

    Raises
    ------
    ScanError
        The file ends early (``nifti_truncated``), its checksum does not fit (``gzip_checksum``), it
        holds far more than was promised (``expands_too_much``, ``content_too_large``), or it is
        gone or another one (``file_unreadable``, ``file_changed``).
    """
    needed = count * dtype.itemsize
    try:
        check_room(file, start + needed)
        with raw_opened(file) as stream:
            if is_gzip(stream.read(2)):
                stream.seek(0)
                pieces = gzip_pieces(stream, _size_of(file), cut="nifti_truncated")
                return _native(_filled(pieces, start, count, dtype))
            if not file.member and dtype.isnative and start % dtype.alignment == 0:
                return _mapped(stream, start, count, dtype)
            stream.seek(start)
            return _native(_filled(_plain_pieces(stream, needed), 0, count, dtype))
    except OSError as error:
        raise refused("file_unreadable", reason="the file is closed or gone") from error


def _size_of(file: ScanFile) -> int:
    found = size_of(file)
    return found if found >= 0 else os.stat(file.path).st_size


def _mapped(stream: BinaryIO, start: int, count: int, dtype: np.dtype[np.generic]) -> Stored:
    mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    if len(mapped) < start + count * dtype.itemsize:
        raise refused("nifti_truncated")
    return np.frombuffer(mapped, dtype, count, start)


def _plain_pieces(stream: BinaryIO, count: int) -> Iterator[bytes]:
    left = count
    while left and (piece := stream.read(min(left, PIECE_BYTES))):
        left -= len(piece)
        yield piece


def _filled(pieces: Iterable[bytes], start: int, count: int, dtype: np.dtype[np.generic]) -> Stored:
    """Put what is asked for of all pieces into one array; the rest is read, for its checksum."""
    found = np.empty(count, dtype)
    target = found.view(np.uint8).data
    stop = start + len(target)
    most = stop + limits().content_bytes
    seen = 0
    for piece in pieces:
        first, last = max(start - seen, 0), min(stop - seen, len(piece))
        if first < last:
            target[seen + first - start : seen + last - start] = memoryview(piece)[first:last]
        seen += len(piece)
        if seen > most:
            raise refused("content_too_large", limit_mib=most // MIB)
    if seen < stop:
        raise refused("nifti_truncated")
    return found


def _native(values: Stored) -> Stored:
    """Turn the bytes of an array of our own round, where this computer has another order."""
    if values.dtype.isnative:
        return values
    return values.byteswap(inplace=True).view(values.dtype.newbyteorder("="))
