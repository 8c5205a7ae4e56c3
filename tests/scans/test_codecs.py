"""Compressed pixels: bit for bit what was encoded, by our own decoders, or a refusal."""

import tracemalloc
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from builders import a_grid, voxels_for, write_series
from pydicom import dcmread, uid
from pydicom.encaps import encapsulate

import mriview
from mriview.errors import ScanError
from mriview.scans.dicom.codecs import stream_size

GRID = a_grid((16, 13, 12))


def encode_jpeg(image):
    return imagecodecs.jpeg8_encode(image, lossless=True, predictor=1, bitspersample=16)


def encode_j2k(image):
    return imagecodecs.jpeg2k_encode(image, reversible=True, codecformat="j2k")


ENCODERS = {
    uid.JPEGLosslessSV1: encode_jpeg,
    uid.JPEGLossless: encode_jpeg,
    uid.JPEGLSLossless: imagecodecs.jpegls_encode,
    uid.JPEG2000Lossless: encode_j2k,
    uid.HTJ2KLossless: lambda image: imagecodecs.htj2k_encode(image, reversible=True),
}


def compress(syntax, encode):
    def edit(ds, k):
        stored = np.frombuffer(ds.PixelData, "<u2").reshape(ds.Rows, ds.Columns)
        ds.file_meta.TransferSyntaxUID = syntax
        ds.PixelData = encapsulate([encode(stored)])
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True

    return edit


def only_volume(folder: Path):
    (volume,) = mriview.open_study(folder).volumes.values()
    return volume


@pytest.mark.parametrize("syntax", ENCODERS, ids=lambda syntax: syntax.name)
def test_a_lossless_series_is_what_was_encoded(tmp_path: Path, syntax) -> None:
    voxels = voxels_for(GRID.shape, "<u2") * 7
    write_series(tmp_path, GRID, voxels, compress(syntax, ENCODERS[syntax]))
    assert np.array_equal(only_volume(tmp_path).voxels, voxels)


@pytest.mark.parametrize("dtype", ["<u2", "<i2"])
def test_run_lengths_are_decoded_by_pydicom_itself(tmp_path: Path, dtype) -> None:
    voxels = (voxels_for(GRID.shape, "<i4") - (900 if dtype == "<i2" else 0)).astype(dtype)
    write_series(tmp_path, GRID, voxels, lambda ds, _k: ds.compress(uid.RLELossless))
    assert np.array_equal(only_volume(tmp_path).voxels, voxels)


@pytest.mark.parametrize("syntax", ENCODERS, ids=lambda syntax: syntax.name)
def test_a_stream_tells_its_size_before_it_is_decoded(syntax) -> None:
    assert stream_size(ENCODERS[syntax](np.zeros((13, 16), np.uint16))) == (13, 16)


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"\xff\xd8\xff", b"\xff\x4f\xff\x51\0\0", b"abc" * 9]
)
def test_a_stream_that_is_none_tells_no_size(data) -> None:
    assert stream_size(data) is None


def test_a_stream_larger_than_its_header_is_refused_before_it_takes_memory(tmp_path) -> None:
    huge = encode_j2k(np.zeros((4096, 4096), np.uint16))
    write_series(tmp_path, GRID, None, compress(uid.JPEG2000Lossless, lambda _image: huge))
    volume = only_volume(tmp_path)
    tracemalloc.start()
    with pytest.raises(ScanError, match="pixel_data_corrupt"):
        _ = volume.voxels
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20


def test_an_image_that_no_stream_of_its_length_can_hold_is_refused(tmp_path: Path) -> None:
    def lie(ds, k):
        ds.compress(uid.RLELossless)
        ds.Rows = ds.Columns = 8000

    write_series(tmp_path, GRID, None, lie)
    with pytest.raises(ScanError, match="bytes for an image"):
        _ = only_volume(tmp_path).voxels


@pytest.mark.parametrize("syntax", [uid.JPEGLosslessSV1, uid.JPEGLSLossless, uid.JPEG2000Lossless])
def test_a_stream_that_is_cut_is_refused_without_a_library_speaking(tmp_path, syntax) -> None:
    noise = np.random.default_rng(1).integers(0, 4000, GRID.shape).astype("<u2")
    cut = compress(syntax, lambda image: ENCODERS[syntax](image)[:60])
    write_series(tmp_path, GRID, noise, cut)
    with pytest.raises(ScanError) as refused:
        _ = only_volume(tmp_path).voxels
    assert refused.value.found.endswith("(the stream is cut or corrupt)")


def test_a_syntax_that_nobody_decodes_is_named_by_the_headers(tmp_path: Path) -> None:
    paths = write_series(tmp_path)
    for path in paths:
        ds = dcmread(path)
        ds.file_meta.TransferSyntaxUID = uid.MPEG2MPML
        ds.PixelData = encapsulate([b"video"])
        ds["PixelData"].is_undefined_length = True
        ds.save_as(path)
    study = mriview.open_study(tmp_path)
    assert [p.code for p in study.problems] == ["transfer_syntax_unsupported"]
