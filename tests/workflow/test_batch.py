"""A run over an archive: a row a study, whatever happens on the way; real workers, real deaths."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import poison
import pytest
from archives import a_tiny_study, an_archive
from builders import CISS, a_grid, voxels_for, write_nifti, write_series
from runs import TEXTS, by_key, keys_of, rows, run

import mriview
from mriview.errors import InputError, OutputError, RecordError, UsageError
from mriview.exporters.tables import tables
from mriview.scans.files import listings_below
from mriview.scans.finding import look_into
from mriview.scans.units import laid_out, studies_of
from mriview.workflow.batch import BatchSettings
from mriview.workflow.batch.reading import Task, read_study

pytestmark = pytest.mark.whole


# ---- what a run leaves


def test_every_study_has_a_row_and_a_report(archive, tmp_path):
    summary = run(archive, tmp_path / "out")
    assert summary.studies == {"reported": 5}
    found = by_key(tmp_path / "out")
    assert sorted(found) == keys_of(archive)
    for key, row in found.items():
        report = mriview.load_report(tmp_path / "out" / "reports" / f"{key}.json")
        assert (row["report_id"], row["roles_present"]) == (report.report_id, "unknown")
        assert report.status == "draft"
        assert report.study.study_key == key
    assert {row["can_show_vessel_names"] for row in found.values()} == {"no"}


def test_the_draft_of_an_unread_study_names_no_reader(archive, tmp_path):
    run(archive, tmp_path / "out")
    assert {row["readings"] for row in rows(tmp_path / "out")} == {"0"}
    assert rows(tmp_path / "out", "tables/sides") == []
    said = {
        (row["reader"], row["reader_missing"]) for row in rows(tmp_path / "out", "tables/series")
    }
    assert said == {("", "NA_not_assessed")}


def test_csv_and_database_hold_the_same_tables(archive, reviews, tmp_path):
    out = tmp_path / "out"
    run(archive, out, reviews=reviews)
    database = sqlite3.connect(out / "results.sqlite")
    for name in ("results", *tables()):
        place = name if name == "results" else f"tables/{name}"
        listed = rows(out, place)
        (count,) = database.execute(f"SELECT count(*) FROM {name}").fetchone()
        assert count == len(listed), name
    database.close()
    described = {(row["table"], row["column"]) for row in rows(out, "tables/dictionary")}
    assert {("results", column) for column in rows(out)[0]} <= described


def test_only_keys_csv_holds_paths_and_nothing_holds_a_patient(archive, reviews, tmp_path):
    out = tmp_path / "out"
    run(archive, out, reviews=reviews)
    keys = rows(out, "keys")
    assert {Path(row["path"]).parent.parent for row in keys} == {archive}
    for file in out.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert b"DOE" not in data, file.name
            assert b"PATIENT-0" not in data, file.name
            assert (os.fsencode(archive) in data) == (file.name == "keys.csv"), file.name


def test_the_same_run_leaves_the_same_bytes_with_any_number_of_workers(archive, reviews, tmp_path):
    for workers in (0, 1, 2):
        run(archive, tmp_path / str(workers), reviews=reviews, workers=workers)
    for name in (*TEXTS, "keys.csv"):
        made = {(tmp_path / str(workers) / name).read_bytes() for workers in (0, 1, 2)}
        assert len(made) == 1, name


def test_each_match_of_a_glob_is_a_study_of_its_own(archive, tmp_path):
    shutil.copytree(archive / "00000", tmp_path / "a" / "copy1")
    shutil.copytree(archive / "00000", tmp_path / "a" / "copy2")
    (tmp_path / "a" / "empty").mkdir()
    run(tmp_path / "a", tmp_path / "out", cases=("copy*", "*"))
    found = by_key(tmp_path / "out")
    (key,) = keys_of(archive / "00000")
    assert {key, f"{key}-2"} < set(found)
    assert found[f"{key}-2"]["code"] == "equal_study_keys"
    (nothing,) = (row for row in found.values() if row["status"] == "no_scan")
    assert nothing["code"] == "no_scan_found"
    assert len(found) == 3


def test_a_match_within_another_is_opened_with_it(archive, tmp_path):
    asked = {"cases": ("**", "*", "*/t2")}
    assert run(archive, tmp_path / "out", **asked).studies == {"reported": 5}


def test_subjects_and_sessions_of_bids_are_told(tmp_path):
    for session in ("ses-1", "ses-2"):
        name = f"sub-01/{session}/anat/sub-01_{session}_T2w.nii.gz"
        grid = a_grid((6, 5, 4), origin_mm=(0, 0, float(session[-1])))
        write_nifti(tmp_path / "bids" / name, grid, voxels_for(grid.shape))
    run(tmp_path / "bids", tmp_path / "out")
    told = {(row["bids_subject"], row["bids_session"]) for row in rows(tmp_path / "out", "keys")}
    assert told == {("sub-01", "ses-1"), ("sub-01", "ses-2")}


# ---- harm on the way


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("headers kill", "worker_died"),
        ("headers crash", "worker_died"),
        ("voxels kill", "worker_died"),
        ("voxels crash", "worker_died"),
        ("voxels raise", "study_failed"),
    ],
)
def test_a_study_that_ends_its_worker_costs_itself_alone(words, code, poisoned, tmp_path):
    poison.write_poison(poisoned / "bad", words)
    summary = run(poisoned, tmp_path / "out", workers=1)
    assert summary.studies == {"reported": 2, "failed": 1}
    ((key, told),) = summary.failed
    assert told == code
    row = by_key(tmp_path / "out")[key]
    assert (row["status"], row["code"]) == ("failed", code)
    assert "DOE" not in (tmp_path / "out" / "results.csv").read_text()
    (path,) = (row["path"] for row in rows(tmp_path / "out", "keys") if row["study_key"] == key)
    assert path == str(poisoned / "bad")


@pytest.mark.parametrize("moment", ["headers", "voxels"])
def test_a_study_that_hangs_is_ended_after_its_time(moment, poisoned, tmp_path):
    poison.write_poison(poisoned / "bad", f"{moment} hang")
    summary = run(poisoned, tmp_path / "out", timeout_s=8.0, workers=1)
    assert summary.studies == {"reported": 2, "failed": 1}
    assert summary.failed[0][1] == "study_too_slow"


def test_a_series_that_asks_for_too_much_memory_is_refused_by_itself(poisoned, tmp_path):
    poison.write_poison(poisoned / "bad", "voxels hunger")
    run(poisoned, tmp_path / "out", memory_bytes=2**30, workers=1)
    codes = {row["code"] for row in rows(tmp_path / "out")}
    assert "memory_too_small" in codes


@pytest.mark.parametrize("moment", ["headers", "voxels"])
def test_a_worker_that_is_killed_once_loses_no_study(moment, poisoned, tmp_path):
    poison.write_poison(poisoned / "bad", f"{moment} once {tmp_path / 'flag'}")
    summary = run(poisoned, tmp_path / "out", workers=1)
    assert summary.studies == {"reported": 3}


def test_cut_voxels_are_a_problem_of_their_series_unless_only_headers_are_read(tmp_path):
    grid = a_grid((8, 8, 6))
    write_nifti(tmp_path / "a" / "x.nii.gz", grid, voxels_for(grid.shape))
    data = (tmp_path / "a" / "x.nii.gz").read_bytes()
    (tmp_path / "a" / "x.nii.gz").write_bytes(data[:-6])
    run(tmp_path / "a", tmp_path / "read")
    run(tmp_path / "a", tmp_path / "headers", headers_only=True)
    (read,), (headers,) = rows(tmp_path / "read"), rows(tmp_path / "headers")
    assert (read["status"], read["voxels"], read["problems_error"]) == ("no_scan", "read", "1")
    assert (headers["status"], headers["voxels"]) == ("reported", "headers_only")


# ---- going on


def test_what_a_run_leaves_below_the_archive_is_no_part_of_it(tmp_path):
    root = an_archive(tmp_path / "a", 2)
    run(root, root / "out")
    assert run(root, root / "out", resume=True).read == 0
    assert {row["files_found"] for row in rows(root / "out")} == {"6"}


def test_what_is_kept_of_folders_cannot_be_guessed_from_identifiers(tmp_path, monkeypatch):
    root = an_archive(tmp_path / "a", 1)
    kept = set()
    for user in ("one", "another"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / user))
        run(root, tmp_path / f"{user}_out")
        with closing(sqlite3.connect(tmp_path / f"{user}_out" / "results.sqlite")) as database:
            kept.update(database.execute("SELECT folder, finding FROM run_folders").fetchall())
    assert len(kept) in {0, 2}  # none where the folder is too young to be kept
    for listing in listings_below(root):
        (plain,), (salted,) = look_into([listing]), look_into([listing], salt=b"of this user")
        assert plain.parts[0].patient != salted.parts[0].patient
        assert plain.parts[0].keys == salted.parts[0].keys


# ---- what is refused


def test_names_in_a_pattern_of_cases_are_in_no_file(archive, tmp_path):
    shutil.copytree(archive / "00000", tmp_path / "a" / "DOE_JANE")
    run(tmp_path / "a", tmp_path / "out", cases=("DOE_J*",))
    for file in (tmp_path / "out").rglob("*"):
        if file.is_file() and file.name != "keys.csv":
            assert b"DOE_J" not in file.read_bytes(), file.name


def test_a_folder_that_holds_something_is_not_written_into(archive, tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(UsageError) as refused:
        run(archive, tmp_path)
    assert refused.value.code == "out_not_empty"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("root", ["absent", "empty"])
def test_a_run_that_finds_nothing_leaves_nothing(root, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError):
        run(tmp_path / root, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_two_runs_never_write_into_one_folder(archive, tmp_path):
    from mriview.workflow.batch.ledger import open_ledger

    out = tmp_path / "out"
    with open_ledger(BatchSettings(archive, out)), pytest.raises(RecordError) as refused:
        run(archive, out, resume=True)
    assert refused.value.code == "batch_running"


def test_a_full_disk_stops_the_run_in_one_sentence_and_it_goes_on_later(
    archive, tmp_path, monkeypatch
):
    out = tmp_path / "out"

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OutputError) as refused:
            run(archive, out, workers=0)
    assert refused.value.code == "output_not_writable"
    summary = run(archive, out, workers=0, resume=True)
    assert summary.studies == {"reported": 5}


def test_the_secret_makes_other_keys(archive, tmp_path):
    run(archive, tmp_path / "out", secret=b"of this hospital")
    assert not set(by_key(tmp_path / "out")) & set(keys_of(archive))
    run_json = (tmp_path / "out" / "run.json").read_text()
    assert "of this hospital" not in run_json


def test_a_crowd_of_studies_in_one_flat_folder_is_told_apart(tmp_path):
    grid = a_grid((13, 12, 12))
    write_series(tmp_path / "a", grid, **CISS)
    a_tiny_study(tmp_path / "b", 1)
    for file in (tmp_path / "b").iterdir():
        file.rename(tmp_path / "a" / f"b{file.name}")
    (tmp_path / "b").rmdir()
    run(tmp_path / "a", tmp_path / "out")
    assert sorted(by_key(tmp_path / "out")) == keys_of(tmp_path / "a")


def test_files_that_change_between_finding_and_reading_are_told_and_read_again(tmp_path):
    root, out = an_archive(tmp_path / "a", 1), tmp_path / "out"
    (unit,) = units_of(root)
    shutil.copy(min((root / "00000" / "t2").iterdir()), root / "00000" / "t2" / "later.dcm")
    (out / "reports").mkdir(parents=True)
    outcome = read_study(Task(unit), BatchSettings(root, out))
    assert "study_changed" in {one["code"] for one in outcome.problems}
    assert outcome.fingerprint != unit.fingerprint


def units_of(root):
    listings = list(listings_below(root))
    findings = look_into(listings)
    return studies_of(map(laid_out, listings, findings))


@pytest.mark.corpus
def test_the_corpus_gives_a_line_a_case_and_a_second_run_nothing(corpus, tmp_path):
    asked = {"cases": ("dicom/*", "nifti/*"), "workers": 2}
    run(corpus, tmp_path / "out", **asked)
    cases = {path for group in ("dicom", "nifti") for path in (corpus / group).iterdir()}
    places = {Path(row["path"]) for row in rows(tmp_path / "out", "keys")}
    assert {place for place in cases if any(is_within(one, place) for one in places)} == cases
    assert all(row["code"] for row in rows(tmp_path / "out") if row["status"] == "no_scan")
    assert run(corpus, tmp_path / "out", resume=True, **asked).read == 0


def is_within(path, folder):
    return path == folder or folder in path.parents
