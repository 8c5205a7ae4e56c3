"""Rows as CSV (RFC 4180) that a spreadsheet opens without running anything, and that reads back.

UTF-8, one header line, CR LF, ``.`` decimals with every digit that the report has. A text that a
spreadsheet would take for a formula gets an apostrophe before it, and so does one that begins with
an apostrophe: take one away and the text is what it was. Numbers are never touched.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TextIO

from mriview.exporters.tables.columns import SEPARATOR, Column, Table, tables
from mriview.exporters.tables.rows import Cell, Row

APOSTROPHE = "'"
FORMULA = frozenset("=+-@")  # what a spreadsheet takes for the beginning of one
TRIMMED = ("\t", "\r", "\n", APOSTROPHE)  # what programs take away from the beginning of a cell
_DICTIONARY = ("table", "column", "type", "unit", "meaning", "values", "path")
_ANY_KEY = re.compile(r"\{\w+\}")


def csv_of(names: Sequence[str], rows: Iterable[Row]) -> bytes:
    r"""Write rows as one CSV file.

    Parameters
    ----------
    names : sequence of str
        The columns, in order.
    rows : iterable of mapping
        Each with a cell for every column.

    Returns
    -------
    bytes
        UTF-8.

    Examples
    --------
    >>> csv_of(["gap_mm", "note"], [{"gap_mm": -0.25, "note": "=1+1"}])
    b"gap_mm,note\r\n-0.25,'=1+1\r\n"
    """
    page = io.StringIO(newline="")
    write_csv(page, names, rows)
    return page.getvalue().encode()


def write_csv(page: TextIO, names: Sequence[str], rows: Iterable[Row]) -> None:
    """Write rows as CSV to an open file, one after the other.

    Parameters
    ----------
    page : text file
        Opened with ``newline=""`` and UTF-8.
    names : sequence of str
        The columns, in order.
    rows : iterable of mapping
        Each with a cell for every column.
    """
    writer = csv.writer(page, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([written(row[name]) for name in names] for row in rows)


def written(cell: Cell) -> str:
    """Give the letters of one cell.

    Examples
    --------
    >>> written(True), written(0.3), written(-2), written("-2"), written(None)
    ('TRUE', '0.3', '-2', "'-2", '')
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"  # R knows no small ones
    if isinstance(cell, str):
        return APOSTROPHE + cell if _is_risky(cell) else cell
    return repr(cell)


def _is_risky(text: str) -> bool:
    """Whether a text begins a formula, also in wide or small forms and behind what is not seen."""
    seen = (sign for sign in text if unicodedata.category(sign)[0] not in "CZ")
    return text.startswith(TRIMMED) or unicodedata.normalize("NFKC", next(seen, ""))[:1] in FORMULA


def dictionary(more: Iterable[Table] = ()) -> bytes:
    """Write what every column of every table means, with unit, allowed values and JSON path.

    Parameters
    ----------
    more : iterable of Table
        Tables that stand beside those of a report, and come before them.
    """
    return dictionary_of((*more, *tables().values()))


def dictionary_of(listed: Iterable[Table]) -> bytes:
    """Write what every column of these tables means, and of no others.

    Parameters
    ----------
    listed : iterable of Table
        In the order in which they are told.
    """
    rows = [_explained(column) for table in listed for column in table.columns]
    return csv_of(_DICTIONARY, rows)


def _explained(column: Column) -> Row:
    return {
        "table": column.table,
        "column": column.name,
        "type": column.kind,
        "unit": column.unit,
        "meaning": column.meaning,
        "values": SEPARATOR.join(column.allowed),
        "path": _ANY_KEY.sub("*", column.path),
    }
