"""Files made to do harm, or broken as if they were: one sentence each, no memory, no wrong voxel.

All are made on the spot and opened as a user would. What may take memory or time is opened in one
process of its own, whose memory is limited; nothing may be written anywhere.
"""

import hashlib
import json
import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from builders import nifti_parts, write_series
from click.testing import CliRunner
from encoded import run_lengths
from hostile import (
    GIB,
    GRID,
    ITEM,
    MIB,
    NO_LENGTH,
    SECRET,
    SECRET_UID,
    SEQUENCE_END,
    VOXELS,
    a_zip,
    an_enhanced_file,
    an_image,
    compressed,
    deflated,
    deflated_object,
    element,
    gzip_bomb,
    j2k_of,
    many_elements,
    nested_sequences,
    stored,
    with_inserted,
    with_pixels,
    with_value,
    without_vrs,
)
from pydicom import uid
from pydicom.config import IGNORE
from pydicom.dataelem import DataElement

import mriview
from mriview.cli import cli
from mriview.errors import MriviewError
from mriview.scans import Tally

MEMORY = 2 * GIB  # of addresses; what is used must stay below 1 GiB
SOUND = hashlib.sha256(VOXELS.tobytes()).hexdigest()
PRIVATE, LUT, BEFORE_PIXELS = 0x00091001, 0x00283000, b"\xe0\x7f\x10\x00OW"
PIXEL_HEAD, BROKEN_HEAD = BEFORE_PIXELS + b"\0\0", BEFORE_PIXELS[:-1] + b"\xed\x87W\0\0"
ROWS, ALLOCATED, STORED = 0x00280010, 0x00280100, 0x00280101
SPACING, ORIENTATION, POSITION, SLOPE = 0x00280030, 0x00200037, 0x00200032, 0x00281053

Maker = Callable[[], bytes | list[bytes]]  # of one file, or of a series


def lying(tag: int, vr: bytes, value: bytes | int) -> bytes:
    content = struct.pack("<H", value) if isinstance(value, int) else value
    return with_value(an_image(RescaleSlope="1", RescaleIntercept="0"), tag, vr, content)


def with_sequence(value: bytes, length: int | None = None) -> bytes:
    return with_inserted(an_image(), element(PRIVATE, b"SQ", value, length))


def with_element(length: int) -> bytes:
    return with_inserted(an_image(), element(PRIVATE, b"UN", length=length))


def with_table(value: bytes) -> bytes:
    return with_inserted(an_image(), element(LUT, b"SQ", value), BEFORE_PIXELS)


def run_lengths_of(side: int) -> list[bytes]:
    stream = run_lengths(np.zeros((9, 9), "<u2"))
    return [compressed(uid.RLELossless, stream, side, k) for k in range(2)]


def wavelets_of(side: int, said: int) -> list[bytes]:
    return [compressed(uid.JPEG2000Lossless, j2k_of(said), side, k) for k in range(2)]


def beside_sound(make: Callable[[], bytes]) -> list[bytes]:
    return [make(), *map(an_image, range(1, GRID.shape[2]))]


def a_zip_of_zips() -> bytes:
    bomb = a_zip(("bomb.dcm", deflated(b""), GIB))
    return a_zip(stored("in.zip", a_zip(*(stored(f"{n}.zip", bomb) for n in range(16)))))


ITEMS = ITEM * 1_000_000
LIST = b"1\\" * 10_000_000
# What a file holds, by its name, and the only code that may be said of it ("": it is sound).
CASES: dict[str, tuple[Maker, str]] = {
    # geometry
    "spacing.dcm": (partial(lying, SPACING, b"DS", b"SECR\\ET "), "geometry_invalid"),
    "orientation.dcm": (
        partial(lying, ORIENTATION, b"DS", b"1\\0\\0\\0\\x\\0 "),
        "geometry_invalid",
    ),
    "position.dcm": (partial(lying, POSITION, b"DS", b"here\\0\\0"), "geometry_invalid"),
    "endless.dcm": (partial(lying, POSITION, b"DS", b"1e999\\0\\0 "), "geometry_invalid"),
    "comma.dcm": (partial(lying, SPACING, b"DS", b"0,5\\0,5 "), "geometry_invalid"),
    # values and their layout
    "slope.dcm": (partial(lying, SLOPE, b"DS", b"1,5 "), "rescale_invalid"),
    "bits.dcm": (partial(lying, ALLOCATED, b"US", 17), "pixel_layout_unsupported"),
    "high.dcm": (partial(lying, STORED, b"US", 12), "pixel_layout_unsupported"),
    "no rows.dcm": (partial(lying, ROWS, b"US", 0), "geometry_invalid"),
    "rows.dcm": (partial(lying, ROWS, b"US", 65535), "pixel_data_truncated"),
    "short.dcm": (lambda: an_image()[:-40], "pixel_data_truncated"),
    "frames.dcm": (partial(an_image, NumberOfFrames="2000000000"), "multiframe_not_supported"),
    "frames.dcm2": (
        partial(an_enhanced_file, NumberOfFrames="2000000000"),
        "frames_contradict_groups",
    ),
    "table.dcm": (partial(an_enhanced_file, bytes(8 * 4)), "pixel_data_corrupt"),
    # lengths
    "pixels.dcm": (lambda: with_pixels(an_image(), bytes(9), 0xFFFFFFFE), "pixel_data_truncated"),
    "longer.dcm": (lambda: with_pixels(an_image(), bytes(312), 330), "pixel_data_truncated"),
    "no vr.dcm": (lambda: an_image().replace(PIXEL_HEAD, BROKEN_HEAD), "file_unreadable"),
    "element.dcm": (partial(with_element, 0xFFFFFFF0), "file_truncated"),
    "patient.dcm": (partial(without_vrs, 0x00100020, 0x7FFFFFF0), "header_too_large"),
    "list.dcm": (partial(without_vrs, 0x00200032, value=LIST), "geometry_missing"),
    # headers without end
    "zeros.dcm": (lambda: bytes(64 * MIB), "not_dicom"),
    "zeros.dcm2": (lambda: bytes(128) + b"DICM" + bytes(64 * MIB), "header_too_large"),
    "items.dcm": (partial(beside_sound, partial(with_sequence, ITEMS)), ""),
    "items.dcm2": (partial(with_sequence, ITEMS + SEQUENCE_END, NO_LENGTH), "header_too_large"),
    "items.dcm3": (partial(with_table, ITEMS), "modality_lut_not_supported"),
    "elements.dcm": (lambda: with_inserted(an_image(), many_elements(300_000)), "header_too_large"),
    "deep.dcm": (lambda: with_inserted(an_image(), nested_sequences(5000)), "header_too_large"),
    # a few bytes that are decoded to many
    "rle.dcm": (partial(run_lengths_of, 30000), "voxels_too_large"),
    "rle.dcm2": (partial(run_lengths_of, 8000), "expands_too_much"),
    "j2k.dcm": (partial(wavelets_of, 64, 8192), "pixel_data_corrupt"),
    "j2k.dcm2": (partial(wavelets_of, 8000, 8000), "expands_too_much"),
    "deflated.dcm": (lambda: list(map(deflated_object, range(2))), "expands_too_much"),
    "bomb.dcm.gz": (lambda: [gzip_bomb(an_image(k)) for k in range(2)], "expands_too_much"),
    "bomb.nii.gz": (lambda: gzip_bomb(b"".join(nifti_parts(VOXELS, GRID))), "expands_too_much"),
    # archives
    "bomb.zip": (lambda: a_zip(("a.dcm", deflated(an_image()), GIB)), "expands_too_much"),
    "liar.zip": (lambda: a_zip(("a.dcm", deflated(an_image()), 900)), "archive_member_broken"),
    "nested.zip": (a_zip_of_zips, "archive_nested"),
    "slip.zip": (lambda: a_zip(stored("../../out.dcm", an_image())), "archive_member_unsafe"),
}
CHILD = """
import hashlib, json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
import mriview
def open_all(place):
    for study in mriview.open_batch(place):
        tally = study.tally
        yield from study.problems
        assert tally.found == tally.loaded + tally.refused + tally.ignored, tally
        for volume in study.volumes.values():
            try:
                yield hashlib.sha256(volume.voxels.tobytes()).hexdigest()
            except mriview.MriviewError as error:
                yield error
for place in sys.argv[2:]:
    try:
        said = list(open_all(place))
    except mriview.MriviewError as error:
        said = [error]
    print(json.dumps([one if isinstance(one, str) else [one.code, str(one)] for one in said]))
    sys.stdout.flush()
# Not of getrusage: there a child begins with the peak of the process that started it.
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory) -> dict[str, list]:
    """Open every case in one process with little memory; give what was said of each, in order."""
    if sys.platform != "linux":
        pytest.skip("memory is limited and measured as Linux does it")
    root = tmp_path_factory.mktemp("hostile")
    places = []
    for name, (make, _) in CASES.items():
        places.append(root / name.replace(".", " "))
        places[-1].mkdir()
        made = make()
        for number, content in enumerate([made] if isinstance(made, bytes) else made):
            (places[-1] / f"{number}{name}").write_bytes(content)
    before = sorted(root.rglob("*"))
    quiet = {"OPENBLAS_NUM_THREADS": "1", "MRIVIEW_INDEX": "off"}  # each thread takes addresses
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(MEMORY), *places],
        env={**os.environ, **quiet},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=500,  # a guard against hangs, no judgement of speed
        check=False,
    )
    assert child.stderr == ""
    *said, peak_kib = map(json.loads, child.stdout.splitlines())
    assert sorted(root.rglob("*")) == before
    return {**dict(zip(CASES, said, strict=True)), "peak KiB": peak_kib}


@pytest.mark.whole
@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_ends_in_one_sentence_or_in_its_true_voxels(opened, name) -> None:
    _, code = CASES[name]
    if code:
        ((found, sentence),) = opened[name]
        assert found == code
        assert sentence.startswith(f"{code}: ")
    else:
        assert opened[name] == [SOUND]
    said = json.dumps(opened[name])
    assert not any(secret in said for secret in (SECRET, SECRET_UID, "SECR", "out.dcm"))


@pytest.mark.whole
def test_none_of_them_takes_a_gibibyte(opened) -> None:
    assert opened["peak KiB"] < GIB / 1024


# ---- cut, mixed up, too many --------------------------------------------------------------------

OF_A_CUT = {
    *("other_file", "not_dicom", "no_scan_found", "single_slice", "file_truncated"),
    *("pixel_data_missing", "pixel_data_truncated", "file_unreadable"),
}


@pytest.mark.whole
def test_a_file_cut_at_any_byte_is_refused_and_the_slices_beside_it_are_read(tmp_path) -> None:
    paths = write_series(tmp_path, GRID)
    whole = paths[0].read_bytes()
    pixels = VOXELS[:, :, 0].nbytes
    for length in [*range(len(whole) - pixels + 1), len(whole) - 2, len(whole) - 1]:
        paths[0].write_bytes(whole[:length])
        (study,) = mriview.open_batch(tmp_path)
        (volume,) = study.volumes.values()
        assert np.array_equal(volume.voxels, VOXELS[:, :, 1:])
        assert study.tally.loaded == 3
        assert {one.code for one in study.problems} - {"series_incomplete"} <= OF_A_CUT


@pytest.mark.whole
def test_ten_thousand_files_of_nothing_are_one_sentence(tmp_path: Path) -> None:
    write_series(tmp_path / "scan", GRID)
    (tmp_path / "junk").mkdir()
    for n in range(10_000):
        (tmp_path / "junk" / f"{n}.txt").write_bytes(b"nothing at all")
    study = mriview.open_study(tmp_path)
    assert study.tally == Tally(10_004, 4, 0, 10_000)
    (said,) = study.problems
    assert (said.code, said.evidence["files"]) == ("other_file", 10_000)


# ---- what is said, and where anything is written ------------------------------------------------

ODD_NAMES = ["a\nb.dcm", "\x1b[2J\x1b[31m.dcm", "[bold red]x.dcm", "\udcff\udcfe.dcm", "..dcm"]


def odd_series(folder: Path) -> None:
    """Write a series whose names and texts would do something to a terminal or a page."""
    text = "\x1b[31mVERMILION\x1b[0m <script>alert(1)</script> [bold]BOLDLY"

    def fill(ds, k):
        for keyword in ("PatientName", "SeriesDescription", "ProtocolName", "Manufacturer"):
            setattr(ds, keyword, text)
        if k == 3:
            ds.ImageOrientationPatient = ["0"] * 6

    for k, path in enumerate(write_series(folder, GRID, edit=fill)):
        path.rename(folder / f"{k}{ODD_NAMES[k % len(ODD_NAMES)]}")
    for name in ODD_NAMES:
        (folder / f"junk{name}").write_bytes(text.encode())


@pytest.mark.parametrize(
    "command",
    [["index"], ["index", "--json"], ["info"], ["info", "--json"], ["info", "--select", "x"]],
)
def test_nothing_of_a_name_or_a_text_reaches_the_terminal(tmp_path: Path, command) -> None:
    odd_series(tmp_path / "\x1b[31mroom")
    said = CliRunner().invoke(cli, [command[0], str(tmp_path / "\x1b[31mroom"), *command[1:]])
    printed = said.output + str(said.exception or "")
    assert isinstance(said.exception, SystemExit | MriviewError | None)
    assert "\x1b" not in printed
    for word in ("VERMILION", "script", "BOLDLY", "room", "junk", tmp_path.name):
        assert word not in printed


UIDS = ("../../../escaped", "..\\..\\escaped", "/tmp/escaped", "a\0b", "2.25." + "9" * 500)


@pytest.mark.parametrize("wicked", UIDS)
def test_an_identifier_never_becomes_part_of_a_file_name(tmp_path: Path, wicked) -> None:
    def fill(ds, _k):
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
            odd = DataElement(keyword, "UI", wicked, validation_mode=IGNORE)
            ds[keyword] = odd

    write_series(tmp_path / "scan", GRID, edit=fill)
    before = set(tmp_path.rglob("*"))
    out = tmp_path / "deep" / "out"
    said = CliRunner().invoke(cli, ["convert", str(tmp_path / "scan"), "--out", str(out)])
    assert said.exit_code == 0, said.output
    made = set(tmp_path.rglob("*")) - before
    assert all(path in {out.parent, out} or out in path.parents for path in made)
    files = [path.relative_to(out).as_posix() for path in made if path.is_file()]
    assert files
    assert all(re.fullmatch(r"[\w.\-/]+", name) and "escaped" not in name for name in files)
