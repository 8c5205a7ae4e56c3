"""The readings of a run: whose they are, how often they count, and what is wrong with them."""

import os
import shutil

import poison
import pydicom
import pytest
from archives import a_tiny_reading, a_tiny_study, an_archive, readings_of
from builders import a_grid, voxels_for, write_nifti
from runs import by_key, keys_of, problems, rows, run

import mriview
from mriview.errors import InputError

pytestmark = pytest.mark.whole


def test_one_reading_is_in_the_row_and_two_readers_stay_two(archive, reviews, tmp_path):
    out = tmp_path / "out"
    summary = run(archive, out, reviews=reviews)
    assert summary.readings == 8
    for row in rows(out):
        if row["readings"] == "1":
            assert (row["readers"], row["left_assessment"]) == ("R1", "indeterminate")
            assert row["reading_status"] == "draft"
        else:
            assert (row["readers"], row["left_assessment"]) == ("R1;R2", "")
            assert row["left_assessment_missing"] == "NA_not_applicable"
            second = mriview.load_report(out / "reports" / f"{row['study_key']}.2.json")
            assert second.passes[-1].reader == "R2"
    sides = [(row["study_key"], row["side"], row["reader"]) for row in rows(out, "tables/sides")]
    assert len(set(sides)) == len(sides) == 16


def test_the_report_of_a_reading_is_the_one_that_export_writes(archive, reviews, tmp_path):
    run(archive, tmp_path / "out", reviews=reviews)
    row = next(row for row in rows(tmp_path / "out") if row["readings"] == "1")
    key = row["study_key"]
    study = mriview.open_study(archive, select=key)
    with mriview.open_review(study, "R1", reviews / "R1" / f"{key}.mriview") as review:
        expected = mriview.build_report(study, review)
    assert mriview.load_report(tmp_path / "out" / "reports" / f"{key}.json") == expected


def test_a_reading_that_went_on_is_read_again(tmp_path):
    root, out = an_archive(tmp_path / "a", 2), tmp_path / "out"
    run(root, out, reviews=an_empty(tmp_path / "reviews"))
    study = mriview.open_study(root / "00000")
    a_tiny_reading(study, tmp_path / "reviews" / "x.mriview", "R1", "indeterminate")
    summary = run(root, out, reviews=tmp_path / "reviews", resume=True)
    assert (summary.read, summary.readings) == (1, 1)


def test_a_reading_that_was_taken_away_leaves_no_report(tmp_path):
    root, out = an_archive(tmp_path / "a", 1), tmp_path / "out"
    readings_of(root, tmp_path / "reviews", 2)
    run(root, out, reviews=tmp_path / "reviews")
    assert len(list((out / "reports").iterdir())) == 2
    shutil.rmtree(tmp_path / "reviews" / "R2")
    run(root, out, reviews=tmp_path / "reviews", resume=True)
    (report,) = (out / "reports").iterdir()
    assert mriview.load_report(report).passes[-1].reader == "R1"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes with names")
def test_a_pipe_that_calls_itself_a_review_is_no_review(archive, tmp_path):
    (tmp_path / "reviews" / "x").mkdir(parents=True)
    os.mkfifo(tmp_path / "reviews" / "x" / "review.json")
    assert run(archive, tmp_path / "out", reviews=tmp_path / "reviews").readings == 0


def test_reviews_that_are_broken_or_of_no_study_here_are_told(archive, reviews, tmp_path):
    own = tmp_path / "reviews"
    shutil.copytree(reviews, own)
    key = keys_of(archive)[0]
    (own / "R1" / f"{key}.mriview" / "events.jsonl").write_text("{broken")
    (own / "R1" / f"{keys_of(archive)[1]}.mriview" / "review.json").write_text("{}")
    stranger = mriview.open_study(a_tiny_study(tmp_path / "foreign", 77))
    a_tiny_reading(stranger, own / "foreign.mriview", "R1", "indeterminate")
    run(archive, tmp_path / "out", reviews=own)
    codes = [(one["study_key"], one["code"]) for one in problems(tmp_path / "out")]
    assert (None, "review_without_study") in codes
    assert (None, "not_a_review") in codes
    assert len(by_key(tmp_path / "out")) == 5


def an_empty(folder):
    folder.mkdir()
    return folder


@pytest.fixture
def copies(tmp_path):
    """Two copies of one study, of which the second was altered, each a case of its own."""
    root = tmp_path / "a"
    for name in ("first", "second"):
        a_tiny_study(root / name, 1)
    altered = max((root / "second").iterdir())
    data = pydicom.dcmread(altered)
    data.PixelData = bytes(len(data.PixelData))
    data.save_as(altered)
    return root


@pytest.mark.parametrize("name", ["first", "second"])
@pytest.mark.parametrize("headers_only", [False, True])
def test_a_reading_belongs_to_the_copy_whose_voxels_it_was_made_on(
    name, headers_only, copies, tmp_path
):
    read = mriview.open_study(copies / name)
    a_tiny_reading(read, tmp_path / "reviews" / "x.mriview", "R1", "indeterminate")
    asked = {"cases": ("*",), "reviews": tmp_path / "reviews", "headers_only": headers_only}
    run(copies, tmp_path / "out", **asked)
    readings = {key: row["readings"] for key, row in by_key(tmp_path / "out").items()}
    keys = {"first": read.key, "second": f"{read.key}-2"}
    assert readings == {key: str(int(who == name)) for who, key in keys.items()}
    assert "review_of_other_study" not in {one["code"] for one in problems(tmp_path / "out")}
    assert run(copies, tmp_path / "out", resume=True, **asked).read == 0


def test_a_reading_of_a_numbered_copy_is_found_by_its_voxels(copies, tmp_path):
    _, second = mriview.open_batch(copies, cases="*")
    assert second.key.endswith("-2")
    a_tiny_reading(second, tmp_path / "reviews" / "x.mriview", "R1", "indeterminate")
    run(copies / "second", tmp_path / "out", reviews=tmp_path / "reviews")
    ((key, row),) = by_key(tmp_path / "out").items()
    assert (key, row["readings"]) == (second.key.removesuffix("-2"), "1")


def test_equal_copies_share_no_reading(tmp_path):
    for name in ("first", "second"):
        a_tiny_study(tmp_path / "a" / name, 1)
    study = mriview.open_study(tmp_path / "a" / "first")
    a_tiny_reading(study, tmp_path / "reviews" / "x.mriview", "R1", "indeterminate")
    run(tmp_path / "a", tmp_path / "out", cases=("*",), reviews=tmp_path / "reviews")
    assert [row["readings"] for row in rows(tmp_path / "out")] == ["1", "0"]


def test_a_reading_that_no_copy_fits_is_told_once(copies, tmp_path):
    study = mriview.open_study(a_tiny_study(tmp_path / "third", 1))
    a_tiny_reading(study, tmp_path / "reviews" / "x.mriview", "R1", "indeterminate")
    altered = max((copies / "first").iterdir())
    shutil.copy(max((copies / "second").iterdir()), altered)
    run(copies, tmp_path / "out", cases=("*",), reviews=tmp_path / "reviews")
    codes = [one["code"] for one in problems(tmp_path / "out")]
    assert codes.count("review_of_other_study") == 1


def test_a_copied_review_counts_once_and_is_told(tmp_path):
    root, out = an_archive(tmp_path / "a", 1), tmp_path / "out"
    reviews = readings_of(root, tmp_path / "reviews", 1)
    shutil.copytree(reviews / "R1", reviews / "backup")
    assert run(root, out, reviews=reviews).readings == 1
    assert [path.name for path in (out / "reports").iterdir()] == [f"{keys_of(root)[0]}.json"]
    assert "review_copied" in {one["code"] for one in problems(out)}


def test_two_readings_by_one_reader_both_count_and_are_told(tmp_path):
    root, out = an_archive(tmp_path / "a", 1), tmp_path / "out"
    study = mriview.open_study(root)
    for assessment in ("indeterminate", "not_assessed"):
        a_tiny_reading(study, tmp_path / "reviews" / assessment, "R1", assessment)
    assert run(root, out, reviews=tmp_path / "reviews").readings == 2
    assert "read_twice" in {one["code"] for one in problems(out)}


def test_masks_that_come_later_to_a_review_cause_another_reading(archive, tmp_path):
    reviews = readings_of(archive, tmp_path / "reviews", 1)
    run(archive, tmp_path / "out", reviews=reviews)
    (masks,) = reviews.glob("R1/*/masks")
    (masks / "late.nii.gz").write_bytes(b"")
    assert run(archive, tmp_path / "out", reviews=reviews, resume=True).read == 1


def test_reviews_below_the_archive_are_no_part_of_it(tmp_path):
    root = an_archive(tmp_path / "a", 1)
    reviews = readings_of(root, root / "00000" / "reviews", 1)
    run(root, tmp_path / "out", reviews=reviews)
    (row,) = rows(tmp_path / "out")
    assert (row["files_found"], row["readings"]) == ("6", "1")


def test_a_folder_of_reviews_with_a_name_that_no_system_takes_is_refused(archive, tmp_path):
    with pytest.raises(InputError) as refused:
        run(archive, tmp_path / "out", reviews=tmp_path / ("r" * 300))
    assert refused.value.code == "path_unreadable"


def test_a_reader_that_no_file_can_name_is_a_broken_review_and_stops_nothing(archive, tmp_path):
    reviews = readings_of(archive, tmp_path / "reviews", 2)
    head = min(reviews.glob("R1/*/review.json"))
    head.write_text(head.read_text().replace('"R1"', '"\\ud800"'))
    assert run(archive, tmp_path / "out", reviews=reviews).readings == 1
    assert "not_a_review" in {one["code"] for one in problems(tmp_path / "out")}


def test_a_torn_record_is_told(archive, tmp_path):
    reviews = readings_of(archive, tmp_path / "reviews", 1)
    (events,) = reviews.glob("R1/*/events.jsonl")
    events.write_bytes(events.read_bytes()[:-5])
    run(archive, tmp_path / "out", reviews=reviews)
    assert "record_torn" in {one["code"] for one in problems(tmp_path / "out")}


def test_reviews_are_found_behind_links_and_each_once(archive, tmp_path):
    readings_of(archive, tmp_path / "elsewhere", 2)
    reviews = tmp_path / "reviews"
    reviews.mkdir()
    (reviews / "here").symlink_to(tmp_path / "elsewhere")
    (reviews / "again").symlink_to(tmp_path / "elsewhere")
    (reviews / "loop").symlink_to(reviews)
    assert run(archive, tmp_path / "out", reviews=reviews).readings == 2


def test_folders_of_reviews_and_results_are_no_cases(tmp_path):
    root = an_archive(tmp_path / "a", 1)
    readings_of(root, root / "reviews", 1)
    out = root / "results" / "run1"
    (root / "results").mkdir()
    asked = {"cases": ("*", "../a/00000"), "reviews": root / ".." / "a" / "reviews"}
    assert run(root / ".." / "a", out, **asked).studies == {"reported": 1}
    assert run(root, out, resume=True, **asked).read == 0


def test_masks_of_a_broken_review_are_no_scans(tmp_path):
    root = an_archive(tmp_path / "a", 1)
    reviews = readings_of(root, root / "reviews", 1)
    (head,) = reviews.glob("R1/*/review.json")
    grid = a_grid((6, 5, 4))
    write_nifti(head.parent / "masks" / "mask.nii.gz", grid, voxels_for(grid.shape))
    head.write_text("{broken")
    assert run(root, tmp_path / "out", reviews=reviews).studies == {"reported": 1}


def test_a_review_of_a_study_that_failed_is_not_of_another_archive(poisoned, tmp_path):
    reviews = readings_of(poisoned, tmp_path / "reviews", 2)
    run(poisoned, tmp_path / "out", reviews=reviews, workers=1)
    poison.write_poison(poisoned / "00001" / "t2", "headers kill")
    summary = run(poisoned, tmp_path / "out", reviews=reviews, workers=1, resume=True)
    assert summary.reviews_elsewhere == 0
