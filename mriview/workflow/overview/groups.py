"""The groups of bars, as ``groups.toml`` declares them, and the words of their bars.

Which row of a run belongs to which bar is decided in ``counting``.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType

from mriview import vocabulary
from mriview.review import SIDES
from mriview.vocabulary.toml_rows import rows_from
from mriview.words.language import capital, label, table
from mriview.workflow.overview.bars import OTHERS

SIZED_ROLES = ("t2_cisternogram", "tof_mra")  # of which the size of voxels decides what they show
AXES = {"in_plane": "In plane", "slice": "Slices", "worst": "Worst axis"}

# Upper ends of the bars of sizes, mm; those of the resolution law are among them. The last is open.
SIZES_MM = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0, math.inf)


@dataclass(frozen=True, slots=True)
class Word:
    """A bar that is known beforehand."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """One row of ``groups.toml``, which says what its keys mean."""

    id: str
    title: str
    counts: str
    columns: tuple[str, ...]
    file: str
    where: str
    times: str = ""
    overlapping: bool = False
    by_number: bool = False
    vocabulary: str = ""
    words: tuple[Word, ...] = ()
    rest: tuple[Word, ...] = ()

    def label_of(self, bar: str) -> str:
        """Give the words of a bar; one that no table knows is called as it is.

        Examples
        --------
        >>> [groups()["roles"].label_of(bar) for bar in ("tof_mra", "no_series", "site:new")]
        ['time-of-flight angiogram', 'no series', 'site:new']
        """
        for word in (*self.words, *self.rest):
            if word.id == bar and word.label:
                return word.label
        if bar == OTHERS:
            return "all others"
        return label(table(self.vocabulary), bar, "en") if self.vocabulary else bar


@cache
def groups() -> Mapping[str, Group]:
    """Give the groups by id, in the order of the page.

    Examples
    --------
    >>> [name for name in groups() if name.startswith("can_show")]
    ['can_show_contact', 'can_show_vessel_names', 'can_show_other_causes']
    """
    text = files("mriview.workflow.overview").joinpath("groups.toml").read_text("utf-8")
    made = (one for row in rows_from(text, Group, "groups").values() for one in _widened(row))
    return MappingProxyType({group.id: group for group in made})


def size_bar(edge_mm: float) -> str:
    """Give the bar of a voxel's edge, mm: each holds its upper end.

    Examples
    --------
    >>> size_bar(0.5), size_bar(0.5000001), size_bar(0.52), size_bar(7.0)
    ('0.4 to 0.5 mm', '0.4 to 0.5 mm', '0.5 to 0.6 mm', 'over 5 mm')
    """
    stored_mm = round(edge_mm, 4)  # what a report keeps of a number
    place = next(n for n, end_mm in enumerate(SIZES_MM) if stored_mm <= end_mm)
    return size_bars()[place]


@cache
def size_bars() -> tuple[str, ...]:
    """Give the bars of sizes from the smallest."""
    inner = (f"{low:g} to {high:g} mm" for low, high in pairwise(SIZES_MM[:-1]))
    return (f"up to {SIZES_MM[0]:g} mm", *inner, f"over {SIZES_MM[-2]:g} mm")


def _widened(group: Group) -> Iterator[Group]:
    """Give the groups that a declared one stands for."""
    if "{part}" in group.id:
        for part, row in vocabulary.completeness().items():
            yield _filled(group, {"part": part}, row.label.en)
    elif "{axis}" in group.id:
        for role in SIZED_ROLES:
            for axis, title in AXES.items():
                yield _filled(group, {"role": role, "axis": axis}, title)
    elif "{side}" in group.id:
        for side in SIDES:
            name = vocabulary.sides()[side].label.en
            yield _filled(group, {"side": side}, f"{name} side")
    else:
        yield group


def _filled(group: Group, names: Mapping[str, str], title: str) -> Group:
    fill: Callable[[str], str] = lambda text: text.format(**names)
    return replace(group, id=fill(group.id), where=fill(group.where), title=capital(title))
