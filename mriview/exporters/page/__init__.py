"""``report.html``: the report as one self-contained page, for people who decide.

The words are those of ``mriview.words``; the page has no script, asks for nothing from outside,
and says so by its content policy. With the study it shows key images, without it says why not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mriview.exporters.page.body import page
from mriview.exporters.page.document import document
from mriview.exporters.page.markup import Markup, element, join
from mriview.exporters.page.pictures import Sources, sources_of
from mriview.report import Report
from mriview.scans import Study
from mriview.words import Language

__all__ = ["EXPORTER", "Markup", "Sources", "document", "element", "join", "page", "sources_of"]


@dataclass(frozen=True, slots=True)
class _Page:
    language: Language = "en"
    name: str = "html"
    writes: str = "report.html, the page for people, with key images where the study is given"

    def in_language(self, language: Language) -> "_Page":
        """Give the exporter that speaks a language."""
        return _Page(language)

    def documents(
        self, report: Report, study: Study | None, masks: Path | None
    ) -> Mapping[str, bytes]:
        """Give the one file."""
        sources = sources_of(report, study, masks)
        return {"report.html": page(report, sources, self.language).encode()}


EXPORTER = _Page()
