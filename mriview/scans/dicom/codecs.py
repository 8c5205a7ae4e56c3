"""Decoding compressed pixels with permissive codecs only, chosen by name, checked before and after.

pydicom takes whichever decoder happens to be installed; here ours is asked for explicitly, so that
two machines give the same voxels. A stream whose own size is not what the header says is refused
before it is decoded.
"""

import struct
from functools import cache

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import DecodeRunner, get_decoder

PLUGIN = "mriview"  # the label under which pydicom knows this module
MAX_FRAME_BYTES = 2**30  # one decoded image; 16384 x 16384 x 32 bit
MAX_RATIO = 1000  # decoded to compressed bytes; beyond it a header lies

JPEG = (uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEGLossless, uid.JPEGLosslessSV1)
JPEG_LS = (uid.JPEGLSLossless, uid.JPEGLSNearLossless)
JPEG_2000 = (uid.JPEG2000Lossless, uid.JPEG2000)
HTJ2K = (uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K)
NATIVE = (
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
)

# pydicom looks for this name
DECODER_DEPENDENCIES = dict.fromkeys((*JPEG, *JPEG_LS, *JPEG_2000, *HTJ2K), ("imagecodecs",))

_SIZ = b"\xff\x51"  # JPEG 2000: image and tile size
_START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC} | {0xF7}  # JPEG and JPEG-LS


class DecodeError(Exception):
    """Pixels that cannot be decoded; carries one word of reason, never text of a library."""


def is_available(_uid: str) -> bool:
    """Whether this plug-in can decode; pydicom asks."""
    return True


def is_encapsulated(syntax: str) -> bool:
    """Whether pixels are compressed in a way that is read here."""
    return syntax in DECODER_DEPENDENCIES or syntax == uid.RLELossless


def is_decodable(syntax: str) -> bool:
    """Whether a transfer syntax is read here at all."""
    return syntax in NATIVE or is_encapsulated(syntax)


def decode_frame(source: bytes, runner: DecodeRunner) -> bytes:
    """Decode one monochrome frame to little-endian samples; pydicom calls it.

    Raises
    ------
    NotImplementedError
        Colour, which is no measured signal.
    ValueError
        The stream's own size is not what the header says.
    """
    if runner.samples_per_pixel != 1:
        msg = "colour"
        raise NotImplementedError(msg)
    data, syntax = bytes(source), runner.transfer_syntax
    expected = (runner.rows, runner.columns)
    said = stream_size(data)
    if said is not None and said != expected:
        msg = f"the stream says {said}, the header {expected}"
        raise ValueError(msg)
    if syntax in JPEG:
        frame = imagecodecs.jpeg8_decode(data)
    elif syntax in JPEG_LS:
        frame = imagecodecs.jpegls_decode(data)
    elif syntax in HTJ2K:
        frame = imagecodecs.htj2k_decode(data)
    else:
        frame = imagecodecs.jpeg2k_decode(data)
    if frame.shape != expected:  # a lying header must never give voxels
        msg = f"the stream holds {frame.shape}, the header says {expected}"
        raise ValueError(msg)
    if frame.dtype.itemsize * 8 != runner.bits_allocated:
        frame = frame.astype({8: "u1", 16: "<u2", 32: "<u4"}[runner.bits_allocated])
    return bytes(frame.tobytes())


def stream_size(data: bytes) -> tuple[int, int] | None:
    """Read (rows, columns) from a JPEG, JPEG-LS or JPEG 2000 stream without decoding it.

    Examples
    --------
    >>> stream_size(imagecodecs.jpegls_encode(np.zeros((5, 7), np.uint8)))
    (5, 7)
    """
    at = data.find(_SIZ, 0, 256)
    if data[:4] == b"\xff\x4f\xff\x51" or data[4:8] == b"jP  ":
        if at < 0 or len(data) < at + 22:
            return None
        columns, rows, left, top = struct.unpack(">4I", data[at + 6 : at + 22])
        return rows - top, columns - left
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        if marker in _START_OF_FRAME:
            rows, columns = struct.unpack(">2H", data[at + 5 : at + 9])
            return rows, columns
        at += 2 + length
    return None


def decoded(dataset: Dataset) -> NDArray[np.generic]:
    """Decode the first frame of a dataset that was read whole.

    Parameters
    ----------
    dataset : pydicom.Dataset
        With pixel data and a transfer syntax that `is_decodable`.

    Returns
    -------
    (rows, columns) integer
        Stored values in native byte order.

    Raises
    ------
    DecodeError
        The stream is cut, corrupt, or not of the size that the header says.
    """
    _register()
    syntax = dataset.file_meta.TransferSyntaxUID
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    need = rows * columns * int(dataset.BitsAllocated) // 8
    if need > MAX_FRAME_BYTES:
        msg = f"{need} bytes in one image"
        raise DecodeError(msg)
    if is_encapsulated(syntax) and need > MAX_RATIO * len(dataset.PixelData):
        msg = f"{len(dataset.PixelData)} bytes for an image of {need}"
        raise DecodeError(msg)
    plugin = PLUGIN if syntax in DECODER_DEPENDENCIES else "pydicom"  # its own, for RLE
    chosen = plugin if is_encapsulated(syntax) else ""
    try:
        array, _ = get_decoder(syntax).as_array(dataset, index=0, decoding_plugin=chosen)
    except MemoryError:
        raise
    except Exception as error:  # decoders raise whatever their C code raises; its text is not ours
        msg = "the stream is cut or corrupt"
        raise DecodeError(msg) from error
    if array.shape != (rows, columns):
        msg = f"{array.shape} pixels for an image of {(rows, columns)}"
        raise DecodeError(msg)
    return np.asarray(array, dtype=array.dtype.newbyteorder("="))


@cache  # pydicom refuses a second registration
def _register() -> None:
    for syntax in DECODER_DEPENDENCIES:
        get_decoder(syntax).add_plugin(PLUGIN, (__name__, "decode_frame"))
