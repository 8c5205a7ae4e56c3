"""Which studies there are: those of a batch, from its tables, or those of an archive, from headers.

The folder of a batch is read and never written, also while the run goes on. What a study is, what
it can show and where it lies is told, and which readings the run has; a study that cannot be read
is told with its code.
"""

import csv
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple, cast, get_args

from mriview import vocabulary
from mriview.errors import InputError, UsageError
from mriview.exporters.tables.columns import SEPARATOR
from mriview.exporters.tables.text import APOSTROPHE
from mriview.review import open_review
from mriview.review.answerable import CONTACT, Verdict
from mriview.scans import Study, Trust, open_batch
from mriview.workflow.batch.columns import RESULTS
from mriview.workflow.batch.database import BUSY_S, FORM
from mriview.workflow.batch.database import NAME as DATABASE
from mriview.workflow.worklist.rows import Found, ListedStudy, SeenReview

KEYS = "keys.csv"  # of a batch: the one file that says where a study lies
_COLUMNS = ("study_key", "status", "code", "roles_present", f"can_show_{CONTACT}", "problem_codes")
READINGS = "studies"  # of the tidy tables, the one with a row a reading
_OF_READINGS = ("study_key", "reader", "status", "events", "created", "started")
SIGNED = frozenset({"final", "amended"})  # statuses of a report that a signature ends
_GRAVEST = ("error", "warning", "info")
AGAIN = "Run mriview batch with --resume to make it again"


class Listing(NamedTuple):
    """The studies below a root, which matrix they were found with, and what a batch read of them.

    Parameters
    ----------
    studies : tuple of ListedStudy
    trust : str or None
        Which matrix of NIfTI files the studies were found with.
    readings : tuple of SeenReview
        Those in the tables of a batch, which does not know any more where they lie.
    """

    studies: tuple[ListedStudy, ...]
    trust: Trust | None = None
    readings: tuple[SeenReview, ...] = ()


def is_batch(root: Path) -> bool:
    """Whether a folder is what a batch leaves, or is leaving."""
    return (root / DATABASE).is_file()


def listed_studies(root: Path, trust: Trust | None = None) -> Listing:
    """List the studies of a batch or of an archive.

    Parameters
    ----------
    root : Path
        Folder of a batch, or an archive: its headers are read then.
    trust : {"sform", "qform"}, optional
        Which matrix of a NIfTI file is trusted where its two disagree; a batch knows its own.

    Raises
    ------
    InputError
        The root cannot be read (``path_unreadable``) or holds no scan (``no_scan_found``); the
        batch has not found its studies yet, or the list of them was taken away (``keys_missing``);
        its tables are broken (``batch_broken``).
    UsageError
        The tables were made by a version with others (``batch_version``).
    """
    if is_batch(root):
        return _of_batch(root)
    return listing_of(open_batch(root, trust=trust), trust)


def listing_of(studies: Iterable[Study], trust: Trust | None = None) -> Listing:
    """List studies that were opened, by what their headers say.

    Raises
    ------
    InputError
        They are a place without any scan (``no_scan_found``).
    """
    listed = []
    for study in studies:
        for said in study.problems:
            if said.code == "no_scan_found":
                raise said.as_error()
        listed.append(_of_study(study))
    return Listing(tuple(listed), trust)


def _of_study(study: Study) -> ListedStudy:
    grave = [one for one in study.problems if one.severity != "info"]
    named = grave if study.volumes or grave else study.problems  # why there is no scan
    worst = min(named, key=lambda one: _GRAVEST.index(one.severity), default=None)
    held = {volume.role.id for volume in study.volumes.values()}
    shows = {part.part: part.verdict for part in open_review(study).answerable()}
    return ListedStudy(
        key=study.key,
        found="reported" if study.volumes else "no_scan",
        code=worst.code if worst else None,
        roles=tuple(role for role in vocabulary.roles() if role in held),
        contact=shows[CONTACT],
        problems=tuple(dict.fromkeys(one.code for one in grave)),
        place=study.place,
    )


def _of_batch(root: Path) -> Listing:
    places = dict(_places(root / KEYS))
    told = _read(root / DATABASE)
    known = {row["study_key"] for row in told.studies}
    listed = [_of_row(row, places.get(row["study_key"])) for row in told.studies]
    listed += [ListedStudy(k, "waiting", place=at) for k, at in places.items() if k not in known]
    readings = (_reading(row) for row in told.readings if row["reader"])
    return Listing(tuple(listed), told.trust, tuple(readings))


def _of_row(row: dict[str, Any], place: Path | None) -> ListedStudy:
    contact = row[f"can_show_{CONTACT}"]
    return ListedStudy(
        key=str(row["study_key"]),
        found=cast("Found", row["status"] if row["status"] in get_args(Found) else "failed"),
        code=row["code"],
        roles=_ids(row["roles_present"]),
        contact=contact if contact in get_args(Verdict) else None,
        problems=_ids(row["problem_codes"]),
        place=place,
    )


def _reading(row: dict[str, Any]) -> SeenReview:
    return SeenReview(
        str(row["study_key"]),
        str(row["reader"]),
        commands=row["events"] or 0,
        signed=row["status"] in SIGNED,
        last=row["created"],
        known_from="batch",
        started=row["started"],
    )


def _ids(cell: str | None) -> tuple[str, ...]:
    return tuple(cell.split(SEPARATOR)) if cell else ()


class _Told(NamedTuple):
    """Rows of the tables of a run, and a setting of it."""

    studies: list[dict[str, Any]]
    readings: list[dict[str, Any]]
    trust: Trust | None


def _read(path: Path) -> _Told:
    """Read the rows of studies and readings and the settings of their run; nothing is written."""
    try:
        with closing(_opened(path)) as database:
            (form,) = database.execute("PRAGMA user_version").fetchone()
            if form not in {0, FORM}:
                found = "the batch in the folder was made by a version with other tables"
                raise UsageError("batch_version", found, "Run mriview batch into a new folder")
            database.execute("BEGIN")  # a run may write a study between one table and the next
            studies = _rows(database, RESULTS, _COLUMNS)
            readings = _rows(database, READINGS, _OF_READINGS)
            kept = database.execute("SELECT value FROM run_settings WHERE name = 'trust'")
            trust = next((json.loads(value) for (value,) in kept), None)
    except (sqlite3.Error, ValueError) as error:
        found = f"the tables of the batch cannot be read ({type(error).__name__})"
        raise InputError("batch_broken", found, AGAIN) from error
    return _Told(studies, readings, trust)


def _rows(
    database: sqlite3.Connection, table: str, columns: tuple[str, ...]
) -> list[dict[str, Any]]:
    names = ", ".join(f'"{name}"' for name in columns)
    told = database.execute(f"SELECT {names} FROM {table} ORDER BY study_key, rowid")  # noqa: S608 (names of ours)
    return [dict(zip(columns, row, strict=True)) for row in told]


def _opened(path: Path) -> sqlite3.Connection:
    """Open a database to be read, also on a disk that is closed for writing."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    with suppress(sqlite3.OperationalError):
        database = sqlite3.connect(address, uri=True, timeout=BUSY_S)
        try:
            database.execute("PRAGMA user_version").fetchone()
        except sqlite3.Error:
            database.close()
            raise
        return database
    if path.with_name(f"{path.name}-wal").exists():  # the run that writes it has more to tell
        found = "the tables of the batch cannot be opened"
        raise InputError("batch_broken", found, "Ask for leave to write the folder, or wait")
    return sqlite3.connect(f"{address}&immutable=1", uri=True)


def _places(path: Path) -> Iterator[tuple[str, Path]]:
    try:
        with path.open(newline="", encoding="utf-8") as page:
            for row in csv.DictReader(page):
                yield row["study_key"], Path(row["path"].removeprefix(APOSTROPHE))
    except FileNotFoundError as error:
        found = f"{path.name} is absent: the batch has not found its studies yet, or it was lost"
        remedy = f"Wait for the run. {AGAIN}"
        raise InputError("keys_missing", found, remedy) from error
    except (OSError, UnicodeError, csv.Error, KeyError, AttributeError) as error:
        found = f"{path.name} is no table of keys and paths"
        raise InputError("keys_broken", found, AGAIN) from error
