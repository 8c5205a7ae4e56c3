"""``mriview collect``: the readings below some folders as one set of tables.

What was wrong is said on stdout, a line a code; each case stands in ``problems.jsonl``. Exit 1
where something was broken or against the rules: a table may then lack what somebody read.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mriview.cli.output import json_option, progress, say_json, table

if TYPE_CHECKING:
    from mriview.words import Language
    from mriview.workflow.collect import Collected


@click.command()
@click.argument(
    "folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder.")
@click.option(
    "--key-map",
    metavar="IDS.CSV",
    type=click.Path(path_type=Path),
    help="CSV with a column study_key and the site's own columns.",
)
@click.option("--agreement", is_flag=True, help="Compare the readers: agreement.html and CSV.")
@click.option("--language", type=click.Choice(["en", "de"]), help="Of agreement.html.")
@json_option
@click.pass_context
def collect(
    context: click.Context,
    folders: tuple[Path, ...],
    out: Path,
    key_map: Path | None,
    agreement: bool,
    language: "Language | None",
    as_json: bool,
) -> None:
    """Gather the reviews and reports below DIR... into one set of tables."""
    from mriview.workflow.collect import collect as job

    if language is not None and not agreement:
        raise click.UsageError("--language is that of the page that --agreement makes.")
    with progress("gathering"):
        made = job(folders, out, key_map, agreement=agreement, language=language or "en")
    if as_json:
        say_json(made.as_json())
    else:
        table(_listed(made))
        for name in made.left_out:
            click.echo(f"the column {name} of the key map holds paths: it is in no table", err=True)
        if agreement:
            click.echo("agreement.html and agreement.csv compare the readers")
        click.echo(str(made))
    context.exit(0 if made.is_sound else 1)


def _listed(made: "Collected") -> Iterable[list[str]]:
    """Give a line for each code: how bad it is, how often, what was found, what to do."""
    for case in made.cases:
        found = case.message if case.alike else f"{case.message} (the first of {case.times})"
        yield [f"  {case.severity}", str(case.times), case.code, f"{found}. {case.remedy}."]
