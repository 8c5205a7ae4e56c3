"""The readings of a worklist: where they lie, which counts, and that none is begun twice."""

import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from archives import a_tiny_reading, an_archive
from hypothesis import given
from hypothesis import strategies as st

import mriview
from mriview.errors import InputError, UsageError
from mriview.workflow.batch import BatchSettings, batch
from mriview.workflow.room import default_review, kept_review, own_reviews_folder
from mriview.workflow.worklist import ListedStudy, SeenReview, open_worklist, to_read, worklist

TIMES = st.sampled_from(["2026-01-01", "2026-02-01", "2026-03-01"])
NOTE = {"command": "add_note", "args": {"text": "begun"}}


def signed(study, folder, reader):
    """Read a study to its end, and leave everything open that may be."""
    with mriview.open_review(study, reader, folder) as review:
        over = [
            {"guard": "not_complete", "path": field.path, "reason": "ended by the test"}
            for field in review.open_fields()
        ]
        review.apply({"command": "sign", "args": {"role": "reader", "overrides": over}})


def row_of(*reviews):
    (row,) = worklist([ListedStudy("a")], reviews, "R1")
    return row


def statuses(found):
    return {row.key: row.status for row in found.rows}


def folders(below):
    return {path.parent for path in below.rglob("review.json")}


# ---- which of several counts


@given(TIMES, st.integers(1, 5), st.booleans(), TIMES, st.integers(1, 5), st.booleans())
def test_what_went_on_last_counts_and_of_one_reading_its_folder(
    then, before, ended, now, commands, is_signed
):
    of_run = SeenReview("a", "R1", before, ended, then, known_from="batch")
    on_disk = SeenReview("a", "R1", commands, is_signed, now)
    counts = on_disk if now >= then else of_run
    assert row_of(of_run, on_disk).reviews == (counts,)


@given(TIMES, st.booleans())
def test_an_empty_review_hides_no_reading_that_a_run_knows(then, ended):
    of_run = SeenReview("a", "R1", 9, ended, then, known_from="batch")
    assert row_of(SeenReview("a", "R1"), of_run).status == ("signed" if ended else "in_progress")


@given(TIMES, st.booleans())
def test_a_reading_whose_record_was_broken_since_the_run_is_named_and_stays_signed(then, ended):
    of_run = SeenReview("a", "R1", 9, ended, then, known_from="batch")
    broken = SeenReview("a", "R1", code="record_broken", folder=Path("x"))
    row = row_of(broken, of_run)
    assert row.status == ("signed" if ended else "in_progress")
    assert [(one.code, one.folder) for one in row.reviews] == [("record_broken", Path("x"))]


# ---- from disk


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return an_archive(tmp_path_factory.mktemp("archive"), 4)


@pytest.fixture(scope="module")
def studies(archive):
    return sorted(mriview.open_batch(archive), key=lambda study: study.key)


@pytest.fixture(scope="module")
def read(archive, studies, tmp_path_factory):
    """Readings by R2 in a folder of their own, the second begun, the first signed; and a run."""
    home = tmp_path_factory.mktemp("read")
    signed(studies[0], home / "readings/first.mriview", "R2")
    a_tiny_reading(studies[1], home / "readings/deep/second.mriview", "R2", "indeterminate")
    a_tiny_reading(studies[2], home / "readings/third.mriview", "R1", "indeterminate")
    batch(BatchSettings(archive, home / "out", reviews=home / "readings"))
    return home


@pytest.fixture
def out(read, tmp_path):
    return Path(shutil.copytree(read / "out", tmp_path / "out"))


@pytest.fixture
def readings(read, tmp_path):
    return Path(shutil.copytree(read / "readings", tmp_path / "readings"))


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    """The reviews of a user who has none yet."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return own_reviews_folder()


def test_a_batch_lists_the_readings_that_its_tables_have(studies, out, own):
    keys = [study.key for study in studies]
    of_two = statuses(open_worklist(out, "R2"))
    told = dict(zip(keys, ("signed", "in_progress", "unread", "unread"), strict=True))
    assert of_two == told
    assert statuses(open_worklist(out))[keys[2]] == "in_progress"
    assert set(statuses(open_worklist(out, "R3")).values()) == {"unread"}
    signed(studies[3], own / "mine.mriview", "R2")  # since the run
    assert statuses(open_worklist(out, "R2")) == {**told, keys[3]: "signed"}


def test_a_reading_of_one_of_several_copies_leaves_the_others_unread(studies, tmp_path):
    root, readings = tmp_path / "copies", tmp_path / "of_copies"
    for name in ("a", "b"):
        shutil.copytree(studies[0].place.parent, root / name)
    altered = pydicom.dcmread(cut := min((root / "b").rglob("*.dcm")))
    altered.PixelData = bytes(len(altered.PixelData))
    altered.save_as(cut)
    of_b = mriview.open_study(root / "b")
    a_tiny_reading(of_b, readings / "x.mriview", "R1", "indeterminate")
    batch(BatchSettings(root, tmp_path / "numbered", cases=("*",), reviews=readings))
    told = {of_b.key: "unread", f"{of_b.key}-2": "in_progress"}
    assert statuses(open_worklist(tmp_path / "numbered", "R1")) == told
    with mriview.open_review(of_b, "R1", readings / "x.mriview") as more:  # it goes on since
        more.apply(NOTE)
    assert statuses(open_worklist(tmp_path / "numbered", "R1", readings)) == told
    asked = to_read(tmp_path / "numbered", next_of="R1", reviews=readings)
    assert (asked.study.key, asked.begun) == (f"{of_b.key}-2", readings / "x.mriview")
    with kept_review(asked.study, "R1", readings, asked.begun) as review:
        assert review.state.events == 4


def test_an_amended_report_in_the_tables_is_a_signed_reading(studies, out):
    with sqlite3.connect(out / "results.sqlite") as database:
        database.execute("UPDATE studies SET status = 'amended' WHERE status = 'final'")
    database.close()
    assert statuses(open_worklist(out, "R2"))[studies[0].key] == "signed"


def test_a_clock_that_was_set_back_makes_no_folder_earlier_than_the_row_of_the_run(
    archive, studies, tmp_path
):
    times = iter(f"2026-0{month}-01T00:00:00.000+00:00" for month in (2, 3, 1))
    folder, out = tmp_path / "back/x.mriview", tmp_path / "of_back"
    with mriview.open_review(studies[0], "R1", folder, clock=lambda: next(times)) as review:
        for _ in range(3):
            review.apply(NOTE)
    batch(BatchSettings(archive, out, reviews=folder.parent))
    assert to_read(out, next_of="R1", reviews=folder.parent).begun == folder


def test_the_folder_of_a_reading_says_the_same_as_the_tables_that_were_made_of_it(out, readings):
    apart = open_worklist(out, "R2")
    together = open_worklist(out, "R2", readings)
    assert statuses(apart) == statuses(together)
    for one, other in zip(apart.rows, together.rows, strict=True):
        here = [replace(review, known_from="review") for review in one.reviews]
        assert here == [replace(review, folder=None) for review in other.reviews]
    (begun, *_) = together.rows
    with mriview.open_review(to_read(out, begun.key).study, "R2", begun.reviews[0].folder) as more:
        more.apply(NOTE)
    (again, *_) = open_worklist(out, "R2", readings).rows
    assert again.reviews[0].commands == begun.reviews[0].commands + 1


def test_a_reading_that_only_the_tables_know_is_not_begun_a_second_time(studies, out, own, shell):
    for words in (("--next",), ("--select", studies[1].key), ("--select", studies[0].key)):
        code, _, err = shell("review", out, *words, "--reader", "R2")
        assert (code, "reading_elsewhere" in err, "--reviews" in err) == (2, True, True)
    with pytest.raises(UsageError, match=r"signed, and not where it lies.*review --reviews"):
        to_read(out, studies[0].key, reader="R2")
    assert not own.exists()
    told = shell("worklist", out, "--reader", "R2")[1]
    assert "in progress (3 commands, folder not known)" in told
    elsewhere = to_read(out, next_of="R2", folder=own / "named.mriview")  # the reader says where
    assert (elsewhere.study.key, elsewhere.begun) == (studies[1].key, None)


def test_the_next_study_is_gone_on_with_in_the_folder_where_it_was_begun(studies, out, readings):
    for root in (out, studies[0].place.parent.parent):
        asked = to_read(root, next_of="R2", reviews=readings)
        assert asked.study.key == studies[1].key
        assert (asked.root, asked.reviews) == (root, readings)
        assert asked.begun == (readings / "deep/second.mriview").absolute()
        before = folders(readings)
        with kept_review(asked.study, "R2", asked.reviews, asked.begun) as review:
            assert review.folder == asked.begun
        assert folders(readings) == before


def test_one_study_by_itself_is_gone_on_with_among_the_reviews_too(studies, archive, readings):
    place = studies[1].place
    assert (
        to_read(place, reader="R2", reviews=readings).begun
        == (readings / "deep/second.mriview").absolute()
    )
    assert (
        to_read(archive, studies[2].key, reviews=readings).begun
        == (readings / "third.mriview").absolute()
    )  # R1, where nobody is named
    assert to_read(place, reader="R3", reviews=readings).begun is None


def test_going_on_to_the_next_opens_no_signed_study_and_leaves_each_read_once(
    studies, out, own, readings
):
    before, met = folders(readings), []
    while any(row.status != "signed" for row in open_worklist(out, "R2", readings).rows):
        study, _, reviews, begun = to_read(out, next_of="R2", reviews=readings)
        with kept_review(study, "R2", reviews, begun) as review:
            assert review.state.sign_off is None
            folder = review.folder
        signed(study, folder, "R2")
        met.append(study.key)
    assert met == [studies[1].key, studies[2].key, studies[3].key]
    assert len(folders(readings) - before) == 2  # each that was new, beside the others
    assert not own.exists()
    with pytest.raises(UsageError, match="nothing_to_read"):
        to_read(out, next_of="R2", reviews=readings)


def test_a_new_reading_is_named_as_in_the_users_own_folder(studies, own, tmp_path):
    with default_review(studies[0], "R2") as there:
        name = there.folder.name
    with kept_review(studies[0], "R2", tmp_path / "dir") as here:
        assert here.folder == tmp_path / "dir" / name
    assert there.folder.parent == own


def test_what_was_read_on_other_images_stays_and_a_new_reading_is_begun_beside_it(
    studies, readings, tmp_path
):
    begun = readings / "deep/second.mriview"
    before = (begun / "events.jsonl").read_bytes()
    other = replace(studies[2], key=studies[1].key)  # exported again
    with kept_review(other, "R2", readings, begun) as review:
        review.apply(NOTE)
        assert review.folder.parent == readings
    assert (begun / "events.jsonl").read_bytes() == before


def test_a_reading_in_the_users_own_folder_is_gone_on_with_whatever_its_name(studies, archive, own):
    a_tiny_reading(studies[3], own / "x.mriview", "R7", "indeterminate")
    assert to_read(archive, next_of="R7").begun == own / "x.mriview"


def test_a_reading_has_one_place_and_a_folder_of_reviews_that_is_there(archive, out, shell, own):
    code, _, err = shell("review", out, "--folder", "a", "--reviews", "b", "--next")
    assert (code, "give one of them" in err) == (2, True)
    with pytest.raises(InputError, match="path_unreadable"):  # a misspelt one would hide readings
        to_read(archive, next_of="R2", reviews=own / "absent")
    assert not own.exists()


# ---- what the list says


def test_a_reader_who_has_begun_nothing_is_told_who_has(out, readings, shell):
    for words in ((out,), (out, "--reviews", readings)):
        told = shell("worklist", *words, "--reader", "r2")[1].splitlines()[0]
        assert told == "4 studies: 4 unread; r2 has begun no study here, readings are by R1, R2"
        assert "no study here" not in shell("worklist", *words, "--reader", "R2")[1]
        assert "no study here" not in shell("worklist", *words)[1]
        lines = shell("worklist", *words, "--reader", "r2", "--json")[1].splitlines()
        assert [json.loads(line)["other_readers"] for line in lines] == [["R1", "R2"]] * 4
    code, told, err = shell("worklist", out, "--reader", "r2", "--next")
    assert (code, len(told.split()), "readings are by R1, R2" in err) == (0, 1, True)


def test_an_empty_review_and_those_of_other_studies_are_nothing_begun(studies, out, readings):
    foreign = replace(studies[0], key="f" * 16)
    for reader in ("r2", "R8"):
        a_tiny_reading(foreign, readings / f"foreign-{reader}", reader, "indeterminate")
    kept_review(studies[3], "r2", readings).close()
    found = open_worklist(out, "r2", readings)
    assert found.other_readers == ("R1", "R2")
    assert set(statuses(found).values()) == {"unread"}


def test_of_many_readers_only_some_are_named(studies, archive, tmp_path, shell):
    for number in range(7):
        folder = tmp_path / f"many/{number}.mriview"
        a_tiny_reading(studies[0], folder, f"READER{number}", "indeterminate")
    told = shell("worklist", archive, "--reviews", tmp_path / "many", "--reader", "X")[1]
    assert "readings are by READER0, READER1, READER2, READER3, READER4 and 2 more" in told


def test_a_broken_review_is_said_with_its_code_and_what_to_do(out, readings, shell):
    (readings / "deep/second.mriview/events.jsonl").unlink()
    (readings / "first.mriview/review.json").write_text("{")
    code, told, _ = shell("worklist", out, "--reviews", readings, "--reader", "R2")
    assert code == 1
    assert "in progress (record_broken)" in told
    assert "record_broken: events.jsonl is absent. Restore the folder from a copy." in told
    assert "not_a_review: the folder holds no review" in told
    assert "Restore review.json from a copy" in told
    assert "1 in progress, 2 unread, 1 signed" in told  # by the run, which has read it
    said = [
        json.loads(line)
        for line in shell("worklist", out, "--reviews", readings, "--json")[1].splitlines()
    ]
    broken = [one for row in said for one in row.get("reviews", ()) if one["code"]]
    assert [one["remedy"] for one in broken] == ["Restore the folder from a copy"]
