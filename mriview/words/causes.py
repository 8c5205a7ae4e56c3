"""Other causes in words: two lines a side, an answer a condition with its basis, sizes of lesions.

"Absent" is said as "looked for, not seen", never more, with where was looked and with its limits. A
finding that has a side stands on its side only; of the other one only what the scans could show
is said. What they could have shown, the gates decide; nothing is judged here.
"""

from collections.abc import Iterable, Sequence

from mriview import vocabulary
from mriview.report import Report
from mriview.report.model_causes import Exclusion, Lesion
from mriview.report.reading import reading_of_report
from mriview.review import gates
from mriview.vocabulary import structure_labels
from mriview.words.language import Language, capital, label, listed, phrase, table, typed
from mriview.words.limits import limit_text
from mriview.words.operated import follows_operation, operated_sides
from mriview.words.quantities import quantity_text, short_text
from mriview.words.said import Line, Said, line

TUMOUR = "mass"  # the group that has its own line for each side
ANSWERS = ("present", "absent", "indeterminate", "not_assessed")  # in the order of a sentence
NO_SERIES = "L_ROLE_MISSING"
OPEN = ("indeterminate", "not_assessed")
WHOLE = frozenset({"bilateral", "midline"})  # sides that concern both
SIZES = (
    *("longest_mm", "perpendicular_mm", "ap_mm", "tr_mm", "cc_mm"),
    *("extrameatal_max_mm", "volume_mm3"),
)


def causes_of_side(report: Report, side: str, language: Language) -> tuple[Line, ...]:
    """Say the other causes for one side in two lines: tumour, and everything else."""
    tumour = [item for item in report.exclusions if item.group == TUMOUR]
    rest = [item for item in report.exclusions if item.group != TUMOUR]
    return tuple(
        Line(name, capital(phrase(name, language)), _short(report, items, side, language))
        for name, items in (("tumour", tumour), ("other_causes", rest))
    )


def open_causes(
    report: Report, side: str, language: Language, *, summed_up: bool
) -> tuple[Said, ...]:
    """Say why other causes cannot be judged on a side: the limits, or the reader's own words.

    ``summed_up``: a limit of the whole study has already said which series are missing.
    """
    said: list[Said] = []
    here = [x for x in _of_side(report, report.exclusions, side) if x.answer in OPEN]
    if summed_up:
        here = [x for x in here if NO_SERIES not in x.limits]
    for code in dict.fromkeys(code for item in here for code in item.limits):
        about = [item.condition for item in here if code in item.limits]
        said.append(Said(limit_text(report, code, language, about), (), None, "exclusions"))
    for item in here:
        if not item.limits:
            name = label(vocabulary.conditions(), item.condition, language)
            why = typed(item.note, language) if item.note else phrase("no_reason", language)
            text = f"{capital(name)} {phrase('cannot_be_judged', language)}: {why}"
            said.append(Said(text, item.basis, None, "exclusions"))
    return tuple(said)


def lesion_headline(report: Report, lesion: Lesion, side: str, language: Language) -> str:
    """Say of a lesion at the nerve how large it is, where, and how sure its name is.

    A name that is not definite never stands alone: what else of its group cannot be judged
    stands beside it.
    """
    said = next((item for item in report.exclusions if lesion.id in item.lesions), None)
    row = vocabulary.conditions().get(lesion.condition)
    mass = row is not None and row.group == TUMOUR
    size = short_text(lesion.longest_mm, language)
    name = label(vocabulary.conditions(), lesion.condition, language)
    where = label(vocabulary.sides(), side, language)
    words = {
        "what": phrase("mass" if mass else "finding", language) + (f" {size}" if size else ""),
        "side": where,
        "name": name,
        "sure": phrase(f"surely_{said.confidence if said else None}", language),
    }
    text = phrase("lesion_at_nerve", language, **words)
    group = row.group if row is not None else None
    others = [
        label(vocabulary.conditions(), item.condition, language)
        for item in _of_side(report, report.exclusions, side)
        if item.answer in OPEN and item.group == group
    ]
    if others:
        listing = listed(others, language)
        text += f" ({listing} {phrase('cannot_be_judged', language)})"
    return capital(f"{text}.")


def exclusion_lines(report: Report, language: Language) -> tuple[Line, ...]:
    """Say the answer of each condition, and what it rests on."""
    return tuple(_exclusion(report, item, language) for item in report.exclusions)


def lesion_lines(lesion: Lesion, language: Language) -> tuple[Line, ...]:
    """Say everything that the report holds of a lesion."""
    rows, structures = vocabulary.quantities(), vocabulary.structures()
    place = label(vocabulary.sides(), lesion.side, language) or phrase("not_said", language)
    lines = [
        Line(
            "side",
            capital(phrase("side", language)),
            (Said(place, lesion.series, lesion.position),),
        )
    ]
    lines += [
        line(name, capital(label(rows, name, language)), quantity_text(measured, language))
        for name in SIZES
        if (measured := getattr(lesion, name, None)) is not None
    ]
    extents = table("lesion_extents")
    if lesion.extent:
        known = {**structures, **extents}
        said = listed([label(known, name, language) for name in lesion.extent], language)
        lines.append(line("extent", capital(phrase("extent", language)), said))
    for name in ("contacts_brainstem", "contacts_nerve"):
        touches = getattr(lesion, name)
        if touches is not None:
            answer = label(vocabulary.answers(), "yes" if touches else "no", language)
            lines.append(line(name, capital(phrase(name, language)), answer))
    if lesion.note:
        lines.append(line("note", capital(phrase("note", language)), typed(lesion.note, language)))
    return tuple(lines)


def lesion_title(report: Report, lesion: Lesion, language: Language) -> str:
    """Name a lesion in a heading, with how sure its name is."""
    name = label(vocabulary.conditions(), lesion.condition, language)
    said = next((item for item in report.exclusions if lesion.id in item.lesions), None)
    if said is not None and said.confidence is not None:
        name += f" ({label(vocabulary.certainties(), said.confidence, language)})"
    where = label(vocabulary.sides(), lesion.side, language)
    return ", ".join(part for part in (capital(name), where) if part)


def _short(
    report: Report, items: Sequence[Exclusion], side: str, language: Language
) -> tuple[Said, ...]:
    here = _of_side(report, items, side)
    said = [
        Said(_lesion_short(lesion, items, language), lesion.series, lesion.position, lesion.id)
        for lesion in report.lesions
        if lesion.side in {side, None} | WHOLE and any(lesion.id in item.lesions for item in items)
    ]
    marked = {name for item in items for name in item.lesions}
    shown = {lesion.condition for lesion in report.lesions if lesion.id in marked}
    elsewhere = [item for item in items if item not in here and item.answer == "present"]
    said += [_across(report, item, language) for item in elsewhere if not _operative(item)]
    for answer in ANSWERS:
        left = [i for i in here if i.answer == answer and i.condition not in shown]
        text = _answered(left, answer, language)
        if text and answer == "absent":
            text += _where_looked(report, left, language)
        if text:
            basis = tuple(dict.fromkeys(key for item in left for key in item.basis))
            said.append(Said(capital(text), basis, None, "exclusions"))
    standing = dict.fromkeys(
        code for item in here if item.answer == "absent" for code in item.limits
    )
    series = reading_of_report(report).series
    standing |= dict.fromkeys(
        code
        for item in elsewhere
        if gates.condition_gate(item.condition, series).allows_absent
        for code in gates.standing_limits(item.condition, "absent", series)
    )
    said += [Said(limit_text(report, code, language) + ".") for code in standing]
    return tuple(said) or (Said(phrase("nothing_asked", language)),)


def _of_side(report: Report, items: Iterable[Exclusion], side: str) -> list[Exclusion]:
    """Choose the answers that stand on a side; what only an operation explains, on its side."""
    operated = operated_sides(report)
    return [
        item
        for item in items
        if item.side in {side} | WHOLE
        or (item.side is None and (side in operated or not operated or not _operative(item)))
    ]


def _operative(item: Exclusion) -> bool:
    return follows_operation(item.condition)


def _across(report: Report, item: Exclusion, language: Language) -> Said:
    """Say of what is present on the other side only whether it was looked for on this one."""
    gate = gates.condition_gate(item.condition, reading_of_report(report).series)
    name = label(vocabulary.conditions(), item.condition, language)
    where = label(vocabulary.sides(), item.side, language)
    kind = "absent" if gate.allows_absent else "indeterminate"
    answer = phrase(f"answer_{kind}", language)
    text = phrase("across", language, answer=answer, name=name, side=where)
    return Said(capital(text), gate.basis, None, "exclusions")


def _where_looked(report: Report, items: Iterable[Exclusion], language: Language) -> str:
    """Say which structures the series of "absent" answers were confirmed to cover."""
    rows = vocabulary.conditions()
    roles = {series.key: series.role for series in report.study.series}
    names = {
        structure
        for item in items
        if item.condition in rows
        for group in rows[item.condition].needs
        for need in group
        if {roles.get(key) for key in item.basis} & set(need.roles)
        for structure in need.structures
    }
    if not names:
        return ""
    both = f", {label(vocabulary.sides(), 'bilateral', language)}"
    places = [getattr(one, language) for one in structure_labels(names)]
    paired = [place.removesuffix(both) for place in places if place.endswith(both)]
    said = [listed(paired, language) + both] if paired else []
    said += [place for place in places if not place.endswith(both)]
    return f" ({phrase('looked_at', language)}: {'; '.join(said)})"


def _lesion_short(lesion: Lesion, items: Iterable[Exclusion], language: Language) -> str:
    """Name a lesion with how sure it is and its size: the extrameatal one where it was measured."""
    text = label(vocabulary.conditions(), lesion.condition, language)
    said = next((item for item in items if lesion.id in item.lesions), None)
    if said is not None and said.confidence is not None:
        text += f" ({label(vocabulary.certainties(), said.confidence, language)})"
    rows = vocabulary.quantities()
    for key in ("longest_mm", "extrameatal_max_mm"):
        if size := short_text(getattr(lesion, key), language):
            text += f", {label(rows, key, language)} {size}"
    if lesion.contacts_nerve:
        text += f"; {phrase('touches_nerve', language)}"
    return capital(text)


def _answered(items: Iterable[Exclusion], answer: str, language: Language) -> str:
    """Name what got an answer; what is present without a side says that it has none."""
    rows, names = vocabulary.conditions(), []
    for item in items:
        if item.answer == answer:
            name = label(rows, item.condition, language)
            sideless = answer == "present" and item.side is None and not _operative(item)
            names.append(f"{name} ({phrase('side_open', language)})" if sideless else name)
    if not names:
        return ""
    return f"{phrase(f'answer_{answer}', language)}: {listed(names, language)}"


def _exclusion(report: Report, item: Exclusion, language: Language) -> Line:
    limits = [limit_text(report, code, language, ()) for code in item.limits]
    parts = [capital(phrase(f"answer_{item.answer}", language))]
    if item.side:
        parts[0] += f", {label(vocabulary.sides(), item.side, language)}"
    if item.confidence:
        parts[0] += f" ({label(vocabulary.certainties(), item.confidence, language)})"
    if item.answer in OPEN and limits:
        parts = []  # the limit says it with its reason
    if item.answer == "absent":
        parts[0] += _where_looked(report, [item], language)
    roles = {series.key: series.role for series in report.study.series}
    rests = dict.fromkeys(label(vocabulary.roles(), roles.get(key), language) for key in item.basis)
    if rests:
        parts.append(capital(f"{phrase('rests_on', language)} {listed(rests, language)}"))
    parts = [*limits, *parts] if item.answer in OPEN else [*parts, *limits]
    if item.note:
        parts.append(f"{capital(phrase('note', language))}: {typed(item.note, language)}")
    title = capital(label(vocabulary.conditions(), item.condition, language))
    marked = next((x for x in report.lesions if x.id in item.lesions), None)
    place = marked.position if marked else None
    return Line(item.condition, title, (Said(". ".join(parts) + ".", item.basis, place),))
