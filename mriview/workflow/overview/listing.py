"""The rows behind a bar, as a table that opens: which studies, and where their reports lie.

Of many rows the first are listed, with the file that has all. Bars themselves are the matter of
``page``.
"""

import re
from urllib.parse import quote

from mriview.exporters.page import Markup, element, join
from mriview.workflow.overview.bars import Bar, Row
from mriview.workflow.overview.groups import Group

_PLAIN = re.compile(r"[A-Za-z0-9_]+")


def group_id(group: Group) -> str:
    """Give the place of a group's bars on the page."""
    return f"bars.{group.id}"


def bar_id(group: Group, bar: Bar) -> str:
    """Give the place of a bar's rows on the page; words of others are written as their letters.

    Examples
    --------
    >>> from mriview.workflow.overview.groups import groups
    >>> readers = groups()["readers"]
    >>> bar_id(readers, Bar("R1", 1, 1, ())), bar_id(readers, Bar("A b", 1, 1, ()))
    ('readers.R1', 'readers-412062')
    """
    if _PLAIN.fullmatch(bar.id):
        return f"{group.id}.{bar.id}"
    return f"{group.id}-{bar.id.encode('utf-8', 'replace').hex()}"


def rows_behind(group: Group, bar: Bar, title: str) -> Markup | None:
    """Give the table of a bar, closed until it is asked for; None where nothing was counted."""
    if not bar.count:
        return None
    heads = [element("th", name, scope="col") for name in ("study", *group.columns)]
    head = element("thead", element("tr", *heads))
    body = element("tbody", *map(_row, bar.rows))
    # What may scroll sideways can be reached by the keyboard.
    table = element(
        "div",
        element("table", head, body),
        class_="scroll",
        role="group",
        tabindex="0",
        aria_label="rows behind the bar",
    )
    listed = element(
        "div",
        element("p", *_told(group, bar), class_="small"),
        table,
        id=bar_id(group, bar),
        class_="rows",
    )
    return element("details", element("summary", title), listed)


def link(text: str, target: str) -> Markup:
    """Make a link."""
    return element("a", text, href=target)


def _told(group: Group, bar: Bar) -> list[str]:
    """Say where all rows are, and how to come back."""
    where = [link(group.file, group.file), f" ({group.where}). "]
    some = len(bar.rows) < bar.count
    first = f"The first {len(bar.rows)} of {bar.count}; all are in " if some else "Also in "
    return [first, *where, link("Back to the bar", f"#{group_id(group)}")]


def _row(row: Row) -> Markup:
    cells = (element("td", text) for text in row.cells)
    return element("tr", element("td", _study(row)), *cells)


def _study(row: Row) -> str:
    if row.study_key is None:
        return "the run"
    key = element("code", row.study_key)
    return key if row.report is None else _to_report(key, row.report)


def _to_report(key: Markup, report: str) -> Markup:
    name = quote(report.encode("utf-8", "replace"), safe="")
    return join(element("a", key, href=f"reports/{name}"))
