"""``mriview export``: documents of a review or of a report.

A review needs its study, since its report is built from both; a ``report.json`` needs nothing.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mriview.cli.output import json_option, printable, say_json, trust_option

if TYPE_CHECKING:
    from mriview.scans import Trust


@click.command()
@click.argument("source", metavar="REVIEW_OR_REPORT", type=click.Path(path_type=Path))
@click.option(
    "--study", "study_path", type=click.Path(path_type=Path), help="Folder or file of the scans."
)
@click.option("--select", metavar="KEY", help="Which study, where the path holds several.")
@trust_option
@click.option("--to", default="json", show_default=True, help="Formats, joined by commas.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder.")
@json_option
@click.pass_context
def export(
    context: click.Context,
    source: Path,
    study_path: Path | None,
    select: str | None,
    trust: "Trust | None",
    to: str,
    out: Path,
    as_json: bool,
) -> None:
    """Write documents of a review folder (with --study) or of a report.json."""
    from mriview.workflow.documents import export_report, export_review

    formats = [name.strip() for name in to.split(",") if name.strip()]
    if source.is_dir():
        written = export_review(source, study_path, out, formats, select, trust=trust)
    else:
        written = export_report(source, out, formats)
    errors = [finding for finding in written.findings if finding.severity == "error"]
    if as_json:
        said = {"written": [path.name for path in written.written], "status": written.status}
        listed = [finding.as_json() for finding in written.findings]
        say_json({**said, "findings": listed, "torn_bytes": written.torn_bytes})
        context.exit(int(bool(errors)))
    if written.torn_bytes:
        click.echo(f"a torn last line of {written.torn_bytes} bytes does not count", err=True)
    for path in written.written:
        click.echo(str(path))
    if written.status != "final":
        click.echo(f"the report is {written.status}: it is not signed", err=True)
    for finding in written.findings:
        click.echo(printable(str(finding)), err=True)
    context.exit(int(bool(errors)))
