"""What headers said, remembered from one run to the next, in the user's cache.

A folder is remembered as a whole, by a digest of its path and of what the system says of each of
its files: when anything was added, removed or changed, it is read again. Nothing else is taken on
trust, and no path, file name or patient is in the database. It is a cache: where it cannot be
opened, written or understood, headers are read from the files, and nothing is lost with it.
"""

import hashlib
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from pathlib import Path

from mriview import __version__
from mriview.scans.files import Listing
from mriview.scans.reading import readers
from mriview.scans.stored import FIELDS, FORM, Read, as_text, from_text

OFF = "MRIVIEW_INDEX"  # set to "off" to remember nothing
NAME = f"headers-{FORM}.sqlite"  # its form; ours, not that of a reader
UNSETTLED_NS = 2 * 10**9  # FAT keeps times to 2 s: what was changed just now may change unseen
BUSY_MS = 2000  # two programs write at once
AT_ONCE = 64  # folders in one transaction
LEAST_FILES = 4  # of a folder; fewer are read faster than the database is opened
MAX_BYTES = 512 * 2**20  # beyond it what was used longest ago is forgotten

_TABLE = """
CREATE TABLE IF NOT EXISTS folders (
  folder BLOB PRIMARY KEY, listing BLOB NOT NULL, used INTEGER NOT NULL,
  digest BLOB NOT NULL, headers TEXT NOT NULL
) WITHOUT ROWID
"""

_OPEN: "dict[tuple[int, Path, str], Remembered]" = {}  # one at most, for workers


class Remembered:
    """What one run remembers and recalls; the database is opened when it is first asked."""

    def __init__(self) -> None:
        self._started_ns = time.time_ns()
        self._unwritten: list[tuple[bytes, bytes, int, bytes, str]] = []

    def recall(self, listing: Listing) -> Read | None:
        """Give the headers of a folder as they were read before; None where they must be read."""
        if not _is_worth_it(listing) or self._database is None:
            return None
        try:
            found = self._database.execute(
                "SELECT digest, headers FROM folders WHERE folder = ? AND listing = ?",
                (_folder(listing), _state(listing)),
            ).fetchone()
            if found is None or found[0] != _digest(found[1].encode()):
                return None
            return from_text(listing, found[1])
        except Exception:  # noqa: BLE001 (whatever lies in a cache, the files can be read)
            return None

    def remember(self, listing: Listing, read: Read) -> None:
        """Keep the headers of a folder, unless a file in it is too young to be sure of it."""
        if not _is_worth_it(listing) or self._database is None:
            return
        if listing.changed_ns > self._started_ns - UNSETTLED_NS:
            return
        if (text := as_text(listing, read)) is None:
            return
        used_s = self._started_ns // 10**9
        row = _folder(listing), _state(listing), used_s, _digest(text.encode()), text
        self._unwritten.append(row)
        if len(self._unwritten) >= AT_ONCE:
            self._write(self._database)

    def write(self) -> None:
        """Put what was remembered on the disk."""
        if self._unwritten and self._database is not None:
            self._write(self._database)

    def _write(self, database: sqlite3.Connection) -> None:
        """Write folders in one transaction, which is held for nothing else."""
        with suppress(sqlite3.Error), database:
            database.execute("BEGIN IMMEDIATE")
            row = "INSERT OR REPLACE INTO folders VALUES (?, ?, ?, ?, ?)"
            database.executemany(row, self._unwritten)
        self._unwritten.clear()

    @cached_property
    def _database(self) -> sqlite3.Connection | None:
        off = os.environ.get(OFF, "").lower() == "off"
        return None if off else _opened(cache_folder())

    def close(self) -> None:
        """Close the database if it was opened."""
        database = self.__dict__.get("_database")
        if database is not None:
            self.write()
            with suppress(sqlite3.Error):
                _forget_the_oldest(database)
                database.close()


@contextmanager
def remembered(*, stays_open: bool = False) -> Iterator[Remembered]:
    """Give the memory for one run.

    Parameters
    ----------
    stays_open : bool
        Whether this process keeps the database open for the next time, for workers that open one
        study after the other.

    Yields
    ------
    Remembered
        It remembers nothing where the cache is off, closed or broken.
    """
    if stays_open:
        memory = _of_process(os.getpid(), cache_folder(), os.environ.get(OFF, ""))
        yield memory
        memory.write()
        return
    memory = Remembered()
    try:
        yield memory
    finally:
        memory.close()


def _of_process(process: int, folder: Path, off: str) -> Remembered:
    """Give the one memory of a process; for another cache or setting it is opened anew."""
    asked = process, folder, off
    if asked not in _OPEN:
        for (owner, *_), memory in _OPEN.items():
            if owner == process:
                memory.close()
        _OPEN.clear()
        _OPEN[asked] = Remembered()
    return _OPEN[asked]


def cache_folder() -> Path:
    """Give the user's cache folder of this program, as the operating system has it."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "mriview"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/mriview"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mriview"


def _is_worth_it(listing: Listing) -> bool:
    """Whether asking the database costs less than reading the files."""
    return bool(listing.state) and len(listing.files) >= LEAST_FILES


def _folder(listing: Listing) -> bytes:
    return _digest(os.path.abspath(listing.folder).encode("utf-8", "surrogateescape"))


def _state(listing: Listing) -> bytes:
    """Give what was there, and who read it: another version reads again."""
    return _digest(listing.state + _readers())


@cache
def _readers() -> bytes:
    return "\0".join((__version__, FIELDS, *readers().working)).encode()


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def _opened(folder: Path) -> sqlite3.Connection | None:
    """Open the database; one that is broken is thrown away, it is only a cache."""
    for last in (False, True):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            connection = sqlite3.connect(
                folder / NAME, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error):
            return None
        try:
            connection.execute("PRAGMA synchronous=OFF")  # what a power cut tears has no digest
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(_TABLE)
        except sqlite3.DatabaseError as error:
            connection.close()
            if last or isinstance(error, sqlite3.OperationalError):
                return None
            with suppress(OSError):
                (folder / NAME).unlink()
        else:
            return connection
    return None


def _forget_the_oldest(connection: sqlite3.Connection) -> None:
    """Keep the database below its size."""
    (pages,), (size,) = (
        connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size")
    )
    if pages * size > MAX_BYTES:
        connection.execute(
            "DELETE FROM folders WHERE used <= (SELECT used FROM folders ORDER BY used "
            "LIMIT 1 OFFSET (SELECT count(*) / 2 FROM folders))"
        )
        connection.execute("VACUUM")
