"""Decoding compressed images with permissive codecs only, chosen by name, checked before and after.

Which transfer syntaxes are read at all is told here. A stream whose own size or precision is not
that of its header is refused before it is decoded; where its bytes lie is known in ``frames``.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import imagecodecs
import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray
from pydicom import uid

from mriview.scans.dicom import rle
from mriview.scans.dicom.codestream import (
    BASELINE,
    EXTENDED,
    JPEG_2000,
    JPEG_LS,
    LOSSLESS,
    MAX_PACKETS,
    MAX_PIECES,
    Codestream,
    codestream_of,
    is_ended,
)
from mriview.scans.dicom.frames import corrupt
from mriview.scans.dicom.samples import keep_bits
from mriview.scans.headers import Encoding
from mriview.scans.limits import check_expansion

JPEG_SYNTAXES = (
    uid.JPEGBaseline8Bit,
    uid.JPEGExtended12Bit,
    uid.JPEGLossless,
    uid.JPEGLosslessSV1,
)
JPEG_LS_SYNTAXES = (uid.JPEGLSLossless, uid.JPEGLSNearLossless)
JPEG_2000_SYNTAXES = (
    *(uid.JPEG2000Lossless, uid.JPEG2000),
    *(uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K),
)
ENCAPSULATED_UNCOMPRESSED = "1.2.840.10008.1.2.1.98"
DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"  # each frame by itself; newer than pydicom's dictionary
NATIVE = (
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
)

_KINDS: Mapping[str, frozenset[int]] = MappingProxyType(
    {
        **dict.fromkeys(JPEG_SYNTAXES, frozenset({BASELINE, EXTENDED, LOSSLESS})),
        **dict.fromkeys(JPEG_LS_SYNTAXES, frozenset({JPEG_LS})),
        **dict.fromkeys(JPEG_2000_SYNTAXES, frozenset({JPEG_2000})),
    }
)


def _copy_into(image: NDArray[np.generic], data: bytes) -> None:
    """Take samples as they are; a byte of padding may follow them."""
    if not image.nbytes <= len(data) <= image.nbytes + 1:
        raise corrupt("the frame is not as long as its image")
    samples = np.frombuffer(data, image.dtype.newbyteorder("<"), image.size)
    np.copyto(image, samples.reshape(image.shape))


def _inflate_into(image: NDArray[np.generic], data: bytes) -> None:
    inflater = isal_zlib.decompressobj(-isal_zlib.MAX_WBITS)
    try:
        inflated = inflater.decompress(data, image.nbytes + 2)
    except isal_zlib.error as error:  # type: ignore[misc] # the stub declares no class
        raise corrupt("the stream is cut or corrupt") from error
    _copy_into(image, inflated)


_UNPACKERS: Mapping[str, Callable[[NDArray[np.generic], bytes], None]] = MappingProxyType(
    {
        uid.RLELossless: rle.unpack_into,
        ENCAPSULATED_UNCOMPRESSED: _copy_into,
        DEFLATED_FRAMES: _inflate_into,
    }
)


def is_encapsulated(syntax: str) -> bool:
    """Whether pixels are compressed in a way that is read here."""
    return syntax in _KINDS or syntax in _UNPACKERS


def is_decodable(syntax: str) -> bool:
    """Whether a transfer syntax is read here at all."""
    return syntax in NATIVE or is_encapsulated(syntax)


def gains_by_threads(syntax: str) -> bool:
    """Whether two threads decode faster than one: run lengths are mostly Python's own steps."""
    return syntax in _KINDS or syntax == DEFLATED_FRAMES


def decode_into(image: NDArray[np.generic], data: bytes, encoding: Encoding) -> None:
    """Decode one frame.

    Parameters
    ----------
    image : (rows, columns) array of `mriview.scans.dicom.samples.type_of` the encoding, C order
        Is filled with stored values.
    data : bytes
        The compressed frame.
    encoding : Encoding
        What the header says of it.

    Raises
    ------
    ScanError
        ``pixel_data_corrupt`` where the stream is cut, corrupt or not that of the header;
        ``expands_too_much``.
    """
    check_expansion(image.nbytes, len(data))
    if unpack_into := _UNPACKERS.get(encoding.syntax):
        unpack_into(image, data)
        keep_bits(image, encoding.stored)
        return
    stream = _checked(codestream_of(data), encoding)
    if not is_ended(data):  # libjpeg would make up what is missing
        raise corrupt("the stream is cut or corrupt")
    decoded = _decoded(stream.kind, data)
    if decoded.shape != image.shape or decoded.dtype.kind not in "iu":
        raise corrupt("the stream holds another image than its header says")
    samples = image.view(f"u{image.itemsize}")
    np.copyto(samples, decoded, casting="unsafe")  # no sample is wider: its precision was checked
    keep_bits(image, _bits_that_count(stream, encoding))


def _checked(stream: Codestream | None, encoding: Encoding) -> Codestream:
    """Refuse a stream that is not the image of its header, or costs more than its pixels."""
    if stream is None or stream.kind not in _KINDS[encoding.syntax]:
        raise corrupt("the stream is of another kind than its header says")
    faults = {
        "the stream holds an image of another size than its header says": (
            (stream.rows, stream.columns) != (encoding.rows, encoding.columns)
        ),
        "the stream holds colours": stream.samples != 1,
        "the stream holds more bits than its header says": (
            not 1 <= stream.precision <= encoding.allocated
        ),
        "the stream is cut into more pieces than an image has": (
            stream.pieces > MAX_PIECES or stream.packets > MAX_PACKETS
        ),
    }
    for reason, is_so in faults.items():
        if is_so:
            raise corrupt(reason)
    return stream


def _decoded(kind: int, data: bytes) -> NDArray[np.generic]:
    """Decode a stream whose fixed fields were checked.

    OpenJPEG decodes HTJ2K too: OpenJPH takes half its time, and makes up what is missing in a
    stream that was cut. Threads are counted once, by who loads.
    """
    try:
        if kind == JPEG_LS:
            return imagecodecs.jpegls_decode(data)
        if kind == JPEG_2000:
            return imagecodecs.jpeg2k_decode(data, numthreads=1)
        return imagecodecs.jpeg8_decode(data)
    except MemoryError:
        raise
    except Exception as error:  # decoders raise whatever their C code raises; its text is not ours
        raise corrupt("the stream is cut or corrupt") from error


def _bits_that_count(stream: Codestream, encoding: Encoding) -> int:
    """Give the bits of a sample: by the header, or by the stream where it alone can tell the sign.

    JPEG has no sign: samples of a signed image come out as the lowest bits of theirs. JPEG 2000
    says whether it has one, and files exist where the header contradicts it: the header decides.
    """
    if stream.kind == JPEG_2000:
        return encoding.allocated if stream.signed == encoding.signed else stream.precision
    if stream.kind == JPEG_LS:
        return stream.precision if encoding.signed else encoding.allocated
    return encoding.stored
