"""From paths to studies: what belongs together, what is refused, and that every file is counted."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from builders import CISS, a_grid, voxels_for, write_nifti, write_series

import mriview
from mriview.errors import InputError, UsageError
from mriview.scans import Tally
from mriview.scans.index import HEADERS_KEPT
from mriview.values import Mask

GRID = a_grid((13, 12, 12))


def codes(study) -> list[str]:
    return [problem.code for problem in study.problems]


def other(n: int, **tags) -> dict:
    """Tags of another series, or of whatever is named besides."""
    uids = {"SeriesInstanceUID": f"2.25.20{n}"}
    return {**uids, **tags}


def write_mask(path: Path) -> Path:
    inside = np.zeros(GRID.shape, dtype=np.bool_)
    inside[3:7, 2:6, 4:9] = True
    path.parent.mkdir(parents=True)
    path.write_bytes(Mask.from_voxels(GRID, inside).nifti_bytes())
    return path


def write_other(folder: Path, n: int, **tags) -> None:
    def rename(ds, k):
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"2.25.50{n}{k}"

    write_series(folder, GRID, edit=rename, **other(n, **tags))


def test_series_in_several_folders_are_one_study(tmp_path: Path) -> None:
    write_series(tmp_path / "a", GRID, **CISS)
    write_other(tmp_path / "b" / "c", 1)
    study = mriview.open_study(tmp_path)
    assert len(study.volumes) == 2
    assert study.tally == Tally(found=24, loaded=24)
    assert study.volume("t2_cisternogram").physics["tr_ms"] == 8.0
    frames = {volume.frame_of_reference for volume in study.volumes.values()}
    assert len(frames) == 1
    assert None not in frames


def test_two_studies_are_refused_with_the_choices_until_one_is_selected(tmp_path: Path) -> None:
    write_series(tmp_path / "a", GRID)
    write_other(tmp_path / "b", 1, StudyInstanceUID="2.25.77")
    with pytest.raises(UsageError) as refused:
        mriview.open_study(tmp_path)
    assert refused.value.code == "several_studies"
    keys = refused.value.evidence["keys"]
    assert all(key in refused.value.remedy for key in keys)
    assert mriview.open_study(tmp_path, select=keys[1]).key == keys[1]
    with pytest.raises(UsageError, match="study_absent"):
        mriview.open_study(tmp_path, select="nothing")


def test_two_patients_under_one_study_are_two_studies_with_other_keys(tmp_path: Path) -> None:
    write_series(tmp_path / "a", GRID)
    alone = mriview.open_study(tmp_path).key
    write_other(tmp_path / "b", 1, PatientID="P2")
    studies = list(mriview.open_batch(tmp_path))
    assert [len(study.volumes) for study in studies] == [1, 1]
    assert len({alone, *(study.key for study in studies)}) == 3


@pytest.mark.parametrize(
    ("tags", "code"),
    [({"PatientID": "P2"}, "two_patients"), ({"StudyInstanceUID": "2.25.77"}, "two_studies")],
)
def test_one_series_that_two_claim_is_refused_in_both(tmp_path: Path, tags, code) -> None:
    def claim(ds, k):
        if k > 5:
            for keyword, value in tags.items():
                setattr(ds, keyword, value)

    write_series(tmp_path, GRID, edit=claim)
    studies = list(mriview.open_batch(tmp_path))
    assert [dict(study.volumes) for study in studies] == [{}, {}]
    assert [codes(study) for study in studies] == [[code], [code]]


def test_a_bad_series_does_not_hide_a_good_one(tmp_path: Path) -> None:
    write_series(tmp_path / "good", GRID)
    write_other(tmp_path / "bad", 1, ImageOrientationPatient=["0"] * 6)
    study = mriview.open_study(tmp_path)
    assert len(study.volumes) == 1
    assert codes(study) == ["geometry_invalid"]
    assert study.problems[0].evidence["files"] == 12
    assert study.problems[0].where not in study.volumes
    assert study.tally == Tally(found=24, loaded=12, refused=12)


def test_junk_is_ignored_and_counted(tmp_path: Path) -> None:
    write_series(tmp_path / "scan", GRID)
    for name in ("._000.dcm", "Thumbs.db", "readme.txt", "report.pdf"):
        (tmp_path / name).write_bytes(b"no scan at all")
    study = mriview.open_study(tmp_path)
    assert [(p.code, p.severity, p.evidence["files"]) for p in study.problems] == [
        ("other_file", "info", 4)
    ]
    assert study.tally == Tally(found=16, loaded=12, ignored=4)


def test_a_copied_file_is_read_once_and_said(tmp_path: Path) -> None:
    paths = write_series(tmp_path, GRID)
    shutil.copy(paths[3], tmp_path / "copy")
    study = mriview.open_study(tmp_path)
    assert codes(study) == ["duplicate_instance"]
    assert study.tally == Tally(found=13, loaded=12, ignored=1)


def test_the_same_identity_with_other_pixels_is_refused(tmp_path: Path) -> None:
    paths = write_series(tmp_path, GRID)
    changed = bytearray(paths[3].read_bytes())
    changed[-1] ^= 1
    (tmp_path / "changed").write_bytes(changed)
    study = mriview.open_study(tmp_path)
    assert dict(study.volumes) == {}
    assert codes(study) == ["duplicate_instance_conflict"]


def test_a_volume_says_that_a_file_of_its_series_was_lost(tmp_path: Path) -> None:
    paths = write_series(tmp_path, GRID)
    paths[-1].write_bytes(paths[-1].read_bytes()[:-10])
    (volume,) = mriview.open_study(tmp_path).volumes.values()
    assert [one.code for one in volume.problems] == ["series_incomplete"]
    assert all(one.severity != "error" for one in volume.problems)


@pytest.mark.parametrize("content", [[], ["readme.txt"]])
def test_a_place_without_a_scan_is_refused_and_a_batch_carries_it(tmp_path: Path, content) -> None:
    for name in content:
        (tmp_path / name).write_text("nothing")
    with pytest.raises(InputError) as refused:
        mriview.open_study(tmp_path)
    assert refused.value.code == "no_scan_found"
    (study,) = mriview.open_batch(tmp_path)
    assert codes(study)[0] == "no_scan_found"
    assert study.tally == Tally(found=len(content), ignored=len(content))


@pytest.mark.parametrize("to", ["dicom", "nifti"])
def test_a_study_with_the_masks_of_its_review_is_one_study(tmp_path: Path, to) -> None:
    if to == "dicom":
        write_series(tmp_path / "study", GRID)
    else:
        write_nifti(tmp_path / "study" / "t2.nii.gz", GRID)
    alone = mriview.open_study(tmp_path)
    write_mask(tmp_path / "case.mriview" / "masks" / "mass.nii.gz")
    (study,) = mriview.open_batch(tmp_path)
    assert (study.key, list(study.volumes)) == (alone.key, list(alone.volumes))
    assert study.tally == Tally(alone.tally.found + 1, alone.tally.loaded, ignored=1)
    (said,) = (one for one in study.problems if one.code == "label_image")
    assert (said.severity, said.evidence) == ("info", {"files": 1})
    assert study.place == tmp_path / "study"


def test_a_label_alone_is_no_scan(tmp_path: Path) -> None:
    path = write_mask(tmp_path / "masks" / "mass.nii.gz")
    for place in (tmp_path, path):
        with pytest.raises(InputError) as refused:
            mriview.open_study(place)
        assert refused.value.code == "no_scan_found"
    (study,) = mriview.open_batch(tmp_path)
    assert codes(study) == ["no_scan_found", "label_image"]


def test_a_study_knows_the_folder_of_its_files_and_tells_nobody(tmp_path: Path) -> None:
    write_nifti(tmp_path / "room-7" / "t2.nii.gz", GRID)
    write_series(tmp_path / "room-8" / "a", GRID)
    write_other(tmp_path / "room-8" / "b", 1)
    (tmp_path / "room-9").mkdir()
    (tmp_path / "readme.txt").write_text("beside all of them")
    batches = [mriview.open_batch(tmp_path), mriview.open_batch(tmp_path, "room-9")]
    studies = [study for batch in batches for study in batch]
    assert [study.place for study in studies] == [tmp_path / f"room-{n}" for n in (7, 8, 9)]
    for study in studies:
        report = mriview.build_report(study, mriview.open_review(study)).to_json()
        said = [report, repr(study.problems), repr(study.tally), repr(study)]
        assert not any("room-" in one or tmp_path.name in one for one in said)


def test_a_relative_path_is_a_place_that_stays(tmp_path: Path, monkeypatch) -> None:
    write_nifti(tmp_path / "case" / "t2.nii", GRID)
    monkeypatch.chdir(tmp_path)
    assert mriview.open_study("case").place == tmp_path / "case"


def test_a_place_with_nothing_but_broken_scans_is_a_study_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.nii").write_bytes(b"nothing")
    study = mriview.open_study(tmp_path)
    assert dict(study.volumes) == {}
    assert codes(study) == ["not_nifti"]
    assert study.tally == Tally(found=1, refused=1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04", "archive_broken"),
        (b"\x1f\x8b\x08\0", "compressed_file_broken"),
        (b"Rar!", "compressed_file_not_supported"),
        (bytes(257) + b"ustar", "compressed_file_not_supported"),
        (b"NRRD0005", "format_not_supported"),
    ],
)
def test_what_may_hold_a_scan_and_is_not_read_is_an_error_with_its_remedy(
    tmp_path: Path, content, code
) -> None:
    write_series(tmp_path / "scan", GRID)
    (tmp_path / "other").write_bytes(content)
    study = mriview.open_study(tmp_path)
    assert len(study.volumes) == 1
    assert [(p.code, p.severity) for p in study.problems] == [(code, "error")]


@pytest.mark.parametrize("damage", [b"", b"\0" * 140])
def test_a_series_beside_a_file_that_nobody_could_read_may_lack_slices(tmp_path, damage) -> None:
    paths = write_series(tmp_path, GRID)
    whole = paths[-1].read_bytes()
    paths[-1].write_bytes(whole[:200] + damage)
    (volume,) = mriview.open_study(tmp_path).volumes.values()
    assert volume.grid.shape[2] == GRID.shape[2] - 1
    assert "series_incomplete" in [one.code for one in volume.problems]


def test_an_absent_path_is_refused(tmp_path: Path) -> None:
    for opened in (mriview.open_study, lambda p: list(mriview.open_batch(p))):
        with pytest.raises(InputError, match="path_unreadable"):
            opened(tmp_path / "absent")


def test_a_single_file_is_a_study_too(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "a.nii.gz", GRID)
    write_nifti(tmp_path / "b.nii.gz", GRID)
    assert len(mriview.open_study(path).volumes) == 1


def test_files_of_one_folder_are_one_nifti_study_and_of_two_are_two(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a" / "t1.nii", GRID)
    write_nifti(tmp_path / "a" / "t2.nii", a_grid((13, 12, 14)))
    write_nifti(tmp_path / "b" / "t1.nii", a_grid((13, 12, 15)))
    assert [len(study.volumes) for study in mriview.open_batch(tmp_path)] == [2, 1]


def test_a_session_of_bids_is_one_study(tmp_path: Path) -> None:
    session = tmp_path / "sub-01" / "ses-1"
    write_nifti(session / "anat" / "sub-01_ses-1_T2w.nii.gz", GRID)
    write_nifti(session / "angio" / "sub-01_ses-1_angio.nii.gz", a_grid((13, 12, 14)))
    write_nifti(tmp_path / "sub-01" / "ses-2" / "anat" / "sub-01_ses-2_T2w.nii.gz", a_grid())
    assert [len(study.volumes) for study in mriview.open_batch(tmp_path)] == [2, 1]


def test_nifti_volumes_share_a_frame_only_by_the_word_of_all_their_headers(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii", GRID)
    assert next(iter(mriview.open_study(tmp_path).volumes.values())).frame_of_reference is None
    write_nifti(tmp_path / "b.nii", a_grid((13, 12, 14)))
    study = mriview.open_study(tmp_path)
    frames = {volume.frame_of_reference for volume in study.volumes.values()}
    assert study.scanner_frame_assumed
    assert len(frames) == 1
    assert None not in frames
    write_nifti(tmp_path / "c.nii", a_grid((13, 12, 15)), codes=(2, 0))
    study = mriview.open_study(tmp_path)
    assert not study.scanner_frame_assumed
    assert {volume.frame_of_reference for volume in study.volumes.values()} == {None}


def test_a_missing_frame_of_reference_forbids_aligning_and_nothing_else(tmp_path: Path) -> None:
    write_series(tmp_path, GRID, edit=lambda ds, _k: delattr(ds, "FrameOfReferenceUID"))
    (volume,) = mriview.open_study(tmp_path).volumes.values()
    assert volume.frame_of_reference is None


def test_a_batch_opens_each_match_by_itself_and_numbers_copies(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write_series(tmp_path / name, GRID)
    (tmp_path / "d").mkdir()
    (together,) = mriview.open_batch(tmp_path / "a")
    studies = list(mriview.open_batch(tmp_path, cases="*"))
    keys = [study.key for study in studies]
    assert keys[:3] == [together.key, f"{together.key}-2", f"{together.key}-3"]
    assert [codes(study) for study in studies] == [
        *([], ["equal_study_keys"], ["equal_study_keys"]),
        ["no_scan_found"],
    ]


@pytest.mark.parametrize("cases", ["nothing*", "/absolute", ""])
def test_a_pattern_that_fits_nothing_is_a_wrong_call(tmp_path: Path, cases) -> None:
    with pytest.raises(UsageError, match="no_case"):
        list(mriview.open_batch(tmp_path, cases=cases))


def test_a_batch_is_lazy(tmp_path: Path, monkeypatch) -> None:
    for n in range(3):
        write_other(tmp_path / str(n), n, StudyInstanceUID=f"2.25.7{n}")
    made = []
    opening = __import__("mriview.scans.opening", fromlist=["make_study"])
    make = opening.make_study
    monkeypatch.setattr(
        opening, "make_study", lambda files, *a, **k: made.append(1) or make(files, *a, **k)
    )
    studies = mriview.open_batch(tmp_path)
    next(studies)
    assert len(made) == 1
    assert len(list(studies)) == 2


def test_headers_that_are_not_kept_are_read_again_and_give_the_same(tmp_path, monkeypatch) -> None:
    for n in range(3):
        write_other(tmp_path / str(n), n, StudyInstanceUID=f"2.25.7{n}")
    (tmp_path / "note.txt").write_text("junk")
    before = [(s.key, tuple(s.volumes), s.tally) for s in mriview.open_batch(tmp_path)]
    assert HEADERS_KEPT > 100
    home = __import__("mriview.scans.index", fromlist=["HEADERS_KEPT"])
    monkeypatch.setattr(home, "HEADERS_KEPT", 5)
    assert [(s.key, tuple(s.volumes), s.tally) for s in mriview.open_batch(tmp_path)] == before


def test_the_index_lists_volumes_and_refused_series(tmp_path: Path) -> None:
    write_series(tmp_path / "good", GRID, **CISS)
    write_other(tmp_path / "bad", 1, ImageOrientationPatient=["0"] * 6)
    good, bad = mriview.index(tmp_path)
    assert (good.role, good.shape, good.modality) == ("t2_cisternogram", (13, 12, 12), "MR")
    assert np.allclose(good.spacing_mm, GRID.spacing_mm)
    assert (bad.shape, [p.code for p in bad.problems]) == (None, ["geometry_invalid"])


def test_no_voxel_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    paths = write_series(tmp_path, GRID)
    (volume,) = mriview.open_study(tmp_path).volumes.values()
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, contents, strict=True):
        times_ns = path.stat().st_atime_ns, path.stat().st_mtime_ns
        path.write_bytes(content[: -2 * GRID.shape[0] * GRID.shape[1]] + bytes(2 * 13 * 12))
        os.utime(path, ns=times_ns)  # or the file would be one that changed
    assert not volume.voxels.any()
    assert voxels_for(GRID.shape).any()


def test_the_module_and_the_function_index_are_not_confused() -> None:
    from mriview.scans.opening import index

    assert mriview.index is index
    assert not callable(mriview.scans.index)  # the module, which gathers headers
