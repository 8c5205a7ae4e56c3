"""Grids of United Imaging: each slice in its own place, and refusals where that is unknown."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from builders import a_grid, a_uih_grid, decimals, voxels_for
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRBigEndian, ImplicitVRLittleEndian
from strategies import grids

import mriview
from mriview.geometry import Grid
from mriview.scans.dicom import READER
from mriview.scans.files import ScanFile
from mriview.scans.headers import Header, Plane, Unread

# a file is written for each example, so the fixture may be shared
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
GRID = a_grid((6, 5, 7), (0.5, 0.6, 3.6))
COUNT, TILES, CREATOR = (0x0065, 0x1050), (0x0065, 0x1051), (0x0065, 0x0010)
few = settings(shared, max_examples=30)


def headers_of(ds: Dataset, path: Path, syntax: UID | None = None) -> list[Header]:
    """Write a sheet and read it again, by our own walk where that reads such a file."""
    if syntax is None:
        ds.save_as(path, enforce_file_format=True)
    else:
        ds.file_meta.TransferSyntaxUID = syntax
        little = syntax != ExplicitVRBigEndian
        if not little:
            ds.PixelData = np.frombuffer(ds.PixelData, "<i2").astype(">i2").tobytes()
        ds.save_as(path, little_endian=little, implicit_vr=syntax == ImplicitVRLittleEndian)
    there = path.stat()
    file = ScanFile(str(path), size=there.st_size, modified_ns=there.st_mtime_ns)
    return list(READER.headers(file, path.read_bytes()[:4096]))


def a_sheet(slices: int = 7, **tags: object) -> Dataset:
    shape = (*GRID.shape[:2], slices)
    return a_uih_grid(Grid(shape, GRID.lps_from_index), voxels_for(shape), **tags)


def problem_of(ds: Dataset, folder: Path) -> str:
    (header,) = headers_of(ds, folder / "sheet.dcm")
    assert isinstance(header, Unread), header
    return str(header.problem)


def changed(edit, sheet: Dataset | None = None) -> Dataset:
    sheet = a_sheet() if sheet is None else sheet
    edit(sheet)
    return sheet


def with_places(*places_mm: tuple[float, float, float]) -> Dataset:
    sheet = a_sheet(len(places_mm))
    for item, place in zip(sheet[TILES].value, places_mm, strict=True):
        item.ImagePositionPatient = decimals(place)
    return sheet


@few
@given(grids(most=10))
def test_slices_of_any_stack_lie_where_they_were(tmp_path: Path, grid: Grid) -> None:
    tiles = headers_of(a_uih_grid(grid, voxels_for(grid.shape)), tmp_path / "sheet.dcm")
    assert len(tiles) == grid.shape[2]
    for k, tile in enumerate(tiles):
        assert isinstance(tile, Plane)
        assert (tile.columns, tile.rows, tile.frame) == (*grid.shape[:2], k)
        assert np.allclose(tile.position_mm, grid.lps((0, 0, k)), rtol=0, atol=1e-6)


@pytest.mark.parametrize("slices", [2, 3, 4, 5, 7, 12, 20])
def test_a_volume_comes_out_voxel_by_voxel_and_without_the_tiles_that_fill_up(
    tmp_path: Path, slices
) -> None:
    headers_of(a_sheet(slices), tmp_path / "sheet.dcm")
    (volume,) = mriview.open_study(tmp_path).volumes.values()
    shape = (*GRID.shape[:2], slices)
    indices = np.argwhere(np.ones(shape, dtype=bool))
    there = volume.grid.index(GRID.lps(indices)).round().astype(int)
    assert volume.grid.shape == shape
    assert np.array_equal(volume.voxels[tuple(there.T)], voxels_for(shape)[tuple(indices.T)])


def test_twenty_slices_fill_four_rows_of_five(tmp_path: Path) -> None:
    *_, last = headers_of(a_sheet(20), tmp_path / "sheet.dcm")
    assert isinstance(last, Plane)
    assert last.encoding is not None
    assert (last.encoding.columns, last.encoding.rows) == (30, 20)
    assert last.corner == (24, 15)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_sheet_is_read_however_it_is_written(tmp_path: Path, syntax) -> None:
    plain = headers_of(a_sheet(), tmp_path / "0.dcm")
    places = [tile.position_mm for tile in plain]
    again = headers_of(a_sheet(), tmp_path / "1.dcm", syntax)
    assert [tile.position_mm for tile in again] == places
    sheet = a_sheet()
    sheet[TILES].is_undefined_length = True
    assert [tile.position_mm for tile in headers_of(sheet, tmp_path / "2.dcm")] == places


def test_sheets_of_one_series_are_time_points_by_when_their_slices_were_made(tmp_path) -> None:
    voxels = voxels_for(GRID.shape)
    for number in (3, 1, 2):
        sheet = a_uih_grid(GRID, voxels + 1000 * number, InstanceNumber=1)
        sheet.SOPInstanceUID = sheet.file_meta.MediaStorageSOPInstanceUID = f"2.25.9.{number}"
        for k, item in enumerate(sheet[TILES].value):
            item.AcquisitionDate, item.AcquisitionTime = "20260101", f"10{number:02}{3 * k % 7:02}"
        headers_of(sheet, tmp_path / f"{9 - number}.dcm")
    (volume,) = mriview.open_study(tmp_path).volumes.values()
    assert volume.voxels.shape == (*GRID.shape, 3)
    assert np.array_equal(volume.voxels[0, 0, 0], [1000, 2000, 3000])


@pytest.mark.parametrize(
    ("gone", "what"),
    [
        ((CREATOR,), "the number of their slices"),
        ((COUNT,), "the number of their slices"),
        ((TILES,), "the places of their slices"),
    ],
)
def test_a_sheet_whose_private_elements_are_gone_is_not_placed(tmp_path, gone, what) -> None:
    sheet = a_sheet()
    for tag in gone:
        del sheet[tag]
    said = problem_of(sheet, tmp_path)
    assert said.startswith("mosaic_without_position")
    assert what in said


def test_slices_without_a_place_are_counted(tmp_path: Path) -> None:
    def edit(sheet: Dataset) -> None:
        for item in sheet[TILES].value[2:4]:
            del item.ImagePositionPatient

    said = problem_of(changed(edit), tmp_path)
    assert said.startswith("mosaic_without_position")
    assert "the places of 2 of their 7 slices" in said


@pytest.mark.parametrize("count", ["0", "-1", "7.5", "1025", "nan", "seven", "7\\7"])
def test_numbers_of_slices_that_are_none_are_refused(tmp_path: Path, count) -> None:
    def edit(sheet: Dataset) -> None:
        sheet[COUNT].VR, sheet[COUNT].value = "LO", count

    assert "no whole number from 1 to 1024" in problem_of(changed(edit), tmp_path)


def test_as_many_places_as_slices_are_needed(tmp_path: Path) -> None:
    def edit(sheet: Dataset) -> None:
        sheet[COUNT].value = "6"

    assert "number of slices is 6, with places of 7" in problem_of(changed(edit), tmp_path)


def test_a_sheet_that_does_not_divide_into_its_slices_is_refused(tmp_path: Path) -> None:
    def edit(sheet: Dataset) -> None:
        sheet[COUNT].value = "8"
        sheet[TILES].value = [*sheet[TILES].value, sheet[TILES].value[-1]] * 2
        sheet[COUNT].value = "16"

    said = problem_of(changed(edit), tmp_path)
    assert "18 x 15 pixels do not divide into 4 x 4 equal slices" in said


@pytest.mark.parametrize(
    ("places_mm", "what"),
    [
        (((0, 0, 0), (0, 0, 3), (0, 0, 6.5), (0, 0, 9)), "slices lie 0.500 mm off equal steps"),
        (((0, 0, 0), (0, 0, 3), (0, 0, 9), (0, 0, 12)), "slices lie 1.000 mm off equal steps"),
        (((0, 0, 0), (0, 0, 6), (0, 0, 3), (0, 0, 9)), "off equal steps"),
        (((0, 0, 5),) * 4, "slices lie at one place"),
        (
            tuple((0, k, 3 * k) for k in range(4)),
            "slices are stacked 18.43 deg off the perpendicular to their planes",
        ),
    ],
)
def test_places_that_are_no_stack_are_refused(tmp_path: Path, places_mm, what) -> None:
    said = problem_of(with_places(*places_mm), tmp_path)
    assert said.startswith("mosaic_contradiction")
    assert what in said


def test_a_slice_that_was_cut_out_of_its_sheet_before_is_not_cut_again(tmp_path: Path) -> None:
    sheet = a_sheet(AcquisitionMatrix=[18, 0, 0, 18])
    assert "would have 6 x 5 pixels, where 18 were measured" in problem_of(sheet, tmp_path)


@few
@given(st.binary(max_size=80), st.sampled_from(["UN", "OB", "LT"]))
def test_whatever_lies_where_the_places_should_be_a_sheet_is_refused(tmp_path, value, vr) -> None:
    def edit(sheet: Dataset) -> None:
        del sheet[TILES]
        sheet.add_new(TILES, vr, value if vr != "LT" else value.decode("latin-1"))

    (header,) = headers_of(changed(edit), tmp_path / "sheet.dcm")
    assert isinstance(header, Unread)


@few
@given(st.lists(st.tuples(*[st.floats(-1e5, 1e5)] * 3), min_size=2, max_size=9))
def test_places_anywhere_are_kept_as_they_are_or_refused(tmp_path: Path, places_mm) -> None:
    tiles = headers_of(with_places(*places_mm), tmp_path / "sheet.dcm")
    if not isinstance(tiles[0], Unread):
        found = [tile.position_mm for tile in tiles if isinstance(tile, Plane)]
        assert np.allclose(found, places_mm, rtol=0, atol=1e-6)
        steps_mm = [math.dist(a, b) for a, b in pairwise(found)]
        assert max(steps_mm) - min(steps_mm) < 0.2
