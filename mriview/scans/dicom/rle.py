"""DICOM's run lengths: the bytes of all samples, the highest first, each packed by itself.

The table of segments is checked before anything is unpacked (PS3.5 annex G). Which frame it is, and
what its samples mean, the callers know.
"""

import struct
from itertools import pairwise

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from mriview.scans.dicom.frames import corrupt

HEADER = struct.Struct("<16I")  # number of segments, and where each begins
MOST_PACKED = 64  # a run of 128 takes two bytes


def unpack_into(image: NDArray[np.generic], data: bytes) -> None:
    r"""Unpack one frame.

    Parameters
    ----------
    image : (rows, columns) integer array, C order
        Is filled; its item size says how many segments there must be.
    data : bytes
        The frame.

    Raises
    ------
    ScanError
        ``pixel_data_corrupt``: its segments are not those of such an image, or end too early.

    Examples
    --------
    >>> image = np.empty((2, 2), np.uint16)
    >>> high, low = b"\xfd\x01", b"\x03\x00\x01\x02\x03"
    >>> unpack_into(image, HEADER.pack(2, 64, 66, *[0] * 13) + high + low)
    >>> image.tolist()
    [[256, 257], [258, 259]]
    """
    if len(data) < HEADER.size:
        raise corrupt("its run lengths have no table")
    count, *offsets = HEADER.unpack_from(data)
    if count != image.itemsize:
        raise corrupt("its run lengths are of samples of another size")
    edges = [*offsets[:count], len(data)]
    if edges[0] < HEADER.size or any(a >= b for a, b in pairwise(edges)):
        raise corrupt("its table of segments contradicts its length")
    samples = image.view(f"u{image.itemsize}").reshape(-1)
    for n in range(count):
        segment = _unpacked(data[edges[n] : edges[n + 1]], image.size)
        if n == 0:
            np.copyto(samples, segment)
        else:
            np.left_shift(samples, 8, out=samples)
            np.add(samples, segment, out=samples)


def _unpacked(segment: bytes, size: int) -> NDArray[np.uint8]:
    """Unpack one segment; padding behind it may give a few samples more."""
    if size > MOST_PACKED * len(segment):
        raise corrupt("its run lengths end too early")
    room = np.empty(size + len(segment), np.uint8)
    try:
        found = np.frombuffer(imagecodecs.packbits_decode(segment, out=room.data), np.uint8)
    except RuntimeError as error:
        raise corrupt("its run lengths are cut or corrupt") from error
    if found.size < size:
        raise corrupt("its run lengths end too early")
    return found[:size]
