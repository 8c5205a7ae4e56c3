"""From a TOML table to frozen rows: strict, so that a typo in a row fails when the table is read.

Keys that a row class does not have, keys that it needs, values of another type and ids that occur
twice are refused with the name of the table and the row. Which classes there are stands in
``rows``; which tables there are, in the package itself.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from importlib.resources import files
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints


class HasId(Protocol):
    """A row of a table."""

    @property
    def id(self) -> str:
        """Unique within its table."""


R = TypeVar("R", bound=HasId)


def read_table(name: str, row: type[R]) -> Mapping[str, R]:
    """Read ``tables/<name>.toml`` into rows by id, in the order of the file.

    Raises
    ------
    ValueError
        A row has not the keys or the types of its class, or an id occurs twice.
    """
    text = files("mriview.vocabulary").joinpath("tables", f"{name}.toml").read_text("utf-8")
    return rows_from(text, row, name)


def rows_from(text: str, row: type[R], name: str) -> Mapping[str, R]:
    r"""Read the rows of a TOML text that holds one array of tables.

    Raises
    ------
    ValueError
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
        made: R = _decoded(row, raw, f"{name}.{raw.get('id', '?')}")
        if made.id in rows:
            msg = f"{name}.{made.id}: the id occurs twice"
            raise ValueError(msg)
        rows[made.id] = made
    return MappingProxyType(rows)


def _decoded(kind: Any, raw: Any, place: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):  # only X | None: TOML has no null, so a value is an X
        (kind,) = (part for part in get_args(kind) if part is not NoneType)
        return _decoded(kind, raw, place)
    if is_dataclass(kind):
        return _row(kind, raw, place)
    if origin is tuple and isinstance(raw, list):
        part = get_args(kind)[0]
        return tuple(_decoded(part, item, f"{place}[{n}]") for n, item in enumerate(raw))
    if origin is Literal and raw in get_args(kind):
        return raw
    if kind is float and type(raw) is int:
        return float(raw)
    if isinstance(kind, type) and type(raw) is kind:
        return raw
    msg = f"{place}: {raw!r} is no {kind}"
    raise ValueError(msg)


def _row(kind: Any, raw: Any, place: str) -> Any:
    known = {field.name: field for field in fields(kind)}
    if not isinstance(raw, dict) or set(raw) - set(known):
        msg = f"{place}: {raw!r} has keys that {kind.__name__} has not"
        raise ValueError(msg)
    needed = {
        name for name, f in known.items() if f.default is MISSING and f.default_factory is MISSING
    }
    if needed - set(raw):
        msg = f"{place}: {', '.join(sorted(needed - set(raw)))} missing"
        raise ValueError(msg)
    types = get_type_hints(kind)
    return kind(**{key: _decoded(types[key], raw[key], f"{place}.{key}") for key in raw})
