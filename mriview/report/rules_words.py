"""Rules about words: R23, R33, R35, R37, R39, R45. Each yields (severity, JSON path, sentence).

No identity in any text, no word that claims more than scans show, every limit said, and the side of
the findings held against the side of the symptoms. What texts may not say is in
``mriview.review.text``.
"""

from collections.abc import Iterator
from typing import Literal

from mriview import vocabulary
from mriview.report.model import ReportKeys
from mriview.report.reading import contacts_of, lesions_of, reading_of_report, sides_of
from mriview.review import gates
from mriview.review.text import (
    claims,
    names_somebody,
    sides_said_to_touch,
    tells_of_enhancement,
)
from mriview.vocabulary import constant

OTHER = {"right": "left", "left": "right"}

Found = Iterator[tuple[Literal["error", "warning"], str, str]]


def enhancement_was_seen(report: ReportKeys) -> Found:
    """R23: E enhancement is told of without a series after contrast; W where a name says so."""
    shown = gates.shows_enhancement(reading_of_report(report).series)
    if shown:
        return
    for number, item in enumerate(report.exclusions):
        needed = vocabulary.conditions()[item.condition].present_needs
        if item.answer == "present" and gates.ENHANCED & set(needed):
            path = f"$.exclusions[{number}].answer"
            yield (
                "error",
                path,
                f"{item.condition} is present, and no series after contrast is sure",
            )
    for path, text in _typed(report):
        if tells_of_enhancement(text):
            by_name = shown is None or report.sign_off is None
            sentence = "the text tells of enhancement, and no series after contrast is sure"
            yield ("warning" if by_name else "error"), path, sentence


def nobody_is_named(report: ReportKeys) -> Found:
    """R33: no text holds a UID or a person's name."""
    for path, text in _strings(report.model_dump(mode="json"), "$"):
        if names_somebody(text):
            yield "error", path, "the text holds a UID or a person's name"


def words_agree_with_codes(report: ReportKeys) -> Found:
    """R35: E a contact is told of a side that has none; W a word claims more than scans show."""
    for name in sides_said_to_touch(report.impression.text):
        side = dict(sides_of(report))[name]
        if side.assessment in {"no_contact", "not_assessed"}:
            draft = report.sign_off is None
            sentence = f"a contact is told of the {name} side, which is {side.assessment}"
            yield ("warning" if draft else "error"), "$.impression.text", sentence
    for path, text in _typed(report):
        for word in claims(text):
            yield "warning", path, f"{word!r} claims more than scans can show"


def findings_meet_the_symptoms(report: ReportKeys) -> Found:
    """R37: W where contact lies only on the side without symptoms, or both sides are said."""
    symptoms = report.clinical.symptom_side
    if symptoms == "bilateral":
        yield "warning", "$.clinical.symptom_side", "symptoms on both sides are rare: check"
    if symptoms not in OTHER:
        return
    sides = dict(sides_of(report))
    other = OTHER[symptoms]
    if sides[other].assessment == "contact" and sides[symptoms].assessment != "contact":
        sentence = f"the symptoms are {symptoms}, the only contact is {other}"
        yield "warning", "$.clinical.symptom_side", sentence


def limits_are_said_once(report: ReportKeys) -> Found:
    """R39: every limit that is named anywhere is said in words, once."""
    said = [limit.code for limit in report.limits]
    if len(set(said)) != len(said):
        yield "error", "$.limits", "a limit is said twice"
    named = [*report.sides.right.limits, *report.sides.left.limits]
    named += [code for item in report.exclusions for code in item.limits]
    named += [item.because for item in report.protocol.cannot_conclude]
    for code in dict.fromkeys(named):
        if code not in said:
            yield "error", "$.limits", f"{code} is named and not said"


def roles_in_use_are_sure(report: ReportKeys) -> Found:
    """R45: W where something rests on a series whose role nobody confirmed."""
    least = constant("role_confidence_min")
    for number, series in enumerate(report.study.series):
        rests = [use for use in series.used_for if use != "reference"]
        if rests and not series.role_confirmed and series.role_confidence < least:
            sentence = f"{rests[0]} rests on a role of confidence {series.role_confidence:.2f}"
            yield "warning", f"$.study.series[{number}].role", sentence


def _typed(report: ReportKeys) -> Iterator[tuple[str, str]]:
    """Give every text that a reader typed."""
    yield "$.impression.text", report.impression.text
    for number, note in enumerate(report.notes):
        yield f"$.notes[{number}].text", note.text
    for path, _, contact in contacts_of(report):
        yield f"{path}.note", contact.note
    for path, lesion in lesions_of(report):
        yield f"{path}.note", lesion.note
    for number, item in enumerate(report.exclusions):
        yield f"$.exclusions[{number}].note", item.note
    for number, mask in enumerate(report.masks):
        yield f"$.masks[{number}].note", mask.note


def _strings(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _strings(item, f"{path}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _strings(item, f"{path}[{number}]")
