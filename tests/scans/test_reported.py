"""Files as users of other readers reported them: odd to write, but every slice has its place.

Each case is made from the standard and from what was reported, none is a copy of a file. What is
asked is always the same: all voxels in their places, or a refusal that says why.
"""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from builders import a_grid, an_enhanced_object, voxels_for, write_series
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

import mriview
from mriview.scans.study import Study

GRID = a_grid()
VOXELS = voxels_for(GRID.shape)
UNDEFINED = 0xFFFFFFFF
GROUP_LENGTH_AT = 140  # behind preamble, prefix and head of (0002,0000)

Bytes = Callable[[bytes, int], bytes]
Edit = Callable[[Dataset, int], object]


def opened(folder: Path) -> Study:
    return mriview.open_study(folder)


def assert_in_place(study: Study) -> None:
    """All voxels, in their places, and nothing to be said."""
    (volume,) = study.volumes.values()
    assert np.array_equal(volume.voxels, VOXELS)
    assert np.allclose(volume.grid.lps_from_index, GRID.lps_from_index, atol=1e-6)
    assert study.problems == ()


def rewritten(folder: Path, edit_bytes: Bytes, edit: Edit = lambda _ds, _k: None) -> Study:
    for k, path in enumerate(write_series(folder, GRID, VOXELS, edit)):
        path.write_bytes(edit_bytes(path.read_bytes(), k))
    return opened(folder)


def as_implicit(ds: Dataset, _k: int) -> None:
    ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian


def parts_of(data: bytes) -> tuple[bytes, bytes]:
    """Meta information with preamble and prefix, and the data set."""
    end = GROUP_LENGTH_AT + 4 + struct.unpack_from("<L", data, GROUP_LENGTH_AT)[0]
    return data[:end], data[end:]


def with_other_meta(data: bytes, syntax: str) -> bytes:
    """Give the same data set below meta information that names another transfer syntax."""
    meta, dataset = parts_of(data)
    at = meta.index(b"\x02\x00\x10\x00UI")
    old = struct.unpack_from("<H", meta, at + 6)[0]
    value = syntax.encode() + b"\0" * (len(syntax) % 2)
    meta = meta[: at + 6] + struct.pack("<H", len(value)) + value + meta[at + 8 + old :]
    length = struct.pack("<L", len(meta) - GROUP_LENGTH_AT - 4)
    return meta[:GROUP_LENGTH_AT] + length + meta[GROUP_LENGTH_AT + 4 :] + dataset


def element(data: bytes, group: int, number: int, vr: bytes) -> tuple[int, int]:
    """Where an element of explicit VR and short length begins, and where it ends."""
    at = data.index(struct.pack("<HH", group, number) + vr)
    return at, at + 8 + struct.unpack_from("<H", data, at + 6)[0]


def value_by(change: Callable[[bytes, int], bytes], group: int, number: int, vr: bytes) -> Bytes:
    """Write the value of one element in another way."""

    def edited(data: bytes, k: int) -> bytes:
        at, end = element(data, group, number, vr)
        value = change(data[at + 8 : end], k)
        return data[: at + 6] + struct.pack("<H", len(value)) + value + data[end:]

    return edited


def as_unknown(group: int, number: int, vr: bytes) -> Bytes:
    """Write an element as VR UN, as archives do that do not know it."""

    def edited(data: bytes, _k: int) -> bytes:
        at, end = element(data, group, number, vr)
        head = data[at : at + 4] + b"UN\0\0" + struct.pack("<L", end - at - 8)
        return data[:at] + head + data[at + 8 :]

    return edited


# ---- what the file says of its own encoding ----------------------------------------------------


def test_pixels_begin_where_they_are_though_the_syntax_says_implicit(tmp_path: Path) -> None:
    def lying(data: bytes, _k: int) -> bytes:
        return with_other_meta(data, ImplicitVRLittleEndian)

    assert_in_place(rewritten(tmp_path, lying))


def test_pixels_begin_where_they_are_though_the_syntax_says_explicit(tmp_path: Path) -> None:
    def lying(data: bytes, _k: int) -> bytes:
        return with_other_meta(data, ExplicitVRLittleEndian) + bytes(64)

    assert_in_place(rewritten(tmp_path, lying, as_implicit))


@pytest.mark.parametrize(
    ("written", "claimed"),
    [
        (ExplicitVRLittleEndian, ImplicitVRLittleEndian),
        (ImplicitVRLittleEndian, ExplicitVRLittleEndian),
    ],
)
def test_frames_of_an_enhanced_object_keep_their_places_below_a_wrong_syntax(
    written: str, claimed: str, tmp_path: Path
) -> None:
    ds = an_enhanced_object(GRID, VOXELS)
    ds.file_meta.TransferSyntaxUID = written
    ds.save_as(tmp_path / "1.dcm", enforce_file_format=True)
    (tmp_path / "1.dcm").write_bytes(with_other_meta((tmp_path / "1.dcm").read_bytes(), claimed))
    assert_in_place(opened(tmp_path))


@pytest.mark.parametrize("edit", [lambda _ds, _k: None, as_implicit], ids=["explicit", "implicit"])
def test_a_data_set_without_meta_information_is_read(edit: Edit, tmp_path: Path) -> None:
    assert_in_place(rewritten(tmp_path, lambda data, _k: parts_of(data)[1], edit))


@pytest.mark.parametrize("length", [0, 4, 9999])
def test_a_wrong_group_length_of_the_meta_information_hides_nothing(
    length: int, tmp_path: Path
) -> None:
    def lying(data: bytes, _k: int) -> bytes:
        return data[:GROUP_LENGTH_AT] + struct.pack("<L", length) + data[GROUP_LENGTH_AT + 4 :]

    assert_in_place(rewritten(tmp_path, lying))


# ---- what lies around the pixels ---------------------------------------------------------------


def a_thumbnail() -> Dataset:
    icon = Dataset()
    icon.Rows = icon.Columns = 4
    icon.SamplesPerPixel, icon.PhotometricInterpretation = 1, "MONOCHROME2"
    icon.BitsAllocated = icon.BitsStored = 8
    icon.HighBit, icon.PixelRepresentation = 7, 0
    icon.ImagePositionPatient = ["9", "9", "9"]
    icon.PixelData = bytes(16)
    icon["PixelData"].VR = "OB"
    return icon


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("open_ended", [False, True])
def test_a_thumbnail_before_the_image_is_not_the_image(
    implicit: bool, open_ended: bool, tmp_path: Path
) -> None:
    def edit(ds: Dataset, k: int) -> None:
        ds.IconImageSequence = [a_thumbnail()]
        ds["IconImageSequence"].is_undefined_length = open_ended
        if implicit:
            as_implicit(ds, k)

    write_series(tmp_path, GRID, VOXELS, edit)
    assert_in_place(opened(tmp_path))


@pytest.mark.parametrize("implicit", [False, True])
def test_pixels_and_geometry_inside_a_private_sequence_are_not_those_of_the_image(
    implicit: bool, tmp_path: Path
) -> None:
    def edit(ds: Dataset, k: int) -> None:
        ds.private_block(0x0019, "SOMEBODY", create=True).add_new(0x10, "SQ", [a_thumbnail()])
        if implicit:
            as_implicit(ds, k)

    write_series(tmp_path, GRID, VOXELS, edit)
    assert_in_place(opened(tmp_path))


def test_a_sequence_of_unknown_vr_and_open_end_is_implicit_inside(tmp_path: Path) -> None:
    inside = struct.pack("<HHL", 0x0020, 0x0032, 6) + b"9\\9\\9 "
    inside += struct.pack("<HHL", 0x7FE0, 0x0010, 16) + bytes(16)
    item = struct.pack("<HHL", 0xFFFE, 0xE000, UNDEFINED) + inside
    item += struct.pack("<HHL", 0xFFFE, 0xE00D, 0) + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    creator = struct.pack("<HH2sH", 0x0019, 0x0010, b"LO", 8) + b"SOMEBODY"
    unknown = struct.pack("<HH2sHL", 0x0019, 0x1020, b"UN", 0, UNDEFINED) + item

    def with_sequence(data: bytes, _k: int) -> bytes:
        at, _ = element(data, 0x0020, 0x000D, b"UI")
        return data[:at] + creator + unknown + data[at:]

    assert_in_place(rewritten(tmp_path, with_sequence))


@pytest.mark.parametrize("behind", [bytes(1000), b"\1\2\3\4junk" * 50])
def test_what_follows_the_pixels_changes_none_of_them(behind: bytes, tmp_path: Path) -> None:
    assert_in_place(rewritten(tmp_path, lambda data, _k: data + behind))


def test_pixel_data_longer_than_the_image_is_read_from_its_beginning(tmp_path: Path) -> None:
    def edit(ds: Dataset, _k: int) -> None:
        ds.PixelData = ds.PixelData + b"\7" * 64

    write_series(tmp_path, GRID, VOXELS, edit)
    assert_in_place(opened(tmp_path))


# ---- how values are written --------------------------------------------------------------------


POSITION, ORIENTATION = (0x0020, 0x0032, b"DS"), (0x0020, 0x0037, b"DS")


@pytest.mark.parametrize(
    "change",
    [
        value_by(lambda v, _k: b" " + v.replace(b"\\", b" \\ ") + b" ", *POSITION),
        value_by(lambda v, _k: v.strip() + b"\0" * (2 - len(v.strip()) % 2), *POSITION),
        value_by(lambda v, _k: v.strip() + b" " * (1 - len(v.strip()) % 2), *POSITION),
        value_by(lambda _v, _k: b"1\\-0\\0\\-0.0\\1\\-0e0 ", *ORIENTATION),
        value_by(lambda _v, _k: b"1.0E+00\\1e-10\\0\\0\\+1\\-1E-12", *ORIENTATION),
        as_unknown(*POSITION),
        as_unknown(*ORIENTATION),
        as_unknown(0x0028, 0x0010, b"US"),
    ],
    ids=["spaces", "zeros", "odd", "minus zero", "exponents", "UN", "UN too", "rows UN"],
)
def test_numbers_are_read_however_they_are_written(change: Bytes, tmp_path: Path) -> None:
    assert_in_place(rewritten(tmp_path, change))


def test_a_decimal_comma_is_no_number_and_is_refused(tmp_path: Path) -> None:
    study = rewritten(tmp_path, value_by(lambda v, _k: v.replace(b".", b","), *POSITION))
    assert not study.volumes
    assert {one.code for one in study.problems} == {"geometry_invalid"}


@pytest.mark.parametrize("number", [0x000D, 0x000E, 0x0052])
def test_identifiers_padded_in_two_ways_are_one(number: int, tmp_path: Path) -> None:
    def padded(value: bytes, k: int) -> bytes:
        bare = value.strip(b"\0 ")
        return bare + (b" ", b"\0")[k % 2] * (2 - len(bare) % 2)

    assert_in_place(rewritten(tmp_path, value_by(padded, 0x0020, number, b"UI")))


@pytest.mark.parametrize(
    "keyword",
    [
        *("PatientID", "FrameOfReferenceUID", "InstanceNumber", "ImageType", "RescaleSlope"),
        *("AcquisitionTime", "NumberOfFrames", "SliceThickness", "SeriesInstanceUID"),
        *("StudyInstanceUID", "SOPInstanceUID", "AnatomicalOrientationType"),
    ],
)
def test_an_element_that_was_emptied_to_hide_a_person_moves_no_slice(
    keyword: str, tmp_path: Path
) -> None:
    def edit(ds: Dataset, _k: int) -> None:
        ds.add_new(keyword, Dataset().setdefault(keyword, None).VR, None)

    write_series(tmp_path, GRID, VOXELS, edit)
    assert_in_place(opened(tmp_path))


# ---- what lies beside the images ---------------------------------------------------------------


def test_a_makers_record_without_pixels_does_not_make_its_series_incomplete(
    tmp_path: Path,
) -> None:
    first, *_ = write_series(tmp_path, GRID, VOXELS)
    record = dcmread(first)
    record.SOPClassUID = UID("1.3.46.670589.11.0.0.12.2")
    record.SOPInstanceUID = UID("2.25.4.99")
    record.file_meta.MediaStorageSOPClassUID = record.SOPClassUID
    record.file_meta.MediaStorageSOPInstanceUID = record.SOPInstanceUID
    del record.PixelData
    record.save_as(tmp_path / "record.dcm", enforce_file_format=True)
    study = opened(tmp_path)
    assert [one.code for one in study.problems] == ["not_a_scan"]
    (volume,) = study.volumes.values()
    assert np.array_equal(volume.voxels, VOXELS)
    assert (study.tally.refused, study.tally.ignored) == (0, 1)


def test_a_file_that_ends_inside_a_sequence_is_called_cut_not_closed(tmp_path: Path) -> None:
    first, *_ = write_series(tmp_path, GRID, VOXELS)
    data = first.read_bytes()
    at, _ = element(data, 0x0020, 0x000D, b"UI")
    sequence = struct.pack("<HH2sHL", 0x0008, 0x1140, b"SQ", 0, UNDEFINED)
    (tmp_path / "cut.dcm").write_bytes(data[:at] + sequence)
    study = opened(tmp_path)
    assert [one.code for one in study.problems] == ["series_incomplete", "file_truncated"]
