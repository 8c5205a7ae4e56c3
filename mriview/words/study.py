"""What was read and by whom, in words: protocol, series, clinical context, signature, provenance.

The conclusion is said by ``sides`` and ``causes``. Nothing here names a patient: the report
holds a pseudonym.
"""

from collections.abc import Iterator

from mriview import vocabulary
from mriview.report import Report
from mriview.report.model_study import Series
from mriview.vocabulary import structure_labels
from mriview.words.language import (
    Language,
    capital,
    label,
    listed,
    number,
    phrase,
    table,
    typed,
    vessel_name,
)
from mriview.words.limits import limit_text
from mriview.words.quantities import quantity_text
from mriview.words.said import Line, Said, line

SPACING_DECIMALS = 2  # of mm: 0.55 and 0.6 are not the same scan


def protocol_lines(report: Report, language: Language) -> tuple[Line, ...]:
    """Say which series there are, which are missing, and what cannot be concluded."""
    protocol, roles = report.protocol, vocabulary.roles()
    lines = [
        line(
            name,
            capital(phrase(name, language)),
            listed([label(roles, r, language) for r in found], language)
            if found
            else phrase("none", language),
        )
        for name, found in (
            ("roles_present", protocol.roles_present),
            ("roles_missing", protocol.roles_missing),
        )
    ]
    reasons = dict.fromkeys(item.because for item in protocol.cannot_conclude)
    if reasons:
        texts = [limit_text(report, code, language) for code in reasons]
        lines.append(line("cannot", capital(phrase("cannot_be_judged", language)), *texts))
    lines += _quality(report, language)
    lines += [_series(series, report, language) for series in report.study.series]
    for one in report.registrations:
        verdict = phrase(f"verdict_{one.verdict}", language)
        text = f"{one.moving} → {one.fixed}: {verdict}; {quantity_text(one.residual_mm, language)}"
        lines.append(line("registration", capital(phrase("registration", language)), text))
    return tuple(lines)


def clinical_lines(report: Report, language: Language) -> tuple[Line, ...]:
    """Say what was known of the patient while reading."""
    said, none = report.clinical, phrase("not_said", language)
    blinded = none if said.blinded is None else phrase(_yes_no(said.blinded), language)
    lines = [line("blinded", capital(phrase("blinded", language)), blinded)]
    if said.question:
        lines.append(
            line("question", capital(phrase("question", language)), typed(said.question, language))
        )
    if said.symptom_side is not None:
        known = label(vocabulary.sides(), said.symptom_side, language)
        side = phrase("side_unknown", language) if said.symptom_side == "unknown" else known
        lines.append(line("symptom_side", capital(phrase("symptom_side", language)), side))
    if said.syndrome is not None:
        syndrome = label(vocabulary.syndromes(), said.syndrome, language)
        lines.append(line("syndrome", capital(phrase("syndrome", language)), syndrome))
    if said.start is not None:
        start = phrase(f"start_{said.start}", language)
        lines.append(line("start", capital(phrase("start", language)), start))
    if said.onset_years is not None:
        years = phrase("years", language, count=number(said.onset_years, 0, language))
        lines.append(line("onset", capital(phrase("onset", language)), years))
    if said.weakness_house_brackmann is not None:
        grade = str(said.weakness_house_brackmann)
        lines.append(line("weakness", phrase("weakness", language), grade))
    if said.previous_mvd is not None:
        answer = phrase(_yes_no(said.previous_mvd), language)
        lines.append(line("previous_mvd", capital(phrase("previous_mvd", language)), answer))
    return (*lines, *_coded(report, language))


def sign_lines(report: Report, language: Language) -> tuple[Line, ...]:
    """Say who read and signed, and what was left open with which reason."""
    signed = report.sign_off
    lines = [
        line("reader", capital(phrase("reader", language)), one.reader) for one in report.passes
    ]
    if signed is None:
        return (
            *lines,
            line("signed", capital(phrase("signed", language)), phrase("unsigned", language)),
        )
    when = f", {signed.time}" if signed.time else ""
    text = f"{signed.reader}, {signed.role}{when}"
    lines.append(line("signed", capital(phrase("signed", language)), text))
    if signed.acknowledged:
        texts = [limit_text(report, code, language) for code in signed.acknowledged]
        lines.append(line("acknowledged", capital(phrase("acknowledged", language)), *texts))
    for override in signed.overrides:
        text = f"{override.path} ({override.guard}): {override.reason}"
        lines.append(line("override", capital(phrase("override", language)), text))
    return tuple(lines)


def signed_text(report: Report, language: Language) -> str | None:
    """Say in a line who signed, as what and on which day; None where nobody did."""
    signed = report.sign_off
    if signed is None:
        return None
    by = ", ".join(part for part in (signed.reader, signed.role, (signed.time or "")[:10]) if part)
    return f"{phrase('signed', language)}: {by}"


def provenance_lines(report: Report, language: Language) -> tuple[Line, ...]:
    """Say of which study and record the report is, and by what it can be recognised."""
    software = report.software
    facts = [
        ("pseudonym", report.subject.pseudonym),
        ("study_key", report.study.study_key),
        ("reference", report.study.reference or phrase("none", language)),
        ("report_id", report.report_id),
        ("sha256", report.sha256),
        ("created", report.created or phrase("not_said", language)),
        ("software", f"{software.name} {software.version}"),
        ("settings", software.settings_sha256),
    ]
    if report.amends:
        facts.append(("amends", report.amends))
    if report.record is not None:
        facts.append(("record", phrase("events", language, count=report.record.events)))
    return tuple(line(name, capital(phrase(name, language)), text) for name, text in facts)


def note_lines(report: Report, language: Language) -> tuple[Line, ...]:
    """Give the readers' own remarks, as they were typed."""
    written = [
        line(
            "text", capital(phrase("impression", language)), typed(report.impression.text, language)
        )
        for _ in range(bool(report.impression.text))
    ]
    said = report.impression
    if said.second_vessel is not None:
        name = vessel_name(said.second_vessel, language)
        written.append(line("second_vessel", capital(phrase("second_vessel", language)), name))
    if said.recommendation is not None:
        advice = label(vocabulary.recommendations(), said.recommendation, language)
        title = capital(phrase("recommendation", language))
        written.append(line("recommendation", title, capital(advice)))
    notes = [
        line(
            "note",
            note.reader,
            typed(note.text, language) + (f" [{note.about}]" if note.about else ""),
        )
        for note in report.notes
    ]
    return (*written, *notes)


def place_text(said: Said, language: Language) -> str:
    """Say where a sentence leads: keys of series, and coordinates."""
    parts = [", ".join(said.series)] if said.series else []
    if said.position_mm is not None:
        x, y, z = (number(mm, 1, language) for mm in said.position_mm)
        parts.append(f"LPS {x} | {y} | {z} mm")
    return "; ".join(parts)


def _yes_no(answer: bool) -> str:
    return "yes" if answer else "no"


def _quality(report: Report, language: Language) -> Iterator[Line]:
    findings = table("quality_findings")
    grades = table("quality_grades")
    for item in getattr(report.protocol, "quality", ()) or ():
        said = label({**grades, **findings}, item.code, language)
        severity = label(grades, getattr(item, "severity", None), language)
        text = f"{said} ({severity})" if severity else said
        title = f"{capital(phrase('quality', language))}, {item.series}"
        yield Line("quality", title, (Said(text, (item.series,)),))


def _series(series: Series, report: Report, language: Language) -> Line:
    def edges(mm: tuple[float, float, float]) -> str:
        return " \N{MULTIPLICATION SIGN} ".join(
            number(edge, SPACING_DECIMALS, language) for edge in mm
        )

    parts = [f"{phrase('voxel_size', language)} {edges(series.spacing_mm)} mm"]
    if series.acquired_voxel_mm is not None:
        acquired = edges(series.acquired_voxel_mm)
        parts.append(f"{phrase('acquired', language)} {acquired} mm")
    sure = number(100 * series.role_confidence, 0, language)
    confirmed = phrase("role_confirmed", language)
    parts.append(
        confirmed if series.role_confirmed else phrase("role_sure", language, percent=sure)
    )
    covered = [getattr(one, language) for one in structure_labels(series.coverage)]
    if covered:
        parts.append(f"{phrase('covers', language)}: {'; '.join(covered)}")
    if series.key == report.study.reference:
        parts.insert(0, phrase("reference", language))
    title = f"{capital(label(vocabulary.roles(), series.role, language))} {series.key}"
    return Line("series", title, (Said("; ".join(parts), (series.key,)),))


def _coded(report: Report, language: Language) -> Iterator[Line]:
    """Say symptoms, EMG, treatments and implants, where this version of the report has them."""
    said = report.clinical
    symptoms = getattr(said, "symptoms", ()) or ()
    if symptoms:
        known = {**table("symptoms"), **vocabulary.syndromes()}
        text = listed([label(known, name, language) for name in symptoms], language)
        yield line("symptoms", capital(phrase("symptoms", language)), text)
    emg = getattr(said, "emg", None)
    if emg:
        rows = table("emg_findings")
        yield line("emg", "EMG", label(rows, getattr(emg, "code", emg), language))
    kinds = table("treatments")
    effects = table("treatment_effects")
    for one in getattr(said, "treatments", ()) or ():
        words = [label(kinds, one.kind, language), label(vocabulary.sides(), one.side, language)]
        if getattr(one, "months_ago", None) is not None:
            ago = number(one.months_ago, 0, language)
            words.append(phrase("months_ago", language, count=ago))
        if getattr(one, "effect", None):
            words.append(f"{phrase('effect', language)}: {label(effects, one.effect, language)}")
        text = ", ".join(word for word in words if word)
        yield line("treatment", capital(phrase("treatment", language)), text)
    comparison = getattr(said, "comparison", None)
    changes = table("comparison_changes")
    for change in getattr(comparison, "changes", ()) or ():
        said_of_it = label(changes, getattr(change, "change", None), language)
        what = getattr(change, "id", "") or getattr(change, "what", "")
        yield line("comparison", capital(phrase("comparison", language)), f"{what}: {said_of_it}")
