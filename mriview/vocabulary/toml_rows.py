"""From a TOML table to frozen rows: strict, so that a typo in a row fails when the table is read.

Keys that a row class does not have, keys that it needs, values of another type and ids that occur
twice are refused with the name of the table and the row. Which classes there are stands in
``rows``; which tables there are, in the package itself.
"""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")  # what a sentence may repeat
KINDS = {str: "text", float: "finite number", int: "whole number", bool: "truth value"}


class RowError(ValueError):
    """A row is refused: ``place`` is where in its table, ``why`` never repeats a value."""

    def __init__(self, place: str, why: str) -> None:
        self.place, self.why = place, why
        super().__init__(f"{place}: {why}")


class HasId(Protocol):
    """A row of a table."""

    @property
    def id(self) -> str:
        """Unique within its table."""


R = TypeVar("R", bound=HasId)


def read_table(name: str, row: type[R]) -> Mapping[str, R]:
    """Read ``tables/<name>.toml`` into rows by id, in the order of the file; once.

    Raises
    ------
    RowError
        A row has not the keys or the types of its class, or an id occurs twice.
    """
    rows: Mapping[str, R] = _read(name, row)
    return rows


def rows_from(text: str, row: type[R], name: str) -> Mapping[str, R]:
    r"""Read the rows of a TOML text that holds one array of tables.

    Raises
    ------
    RowError
        A row has not the keys or the types of its class, or an id occurs twice.

    Examples
    --------
    >>> from mriview.vocabulary.rows import Structure
    >>> text = '[[structure]]\nid = "brain"\nlabel = { en = "brain", de = "Hirn" }'
    >>> rows_from(text, Structure, "structures")["brain"].label.de
    'Hirn'
    """
    (raw_rows,) = tomllib.loads(text).values()
    rows: dict[str, R] = {}
    for raw in raw_rows:
        made = row_from(raw, row, f"{name}.{raw.get('id', '?')}")
        if made.id in rows:
            place = f"{name}.{made.id}"
            raise RowError(place, "the id occurs twice")
        rows[made.id] = made
    return MappingProxyType(rows)


def row_from(raw: object, row: type[R], place: str) -> R:
    """Make one row of what TOML gave.

    Raises
    ------
    RowError
        It has not the keys or the types of its class; the error's ``place`` begins with ``place``.
    """
    made: R = _decoded(row, raw, place)
    return made


@cache
def _read(name: str, row: Any) -> Mapping[str, Any]:
    text = files("mriview.vocabulary").joinpath("tables", f"{name}.toml").read_text("utf-8")
    rows: Mapping[str, Any] = rows_from(text, row, name)
    return rows


@dataclass(frozen=True, slots=True)
class _Shape:
    """Keys of a row class in their order, with their types, and those that it needs."""

    types: Mapping[str, Any]
    needed: frozenset[str]


@cache
def _shape(kind: Any) -> _Shape:
    """Look into a row class once, not for each of its rows."""
    hints, known = get_type_hints(kind), fields(kind)
    needed = {f.name for f in known if f.default is MISSING and f.default_factory is MISSING}
    return _Shape({f.name: hints[f.name] for f in known}, frozenset(needed))


def _decoded(kind: Any, raw: Any, place: str) -> Any:
    if kind is str and type(raw) is str:  # nearly all of a table
        return raw
    origin = get_origin(kind)
    if origin in (Union, UnionType):  # only X | None: TOML has no null, so a value is an X
        (kind,) = (part for part in get_args(kind) if part is not NoneType)
        return _decoded(kind, raw, place)
    if is_dataclass(kind):
        return _row(kind, raw, place)
    if origin is tuple:
        if not isinstance(raw, list):
            raise RowError(place, "is no list")
        part = get_args(kind)[0]
        return tuple(_decoded(part, item, f"{place}[{n}]") for n, item in enumerate(raw))
    if origin is Literal:
        if raw not in get_args(kind):
            raise RowError(place, f"is none of {', '.join(get_args(kind))}")
        return raw
    return _plain(kind, raw, place)


def _plain(kind: Any, raw: Any, place: str) -> Any:
    """Take a text, a number or a truth value; a whole number may stand for a decimal one."""
    if kind is float and type(raw) in (int, float):
        try:
            number = float(raw)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    elif type(raw) is kind:
        return raw
    raise RowError(place, f"is no {KINDS[kind]}")


def _row(kind: Any, raw: Any, place: str) -> Any:
    known, needed = _shape(kind).types, _shape(kind).needed
    if not isinstance(raw, dict):
        raise RowError(place, f"is no table with the keys {', '.join(known)}")
    for key in raw:
        if key not in known:
            name = key if KEY.fullmatch(key) else "of a name without sense"
            raise RowError(place, f"the key {name} is none of {', '.join(known)}")
    if needed - set(raw):
        raise RowError(place, f"{', '.join(sorted(needed - set(raw)))} missing")
    return kind(**{key: _decoded(known[key], raw[key], f"{place}.{key}") for key in raw})
