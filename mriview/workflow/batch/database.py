"""The file ``results.sqlite`` itself: which tables it has, made, or grown from an earlier version.

What is written into them, and when, the ledger decides. The tables of reports are those that are
declared for CSV.
"""

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from mriview.errors import OutputError, UsageError
from mriview.exporters.tables import Table, tables
from mriview.workflow.batch.columns import RESULTS, results_table

NAME = "results.sqlite"
FORM = 1  # raised when the tables below look otherwise; those of reports may grow columns
BUSY_S = 10.0  # a reader of the tables may hold them shortly

_TYPES = {"integer": "INTEGER", "boolean": "INTEGER", "number": "REAL"}
_OWN = """
CREATE TABLE IF NOT EXISTS run_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS run_folders (
  folder TEXT PRIMARY KEY, state TEXT NOT NULL, finding TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS run_nothing (fingerprint TEXT PRIMARY KEY, study_key TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS run_contents (
  study_key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, content TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS run_studies (
  study_key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, made_by TEXT NOT NULL,
  status TEXT NOT NULL, reports TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS problems (
  study_key TEXT, code TEXT NOT NULL, severity TEXT NOT NULL, series TEXT,
  message TEXT NOT NULL, remedy TEXT NOT NULL, evidence TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS problems_of_study ON problems (study_key);
"""


def all_tables() -> Mapping[str, Table]:
    """Give the table of studies, then those of readings."""
    return {RESULTS: results_table(), **tables()}


def opened(path: Path) -> sqlite3.Connection:
    """Open the database of a run, and make what it lacks.

    Raises
    ------
    UsageError
        It was made by a version with other tables (``batch_version``).
    """
    database = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    try:
        _check_form(database)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.executescript(_OWN)
        for table in all_tables().values():
            _create(database, table)
        database.execute(f"PRAGMA user_version={FORM}")
    except BaseException:
        database.close()
        raise
    return database


def _check_form(database: sqlite3.Connection) -> None:
    (form,) = database.execute("PRAGMA user_version").fetchone()
    if form not in {0, FORM}:
        found = "the run in the folder was made by a version with other tables"
        raise UsageError("batch_version", found, "Name a new folder")


def _create(database: sqlite3.Connection, table: Table) -> None:
    """Make a table, or give one of an earlier version the columns that came since."""
    declared = {c.name: f"{quoted(c.name)} {_TYPES.get(c.kind, 'TEXT')}" for c in table.columns}
    columns = ", ".join(declared.values())
    database.execute(f"CREATE TABLE IF NOT EXISTS {table.name} ({columns})")
    there = {row[1] for row in database.execute(f"PRAGMA table_info({table.name})")}
    for name in declared.keys() - there:
        database.execute(f"ALTER TABLE {table.name} ADD COLUMN {declared[name]}")
    index = f"{table.name}_of_study ON {table.name} (study_key)"
    database.execute(f"CREATE INDEX IF NOT EXISTS {index}")


def quoted(name: str) -> str:
    """Give a name as SQL takes it."""
    return f'"{name}"'


def not_writable(error: Exception) -> OutputError:
    """Say in one sentence what the disk, or another program, refuses."""
    if "locked" in str(error):
        found = "another program holds the tables of the run"
        return OutputError("tables_busy", found, "Close it there, then run it again with --resume")
    full = "full" in str(error)
    said = os.strerror(28) if full else type(error).__name__
    return OutputError.not_writable("the tables", said.lower())
