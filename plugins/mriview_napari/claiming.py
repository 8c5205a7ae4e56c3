"""Whether a path may hold a scan, by the first bytes of its files; no study is opened for it.

The formats say what is theirs; here is only how far a folder is looked through before napari's
question is answered with no. What happens to a path that is claimed, ``reading`` knows.
"""

import os
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from mriview.scans import ScanFile, readers

FIRST_BYTES = 1024  # what a format reader is asked with: holds the magic of each
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
GZIP_WINDOW = 31  # how zlib is told to expect a gzip header
SNIFFED_FILES, SNIFFED_OF_FOLDER = 256, 32  # pass the program of a disc, cheap on a network drive


def may_hold_scans(paths: Iterable[str]) -> bool:
    """Whether a file, or one of the first files of a folder, is claimed by a format reader.

    Parameters
    ----------
    paths : iterable of str
        Files and folders.
    """
    return any(
        _is_scan(file) for path in paths for file in islice(_files(Path(path)), SNIFFED_FILES)
    )


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for folder, _, names in os.walk(path):
        files = (Path(folder, name) for name in names)
        yield from islice((file for file in files if file.is_file()), SNIFFED_OF_FOLDER)


def _is_scan(path: Path) -> bool:
    """Whether a format reader claims a file, or it is an archive that may hold such files."""
    try:
        with path.open("rb") as opened:
            first = opened.read(FIRST_BYTES)
    except OSError:
        return False
    if first.startswith(ZIP):
        return _is_archive_of_files(path.suffix.lower())
    if first.startswith(GZIP):
        first = _inflated(first)
    file = ScanFile(str(path))
    return any(reader.claims(file, first) for reader in readers().working.values())


def _is_archive_of_files(ending: str) -> bool:
    """Whether an archive is named as one: documents and arrays are archives too."""
    return ending in {"", ".zip"} or ending[1:].isdigit()  # the last part of a UID


def _inflated(first: bytes) -> bytes:
    try:
        return zlib.decompressobj(GZIP_WINDOW).decompress(first, FIRST_BYTES)
    except zlib.error:
        return b""
