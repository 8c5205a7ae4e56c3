"""``tables/*.csv``: one report as tidy tables for statistics, with a dictionary of every column.

The columns are declared in the ``*.toml`` beside this module, so that a key more of the report is a
row more there; `rows_of` gives the same rows as plain values, to be gathered over many reports. No
number is made here: what is not in the report is in no table.
"""

from collections.abc import Mapping
from pathlib import Path

from mriview.exporters.tables.columns import Column, Reason, Table, table_from, tables
from mriview.exporters.tables.rows import Cell, Row, rows_from, rows_of
from mriview.exporters.tables.text import csv_of, dictionary, dictionary_of, write_csv
from mriview.report import Report
from mriview.scans import Study

__all__ = [
    "EXPORTER",
    "Cell",
    "Column",
    "Reason",
    "Row",
    "Table",
    "csv_of",
    "dictionary",
    "dictionary_of",
    "rows_from",
    "rows_of",
    "table_from",
    "tables",
    "write_csv",
]


class _Tables:
    name = "tables"
    writes = "tables/*.csv, tidy tables for statistics, and tables/dictionary.csv"

    def documents(
        self, report: Report, study: Study | None, masks: Path | None
    ) -> Mapping[str, bytes]:
        """Give a file for each table, and the dictionary."""
        del study, masks
        rows = rows_of(report)
        made = {
            f"tables/{name}.csv": csv_of([c.name for c in table.columns], rows[name])
            for name, table in tables().items()
        }
        return {**made, "tables/dictionary.csv": dictionary()}


EXPORTER = _Tables()
