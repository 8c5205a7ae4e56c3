"""``mriview info``: one page on a study: what it holds, what it can show and what it cannot.

The gates are those of the reading: what is said here to be closed will be refused there.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mriview.cli.output import (
    exit_code_of,
    json_option,
    progress,
    say_json,
    say_problems,
    series_row,
    tally_line,
    trust_option,
)

if TYPE_CHECKING:
    from mriview.review import Question
    from mriview.scans import Study, Trust


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--select", metavar="KEY", help="Which study, where the path holds several.")
@trust_option
@json_option
@click.pass_context
def info(
    context: click.Context, path: Path, select: str | None, trust: "Trust | None", as_json: bool
) -> None:
    """Tell what the study under PATH holds, what it can show, and what was refused."""
    from mriview import vocabulary
    from mriview.review import open_review
    from mriview.scans import open_study

    with progress("reading headers"):
        study = open_study(path, select=select, trust=trust)
    asked = [question for question in open_review(study).questions() if question.mandatory]
    if as_json:
        say_json(_as_json(study, asked))
        context.exit(exit_code_of(study.problems))
    click.echo(f"study {study.key}")
    click.echo(tally_line(study.tally))
    click.echo("\nseries")
    for volume in study.volumes.values():
        size = "x".join(f"{mm:.2f}" for mm in volume.grid.spacing_mm)
        click.echo(f"  {volume.key}  {volume.role.id} ({volume.role.confidence:.2f})  {size} mm")
        for reason in volume.role.reasons:
            click.echo(f"            {reason}")
    click.echo(f"  reference: {study.default_reference() or 'none'}")
    click.echo("\nother causes (mandatory): can these scans say 'looked for, not seen'?")
    labels = vocabulary.conditions()
    for question in asked:
        click.echo(f"  {labels[question.condition].label.en}: {_verdict(question)}")
    click.echo("\nrefused, flagged, ignored")
    say_problems(study.problems)
    if not study.problems:
        click.echo("  nothing")
    click.echo("\nResearch use only.")
    context.exit(exit_code_of(study.problems))


def _verdict(question: "Question") -> str:
    if question.allows_absent:
        return "yes"
    if question.derived:
        return f"no: {question.why}"
    return f"not yet: {question.why}"


def _as_json(study: "Study", asked: "list[Question]") -> dict[str, object]:
    tally = study.tally
    return {
        "study": study.key,
        "files": {
            "found": tally.found,
            "loaded": tally.loaded,
            "refused": tally.refused,
            "ignored": tally.ignored,
        },
        "reference": study.default_reference(),
        "series": [
            {**series_row(volume), "role_reasons": list(volume.role.reasons)}
            for volume in study.volumes.values()
        ],
        "conditions": [
            {
                "condition": q.condition,
                "allows_absent": q.allows_absent,
                "derived": q.answer if q.derived else None,
                "why": q.why,
            }
            for q in asked
        ],
        "problems": [problem.as_json() for problem in study.problems],
    }
