"""The index of a disc: it stands for its folder, is compared with it, and leads nowhere else."""

import shutil
import struct
import zipfile
from pathlib import Path

import pytest
from builders import a_grid, write_series
from hostile import a_medium_index
from pydicom.fileset import FileSet
from pydicom.uid import ImplicitVRLittleEndian

import mriview
from mriview.errors import InputError
from mriview.scans import Tally
from mriview.scans.dicom.media import names_in, stale
from mriview.scans.files import ScanFile

GRID = a_grid((13, 12, 6))


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """Give a disc as pydicom writes it."""
    folder = tmp_path_factory.mktemp("source")
    index = FileSet()
    asked = dict.fromkeys(("StudyID", "AccessionNumber"), "1") | {"SeriesNumber": 1}
    for path in write_series(folder, GRID, StudyDate="20260101", StudyTime="120000", **asked):
        index.add(path)
    disc = tmp_path_factory.mktemp("disc")
    index.write(disc)
    index._stage["t"].cleanup()  # else its end is a warning in whatever test comes then
    return disc


@pytest.fixture
def disc(written: Path, tmp_path: Path) -> Path:
    shutil.copytree(written, tmp_path / "disc")
    return tmp_path / "disc"


def images(disc: Path) -> list[Path]:
    return sorted(path for path in disc.rglob("*") if path.is_file() and path.name != "DICOMDIR")


def write_index(folder: Path, *file_ids: list[str], **changes) -> ScanFile:
    folder.mkdir(exist_ok=True)
    (folder / "DICOMDIR").write_bytes(a_medium_index(*file_ids, **changes))
    return ScanFile(str(folder / "DICOMDIR"))


def warnings(study) -> list[tuple[int, int]]:
    found = (one for one in study.problems if one.code == "media_index_stale")
    return [(one.evidence["missing"], one.evidence["named"]) for one in found]


def test_a_whole_disc_is_its_images_and_the_index_is_ignored(disc: Path) -> None:
    study = mriview.open_study(disc)
    assert study.tally == Tally(7, 6, 0, 1)
    assert [(one.code, one.severity) for one in study.problems] == [("media_index", "info")]


def test_the_index_given_alone_stands_for_its_folder(disc: Path) -> None:
    alone = mriview.open_study(disc / "DICOMDIR")
    whole = mriview.open_study(disc)
    assert (alone.key, alone.tally, alone.problems) == (whole.key, whole.tally, whole.problems)


def test_a_missing_image_is_told_in_numbers_and_without_its_name(disc: Path) -> None:
    images(disc)[-1].unlink()
    study = mriview.open_study(disc)
    assert study.tally == Tally(6, 5, 0, 1)
    assert warnings(study) == [(1, 6)]
    said = next(str(one) for one in study.problems if one.code == "media_index_stale")
    assert "1 of 6 files" in said
    assert not any(part in said for path in images(disc) for part in path.relative_to(disc).parts)


def test_an_image_that_the_index_does_not_name_is_read_too(disc: Path) -> None:
    (disc / "more").mkdir()
    grid = a_grid((13, 12, 6), origin_mm=(0, 0, 90))

    def rename(ds, k):
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"2.25.77.{k}"

    write_series(disc / "more", grid, SeriesInstanceUID="2.25.22", edit=rename)
    study = mriview.open_study(disc)
    assert study.tally == Tally(13, 12, 0, 1)
    assert warnings(study) == []


@pytest.mark.parametrize(
    "rename",
    [
        lambda path: path.with_name(path.name.lower()),
        lambda path: path.with_name(path.name + ";1"),
        lambda path: path.with_name(path.name.lower() + ".dcm"),
        lambda path: path.with_name(path.name + ".DCM;1"),
    ],
)
def test_names_are_compared_as_systems_show_those_of_a_disc(disc: Path, rename) -> None:
    for path in images(disc):
        path.rename(rename(path))
    assert warnings(mriview.open_study(disc)) == []


def test_a_disc_in_an_archive_is_compared_too(disc: Path, tmp_path: Path) -> None:
    images(disc)[0].unlink()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in sorted(disc.rglob("*")):
            archive.write(path, Path("export") / path.relative_to(disc))
    assert warnings(mriview.open_study(tmp_path / "a.zip")) == [(1, 6)]


def test_an_index_without_its_images_is_no_scan(tmp_path: Path) -> None:
    write_index(tmp_path / "disc", ["DICOM", "IM1"], ["DICOM", "IM2"])
    for place in ("disc", "disc/DICOMDIR"):
        with pytest.raises(InputError, match="no_scan_found"):
            mriview.open_study(tmp_path / place)
        (study,) = mriview.open_batch(tmp_path / place)
        assert [one.code for one in study.problems] == ["no_scan_found", "media_index_stale"]
        assert warnings(study) == [(2, 2)]


@pytest.mark.parametrize(
    "file_id",
    [
        ["..", "..", "etc", "passwd"],
        ["DICOM", "..", "..", "secret"],
        ["", "etc", "passwd"],
        ["/etc/passwd"],
        ["C:", "x"],
        ["a\nb"],
        ["A"] * 9,
        ["A" * 65],
    ],
)
def test_a_name_that_leads_elsewhere_is_no_evidence_and_is_not_looked_for(
    tmp_path: Path, file_id
) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    index = write_index(tmp_path / "disc", file_id, ["DICOM", "IM1"])
    assert names_in(index) == {"dicom/im1"}
    said = stale(index, [ScanFile(str(tmp_path / "secret"))])
    assert said.evidence == {"files": 1, "missing": 1, "named": 1}


def test_an_index_without_vrs_is_read(tmp_path: Path) -> None:
    index = write_index(tmp_path / "disc", ["DICOM", "IM1"], syntax=ImplicitVRLittleEndian)
    assert names_in(index) == {"dicom/im1"}


def test_an_index_that_is_cut_anywhere_compares_nothing_or_what_is_left(tmp_path: Path) -> None:
    index = write_index(tmp_path / "disc", ["DICOM", "IM1"], ["DICOM", "IM2"])
    whole = Path(index.path).read_bytes()
    for length in range(len(whole)):
        Path(index.path).write_bytes(whole[:length])
        assert names_in(index) <= {"dicom/im1", "dicom/im2"}


def test_a_million_records_cost_no_more_than_a_header_may(tmp_path: Path, set_limit) -> None:
    index = write_index(tmp_path / "disc", ["DICOM", "IM1"])
    whole = Path(index.path).read_bytes()
    at = whole.index(b"\x04\x00\x20\x12SQ")
    (length,) = struct.unpack_from("<I", whole, at + 8)
    records = whole[at + 12 : at + 12 + length]
    count = 20_000
    Path(index.path).write_bytes(
        whole[: at + 8] + struct.pack("<I", length * count) + records * count
    )
    set_limit(header_elements=1000)
    assert names_in(index) == frozenset()
    set_limit(header_bytes=1000)
    assert names_in(index) == frozenset()
    (study,) = mriview.open_batch(tmp_path / "disc")
    assert study.tally.found == 1


def test_an_index_that_is_gone_compares_nothing(tmp_path: Path) -> None:
    assert names_in(ScanFile(str(tmp_path / "DICOMDIR"))) == frozenset()


@pytest.mark.parametrize("root", ["/", ".", "/media/disc", "export.zip"])
def test_the_root_of_a_drive_is_a_folder_like_any_other(tmp_path: Path, root) -> None:
    index = write_index(tmp_path / "disc", ["DICOM", "IM1"])
    below = f"{root.rstrip('/')}/DICOM/IM1"

    class Moved(ScanFile):
        folder = root

    there = ScanFile("export.zip", "DICOM/IM1") if root.endswith("zip") else ScanFile(below)
    assert stale(Moved(*index), [there]) is None
    assert stale(Moved(*index), [ScanFile("/elsewhere/DICOM/IM1")]) is not None
