"""Readings gathered into tables: each once, in whatever order they lie, with what each says."""

import json
import shutil
import sqlite3
from functools import cache

import pytest
from collecting import (
    BEGUN,
    COMPLETE,
    A,
    B,
    C,
    a_report,
    a_review,
    codes,
    contents,
    problems,
    rows,
    write,
)
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mriview.exporters.tables import EXPORTER, tables
from mriview.workflow.collect import collect
from mriview.workflow.collect.leaving import PART


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
