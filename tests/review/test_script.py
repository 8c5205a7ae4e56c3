"""Scripts that fail on the way: nothing of them stays, and the next one is not blocked."""

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import readings as r

import mriview
from mriview.review import record
from mriview.review.review import open_saved
from mriview.review.script import apply_script, read_script
from mriview.values import Mask


def a_script(path, commands, reader="R1"):
    path.write_text(r.dump_script(commands, reader))
    return read_script(path)


def a_painted_box(path):
    voxels = np.zeros(r.a_grid().shape, bool)
    voxels[110:120, 70:80, 30:40] = True
    path.write_bytes(Mask.from_voxels(r.a_grid(), voxels).nifti_bytes())
    return r.a_command("set_mask", structure="lesion", series=r.CISTERNOGRAM, file=path.name)


@pytest.mark.parametrize("reader", ["", "   ", "R" * 65, "R\ud800", "R\n1", "\x1b[2J"])
def test_a_reader_that_no_file_can_hold_leaves_no_folder(tmp_path, reader):
    with pytest.raises(mriview.MriviewError, match="reader_malformed"):
        mriview.open_review(r.a_study(), reader, tmp_path / "case")
    with pytest.raises(mriview.MriviewError, match="reader_malformed"):
        a_script(tmp_path / "reader.json", r.marks("left"), reader)
    assert not (tmp_path / "case").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("there", [False, True])
def test_a_script_on_a_full_disk_leaves_no_folder_that_blocks_the_next(
    tmp_path, monkeypatch, there
):
    study, folder = r.a_study(), tmp_path / "case"
    if there:
        folder.mkdir()
    script = a_script(
        tmp_path / "reader.json", [a_painted_box(tmp_path / "mass.nii.gz"), *r.marks("left")]
    )
    with monkeypatch.context() as full:
        full.setattr(record.Record, "append", _no_space)
        with pytest.raises(mriview.MriviewError, match="output_not_writable") as refusal:
            apply_script(study, script, folder)
    assert refusal.value.exit_code == 3
    assert folder.exists() == there
    assert not there or not any(folder.iterdir())
    apply_script(study, script, folder).close()


def _no_space(kept, lines):
    working, kept._events = kept._events, r.FullDisk(kept._events)
    try:
        APPEND(kept, lines)
    finally:
        kept._events = working


APPEND = record.Record.append


REMAINS = {
    "lock and masks": ["lock", "masks/"],
    "masks only": ["masks/"],
    "all but its name": ["lock", "masks/", "events.jsonl", "review.json.part"],
    "half a mask": ["lock", "masks/", "masks/abc.nii.gz.part"],
}


@pytest.mark.parametrize("name", sorted(REMAINS))
def test_a_folder_that_was_killed_in_its_making_is_no_obstacle(tmp_path, name):
    folder = tmp_path / "case"
    folder.mkdir()
    for item in REMAINS[name]:
        (folder / item).mkdir() if item.endswith("/") else (folder / item).touch()
    with mriview.open_review(r.a_study(), "R1", folder) as review:
        review.apply(r.a_command("set_midline", position=[0, 0, 0]))


def test_a_review_that_was_killed_before_its_first_command_takes_the_script(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    mriview.open_review(study, "R1", folder).close()
    with apply_script(study, a_script(tmp_path / "1.json", r.marks("left")), folder) as review:
        assert len(review.history.events) == 5


def test_a_second_program_on_a_new_folder_is_told_that_it_is_open(tmp_path, monkeypatch):
    study, folder = r.a_study(), tmp_path / "case"
    with mriview.open_review(study, "R1", folder) as review:
        review.apply(r.a_command("set_midline", position=[0, 0, 0]))
        # What the second program saw a moment before the first had made its review:
        monkeypatch.setattr("mriview.review.review.is_review", lambda _: False)
        with pytest.raises(mriview.MriviewError, match="review_open_elsewhere"):
            mriview.open_review(study, "R1", folder)
    with pytest.raises(mriview.MriviewError, match="review_exists"):
        mriview.open_review(study, "R1", folder)


def test_a_refused_script_leaves_none_of_its_masks(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    apply_script(study, a_script(tmp_path / "1.json", r.marks("left")), folder).close()
    commands = [a_painted_box(tmp_path / "mass.nii.gz"), r.a_contact(vessel="nobody")]
    (tmp_path / "2.json").write_text(r.dump_script(commands[:1], "R1"))
    commands[1] = r.a_contact(position=[-11, 0, 0])
    with pytest.raises(mriview.MriviewError, match="wrong_side"):
        apply_script(study, a_script(tmp_path / "3.json", commands), folder, append=True)
    assert not any((folder / "masks").iterdir())
    apply_script(study, read_script(tmp_path / "2.json"), folder, append=True).close()
    assert len(list((folder / "masks").iterdir())) == 1


def test_a_mask_of_the_record_can_be_named_by_a_script_that_goes_on(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    first = [*r.marks("left"), a_painted_box(tmp_path / "mass.nii.gz")]
    apply_script(study, a_script(tmp_path / "1.json", first), folder).close()
    second = [r.a_command("add_lesion", condition="meningioma", mask="m1")]
    with apply_script(study, a_script(tmp_path / "2.json", second), folder, append=True) as review:
        assert review.state.lesions[0].measured["volume_mm3"]["value"] > 0


@pytest.mark.parametrize("depth", [80, 980, 100_000])
def test_a_script_that_is_nested_without_end_is_unreadable(tmp_path, depth):
    (tmp_path / "deep.json").write_text("[" * depth + "]" * depth)
    with pytest.raises(mriview.MriviewError, match="script_unreadable"):
        read_script(tmp_path / "deep.json")


def test_a_key_that_a_script_gives_twice_is_refused_with_its_path(tmp_path):
    text = r.dump_script([r.a_command("set_midline", position=[0, 0, 0])], "R1")
    twice = text.replace('"position"', '"position": [9, 9, 9], "position"')
    (tmp_path / "twice.json").write_text(twice)
    with pytest.raises(mriview.MriviewError, match="given twice") as refusal:
        read_script(tmp_path / "twice.json")
    assert refusal.value.where == "$.commands[0].args.position"


def test_a_mask_file_with_a_name_that_no_file_can_have_is_refused(tmp_path):
    commands = [a_painted_box(tmp_path / "mass.nii.gz")]
    for name in ("a\0b.nii", "x" * 5000 + ".nii"):
        commands[0]["args"]["file"] = name
        with pytest.raises(mriview.MriviewError, match="mask_unreadable") as refusal:
            apply_script(r.a_study(), a_script(tmp_path / "bad.json", commands))
        assert refusal.value.where == "commands[0]"


@pytest.mark.parametrize("time", [5, 20260101, "noon", "2026-01-01\ud80012:00", ["x"]])
def test_a_time_that_is_no_time_is_refused_with_its_index(tmp_path, time):
    command = {**r.a_command("set_midline", position=[0, 0, 0]), "time": time}
    with pytest.raises(mriview.MriviewError, match="time_malformed") as refusal:
        a_script(tmp_path / "reader.json", [command])
    assert refusal.value.where == "commands[0]"


BROKEN = {
    "a time that is a number": lambda line: {**line, "time": 5},
    "a reader that is a list": lambda line: {**line, "reader": ["R1"]},
    "no arguments": lambda line: {**line, "args": 5},
    "a command that is a number": lambda line: {**line, "command": 7},
    "nested without end": lambda line: {**line, "args": _nested(80)},
}


def _nested(depth):
    inner = []
    for _ in range(depth):
        inner = [inner]
    return inner


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_line_of_the_record_with_wrong_kinds_is_a_broken_record(tmp_path, name):
    study, folder = r.a_study(), tmp_path / "case"
    with mriview.open_review(study, "R1", folder) as review:
        review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    line = json.loads((folder / "events.jsonl").read_text())
    (folder / "events.jsonl").write_text(json.dumps(BROKEN[name](line)) + "\n")
    before = (folder / "events.jsonl").read_bytes()
    for opened in (mriview.open_review, open_saved):
        with pytest.raises(mriview.MriviewError, match="record_broken") as refusal:
            opened(study, folder=folder)
        assert refusal.value.exit_code == 1
    assert (folder / "events.jsonl").read_bytes() == before


def test_a_record_that_was_deleted_is_no_empty_record(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    script = a_script(tmp_path / "1.json", r.marks("left"))
    apply_script(study, script, folder).close()
    (folder / "events.jsonl").unlink()
    with pytest.raises(mriview.MriviewError, match=r"record_broken: events\.jsonl is absent"):
        mriview.open_review(study, "R1", folder)
    with pytest.raises(mriview.MriviewError, match="review_exists"):
        apply_script(study, script, folder)


def test_a_saved_review_is_read_while_it_is_open_and_takes_nothing(tmp_path):
    study, folder = r.a_study(), tmp_path / "case"
    with mriview.open_review(study, "R1", folder) as review:
        review.apply(r.a_command("set_midline", position=[0, 0, 0]))
        with (folder / "events.jsonl").open("ab") as log:
            log.write(b'{"seq": 2, "ti')
        before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
        saved = open_saved(study, folder)
        assert saved.state == review.state
        assert saved.torn_bytes == 14
        with pytest.raises(mriview.MriviewError, match="review_read_only"):
            saved.apply(r.a_command("set_clinical", blinded=True))
        assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_a_mask_file_on_another_grid_is_refused_with_its_index(tmp_path):
    grid = r.a_grid(spacing_mm=0.7)
    inside = np.ones(grid.shape, np.uint8)
    nib.save(nib.Nifti1Image(inside, grid.ras_from_index), tmp_path / "mass.nii.gz")
    command = r.a_command("set_mask", structure="lesion", series=r.CISTERNOGRAM, file="mass.nii.gz")
    path = tmp_path / "reader.json"
    path.write_text(r.dump_script([command], "R1"))
    with pytest.raises(mriview.MriviewError, match="mask_other_grid") as refusal:
        apply_script(r.a_study(), read_script(path), tmp_path / "case")
    assert (refusal.value.exit_code, refusal.value.where) == (4, "commands[0]")
    assert not (tmp_path / "case").exists()
