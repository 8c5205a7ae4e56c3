"""Whatever people type into a report: in the tables it starts no formula and reads back whole."""

import contextlib
import copy
import csv
import io
import itertools
import re

import pytest
import readings as r
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mriview.exporters.tables import EXPORTER, csv_of, rows_of, tables
from mriview.report import Report

HOSTILE = st.text(max_size=20) | st.sampled_from([
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1", "'quoted", "a,b", 'say "x"',
    "two\nlines", "two\r\nlines", "مرحبا", "", "\N{NO-BREAK SPACE}-2", "-0.5", "NA", "007", "true",
    "\N{ZERO WIDTH NO-BREAK SPACE}=1", "\N{RIGHT-TO-LEFT MARK}=1", "\N{SMALL PLUS SIGN}1", "a;=1",
])  # fmt: skip
BEGINS_FORMULA = re.compile(
    "[\\s\ufeff\u200e\u200f]*[=+\\-@\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b]|[\t\r\n]"
)


@pytest.fixture(scope="module")
def report():
    return r.a_rich_report()


@given(st.lists(HOSTILE, min_size=1, max_size=4))
def test_no_text_starts_a_formula_and_every_text_reads_back(texts):
    written_csv = csv_of(["n", "text"], [{"n": -0.5, "text": text} for text in texts])
    assert written_csv.count(b"\r\n-0.5,") == len(texts)
    rows = list(csv.reader(io.StringIO(written_csv.decode(), newline="")))
    assert rows[0] == ["n", "text"]
    assert len(rows) == len(texts) + 1
    for (_, cell), text in zip(rows[1:], texts, strict=True):
        assert not BEGINS_FORMULA.match(cell)
        assert (cell.removeprefix("'")) == text


def free_texts(data, read):
    """Places of texts that may say anything: keys of the dumped report, in order."""
    places = []

    def walk(value, place):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in inner:
            if isinstance(one, dict | list):
                walk(one, (*place, key))
            elif isinstance(one, str):
                with contextlib.suppress(ValidationError):
                    for text in ("", '=any, "text" at all'):
                        value[key] = text
                        read(data)
                    places.append((*place, key))
                value[key] = one

    walk(data, ())
    return places


def at(data, place):
    for key in place:
        data = data[key]
    return data


@pytest.fixture(scope="module")
def open_report(report):
    """The rich report, signed, as plain data; and where it holds free text."""
    data = report.model_dump(mode="json")
    signature = {"reader": "R1", "role": "radiologist", "time": None}
    data["sign_off"] = {**signature, "acknowledged": [], "overrides": []}
    return data, free_texts(data, Report.model_validate)


@given(st.lists(HOSTILE, min_size=1, max_size=7))
@settings(max_examples=20, deadline=None)
def test_any_text_in_every_text_field_of_a_report_reads_back_and_starts_no_formula(
    open_report, texts
):
    said, places = copy.deepcopy(open_report[0]), open_report[1]
    for place, text in zip(places, itertools.cycle(texts), strict=False):
        at(said, place[:-1])[place[-1]] = text
    hostile = Report.model_validate(said)
    documents, rows = EXPORTER.documents(hostile, None, None), rows_of(hostile)
    for name, table in tables().items():
        text = documents[f"tables/{name}.csv"].decode()
        head, *cells = csv.reader(io.StringIO(text, newline=""))
        assert head == [column.name for column in table.columns]
        assert len(cells) == len(rows[name])
        for line, row in zip(cells, rows[name], strict=True):
            for column, cell in zip(table.columns, line, strict=True):
                if column.kind in {"number", "integer"}:
                    assert cell == "" or float(cell) == row[column.name]
                elif column.kind != "boolean":
                    assert not BEGINS_FORMULA.match(cell)
                    assert cell.removeprefix("'") == (row[column.name] or "")
    kept = (rows["studies"][0], rows["contacts"][1], rows["lesions"][0], rows["anatomy"][0])
    assert [kept[0]["question"], kept[0]["impression"], *(row["note"] for row in kept[1:])] == [
        text or None
        for text in (
            *(said["clinical"]["question"], said["impression"]["text"]),
            said["sides"]["left"]["contacts"][1]["note"],
            *(said["lesions"][0]["note"], said["sides"]["left"]["anatomy"][0]["note"]),
        )
    ]


def test_the_texts_that_may_say_anything_are_those_that_people_type(open_report):
    named = {place[-1] for place in open_report[1]}
    assert {"question", "text", "note", "value", "reader", "pseudonym"} <= named
    assert not {"side", "vessel", "decision", "key", "answer"} & named
