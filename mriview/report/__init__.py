"""The report: a strict model, the one function that makes it, and the rules it must obey.

Nothing here opens a scan or writes a file; documents are made of a report by ``exporters``.
"""

from mriview.report.build import build_report
from mriview.report.compare import differences
from mriview.report.load import findings_in, load_report
from mriview.report.report import Report, report_schema
from mriview.report.rules import Finding

__all__ = [
    "Finding",
    "Report",
    "build_report",
    "differences",
    "findings_in",
    "load_report",
    "report_schema",
]
