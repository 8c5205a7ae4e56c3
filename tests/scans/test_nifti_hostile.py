"""NIfTI files that lie, are cut, bent or blown up: one sentence each, no memory, no wrong voxel."""

import gzip
import struct
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from builders import a_grid, nifti_parts, voxels_for, write_nifti
from hypothesis import given
from hypothesis import strategies as st
from isal import igzip

import mriview
from mriview.errors import MriviewError, ScanError

GRID = a_grid((6, 5, 12))
VOXELS = voxels_for(GRID.shape)
NOISE = np.random.default_rng(1).integers(0, 999, (16, 16, 40)).astype("<i2")
MIB = 2**20
MM_PER_UNIT = {1: 1000.0, 3: 0.001}

# Bytes of a NIfTI-1 header that decide something: sizes, types, places, scales, magic
DECIDING = [*range(4), *range(40, 56), *range(68, 124), *range(252, 352)]


def refusal_of(path: Path) -> str:
    """Give the code of the one problem of a file, whether headers or voxels show it."""
    study = mriview.open_study(path)
    if not study.volumes:
        (one,) = study.problems
        return one.code
    (volume,) = study.volumes.values()
    with pytest.raises(ScanError) as refused:
        _ = volume.voxels
    return refused.value.code


def voxels_or_code(volume) -> str:
    """Read the voxels, or give the code of their refusal; anything else is a crash."""
    try:
        _ = volume.voxels
    except MriviewError as error:
        return error.code
    return "read"


def peak_bytes(job) -> int:
    tracemalloc.start()
    try:
        job()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# ---- headers that lie ---------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("side", "version"), [(300, 1), (2000, 1), (32767, 1), (300, 2), (2**40, 2), (2**62, 2)]
)
def test_a_header_that_claims_more_than_its_file_holds_costs_nothing(
    tmp_path: Path, side, version, packed
) -> None:
    def lie(header):
        header["dim"][1:4] = side

    raw = b"".join(nifti_parts(VOXELS, GRID, lie, version))
    path = tmp_path / "a.nii"
    path.write_bytes(gzip.compress(raw) if packed else raw)
    refusal_of(path)
    codes: list[str] = []
    assert peak_bytes(lambda: codes.append(refusal_of(path))) < 4 * MIB
    assert set(codes) <= {"nifti_truncated", "wrong_extension"}


@pytest.mark.parametrize(
    ("code", "offset"),
    [
        ("nifti_header_invalid", np.nan),
        ("nifti_header_invalid", np.inf),
        ("nifti_header_invalid", -352),
        ("nifti_header_invalid", 352.5),
        ("nifti_header_invalid", 100),
        ("nifti_truncated", 353),
        ("nifti_truncated", 1e6),
        ("header_too_large", 1e9),
        ("header_too_large", 3e38),
    ],
)
@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_voxels_that_begin_nowhere_are_refused(tmp_path: Path, code, offset, ending) -> None:
    edit = lambda header: header.__setitem__("vox_offset", offset)
    assert refusal_of(write_nifti(tmp_path / f"a{ending}", GRID, edit=edit)) == code


@pytest.mark.parametrize("size", [0, 347, 349, 540, -348, 348 << 16])
def test_a_header_of_another_length_is_none(tmp_path: Path, size) -> None:
    path = write_nifti(tmp_path / "a.nii", GRID)
    path.write_bytes(struct.pack("<i", size) + path.read_bytes()[4:])
    assert refusal_of(path) == "nifti_header_invalid"


def test_a_header_that_was_sent_as_text_is_refused(tmp_path: Path) -> None:
    raw = b"".join(nifti_parts(VOXELS, GRID, version=2))
    (tmp_path / "a.nii").write_bytes(raw[:8] + raw[8:].replace(b"\r\n", b"\n", 1))
    assert refusal_of(tmp_path / "a.nii") == "nifti_header_invalid"


@pytest.mark.parametrize("side", [0, -1, -32768])
def test_a_side_without_voxels_is_refused(tmp_path: Path, side) -> None:
    edit = lambda header: header["dim"].__setitem__(2, side)
    assert refusal_of(write_nifti(tmp_path / "a.nii", GRID, edit=edit)) == "nifti_header_invalid"


@pytest.mark.parametrize("count", [0, 8, -1, 256])
def test_a_count_of_dimensions_that_is_none_is_refused(tmp_path: Path, count) -> None:
    edit = lambda header: header["dim"].__setitem__(0, count)
    assert refusal_of(write_nifti(tmp_path / "a.nii", GRID, edit=edit)) == "nifti_header_invalid"


@pytest.mark.parametrize("value", [1e300, -1e300, np.inf, np.nan, 1e-300, 0.0])
@pytest.mark.parametrize("field", ["srow_x", "quatern_c", "qoffset_y", "pixdim", "scl_slope"])
def test_numbers_beyond_all_measure_are_refused_without_a_warning(tmp_path, field, value) -> None:
    def edit(header):
        header[field] = value

    (tmp_path / "a.nii").write_bytes(b"".join(nifti_parts(VOXELS, GRID, edit, 2)))
    study = mriview.open_study(tmp_path)
    for volume in study.volumes.values():
        assert np.isfinite(volume.grid.corners_mm()).all()
        assert voxels_or_code(volume) in {"values_out_of_range", "read"}


# ---- streams that grow, end or are bent ---------------------------------------------------------


def test_voxels_that_only_a_bomb_could_hold_are_refused_by_the_header(tmp_path: Path) -> None:
    def huge(header):
        header["dim"][1:4] = 1200

    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzip.compress(b"".join(nifti_parts(VOXELS.astype("u1"), GRID, huge))))
    with path.open("ab") as file:
        file.truncate(2_200_000)  # as many bytes as deflate needs for it
    refusal_of(path)
    codes: list[str] = []
    assert peak_bytes(lambda: codes.append(refusal_of(path))) < MIB
    assert codes == ["expands_too_much"]


@pytest.mark.parametrize("apart", [False, True])
def test_a_bomb_behind_the_voxels_is_put_out_early(tmp_path: Path, set_limit, apart) -> None:
    set_limit(expansion_free_bytes=2 * MIB, expansion=100)
    start, zeros = b"".join(nifti_parts(NOISE, a_grid(NOISE.shape))), bytes(32 * MIB)
    parts = (start, zeros) if apart else (start + zeros,)
    (tmp_path / "a.nii.gz").write_bytes(b"".join(igzip.compress(part) for part in parts))
    (volume,) = mriview.open_study(tmp_path).volumes.values()

    def refuse() -> None:
        with pytest.raises(ScanError, match="expands_too_much"):
            _ = volume.voxels

    assert peak_bytes(refuse) < 4 * MIB


def test_more_behind_the_voxels_than_a_file_may_hold_is_refused(tmp_path, set_limit) -> None:
    set_limit(content_bytes=MIB)
    noise = np.random.default_rng(2).bytes(2 * MIB)
    raw = b"".join(nifti_parts(NOISE, a_grid(NOISE.shape))) + noise
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(raw, 1))
    assert refusal_of(tmp_path / "a.nii.gz") == "content_too_large"


def test_a_stream_of_countless_members_ends(tmp_path: Path, set_limit) -> None:
    set_limit(archive_members=1000)
    path = write_nifti(tmp_path / "a.nii.gz", a_grid(NOISE.shape), NOISE)
    path.write_bytes(path.read_bytes() + gzip.compress(b"") * 2000)
    assert refusal_of(path) == "archive_broken"


def test_more_voxels_than_one_series_may_have_are_refused_by_the_header(tmp_path: Path) -> None:
    def huge(header):
        header["dim"][1:4] = 1300

    path = write_nifti(tmp_path / "a.nii", GRID, VOXELS.astype("u1"), edit=huge)
    with path.open("ab") as file:
        file.truncate(352 + 1300**3)  # takes no place on disk
    assert refusal_of(path) == "voxels_too_large"


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_every_cut_of_a_file_is_refused_before_a_voxel_is_seen(tmp_path: Path, ending) -> None:
    path = write_nifti(tmp_path / f"a{ending}", a_grid(NOISE.shape), NOISE)
    whole = path.read_bytes()
    for keep in [*range(0, 600, 7), *range(600, len(whole), 997), len(whole) - 1]:
        path.write_bytes(whole[:keep])
        assert refusal_of(path) in {
            "nifti_truncated",
            "not_nifti",
            "compressed_file_broken",
            "gzip_truncated",
        }


@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_bent_bit_of_a_stream_gives_another_voxel(tmp_path_factory, at: float, bit: int) -> None:
    path = tmp_path_factory.getbasetemp() / "bent.nii.gz"
    write_nifti(path, a_grid(NOISE.shape), NOISE)
    raw = bytearray(path.read_bytes())
    raw[int(at * len(raw))] ^= 1 << bit
    path.write_bytes(raw)
    study = mriview.open_study(path)
    assert study.volumes or study.problems
    for volume in study.volumes.values():
        if voxels_or_code(volume) == "read":
            assert np.array_equal(volume.voxels, NOISE)


def test_a_compressed_file_in_an_archive_is_read_like_any_other(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii.gz", a_grid(NOISE.shape), NOISE)
    write_nifti(tmp_path / "b.nii", GRID)
    with zipfile.ZipFile(tmp_path / "scans.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "a.nii.gz", "case/a.nii.gz")
        archive.write(tmp_path / "b.nii", "case/b.nii")
    found = {
        v.grid.shape: v.voxels for v in mriview.open_study(tmp_path / "scans.zip").volumes.values()
    }
    assert np.array_equal(found[NOISE.shape], NOISE)
    assert np.array_equal(found[GRID.shape], VOXELS)


# ---- fuzzing ------------------------------------------------------------------------------------


def placed_by_nibabel(raw: bytes) -> np.ndarray:
    """Give the matrix of a header in mm, RAS, as nibabel computes it; qfac 0 counts as 1."""
    kind = nib.Nifti2Header if raw[4:6] == b"n+" else nib.Nifti1Header
    header = kind(raw[: kind.sizeof_hdr], check=False)
    if header["pixdim"][0] == 0:
        header["pixdim"][0] = 1
    mm = MM_PER_UNIT.get(int(header["xyzt_units"]) & 7, 1.0)
    return np.diag([mm, mm, mm, 1.0]) @ header.get_best_affine()


@given(
    bent=st.lists(
        st.tuples(st.one_of(st.sampled_from(DECIDING), st.integers(0, 360)), st.integers(0, 255)),
        min_size=1,
        max_size=5,
    ),
    packed=st.booleans(),
)
def test_whatever_a_bent_header_says_what_is_read_is_what_nibabel_reads(
    tmp_path_factory, bent, packed
) -> None:
    raw = bytearray(b"".join(nifti_parts(VOXELS, GRID)))
    for at, value in bent:
        raw[at] = value
    path = tmp_path_factory.getbasetemp() / ("fuzz.nii.gz" if packed else "fuzz.nii")
    path.write_bytes(gzip.compress(raw, 1) if packed else raw)
    for volume in mriview.open_study(path).volumes.values():
        assert np.allclose(volume.grid.ras_from_index, placed_by_nibabel(bytes(raw)), atol=1e-5)
        if voxels_or_code(volume) != "read":
            continue
        found = volume.voxels
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                expected = np.asarray(nib.Nifti1Image.from_bytes(bytes(raw)).dataobj)
            except (nib.spatialimages.HeaderDataError, ValueError, OSError):
                continue  # nibabel is stricter here
            expected = expected.reshape(found.shape, order="F")
            assert np.allclose(found, expected, rtol=1e-6, equal_nan=True)


@given(st.binary(max_size=700), st.sampled_from([b"n+1\0", b"ni1\0", b"n+2\0\r\n\x1a\n"]))
def test_no_bytes_around_the_magic_crash_the_reader(tmp_path_factory, rest: bytes, magic) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.nii"
    start = bytearray(rest.ljust(544, b"\0"))
    at = 4 if magic[2:3] == b"2" else 344
    start[at : at + len(magic)] = magic
    start[:4] = struct.pack("<i", 540 if at == 4 else 348)
    path.write_bytes(start)
    for volume in mriview.open_study(path).volumes.values():
        assert voxels_or_code(volume)


def test_no_text_of_a_header_and_no_name_is_in_what_is_said(tmp_path: Path) -> None:
    def name(header):
        for field in ("descrip", "aux_file", "intent_name", "db_name"):
            header[field] = b"MUELLER"
        header["qoffset_x"] += 12

    path = write_nifti(tmp_path / "MUELLER.nii", GRID, edit=name)
    (tmp_path / "MUELLER.json").write_text('{"PatientName": "MUELLER"')
    study = mriview.open_study(path)
    trusted = mriview.open_study(path, trust="sform")
    said = [repr(one) + str(one) for one in (*study.problems, *trusted.problems)]
    assert len(said) >= 2
    assert "MUELLER" not in repr([study, trusted, *trusted.volumes.values(), *said])
