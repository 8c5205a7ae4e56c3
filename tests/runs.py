"""Runs over archives, and what they left: for tests of everything around a batch."""

import csv
import json

import mriview
from mriview.workflow.batch import BatchSettings, batch

TEXTS = ("results.csv", "problems.jsonl", "tables/sides.csv", "tables/series.csv")


def run(root, out, **said):
    """Run in this process, unless a test is about what workers suffer."""
    return batch(BatchSettings(root, out, **said))


def rows(out, table="results"):
    with (out / f"{table}.csv").open(newline="", encoding="utf-8") as page:
        return list(csv.DictReader(page))


def by_key(out):
    listed = rows(out)
    assert len({row["study_key"] for row in listed}) == len(listed)
    return {row["study_key"]: row for row in listed}


def problems(out):
    return [json.loads(line) for line in (out / "problems.jsonl").read_text().splitlines()]


def keys_of(root):
    return sorted(study.key for study in mriview.open_batch(root))
