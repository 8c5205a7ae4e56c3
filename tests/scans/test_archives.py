"""Zip archives: what is in them, what nobody may read of them, and that nothing leaves them."""

import gzip
import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from builders import a_grid, voxels_for, write_nifti, write_series
from hypothesis import given
from hypothesis import strategies as st

import mriview
from mriview.errors import ScanError
from mriview.scans import Tally
from mriview.scans.archives import member_named, members_of, pieces_of_member, start_of_member
from mriview.scans.files import ScanFile, listings_below
from mriview.scans.zip_directory import BrokenError, entries_of

GRID = a_grid((13, 12, 6))
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


def scan_file(path: Path) -> ScanFile:
    ((_, (file,), *_),) = listings_below(path)
    return file


def zipped(path: Path, members: dict[str, bytes], **kwargs) -> ScanFile:
    """Write an archive; an entry may be changed after it by hand."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **kwargs) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return scan_file(path)


def with_info(path: Path, content: bytes = b"content", **changes) -> ScanFile:
    """Write an archive of one member with another entry than zipfile would give it."""
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("member")
        archive.writestr(info, content)
        for name, value in changes.items():
            setattr(info, name, value)
    return scan_file(path)


def content_of(member: ScanFile) -> bytes:
    return b"".join(pieces_of_member(member))


def refusal_of(member: ScanFile) -> str:
    with pytest.raises(ScanError) as refused:
        content_of(member)
    return refused.value.code


def a_study(folder: Path) -> None:
    write_series(folder / "DICOM" / "A", GRID)
    write_nifti(folder / "t2.nii.gz", a_grid((13, 12, 7)))
    (folder / "t2.json").write_text('{"EchoTime": 0.2}')


def by_key(place: Path) -> dict:
    return {study.key: study for study in mriview.open_batch(place)}


def into_zip(folder: Path, path: Path, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return path


# ---- what an archive holds ----------------------------------------------------------------------


@given(st.dictionaries(NAMES, st.binary(max_size=300), max_size=6), st.booleans())
def test_the_directory_is_read_as_zipfile_reads_it(members, compressed) -> None:
    stream = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with zipfile.ZipFile(stream) as archive:
        peer = {
            info.filename.replace("\\", "/"): (info.CRC, info.file_size, info.header_offset)
            for info in archive.infolist()
            if info.file_size or not info.filename.replace("\\", "/").endswith("/")
        }
    ours = {entry.name: (entry.checksum, entry.size, entry.at) for entry in entries_of(stream)}
    twice = {name.partition("\0")[0] for name in ours if "\0" in name}
    assert {name.partition("\0")[0] for name in ours} == peer.keys()
    assert all(ours[name] == peer[name] for name in peer if name not in twice)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_members_are_read_to_their_last_byte(tmp_path: Path, method) -> None:
    content = np.random.default_rng(0).bytes(3_000_000) + bytes(3_000_000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        archive.writestr("folder/member", content)
        archive.writestr("empty", b"")
        archive.mkdir("nothing")
    empty, member = members_of(scan_file(tmp_path / "a.zip"))
    assert (empty.name, member.name, member.member) == ("empty", "member", "folder/member")
    assert (content_of(member), content_of(empty)) == (content, b"")
    assert start_of_member(member, 100) == content[:100]
    assert start_of_member(member, 4_000_000) == content[:4_000_000]
    assert member_named(empty, "folder/member") == member
    assert member_named(empty, "member") is None


def test_an_archive_of_64_bits_is_read(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    archive = zipped(tmp_path / "a.zip", {"a": b"x" * 500, "b": b"y"})
    assert b"PK\x06\x06" in Path(archive.path).read_bytes()
    assert [content_of(member) for member in members_of(archive)] == [b"x" * 500, b"y"]


@pytest.mark.parametrize("before", [b"", b"MZ" + bytes(700)])
@pytest.mark.parametrize("comment", [b"", b"PK\x05\x06 is how a directory ends" * 9])
def test_neither_a_comment_nor_a_program_in_front_hides_the_members(
    tmp_path: Path, before, comment
) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a", b"content")
        archive.comment = comment
    (tmp_path / "a").write_bytes(before + stream.getvalue())
    (member,) = members_of(scan_file(tmp_path / "a"))
    assert content_of(member) == b"content"


def test_names_are_read_in_their_own_encoding_and_with_the_slashes_of_windows(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.zip"
    zipped(path, {"DICOM_IM1": b"1", "\u00e9t\u00e9": b"2"})
    path.write_bytes(path.read_bytes().replace(b"DICOM_IM1", b"DICOM\\IM1"))
    first, second = members_of(scan_file(path))
    assert (first.member, first.name) == ("DICOM/IM1", "IM1")
    assert first.folder == f"{path}/DICOM"
    assert (second.name, content_of(second)) == ("\u00e9t\u00e9", b"2")


def test_bytes_that_are_no_name_in_any_encoding_are_a_name_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    zipped(path, {"\u00e9": b"content"})
    path.write_bytes(path.read_bytes().replace("\u00e9".encode(), b"\xff\xfe"))
    (member,) = members_of(scan_file(path))
    assert content_of(member) == b"content"


# ---- what nobody may read -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/x",
        "a/../../x",
        "/etc/x",
        "C:/x",
        "c:\\x",
        "..\\..\\x",
        "\\\\host\\share\\x",
        "..",
    ],
)
def test_a_name_that_leads_out_is_refused_and_everything_else_is_read(tmp_path, name) -> None:
    archive = zipped(tmp_path / "a.zip", {name: b"evil", "good": b"content"})
    evil, good = sorted(members_of(archive), key=lambda member: member.name == "good")
    assert refusal_of(evil) == "archive_member_unsafe"
    assert content_of(good) == b"content"


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31mb", "a\0b", "a\x7fb"])
def test_a_name_with_control_characters_is_refused(tmp_path: Path, name) -> None:
    path = tmp_path / "a.zip"
    zipped(path, {name.replace("\0", "~"): b"content"})
    path.write_bytes(path.read_bytes().replace(b"a~b", b"a\0b"))
    (member,) = members_of(scan_file(path))
    assert refusal_of(member) == "archive_member_unsafe"


@pytest.mark.parametrize("mode", [0xA000, 0x1000, 0x2000, 0x6000, 0xC000])
def test_links_and_devices_are_refused(tmp_path: Path, mode) -> None:
    archive = with_info(tmp_path / "a.zip", b"/etc/passwd", external_attr=(mode | 0o777) << 16)
    assert refusal_of(*members_of(archive)) == "archive_member_unsafe"


def test_a_folder_with_content_is_refused(tmp_path: Path) -> None:
    archive = with_info(tmp_path / "a.zip", filename="member/")
    assert refusal_of(*members_of(archive)) == "archive_member_unsafe"


def test_an_encrypted_member_is_named_as_such(tmp_path: Path) -> None:
    archive = with_info(tmp_path / "a.zip", flag_bits=1)
    assert refusal_of(*members_of(archive)) == "archive_encrypted"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 9, 93, 99])
def test_another_compression_is_named_by_its_number(tmp_path: Path, method) -> None:
    (member,) = members_of(with_info(tmp_path / "a.zip", compress_type=method))
    with pytest.raises(ScanError, match=f"method {method}") as refused:
        content_of(member)
    assert refused.value.code == "archive_method"


def test_members_of_one_name_are_all_refused_and_all_counted(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w") as out:
        out.writestr("same", b"first")
        for content in (b"second", b"third"):
            with pytest.warns(UserWarning, match="Duplicate"):
                out.writestr("same", content)
        out.writestr("other", b"content")
    *others, last = sorted(
        members_of(scan_file(tmp_path / "a")), key=lambda one: one.name == "other"
    )
    assert len(set(others)) == 3
    assert {refusal_of(member) for member in others} == {"archive_member_twice"}
    assert content_of(last) == b"content"


def test_an_archive_in_an_archive_is_refused_and_a_document_in_it_is_a_file(tmp_path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("scan.dcm", bytes(500))
    document = io.BytesIO()
    with zipfile.ZipFile(document, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    outer = zipped(tmp_path / "a", {"inner": inner.getvalue(), "letter": document.getvalue()})
    nested, letter = members_of(outer)
    assert refusal_of(nested) == "archive_nested"
    assert content_of(letter) == document.getvalue()


# ---- what does not fit its directory ------------------------------------------------------------


@pytest.mark.parametrize("change", [{"CRC": 7}, {"file_size": 3}, {"file_size": 9}])
def test_a_member_that_is_not_what_its_directory_says_is_refused(tmp_path: Path, change) -> None:
    archive = with_info(tmp_path / "a.zip", **change)
    assert refusal_of(*members_of(archive)) == "archive_member_broken"


@pytest.mark.parametrize("offset", [30, 40])
def test_corrupt_bytes_are_refused(tmp_path: Path, offset) -> None:
    path = tmp_path / "a.zip"
    zipped(path, {"member": np.random.default_rng(0).bytes(999)})
    broken = bytearray(path.read_bytes())
    broken[offset + len("member")] ^= 0xFF
    path.write_bytes(broken)
    assert refusal_of(*members_of(scan_file(path))) == "archive_member_broken"


def test_an_archive_that_is_cut_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    zipped(path, {"a": b"x" * 50, "b": b"y" * 50})
    whole = path.read_bytes()
    for length in range(4, len(whole)):
        with pytest.raises(BrokenError):
            entries_of(io.BytesIO(whole[:length]))
    path.write_bytes(whole[:-3])
    with pytest.raises(ScanError, match="archive_broken"):
        members_of(scan_file(path))


@pytest.mark.parametrize("at", [0, 9, 70])
def test_members_that_share_bytes_are_a_bomb(tmp_path: Path, at) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        infos = [zipfile.ZipInfo(name) for name in "abc"]
        for info in infos:
            archive.writestr(info, b"x" * 40)
        infos[2].header_offset = at
    with pytest.raises(ScanError) as refused:
        members_of(scan_file(path))
    assert refused.value.code == "archive_overlap"


def test_a_member_behind_the_directory_is_none(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="archive_broken"):
        members_of(with_info(tmp_path / "a.zip", header_offset=2**20))


# ---- limits -------------------------------------------------------------------------------------


def test_more_members_than_the_limit_are_refused_without_a_look_at_them(
    tmp_path, set_limit
) -> None:
    archive = zipped(tmp_path / "a.zip", {str(n): b"" for n in range(5)})
    set_limit(archive_members=4)
    with pytest.raises(ScanError, match="4 files") as refused:
        members_of(archive)
    assert refused.value.code == "archive_too_large"


def test_what_all_members_hold_is_limited(tmp_path: Path, set_limit) -> None:
    archive = zipped(tmp_path / "a.zip", {str(n): bytes(1000) for n in range(5)})
    set_limit(archive_bytes=4999)
    with pytest.raises(ScanError, match="archive_too_large"):
        members_of(archive)


def test_a_ratio_that_only_a_bomb_has_is_refused_by_the_directory(tmp_path, set_limit) -> None:
    bomb = zipped(tmp_path / "a.zip", {"bomb": bytes(2_000_000)})
    set_limit(expansion_free_bytes=1_000_000)
    with pytest.raises(ScanError, match="expands_too_much"):
        members_of(bomb)
    noise = np.random.default_rng(0).bytes(20_000)
    diluted = zipped(tmp_path / "b.zip", {"bomb": bytes(2_000_000), "scan": noise})
    first, second = members_of(diluted)
    assert refusal_of(first) == "expands_too_much"
    assert content_of(second) == noise


def test_a_member_larger_than_any_file_may_be_is_refused(tmp_path: Path, set_limit) -> None:
    archive = zipped(tmp_path / "a.zip", {"large": bytes(2000), "small": b"x"})
    set_limit(content_bytes=1000)
    assert refusal_of(members_of(archive)[0]) == "content_too_large"


def test_a_directory_that_lies_about_a_size_costs_no_more_than_it_says(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo("bomb")
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, bytes(50_000_000))
        info.file_size = 1000
    (member,) = members_of(scan_file(path))
    with pytest.raises(ScanError, match="archive_member_broken"):
        start_of_member(member, 10)
    assert refusal_of(member) == "archive_member_broken"


def test_an_archive_that_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    (member,) = members_of(zipped(path, {"member": b"content"}))
    zipped(path, {"member": b"another content"})
    assert refusal_of(member) == "file_changed"


# ---- scans in archives --------------------------------------------------------------------------


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
@pytest.mark.parametrize("within", ["study.zip", "folder/study.zip", "folder/export"])
def test_a_zipped_study_is_the_study(tmp_path: Path, method, within) -> None:
    a_study(tmp_path / "plain")
    plain = by_key(tmp_path / "plain")
    path = tmp_path / "zipped" / within
    path.parent.mkdir(parents=True)
    into_zip(tmp_path / "plain", path, method)
    for place in {path, tmp_path / "zipped"}:
        packed = by_key(place)
        assert packed.keys() == plain.keys()
        for one, other in ((packed[key], plain[key]) for key in plain):
            assert one.tally == other.tally
            assert one.problems == other.problems
            assert list(one.volumes) == list(other.volumes)
            for key, volume in one.volumes.items():
                assert np.array_equal(volume.voxels, other.volumes[key].voxels)
                assert volume.physics == other.volumes[key].physics
                assert np.array_equal(
                    volume.grid.lps_from_index, other.volumes[key].grid.lps_from_index
                )


def test_gzipped_images_and_a_pair_in_an_archive_are_read(tmp_path: Path) -> None:
    import nibabel as nib

    for path in write_series(tmp_path / "plain" / "dicom", GRID):
        path.with_suffix(".dcm.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        path.unlink()
    pair = nib.Nifti1Pair(voxels_for(GRID.shape), GRID.ras_from_index)
    nib.save(pair, tmp_path / "plain" / "t1.hdr")
    packed = into_zip(tmp_path / "plain", tmp_path / "a.zip")
    first, second = mriview.open_batch(packed)
    assert (first.tally, second.tally) == (Tally(6, 6), Tally(2, 2))
    for study in (first, second):
        (volume,) = study.volumes.values()
        assert np.array_equal(volume.voxels, voxels_for(GRID.shape))


def test_what_systems_leave_in_archives_is_ignored_and_counted(tmp_path: Path) -> None:
    write_series(tmp_path / "plain", GRID)
    (tmp_path / "plain" / "__MACOSX").mkdir()
    (tmp_path / "plain" / "__MACOSX" / "._000.dcm").write_bytes(b"fork")
    (tmp_path / "plain" / ".DS_Store").write_bytes(b"x")
    (study,) = mriview.open_batch(into_zip(tmp_path / "plain", tmp_path / "a.zip"))
    assert study.tally == Tally(8, 6, 0, 2)
    assert [one.code for one in study.problems] == ["other_file"]


@pytest.mark.parametrize(
    "members",
    [
        {"[Content_Types].xml": b"<Types/>", "word/embeddings/sheet.xlsx": b"PK\x03\x04" * 9},
        {"META-INF/MANIFEST.MF": b"x", "lib/inner.jar": b"PK\x03\x04" * 9},
        {"mimetype": b"application/epub+zip", "pages/1.html": b"<p>"},
        {"arr_0.npy": b"\x93NUMPY", "arr_1.npy": b"\x93NUMPY"},
        {"tool/__init__.py": b"", "tool-1.0.dist-info/RECORD": b""},
        {"viewer/a.dll": b"MZ", "viewer/b.txt": b"text"},
    ],
)
def test_an_archive_without_a_scan_is_one_ignored_file(tmp_path: Path, members) -> None:
    write_series(tmp_path / "scan", GRID)
    zipped(tmp_path / "scan" / "document", members)
    study = mriview.open_study(tmp_path)
    assert study.tally == Tally(7, 6, 0, 1)
    assert [(one.code, one.severity) for one in study.problems] == [("other_file", "info")]


def test_a_program_is_one_ignored_file_whatever_is_packed_into_it(tmp_path: Path) -> None:
    write_series(tmp_path / "scan", GRID)
    zipped(tmp_path / "inner", {"scan": bytes(500)})
    zipped(tmp_path / "packed", {"lib.zip": (tmp_path / "inner").read_bytes()})
    for name, content in (("a.exe", bytes(900)), ("b.exe", (tmp_path / "packed").read_bytes())):
        (tmp_path / "scan" / name).write_bytes(b"MZ" + content)
    assert mriview.open_study(tmp_path / "scan").tally == Tally(8, 6, 0, 2)


def test_an_archive_that_unpacks_itself_is_opened(tmp_path: Path) -> None:
    write_series(tmp_path / "plain", GRID)
    packed = into_zip(tmp_path / "plain", tmp_path / "a.zip").read_bytes()
    (tmp_path / "disc").mkdir()
    (tmp_path / "disc" / "export.exe").write_bytes(b"MZ" + bytes(9_000) + packed)
    study = mriview.open_study(tmp_path / "disc")
    assert study.tally == Tally(6, 6)


def test_a_refused_member_is_counted_beside_the_scan(tmp_path: Path) -> None:
    write_series(tmp_path / "plain", GRID)
    path = into_zip(tmp_path / "plain", tmp_path / "a.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../escaped.dcm", b"evil")
        archive.writestr("inner.zip", b"PK\x03\x04" + bytes(60))
    study = mriview.open_study(path)
    assert study.tally == Tally(8, 6, 2)
    assert {one.code for one in study.problems} == {"archive_member_unsafe", "archive_nested"}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.zip", "plain"]
    said = repr((study, study.problems)) + "".join(map(str, study.problems))
    assert "escaped" not in said


def test_an_archive_of_many_members_is_parsed_once(tmp_path: Path, monkeypatch) -> None:
    archive = zipped(tmp_path / "a.zip", {f"{n:05}": struct.pack("<I", n) for n in range(300)})
    home = __import__("mriview.scans.archives", fromlist=["entries_of"])
    parsed = []
    parse = home.entries_of
    monkeypatch.setattr(home, "entries_of", lambda stream: parsed.append(1) or parse(stream))
    numbers = [struct.unpack("<I", content_of(member))[0] for member in members_of(archive)]
    assert numbers == list(range(300))
    assert len(parsed) == 1
