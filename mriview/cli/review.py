"""``mriview review``: opens the reading room on a study.

The room is found by the entry point ``mriview.rooms`` when the command runs: the core knows no
window. Every change is kept in the review folder at once.
"""

from functools import partial
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
    help="Folder of this one review; by study and reader, in --reviews, if left out.",
)
@click.option(
    "--reviews",
    type=click.Path(path_type=Path),
    help="Folder of reviews: what the reader has begun there is gone on with, and a new one goes "
    "there; the user's data folder if left out.",
)
@click.option("--select", metavar="KEY", help="Which study, where the path holds several.")
@click.option("--next", "take_next", is_flag=True, help="The study that is next for the reader.")
@trust_option
@click.option("--json", "as_json", is_flag=True, help="Errors as JSON on stdout.")
def review(
    path: Path,
    reader: str | None,
    folder: Path | None,
    reviews: Path | None,
    select: str | None,
    take_next: bool,
    trust: "Trust | None",
    as_json: bool,
) -> None:
    """Open the reading room on the study under PATH.

    PATH may be the folder that mriview batch left: --select KEY opens a study of it, --next the one
    that comes next (mriview worklist lists them, with the same --reader and --reviews).
    """
    del as_json  # read by main
    if take_next and select is not None:
        raise click.UsageError("--next and --select name two studies: give one of them")
    if folder is not None and reviews is not None:
        raise click.UsageError("--folder and --reviews both keep the reading: give one of them")
    from mriview.workflow.room import DEFAULT_READER, open_in_room
    from mriview.workflow.worklist import to_read

    next_of = (reader or DEFAULT_READER) if take_next else None
    find = partial(
        to_read, path, select, next_of, reader=reader, reviews=reviews, folder=folder, trust=trust
    )
    kept = open_in_room(find, reader=reader, folder=folder)
    click.echo(f"the reading is kept in {kept}", err=True)
