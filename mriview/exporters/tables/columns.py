"""What columns each table has: rows of ``*.toml`` in this folder, widened to single cells.

A key more of the report is a row more there. A quantity becomes three columns (value, ``_low``,
``_high``), a position one for each axis, and beside a cell that may be empty stands
``_missing`` with the reason. How a cell is found in a report is in ``rows``; how it is written, in
``text``.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from mriview import vocabulary

TABLES = (
    *("studies", "sides", "nerves", "landmarks", "contacts", "contact_grades", "vessels_nearby"),
    *("lesions", "lesion_grades", "exclusions", "implants", "treatments", "anatomy"),
    *("series", "registrations"),
)
MISSING = "_missing"
NOT_ASSESSED, NOT_APPLICABLE = "NA_not_assessed", "NA_not_applicable"
WITHHELD, BLINDED = "NA_withheld", "NA_blinded"
MISSING_CODES = (NOT_ASSESSED, WITHHELD, NOT_APPLICABLE, BLINDED)  # domain page, section 9
SEPARATOR = ";"  # between the ids of a list: no id holds one

# The unit that a name ends with, in UCUM; a longer ending first.
UNITS = {
    "_mm3": "mm3",
    "_mm2": "mm2",
    "_s_mm2": "s/mm2",
    "_mm": "mm",
    "_ml": "mL",
    "_deg": "deg",
    "_ms": "ms",
    "months_ago": "mo",
    "_t": "T",
    "_years": "a",
}

Kind = Literal["text", "id", "list", "integer", "number", "boolean", "missing"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a cell may be empty: ``code`` where the value at ``path`` is, or holds, ``equals``.

    Without ``equals`` any value there will do.
    """

    path: str
    code: str
    equals: object = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where its value stands in the report, and what it means.

    ``path`` is a JSON path; ``{side}`` and the like stand for what tells the rows apart, ``~`` for
    a key itself. ``empty`` is the code of an empty cell where none of ``because`` fits; a column
    without one is never empty. ``allowed``: what may stand there; empty where anything may.
    """

    table: str
    name: str
    path: str
    kind: Kind
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    empty: str = ""
    because: tuple[Reason, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: the path whose every match is a row, what a row is, and the columns in order."""

    name: str
    rows: str
    meaning: str
    columns: tuple[Column, ...]


@cache
def tables() -> Mapping[str, Table]:
    """Give every table by name, in the order in which they are written.

    Raises
    ------
    KeyError, TypeError
        A row of the declared list lacks a key, or has one too many: a bug of ours.

    Examples
    --------
    >>> tables()["sides"].rows
    '$.sides.{side}'
    """
    shared = _toml("shared")
    reasons = {row.pop("id"): Reason(**row) for row in shared["reason"]}
    return {name: table_from(name, _toml(name), shared["column"], reasons) for name in TABLES}


def _toml(name: str) -> dict[str, Any]:
    text = (files("mriview.exporters.tables") / f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


def table_from(
    name: str,
    raw: Mapping[str, Any],
    shared: Sequence[Mapping[str, Any]] = (),
    reasons: Mapping[str, Reason] = MappingProxyType({}),
) -> Table:
    """Make a table of its declaration.

    Parameters
    ----------
    name : str
        Of the table.
    raw : mapping
        ``rows``, ``meaning`` and a list of ``column``, as the TOML files declare them.
    shared : sequence of mapping
        Columns that stand before its own.
    reasons : mapping of Reason
        Why cells may be empty, by the names that columns use.
    """
    columns = [
        one
        for row in (*shared, *raw["column"])
        for column in _widened(name, row, reasons)
        for one in _with_missing(column)
    ]
    return Table(name, raw["rows"], raw["meaning"], tuple(columns))


def _widened(table: str, row: Mapping[str, Any], reasons: Mapping[str, Reason]) -> Iterator[Column]:
    """Make single columns of a declared one."""
    said = dict(row)
    kind, parts = said.pop("kind"), said.pop("parts", ())
    allowed = said.pop("values", ())
    values = tuple(getattr(vocabulary, allowed)()) if isinstance(allowed, str) else tuple(allowed)
    because = tuple(reasons[one] for one in said.pop("because", ()))
    column = Column(table, kind=kind, allowed=values, because=because, **_explained(kind, said))
    if kind == "physics":
        yield from _physics(column)
    elif kind == "quantity":
        yield from _quantity(column)
    elif parts:
        for number, part in enumerate(parts):
            yield _measured(column, f"_{part}", f"[{number}]", f" ({part})")
    else:
        yield replace(column, unit=_unit(column.name, column.kind))


def _explained(kind: str, said: dict[str, Any]) -> dict[str, Any]:
    """Take the meaning of a quantity from its row of the vocabulary."""
    if kind == "quantity" and "meaning" not in said:
        said["meaning"] = vocabulary.quantities()[said["name"]].definition
    return said


def _quantity(column: Column) -> Iterator[Column]:
    withheld = Reason(f"{column.path}.withheld", WITHHELD)
    said = replace(column, because=(withheld, *column.because), empty=column.empty or NOT_ASSESSED)
    yield _measured(said, "", ".value", "")
    yield _measured(said, "_low", ".low", " Lower end of the 95 % interval.")
    yield _measured(said, "_high", ".high", " Upper end of the 95 % interval.")


def _physics(column: Column) -> Iterator[Column]:
    """Make a column of each acquisition value of the vocabulary."""
    for row in vocabulary.physics().values():
        meaning = f"{column.meaning}: {row.label.en}."
        at = replace(column, name=row.id, path=f"{column.path}.{row.id}", meaning=meaning)
        kind: Kind = "text" if row.unit is None else "number"
        yield replace(at, kind=kind, unit=row.unit or "")


def _measured(column: Column, suffix: str, step: str, more: str) -> Column:
    name = column.name + suffix
    stem = column.name if suffix in {"_low", "_high"} else name
    return replace(
        column,
        name=name,
        path=column.path + step,
        kind="number",
        meaning=column.meaning + more,
        unit=_unit(stem, "number"),
    )


def _unit(name: str, kind: str) -> str:
    if kind not in {"number", "integer"}:
        return ""
    return next((unit for end, unit in UNITS.items() if name.endswith(end)), "1")


def _with_missing(column: Column) -> Iterator[Column]:
    """Put the column of reasons beside one that may be empty."""
    yield column
    if column.empty:
        yield Column(
            table=column.table,
            name=column.name + MISSING,
            path=column.path,
            kind="missing",
            meaning=f"Why {column.name} is empty; itself empty where there is a value.",
            allowed=MISSING_CODES,
        )
