"""The rows of one report: plain values by column name, found by the paths of the declared columns.

Numbers are numbers and texts are texts here, as the report has them: what a spreadsheet would make
of a text is the matter of ``text``. Nothing is computed, so that no table can differ from the
report that it was made of.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from mriview.exporters.tables.columns import (
    MISSING,
    SEPARATOR,
    Column,
    Reason,
    Table,
    tables,
)
from mriview.report import Report

Cell = str | int | float | bool | None
Row = Mapping[str, Cell]
Bound = Mapping[str, str | int]

ASKED_ONLY = "not_assessed"  # the answer that is none: an empty cell

_STEP = re.compile(r"\.(~|\{\w+\}|\w+)|\[(\*|-?\d+|\{\w+\})\]")


def rows_of(report: Report) -> dict[str, tuple[Row, ...]]:
    """Give the rows of every table for one report.

    Parameters
    ----------
    report : Report
        One reading; rows of many reports can be put below each other, table by table.

    Returns
    -------
    dict of tuple of mapping
        By table, each row with every column of the table in order. A cell is a number, a text, a
        truth value, or None with its reason in the column ``..._missing`` beside it.
    """
    data = report.model_dump(mode="json")
    return {name: rows_from(table, data) for name, table in tables().items()}


def rows_from(table: Table, data: object) -> tuple[Row, ...]:
    """Give the rows of one table for any JSON value that its paths fit.

    Parameters
    ----------
    table : Table
        What is looked for.
    data : object
        A report as JSON, or what another table is declared over.
    """
    return tuple(_row(table, data, bound) for bound in _matches(data, table.rows))


def _row(table: Table, data: object, bound: Bound) -> Row:
    cells: dict[str, Cell] = {}
    for column in table.columns:
        if column.kind == "missing":
            continue
        cell = _cell(column, _at(data, column.path, bound))
        cells[column.name] = cell
        if column.empty:
            code = None if cell is not None else _why_empty(column, data, bound)
            cells[column.name + MISSING] = code
    return cells


def _cell(column: Column, found: object) -> Cell:
    """Give what stands at a path as the column's kind of value; None for nothing and for none."""
    if column.kind == "list":
        return SEPARATOR.join(map(str, found)) or None if isinstance(found, list) else None
    if isinstance(found, bool):
        return found if column.kind == "boolean" else None
    if isinstance(found, int | float):
        return found if column.kind in {"integer", "number"} else None
    if not isinstance(found, str) or column.kind not in {"text", "id"}:
        return None
    return None if column.kind == "id" and found == ASKED_ONLY else found or None


def _why_empty(column: Column, data: object, bound: Bound) -> str:
    fitting = (one.code for one in column.because if _fits(one, data, bound))
    return next(fitting, column.empty)


def _fits(reason: Reason, data: object, bound: Bound) -> bool:
    found = _at(data, reason.path, bound)
    if reason.equals is None:
        return found is not None
    return found == reason.equals or (isinstance(found, list) and reason.equals in found)


@cache
def _steps(path: str) -> tuple[str | int, ...]:
    """Split a path into keys, places of lists, ``*``, ``~`` and ``{name}``."""
    parts = [key or place for key, place in _STEP.findall(path)]
    return tuple(int(part) if part.lstrip("-").isdigit() else part for part in parts)


def _matches(data: object, path: str) -> Iterator[Bound]:
    """Find what the names in the path of a table stand for, a row each."""
    yield from _bound(data, _steps(path), {})


def _bound(data: object, steps: tuple[str | int, ...], bound: Bound) -> Iterator[Bound]:
    named = (n for n, step in enumerate(steps) if _name(step) not in {"", *bound})
    place = next(named, None)
    if place is None:
        yield bound
        return
    parent = _found(data, steps[:place], bound)
    keys: Any = range(len(parent)) if isinstance(parent, list) else parent or ()
    for key in keys:
        yield from _bound(data, steps, {**bound, _name(steps[place]): key})


def _at(data: object, path: str, bound: Bound) -> Any:
    """Give what a path leads to; a bare ``{name}`` is what tells the rows apart."""
    name = _name(path)
    return bound[name] if name in bound else _found(data, _steps(path), bound)


@cache
def _name(step: str | int) -> str:
    return step[1:-1] if isinstance(step, str) and step.startswith("{") else ""


def _found(value: Any, steps: tuple[str | int, ...], bound: Bound) -> Any:
    """Walk a path; None where it leads nowhere."""
    for n, given in enumerate(steps):
        step = bound[name] if (name := _name(given)) else given
        if step == "*":
            inner = (_found(item, steps[n + 1 :], bound) for item in value)
            return [item for item in inner if item is not None]
        if step == "~":
            return list(value)
        if isinstance(step, int):
            inside = isinstance(value, list) and -len(value) <= step < len(value)
            value = value[step] if inside else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return None
    return value
