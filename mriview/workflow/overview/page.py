"""The elements of the page, in reading order: what the scans can show first, rows behind bars last.

Every bar leads to the rows that it counts, and every row to its report. Nothing is counted here;
which bars there are, ``groups.toml`` says.
"""

import sys
from collections.abc import Iterator
from importlib.resources import files

from mriview import __version__, vocabulary
from mriview.exporters.page import Markup, document, element, join
from mriview.words import phrase
from mriview.words.language import capital
from mriview.workflow.overview.bars import Bar
from mriview.workflow.overview.counting import Counted, counted
from mriview.workflow.overview.drawing import bar, key, stack
from mriview.workflow.overview.groups import AXES, SIZED_ROLES, SIZES_MM, Group, groups, size_bars
from mriview.workflow.overview.listing import bar_id, group_id, link, rows_behind
from mriview.workflow.overview.seen import RunRows

PARTS = tuple(name for name in groups() if name.startswith("can_show_"))
PROBLEMS = tuple(name for name in groups() if name.startswith("problems_"))
READINGS = ("readings", "readers", "reading_status", "assessment_right", "assessment_left")

# From which size on a cisternogram is too coarse for an answer: row of the constants, by group.
TOO_COARSE = {
    "t2_cisternogram_in_plane": "no_contact_in_plane_max_mm",
    "t2_cisternogram_slice": "no_contact_slice_max_mm",
}


def overview_of(rows: RunRows, *, finished: bool) -> bytes:
    """Make the page over a run.

    Parameters
    ----------
    rows : RunRows
        What the run left; read once.
    finished : bool
        Whether it came to its end.

    Returns
    -------
    bytes
        A whole HTML document, UTF-8, to lie beside ``results.csv`` and ``reports``. The same rows
        give the same bytes.

    Raises
    ------
    ValueError
        Rows stand in another order than their studies: a bug of ours.

    Examples
    --------
    >>> b"No study was read" in overview_of(RunRows([], [], [], []), finished=False)
    True
    """
    found = counted(rows)
    style = files("mriview.workflow.overview").joinpath("page.css").read_text("utf-8")
    main = element("main", *_sections(found)) if found.totals["studies"] else None
    title = "Overview of a run"
    parts = [_header(title, found, finished=finished), *([main] if main else [])]
    return document(title, style, "en", *parts).encode("utf-8", "replace")


def _header(title: str, found: Counted, *, finished: bool) -> Markup:
    python = ".".join(map(str, sys.version_info[:3]))
    return element(
        "header",
        element("h1", title),
        element("p", "finished" if finished else "not finished", class_="status"),
        element("p", _what_became(found), class_="became"),
        element("p", f"mriview {__version__}, Python {python}", class_="hash"),
        element("p", phrase("research", "en"), class_="research"),
        *(element("p", text, class_="warning") for text in _warnings(found, finished=finished)),
    )


def _what_became(found: Counted) -> str:
    group = groups()["status"]
    said = [f"{one.count} {group.label_of(one.id)}" for one in found.bars[group.id] if one.count]
    parts = f": {', '.join(said)}" if said else ""
    more = "; ".join(_counted(found.totals[name], name) for name in ("series", "readings"))
    return f"{_counted(found.totals['studies'], 'studies')}{parts}; {more}"


def _warnings(found: Counted, *, finished: bool) -> Iterator[str]:
    if not finished:
        yield (
            "The run was stopped before its end: the page shows what it had read until then, and "
            "mriview batch with --resume goes on."
        )
    if not found.totals["studies"]:
        yield "No study was read."
    if found.headers_only:
        unread = _counted(found.headers_only, "studies")
        yield f"Of {unread} only headers were read: what is wrong with voxels is not known."


def _sections(found: Counted) -> Iterator[Markup]:
    question = "Not yet: a reader could confirm what is missing."
    yield _section(
        "question",
        "What these scans can show",
        question,
        element("div", *(_stacked(groups()[name], found) for name in PARTS), class_="beside"),
    )
    whole = "A whole bar is all studies. A study may have several kinds of series."
    names = ("missing", "status", "field", "roles")
    columns = element("div", *(_bars(groups()[name], found) for name in names), class_="packed")
    yield _section("series", "Studies and their series", whole, columns)
    yield from _sizes(found)
    yield from _problems(found)
    yield from _readings(found)
    yield _rows(found)


def _sizes(found: Counted) -> Iterator[Markup]:
    in_plane, thick = (f"{vocabulary.constant(name):g} mm" for name in TOO_COARSE.values())
    said = (
        "The larger edge in plane, the slices, and the larger of both: as acquired where that is "
        "known, else as stored. A bar holds its upper end. Of a cisternogram with more than "
        f"{in_plane} in plane or slices of more than {thick} no side can be called free of contact."
    )
    parts = []
    for role in SIZED_ROLES:
        shown = [groups()[f"{role}_{axis}"] for axis in AXES]
        name = _of_role(role)
        if not found.total(shown[0]):
            parts.append(element("p", f"{name}: no series."))
            continue
        title = element("h3", f"{name}: {_counted(found.total(shown[0]), 'series')}")
        bars = (_bars(group, found, level="h4") for group in shown)
        parts += [title, element("div", *bars, class_="beside")]
    yield _section("sizes", "Size of voxels", said, *parts)


def _problems(found: Counted) -> Iterator[Markup]:
    shown = [groups()[name] for name in PROBLEMS if found.bars[name]]
    said = (
        "The sentence is the one of the first study; numbers differ from study to study."
        if shown
        else "None."
    )
    yield _section("problems", "Problems", said, *(_bars(group, found) for group in shown))


def _readings(found: Counted) -> Iterator[Markup]:
    if not found.totals["readings"]:
        yield _section("readings", "Readings", "No study has a reading.")
        return
    said = "One for each study and reader; the assessment is the reader's."
    shown = element("div", *(_bars(groups()[name], found) for name in READINGS), class_="packed")
    yield _section("readings", "Readings", said, shown)


def _rows(found: Counted) -> Markup:
    shown = [group for name, group in groups().items() if found.bars[name]]
    if not found.totals["readings"]:
        shown = [group for group in shown if group.id not in READINGS]
    parts = [
        part
        for group in shown
        for part in (
            element("h3", _whole_title(group)),
            *(rows_behind(group, one, _what(one, group)) for one in found.bars[group.id]),
        )
    ]
    said = "Each study leads to its report."
    return _section("rows", "Rows behind the bars", said, *parts)


def _what(one: Bar, group: Group) -> str:
    """Say how many rows there are, and of what."""
    times = f", {_counted(one.times, group.times)}" if group.times else ""
    return f"{group.label_of(one.id)}: {_counted(one.count, group.counts)}{times}"


def _section(name: str, title: str, said: str, *parts: Markup | None) -> Markup:
    heading = element("h2", title, id=f"{name}-title")
    words = element("p", said, class_="small")
    named = f"{name}-title"
    return element(
        "section", heading, words, *parts, id=name, class_="section", aria_labelledby=named
    )


def _stacked(group: Group, found: Counted) -> Markup:
    """Draw one bar of several parts, and name them below it."""
    bars, total = found.bars[group.id], found.total(group)
    drawn = stack(((_kind(one), one.count) for one in bars), total)
    rows = [
        element(
            "tr",
            element("th", key(_kind(one)), " ", _leading(group, one), scope="row"),
            *_numbers(one, total),
        )
        for one in bars
    ]
    named = element("table", *_head(group, total, drawn=False), element("tbody", *rows))
    return element(
        "div", element("h3", group.title), drawn, named, class_="group", id=group_id(group)
    )


def _bars(group: Group, found: Counted, level: str = "h3") -> Markup:
    """Draw the bars of a group with their numbers."""
    bars, total = found.bars[group.id], found.total(group)
    rows = [
        element(
            "tr",
            element("th", _leading(group, one), _beside(group, one), scope="row"),
            element("td", bar(one.count, total, _mark(group, one)), class_="drawn"),
            *_numbers(one, total),
            element("td", str(one.times), class_="number") if group.times else None,
        )
        for one in bars
    ]
    body = element("tbody", *rows)
    wide = "wide" if group.id in PROBLEMS else None
    table = element("table", *_head(group, total), body, class_=wide)
    return element("div", element(level, group.title), table, class_="group", id=group_id(group))


def _head(group: Group, total: int, *, drawn: bool = True) -> Iterator[Markup]:
    yield element("caption", f"{_whole_title(group)}, of {_counted(total, group.counts)}")
    cells = [element("td")] * (2 if drawn else 1)
    cells += [element("th", name, scope="col") for name in (group.counts, "share")]
    if group.times:
        cells.append(element("th", group.times, scope="col"))
    yield element("thead", element("tr", *cells))


def _numbers(one: Bar, total: int) -> Iterator[Markup]:
    yield element("td", str(one.count), class_="number")
    yield element("td", _share(one.count, total), class_="number share")


def _leading(group: Group, one: Bar) -> str:
    """Give the name of a bar as a link to its rows, where there are some."""
    name = group.label_of(one.id)
    return link(name, f"#{bar_id(group, one)}") if one.count else name


def _beside(group: Group, one: Bar) -> Markup | None:
    """Say more of a bar: what a problem says, which sizes are too coarse."""
    if group.id in PROBLEMS:
        return element("p", one.rows[0].cells[-1], class_="small")
    if _mark(group, one):
        return join(" ", element("span", "too coarse", class_="small"))
    return None


def _mark(group: Group, one: Bar) -> str | None:
    """Give the class of a bar whose sizes are all beyond the limit of its group."""
    if group.id not in TOO_COARSE or one.id not in size_bars():
        return None
    place = size_bars().index(one.id)
    lower_end_mm = SIZES_MM[place - 1] if place else 0.0
    return "coarse" if lower_end_mm >= vocabulary.constant(TOO_COARSE[group.id]) else None


def _kind(one: Bar) -> str:
    """Give the class of a part's colour; words of others have that of what is not known."""
    return one.id if one.id in {"yes", "not_yet", "no"} else "unknown"


def _share(count: int, total: int) -> str:
    """Give a share in whole per cent, and nothing that is something as less than one."""
    percent = 100 * count / total if total else 0.0
    if 0 < percent < 1:
        return "< 1 %"
    return "> 99 %" if 99 < percent < 100 else f"{percent:.0f} %"


def _whole_title(group: Group) -> str:
    """Give the title of a group as it stands without those around it."""
    for role in SIZED_ROLES:
        if group.id.startswith(role):
            return f"{_of_role(role)}, {group.title.lower()}"
    if group.id in PARTS:
        return f"Can show: {group.title.lower()}"
    if group.id in PROBLEMS:
        return f"Problems: {group.title.lower()}"
    return group.title


def _of_role(role: str) -> str:
    return capital(vocabulary.roles()[role].label.en)


def _counted(number: int, what: str) -> str:
    """Give a number with its word, one or many.

    Examples
    --------
    >>> _counted(1, "studies"), _counted(2, "series"), _counted(1, "readings")
    ('1 study', '2 series', '1 reading')
    """
    one = {"studies": "study", "series": "series"}.get(what, what.removesuffix("s"))
    return f"{number} {one if number == 1 else what}"
