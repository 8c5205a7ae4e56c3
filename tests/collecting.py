"""Readings for tests of what gathers them: reviews and reports to write, and tables to look at."""

import csv
import io
import json
from functools import cache

import readings as r

import mriview

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
