"""Bytes that nobody meant: every format, changed at random, ends in voxels or in a sentence.

What a single parser does with random bytes is tested beside it; here whole files are changed and
opened as a user would. No exception but ours may come out, no file may be lost from the count, and
no voxel may lie where its file does not say. Under the profile ``long`` there are many more.
"""

import gzip
import io
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from builders import (
    a_grid,
    a_mosaic,
    a_slice,
    an_enhanced_object,
    nifti_parts,
    voxels_for,
    write_series,
)
from encoded import encode, hold
from hostile import SECRET, a_medium_index, bytes_of, deflated_object
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread, uid
from pydicom.config import IGNORE
from pydicom.config import settings as pydicom_settings
from pydicom.encaps import encapsulate

import mriview
from mriview.errors import MriviewError
from mriview.scans.zip_directory import BrokenError, entries_of
from mriview.values import Problem
from mriview.vocabulary import problems

GRID = a_grid((13, 12, 4))
VOXELS = voxels_for(GRID.shape)
ROUNDING_MM = 0.05  # of positions: a plane may be a rounding off its place, and is then said to be
LONG = settings().max_examples > 500
MANY = settings(max_examples=settings().max_examples if LONG else 20)

# ---- sound files --------------------------------------------------------------------------------


def image(k: int = 0, **tags: object):
    return a_slice(GRID, VOXELS[:, :, k].astype("<u2"), k, PatientName=SECRET, **tags)


def recoded(syntax: str) -> bytes:
    ds = image()
    ds.file_meta.TransferSyntaxUID = syntax
    if syntax == uid.ExplicitVRBigEndian:
        ds.PixelData = VOXELS[:, :, 0].T.astype(">u2").tobytes()
    elif syntax.is_compressed:
        pixels = np.ascontiguousarray(VOXELS[:, :, 0].T.astype("<u2"))
        hold(ds, encapsulate([encode(pixels, syntax)]))
    return bytes_of(ds)


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def nifti(version: int = 1) -> bytes:
    return b"".join(nifti_parts(VOXELS, GRID, version=version))


FILES: dict[str, Callable[[], bytes]] = {
    "a.dcm": lambda: bytes_of(image(RescaleSlope="2", RescaleIntercept="-3")),
    "implicit": lambda: recoded(uid.ImplicitVRLittleEndian),
    "big endian": lambda: recoded(uid.ExplicitVRBigEndian),
    "deflated": lambda: deflated_object()[:1200],
    "run lengths": lambda: recoded(uid.RLELossless),
    "jpeg": lambda: recoded(uid.JPEGLosslessSV1),
    "jpeg-ls": lambda: recoded(uid.JPEGLSLossless),
    "jpeg 2000": lambda: recoded(uid.JPEG2000Lossless),
    "enhanced": lambda: bytes_of(an_enhanced_object(GRID, VOXELS, PatientName=SECRET)),
    "mosaic": lambda: bytes_of(a_mosaic(GRID, VOXELS.astype("<u2"), PatientName=SECRET)),
    "a.dcm.gz": lambda: gzip.compress(bytes_of(image()), mtime=0),
    "a.nii": nifti,
    "b.nii": lambda: nifti(2),
    "a.nii.gz": lambda: gzip.compress(nifti(), mtime=0),
    "a.zip": lambda: zipped({f"scan/{k}": bytes_of(image(k)) for k in range(4)}),
    "DICOMDIR": lambda: a_medium_index(["DICOM", "IM1"], ["DICOM", "IM2"]),
}

# ---- changes ------------------------------------------------------------------------------------

ODD_BYTES = [
    b"\0",
    b"\xff",
    b"\x80",
    b"\xff" * 4,
    b"\xff\xff\xff\x7f",
    b"\0" * 8,
    b"\\",
    b"9",
    b"-",
]


@st.composite
def changed(draw, whole: bytes) -> bytes:
    """Give bytes with a few changes: flipped, overwritten, cut out, inserted, doubled, ended."""
    found = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(found) - 1, 0)))
        some = draw(st.integers(1, 64))
        match draw(st.sampled_from(["flip", "write", "remove", "insert", "double", "end"])):
            case "flip" if found:
                found[at] ^= 1 << draw(st.integers(0, 7))
            case "write":
                odd = draw(st.sampled_from(ODD_BYTES) | st.binary(min_size=1, max_size=8))
                found[at : at + len(odd)] = odd
            case "remove":
                del found[at : at + some]
            case "insert":
                found[at:at] = draw(st.binary(max_size=32))
            case "double":
                found[at:at] = found[at : at + some]
            case "end":
                del found[at:]
    return bytes(found)


@pytest.fixture(scope="module")
def sound() -> dict[str, bytes]:
    return {name: make() for name, make in FILES.items()}


def check_words(one: Problem | MriviewError) -> None:
    """A sentence is a row of our table, and names nobody."""
    assert one.code in problems()
    assert SECRET not in str(one)


def open_all(place: Path) -> None:
    """Open everything, voxels too; all that may come out is a sentence of ours."""
    for study in mriview.open_batch(place):
        tally = study.tally
        assert tally.found == tally.loaded + tally.refused + tally.ignored
        for one in study.problems:
            check_words(one)
        for volume in study.volumes.values():
            try:
                assert volume.voxels.shape[:3] == volume.grid.shape
            except MriviewError as error:
                check_words(error)


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
@MANY
def test_a_changed_file_ends_in_voxels_or_in_a_sentence(
    name, sound, data, tmp_path_factory
) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path_factory.getbasetemp()) as place:
        (Path(place) / name).write_bytes(data.draw(changed(sound[name])))
        if name not in {"a.nii", "b.nii", "a.nii.gz", "a.zip", "DICOMDIR"}:
            (Path(place) / "beside").write_bytes(bytes_of(image(1)))
        open_all(Path(place))
        assert len(list(Path(place).iterdir())) <= 2


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_sound_before_it_is_changed(name, sound, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(sound[name])
    (study,) = mriview.open_batch(tmp_path)
    assert {one.code for one in study.problems} <= {
        *("single_slice", "no_scan_found", "media_index_stale", "pixel_data_truncated"),
    }


# ---- no voxel in another place than its header says ---------------------------------------------


def stated(path: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Say where pydicom finds the plane of a file, and its values; None where it finds none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ds = dcmread(path, force=True)
            i, j = np.reshape([float(v) for v in ds.ImageOrientationPatient], (2, 3))
            down, across = (float(v) for v in ds.PixelSpacing)
            corner = [float(v) for v in ds.ImagePositionPatient]
            count = int(ds.Rows) * int(ds.Columns)
            stored = np.frombuffer(ds.PixelData, "<u2", count).reshape(ds.Rows, ds.Columns).T
            bits = np.uint32(2 ** int(ds.BitsStored) - 1)
            place = np.column_stack([i * across, j * down, np.reshape(corner, 3)])
            slope, shift = (
                float(ds.get(f"Rescale{w}", d)) for w, d in (("Slope", 1), ("Intercept", 0))
            )
        except Exception:  # noqa: BLE001 (whatever pydicom raises on bytes that nobody meant)
            return None
    return place, (stored.astype(np.uint32) & bits) * slope + shift


@given(data=st.data())
@MANY
def test_what_is_read_lies_where_its_file_says_and_is_what_its_file_holds(
    data, tmp_path_factory
) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path_factory.getbasetemp()) as name:
        paths = write_series(Path(name), GRID, VOXELS.astype("<u2"))
        for path in data.draw(st.sets(st.sampled_from(paths), min_size=1, max_size=2)):
            path.write_bytes(data.draw(changed(path.read_bytes())))
        mode, pydicom_settings.reading_validation_mode = (
            pydicom_settings.reading_validation_mode,
            IGNORE,
        )
        planes = [plane for plane in map(stated, paths) if plane is not None]
        pydicom_settings.reading_validation_mode = mode
        for study in mriview.open_batch(Path(name)):
            for volume in study.volumes.values():
                try:
                    voxels = volume.voxels
                except MriviewError:
                    continue
                for k in range(volume.grid.shape[2]):
                    matrix = volume.grid.lps_from_index
                    place = np.column_stack(
                        [matrix[:3, 0], matrix[:3, 1], volume.grid.lps((0, 0, k))]
                    )
                    assert any(
                        np.allclose(place, where, rtol=0, atol=ROUNDING_MM)
                        and np.array_equal(voxels[:, :, k], values)
                        for where, values in planes
                        if values.shape == voxels.shape[:2]
                    )


@given(st.data())
@MANY
def test_a_changed_directory_is_broken_or_has_members_inside_its_archive(data) -> None:
    whole = zipped({"a": b"x" * 40, "folder/b": b"y" * 40})
    found = data.draw(changed(whole))
    try:
        entries = entries_of(io.BytesIO(found))
    except (BrokenError, MriviewError):
        return
    assert all(one.at >= 0 and one.at + one.packed < len(found) for one in entries)
    assert len({one.name for one in entries}) == len(entries)
