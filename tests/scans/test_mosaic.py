"""Siemens mosaics: each slice in its place, nibabel as judge, and refusals where it is unknown."""

import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from builders import a_csa_header, a_grid, a_mosaic, voxels_for
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from strategies import grids

import mriview
from mriview.geometry import Grid
from mriview.scans.dicom import READER
from mriview.scans.files import ScanFile
from mriview.scans.headers import Header, Plane, Unread

# a file is written for each example, so the fixture may be shared
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
GRID = a_grid((6, 5, 7), (0.5, 0.6, 3.6))
CSA, COUNT = (0x0029, 0x1010), (0x0019, 0x100A)
SOUND = {"NumberOfImagesInMosaic": ["7"], "SliceNormalVector": ["0", "0", "1"]}


def headers_of(ds: Dataset, path: Path) -> list[Header]:
    ds.save_as(path, enforce_file_format=True)
    return list(READER.headers(ScanFile(str(path)), path.read_bytes()[:512]))


def a_sheet(**tags: object) -> Dataset:
    return a_mosaic(GRID, voxels_for(GRID.shape), **tags)


def with_table(ds: Dataset, **changes: list[str]) -> Dataset:
    ds[CSA].value = a_csa_header({"First": ["1"], **SOUND, **changes})
    return ds


def problem_of(ds: Dataset, folder: Path) -> str:
    (header,) = headers_of(ds, folder / "sheet.dcm")
    assert isinstance(header, Unread), header
    return str(header.problem)


def nibabel_affine(path: Path) -> np.ndarray:
    """LPS from (row, column, slice), as nibabel has it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says of itself that it is experimental
        from nibabel.nicom.dicomwrappers import MosaicWrapper

        return MosaicWrapper(pydicom.dcmread(path)).affine


def lie_where_nibabel_puts_them(tiles: list[Plane], path: Path) -> bool:
    lps = nibabel_affine(path)
    steps = [(tile.along_j, tile.spacing_mm[1], tile.along_i, tile.spacing_mm[0]) for tile in tiles]
    return all(
        np.allclose(lps[:3] @ [0, 0, n, 1], tile.position_mm, rtol=0, atol=1e-4)
        and np.allclose(lps[:3, 0], np.multiply(along_j, j_mm), rtol=0, atol=1e-6)
        and np.allclose(lps[:3, 1], np.multiply(along_i, i_mm), rtol=0, atol=1e-6)
        for n, (tile, (along_j, j_mm, along_i, i_mm)) in enumerate(zip(tiles, steps, strict=True))
    )


@shared
@given(grids(most=10))
def test_slices_of_any_stack_lie_where_they_were_and_where_nibabel_puts_them(
    tmp_path: Path, grid: Grid
) -> None:
    path = tmp_path / "sheet.dcm"
    tiles = headers_of(a_mosaic(grid, voxels_for(grid.shape)), path)
    assert len(tiles) == grid.shape[2]
    for k, tile in enumerate(tiles):
        assert (tile.columns, tile.rows, tile.frame) == (*grid.shape[:2], k)
        assert np.allclose(tile.position_mm, grid.lps((0, 0, k)), rtol=0, atol=1e-4)
    assert lie_where_nibabel_puts_them(tiles, path)


@pytest.mark.parametrize("slices", [2, 4, 5, 9, 10])
@pytest.mark.parametrize("towards", [False, True])
def test_a_volume_comes_out_voxel_by_voxel_and_without_the_tiles_that_fill_up(
    tmp_path: Path, slices, towards
) -> None:
    matrix = GRID.lps_from_index.copy()
    matrix[:3, 2] *= -1 if towards else 1
    grid = Grid((6, 5, slices), matrix)
    voxels = voxels_for(grid.shape)
    headers_of(a_mosaic(grid, voxels), tmp_path / "sheet.dcm")
    (volume,) = mriview.open_study(tmp_path).volumes.values()
    assert volume.grid.shape == grid.shape
    indices = np.argwhere(np.ones(grid.shape, dtype=bool))
    there = volume.grid.index(grid.lps(indices)).round().astype(int)
    assert np.array_equal(volume.voxels[tuple(there.T)], voxels[tuple(indices.T)])


def test_mosaics_of_one_series_are_time_points_in_their_order(tmp_path: Path) -> None:
    voxels = voxels_for(GRID.shape)
    for number in (3, 1, 2):
        sheet = a_mosaic(GRID, voxels + 1000 * number, AcquisitionNumber=number)
        sheet.SOPInstanceUID = sheet.file_meta.MediaStorageSOPInstanceUID = f"2.25.9.{number}"
        headers_of(sheet, tmp_path / f"{9 - number}.dcm")
    (volume,) = mriview.open_study(tmp_path).volumes.values()
    assert volume.voxels.shape == (*GRID.shape, 3)
    assert np.array_equal(volume.voxels[0, 0, 0], [1000, 2000, 3000])


def test_private_elements_are_found_in_whatever_block_their_maker_reserved(tmp_path: Path) -> None:
    sheet = a_sheet()
    table = sheet[CSA].value
    for tag in (CSA, COUNT, (0x0029, 0x0010), (0x0019, 0x0010)):
        del sheet[tag]
    for group in (0x0019, 0x0029):
        sheet.private_block(group, "SOMEBODY ELSE", create=True).add_new(0x10, "OB", b"SV10")
    sheet.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "US", 7)
    sheet.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x10, "OB", table)
    assert (0x0029, 0x1110) in sheet
    assert len(headers_of(sheet, tmp_path / "sheet.dcm")) == 7


def test_a_table_of_the_older_format_is_as_good(tmp_path: Path) -> None:
    sheet = a_sheet()
    sheet[CSA].value = a_csa_header({"First": [], **SOUND}, newer=False)
    tiles = headers_of(sheet, tmp_path / "sheet.dcm")
    assert [tile.position_mm[2] for tile in tiles] == pytest.approx(30 + 3.6 * np.arange(7))


def test_the_table_alone_counts_the_slices(tmp_path: Path) -> None:
    sheet = a_sheet()
    del sheet[COUNT]
    assert len(headers_of(sheet, tmp_path / "sheet.dcm")) == 7


def test_the_private_element_alone_counts_the_slices(tmp_path: Path) -> None:
    sheet = with_table(a_sheet(), NumberOfImagesInMosaic=[])
    assert len(headers_of(sheet, tmp_path / "sheet.dcm")) == 7


def test_the_slice_distance_of_the_table_is_enough(tmp_path: Path) -> None:
    sheet = with_table(a_sheet(), SpacingBetweenSlices=["3.6"])
    del sheet.SpacingBetweenSlices
    first, second, *_ = headers_of(sheet, tmp_path / "sheet.dcm")
    assert np.allclose(np.subtract(second.position_mm, first.position_mm), [0, 0, 3.6])


def test_the_measured_size_of_a_voxel_is_that_of_its_slice(tmp_path: Path) -> None:
    sheet = a_sheet(AcquisitionMatrix=[6, 0, 0, 6])
    assert headers_of(sheet, tmp_path / "sheet.dcm")[0].acquired_mm[0] == 0.5


def without(*tags: tuple[int, int]) -> Dataset:
    sheet = a_sheet()
    for tag in tags:
        del sheet[tag]
    return sheet


@pytest.mark.parametrize(
    ("sheet", "what"),
    [
        (without(CSA), "the side to which their slices are stacked"),
        (without(CSA, COUNT), "the number of their slices"),
        (without((0x0029, 0x0010)), "the side to which their slices are stacked"),
        (without((0x0018, 0x0088)), "the distance of their slices"),
        (with_table(a_sheet(), SliceNormalVector=[]), "the side to which"),
    ],
)
def test_a_mosaic_whose_private_elements_are_gone_is_not_placed(tmp_path, sheet, what) -> None:
    said = problem_of(sheet, tmp_path)
    assert said.startswith("mosaic_without_position")
    assert what in said


def test_a_table_of_zeros_is_no_table_and_a_broken_one_is_said(tmp_path: Path) -> None:
    sheet = a_sheet()
    sheet[CSA].value = bytes(4096)
    assert "the side to which" in problem_of(sheet, tmp_path)
    sheet[CSA].value = b"SV10" + bytes(4096)
    assert "a private table that can be read" in problem_of(sheet, tmp_path)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"NumberOfImagesInMosaic": ["8"]}, "number of slices is given as 7 and 8"),
        ({"NumberOfImagesInMosaic": ["seven"]}, "no whole number from 1 to 1024"),
        ({"NumberOfImagesInMosaic": ["7", "7"]}, "no whole number from 1 to 1024"),
        ({"SliceNormalVector": ["0", "0.0349", "0.9994"]}, "slice normal is 2.00 deg off"),
        ({"SliceNormalVector": ["1", "0", "0"]}, "slice normal is 90.00 deg off"),
        ({"SliceNormalVector": ["0", "0", "0"]}, "slice normal is no direction"),
        ({"SliceNormalVector": ["0", "0", "1e308"]}, "slice normal is no direction"),
        ({"SliceNormalVector": ["0", "0", "nan"]}, "slice normal is no direction"),
        ({"SliceNormalVector": ["0", "1"]}, "slice normal is no direction"),
        ({"SpacingBetweenSlices": ["4.0"]}, "slice distance is given as 4.000 and 3.600 mm"),
        ({"SpacingBetweenSlices": ["3,6"]}, "slice distance is no length"),
        ({"SpacingBetweenSlices": ["-3.6"]}, "slice distance is no length"),
        ({"SpacingBetweenSlices": ["inf"]}, "slice distance is no length"),
    ],
)
def test_headers_that_contradict_each_other_are_refused(tmp_path, changes, what) -> None:
    said = problem_of(with_table(a_sheet(), **changes), tmp_path)
    assert said.startswith("mosaic_contradiction")
    assert what in said


@pytest.mark.parametrize(
    ("count", "what"),
    [
        (0, "no whole number from 1 to 1024"),
        (65535, "no whole number from 1 to 1024"),
        (20, "18 x 15 pixels do not divide into 5 x 5 equal slices"),
    ],
)
def test_numbers_of_slices_that_the_sheet_cannot_hold_are_refused(tmp_path, count, what) -> None:
    sheet = with_table(a_sheet(), NumberOfImagesInMosaic=[str(count)])
    sheet[COUNT].value = count
    assert what in problem_of(sheet, tmp_path)


def test_a_slice_that_was_cut_out_of_its_mosaic_before_is_not_cut_again(tmp_path: Path) -> None:
    sheet = a_sheet(AcquisitionMatrix=[18, 0, 0, 18])
    assert "would have 6 x 5 pixels, where 18 were measured" in problem_of(sheet, tmp_path)


def test_a_mosaic_of_interpolated_slices_is_read(tmp_path: Path) -> None:
    sheet = a_sheet(AcquisitionMatrix=[3, 0, 0, 3])
    assert len(headers_of(sheet, tmp_path / "sheet.dcm")) == 7


@shared
@given(
    st.fixed_dictionaries(
        {name: st.lists(st.text(st.characters(max_codepoint=255)), max_size=4) for name in SOUND}
    ),
    st.integers(0, 65535),
)
def test_whatever_the_table_holds_slices_are_placed_or_refused(tmp_path, values, count) -> None:
    sheet = with_table(a_sheet(), **values)
    sheet[COUNT].value = count
    found = headers_of(sheet, tmp_path / "sheet.dcm")
    assert isinstance(found[0], Unread) or len(found) == count


@pytest.mark.corpus
def test_mosaics_of_real_scanners_lie_where_nibabel_puts_them(corpus) -> None:
    paths = sorted(corpus.glob("dicom/siemens_mosaic_*/*"))
    assert len(paths) == 11
    for path in paths:
        tiles = list(READER.headers(ScanFile(str(path)), b""))
        assert lie_where_nibabel_puts_them(tiles, path)
