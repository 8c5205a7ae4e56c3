"""Walking a path: each regular file once, in order, and nothing that is no file."""

import os
from pathlib import Path

import pytest

from mriview.errors import InputError
from mriview.scans import files
from mriview.scans.files import archive_kind, files_below, foreign_format, is_junk


def names(root: Path, below: Path | None = None) -> list[str]:
    return [path.relative_to(root).as_posix() for path in files_below(below or root)]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b/2", "b/1", "a/x", ".hidden/scan"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_files_come_in_the_order_of_their_names_and_dotted_folders_count(tree: Path) -> None:
    assert names(tree) == [".hidden/scan", "a/x", "b/1", "b/2"]


def test_a_single_file_is_walked_too(tree: Path) -> None:
    assert names(tree, tree / "a" / "x") == ["a/x"]


def test_a_loop_of_links_is_entered_once(tree: Path) -> None:
    (tree / "a" / "loop").symlink_to(tree, target_is_directory=True)
    assert sorted(names(tree)) == [".hidden/scan", "a/x", "b/1", "b/2"]


def test_a_link_that_leads_nowhere_is_no_file(tree: Path) -> None:
    (tree / "a" / "gone").symlink_to(tree / "nowhere")
    assert "a/gone" not in names(tree)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_never_opened(tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    assert "pipe" not in names(tree)
    with pytest.raises(InputError, match="neither a file nor a folder"):
        list(files_below(tree / "pipe"))


@pytest.mark.parametrize("name", ["absent", "with\0null"])
def test_a_path_that_is_not_there_is_refused_without_being_named(tmp_path: Path, name) -> None:
    with pytest.raises(InputError) as refused:
        list(files_below(tmp_path / name))
    assert refused.value.code == "path_unreadable"
    assert str(tmp_path) not in str(refused.value)


def test_more_files_than_the_limit_are_refused(tree: Path, monkeypatch) -> None:
    monkeypatch.setattr(files, "MAX_FILES", 3)
    with pytest.raises(InputError, match="more than 3 files"):
        list(files_below(tree))


@pytest.mark.parametrize("name", ["._001.dcm", "__MACOSX/001.dcm", "Thumbs.db", ".DS_Store"])
def test_what_operating_systems_leave_is_junk(name) -> None:
    assert is_junk(Path("study") / name)


def test_archives_and_formats_of_others_are_named() -> None:
    assert archive_kind(b"PK\x03\x04rest") == "zip"
    assert archive_kind(b"\x1f\x8brest") == "gzip"
    assert foreign_format(Path("a.bin"), b"NRRD0004") == "NRRD"
    assert foreign_format(Path("a.mgz"), b"") == "MGH"
    assert foreign_format(Path("a.txt"), b"text") is None
