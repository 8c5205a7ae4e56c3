"""The rows of a run, put together study by study: each series once, each reading by itself.

The tables are read side by side, so that one study at a time is in memory. What its rows mean is
the matter of ``counting``.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from mriview.exporters.tables import Row as TableRow
from mriview.review import SIDES


class RunRows(NamedTuple):
    """What a run leaves, as plain rows; those of a study stand together, in the order of results.

    Parameters
    ----------
    results, series, sides : iterable of mapping
        Rows of these tables, by column.
    problems : iterable of mapping
        Lines of ``problems.jsonl``; those of no study at the end.
    """

    results: Iterable[TableRow]
    series: Iterable[TableRow]
    sides: Iterable[TableRow]
    problems: Iterable[Mapping[str, Any]]


class Reading(NamedTuple):
    """One reading of a study: its report's file, and the row of either side."""

    report: str
    sides: Mapping[str, TableRow]


class Study(NamedTuple):
    """All rows of one study."""

    row: TableRow
    series: tuple[TableRow, ...]
    readings: tuple[Reading, ...]

    @property
    def key(self) -> str:
        """Key of the study."""
        return str(self.row["study_key"])

    @property
    def report(self) -> str | None:
        """File of its first report; none where it could not be read."""
        return None if self.row["report_id"] is None else report_name(self.key)


def report_name(key: str, number: int = 1) -> str:
    """Give the file of a study's report, the further ones with their number.

    Examples
    --------
    >>> report_name("029d0ac4959857b1"), report_name("029d0ac4959857b1", 2)
    ('029d0ac4959857b1.json', '029d0ac4959857b1.2.json')
    """
    return f"{key}.json" if number == 1 else f"{key}.{number}.json"


def studies_of(rows: RunRows) -> Iterator[Study]:
    """Give the studies of a run one by one.

    Raises
    ------
    ValueError
        Rows stand in another order than their studies: a bug of ours.
    """
    series, sides = _Beside(rows.series), _Beside(rows.sides)
    for row in rows.results:
        key = str(row["study_key"])
        yield Study(row, _each_once(series.of(key)), tuple(_readings(key, sides.of(key))))
    series.end()
    sides.end()


class _Beside:
    """Rows of a table by study, read as far as another one is."""

    def __init__(self, rows: Iterable[TableRow]) -> None:
        self._groups = groupby(rows, key=lambda row: str(row["study_key"]))
        self._next = next(self._groups, None)

    def of(self, key: str) -> tuple[TableRow, ...]:
        """Give the rows of the study where they are the next ones."""
        if self._next is None or self._next[0] != key:
            return ()
        rows = tuple(self._next[1])
        self._next = next(self._groups, None)
        return rows

    def end(self) -> None:
        """Refuse to leave rows behind."""
        if self._next is not None:
            msg = "rows are of no study, or in another order"
            raise ValueError(msg)


def _each_once(rows: Iterable[TableRow]) -> tuple[TableRow, ...]:
    """Give each series as the first report has it: every reading has rows of all."""
    once: dict[object, TableRow] = {}
    for row in rows:
        once.setdefault(row["series"], row)
    return tuple(once.values())


def _readings(key: str, rows: Iterable[TableRow]) -> Iterator[Reading]:
    """Put the sides of each reading together: the n-th row of either is of the n-th report."""
    listed = list(rows)
    by_side = [[row for row in listed if row["side"] == side] for side in SIDES]
    for number, sides in enumerate(zip(*by_side, strict=True), start=1):
        yield Reading(report_name(key, number), dict(zip(SIDES, sides, strict=True)))
