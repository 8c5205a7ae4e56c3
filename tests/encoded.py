"""DICOM images in every transfer syntax, made on the spot, and pydicom as the judge of them.

Importable as ``encoded`` in every test. Our decoders are plugged into pydicom under the name
``judge``, so that the same codec runs below two readers: what pydicom does around it is compared.
"""

import struct
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import imagecodecs
import numpy as np
from builders import a_grid
from pydicom import dcmread, uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.pixels import get_decoder

from mriview.scans.dicom.classic import encoding_of
from mriview.scans.dicom.header import UNDEFINED_LENGTH
from mriview.scans.dicom.parsing import opened_object, read_header, silently
from mriview.scans.dicom.pixels import voxels_of
from mriview.scans.files import ScanFile
from mriview.scans.headers import GridPlan, Owner, Plane

JPEG = (uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEGLossless, uid.JPEGLosslessSV1)
JPEG_LS = (uid.JPEGLSLossless, uid.JPEGLSNearLossless)
JPEG_2000 = (uid.JPEG2000Lossless, uid.JPEG2000)
HTJ2K = (uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K)
NATIVE = (
    *(uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian),
    *(uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian),
)
LOSSLESS = (uid.RLELossless, *JPEG[2:], JPEG_LS[0], JPEG_2000[0], HTJ2K[0])

DECODER_DEPENDENCIES = dict.fromkeys((*JPEG, *JPEG_LS, *JPEG_2000, *HTJ2K), ("imagecodecs",))


def is_available(_syntax: str) -> bool:
    """Tell pydicom that this plug-in can decode."""
    return True


def decode_frame(source: bytes, runner) -> bytes:
    """Decode for pydicom, as its own plug-ins do."""
    data, syntax = bytes(source), runner.transfer_syntax
    if syntax in JPEG:
        frame = imagecodecs.jpeg8_decode(data)
    elif syntax in JPEG_LS:
        frame = imagecodecs.jpegls_decode(data)
    else:
        frame = imagecodecs.jpeg2k_decode(data)
    return frame.astype({8: "u1", 16: "<u2", 32: "<u4"}[runner.bits_allocated]).tobytes()


for _syntax in DECODER_DEPENDENCIES:
    if "judge" not in get_decoder(_syntax)._available:
        get_decoder(_syntax).add_plugin("judge", (__name__, "decode_frame"))


def encode(image: np.ndarray, syntax: str, *, signed_stream: bool = False) -> bytes:
    """Encode one image; whatever its type, samples go in as bit patterns without sign.

    A JPEG 2000 stream may say that it is signed, whatever its header says.
    """
    bits = np.ascontiguousarray(image).view(f"u{image.itemsize}")
    if syntax in JPEG_2000:
        samples = bits.view(f"i{image.itemsize}") if signed_stream else bits
        exact = syntax == uid.JPEG2000Lossless
        level = {} if exact else {"level": 60}
        return imagecodecs.jpeg2k_encode(samples, reversible=exact, codecformat="j2k", **level)
    return ENCODERS[syntax](bits)


def run_lengths(image: np.ndarray) -> bytes:
    """Encode one image by DICOM's run lengths: the highest bytes first, row by row."""
    planes = image.view("u1").reshape(*image.shape, image.itemsize)[..., ::-1]
    segments = []
    for n in range(image.itemsize):
        rows = (np.ascontiguousarray(row) for row in planes[..., n])
        packed = b"".join(imagecodecs.packbits_encode(row.tobytes()) for row in rows)
        segments.append(packed + b"\0" * (len(packed) % 2))
    begins = [64 + sum(map(len, segments[:n])) for n in range(len(segments))]
    return struct.pack("<16I", len(segments), *begins, *[0] * (15 - len(segments))) + b"".join(
        segments
    )


def lossless_jpeg(predictor: int) -> Callable[[np.ndarray], bytes]:
    """Give an encoder that predicts each sample from its neighbours in one of seven ways."""
    return lambda image: imagecodecs.jpeg8_encode(
        image, lossless=True, predictor=predictor, bitspersample=8 * image.itemsize
    )


ENCODERS: dict[str, Callable[[np.ndarray], bytes]] = {
    uid.RLELossless: run_lengths,
    uid.JPEGBaseline8Bit: partial(imagecodecs.jpeg8_encode, level=95),
    uid.JPEGExtended12Bit: partial(imagecodecs.jpeg8_encode, level=98, bitspersample=12),
    uid.JPEGLossless: lossless_jpeg(predictor=6),
    uid.JPEGLosslessSV1: lossless_jpeg(predictor=1),
    uid.JPEGLSLossless: imagecodecs.jpegls_encode,
    uid.JPEGLSNearLossless: partial(imagecodecs.jpegls_encode, level=2),
    uid.HTJ2KLossless: partial(imagecodecs.htj2k_encode, reversible=True),
    uid.HTJ2KLosslessRPCL: partial(imagecodecs.htj2k_encode, reversible=True),
    uid.HTJ2K: partial(imagecodecs.htj2k_encode, reversible=False, level=0.001),
}


def an_image_object(
    images: np.ndarray,
    syntax: str = uid.ExplicitVRLittleEndian,
    streams: Sequence[bytes] | None = None,
    **tags: object,
) -> Dataset:
    """Give an object of (frames, rows, columns) stored values; ``streams`` are encoded frames."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = uid.EnhancedMRImageStorage
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "2.25.4"
    ds.NumberOfFrames, ds.Rows, ds.Columns = images.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    bits = 8 * images.itemsize
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = bits, bits, bits - 1
    ds.PixelRepresentation = int(images.dtype.kind == "i")
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    ds.HighBit = ds.BitsStored - 1
    if streams is None and syntax not in NATIVE:
        streams = [encode(image, syntax) for image in images]
    if streams is None:
        order = ">" if syntax == uid.ExplicitVRBigEndian else "<"
        raw = images.astype(images.dtype.newbyteorder(order)).tobytes()
        ds.PixelData = raw + b"\0" * (len(raw) % 2)
        ds["PixelData"].VR = "OB" if bits == 8 else "OW"
    else:
        hold(ds, encapsulate(list(streams)))
    return ds


def hold(ds: Dataset, fragments: bytes) -> Dataset:
    """Put encapsulated bytes into an object."""
    ds.PixelData = fragments
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return ds


def hold_with_extended_table(
    ds: Dataset,
    streams: Sequence[bytes],
    edit: Callable[[list[int], list[int]], object] = lambda _offsets, _lengths: None,
) -> Dataset:
    """Put frames into an object, with an extended offset table; ``edit`` changes it."""
    fragments, offsets, lengths = encapsulate_extended(list(streams))
    count = len(streams)
    numbers = (list(struct.unpack(f"<{count}Q", raw)) for raw in (offsets, lengths))
    begins, sizes = numbers
    edit(begins, sizes)
    ds.ExtendedOffsetTable = struct.pack(f"<{len(begins)}Q", *begins)
    ds.ExtendedOffsetTableLengths = struct.pack(f"<{len(sizes)}Q", *sizes)
    return hold(ds, fragments)


def written(path: Path, ds: Dataset) -> ScanFile:
    """Write an object, and give its file as a walk would."""
    ds.save_as(path, enforce_file_format=True)
    return found(path)


def found(path: Path) -> ScanFile:
    """Give a file as a walk would."""
    status = path.stat()
    return ScanFile(str(path), "", status.st_size, status.st_mtime_ns)


def planes_in(file: ScanFile, **changes: object) -> list[Plane]:
    """Give a plane for each frame, with whatever place."""
    with silently():
        header = read_header(file)
        encoding = encoding_of(header, header.whole("NumberOfFrames", default=1))
    defined = header.pixels.length != UNDEFINED_LENGTH
    first = Plane(
        reader="dicom",
        file=file,
        owner=Owner(),
        columns=encoding.columns,
        rows=encoding.rows,
        position_mm=(0.0, 0.0, 0.0),
        along_i=(1.0, 0.0, 0.0),
        along_j=(0.0, 1.0, 0.0),
        spacing_mm=(1.0, 1.0),
        encoding=encoding,
        pixels_at=header.pixels.value_at,
        pixels_bytes=header.pixels.length if defined else None,
    )
    return [first._replace(frame=n, **changes) for n in range(encoding.frames)]


def loaded(planes: Sequence[Plane]) -> np.ndarray:
    """Load planes as one volume, given back as (planes, rows, columns)."""
    size = planes[0].columns, planes[0].rows, len(planes)
    return voxels_of(GridPlan(a_grid(size), tuple(planes))).transpose(2, 1, 0)


def judged(file: ScanFile) -> np.ndarray:
    """Give what pydicom reads, (frames, rows, columns) in native byte order."""
    stream = opened_object(file)
    with stream, silently():
        ds = dcmread(stream, force=True)
        syntax = ds.file_meta.TransferSyntaxUID
        plugin = {"decoding_plugin": "judge"} if syntax in DECODER_DEPENDENCIES else {}
        array, _ = get_decoder(syntax).as_array(ds, allow_excess_frames=False, **plugin)
    return array.astype(array.dtype.newbyteorder("=")).reshape(-1, *array.shape[-2:])
