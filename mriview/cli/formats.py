"""``mriview formats``: what is read and written here, and what to do where something is missing.

Format readers and exporters are found by their entry points; one that does not load is listed.
"""

import click

from mriview.cli.output import json_option, say_json, table


@click.command()
@json_option
def formats(as_json: bool) -> None:
    """List what can be read and written here."""
    from mriview.workflow.formats import known_formats

    listed = known_formats()
    if as_json:
        say_json([row.as_json() for row in listed])
        return
    table([row.direction, row.name, row.what, row.remedy or "ready"] for row in listed)
