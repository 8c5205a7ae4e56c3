"""Implants and the surgeon's anatomy in words.

Both are listed whichever side they are on; what they mean for a contact is in its limits. A report
of an older version has neither.
"""

from mriview import vocabulary
from mriview.report import Report
from mriview.words.language import Language, capital, label, table, typed
from mriview.words.operated import implant_text
from mriview.words.said import Line, Said, line
from mriview.words.sides import SIDES, side_part


def implant_lines(report: Report, language: Language) -> tuple[Line, ...]:
    """Say which implants were marked, and where."""
    kinds, lines = table("implants"), []
    for one in getattr(report, "implants", ()) or ():
        name = capital(label(kinds, one.kind, language))
        words = [label(vocabulary.sides(), one.side, language)]
        if one.side in SIDES:
            where = implant_text(one, side_part(report, one.side), language)
            place = where.removeprefix(name).strip()
            words.insert(1, place)
        if one.note:
            words.append(typed(one.note, language))
        text = ", ".join(word for word in words if word)
        lines.append(Line(one.id, name, (Said(text, (), one.position),)))
    return tuple(lines)


def anatomy_lines(report: Report, language: Language) -> tuple[Line, ...]:
    """Say what was answered of the anatomy that an operation meets."""
    rows, lines = table("anatomy_items"), []
    for side in SIDES:
        for item in getattr(side_part(report, side), "anatomy", ()) or ():
            where = label(vocabulary.sides(), side, language)
            title = f"{capital(label(rows, item.code, language))}, {where}"
            values = {v.id: v for v in getattr(rows.get(item.code), "values", ()) or ()}
            said = label(values, str(item.value), language)
            text = "; ".join(word for word in (said, item.note) if word)
            lines.append(line("anatomy", title, text))
    return tuple(lines)
