"""``mriview schema``: the JSON Schema of the report, or with ``--commands`` of a script.

Both are generated from the classes that the program itself uses.
"""

import json

import click


@click.command()
@click.option("--commands", is_flag=True, help="The schema of scripts and their commands.")
@click.option("--json", "as_json", is_flag=True, help="On one line, for programs.")
def schema(commands: bool, as_json: bool) -> None:
    """Print the JSON Schema of the report."""
    if commands:
        from mriview.review.script import command_schema

        text = command_schema()
    else:
        from mriview.report import report_schema

        text = report_schema()
    click.echo(json.dumps(text, indent=None if as_json else 1, ensure_ascii=False))
