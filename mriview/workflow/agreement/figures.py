"""Numbers of the page as they are written: value, interval, or the reason why one is missing.

Two digits for coefficients and one for millimetres: more would claim more than readers can give.
The tables keep every digit.
"""

from mriview.exporters.page import Markup, element
from mriview.words import Language, number
from mriview.workflow.agreement.estimates import Estimate, statistics
from mriview.workflow.agreement.phrases import say
from mriview.workflow.agreement.resampling import LEAST_PATIENTS

DECIMALS = {"1": 2, "mm": 1}


def written(value: float, statistic: str, language: Language) -> str:
    """Give a value with the digits that its unit has on the page.

    Examples
    --------
    >>> written(0.8493, "ac1", "de"), written(-1.26, "limit_low_mm", "en")
    ('0,85', '-1.3')
    """
    return number(value, DECIMALS[statistics()[statistic].unit], language)


def interval_text(estimate: Estimate, language: Language) -> str:
    """Give the interval in words, or why there is none.

    Examples
    --------
    >>> interval_text(Estimate("ac1", 0.8, 0.7, 0.9), "en")
    '0.70 to 0.90'
    """
    if estimate.low is None or estimate.high is None:
        return say(estimate.reason, language, patients=LEAST_PATIENTS)
    low, high = (
        written(end, estimate.statistic, language) for end in (estimate.low, estimate.high)
    )
    return f"{low} {say('interval_to', language)} {high}"


def value_cell(estimate: Estimate, language: Language, note: str | None = None) -> Markup:
    """Give a cell with the value, a note where there is one, and the interval below."""
    value = "" if estimate.value is None else written(estimate.value, estimate.statistic, language)
    return element(
        "td",
        element("span", value, class_="number") if value else None,
        element("span", f" {note}", class_="small") if note else None,
        element("span", interval_text(estimate, language), class_="small within"),
    )


def percent(share: float, language: Language) -> str:
    """Give a share in per cent, without the sign.

    Examples
    --------
    >>> percent(0.9249, "en")
    '92'
    """
    return number(100 * share, 0, language)
