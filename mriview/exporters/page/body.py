"""The elements of the page, in reading order: conclusion of both sides first, provenance last.

The words come from ``mriview.words``, the pictures from ``pictures``; here they only find their
place. Every sentence leads to the series and the coordinates that it rests on.
"""

from collections.abc import Iterable
from dataclasses import replace
from importlib.resources import files

from mriview.exporters.page.document import document
from mriview.exporters.page.markup import Markup, element, join, style_text
from mriview.exporters.page.pictures import (
    Sources,
    contact_pictures,
    implant_pictures,
    lesion_pictures,
)
from mriview.report import Report
from mriview.report.model_sides import Contact
from mriview.words import (
    SHARED,
    Language,
    Line,
    Said,
    Section,
    SideWords,
    Wording,
    phrase,
    place_text,
    wording,
)


def page(report: Report, sources: Sources, language: Language) -> str:
    """Make the page.

    Parameters
    ----------
    report : Report
    sources : Sources
        The scans and masks, for key images.
    language : {"en", "de"}

    Returns
    -------
    str
        A whole HTML document that asks for nothing from outside.
    """
    words = wording(report, language)
    style = files("mriview.exporters.page").joinpath("page.css").read_text("utf-8")
    style += _footer(report, words, language)
    main = element(
        "main",
        _brief(words),
        element("div", *(_side(side, words) for side in words.sides), class_="sides"),
        _both(words, language),
        _contacts(report, sources, words, language),
        _implants(report, sources, words, language),
        _lesions(report, sources, words, language),
        *(
            _section(section, _definitions(section.lines, language))
            for section in words.sections
            if section.id != "implants"
        ),
    )
    title = f"{words.title}: {words.status}"
    return document(title, style, language, _header(report, words, language), main)


def _header(report: Report, words: Wording, language: Language) -> Markup:
    keys = join(f"{phrase('pseudonym', language)} ", element("code", report.subject.pseudonym))
    return element(
        "header",
        element("h1", words.title),
        element("p", words.status, class_="status"),
        element("p", keys, class_="who"),
        None if words.signed is None else element("p", words.signed, class_="who signed"),
        element(
            "div",
            *(element("p", text, class_="warning") for text in words.warnings),
            element("p", words.research, class_="research"),
            class_="bands",
        ),
    )


def _footer(report: Report, words: Wording, language: Language) -> str:
    """Give the rules that print below each page whose it is, of which report, and its number."""
    lines = [
        f"{report.subject.pseudonym} · {words.status} · {words.research}",
        f"{phrase('sha256', language)} {report.sha256}",
    ]
    whose = "\\A ".join(map(style_text, lines))
    number = style_text(f"{phrase('page_number', language)} ")
    small = 'white-space: pre; font: 7pt "DejaVu Sans", Arial, sans-serif'
    return (
        f'@page {{ @bottom-left {{ content: "{whose}"; {small} }} '
        f'@bottom-right {{ content: "{number}" counter(page) " / " counter(pages); {small} }} }}\n'
    )


def _brief(words: Wording) -> Markup:
    """Say both sides in a line each, where a screen is too narrow for both cards."""
    lines = []
    for side in words.sides:
        title = element("a", side.title, href=f"#side-{side.id}")
        here = "" if side.symptoms is None else f" ({side.symptoms})"
        lines.append(element("p", title, f"{here}: {side.brief}"))
    return element("div", *lines, class_="brief")


def _shared(words: Wording) -> tuple[Line, ...]:
    """Give the sentences beside the nerve's own answers that both sides have in the same words."""
    first, *others = ({line.id: line for line in side.answers} for side in words.sides)
    found = []
    for name in SHARED:
        texts = [_texts(one.get(name)) for one in others]
        line = first.get(name)
        said = () if line is None else line.said
        same = tuple(one for one in said if all(one.text in text for text in texts))
        if line is not None and same:
            found.append(replace(line, said=same))
    return tuple(found)


def _own(side: SideWords, words: Wording) -> tuple[Line, ...]:
    """Give the answers of a side without what is said once for both."""
    shared = {line.id: _texts(line) for line in _shared(words)}
    left = (
        replace(line, said=tuple(x for x in line.said if x.text not in shared.get(line.id, ())))
        for line in side.answers
    )
    return tuple(line for line in left if line.said)


def _texts(line: Line | None) -> tuple[str, ...]:
    return () if line is None else tuple(said.text for said in line.said)


def _both(words: Wording, language: Language) -> Markup | None:
    """Say once what is the same on both sides."""
    shared = _shared(words)
    if not shared:
        return None
    title = element("h2", phrase("both_sides", language).upper(), id="both-sides")
    answers = element("dl", *_answers(shared))
    return element("section", title, answers, class_="side both", aria_labelledby="both-sides")


def _answers(lines: Iterable[Line]) -> list[Markup]:
    return [
        part
        for line in lines
        for part in (
            element("dt", line.label),
            element("dd", *(part for x in line.said for part in (_card_sentence(x), " "))),
        )
    ]


def _side(side: SideWords, words: Wording) -> Markup:
    title = element(
        "h2",
        side.title,
        " ",
        element("span", side.remark),
        id=f"side-{side.id}",
    )
    concluded = [element("p", _linked(said), class_="conclusion") for said in side.conclusion]
    return element(
        "section",
        title,
        *concluded,
        element("dl", *_answers(_own(side, words))),
        class_="side",
        aria_labelledby=f"side-{side.id}",
    )


def _card_sentence(said: Said) -> Markup:
    text = said.text if said.text.endswith(".") else f"{said.text}."
    return element("p", _linked(Said(text, said.series, said.position_mm, said.about)))


def _linked(said: Said) -> str:
    """Give the sentence, leading to the section that says more, or to the series it rests on."""
    if said.about is not None:
        return element("a", said.text, href=f"#{said.about}")
    if said.series:
        return element("a", said.text, href=f"#series-{said.series[0]}")
    return said.text


def _contacts(report: Report, sources: Sources, words: Wording, language: Language) -> Markup:
    held: dict[str, tuple[str, Contact]] = {}
    for side, part in (("right", report.sides.right), ("left", report.sides.left)):
        held |= {contact.id: (side, contact) for contact in part.contacts}
    parts = []
    for section in words.contacts:
        side, contact = held[section.id]
        pictures = contact_pictures(report, side, contact, sources, language)
        title = element("h3", section.title)
        lines = _definitions(section.lines, language)
        parts.append(element("article", title, pictures, lines, id=section.id, class_="contact"))
    return _section(Section("contacts", phrase("contacts", language).capitalize(), ()), *parts)


def _implants(report: Report, sources: Sources, words: Wording, language: Language) -> Markup:
    held = {implant.id: implant for implant in report.implants or ()}
    found = next((section for section in words.sections if section.id == "implants"), None)
    if found is None:
        return Markup()
    parts = [
        element(
            "article",
            implant_pictures(report, held[line.id], sources, language),
            _definitions([line], language),
            id=f"implant-{line.id}",
            class_="marked",
        )
        for line in found.lines
    ]
    return _section(found, *parts)


def _lesions(report: Report, sources: Sources, words: Wording, language: Language) -> Markup:
    held = {lesion.id: lesion for lesion in report.lesions}
    parts = [
        element(
            "article",
            element("h3", section.title),
            lesion_pictures(report, held[section.id], sources, language),
            _definitions(section.lines, language),
            id=section.id,
            class_="marked",
        )
        for section in words.lesions
    ]
    return _section(Section("lesions", phrase("lesions", language).capitalize(), ()), *parts)


def _section(section: Section, *parts: Markup) -> Markup:
    """Make a section of the page; one without anything in it is left out."""
    if not parts:
        return Markup()
    title = element("h2", section.title, id=f"{section.id}-title")
    named = f"{section.id}-title"
    return element("section", title, *parts, id=section.id, class_="section", aria_labelledby=named)


def _definitions(lines: Iterable[Line], language: Language) -> Markup:
    parts = []
    for line in lines:
        sentences = [
            element(
                "p",
                said.text if said.about is None else _linked(said),
                " ",
                _place(said, language),
            )
            for said in line.said
        ]
        key = line.said[0].series[0] if line.id == "series" else None
        name = None if key is None else f"series-{key}"
        parts += [element("dt", line.label, id=name), element("dd", *sentences)]
    return element("dl", *parts)


def _place(said: Said, language: Language) -> Markup | None:
    """Say where a sentence leads; keys are links to what the page says of the series."""
    if not said.series and said.position_mm is None:
        return None
    keys = [element("a", key, href=f"#series-{key}") for key in said.series]
    where = place_text(Said("", (), said.position_mm), language)
    parts: list[str] = []
    for part in (*keys, where):
        if part:
            parts += [" · ", element("span", part)] if parts else [element("span", part)]
    return element("span", *parts, class_="place")
