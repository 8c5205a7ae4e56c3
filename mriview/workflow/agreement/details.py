"""The lower part of the page: each question with the counts that its numbers rest on.

One part a question, in it one a group of readers: counts of the answers that met, or a drawing of
the differences, and every statistic. The overview above leads here; what a number means stands
below.
"""

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from mriview.exporters.page import Markup, element
from mriview.words import Language
from mriview.workflow.agreement.answers import Answered
from mriview.workflow.agreement.compare import Agreement, Comparison
from mriview.workflow.agreement.estimates import statistics
from mriview.workflow.agreement.figures import interval_text, written
from mriview.workflow.agreement.phrases import answer_words, say, spoken
from mriview.workflow.agreement.plots import differences
from mriview.workflow.agreement.sums import WordSums

LINES = ("bias_mm", "limit_low_mm", "limit_high_mm")
PAIR = 2
MAY_SCROLL = 30  # letters in a line that may be wider than a phone: then keys have to reach it
LEAST_DRAWN = 2  # a single difference is no picture


def details(found: Agreement, language: Language) -> Iterator[Markup]:
    """Give each question's part of the page.

    Parameters
    ----------
    found : Agreement
    language : {"en", "de"}
    """
    several = len(found.readings.readers) > PAIR
    for question, group in groupby(found.comparisons, key=lambda one: one.question):
        meaning = spoken(question.meaning, language)
        counted = say(f"unit_{question.unit}", language)
        yield element(
            "article",
            element("h3", spoken(question.label, language), id=f"q-{question.id}"),
            element("p", f"{meaning} {counted}", class_="small"),
            *(_comparison(one, several, language) for one in group),
            class_="article",
        )


def _comparison(one: Comparison, several: bool, language: Language) -> Markup:
    answered = one.answered
    return element(
        "div",
        element("h4", _who(answered, language)) if several else None,
        element("p", _numbers(answered, language), class_="small"),
        element("div", _picture(one, language), _statistics(one, language), class_="comparison"),
        class_="group",
    )


def _who(answered: Answered, language: Language) -> str:
    if len(answered.readers) > PAIR:
        return say("overview_all", language, count=len(answered.readers))
    first, second = answered.readers
    return say("overview_pair", language, first=first, second=second)


def _numbers(answered: Answered, language: Language) -> str:
    patients = len(set(answered.patients))
    counts = {"units": len(answered.units), "patients": patients, "incomplete": answered.incomplete}
    text = say("numbers", language, **counts)
    if answered.not_comparable:
        text += f"; {say('numbers_apart', language, apart=answered.not_comparable)}"
    return text + "."


def _picture(one: Comparison, language: Language) -> Markup | None:
    """Give the counts of two readers' answers, or the drawing of their differences."""
    answered = one.answered
    if len(answered.readers) != PAIR or not answered.units or answered.question.kind == "position":
        return None
    if answered.question.kind == "continuous":
        return _differences(one, language)
    return _counts(answered, language)


def _counts(answered: Answered, language: Language) -> Markup:
    """Count units by both answers; answers that nobody gave have no line."""
    sums, (first, second) = WordSums(answered), answered.readers
    given = np.flatnonzero(sums.table.sum(axis=0) + sums.table.sum(axis=1))
    table = sums.table[np.ix_(given, given)].astype(int)
    words = [answer_words(answered.question, sums.answers[n], language) for n in given]
    total = say("total", language)
    heads = [element("th", word, scope="col") for word in (*words, total)]
    rows = []
    for row, word in enumerate(words):
        cells = [
            element("td", str(count), class_="same" if row == column else None)
            for column, count in enumerate(table[row])
        ]
        end = element("td", str(table[row].sum()), class_="sum")
        rows.append(element("tr", element("th", word, scope="row"), *cells, end))
    ends = [element("td", str(n), class_="sum") for n in (*table.sum(axis=0), table.sum())]
    rows.append(element("tr", element("th", total, scope="row"), *ends))
    caption = say("counts_caption", language, first=first, second=second)
    made = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", element("td"), *heads)),
        element("tbody", *rows),
        class_="counts",
    )
    letters = max(map(len, words)) + sum(map(len, words))
    focus = "0" if letters > MAY_SCROLL else None
    return element("div", made, class_="scroll", tabindex=focus, role="group", aria_label=caption)


def _differences(one: Comparison, language: Language) -> Markup | None:
    values = {estimate.statistic: estimate.value for estimate in one.estimates}
    lines = [value for name in LINES if (value := values.get(name)) is not None]
    pairs = [
        (a, b) for a, b in one.answered.values if isinstance(a, float) and isinstance(b, float)
    ]
    if len(pairs) < LEAST_DRAWN or len(lines) < len(LINES):
        return None
    first, second = one.answered.readers
    text = say("difference_plot", language, first=first, second=second)
    drawn = differences(pairs, lines, text, lambda mm: written(mm, "bias_mm", language))
    return element("figure", drawn, element("figcaption", text))


def _statistics(one: Comparison, language: Language) -> Markup:
    heads = [
        element("th", say(name, language), scope="col")
        for name in ("statistic", "value", "interval")
    ]
    rows = []
    for estimate in one.estimates:
        row = statistics()[estimate.statistic]
        unit = "" if row.unit == "1" else f", {row.unit}"
        shown = estimate.value
        value = "" if shown is None else written(shown, estimate.statistic, language)
        rows.append(
            element(
                "tr",
                element("th", spoken(row.label, language) + unit, scope="row"),
                element("td", value, class_="number"),
                element("td", interval_text(estimate, language), class_="small"),
            )
        )
    return element(
        "table",
        element("thead", element("tr", *heads)),
        element("tbody", *rows),
        class_="statistics",
    )
