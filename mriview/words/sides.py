"""One side in words: its conclusion, the answers of the first screen, and each contact in full.

What follows from what was decided when the report was built; here it is only said. Other causes
are said by ``causes``; sides are always the patient's.
"""

from collections.abc import Iterable

from mriview import vocabulary
from mriview.report import Report
from mriview.report.model_sides import Contact, SidePart
from mriview.report.reading import reading_of_report
from mriview.words.causes import causes_of_side, lesion_headline, open_causes
from mriview.words.language import (
    Language,
    capital,
    inside,
    label,
    listed,
    number,
    phrase,
    table,
    typed,
    vessel_in_sentence,
    vessel_name,
    vessel_short,
)
from mriview.words.limits import is_named, limit_text, limit_texts
from mriview.words.operated import operated_sentence
from mriview.words.quantities import quantity_text, short_text
from mriview.words.said import Line, Said, line

SIDES = ("right", "left")  # as the reader of a scan sees them
SHARED = ("tumour", "other_causes", "limits")  # answers that both sides may have in the same words
NEARLY_MM = 0.5  # past the porus by less is at the porus
ROUNDING_MM = 0.05  # of a span that was typed to 0.1 mm
MEASURED = (
    *("arc_mm", "porus_distance_mm", "clock_deg", "gap_mm", "contact_length_mm"),
    *("contact_area_mm2", "vessel_diameter_mm", "nerve_displacement_mm", "indentation_mm"),
    *("thinning_ratio", "brainstem_indentation_mm", "crossing_deg"),
)  # of a contact, in the order in which a surgeon asks; what the report has not is left out


def side_part(report: Report, side: str) -> SidePart:
    """Give the part of the report on a side."""
    return report.sides.right if side == "right" else report.sides.left


def conclusion(report: Report, side: str, language: Language) -> tuple[Said, ...]:
    """Say the conclusion for one side, from the codes of the impression.

    Parameters
    ----------
    report : Report
    side : {"right", "left"}
    language : {"en", "de"}

    Returns
    -------
    tuple of Said
        That the side was operated, a lesion at the nerve where no vessel touches it, then a
        sentence a code; they lead to the offender, to the lesion or to the implant.
    """
    by_side = report.impression.by_side
    concluded, part = (by_side.right if side == "right" else by_side.left), side_part(report, side)
    segments = vocabulary.segments()
    reasons = [limit_text(report, code, language) for code in part.limits]
    leading = next(iter(touching(part)), None)
    words = {
        "vessel": vessel_in_sentence(concluded.vessel, language),
        "segment": label(segments, concluded.segment, language),
        "side": label(vocabulary.sides(), side, language),
        "limit": inside((reasons or [phrase("no_reason", language)])[0], language),
    }
    lesions = [
        Said(lesion_headline(report, x, side, language), x.series, x.position, x.id)
        for x in report.lesions
        if x.contacts_nerve and x.side in {side, "bilateral"}
    ]
    said, reference = [], tuple(filter(None, [report.study.reference]))
    for code in concluded.statements:
        row = vocabulary.statements().get(code)
        text = code if row is None else str(getattr(row.text, language))
        if "{condition}" in text:
            continue
        if part.assessment == "no_contact" and row is not None and row.assessment is not None:
            text = _none_seen(report, side, text, language)
        filled = capital(text.format(**words))
        said.append(_at(leading, filled, reference) if leading else Said(filled, reference))
    before, after = ([], lesions) if leading else (lesions, [])
    return (*operated_sentence(report, part, side, language), *before, *said, *after)


def brief(report: Report, side: str, language: Language) -> str:
    """Say a side in a few words, for a screen that does not hold both sides."""
    part = side_part(report, side)
    said = [phrase("operated", language)] if operated_sentence(report, part, side, language) else []
    said += [
        label(vocabulary.conditions(), x.condition, language)
        + "".join(
            f" ({label(vocabulary.certainties(), item.confidence, language)})"
            for item in report.exclusions
            if x.id in item.lesions and item.confidence
        )
        for x in report.lesions
        if x.side in {side, "bilateral"}
    ]
    said.append(phrase(f"brief_{part.assessment}", language))
    found = touching(part)
    if found:
        vessels = dict.fromkeys(vessel_short(contact.vessel, language) for contact in found)
        segment = label(vocabulary.segments(), found[0].segment, language)
        said[-1] += f": {listed(vessels, language)}, {segment}"
        if any(map(_deforms, found)):
            said[-1] += f", {phrase('deformity', language)}"
    return capital("; ".join(said))


def first_answers(report: Report, side: str, language: Language) -> tuple[Line, ...]:
    """Give the answers that a surgeon looks for first, for one side.

    Returns
    -------
    tuple of Line
        Assessment, implants, vessel, segment, deformity, the groups of other causes, limits.
    """
    part = side_part(report, side)
    assessment = label(vocabulary.assessments(), part.assessment, language)
    if part.assessment == "indeterminate":
        assessment = phrase("answer_indeterminate", language)
    if part.confidence is not None:
        sure = label(vocabulary.certainties(), part.confidence, language)
        assessment += f"; {phrase('reader_sure', language)}: {sure}"
    if part.assessment == "no_contact" and (span := _span(report, side, language)):
        assessment += f"; {phrase('assessed', language)} {span}"
    lines = [line("assessment", phrase("assessment", language), capital(assessment))]
    left_behind = tuple(
        Said(
            capital(label(vocabulary.implants(), one.kind, language)),
            (),
            one.position,
            f"implant-{one.id}",
        )
        for one in report.implants or ()
        if one.side in {side, "bilateral", "midline"}
    )
    if left_behind:
        lines.append(Line("implants", capital(phrase("implants", language)), left_behind))
    named = touching(part)
    if named:
        lines += [
            Line(
                "vessel",
                phrase("vessel", language),
                tuple(_at(c, _vessel(c, part, language)) for c in named),
            ),
            Line(
                "segment",
                phrase("segment", language),
                tuple(_at(c, _place(c, language)) for c in named),
            ),
            Line(
                "deformity",
                phrase("deformity", language),
                tuple(_at(c, _deformity(c, language)) for c in named),
            ),
        ]
    lines += causes_of_side(report, side, language)
    parts = vocabulary.completeness()
    whole = [x.because for x in report.protocol.cannot_conclude if x.what in parts]
    codes = tuple(dict.fromkeys((*part.limits, *whole)))
    said = [Said(text) for text in limit_texts(report, codes, language)]
    known = {text.text for text in said}
    others = open_causes(report, side, language, summed_up=bool(whole))
    said += [one for one in others if one.text not in known]
    title = capital(phrase("limits", language))
    return (*lines, Line("limits", title, tuple(said) or (Said(phrase("no_limits", language)),)))


def contact_lines(
    contact: Contact, language: Language, others: Iterable[Contact] = ()
) -> tuple[Line, ...]:
    """Say everything that the report holds of a contact; ``others`` are those of its side."""
    yes_no, morphologies = vocabulary.answers(), vocabulary.morphologies()
    kinds = [label(morphologies, name, language) for name in contact.morphology]
    segments = [label(vocabulary.segments(), s, language) for s in contact.segment_range]
    border = f" {phrase('to', language)} ".join(dict.fromkeys(segments))
    zone = phrase(f"zone_{contact.zone}", language)
    sure = label(vocabulary.certainties(), contact.vessel_confidence, language)
    named = vessel_name(contact.vessel, language)
    lines = [
        _line("vessel", language, f"{named} ({sure})" if is_named(contact.vessel) else named),
        _line(
            "touching",
            language,
            phrase("answer_indeterminate", language)
            if contact.touching == "indeterminate"
            else label(yes_no, contact.touching, language),
        ),
        _line("segment", language, f"{border} ({zone})"),
    ]
    if contact.direction:
        said = label(vocabulary.directions(), contact.direction, language)
        lines.append(_line("direction", language, said))
    if kinds:
        lines.append(_line("morphology", language, listed(kinds, language)))
    lines += _severity(contact, language)
    rows = vocabulary.quantities()
    lines += [
        line(name, capital(label(rows, name, language)), quantity_text(measured, language))
        for name in MEASURED
        if (measured := getattr(contact, name, None)) is not None
    ]
    lines.append(_line("csf_plane", language, phrase(f"csf_{contact.csf_plane}", language)))
    if contact.mediated_by:
        lines.append(_line("mediated_by", language, _mediator(contact, others, language)))
    if contact.traced_to_parent:
        traced = (Said(label(yes_no, "yes", language), contact.traced_to_parent),)
        lines.append(Line("traced", capital(phrase("traced", language)), traced))
    origin = phrase(f"origin_{contact.origin}", language)
    decided = phrase(f"decision_{contact.decision}", language)
    lines.append(_line("origin", language, f"{origin}, {decided}"))
    if contact.note:
        lines.append(_line("note", language, typed(contact.note, language)))
    return tuple(lines)


def contact_title(contact: Contact, side: str, language: Language) -> str:
    """Name a contact in a heading."""
    where = label(vocabulary.sides(), side, language)
    name = vessel_name(contact.vessel, language)
    title = f"{capital(name)}, {where}"
    if contact.decision == "accepted":
        return title
    return f"{title} ({phrase(f'decision_{contact.decision}', language)})"


def nearby_lines(report: Report, language: Language) -> tuple[Line, ...]:
    """Say which vessels run near a nerve without touching it."""
    lines = []
    for side in SIDES:
        for near in side_part(report, side).vessels_nearby:
            name = capital(label(vocabulary.sides(), side, language))
            sure = label(vocabulary.certainties(), near.vessel_confidence, language)
            arc = short_text(near.arc_mm, language)
            at = f", {arc} {phrase('from_exit', language)}" if arc else ""
            gap = inside(quantity_text(near.gap_mm, language), language)
            gap = f"{label(vocabulary.quantities(), 'gap_mm', language)}: {gap}"
            sure = f" ({sure})" if is_named(near.vessel) else ""
            text = f"{vessel_name(near.vessel, language)}{sure}{at}; {gap}"
            lines.append(Line("nearby", name, (Said(text, (), near.position),)))
    return tuple(lines)


def touching(part: SidePart) -> tuple[Contact, ...]:
    """Give the accepted contacts that touch or may touch, the offender first."""
    found = [c for c in part.contacts if c.decision == "accepted" and c.touching != "no"]
    return tuple(sorted(found, key=lambda contact: contact.id != part.offender))


def _at(contact: Contact, text: str, reference: tuple[str, ...] = ()) -> Said:
    return Said(text, contact.series or reference, contact.nearest_on_nerve, contact.id)


def _line(name: str, language: Language, text: str) -> Line:
    return line(name, capital(phrase(name, language)), text)


def _vessel(contact: Contact, part: SidePart, language: Language) -> str:
    text = capital(vessel_name(contact.vessel, language))
    if is_named(contact.vessel):
        text += f", {label(vocabulary.certainties(), contact.vessel_confidence, language)}"
    if len(touching(part)) > 1 and contact.id == part.offender:
        text += f"; {phrase('offender', language)}"
    if contact.touching == "indeterminate":
        text += f"; {phrase('touch_open', language)}"
    if contact.mediated_by:
        through = _mediator(contact, part.contacts, language)
        text += f"; {phrase('mediated_by', language)}: {through}"
    return text


def _mediator(contact: Contact, others: Iterable[Contact], language: Language) -> str:
    """Name the vessel through which another one presses."""
    found = next((one for one in others if one.id == contact.mediated_by), None)
    return str(contact.mediated_by) if found is None else vessel_name(found.vessel, language)


def _none_seen(report: Report, side: str, text: str, language: Language) -> str:
    """Say "no contact" as far as the nerve was assessed; to the porus only where there is one."""
    facts = next(one for one in reading_of_report(report).sides if one.name == side)
    span, porus_mm = facts.assessable_mm, facts.porus_arc_mm
    if span is not None and porus_mm is not None and span[1] >= porus_mm - ROUNDING_MM:
        return text
    if span is None:
        return phrase("none_seen_unsaid", language)
    low, high = (number(mm, 1, language) for mm in span)
    return phrase("none_seen_from_to", language, low=low, high=high, side="{side}")


def _span(report: Report, side: str, language: Language) -> str | None:
    """Say how far along the nerve was assessed, measured from its exit."""
    facts = next(one for one in reading_of_report(report).sides if one.name == side)
    if facts.assessable_mm is None:
        return None
    low, high = facts.assessable_mm
    if facts.porus_arc_mm is None or low > ROUNDING_MM or high < facts.porus_arc_mm - ROUNDING_MM:
        return phrase(
            "assessed_from_to",
            language,
            low=number(low, 1, language),
            high=number(high, 1, language),
        )
    past_mm = high - facts.porus_arc_mm
    if past_mm < NEARLY_MM:
        return phrase("assessed_to_porus", language)
    return phrase("assessed_past_porus", language, mm=number(past_mm, 1, language))


def _place(contact: Contact, language: Language) -> str:
    segments = [label(vocabulary.segments(), s, language) for s in contact.segment_range]
    named = f" {phrase('to', language)} ".join(dict.fromkeys(segments))
    parts = [f"{capital(named)} ({phrase(f'zone_{contact.zone}', language)})"]
    if contact.direction:
        way = label(vocabulary.directions(), contact.direction, language)
        parts.append(phrase("vessel_lies", language, direction=way))
    for key, where in (("arc_mm", "from_exit"), ("porus_distance_mm", "from_porus")):
        value = short_text(getattr(contact, key), language)
        if value is not None:
            parts.append(f"{value} {phrase(where, language)}")
    return "; ".join(parts)


def _deformity(contact: Contact, language: Language) -> str:
    kinds = [label(vocabulary.morphologies(), name, language) for name in contact.morphology]
    answer = phrase("deformity_yes" if _deforms(contact) else "deformity_not_seen", language)
    if not kinds:
        return capital(phrase("not_said", language))
    return capital(f"{answer}: {listed(kinds, language)}")


def _deforms(contact: Contact) -> bool:
    rows = vocabulary.morphologies()
    return any(name in rows and rows[name].deformity for name in contact.morphology)


def _severity(contact: Contact, language: Language) -> Iterable[Line]:
    """Say each grade with its scale and version; scales are never converted."""
    scales = table("severity_scales")
    for grade in getattr(contact, "severity", ()) or ():
        row = scales.get(grade.scale)
        levels = {level.id: level for level in row.levels} if row is not None else {}
        text = f"{label(levels, str(grade.grade), language)} ({grade.version})"
        title = f"{phrase('severity', language)}, {label(scales, grade.scale, language)}"
        yield line("severity", capital(title), text)
