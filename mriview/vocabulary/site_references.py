"""What the rows of a site refer to, and the numbers in them: roles, limits, nerves, levels, radii.

A row that names something which is not there would fail when a reading needs it; here it is
refused when the file is read. Texts and codes are judged in ``site_laws``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mriview.vocabulary.rows import (
    Answer,
    Condition,
    ConditionGroup,
    Limit,
    Need,
    Nerve,
    RoleRow,
    Structure,
    Syndrome,
    Vessel,
)
from mriview.vocabulary.rows_context import SeverityScale
from mriview.vocabulary.site_faults import Fault
from mriview.vocabulary.toml_rows import read_table

Tables = Mapping[str, Mapping[str, Any]]

VESSEL_RADIUS_MM = (0.15, 4.5)  # half of what rule R43 takes for a diameter (domain page, 11)
THICKEST_SLICE_MM = 10.0  # no scan of the brain is made of thicker ones
LONGEST_LEVEL = 32  # of a grade in the report
KNOWN_BY_ITSELF = "previous_mvd"  # of a patient, beside ids of syndromes, symptoms, treatments
CHOOSE = "Name one that is there"


def reference_faults(rows: Tables, built_in: Tables) -> Iterator[Fault]:
    """Say what leads nowhere in the rows that a site adds, and which number cannot be."""
    every = {name: {**table, **rows.get(name, {})} for name, table in built_in.items()}
    for name, check in CHECKS.items():
        before = list(built_in[name].values())
        for number, row in enumerate(rows.get(name, {}).values(), start=1):
            for at, why, remedy in check(row, before, every):
                yield Fault(f"row {number} of {name}, {at}", why, remedy)
            before.append(row)


Found = Iterator[tuple[str, str, str]]


def _vessel(row: Vessel, before: Iterable[Vessel], every: Tables) -> Found:
    least, most = VESSEL_RADIUS_MM
    if not least <= row.max_radius_mm <= most:
        yield "max_radius_mm", f"is not {least:g} to {most:g} mm", "Give half of a diameter, in mm"
    palette = {one.colour for one in before}
    if row.colour not in palette:
        yield "colour", "is no name of the palette", f"Choose one of {', '.join(sorted(palette))}"
    if row.key is not None and not (len(row.key) == 1 and "A" <= row.key <= "Z"):
        yield "key", "is not one capital letter", "Choose a letter from A to Z, or leave it out"
    if row.key is not None and row.key in {one.key for one in before}:
        yield "key", "is that of another vessel", "Choose another letter, or leave it out"
    del every


def _condition(row: Condition, before: Iterable[Condition], every: Tables) -> Found:
    del before
    groups, limits = read_table("condition_groups", ConditionGroup), read_table("limits", Limit)
    yield from _known("group", [row.group], groups)
    if not row.needs:
        yield "needs", "is empty", "Say which series could show it"
    for n, group in enumerate(row.needs):
        if not group:
            yield f"needs[{n}]", "is empty", "Say which series could show it"
        for m, need in enumerate(group):
            yield from _need(need, f"needs[{n}][{m}]")
    for n, standing in enumerate(row.standing_limits):
        at = f"standing_limits[{n}]"
        yield from _known(f"{at}.limit", [standing.limit], limits)
        yield from _known(f"{at}.answers", standing.answers, _answers())
        yield from _known(f"{at}.unless_roles", standing.unless_roles, _showing())
    yield from _known("present_needs", row.present_needs, _showing())
    said = {KNOWN_BY_ITSELF, *read_table("syndromes", Syndrome)}
    said |= {*every["symptoms"], *every["treatments"]}
    yield from _known("mandatory_when", row.mandatory_when, said)


def _need(need: Need, at: str) -> Found:
    if not need.roles:
        yield f"{at}.roles", "is empty", "Name the roles of which one would do"
    yield from _known(f"{at}.roles", need.roles, _showing())
    yield from _known(f"{at}.structures", need.structures, read_table("structures", Structure))
    if need.max_slice_mm is not None and not 0 < need.max_slice_mm <= THICKEST_SLICE_MM:
        yield f"{at}.max_slice_mm", f"is not above 0 to {THICKEST_SLICE_MM:g} mm", "Give it in mm"


def _scale(row: SeverityScale, before: Iterable[SeverityScale], every: Tables) -> Found:
    nerves = read_table("nerves", Nerve)
    if row.grades == "clinical":
        yield "grades", "clinical scales have no place in a report", "Use contact, vessel or lesion"
    yield from _known("nerves", row.nerves, nerves)
    yield from _known("conditions", row.conditions, every["conditions"])
    if not (row.conditions if row.grades == "lesion" else row.nerves):
        named = "conditions" if row.grades == "lesion" else "nerves"
        yield named, "is empty", "Say what the scale was made for"
    usual = {nerve for one in before for nerve in one.default_for}
    for nerve in row.default_for:
        if nerve not in row.nerves:
            yield "default_for", "names a nerve that the scale was not made for", CHOOSE
        elif nerve in usual:
            why = f"the {nerve} nerve has its usual scale"
            yield "default_for", why, "Leave it empty: readers choose this one by name"
    ids = [level.id for level in row.levels]
    if not ids or len(set(ids)) < len(ids) or max(map(len, ids)) > LONGEST_LEVEL:
        why = f"are none, or share an id, or one is longer than {LONGEST_LEVEL}"
        yield "levels", why, "Give each level an id of its own"
    for language in ("en", "de"):
        labels = [getattr(level.label, language).casefold() for level in row.levels]
        if len(set(labels)) < len(labels):
            yield "levels", f"two have one label ({language})", "Use words that tell them apart"


CHECKS: dict[str, Callable[[Any, Any, Tables], Found]] = {
    "vessels": _vessel,
    "conditions": _condition,
    "severity_scales": _scale,
}


def _known(at: str, names: Iterable[str], table: Iterable[str]) -> Found:
    known = set(table)
    for name in names:
        if name not in known:
            yield at, "names a row that is not there", CHOOSE


def _answers() -> list[str]:
    return [row.id for row in read_table("answers", Answer).values() if row.of_condition]


def _showing() -> list[str]:
    """Roles on which something can be seen."""
    return [row.id for row in read_table("roles", RoleRow).values() if row.shows]
