"""The folder that is left: tables, the same as a database, what was wrong, and where it all lay.

New files are made in a folder beside the old ones and take their place when all are whole, so that
a full disk or a kill costs nothing that stood there. Only ``sources_paths.csv`` holds paths.
"""

import errno
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from mriview.errors import OutputError, RecordError, UsageError
from mriview.exporters.tables import Row, Table, dictionary_of, write_csv
from mriview.review.lock import take_lock
from mriview.values.strict_json import read_json
from mriview.workflow.collect.agreed import AGREEMENT_FILES
from mriview.workflow.collect.columns import tables_with
from mriview.workflow.collect.gathered import Gathered
from mriview.workflow.collect.key_map import KEY, KeyMap

FORMAT, FORMAT_VERSION = "mriview.collect", "1.0"
SUMMARY, DATABASE = "collect.json", "collect.sqlite"
PROBLEMS, PATHS, TABLES = "problems.jsonl", "sources_paths.csv", "tables"
PART, LOCK = ".collect.part", "lock"
AT_ONCE = 500  # rows in memory

_OF_THE_DISK = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")

_TYPES = {"integer": "INTEGER", "boolean": "INTEGER", "number": "REAL"}


@contextmanager
def output(out: Path) -> Iterator[Path]:
    """Give a folder for new files, which take the place of the old ones when the block ends.

    Parameters
    ----------
    out : Path
        New, empty, or an earlier output.

    Yields
    ------
    Path
        An empty folder on the same disk; it is gone afterwards.

    Raises
    ------
    UsageError
        It holds something else (``out_not_empty``).
    RecordError
        Another program writes there (``collect_running``).
    OutputError
        It cannot be written; what stood there is untouched.
    """
    if out.exists() and not _is_ours(out):
        found = "the folder for the tables holds something that is no earlier output"
        raise UsageError("out_not_empty", found, "Name a new or an empty folder")
    made, part, placing = not out.exists(), out / PART, False
    try:
        with _said():
            part.mkdir(parents=True, exist_ok=True)
            lock = _locked(part)
        with lock, _said():
            _empty(part)
            yield part
            placing = True
            _put_in_place(part, out)
    except RecordError:
        raise
    except BaseException:
        if not placing:  # else the next run must see that it may go on here
            _take_back(out, made=made)
        raise
    _take_back(out, made=False)


def leave(part: Path, gathered: Gathered, key_map: KeyMap | None, said: Mapping[str, Any]) -> None:
    """Write every file into the folder for new ones.

    Parameters
    ----------
    part : Path
        What `output` gave.
    gathered : Gathered
        All readings.
    key_map : KeyMap or None
        The site's columns.
    said : mapping
        The summary.
    """
    site = key_map or KeyMap()
    listed = tables_with(site.columns)
    (part / TABLES).mkdir()
    with closing(sqlite3.connect(part / DATABASE, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=OFF")  # it goes when anything fails
        database.execute("PRAGMA synchronous=OFF")
        database.execute("BEGIN")
        for name, table in listed.items():
            rows = ({**row, **site.cells(_key(row))} for row in gathered.rows(name))
            with _page(part / TABLES / f"{name}.csv") as page:
                names = [column.name for column in table.columns]
                write_csv(page, names, _also_into(database, table, rows))
        database.execute("COMMIT")
    (part / TABLES / "dictionary.csv").write_bytes(dictionary_of(listed.values()))
    with _page(part / PROBLEMS) as page:
        page.writelines(f"{json.dumps(one)}\n" for one in gathered.problems())
    with _page(part / PATHS) as page:
        write_csv(page, ("source", "path"), gathered.paths())
    with _page(part / SUMMARY) as page:
        head = {"format": FORMAT, "format_version": FORMAT_VERSION}
        page.write(json.dumps({**head, **said}, indent=1) + "\n")


def _also_into(database: sqlite3.Connection, table: Table, rows: Iterator[Row]) -> Iterator[Row]:
    """Put rows into the database on their way into a file."""
    names = [column.name for column in table.columns]
    declared = (f"{_quoted(c.name)} {_TYPES.get(c.kind, 'TEXT')}" for c in table.columns)
    database.execute(f"CREATE TABLE {table.name} ({', '.join(declared)})")
    marks = ", ".join("?" * len(names))
    insert = f"INSERT INTO {table.name} VALUES ({marks})"  # noqa: S608 (a name of ours)
    while some := list(islice(rows, AT_ONCE)):
        database.executemany(insert, ([row[name] for name in names] for row in some))
        yield from some
    index = f"{table.name}_of_study ON {table.name} ({KEY})"
    database.execute(f"CREATE INDEX {index}")


def _key(row: Row) -> str | None:
    key = row[KEY]
    return key if isinstance(key, str) else None


def _quoted(name: str) -> str:
    return f'"{name}"'


@contextmanager
def _page(path: Path) -> Iterator[TextIO]:
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as page:
        yield page


def _is_ours(out: Path) -> bool:
    """Whether a folder may be written: it is empty, or what `collect` left, killed or not."""
    try:
        if not any(out.iterdir()) or (out / PART).is_dir():
            return True
        told, _ = read_json((out / SUMMARY).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("format") == FORMAT


def _locked(part: Path) -> Any:
    try:
        return take_lock(part / LOCK)
    except BlockingIOError as error:
        found = "another program is gathering readings into this folder"
        raise RecordError("collect_running", found, "Wait for it, or name another") from error


def _empty(part: Path) -> None:
    """Remove what a killed program left."""
    for path in part.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()


def _put_in_place(part: Path, out: Path) -> None:
    """Put the new files where the old ones are; the summary, last, says that all are there."""
    written = sorted(path for path in part.rglob("*") if path.is_file() and path.name != LOCK)
    for path in written:
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    (out / TABLES).mkdir(exist_ok=True)
    (out / SUMMARY).unlink(missing_ok=True)
    for name in AGREEMENT_FILES:  # of an earlier output that was of other readings
        if part / name not in written:
            (out / name).unlink(missing_ok=True)
    for path in sorted(written, key=lambda path: path.name == SUMMARY):
        path.replace(out / path.relative_to(part))


def _take_back(out: Path, *, made: bool) -> None:
    with suppress(OSError):
        shutil.rmtree(out / PART)
        if made:
            out.rmdir()


@contextmanager
def _said() -> Iterator[None]:
    """Say in one sentence what the disk refused."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise OutputError.not_writable("the tables", reason) from error
    except sqlite3.Error as error:
        if not error.sqlite_errorname.startswith(_OF_THE_DISK):
            raise
        full = error.sqlite_errorname == "SQLITE_FULL"
        reason = os.strerror(errno.ENOSPC).lower() if full else str(error)
        raise OutputError.not_writable("the tables", reason) from error
