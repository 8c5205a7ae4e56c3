"""Bars: how many there are of something, and the first of them by name.

A bar of ten thousand studies keeps a hundred rows, so that a page stays small; the count is of all.
What is counted, ``groups`` and ``counting`` say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

MOST_ROWS = 100  # behind one bar; some 200 bars of them make a page of 3 MB
MOST_BARS = 40  # in one group; site words and readers are without number
OTHERS = "..."  # the bar of what is beyond: no word of a table


class Row(NamedTuple):
    """What stands behind a bar: a study, its report where there is one, and more in words.

    Without a study it is of the run. ``times`` is how often it was seen in this study.
    """

    study_key: str | None
    report: str | None
    cells: tuple[str, ...] = ()
    times: int = 1


class Hit(NamedTuple):
    """One row for one bar of one group."""

    group: str
    bar: str
    row: Row


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a group.

    Parameters
    ----------
    id : str
        What was counted, as the tables call it.
    count : int
        All rows.
    times : int
        How often it was seen; more than ``count`` where a study has several.
    rows : tuple of Row
        The first ones.
    """

    id: str
    count: int
    times: int
    rows: tuple[Row, ...] = field(repr=False)


@dataclass(slots=True)
class _Open:
    """A bar that is still being counted."""

    count: int = 0
    times: int = 0
    rows: list[Row] = field(default_factory=list)

    def closed(self, name: str) -> Bar:
        return Bar(name, self.count, self.times, tuple(self.rows))


class Tally:
    """Rows by group and bar, counted as they come."""

    def __init__(self) -> None:
        self._groups: dict[str, dict[str, _Open]] = {}

    def add(self, hit: Hit) -> None:
        """Count one row.

        Examples
        --------
        >>> tally = Tally()
        >>> tally.add(Hit("status", "failed", Row("0f3a", None)))
        >>> [(bar.id, bar.count) for bar in tally.bars("status", ["reported"])]
        [('reported', 0), ('failed', 1)]
        """
        bar = self._groups.setdefault(hit.group, {}).setdefault(hit.bar, _Open())
        bar.count += 1
        bar.times += hit.row.times
        if bar.count <= MOST_ROWS:
            bar.rows.append(hit.row)

    def bars(
        self, group: str, first: Sequence[str] = (), last: Sequence[str] = ()
    ) -> tuple[Bar, ...]:
        """Give the bars of a group.

        Parameters
        ----------
        group : str
            Its id.
        first : sequence of str
            Bars that are shown before others in this order, also where nothing was counted.
        last : sequence of str
            Bars that are shown after all others, where something was counted.

        Returns
        -------
        tuple of Bar
            Between first and last: the largest before smaller ones, ``MOST_BARS`` at most; what is
            beyond is one bar more, `OTHERS`.
        """
        found = {name: bar.closed(name) for name, bar in self._groups.get(group, {}).items()}
        rest = [bar for bar in found.values() if bar.id not in {*first, *last}]
        rest.sort(key=lambda bar: (-bar.count, bar.id))
        return (
            *(found.get(name, Bar(name, 0, 0, ())) for name in first),
            *rest[:MOST_BARS],
            *_together(rest[MOST_BARS:]),
            *(found[name] for name in last if name in found),
        )


def _together(beyond: Sequence[Bar]) -> Iterator[Bar]:
    """Put what is beyond the bars of a group into one."""
    if beyond:
        rows = tuple(islice((row for bar in beyond for row in bar.rows), MOST_ROWS))
        count, times = sum(bar.count for bar in beyond), sum(bar.times for bar in beyond)
        yield Bar(OTHERS, count, times, rows)
