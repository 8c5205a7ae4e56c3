"""What a compressed image says of itself: size, samples, precision, before anything is decoded.

JPEG, JPEG-LS and JPEG 2000 begin with a few fixed fields; they are read here, so that a stream that
is not the image of its header, or that would cost far more than its pixels, is refused for the
price of its first bytes. Whether it fits the header is decided in ``codecs``, which also decodes.
"""

import struct
from dataclasses import dataclass

MAX_PIECES = 2**17  # tiles, precincts and code blocks: 1024 x 1024 in blocks of 4 x 4 have 65,536
MAX_PACKETS = 2**23  # precincts x layers; encoders write up to 50 layers

BASELINE, EXTENDED, LOSSLESS, JPEG_LS, JPEG_2000 = 0xC0, 0xC1, 0xC3, 0xF7, 0x4F
_START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC} | {JPEG_LS}
_NO_SEGMENT = {0x01, *range(0xD0, 0xDA)}  # markers that stand alone, or end the search
_START_OF_SCAN, _CODING, _CODING_OF_COMPONENT, _START_OF_TILE = 0xDA, 0x52, 0x53, 0x90
_END = b"\xff\xd9"  # of the image, in all three
_BOX = b"\0\0\0\x0cjP  "  # a JP2 file around the stream, which DICOM does not know but files have
_SIZ = struct.Struct(">HHH8IH3B")


@dataclass(frozen=True, slots=True)
class Codestream:
    """The fixed fields of one compressed image.

    Parameters
    ----------
    kind : int
        Process: `BASELINE`, `EXTENDED`, `LOSSLESS`, `JPEG_LS`, `JPEG_2000`, or another JPEG marker.
    rows, columns, samples : int
        Of the decoded image; samples of one pixel.
    precision : int
        Bits of a sample.
    signed : bool
        JPEG 2000 says it, JPEG has no sign.
    pieces, packets : int
        What a JPEG 2000 decoder has to keep and to look for, at least; 1 in JPEG.
    """

    kind: int
    rows: int
    columns: int
    samples: int
    precision: int
    signed: bool = False
    pieces: int = 1
    packets: int = 1


def codestream_of(data: bytes) -> Codestream | None:
    """Read the fixed fields of a stream; None where it is of no kind that is known here.

    Examples
    --------
    >>> import imagecodecs
    >>> import numpy as np
    >>> found = codestream_of(imagecodecs.jpegls_encode(np.zeros((5, 7), np.uint8)))
    >>> found.rows, found.columns, found.samples, found.precision
    (5, 7, 1, 8)
    """
    try:
        if data[:2] == b"\xff\xd8":
            return _jpeg(data)
        return _jpeg_2000(data, _codestream_at(data) if data.startswith(_BOX) else 0)
    except (struct.error, IndexError):  # it ends inside its fixed fields
        return None


def is_ended(data: bytes) -> bool:
    r"""Whether a stream reaches its end marker; libjpeg makes up what is missing, without a word.

    Examples
    --------
    >>> is_ended(b"\xff\xd8 pixels \xff\xd9\0"), is_ended(b"\xff\xd8 pix")
    (True, False)
    """
    return data.rfind(_END) > 0


def _jpeg(data: bytes) -> Codestream | None:
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # markers may be led in by any number of these
            at += 1
            continue
        if marker in _NO_SEGMENT or marker == _START_OF_SCAN:
            return None
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in _START_OF_FRAME:
            precision, rows, columns, samples = struct.unpack_from(">BHHB", data, at + 4)
            return Codestream(marker, rows, columns, samples, precision)
        at += 2 + length
    return None


def _codestream_at(data: bytes) -> int:
    """Find the stream in the boxes of a JP2 file."""
    at = 0
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"jp2c":
            return at + (16 if length == 1 else 8)
        if length < 8:  # 0: to the end of the file; 1: 64 bit, where no small box needs them
            raise IndexError
        at += length


def _jpeg_2000(data: bytes, at: int) -> Codestream | None:
    if data[at : at + 4] != b"\xff\x4f\xff\x51":
        return None
    length, _, *edges, samples, depth, step_x, step_y = _SIZ.unpack_from(data, at + 2)[1:]
    columns, rows = edges[0] - edges[2], edges[1] - edges[3]
    if min(columns, rows, edges[4], edges[5]) < 1 or (step_x, step_y) != (1, 1):
        return None
    across = -(-(edges[0] - edges[6]) // edges[4])
    tiles = across * -(-(edges[1] - edges[7]) // edges[5])
    pieces, packets = _effort(data, at + 4 + length, (columns, rows), tiles)
    precision, signed = (depth & 0x7F) + 1, bool(depth & 0x80)
    return Codestream(JPEG_2000, rows, columns, samples, precision, signed, pieces, packets)


def _effort(data: bytes, at: int, size: tuple[int, int], tiles: int) -> tuple[int, int]:
    """Count pieces and packets of a stream, by the dearest of its coding styles."""
    layers, pieces, packets = 1, 1, 1
    while data[at] == 0xFF and (marker := data[at + 1]) != _START_OF_TILE:
        (length,) = struct.unpack_from(">H", data, at + 2)
        style_at = {_CODING: at + 9, _CODING_OF_COMPONENT: at + 6}.get(marker)
        if marker == _CODING:
            (layers,) = struct.unpack_from(">H", data, at + 6)
        if style_at is not None:
            own_precincts = data[at + (4 if marker == _CODING else 5)] & 1
            precincts, blocks = _partition(data, style_at, size, own_precincts=own_precincts == 1)
            levels = data[style_at]
            pieces = max(pieces, tiles * (levels + 1) + precincts + blocks)
            packets = max(packets, precincts + tiles * (levels + 1))
        at += 2 + length
    return pieces, packets * layers


def _partition(
    data: bytes, at: int, size: tuple[int, int], *, own_precincts: bool
) -> tuple[int, int]:
    """Count precincts and code blocks of one coding style (ITU-T T.800, A.6.1)."""
    levels, block_x, block_y = data[at], data[at + 1], data[at + 2]
    columns, rows = size
    precincts = 0
    for level in range(levels + 1):
        exponents = data[at + 5 + level] if own_precincts else 0xFF
        exponent_x, exponent_y = exponents & 0xF, exponents >> 4
        width, height = ((side >> (levels - level)) + 1 for side in size)
        precincts += ((width >> exponent_x) + 1) * ((height >> exponent_y) + 1)
    blocks = (columns >> min(block_x + 2, exponent_x)) * (rows >> min(block_y + 2, exponent_y))
    return precincts, blocks
