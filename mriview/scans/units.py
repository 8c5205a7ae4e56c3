"""One study by where it lies: found in one process, opened in another.

``laid_out`` keeps of a folder's listing what a unit needs, ``studies_of`` puts folders together,
``open_unit`` opens one study again from where it lies. What folders hold is found in ``finding``;
a unit opens as the very study that `mriview.open_batch` gives.
"""

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from mriview.scans.files import Listing, ScanFile, listing_of
from mriview.scans.finding import Finding, Part, digest_of, session_digest
from mriview.scans.headers import Trust
from mriview.scans.homes import homes_of, nearest
from mriview.scans.index import gather
from mriview.scans.keys import numbered, study_key
from mriview.scans.making import make_study, study_of_nothing
from mriview.scans.remembered import remembered
from mriview.scans.study import Study
from mriview.values import problem

FINGERPRINT_BYTES = 16
_MODULUS = 2 ** (8 * FINGERPRINT_BYTES)

_SHARED = ("two_patients", "two_studies")
_NOBODY = Part("", "", "", ("", ""), (), (), (), holds_scan=False)


class _Share(NamedTuple):
    """Some files of one folder."""

    folder: str
    names: tuple[str, ...]
    whole: bool
    total: int

    @classmethod
    def of(cls, listing: Listing, numbers: tuple[int, ...]) -> "_Share":
        files = [listing.files[n] for n in numbers]
        whole = bool(listing.state) and len(files) == len(listing.files)
        names = () if whole else tuple(file.name for file in files)
        folder = os.path.dirname(files[0].path)
        return cls(folder, names, whole, int(fingerprint_of(files), 16))


def fingerprint_of(files: Iterable[ScanFile]) -> str:
    """Add up digests of files (name, size, time), so that it does not matter how they are grouped.

    Examples
    --------
    >>> fingerprint_of([])
    '00000000000000000000000000000000'
    """
    total = 0
    for file in files:
        text = f"{file.name}\0{file.size}\0{file.modified_ns}".encode("utf-8", "replace")
        digest = hashlib.blake2b(text, digest_size=FINGERPRINT_BYTES).digest()
        total = (total + int.from_bytes(digest)) % _MODULUS
    return f"{total:0{2 * FINGERPRINT_BYTES}x}"


class FolderFound(NamedTuple):
    """Where in one folder the parts of studies lie, without the listing of its files."""

    parts: tuple[tuple[Part, _Share], ...]
    rest: _Share | None = None


@dataclass(frozen=True, slots=True)
class StudyUnit:
    """One study by where it lies: enough to open it in any process that sees the same disk.

    Parameters
    ----------
    key : str
        Key of the study, with its number where several of a run have the same.
    copies : int
        How many studies of the run have the same key.
    session : str
        Digest of what tells it from others; ``""`` for a place without any scan.
    places : tuple of (str, tuple of str or None)
        Each folder with the names of its files there, None for all of them.
    fingerprint : str
        Digest of names, sizes and times of its files, wherever they lie.
    patient_in_key : bool
        Whether another patient has the same StudyInstanceUID.
    shared_series : tuple of (str, int, int)
        Series that several claim: digest, how many patients, how many studies.
    case : str
        Which match of a glob it lies in, below the root; ``""`` where none was given.
    """

    key: str
    copies: int = 1
    session: str = ""
    places: tuple[tuple[str, tuple[str, ...] | None], ...] = field(default=(), repr=False)
    fingerprint: str = ""
    patient_in_key: bool = False
    shared_series: tuple[tuple[str, int, int], ...] = ()
    case: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """The folder that holds all its files, or the one file; for the user's own eyes."""
        if len(self.places) == 1:
            ((folder, names),) = self.places
            return os.path.join(folder, names[0]) if names and len(names) == 1 else folder
        return os.path.commonpath([folder for folder, _ in self.places]) if self.places else ""


class Opened(NamedTuple):
    """A study, and the fingerprint of the files as they were when it was opened."""

    study: Study
    fingerprint: str


def laid_out(listing: Listing, found: Finding) -> FolderFound:
    """Say where in a folder the parts of its finding lie; the listing need not be kept.

    Parameters
    ----------
    listing : Listing
        The folder.
    found : Finding
        What `look_into` said of it.
    """
    taken = {number for part in found.parts for number in part.files}
    others = tuple(n for n in range(len(listing.files)) if n not in taken)
    parts = tuple((part, _Share.of(listing, part.files)) for part in found.parts)
    return FolderFound(parts, _Share.of(listing, others) if others else None)


def studies_of(
    folders: Iterable[FolderFound], secret: bytes | None = None
) -> tuple[StudyUnit, ...]:
    """Put what folders hold together into studies.

    Parameters
    ----------
    folders : iterable of FolderFound
        All folders of one place, in the order of the walk.
    secret : bytes, optional
        As it was given to `look_into`.

    Returns
    -------
    tuple of StudyUnit
        In the order of their first files. Where no folder holds a scan, one unit of all files; its
        key is not known before it is opened, and ``""``.
    """
    gathered: dict[str, _Gathering] = {}
    rest: list[_Share] = []
    for folder in folders:
        for part, share in folder.parts:
            gathered.setdefault(part.session, _Gathering(part)).add(part, share)
        if folder.rest is not None:
            rest.append(folder.rest)
    scans = {session: one for session, one in gathered.items() if one.holds_scan}
    rest += [s for key, one in gathered.items() if key not in scans for s in one.shares]
    if not scans:
        nothing = _Gathering(_NOBODY)
        nothing.shares = rest
        return (nothing.unit("", patient_in_key=False, shared={}),)
    lie_in = [(share.folder, session) for session, one in scans.items() for share in one.shares]
    homes = homes_of(lie_in) if rest else {}
    for share in rest:
        scans[nearest(share.folder, homes)].shares.append(share)
    return tuple(_units(scans, secret))


def with_numbers(
    units: Iterable[StudyUnit], before: Iterable[str | None] = ()
) -> tuple[StudyUnit, ...]:
    """Give units of one run with equal keys their numbers, and say how many there are.

    Parameters
    ----------
    units : iterable of StudyUnit
        In the order of the walk.
    before : iterable of (str or None)
        The key that each had in an earlier run, which it keeps; the others get what is free.
    """
    listed = tuple(units)
    kept = tuple(before) or (None,) * len(listed)
    copies = Counter(unit.key for unit in listed)
    named = numbered((unit.key for unit in listed), kept)
    return tuple(
        replace(unit, key=key, copies=copies[unit.key])
        for unit, key in zip(listed, named, strict=True)
    )


def open_unit(
    unit: StudyUnit,
    trust: Trust | None = None,
    secret: bytes | None = None,
    salt: bytes = b"",
) -> Opened:
    """Open the study of a unit.

    Parameters
    ----------
    unit : StudyUnit
        As it was found; files that came or went since are seen as they are now.
    trust, secret, salt : optional
        As they were given to `look_into`.

    Returns
    -------
    Opened
        A study that is no longer there has no volumes and the problem ``study_gone``.
    """
    listings = [_listing(folder, names) for folder, names in unit.places]
    fingerprint = fingerprint_of(file for listing in listings for file in listing.files)
    with remembered(stays_open=True) as memory:
        gathered = gather(listings, memory, trust, is_part=True)
    found = {session_digest(files.session, salt): files for files in gathered.sessions}
    if not unit.session and not found:
        study = study_of_nothing(gathered.strays)
        study = study if not unit.key else replace(study, key=unit.key)
    elif unit.session not in found:
        study = Study(unit.key, problems=(problem("study_gone"),))
    else:
        files = found[unit.session]
        counts = {digest: (patients, studies) for digest, patients, studies in unit.shared_series}
        shared = {
            series: MappingProxyType(dict(zip(_SHARED, counts[digest], strict=True)))
            for series in files.series
            if (digest := digest_of(series, salt)) in counts
        }
        study = make_study(files, secret, patient_in_key=unit.patient_in_key, shared_series=shared)
        study = replace(study, key=unit.key)
    if unit.copies > 1 and unit.session:
        twin = problem("equal_study_keys", studies=unit.copies)
        study = replace(study, problems=(*study.problems, twin))
    return Opened(study, fingerprint)


class _Gathering:
    """What is gathered of one study."""

    def __init__(self, first: Part) -> None:
        self.first = first
        self.shares: list[_Share] = []
        self.series: set[str] = set()
        self.content: list[str] = []
        self.holds_scan = False

    def add(self, part: Part, share: _Share) -> None:
        self.shares.append(share)
        self.series.update(part.series)
        self.content += part.content
        self.holds_scan = self.holds_scan or part.holds_scan

    def unit(
        self, key: str, *, patient_in_key: bool, shared: Mapping[str, tuple[int, int]]
    ) -> StudyUnit:
        names: dict[str, list[str] | None] = {}
        for share in self.shares:
            if share.whole:
                names[share.folder] = None
            elif (there := names.setdefault(share.folder, [])) is not None:
                there += share.names
        total = sum(share.total for share in self.shares) % _MODULUS
        return StudyUnit(
            key=key,
            session=self.first.session,
            places=tuple((f, None if n is None else tuple(sorted(n))) for f, n in names.items()),
            fingerprint=f"{total:0{2 * FINGERPRINT_BYTES}x}",
            patient_in_key=patient_in_key,
            shared_series=tuple(
                (series, *shared[series]) for series in sorted(self.series) if series in shared
            ),
        )


def _units(scans: Mapping[str, _Gathering], secret: bytes | None) -> Iterator[StudyUnit]:
    """Make a unit of each study; what two of them share is known here."""
    patients: dict[str, set[str]] = {}
    owners: dict[str, list[Part]] = {}
    for one in scans.values():
        if one.first.study:
            patients.setdefault(one.first.study, set()).add(one.first.patient)
        for series in one.series:
            owners.setdefault(series, []).append(one.first)
    shared = {
        series: (len({who.patient for who in claims}), len({who.study for who in claims}))
        for series, claims in owners.items()
        if len(claims) > 1
    }
    for one in scans.values():
        alone = len(patients.get(one.first.study, ())) < 2
        by_uid = one.first.keys[not alone]
        key = by_uid if one.first.study else study_key(sorted(one.content), secret)
        yield one.unit(key, patient_in_key=not alone, shared=shared)


def _listing(folder: str, names: tuple[str, ...] | None) -> Listing:
    """List a folder, or only the files that are named; what is gone is listed as closed."""
    if names is None:
        try:
            return listing_of(folder)
        except OSError:
            return Listing(os.path.dirname(folder), (ScanFile(folder),))
    return Listing(folder, tuple(_file(os.path.join(folder, name)) for name in names))


def _file(path: str) -> ScanFile:
    try:
        status = os.stat(path)
    except OSError:
        return ScanFile(path)
    if not stat.S_ISREG(status.st_mode):
        return ScanFile(path)
    return ScanFile(path, "", status.st_size, status.st_mtime_ns)
