"""``mriview index``: the series under a path, from headers only, and what was refused or ignored.

One line a series for people, one JSON object a line with ``--json``. What a study can show as a
whole is said by ``mriview info``.
"""

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
    from mriview.scans import Study, Trust, Volume


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@trust_option
@json_option
@click.pass_context
def index(context: click.Context, path: Path, trust: "Trust | None", as_json: bool) -> None:
    """List the series under PATH: key, role, grid, problems, what was ignored."""
    from mriview.scans import open_batch

    with progress("reading headers"):
        studies = list(open_batch(path, trust=trust))
    _refuse_emptiness(studies)
    problems = [problem for study in studies for problem in study.problems]
    if as_json:
        for study in studies:
            for volume in study.volumes.values():
                say_json({"study": study.key, **series_row(volume)})
            for problem in study.problems:
                say_json({"study": study.key, "problem": problem.as_json()})
        context.exit(exit_code_of(problems))
    for study in studies:
        click.echo(f"study {study.key}  {tally_line(study.tally)}")
        table(_row(volume) for volume in study.volumes.values())
        say_problems(study.problems)
    context.exit(exit_code_of(problems))


def _row(volume: "Volume") -> list[str]:
    role = f"{volume.role.id} ({volume.role.confidence:.2f})"
    times = f" x {volume.time_points}" if volume.time_points > 1 else ""
    shape = "x".join(map(str, volume.grid.shape)) + times
    spacing = "x".join(f"{mm:.2f}" for mm in volume.grid.spacing_mm) + " mm"
    axes = "".join(volume.grid.letters(axis)[0] for axis in range(3))
    return ["  " + volume.key, role, volume.modality or "-", shape, spacing, axes]


def _refuse_emptiness(studies: "list[Study]") -> None:
    """Refuse a place without any scan: that is exit 3, not an empty list."""
    for study in studies:
        for problem in study.problems:
            if problem.code == "no_scan_found":
                raise problem.as_error()
