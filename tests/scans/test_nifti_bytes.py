"""Voxels of NIfTI files: nibabel's for every kind of number, and no more memory than they take."""

import gzip
import io
import mmap
import os
import tracemalloc
import zlib
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from builders import a_grid, nifti_parts, voxels_for, write_nifti
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import mriview
from mriview.errors import ScanError
from mriview.scans.inflate import gzip_pieces

GRID = a_grid((6, 5, 12))
VOXELS = voxels_for(GRID.shape)
NOISE = np.random.default_rng(1).integers(-(2**15), 2**15, (64, 64, 40)).astype("<i2")
KINDS = [
    f"{order}{kind}" for kind in ("i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8") for order in "<>"
]
SCALES = [(0, 0), (0, 7), (1, 0), (0.5, -10), (-2.25, 3), (1e-3, 1e3), (np.nan, 0), (np.inf, 1)]


def only_volume(path: Path):
    (volume,) = mriview.open_study(path).volumes.values()
    return volume


def root_of(array: np.ndarray) -> object:
    base = array
    while isinstance(getattr(base, "base", None), np.ndarray):
        base = base.base
    return base.base


# ---- values -------------------------------------------------------------------------------------


@st.composite
def stored(draw):
    """Give voxels of any kind and order, 3-D or 4-D."""
    dtype = np.dtype(draw(st.sampled_from(["<u1", "<i1", *KINDS])))
    shape = draw(st.sampled_from([(2, 3, 4), (3, 2, 2, 3), (4, 3, 2, 1)]))
    elements = None
    if dtype.kind == "f":
        elements = st.floats(width=dtype.itemsize * 8, allow_nan=False, allow_infinity=False)
        elements = elements.filter(lambda value: abs(value) < 1e30)
    return draw(arrays(dtype, shape, elements=elements))


@given(
    voxels=stored(),
    version=st.sampled_from([1, 2]),
    scale=st.sampled_from(SCALES),
    gap=st.sampled_from([0, 16, 1, 7]),
    packed=st.booleans(),
)
def test_values_and_matrix_are_those_that_nibabel_reads(
    tmp_path_factory, voxels, version, scale, gap, packed
) -> None:
    def edit(header):
        header["vox_offset"] += gap
        header["scl_slope"], header["scl_inter"] = scale

    header, data = nifti_parts(voxels, edit=edit, version=version)
    raw = header + bytes(gap) + data
    path = tmp_path_factory.getbasetemp() / ("judged.nii.gz" if packed else "judged.nii")
    path.write_bytes(gzip.compress(raw, 1) if packed else raw)
    volume, judge = only_volume(path), nib.load(path)
    expected = np.asarray(judge.dataobj)
    if volume.time_points == 1:
        expected = expected.reshape(voxels.shape[:3])
    assert volume.voxels.dtype.isnative
    if volume.voxels.dtype.kind in "iu":
        assert volume.voxels.dtype == voxels.dtype.newbyteorder("=")
        assert np.array_equal(volume.voxels, expected)
    else:
        largest = float(np.abs(expected).max(initial=0))
        assert np.allclose(volume.voxels, expected, rtol=1e-6, atol=1e-6 * largest)
    assert np.allclose(volume.grid.ras_from_index, judge.affine, rtol=0, atol=1e-5)


@pytest.mark.parametrize("dtype", ["u1", "i1", *KINDS])
@pytest.mark.parametrize("packed", [False, True])
def test_the_ends_of_every_kind_of_number_come_back(tmp_path: Path, dtype, packed) -> None:
    kind = np.dtype(dtype)
    ends = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
    voxels = np.zeros((2, 2, 2), kind)
    voxels[0, 1, 1], voxels[1, 0, 1] = ends.min, ends.max
    raw = b"".join(nifti_parts(voxels))
    path = tmp_path / "a.nii"
    path.write_bytes(gzip.compress(raw, 1) if packed else raw)
    found = only_volume(path).voxels
    assert found.dtype == kind.newbyteorder("=")
    assert np.array_equal(found, voxels)


def test_slope_and_intercept_are_applied(tmp_path: Path) -> None:
    def scale(header):
        header["scl_slope"], header["scl_inter"] = 0.5, -10

    path = write_nifti(tmp_path / "a.nii", GRID, edit=scale)
    assert np.allclose(only_volume(path).voxels, VOXELS * 0.5 - 10)


@pytest.mark.parametrize("scale", [(np.nan, 0), (np.inf, 0), (2, np.nan), (1, -np.inf)])
def test_a_scale_that_is_no_number_is_not_applied_and_said(tmp_path: Path, scale) -> None:
    def edit(header):
        header["scl_slope"], header["scl_inter"] = scale

    volume = only_volume(write_nifti(tmp_path / "a.nii", GRID, edit=edit))
    assert [one.code for one in volume.problems] == ["nifti_scaling_invalid"]
    assert np.array_equal(volume.voxels, VOXELS)


def test_a_large_slope_gives_the_finite_numbers_that_nibabel_gives(tmp_path: Path) -> None:
    edit = lambda header: header.__setitem__("scl_slope", 1e37)
    path = write_nifti(tmp_path / "a.nii", GRID, edit=edit)
    voxels = only_volume(path).voxels
    assert np.isfinite(voxels).all()
    assert np.allclose(voxels, nib.load(path).get_fdata(), rtol=1e-6)


def test_time_points_stay_in_their_order(tmp_path: Path) -> None:
    voxels = voxels_for((*GRID.shape, 3))
    volume = only_volume(write_nifti(tmp_path / "a.nii.gz", GRID, voxels))
    assert volume.time_points == 3
    assert np.array_equal(volume.voxels, voxels)


def test_an_extension_is_passed_over(tmp_path: Path) -> None:
    def edit(header):
        header["vox_offset"] = 352 + 32

    header, data = nifti_parts(VOXELS, GRID, edit)
    extension = b"\1\0\0\0" + (32).to_bytes(4, "little") + (6).to_bytes(4, "little") + b"x" * 24
    (tmp_path / "a.nii").write_bytes(header[:348] + extension + data)
    assert np.array_equal(only_volume(tmp_path).voxels, VOXELS)


# ---- mapped -------------------------------------------------------------------------------------


def test_a_plain_file_is_mapped_and_cannot_be_written(tmp_path: Path) -> None:
    voxels = only_volume(write_nifti(tmp_path / "a.nii", GRID)).voxels
    assert isinstance(root_of(voxels), mmap.mmap | memoryview)
    assert voxels.flags.aligned
    with pytest.raises(ValueError, match="read-only"):
        voxels[0, 0, 0] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        voxels.setflags(write=True)


@pytest.mark.parametrize("kind", ["<i2", ">i2"])
@pytest.mark.parametrize("gap", [0, 1])
def test_a_view_is_never_unaligned_or_of_a_foreign_order(tmp_path: Path, kind, gap) -> None:
    def edit(header):
        header["vox_offset"] += gap

    header, data = nifti_parts(VOXELS.astype(kind), GRID, edit)
    (tmp_path / "a.nii").write_bytes(header + bytes(gap) + data)
    voxels = only_volume(tmp_path).voxels
    assert voxels.flags.aligned
    assert voxels.dtype.isnative
    assert np.array_equal(voxels, VOXELS)


def test_opening_and_one_voxel_of_a_plain_file_take_no_memory_of_its_size(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "a.nii", a_grid(NOISE.shape), NOISE)
    only_volume(path).voxels[0, 0, 0]  # imports and caches
    assert peak_bytes(lambda: only_volume(path).voxels[1, 2, 3]) < NOISE.nbytes / 2


def peak_bytes(job) -> int:
    tracemalloc.start()
    try:
        job()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_file_that_was_replaced_after_opening_is_refused(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "a.nii", GRID)
    volume = only_volume(path)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ScanError, match="file_changed"):
        _ = volume.voxels


@pytest.mark.parametrize("changed", ["a.hdr", "a.img"])
def test_neither_half_of_a_pair_may_change(tmp_path: Path, changed) -> None:
    header, data = nifti_parts(VOXELS, GRID, single=False)
    (tmp_path / "a.hdr").write_bytes(header)
    (tmp_path / "a.img").write_bytes(data)
    volume = only_volume(tmp_path)
    os.utime(tmp_path / changed, ns=(1, 1))
    with pytest.raises(ScanError, match="file_changed"):
        _ = volume.voxels


def test_what_is_mapped_outlives_the_name_of_its_file(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "a.nii", GRID)
    voxels = only_volume(path).voxels
    path.unlink()
    assert np.array_equal(voxels, VOXELS)


# ---- compressed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["<i2", ">i2"])
def test_inflating_takes_the_volume_and_little_more(tmp_path: Path, dtype) -> None:
    voxels = np.tile(NOISE, (1, 1, 12)).astype(dtype)
    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzip.compress(b"".join(nifti_parts(voxels, a_grid(voxels.shape))), 1))
    volume = only_volume(path)
    extra = peak_bytes(lambda: volume.voxels) - voxels.nbytes
    assert extra < 3 * 2**20
    assert np.array_equal(volume.voxels, voxels)


def members(raw: bytes, size: int) -> list[bytes]:
    return [gzip.compress(raw[at : at + size], 1) for at in range(0, len(raw), size)]


def with_name(member: bytes) -> bytes:
    """Give a member whose header says more: extra field, name, comment, its own checksum."""
    header = member[:3] + b"\x1e" + member[4:10] + b"\6\0BC\2\0ab" + b"name\0comment\0"
    return header + (zlib.crc32(header) & 0xFFFF).to_bytes(2, "little") + member[10:]


@pytest.mark.parametrize("size", [100, 351, 4000, 10**9])
@pytest.mark.parametrize("padding", [b"", bytes(5000), b"\x1f", b"end of tape"])
def test_all_members_of_a_stream_are_read_and_padding_is_none(tmp_path, size, padding) -> None:
    raw = b"".join(nifti_parts(NOISE[:16, :16], a_grid((16, 16, 40))))
    stream = b"".join([gzip.compress(b""), *map(with_name, members(raw, size)), gzip.compress(b"")])
    (tmp_path / "a.nii.gz").write_bytes(stream + padding)
    assert np.array_equal(only_volume(tmp_path).voxels, NOISE[:16, :16])


@given(
    data=st.binary(max_size=3000).map(lambda part: part * 40),
    sizes=st.integers(50, 60_000),
    piece=st.integers(1, 5000),
)
def test_pieces_of_a_stream_are_what_gzip_reads(data: bytes, sizes: int, piece: int) -> None:
    raw = b"".join(map(with_name, members(data, sizes)))
    pieces = list(gzip_pieces(io.BytesIO(raw), len(raw), piece_bytes=max(piece, len(data) // 200)))
    assert b"".join(pieces) == gzip.decompress(raw) == data


@pytest.mark.parametrize("at", [-1, -4, -5, -8])
def test_a_wrong_checksum_or_length_is_found_when_voxels_are_read(tmp_path: Path, at) -> None:
    path = write_nifti(tmp_path / "a.nii.gz", a_grid(NOISE.shape), NOISE)
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)
    with pytest.raises(ScanError, match="gzip_checksum"):
        _ = only_volume(path).voxels


def test_voxels_with_a_sound_checksum_count_only_with_what_follows_them(tmp_path: Path) -> None:
    raw = b"".join(nifti_parts(VOXELS, GRID))
    broken = bytearray(gzip.compress(b"more"))
    broken[-8] ^= 1
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(raw) + broken)
    with pytest.raises(ScanError, match="gzip_checksum"):
        _ = only_volume(tmp_path).voxels
