"""The site's own ids: a CSV file that says what the site calls each study.

A column ``study_key`` and any others; these stand after ``study_key`` in every table. Nothing is
guessed: what is not UTF-8, has two meanings for one key, or no key at all is refused in a sentence
with study keys, lines and columns, never with an id of the site. Which keys were read is not known
here.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from mriview.errors import InputError
from mriview.values.problem import counted

KEY, PATH = "study_key", "path"
PREFIX = "site_"  # of a column whose name a table has already
MOST_BYTES = 64 * 2**20  # half a million studies
MOST_COLUMNS = 200  # of the site; a database takes 2000 in all
NAMED = 3  # keys or columns of a sentence
LONGEST_NAME = 24  # letters of a column in a sentence
SEPARATORS = (",", ";", "\t")  # what spreadsheets write, by the country they are set to

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_STUDY_KEY = re.compile(r"[0-9a-f]{16}(-[1-9][0-9]{0,8})?")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class KeyMap:
    """What the site calls each study.

    Parameters
    ----------
    columns : tuple of str
        Names of the site's columns as they stand in the tables.
    of_study : mapping
        Study key to the cells of these columns; None where the map says nothing.
    left_out : tuple of str
        Columns that are never copied: paths.
    rows, without_key : int
        How many rows there are, and how many of them hold no study key.
    """

    columns: tuple[str, ...] = ()
    of_study: Mapping[str, tuple[str | None, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    left_out: tuple[str, ...] = ()
    rows: int = 0
    without_key: int = 0

    def cells(self, study_key: str | None) -> dict[str, str | None]:
        """Give the site's cells of a study by column; all None where the map does not name it."""
        found = self.of_study.get(study_key or "", (None,) * len(self.columns))
        return dict(zip(self.columns, found, strict=True))


def read_key_map(path: Path, taken: Collection[str]) -> KeyMap:
    """Read a key map.

    Parameters
    ----------
    path : Path
        CSV with one header line, UTF-8 with or without a mark at its beginning (or the UTF-16 of a
        spreadsheet); columns separated by commas, semicolons or tabs.
    taken : collection of str
        Names of our own columns: one of the site that has such a name gets the prefix ``site_``.

    Raises
    ------
    InputError
        It is absent or no such file (``key_map_unreadable``), its columns have no good names
        (``key_map_columns``), or a key has two meanings (``key_map_duplicate``).
    """
    lines = _lines(path)
    _, top = next((line for line in lines if any(line[1])), (0, []))
    header = [name.strip() for name in top]
    if header.count(KEY) != 1:
        told = f"{header.count(KEY)} of {len(header)} column(s) of the key map [is|are] named {KEY}"
        remedy = f"Name one of them {KEY} in the first line"
        raise InputError("key_map_columns", counted(told), remedy)
    at_key = header.index(KEY)
    left_out = tuple(name for name in header if name.lower() == PATH)
    kept = [n for n, name in enumerate(header) if n != at_key and name.lower() != PATH]
    columns = _named([header[n] for n in kept], taken)
    of_study: dict[str, tuple[str | None, ...]] = {}
    first: dict[str, int] = {}
    differing: dict[str, list[int]] = {}
    rows = without_key = 0
    for number, row in lines:
        if not any(row):
            continue
        if len(row) != len(header):
            found = f"line {number} of the key map has {len(row)} cells, its first {len(header)}"
            raise InputError("key_map_unreadable", found, "Save it as CSV again")
        rows += 1
        key = row[at_key].strip().lower()  # some programs write such digits in capitals
        if not _STUDY_KEY.fullmatch(key):
            without_key += 1
            continue
        cells = tuple(row[n] or None for n in kept)
        if of_study.setdefault(key, cells) != cells:
            differing.setdefault(key, [first[key]]).append(number)
        first.setdefault(key, number)
    if differing:
        raise _two_meanings(differing)
    return KeyMap(columns, MappingProxyType(of_study), left_out, rows, without_key)


def _two_meanings(differing: Mapping[str, list[int]]) -> InputError:
    """Name some of the keys with the lines of their meanings."""
    some = dict(list(differing.items())[:NAMED])
    listed = (f"{key} (lines {_joined(lines)})" for key, lines in some.items())
    more = f" and {len(differing) - len(some)} more" if len(differing) > len(some) else ""
    told = f"{len(differing)} study key(s) of the key map [has|have] more than one meaning"
    found = f"{counted(told)}: {', '.join(listed)}{more}"
    evidence = {"keys": len(differing), "lines": some}
    return InputError("key_map_duplicate", found, "Keep one row for each key", evidence)


def _joined(lines: Sequence[int]) -> str:
    more = ", ..." if len(lines) > NAMED else ""
    return ", ".join(map(str, lines[:NAMED])) + more


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Give the rows of the file with the line that each ends in, the header first."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _unreadable("it is larger than 64 MiB")
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable((error.strerror or type(error).__name__).lower()) from error
    try:
        text = data.decode("utf-16" if data.startswith(_UTF16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable("it is no UTF-8", "Save it as CSV UTF-8") from error
    if "\0" in text:
        raise _unreadable("it holds zero bytes", "Save it as CSV UTF-8")
    separator = _separator(text.lstrip().partition("\n")[0])
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise _unreadable("it is no CSV", "Save it as CSV UTF-8") from error


def _separator(line: str) -> str:
    """Give the separator that makes a column ``study_key`` of the header line."""
    parts = {one: [part.strip().strip('"') for part in line.split(one)] for one in SEPARATORS}
    return next((one for one, names in parts.items() if KEY in names), ",")


def _named(names: Sequence[str], taken: Collection[str]) -> tuple[str, ...]:
    """Check the site's names and keep them apart from ours, also for programs blind to case."""
    ours = {name.lower() for name in taken}
    if len(names) > MOST_COLUMNS:
        found = f"the key map has {len(names)} columns, of {MOST_COLUMNS} that the tables take"
        raise InputError("key_map_columns", found, "Leave out those that are not needed")
    bad = [name for name in names if not _NAME.fullmatch(name)]
    if bad:
        told = f"{len(bad)} column(s) of the key map [has a name|have names] with other signs"
        found = f"{counted(told)} than A-Z, 0-9 and _: {_quoted(bad)}"
        raise InputError("key_map_columns", found, "Rename them, a letter first, 63 signs at most")
    named = tuple(f"{PREFIX}{name}" if name.lower() in ours else name for name in names)
    places = Counter(name.lower() for name in named)
    clashing = [
        name
        for name, column in zip(names, named, strict=True)
        if places[column.lower()] > 1 or column.lower() in ours
    ]
    if clashing:
        found = f"columns of the key map have one name in the tables: {_quoted(clashing)}"
        raise InputError("key_map_columns", found, "Rename all but one of them")
    return named


def _quoted(names: Sequence[str]) -> str:
    """Name some columns, short and without signs that a terminal would obey."""
    shown = []
    for name in names[:NAMED]:
        short = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..."
        shown.append(f"'{''.join(sign if sign.isprintable() else '?' for sign in short)}'")
    return ", ".join(shown) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _unreadable(why: str, remedy: str = "Name a CSV file") -> InputError:
    return InputError("key_map_unreadable", f"the key map cannot be read: {why}", remedy)
