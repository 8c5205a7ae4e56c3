"""The directory of a zip archive: what it says of its members, and which of them nobody may read.

A directory lies easily, so its own size, the number of members, their sizes and where they claim to
lie are checked before anything is inflated, and a member whose name would lead out of the archive
is named and refused. How the bytes of a member are read, and checked again, is in ``archives``.
"""

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from mriview.scans.limits import MIB, expands_too_much, limits
from mriview.values import Problem, problem

STORED, DEFLATED = 0, 8  # APPNOTE 4.4.5: the methods that programs of everyday use write

_END = struct.Struct("<4s4H2LH")  # APPNOTE 4.3.16
_END_MAGIC = b"PK\x05\x06"
_LOCATOR = struct.Struct("<4sLQL")  # APPNOTE 4.3.15
_LOCATOR_MAGIC = b"PK\x06\x07"
_END_64 = struct.Struct("<4sQ2H2L4Q")  # APPNOTE 4.3.14
_ENTRY = struct.Struct("<4s6H3L5H2L")  # APPNOTE 4.3.12
_LOCAL = struct.Struct("<4s5H3L2H")  # APPNOTE 4.3.7
_MOST_COMMENT_BYTES = 2**16 - 1
_ENTRY_BYTES_MEAN = 512  # of one entry with a long path and extra fields
_IN_EXTRA = 0xFFFFFFFF  # APPNOTE 4.5.3: the number itself stands in a field of 64 bits
_ENCRYPTED, _UTF_8 = 0x0001, 0x0800  # APPNOTE 4.4.4
_REGULAR, _FOLDER = 0x8, 0x4  # of st_mode >> 12; 0 where the archive was not made on a Unix
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Entry(NamedTuple):
    """One member, as the directory has it.

    Parameters
    ----------
    name : str
        With ``/`` between folders; members of one name are told apart behind a NUL.
    at : int
        Byte of the archive at which its local header begins.
    packed, size : int
        Bytes in the archive, and unpacked.
    checksum : int
        CRC-32 of what is unpacked.
    method : int
        `STORED` or `DEFLATED`.
    refusal : Problem or None
        Why it may not be read.
    """

    name: str
    at: int
    packed: int
    size: int
    checksum: int
    method: int
    refusal: Problem | None = None


class _Found(NamedTuple):
    """Where a directory is: its first byte, its bytes, and what precedes the archive."""

    at: int
    bytes: int
    shift: int


class BrokenError(Exception):
    """The bytes are no zip archive, or one that was cut; carries nothing."""


def entries_of(stream: BinaryIO) -> tuple[Entry, ...]:
    """Read the directory of an archive: its files, in the order of their names.

    Parameters
    ----------
    stream : binary file
        The archive, which may follow a program that unpacks it.

    Raises
    ------
    BrokenError
        There is no directory, or it contradicts itself.
    ScanError
        Too many members (``archive_too_large``), too much in them (``archive_too_large``,
        ``expands_too_much``), or two of them claim the same bytes (``archive_overlap``).
    """
    file_bytes = stream.seek(0, 2)
    found = _directory(stream, file_bytes)
    most = limits().archive_members
    if found.bytes > most * _ENTRY_BYTES_MEAN:
        raise _too_large(found.bytes // _ENTRY.size, 0)
    stream.seek(found.at)
    entries: list[Entry] = []
    count = 0
    for entry in _entries(stream.read(found.bytes), found.shift):
        count += 1
        if count > most:
            raise _too_large(count, 0)
        if not _is_folder(entry):
            entries.append(entry)
    total = sum(entry.size for entry in entries)
    if total > limits().archive_bytes:
        raise _too_large(count, total)
    if expands_too_much(total, file_bytes):
        evidence = {"mib": total // MIB, "kib": max(file_bytes // 1024, 1)}
        raise problem("expands_too_much", None, files=1, **evidence).as_error()
    _check_places(entries, found.at)
    return tuple(sorted(_told_apart(entries)))


def data_at(stream: BinaryIO, entry: Entry) -> int:
    """Find where the bytes of a member begin, behind its local header.

    Raises
    ------
    BrokenError
        There is no local header.
    """
    stream.seek(entry.at)
    local = stream.read(_LOCAL.size)
    if len(local) < _LOCAL.size or local[:4] != b"PK\x03\x04":
        raise BrokenError
    name_bytes: int
    extra_bytes: int
    *_, name_bytes, extra_bytes = _LOCAL.unpack(local)
    return entry.at + _LOCAL.size + name_bytes + extra_bytes


def local_names(first: bytes) -> Iterator[str]:
    r"""Give the names of the members whose local headers lie in the first bytes of an archive.

    Examples
    --------
    >>> list(local_names(b"PK\x03\x04" + bytes(22) + b"\x05\x00\x00\x00a.xml"))
    ['a.xml']
    """
    at = first.find(b"PK\x03\x04")
    while 0 <= at <= len(first) - _LOCAL.size:
        *_, name_bytes, _ = _LOCAL.unpack_from(first, at)
        yield first[at + _LOCAL.size : at + _LOCAL.size + name_bytes].decode("latin-1")
        at = first.find(b"PK\x03\x04", at + _LOCAL.size)


def _directory(stream: BinaryIO, file_bytes: int) -> _Found:
    """Find the directory by the record at the end of the archive, behind which a comment may be."""
    tail_at = max(file_bytes - _END.size - _MOST_COMMENT_BYTES - _LOCATOR.size, 0)
    stream.seek(tail_at)
    tail = stream.read(file_bytes - tail_at)
    at = tail.rfind(_END_MAGIC)
    while at >= 0:
        if at + _END.size <= len(tail):
            *_, size, offset, _ = _END.unpack_from(tail, at)
            end_at = tail_at + at
            if tail.startswith(_LOCATOR_MAGIC, at - _LOCATOR.size) and at >= _LOCATOR.size:
                end_at, size, offset = _end_64(stream, tail, at - _LOCATOR.size, tail_at)
            start = end_at - size
            if 0 <= offset <= start and _begins_directory(stream, start, size):
                return _Found(start, size, start - offset)
        at = tail.rfind(_END_MAGIC, 0, at)
    raise BrokenError


def _end_64(stream: BinaryIO, tail: bytes, at: int, tail_at: int) -> tuple[int, int, int]:
    """Read the record of an archive beyond 4 GiB or 65,535 members: where it is, size, offset."""
    _, _, said, _ = _LOCATOR.unpack_from(tail, at)
    for end_at in (said, tail_at + at - _END_64.size):  # the second behind a program
        if not 0 <= end_at <= tail_at + at:
            continue
        stream.seek(end_at)
        record = stream.read(_END_64.size)
        if len(record) == _END_64.size and record.startswith(b"PK\x06\x06"):
            *_, size, offset = _END_64.unpack(record)
            return end_at, size, offset
    raise BrokenError


def _begins_directory(stream: BinaryIO, start: int, size: int) -> bool:
    if size == 0:
        return True
    stream.seek(start)
    return stream.read(4) == b"PK\x01\x02"


def _entries(directory: bytes, shift: int) -> Iterator[Entry]:
    at = 0
    while at < len(directory):
        if at + _ENTRY.size > len(directory) or not directory.startswith(b"PK\x01\x02", at):
            raise BrokenError
        fields = _ENTRY.unpack_from(directory, at)
        _, _, _, flags, method, _, _, checksum, packed, size = fields[:10]
        name_bytes, extra_bytes, comment_bytes, _, _, attributes, offset = fields[10:]
        name_at = at + _ENTRY.size
        extra_at = name_at + name_bytes
        at = extra_at + extra_bytes + comment_bytes
        if at > len(directory):
            raise BrokenError
        if _IN_EXTRA in {packed, size, offset}:
            size, packed, offset = _from_extra(
                directory[extra_at : extra_at + extra_bytes], size, packed, offset
            )
        raw = directory[name_at:extra_at]
        name = raw.decode("utf-8", "surrogateescape") if flags & _UTF_8 else raw.decode("cp437")
        name = name.replace("\\", "/")  # as some programs of Windows write it
        refusal = _refusal(name, flags, method, attributes >> 28)
        if refusal is None:
            refusal = _size_refusal(packed, size)
        yield Entry(name, offset + shift, packed, size, checksum, method, refusal)


def _from_extra(extra: bytes, *numbers: int) -> list[int]:
    """Replace numbers that do not fit into 32 bits by those of the zip64 field."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            wanted = sum(number == _IN_EXTRA for number in numbers)
            if 8 * wanted > length or at + 4 + 8 * wanted > len(extra):
                break
            given = iter(struct.unpack_from(f"<{wanted}Q", extra, at + 4))
            return [next(given) if number == _IN_EXTRA else number for number in numbers]
        at += 4 + length
    raise BrokenError


def _is_folder(entry: Entry) -> bool:
    return entry.name.endswith("/") and entry.size == 0


def _refusal(name: str, flags: int, method: int, mode: int) -> Problem | None:
    parts = name.split("/")
    if not parts[-1] or not parts[0] or ".." in parts or _DRIVE.match(name):
        return problem("archive_member_unsafe", files=1, what="its name leads out of the archive")
    if _CONTROL.search(name):
        return problem("archive_member_unsafe", files=1, what="its name holds control characters")
    if mode not in {0, _REGULAR, _FOLDER}:
        return problem("archive_member_unsafe", files=1, what="it is a link or a device, no file")
    if flags & _ENCRYPTED:
        return problem("archive_encrypted", files=1)
    if method not in {STORED, DEFLATED}:
        return problem("archive_method", files=1, method=method)
    return None


def _size_refusal(packed: int, size: int) -> Problem | None:
    if size > (most := limits().content_bytes):
        return problem("content_too_large", files=1, limit_mib=most // MIB)
    if expands_too_much(size, packed):
        evidence = {"mib": size // MIB, "kib": max(packed // 1024, 1)}
        return problem("expands_too_much", None, files=1, **evidence)
    return None


def _check_places(entries: list[Entry], directory_at: int) -> None:
    """Refuse members that share bytes: one small stretch would be inflated a thousand times."""
    end = 0
    overlaps = 0
    for entry in sorted(entries, key=lambda entry: entry.at):
        overlaps += entry.at < end
        end = max(end, entry.at + _LOCAL.size + entry.packed)
    if end > directory_at:
        raise BrokenError
    if overlaps:
        raise problem("archive_overlap", files=1, members=overlaps).as_error()


def _told_apart(entries: list[Entry]) -> Iterator[Entry]:
    """Refuse members of one name, each: nobody knows which of them is meant."""
    count: dict[str, int] = {}
    for entry in entries:
        count[entry.name] = count.get(entry.name, 0) + 1
    seen: dict[str, int] = {}
    for entry in entries:
        if count[entry.name] == 1:
            yield entry
            continue
        seen[entry.name] = number = seen.get(entry.name, 0) + 1
        refusal = entry.refusal or problem("archive_member_twice", files=1)
        yield entry._replace(name=f"{entry.name}\0{number}", refusal=refusal)


def _too_large(members: int, total: int) -> Exception:
    evidence = {"members": members, "mib": total // MIB}
    most = {"limit": limits().archive_members, "limit_mib": limits().archive_bytes // MIB}
    return problem("archive_too_large", None, files=1, **evidence, **most).as_error()
