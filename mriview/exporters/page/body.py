"""The elements of the page, in reading order: conclusion of both sides first, provenance last.

The words come from ``mriview.words``, the pictures from ``pictures``; here they only find their
place. Every sentence leads to the series and the coordinates that it rests on.
"""

import base64
import hashlib
from collections.abc import Iterable
from importlib.resources import files

from mriview.exporters.page.markup import Markup, element, join
from mriview.exporters.page.pictures import Sources, contact_pictures, lesion_pictures
from mriview.report import Report
from mriview.report.model_sides import Contact
from mriview.words import (
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
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{words.title}: {words.status}"),
        element("style", Markup(style)),
    )
    main = element(
        "main",
        element("div", *(_side(side, language) for side in words.sides), class_="sides"),
        _contacts(report, sources, words, language),
        _lesions(report, sources, words, language),
        *(_section(section, _definitions(section.lines, language)) for section in words.sections),
    )
    body = element("body", _header(report, words, language), main)
    return "<!doctype html>\n" + element("html", head, body, lang=language) + "\n"


def _header(report: Report, words: Wording, language: Language) -> Markup:
    keys = join(f"{phrase('pseudonym', language)} ", element("code", report.subject.pseudonym))
    digest = join(f"{phrase('sha256', language)} ", element("code", report.sha256))
    return element(
        "header",
        element("h1", words.title),
        element("p", words.status, class_="status"),
        element("p", keys, class_="hash"),
        element("p", digest, class_="hash"),
        element("p", words.research, class_="research"),
        *(element("p", text, class_="warning") for text in words.warnings),
    )


def _side(side: SideWords, language: Language) -> Markup:
    title = element(
        "h2",
        side.title,
        " ",
        element("span", side.remark),
        id=f"side-{side.id}",
    )
    concluded = [
        element("p", _linked(said), " ", _place(said, language), class_="conclusion")
        for said in side.conclusion
    ]
    answers = [
        part
        for answer in side.answers
        for part in (element("dt", answer.label), element("dd", *map(_card_sentence, answer.said)))
    ]
    return element(
        "section",
        title,
        *concluded,
        element("dl", *answers),
        class_="side",
        aria_labelledby=f"side-{side.id}",
    )


def _card_sentence(said: Said) -> Markup:
    return element("p", _linked(said))


def _linked(said: Said) -> str:
    """Give the sentence, leading to the section that says more where there is one."""
    return said.text if said.about is None else element("a", said.text, href=f"#{said.about}")


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


def _lesions(report: Report, sources: Sources, words: Wording, language: Language) -> Markup:
    held = {lesion.id: lesion for lesion in report.lesions}
    parts = [
        element(
            "article",
            element("h3", section.title),
            lesion_pictures(report, held[section.id], sources, language),
            _definitions(section.lines, language),
            id=section.id,
            class_="contact",
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
        sentences = [element("p", _linked(said), " ", _place(said, language)) for said in line.said]
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
            parts += [" · ", part] if parts else [part]
    return element("span", *parts, class_="place")
