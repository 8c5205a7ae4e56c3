"""``mriview batch``: every study of an archive, a row and a report each, whatever happens.

Progress goes to a terminal; what was done is the last line, or one JSON object with ``--json``.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mriview.cli.output import counted, json_option, say_json, trust_option

if TYPE_CHECKING:
    from types import FrameType

    from mriview.scans import Trust
    from mriview.workflow.batch import BatchSettings, Summary, Tell
    from mriview.workflow.batch import Progress as Told

SOME_FAILED = 3  # named in the last line
WORDS = {"reported": "reported", "no_scan": "without a scan", "failed": "failed", "gone": "gone"}

MIB = 2**20


@click.command()
@click.argument("root", type=click.Path(path_type=Path))
@click.argument("others", nargs=-1, metavar="", type=click.UNPROCESSED)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the tables.")
@click.option(
    "--cases",
    metavar="GLOB",
    multiple=True,
    help="Open each match below ROOT by itself; in quotes, and as often as wanted.",
)
@click.option(
    "--reviews",
    type=click.Path(path_type=Path),
    help="Folder with reviews: a study that was read gets its reading.",
)
@click.option(
    "--workers", type=click.IntRange(min=0), help="Processes; as many as cores by default."
)
@click.option("--resume", is_flag=True, help="Go on in --out: only what is missing or changed.")
@click.option(
    "--headers-only", is_flag=True, help="Leave voxels unread: cut ones are not seen then."
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="Of one study.",
)
@click.option(
    "--memory",
    type=click.IntRange(min=256),
    metavar="MIB",
    help="Of one worker; a share of this computer's by default.",
)
@click.option(
    "--engine",
    default="local",
    show_default=True,
    metavar="NAME",
    help="Where workers run: local, dask, dask=ADDRESS.",
)
@trust_option
@json_option
@click.pass_context
def batch(  # noqa: PLR0913, PLR0917 (click gives each option as an argument)
    context: click.Context,
    root: Path,
    others: tuple[str, ...],
    out: Path,
    cases: tuple[str, ...],
    reviews: Path | None,
    workers: int | None,
    resume: bool,
    headers_only: bool,
    timeout: float,
    memory: int | None,
    engine: str,
    trust: "Trust | None",
    as_json: bool,
) -> None:
    """Read every study below ROOT: a row and a report each, into the folder OUT."""
    if others:  # a shell wrote out a pattern; what it names may be names of people
        number = counted(len(others), "path")
        said = f"{number} too many: quote the pattern, as in --cases '*'"
        raise click.UsageError(said)
    from mriview.workflow.executors.local import begin_workers_early, cores

    count = cores() if workers is None else workers
    if engine == "local":
        begin_workers_early(count, ["mriview.workflow.batch.reading"])
    from mriview.workflow.batch import BatchSettings, default_memory_bytes

    settings = BatchSettings(
        root=root,
        out=out,
        cases=cases,
        reviews=reviews,
        trust=trust,
        headers_only=headers_only,
        workers=count,
        engine=engine,
        timeout_s=timeout,
        memory_bytes=memory * MIB if memory else default_memory_bytes(count),
        resume=resume,
    )
    with _ended_softly(), _shown() as tell:
        summary = _run(settings, tell)
    bad = bool(summary.errors or summary.studies.get("failed"))
    if as_json:
        counts = summary._asdict()
        first = {"studies": counts.pop("studies"), "read_this_time": counts.pop("read")}
        failed = [{"study": key, "code": code} for key, code in counts.pop("failed")]
        say_json({**first, **counts, "failed": failed})
    else:
        click.echo(_told(summary))
    context.exit(int(bad))


def _told(summary: "Summary") -> str:
    """Say in one line what was done."""
    total = sum(summary.studies.values())
    parts = []
    for status, word in WORDS.items():
        number = summary.studies.get(status, 0)
        if status == "failed" and number:
            some = ", ".join(f"{key} {code}" for key, code in summary.failed[:SOME_FAILED])
            more = ", ..." if number > SOME_FAILED else ""
            word = f"{word} ({some}{more})"  # noqa: PLW2901 (one of them says more)
        if number:
            parts.append(f"{number} {word}")
    before = total - summary.read
    again = f"; {before} of them by an earlier run" if before else ""
    readings = f"; {counted(summary.readings, 'reading')}" if summary.readings else ""
    if summary.reviews_elsewhere:
        readings += f"; {counted(summary.reviews_elsewhere, 'review')} of studies that are not here"
    told = [
        counted(number, word)
        for number, word in ((summary.errors, "error"), (summary.warnings, "warning"))
        if number
    ]
    refused = f"; {', '.join(told)} (problems.jsonl)" if told else ""
    studies = f"{total} {'study' if total == 1 else 'studies'}"
    return f"{studies}: {', '.join(parts)}{again}{readings}{refused}"


def _run(settings: "BatchSettings", tell: "Tell") -> "Summary":
    """Run, and say of an interruption how far it came and how to go on."""
    from mriview.workflow.batch import batch

    far = "studies were still being found"

    def heard(progress: "Told") -> None:
        nonlocal far
        if progress.stage == "reading":
            far = f"{progress.done} of {progress.total} studies are done"
        tell(progress)

    try:
        return batch(settings, heard)
    except KeyboardInterrupt:
        click.echo(f"{far}; the same command with --resume goes on", err=True)
        raise


@contextmanager
def _shown() -> "Iterator[Tell]":
    """Show on a terminal how far the run is, how fast, and how long it will take."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        line = shown.add_task("finding studies", total=None, rate="")
        stage = "finding"

        def tell(progress: "Told") -> None:
            nonlocal line, stage
            if progress.stage != stage:
                shown.remove_task(line)
                line = shown.add_task("reading studies", total=progress.total, rate="")
                stage = progress.stage
            speed = shown.tasks[0].speed
            unit = "files" if stage == "finding" else "studies"
            failed = f", {progress.failed} failed" if progress.failed else ""
            rate = f"{speed:.1f} {unit}/s{failed}" if speed else failed.lstrip(", ")
            shown.update(line, completed=progress.done, rate=rate)

        yield tell


@contextmanager
def _ended_softly() -> "Iterator[None]":
    """Let a scheduler that ends the job be heard like Ctrl+C: what is safe is written."""

    def interrupted(number: int, frame: "FrameType | None") -> None:
        del number, frame
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
