"""What headers said is remembered: exactly, without names, and nothing is lost with it."""

import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path
from types import MappingProxyType

import pytest
from builders import CISS, a_grid, planes_of, write_nifti, write_series
from hypothesis import given
from hypothesis import strategies as st

import mriview
from mriview.scans import remembered as room
from mriview.scans.files import Listing, listing_of
from mriview.scans.headers import Acquisition, Encoding, Unread
from mriview.scans.index import read_all
from mriview.scans.roles import contrast_of, role_of, words_for_roles
from mriview.scans.stored import as_text, from_text
from mriview.values import problem

GRID = a_grid((13, 12, 12))
OPENED: list[str] = []


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str):
        OPENED.append(arguments[0])


sys.addaudithook(_listen)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch) -> Path:
    """Give a cache of this test's own, which trusts files that were written just now."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(room, "UNSETTLED_NS", -(10**15))
    monkeypatch.setattr(room, "LEAST_FILES", 1)
    monkeypatch.setattr(room, "cache_folder", lambda: tmp_path / "cache" / "mriview")
    return tmp_path / "cache" / "mriview"


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Give a folder with a series, NIfTI files, an archive, and what is no scan."""
    root = tmp_path / "scans"
    write_series(root / "HANS^MUELLER", GRID, SeriesDescription="t2 ciss MUELLER", **CISS)
    write_nifti(root / "nifti" / "sub_t1.nii.gz", GRID)
    (root / "nifti" / "sub_t1.json").write_text('{"EchoTime": 0.003}')
    paths = write_series(tmp_path / "z", a_grid((13, 12, 11)), StudyInstanceUID="2.25.9")
    with zipfile.ZipFile(root / "HANS.zip", "w") as archive:
        for path in paths:
            archive.write(path, f"MUELLER/{path.name}")
    (root / "readme.txt").write_text("no scan")
    return root


def said(root: Path) -> list[object]:
    """Everything that studies say of themselves before their voxels."""
    studies = []
    for study in mriview.open_batch(root):
        volumes = [
            (
                *(v.key, v.role, v.grid, v.time_points, dict(v.physics), v.modality, v.file_count),
                *(v.frame_of_reference, v.acquired_voxel_mm, [str(p) for p in v.problems]),
            )
            for v in study.volumes.values()
        ]
        problems = [(str(p), p.where, dict(p.evidence)) for p in study.problems]
        studies.append((study.key, study.tally, study.place, problems, volumes))
    return studies


def opened_below(root: Path, action) -> list[str]:
    OPENED.clear()
    action(root)
    return [path for path in OPENED if path.startswith(str(root))]


def test_the_second_index_opens_no_scan_and_says_the_same(scans: Path) -> None:
    first = said(scans)
    assert opened_below(scans / "HANS^MUELLER", lambda _: said(scans)) == []
    assert opened_below(scans / "nifti", lambda _: said(scans)) == []
    assert said(scans) == first
    assert len(first) == 3


def test_voxels_after_a_recall_are_those_of_the_files(scans: Path) -> None:
    def voxels():
        return [v.voxels.tobytes() for s in mriview.open_batch(scans) for v in s.volumes.values()]

    assert voxels() == voxels()


@pytest.mark.parametrize("change", ["edit", "edit in place", "add", "remove", "rename"])
def test_whatever_changed_is_read_again(scans: Path, change) -> None:
    before = said(scans)
    folder = scans / "HANS^MUELLER"
    path = folder / "005.dcm"
    if change == "edit":
        path.write_bytes(path.read_bytes()[:-100])
    elif change == "edit in place":
        times_ns = path.stat().st_atime_ns, path.stat().st_mtime_ns
        path.write_bytes(
            path.read_bytes().replace(b"PIXELS", b"PIXELS").replace(b"2.25.2", b"2.25.8")
        )
        os.utime(path, ns=times_ns)
    elif change == "add":
        (folder / "notes.txt").write_text("more")
    elif change == "remove":
        path.unlink()
    else:
        path.rename(folder / "zzz.dcm")
    after = said(scans)
    assert opened_below(folder, lambda _: said(scans)) == []
    shutil.rmtree(room.cache_folder())
    assert said(scans) == after
    assert (after == before) == (change == "rename")


def test_what_was_changed_just_now_is_not_remembered(scans: Path, monkeypatch) -> None:
    monkeypatch.setattr(room, "UNSETTLED_NS", 10**15)
    said(scans)
    assert len(opened_below(scans / "HANS^MUELLER", lambda _: said(scans))) >= 12


def test_no_name_no_patient_and_no_path_is_in_the_database(scans: Path, cache: Path) -> None:
    write_series(scans / "p", GRID, PatientID="PID4711", StudyInstanceUID="2.25.77", **CISS)
    said(scans)
    content = b"".join(path.read_bytes() for path in cache.iterdir())
    assert b"2.25.3" in content  # what is needed is there, and readable
    for secret in (b"MUELLER", b"HANS", b"PID4711", b"sub_t1", b"scans", b"NOBODY"):
        assert secret not in content
        assert secret.lower() not in content
    if os.name == "posix":
        assert cache.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "damage", ["no database", "cut", "other table", "nonsense rows", "other words"]
)
def test_a_broken_database_costs_nothing(scans: Path, cache: Path, damage) -> None:
    first = said(scans)
    path = cache / room.NAME
    if damage == "no database":
        path.write_bytes(b"nonsense" * 1000)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    else:
        with sqlite3.connect(path) as connection:
            if damage == "other table":
                connection.execute("DROP TABLE folders")
                connection.execute("CREATE TABLE folders (x)")
            elif damage == "nonsense rows":
                connection.execute("UPDATE folders SET headers = '[[[0,-1]],[],[[7]],[]]'")
            if damage == "other words":
                connection.execute("UPDATE folders SET headers = replace(headers, 'ciss', 'tof')")
        connection.close()
    assert said(scans) == first


def test_a_cache_that_cannot_be_written_costs_nothing(scans: Path, monkeypatch, tmp_path) -> None:
    first = said(scans)
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(room, "cache_folder", lambda: tmp_path / "file" / "below")
    assert said(scans) == first


def test_a_database_that_another_program_holds_costs_nothing(
    scans: Path, cache: Path, monkeypatch
) -> None:
    monkeypatch.setattr(room, "BUSY_MS", 1)
    first = said(scans)
    shutil.rmtree(cache)
    said(scans / "nifti")
    other = sqlite3.connect(cache / room.NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert said(scans) == first
    other.close()


def test_it_can_be_turned_off(scans: Path, cache: Path, monkeypatch) -> None:
    monkeypatch.setenv(room.OFF, "off")
    said(scans)
    assert not cache.exists()


def test_two_programs_may_remember_at_once(scans: Path, tmp_path: Path) -> None:
    code = (
        "import sys, mriview; from mriview.scans import remembered; "
        "remembered.UNSETTLED_NS, remembered.LEAST_FILES = -10**15, 1\n"
        "for _ in range(4): print([s.key for s in mriview.open_batch(sys.argv[1])])"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "theirs")}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(scans)], env=environment, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    told = [process.communicate()[0].split(b"\n")[:-1] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert len({line for lines in told for line in lines}) == 1


def test_the_oldest_is_forgotten_when_there_is_too_much(scans: Path, cache, monkeypatch) -> None:
    monkeypatch.setattr(room, "MAX_BYTES", 1)
    said(scans)
    with sqlite3.connect(cache / room.NAME) as connection:
        (kept,) = connection.execute("SELECT count(*) FROM folders").fetchone()
    connection.close()
    assert kept == 0


WORDS = st.text("abzAB019 _^ö/.\\", max_size=30)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def planes(draw):
    """Give a plane with anything in it that a header may say."""
    plane = draw(st.sampled_from(planes_of(a_grid())))
    times = draw(st.dictionaries(st.sampled_from(["trigger_ms", "acquired_s"]), NUMBERS))
    return plane._replace(
        position_mm=draw(st.tuples(NUMBERS, NUMBERS, NUMBERS)),
        frame=draw(st.integers(0, 9)),
        kind=draw(st.sampled_from([(), (("echo", "1"),), (("echo", "2"), ("image_type", "M"))])),
        times=MappingProxyType(times),
        slope=draw(NUMBERS),
        encoding=draw(st.sampled_from([None, Encoding("1.2", 6, 5, 1, 16, 12, signed=True)])),
        pixels_at=draw(st.none() | st.integers(0, 2**40)),
        acquired_mm=draw(st.sampled_from([None, (0.5, 0.6, 1.0)])),
        notes=draw(st.sampled_from([(), (problem("duplicate_instance", files=2),)])),
        acquisition=Acquisition("MR", {"tr_ms": draw(NUMBERS), "scanning_sequence": "GR"}),
    )


@given(st.lists(planes(), max_size=6))
def test_headers_come_back_as_they_were(made) -> None:
    listing = Listing("", tuple(dict.fromkeys(plane.file for plane in made)))
    unread = [Unread(file, problem("other_file", files=1)) for file in listing.files]
    read = {
        file: [*(plane for plane in made if plane.file == file), unread[n]]
        for n, file in enumerate(listing.files)
    }
    assert from_text(listing, as_text(listing, read)) == read


@given(st.lists(WORDS, max_size=3), WORDS, st.booleans())
def test_roles_need_no_more_of_a_name_than_is_kept(names, agent, file_name_only) -> None:
    known = ["t2 ciss", "t1 post km", "ohne km", "none", "tof 3d", "flair"]
    acquisition = Acquisition(
        names=(*names, known[len(agent) % len(known)]),
        contrast_agent=agent,
        file_name_only=file_name_only,
    )
    kept = words_for_roles(acquisition)
    assert contrast_of(kept) == contrast_of(acquisition)
    assert role_of(kept, GRID) == role_of(acquisition, GRID)


def test_a_worker_keeps_one_database_open_and_another_cache_has_its_own(
    scans: Path, tmp_path: Path, monkeypatch
) -> None:
    listing = listing_of(str(scans / "HANS^MUELLER"))
    with room.remembered(stays_open=True) as memory:
        read = dict(read_all([listing], memory))
    with room.remembered(stays_open=True) as again:
        assert again is memory
    with room.remembered() as fresh:  # it was written when it was left, and is still open
        assert fresh.recall(listing).keys() == read.keys()
    monkeypatch.setattr(room, "cache_folder", lambda: tmp_path / "another")
    with room.remembered(stays_open=True) as other:
        assert other is not memory
        assert other.recall(listing) is None
