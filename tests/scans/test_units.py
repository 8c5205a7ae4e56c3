"""Studies found folder by folder and opened elsewhere are the studies that one walk gives."""

import json
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import CISS, a_grid, voxels_for, write_nifti, write_series

import mriview
from mriview.scans import Study
from mriview.scans.files import listings_below
from mriview.scans.finding import Finding, look_into
from mriview.scans.units import StudyUnit, laid_out, open_unit, studies_of, with_numbers

GRID = a_grid((13, 12, 12))


SALT = b"of this user"


@pytest.fixture(autouse=True)
def _nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MRIVIEW_INDEX", "off")


def units_of(root: Path) -> tuple[StudyUnit, ...]:
    """Find studies as a run does: each value goes to another process and back."""
    folders = []
    for listing in listings_below(root):
        (found,) = pickle.loads(pickle.dumps(look_into([listing])))
        kept = found.as_json(SALT)
        if kept is not None:
            assert Finding.from_json(json.loads(json.dumps(kept)), SALT) == found
        folders.append(laid_out(listing, found))
    return pickle.loads(pickle.dumps(with_numbers(studies_of(folders))))


def said_of(study: Study) -> dict[str, object]:
    volumes = {
        key: (v.grid.shape, v.grid.lps_from_index.tolist(), v.role, v.physics, v.problems)
        for key, v in study.volumes.items()
    }
    frames = {key: v.frame_of_reference for key, v in study.volumes.items()}
    # A walk counts the copies that it has met, a run all of them.
    problems = sorted(str(one) for one in study.problems if one.code != "equal_study_keys")
    return {"key": study.key, "volumes": volumes, "frames": frames, "problems": problems} | {
        "tally": study.tally,
        "place": study.place,
        "scanner_frame_assumed": study.scanner_frame_assumed,
    }


def assert_found_alike(root: Path) -> tuple[StudyUnit, ...]:
    units = units_of(root)
    opened = [open_unit(unit) for unit in units]
    walked = list(mriview.open_batch(root))
    assert [said_of(one.study) for one in opened] == [said_of(study) for study in walked]
    assert [one.fingerprint for one in opened] == [unit.fingerprint for unit in units]
    return units


def another(folder: Path, n: int, **tags: str) -> None:
    def rename(ds, k):
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"2.25.50{n}{k}"
        ds.filename = None

    series = {"SeriesInstanceUID": f"2.25.20{n}"}
    write_series(folder, GRID, edit=rename, **{**series, **tags})


def in_folders_of_their_own(root: Path) -> None:
    write_series(root / "a" / "t2", GRID, **CISS)
    another(root / "a" / "tof", 1)
    another(root / "b", 2, StudyInstanceUID="2.25.77")


def in_one_flat_folder(root: Path) -> None:
    write_series(root / "1", GRID, **CISS)
    another(root / "2", 1, StudyInstanceUID="2.25.77")
    for n in "12":
        for file in sorted((root / n).iterdir()):
            file.rename(root / f"{n}{file.name}")
        (root / n).rmdir()
    (root / "note.txt").write_text("not a scan")


def of_two_patients_under_one_uid(root: Path) -> None:
    write_series(root / "a", GRID, **CISS)
    another(root / "b", 1, PatientID="P2")


def with_one_series_that_two_studies_claim(root: Path) -> None:
    write_series(root / "a", GRID, **CISS)
    write_series(root / "b", GRID, StudyInstanceUID="2.25.77", **CISS)


def in_one_archive(root: Path) -> None:
    in_folders_of_their_own(root / "inside")
    shutil.make_archive(str(root / "all"), "zip", root / "inside")
    shutil.rmtree(root / "inside")


def of_nifti_beside_dicom(root: Path) -> None:
    write_series(root, GRID, **CISS)
    voxels = voxels_for(GRID.shape)
    write_nifti(root / "sub-1" / "ses-1" / "anat" / "sub-1_T2w.nii", GRID, voxels)
    (root / "sub-1" / "ses-1" / "anat" / "sub-1_T2w.json").write_text('{"Modality": "MR"}')
    write_nifti(root / "sub-1_T1w.nii.gz", GRID, voxels + 1)
    (root / "sub-1_T1w.json").write_text('{"Modality": "MR"}')


def with_strays_everywhere(root: Path) -> None:
    in_folders_of_their_own(root)
    for folder in (root, root / "a", root / "c" / "d"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cut.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\x02")
        (folder / "readme.pdf").write_bytes(b"%PDF-1.7")


def without_a_study_uid(root: Path) -> None:
    write_series(root / "a", GRID, StudyInstanceUID="", **CISS)


ARCHIVES = [
    in_folders_of_their_own,
    in_one_flat_folder,
    of_two_patients_under_one_uid,
    with_one_series_that_two_studies_claim,
    in_one_archive,
    of_nifti_beside_dicom,
    with_strays_everywhere,
    without_a_study_uid,
]


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda made: made.__name__)
def test_what_is_found_folder_by_folder_opens_as_one_walk_gives_it(archive, tmp_path: Path) -> None:
    archive(tmp_path)
    assert_found_alike(tmp_path)


def test_a_place_without_a_scan_is_one_unit_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("not a scan")
    (unit,) = assert_found_alike(tmp_path)
    assert (unit.key, unit.session) == ("", "")


def test_a_single_file_is_a_study_without_what_lies_beside_it(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii", GRID, voxels_for(GRID.shape))
    write_nifti(tmp_path / "b.nii", GRID, voxels_for(GRID.shape) + 1)
    (unit,) = assert_found_alike(tmp_path / "a.nii")
    assert [names for _, names in unit.places] == [("a.nii",)]


def test_a_whole_folder_is_named_without_its_files(tmp_path: Path) -> None:
    in_folders_of_their_own(tmp_path)
    assert {names for unit in units_of(tmp_path) for _, names in unit.places} == {None}


def test_a_finding_holds_no_identifier(tmp_path: Path) -> None:
    write_series(tmp_path, GRID, PatientID="P123456", StudyInstanceUID="2.25.987654", **CISS)
    (found,) = look_into(list(listings_below(tmp_path)))
    text = json.dumps(found.as_json(SALT))
    assert not any(word in text for word in ("P123456", "987654", "2.25", ".dcm"))


def test_a_finding_with_identifiers_of_images_is_not_kept(tmp_path: Path) -> None:
    without_a_study_uid(tmp_path)
    (found,) = look_into(list(listings_below(tmp_path / "a")))
    assert found.as_json(SALT) is None


@pytest.mark.parametrize("change", ["touched", "renamed", "added", "removed"])
def test_a_change_of_files_changes_the_fingerprint(change: str, tmp_path: Path) -> None:
    write_series(tmp_path, GRID, **CISS)
    (before,) = units_of(tmp_path)
    file = min(tmp_path.iterdir())
    if change == "touched":
        file.write_bytes(file.read_bytes() + b"\0")
    elif change == "renamed":
        file.rename(tmp_path / "zzz.dcm")
    elif change == "added":
        shutil.copy(file, tmp_path / "copy.dcm")
    else:
        file.unlink()
    (after,) = units_of(tmp_path)
    assert before.key == after.key
    assert before.fingerprint != after.fingerprint
    assert open_unit(before).fingerprint == after.fingerprint


def test_moving_an_archive_keeps_its_fingerprints(tmp_path: Path) -> None:
    in_folders_of_their_own(tmp_path / "old")
    before = {unit.fingerprint for unit in units_of(tmp_path / "old")}
    (tmp_path / "old").rename(tmp_path / "new")
    assert {unit.fingerprint for unit in units_of(tmp_path / "new")} == before


def test_a_study_that_went_away_says_so(tmp_path: Path) -> None:
    write_series(tmp_path / "a", GRID, **CISS)
    (unit,) = units_of(tmp_path)
    shutil.rmtree(tmp_path / "a")
    opened = open_unit(unit)
    assert [one.code for one in opened.study.problems] == ["study_gone"]
    assert opened.study.key == unit.key


def test_copies_get_numbers_in_the_order_of_the_walk() -> None:
    units = with_numbers(StudyUnit(key) for key in ("a", "b", "a"))
    assert [(unit.key, unit.copies) for unit in units] == [("a", 2), ("b", 1), ("a-2", 2)]


def test_a_copy_keeps_the_number_that_it_had_before() -> None:
    units = with_numbers(map(StudyUnit, "aaa"), [None, "a", "a-2"])
    assert [unit.key for unit in units] == ["a-3", "a", "a-2"]


def cases_of(corpus: Path) -> Iterator[Path]:
    yield from sorted(corpus.glob("dicom/*"))
    yield from sorted(corpus.glob("nifti/*"))


@pytest.mark.corpus
@pytest.mark.whole
def test_the_whole_corpus_is_found_as_one_walk_gives_it(corpus: Path) -> None:
    for place in (corpus, *cases_of(corpus)):
        assert_found_alike(place)
