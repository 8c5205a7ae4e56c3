"""The files that a run leaves beside its database: tables, problems, what was done, where it lay.

All are made of the ledger, each whole or not at all, in an order that does not depend on which
worker was first: the same archive and readings give the same bytes. Only ``keys.csv`` holds paths.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from mriview import __version__
from mriview.errors import OutputError
from mriview.exporters.tables import dictionary, tables, write_csv
from mriview.workflow.batch.columns import RESULTS, results_table
from mriview.workflow.batch.keys import COLUMNS, KEYS, Placed, key_rows
from mriview.workflow.batch.ledger import Ledger
from mriview.workflow.batch.settings import BatchSettings

TABLES = "tables"


def leave_keys(out: Path, placed: Iterable[Placed]) -> None:
    """Write ``keys.csv``: which key lies where."""
    with _writing(out / KEYS) as page:
        write_csv(page, COLUMNS, key_rows(placed))


def leave_tables(out: Path, ledger: Ledger) -> None:
    """Write ``results.csv``, the tables of readings with their dictionary, and the problems."""
    results = results_table()
    columns = [column.name for column in results.columns]
    with _writing(out / f"{RESULTS}.csv") as page:
        write_csv(page, columns, ledger.rows(results))
    _writable(lambda: (out / TABLES).mkdir(exist_ok=True))
    for name, table in tables().items():
        with _writing(out / TABLES / f"{name}.csv") as page:
            write_csv(page, [column.name for column in table.columns], ledger.rows(table))
    with _writing(out / TABLES / "dictionary.csv") as page:
        page.write(dictionary([results]).decode())
    with _writing(out / "problems.jsonl") as page:
        page.writelines(f"{_json(said)}\n" for said in ledger.problems())


def leave_overview(out: Path, ledger: Ledger, *, finished: bool) -> None:
    """Write ``overview.html``, the page over the run."""
    from mriview.workflow.overview import RunRows, overview_of  # workers draw no page

    listed = tables()
    rows = RunRows(
        ledger.rows(results_table()),
        ledger.rows(listed["series"]),
        ledger.rows(listed["sides"]),
        ledger.problems(),
    )
    with _writing(out / "overview.html") as page:
        page.write(overview_of(rows, finished=finished).decode())


def leave_run(out: Path, settings: BatchSettings, said: Mapping[str, Any]) -> None:
    """Write ``run.json``: versions, settings without paths, counts, whether it was finished."""
    body = {
        "format": "mriview.batch",
        "format_version": "1.0",
        "software": {"name": "mriview", "version": __version__},
        "python": ".".join(map(str, sys.version_info[:3])),
        "settings": {
            "cases": len(settings.cases),
            "reviews": settings.reviews is not None,
            "trust": settings.trust,
            "headers_only": settings.headers_only,
            "secret": settings.secret is not None,
            "engine": settings.engine.partition("=")[0],
            "workers": settings.workers,
            "timeout_s": settings.timeout_s,
            "memory_bytes": settings.memory_bytes,
            "made_by": settings.made_by(),
        },
        **said,
    }
    with _writing(out / "run.json") as page:
        page.write(json.dumps(body, indent=1) + "\n")


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


@contextmanager
def _writing(path: Path) -> Iterator[TextIO]:
    """Write a file so that it is the old one, whole, or the new one, whole."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as page:
            yield page
            page.flush()
            os.fsync(page.fileno())
        part.replace(path)
    except OSError as error:
        raise _lost(error) from error
    finally:
        _writable(lambda: part.unlink(missing_ok=True))


def _writable(step: Callable[[], object]) -> None:
    try:
        step()
    except OSError as error:
        raise _lost(error) from error


def _lost(error: OSError) -> OutputError:
    return OutputError.not_writable("the tables", (error.strerror or type(error).__name__).lower())
