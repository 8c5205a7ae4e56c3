"""``mriview demo``: the sample studies through everything, without a window.

Leaves a folder a study with its ``report.json`` and prints where; says how to open the room.
"""

from pathlib import Path

import click

from mriview.cli.output import json_option, progress, say_json


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("mriview-demo"),
    show_default=True,
    help="Folder for studies, reviews and reports.",
)
@json_option
@click.pass_context
def demo(context: click.Context, out: Path, as_json: bool) -> None:
    """Run the sample studies from scan to report."""
    from mriview.workflow.demo import run_demo

    with progress("making and reading the sample studies"):
        results = run_demo(out)
    wrong = any(result.errors for result in results)
    if as_json:
        say_json([result.as_json() for result in results])
        context.exit(int(wrong))
    for result in results:
        click.echo(f"{result.name}: {result.summary}")
        click.echo(f"    {result.report}")
    last = results[-1]
    click.echo("\nOpen one in the reading room (pip install 'mriview[room]', or make review):")
    click.echo(f"    mriview review {last.study} --folder {last.case}   as it was read and signed")
    click.echo(f"    mriview review {last.study}   to read it yourself")
    click.echo("Research use only: the tool proposes, a person decides.")
    context.exit(int(wrong))
