"""Agreement as rows: a statistic each in ``agreement``, a pair of answers in ``agreement_pairs``.

Columns are declared in ``columns.toml`` and written as those of the other tables are. No number is
made here; an empty cell has its code beside it and its reason in a column of its own.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from mriview.exporters.tables import Cell, Row, csv_of
from mriview.workflow.agreement.answers import Answered
from mriview.workflow.agreement.compare import Agreement, Comparison
from mriview.workflow.agreement.estimates import Estimate, commonest_share, statistics
from mriview.workflow.agreement.resampling import LEVEL, RESAMPLES
from mriview.workflow.agreement.sums import WordSums

WITHHELD, NOT_APPLICABLE = "NA_withheld", "NA_not_applicable"
MISSING = "_missing"
TABLES = ("agreement", "agreement_pairs")
PAIR = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A row of ``columns.toml``."""

    table: Literal["agreement", "agreement_pairs"]
    id: str
    type: Literal["text", "id", "integer", "number"]
    meaning: str
    empty: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Give the column, and where it may be empty that of the codes beside it."""
        return (self.id, self.id + MISSING) if self.empty else (self.id,)


@cache
def columns() -> tuple[Column, ...]:
    """Give the columns of both tables in order."""
    text = files("mriview.workflow.agreement").joinpath("columns.toml").read_text("utf-8")
    return tuple(Column(**row) for row in tomllib.loads(text)["column"])


def agreement_rows(found: Agreement) -> tuple[Row, ...]:
    """Give the rows of ``agreement``: a row a question, group of readers and statistic."""
    return tuple(
        _with_codes(cells)
        for comparison in found.comparisons
        for cells in _statistics(comparison, found)
    )


def pair_rows(found: Agreement) -> tuple[Row, ...]:
    """Give the rows of ``agreement_pairs``: how often which two answers met."""
    return tuple(
        {
            "question": comparison.question.id,
            "reader_a": comparison.answered.readers[0],
            "reader_b": comparison.answered.readers[1],
            "answer_a": one,
            "answer_b": other,
            "n": count,
        }
        for comparison in found.comparisons
        for one, other, count in pairs_of(comparison.answered)
    )


def pairs_of(answered: Answered) -> Iterator[tuple[str, str, int]]:
    """Give the answers of two readers that met, and how often; of words only."""
    two = len(answered.readers) == PAIR and answered.units
    if not two or answered.question.kind in {"continuous", "position"}:
        return
    sums = WordSums(answered)
    for row, one in enumerate(sums.answers):
        for column, other in enumerate(sums.answers):
            if count := int(sums.table[row, column]):
                yield one, other, count


def csv_tables(found: Agreement) -> dict[str, bytes]:
    """Give the two tables and their dictionary as files by name."""
    rows = {"agreement": agreement_rows(found), "agreement_pairs": pair_rows(found)}
    names = {
        table: [name for column in columns() if column.table == table for name in column.names]
        for table in TABLES
    }
    explained: list[Row] = [
        {"table": one.table, "column": one.id, "type": one.type, "meaning": one.meaning}
        for one in columns()
    ]
    made = {f"{table}.csv": csv_of(names[table], rows[table]) for table in TABLES}
    heads: Sequence[str] = ("table", "column", "type", "meaning")
    return {**made, "agreement_dictionary.csv": csv_of(heads, explained)}


def _statistics(comparison: Comparison, found: Agreement) -> Iterator[dict[str, Cell]]:
    answered, estimates = comparison.answered, comparison.estimates
    pair = len(answered.readers) == PAIR
    raw = next((one.value for one in estimates if one.statistic == "raw_agreement"), None)
    for estimate in estimates:
        yield {
            "question": answered.question.id,
            "unit": answered.question.unit,
            "kind": answered.question.kind,
            "scope": "pair" if pair else "all",
            "reader_a": answered.readers[0] if pair else None,
            "reader_b": answered.readers[1] if pair else None,
            "readers": len(answered.readers),
            "n_studies": answered.studies,
            "n_patients": len(set(answered.patients)),
            "n_units": answered.found,
            "n_both": len(answered.units),
            "n_one_only": answered.incomplete,
            "n_not_comparable": answered.not_comparable,
            "raw_agreement": raw,
            "commonest_share": commonest_share(answered),
            "statistic": estimate.statistic,
            "statistic_unit": statistics()[estimate.statistic].unit,
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
            "level": LEVEL,
            "reason": estimate.reason or None,
            "method": method(estimate, found),
        }


def method(estimate: Estimate, found: Agreement) -> str:
    """Say what a value comes from and how its interval was made."""
    row = statistics()[estimate.statistic]
    source = found.library if row.library else "mriview"
    drawn = f"percentile bootstrap over patients, {RESAMPLES} resamples, seed {found.seed}"
    return f"{source} ({row.source}); {drawn}"


def _with_codes(cells: Mapping[str, Cell]) -> Row:
    """Put the codes of empty cells beside them."""
    made: dict[str, Cell] = {}
    words = cells["kind"] in {"nominal", "ordinal"}
    for column in columns():
        if column.table != "agreement":
            continue
        made[column.id] = cells[column.id]
        if column.empty:
            asked = column.id in {"value", "low", "high"} or (
                column.id in {"raw_agreement", "commonest_share"} and words
            )
            code = WITHHELD if asked else NOT_APPLICABLE
            made[column.id + MISSING] = code if cells[column.id] is None else None
    return made
