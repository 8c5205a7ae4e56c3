"""What a run knows so far: ``results.sqlite``, written a study at a time, whole or not at all.

It is the truth while a run goes on; the other files are made of it (``leaving``). A run that was
killed, even between two bytes, finds here what is done and what the folders held, and goes on. No
path and no identifier of a patient is in it.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any, NamedTuple

from mriview.errors import OutputError, RecordError, UsageError
from mriview.exporters.tables import Cell, Column, Row, Table
from mriview.review.lock import take_lock
from mriview.values.problem import Severity
from mriview.workflow.batch.columns import RESULTS
from mriview.workflow.batch.database import NAME, all_tables, not_writable, opened, quoted
from mriview.workflow.batch.reading import Outcome
from mriview.workflow.batch.settings import SALTED, BatchSettings

LOCK = "lock"


class Done(NamedTuple):
    """What is known of a study that was read: of which files, by what, with which reports."""

    fingerprint: str
    made_by: str
    status: str
    reports: tuple[tuple[str, str], ...]


class Ledger:
    """The database of one run and its folder; use `open_ledger`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def finding(self, folder: str, state: str) -> list[Any] | None:
        """Give what a folder held when its files were in this state."""
        found = self._database.execute(
            "SELECT finding FROM run_folders WHERE folder = ? AND state = ?", (folder, state)
        ).fetchone()
        return list(json.loads(found[0])) if found else None

    def keep_findings(self, findings: Iterable[tuple[str, str, list[Any]]]) -> None:
        """Keep what folders hold, by a digest of their paths and the state of their files."""
        rows = (
            (folder, state, json.dumps(kept, separators=(",", ":")))
            for folder, state, kept in findings
        )
        with self._transaction():
            self._database.executemany("INSERT OR REPLACE INTO run_folders VALUES (?, ?, ?)", rows)

    def nothing(self, fingerprint: str) -> str | None:
        """Give the key of a place without a scan, whose files are these."""
        found = self._database.execute(
            "SELECT study_key FROM run_nothing WHERE fingerprint = ?", (fingerprint,)
        ).fetchone()
        return str(found[0]) if found else None

    def keep_nothing(self, fingerprint: str, key: str) -> None:
        """Keep the key of a place without a scan."""
        with self._transaction():
            row = fingerprint, key
            self._database.execute("INSERT OR REPLACE INTO run_nothing VALUES (?, ?)", row)

    def content(self, key: str, fingerprint: str) -> dict[str, str | None] | None:
        """Give what a copy held when its files were these: its series with their digests."""
        query = "SELECT content FROM run_contents WHERE study_key = ? AND fingerprint = ?"
        found = self._database.execute(query, (key, fingerprint)).fetchone()
        return dict(json.loads(found[0])) if found else None

    def keep_content(self, key: str, fingerprint: str, content: Mapping[str, str | None]) -> None:
        """Keep what a copy holds."""
        row = key, fingerprint, json.dumps(content)
        with self._transaction():
            self._database.execute("INSERT OR REPLACE INTO run_contents VALUES (?, ?, ?)", row)

    def done(self) -> dict[str, Done]:
        """Give the studies that have a row, by key."""
        rows = self._database.execute("SELECT * FROM run_studies")
        return {
            key: Done(fingerprint, made_by, status, tuple((n, d) for n, d in json.loads(reports)))
            for key, fingerprint, made_by, status, reports in rows
        }

    def reports_of(self, key: str) -> set[str]:
        """Give the names of the reports that a study has so far."""
        query = "SELECT reports FROM run_studies WHERE study_key = ?"
        found = self._database.execute(query, (key,)).fetchone()
        return {name for name, _ in json.loads(found[0])} if found else set()

    def keep(self, outcome: Outcome, made_by: str) -> None:
        """Put what was read of a study in the place of what was there of it, in one step."""
        said = outcome.key, outcome.fingerprint, made_by, outcome.status
        with self._transaction():
            if self._is_known(outcome.key):
                self._forget(outcome.key)
            row = (*said, json.dumps(outcome.reports))
            self._database.execute("INSERT INTO run_studies VALUES (?, ?, ?, ?, ?)", row)
            for name, rows in outcome.tables.items():
                self._insert(all_tables()[name], rows)
            self._say(outcome.problems)

    def mark_gone(self, key: str, said: Mapping[str, Any]) -> None:
        """Say of a study of an earlier run that it is no longer there; its rows stay."""
        told = f"{said['message']}. {said['remedy']}."
        with self._transaction():
            self._database.execute(
                f"UPDATE {RESULTS} SET status = 'gone', code = ?, code_missing = NULL,"  # noqa: S608 (a constant)
                " message = ?, message_missing = NULL WHERE study_key = ?",
                (said["code"], told, key),
            )
            self._database.execute(
                "UPDATE run_studies SET status = 'gone', fingerprint = '' WHERE study_key = ?",
                (key,),
            )
            self._say([said])

    def holds_readings_of(self, key: str, others: Iterable[str]) -> bool:
        """Whether every reading of one copy is a reading of another, by reader and beginning."""
        listed = tuple(others)
        marks = ", ".join("?" * len(listed))
        readings = "SELECT reader, started FROM studies WHERE reader IS NOT NULL AND study_key"
        query = f"{readings} = ? EXCEPT {readings} IN ({marks})"
        return self._database.execute(query, (key, *listed)).fetchone() is None

    def forget(self, key: str) -> None:
        """Take out the row of what was never a study, or of a copy that another stands for."""
        with self._transaction():
            self._forget(key)

    def say_of_the_run(self, problems: Sequence[Mapping[str, Any]]) -> None:
        """Put the problems that belong to no study in the place of earlier ones."""
        with self._transaction():
            self._database.execute("DELETE FROM problems WHERE study_key IS NULL")
            self._say(problems)

    def rows(self, table: Table) -> Iterator[Row]:
        """Give the rows of a table by study, in the order in which they were written."""
        names = ", ".join(quoted(column.name) for column in table.columns)
        order = "study_key, rowid"
        found = self._database.execute(f"SELECT {names} FROM {table.name} ORDER BY {order}")  # noqa: S608 (names of ours)
        for row in found:
            yield {
                column.name: _cell(column, value)
                for column, value in zip(table.columns, row, strict=True)
            }

    def problems(self) -> Iterator[dict[str, Any]]:
        """Give all problems: those of studies by key, then those of the run."""
        order = "study_key IS NULL, study_key, rowid"
        for key, code, severity, series, message, remedy, evidence in self._database.execute(
            f"SELECT * FROM problems ORDER BY {order}"  # noqa: S608 (a constant)
        ):
            yield {
                "study_key": key,
                "code": code,
                "severity": severity,
                "message": message,
                "evidence": json.loads(evidence),
                "remedy": remedy,
                "where": series,
            }

    def counts(self) -> dict[str, int]:
        """Count the studies by what became of them."""
        return dict(
            self._database.execute("SELECT status, count(*) FROM run_studies GROUP BY status")
        )

    def readings(self) -> int:
        """Count the readings in the tables."""
        return self._one(f"SELECT coalesce(sum(readings), 0) FROM {RESULTS}")  # noqa: S608 (a constant)

    def grave(self, severity: Severity) -> int:
        """Count the problems of a severity; that a study is gone is no fault of the run."""
        query = "SELECT count(*) FROM problems WHERE severity = ? AND code <> 'study_gone'"
        return self._one(query, severity)

    def failed(self) -> Iterator[tuple[str, str]]:
        """Give key and code of the studies that failed."""
        where = "status = 'failed' ORDER BY study_key"
        yield from self._database.execute(f"SELECT study_key, code FROM {RESULTS} WHERE {where}")  # noqa: S608 (a constant)

    def set_settings(self, asked: Mapping[str, object], *, resume: bool) -> None:
        """Keep what the run is asked to do; one that goes on must be asked the same.

        Raises
        ------
        UsageError
            It is not (``settings_differ``).
        """
        kept = dict(self._database.execute("SELECT name, value FROM run_settings"))
        now = {name: json.dumps(value) for name, value in asked.items()}
        of_another_user = kept.get("salt") != now["salt"]
        salted = SALTED if of_another_user else frozenset[str]()
        other = [n for n in now if n in kept and n not in salted and kept[n] != now[n]]
        if resume and other:
            found = f"the run in the folder was made with other settings ({', '.join(other)})"
            remedy = "Give the same settings, or another folder"
            raise UsageError("settings_differ", found, remedy, {"settings": other})
        with self._transaction():
            self._database.executemany(
                "INSERT OR REPLACE INTO run_settings VALUES (?, ?)", now.items()
            )

    def _one(self, query: str, *values: str) -> int:
        (value,) = self._database.execute(query, values).fetchone()
        return int(value)

    def _is_known(self, key: str) -> bool:
        query = "SELECT 1 FROM run_studies WHERE study_key = ?"
        return self._database.execute(query, (key,)).fetchone() is not None

    def _forget(self, key: str) -> None:
        for name in ("run_studies", "problems", *all_tables()):
            self._database.execute(f"DELETE FROM {name} WHERE study_key = ?", (key,))  # noqa: S608 (names of ours)

    def _insert(self, table: Table, rows: Sequence[Row]) -> None:
        names = [column.name for column in table.columns]
        marks = ", ".join("?" * len(names))
        self._database.executemany(
            f"INSERT INTO {table.name} ({', '.join(map(quoted, names))}) VALUES ({marks})",  # noqa: S608 (names of ours)
            ([row[name] for name in names] for row in rows),
        )

    def _say(self, problems: Iterable[Mapping[str, Any]]) -> None:
        self._database.executemany(
            "INSERT INTO problems VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    *(said[name] for name in ("study_key", "code", "severity", "where")),
                    *(said[name] for name in ("message", "remedy")),
                    json.dumps(said["evidence"], default=str),
                )
                for said in problems
            ),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Write all or nothing; what the disk refuses is said in one sentence."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._database.execute("COMMIT")
        except BaseException as error:
            with suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise not_writable(error) from error
            raise

    def close(self) -> None:
        """Leave one file that any program reads."""
        with suppress(sqlite3.Error):
            self._database.execute("PRAGMA journal_mode=DELETE")
        self._database.close()


@contextmanager
def open_ledger(settings: BatchSettings) -> Iterator[Ledger]:
    """Open the folder of a run, for this process alone.

    Parameters
    ----------
    settings : BatchSettings
        Of the run.

    Raises
    ------
    UsageError
        The folder holds something and the run does not go on with it (``out_not_empty``), or it is
        asked something else (``settings_differ``).
    RecordError
        Another run writes into it (``batch_running``).
    OutputError
        It cannot be written.
    """
    out = settings.out
    if _is_taken(settings):
        if settings.resume:
            found = "the folder for the tables holds something, and no run to go on with"
            raise UsageError("out_not_empty", found, "Name the folder of the run, or a new one")
        found = "the folder for the tables is not empty"
        remedy = "Add --resume to go on with the run there, or name a new folder"
        raise UsageError("out_not_empty", found, remedy)
    held: IO[bytes] | None = None
    try:
        try:
            out.mkdir(parents=True, exist_ok=True)
            held = take_lock(out / LOCK)
        except BlockingIOError as error:
            found = "another run writes into the folder"
            raise RecordError("batch_running", found, "Wait for it, or name another") from error
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise OutputError.not_writable("the tables", reason) from error
        try:
            ledger = Ledger(opened(out / NAME))
        except (sqlite3.Error, OSError) as error:
            raise not_writable(error) from error
        try:
            ledger.set_settings(settings.asked(), resume=settings.resume)
            yield ledger
        except sqlite3.Error as error:  # also where it was only read: the disk may be gone
            raise not_writable(error) from error
        finally:
            ledger.close()
    finally:
        if held is not None:
            held.close()


def _is_taken(settings: BatchSettings) -> bool:
    """Whether a folder holds something else, or a run that this one is not told to go on with."""
    out = settings.out
    try:
        holds = out.exists() and (not out.is_dir() or any(out.iterdir()))
        return holds and not (settings.resume and (out / NAME).is_file())
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise OutputError.not_writable("the tables", reason) from error


def _cell(column: Column, value: Cell) -> Cell:
    return bool(value) if column.kind == "boolean" and value is not None else value
