"""NIfTI files: one place or none, the values that were stored, and every header that lies."""

import gzip
import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from builders import a_grid, voxels_for, write_nifti
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from strategies import ORDERS, axis_orders, grids, rotations

import mriview
from mriview.errors import ScanError
from mriview.geometry import Grid
from mriview.scans.headers import Unread, Whole
from mriview.scans.nifti import READER
from mriview.scans.nifti_bytes import inflated_start
from mriview.scans.nifti_matrix import MatrixError, place_of

GRID = a_grid((6, 5, 12))


def header_of(path: Path):
    (header,) = READER.headers(path)
    return header


def only_volume(path: Path):
    (volume,) = mriview.open_study(path).volumes.values()
    return volume


@given(grids(), st.sampled_from([(1, 1), (1, 0), (0, 1), (2, 1)]))
def test_any_grid_comes_back_from_either_matrix(grid: Grid, codes) -> None:
    header = nib.Nifti1Header()
    header.set_data_shape(grid.shape)
    header.set_qform(grid.ras_from_index, code=codes[1])
    header.set_sform(grid.ras_from_index if codes[0] else None, code=codes[0])
    found = place_of(header, grid.shape).grid
    across_mm = np.linalg.norm(grid.corners_mm()[-1] - grid.corners_mm()[0])
    keeps_mm = 0.001 + 0.002 * across_mm  # what a float32 quaternion keeps near a half turn
    assert np.allclose(found.corners_mm(), grid.corners_mm(), rtol=0, atol=keeps_mm)


# at such an angle the quaternion of a half turn keeps 1.1e-3 rad; found by hypothesis
@example(Rotation.from_rotvec([0, 0, 0.0015708]).as_matrix(), ORDERS[8])
@given(rotations(), axis_orders())
def test_both_matrices_of_a_large_oblique_scan_agree_in_every_orientation(turn, order) -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = turn @ np.diag([0.5, 0.5, 1.0])
    grid = Grid((512, 512, 180), matrix).reordered(order)
    header = nib.Nifti1Header()
    header.set_qform(grid.ras_from_index, code=1)
    header.set_sform(grid.ras_from_index, code=1)
    assert place_of(header, grid.shape).grid.shape == grid.shape


@given(grids())
def test_matrices_that_mirror_each_other_are_refused_in_every_orientation(grid: Grid) -> None:
    header = nib.Nifti1Header()
    header.set_qform(grid.ras_from_index, code=1)
    header.set_sform(np.diag([-1, 1, 1, 1]) @ grid.ras_from_index, code=1)
    with pytest.raises(MatrixError) as refused:
        place_of(header, grid.shape)
    assert refused.value.problem.code == "nifti_left_right_conflict"


def shift(header):
    header["qoffset_x"] += 0.2


def shear(header):
    matrix = header.get_sform()
    matrix[0, 1] += 0.1
    header.set_sform(matrix)


def set_field(name, value):
    def edit(header):
        header[name] = value

    return edit


def singular(header):
    header["srow_x"] = 0


@pytest.mark.parametrize(
    ("code", "edit"),
    [
        (
            "nifti_no_matrix",
            lambda h: (set_field("sform_code", 0)(h), set_field("qform_code", 0)(h)),
        ),
        ("nifti_matrix_conflict", shift),
        ("nifti_sheared", shear),
        ("nifti_matrix_invalid", singular),
        ("nifti_matrix_invalid", set_field("srow_y", np.nan)),
    ],
)
def test_a_file_without_one_place_is_refused(tmp_path: Path, code, edit) -> None:
    header = header_of(write_nifti(tmp_path / "a.nii", GRID, edit=edit))
    assert isinstance(header, Unread)
    assert header.problem.code == code


@pytest.mark.parametrize(
    ("code", "edit"),
    [
        ("nifti_units_unknown", set_field("xyzt_units", 0)),
        ("nifti_template_space", set_field("sform_code", 4)),
        ("nifti_spacing_conflict", lambda h: h["pixdim"].__setitem__(1, 0.7)),
    ],
)
def test_a_doubtful_place_is_read_and_said(tmp_path: Path, code, edit) -> None:
    path = write_nifti(tmp_path / "a.nii", GRID, codes=(1, 0), edit=edit)
    assert code in [one.code for one in only_volume(path).problems]


@pytest.mark.parametrize(("unit", "per_mm"), [(1, 0.001), (3, 1000.0)])
def test_lengths_in_other_units_become_millimetres(tmp_path: Path, unit, per_mm) -> None:
    def rescale(header):
        header.set_sform(np.diag([per_mm] * 3 + [1]) @ GRID.ras_from_index, code=1)
        header["pixdim"][1:4] *= per_mm
        header["xyzt_units"] = unit

    volume = only_volume(write_nifti(tmp_path / "a.nii", GRID, codes=(1, 0), edit=rescale))
    assert np.allclose(volume.grid.corners_mm(), GRID.corners_mm(), atol=1e-3)
    assert [one.code for one in volume.problems] == ["nifti_units_not_mm"]


@pytest.mark.parametrize("dtype", ["u1", "i1", "<i2", ">i2", "<u2", "<i4", "<f4", "<f8", ">f4"])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_values_are_those_that_nibabel_reads(tmp_path: Path, dtype, ending) -> None:
    voxels = voxels_for(GRID.shape, "<i4") % 100
    image = nib.Nifti1Image(voxels.astype(dtype), GRID.ras_from_index)
    if dtype.startswith(">"):
        image = nib.Nifti1Image(
            voxels.astype(dtype), GRID.ras_from_index, nib.Nifti1Header(endianness=">")
        )
    image.set_data_dtype(dtype)
    image.set_sform(GRID.ras_from_index, code=1)
    nib.save(image, tmp_path / f"a{ending}")
    volume = only_volume(tmp_path / f"a{ending}")
    assert volume.voxels.dtype == np.dtype(dtype).newbyteorder("=")
    assert np.array_equal(volume.voxels, nib.load(tmp_path / f"a{ending}").dataobj)


def test_slope_and_intercept_are_applied(tmp_path: Path) -> None:
    def scale(header):
        header["scl_slope"], header["scl_inter"] = 0.5, -10

    path = write_nifti(tmp_path / "a.nii", GRID, edit=scale)
    assert np.allclose(only_volume(path).voxels, voxels_for(GRID.shape) * 0.5 - 10)


def test_time_points_stay_in_their_order(tmp_path: Path) -> None:
    voxels = voxels_for((*GRID.shape, 3))
    volume = only_volume(write_nifti(tmp_path / "a.nii.gz", GRID, voxels))
    assert volume.time_points == 3
    assert np.array_equal(volume.voxels, voxels)


@pytest.mark.parametrize(
    ("code", "shape", "dtype"),
    [
        ("not_a_scan", (4, 4, 4, 1, 3), "<f4"),
        ("single_slice", (4, 4), "<i2"),
        ("single_slice", (4, 4, 1), "<i2"),
        ("complex_voxels", (4, 4, 4), "<c8"),
    ],
)
def test_what_is_no_volume_of_numbers_is_named(tmp_path: Path, code, shape, dtype) -> None:
    header = header_of(write_nifti(tmp_path / "a.nii", GRID, np.zeros(shape, dtype)))
    assert header.problem.code == code


def test_colours_are_no_signal(tmp_path: Path) -> None:
    colours = np.zeros((4, 4, 4), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    assert header_of(write_nifti(tmp_path / "a.nii", GRID, colours)).problem.code == "colour_image"


@pytest.mark.parametrize("intent", ["none", "label", "t test"])
def test_only_a_file_that_says_so_is_a_label(tmp_path: Path, intent) -> None:
    edit = lambda header: header.set_intent(intent)
    header = header_of(write_nifti(tmp_path / "a.nii.gz", GRID, edit=edit))
    if intent == "label":
        assert (header.problem.code, header.problem.severity) == ("label_image", "info")
    else:
        assert isinstance(header, Whole)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_every_cut_of_a_file_is_refused_before_a_voxel_is_seen(tmp_path: Path, ending) -> None:
    noise = np.random.default_rng(1).integers(0, 999, GRID.shape).astype("<i2")
    path = write_nifti(tmp_path / f"a{ending}", GRID, noise)
    whole = path.read_bytes()
    for keep in range(0, len(whole) - 1, 37):
        path.write_bytes(whole[:keep])
        header = header_of(path)
        if isinstance(header, Whole):
            with pytest.raises(ScanError, match="nifti_truncated"):
                _ = only_volume(path).voxels
        else:
            assert header.problem.severity == "error"


def test_a_wrong_checksum_is_found_when_voxels_are_read(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "a.nii.gz", GRID)
    raw = bytearray(path.read_bytes())
    raw[-8] ^= 1
    path.write_bytes(raw)
    with pytest.raises(ScanError, match="gzip_checksum"):
        _ = only_volume(path).voxels


def test_a_header_that_claims_more_than_a_stream_can_hold_is_refused_at_once(tmp_path) -> None:
    def lie(header):
        header["dim"][1:4] = 2000

    path = write_nifti(tmp_path / "a.nii.gz", GRID, edit=lie)
    assert header_of(path).problem.code == "nifti_truncated"


@given(st.binary(max_size=700))
def test_no_bytes_after_the_magic_crash_the_reader(tmp_path_factory, rest: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.nii"
    start = bytearray(rest.ljust(352, b"\0"))
    start[344:348] = b"n+1\0"
    path.write_bytes(start)
    assert isinstance(header_of(path), Unread | Whole)


def test_a_pair_is_one_volume_and_counts_two_files(tmp_path: Path) -> None:
    image = nib.Nifti1Pair(voxels_for(GRID.shape), GRID.ras_from_index)
    image.set_sform(GRID.ras_from_index, code=1)
    nib.save(image, tmp_path / "a.hdr")
    study = mriview.open_study(tmp_path)
    (volume,) = study.volumes.values()
    assert np.array_equal(volume.voxels, voxels_for(GRID.shape))
    assert (study.tally.found, study.tally.loaded) == (2, 2)
    (tmp_path / "a.img").unlink()
    assert header_of(tmp_path / "a.hdr").problem.code == "nifti_pair_incomplete"


def test_times_of_a_sidecar_are_seconds(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "sub-1_angio.nii.gz", GRID)
    sidecar = {"RepetitionTime": 0.025, "EchoTime": 0.0034, "FlipAngle": 18}
    sidecar |= {"MRAcquisitionType": "3D", "ScanningSequence": "GR", "SequenceVariant": "SP"}
    (tmp_path / "sub-1_angio.json").write_text(json.dumps(sidecar))
    volume = only_volume(path)
    assert (volume.physics["tr_ms"], volume.physics["te_ms"]) == (25.0, 3.4)


@pytest.mark.parametrize("text", ["[1, 2]", "{broken", "[" * 5000])
def test_a_sidecar_that_is_none_is_left_out_and_said(tmp_path: Path, text) -> None:
    path = write_nifti(tmp_path / "a.nii", GRID)
    (tmp_path / "a.json").write_text(text)
    assert [one.code for one in only_volume(path).problems] == ["sidecar_unreadable"]


def test_the_start_of_a_cut_stream_can_be_read() -> None:
    whole = gzip.compress(bytes(range(256)) * 9)
    assert inflated_start(whole[:-6], 100) == bytes(range(100))
    assert inflated_start(b"\x1f\x8bnothing", 100) == b""


def test_a_large_slope_gives_the_finite_numbers_that_nibabel_gives(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "a.nii", GRID, edit=set_field("scl_slope", 1e37))
    voxels = only_volume(path).voxels
    assert np.isfinite(voxels).all()
    assert np.allclose(voxels, nib.load(path).get_fdata(), rtol=1e-6)


def test_a_small_file_of_huge_emptiness_is_refused_by_its_header(tmp_path: Path) -> None:
    def huge(header):
        header["dim"][1:4] = 1300

    path = write_nifti(tmp_path / "a.nii.gz", GRID, np.zeros(GRID.shape, "u1"), edit=huge)
    with path.open("ab") as file:
        file.truncate(2_200_000)  # as many bytes as deflate needs for it
    assert header_of(path).problem.code == "voxels_too_large"
