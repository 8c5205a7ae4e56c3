"""``agreement.html``: how far readers agree, on one page that asks for nothing from outside.

First how it is read, then one line a question, then the counts that every number rests on. The
numbers were made before; no word here says whether one is good.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from importlib.resources import files

from mriview import __version__
from mriview.exporters.page import Markup, document, element, join
from mriview.words import Language, number, phrase
from mriview.workflow.agreement.compare import Agreement, Comparison
from mriview.workflow.agreement.details import details
from mriview.workflow.agreement.estimates import commonest_share, statistics
from mriview.workflow.agreement.figures import percent, value_cell
from mriview.workflow.agreement.phrases import say, spoken
from mriview.workflow.agreement.plots import (
    TICKS,
    goes_beyond,
    key_mark,
    values_axis,
    values_line,
)
from mriview.workflow.agreement.readings import blind_counts
from mriview.workflow.agreement.resampling import LEAST_PATIENTS, RESAMPLES

PREVALENT = 0.85  # share of one answer from which kappa is read with AC1 beside it; domain page, 9
GROUPS = ("sides", "offender", "causes")
OF_WORDS = ("nominal", "ordinal")
DRAWN = ("ac1", "kappa", "kappa_linear", "fleiss_kappa", "icc_a1")
READ = ("read_kappa", "read_paradox", "read_interval", "read_missing", "read_verdict")


def agreement_page(found: Agreement, language: Language = "en") -> str:
    """Make the page.

    Parameters
    ----------
    found : Agreement
    language : {"en", "de"}

    Returns
    -------
    str
        A whole HTML document.
    """
    style = files("mriview.workflow.agreement").joinpath("page.css").read_text("utf-8")
    shown = _shown(found)
    main = element(
        "main",
        _section("how_to_read", language, _reading(shown, language)),
        *(
            _section(f"group_{group}", language, _words_table(group, of_group, found, language))
            for group in GROUPS
            if (of_group := [one for one in shown if one.question.group == group])
        ),
        *_millimetres(shown, found, language),
        _section("details", language, *details(found, language)),
        _section("meanings", language, _meanings(language)),
    )
    title = say("title", language)
    return document(title, style, language, _header(found, language), main)


def _header(found: Agreement, language: Language) -> Markup:
    readings = found.readings
    shared = {study for study, read in readings.studies.items() if len(read) > 1}
    blind, open_ = blind_counts(readings)
    filled: dict[str, dict[str, object]] = {
        "compared": {
            "readings": len(readings.reports),
            "studies": len(readings.studies),
            "shared": len(shared),
            "patients": len({readings.patients[study] for study in shared}),
        },
        "left_out": {
            "unsigned": readings.unsigned,
            "superseded": readings.superseded,
            "alone": len(readings.studies) - len(shared),
        },
        "blinding": {"blind": blind, "open": open_},
        "intervals": {"resamples": RESAMPLES, "seed": found.seed},
    }
    facts: list[Markup] = [*_fact("readers", ", ".join(readings.readers), language)]
    for name, words in filled.items():
        facts += _fact(name, say(f"{name}_text", language, **words), language)
    known = "patients_known" if readings.patients_known else "patients_unknown"
    facts += _fact("patients", say(known, language), language)
    made = say("made_with", language, version=__version__, library=found.library)
    return element(
        "header",
        element("h1", say("title", language)),
        element("p", phrase("research", language), class_="research"),
        element("dl", *facts, *_fact("made", made, language)),
    )


def _fact(name: str, text: str, language: Language) -> Iterator[Markup]:
    yield element("dt", say(name, language))
    yield element("dd", text)


def _reading(shown: Sequence[Comparison], language: Language) -> Markup:
    drawn = (one for comparison in shown for one in comparison.estimates if one.statistic in DRAWN)
    names = (*READ, "read_arrow") if any(map(goes_beyond, drawn)) else READ
    said = [element("p", say(name, language, patients=LEAST_PATIENTS)) for name in names]
    return element("div", *said, class_="reading")


def _section(name: str, language: Language, *parts: Markup) -> Markup:
    title = element("h2", say(name, language), id=f"{name}-title")
    named = f"{name}-title"
    return element("section", title, *parts, id=name, class_="section", aria_labelledby=named)


def _shown(found: Agreement) -> list[Comparison]:
    """Give what stands in the overview: all readers together, or the two that there are."""
    wanted = len(found.readings.readers)
    return [one for one in found.comparisons if len(one.answered.readers) == wanted]


def _who(found: Agreement, language: Language) -> str:
    readers = found.readings.readers
    if len(readers) > 2:
        return say("overview_all", language, count=len(readers))
    return say("overview_pair", language, first=readers[0], second=readers[1])


def _words_table(
    group: str, shown: Sequence[Comparison], found: Agreement, language: Language
) -> Markup:
    """One line a question with words for answers: AC1 and kappa beside each other."""
    kappa = "fleiss_kappa" if len(found.readings.readers) > 2 else "kappa"
    label = {row: spoken(statistics()[row].label, language) for row in ("ac1", kappa)}
    heads = (
        ("question", say("question", language)),
        ("counted", say("counted", language)),
        ("same", spoken(statistics()["raw_agreement"].label, language)),
        ("plot", join(say("plot", language), _axis(language))),
        ("value", join(key_mark("first"), label["ac1"])),
        ("value", join(key_mark("second"), label[kappa])),
    )
    rows = [_words_row(one, kappa, language) for one in shown if one.question.kind in OF_WORDS]
    return _table(heads, rows, f"group_{group}", _who(found, language), language)


def _words_row(one: Comparison, kappa: str, language: Language) -> Markup:
    by_id = {estimate.statistic: estimate for estimate in one.estimates}
    weighted = by_id.get("kappa_linear")
    second = weighted or by_id[kappa]
    raw = by_id["raw_agreement"].value
    named = weighted is not None and weighted.value is not None
    note = say("weighted", language) if named else None
    same = "" if raw is None else f"{percent(raw, language)} %"
    return element(
        "tr",
        _question_cell(one, language),
        _counted_cell(one),
        element("td", same, class_="number"),
        element("td", values_line([("first", by_id["ac1"]), ("second", second)]), class_="plot"),
        value_cell(by_id["ac1"], language),
        value_cell(second, language, note),
    )


def _millimetres(
    shown: Sequence[Comparison], found: Agreement, language: Language
) -> Iterator[Markup]:
    """Make the section of what is measured; nothing where nothing was."""
    measured = [one for one in shown if one.question.kind == "continuous"]
    placed = [one for one in found.comparisons if one.question.kind == "position"]
    if not measured and not placed:
        return
    parts = []
    if measured:
        parts.append(_measured_table(measured, found, language))
    if placed:
        parts.append(_placed_table(placed, language))
    yield _section("group_millimetres", language, *parts)


def _measured_table(measured: Sequence[Comparison], found: Agreement, language: Language) -> Markup:
    several = len(found.readings.readers) > 2
    others = () if several else ("bias_mm", "limit_low_mm", "limit_high_mm")
    labels = [_with_unit(row, language) for row in others]
    heads = (
        ("question", say("question", language)),
        ("counted", say("counted", language)),
        ("plot", join(say("plot", language), _axis(language))),
        ("value", join(key_mark("first"), spoken(statistics()["icc_a1"].label, language))),
        *(("value", label) for label in labels),
    )
    rows = []
    for one in measured:
        by_id = {estimate.statistic: estimate for estimate in one.estimates}
        rows.append(
            element(
                "tr",
                _question_cell(one, language),
                _counted_cell(one),
                element("td", values_line([("first", by_id["icc_a1"])]), class_="plot"),
                value_cell(by_id["icc_a1"], language),
                *(value_cell(by_id[row], language) for row in others),
            )
        )
    who = _who(found, language)
    return _table(heads, rows, "group_millimetres", who, language, "millimetres")


def _placed_table(placed: Sequence[Comparison], language: Language) -> Markup:
    """One line a pair of readers: how far their marks are from each other."""
    heads = (
        ("question", say("question", language)),
        ("readers", say("readers", language)),
        ("counted", say("counted", language)),
        ("value", _with_unit("median_distance_mm", language)),
    )
    rows = []
    for one in placed:
        first, second = one.answered.readers
        who = say("overview_pair", language, first=first, second=second)
        rows.append(
            element(
                "tr",
                _question_cell(one, language),
                element("td", who),
                _counted_cell(one),
                *(value_cell(estimate, language) for estimate in one.estimates),
            )
        )
    who = spoken(statistics()["median_distance_mm"].label, language)
    return _table(heads, rows, "group_millimetres", who, language, "places")


def _with_unit(name: str, language: Language) -> str:
    row = statistics()[name]
    return f"{spoken(row.label, language)}, {row.unit}"


def _table(
    heads: Iterable[tuple[str, str]],
    rows: Sequence[Markup],
    name: str,
    who: str,
    language: Language,
    kind: str = "words",
) -> Markup:
    """Put an overview together; on a narrow screen it scrolls by itself."""
    cells = [element("th", head, scope="col", class_=f"c-{column}") for column, head in heads]
    table = element(
        "table",
        element("caption", who),
        element("thead", element("tr", *cells)),
        element("tbody", *rows),
        class_=f"overview {kind}",
    )
    text = say("wide_table", language, title=f"{say(name, language)}, {who}")
    return element("div", table, class_="scroll", tabindex="0", role="group", aria_label=text)


def _question_cell(one: Comparison, language: Language) -> Markup:
    question = one.question
    share = commonest_share(one.answered)
    note = None
    if share is not None and share > PREVALENT:
        said = say("commonest", language, percent=percent(share, language))
        note = element("span", said, class_="small within")
    link = element("a", spoken(question.label, language), href=f"#q-{question.id}")
    return element("th", link, note, scope="row")


def _counted_cell(one: Comparison) -> Markup:
    patients = len(set(one.answered.patients))
    return element("td", f"{len(one.answered.units)} ({patients})", class_="number")


def _axis(language: Language) -> Markup:
    write = partial(number, decimals=1, language=language)
    return values_axis([write(tick) for tick in TICKS])


def _meanings(language: Language) -> Markup:
    parts: list[Markup] = []
    for row in statistics().values():
        meaning = spoken(row.meaning, language)
        source = element("span", f" {row.source}.", class_="source")
        parts.append(element("dt", spoken(row.label, language)))
        parts.append(element("dd", meaning, source))
    return element("dl", *parts)
