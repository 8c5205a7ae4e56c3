"""Contests: ways take turns, ratios are formed within a round, their median counts.

A machine that is busy slows the whole round, so ratios stand where seconds do not. How a turn is
taken, and what it reads, is known elsewhere; here turns become one table and its verdicts.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

BEST_PEER = "the best peer"


@dataclass(frozen=True)
class Reading:
    """What one turn gave.

    Parameters
    ----------
    seconds : float or None
        None where the way failed.
    peak_mb : float or None
        Memory at its peak, above what the process had before; None where it was not measured.
    equal : bool
        Whether it read what is there.
    """

    seconds: float | None
    peak_mb: float | None = None
    equal: bool = True


@dataclass(frozen=True)
class Ratio:
    """A goal: how many times as fast as another way, or as the best peer, a way has to be."""

    name: str
    way: str
    than: str
    at_least: float


@dataclass(frozen=True)
class Cost:
    """A goal: how many times as long as another way a way may take."""

    name: str
    way: str
    than: str
    at_most: float


@dataclass(frozen=True)
class Peak:
    """A goal: how much memory a way may take, by itself or more than another."""

    name: str
    way: str
    at_most_mb: float
    beyond: str | None = None


@dataclass(frozen=True)
class Count:
    """A goal that is counted once, after the rounds."""

    name: str
    counted: Callable[[], int | None]
    at_most: int = 0


Goal = Ratio | Cost | Peak | Count


@dataclass(frozen=True)
class Verdict:
    """A goal and what became of it; no value where a way has no time."""

    kind: str
    name: str
    value: float | None
    goal: str
    reached: bool

    @property
    def reached_text(self) -> str:
        """The value as text."""
        if self.value is None:
            return "none"
        return f"{self.value:.0f}" if self.kind == "count" else f"{self.value:.2f}"

    def __str__(self) -> str:
        said = "pass" if self.reached else "fail"
        return f"{self.kind} name={self.name} value={self.reached_text} goal={self.goal} {said}"


@dataclass(frozen=True)
class Row:
    """One way in a table, as text."""

    way: str
    seconds: str
    ratio: str
    peak_mb: str
    equal: str


@dataclass(frozen=True)
class Table:
    """What a contest came to."""

    title: str
    rows: tuple[Row, ...]
    verdicts: tuple[Verdict, ...]

    def __str__(self) -> str:
        lines = [
            f"{row.way:<34} {row.seconds:<26} {row.ratio:>11} {row.peak_mb:>8} {row.equal:>6}"
            for row in (HEAD, *self.rows)
        ]
        return "\n".join([self.title, *lines, *map(str, self.verdicts), ""])


HEAD = Row("way", "s median (min..max)", "x best peer", "peak MB", "equal")


@dataclass(frozen=True)
class Contest:
    """Ways that do one job.

    Parameters
    ----------
    title : str
        The job, in words.
    turns : mapping of str to callable
        Ways by name, in the order of their turns.
    peers : sequence of str
        Those among which the best is looked for.
    goals : sequence of Goal
        What is wanted of some.
    """

    title: str
    turns: Mapping[str, Callable[[], Reading]]
    peers: Sequence[str]
    goals: Sequence[Goal]

    def held(self, rounds: int) -> Table:
        """Take all turns, round by round."""
        readings: dict[str, list[Reading]] = {way: [] for way in self.turns}
        for number in range(rounds):
            print(f"{self.title}: round {number + 1} of {rounds}", file=sys.stderr)
            for way, turn in self.turns.items():
                readings[way].append(turn())
        times = {way: _times(of) for way, of in readings.items()}
        peaks = {way: _peak(of) for way, of in readings.items()}
        best = _best({way: times[way] for way in self.peers})
        rows = tuple(
            Row(
                way=way,
                seconds=_spread(times[way]),
                ratio=_shown(_ratio(best, times[way]), ".2f"),
                peak_mb=_shown(peaks[way], ".1f"),
                equal=_equality(readings[way]),
            )
            for way in self.turns
        )
        times[BEST_PEER] = best
        verdicts = tuple(_judged(goal, times, peaks) for goal in self.goals)
        return Table(self.title, rows, verdicts)


Times = list[float] | None  # one a round; None for a way that has no time


def _judged(goal: Goal, times: Mapping[str, Times], peaks: Mapping[str, float | None]) -> Verdict:
    if isinstance(goal, Ratio):
        value = _ratio(times[goal.than], times[goal.way])
        reached = value is not None and value >= goal.at_least
        return Verdict("ratio", goal.name, value, f">={goal.at_least:g}", reached)
    if isinstance(goal, Cost):
        value, most = _ratio(times[goal.way], times[goal.than]), goal.at_most
        kind = "ratio"
    elif isinstance(goal, Count):
        value, most = goal.counted(), goal.at_most
        kind = "count"
    else:
        value, most = peaks[goal.way], goal.at_most_mb
        other = peaks[goal.beyond] if goal.beyond else 0.0
        value = None if value is None or other is None else value - other
        kind = "peak_mb"
    return Verdict(kind, goal.name, value, f"<={most:g}", value is not None and value <= most)


def _times(readings: Sequence[Reading]) -> Times:
    """Seconds of a way; one that once failed, or once read something else, has none."""
    times = [one.seconds for one in readings if one.seconds is not None and one.equal]
    return times if len(times) == len(readings) else None


def _peak(readings: Sequence[Reading]) -> float | None:
    peaks = [one.peak_mb for one in readings if one.peak_mb is not None and one.equal]
    return median(peaks) if len(peaks) == len(readings) else None


def _equality(readings: Sequence[Reading]) -> str:
    if any(one.seconds is None for one in readings):
        return "failed"
    return "yes" if all(one.equal for one in readings) else "no"


def _best(times: Mapping[str, Times]) -> Times:
    """Give the times of the fastest way by its median."""
    return min((one for one in times.values() if one), key=median, default=None)


def _ratio(slower: Times, faster: Times) -> float | None:
    if slower is None or faster is None:
        return None
    return median(a / b for a, b in zip(slower, faster, strict=True))


def _spread(times: Times) -> str:
    if times is None:
        return "-"
    return f"{median(times):.3g} ({min(times):.3g}..{max(times):.3g})"


def _shown(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
