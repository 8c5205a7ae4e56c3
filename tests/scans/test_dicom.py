"""Classic DICOM images: values, places, and every header that must not become a volume."""

import json
import logging
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pydicom
import pytest
from builders import a_grid, decimals, voxels_for, write_nifti, write_series
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

import mriview
from mriview.errors import ScanError
from mriview.scans.dicom.parsing import silently
from mriview.scans.files import ScanFile
from mriview.scans.headers import Plane, Unread
from mriview.scans.index import headers_of
from mriview.scans.limits import limits

GRID = a_grid((6, 5, 12))


def header_of(path: Path):
    (header,) = headers_of(ScanFile(str(path)))
    return header


def problem_of(folder: Path, edit, **tags) -> str:
    """What is said of the first slice of a series after an edit."""
    header = header_of(write_series(folder, edit=edit, **tags)[0])
    assert isinstance(header, Unread), header
    return header.problem.code


def only_volume(folder: Path):
    (volume,) = mriview.open_study(folder).volumes.values()
    return volume


@pytest.mark.parametrize("dtype", ["u1", "i1", "<u2", "<i2", "<u4", "<i4"])
def test_stored_integers_stay_what_they_are(tmp_path: Path, dtype) -> None:
    voxels = (voxels_for(GRID.shape, "<i4") % 250 - (120 if dtype[-2] == "i" else 0)).astype(dtype)
    write_series(tmp_path, GRID, voxels)
    volume = only_volume(tmp_path)
    assert volume.voxels.dtype == np.dtype(dtype).newbyteorder("=")
    assert np.array_equal(volume.voxels, voxels)
    assert np.allclose(volume.grid.lps_from_index, GRID.lps_from_index, atol=1e-6)


def test_each_slice_has_its_own_slope_and_intercept(tmp_path: Path) -> None:
    def rescale(ds, k):
        ds.RescaleSlope, ds.RescaleIntercept = f"{1 + k / 8}", f"{-k}"

    voxels = voxels_for(GRID.shape)
    write_series(tmp_path, GRID, voxels, rescale)
    k = np.arange(12)
    assert np.allclose(only_volume(tmp_path).voxels, voxels * (1 + k / 8) - k, rtol=1e-6)


def test_voxels_are_read_once_and_cannot_be_written(tmp_path: Path) -> None:
    write_series(tmp_path, GRID)
    volume = only_volume(tmp_path)
    assert volume.voxels is volume.voxels
    with pytest.raises(ValueError, match="read-only"):
        volume.voxels[0, 0, 0] = 1


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_byte_orders_give_one_value_in_native_order(tmp_path: Path, syntax) -> None:
    def encode(ds, k):
        ds.file_meta.TransferSyntaxUID = syntax
        if syntax == ExplicitVRBigEndian:
            ds.PixelData = np.frombuffer(ds.PixelData, "<i2").astype(">i2").tobytes()
            ds["PixelData"].VR = "OW"

    voxels = voxels_for(GRID.shape)
    write_series(tmp_path, GRID, voxels, encode)
    volume = only_volume(tmp_path)
    assert volume.voxels.dtype.isnative
    assert np.array_equal(volume.voxels, voxels)


def test_overlay_bits_above_the_stored_ones_are_not_values(tmp_path: Path) -> None:
    def overlay(ds, k):
        ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 12, 11, 0
        pixels = np.frombuffer(ds.PixelData, "<u2") | 0xF000
        ds.PixelData = pixels.tobytes()

    voxels = voxels_for(GRID.shape, "<u2")
    write_series(tmp_path, GRID, voxels, overlay)
    assert np.array_equal(only_volume(tmp_path).voxels, voxels)


def test_pixel_data_that_is_longer_than_the_image_is_cut_to_it(tmp_path: Path) -> None:
    voxels = voxels_for(GRID.shape)
    write_series(tmp_path, GRID, voxels, lambda ds, _k: setattr(ds, "PixelData", 2 * ds.PixelData))
    assert np.array_equal(only_volume(tmp_path).voxels, voxels)


@pytest.mark.parametrize(
    ("code", "tags"),
    [
        ("geometry_missing", {"ImagePositionPatient": None}),
        ("geometry_missing", {"ImageOrientationPatient": None}),
        ("geometry_missing", {"PixelSpacing": None}),
        ("geometry_invalid", {"PixelSpacing": ["0", "0.5"]}),
        ("geometry_invalid", {"PixelSpacing": ["0.5"]}),
        ("geometry_invalid", {"ImagePositionPatient": ["1", "2"]}),
        ("geometry_invalid", {"ImageOrientationPatient": ["0"] * 6}),
        ("geometry_invalid", {"ImageOrientationPatient": ["1", "0", "0", "0.5", "1", "0"]}),
        ("rescale_invalid", {"RescaleSlope": "0"}),
        ("pixel_layout_unsupported", {"BitsStored": 12, "HighBit": 15}),
        ("pixel_layout_unsupported", {"BitsAllocated": 17}),
        ("pixel_data_truncated", {"Rows": 50}),
        ("colour_image", {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}),
        ("multiframe_not_supported", {"NumberOfFrames": 2}),
        ("mosaic_without_position", {"ImageType": ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]}),
        ("quadruped_not_supported", {"AnatomicalOrientationType": "QUADRUPED"}),
        ("secondary_capture", {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}),
        ("not_a_scan", {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.4"}),
        ("not_a_scan", {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.22"}),
        ("not_a_scan", {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.11.1"}),
        ("class_not_supported", {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.128", "Modality": "PT"}),
        ("geometry_invalid", {"Rows": 0}),
    ],
)
def test_an_image_that_has_no_place_or_no_value_is_named(tmp_path: Path, code, tags) -> None:
    def change(ds, k):
        for keyword, value in tags.items():
            if value is None:
                delattr(ds, keyword)
            else:
                setattr(ds, keyword, value)

    assert problem_of(tmp_path, change) == code


def test_a_number_that_is_text_is_no_place(tmp_path: Path) -> None:
    path = write_series(tmp_path, PixelSpacing=["0.111111", "0.222222"])[0]
    path.write_bytes(path.read_bytes().replace(b"0.111111", b"SECR,ET!"))
    header = header_of(path)
    assert header.problem.code == "geometry_invalid"
    assert "SECR" not in str(header.problem)


def test_a_decimal_comma_is_no_number(tmp_path: Path) -> None:
    path = write_series(tmp_path, PixelSpacing=["0.111111", "0.222222"])[0]
    path.write_bytes(path.read_bytes().replace(b"0.111111", b"0,111111"))
    assert header_of(path).problem.code == "geometry_invalid"


@pytest.mark.parametrize("keep", [0, 100, 140, 200, 500, 800])
def test_a_header_that_is_cut_anywhere_is_said_and_never_raised(tmp_path: Path, keep) -> None:
    path = write_series(tmp_path)[0]
    path.write_bytes(path.read_bytes()[:keep])
    header = header_of(path)
    assert isinstance(header, Unread)
    assert header.problem.severity == "error"


def test_every_cut_of_a_file_is_refused(tmp_path: Path) -> None:
    path = write_series(tmp_path)[0]
    whole = path.read_bytes()
    assert isinstance(header_of(path), Plane)
    for keep in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:keep])
        header = header_of(path)
        assert isinstance(header, Unread), keep
        assert header.problem.severity == "error", (keep, header.problem)


def test_a_file_without_preamble_is_read_and_one_of_zeros_is_not(tmp_path: Path) -> None:
    path = write_series(tmp_path)[0]
    path.write_bytes(path.read_bytes()[132:])
    assert isinstance(header_of(path), Plane)
    path.write_bytes(bytes(2000))
    assert header_of(path).problem.code == "not_dicom"


def test_a_file_that_changes_after_the_headers_is_refused_by_its_voxels(tmp_path: Path) -> None:
    paths = write_series(tmp_path, GRID)
    volume = only_volume(tmp_path)
    paths[3].write_bytes(paths[3].read_bytes()[:-20])
    with pytest.raises(ScanError) as refused:
        _ = volume.voxels
    assert refused.value.code == "file_changed"


def test_nothing_of_a_patient_is_said_anywhere(tmp_path: Path, caplog, recwarn) -> None:
    secret = "SECRET"
    for n, edit in enumerate(
        [
            lambda ds, _k: delattr(ds, "PixelSpacing"),
            lambda ds, _k: setattr(ds, "ImageType", ["A", "B", "MIP"]),
            lambda ds, _k: setattr(ds, "NumberOfFrames", 3),
        ]
    ):
        write_series(
            tmp_path / secret / str(n),
            edit=edit,
            PatientID=secret,
            PatientName=secret,
            SeriesDescription=secret,
            SeriesInstanceUID=f"2.25.777{n}",
        )
    with caplog.at_level(logging.DEBUG):
        study = mriview.open_study(tmp_path)
    said = repr(study) + "".join(map(str, study.problems)) + caplog.text
    said += "".join(str(one.as_json()) for one in study.problems)
    assert {p.code for p in study.problems} == {
        *("geometry_missing", "derived_mip", "multiframe_not_supported")
    }
    assert secret not in said
    assert "2.25." not in said
    assert not recwarn.list


def test_volumes_keep_their_identity_out_of_their_repr(tmp_path: Path) -> None:
    write_series(tmp_path / "SECRET", GRID, PatientID="SECRET", SeriesDescription="SECRET")
    study = mriview.open_study(tmp_path)
    assert "SECRET" not in repr(study)
    assert "2.25." not in repr(study)
    assert "SECRET" not in repr(header_of(tmp_path / "SECRET" / "000.dcm"))


def test_what_was_measured_is_told_from_what_was_interpolated(tmp_path: Path) -> None:
    grid = a_grid((8, 8, 12), (0.5, 0.5, 0.5))
    write_series(tmp_path, grid, AcquisitionMatrix=[8, 0, 0, 4], SliceThickness=decimals([1.0])[0])
    assert only_volume(tmp_path).acquired_voxel_mm == (0.5, 1.0, 1.0)


def test_without_an_acquisition_matrix_the_measured_size_is_unknown(tmp_path: Path) -> None:
    write_series(tmp_path, GRID)
    assert only_volume(tmp_path).acquired_voxel_mm is None


@pytest.mark.parametrize("maker", ["SIEMENS", "Philips"])
def test_a_private_b_value_counts_under_its_makers_word_only(tmp_path: Path, maker) -> None:
    def diffusion(ds, k):
        group, creator, vr = {
            "SIEMENS": (0x0019, "SIEMENS MR HEADER", "IS"),
            "Philips": (0x2001, "Philips Imaging DD 001", "FL"),
        }[maker]
        block = ds.private_block(group, creator, create=True)
        block.add_new(0x0C if maker == "SIEMENS" else 0x03, vr, 1000)

    header = header_of(write_series(tmp_path, edit=diffusion)[0])
    assert dict(header.kind)["b_value"] == "1000.00"


@given(
    st.sampled_from([ExplicitVRLittleEndian, ImplicitVRLittleEndian]),
    st.lists(st.tuples(st.integers(0, 1100), st.integers(0, 255)), min_size=1, max_size=9),
)
def test_no_damage_to_a_header_crashes_the_reader(tmp_path_factory, syntax, damage) -> None:
    folder = tmp_path_factory.getbasetemp() / f"fuzz-{syntax.name}"
    if not folder.exists():
        write_series(folder, edit=lambda ds, _k: setattr(ds.file_meta, "TransferSyntaxUID", syntax))
    raw = bytearray((folder / "000.dcm").read_bytes())
    for at, value in damage:
        raw[at % len(raw)] = value
    path = folder / "damaged.dcm"
    path.write_bytes(raw)
    assert isinstance(header_of(path), Plane | Unread)


def test_a_deflated_object_is_read_and_a_bomb_is_not(tmp_path: Path, set_limit) -> None:
    def deflate(ds, k):
        ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian

    voxels = voxels_for(GRID.shape)
    paths = write_series(tmp_path, GRID, voxels, deflate)
    assert np.array_equal(only_volume(tmp_path).voxels, voxels)
    set_limit(content_bytes=500)
    assert header_of(paths[0]).problem.code == "content_too_large"


def test_a_sequence_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    path = write_series(tmp_path)[0]
    whole = path.read_bytes()
    sequence = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    at = whole.index(b"\x08\x00\x60\x00CS")
    path.write_bytes(whole[:at] + 5000 * sequence + whole[at:])
    assert header_of(path).problem.code in {"header_too_large", "file_truncated"}


FREE_TEXT = {"ScanOptions": ["MUELLER^HANS", "FS"], "SequenceVariant": ["PID4711", "SP"]}


@pytest.mark.parametrize("form", ["dicom", "nifti"])
def test_free_text_in_coded_attributes_reaches_no_volume(tmp_path: Path, form) -> None:
    if form == "dicom":
        with silently():  # pydicom warns of such words when it writes them
            write_series(tmp_path, GRID, **FREE_TEXT, Modality="MUELLER^HANS", AngioFlag="HANS")
    else:
        write_nifti(tmp_path / "a.nii", GRID)
        sidecar = {**FREE_TEXT, "Modality": "MUELLER^HANS", "MRAcquisitionType": "PID4711"}
        (tmp_path / "a.json").write_text(json.dumps(sidecar))
    volume = only_volume(tmp_path)
    assert volume.modality == ""
    words = {key: value for key, value in volume.physics.items() if isinstance(value, str)}
    assert words == {"scan_options": "FS", "sequence_variant": "SP"}


def test_a_gap_between_thin_slices_counts_as_slice(tmp_path: Path) -> None:
    grid = a_grid((8, 8, 12), (0.5, 0.5, 2.0))
    write_series(tmp_path, grid, AcquisitionMatrix=[0, 8, 8, 0], SliceThickness="0.6")
    assert only_volume(tmp_path).acquired_voxel_mm == (0.5, 0.5, 2.0)


def test_values_through_a_table_are_refused(tmp_path: Path) -> None:
    def table(ds, _k):
        lut = Dataset()
        lut.LUTDescriptor, lut.ModalityLUTType, lut.LUTData = [4, 0, 16], "US", [0, 10, 40, 90]
        lut["LUTDescriptor"].VR = lut["LUTData"].VR = "US"
        ds.ModalityLUTSequence = [lut]

    assert problem_of(tmp_path, table) == "modality_lut_not_supported"


def test_a_large_slope_gives_the_finite_numbers_that_pydicom_gives(tmp_path: Path) -> None:
    voxels = voxels_for(GRID.shape)
    write_series(tmp_path, GRID, voxels, RescaleSlope="1e300", RescaleIntercept="0")
    assert np.array_equal(only_volume(tmp_path).voxels, voxels * 1e300)


def test_a_slope_beyond_all_numbers_is_refused_by_its_voxels(tmp_path: Path) -> None:
    write_series(tmp_path, GRID, RescaleSlope="1e308", RescaleIntercept="0")
    with pytest.raises(ScanError, match="values_out_of_range"):
        _ = only_volume(tmp_path).voxels


def deflated(folder: Path, private: bytes) -> Path:
    def edit(ds, _k):
        ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        ds.private_block(0x0019, "X", create=True).add_new(1, "OB", private)

    return write_series(folder, a_grid((6, 5, 1)), edit=edit)[0]


@pytest.mark.parametrize("padding", [b"", b"\0", b"\0" * 3000])
def test_padding_after_a_deflated_object_does_not_hang_the_reader(tmp_path, padding) -> None:
    path = deflated(tmp_path, bytes(64))
    path.write_bytes(path.read_bytes() + padding)
    assert isinstance(header_of(path), Plane)


@pytest.mark.whole
def test_a_small_file_that_inflates_to_much_is_refused_without_its_memory(tmp_path: Path) -> None:
    path = deflated(tmp_path, bytes(4 * limits().expansion_free_bytes))
    assert path.stat().st_size < 300_000
    tracemalloc.start()
    try:
        code = header_of(path).problem.code
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert code == "expands_too_much"
    assert peak_bytes < 1.5 * limits().expansion_free_bytes


def test_more_voxels_than_a_series_may_have_are_refused_after_one_slice(
    tmp_path: Path, set_limit
) -> None:
    write_series(tmp_path, GRID)
    set_limit(voxel_bytes=700)  # 6 x 5 x 12 of 2 bytes are 720
    with pytest.raises(ScanError, match="voxels_too_large"):
        _ = only_volume(tmp_path).voxels


def test_of_headers_that_are_long_no_file_is_opened_twice_but_the_first(
    tmp_path: Path, monkeypatch
) -> None:
    def add_blob(ds, _k):
        ds.add_new(0x00290010, "LO", "SOME MAKER")
        ds.add_new(0x00291020, "OB", bytes(40_000))

    write_series(tmp_path, a_grid((6, 5, 12)), edit=add_blob)
    opens: list[str] = []
    open_file = os.open
    monkeypatch.setattr(os, "open", lambda path, *how: opens.append(path) or open_file(path, *how))
    (found,) = mriview.index(tmp_path)
    assert found.shape == (6, 5, 12)
    files = [path for path in opens if str(path).endswith(".dcm")]
    assert len(files) == 12 + 1


def test_a_deflated_series_is_the_series_that_was_deflated(tmp_path: Path) -> None:
    write_series(tmp_path / "plain", a_grid((6, 5, 12)))
    for path in write_series(tmp_path / "deflated", a_grid((6, 5, 12))):
        ds = pydicom.dcmread(path)
        ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        ds.save_as(path, enforce_file_format=True)
    plain, deflated = (only_volume(tmp_path / name) for name in ("plain", "deflated"))
    assert deflated.grid == plain.grid
    assert deflated.key == plain.key
    np.testing.assert_array_equal(deflated.voxels, plain.voxels)
