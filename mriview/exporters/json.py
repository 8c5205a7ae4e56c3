"""``report.json``: the report itself, in canonical order. Other programs read this file.

What the keys mean is fixed by the schema in ``mriview.report``; nothing is added or left out here.
"""

from collections.abc import Mapping
from pathlib import Path

from mriview.report import Report
from mriview.scans import Study


class _Json:
    name = "json"
    writes = "report.json, the structured report for programs"

    def documents(
        self, report: Report, study: Study | None, masks: Path | None
    ) -> Mapping[str, bytes]:
        """Give the one file."""
        del study, masks
        return {"report.json": report.to_json().encode()}


EXPORTER = _Json()
