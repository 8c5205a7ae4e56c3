"""From planes to voxels: bit for bit what pydicom decodes, each file once, within memory."""

import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from builders import a_grid, a_mosaic, voxels_for, write_series
from encoded import an_image_object, found, judged, loaded, planes_in, written
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydicom import uid

import mriview
from mriview.errors import ScanError
from mriview.scans.contents import start_of
from mriview.scans.dicom.reader import READER
from mriview.scans.headers import Plane

UNCOMPRESSED = [
    *(uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian),
    *(uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian),
]
MIB = 2**20


@st.composite
def uncompressed_objects(draw):
    """Give an object with any bits whatever, above those that count too."""
    dtype = np.dtype(draw(st.sampled_from(["u1", "i1", "u2", "i2", "u4", "i4"])))
    shape = draw(st.tuples(st.integers(1, 3), st.integers(1, 7), st.integers(1, 7)))
    syntax = draw(st.sampled_from(UNCOMPRESSED))
    ds = an_image_object(
        draw(arrays(dtype, shape)), syntax, BitsStored=draw(st.integers(1, 8 * dtype.itemsize))
    )
    words = draw(st.booleans())
    ds["PixelData"].VR = "OW" if words or dtype.itemsize > 1 else "OB"
    return ds


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("objects") / "object.dcm"


@given(ds=uncompressed_objects())
def test_uncompressed_pixels_are_those_of_pydicom(place, ds) -> None:
    file = written(place, ds)
    ours, theirs = loaded(planes_in(file)), judged(file)
    assert ours.dtype == theirs.dtype
    assert np.array_equal(ours, theirs)


@pytest.mark.corpus
def test_every_image_of_the_corpus_is_that_of_pydicom(corpus: Path) -> None:
    seen = set()
    for path in sorted((corpus / "dicom").rglob("*")):
        file = found(path)
        planes = planes_of(file) if path.is_file() else []
        if planes:
            assert_equal_to_judge(file, planes)
            seen.add(planes[0].encoding.syntax)
    assert {*UNCOMPRESSED[:3], uid.RLELossless, uid.JPEG2000Lossless, uid.JPEGLSLossless} <= seen


def planes_of(file) -> list[Plane]:
    first = start_of(file)
    headers = READER.headers(file, first) if READER.claims(file, first) else []
    return [one for one in headers if isinstance(one, Plane)]


def assert_equal_to_judge(file, planes: list[Plane]) -> None:
    theirs = judged(file)
    ours = loaded([plane._replace(slope=1.0, intercept=0.0) for plane in planes])
    assert ours.dtype == theirs.dtype
    for plane, image in zip(planes, ours, strict=True):
        left, top = plane.corner
        whole = theirs[plane.frame if plane.encoding.frames > 1 else 0]
        assert np.array_equal(image, whole[top : top + plane.rows, left : left + plane.columns])


def only_volume(folder: Path):
    (volume,) = mriview.open_study(folder).volumes.values()
    return volume


@pytest.mark.parametrize("slope", [1, 0.5])
def test_loading_takes_the_memory_of_the_volume_and_no_second_copy(tmp_path, slope) -> None:
    grid = a_grid((256, 256, 32))
    write_series(tmp_path, grid, voxels_for(grid.shape, "<u2"), RescaleSlope=slope)
    volume = only_volume(tmp_path)
    tracemalloc.start()
    size = volume.voxels.nbytes
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < size + 2 * MIB


def test_each_slice_has_its_own_slope_and_the_result_is_exact(tmp_path: Path) -> None:
    def edit(ds, k):
        ds.RescaleSlope, ds.RescaleIntercept = 0.25 * (k + 1), -10 * k

    grid = a_grid()
    stored = voxels_for(grid.shape, "<u2")
    write_series(tmp_path, grid, stored, edit)
    expected = stored * (0.25 * np.arange(1, 5)) - 10.0 * np.arange(4)
    volume = only_volume(tmp_path)
    assert volume.voxels.dtype == np.float32
    assert np.array_equal(volume.voxels, expected)


def test_an_intercept_that_float32_would_round_is_kept_in_float64(tmp_path: Path) -> None:
    grid = a_grid()
    stored = voxels_for(grid.shape, "<u2")
    write_series(tmp_path, grid, stored, RescaleSlope=1, RescaleIntercept=2**24 + 1)
    assert np.array_equal(only_volume(tmp_path).voxels, stored + (2.0**24 + 1))


def test_slices_of_different_types_share_one_that_holds_both(tmp_path: Path) -> None:
    def edit(ds, k):
        if k == 1:
            wide = np.frombuffer(ds.PixelData, "<i2").astype("u1")
            ds.PixelData, ds.PixelRepresentation = wide.tobytes(), 0
            ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 7

    grid = a_grid()
    voxels = voxels_for(grid.shape, "<i2") - 20
    voxels[:, :, 1] = 200
    write_series(tmp_path, grid, voxels, edit)
    assert np.array_equal(only_volume(tmp_path).voxels, voxels)


OPENED: list[str] = []
sys.addaudithook(lambda event, args: OPENED.append(str(args[0])) if event == "open" else None)


@pytest.mark.parametrize(
    "syntax", [*UNCOMPRESSED, uid.RLELossless, uid.JPEG2000Lossless], ids=lambda uid: uid.name
)
def test_five_frames_of_a_file_are_read_with_the_opens_of_one(tmp_path: Path, syntax) -> None:
    images = voxels_for((5, 4, 3), "<u2")
    planes = planes_in(written(tmp_path / "object.dcm", an_image_object(images, syntax)))
    opens = []
    for wanted in (planes[:1], planes):
        OPENED.clear()
        assert np.array_equal(loaded(wanted), images[: len(wanted)])
        opens.append(sum(name.endswith("object.dcm") for name in OPENED))
    assert opens[0] == opens[1] > 0


def test_frames_are_read_in_whatever_order_they_are_wanted(tmp_path: Path) -> None:
    images = voxels_for((5, 4, 3), "<u2")
    planes = planes_in(written(tmp_path / "object.dcm", an_image_object(images)))
    assert np.array_equal(loaded([planes[n] for n in (3, 0, 4)]), images[[3, 0, 4]])


@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.JPEG2000Lossless])
def test_a_sheet_is_decoded_once_and_cut_at_its_corners(tmp_path: Path, syntax) -> None:
    images = voxels_for((1, 6, 8), "<u2")
    (whole,) = planes_in(written(tmp_path / "object.dcm", an_image_object(images, syntax)))
    tiles = [
        whole._replace(frame=n, columns=4, rows=3, corner=corner)
        for n, corner in enumerate([(0, 0), (4, 0), (0, 3)])
    ]
    expected = [images[0, :3, :4], images[0, :3, 4:], images[0, 3:, :4]]
    assert np.array_equal(loaded(tiles), expected)


def test_a_tile_beyond_its_sheet_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "object.dcm", an_image_object(voxels_for((1, 6, 8), "<u2")))
    (whole,) = planes_in(file)
    with pytest.raises(ScanError, match="smaller than what is cut from it"):
        loaded([whole._replace(columns=4, rows=3, corner=(6, 0))])


def test_a_file_that_changed_since_its_header_was_read_is_refused(tmp_path: Path) -> None:
    images = voxels_for((1, 6, 8), "<u2")
    planes = planes_in(written(tmp_path / "object.dcm", an_image_object(images)))
    written(tmp_path / "object.dcm", an_image_object(images, PatientName="LONGER"))
    with pytest.raises(ScanError, match="file_changed"):
        loaded(planes)


def test_a_file_that_is_gone_is_named_so(tmp_path: Path) -> None:
    planes = planes_in(
        written(tmp_path / "object.dcm", an_image_object(voxels_for((1, 6, 8), "<u2")))
    )
    (tmp_path / "object.dcm").unlink()
    with pytest.raises(ScanError, match="file_unreadable"):
        loaded(planes)


def test_pixels_are_never_taken_from_where_none_begin(tmp_path: Path) -> None:
    file = written(tmp_path / "object.dcm", an_image_object(voxels_for((1, 6, 8), "<u2")))
    with pytest.raises(ScanError, match="no pixels where its header says"):
        loaded([plane._replace(pixels_at=plane.pixels_at - 2) for plane in planes_in(file)])


def test_pixels_that_end_early_are_refused_with_the_bytes_that_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "object.dcm"
    planes = planes_in(written(path, an_image_object(voxels_for((2, 6, 8), "<u2"))))
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ScanError, match="10 bytes are missing"):
        loaded([plane._replace(file=found(path)) for plane in planes])


def test_a_frame_more_than_the_header_promises_is_left_out(tmp_path: Path) -> None:
    images = voxels_for((3, 6, 8), "<u2")
    file = written(tmp_path / "object.dcm", an_image_object(images, NumberOfFrames=2))
    assert np.array_equal(loaded(planes_in(file)), images[:2])


def test_voxels_beyond_the_limit_are_refused_before_memory_is_taken(tmp_path, set_limit) -> None:
    planes = planes_in(
        written(tmp_path / "object.dcm", an_image_object(voxels_for((3, 64, 64), "<u2")))
    )
    set_limit(voxel_bytes=20_000)
    tracemalloc.start()
    with pytest.raises(ScanError, match="voxels_too_large"):
        loaded(planes)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000


def test_a_mosaic_on_disk_gives_its_slices(tmp_path: Path) -> None:
    grid = a_grid((6, 5, 7))
    voxels = voxels_for(grid.shape, "<u2")
    a_mosaic(grid, voxels).save_as(tmp_path / "0.dcm", enforce_file_format=True)
    assert np.array_equal(only_volume(tmp_path).voxels, voxels)


# ---- deflated objects -------------------------------------------------------------------------


def a_deflated_object(**tags: object):
    syntax = uid.DeflatedExplicitVRLittleEndian
    return an_image_object(np.zeros((1, 200, 200), "<u2"), syntax, **tags)


def test_a_deflated_object_that_grows_beyond_measure_is_refused(tmp_path, set_limit) -> None:
    planes = planes_in(written(tmp_path / "object.dcm", a_deflated_object()))
    set_limit(expansion_free_bytes=10_000, expansion=5)
    with pytest.raises(ScanError, match="expands_too_much"):
        loaded(planes)


def test_a_deflated_object_that_is_corrupt_or_cut_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "object.dcm"
    planes = planes_in(written(path, a_deflated_object()))
    whole = path.read_bytes()
    for broken in (whole[:-40], whole[:-40] + b"\xff" * 40):
        path.write_bytes(broken)
        with pytest.raises(ScanError, match="pixel_data_"):
            loaded([plane._replace(file=found(path)) for plane in planes])


def test_a_text_that_names_the_deflated_syntax_deflates_nothing(tmp_path: Path) -> None:
    images = voxels_for((1, 6, 8), "<u2")
    ds = an_image_object(images, PatientComments=uid.DeflatedExplicitVRLittleEndian)
    assert np.array_equal(loaded(planes_in(written(tmp_path / "object.dcm", ds))), images)
