"""NIfTI files: one place or none, pairs and names, sidecars, and what is no volume of numbers."""

import json
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from builders import a_grid, nifti_parts, voxels_for, write_nifti
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from strategies import ORDERS, axis_orders, grids, rotations

import mriview
from mriview.errors import ScanError, UsageError
from mriview.geometry import Grid
from mriview.scans.files import listings_below
from mriview.scans.headers import Undecided, Unread, Whole, settled
from mriview.scans.index import headers_of
from mriview.scans.nifti_matrix import Place, TwoPlaces, place_of

GRID = a_grid((6, 5, 12))
VOXELS = voxels_for(GRID.shape)


def said_of(path: Path):
    (listing,) = listings_below(path)
    (said,) = headers_of(listing.files[0])
    return said


def header_of(path: Path):
    return settled(said_of(path), None)


def only_volume(path: Path, **how):
    (volume,) = mriview.open_study(path, **how).volumes.values()
    return volume


def codes(volume) -> list[str]:
    return [one.code for one in volume.problems]


def set_field(name, value):
    def edit(header):
        header[name] = value

    return edit


# ---- one place --------------------------------------------------------------------------------


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
    assert isinstance(place_of(header, grid.shape), Place)


def shear(header):
    matrix = header.get_sform()
    matrix[0, 1] += 0.1
    header.set_sform(matrix)


@pytest.mark.parametrize(
    ("code", "edit"),
    [
        (
            "nifti_no_matrix",
            lambda h: (set_field("sform_code", 0)(h), set_field("qform_code", 0)(h)),
        ),
        ("nifti_matrix_conflict", lambda h: h.__setitem__("qoffset_x", h["qoffset_x"] + 0.2)),
        ("nifti_sheared", shear),
        ("nifti_matrix_invalid", set_field("srow_x", 0)),
        ("nifti_matrix_invalid", set_field("srow_y", np.nan)),
        ("nifti_matrix_invalid", set_field("srow_y", 1e30)),
        ("nifti_matrix_invalid", set_field("quatern_b", np.nan)),
        ("nifti_matrix_invalid", set_field("quatern_b", 2)),
        ("nifti_matrix_invalid", lambda h: h["pixdim"].__setitem__(0, 0.5)),
        ("nifti_matrix_invalid", lambda h: h["pixdim"].__setitem__(2, -0.6)),
        ("nifti_matrix_invalid", lambda h: h["pixdim"].__setitem__(2, 0)),
        ("nifti_header_invalid", set_field("sform_code", 6)),
        ("nifti_header_invalid", set_field("qform_code", -1)),
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
        ("nifti_template_space", set_field("sform_code", 5)),
        ("nifti_spacing_conflict", lambda h: h["pixdim"].__setitem__(1, 0.7)),
    ],
)
def test_a_doubtful_place_is_read_and_said(tmp_path: Path, code, edit) -> None:
    path = write_nifti(tmp_path / "a.nii", GRID, codes=(1, 0), edit=edit)
    assert code in codes(only_volume(path))


def test_a_handedness_of_zero_counts_as_right(tmp_path: Path) -> None:
    right = a_grid((6, 5, 12)).reordered(ORDERS[0])
    if np.linalg.det(right.ras_from_index[:3, :3]) < 0:
        right = Grid(right.shape, right.lps_from_index @ np.diag([-1, 1, 1, 1]))
    edit = lambda header: header["pixdim"].__setitem__(0, 0)
    path = write_nifti(tmp_path / "a.nii", right, codes=(0, 1), edit=edit)
    assert np.allclose(only_volume(path).grid.corners_mm(), right.corners_mm(), atol=1e-4)


@pytest.mark.parametrize(("unit", "per_mm"), [(1, 0.001), (3, 1000.0)])
def test_lengths_in_other_units_become_millimetres(tmp_path: Path, unit, per_mm) -> None:
    def rescale(header):
        header.set_sform(np.diag([per_mm] * 3 + [1]) @ GRID.ras_from_index, code=1)
        header["pixdim"][1:4] *= per_mm
        header["xyzt_units"] = unit

    volume = only_volume(write_nifti(tmp_path / "a.nii", GRID, codes=(1, 0), edit=rescale))
    assert np.allclose(volume.grid.corners_mm(), GRID.corners_mm(), atol=1e-3)
    assert codes(volume) == ["nifti_units_not_mm"]


# ---- two places -------------------------------------------------------------------------------


@given(grids())
def test_matrices_that_mirror_each_other_are_refused_in_every_orientation(grid: Grid) -> None:
    header = nib.Nifti1Header()
    header.set_qform(grid.ras_from_index, code=1)
    header.set_sform(np.diag([-1, 1, 1, 1]) @ grid.ras_from_index, code=1)
    found = place_of(header, grid.shape)
    assert isinstance(found, TwoPlaces)
    assert found.problem.code == "nifti_left_right_conflict"


def mirror_sform(header):
    header.set_sform(np.diag([-1, 1, 1, 1]) @ header.get_sform(), code=1)


@pytest.mark.parametrize("trust", ["sform", "qform"])
def test_a_mirrored_file_is_read_only_by_the_matrix_that_a_person_trusts(tmp_path, trust) -> None:
    path = write_nifti(tmp_path / "a.nii", GRID, edit=mirror_sform)
    study = mriview.open_study(path)
    assert not study.volumes
    assert [one.code for one in study.problems] == ["nifti_left_right_conflict"]
    assert "--trust sform" in study.problems[0].remedy
    volume = only_volume(path, trust=trust)
    header = nib.load(path).header
    expected = header.get_sform() if trust == "sform" else header.get_qform()
    assert np.allclose(volume.grid.ras_from_index, expected, atol=1e-4)
    (warning,) = volume.problems
    assert (warning.code, warning.severity) == ("nifti_matrix_trusted", "warning")
    assert warning.evidence["which"] == trust
    apart_mm = 2 * np.abs(GRID.corners_mm()[:, 0]).max()
    assert warning.evidence["apart_mm"] == pytest.approx(apart_mm, abs=0.01)


def test_trust_changes_nothing_where_matrices_agree_or_only_one_counts(tmp_path: Path) -> None:
    for n, kind in enumerate([(1, 1), (1, 0), (0, 1)]):
        path = write_nifti(tmp_path / f"{n}.nii", GRID, codes=kind)
        for trust in ("sform", "qform"):
            volume = only_volume(path, trust=trust)
            assert np.allclose(volume.grid.corners_mm(), GRID.corners_mm(), atol=1e-3)
            assert codes(volume) == []


def test_what_is_trusted_is_one_of_two_matrices(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii", GRID)
    with pytest.raises(UsageError, match="trust_unknown"):
        mriview.open_study(tmp_path, trust="header")
    with pytest.raises(UsageError, match="trust_unknown"):
        next(mriview.open_batch(tmp_path, trust=""))


def test_a_batch_and_an_index_trust_as_one_study_does(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii", GRID, edit=mirror_sform)
    (study,) = mriview.open_batch(tmp_path, trust="qform")
    assert len(study.volumes) == study.tally.loaded == 1
    (series,) = mriview.index(tmp_path, trust="qform")
    assert series.shape == GRID.shape
    (refused,) = mriview.open_batch(tmp_path)
    assert (refused.tally.refused, refused.tally.loaded) == (1, 0)


@pytest.mark.parametrize(("code", "trusted"), [(1, {}), (2, {"qform"}), (4, {"qform"})])
def test_a_sheared_sform_is_no_place_and_that_of_the_scanner_leaves_none(
    tmp_path: Path, code, trusted
) -> None:
    def register(header):
        shear(header)
        header["sform_code"] = code

    path = write_nifti(tmp_path / "a.nii", GRID, edit=register)
    for trust in ("sform", "qform"):
        study = mriview.open_study(path, trust=trust)
        assert bool(study.volumes) == (trust in trusted)
        if not study.volumes:
            assert [one.code for one in study.problems] == ["nifti_sheared"]


def test_a_choice_that_is_remembered_is_still_open(tmp_path: Path) -> None:
    from mriview.scans.stored import as_text, from_text

    write_nifti(tmp_path / "a.nii", GRID, edit=mirror_sform)
    (listing,) = listings_below(tmp_path)
    read = {file: headers_of(file) for file in listing.files}
    (again,) = from_text(listing, as_text(listing, read)).values()
    (said,) = again
    assert isinstance(said, Undecided)
    assert again == next(iter(read.values()))


# ---- what is no volume of numbers ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "shape", "dtype"),
    [
        ("not_a_scan", (4, 4, 4, 1, 3), "<f4"),
        ("single_slice", (4, 4), "<i2"),
        ("single_slice", (4, 4, 1), "<i2"),
        ("complex_voxels", (4, 4, 4), "<c8"),
        ("complex_voxels", (4, 4, 4), "<c16"),
    ],
)
def test_what_is_no_volume_of_numbers_is_named(tmp_path: Path, code, shape, dtype) -> None:
    header = header_of(write_nifti(tmp_path / "a.nii", GRID, np.zeros(shape, dtype)))
    assert header.problem.code == code


@pytest.mark.parametrize("channels", ["RGB", "RGBA"])
def test_colours_are_no_signal(tmp_path: Path, channels: str) -> None:
    colours = np.zeros((4, 4, 4), [(name, "u1") for name in channels])
    header = header_of(write_nifti(tmp_path / "a.nii", GRID, colours))
    assert (header.problem.code, header.problem.evidence["samples"]) == (
        "colour_image",
        len(channels),
    )


@pytest.mark.parametrize(
    ("code", "edit"),
    [
        ("voxel_type_not_supported", set_field("datatype", 1536)),
        ("voxel_type_not_supported", set_field("datatype", 1)),
        ("nifti_header_invalid", set_field("datatype", 77)),
        ("nifti_header_invalid", set_field("datatype", 0)),
        ("nifti_header_invalid", set_field("bitpix", 8)),
        ("not_a_scan", set_field("intent_code", 1007)),
    ],
)
def test_voxels_of_another_kind_are_named(tmp_path: Path, code, edit) -> None:
    assert header_of(write_nifti(tmp_path / "a.nii", GRID, edit=edit)).problem.code == code


@pytest.mark.parametrize("intent", ["none", "label", "t test"])
def test_only_a_file_that_says_so_is_a_label(tmp_path: Path, intent) -> None:
    edit = lambda header: header.set_intent(intent)
    header = header_of(write_nifti(tmp_path / "a.nii.gz", GRID, edit=edit))
    if intent == "label":
        assert (header.problem.code, header.problem.severity) == ("label_image", "info")
    else:
        assert isinstance(header, Whole)


@pytest.mark.parametrize(
    ("dims", "times"), [((6, 5, 12, 1), 1), ((6, 5, 12, 1, 1, 1, 1), 1), ((6, 5, 4, 3, 1), 3)]
)
def test_trailing_sides_of_one_voxel_are_none(tmp_path: Path, dims, times) -> None:
    volume = only_volume(write_nifti(tmp_path / "a.nii", GRID, VOXELS.reshape(dims)))
    assert (volume.time_points, volume.voxels.shape[:2]) == (times, (6, 5))


def test_dimensions_beyond_the_count_do_not_count(tmp_path: Path) -> None:
    def rubbish(header):
        header["dim"][4:] = [7, -3, 0, 999]

    volume = only_volume(write_nifti(tmp_path / "a.nii", GRID, edit=rubbish))
    assert np.array_equal(volume.voxels, VOXELS)


@pytest.mark.parametrize("order", ["<", ">"])
def test_analyze_is_named_for_what_it_is_and_its_voxels_belong_to_it(tmp_path, order) -> None:
    header, voxels = nifti_parts(VOXELS.astype(f"{order}i2"), single=False)
    (tmp_path / "a.hdr").write_bytes(header[:344] + bytes(4))
    (tmp_path / "a.img").write_bytes(voxels)
    study = mriview.open_study(tmp_path)
    assert {one.code for one in study.problems} == {"analyze_not_supported", "not_a_scan"}
    assert (study.tally.found, study.tally.refused) == (2, 1)


# ---- names and pairs ----------------------------------------------------------------------------


def write_pair(folder: Path, header_name: str, voxels_name: str, version: int = 1, **how) -> Path:
    from isal import igzip

    header, voxels = nifti_parts(
        VOXELS.astype(how.pop("dtype", "<i2")), GRID, version=version, **how
    )
    for name, data in ((header_name, header), (voxels_name, voxels)):
        packed = igzip.compress(data) if name.lower().endswith("gz") else data
        (folder / name).write_bytes(packed)
    return folder


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("dtype", ["<i2", ">i2"])
@pytest.mark.parametrize(
    "names",
    [
        ("a.hdr", "a.img"),
        ("a.hdr.gz", "a.img.gz"),
        ("a.hdr", "a.img.gz"),
        ("a.hdr.gz", "a.img"),
        ("A.HDR", "A.IMG"),
        ("a.b.hdr", "a.b.img"),
    ],
)
def test_a_pair_is_one_volume_of_two_files(tmp_path: Path, names, version, dtype) -> None:
    study = mriview.open_study(
        write_pair(tmp_path, *names, version=version, dtype=dtype, single=False)
    )
    (volume,) = study.volumes.values()
    assert np.array_equal(volume.voxels, VOXELS)
    assert (study.tally.found, study.tally.loaded, volume.file_count) == (2, 2, 2)
    assert codes(volume) == []


@pytest.mark.parametrize("gone", ["a.hdr", "a.img"])
def test_half_a_pair_is_refused(tmp_path: Path, gone) -> None:
    write_pair(tmp_path, "a.hdr", "a.img", single=False)
    (tmp_path / gone).unlink()
    study = mriview.open_study(tmp_path)
    assert [one.code for one in study.problems] == ["nifti_pair_incomplete"]
    assert study.tally.refused == 1


def test_a_header_that_claims_the_voxels_of_its_neighbour_is_refused(tmp_path: Path) -> None:
    write_pair(tmp_path, "a.hdr", "a.img", single=True)
    problems = mriview.open_study(tmp_path).problems
    assert {one.code for one in problems} == {"nifti_pair_contradicts", "not_a_scan"}


@pytest.mark.parametrize("version", [1, 2])
def test_a_single_file_with_the_magic_of_a_pair_is_read_and_flagged(tmp_path, version) -> None:
    magic = {1: b"ni1", 2: b"ni2\0\r\n\x1a\n"}[version]
    parts = nifti_parts(VOXELS, GRID, set_field("magic", magic), version=version)
    (tmp_path / "a.nii").write_bytes(b"".join(parts))
    volume = only_volume(tmp_path)
    assert np.array_equal(volume.voxels, VOXELS)
    assert codes(volume) == ["nifti_magic_contradicts"]


@pytest.mark.parametrize("name", ["a.nii", "a.NII", "scan", "scan.img", "a.b.dat"])
def test_a_single_file_is_known_by_its_bytes(tmp_path: Path, name) -> None:
    (tmp_path / name).write_bytes(b"".join(nifti_parts(VOXELS, GRID)))
    assert np.array_equal(only_volume(tmp_path).voxels, VOXELS)


@pytest.mark.parametrize(("written", "named"), [("a.nii.gz", "b.nii"), ("a.nii", "b.nii.gz")])
def test_a_name_that_lies_about_compression_is_flagged(tmp_path: Path, written, named) -> None:
    write_nifti(tmp_path / written, GRID).rename(tmp_path / named)
    volume = only_volume(tmp_path)
    assert np.array_equal(volume.voxels, VOXELS)
    assert codes(volume) == ["wrong_extension"]


def test_a_link_is_read_by_its_own_name(tmp_path: Path) -> None:
    store = write_nifti(tmp_path / "store" / "XY12", GRID)
    seen = tmp_path / "scans"
    seen.mkdir()
    (seen / "sub-1_angio.nii").symlink_to(store)
    (seen / "sub-1_angio.json").write_text('{"EchoTime": 0.004}')
    assert only_volume(seen).physics["te_ms"] == 4.0


def test_a_link_to_content_that_is_not_here_is_counted(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii", GRID)
    (tmp_path / "b.nii.gz").symlink_to(tmp_path / "store" / "absent")
    study = mriview.open_study(tmp_path)
    assert (study.tally.found, study.tally.loaded, study.tally.refused) == (2, 1, 1)


@pytest.mark.parametrize(
    "pointer",
    [
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
        b"/annex/objects/MD5E-s9--0\n",
    ],
)
def test_a_pointer_to_content_that_was_not_fetched_is_named(tmp_path: Path, pointer) -> None:
    (tmp_path / "a.nii.gz").write_bytes(pointer)
    assert header_of(tmp_path / "a.nii.gz").problem.code == "content_absent"


# ---- sidecars -----------------------------------------------------------------------------------


def test_times_of_a_sidecar_are_seconds(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "sub-1_angio.nii.gz", GRID)
    sidecar = {"RepetitionTime": 0.025, "EchoTime": 0.0034, "FlipAngle": 18}
    sidecar |= {"MRAcquisitionType": "3D", "ScanningSequence": "GR", "SequenceVariant": "SP"}
    (tmp_path / "sub-1_angio.json").write_text(json.dumps(sidecar))
    volume = only_volume(path)
    assert (volume.physics["tr_ms"], volume.physics["te_ms"]) == (25.0, 3.4)


@pytest.mark.parametrize(
    "data",
    [b"[1, 2]", b"{broken", b"[" * 5000, b"\xff\xfe\xfd", b'{"a": "' + b"x" * 2**22 + b'"}'],
)
def test_a_sidecar_that_is_none_is_left_out_and_said(tmp_path: Path, data) -> None:
    path = write_nifti(tmp_path / "a.nii", GRID)
    (tmp_path / "a.json").write_bytes(data)
    assert codes(only_volume(path)) == ["sidecar_unreadable"]


@pytest.mark.parametrize("number", ["1e400", "1" + "0" * 400, "NaN", "true", "-Infinity", '"x"'])
def test_a_number_that_is_none_is_no_physics(tmp_path: Path, number) -> None:
    path = write_nifti(tmp_path / "a.nii", GRID)
    (tmp_path / "a.json").write_text(f'{{"RepetitionTime": {number}, "EchoTime": 0.004}}')
    assert dict(only_volume(path).physics) == {"te_ms": 4.0}


def test_a_sidecar_counts_once_with_its_image_and_without(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii", GRID)
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "b.json").write_text("{}")
    tally = mriview.open_study(tmp_path).tally
    assert (tally.found, tally.loaded, tally.ignored) == (3, 2, 1)


def test_a_file_that_is_gone_when_its_voxels_are_asked_is_one_sentence(tmp_path: Path) -> None:
    volume = only_volume(write_nifti(tmp_path / "deep" / "a.nii", GRID))
    shutil.rmtree(tmp_path / "deep")
    with pytest.raises(ScanError, match="file_unreadable"):
        _ = volume.voxels
