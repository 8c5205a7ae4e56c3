"""Limits in words: why something cannot be said, with the conditions that a limit is about.

The report holds them as codes and in English; here they are filled again, in either language.
"""

from collections.abc import Sequence

from mriview import vocabulary
from mriview.report import Report
from mriview.words.language import Language, capital, label, listed, phrase


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

    Returns
    -------
    str
        Begins with a capital letter.
    """
    row = vocabulary.limits().get(code)
    if row is None:
        return next((limit.text for limit in report.limits if limit.code == code), code)
    rows = vocabulary.conditions()
    if about is None:
        about = [item.condition for item in report.exclusions if code in item.limits]
    names = listed([label(rows, name, language) for name in about], language)
    text: str = getattr(row.text, language)
    return capital(text.format(conditions=names or phrase("some_conditions", language)))


def limit_texts(report: Report, codes: Sequence[str], language: Language) -> tuple[str, ...]:
    """Give the sentences of limits in their order."""
    return tuple(limit_text(report, code, language) for code in codes)
