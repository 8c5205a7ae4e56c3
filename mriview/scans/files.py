"""Walking a path: every regular file below it, once, in a fixed order, within limits.

Pipes, devices and sockets are never opened, a folder is entered once however many links lead to it,
and what operating systems leave beside scans is known by its name. What cannot be entered, or leads
nowhere, is listed too: somebody put it there, and reading it says why it is no scan. What a file
holds, the format readers say; how its bytes are read, ``contents``.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from mriview.errors import InputError
from mriview.scans.limits import limits
from mriview.values import problem

# A pipe that took the place of a file must not stop us.
READ_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)

JUNK_NAMES = frozenset({"thumbs.db", ".ds_store", "desktop.ini", ".directory"})
JUNK_FOLDER = "__MACOSX"
JUNK_PREFIX = "._"  # AppleDouble: resource forks that carry the name of the file beside them

_MAGIC = {
    b"Rar!": "rar",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}

# The object class of a DICOMDIR; it stands among the first elements of its meta information.
_MEDIA_INDEX, _META_BYTES = b"1.2.840.10008.1.3.10", 1024
TAR, TAR_AT = b"ustar", 257  # POSIX.1-1988


class ScanFile(NamedTuple):
    """One file below a path, or one member of an archive: which it is, and how it was found.

    Parameters
    ----------
    path : str
        The file on disk; for a member its archive.
    member : str
        Name inside the archive, ``""`` for a file on disk.
    size : int
        Bytes on disk when it was walked; -1 where nobody looked.
    modified_ns : int
        When it was last changed, as it was walked; reading what changed since is refused.
    """

    path: str
    member: str = ""
    size: int = -1
    modified_ns: int = 0

    @property
    def name(self) -> str:
        """Last part of its name."""
        return self.member.rpartition("/")[2] if self.member else self.path.rpartition(os.sep)[2]

    @property
    def folder(self) -> str:
        """Where it lies; for a member the archive and the folder inside it."""
        if not self.member:
            above, sep, _ = self.path.rpartition(os.sep)
            return above or sep
        inner = self.member.rpartition("/")[0]
        return f"{self.path}/{inner}" if inner else self.path

    def __repr__(self) -> str:
        return "ScanFile(...)"  # names of files hold names of people


class Listing(NamedTuple):
    """One folder and the regular files in it, by name.

    Parameters
    ----------
    folder : str
        Its path.
    files : tuple of ScanFile
        By name.
    state : bytes
        Digest of what the system says of each file (name, size, times, inode): equal only where
        nothing was added, removed or changed. ``b""`` where the folder was not listed.
    changed_ns : int
        When the youngest of them was changed.
    """

    folder: str
    files: tuple[ScanFile, ...]
    state: bytes = b""
    changed_ns: int = 0


def listings_below(path: Path) -> Iterator[Listing]:
    """Walk a file or a folder; a DICOMDIR stands for the folder that it lies in.

    Parameters
    ----------
    path : Path
        A file, or a folder whose name may begin with a dot.

    Yields
    ------
    Listing
        Each folder that holds files, once; each file once, sorted by name.

    Raises
    ------
    InputError
        The path is absent, closed, or neither file nor folder; or more files than `Limits.files`
        lie below.
    UsageError
        A limit of the environment is no number.
    """
    most = limits().files
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable("the path is absent or closed") from error
    if stat.S_ISREG(status.st_mode) and _is_media_index(path):
        path = path.parent
        status = path.stat()
    if stat.S_ISREG(status.st_mode):
        alone = ScanFile(str(path), "", status.st_size, status.st_mtime_ns)
        yield Listing(str(path.parent), (alone,))
        return
    if not stat.S_ISDIR(status.st_mode):
        raise _unreadable("the path is neither a file nor a folder")
    try:
        os.scandir(path).close()
    except OSError as error:
        raise _unreadable("the folder is closed") from error
    count = 0
    for listing in _walk(str(path), set(), 0):
        count += len(listing.files)
        if count > most:
            found = f"more than {most} files lie below the path"
            raise InputError("too_many_files", found, "Open a smaller folder", {"limit": most})
        yield listing


def opened_unchanged(file: ScanFile, *, buffered: bool = True) -> BinaryIO:
    """Open a file on disk, or an archive, and refuse one that is not the one that was walked.

    Parameters
    ----------
    file : ScanFile
        The file.
    buffered : bool
        Whether little is read at a time; whole images are read faster without a buffer.

    Raises
    ------
    OSError
        The file is closed or gone.
    ScanError
        ``file_changed``.
    """

    def opener(path: str, _flags: int) -> int:
        return os.open(path, READ_FLAGS)

    buffering = -1 if buffered else 0
    stream = open(file.path, "rb", buffering, opener=opener)  # noqa: SIM115 (the caller closes it)
    try:
        check_unchanged(file, stream.fileno())
    except BaseException:
        stream.close()
        raise
    return stream


def check_unchanged(file: ScanFile, handle: int) -> None:
    """Refuse a file that is not the one whose header was read.

    Raises
    ------
    ScanError
        ``file_changed``.
    """
    status = os.fstat(handle)
    same = (status.st_size, status.st_mtime_ns) == (file.size, file.modified_ns)
    if not stat.S_ISREG(status.st_mode) or not (same or file.size < 0):
        raise problem("file_changed", files=1).as_error()


def why_closed(file: ScanFile) -> str:
    """Say why a file that was listed cannot be opened, in words for a person."""
    if os.path.isdir(file.path):
        return "a folder that is closed or lies too deep"
    if os.path.islink(file.path) and not os.path.exists(file.path):
        return "a link to something that is not here"
    return "the file is closed or gone"


def is_junk(file: ScanFile) -> bool:
    """Whether a name says that an operating system left the file, not a scanner.

    Examples
    --------
    >>> is_junk(ScanFile("series/._0001.dcm")), is_junk(ScanFile("series/0001.dcm"))
    (True, False)
    """
    name = file.name
    if name.startswith(JUNK_PREFIX) or name.lower() in JUNK_NAMES:
        return True
    if JUNK_FOLDER not in file.path and JUNK_FOLDER not in file.member:
        return False
    return JUNK_FOLDER in file.member.split("/") or JUNK_FOLDER in file.path.split(os.sep)


def foreign_archive(first: bytes) -> str | None:
    """Name an archive that nobody here opens, by its first bytes.

    Examples
    --------
    >>> foreign_archive(b"Rar!..."), foreign_archive(b"%PDF-1.7")
    ('rar', None)
    """
    if first[TAR_AT : TAR_AT + len(TAR)] == TAR:
        return "tar"
    return next((kind for magic, kind in _MAGIC.items() if first.startswith(magic)), None)


def foreign_format(name: str, first: bytes) -> str | None:
    """Name a medical image format that no reader knows, by its magic or its name."""
    if first.startswith(b"NRRD"):
        return "NRRD"
    ending = os.path.splitext(name)[1].lower()
    if first.startswith(b"ObjectType") or ending in {".mha", ".mhd"}:
        return "MetaImage"
    return {".mgz": "MGH", ".mgh": "MGH", ".mnc": "MINC"}.get(ending)


def _walk(folder: str, entered: set[tuple[int, int]], depth: int) -> Iterator[Listing]:
    try:
        status = os.stat(folder)
        identity = (status.st_dev, status.st_ino)
        if identity in entered:
            return
        entered.add(identity)
        entries = None if depth > limits().folder_depth else _entries(folder)
    except OSError:
        entries = None
    if entries is None:
        yield Listing(os.path.dirname(folder), (ScanFile(folder),))
        return
    listing, inner = _listed(folder, entries)
    if listing.files:
        yield listing
    for below in inner:
        yield from _walk(below, entered, depth + 1)


def listing_of(folder: str) -> Listing:
    """List one folder, without what lies in folders inside it.

    Raises
    ------
    OSError
        It is closed or gone.
    """
    return _listed(folder, _entries(folder))[0]


def _listed(folder: str, entries: Iterable[os.DirEntry[str]]) -> tuple[Listing, list[str]]:
    """Give the files of a folder, and the folders inside it."""
    files: list[ScanFile] = []
    inner: list[str] = []
    states: list[str] = []
    changed_ns = 0
    for entry in entries:
        try:
            status = entry.stat()
        except OSError:  # closed, or a link that leads nowhere
            files.append(ScanFile(entry.path))
            states.append(f"{entry.name}\0-")
            continue
        if stat.S_ISREG(status.st_mode):
            files.append(ScanFile(entry.path, "", status.st_size, status.st_mtime_ns))
            times = status.st_mtime_ns, status.st_ctime_ns
            changed_ns = max(changed_ns, *times)
            states.append(f"{entry.name}\0{status.st_size}\0{times}\0{status.st_ino}")
        elif stat.S_ISDIR(status.st_mode):
            inner.append(entry.path)
    return Listing(folder, tuple(files), _digest("\n".join(states)), changed_ns), inner


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """List a folder by name; of one beyond the limit no more than shows it."""
    with os.scandir(folder) as listing:
        some = islice(listing, limits().files + 1)
        return sorted(some, key=lambda entry: entry.name)


def _is_media_index(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            first = stream.read(_META_BYTES)
    except OSError:
        return False
    return first[128:132] == b"DICM" and _MEDIA_INDEX in first


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).digest()


def _unreadable(found: str) -> InputError:
    return InputError("path_unreadable", found, "Check the path and its rights, then open it again")
