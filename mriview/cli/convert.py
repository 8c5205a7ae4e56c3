"""``mriview convert``: the volumes under a path as NIfTI with sidecars, and what was refused.

A line a volume for people, a JSON object a line with ``--json``. A series whose voxels are cut or
corrupt is no file but a problem, and the others are written all the same.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mriview.cli.output import (
    exit_code_of,
    json_option,
    progress,
    say_json,
    say_problems,
    series_row,
    table,
    tally_line,
    trust_option,
)

if TYPE_CHECKING:
    from mriview.scans import Trust
    from mriview.workflow.convert import Conversion, Written


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder.")
@click.option(
    "--to",
    type=click.Choice(["nifti"]),
    default="nifti",
    show_default=True,
    help="Form of the scans.",
)
@click.option("--select", metavar="KEY", help="Which study, where the path holds several.")
@trust_option
@json_option
@click.pass_context
def convert(
    context: click.Context,
    path: Path,
    out: Path,
    to: str,
    select: str | None,
    trust: "Trust | None",
    as_json: bool,
) -> None:
    """Write the volumes under PATH as NIfTI with sidecars; nothing that was refused."""
    from mriview.workflow import convert as job

    del to  # the one form that there is
    exit_code = 0
    for made in _shown(job.convert(path, out, select, trust=trust)):
        _say_as_json(made, out) if as_json else _say(made)
        exit_code = max(exit_code, exit_code_of(made.problems))
    context.exit(exit_code)


def _shown(conversions: "Iterator[Conversion]") -> "Iterator[Conversion]":
    """Show on a terminal that a study is being written, and nothing while it is told."""
    while True:
        with progress("converting"):
            made = next(conversions, None)
        if made is None:
            return
        yield made


def _say(made: "Conversion") -> None:
    click.echo(f"study {made.study.key}  {tally_line(made.study.tally)}")
    table(_row(one) for one in made.written)
    if not made.written:
        click.echo("  nothing was written")
    say_problems(made.problems)


def _row(one: "Written") -> list[str]:
    volume = one.volume
    times = f" x {volume.time_points}" if volume.time_points > 1 else ""
    role = f"{volume.role.id} ({volume.role.confidence:.2f})"
    return ["  " + volume.key, role, "x".join(map(str, volume.grid.shape)) + times, str(one.nifti)]


def _say_as_json(made: "Conversion", out: Path) -> None:
    for one in made.written:
        files = [path.relative_to(out).as_posix() for path in (one.nifti, one.sidecar)]
        say_json({"study": made.study.key, **series_row(one.volume), "files": files})
    for problem in made.problems:
        say_json({"study": made.study.key, "problem": problem.as_json()})
