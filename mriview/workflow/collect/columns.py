"""The tables that are left: those of a report and ``sources``, with the columns of the site.

A column of the site stands after ``study_key`` in each of them. What a cell holds is decided where
rows are made; here is only what is declared.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

from mriview.exporters.tables import Column, Table, table_from, tables
from mriview.workflow.collect.key_map import KEY

SOURCES = "sources"
OF_THE_SITE = "What the site's key map says of the study; empty where it says nothing."


@cache
def sources_table() -> Table:
    """Give the table with a row for each review or report file.

    Examples
    --------
    >>> [column.name for column in sources_table().columns][:3]
    ['study_key', 'study_key_missing', 'source']
    """
    text = (files("mriview.workflow.collect") / "sources.toml").read_text("utf-8")
    return table_from(SOURCES, tomllib.loads(text))


def own_names() -> frozenset[str]:
    """Names of all columns of ours, in whatever table."""
    listed = (*tables().values(), sources_table())
    return frozenset(column.name for table in listed for column in table.columns)


def tables_with(site: Sequence[str]) -> Mapping[str, Table]:
    """Give every table by name, with the columns of a site.

    Parameters
    ----------
    site : sequence of str
        Names of its columns.
    """
    listed = (sources_table(), *tables().values())
    return {table.name: _widened(table, site) for table in listed}


def _widened(table: Table, site: Sequence[str]) -> Table:
    names = [column.name for column in table.columns]
    at = names.index(KEY) + 1
    more = (Column(table.name, name, "", "text", OF_THE_SITE) for name in site)
    return replace(table, columns=(*table.columns[:at], *more, *table.columns[at:]))
