"""A review whose scans are elsewhere: the same report, and nothing that needs voxels."""

import json

import numpy as np
import pytest
import readings as r

import mriview
from mriview.errors import BrokenRecordError, RecordError, ScanError
from mriview.phantom import CASES
from mriview.review import open_without_scans
from mriview.review.head import is_review
from mriview.review.record import take_back
from mriview.review.script import apply_script, read_script
from mriview.values import Mask
from mriview.workflow.samples import shipped_folder


def a_review(folder, commands=(), study=None):
    study = study or r.a_study()
    with mriview.open_review(study, "R1", folder, clock=r.a_clock()) as review:
        review.apply_all(commands)
        return mriview.build_report(study, review)


def rebuilt(folder):
    review = open_without_scans(folder)
    return mriview.build_report(review.study, review)


@pytest.mark.parametrize("reading", [(), tuple(r.marks("left")), tuple(r.a_signed_reading())])
def test_the_folder_alone_gives_the_report_that_the_scans_give(tmp_path, reading):
    report = a_review(tmp_path / "case", reading)
    again = rebuilt(tmp_path / "case")
    assert again == report
    assert again.to_json() == report.to_json()


def test_painted_masks_are_read_from_the_folder(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    grid = study.volumes[r.CISTERNOGRAM].grid
    voxels = np.zeros(grid.shape, bool)
    voxels[90:96, 90:96, 40:44] = True
    with mriview.open_review(study, "R1", folder) as review:
        digest = review.store(Mask.from_voxels(grid, voxels), r.CISTERNOGRAM)
        args = {"structure": "lesion", "series": r.CISTERNOGRAM, "sha256": digest}
        review.apply(r.a_command("set_mask", **args))
        review.apply(r.a_command("add_lesion", condition="meningioma", mask="m1"))
        report = mriview.build_report(study, review)
    assert report.masks
    assert rebuilt(folder) == report


def test_it_is_read_while_it_is_open_elsewhere_and_takes_no_command(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    with mriview.open_review(study, "R1", folder) as review:
        review.apply(r.a_command("set_midline", position=[0, 0, 0]))
        reading = open_without_scans(folder)
        assert reading.state.midline == (0, 0, 0)
        assert reading.reader == "R1"
        with pytest.raises(RecordError, match="review_read_only"):
            reading.apply(r.a_command("set_clinical", blinded=True))
    with pytest.raises(ScanError, match="scans_not_here"):
        reading.study.volume("t2_cisternogram").voxels  # noqa: B018 (asking is the test)


def test_series_whose_voxels_could_not_be_read_are_in_the_report_all_the_same(tmp_path):
    cut = r.a_volume("cccccccc", "flair", voxels=np.zeros((1, 1, 1)))

    def load():
        raise ScanError("pixel_data_truncated", "1 file is cut", "Export it again")

    object.__setattr__(cut, "load", load)
    study = r.a_study(r.a_volume(), cut)
    report = a_review(tmp_path / "case", study=study)
    assert {series.key for series in report.study.series} == {r.CISTERNOGRAM, "cccccccc"}
    assert rebuilt(tmp_path / "case") == report


def test_a_review_of_an_older_version_goes_on_with_its_study_and_needs_it(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    report = a_review(folder, r.a_complete_reading(), study)
    (folder / "study.json").unlink()
    with pytest.raises(RecordError, match="study_not_described"):
        open_without_scans(folder)
    with mriview.open_review(study, "R1", folder) as review:
        assert mriview.build_report(study, review) == report
    assert not (folder / "study.json").exists()


def test_a_description_of_another_study_is_found_out(tmp_path):
    a_review(tmp_path / "case")
    a_review(tmp_path / "other", study=r.a_study(key="f" * 16))
    (tmp_path / "case/study.json").write_bytes((tmp_path / "other/study.json").read_bytes())
    with pytest.raises(BrokenRecordError, match="study_json_broken"):
        open_without_scans(tmp_path / "case")


def test_a_description_with_other_voxels_is_found_out(tmp_path):
    a_review(tmp_path / "case")
    text = json.loads((tmp_path / "case/study.json").read_text())
    text["volumes"][0]["content_sha256"] = "0" * 64
    (tmp_path / "case/study.json").write_text(json.dumps(text))
    with pytest.raises(BrokenRecordError, match="study_json_broken"):
        open_without_scans(tmp_path / "case")


@pytest.mark.parametrize("left", ["study.json.part", "study.json"])
def test_what_a_killed_program_left_is_no_obstacle(tmp_path, left):
    folder, before = tmp_path / "case", tmp_path / "before"
    a_review(before, study=r.a_study(key="e" * 16))
    folder.mkdir()
    (folder / "masks").mkdir()
    (folder / "events.jsonl").touch()
    (folder / "lock").touch()
    whole = (before / "study.json").read_bytes()
    (folder / left).write_bytes(whole[:40] if "part" in left else whole)
    assert not is_review(folder)
    report = a_review(folder)
    assert rebuilt(folder) == report


def test_a_study_json_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "study.json").write_text('{"title": "my study"}')
    (tmp_path / "lock").touch()
    with pytest.raises(mriview.MriviewError, match="folder_not_empty"):
        a_review(tmp_path)
    assert (tmp_path / "study.json").read_text() == '{"title": "my study"}'


def test_a_review_that_is_taken_back_leaves_nothing(tmp_path):
    a_review(tmp_path / "case")
    take_back(tmp_path / "case", made=True)
    assert not (tmp_path / "case").exists()


@pytest.mark.whole
@pytest.mark.parametrize("case", list(CASES))
def test_every_digital_patient_has_one_report_with_and_without_scans(synthetic, case, tmp_path):
    files = synthetic(case)
    study = mriview.open_study(files.study)
    with apply_script(study, read_script(files.reader), tmp_path / "case") as review:
        report = mriview.build_report(study, review)
    assert report.status == "final"
    assert rebuilt(tmp_path / "case").to_json() == report.to_json()
    assert str(study.place) not in (tmp_path / "case/study.json").read_text()


@pytest.mark.whole
def test_the_real_sample_has_one_report_with_and_without_scans(tmp_path):
    sample = shipped_folder() / "t1_posterior_fossa"
    study = mriview.open_study(sample / "dicom")
    with apply_script(study, read_script(sample / "reader.json"), tmp_path / "case") as review:
        report = mriview.build_report(study, review)
    assert rebuilt(tmp_path / "case").to_json() == report.to_json()
