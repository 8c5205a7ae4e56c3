"""Walking a path: each regular file once, in order, and nothing that is no file."""

import os
import socket
from pathlib import Path

import pytest
from builders import write_series

import mriview
from mriview.errors import InputError, ScanError
from mriview.scans.contents import beside
from mriview.scans.files import (
    ScanFile,
    foreign_archive,
    foreign_format,
    is_junk,
    listings_below,
    opened_unchanged,
    why_closed,
)


def files_below(path: Path) -> list[ScanFile]:
    return [file for listing in listings_below(path) for file in listing.files]


def names(root: Path, below: Path | None = None) -> list[str]:
    return [Path(file.path).relative_to(root).as_posix() for file in files_below(below or root)]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b/2", "b/1", "a/x", ".hidden/scan"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_files_come_in_the_order_of_their_names_and_dotted_folders_count(tree: Path) -> None:
    assert names(tree) == [".hidden/scan", "a/x", "b/1", "b/2"]
    assert [Path(one.folder).name for one in listings_below(tree)] == [".hidden", "a", "b"]


def test_a_file_is_known_by_its_size_and_its_time(tree: Path) -> None:
    (file,) = files_below(tree / "a")
    status = (tree / "a" / "x").stat()
    assert (file.size, file.modified_ns) == (status.st_size, status.st_mtime_ns)
    assert (file.name, file.folder, file.member) == ("x", str(tree / "a"), "")


def test_a_single_file_is_walked_too(tree: Path) -> None:
    assert names(tree, tree / "a" / "x") == ["a/x"]


def test_no_file_shows_its_name(tree: Path) -> None:
    assert repr(files_below(tree)[0]) == "ScanFile(...)"


def test_a_loop_of_links_is_entered_once(tree: Path) -> None:
    (tree / "a" / "loop").symlink_to(tree, target_is_directory=True)
    (tree / "b" / "other").symlink_to(tree / "a", target_is_directory=True)
    assert sorted(names(tree)) == [".hidden/scan", "a/x", "b/1", "b/2"]


def test_a_link_to_a_file_elsewhere_is_that_file(tree: Path, tmp_path_factory) -> None:
    store = tmp_path_factory.mktemp("store") / "content"
    store.write_bytes(b"of the store")
    (tree / "a" / "link").symlink_to(store)
    file = next(file for file in files_below(tree) if file.name == "link")
    assert file.size == len(b"of the store")
    assert beside(ScanFile(str(tree / "a" / "x")), "link") == file


@pytest.mark.parametrize("target", ["nowhere", "gone"])
def test_a_link_that_leads_nowhere_is_named_and_refused(tree: Path, target) -> None:
    write_series(tree / "scan")
    (tree / "a" / "gone").symlink_to(tree / "a" / target)
    study = mriview.open_study(tree)
    assert (study.tally.found, study.tally.refused) == (9, 1)
    (said,) = (one for one in study.problems if one.severity == "error")
    assert said.code == "file_unreadable"
    assert "a link to something that is not here" in said.message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_or_a_socket_is_never_opened(tree: Path, monkeypatch) -> None:
    os.mkfifo(tree / "pipe")
    monkeypatch.chdir(tree)  # the name of a socket may have 100 characters
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        assert sorted(names(tree)) == [".hidden/scan", "a/x", "b/1", "b/2"]
        for name in ("pipe", "socket"):
            with pytest.raises(InputError, match="neither a file nor a folder"):
                list(listings_below(tree / name))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_that_took_the_place_of_a_file_stops_nobody(tree: Path) -> None:
    (file,) = files_below(tree / "a")
    (tree / "a" / "x").unlink()
    os.mkfifo(tree / "a" / "x")
    with pytest.raises(ScanError, match="file_changed"):
        opened_unchanged(file)


def test_a_closed_folder_is_named_and_the_rest_is_read(tree: Path, monkeypatch) -> None:
    scandir = os.scandir

    def closed(path):
        if Path(path).name == "b":
            raise PermissionError
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)  # the tests may run as root, whom nothing is closed
    found = files_below(tree)
    assert [Path(file.path).name for file in found] == ["scan", "x", "b"]
    assert why_closed(found[-1]) == "a folder that is closed or lies too deep"
    with pytest.raises(InputError, match="the folder is closed"):
        list(listings_below(tree / "b"))


def test_a_folder_that_lies_too_deep_is_named_and_not_entered(tmp_path: Path, set_limit) -> None:
    write_series(tmp_path / "scan")
    (tmp_path / "1" / "2" / "3").mkdir(parents=True)
    (tmp_path / "1" / "2" / "3" / "file").write_bytes(b"x")
    set_limit(folder_depth=2)
    study = mriview.open_study(tmp_path)
    assert (study.tally.found, study.tally.refused) == (5, 1)
    assert [one.evidence["reason"] for one in study.problems] == [
        "a folder that is closed or lies too deep"
    ]


@pytest.mark.parametrize("name", ["absent", "with\0null"])
def test_a_path_that_is_not_there_is_refused_without_being_named(tmp_path: Path, name) -> None:
    with pytest.raises(InputError) as refused:
        list(listings_below(tmp_path / name))
    assert refused.value.code == "path_unreadable"
    assert str(tmp_path) not in str(refused.value)


@pytest.mark.parametrize("most", [1, 3])
def test_more_files_than_the_limit_are_refused(tree: Path, set_limit, most) -> None:
    set_limit(files=most)
    with pytest.raises(InputError, match=f"more than {most} files"):
        list(listings_below(tree))


@pytest.mark.parametrize("name", ["._001.dcm", "__MACOSX/001.dcm", "Thumbs.db", ".DS_Store"])
def test_what_operating_systems_leave_is_junk(name) -> None:
    assert is_junk(ScanFile(str(Path("study") / name)))
    assert is_junk(ScanFile("study.zip", f"folder/{name}"))


def test_archives_and_formats_of_others_are_named() -> None:
    assert foreign_archive(b"Rar!rest") == "rar"
    assert foreign_archive(b"\xfd7zXZ\0rest") == "xz"
    assert foreign_archive(bytes(257) + b"ustar\x0000") == "tar"
    assert foreign_format("a.bin", b"NRRD0004") == "NRRD"
    assert foreign_format("a.mgz", b"") == "MGH"
    assert foreign_format("a.txt", b"text") is None


@pytest.mark.parametrize("name", ["a\nb.dcm", "a\x1b[31m.dcm", "[red]a.dcm", "\udcff\udcfe.dcm"])
def test_no_name_is_too_odd_to_be_read(tmp_path: Path, name) -> None:
    for path in write_series(tmp_path):
        path.rename(tmp_path / (path.stem + name))
    assert mriview.open_study(tmp_path).tally.loaded == 4
