"""Bytes of files that nobody should trust: lies, bombs and what a broken disc leaves.

Importable as ``hostile`` in every test. Each builder gives a whole file; what must be said of it
stands in the test.
"""

import io
import struct
import zlib

import imagecodecs
import numpy as np
from builders import a_grid, a_slice, an_enhanced_object, voxels_for
from encoded import run_lengths
from pydicom import uid
from pydicom.config import IGNORE
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.sequence import Sequence

GRID = a_grid((13, 12, 4))
VOXELS = voxels_for(GRID.shape)
GIB, MIB = 2**30, 2**20
SECRET, SECRET_UID = "HOSTILE^PATIENT", "2.25.66666666666666"  # must stand in no message
NO_LENGTH = 0xFFFFFFFF
PIXELS = 0x7FE00010

# ---- bytes --------------------------------------------------------------------------------------

ITEM, ITEM_END, SEQUENCE_END = (
    struct.pack("<HHI", 0xFFFE, element, 0) for element in (0xE000, 0xE00D, 0xE0DD)
)
OPEN_ITEM = ITEM[:4] + b"\xff" * 4


def element(tag: int, vr: bytes, value: bytes = b"", length: int | None = None) -> bytes:
    """Give one element, explicit little endian, whose length may lie."""
    count = len(value) if length is None else length
    long = vr in {b"OB", b"OW", b"SQ", b"UN"}
    size = struct.pack("<xxI", count) if long else struct.pack("<H", count)
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr + size + value


def bytes_of(ds: Dataset) -> bytes:
    stream = io.BytesIO()
    ds.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def an_image(k: int = 0, **tags: object) -> bytes:
    ds = a_slice(GRID, VOXELS[:, :, k], k, PatientName=SECRET, SeriesInstanceUID=SECRET_UID, **tags)
    return bytes_of(ds)


def with_value(whole: bytes, tag: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    """Give a file in which one element has another value, or says another length."""
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr
    at = whole.index(head)
    old = whole[at : at + len(head) + 2]
    size = struct.unpack("<H", old[-2:])[0]
    return whole[:at] + element(tag, vr, value, length) + whole[at + len(old) + size :]


def with_pixels(whole: bytes, value: bytes, length: int) -> bytes:
    at = whole.index(struct.pack("<HH", PIXELS >> 16, PIXELS & 0xFFFF) + b"OW")
    return whole[:at] + element(PIXELS, b"OW", value, length)


def with_inserted(whole: bytes, raw: bytes, before: bytes = b"\x10\x00\x10\x00PN") -> bytes:
    at = whole.index(before)
    return whole[:at] + raw + whole[at:]


def in_syntax(ds: Dataset, syntax: str, streams: list[bytes]) -> bytes:
    """Give an object whose pixels are what nobody would encode so."""
    ds.file_meta.TransferSyntaxUID = syntax
    ds.PixelData = encapsulate(streams)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return bytes_of(ds)


def compressed(syntax: str, stream: bytes, side: int, k: int = 0) -> bytes:
    ds = a_slice(GRID, VOXELS[:, :, 0].astype("<u2"), k, PatientName=SECRET)
    ds.Rows = ds.Columns = side
    return in_syntax(ds, syntax, [stream])


def deflated(head: bytes, gibibytes: int = 1) -> bytes:
    """Give a deflate stream of a few bytes and a gibibyte of zeros, without ever holding it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    begin = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    again = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = again.compress(bytes(MIB)) + again.flush(zlib.Z_FULL_FLUSH)
    return begin + block * (1024 * gibibytes) + b"\x03\x00"


def gzip_bomb(head: bytes) -> bytes:
    return b"\x1f\x8b\x08" + bytes(7) + deflated(head) + bytes(8)


def deflated_object(k: int = 0) -> bytes:
    """Give an image whose pixels are followed by a gibibyte, deflated."""
    ds = a_slice(GRID, VOXELS[:, :, k], k, PatientName=SECRET)
    whole = bytes_of(ds)
    ds.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
    meta = bytes_of(ds)
    return meta[: data_set_at(meta)] + deflated(whole[data_set_at(whole) :])


def data_set_at(whole: bytes) -> int:
    """Say where the data set begins behind the meta information."""
    return 132 + 12 + struct.unpack("<I", whole[140:144])[0]


def a_zip(*members: tuple[str, bytes, int]) -> bytes:
    """Give an archive of deflated members (name, packed bytes, size that the directory says)."""
    parts, directory, at = [], [], 0
    for name, packed, size in members:
        fields = struct.pack("<5H3I2H", 20, 0, 8, 0, 0, 0, len(packed), size, len(name), 0)
        local = b"PK\x03\x04" + fields + name.encode() + packed
        directory.append(
            b"PK\x01\x02\x14\x00" + fields + struct.pack("<3H2I", 0, 0, 0, 0, at) + name.encode()
        )
        parts.append(local)
        at += len(local)
    listed = b"".join(directory)
    count = len(members)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(listed), at, 0)
    return b"".join(parts) + listed + end


def stored(name: str, content: bytes) -> tuple[str, bytes, int]:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return name, packer.compress(content) + packer.flush(), len(content)


def nested_sequences(depth: int) -> bytes:
    opening = element(0x00091001, b"SQ", length=NO_LENGTH) + OPEN_ITEM
    return opening * depth + (ITEM_END + SEQUENCE_END) * depth


def many_elements(count: int) -> bytes:
    groups = range(0x0009, 0x1001, 2)
    tags = ((group << 16) + 0x1000 + n for group in groups for n in range(0xE000))
    return b"".join(element(tag, b"LO") for tag, _ in zip(tags, range(count), strict=False))


def without_vrs(tag: int, length: int | None = None, value: bytes = b"") -> bytes:
    """Give a file without VRs in which one element has another value, or claims a length."""
    ds = a_slice(GRID, VOXELS[:, :, 0], PatientName=SECRET)
    ds.file_meta.TransferSyntaxUID = uid.ImplicitVRLittleEndian
    whole = bytes_of(ds)
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    at = whole.index(head, data_set_at(whole))
    claimed = len(value) if length is None else length
    old = struct.unpack("<I", whole[at + 4 : at + 8])[0] if value else 0
    return whole[: at + 4] + struct.pack("<I", claimed) + value + whole[at + 8 + old :]


def an_enhanced_file(frames: bytes | None = None, **tags: object) -> bytes:
    ds = an_enhanced_object(GRID, VOXELS.astype("<u2"), PatientName=SECRET)
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    if frames is None:
        return bytes_of(ds)
    images = np.ascontiguousarray(VOXELS.T.astype("<u2"))
    streams = [run_lengths(image) for image in images]
    ds.file_meta.TransferSyntaxUID = uid.RLELossless
    ds.PixelData, _, lengths = encapsulate_extended(streams)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = frames, lengths
    return bytes_of(ds)


def j2k_of(side: int) -> bytes:
    """Give a JPEG 2000 stream of a small image that says that it is a large one."""
    stream = bytearray(imagecodecs.jpeg2k_encode(VOXELS[:, :, 0].astype("u2"), codecformat="j2k"))
    at = stream.index(b"\xff\x51")
    for offset in (6, 22):  # of the image, of the tile
        stream[at + offset : at + offset + 8] = struct.pack(">2I", side, side)
    return bytes(stream)


def a_medium_index(*file_ids: list[str], syntax: str = uid.ExplicitVRLittleEndian) -> bytes:
    """Give a DICOMDIR whose records name files, whatever they are, and point at nothing."""
    records = []
    for file_id in file_ids:
        record = Dataset()
        record.OffsetOfTheNextDirectoryRecord = 0xFFFFFFF0  # out of the file, and in a circle
        record.RecordInUseFlag, record.DirectoryRecordType = 0xFFFF, "IMAGE"
        record[0x00041500] = DataElement(0x00041500, "CS", file_id, validation_mode=IGNORE)
        records.append(record)
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = uid.MediaStorageDirectoryStorage
    ds.file_meta.MediaStorageSOPInstanceUID = "2.25.9"
    ds.file_meta.TransferSyntaxUID = syntax
    ds.FileSetID = "SYNTHETIC"
    ds.DirectoryRecordSequence = Sequence(records)
    return bytes_of(ds)
