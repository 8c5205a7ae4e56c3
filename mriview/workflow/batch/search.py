"""Finding the studies of an archive, folder by folder, in workers that a header may kill.

What a folder held is remembered in the ledger by a digest of its path and the state of its files,
so that a run that goes on reads no header twice. A folder that ends its reader costs itself alone.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from mriview.errors import InputError, MriviewError, UsageError
from mriview.scans import Trust
from mriview.scans.files import Listing, listings_below
from mriview.scans.finding import Finding, look_into
from mriview.scans.keys import study_key
from mriview.scans.opening import places_of
from mriview.scans.remembered import UNSETTLED_NS
from mriview.scans.units import (
    FolderFound,
    StudyUnit,
    fingerprint_of,
    laid_out,
    open_unit,
    studies_of,
)
from mriview.workflow.batch.keys import KeysLeft, keys_left
from mriview.workflow.batch.ledger import Ledger
from mriview.workflow.batch.naming import Found, Lost, named
from mriview.workflow.batch.settings import BatchSettings
from mriview.workflow.executors import Executor

MOST_FOLDERS, MOST_FILES = 32, 256  # of one job: a message costs as much as some headers

Tell = Callable[[int], None]


class Chunk(NamedTuple):
    """Some folders to be looked into, each with its place among all."""

    numbers: tuple[tuple[int, int], ...]
    listings: tuple[Listing, ...]


@dataclass(slots=True)
class _Search:
    """What is known while a search goes on."""

    ledger: Ledger
    apart: frozenset[Path]
    salt: bytes
    made_by: bytes
    cases: list[str]
    folders: list[list[tuple[int, FolderFound]]]
    lost: list[Lost] = field(default_factory=list)
    told_places: set[int] = field(default_factory=set)  # lost, or of folders that are kept apart
    again: list[Chunk] = field(default_factory=list)
    files: int = 0

    def digest_of(self, folder: str) -> str:
        """Name a folder for the ledger: by a digest that a path cannot be guessed from."""
        path = str(Path(folder).absolute()).encode("utf-8", "surrogateescape")
        return hashlib.blake2b(path, digest_size=16, key=self.salt, person=self.made_by).hexdigest()


def search(
    settings: BatchSettings,
    executor: Executor,
    ledger: Ledger,
    tell: Tell,
    apart: Iterable[str] = (),
) -> Found:
    """Find every study of the archive.

    Parameters
    ----------
    settings : BatchSettings
        Of the run.
    executor : Executor
        Where headers are read.
    ledger : Ledger
        What an earlier run found.
    tell : callable
        Told how many files were looked into so far.
    apart : iterable of str
        Folders below the root that are no part of the archive, such as reviews.

    Raises
    ------
    InputError
        The root cannot be read (``path_unreadable``), or holds no scan (``no_scan_found``); the
        run goes on, and its ``keys.csv`` is damaged (``keys_broken``).
    UsageError
        Nothing fits the globs (``no_case``).
    """
    places = _places(settings)
    made_by = bytes.fromhex(settings.made_by())[: hashlib.blake2b.PERSON_SIZE]
    others = frozenset(_kept_apart(settings, apart))
    cases = [_case(place, settings) for place in places]
    before = keys_left(settings.out) if settings.resume else KeysLeft()
    found = _Search(ledger, others, settings.salt, made_by, cases, [[] for _ in places])
    look = partial(_look, trust=settings.trust, secret=settings.secret, salt=settings.salt)
    chunks = _chunks(places, found, by_itself=bool(settings.cases))
    while True:
        for done in executor.run(look, chunks):
            if done.error is None and done.result is not None:
                _keep(found, done.job, done.result)
            elif done.error is not None:
                _give_up(found, done.job, done.error)
            tell(found.files)
        if not found.again:
            break
        chunks, found.again = iter(tuple(found.again)), []
    units: list[StudyUnit] = []
    for number, (place, folders) in enumerate(zip(places, found.folders, strict=True)):
        folders.sort(key=lambda one: one[0])
        case = cases[number]
        if folders:
            here = studies_of((folder for _, folder in folders), settings.secret)
            units += (replace(unit, case=case) for unit in here)
        elif number not in found.told_places:
            nothing = fingerprint_of(())
            units.append(StudyUnit("", places=((str(place), ()),), fingerprint=nothing, case=case))
    return named(tuple(_with_keys(units, settings, executor, found)), found.lost, before)


def _case(place: Path, settings: BatchSettings) -> str:
    """Name a match of a glob by where it lies below the root."""
    return Path(os.path.relpath(place, settings.root)).as_posix() if settings.cases else ""


def _places(settings: BatchSettings) -> list[Path]:
    """Give the places that are opened by themselves, each once."""
    if not settings.cases:
        return places_of(settings.root, None)
    places: dict[Path, None] = {}
    for number, cases in enumerate(settings.cases, start=1):
        try:
            told = (Path(os.path.normpath(place)) for place in places_of(settings.root, cases))
            places.update(dict.fromkeys(told))
        except UsageError as error:
            which = f"pattern {number} of {len(settings.cases)}"
            raise UsageError(error.code, f"{error.found} ({which})", error.remedy) from error
    # What lies in another match is opened with it.
    return [place for place in places if places.keys().isdisjoint(place.parents)]


def _kept_apart(settings: BatchSettings, folders: Iterable[str]) -> Iterator[Path]:
    """Give folders that are no part of the archive as a walk from the root meets them."""
    real_root = settings.root.resolve()
    for folder in (settings.out, *map(Path, folders)):
        yield folder
        real = folder.resolve()
        if real.is_relative_to(real_root):
            yield settings.root / real.relative_to(real_root)


def _chunks(places: list[Path], found: _Search, *, by_itself: bool) -> Iterator[Chunk]:
    """Walk all places, and give the folders that are not known, some at a time."""
    numbers: list[tuple[int, int]] = []
    listings: list[Listing] = []
    files = 0
    for number, place in enumerate(places):
        try:
            for n, listing in enumerate(listings_below(place)):
                folder = Path(listing.folder).absolute()
                if not found.apart.isdisjoint((folder, *folder.parents)):
                    found.told_places.add(number)
                    continue  # what the run itself leaves is no part of the archive
                known = found.ledger.finding(found.digest_of(listing.folder), listing.state.hex())
                if known is not None:
                    finding = Finding.from_json(known, found.salt)
                    found.folders[number].append((n, laid_out(listing, finding)))
                    found.files += len(listing.files)
                    continue
                numbers.append((number, n))
                listings.append(listing)
                files += len(listing.files)
                if files >= MOST_FILES or len(listings) >= MOST_FOLDERS:
                    yield Chunk(tuple(numbers), tuple(listings))
                    numbers, listings, files = [], [], 0
        except InputError as error:
            if not by_itself:
                raise
            nothing, case = fingerprint_of(()), found.cases[number]
            found.lost.append(Lost(study_key([nothing]), nothing, str(place), error, case))
            found.told_places.add(number)
    if listings:
        yield Chunk(tuple(numbers), tuple(listings))


def _look(
    chunk: Chunk, trust: Trust | None, secret: bytes | None, salt: bytes
) -> tuple[Finding, ...]:
    return look_into(chunk.listings, trust, secret, salt)


def _keep(found: _Search, chunk: Chunk, findings: tuple[Finding, ...]) -> None:
    settled_ns = time.time_ns() - UNSETTLED_NS
    for (place, n), listing, finding in zip(chunk.numbers, chunk.listings, findings, strict=True):
        found.folders[place].append((n, laid_out(listing, finding)))
        found.files += len(listing.files)
    found.ledger.keep_findings(
        (found.digest_of(listing.folder), finding.state, kept)
        for listing, finding in zip(chunk.listings, findings, strict=True)
        if listing.changed_ns <= settled_ns
        and finding.state
        and (kept := finding.as_json(found.salt)) is not None
    )


def _give_up(found: _Search, chunk: Chunk, error: MriviewError) -> None:
    """Look into folders one by one where one of several ended its reader; alone it is lost."""
    if len(chunk.listings) > 1:
        found.again += [
            Chunk((number,), (listing,))
            for number, listing in zip(chunk.numbers, chunk.listings, strict=True)
        ]
        return
    (listing,) = chunk.listings
    fingerprint = fingerprint_of(listing.files)
    alone = not listing.state and len(listing.files) == 1  # a match of a glob may be a file
    place = listing.files[0].path if alone else listing.folder
    case = found.cases[chunk.numbers[0][0]]
    found.lost.append(Lost(study_key([fingerprint]), fingerprint, place, error, case))
    found.told_places.add(chunk.numbers[0][0])


def _with_keys(
    units: list[StudyUnit], settings: BatchSettings, executor: Executor, found: _Search
) -> Iterator[StudyUnit]:
    """Give units without a scan their keys: they are opened for it."""
    unnamed = [unit for unit in units if not unit.key]
    keys = {unit: key for unit in unnamed if (key := found.ledger.nothing(unit.fingerprint))}
    identify = partial(_identify, trust=settings.trust, secret=settings.secret, salt=settings.salt)
    for done in executor.run(identify, [unit for unit in unnamed if unit not in keys]):
        unit = done.job
        if done.error is not None:
            key = study_key([unit.fingerprint])
            found.lost.append(Lost(key, unit.fingerprint, unit.place, done.error, unit.case))
        elif done.result is not None:
            key, nothing = done.result
            if nothing is not None and not settings.cases and not found.lost:
                raise nothing
            keys[unit] = key
            found.ledger.keep_nothing(unit.fingerprint, key)
    for unit in units:
        if unit.key:
            yield unit
        elif unit in keys:
            yield replace(unit, key=keys[unit])


def _identify(
    unit: StudyUnit, trust: Trust | None, secret: bytes | None, salt: bytes
) -> tuple[str, InputError | None]:
    """Give the key of a place without a scan, and the refusal where nothing there may be one."""
    study = open_unit(unit, trust, secret, salt).study
    for said in study.problems:
        if said.code == "no_scan_found":
            return study.key, InputError(said.code, said.message, said.remedy, said.evidence)
    return study.key, None
