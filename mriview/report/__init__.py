"""The report: a strict model, the one function that makes it, and the rules it must obey.

Nothing here opens a scan or writes a file; documents are made of a report by ``exporters``. What
other floors may use stands in ``_HOME``, and is imported when it is used: a report is checked
without what builds one.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mriview.report.build import build_report as build_report
    from mriview.report.compare import differences as differences
    from mriview.report.load import findings_in as findings_in
    from mriview.report.load import load_report as load_report
    from mriview.report.report import Report as Report
    from mriview.report.report import report_schema as report_schema
    from mriview.report.rules import Finding as Finding

_HOME = {
    "Finding": "rules",
    "Report": "report",
    "build_report": "build",
    "differences": "compare",
    "findings_in": "load",
    "load_report": "load",
    "report_schema": "report",
}
__all__ = sorted(_HOME)  # noqa: PLE0605 (the one list of names is _HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        msg = f"module 'mriview.report' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"mriview.report.{_HOME[name]}"), name)
