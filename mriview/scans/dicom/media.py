"""The index of a medium (DICOMDIR): what it says lies on the disc, compared with what is there.

It is evidence and nothing else: the folder is walked whatever it says, and no name in it is ever
opened. Its records are read one after the other; the offsets by which they point at each other,
which may lead in circles, are not followed.
"""

import re
from collections.abc import Iterable, Iterator

from mriview.errors import ScanError
from mriview.scans.contents import opened
from mriview.scans.dicom.header import UnusableError
from mriview.scans.dicom.nested import Raw, Wanted, value_of, walk
from mriview.scans.files import ScanFile
from mriview.scans.limits import limits
from mriview.values import Problem, problem

MOST_PARTS = 8  # PS3.10 8.5: folders deep, at most

_RECORDS, _FILE_ID = 0x00041220, 0x00041500  # DirectoryRecordSequence, ReferencedFileID
_WANTED: Wanted = {_RECORDS: {_FILE_ID: "CS"}}
_PART = re.compile(r"[^\x00-\x1f\x7f/:]{1,64}")  # more than PS3.10 8.5 allows; real discs need it
_VERSION = re.compile(r";[0-9]+$")  # ISO 9660 7.5.1: as some systems show the names of a disc


def stale(index: ScanFile, there: Iterable[ScanFile]) -> Problem | None:
    """Compare a DICOMDIR with the files that were found.

    Parameters
    ----------
    index : ScanFile
        The DICOMDIR.
    there : iterable of ScanFile
        All files of the walk; those below its folder are compared.

    Returns
    -------
    Problem or None
        ``media_index_stale`` with how many files are missing; None where none is, where it names
        none, or where it cannot be read within the limits of a header.
    """
    named = names_in(index)
    if not named:
        return None
    found: set[str] = set()
    for file in there:
        found.update(_below(file, index))
    missing = sum(name not in found for name in named)
    if not missing:
        return None
    return problem("media_index_stale", files=1, missing=missing, named=len(named))


def names_in(index: ScanFile) -> frozenset[str]:
    """Give the files that a DICOMDIR names, below its folder, in lower case.

    A name that would lead elsewhere is no evidence of anything, and left out.
    """
    most = limits().header_bytes
    try:
        with opened(index) as stream:
            data = stream.read(most + 1)
        if len(data) > most:
            return frozenset()
        found = walk(data, _WANTED)
    except (OSError, ScanError, UnusableError):
        return frozenset()
    records = found.get(_RECORDS, ())
    if isinstance(records, Raw):
        return frozenset()
    names = (record.get(_FILE_ID) for record in records)
    return frozenset(name for raw in names if isinstance(raw, Raw) if (name := _name_of(raw)))


def _name_of(raw: Raw) -> str:
    parts = [str(part) for part in value_of(raw) or ()]
    if len(parts) > MOST_PARTS or {".", ".."} & set(parts):
        return ""
    if not all(map(_PART.fullmatch, parts)):
        return ""
    return "/".join(parts).lower()


def _below(file: ScanFile, index: ScanFile) -> Iterator[str]:
    """Give the names by which a DICOMDIR may mean a file: none where it lies elsewhere."""
    above = _prefix(index.folder)
    own = _prefix(file.folder) + file.name
    if not own.startswith(above):
        return
    name = _VERSION.sub("", own[len(above) :].lower())
    yield name
    folder, _, last = name.rpartition("/")
    if "." in last:
        stem = last.rpartition(".")[0]
        yield f"{folder}/{stem}" if folder else stem


def _prefix(folder: str) -> str:
    """Give what names of files in a folder begin with; a drive or a root ends in its slash."""
    return folder.replace("\\", "/").rstrip("/") + "/"
