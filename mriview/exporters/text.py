"""``report.txt``: the report as plain text for a RIS, at most 80 columns, the conclusion first.

The same words as on the page, in the same order. Text that a reader typed cannot pass for a
heading: it is indented, and its line breaks and control characters become spaces.
"""

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mriview.report import Report
from mriview.scans import Study
from mriview.words import Language, Line, Said, Wording, phrase, place_text, wording

COLUMNS = 80
INDENT = "  "
UNSEEN = {"Cc", "Cf", "Zl", "Zp"}  # Unicode categories that steer a display and show nothing


def report_text(report: Report, language: Language) -> str:
    """Make the text.

    Parameters
    ----------
    report : Report
    language : {"en", "de"}

    Returns
    -------
    str
        Lines of at most 80 columns.
    """
    return "\n".join(_lines(wording(report, language), language)) + "\n"


def _lines(words: Wording, language: Language) -> Iterator[str]:
    yield from _wrapped(words.title)
    yield from _wrapped(f"{phrase('status', language)}: {words.status}")
    yield from _wrapped(words.research)
    for text in words.warnings:
        yield from _wrapped(text)
    for side in words.sides:
        yield ""
        yield from _heading(f"{side.title} ({side.remark})")
        for said in side.conclusion:
            yield from _wrapped(_with_place(said, language))
        for answer in side.answers:
            text = " ".join(_ended(said.text) for said in answer.said)
            yield from _wrapped(f"{answer.label}: {text}", INDENT)
    for section in (*words.contacts, *words.lesions, *words.sections):
        yield ""
        yield from _heading(section.title)
        yield from _section(section.lines, language)


def _section(lines: Iterable[Line], language: Language) -> Iterator[str]:
    for line in lines:
        text = " ".join(_ended(_with_place(said, language)) for said in line.said)
        yield from _wrapped(f"{line.label}: {text}", INDENT)


def _with_place(said: Said, language: Language) -> str:
    where = place_text(said, language)
    return f"{said.text} [{where}]" if where else said.text


def _ended(text: str) -> str:
    return text if text.endswith((".", "]")) else text + "."


def _heading(text: str) -> Iterator[str]:
    lines = list(_wrapped(text))
    yield from lines
    yield "-" * max(map(len, lines))


def _wrapped(text: str, indent: str = "") -> Iterator[str]:
    clean = "".join(" " if unicodedata.category(sign) in UNSEEN else sign for sign in text)
    yield from textwrap.wrap(
        clean,
        COLUMNS,
        initial_indent=indent,
        subsequent_indent=indent + INDENT if indent else "",
        break_on_hyphens=False,
    ) or [""]


@dataclass(frozen=True, slots=True)
class _Text:
    language: Language = "en"
    name: str = "text"
    writes: str = "report.txt, plain text for a RIS"

    def in_language(self, language: Language) -> "_Text":
        """Give the exporter that speaks a language."""
        return _Text(language)

    def documents(
        self, report: Report, study: Study | None, masks: Path | None
    ) -> Mapping[str, bytes]:
        """Give the one file."""
        del study, masks
        return {"report.txt": report_text(report, self.language).encode()}


EXPORTER = _Text()
