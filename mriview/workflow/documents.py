"""From a review folder or a report file to documents: what ``mriview export`` does.

A report is checked against the rules on its way out; a draft leaves too, and says that it is one.
A review is read as it is saved, also while it is open elsewhere; nothing in its folder is changed.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from mriview.errors import RecordError, UsageError
from mriview.report import Finding, build_report, load_report
from mriview.report.load import findings_of
from mriview.review import Review, open_without_scans
from mriview.review.head import read_head
from mriview.review.review import open_saved
from mriview.scans import Study, Trust, open_study
from mriview.words import Language
from mriview.workflow.export import export


class Documents(NamedTuple):
    """What was written, of which status, what the rules found, bytes of a torn line left out."""

    written: list[Path]
    status: str
    findings: list[Finding]
    torn_bytes: int = 0


def export_review(
    folder: Path,
    study_path: Path | None,
    out: Path,
    to: Sequence[str],
    select: str | None = None,
    *,
    trust: Trust | None = None,
    language: Language = "en",
) -> Documents:
    """Write documents of a review.

    Parameters
    ----------
    folder : Path
        The review.
    study_path : Path or None
        Its scans. Without them the report is built from what the folder says of them, and where a
        document has pictures it says why there are none.
    out : Path
        Where to.
    to : sequence of str
        Formats.
    select : str, optional
        Key of the study; the review's own by default.
    trust : {"sform", "qform"}, optional
        As `mriview.open_study` takes it.
    language : {"en", "de"}
        Of the documents that people read.

    Returns
    -------
    Documents
        What was written, and what the rules found.

    Raises
    ------
    UsageError
        No scans were given, and the review is of a version that did not describe them
        (``study_missing``).
    """
    head = read_head(folder)
    study = None if study_path is None else _study_of(study_path, select, head.study_key, trust)
    review = _without_scans(folder) if study is None else open_saved(study, folder)
    report = build_report(review.study, review)
    written = export(report, out, to, study=study, masks=folder, language=language)
    return Documents(written, report.status, report.check(), review.torn_bytes)


def export_report(
    path: Path, out: Path, to: Sequence[str], *, language: Language = "en"
) -> Documents:
    """Write documents of a report file; no scan is needed."""
    report = load_report(path)
    return Documents(export(report, out, to, language=language), report.status, findings_of(report))


def _without_scans(folder: Path) -> Review:
    """Open a review whose folder describes its study; another needs the study itself."""
    try:
        return open_without_scans(folder)
    except RecordError as error:
        if error.code != "study_not_described":
            raise
        raise UsageError("study_missing", error.found, "Give --study PATH") from error


def _study_of(path: Path, select: str | None, key: str, trust: Trust | None) -> Study:
    """Open the study; where the path holds several, the review's own is meant."""
    try:
        return open_study(path, select=select, trust=trust)
    except UsageError as error:
        if select is not None or error.code != "several_studies":
            raise
        return open_study(path, select=key, trust=trust)
