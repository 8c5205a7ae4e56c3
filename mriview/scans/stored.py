"""Headers as rows that can be kept and read again: exactly the same values, and no names.

A folder's files are named by their number in its listing, members of an archive by theirs in it, so
that nothing a person was called by is stored; of the names of series only the words that roles are
found by are left. Where rows are kept, ``remembered`` decides; here they are only made and read.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from mriview.geometry import Grid
from mriview.scans.archives import members_of
from mriview.scans.converted import Told
from mriview.scans.files import Listing, ScanFile
from mriview.scans.headers import (
    Acquisition,
    Encoding,
    Owner,
    Plane,
    Said,
    Undecided,
    Unread,
    Whole,
)
from mriview.scans.roles import words_for_roles
from mriview.scans.volume import Role
from mriview.values import Problem

FORM = 2  # raised when a reader makes something else of the same file, or rows look otherwise

MOST_KINDS = 256  # ways in which images were made, kept at once

Read = dict[ScanFile, list[Said]]
Row = list[Any]

_KINDS = (Acquisition, Encoding, Owner, Problem, Role, Told, Undecided, Unread, Whole)
_VALUES = {kind.__name__: kind for kind in _KINDS}
_NAMES = {kind: [field.name for field in fields(kind)] for kind in _VALUES.values()}
# What headers are made of: rows that were kept for other fields are not read.
FIELDS = repr([_NAMES[kind] for kind in _KINDS] + [list(Plane._fields)])
_FILE, _GRID, _MAPPING, _TUPLE = "f", "g", "m", "t"


def as_text(listing: Listing, read: Read) -> str | None:
    """Give the headers of a folder as text; None where a file outside of it has a part in them.

    Parameters
    ----------
    listing : Listing
        The folder.
    read : dict
        Headers by file, members of archives included.
    """
    numbers = _Numbers(listing, read)
    shared: list[Row] = []
    known: dict[tuple[object, ...], int] = {}
    seen: dict[tuple[object, ...], int] = {}  # by identity, which is faster: the planes live on
    planes: list[Row] = []
    others: list[Any] = []
    try:
        for file, headers in read.items():
            at = numbers.of(file)
            for header in headers:
                if not isinstance(header, Plane):
                    others.append(_encoded(header, numbers))
                    continue
                made = _Made(header.reader, header.encoding, header.acquisition, header.notes)
                alike = _alike(header)
                names = tuple(header.times)
                identity = (names, *map(id, made), *map(id, alike))
                number = seen.get(identity)
                if number is None:
                    values = (names, made.text, *alike)
                    number = seen[identity] = known.setdefault(values, len(shared))
                    if number == len(shared):
                        shared.append([_encoded(value, numbers) for value in values])
                planes.append([number, *at, *_own(header)])
    except KeyError:
        return None
    order = [numbers.of(file) for file in read]
    return json.dumps([order, shared, planes, others], separators=(",", ":"))


def from_text(listing: Listing, text: str) -> Read:
    """Read headers again.

    Raises
    ------
    ValueError, LookupError, TypeError
        The text is none that `as_text` gave for this listing.
    """
    order, shared, planes, others = json.loads(text)
    file_of = _Files(listing).at
    read: Read = {file_of(*place): [] for place in order}
    alike = [[_decoded(value, file_of) for value in row] for row in shared]
    for number, at, inner, *own in planes:
        file = file_of(at, inner)
        read[file].append(_plane(file, alike[number], own))
    for row in others:
        header = _decoded(row, file_of)
        read[header.file].append(header)
    return read


class _Numbers:
    """From files to their places in a listing."""

    def __init__(self, listing: Listing, read: Read) -> None:
        self._at = {file: (n, -1) for n, file in enumerate(listing.files)}
        for archive in dict.fromkeys(file._replace(member="") for file in read if file.member):
            at, _ = self._at[archive]
            self._at |= {member: (at, n) for n, member in enumerate(members_of(archive))}

    def of(self, file: ScanFile) -> tuple[int, int]:
        return self._at[file]


class _Files:
    """From places in a listing to files."""

    def __init__(self, listing: Listing) -> None:
        self._files = listing.files
        self._members: dict[int, list[ScanFile]] = {}

    def at(self, number: int, inner: int) -> ScanFile:
        if inner < 0:
            return self._files[number]
        if number not in self._members:
            self._members[number] = list(members_of(self._files[number]))
        return self._members[number][inner]


def _own(plane: Plane) -> Row:
    return [
        plane.frame,
        plane.instance,
        plane.position_mm,
        plane.number,
        plane.corner,
        plane.pixels_at,
        plane.pixels_bytes,
        *plane.times.values(),
    ]


def _alike(plane: Plane) -> tuple[Any, ...]:
    """Give what planes of one stack have in common; mostly the very same values."""
    return (
        plane.owner,
        plane.columns,
        plane.rows,
        plane.along_i,
        plane.along_j,
        plane.spacing_mm,
        plane.frame_of_reference,
        plane.kind,
        plane.slope,
        plane.intercept,
        plane.acquired_mm,
    )


def _plane(file: ScanFile, alike: Sequence[Any], own: Sequence[Any]) -> Plane:
    """Make a plane of what it has in common with others and what is its own."""
    times, made, owner, columns, rows, along_i, along_j, spacing_mm, frame_of_reference = alike[:9]
    kind, slope, intercept, edges_mm = alike[9:]
    reader, encoding, acquisition, notes = _made_from(made)
    frame, instance, position, number, corner, pixels_at, pixels_bytes, *moments = own
    return Plane(
        reader,
        file,
        owner,
        columns,
        rows,
        tuple(position),
        along_i,
        along_j,
        spacing_mm,
        frame,
        instance,
        frame_of_reference,
        kind,
        MappingProxyType(dict(zip(times, moments, strict=True))),
        number,
        slope,
        intercept,
        encoding,
        tuple(corner),
        pixels_at,
        pixels_bytes,
        acquisition,
        edges_mm,
        notes,
    )


class _Made(NamedTuple):
    """How planes were made: equal for whole archives, so it is spelled and read once."""

    reader: str
    encoding: Encoding | None
    acquisition: Acquisition
    notes: tuple[Problem, ...]

    @property
    def text(self) -> str:
        """The same as JSON."""
        identity = tuple(map(id, self))
        kept = _SPELLED.get(identity)
        if kept is None:
            if len(_SPELLED) >= MOST_KINDS:
                _SPELLED.clear()
            text = json.dumps([_encoded(value, None) for value in self])
            kept = _SPELLED[identity] = self, text  # an identity counts while its object lives
        return kept[1]


_SPELLED: dict[tuple[int, ...], tuple[_Made, str]] = {}


@lru_cache(MOST_KINDS)
def _made_from(text: str) -> _Made:
    return _Made(*(_decoded(value, _no_file) for value in json.loads(text)))


def _no_file(number: int, inner: int) -> ScanFile:
    raise LookupError(number, inner)


def _encoded(value: Any, numbers: _Numbers | None) -> Any:
    if isinstance(value, Acquisition):
        value = words_for_roles(value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, ScanFile) and numbers is not None:
        return [_FILE, *numbers.of(value)]
    if isinstance(value, tuple):
        return [_TUPLE, *(_encoded(one, numbers) for one in value)]
    if isinstance(value, Mapping):
        return [_MAPPING, *([key, _encoded(one, numbers)] for key, one in value.items())]
    if isinstance(value, Grid):
        return [_GRID, list(value.shape), value.lps_from_index.tolist()]
    kind = type(value)
    return [kind.__name__, *(_encoded(getattr(value, name), numbers) for name in _NAMES[kind])]


def _decoded(value: Any, file_of: Callable[[int, int], ScanFile]) -> Any:
    if not isinstance(value, list):
        return value
    tag, *rest = value
    if tag == _FILE:
        return file_of(*rest)
    if tag == _TUPLE:
        return tuple(_decoded(one, file_of) for one in rest)
    if tag == _MAPPING:
        return MappingProxyType({key: _decoded(one, file_of) for key, one in rest})
    if tag == _GRID:
        shape, matrix = rest
        return Grid(tuple(shape), matrix)
    kind = _VALUES[tag]
    given = zip(_NAMES[kind], rest, strict=True)
    return kind(**{name: _decoded(one, file_of) for name, one in given})
