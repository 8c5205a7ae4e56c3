"""Measured values in words: as many digits as their interval supports, or why there is none.

The stored number keeps its digits; this is what a reader sees. Nothing is computed here but
the rounding.
"""

import math
import re
from functools import cache

from mriview.report.model_values import Estimate, Interval, NotGiven
from mriview.vocabulary import Label, withheld_reasons
from mriview.words.language import Language, number, phrase

UNITS = {"deg": "°", "mm2": "mm²", "mm3": "mm³", "1": "", "{ratio}": ""}  # UCUM as it is printed
MOST_DECIMALS = 1  # of a value whose interval is narrow, and of one without an interval
PLACEHOLDER = re.compile(r"\\\{(\w+)\\\}")  # as ``re.escape`` leaves it
WHOLE_UNITS = {"deg", "mm3", "mm2"}  # of which nobody measures tenths


def quantity_text(quantity: Interval | Estimate | NotGiven, language: Language) -> str:
    """Say a quantity.

    Parameters
    ----------
    quantity : Interval, Estimate or NotGiven
        Of the report.
    language : {"en", "de"}

    Returns
    -------
    str
        Value, unit and interval; without an interval that it was not estimated; or the reason.

    Examples
    --------
    >>> said = {"value": 3.24, "unit": "mm", "method": "manual", "origin": "manual"}
    >>> quantity_text(Interval(**said, low=2.1, high=4.4, level=0.95), "de")
    '3 mm (95-%-Intervall 2 bis 4)'
    >>> quantity_text(NotGiven(withheld="no mask was painted"), "en")
    'withheld: no mask was painted'
    >>> quantity_text(NotGiven(withheld="no mask was painted"), "de")
    'nicht angegeben: es wurde keine Maske gezeichnet'
    """
    if isinstance(quantity, NotGiven):
        return f"{phrase('withheld', language)}: {_reason(quantity.withheld, language)}"
    decimals = _decimals(quantity)
    unit = UNITS.get(quantity.unit, quantity.unit)
    joined = unit if unit == "°" else f" {unit}".rstrip()
    value = number(quantity.value, decimals, language) + joined
    if isinstance(quantity, Estimate):
        return f"{value} ({phrase('not_estimated', language)})"
    low, high = (number(end, decimals, language) for end in (quantity.low, quantity.high))
    return f"{value} ({phrase('interval', language)} {low} {phrase('to', language)} {high})"


def short_text(quantity: Interval | Estimate | NotGiven, language: Language) -> str | None:
    """Give value and unit alone, where the interval stands elsewhere; None if it is withheld."""
    if isinstance(quantity, NotGiven):
        return None
    unit = UNITS.get(quantity.unit, quantity.unit)
    value = number(quantity.value, _decimals(quantity), language)
    return value + (unit if unit == "°" else f" {unit}".rstrip())


def _reason(said: str, language: Language) -> str:
    """Say a reason of the table in a language; another one as it stands in the report."""
    for pattern, text in _reasons():
        if found := pattern.fullmatch(said):
            spoken: str = getattr(text, language)
            return spoken.format(**found.groupdict())
    return said


@cache
def _reasons() -> tuple[tuple[re.Pattern[str], Label], ...]:
    return tuple(
        (re.compile(PLACEHOLDER.sub(r"(?P<\1>\\d+)", re.escape(row.text.en))), row.text)
        for row in withheld_reasons().values()
    )


def _decimals(quantity: Interval | Estimate) -> int:
    """Give the digits behind the point: no finer than half the interval's width."""
    if quantity.unit in WHOLE_UNITS:
        return 0
    if isinstance(quantity, Estimate):
        return MOST_DECIMALS
    half = (quantity.high - quantity.low) / 2
    if not half > 0:
        return MOST_DECIMALS
    return min(MOST_DECIMALS, max(0, -math.floor(math.log10(half))))
