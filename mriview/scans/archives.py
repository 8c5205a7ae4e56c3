"""Members of zip archives: which files an archive holds, and the bytes of one, within limits.

Nothing is ever unpacked to disk: a member is read as a stream, so no name in an archive can lead
out of it. What the archive says of itself is checked in ``zip_directory``, here again while a
member is inflated; what a member holds, the format readers say.
"""

import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import lru_cache
from types import MappingProxyType

from mriview.errors import ScanError
from mriview.scans.files import ScanFile, opened_unchanged
from mriview.scans.streams import CHUNK_BYTES, Pieces, deflated_pieces, stored_pieces
from mriview.scans.zip_directory import (
    DEFLATED,
    BrokenError,
    Entry,
    data_at,
    entries_of,
    local_names,
)
from mriview.values import problem

ZIP = b"PK\x03\x04"
PROGRAM = b"MZ"  # of Windows; an archive that unpacks itself follows one
DIRECTORIES_KEPT = 4  # parsed once, however many members are read

# What makes an archive a document or a package: its members are no files of the user's.
_PARTS_OF_DOCUMENTS = frozenset(
    {"[content_types].xml", "mimetype", "meta-inf", "androidmanifest.xml", "_rels"}
)
_PARTS_OF_PACKAGES = (".dist-info", ".egg-info")
_ARRAY = ".npy"


def is_zip(first: bytes) -> bool:
    """Whether bytes begin a zip archive."""
    return first[:4] == ZIP


def may_unpack_itself(first: bytes) -> bool:
    """Whether bytes begin a program, behind which an archive may lie."""
    return first[:2] == PROGRAM


def is_document(names: Iterator[str]) -> bool:
    """Whether names of members are those of a document, a package or arrays: one file, not many.

    Examples
    --------
    >>> is_document(iter(["[Content_Types].xml", "word/document.xml"]))
    True
    >>> is_document(iter(["DICOM/IM000001", "README.TXT"]))
    False
    """
    arrays = []
    for name in names:
        top = name.lower().partition("/")[0]
        if top in _PARTS_OF_DOCUMENTS or top.endswith(_PARTS_OF_PACKAGES):
            return True
        arrays.append(top.endswith(_ARRAY))
    return bool(arrays) and all(arrays)


def members_of(archive: ScanFile) -> tuple[ScanFile, ...]:
    """Give the files in an archive, by name, those that may not be read among them.

    Raises
    ------
    OSError
        The archive is closed or gone.
    ScanError
        It is broken or cut (``archive_broken``), or its directory is beyond a limit: see
        `mriview.scans.zip_directory.entries_of`.
    """
    return tuple(archive._replace(member=name) for name in _directory(archive))


def member_named(file: ScanFile, name: str) -> ScanFile | None:
    """Find another member of the same archive; None where there is none."""
    there = _directory(file._replace(member=""))
    return file._replace(member=name) if name in there else None


def size_of(file: ScanFile) -> int:
    """Bytes of a member, as its archive says."""
    return _entry(file).size


def start_of_member(file: ScanFile, count: int) -> bytes:
    """Read the first bytes of a member.

    Raises
    ------
    OSError
        The archive is closed or gone.
    ScanError
        As `pieces_of_member`.
    """
    found = b""
    with closing(_pieces(file, _entry(file))) as pieces:
        for piece in pieces:
            found += piece
            if len(found) >= count:
                break
    return found[:count]


def pieces_of_member(file: ScanFile) -> Pieces:
    """Read a member piece by piece; at the end its length and checksum are verified.

    Raises
    ------
    OSError
        The archive is closed or gone.
    ScanError
        It changed since it was walked (``file_changed``), the member is cut or corrupt
        (``archive_member_broken``), or is one that may not be read: unsafe by its name, encrypted,
        larger than a limit, compressed in a way that is not read, or an archive itself.
    """
    entry = _entry(file)
    checksum = total = 0
    for piece in _pieces(file, entry):
        total += len(piece)
        checksum = zlib.crc32(piece, checksum)
        yield piece
    if (total, checksum) != (entry.size, entry.checksum):
        raise _member_broken()


def _pieces(file: ScanFile, entry: Entry) -> Pieces:
    """Inflate a member, never beyond the length that its directory says."""
    with opened_unchanged(file) as stream:
        try:
            stream.seek(data_at(stream, entry))
            read = deflated_pieces if entry.method == DEFLATED else stored_pieces
            total = 0
            for piece in read(stream, entry.packed):
                if total == 0:
                    _refuse_archive(piece)
                total += len(piece)
                if total > entry.size:
                    raise _member_broken()
                yield piece
        except (BrokenError, zlib.error) as error:
            raise _member_broken() from error


def _refuse_archive(first: bytes) -> None:
    """Refuse an archive inside an archive, unless it is a document."""
    if is_zip(first) and not is_document(local_names(first[:CHUNK_BYTES])):
        raise problem("archive_nested", files=1).as_error()


def _entry(file: ScanFile) -> Entry:
    entry = _directory(file._replace(member="")).get(file.member)
    if entry is None:
        raise _member_broken()
    if entry.refusal is not None:
        raise entry.refusal.as_error()
    return entry


@lru_cache(maxsize=DIRECTORIES_KEPT)
def _directory(archive: ScanFile) -> Mapping[str, Entry]:
    """Give the members of an archive by name, in order."""
    with opened_unchanged(archive) as stream:
        try:
            entries = entries_of(stream)
        except BrokenError as error:
            raise problem("archive_broken", files=1).as_error() from error
    return MappingProxyType({entry.name: entry for entry in entries})


def _member_broken() -> ScanError:
    return problem("archive_member_broken", files=1).as_error()
