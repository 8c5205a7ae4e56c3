"""``mriview export``: documents of a review or of a report.

Pictures of a review need its study; its data does not, nor does a ``report.json``.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mriview.cli.output import json_option, printable, say_json, trust_option

if TYPE_CHECKING:
    from mriview.scans import Trust
    from mriview.words import Language


@click.command()
@click.argument("source", metavar="REVIEW_OR_REPORT", type=click.Path(path_type=Path))
@click.option(
    "--study", "study_path", type=click.Path(path_type=Path), help="Folder or file of the scans."
)
@click.option("--select", metavar="KEY", help="Which study, where the path holds several.")
@trust_option
@click.option("--to", default="json", show_default=True, help="Formats, joined by commas.")
@click.option(
    "--language",
    type=click.Choice(["en", "de"]),
    default="en",
    show_default=True,
    help="Of what people read.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder.")
@json_option
@click.pass_context
def export(  # noqa: PLR0913, PLR0917 (click gives each option as an argument)
    context: click.Context,
    source: Path,
    study_path: Path | None,
    select: str | None,
    trust: "Trust | None",
    to: str,
    language: "Language",
    out: Path,
    as_json: bool,
) -> None:
    """Write documents of a review folder (pictures need --study) or of a report.json."""
    from mriview.workflow.documents import export_report, export_review

    formats = [name.strip() for name in to.split(",") if name.strip()]
    if source.is_dir():
        written = export_review(
            source, study_path, out, formats, select, trust=trust, language=language
        )
    else:
        written = export_report(source, out, formats, language=language)
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
    if written.status not in {"final", "amended"}:
        click.echo(f"the report is {written.status}: it is not signed", err=True)
    for finding in written.findings:
        click.echo(printable(str(finding)), err=True)
    context.exit(int(bool(errors)))
