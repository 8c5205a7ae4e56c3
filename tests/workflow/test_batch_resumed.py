"""A run that goes on: what is read again, what stays, what is refused."""

import json
import os
import shutil
import sqlite3
from contextlib import closing

import poison
import pytest
from archives import a_tiny_study, an_archive, readings_of
from builders import CISS, a_grid, write_series
from runs import TEXTS, by_key, keys_of, rows, run

from mriview.errors import InputError, OutputError, UsageError
from mriview.workflow.batch import BatchSettings, batch

pytestmark = pytest.mark.whole


def test_a_second_run_does_nothing(archive, reviews, tmp_path):
    run(archive, tmp_path / "out", reviews=reviews)
    before = {name: (tmp_path / "out" / name).read_bytes() for name in TEXTS}
    again = run(archive, tmp_path / "out", reviews=reviews, resume=True)
    assert again.read == 0
    assert {name: (tmp_path / "out" / name).read_bytes() for name in TEXTS} == before


def test_only_what_is_missing_or_changed_is_read_again(tmp_path):
    root, out = an_archive(tmp_path / "a", 4), tmp_path / "out"
    readings_of(root, tmp_path / "reviews", 2)
    run(root, out, reviews=tmp_path / "reviews")
    assert run(root, out, reviews=tmp_path / "reviews", resume=True).read == 0
    os.utime(root / "00000" / "t2" / "000.dcm") if (
        root / "00000" / "t2" / "000.dcm"
    ).exists() else (os.utime(min((root / "00000" / "t2").iterdir())))
    a_tiny_study(root / "new", 99)
    (out / "reports" / f"{keys_of(root / '00002')[0]}.json").unlink()
    assert run(root, out, reviews=tmp_path / "reviews", resume=True).read == 3
    assert len(by_key(out)) == 5


def test_a_study_that_was_taken_away_stays_in_the_table_as_gone(tmp_path):
    root, out = an_archive(tmp_path / "a", 3), tmp_path / "out"
    run(root, out)
    (key,) = keys_of(root / "00001")
    kept = (root / "00001").rename(tmp_path / "elsewhere")
    assert run(root, out, resume=True).studies == {"reported": 2, "gone": 1}
    row = by_key(out)[key]
    assert (row["status"], row["code"]) == ("gone", "study_gone")
    kept.rename(root / "00001")
    assert run(root, out, resume=True).studies == {"reported": 3}


def test_what_failed_is_tried_again_only_where_more_is_allowed(poisoned, tmp_path):
    poison.write_poison(poisoned / "bad", "voxels kill")
    run(poisoned, tmp_path / "out", timeout_s=30.0, workers=1)
    assert run(poisoned, tmp_path / "out", timeout_s=30.0, resume=True, workers=1).read == 0
    assert run(poisoned, tmp_path / "out", timeout_s=60.0, resume=True, workers=1).read == 1


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"cases": ("0000*",)}, "cases"),
        ({"trust": "sform"}, "trust"),
        ({"headers_only": True}, "headers_only"),
        ({"secret": b"x"}, "secret"),
    ],
)
def test_going_on_with_other_settings_is_refused_and_changes_nothing(
    changed, word, archive, tmp_path
):
    run(archive, tmp_path / "out")
    before = (tmp_path / "out" / "results.csv").read_bytes()
    with pytest.raises(UsageError, match=word) as refused:
        run(archive, tmp_path / "out", resume=True, **changed)
    assert refused.value.code == "settings_differ"
    assert (tmp_path / "out" / "results.csv").read_bytes() == before


def test_a_series_that_another_patient_claims_later_is_refused_on_resume_too(tmp_path):
    root = tmp_path / "a"
    write_series(root / "one", a_grid((13, 12, 12)), **CISS)
    assert run(root, tmp_path / "out").studies == {"reported": 1}

    def rename(ds, k):
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"2.25.66{k}"

    uids = {"PatientID": "P2", "StudyInstanceUID": "2.25.77"}
    write_series(root / "two", a_grid((13, 12, 12)), edit=rename, **uids, **CISS)
    run(root, tmp_path / "out", resume=True)
    run(root, tmp_path / "fresh")
    for name in ("results.csv", "problems.jsonl"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes()


def test_going_on_in_a_folder_of_others_is_refused(archive, tmp_path):
    (tmp_path / "results.csv").write_text("mine")
    with pytest.raises(UsageError) as refused:
        run(archive, tmp_path, resume=True)
    assert refused.value.code == "out_not_empty"
    assert (tmp_path / "results.csv").read_text() == "mine"


def test_ctrl_c_while_studies_are_found_keeps_what_was_found(tmp_path):
    root, out = an_archive(tmp_path / "a", 2), tmp_path / "out"

    def interrupted(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch(BatchSettings(root, out), interrupted)
    assert (out / "results.sqlite").is_file()
    assert json.loads((out / "run.json").read_text())["finished"] is False
    assert run(root, out, resume=True).studies == {"reported": 2}


def test_a_folder_whose_headers_kill_later_keeps_the_key_of_its_study(poisoned, tmp_path):
    run(poisoned, tmp_path / "out", workers=1)
    (key,) = keys_of(poisoned / "00001")
    poison.write_poison(poisoned / "00001" / "t2", "headers kill")
    summary = run(poisoned, tmp_path / "out", workers=1, resume=True)
    assert summary.studies == {"reported": 1, "failed": 1}
    assert by_key(tmp_path / "out")[key]["code"] == "worker_died"
    assert run(poisoned, tmp_path / "out", workers=1, resume=True).read == 0
    shutil.rmtree(poisoned / "00001")
    a_tiny_study(poisoned / "00001" / "t2", 1)
    summary = run(poisoned, tmp_path / "out", workers=1, resume=True)
    assert summary.studies == {"reported": 2}
    assert by_key(tmp_path / "out")[key]["code"] == ""


def test_an_archive_that_is_not_there_any_more_leaves_the_tables_as_they_were(tmp_path):
    root, out = an_archive(tmp_path / "a", 2), tmp_path / "out"
    run(root, out)
    before = (out / "results.csv").read_bytes()
    for folder in root.iterdir():
        folder.rename(tmp_path / folder.name)
    with pytest.raises(InputError) as refused:
        run(root, out, resume=True)
    assert refused.value.code == "no_scan_found"
    assert (out / "results.csv").read_bytes() == before


def test_what_a_killed_run_had_half_written_goes(tmp_path):
    root, out = an_archive(tmp_path / "a", 1), tmp_path / "out"
    run(root, out)
    halves = [out / ".results.csv.part", out / "reports" / ".k.json.part"]
    for half in halves:
        half.write_text("half")
    run(root, out, resume=True)
    assert not any(half.exists() for half in halves)


def test_a_broken_database_is_refused_in_one_sentence(tmp_path):
    root, out = an_archive(tmp_path / "a", 1), tmp_path / "out"
    run(root, out)
    with closing(sqlite3.connect(out / "results.sqlite")) as database:
        database.execute("DROP TABLE run_folders")
        database.execute("CREATE TABLE run_folders (mine TEXT)")
    with pytest.raises(OutputError) as refused:
        run(root, out, resume=True)
    assert refused.value.code == "output_not_writable"


def test_a_copy_that_comes_later_takes_no_key_from_those_that_were_there(tmp_path):
    root, out = tmp_path / "a", tmp_path / "out"
    for name in ("b", "c"):
        a_tiny_study(root / name, 1)
    run(root, out, cases=("*",))
    before = cases_of(out)
    a_tiny_study(root / "a", 1)
    run(root, out, cases=("*",), resume=True)
    (key,) = keys_of(root / "a")
    assert cases_of(out) == before | {"a": f"{key}-3"}
    assert {row["code"] for row in by_key(out).values()} == {"equal_study_keys"}
    shutil.rmtree(root / "b")
    run(root, out, cases=("*",), resume=True)
    assert cases_of(out) == {"a": f"{key}-3", "c": f"{key}-2"}


def cases_of(out):
    return {row["case"]: row["study_key"] for row in rows(out, "keys")}


def test_an_interruption_at_the_very_end_leaves_counts_that_fit_the_tables(tmp_path):
    root, out = an_archive(tmp_path / "a", 2), tmp_path / "out"
    page = out / "overview.html"
    out.mkdir()

    def interrupted_at_the_end(progress):
        if (progress.stage, progress.done) == ("reading", 2):
            page.mkdir()  # where the page would be written: leaving stops there

    with pytest.raises(OutputError):
        batch(BatchSettings(root, out), interrupted_at_the_end)
    told = json.loads((out / "run.json").read_text())
    assert (told["finished"], told["studies"]) == (False, {"reported": 2})


def test_going_on_in_a_folder_without_a_run_says_so(archive, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError) as refused:
        run(archive, tmp_path, resume=True)
    assert "--resume" not in refused.value.remedy


def test_a_copy_keeps_its_number_when_a_folder_of_it_goes(tmp_path):
    root, out = tmp_path / "a", tmp_path / "out"
    for name in ("b", "c"):
        a_tiny_study(root / name / "t2", 1)
        for file in sorted((root / name / "t2").iterdir())[:2]:
            (root / name / "more").mkdir(exist_ok=True)
            file.rename(root / name / "more" / file.name)
    run(root, out, cases=("*",))
    shutil.rmtree(root / "c" / "more")
    shutil.rmtree(root / "b")
    (key,) = keys_of(root / "c")
    run(root, out, cases=("*",), resume=True)
    assert cases_of(out) == {"c": f"{key}-2"}
