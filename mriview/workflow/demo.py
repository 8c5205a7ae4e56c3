"""The sample studies from scan to report, without a window: what ``mriview demo`` does.

Each study is opened, its scripted reader is applied to a review on disk, and the report is written
and checked. A second run goes on with what is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mriview.errors import OutputError
from mriview.report import Report, build_report
from mriview.review import open_review
from mriview.review.record import has_events
from mriview.review.script import apply_script, read_script
from mriview.scans import open_study
from mriview.workflow.export import export
from mriview.workflow.samples import Sample, sample, sample_names

FORMATS = ("json", "html", "text")


@dataclass(frozen=True, slots=True)
class Result:
    """One study of the demonstration: where its report lies, and what it says in a line."""

    name: str
    study: Path
    case: Path
    report: Path
    summary: str
    errors: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Give the result as JSON."""
        return {
            "name": self.name,
            "study": str(self.study),
            "case": str(self.case),
            "report": str(self.report),
            "summary": self.summary,
            "errors": list(self.errors),
        }


def run_demo(out: Path, formats: Sequence[str] = FORMATS) -> list[Result]:
    """Run every sample study from scan to report.

    Parameters
    ----------
    out : Path
        Folder; a folder a study is made below it.
    formats : sequence of str
        Documents to write.

    Returns
    -------
    list of Result
        In the order of the samples.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        return [_run(sample(name, out), out / name, formats) for name in sample_names()]
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise OutputError.not_writable("the demonstration", reason) from error


def _run(case_of: Sample, folder: Path, formats: Sequence[str]) -> Result:
    study, case = open_study(case_of.study), folder / "case.mriview"
    script = read_script(case_of.script)
    there = has_events(case)
    review = open_review(study, script.reader, case) if there else apply_script(study, script, case)
    with review:
        report = build_report(study, review)
    written = export(report, folder, formats, study=study, masks=case)
    errors = tuple(str(f) for f in report.check() if f.severity == "error")
    return Result(case_of.name, case_of.study, case, written[0], _in_a_line(report), errors)


def _in_a_line(report: Report) -> str:
    sides = (("right", report.sides.right), ("left", report.sides.left))
    said = [f"{name} {side.assessment.replace('_', ' ')}" for name, side in sides]
    lesions = f"{len(report.lesions)} lesion{'' if len(report.lesions) == 1 else 's'}"
    return f"{report.status}; {'; '.join(said)}; {lesions}"
