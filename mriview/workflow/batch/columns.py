"""The columns of ``results``: those of ``results.toml``, for each side and part of the question.

How cells are found by their paths is the matter of the tables of a report; here is only what is
declared.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from mriview import vocabulary
from mriview.exporters.tables import Reason, Table, table_from
from mriview.review import SIDES

RESULTS = "results"


@cache
def results_table() -> Table:
    """Give the table with a row a study.

    Examples
    --------
    >>> [column.name for column in results_table().columns[:2]]
    ['study_key', 'status']
    """
    text = (files("mriview.workflow.batch") / "results.toml").read_text("utf-8")
    raw = tomllib.loads(text)
    reasons = {row.pop("id"): Reason(**row) for row in raw["reason"]}
    columns = list(_columns(raw))
    return table_from(RESULTS, {**raw, "column": columns}, reasons=reasons)


def _columns(raw: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give the declared columns, with those of sides and parts before the columns that follow."""
    parts = [
        {"part": part, "label": row.label.en} for part, row in vocabulary.completeness().items()
    ]
    for column in raw["column"]:
        if column["name"] == "cannot_conclude":
            yield from (_named(one, part) for part in parts for one in raw["part_column"])
        if column["name"] == "rules_broken":
            sides = [{"side": side} for side in SIDES]
            yield from (_named(one, side) for side in sides for one in raw["side_column"])
        yield column


def _named(column: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    """Fill the names into a column that stands for several."""
    filled = {key: column[key] for key in column}
    for key in ("name", "path", "meaning"):
        for name, value in names.items():
            filled[key] = filled[key].replace(f"{{{name}}}", value)
    return filled
