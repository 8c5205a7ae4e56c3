"""Label maps and Slicer segmentations: one label on the voxels of its series, or one sentence."""

import itertools
from contextlib import suppress

import drawn
import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 (its own abbreviation)
from hypothesis import given
from hypothesis import strategies as st

from mriview.errors import GeometryError, InputError, MriviewError
from mriview.geometry import AxisOrder, Grid
from mriview.scans.drawn import read_mask
from mriview.scans.drawn.nrrd import read_header

ORDERS = [
    AxisOrder(axes, flips)
    for axes in itertools.permutations(range(3))
    for flips in itertools.product([False, True], repeat=3)
]


def a_series(shape=(12, 10, 8)):
    """An oblique series with three different edges."""
    turn = np.array([[0.96, -0.28, 0.0], [0.28, 0.96, 0.0], [0.0, 0.0, 1.0]])
    matrix = np.eye(4)
    matrix[:3, :3] = turn * [0.5, 0.6, 0.7]
    matrix[:3, 3] = [-3.0, 12.5, -20.0]
    return Grid(shape, matrix)


def labels_of(series, dtype="u1"):
    """Two structures that no flip maps onto each other."""
    labels = np.zeros(series.shape, dtype)
    labels[2:5, 3:5, 1:3] = 1
    labels[8:11, 2:9, 4] = 2
    return labels


def write_nifti(path, grid, labels):
    nib.save(nib.Nifti1Image(labels, grid.ras_from_index), path)
    return path


TWO = [("AICA", 1, 0), ("Gefäß links", 2, 0)]


@pytest.mark.parametrize("kind", ["nifti", "nrrd"])
@pytest.mark.parametrize("value", [1, 2])
def test_a_label_is_chosen_by_its_value(tmp_path, kind, value):
    series = a_series()
    labels = labels_of(series)
    if kind == "nifti":
        file = write_nifti(tmp_path / "labels.nii.gz", series, labels)
    else:
        file = drawn.write_segmentation(tmp_path / "a.seg.nrrd", series, labels, TWO)
    mask = read_mask(file, series, value=value)
    assert np.array_equal(mask.on(series), labels == value)


@pytest.mark.parametrize(("segment", "value"), [("AICA", 1), ("Gefäß links", 2), ("Segment_2", 2)])
def test_a_segment_is_chosen_by_its_name_or_its_id(tmp_path, segment, value):
    series = a_series()
    labels = labels_of(series)
    file = drawn.write_segmentation(tmp_path / "a.seg.nrrd", series, labels, TWO)
    mask = read_mask(file, series, segment=segment)
    assert np.array_equal(mask.on(series), labels == value)


def test_segments_that_overlap_lie_in_layers(tmp_path):
    series = a_series()
    first, second = labels_of(series), np.zeros(series.shape, "u1")
    second[3:9, 3:6, 2:6] = 1
    file = drawn.write_segmentation(
        tmp_path / "a.seg.nrrd",
        series,
        np.stack([first, second]),
        [("VA", 1, 0), ("PICA", 2, 0), ("AICA", 1, 1)],
    )
    assert np.array_equal(read_mask(file, series, segment="AICA").on(series), second == 1)
    assert np.array_equal(read_mask(file, series, segment="VA").on(series), first == 1)
    assert np.array_equal(read_mask(file, series, value=2).on(series), first == 2)
    with pytest.raises(InputError, match="segment_unknown: 2 segments"):
        read_mask(file, series, value=1)


@given(order=st.sampled_from(ORDERS))
def test_none_of_the_48_orientations_moves_a_voxel(tmp_path_factory, order):
    folder, series = tmp_path_factory.mktemp("labels"), a_series()
    labels = labels_of(series)
    grid, turned = series.reordered(order), np.ascontiguousarray(order.view(labels))
    for file in (
        write_nifti(folder / "labels.nii", grid, turned),
        drawn.write_segmentation(folder / "a.seg.nrrd", grid, turned, TWO),
    ):
        mask = read_mask(file, series, value=2)
        assert np.array_equal(mask.on(series), labels == 2)
        assert mask.snapped_to(series).grid.is_parallel_to(series)


@pytest.mark.parametrize("space", ["left-posterior-superior", "right-anterior-superior", "RAS"])
def test_a_segmentation_lies_where_simpleitk_finds_it(tmp_path, space):
    series = a_series()
    labels = labels_of(series, "i2")
    flip = np.diag([1.0, 1, 1, 1]) if space.startswith("left") else np.diag([-1.0, -1, 1, 1])
    written = Grid(series.shape, flip @ series.lps_from_index)
    file = drawn.write_segmentation(tmp_path / "a.seg.nrrd", written, labels, TWO, space=space)
    image = sitk.ReadImage(str(file))
    corner = image.TransformContinuousIndexToPhysicalPoint([n - 1.0 for n in series.shape])
    assert np.allclose(corner, series.lps(np.array(series.shape) - 1), atol=1e-6)
    assert np.array_equal(sitk.GetArrayFromImage(image).T, labels)
    assert np.array_equal(read_mask(file, series, segment="AICA").on(series), labels == 1)


@pytest.mark.parametrize("compressed", [True, False])
def test_a_segmentation_written_by_simpleitk_is_read(tmp_path, compressed):
    series = a_series()
    labels = labels_of(series, "u2")
    image = sitk.GetImageFromArray(np.ascontiguousarray(labels.T))
    image.SetSpacing(series.spacing_mm)
    image.SetOrigin(series.lps((0, 0, 0)).tolist())
    image.SetDirection(series.directions.ravel().tolist())
    for key, text in {"ID": "Segment_1", "Name": "AICA", "LabelValue": "2", "Layer": "0"}.items():
        image.SetMetaData(f"Segment0_{key}", text)
    file = tmp_path / "a.seg.nrrd"
    sitk.WriteImage(image, str(file), useCompression=compressed)
    assert read_header(file).segments[0].names == {"AICA", "Segment_1"}
    assert np.array_equal(read_mask(file, series, segment="AICA").on(series), labels == 2)


def test_a_segmentation_may_reach_beyond_its_series_with_empty_voxels(tmp_path):
    series = a_series()
    wide = Grid((16, 14, 12), series.lps_from_index).cropped((-2, -2, -2), (16, 14, 12))
    labels = np.zeros(wide.shape, "u1")
    labels[4:7, 5:7, 3:5] = 1
    file = drawn.write_segmentation(tmp_path / "a.seg.nrrd", wide, labels, TWO)
    there = read_mask(file, series, segment="AICA").on(series)
    assert np.array_equal(there[2:5, 3:5, 1:3], np.ones((3, 2, 2), bool))
    labels[0, 0, 0] = 1
    drawn.write_segmentation(file, wide, labels, TWO)
    with pytest.raises(GeometryError, match=r"mask_other_grid.*not all of them on"):
        read_mask(file, series, segment="AICA")


def test_several_labels_are_not_joined_and_an_absent_one_is_said(tmp_path):
    series = a_series()
    file = write_nifti(tmp_path / "labels.nii", series, labels_of(series))
    with pytest.raises(InputError, match=r"labels_several: .*\(1, 2\)"):
        read_mask(file, series)
    with pytest.raises(InputError, match=r"label_unknown: .*label 7 \(it holds 1, 2\)"):
        read_mask(file, series, value=7)
    with pytest.raises(InputError, match="segment_unknown"):
        read_mask(file, series, segment="AICA")
    nrrd = drawn.write_segmentation(tmp_path / "a.seg.nrrd", series, labels_of(series), TWO)
    with pytest.raises(InputError, match=r"labels_several: a segmentation of 2 segments"):
        read_mask(nrrd, series)
    with pytest.raises(InputError, match="segment_unknown: 0 segments") as refusal:
        read_mask(nrrd, series, segment="PICA")
    assert "AICA" not in str(refusal.value)  # names of segments are free text
    plain = drawn.write_segmentation(tmp_path / "b.nrrd", series, labels_of(series))
    with pytest.raises(InputError, match="labels_several"):
        read_mask(plain, series)
    assert read_mask(plain, series, value=2).count == 21


def test_two_segments_of_one_name_are_not_told_apart(tmp_path):
    series = a_series()
    twins = [("AICA", 1, 0), ("AICA", 2, 0)]
    file = drawn.write_segmentation(tmp_path / "a.seg.nrrd", series, labels_of(series), twins)
    with pytest.raises(InputError, match="segment_unknown: 2 segments"):
        read_mask(file, series, segment="AICA")
    assert read_mask(file, series, segment="AICA", value=2).count == 21


def test_a_segment_without_a_voxel_is_empty(tmp_path):
    series = a_series()
    three = [*TWO, ("VA", 3, 0)]
    file = drawn.write_segmentation(tmp_path / "a.seg.nrrd", series, labels_of(series), three)
    with pytest.raises(GeometryError, match="mask_empty: a mask with 0 voxels"):
        read_mask(file, series, segment="VA")


@pytest.mark.parametrize(
    ("moved", "sentence"),
    [
        (lambda m: m @ np.diag([2.0, 2, 1, 1]), "of another size than the voxels of its series"),
        (lambda m: m + shift(0.2), "0.20 mm off"),
        (lambda m: np.diag([-1.0, 1, 1, 1]) @ m, "turned against"),
    ],
)
@pytest.mark.parametrize("kind", ["nifti", "nrrd"])
def test_a_map_on_another_grid_is_refused_with_numbers(tmp_path, kind, moved, sentence):
    series = a_series()
    grid = Grid(series.shape, moved(series.lps_from_index))
    if kind == "nifti":
        file = write_nifti(tmp_path / "labels.nii", grid, labels_of(series))
    else:
        file = drawn.write_segmentation(tmp_path / "a.seg.nrrd", grid, labels_of(series), TWO)
    with pytest.raises(GeometryError, match=f"mask_other_grid: a mask of .*{sentence}"):
        read_mask(file, series, value=1)


def shift(mm):
    matrix = np.zeros((4, 4))
    matrix[0, 3] = mm
    return matrix


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"space": None}, "where it lies in the patient"),
        ({"space": "scanner-xyz"}, "where it lies in the patient"),
        ({"space_origin": None}, "where it lies in the patient"),
        ({"space_units": '"um" "um" "um"'}, "not in mm"),
        ({"type": "float"}, "labels of up to 32 bit"),
        ({"encoding": "bzip2"}, "neither raw nor gzip"),
        ({"data_file": "elsewhere.raw"}, "lie elsewhere"),
        ({"sizes": "12 10"}, "broken"),
        ({"sizes": "12 10 0"}, "without voxels"),
        ({"sizes": "12 10 9"}, "960 bytes of voxels, its header says 1080"),
        ({"sizes": "4000 4000 4000"}, "59.6 GiB, more than 2 GiB"),
        ({"sizes": "12 x 8"}, "broken"),
        ({"dimension": "5"}, "without voxels"),
        ({"space_directions": "(1,0,0) (0,1,0)"}, "broken"),
        ({"space_directions": "none (0,1,0) (0,0,1)"}, "2 axes of space"),
        ({"space_origin": "(0,0,nan)"}, "values that are no number"),
    ],
)
def test_a_header_that_leaves_something_open_is_refused(tmp_path, changes, sentence):
    series = a_series()
    file = drawn.write_segmentation(
        tmp_path / "a.seg.nrrd", series, labels_of(series), TWO, **changes
    )
    with pytest.raises(MriviewError, match=sentence):
        read_mask(file, series, segment="AICA")


def test_what_is_no_nrrd_and_what_is_cut_is_refused(tmp_path):
    series, file = a_series(), tmp_path / "a.seg.nrrd"
    for data in (None, b"", b"NRRD0004\n", b"NRRD0009\nx: y\n\n"):
        if data is not None:
            file.write_bytes(data)
        with pytest.raises(InputError, match="nrrd_unreadable"):
            read_mask(file, series)
    whole = drawn.write_segmentation(file, series, labels_of(series), TWO).read_bytes()
    file.write_bytes(whole[:-20])
    with pytest.raises(MriviewError, match="gzip_truncated"):
        read_mask(file, series, segment="AICA")


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_byte_gives_a_mask_or_a_sentence(tmp_path_factory, place, byte):
    series, folder = a_series(), tmp_path_factory.mktemp("damaged")
    file = drawn.write_segmentation(folder / "a.seg.nrrd", series, labels_of(series), TWO)
    raw = bytearray(file.read_bytes())
    raw[place % len(raw)] = byte
    file.write_bytes(raw)
    with suppress(MriviewError):
        assert read_mask(file, series, segment="AICA").count > 0
