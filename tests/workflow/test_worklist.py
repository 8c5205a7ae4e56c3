"""The worklist: each study once, in the order of reading, from a batch or from an archive."""

import hashlib
import json
import os
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from archives import TIME, a_tiny_reading, a_tiny_study, an_archive
from hypothesis import given
from hypothesis import strategies as st

import mriview
from mriview.errors import InputError, UsageError
from mriview.workflow.batch import BatchSettings, batch
from mriview.workflow.room import default_review
from mriview.workflow.worklist import (
    STATUSES,
    ListedStudy,
    SeenReview,
    listed_studies,
    next_to_read,
    open_listed,
    open_worklist,
    reviews_seen,
    to_read,
    worklist,
)

READERS = ("R1", "R2", "R3")
KEYS = [f"{number:016x}" for number in range(8)]
STUDIES = st.lists(
    st.builds(
        ListedStudy,
        key=st.sampled_from(KEYS),
        found=st.sampled_from(["reported", "waiting", "no_scan", "failed", "gone"]),
    ),
    unique_by=lambda study: study.key,
)
REVIEWS = st.lists(
    st.builds(
        SeenReview,
        study_key=st.sampled_from([*KEYS, "foreign"]),
        reader=st.sampled_from(READERS),
        commands=st.integers(0, 3),
        signed=st.booleans(),
        last=st.sampled_from([None, "2026-01-01", "2026-02-01"]),
        code=st.sampled_from([None, "record_broken"]),
        known_from=st.sampled_from(["review", "batch"]),
    )
)
READER = st.sampled_from([None, *READERS])


@given(STUDIES, REVIEWS, READER)
def test_each_study_is_listed_once_and_has_one_status(studies, reviews, reader):
    rows = worklist(studies, reviews, reader)
    assert sorted(row.key for row in rows) == sorted(study.key for study in studies)
    parts = [[row.key for row in rows if row.status == status] for status in STATUSES]
    assert [key for part in parts for key in part] == [row.key for row in rows]
    assert all(part == sorted(part) for part in parts)


@given(STUDIES, REVIEWS)
def test_a_list_of_one_reader_holds_nothing_of_another(studies, reviews):
    own = [review for review in reviews if review.reader == "R1"]
    assert worklist(studies, reviews, "R1") == worklist(studies, own, "R1")
    for row in worklist(studies, reviews, "R1"):
        assert {review.reader for review in row.reviews} <= {"R1"}


@given(STUDIES, REVIEWS, READER, st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_found_changes_nothing(studies, reviews, reader, chance):
    mixed = [*studies], [*reviews]
    for each in mixed:
        chance.shuffle(each)
    assert worklist(*mixed, reader) == worklist(studies, reviews, reader)


@given(STUDIES, REVIEWS, READER)
def test_what_cannot_be_read_is_last_and_never_next(studies, reviews, reader):
    rows = worklist(studies, reviews, reader)
    opened = {study.key for study in studies if study.found in {"reported", "waiting"}}
    for row in rows:
        assert (row.status == "unreadable") <= (row.key not in opened)
        assert row.key in opened or row.status in {"signed", "unreadable"}
    chosen = next_to_read(rows)
    left = [row for row in rows if row.status in {"unread", "in_progress"}]
    assert chosen == (left[0] if left else None)


@given(STUDIES, REVIEWS)
def test_going_on_from_study_to_study_comes_by_every_unread_one(studies, reviews):
    rows = worklist(studies, reviews, "R1")
    unread = {row.key for row in rows if row.status == "unread"}
    at, met = "", set()
    for _ in unread:
        row = next_to_read(rows, at, unread_only=True)
        at = row.key if row else at
        met.add(at)
    assert met - {""} == unread


def test_of_two_reviews_of_a_study_the_one_that_went_on_last_counts():
    before = SeenReview("a", "R1", commands=9, signed=True, last="2026-01-01")
    again = SeenReview("a", "R1", commands=2, last="2026-02-01")
    (row,) = worklist([ListedStudy("a")], [again, before], "R1")
    assert (row.status, row.reviews) == ("in_progress", (again,))


def test_a_review_whose_record_is_broken_was_begun():
    (row,) = worklist([ListedStudy("a")], [SeenReview("a", "R1", code="record_broken")], "R1")
    assert row.status == "in_progress"


# ---- from disk


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Three tiny studies and a folder in which one slice is left."""
    root = an_archive(tmp_path_factory.mktemp("archive"), 3)
    a_tiny_study(root / "00009" / "t2", 9)
    for cut in sorted((root / "00009" / "t2").iterdir())[1:]:
        cut.unlink()
    return root


@pytest.fixture(scope="module")
def made(archive, tmp_path_factory):
    out = tmp_path_factory.mktemp("batch") / "out"
    batch(BatchSettings(archive, out))
    return out


@pytest.fixture
def out(made, tmp_path):
    """A batch of one's own, to be spoilt."""
    return Path(shutil.copytree(made, tmp_path / "out"))


@pytest.fixture
def own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "data"))


def contents(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def statuses(rows):
    return [row.status for row in rows]


def test_the_list_of_a_batch_is_that_of_its_archive(archive, out):
    of_batch, of_archive = listed_studies(out).studies, listed_studies(archive).studies
    assert len(of_batch) == 4
    assert set(of_batch) == set(of_archive)
    (cut,) = [study for study in of_batch if study.found == "no_scan"]
    assert cut.code == "single_slice"


def test_looking_at_a_batch_writes_nothing_into_it(out, own_data, shell):
    before = contents(out)
    key = next(row.key for row in open_worklist(out, "R1").rows)
    to_read(out, key)
    shell("worklist", out, "--next")
    assert contents(out) == before


def test_every_study_of_a_batch_opens_by_its_key_as_the_archive_gives_it(archive, out):
    studies = {study.key: study for study in mriview.open_batch(archive) if study.volumes}
    assert len(studies) == 3
    for key, study in studies.items():
        opened = to_read(out, key)
        assert opened.root == out
        assert opened.study.key == key
        (here,), (there,) = opened.study.volumes.values(), study.volumes.values()
        assert (here.key, here.content_sha256) == (there.key, there.content_sha256)


def test_copies_that_a_glob_told_apart_open_under_their_own_keys(archive, tmp_path):
    twice = tmp_path / "twice"
    for name in ("a", "b"):
        shutil.copytree(archive / "00000", twice / name)
    batch(BatchSettings(twice, tmp_path / "out", cases=("*",)))
    first, second = listed_studies(tmp_path / "out").studies
    assert (second.key, second.place.parent.name) == (f"{first.key}-2", "b")
    assert to_read(tmp_path / "out", second.key).study.key == second.key


def test_a_batch_that_was_asked_with_a_relative_path_opens_from_anywhere(
    archive, tmp_path, monkeypatch
):
    monkeypatch.chdir(archive.parent)
    batch(BatchSettings(Path(archive.name), tmp_path / "out"))
    monkeypatch.chdir(tmp_path)
    key = next(s.key for s in listed_studies(tmp_path / "out").studies if s.found == "reported")
    assert to_read(tmp_path / "out", key).study.volumes


def test_a_running_batch_lists_what_it_has_not_read_yet(out):
    with sqlite3.connect(out / "results.sqlite") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("DELETE FROM results WHERE status = 'reported'")
        database.commit()
        rows = open_worklist(out, "R1").rows
        assert [row.study.found for row in rows] == ["waiting"] * 3 + ["no_scan"]
        assert statuses(rows) == ["unread"] * 3 + ["unreadable"]
        assert open_listed(rows[0].study).volumes
    database.close()


def test_a_study_that_failed_is_listed_last_with_its_code_and_is_not_opened(out, shell):
    with sqlite3.connect(out / "results.sqlite") as database:
        (key,) = database.execute("SELECT min(study_key) FROM results").fetchone()
        database.execute(
            "UPDATE results SET status = 'failed', code = 'study_killed' WHERE study_key = ?",
            (key,),
        )
    database.close()
    code, told, _ = shell("worklist", out, "--status", "signed")
    assert code == 1
    assert key in told
    assert "cannot be read (study_killed)" in told
    assert [row.key for row in open_worklist(out).rows if row.study.found == "failed"] == [key]
    code, _, err = shell("review", out, "--select", key)
    assert (code, "study_killed" in err) == (3, True)


def test_reading_and_signing_move_a_study_in_the_list(archive, out, own_data):
    assert statuses(open_worklist(out, "R1").rows) == ["unread"] * 3 + ["unreadable"]
    first, second, third = (row.study for row in open_worklist(out, "R1").rows[:3])
    default_review(open_listed(first), "R1").close()  # opened, and nothing said
    assert statuses(open_worklist(out, "R1").rows)[:1] == ["unread"]
    with default_review(open_listed(second), "R1") as review:
        review.apply({"command": "add_note", "args": {"text": "begun"}})
        (row, *_) = open_worklist(out, "R1").rows  # while it is open in a room
        assert (row.key, row.status, row.reviews[0].commands) == (second.key, "in_progress", 1)
    with default_review(open_listed(third), "R1") as review:
        over = {"guard": "not_complete", "path": "$", "reason": "ended by the test"}
        paths = [field.path for field in review.open_fields()]
        overrides = [{**over, "path": path} for path in paths]
        review.apply({"command": "sign", "args": {"role": "reader", "overrides": overrides}})
    rows = open_worklist(out, "R1").rows
    assert statuses(rows) == ["in_progress", "unread", "signed", "unreadable"]
    assert [row.key for row in rows[:3]] == [second.key, first.key, third.key]
    assert to_read(out, next_of="R1").study.key == second.key
    assert statuses(open_worklist(out, "R2").rows) == ["unread"] * 3 + ["unreadable"]
    assert statuses(open_worklist(archive).rows) == statuses(rows)


def test_reviews_of_elsewhere_and_broken_ones_are_counted(archive, out, tmp_path, shell):
    reviews = tmp_path / "reviews"
    first, second, *_ = (s for s in mriview.open_batch(archive) if s.volumes)
    a_tiny_reading(first, reviews / "x" / "one.mriview", "R1", "indeterminate")
    a_tiny_reading(second, reviews / "two.mriview", "R1", "indeterminate")
    a_tiny_reading(replace(first, key="f" * 16), reviews / "other.mriview", "R1", "indeterminate")
    (reviews / "two.mriview/events.jsonl").write_text("broken\n{}\n")
    (reviews / "junk").mkdir()
    (reviews / "junk/review.json").write_text("{")
    found = open_worklist(out, "R1", reviews)
    assert statuses(found.rows) == ["in_progress"] * 2 + ["unread", "unreadable"]
    assert {r.code for row in found.rows for r in row.reviews} == {None, "record_broken"}
    assert [said["code"] for said in found.problems] == ["not_a_review", "review_without_study"]
    code, told, _ = shell("worklist", out, "--reviews", reviews)
    assert code == 1
    assert "R1 in progress (3 commands)" in told
    assert "R1 in progress (record_broken)" in told
    assert "review_without_study: 1 review is of a study" in told
    before = contents(reviews)
    reviews_seen(reviews)
    assert contents(reviews) == before
    assert TIME in {r.last for row in found.rows for r in row.reviews}


# ---- what is refused


def test_a_batch_without_its_keys_or_with_broken_tables_says_what_to_do(out):
    keys, tables = out / "keys.csv", out / "results.sqlite"
    text = keys.read_bytes()
    keys.unlink()
    with pytest.raises(InputError, match=r"keys_missing: keys\.csv is absent.*--resume"):
        listed_studies(out)
    keys.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="keys_broken"):
        listed_studies(out)
    keys.write_text("subject,place\r\na,b\r\n")
    with pytest.raises(InputError, match="keys_broken"):
        listed_studies(out)
    keys.write_bytes(text)
    whole = tables.read_bytes()
    for broken in (b"no database at all" * 99, whole[: len(whole) // 3], b""):
        tables.write_bytes(broken)
        with pytest.raises(InputError, match=r"batch_broken.*--resume"):
            listed_studies(out)
    tables.write_bytes(whole)
    with sqlite3.connect(tables) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(UsageError, match="batch_version"):
        listed_studies(out)


@pytest.mark.skipif(os.name == "nt", reason="folders are closed in another way there")
def test_a_batch_on_a_disk_that_is_closed_for_writing_is_listed(out):
    with sqlite3.connect(out / "results.sqlite") as database:
        database.execute("PRAGMA journal_mode=WAL")  # as a run that was killed leaves it
    database.close()
    out.chmod(0o500)
    try:
        assert len(listed_studies(out).studies) == 4
    finally:
        out.chmod(0o700)


def test_places_that_hold_nothing_and_keys_that_are_not_there_are_refused(out, shell, tmp_path):
    (tmp_path / "empty").mkdir()
    for code, sentence, *words in (
        (3, "path_unreadable", "worklist", tmp_path / "absent"),
        (3, "no_scan_found", "worklist", tmp_path / "empty"),
        (3, "path_unreadable", "worklist", out, "--reviews", tmp_path / "absent"),
        (2, "several_studies", "review", out),
        (2, "study_absent", "review", out, "--select", "0" * 16),
        (2, "", "review", out, "--select", "0" * 16, "--next"),
    ):
        found, _, err = shell(*words)
        assert (found, sentence in err) == (code, True), err
        assert "Traceback" not in err


def test_a_study_that_was_moved_away_is_refused_in_one_sentence(archive, tmp_path):
    root = tmp_path / "moved"
    shutil.copytree(archive, root)
    batch(BatchSettings(root, tmp_path / "out"))
    study = next(s for s in listed_studies(tmp_path / "out").studies if s.found == "reported")
    root.rename(tmp_path / "elsewhere")
    with pytest.raises(InputError, match=r"study_moved.*Connect it") as refused:
        open_listed(study)
    assert "moved/" not in str(refused.value)


# ---- the shell


def test_the_next_study_is_one_key_and_its_path_only_where_it_is_asked(
    archive, out, own_data, shell
):
    rows = open_worklist(out, "R1").rows
    code, told, _ = shell("worklist", out, "--reader", "R1", "--next")
    assert (code, told) == (0, f"{rows[0].key}\n")
    code, told, _ = shell("worklist", out, "--next", "--show-paths")
    assert told.splitlines()[1].startswith(str(archive))
    for words in ((), ("--json",), ("--reader", "R1", "--json")):
        assert str(archive) not in shell("worklist", out, *words)[1]
    said = [json.loads(line) for line in shell("worklist", out, "--json")[1].splitlines()]
    assert [one["study"] for one in said] == [row.key for row in rows]
    assert {one["status"] for one in said} == {"unread", "unreadable"}


def test_where_nothing_is_left_to_read_that_is_said(archive, own_data, shell, tmp_path):
    root = tmp_path / "one"
    shutil.copytree(archive / "00000", root / "a")
    shutil.copytree(archive / "00009", root / "b")
    (study,) = (s for s in mriview.open_batch(root) if s.volumes)
    with default_review(study, "R1") as review:
        paths = [field.path for field in review.open_fields()]
        over = [{"guard": "not_complete", "path": p, "reason": "ended by test"} for p in paths]
        review.apply({"command": "sign", "args": {"role": "reader", "overrides": over}})
    for command in ("worklist", "review"):
        code, _, err = shell(command, root, "--reader", "R1", "--next")
        assert (code, "nothing_to_read" in err) == (2, True)
    assert shell("worklist", root, "--reader", "R2", "--next")[1] == f"{study.key}\n"
