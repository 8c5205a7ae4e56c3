"""One study of a run: opened, read, reported, in whatever process it is given to.

What is gathered here of a study is plain (rows, sentences, names of files that were written), so
that it travels cheaply and a table can be made of it without any scan. Which studies there are and
where the rows go is the matter of ``run`` and ``ledger``.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from mriview.errors import MriviewError, OutputError, ScanError
from mriview.exporters.tables import Row, rows_from, rows_of
from mriview.report import Report, build_report
from mriview.report.load import findings_of
from mriview.review import Review, open_review
from mriview.review.review import open_saved
from mriview.scans import Study
from mriview.scans.units import StudyUnit, open_unit
from mriview.values import Problem, problem
from mriview.workflow.batch.columns import RESULTS, results_table
from mriview.workflow.batch.settings import BatchSettings
from mriview.workflow.export import write_whole

REPORTS = "reports"
OF_THE_SCANS = "series"  # the one tidy table that an unread study has rows in

Status = Literal["reported", "no_scan", "failed", "gone"]
Rows = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Task:
    """One study to be read.

    Parameters
    ----------
    unit : StudyUnit
        Where it lies.
    reviews : tuple of str
        Folders of its reviews, in the order of their readers.
    reviews_state : str
        Digests of the files of the reviews.
    """

    unit: StudyUnit
    reviews: tuple[str, ...] = field(default=(), repr=False)
    reviews_state: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run keeps of one study.

    Parameters
    ----------
    key : str
        Of the study.
    fingerprint : str
        Of its files, as they were read.
    status : str
        What became of it.
    tables : mapping
        Rows by table, ``results`` among them.
    problems : tuple of mapping
        Everything that was said of it, in the form of ``problems.jsonl``.
    reports : tuple of (str, str)
        Files below ``reports`` with their SHA-256.
    """

    key: str
    fingerprint: str
    status: Status
    tables: Rows = field(repr=False)
    problems: tuple[Mapping[str, Any], ...] = ()
    reports: tuple[tuple[str, str], ...] = ()


def read_study(task: Task, settings: BatchSettings) -> Outcome:
    """Read one study, write its reports, and give its rows.

    Parameters
    ----------
    task : Task
        The study and its reviews.
    settings : BatchSettings
        Of the run.

    Raises
    ------
    OutputError
        A report cannot be written.
    """
    opened = open_unit(task.unit, settings.trust, settings.secret)
    study, said = opened.study, list(opened.study.problems)
    if opened.fingerprint != task.unit.fingerprint:
        said.append(problem("study_changed"))
    content: dict[str, str | None] | None = None
    if not settings.headers_only:
        content, lost = _content(study)
        said += lost
        study = _without(study, lost)
    readings: list[Report] = []
    for folder in task.reviews:
        try:
            with open_saved(study, folder, content=content) as review:
                readings.append(build_report(study, review))
        except MriviewError as error:
            said.append(_as_problem(error))
    reports = readings or [_draft(study)]
    written = _written(reports, task.unit.key, settings.out)
    return Outcome(
        key=task.unit.key,
        fingerprint=opened.fingerprint,
        status="reported" if study.volumes else "no_scan",
        tables=_tables(task.unit.key, study, settings, said, readings, reports[0]),
        problems=tuple({"study_key": task.unit.key, **one.as_json()} for one in said),
        reports=written,
    )


def failed(key: str, fingerprint: str, error: MriviewError) -> Outcome:
    """Give the outcome of a study that could not be read at all.

    Parameters
    ----------
    key, fingerprint : str
        Of the study, as it was found.
    error : MriviewError
        What stopped it.
    """
    said = _as_problem(error)
    data = {**_summary(key, "failed", [said]), "readings": 0, "readers": []}
    return Outcome(
        key=key,
        fingerprint=fingerprint,
        status="failed",
        tables={RESULTS: rows_from(results_table(), data)},
        problems=({"study_key": key, **said.as_json()},),
    )


def _content(study: Study) -> tuple[dict[str, str | None], list[Problem]]:
    """Read every voxel once, a series at a time, and let go of it."""
    content: dict[str, str | None] = {}
    lost = []
    for key, volume in study.volumes.items():
        try:
            content[key] = replace(volume).content_sha256  # a copy keeps what it read; it goes
        except ScanError as error:
            content[key] = None
            lost.append(replace(_as_problem(error), where=key))
    return content, lost


def _without(study: Study, lost: Sequence[Problem]) -> Study:
    """Leave out the series whose voxels cannot be read."""
    if not lost:
        return study
    gone = {one.where for one in lost}
    volumes = {key: volume for key, volume in study.volumes.items() if key not in gone}
    return replace(study, volumes=MappingProxyType(volumes), problems=(*study.problems, *lost))


def _draft(study: Study) -> Report:
    review: Review = open_review(study)
    return build_report(study, review)


def _written(reports: Sequence[Report], key: str, out: Path) -> tuple[tuple[str, str], ...]:
    """Write reports as ``key.json``, ``key.2.json`` ..., each whole or not at all."""
    written = []
    for number, report in enumerate(reports, start=1):
        name = f"{key}.json" if number == 1 else f"{key}.{number}.json"
        data = report.to_json().encode()
        try:
            write_whole(out / REPORTS / name, data)
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise OutputError.not_writable("a report", reason) from error
        written.append((name, hashlib.sha256(data).hexdigest()))
    return tuple(written)


def _tables(
    key: str,
    study: Study,
    settings: BatchSettings,
    said: Sequence[Problem],
    readings: Sequence[Report],
    first: Report,
) -> Rows:
    """Give the row of the study, and the rows of its readings; of an unread one those of series."""
    status: Status = "reported" if study.volumes else "no_scan"
    tally = study.tally
    rules = {
        one.rule for report in readings for one in findings_of(report) if one.severity == "error"
    }
    data = {
        **_summary(key, status, said),
        "files": {
            "found": tally.found,
            "loaded": tally.loaded,
            "refused": tally.refused,
            "ignored": tally.ignored,
        },
        "volumes": len(study.volumes),
        "voxels": "headers_only" if settings.headers_only else "read",
        "can_show": {part.part: part.verdict for part in open_review(study).answerable()},
        "readings": len(readings),
        "readers": [report.passes[-1].reader for report in readings if report.passes],
        "several": True if len(readings) > 1 else None,
        "reading": readings[0].model_dump(mode="json") if len(readings) == 1 else None,
        "report": first.model_dump(mode="json"),
        "rules": sorted(rules),
    }
    tables: dict[str, list[Row]] = {RESULTS: list(rows_from(results_table(), data))}
    for report in readings or [first]:
        for name, rows in rows_of(report).items():
            if readings or name == OF_THE_SCANS:
                tables.setdefault(name, []).extend({**row, "study_key": key} for row in rows)
    return tables


def _summary(key: str, status: Status, said: Sequence[Problem]) -> dict[str, Any]:
    """Say of a study what became of it, and how much is wrong with it."""
    grave = [one for one in said if one.severity != "info"]
    worst = min(grave, key=lambda one: one.severity, default=None)  # error before warning
    return {
        "study_key": key,
        "status": status,
        "code": worst.code if worst else None,
        "message": f"{worst.message}. {worst.remedy}." if worst else None,
        "problems": {
            "error": sum(one.severity == "error" for one in said),
            "warning": sum(one.severity == "warning" for one in said),
            "codes": list(dict.fromkeys(one.code for one in grave)),
        },
    }


def _as_problem(error: MriviewError) -> Problem:
    return Problem(error.code, "error", error.found, error.remedy, error.evidence, error.where)
