"""``mriview validate``: everything that is wrong with a report, each with its rule and JSON path.

Exit 0 where the report is valid (warnings may be listed), 1 where it is not.
"""

import gc
import os
from pathlib import Path

import click

from mriview.cli.output import counted, json_option, printable, say_json


@click.command()
@click.argument("report", type=click.Path(path_type=Path))
@json_option
@click.pass_context
def validate(context: click.Context, report: Path, as_json: bool) -> None:
    """Check REPORT against its schema and the rules."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no rule multiplies more than 4 x 4
    gc.disable()  # what is imported stays: to look for garbage in it is a twentieth of the time
    try:
        from mriview.report import findings_in
    finally:
        gc.enable()
    findings = findings_in(report)
    errors = sum(finding.severity == "error" for finding in findings)
    if as_json:
        listed = [finding.as_json() for finding in findings]
        say_json({"valid": not errors, "findings": listed})
        context.exit(int(bool(errors)))
    for finding in findings:
        click.echo(printable(str(finding)))
    warnings = len(findings) - errors
    counts = f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"
    click.echo(f"invalid: {counts}" if errors else "valid")
    context.exit(int(bool(errors)))
