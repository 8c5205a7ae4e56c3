"""What a review or a report file says: its report, or why there is none, and what is wrong with it.

One reading at a time, and nothing is known of the others: what they are to each other is the matter
of ``gathered``. Whatever a folder of others holds, it costs itself alone.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mriview.errors import MriviewError
from mriview.report import Report, build_report, load_report
from mriview.report.load import findings_of
from mriview.review import open_without_scans
from mriview.review.head import read_head
from mriview.values import Problem, problem
from mriview.workflow.collect.finding import Source

UNSIGNED = frozenset({"draft", "preliminary"})


class Reading(NamedTuple):
    """What was read of one source.

    Parameters
    ----------
    source : Source
        Where it lies.
    report : Report or None
        None where none could be made or read.
    problems : tuple of Problem
        What a person must know about it.
    study_key, reader : str or None
        As far as they are known, also where there is no report.
    sha256 : str or None
        Digest of the report, by which another may amend it.
    """

    source: Source
    report: Report | None = None
    problems: tuple[Problem, ...] = ()
    study_key: str | None = None
    reader: str | None = None
    sha256: str | None = None


def reading_of(source: Source) -> Reading:
    """Read one source; whatever is wrong with it becomes a problem.

    Parameters
    ----------
    source : Source
        A review or a report file, or what could not be looked into.

    Returns
    -------
    Reading
        With a report, or with a problem of severity error that says why there is none.
    """
    if source.problem is not None:
        return Reading(source, problems=(source.problem,))
    study_key = reader = None
    torn_bytes = 0
    try:
        if source.kind == "review":
            head = read_head(source.path)
            study_key, reader = head.study_key, head.reader
            report, torn_bytes = _of_review(source.path)
        else:
            report = load_report(source.path)
        problems, sha256 = tuple(_problems(report, torn_bytes)), report.sha256
    except MriviewError as error:
        said = Problem(error.code, "error", error.found, error.remedy, error.evidence, error.where)
        return Reading(source, None, (said,), study_key, reader)
    except Exception as error:  # noqa: BLE001 (a record of others may hold anything, and costs itself)
        stopped = problem("reading_stopped", reason=type(error).__name__)
        return Reading(source, None, (stopped,), study_key, reader)
    said_by = report.passes[-1].reader if report.passes else None
    return Reading(source, report, problems, report.study.study_key, said_by, sha256)


def _of_review(folder: Path) -> tuple[Report, int]:
    """Make the report of a review, and count the bytes of a torn last line."""
    review = open_without_scans(folder)
    return build_report(review.study, review), review.torn_bytes


def _problems(report: Report, torn_bytes: int) -> Iterator[Problem]:
    if torn_bytes:
        yield problem("record_torn", bytes=torn_bytes)
    if not report.passes:
        yield problem("not_read")
    elif report.status in UNSIGNED:
        yield problem("not_signed", status=report.status)
    broken = {one.rule for one in findings_of(report) if one.severity == "error"}
    if broken:
        rules = ", ".join(sorted(broken))
        yield problem("report_breaks_rules", count=len(broken), rules=rules)
