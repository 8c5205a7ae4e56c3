"""The record on disk: what was saved survives kill, torn lines, full disks and second programs."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import readings as r

import mriview
from mriview.review.script import apply_script, read_script, script_of
from mriview.values import Mask

TESTS = Path(__file__).parents[1]


def a_script(path, commands):
    path.write_text(r.dump_script(commands, "R1"))
    return read_script(path)


def test_a_review_that_is_closed_goes_on_where_it_was(tmp_path):
    study, folder = r.a_study(), tmp_path / "case.mriview"
    with mriview.open_review(study, "R1", folder) as review:
        for command in r.a_complete_reading():
            review.apply(command)
        state = review.state
    with mriview.open_review(study, "R1", folder) as again:
        assert again.state == state
        again.apply(r.a_command("sign", role="radiologist"))


def test_each_command_is_one_line_with_its_number_time_and_reader(tmp_path):
    with mriview.open_review(r.a_study(), "R7", tmp_path / "case") as review:
        review.apply(r.a_command("set_midline", position=[0, 0, 0]))
        review.undo()
    lines = [json.loads(x) for x in (tmp_path / "case/events.jsonl").read_text().splitlines()]
    assert [line["seq"] for line in lines] == [1, 2]
    assert {line["reader"] for line in lines} == {"R7"}
    assert lines[0]["command"] == "set_midline"
    assert lines[0]["args"]["reference"] == r.CISTERNOGRAM
    assert lines[1]["args"] == {"seq": 1}
    assert lines[0]["software"] == mriview.__version__


def test_the_head_names_no_path(tmp_path):
    with mriview.open_review(r.a_study(), "R1", tmp_path / "case"):
        pass
    assert str(tmp_path) not in (tmp_path / "case/review.json").read_text()


@pytest.mark.parametrize("kept", [1, 20, -1])
def test_a_torn_last_line_is_cut_off_and_said(tmp_path, kept):
    study, folder = r.a_study(), tmp_path / "case"
    with mriview.open_review(study, "R1", folder) as review:
        review.apply(r.a_command("set_midline", position=[0, 0, 0]))
        whole = (folder / "events.jsonl").read_bytes()
        review.apply(r.a_command("set_clinical", blinded=True))
    line = (folder / "events.jsonl").read_bytes()[len(whole) :]
    (folder / "events.jsonl").write_bytes(whole + line[:kept])
    with mriview.open_review(study, "R1", folder) as again:
        assert again.torn_bytes == len(line[:kept])
        assert again.state.midline == (0, 0, 0)
        assert again.state.clinical is None
        again.apply(r.a_command("set_clinical", blinded=True))
    with mriview.open_review(study, "R1", folder) as last:
        assert last.torn_bytes == 0
        assert last.state.clinical.blinded


def test_a_line_that_is_broken_in_the_middle_is_refused_and_left_alone(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    with mriview.open_review(study, "R1", folder) as review:
        for command in r.marks("left"):
            review.apply(command)
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    broken = lines[0] + b"{ no json\n" + b"".join(lines[2:])
    (folder / "events.jsonl").write_bytes(broken)
    with pytest.raises(mriview.MriviewError, match="record_broken: line 2"):
        mriview.open_review(study, "R1", folder)
    assert (folder / "events.jsonl").read_bytes() == broken


def test_a_second_program_on_the_same_review_is_refused(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    with mriview.open_review(study, "R1", folder) as review:
        review.apply(r.a_command("set_midline", position=[0, 0, 0]))
        with pytest.raises(mriview.MriviewError, match="review_open_elsewhere") as refusal:
            mriview.open_review(study, "R1", folder)
        assert refusal.value.exit_code == 4
        review.apply(r.a_command("set_clinical", blinded=True))
    with mriview.open_review(study, "R1", folder) as again:
        assert len(again.history.events) == 2


def test_a_review_of_another_study_or_reader_is_refused(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    with mriview.open_review(study, "R1", folder):
        pass
    with pytest.raises(mriview.MriviewError, match="review_of_other_study"):
        mriview.open_review(r.a_study(key="f" * 16), "R1", folder)
    changed = r.a_volume(voxels=np.ones((160, 160, 80), np.uint16))
    with pytest.raises(mriview.MriviewError, match="review_of_other_study"):
        mriview.open_review(r.a_study(changed), "R1", folder)
    with pytest.raises(mriview.MriviewError, match="review_of_other_reader"):
        mriview.open_review(study, "R2", folder)


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("kept")
    with pytest.raises(mriview.MriviewError, match="folder_not_empty"):
        mriview.open_review(r.a_study(), "R1", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_costs_the_command_and_nothing_before_it(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    with mriview.open_review(study, "R1", folder) as review:
        review.apply(r.a_command("set_midline", position=[0, 0, 0]))
        state, saved = review.state, (folder / "events.jsonl").read_bytes()
        working = review._record._events
        review._record._events = r.FullDisk(working)
        with pytest.raises(mriview.MriviewError, match=r"output_not_writable.*no space left"):
            review.apply(r.a_command("set_clinical", blinded=True))
        review._record._events = working
        assert review.state is state
        assert (folder / "events.jsonl").read_bytes() == saved
        review.apply(r.a_command("set_clinical", blinded=True))


KILLED = """
import sys
sys.path.insert(0, sys.argv[1])
import readings as r, mriview
review = mriview.open_review(r.a_study(), "R1", sys.argv[2])
for number in range(100000):
    review.apply(r.a_command("add_note", text=f"note {number}"))
    print(number, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_kill_in_the_middle_loses_nothing_that_was_saved(tmp_path):
    folder = tmp_path / "case"
    command = [sys.executable, "-c", KILLED, str(TESTS), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said = [int(process.stdout.readline()) for _ in range(40)]
        process.send_signal(signal.SIGKILL)
        said += [int(line) for line in process.stdout.read().splitlines()]
    with mriview.open_review(r.a_study(), "R1", folder) as review:
        notes = [note.text for note in review.state.notes]
    assert len(notes) >= len(said) >= 40
    assert notes == [f"note {number}" for number in range(len(notes))]


def a_mask(grid, centre=(20.0, 0.0, 0.0), radius_mm=5.0):
    away_mm = np.linalg.norm(grid.lps(np.moveaxis(np.indices(grid.shape), 0, -1)) - centre, axis=-1)
    return Mask.from_voxels(grid, away_mm <= radius_mm)


def test_a_mask_travels_by_its_content_and_is_measured_once(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    with mriview.open_review(study, "R1", folder) as review:
        review.apply(r.a_command("set_midline", position=[0, 0, 0]))
        sha256 = review.store(a_mask(r.a_grid()), r.CISTERNOGRAM)
        args = {"structure": "lesion", "series": r.CISTERNOGRAM, "sha256": sha256}
        review.apply(r.a_command("set_mask", **args))
        review.apply(r.a_command("add_lesion", condition="meningioma", mask="m1"))
        report = mriview.build_report(study, review)
    assert (folder / "masks" / f"{sha256}.nii.gz").is_file()
    assert report.lesions[0].longest_mm.value == pytest.approx(10, abs=0.3)
    assert report.lesions[0].side == "left"
    with mriview.open_review(study, "R1", folder) as again:
        assert again.mask(sha256).sha256 == sha256
        assert mriview.build_report(study, again) == report


def test_a_mask_that_was_changed_on_disk_is_found_out(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    with mriview.open_review(study, "R1", folder) as review:
        sha256 = review.store(a_mask(r.a_grid()), r.CISTERNOGRAM)
    other = a_mask(r.a_grid(), radius_mm=4.0)
    (folder / "masks" / f"{sha256}.nii.gz").write_bytes(other.nifti_bytes())
    with (
        mriview.open_review(study, "R1", folder) as again,
        pytest.raises(mriview.MriviewError, match="mask_lost"),
    ):
        again.mask(sha256)


def test_a_script_names_its_masks_as_files_below_it(tmp_path):
    study = r.a_study()
    (tmp_path / "mass.nii.gz").write_bytes(a_mask(r.a_grid()).nifti_bytes())
    commands = [
        r.a_command("set_mask", structure="lesion", series=r.CISTERNOGRAM, file="mass.nii.gz"),
        r.a_command("add_lesion", condition="meningioma", mask="m1"),
    ]
    script = a_script(tmp_path / "reader.json", commands)
    with apply_script(study, script, tmp_path / "case") as review:
        assert review.state.lesions[0].measured["volume_mm3"]["value"] > 500
    log = (tmp_path / "case/events.jsonl").read_text()
    assert "mass.nii.gz" not in log
    outside = [r.a_command("set_mask", structure="lesion", series=r.CISTERNOGRAM, file="../x.nii")]
    with pytest.raises(mriview.MriviewError, match=r"mask_outside") as refusal:
        apply_script(study, a_script(tmp_path / "bad.json", outside), tmp_path / "other")
    assert refusal.value.where == "commands[0]"


def test_a_script_with_one_bad_command_leaves_no_folder(tmp_path):
    commands = [*r.marks("left"), r.a_contact(position=[-11, 0, 0])]
    script = a_script(tmp_path / "reader.json", commands)
    with pytest.raises(mriview.MriviewError) as refusal:
        apply_script(r.a_study(), script, tmp_path / "case")
    assert refusal.value.where == "commands[5]"
    assert refusal.value.exit_code == 4
    assert not (tmp_path / "case").exists()


def test_a_script_goes_on_with_a_review_only_when_it_is_told_to(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    first = a_script(tmp_path / "1.json", r.marks("left"))
    apply_script(study, first, folder).close()
    second = a_script(tmp_path / "2.json", [r.a_contact(), r.a_command("undo", seq=6)])
    with pytest.raises(mriview.MriviewError, match="review_exists"):
        apply_script(study, second, folder)
    with apply_script(study, second, folder, append=True) as review:
        assert len(review.history.events) == 7
        assert not review.state.contacts  # its undo counts by the numbers of the log
        assert review.state.midline


def test_the_record_as_a_script_gives_the_record_again(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    with mriview.open_review(study, "R1", folder) as review:
        sha256 = review.store(a_mask(r.a_grid()), r.CISTERNOGRAM)
        args = {"structure": "lesion", "series": r.CISTERNOGRAM, "sha256": sha256}
        review.apply(r.a_command("set_mask", **args))
        review.apply(r.a_command("add_lesion", condition="meningioma", mask="m1"))
        review.undo()
        review.redo()
        history, state = review.history, review.state
    (folder / "script.json").write_text(json.dumps(script_of(history, "R1")))
    with apply_script(study, read_script(folder / "script.json")) as again:
        assert again.state == state
