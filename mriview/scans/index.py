"""What is there: every file below a path, its headers, and to which study it belongs.

Headers only; no voxel is read but to compare files that claim to be one image. What a series gives
is decided in ``split``, what a study is made of in ``opening``.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from mriview.scans.files import archive_kind, first_bytes, foreign_format, is_junk
from mriview.scans.headers import Header, Plane, TurnedAway, Unread, Whole
from mriview.scans.reading import Reader, readers
from mriview.values import problem

HEADERS_KEPT = 20_000  # about 1 kB each; beyond it headers are read again, study by study
HASH_CHUNK_BYTES = 2**20

Session = tuple[str, str, str]  # StudyInstanceUID, PatientID, folder


@dataclass(slots=True)
class SessionFiles:
    """The files of one study of one patient.

    Parameters
    ----------
    session : (str, str, str)
        StudyInstanceUID, PatientID, folder; compared and hashed, never shown.
    paths : dict
        Its files, in order, with their headers while they are kept, else None.
    series : set of str
        Identifiers of its series.
    folders : set of Path
        Where its files lie.
    """

    session: Session = field(repr=False)
    paths: dict[Path, list[Header] | None] = field(default_factory=dict, repr=False)
    series: set[str] = field(default_factory=set, repr=False)
    folders: set[Path] = field(default_factory=set, repr=False)
    holds_scan: bool = False

    def headers(self) -> list[Header]:
        """Headers of all files; those that were not kept are read again."""
        found = (headers_of(path) if kept is None else kept for path, kept in self.paths.items())
        return [header for headers in found for header in headers]


@dataclass(frozen=True, slots=True)
class Gathered:
    """All studies below a path, and the files that belong to none where there is no study."""

    sessions: tuple[SessionFiles, ...]
    strays: tuple[Unread, ...]


def gather(files: Iterable[Path]) -> Gathered:
    """Read headers and sort files into studies; a file of none goes to the study beside it.

    Parameters
    ----------
    files : iterable of Path
        In a fixed order.
    """
    sessions: dict[Session, SessionFiles] = {}
    strays: list[Unread] = []
    kept = 0
    for path in files:
        headers = headers_of(path)
        session = next((s for s in map(session_of, headers) if s is not None), None)
        if session is None:
            strays += [header for header in headers if isinstance(header, Unread)]
            continue
        keep = kept + len(headers) <= HEADERS_KEPT
        kept += len(headers) if keep else 0
        home = sessions.setdefault(session, SessionFiles(session))
        home.paths[path] = headers if keep else None
        home.folders.add(path.parent)
        home.series.update(h.owner.series for h in headers if isinstance(h, Plane))
        home.holds_scan |= any(_may_be_scan(header) for header in headers)
    scans = {session: files for session, files in sessions.items() if files.holds_scan}
    for session, files_ in sessions.items():
        if session not in scans:
            strays += [header for header in files_.headers() if isinstance(header, Unread)]
    if not scans:
        return Gathered((), tuple(strays))
    for stray in strays:
        home = scans[_nearest(stray.path, scans.values())]
        home.paths.setdefault(stray.path, [stray])
    return Gathered(tuple(scans.values()), ())


def headers_of(path: Path) -> list[Header]:
    """Read the headers of one file; a file that nobody reads is named by what it is."""
    if is_junk(path):
        return [Unread(path, problem("other_file", files=1))]
    try:
        first = first_bytes(path)
    except OSError:
        reason = "the file is closed or gone"
        return [Unread(path, problem("file_unreadable", files=1, reason=reason))]
    for reader in readers().working.values():
        if reader.claims(path, first):
            return _guarded(reader, path)
    if kind := archive_kind(first):
        return [Unread(path, problem("compressed_file_not_supported", files=1, kind=kind))]
    if kind := foreign_format(path, first):
        return [Unread(path, problem("format_not_supported", files=1, kind=kind))]
    return [Unread(path, problem("other_file", files=1))]


def session_of(header: Header) -> Session | None:
    """To which study a header belongs; None where nobody says."""
    owner = header.owner
    if owner is None:
        return None
    if owner.study:
        return owner.study, owner.patient, ""
    if isinstance(header, Unread):
        return None
    return "", owner.patient, owner.folder or str(header.path.parent)


def without_copies(planes: list[Plane]) -> tuple[list[Plane], tuple[TurnedAway, ...]]:
    """Take out files that are copies of another: same identity, same pixels, same header values.

    Files that claim one identity and differ stay, for ``split`` to refuse.
    """
    claims: dict[tuple[str, int], list[Plane]] = {}
    for plane in planes:
        if plane.instance:
            claims.setdefault((plane.instance, plane.frame), []).append(plane)
    copies: set[Path] = set()
    for same in claims.values():
        if len(same) > 1:
            kept = {_content(plane): plane.path for plane in reversed(same)}
            copies.update({plane.path for plane in same} - set(kept.values()))
    if not copies:
        return planes, ()
    said = problem("duplicate_instance", files=len(copies))
    kept_planes = [plane for plane in planes if plane.path not in copies]
    return kept_planes, (TurnedAway(frozenset(copies), said),)


def _may_be_scan(header: Header) -> bool:
    return isinstance(header, Plane | Whole) or header.problem.severity == "error"


def _nearest(path: Path, sessions: Iterable[SessionFiles]) -> Session:
    """Find the study beside which a file lies: the longest common folder, the first of equals."""

    def common(files: SessionFiles) -> int:
        own = path.parent.parts
        return max(_common(own, folder.parts) for folder in files.folders)

    return max(sessions, key=common).session


def _common(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    return next(
        (n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )


def _guarded(reader: Reader, path: Path) -> list[Header]:
    """Let no reader of others stop the walk."""
    try:
        return list(reader.headers(path))
    except Exception:  # noqa: BLE001 (a plug-in of others may raise anything)
        return [Unread(path, problem("plugin_failed", files=1, reader=reader.name))]


def _content(plane: Plane) -> tuple[object, ...]:
    """Tell what makes two files of one identity the same image: place, values, pixel bytes."""
    digest = hashlib.sha256()
    try:
        with plane.path.open("rb") as file:
            file.seek(plane.pixels_at or 0)
            while chunk := file.read(HASH_CHUNK_BYTES):
                digest.update(chunk)
    except OSError:
        digest.update(str(plane.path).encode("utf-8", "surrogateescape"))  # like no other
    place = (plane.position_mm, plane.along_i, plane.along_j, plane.spacing_mm)
    return digest.hexdigest(), place, plane.columns, plane.rows, plane.slope, plane.intercept
