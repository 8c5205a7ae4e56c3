"""Multi-frame objects: each frame in its place, volumes apart, time points in order, or refused."""

from pathlib import Path

import numpy as np
import pytest
from builders import (
    a_grid,
    a_slice,
    an_enhanced_object,
    an_item,
    decimals,
    voxels_for,
    write_objects,
)
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from strategies import grids

import mriview
from mriview.geometry import Grid
from mriview.scans.files import ScanFile
from mriview.scans.headers import Plane, Unread
from mriview.scans.index import headers_of

GRID = a_grid((6, 5, 4))
VOXELS = voxels_for(GRID.shape)
SERIES = voxels_for((*GRID.shape, 3))


def read(folder: Path):
    (study,) = mriview.open_batch(folder)
    return study


def only_volume(folder: Path):
    study = read(folder)
    (volume,) = study.volumes.values()
    return volume


def codes(folder: Path) -> set[str]:
    return {problem.code for problem in read(folder).problems}


def assert_is(volume, voxels: np.ndarray, grid: Grid = GRID) -> None:
    assert volume.grid.shape == grid.shape
    assert np.allclose(volume.grid.lps_from_index, grid.lps_from_index, atol=1e-6)
    assert np.array_equal(volume.voxels, voxels)


def without(group: Dataset, macro: str, *keywords: str) -> None:
    """Take elements out of a functional group of one frame."""
    for keyword in keywords:
        delattr(getattr(group, macro)[0], keyword)


def untimed(group: Dataset, _k: int, _t: int) -> None:
    without(group, "FrameContentSequence", "TemporalPositionIndex", "DimensionIndexValues")


# ---- places ------------------------------------------------------------------------------------


@given(grids(most=5), st.randoms(use_true_random=False))
def test_frames_in_any_order_give_their_grid_in_any_orientation(tmp_path_factory, grid, random):
    if grid.shape[2] < 2:
        return
    voxels = voxels_for(grid.shape)
    order = list(range(grid.shape[2]))
    random.shuffle(order)
    folder = write_objects(
        tmp_path_factory.getbasetemp() / "any", an_enhanced_object(grid, voxels, order=order)
    )
    volume = only_volume(folder)
    centres = volume.grid.lps(np.argwhere(np.ones(volume.grid.shape)))
    index = np.rint(grid.index(centres)).astype(int)
    assert np.allclose(grid.lps(index), centres, atol=1e-5)
    assert np.array_equal(volume.voxels.reshape(-1), voxels[tuple(index.T)])


def test_stacks_of_one_object_that_make_one_volume_are_one(tmp_path: Path) -> None:
    def two_packages(group, k, _t):
        group.FrameContentSequence[0].StackID = str(k % 2)
        group.FrameContentSequence[0].InStackPositionNumber = k // 2 + 1

    write_objects(tmp_path, an_enhanced_object(GRID, VOXELS, two_packages))
    assert_is(only_volume(tmp_path), VOXELS)


def test_stacks_of_two_orientations_in_one_object_are_two_volumes(tmp_path: Path) -> None:
    grid = a_grid((6, 6, 4), (0.5, 0.5, 0.7))
    turned = Grid(grid.shape, grid.lps_from_index[:, [1, 2, 0, 3]])
    voxels = voxels_for((6, 6, 4, 2))
    along = decimals([*turned.directions[:, 0], *turned.directions[:, 1]])
    spacing = decimals(turned.spacing_mm[1::-1])

    def sagittal(group, k, t):
        if t == 1:
            place = decimals(turned.lps((0, 0, k)))
            group.PlanePositionSequence = [an_item(ImagePositionPatient=place)]
            group.PlaneOrientationSequence = [an_item(ImageOrientationPatient=along)]
            group.PixelMeasuresSequence = [an_item(PixelSpacing=spacing)]
            group.FrameContentSequence[0].StackID = "2"
            group.FrameContentSequence[0].TemporalPositionIndex = 1

    write_objects(tmp_path, an_enhanced_object(grid, voxels, sagittal))
    study = read(tmp_path)
    found = {volume.grid.letters(0): volume for volume in study.volumes.values()}
    assert len(found) == 2
    assert_is(found[grid.letters(0)], voxels[..., 0], grid)
    assert_is(found[turned.letters(0)], voxels[..., 1], turned)


def test_a_missing_frame_gives_two_parts(tmp_path: Path) -> None:
    grid = a_grid((6, 5, 9))
    order = [n for n in range(9) if n != 4]
    write_objects(tmp_path, an_enhanced_object(grid, voxels_for(grid.shape), order=order))
    study = read(tmp_path)
    assert sorted(volume.grid.shape[2] for volume in study.volumes.values()) == [4, 4]
    assert {problem.code for problem in study.problems} == {"slice_gap"}


def test_what_the_object_says_of_its_first_frame_is_not_believed(tmp_path: Path) -> None:
    stale = {"ImagePositionPatient": ["1", "2", "3"], "PixelSpacing": ["9", "9"]}
    ds = an_enhanced_object(GRID, VOXELS)
    for keyword, value in stale.items():
        setattr(ds, keyword, value)
    assert_is(only_volume(write_objects(tmp_path, ds)), VOXELS)


@pytest.mark.parametrize(
    ("macro", "what"),
    [
        ("PlanePositionSequence", "a position"),
        ("PlaneOrientationSequence", "an orientation"),
        ("PixelMeasuresSequence", "a pixel spacing"),
    ],
)
def test_a_group_that_nobody_has_is_missing_even_if_the_object_has_a_classic_tag(
    tmp_path: Path, macro, what
) -> None:
    ds = an_enhanced_object(GRID, VOXELS)
    ds.ImagePositionPatient = decimals(GRID.lps((0, 0, 0)))
    ds.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    ds.PixelSpacing = ["0.6", "0.5"]
    groups = ds.PerFrameFunctionalGroupsSequence
    for group in [groups[2]] if macro in groups[2] else ds.SharedFunctionalGroupsSequence:
        delattr(group, macro)
    (refused,) = read(write_objects(tmp_path, ds)).problems
    assert refused.code == "geometry_missing"
    assert what in refused.message


def test_objects_of_one_frame_may_say_it_as_classic_images_do(tmp_path: Path) -> None:
    objects = []
    for k in range(4):
        ds = a_slice(GRID, VOXELS[:, :, k], k, NumberOfFrames=1)
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.4.1"
        objects.append(ds)
    assert_is(only_volume(write_objects(tmp_path, *objects)), VOXELS)


def test_the_word_mosaic_makes_no_mosaic_of_an_enhanced_object(tmp_path: Path) -> None:
    ds = an_enhanced_object(GRID, VOXELS, ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"])
    assert_is(only_volume(write_objects(tmp_path, ds)), VOXELS)


# ---- time --------------------------------------------------------------------------------------


def test_time_points_of_one_object_come_in_order_however_the_frames_lie(tmp_path: Path) -> None:
    order = np.random.default_rng(3).permutation(12)
    write_objects(tmp_path, an_enhanced_object(GRID, SERIES, order=order.tolist()))
    assert_is(only_volume(tmp_path), SERIES)


def by_dimension(group, k, t):
    group.FrameContentSequence[0].TemporalPositionIndex = 1


def by_offset(group, k, t):
    untimed(group, k, t)
    group.TemporalPositionSequence = [an_item(TemporalPositionTimeOffset=2.5 * t)]


def by_moment(group, k, t):
    untimed(group, k, t)
    moment = f"2026010123595{8 + t}.{k}00" if t < 2 else f"20260102000000.{k}00+0100"
    group.FrameContentSequence[0].FrameAcquisitionDateTime = moment


def by_reference(group, k, t):
    untimed(group, k, t)
    group.FrameContentSequence[0].FrameReferenceDateTime = f"202601011200{10 + t}"


def by_trigger(group, k, t):
    untimed(group, k, t)
    beat = an_item(NominalCardiacTriggerDelayTime=40.0 * t, NominalPercentageOfCardiacPhase=5.0)
    group.CardiacSynchronizationSequence = [beat]


def by_breath(group, k, t):
    untimed(group, k, t)
    phase = an_item(NominalPercentageOfRespiratoryPhase=30.0 * t)
    group.RespiratorySynchronizationSequence = [phase]


@pytest.mark.parametrize(
    "edit", [by_dimension, by_offset, by_moment, by_reference, by_trigger, by_breath]
)
def test_each_kind_of_time_orders_shuffled_frames(tmp_path: Path, edit) -> None:
    order = np.random.default_rng(5).permutation(12)
    write_objects(tmp_path, an_enhanced_object(GRID, SERIES, edit, order.tolist()))
    assert_is(only_volume(tmp_path), SERIES)


def test_frames_that_nothing_orders_are_read_in_blocks_and_refused_when_they_are_mixed(
    tmp_path: Path,
) -> None:
    write_objects(tmp_path / "blocks", an_enhanced_object(GRID, SERIES, untimed))
    assert_is(only_volume(tmp_path / "blocks"), SERIES)
    mixed = [0, 4, 1, 2, 5, 6, 3, 7, 8, 9, 10, 11]
    write_objects(tmp_path / "mixed", an_enhanced_object(GRID, SERIES, untimed, mixed))
    assert codes(tmp_path / "mixed") == {"repeated_position"}


def test_dimensions_are_told_by_their_values_not_by_their_names(tmp_path: Path) -> None:
    def values(group, k, t):
        by_dimension(group, k, t)

    ds = an_enhanced_object(GRID, SERIES, values, np.random.default_rng(1).permutation(12).tolist())
    pointers = (0x00209128, 0x00209056, 0x00209057)  # time, stack, place: in another order
    ds.DimensionIndexSequence = [an_item(DimensionIndexPointer=tag) for tag in pointers]
    assert_is(only_volume(write_objects(tmp_path, ds)), SERIES)


def test_a_torn_time_point_of_an_object_is_left_out_and_said(tmp_path: Path) -> None:
    write_objects(tmp_path, an_enhanced_object(GRID, SERIES, order=list(range(10))))
    assert_is(only_volume(tmp_path), SERIES[..., :2])
    assert codes(tmp_path) == {"time_point_incomplete"}


def test_one_object_a_time_point_is_one_volume_in_time(tmp_path: Path) -> None:
    def at(t):
        def edit(group, _k, _t):
            group.FrameContentSequence[0].TemporalPositionIndex = t + 1

        return an_enhanced_object(GRID, SERIES[..., t], edit, InstanceNumber=t + 1)

    write_objects(tmp_path, at(2), at(0), at(1))
    assert_is(only_volume(tmp_path), SERIES)


@pytest.mark.parametrize("a_file", [1, 3, 5])
def test_a_concatenation_is_put_together_whatever_each_file_holds(tmp_path: Path, a_file) -> None:
    parts = []
    for first in range(0, 12, a_file):
        order = list(range(first, min(first + a_file, 12)))
        ds = an_enhanced_object(GRID, SERIES, order=order, ConcatenationUID="2.25.77")
        ds.InConcatenationNumber = len(parts) + 1
        ds.ConcatenationFrameOffsetNumber = first
        parts.append(ds)
    write_objects(tmp_path, *parts[::-1])
    assert_is(only_volume(tmp_path), SERIES)


def test_a_concatenation_without_times_goes_by_its_offsets(tmp_path: Path) -> None:
    parts = []
    for first in range(12):
        ds = an_enhanced_object(GRID, SERIES, untimed, order=[first])
        ds.ConcatenationFrameOffsetNumber = first
        parts.append(ds)
    write_objects(tmp_path, *parts[::-1])
    assert_is(only_volume(tmp_path), SERIES)


# ---- refused -----------------------------------------------------------------------------------


def numbered(ds: Dataset) -> None:
    ds.NumberOfFrames = 2_000_000_000


def described_twice(ds: Dataset) -> None:
    ds.PerFrameFunctionalGroupsSequence.append(Dataset())


def undescribed(ds: Dataset) -> None:
    del ds.SharedFunctionalGroupsSequence
    del ds.PerFrameFunctionalGroupsSequence


def on_four_legs(ds: Dataset) -> None:
    ds.AnatomicalOrientationType = "QUADRUPED"


def cut(ds: Dataset) -> None:
    ds.PixelData = ds.PixelData[: len(ds.PixelData) // 8 * 5]


def coloured(ds: Dataset) -> None:
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 3, "RGB"


def without_slope(ds: Dataset) -> None:
    group = ds.PerFrameFunctionalGroupsSequence[1]
    group.PixelValueTransformationSequence = [an_item(RescaleSlope="0")]


def far_away(ds: Dataset) -> None:
    place = ds.PerFrameFunctionalGroupsSequence[3].PlanePositionSequence[0]
    place.ImagePositionPatient = ["1e9", "0", "0"]


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (numbered, "frames_contradict_groups"),
        (described_twice, "frames_contradict_groups"),
        (undescribed, "geometry_missing"),
        (on_four_legs, "quadruped_not_supported"),
        (cut, "pixel_data_truncated"),
        (coloured, "colour_image"),
        (without_slope, "rescale_invalid"),
        (far_away, "geometry_invalid"),
    ],
)
def test_an_object_that_cannot_be_placed_or_valued_is_refused_whole(
    tmp_path: Path, edit, code
) -> None:
    ds = an_enhanced_object(GRID, VOXELS)
    edit(ds)
    study = read(write_objects(tmp_path, ds))
    assert study.volumes == {}
    assert {problem.code for problem in study.problems} - {"no_scan_found"} == {code}


def test_frames_and_groups_are_counted_in_the_refusal(tmp_path: Path) -> None:
    ds = an_enhanced_object(GRID, VOXELS)
    numbered(ds)
    (refused,) = read(write_objects(tmp_path, ds)).problems
    assert (refused.evidence["frames"], refused.evidence["groups"]) == (2_000_000_000, 4)


@given(st.lists(st.tuples(st.integers(0, 2600), st.integers(0, 255)), min_size=1, max_size=9))
def test_no_damage_to_functional_groups_crashes_the_reader(tmp_path_factory, damage) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged"
    whole = folder / "0.dcm"
    if not whole.exists():
        write_objects(folder, an_enhanced_object(GRID, VOXELS))
    raw = bytearray(whole.read_bytes())
    for at, value in damage:
        raw[at % len(raw)] = value
    (folder / "damaged").write_bytes(raw)
    headers = headers_of(ScanFile(str(folder / "damaged")))
    assert headers
    assert all(isinstance(header, Plane | Unread) for header in headers)


def test_every_cut_of_an_object_is_refused(tmp_path: Path) -> None:
    path = write_objects(tmp_path, an_enhanced_object(GRID, VOXELS)) / "0.dcm"
    whole = path.read_bytes()
    for keep in range(0, len(whole) - 1, 23):
        path.write_bytes(whole[:keep])
        (header,) = headers_of(ScanFile(str(path)))
        assert isinstance(header, Unread), keep
        assert header.problem.severity == "error", (keep, header.problem)
