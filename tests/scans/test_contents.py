"""The bytes of a file, wherever they lie: the same, whole, verified, and within limits."""

import gzip
import io
import os
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from builders import a_grid, write_series
from hypothesis import given
from hypothesis import strategies as st

import mriview
from mriview.errors import ScanError
from mriview.scans import Tally
from mriview.scans.archives import members_of
from mriview.scans.contents import (
    beside,
    opened,
    opened_for_header,
    raw_start_of,
    size_of,
    start_of,
)
from mriview.scans.files import ScanFile, listings_below
from mriview.scans.limits import MIB
from mriview.scans.streams import in_memory, on_the_way

NOISE = np.random.default_rng(0).bytes(300_000)
CONTENT = NOISE + bytes(1_500_000) + NOISE
FORMS = ["plain", "gzip", "gzip of two members", "in an archive", "gzip in an archive"]


def scan_file(path: Path) -> ScanFile:
    ((_, (file,), *_),) = listings_below(path)
    return file


def made(path: Path, content: bytes, form: str) -> ScanFile:
    """Write content in one of the forms."""
    if form == "gzip of two members":
        half = len(content) // 2
        packed = gzip.compress(content[:half], 1) + gzip.compress(content[half:], 1) + bytes(64)
    else:
        packed = gzip.compress(content, 1) if form.startswith("gzip") else content
    if not form.endswith("in an archive"):
        path.write_bytes(packed)
        return scan_file(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/member", packed)
    return members_of(scan_file(path))[0]


def refusal_of(file: ScanFile) -> str:
    with pytest.raises(ScanError) as refused:
        opened(file)
    with pytest.raises(ScanError) as on_the_way_too, opened_for_header(file) as stream:
        stream.read()
    assert on_the_way_too.value.code == refused.value.code
    return refused.value.code


@pytest.mark.parametrize("form", FORMS)
def test_content_is_the_same_in_every_form(tmp_path: Path, form) -> None:
    file = made(tmp_path / "file", CONTENT, form)
    for open_file in (opened, opened_for_header):
        with open_file(file) as stream:
            assert stream.read() == CONTENT
            assert stream.seek(0, os.SEEK_END) == len(CONTENT)
            stream.seek(299_990)
            assert stream.read(20) == CONTENT[299_990:300_010]
            stream.seek(5)
            assert (stream.read(3), stream.tell()) == (CONTENT[5:8], 8)
    for count in (1, 600, 16_384, 400_000):
        assert start_of(file, count) == CONTENT[:count]


def test_the_size_is_that_of_the_bytes_as_they_lie_there(tmp_path: Path) -> None:
    assert size_of(made(tmp_path / "a", b"x" * 70, "plain")) == 70
    assert size_of(made(tmp_path / "b", b"x" * 70, "in an archive")) == 70


def test_a_long_name_in_a_gzip_header_does_not_shorten_the_start(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as out, gzip.GzipFile("n" * 5000, "wb", 1, out) as stream:
        stream.write(NOISE)
    file = scan_file(tmp_path / "a")
    assert start_of(file, 600) == NOISE[:600]
    assert len(raw_start_of(file, 600)) == 600


@pytest.mark.parametrize("form", ["gzip", "in an archive"])
def test_only_the_start_of_a_large_content_is_inflated_for_a_header(tmp_path: Path, form) -> None:
    file = made(tmp_path / "a", bytes(30 * MIB), form)
    tracemalloc.start()
    with opened_for_header(file) as stream:
        assert stream.read(16_384) == bytes(16_384)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MIB


def test_memory_is_the_content_and_little_more(tmp_path: Path) -> None:
    file = made(tmp_path / "a", NOISE * 40, "gzip")
    tracemalloc.start()
    opened(file).close()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.2 * 40 * len(NOISE) + 2 * MIB


# ---- what is cut, corrupt or too much -----------------------------------------------------------


@pytest.mark.parametrize("missing", [1, 8, 9, 1000])
def test_a_compressed_file_that_is_cut_is_refused(tmp_path: Path, missing) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(NOISE)[:-missing])
    assert refusal_of(scan_file(tmp_path / "a")) == "gzip_truncated"


@pytest.mark.parametrize("at", [-1, -5, 1000])
def test_a_compressed_file_that_is_corrupt_is_refused(tmp_path: Path, at) -> None:
    packed = bytearray(gzip.compress(NOISE[:2000] * 9))
    packed[at] ^= 0x55
    (tmp_path / "a").write_bytes(packed)
    assert refusal_of(scan_file(tmp_path / "a")) in {"gzip_checksum", "gzip_truncated"}


def test_a_bomb_is_refused_by_its_ratio_long_before_its_end(tmp_path: Path, set_limit) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(bytes(32 * MIB)))
    set_limit(expansion_free_bytes=MIB)
    file = scan_file(tmp_path / "a")
    tracemalloc.start()
    with pytest.raises(ScanError):
        opened(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 * MIB
    assert refusal_of(file) == "expands_too_much"


def test_a_bomb_of_many_small_members_is_refused_too(tmp_path: Path, set_limit) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(bytes(300_000)) * 40)
    set_limit(expansion_free_bytes=MIB)
    assert refusal_of(scan_file(tmp_path / "a")) == "expands_too_much"


def test_a_content_beyond_the_limit_is_refused(tmp_path: Path, set_limit) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(NOISE * 8))
    set_limit(content_bytes=2 * MIB)
    assert refusal_of(scan_file(tmp_path / "a")) == "content_too_large"


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_changed_since_it_was_walked_is_refused(tmp_path: Path, form) -> None:
    file = made(tmp_path / "a", NOISE, form)
    for changed in (file._replace(size=file.size + 1), file._replace(modified_ns=7)):
        for open_file in (opened, lambda one: opened_for_header(one).read()):
            with pytest.raises(ScanError, match="file_changed"):
                open_file(changed)


def test_a_file_that_is_gone_is_an_error_of_the_system(tmp_path: Path) -> None:
    file = made(tmp_path / "a", NOISE, "plain")
    (tmp_path / "a").unlink()
    for read in (opened, opened_for_header, start_of):
        with pytest.raises(OSError, match="No such file"):
            read(file)


@pytest.mark.parametrize("form", ["plain", "in an archive"])
def test_what_lies_beside_is_found_by_its_name(tmp_path: Path, form) -> None:
    if form == "plain":
        (tmp_path / "a.hdr").write_bytes(b"x")
        (tmp_path / "a.img").write_bytes(b"y")
        (tmp_path / "a.d").mkdir()
        file = scan_file(tmp_path / "a.hdr")
    else:
        with zipfile.ZipFile(tmp_path / "z", "w") as archive:
            for name in ("folder/a.hdr", "folder/a.img", "a.json"):
                archive.writestr(name, name)
        file = next(m for m in members_of(scan_file(tmp_path / "z")) if m.name == "a.hdr")
    assert beside(file, "a.img").name == "a.img"
    for name in ("a.json", "a.d", "b\0c", "x" * 300):
        assert beside(file, name) is None


# ---- streams of pieces --------------------------------------------------------------------------


@given(
    st.lists(st.binary(min_size=1, max_size=9), max_size=6),
    st.lists(st.tuples(st.sampled_from(["read", "seek", "end"]), st.integers(0, 60)), max_size=8),
    st.booleans(),
)
def test_a_stream_of_pieces_reads_like_the_bytes_themselves(pieces, steps, size_known) -> None:
    whole = b"".join(pieces)
    peer = io.BytesIO(whole)
    size = len(whole) if size_known else None
    with on_the_way(lambda: (piece for piece in pieces), size) as stream:
        for step, number in steps:
            if step == "read":
                assert stream.read(number) == peer.read(number)
            elif step == "seek":
                assert stream.seek(number) == peer.seek(number)
            else:
                back = -min(number, len(whole))
                assert stream.seek(back, os.SEEK_END) == peer.seek(back, os.SEEK_END)
            assert stream.tell() == peer.tell()
    assert in_memory(pieces).getvalue() == whole


# ---- scans that change while they are open ------------------------------------------------------


def changed(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2] + b"\1\1")
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (changed, "file_changed"),
        (lambda path: path.write_bytes(path.read_bytes() + bytes(9)), "file_changed"),
        (lambda path: path.write_bytes(b""), "file_changed"),
        (Path.unlink, "file_unreadable"),
    ],
)
@pytest.mark.parametrize("form", ["plain", "zip"])
def test_voxels_of_a_file_that_is_not_what_was_opened_are_refused(
    tmp_path: Path, happens, code, form
) -> None:
    grid = a_grid((13, 12, 4))
    paths = write_series(tmp_path / "scan", grid)
    place = tmp_path / "scan"
    if form == "zip":
        place = tmp_path / "scan.zip"
        with zipfile.ZipFile(place, "w") as archive:
            for path in paths:
                archive.write(path, path.name)
        paths = [place]
    study = mriview.open_study(place)
    (volume,) = study.volumes.values()
    happens(paths[-1])
    with pytest.raises(ScanError) as refused:
        volume.voxels  # noqa: B018 (they are loaded when they are asked for)
    assert refused.value.code == code
    assert study.tally == Tally(4, 4)
