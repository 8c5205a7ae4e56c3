"""One study of a run: opened, read, reported, in whatever process it is given to.

What is gathered here of a study is plain (rows, sentences, names of files that were written), so
that it travels cheaply and a table can be made of it without any scan. Which studies there are and
where the rows go is the matter of ``run`` and ``ledger``.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from mriview.errors import MriviewError, OutputError, ScanError
from mriview.exporters.tables import Row, rows_from, tables
from mriview.report import Report, build_report
from mriview.report.compare import said_sha256
from mriview.report.load import findings_of
from mriview.review import open_review
from mriview.review.head import read_head
from mriview.review.review import open_saved
from mriview.scans import Study
from mriview.scans.units import StudyUnit, open_unit
from mriview.values import Problem, problem
from mriview.workflow.batch.columns import RESULTS, results_table
from mriview.workflow.batch.settings import BatchSettings
from mriview.workflow.export import write_whole

REPORTS = "reports"
OF_THE_SCANS = "series"  # the one tidy table that an unread study has rows in

COPIES = "equal_study_keys"  # no reason why there is no scan
_GRAVEST = ("error", "warning", "info")

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


@dataclass(frozen=True, slots=True)
class _Told:
    """What is said of a study, whoever read it."""

    key: str
    study: Study
    unread: Report
    can_show: Mapping[str, str]
    said: Sequence[Problem]
    headers_only: bool

    def as_json(self) -> dict[str, Any]:
        status: Status = "reported" if self.study.volumes else "no_scan"
        return {
            **_summary(self.key, status, self.said),
            "files": asdict(self.study.tally),
            "volumes": len(self.study.volumes),
            "voxels": "headers_only" if self.headers_only else "read",
            "can_show": self.can_show,
            "scans": self.unread.model_dump(mode="json", include={"protocol", "study"}),
        }


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
    opened = open_unit(task.unit, settings.trust, settings.secret, settings.salt)
    study, said = opened.study, list(opened.study.problems)
    if opened.fingerprint != task.unit.fingerprint:
        said.append(problem("study_changed"))
    content: dict[str, str | None] | None = None
    if not settings.headers_only:
        content, lost = content_of(study)
        said += lost
        study = _without(study, lost)
    draft = open_review(study)  # in memory: what nobody has read says what it can show
    readings: list[Report] = []
    for folder in task.reviews:
        try:
            with open_saved(study, folder, content=content) as review:
                report = build_report(study, review)
                torn = review.torn_bytes
            report.to_json().encode()
        except MriviewError as error:
            said.append(_of_reader(_as_problem(error), folder))
        except Exception as error:  # noqa: BLE001 (a record of others may hold anything)
            said.append(problem("reading_stopped", reason=type(error).__name__))
        else:
            readings.append(report)
            said += [problem("record_torn", bytes=torn)] if torn else []
    readings, twice = _told_once(readings)
    said += twice
    unread = build_report(study, draft)
    reports = readings or [unread]
    written = _written(reports, task.unit.key, settings.out)
    can_show = {part.part: part.verdict for part in draft.answerable()}
    told = _Told(task.unit.key, study, unread, can_show, said, settings.headers_only)
    return Outcome(
        key=task.unit.key,
        fingerprint=opened.fingerprint,
        status="reported" if study.volumes else "no_scan",
        tables=_tables(told, reports, are_read=bool(readings)),
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


def content_of(study: Study) -> tuple[dict[str, str | None], list[Problem]]:
    """Read every voxel once, a series at a time, and let go of it.

    Parameters
    ----------
    study : Study

    Returns
    -------
    tuple of (dict, list of Problem)
        Each series with the digest of its voxels, None where they cannot be read; and why not.
    """
    content: dict[str, str | None] = {}
    lost = []
    for key, volume in study.volumes.items():
        try:
            content[key] = replace(volume).content_sha256  # a copy keeps what it read; it goes
        except ScanError as error:
            content[key] = None
            lost.append(replace(_as_problem(error), where=key))
    return content, lost


def _told_once(readings: Sequence[Report]) -> tuple[list[Report], list[Problem]]:
    """Leave out copies of a reading, and say who read the study twice."""
    distinct = {said_sha256(report): report for report in reversed(readings)}  # the first stays
    kept = [report for report in readings if distinct[said_sha256(report)] is report]
    readers = Counter(report.passes[-1].reader for report in kept if report.passes)
    said = [problem("read_twice", reports=count) for count in readers.values() if count > 1]
    if copies := len(readings) - len(kept):
        said.append(problem("review_copied", reviews=copies))
    return kept, said


def _without(study: Study, lost: Sequence[Problem]) -> Study:
    """Leave out the series whose voxels cannot be read."""
    if not lost:
        return study
    gone = {one.where for one in lost}
    volumes = {key: volume for key, volume in study.volumes.items() if key not in gone}
    return replace(study, volumes=MappingProxyType(volumes), problems=(*study.problems, *lost))


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


def _tables(told: _Told, reports: Sequence[Report], *, are_read: bool) -> Rows:
    """Give the row of the study, and the rows of its readings; of an unread one those of series."""
    contents = [report.model_dump(mode="json") for report in reports]
    readings, count = (reports, len(reports)) if are_read else ((), 0)
    rules = {
        one.rule for report in readings for one in findings_of(report) if one.severity == "error"
    }
    data = {
        **told.as_json(),
        "readings": count,
        "readers": [report.passes[-1].reader for report in readings if report.passes],
        "several": True if count > 1 else None,
        "reading": contents[0] if count == 1 else None,
        "report": contents[0],
        "rules": sorted(rules),
    }
    rows: dict[str, list[Row]] = {RESULTS: list(rows_from(results_table(), data))}
    wanted = tables() if are_read else {OF_THE_SCANS: tables()[OF_THE_SCANS]}
    for content in contents:
        for name, table in wanted.items():
            made = rows_from(table, content)
            rows.setdefault(name, []).extend({**row, "study_key": told.key} for row in made)
    return rows


def _summary(key: str, status: Status, said: Sequence[Problem]) -> dict[str, Any]:
    """Say of a study what became of it, and how much is wrong with it."""
    grave = [one for one in said if one.severity != "info"]
    why = [one for one in said if one.code != COPIES]
    named = grave if status == "reported" else [one for one in why if one in grave] or why
    worst = min(named, key=lambda one: _GRAVEST.index(one.severity), default=None)
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


def _of_reader(said: Problem, folder: str) -> Problem:
    """Say whose review it is, so that it can be found."""
    try:
        reader = read_head(Path(folder)).reader
    except MriviewError:
        return said
    evidence = {**said.evidence, "reader": reader}
    return replace(said, message=f"{said.message} (reader {reader})", evidence=evidence)


def _as_problem(error: MriviewError) -> Problem:
    return Problem(error.code, "error", error.found, error.remedy, error.evidence, error.where)
