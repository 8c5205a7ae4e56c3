"""Whatever lies around the readings is listed or left alone, and costs itself alone."""

import csv
import io
import json
import os
import shutil
from pathlib import Path

import pytest
from collecting import B, a_report, a_review, codes, problems, rows, write
from hypothesis import given, settings
from hypothesis import strategies as st

from mriview.errors import InputError
from mriview.workflow.collect import collect
from mriview.workflow.collect.finding import MOST_BYTES


def broken_reviews(root):
    """Reviews with one thing wrong each; the code that each must be listed with."""
    for name in ("event", "head", "absent", "older", "newer", "other", "site", "name"):
        a_review(root / name)
    lines = (root / "event/events.jsonl").read_bytes().splitlines(keepends=True)
    (root / "event/events.jsonl").write_bytes(lines[0] + b"{\n" + b"".join(lines[2:]))
    (root / "head/review.json").write_text('{"format": "mriview.review"')
    (root / "absent/events.jsonl").unlink()
    (root / "older/study.json").unlink()
    study = json.loads((root / "newer/study.json").read_text())
    (root / "newer/study.json").write_text(json.dumps({**study, "format_version": "9.0"}))
    a_review(root / "of_b", B)
    shutil.copy(root / "of_b/study.json", root / "other/study.json")
    shutil.rmtree(root / "of_b")
    log = (root / "site/events.jsonl").read_text().replace('"aica"', '"x_abc_vessel"')
    (root / "site/events.jsonl").write_text(log)
    head = json.loads((root / "name/review.json").read_text())
    (root / "name/review.json").write_text(json.dumps({**head, "reader": "\ud800"}))
    (root / "folder").mkdir()
    (root / "folder/review.json").mkdir()
    return {
        "event": "record_broken",
        "head": "not_a_review",
        "absent": "record_broken",
        "older": "study_not_described",
        "newer": "study_json_version",
        "other": "study_json_broken",
        "site": "record_broken",
        "name": "not_a_review",
        "folder": "not_a_review",
    }


def test_a_broken_review_is_listed_and_costs_itself_alone(tmp_path):
    expected = broken_reviews(tmp_path / "in")
    a_review(tmp_path / "in/sound")
    made = collect([tmp_path / "in"], tmp_path / "out")
    assert (made.readings, made.broken) == (1, len(expected))
    text = (tmp_path / "out/sources_paths.csv").read_text("utf-8")
    listed = csv.DictReader(io.StringIO(text, newline=""))
    paths = {row["source"]: Path(row["path"]).name for row in listed}
    told = {paths[row["source"]]: row["codes"] for row in rows(tmp_path / "out", "sources")}
    assert told == {**expected, "sound": ""}
    for one in problems(tmp_path / "out"):
        assert one["severity"] == "error"
        assert str(tmp_path) not in json.dumps(one)


ODD = [None, True, -1, 10**400, "", "x", "\ud800", [], {}, [1], {"a": 1}, 1e300, "2026-99-99"]


def places_in(value, place=()):
    """Every key and index of a JSON value, as a path from its top."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner:
        yield (*place, key)
        if isinstance(item, dict | list):
            yield from places_in(item, (*place, key))


@settings(max_examples=20)
@given(data=st.data())
def test_a_review_with_any_value_changed_is_read_or_listed(data, a_folder):
    name = data.draw(st.sampled_from(["review.json", "study.json", "events.jsonl"]))
    whole = (a_folder / name).read_text("utf-8")
    lines = whole.splitlines() if name == "events.jsonl" else [whole]
    number = data.draw(st.integers(0, len(lines) - 1))
    value = json.loads(lines[number])
    *above, last = data.draw(st.sampled_from(list(places_in(value))))
    here = value
    for key in above:
        here = here[key]
    here[last] = data.draw(st.sampled_from(ODD))
    lines[number] = json.dumps(value)
    (a_folder / name).write_text("\n".join(lines) + "\n", "utf-8")
    try:
        made = collect([a_folder], a_folder.parent / "out")
        assert (made.reviews, made.readings + made.broken) == (1, 1)
    finally:
        (a_folder / name).write_text(whole, "utf-8")


@pytest.fixture(scope="module")
def a_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("changed") / "case"
    a_review(folder)
    return folder


def test_a_torn_last_line_is_said_and_the_reading_counts(tmp_path):
    a_review(tmp_path / "in/case")
    with (tmp_path / "in/case/events.jsonl").open("ab") as log:
        log.write(b'{"seq": 99')
    made = collect([tmp_path / "in"], tmp_path / "out")
    assert (made.readings, codes(tmp_path / "out")) == (1, ["record_torn"])


HOSTILE = {
    "empty.json": b"",
    "cut.json": b'{"format": "mriview.report", "sides"',
    "deep.json": b"[" * 100_000,
    "latin1.JSON": b'{"a": "\xe9"}',
}


def test_json_that_cannot_be_read_is_listed_and_other_json_is_counted(tmp_path):
    for name, data in HOSTILE.items():
        (tmp_path / name).write_bytes(data)
    with (tmp_path / "large.json").open("wb") as large:
        large.truncate(MOST_BYTES + 1)
    (tmp_path / "sidecar.json").write_text('{"Modality": "MR"}')
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "._report.json").write_bytes(b"\0\5\26\7")
    (tmp_path / "future.json").write_text('{"format": "mriview.report", "format_version": "9.9"}')
    write(tmp_path / "sound.json", a_report())
    made = collect([tmp_path], tmp_path / "out")
    assert (made.readings, made.broken, made.other_json) == (1, len(HOSTILE) + 2, 2)
    unreadable = ["json_unreadable"] * (len(HOSTILE) + 1)
    assert codes(tmp_path / "out") == [*unreadable, "report_invalid"]


@pytest.mark.skipif(os.name == "nt", reason="no pipes in folders on Windows")
def test_pipes_links_in_a_circle_and_folders_that_are_given_twice_do_no_harm(tmp_path):
    write(tmp_path / "in/a/report.json", a_report())
    os.mkfifo(tmp_path / "in/pipe.json")
    (tmp_path / "in/a/round").symlink_to(tmp_path / "in")
    (tmp_path / "in/a/self.json").symlink_to("self.json")
    made = collect([tmp_path / "in", tmp_path / "in/a", tmp_path / "in"], tmp_path / "out")
    assert (made.reports, made.readings, codes(tmp_path / "out")) == (1, 1, [])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root enters all")
def test_a_folder_that_is_closed_is_listed(tmp_path):
    write(tmp_path / "in/a.json", a_report())
    (tmp_path / "in/closed").mkdir(mode=0o000)
    collect([tmp_path / "in"], tmp_path / "out")
    assert codes(tmp_path / "out") == ["folder_unreadable"]


def test_nothing_to_gather_is_one_sentence_and_leaves_nothing(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/sidecar.json").write_text("{}")
    with pytest.raises(InputError, match="nothing_to_collect: no review and no report lies below"):
        collect([tmp_path / "in"], tmp_path / "out")
    with pytest.raises(InputError, match="path_unreadable"):
        collect([tmp_path / "absent"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (["absent"], "the path is absent or closed"),
        (["in", "absent"], "the 2nd of 2 paths is absent or closed"),
        (["gone", "in", "absent"], "the 1st of 3 paths (and 1 more of them) is absent or closed"),
    ],
)
def test_a_path_that_is_absent_is_named_by_its_place(tmp_path, given, found):
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError) as refusal:
        collect([tmp_path / name for name in given], tmp_path / "out")
    assert (refusal.value.code, refusal.value.found) == ("path_unreadable", found)
    places = [place for place, name in enumerate(given, start=1) if name != "in"]
    assert refusal.value.evidence["places"] == places
