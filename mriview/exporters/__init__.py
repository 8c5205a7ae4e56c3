"""Documents that leave the house: one file a format, found by entry point ``mriview.exporters``.

An exporter turns a frozen `Report` into bytes by file name; it computes nothing and opens no scan.
Writing them whole or not at all is the matter of ``mriview.workflow.export``.
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, runtime_checkable

from mriview.exporters.json import EXPORTER as JSON_EXPORTER
from mriview.exporters.page import EXPORTER as PAGE_EXPORTER
from mriview.exporters.tables import EXPORTER as TABLES_EXPORTER
from mriview.exporters.text import EXPORTER as TEXT_EXPORTER
from mriview.report import Report
from mriview.scans import Study
from mriview.words import Language


class Exporter(Protocol):
    """What a format must offer."""

    @property
    def name(self) -> str:
        """Word after ``--to``."""
        ...

    @property
    def writes(self) -> str:
        """What it makes, in a sentence."""
        ...

    def documents(
        self, report: Report, study: Study | None, masks: Path | None
    ) -> Mapping[str, bytes]:
        """Give the files by name; the same report, the same bytes.

        ``study`` is there for pictures and ``masks`` (a review folder) for voxels; a format that
        needs neither leaves them alone.
        """
        ...


@runtime_checkable
class Spoken(Protocol):
    """What a format with words offers besides: itself in another language."""

    def in_language(self, language: Language) -> Exporter:
        """Give the exporter that speaks it."""
        ...


@cache
def exporters() -> Mapping[str, Exporter]:
    """Give every format by name, our own first; one that does not load is left out."""
    own: tuple[Exporter, ...] = (JSON_EXPORTER, PAGE_EXPORTER, TEXT_EXPORTER, TABLES_EXPORTER)
    found = {exporter.name: exporter for exporter in own}
    for point in sorted(entry_points(group="mriview.exporters"), key=lambda point: point.name):
        try:
            found.setdefault(point.name, point.load())
        except Exception:  # noqa: BLE001, S112 (whatever a plug-in raises must not stop ours)
            continue
    return found
