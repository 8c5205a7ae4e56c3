"""What is there: every file below a path, its headers, and to which study it belongs.

Headers only; no voxel is read but to compare files that claim to be one image. What a series gives
is decided in ``split``, what a study is made of in ``opening``.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from mriview.errors import ScanError
from mriview.scans.archives import is_document, is_zip, may_unpack_itself, members_of
from mriview.scans.contents import START_BYTES, is_gzip, opened, raw_start_of
from mriview.scans.files import (
    Listing,
    ScanFile,
    foreign_archive,
    foreign_format,
    is_junk,
    listings_below,
    why_closed,
)
from mriview.scans.headers import (
    Header,
    Plane,
    Said,
    Trust,
    TurnedAway,
    Unread,
    Whole,
    settled,
)
from mriview.scans.homes import homes_of, nearest
from mriview.scans.inflate import inflated_start
from mriview.scans.reading import Reader, readers
from mriview.scans.remembered import Remembered
from mriview.values import Problem, problem

HEADERS_KEPT = 20_000  # about 1 kB each; beyond it headers are read again, study by study
HASH_CHUNK_BYTES = 2**20
MARGIN_BYTES = 4096  # by which headers of one folder may differ
MOST_AT_ONCE = 2**20  # of a file, for its header; the rest of a longer one is read on the way
MEDIA_INDEX = "media_index"  # the problem of a DICOMDIR

Session = tuple[str, str, str]  # StudyInstanceUID, PatientID, folder


@dataclass(slots=True)
class SessionFiles:
    """The files of one study of one patient.

    Parameters
    ----------
    session : (str, str, str)
        StudyInstanceUID, PatientID, folder; compared and hashed, never shown.
    files : dict
        Its files, in order, with their headers while they are kept, else None.
    series : set of str
        Identifiers of its series.
    folders : dict
        Where its files lie, with one file of each folder.
    trust : str or None
        What is trusted where a file says two things of its place.
    """

    session: Session = field(repr=False)
    files: dict[ScanFile, list[Header] | None] = field(default_factory=dict, repr=False)
    series: set[str] = field(default_factory=set, repr=False)
    folders: dict[str, ScanFile] = field(default_factory=dict, repr=False)
    holds_scan: bool = False
    trust: Trust | None = None

    def add(self, file: ScanFile, headers: list[Header], *, keep: bool) -> None:
        """Add a file that is of this study by its headers."""
        self.files[file] = headers if keep else None
        self.folders.setdefault(file.folder, file)
        for header in headers:
            if isinstance(header, Plane):
                self.series.add(header.owner.series)
            self.holds_scan = self.holds_scan or may_be_scan(header)

    def headers(self) -> list[Header]:
        """Headers of all files; those that were not kept are read again."""
        headers: list[Header] = []
        for file, kept in self.files.items():
            if kept is None:
                headers += [settled(said, self.trust) for said in headers_of(file)]
            else:
                headers += kept
        return headers


@dataclass(frozen=True, slots=True)
class Gathered:
    """All studies below a path, and the files that belong to none where there is no study."""

    sessions: tuple[SessionFiles, ...]
    strays: tuple[Unread, ...]


def gather(
    listings: Iterable[Listing],
    memory: Remembered,
    trust: Trust | None = None,
    *,
    is_part: bool = False,
) -> Gathered:
    """Read headers and sort files into studies; a file of none goes to the study beside it.

    Parameters
    ----------
    listings : iterable of Listing
        In a fixed order.
    memory : Remembered
        Asked for each folder before it is read, and told afterwards.
    trust : str, optional
        What is trusted where a file says two things of its place.
    is_part : bool
        Whether more lies on the disk than is listed: the index of a medium may mean that.
    """
    sessions: dict[Session, SessionFiles] = {}
    strays: list[Unread] = []
    beside: set[ScanFile] = set()  # counted with the file that they belong to
    kept = 0
    for file, said in read_all(listings, memory):
        headers = [settled(one, trust) for one in said]
        session = first_session(headers)
        if session is None:
            strays += [header for header in headers if isinstance(header, Unread)]
            continue
        keep = kept + len(headers) <= HEADERS_KEPT
        kept += len(headers) if keep else 0
        home = sessions.get(session)
        if home is None:
            home = sessions[session] = SessionFiles(session, trust=trust)
        home.add(file, headers, keep=keep)
        beside |= companions_of(headers)
    strays = _media_compared(strays, sessions.values(), is_part=is_part)
    scans = {session: files for session, files in sessions.items() if files.holds_scan}
    for session, files in sessions.items():
        if session not in scans:
            strays += [header for header in files.headers() if isinstance(header, Unread)]
    if not scans:
        return Gathered((), tuple(strays))
    lie_in = [(folder, one.session) for one in scans.values() for folder in one.folders]
    homes = homes_of(lie_in) if strays else {}
    for stray in strays:
        if stray.file not in beside:
            home = scans[nearest(stray.file.folder, homes)]
            home.files.setdefault(stray.file, [stray])
    return Gathered(tuple(scans.values()), ())


def headers_of(file: ScanFile, start_bytes: int = START_BYTES) -> list[Said]:
    """Read the headers of one file; a file that nobody reads is named by what it is.

    Parameters
    ----------
    file : ScanFile
        The file.
    start_bytes : int
        How much of it is read at once.
    """
    if is_junk(file):
        return [Unread(file, problem("other_file", files=1))]
    try:
        raw = raw_start_of(file, start_bytes)
    except OSError:
        return [_closed(file)]
    except ScanError as error:
        return [_refused(file, error)]
    return _headers(file, raw)


def read_all(
    listings: Iterable[Listing], memory: Remembered
) -> Iterator[tuple[ScanFile, list[Said]]]:
    """Read the headers of folders, those that are remembered from memory."""
    for listing in listings:
        read = memory.recall(listing)
        if read is None:
            read = dict(_read(listing))
            memory.remember(listing, read)
        yield from read.items()


def _read(listing: Listing) -> Iterator[tuple[ScanFile, list[Said]]]:
    """Read the headers of a folder's files, and those of the members of archives among them."""
    start_bytes = START_BYTES
    for file in listing.files:
        if is_junk(file):
            yield file, [Unread(file, problem("other_file", files=1))]
            continue
        try:
            raw = raw_start_of(file, start_bytes)
            members = _members(file, raw)
        except OSError:
            yield file, [_closed(file)]
        except ScanError as error:
            yield file, [_refused(file, error)]
        else:
            yield from members.items()
            if not members:
                headers = _headers(file, raw)
                start_bytes = _enough_for(headers)
                yield file, headers


def _enough_for(headers: list[Said]) -> int:
    """Say how much of the next file is worth reading at once: headers beside are about as long."""
    first = headers[0] if headers else None
    if not isinstance(first, Plane) or first.pixels_at is None:
        return START_BYTES
    return min(max(START_BYTES, first.pixels_at + MARGIN_BYTES), MOST_AT_ONCE)


def _members(file: ScanFile, raw: bytes) -> dict[ScanFile, list[Said]]:
    """Read the members of an archive; none where it is a document, or nothing in it may be a scan.

    It is then one file of no interest, however many members it has.
    """
    if not (is_zip(raw) or may_unpack_itself(raw)):
        return {}
    try:
        members = members_of(file)
    except ScanError:
        if is_zip(raw):
            raise
        return {}  # a program, and nothing else
    if is_document(member.member for member in members):
        return {}
    read: dict[ScanFile, list[Said]] = {}
    start_bytes = START_BYTES
    for member in members:
        read[member] = headers_of(member, start_bytes)
        start_bytes = _enough_for(read[member])
    headers = (header for found in read.values() for header in found)
    wanted = _is_known if is_zip(raw) else _is_claimed  # programs carry archives of their own
    return read if any(map(wanted, headers)) else {}


def _is_known(header: Said) -> bool:
    return not isinstance(header, Unread) or header.problem.code != "other_file"


def _is_claimed(header: Said) -> bool:
    return not isinstance(header, Unread) or header.owner is not None


def _headers(file: ScanFile, raw: bytes) -> list[Said]:
    first = raw
    if is_gzip(raw):
        first = inflated_start(raw, START_BYTES)
        if not first:
            return [Unread(file, problem("compressed_file_broken", files=1))]
    for reader in readers().working.values():
        if reader.claims(file, first):
            return _guarded(reader, file, first)
    if kind := foreign_archive(first):
        return [Unread(file, problem("compressed_file_not_supported", files=1, kind=kind))]
    if kind := foreign_format(file.name, first):
        return [Unread(file, problem("format_not_supported", files=1, kind=kind))]
    return [Unread(file, problem("other_file", files=1))]


def _closed(file: ScanFile) -> Unread:
    return Unread(file, problem("file_unreadable", files=1, reason=why_closed(file)))


def _refused(file: ScanFile, error: ScanError) -> Unread:
    said = Problem(error.code, "error", error.found, error.remedy, error.evidence)
    return Unread(file, said)


def companions_of(headers: Iterable[Header]) -> set[ScanFile]:
    """Give the files that belong to others: voxels of a pair, sidecars."""
    return {file for one in headers if isinstance(one, Whole) for file in one.companions}


def first_session(headers: Iterable[Header]) -> Session | None:
    """To which study a file belongs, by the first of its headers that says it."""
    for header in headers:
        if (session := session_of(header)) is not None:
            return session
    return None


def session_of(header: Header) -> Session | None:
    """To which study a header belongs; None where nobody says."""
    owner = header.owner
    if owner is None:
        return None
    if owner.study:
        return owner.study, owner.patient, ""
    if isinstance(header, Unread):
        return None
    folder = PurePath(header.file.folder)
    above = (folder, *folder.parents)
    return "", owner.patient, str(above[min(owner.folders_up, len(above) - 1)])


def without_copies(planes: list[Plane]) -> tuple[list[Plane], tuple[TurnedAway, ...]]:
    """Take out files that are copies of another: same identity, same pixels, same header values.

    Files that claim one identity and differ stay, for ``split`` to refuse.
    """
    claims: dict[str, dict[ScanFile, list[Plane]]] = {}
    for plane in planes:
        if plane.instance:
            claims.setdefault(plane.instance, {}).setdefault(plane.file, []).append(plane)
    copies: set[ScanFile] = set()
    for same in claims.values():
        if len(same) > 1:
            kept = {_content(own): file for file, own in reversed(same.items())}
            copies.update(same.keys() - set(kept.values()))
    if not copies:
        return planes, ()
    said = problem("duplicate_instance", files=len(copies))
    kept_planes = [plane for plane in planes if plane.file not in copies]
    return kept_planes, (TurnedAway(frozenset(copies), said),)


def may_be_scan(header: Header) -> bool:
    """Whether a header is of an image, or of what may be one and was refused."""
    return isinstance(header, Plane | Whole) or header.problem.severity == "error"


def _media_compared(
    strays: list[Unread], sessions: Iterable[SessionFiles], *, is_part: bool
) -> list[Unread]:
    """Say of each DICOMDIR whether what it names is there: known when all files were walked."""
    if all(stray.problem.code != MEDIA_INDEX for stray in strays):
        return strays
    from mriview.scans.dicom.media import stale  # only where there is one: it needs pydicom

    there = [file for files in sessions for file in files.files]
    there += [stray.file for stray in strays]
    compared = []
    if is_part:
        folders = {s.file.folder for s in strays if s.problem.code == MEDIA_INDEX}
        on_disk = (listings_below(Path(one)) for one in folders if os.path.isdir(one))
        there += [file for listings in on_disk for listing in listings for file in listing.files]
    for stray in strays:
        said = stale(stray.file, there) if stray.problem.code == MEDIA_INDEX else None
        compared.append(stray if said is None else Unread(stray.file, said, stray.owner))
    return compared


def _guarded(reader: Reader, file: ScanFile, first: bytes) -> list[Said]:
    """Let no reader of others stop the walk."""
    try:
        return list(reader.headers(file, first))
    except Exception:  # noqa: BLE001 (a plug-in of others may raise anything)
        return [Unread(file, problem("plugin_failed", files=1, reader=reader.name))]


def _content(planes: list[Plane]) -> tuple[object, ...]:
    """Tell what makes two files of one identity the same: places, values, pixel bytes."""
    first = planes[0]
    digest = hashlib.sha256()
    try:
        with opened(first.file) as stream:
            stream.seek(first.pixels_at or 0)
            while chunk := stream.read(HASH_CHUNK_BYTES):
                digest.update(chunk)
    except (OSError, ScanError):
        unlike = f"{first.file.path}\0{first.file.member}"  # like no other
        digest.update(unlike.encode("utf-8", "surrogateescape"))
    images = [
        (
            *(one.frame, one.position_mm, one.along_i, one.along_j, one.spacing_mm),
            *(one.columns, one.rows, one.slope, one.intercept, one.kind),
        )
        for one in planes
    ]
    return digest.hexdigest(), *images
