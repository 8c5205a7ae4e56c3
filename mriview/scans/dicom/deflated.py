"""Deflated objects: a data set behind its meta information, inflated on the way, within limits.

The object that comes out is the same file in explicit little endian, and says so; nothing of it is
read here. Which syntax a file has, its meta information tells, which is never deflated.
"""

import struct
from typing import BinaryIO

from isal import isal_zlib
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from mriview.scans.limits import MIB, check_content
from mriview.scans.streams import Pieces
from mriview.values import problem

META_BYTES = 4096  # read to find its end; it holds a dozen short elements
READ_BYTES = 64 * 1024  # deflated, at a time: what is left of it is copied
FIRST_PIECE_BYTES = 32 * 1024  # inflated: holds most headers, and whoever wants no more goes
PIECE_BYTES = MIB

_META_GROUP = b"\x02\x00"
_SYNTAX = b"\x02\x00\x10\x00UI"
_LONG_FORMS = (b"OB", b"UN", b"OW", b"UT", b"SQ")  # VRs with a length of four bytes
_DEFLATED = str(DeflatedExplicitVRLittleEndian).encode()
_EXPLICIT = str(ExplicitVRLittleEndian).encode().ljust(len(_DEFLATED), b"\0")


def says_deflated(first: bytes) -> bool:
    r"""Whether the first bytes of a file say that its data set is deflated.

    Examples
    --------
    >>> says_deflated(b"\x02\x00\x10\x00UI\x16\x001.2.840.10008.1.2.1.99")
    True
    """
    at = first.find(_SYNTAX)
    return at >= 0 and first.startswith(_DEFLATED, at + 8)


def inflated_object(stream: BinaryIO) -> Pieces:
    """Give an object in pieces, its data set inflated.

    What follows the deflate stream is padding. Where the stream ends early, so do the pieces.

    Raises
    ------
    ScanError
        ``pixel_data_corrupt`` where it cannot be inflated, ``expands_too_much`` or
        ``content_too_large``.
    """
    stream.seek(0)
    first = stream.read(META_BYTES)
    meta_end = _meta_end(first)
    piece = first[:meta_end].replace(_DEFLATED, _EXPLICIT)
    rest, taken, given = first[meta_end:], len(first), 0
    inflater = isal_zlib.decompressobj(-isal_zlib.MAX_WBITS)
    most = FIRST_PIECE_BYTES
    while not inflater.eof:
        at_end = not rest
        try:
            inflated = inflater.decompress(rest, most)
        except isal_zlib.error as error:  # type: ignore[misc] # the stub declares no class
            reason = "its deflated data is corrupt"
            raise problem("pixel_data_corrupt", files=1, reason=reason).as_error() from error
        if at_end and not inflated:
            break
        rest = inflater.unconsumed_tail
        if not rest:
            rest = stream.read(READ_BYTES)
            taken += len(rest)
        given += len(inflated)
        check_content(given, taken)
        if inflated or piece:
            yield piece + inflated
            piece, most = b"", PIECE_BYTES
    if piece:
        yield piece


def _meta_end(first: bytes) -> int:
    """Find the end of the meta information, whatever its group length says."""
    at = 132 if first[128:132] == b"DICM" else 0
    try:
        while first.startswith(_META_GROUP, at):
            if first[at + 4 : at + 6] in _LONG_FORMS:
                at += 12 + struct.unpack_from("<I", first, at + 8)[0]
            else:
                at += 8 + struct.unpack_from("<H", first, at + 6)[0]
    except struct.error:
        return len(first)
    return min(at, len(first))
