"""The whole report in words, in the order in which it is read: conclusion first, provenance last.

The page and the text are both made of this; they differ in form, never in words.
"""

from dataclasses import dataclass

from mriview import vocabulary
from mriview.report import Report
from mriview.words.causes import exclusion_lines, lesion_lines, lesion_title
from mriview.words.implants import anatomy_lines, implant_lines
from mriview.words.language import Language, capital, label, phrase
from mriview.words.limits import limit_text
from mriview.words.said import Line, Said, Section, line
from mriview.words.sides import (
    SIDES,
    brief,
    conclusion,
    contact_lines,
    contact_title,
    first_answers,
    nearby_lines,
    side_part,
)
from mriview.words.study import (
    clinical_lines,
    note_lines,
    protocol_lines,
    provenance_lines,
    sign_lines,
    signed_text,
)


@dataclass(frozen=True, slots=True)
class SideWords:
    """One side: its name in capitals, whose side, a few words, its conclusion, its answers.

    ``symptoms`` says that they are on this side, and is None where they are not, or unknown.
    """

    id: str
    title: str
    remark: str
    symptoms: str | None
    brief: str
    conclusion: tuple[Said, ...]
    answers: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """A report in one language.

    ``contacts`` and ``lesions`` have one section each, whose id is the contact's or the lesion's;
    ``sections`` are the rest, in reading order; a section without lines is left out.
    """

    language: Language
    title: str
    status: str
    signed: str | None
    research: str
    warnings: tuple[str, ...]
    sides: tuple[SideWords, ...]
    contacts: tuple[Section, ...]
    lesions: tuple[Section, ...]
    sections: tuple[Section, ...]


def wording(report: Report, language: Language) -> Wording:
    """Put a report into words.

    Parameters
    ----------
    report : Report
    language : {"en", "de"}

    Returns
    -------
    Wording
        Of the same report always the same.
    """
    names = vocabulary.sides()
    sections = (
        _section("exclusions", exclusion_lines(report, language), language),
        _section("nearby", nearby_lines(report, language), language),
        _section("implants", implant_lines(report, language), language),
        _section("anatomy", anatomy_lines(report, language), language),
        _section("protocol", protocol_lines(report, language), language),
        _section("clinical", clinical_lines(report, language), language),
        _section("notes", note_lines(report, language), language),
        _section("all_limits", _limits(report, language), language),
        _section("sign_off", sign_lines(report, language), language),
        _section("provenance", provenance_lines(report, language), language),
    )
    return Wording(
        language,
        phrase("title", language),
        capital(phrase(f"status_{report.status}", language)),
        signed_text(report, language),
        phrase("research", language),
        _warnings(report, language),
        tuple(
            SideWords(
                side,
                label(names, side, language).upper(),
                _remark(report, side, language),
                _symptoms(report, side, language),
                brief(report, side, language),
                conclusion(report, side, language),
                first_answers(report, side, language),
            )
            for side in SIDES
        ),
        tuple(
            Section(c.id, contact_title(c, side, language), contact_lines(c, language, contacts))
            for side in SIDES
            for contacts in [side_part(report, side).contacts]
            for c in contacts
        ),
        tuple(
            Section(x.id, lesion_title(report, x, language), lesion_lines(x, language))
            for x in report.lesions
        ),
        tuple(section for section in sections if section.lines),
    )


def _remark(report: Report, side: str, language: Language) -> str:
    """Say that a side is the patient's, and whether the symptoms are on it."""
    said = [phrase("patients_side", language), _symptoms(report, side, language)]
    return "; ".join(part for part in said if part)


def _symptoms(report: Report, side: str, language: Language) -> str | None:
    here = report.clinical.symptom_side in {side, "bilateral"}
    return phrase("symptoms_here", language) if here else None


def _section(name: str, lines: tuple[Line, ...], language: Language) -> Section:
    return Section(name, capital(phrase(name, language)), lines)


def _limits(report: Report, language: Language) -> tuple[Line, ...]:
    return tuple(
        line("limit", limit.code, limit_text(report, limit.code, language))
        for limit in report.limits
    )


def _warnings(report: Report, language: Language) -> tuple[str, ...]:
    """Say what must be known before anything else: contradictions, synthetic scans, mirroring."""
    broken = dict.fromkeys(found.rule for found in report.check() if found.severity == "error")
    said = [phrase("broken", language, rules=", ".join(broken))] if broken else []
    said += [
        limit_text(report, limit.code, language)
        for limit in report.limits
        if limit.code == "L_SYNTHETIC"
    ]
    if report.reading.mirrored:
        said.append(phrase("mirrored", language))
    return tuple(said)
