"""Other causes in words: a line a group, an answer a condition with its basis, lesions with sizes.

"Absent" is said as "looked for, not seen", never more, and always with its limits. What the scans
could have shown was decided before; nothing is judged here.
"""

from collections.abc import Iterable, Sequence

from mriview import vocabulary
from mriview.report import Report
from mriview.report.model_causes import Exclusion, Lesion
from mriview.words.language import Language, capital, label, listed, phrase, table
from mriview.words.limits import limit_text
from mriview.words.quantities import quantity_text, short_text
from mriview.words.said import Line, Said, line

TUMOUR = "mass"  # the group that has its own line for each side
ANSWERS = ("present", "absent", "indeterminate", "not_assessed")  # in the order of a sentence
MOST_NAMED = 3  # conditions that cannot be judged; more are counted on the first screen
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


def group_lines(report: Report, language: Language) -> tuple[Line, ...]:
    """Say each group of other causes in a line, with the limits of its answers."""
    rows, lines = vocabulary.condition_groups(), []
    for group in report.exclusion_groups:
        items = [item for item in report.exclusions if item.group == group.group]
        if items:
            said = [_answered(items, answer, language) for answer in ANSWERS]
            text = "; ".join(part for part in said if part)
            standing = dict.fromkeys(
                code for item in items if item.answer == "absent" for code in item.limits
            )
            limits = [limit_text(report, code, language) for code in standing]
            text = ". ".join([capital(text), *limits])
            title = capital(label(rows, group.group, language))
            lines.append(line(group.group, title, text + "."))
    return tuple(lines)


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
        lines.append(line("note", capital(phrase("note", language)), lesion.note))
    return tuple(lines)


def lesion_title(lesion: Lesion, language: Language) -> str:
    """Name a lesion in a heading."""
    name = label(vocabulary.conditions(), lesion.condition, language)
    where = label(vocabulary.sides(), lesion.side, language)
    return ", ".join(part for part in (f"{lesion.id}: {name}", where) if part)


def _short(
    report: Report, items: Sequence[Exclusion], side: str, language: Language
) -> tuple[Said, ...]:
    here = [item for item in items if item.side in {side, "bilateral", "midline", None}]
    said = [
        Said(_lesion_short(lesion, items, language), lesion.series, lesion.position, lesion.id)
        for lesion in report.lesions
        if lesion.side in {side, "bilateral", "midline", None}
        and any(lesion.id in item.lesions for item in items)
    ]
    marked = {name for item in items for name in item.lesions}
    shown = {lesion.condition for lesion in report.lesions if lesion.id in marked}
    for answer in ANSWERS:
        left = [i for i in here if i.answer == answer and i.condition not in shown]
        text = _counted(left, answer, language)
        if text:
            basis = tuple(dict.fromkeys(key for item in left for key in item.basis))
            said.append(Said(capital(text), basis, None, "exclusions"))
    across = [item for item in items if item not in here and item.answer == "present"]
    if across:
        names = [label(vocabulary.conditions(), item.condition, language) for item in across]
        text = f"{phrase('across', language)}: {listed(names, language)}"
        said.append(Said(capital(text), (), None, "exclusions"))
    standing = dict.fromkeys(
        code for item in here if item.answer == "absent" for code in item.limits
    )
    said += [Said(limit_text(report, code, language) + ".") for code in standing]
    return tuple(said) or (Said(phrase("nothing_asked", language)),)


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


def _counted(items: Sequence[Exclusion], answer: str, language: Language) -> str:
    """Name what is present or not seen; count what cannot be judged where it is much."""
    if not items:
        return ""
    if answer in {"present", "absent"} or len(items) <= MOST_NAMED:
        return _answered(items, answer, language)
    words = label(vocabulary.answers(), answer, language)
    return f"{words}: {phrase('many_conditions', language, count=len(items))}"


def _answered(items: Iterable[Exclusion], answer: str, language: Language) -> str:
    rows = vocabulary.conditions()
    names = [label(rows, item.condition, language) for item in items if item.answer == answer]
    if not names:
        return ""
    return f"{label(vocabulary.answers(), answer, language)}: {listed(names, language)}"


def _exclusion(report: Report, item: Exclusion, language: Language) -> Line:
    parts = [capital(label(vocabulary.answers(), item.answer, language))]
    if item.side:
        parts[0] += f", {label(vocabulary.sides(), item.side, language)}"
    if item.confidence:
        parts[0] += f" ({label(vocabulary.certainties(), item.confidence, language)})"
    roles = {series.key: series.role for series in report.study.series}
    rests = [
        f"{label(vocabulary.roles(), roles.get(key), language)} {key}".strip() for key in item.basis
    ]
    if rests:
        parts.append(capital(f"{phrase('rests_on', language)} {listed(rests, language)}"))
    about = (item.condition,)
    parts += [limit_text(report, code, language, about) for code in item.limits]
    if item.note:
        parts.append(f"{capital(phrase('note', language))}: {item.note}")
    title = capital(label(vocabulary.conditions(), item.condition, language))
    marked = next((x for x in report.lesions if x.id in item.lesions), None)
    place = marked.position if marked else None
    return Line(item.condition, title, (Said(". ".join(parts), item.basis, place),))
