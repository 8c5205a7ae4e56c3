"""Stored samples as integers: types, byte order, and the bits that count.

Uncompressed images are read here, straight into the array that is to hold them; what is compressed
comes from ``codecs`` and has its unused bits corrected by the same rule.
"""

import sys

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import ExplicitVRBigEndian

from mriview.scans.dicom.frames import Source
from mriview.scans.headers import Encoding


def type_of(encoding: Encoding) -> np.dtype[np.integer]:
    """Give the type that holds stored values, in native byte order.

    Examples
    --------
    >>> type_of(Encoding("1.2.840.10008.1.2.1", 2, 2, 1, allocated=16, stored=12, signed=True))
    dtype('int16')
    """
    return np.dtype(f"{'i' if encoding.signed else 'u'}{encoding.allocated // 8}")


def read_uncompressed(
    source: Source, first_at: int, frame: int, encoding: Encoding, image: NDArray[np.generic]
) -> None:
    """Read one uncompressed image.

    Parameters
    ----------
    source : Source
        The opened object.
    first_at : int
        Byte at which its first frame begins.
    frame : int
        Which one.
    encoding : Encoding
        How its samples are stored.
    image : (rows, columns) array of `type_of` the encoding, C order
        Is filled.

    Raises
    ------
    ScanError
        The file ends before (``pixel_data_truncated``).
    """
    source.read_into(first_at + frame * encoding.frame_bytes, image.data)
    if (encoding.syntax == ExplicitVRBigEndian) == (sys.byteorder == "little"):
        image.byteswap(inplace=True)
    keep_bits(image, encoding.stored)


def read_swapped_bytes(
    source: Source, first_at: int, frame: int, encoding: Encoding, image: NDArray[np.generic]
) -> None:
    """Read one image of bytes that were written as big-endian words (PS3.5 8.1.2, OW).

    Arguments and errors are those of `read_uncompressed`.
    """
    start = frame * encoding.frame_bytes
    even = start - start % 2
    words = np.empty((start + encoding.frame_bytes + 1) // 2 - even // 2, np.uint16)
    source.read_into(first_at + even, words.data)
    samples = words.byteswap().view(image.dtype)
    image[...] = samples[start - even :][: image.size].reshape(image.shape)
    keep_bits(image, encoding.stored)


def keep_bits(image: NDArray[np.generic], bits: int) -> None:
    """Clear what stands above the bits that count, or spread the sign over it, in place.

    Old scanners and overlays leave something there (PS3.5 8.1.1).

    Examples
    --------
    >>> image = np.array([0xF123, 0x0456], np.uint16)
    >>> keep_bits(image, 12)
    >>> [hex(value) for value in image]
    ['0x123', '0x456']
    """
    unused = image.itemsize * 8 - bits
    if unused == 0:
        return
    signed = image.dtype.kind == "i"
    most = (1 << (bits - signed)) - 1
    if image.max() <= most and (not signed or image.min() >= -most - 1):  # the rule: nothing there
        return
    np.left_shift(image, unused, out=image)
    np.right_shift(image, unused, out=image)
