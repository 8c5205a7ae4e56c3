"""Limits in words: why something cannot be said, with the conditions that a limit is about.

The report holds them as codes and in English; here they are filled again, in either language.
"""

from collections.abc import Sequence

from mriview import vocabulary
from mriview.report import Report
from mriview.report.model_sides import Contact, NearbyVessel
from mriview.words.language import Language, capital, label, listed, phrase

NAMES = "vessel_names"  # part of the question that only an angiogram settles


def limit_text(
    report: Report, code: str, language: Language, about: Sequence[str] | None = None
) -> str:
    """Give the sentence of a limit, without a full stop.

    Parameters
    ----------
    report : Report
        Says which conditions the limit is about.
    code : str
        Row id of the limit.
    language : {"en", "de"}
    about : sequence of str, optional
        Row ids of the conditions to name; by default all that the report holds under this limit.
        Empty where the condition stands before the sentence.

    Returns
    -------
    str
        Begins with a capital letter.
    """
    row = vocabulary.limits().get(code)
    if row is None:
        return next((limit.text for limit in report.limits if limit.code == code), code)
    rows = vocabulary.conditions()
    if code == vocabulary.completeness()[NAMES].limit and not _names_a_vessel(report):
        return phrase("nothing_named", language)
    held = [item.condition for item in report.exclusions if code in item.limits]
    names = listed([label(rows, name, language) for name in (about or held)], language)
    text: str = getattr(row.text, language)
    if not about and about is not None:
        return capital(text.format(conditions="").strip())
    return capital(text.format(conditions=names or phrase("some_conditions", language)))


def is_named(vessel: str) -> bool:
    """Whether a row names a vessel, and is not only "artery" or "vessel"."""
    row = vocabulary.vessels().get(vessel)
    return row is None or row.named


def _names_a_vessel(report: Report) -> bool:
    found: list[Contact | NearbyVessel] = []
    for part in (report.sides.right, report.sides.left):
        found += [*part.contacts, *part.vessels_nearby]
    return any(is_named(one.vessel) for one in found)


def limit_texts(report: Report, codes: Sequence[str], language: Language) -> tuple[str, ...]:
    """Give the sentences of limits in their order."""
    return tuple(limit_text(report, code, language) for code in codes)
