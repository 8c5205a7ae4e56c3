"""``mriview review``: opens the reading room on a study.

The room is found by the entry point ``mriview.rooms`` when the command runs: the core knows no
window. Every change is kept in the review folder at once.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mriview.cli.output import trust_option

if TYPE_CHECKING:
    from mriview.scans import Trust


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--reader", help="Id of the reader; R1 for a new review.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Review folder; in the user's data folder, by study and reader, if left out.",
)
@click.option("--select", metavar="KEY", help="Which study, where the path holds several.")
@trust_option
@click.option("--json", "as_json", is_flag=True, help="Errors as JSON on stdout.")
def review(
    path: Path,
    reader: str | None,
    folder: Path | None,
    select: str | None,
    trust: "Trust | None",
    as_json: bool,
) -> None:
    """Open the reading room on the study under PATH."""
    del as_json  # read by main
    from mriview.workflow.room import open_in_room

    kept = open_in_room(path, reader=reader, folder=folder, select=select, trust=trust)
    click.echo(f"the reading is kept in {kept}", err=True)
