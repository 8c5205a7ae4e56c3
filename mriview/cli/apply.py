"""``mriview apply``: a script of commands into a review, all or nothing.

A refused command is named by its index and nothing is written. A folder that holds a review is
left alone unless ``--append`` is given.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mriview.cli.output import counted, json_option, progress, say_json, study_option

if TYPE_CHECKING:
    from mriview.scans import Trust


@click.command()
@click.argument("script", type=click.Path(path_type=Path))
@study_option
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    required=True,
    help="Review folder; made where it is absent.",
)
@click.option("--append", is_flag=True, help="Go on with the review that the folder holds.")
@json_option
def apply(
    script: Path,
    study_path: Path,
    select: str | None,
    trust: "Trust | None",
    folder: Path,
    append: bool,
    as_json: bool,
) -> None:
    """Apply the commands of SCRIPT (JSON) to a review of the study."""
    from mriview.review.script import apply_script, read_script
    from mriview.scans import open_study

    commands = read_script(script)
    with progress("reading the study"):
        study = open_study(study_path, select=select, trust=trust)
    with progress("applying"), apply_script(study, commands, folder, append=append) as review:
        count, torn = len(commands.commands), review.torn_bytes
        still = [item.what for item in review.open_fields()]
        signed = review.state.sign_off is not None
    if as_json:
        said = {"applied": count, "study": study.key, "signed": signed, "open": still}
        say_json({**said, "torn_bytes": torn})
        return
    if torn:
        click.echo(f"a torn last line of {torn} bytes was cut off", err=True)
    click.echo(f"{counted(count, 'command')} applied to the review of study {study.key}")
    if still and not signed:
        click.echo(f"still open: {'; '.join(still)}")
