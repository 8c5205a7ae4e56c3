"""Which bars a study stands behind: one pass over the rows of a run, each counted as it is.

What is not known is a bar too and is never dropped. No number is made here but counts; how they
look is the matter of ``page``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from mriview import vocabulary
from mriview.exporters.tables import Cell
from mriview.exporters.tables import Row as TableRow
from mriview.exporters.tables.columns import SEPARATOR
from mriview.review import SIDES
from mriview.review.reading import edges_mm
from mriview.words.language import capital, label
from mriview.workflow.overview.bars import Bar, Hit, Row, Tally
from mriview.workflow.overview.groups import AXES, SIZED_ROLES, Group, groups, size_bar, size_bars
from mriview.workflow.overview.seen import RunRows, Study, studies_of

UNKNOWN = "unknown"
MOST_LETTERS = 300  # of a sentence or a list on the page; the tables have all of it

_NUMBER = re.compile(r"\d+(\.\d+)?")

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Counted:
    """What a run found.

    Parameters
    ----------
    bars : mapping
        Bars by group.
    totals : mapping
        How many ``studies``, ``series``, ``readings`` and ``problems`` there are.
    headers_only : int
        Studies whose voxels were not read.
    """

    bars: Mapping[str, tuple[Bar, ...]] = field(repr=False)
    totals: Mapping[str, int]
    headers_only: int

    def total(self, group: Group) -> int:
        """Give what all bars of a group are a part of; the series of a size are its own."""
        if group.counts == "series":
            return sum(bar.count for bar in self.bars[group.id])
        return self.totals[group.counts]


def counted(rows: RunRows) -> Counted:
    """Count what a run left.

    Parameters
    ----------
    rows : RunRows
        Its rows; read once.

    Raises
    ------
    ValueError
        Rows stand in another order than their studies: a bug of ours.
    """
    tally = Tally()
    totals = dict.fromkeys(("studies", "series", "readings", "problems"), 0)
    headers_only = 0
    unread: set[str] = set()  # few: a report of them is not there
    for study in studies_of(rows):
        totals["studies"] += 1
        totals["series"] += len(study.series)
        totals["readings"] += len(study.readings)
        headers_only += study.row["voxels"] == "headers_only"
        if study.report is None:
            unread.add(study.key)
        for hit in _of_study(study):
            tally.add(hit)
    for key, said in groupby(rows.problems, key=lambda one: one["study_key"]):
        listed = tuple(said)
        if key is None:
            totals["problems"] += len(listed)
        hits = _of_the_run(listed) if key is None else _of_problems(str(key), listed, unread)
        for hit in hits:
            tally.add(hit)
    return Counted(
        {name: _ordered(tally, group) for name, group in groups().items()}, totals, headers_only
    )


def _ordered(tally: Tally, group: Group) -> tuple[Bar, ...]:
    """Give the bars of a group: known ones as declared, sizes by size, others by their number."""
    first = [word.id for word in group.words]
    if group.counts == "series":
        found = {bar.id for bar in tally.bars(group.id)}
        places = [place for place, name in enumerate(size_bars()) if name in found]
        first = [*size_bars()[places[0] : places[-1] + 1]] if places else []
    last = [word.id for word in group.rest]
    if group.by_number:
        others = (bar.id for bar in tally.bars(group.id, first, last) if bar.count)
        numbers = {name: float(number[0]) for name in others if (number := _NUMBER.match(name))}
        first += [
            name for name in sorted(numbers, key=lambda name: numbers[name]) if name not in first
        ]
    return tally.bars(group.id, first, last)


def _of_study(study: Study) -> Iterator[Hit]:
    row, key, report = study.row, study.key, study.report
    said = _cut(capital(_text(row["message"])))
    yield Hit("status", _id(row["status"]), Row(key, report, (_text(row["code"]), said)))
    kinds = Row(key, report, (_labels(_list(row["roles_present"])),))
    for part in vocabulary.completeness():
        yield Hit(f"can_show_{part}", _id(row[f"can_show_{part}"]), kinds)
    missing = _list(row["roles_missing"]) or ["unknown_study" if report is None else "nothing"]
    for role in missing:
        yield Hit("missing", role, kinds)
    yield from _of_series(study)
    yield from _of_readings(study)


def _of_series(study: Study) -> Iterator[Hit]:
    key, report = study.key, study.report
    by_role: dict[str, list[str]] = {}
    for one in study.series:
        by_role.setdefault(_id(one["role"]), []).append(str(one["series"]))
    for role, series in (by_role or {"no_series": []}).items():
        cells = (_cut(" ".join(series)),)
        yield Hit("roles", role, Row(key, report, cells, len(series)))
    found = (_number(one["field_t"]) for one in study.series)
    fields = dict.fromkeys(f"{round(field_t, 2):g} T" for field_t in found if field_t is not None)
    none = UNKNOWN if study.series else "no_series"
    bar = next(iter(fields), none) if len(fields) < 2 else "several"
    yield Hit("field", bar, Row(key, report, (_cut(", ".join(fields)),)))
    for one in study.series:
        if one["role"] in SIZED_ROLES:
            yield from _of_sizes(one, key, report)


def _of_sizes(series: TableRow, key: str, report: str | None) -> Iterator[Hit]:
    role, name = str(series["role"]), str(series["series"])
    spacing_mm = _vector(series, "spacing")
    if spacing_mm is None:
        sizes, said = dict.fromkeys(AXES, UNKNOWN), ("", "")
    else:
        in_plane_mm, slice_mm = edges_mm(spacing_mm, _vector(series, "acquired"))
        edges = {"in_plane": in_plane_mm, "slice": slice_mm, "worst": max(in_plane_mm, slice_mm)}
        sizes = {axis: size_bar(edge_mm) for axis, edge_mm in edges.items()}
        said = (f"{in_plane_mm:.2f} mm", f"{slice_mm:.2f} mm")
    for axis, bar in sizes.items():
        yield Hit(f"{role}_{axis}", bar, Row(key, report, (name, *said)))


def _of_readings(study: Study) -> Iterator[Hit]:
    readers = [_text(one.sides[SIDES[0]]["reader"]) or UNKNOWN for one in study.readings]
    row = Row(study.key, study.report, (_cut(", ".join(readers)),))
    yield Hit("readings", str(len(readers)), row)
    for reader, reading in zip(readers, study.readings, strict=True):
        sides = reading.sides
        answers = {side: _text(sides[side]["assessment"]) or "not_assessed" for side in SIDES}
        status = _text(sides[SIDES[0]]["status"])
        words = tuple(label(vocabulary.assessments(), answers[side], "en") for side in SIDES)
        key, report = study.key, reading.report
        yield Hit("readers", reader, Row(key, report, (status, *words)))
        yield Hit("reading_status", status or UNKNOWN, Row(key, report, (reader, *words)))
        for side in SIDES:
            sure = label(vocabulary.certainties(), _text(sides[side]["confidence"]), "en")
            cells = (reader, status, sure)
            yield Hit(f"assessment_{side}", answers[side], Row(key, report, cells))


def _of_problems(
    key: str, problems: Iterable[Mapping[str, Any]], unread: set[str]
) -> Iterator[Hit]:
    """Give each code of a study once, with what the first of them says."""
    by_code: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for said in problems:
        by_code.setdefault((said["severity"], said["code"]), []).append(said)
    report = None if key in unread else f"{key}.json"
    for (severity, code), listed in by_code.items():
        series = dict.fromkeys(one["where"] for one in listed if one["where"])
        cells = (_cut(" ".join(series)), sentence_of(listed[0]))
        yield Hit(f"problems_{severity}", code, Row(key, report, cells, len(listed)))


def _of_the_run(problems: Iterable[Mapping[str, Any]]) -> Iterator[Hit]:
    for said in problems:
        cells = (said["severity"], sentence_of(said))
        yield Hit("problems_of_the_run", said["code"], Row(None, None, cells))


def sentence_of(said: Mapping[str, Any]) -> str:
    """Give a problem in one sentence with its remedy, cut where it is endless.

    Examples
    --------
    >>> sentence_of({"message": "the file is closed", "remedy": "Open it"})
    'The file is closed. Open it.'
    """
    return _cut(capital(f"{said['message']}. {said['remedy']}."))


def _cut(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 4] + " ..."


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _id(cell: Cell) -> str:
    return UNKNOWN if cell is None else str(cell)


def _list(cell: Cell) -> list[str]:
    return [one for one in str(cell).split(SEPARATOR) if one] if cell is not None else []


def _labels(roles: Iterable[str]) -> str:
    return _cut(", ".join(label(vocabulary.roles(), role, "en") for role in roles))


def _number(cell: Cell) -> float | None:
    return None if cell is None else float(cell)


def _vector(series: TableRow, name: str) -> Vector | None:
    i_mm, j_mm, k_mm = (_number(series[f"{name}_{axis}_mm"]) for axis in "ijk")
    if i_mm is None or j_mm is None or k_mm is None:
        return None
    return i_mm, j_mm, k_mm
