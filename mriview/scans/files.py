"""Walking a path: every regular file below it, once, in a fixed order, within limits.

Pipes, devices and sockets are never opened, a folder is entered once however many links lead to it,
and what operating systems leave beside scans is known by its name. What a file holds, the format
readers say; only archives and formats of others, which none of them reads, are named here.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from mriview.errors import InputError

MAX_FILES = 2_000_000  # files below one path; a hospital's day is a tenth of it
MAX_DEPTH = 64  # nested folders; deeper is a loop of mounts
FIRST_BYTES = 512  # what readers recognise a file by: 128 + 4 of DICOM, 348 of NIfTI-1, 540 of 2

JUNK_NAMES = frozenset({"thumbs.db", ".ds_store", "desktop.ini", ".directory"})
JUNK_FOLDER = "__MACOSX"
JUNK_PREFIX = "._"  # AppleDouble: resource forks that carry the name of the file beside them

ZIP, GZIP, RAR, SEVEN_ZIP = b"PK\x03\x04", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf\x27\x1c"


def files_below(path: Path) -> Iterator[Path]:
    """Walk a file or a folder.

    Parameters
    ----------
    path : Path
        A file, or a folder whose name may begin with a dot.

    Yields
    ------
    Path
        Each regular file once, sorted by name folder by folder.

    Raises
    ------
    InputError
        The path is absent, closed, or neither file nor folder; or more than `MAX_FILES` lie below.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise _unreadable("the path is absent or closed") from error
    if stat.S_ISREG(mode):
        yield path
        return
    if not stat.S_ISDIR(mode):
        raise _unreadable("the path is neither a file nor a folder")
    try:
        os.scandir(path).close()
    except OSError as error:
        raise _unreadable("the folder is closed") from error
    for count, file in enumerate(_walk(path, set(), 0)):
        if count >= MAX_FILES:
            found = f"more than {MAX_FILES} files lie below the path"
            raise InputError("too_many_files", found, "Open a smaller folder", {"limit": MAX_FILES})
        yield file


def is_junk(path: Path) -> bool:
    """Whether a name says that an operating system left the file, not a scanner.

    Examples
    --------
    >>> is_junk(Path("series/._0001.dcm")), is_junk(Path("series/0001.dcm"))
    (True, False)
    """
    return (
        path.name.lower() in JUNK_NAMES
        or path.name.startswith(JUNK_PREFIX)
        or JUNK_FOLDER in path.parts
    )


def first_bytes(path: Path) -> bytes:
    """Read what readers recognise a file by.

    Raises
    ------
    OSError
        The file is closed or gone.
    """
    with path.open("rb") as file:
        return file.read(FIRST_BYTES)


def archive_kind(first: bytes) -> str | None:
    """Name an archive that no reader opens, by its first bytes.

    Examples
    --------
    >>> archive_kind(b"Rar!..."), archive_kind(b"%PDF-1.7")
    ('rar', None)
    """
    kinds = {ZIP: "zip", GZIP: "gzip", RAR: "rar", SEVEN_ZIP: "7z"}
    return next((kind for magic, kind in kinds.items() if first.startswith(magic)), None)


def foreign_format(path: Path, first: bytes) -> str | None:
    """Name a medical image format that no reader knows, by its magic or its name."""
    if first.startswith(b"NRRD"):
        return "NRRD"
    if first.startswith(b"ObjectType") or path.suffix.lower() in {".mha", ".mhd"}:
        return "MetaImage"
    return {".mgz": "MGH", ".mgh": "MGH", ".mnc": "MINC"}.get(path.suffix.lower())


def _walk(folder: Path, entered: set[tuple[int, int]], depth: int) -> Iterator[Path]:
    try:
        status = folder.stat()
        identity = (status.st_dev, status.st_ino)
        if identity in entered or depth > MAX_DEPTH:
            return
        entered.add(identity)
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:  # a folder that is closed holds nothing for us
        return
    for entry in entries:
        try:
            regular, inner = entry.is_file(), entry.is_dir()
        except OSError:
            continue
        if regular:
            yield Path(entry.path)
        elif inner:
            yield from _walk(Path(entry.path), entered, depth + 1)


def _unreadable(found: str) -> InputError:
    return InputError("path_unreadable", found, "Check the path and its rights, then open it again")
