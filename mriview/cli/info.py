"""``mriview info``: one page on a study: what it holds, what it can show and what it cannot.

The gates are those of the reading: what is said here to be closed will be refused there.
"""

from collections.abc import Iterator, Sequence
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
    from mriview.review import Answerable, Question
    from mriview.scans import Study, Trust, Volume

ROUNDING_MM = 0.01


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
    review = open_review(study)
    asked = [question for question in review.questions() if question.mandatory]
    if as_json:
        say_json(_as_json(study, review.answerable(), asked))
        context.exit(exit_code_of(study.problems))
    click.echo(f"study {study.key}")
    click.echo(tally_line(study.tally))
    click.echo("\ncan these scans answer the question?")
    parts, labels = vocabulary.completeness(), vocabulary.conditions()
    for part in review.answerable():
        verdict = part.verdict.replace("_", " ")
        click.echo(f"  {parts[part.part].label.en}: {verdict}: {part.why}")
    click.echo("\nseries")
    for volume in study.volumes.values():
        size = "x".join(f"{mm:.2f}" for mm in volume.grid.spacing_mm)
        click.echo(f"  {volume.key}  {_role(volume)}  {size} mm")
        for line in (*volume.role.reasons, *_shows(volume)):
            click.echo(f"            {line}")
    click.echo(f"  reference: {study.default_reference() or 'none'}")
    click.echo("\nother causes (mandatory): can these scans say 'looked for, not seen'?")
    for question in asked:
        click.echo(f"  {labels[question.condition].label.en}: {_verdict(question)}")
    click.echo("\nrefused, flagged, ignored")
    say_problems(study.problems)
    if not study.problems:
        click.echo("  nothing")
    click.echo("\nResearch use only.")
    context.exit(exit_code_of(study.problems))


def _role(volume: "Volume") -> str:
    """Say the proposed role: its id, its name, how sure it is, and that a person confirms it."""
    from mriview import vocabulary
    from mriview.vocabulary import constant

    role = volume.role
    asks = "" if role.confidence >= constant("role_confidence_min") else ", to be confirmed"
    name = vocabulary.roles()[role.id].label.en
    return f"{role.id}: {name} ({role.confidence:.2f}{asks})"


def _shows(volume: "Volume") -> Iterator[str]:
    """Say what such a series shows and cannot show, and what its voxels are judged by."""
    from mriview import vocabulary

    role = vocabulary.roles()[volume.role.id]
    if role.shows:
        yield f"shows {role.shows}"
    if role.cannot_show:
        yield f"cannot show {role.cannot_show}"
    acquired = volume.acquired_voxel_mm
    if acquired is None:
        yield "acquired size of the voxels unknown: judged as they are stored"
    elif max(acquired) > max(volume.grid.spacing_mm) + ROUNDING_MM:
        size = "x".join(f"{mm:.2f}" for mm in acquired)
        yield f"acquired with voxels of {size} mm, and judged by them"


def _verdict(question: "Question") -> str:
    if question.allows_absent:
        return "yes"
    if question.derived:
        return f"no: {question.why}"
    return f"not yet: {question.why}"


def _as_json(
    study: "Study", parts: "Sequence[Answerable]", asked: "list[Question]"
) -> dict[str, object]:
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
        "answerable": [
            {"part": part.part, "verdict": part.verdict, "why": part.why} for part in parts
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
