"""``mriview replay``: the state that a review folder gives, or its commands as a script.

The record is only read: no lock is taken and no line is cut. ``--as-script`` prints what
``mriview apply`` takes; saved inside the review folder it finds the masks.
"""

from pathlib import Path

import click

from mriview.cli.output import say_json


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--as-script", is_flag=True, help="Print the commands as JSON for apply.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
@click.pass_context
def replay(context: click.Context, folder: Path, as_script: bool, as_json: bool) -> None:
    """Replay the record in FOLDER and tell what it says."""
    import json

    from mriview.review.head import read_head
    from mriview.review.record import read_events
    from mriview.review.review import history_of
    from mriview.review.script import script_of
    from mriview.review.summary import state_as_json

    head = read_head(folder)
    lines, torn = read_events(folder)
    history = history_of(lines)
    if torn:
        click.echo(f"a torn last line of {torn} bytes does not count", err=True)
    if as_script:
        click.echo(json.dumps(script_of(history, head.reader), indent=1, ensure_ascii=False))
        context.exit(0)
    state = state_as_json(history.state)
    if as_json:
        say_json({"study": head.study_key, "reader": head.reader, "state": state})
        context.exit(0)
    click.echo(f"study {head.study_key}, reader {head.reader}")
    click.echo(f"{len(history.events)} commands, {len(history.live)} in force")
    click.echo(json.dumps(state, indent=1, ensure_ascii=False))
