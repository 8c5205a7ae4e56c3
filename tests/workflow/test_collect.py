"""Readings gathered into tables: each once, whatever lies around them, and nothing in silence."""

import csv
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import readings as r
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import mriview
from mriview.errors import InputError, OutputError, RecordError, UsageError
from mriview.exporters.tables import EXPORTER, tables
from mriview.review.lock import take_lock
from mriview.workflow.collect import collect
from mriview.workflow.collect.finding import MOST_BYTES
from mriview.workflow.collect.leaving import PART

TESTS = Path(__file__).parents[1]
A, B, C = "a" * 16, "b" * 16, "c" * 16
STUDIES = {key: r.a_study(key=key) for key in (A, B, C)}
SIGNED, COMPLETE, BEGUN = r.a_signed_reading, r.a_complete_reading, lambda: r.marks("left")


def a_review(folder, study=A, reader="R1", reading=SIGNED, **said):
    with mriview.open_review(STUDIES[study], reader, folder, clock=r.a_clock()) as review:
        if "amends" in said:
            review.apply(r.a_command("amend", amends=said["amends"]))
        review.apply_all(reading())
        return mriview.build_report(review.study, review)


@cache
def a_report(study=A, reader="R1", reading=SIGNED, amends=None):
    said = {} if amends is None else {"amends": amends}
    return a_review(None, study, reader, reading, **said)


def write(path, report):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report.to_json(), "utf-8")
    return path


def rows(out, name):
    text = (out / f"tables/{name}.csv").read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def problems(out):
    return [json.loads(line) for line in (out / "problems.jsonl").read_text().splitlines()]


def codes(out):
    return sorted(one["code"] for one in problems(out))


def contents(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_reviews_and_reports_become_rows_by_study_side_and_reader(tmp_path):
    a_review(tmp_path / "in/one.mriview")
    a_review(tmp_path / "in/deep/er/two.mriview", reader="R2", reading=COMPLETE)
    write(tmp_path / "in/run/reports" / f"{B}.json", a_report(B))
    made = collect([tmp_path / "in"], tmp_path / "out")
    assert str(made) == (
        "2 reviews, 1 report: 3 readings of 2 studies by 2 readers; 1 not signed (problems.jsonl)"
    )
    assert made.is_sound
    sides = rows(tmp_path / "out", "sides")
    told = [(row["study_key"], row["reader"], row["side"]) for row in sides]
    read = [(A, "R1"), (A, "R2"), (B, "R1")]
    assert told == [(*one, side) for one in read for side in ("right", "left")]
    (said,) = problems(tmp_path / "out")
    assert (said["code"], said["reader"], said["study_key"]) == ("not_signed", "R2", A)


def test_one_report_gives_the_tables_that_its_export_gives(tmp_path):
    report = a_report()
    collect([write(tmp_path / "r.json", report)], tmp_path / "out")
    for name, data in EXPORTER.documents(report, None, None).items():
        if not name.endswith("dictionary.csv"):
            assert (tmp_path / "out" / name).read_bytes() == data


def test_the_database_holds_the_same_rows_with_types(tmp_path):
    a_review(tmp_path / "in/one")
    write(tmp_path / "in/b.json", a_report(B, "R2", COMPLETE))
    collect([tmp_path / "in"], tmp_path / "out")
    database = sqlite3.connect(tmp_path / "out/collect.sqlite")
    database.row_factory = sqlite3.Row
    for name in ("sources", *tables()):
        stored = [dict(row) for row in database.execute(f"SELECT * FROM {name}")]
        written = rows(tmp_path / "out", name)
        assert len(stored) == len(written)
        for one, other in zip(stored, written, strict=True):
            assert list(one) == list(other)
            for column, cell in one.items():
                assert same_cell(cell, other[column]), (name, column)
    query = "SELECT typeof(arc_mm), typeof(study_key), typeof(pass) FROM contacts"
    assert set(map(tuple, database.execute(query))) == {("real", "text", "integer")}
    database.close()


def same_cell(cell, text):
    if text in {"TRUE", "FALSE"}:
        return cell == (text == "TRUE")
    if isinstance(cell, int | float):
        return float(text) == cell
    return (cell or "") == text.removeprefix("'")


def test_a_review_and_its_exported_report_are_one_reading(tmp_path):
    report = a_review(tmp_path / "in/case.mriview")
    write(tmp_path / "in/report.json", report)
    made = collect([tmp_path / "in"], tmp_path / "out")
    assert (made.reviews, made.reports, made.readings) == (1, 1, 1)
    assert codes(tmp_path / "out") == ["same_report"]
    first, second = rows(tmp_path / "out", "sources")
    assert (first["in_tables"], second["in_tables"], second["same_as"]) == ("TRUE", "FALSE", "1")
    assert len(rows(tmp_path / "out", "sides")) == 2


def test_a_report_that_another_version_told_is_the_same_reading(tmp_path):
    text = json.loads(a_report().to_json())
    text["software"]["version"], text["report_id"] = "0.0.9", "0" * 32
    write(tmp_path / "in/a.json", a_report())
    (tmp_path / "in/b.json").write_text(json.dumps(text))
    assert collect([tmp_path / "in"], tmp_path / "out").readings == 1
    assert codes(tmp_path / "out") == ["same_report"]


def test_a_report_that_was_changed_under_its_id_is_in_no_table(tmp_path):
    text = json.loads(a_report().to_json())
    text["sides"]["left"]["confidence"] = "possible"
    write(tmp_path / "in/a.json", a_report())
    (tmp_path / "in/b.json").write_text(json.dumps(text))
    made = collect([tmp_path / "in"], tmp_path / "out")
    assert (made.readings, made.broken, made.is_sound) == (1, 1, False)
    assert "report_altered" in codes(tmp_path / "out")
    assert len(rows(tmp_path / "out", "sides")) == 2


def test_two_readings_by_one_reader_stay_two_and_are_named(tmp_path):
    write(tmp_path / "in/1.json", a_report())
    write(tmp_path / "in/2.json", a_report(reading=COMPLETE))
    write(tmp_path / "in/3.json", a_report(reader="R2"))
    collect([tmp_path / "in"], tmp_path / "out")
    twice = [one["source"] for one in problems(tmp_path / "out") if one["code"] == "read_twice"]
    assert twice == [1, 2]
    assert len(rows(tmp_path / "out", "studies")) == 3


def test_an_amended_report_and_its_predecessor_both_stay(tmp_path):
    before = a_report()
    write(tmp_path / "in/1.json", before)
    write(tmp_path / "in/2.json", a_report(amends=before.sha256))
    write(tmp_path / "in/3.json", a_report(B, amends="f" * 64))
    made = collect([tmp_path / "in"], tmp_path / "out")
    assert made.readings == 3
    assert [(one["code"], one["source"]) for one in problems(tmp_path / "out")] == [
        ("amended_by", 1),
        ("amends_absent", 3),
    ]


def test_an_unread_study_has_rows_and_no_reader(tmp_path):
    write(tmp_path / "in/1.json", a_report(reading=list))
    made = collect([tmp_path / "in"], tmp_path / "out")
    assert (made.readings, made.readers, made.studies) == (0, 0, 0)
    assert codes(tmp_path / "out") == ["not_read"]
    (row,) = rows(tmp_path / "out", "studies")
    assert (row["reader"], row["status"]) == ("", "draft")


def test_a_report_against_the_rules_stands_in_the_tables_and_is_named(tmp_path):
    text = json.loads(a_report().to_json())
    text["sides"]["right"]["assessment"], text["report_id"] = "contact", "1" * 32
    (tmp_path / "bad.json").write_text(json.dumps(text))
    made = collect([tmp_path / "bad.json"], tmp_path / "out")
    assert (made.readings, made.broken, made.against_rules) == (1, 0, 1)
    assert not made.is_sound
    (said,) = problems(tmp_path / "out")
    assert "R14" in said["evidence"]["rules"]


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
        "name": "reading_stopped",
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


@cache
def some_reports():
    first = a_report()
    return (
        first,
        a_report(amends=first.sha256),
        a_report(reader="R2"),
        a_report(B, reading=COMPLETE),
        a_report(B, "R3", BEGUN),
        a_report(C, reading=list),
    )


@pytest.fixture(scope="module")
def undivided(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undivided")
    for number, report in enumerate(some_reports()):
        write(folder / f"in/{number}.json", report)
    collect([folder / "in"], folder / "out")
    return tidy(folder / "out")


def tidy(out):
    told = {name: (out / f"tables/{name}.csv").read_bytes() for name in tables()}
    return {**told, "dictionary": (out / "tables/dictionary.csv").read_bytes()}


@settings(max_examples=6, phases=set(Phase) - {Phase.shrink})  # each takes a second
@given(data=st.data())
def test_however_reports_lie_in_folders_the_tables_are_the_same(data, undivided, tmp_path_factory):
    places = st.lists(st.sampled_from("abc"), min_size=1, max_size=2)
    root = tmp_path_factory.mktemp("split")
    for number in data.draw(st.permutations(range(len(some_reports())))):
        for copy, place in enumerate(data.draw(places)):
            write(root / f"in/{place}/{copy}{number}.json", some_reports()[number])
    given = data.draw(st.permutations(sorted((root / "in").iterdir())))
    made = collect(given, root / "out")
    assert tidy(root / "out") == undivided
    assert (made.readings, made.studies, made.readers) == (5, 2, 3)
    shutil.rmtree(root)


def test_the_same_readings_give_the_same_bytes_again(tmp_path):
    a_review(tmp_path / "in/1")
    write(tmp_path / "in/2.json", a_report(B))
    collect([tmp_path / "in"], tmp_path / "out")
    first = contents(tmp_path / "out")
    collect([tmp_path / "in"], tmp_path / "out")
    assert contents(tmp_path / "out") == first
    assert PART not in {path.name for path in (tmp_path / "out").iterdir()}


def test_only_one_file_holds_paths(tmp_path):
    a_review(tmp_path / "in/PATIENT NAME/case")
    collect([tmp_path / "in"], tmp_path / "out")
    holding = [name for name, data in contents(tmp_path / "out").items() if b"PATIENT" in data]
    assert holding == ["sources_paths.csv"]


def test_nothing_to_gather_is_one_sentence_and_leaves_nothing(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/sidecar.json").write_text("{}")
    with pytest.raises(InputError, match="nothing_to_collect: no review and no report lies below"):
        collect([tmp_path / "in"], tmp_path / "out")
    with pytest.raises(InputError, match="path_unreadable"):
        collect([tmp_path / "in", tmp_path / "absent"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


# ---- the folder that is written ----------------------------------------------------------------


@pytest.fixture
def earlier(tmp_path):
    """An output of one report, and a second report that came since."""
    write(tmp_path / "in/1.json", a_report())
    collect([tmp_path / "in"], tmp_path / "out")
    write(tmp_path / "in/2.json", a_report(B))
    return tmp_path


def test_a_folder_with_something_else_is_refused_and_left_alone(tmp_path):
    write(tmp_path / "in/1.json", a_report())
    (tmp_path / "out").mkdir()
    (tmp_path / "out/letter.txt").write_text("kept")
    with pytest.raises(UsageError, match="out_not_empty"):
        collect([tmp_path / "in"], tmp_path / "out")
    with pytest.raises(UsageError, match="out_not_empty"):
        collect([tmp_path / "in"], tmp_path / "out/letter.txt")
    assert contents(tmp_path / "out") == {"letter.txt": b"kept"}


def test_an_earlier_output_is_replaced_and_other_files_beside_it_stay(earlier):
    (earlier / "out/model.R").write_text("lm(gap_mm ~ side)")
    assert collect([earlier / "in"], earlier / "out").readings == 2
    assert (earlier / "out/model.R").is_file()
    assert len(rows(earlier / "out", "studies")) == 2


def test_a_second_program_is_refused_while_one_writes(earlier):
    before = contents(earlier / "out")
    (earlier / "out" / PART).mkdir()
    with take_lock(earlier / "out" / PART / "lock"), pytest.raises(RecordError) as refusal:
        collect([earlier / "in"], earlier / "out")
    assert (refusal.value.code, refusal.value.exit_code) == ("collect_running", 4)
    shutil.rmtree(earlier / "out" / PART)
    assert contents(earlier / "out") == before


IN_ANOTHER_PROCESS = """
import os, resource, signal, sys
from mriview.workflow.collect import collect, leaving
wanted, folder, out = sys.argv[1:]
if wanted == "killed":
    leaving._put_in_place = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(wanted), int(wanted)))
try:
    collect([folder], out)
except Exception as error:
    print(getattr(error, "code", repr(error)))
"""


def in_another_process(*words):
    command = [sys.executable, "-c", IN_ANOTHER_PROCESS, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=TESTS.parent)


@pytest.mark.whole
@pytest.mark.skipif(os.name == "nt", reason="no limits of files on Windows")
@pytest.mark.parametrize("most_bytes", [100, 20_000])
def test_a_full_disk_leaves_the_earlier_output_whole(earlier, most_bytes):
    before = contents(earlier / "out")
    done = in_another_process(most_bytes, earlier / "in", earlier / "out")
    assert done.stdout == "output_not_writable\n", done.stderr
    assert contents(earlier / "out") == before


def test_an_output_that_was_put_in_place_by_half_is_made_anew(earlier):
    table = earlier / "out/tables/sides.csv"
    table.unlink()
    (table / "in the way").mkdir(parents=True)
    with pytest.raises(OutputError, match="output_not_writable"):
        collect([earlier / "in"], earlier / "out")
    assert not (earlier / "out/collect.json").exists()
    shutil.rmtree(table)
    assert collect([earlier / "in"], earlier / "out").readings == 2
    assert not (earlier / "out" / PART).exists()


@pytest.mark.whole
@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_a_program_that_is_killed_leaves_the_earlier_output_whole(earlier):
    before = contents(earlier / "out")
    done = in_another_process("killed", earlier / "in", earlier / "out")
    assert done.returncode == -signal.SIGKILL
    after = contents(earlier / "out")
    assert {name: data for name, data in after.items() if not name.startswith(PART)} == before
    assert collect([earlier / "in"], earlier / "out").readings == 2
    assert not (earlier / "out" / PART).exists()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc on this system")
def test_a_folder_where_nothing_can_be_made_is_said_in_one_sentence(tmp_path):
    write(tmp_path / "in/1.json", a_report())
    with pytest.raises(OutputError, match="output_not_writable"):
        collect([tmp_path / "in"], "/proc/self/fd/out")


# ---- the key map of the site ---------------------------------------------------------------------


def a_key_map(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("separator", "ending", "encoding"),
    [
        (",", "\n", "utf-8"),
        (";", "\r\n", "utf-8-sig"),
        ("\t", "\r\n", "utf-16"),
        (",", "\r", "utf-8"),
    ],
)
def test_the_columns_of_the_site_follow_the_key_in_every_table(
    tmp_path, separator, ending, encoding
):
    write(tmp_path / "in/a.json", a_report())
    write(tmp_path / "in/b.json", a_report(B))
    lines = [
        ["visit", "study_key", "status", "path"],
        ["2", A, "=Müller; 3", "/x"],
        ["", C, "-", "y"],
    ]
    text = ending.join(separator.join(f'"{cell}"' for cell in line) for line in lines) + ending
    made = collect(
        [tmp_path / "in"], tmp_path / "out", a_key_map(tmp_path / "ids.csv", text, encoding)
    )
    assert (made.site_columns, made.left_out) == (("visit", "site_status"), ("path",))
    for name in ("sources", *tables()):
        listed = rows(tmp_path / "out", name)
        for row in listed:
            assert list(row)[:3] == ["study_key", "visit", "site_status"]
            of_a = row["study_key"] == A
            assert (row["visit"], row["site_status"]) == (
                ("2", "'=Müller; 3") if of_a else ("", "")
            )
    told = rows(tmp_path / "out", "dictionary")
    assert {row["table"] for row in told if row["column"] == "site_status"} == {
        "sources",
        *tables(),
    }
    said = [(one["code"], one["study_key"]) for one in problems(tmp_path / "out")]
    assert said == [("key_map_absent", B), ("key_map_unused", C)]
    database = sqlite3.connect(tmp_path / "out/collect.sqlite")
    found = list(database.execute("SELECT DISTINCT visit, site_status FROM sides ORDER BY 1"))
    assert found == [(None, None), ("2", "=Müller; 3")]
    database.close()


def test_keys_that_a_spreadsheet_took_for_numbers_are_counted_and_not_repeated(tmp_path):
    write(tmp_path / "in/a.json", a_report())
    text = f"study_key,patient\n{A},1\n1.23E+15,SECRET\n\nMaria,3\n"
    collect([tmp_path / "in"], tmp_path / "out", a_key_map(tmp_path / "ids.csv", text))
    (said,) = problems(tmp_path / "out")
    assert (said["code"], said["evidence"]) == ("key_map_no_key", {"keys": 2, "rows": 3})
    assert not any(
        b"Maria" in data or b"SECRET" in data for data in contents(tmp_path / "out").values()
    )


REFUSED = {
    "two meanings": (f"study_key,p\n{A},1\n{A},2\n", "key_map_duplicate: 1 study key"),
    "no key": ("key,p\n", "key_map_columns"),
    "two keys": ("study_key,study_key\n", "key_map_columns"),
    "empty": ("", "key_map_columns"),
    "a name with a blank": ("study_key,patient id\n", "key_map_columns"),
    "a name that begins with a digit": ("study_key,1st\n", "key_map_columns"),
    "no name": ("study_key,,\n", "key_map_columns"),
    "names that differ in capitals": ("study_key,Visit,VISIT\n", "key_map_columns"),
    "a prefix that is taken": ("study_key,status,site_status\n", "key_map_columns"),
    "too many columns": ("study_key," + ",".join(f"c{n}" for n in range(999)), "key_map_columns"),
    "a row too short": (f"study_key,p,q\n{A},1\n", "key_map_unreadable: row 2"),
    "a quote that does not end": (f'study_key,p\n{A},"1\n', "key_map_unreadable"),
    "a zero byte": (f"study_key,p\n{A},\0\n", "key_map_unreadable"),
}


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_key_map_with_two_meanings_or_none_is_refused(tmp_path, text, sentence):
    write(tmp_path / "in/a.json", a_report())
    path = a_key_map(tmp_path / "ids.csv", text)
    with pytest.raises(InputError, match=sentence) as refusal:
        collect([tmp_path / "in"], tmp_path / "out", path)
    assert refusal.value.exit_code == 3
    assert not (tmp_path / "out").exists()


def test_a_key_map_that_is_absent_or_no_utf_8_is_refused(tmp_path):
    write(tmp_path / "in/a.json", a_report())
    latin = a_key_map(tmp_path / "ids.csv", "study_key,p\nx,Müller\n", "latin-1")
    for path in (latin, tmp_path / "absent.csv", tmp_path):
        with pytest.raises(InputError, match="key_map_unreadable"):
            collect([tmp_path / "in"], tmp_path / "out", path)


def test_the_same_row_twice_in_the_key_map_has_one_meaning(tmp_path):
    write(tmp_path / "in/a.json", a_report())
    path = a_key_map(tmp_path / "ids.csv", f"study_key,p\n{A},1\n{A},1\n")
    collect([tmp_path / "in"], tmp_path / "out", path)
    assert {row["p"] for row in rows(tmp_path / "out", "sides")} == {"1"}


@settings(max_examples=50)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_key_map_or_refused_in_one_sentence(tmp_path_factory, data):
    from mriview.workflow.collect.key_map import read_key_map

    path = tmp_path_factory.mktemp("map") / "ids.csv"
    path.write_bytes(b"study_key,p\n" + data)
    try:
        read_key_map(path, ())
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 (either outcome is right)
