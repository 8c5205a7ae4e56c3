"""``mriview worklist``: what there is to read, who is how far, and which study comes next.

One line a study for people, one JSON object a line with ``--json``. Which studies there are and in
what order they come is decided in ``mriview.workflow.worklist``.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mriview.cli.output import (
    counted,
    json_option,
    printable,
    progress,
    say_json,
    table,
    trust_option,
)

if TYPE_CHECKING:
    from mriview.scans import Trust
    from mriview.workflow.worklist import SeenReview, WorklistRow

WORDS = {
    "in_progress": "in progress",
    "unread": "unread",
    "signed": "signed",
    "unreadable": "cannot be read",
}
SHOWS = {"yes": "yes", "not_yet": "not yet", "no": "no", None: "-"}
NOT_HERE = "folder not known"  # to the tables of a batch
NOT_READ_YET = "not read by the batch yet"
SOME_READERS = 5  # named in one clause


@click.command()
@click.argument("root", type=click.Path(path_type=Path))
@click.option("--reader", help="Whose list it is; of all readers if left out.")
@click.option(
    "--reviews",
    type=click.Path(path_type=Path),
    help="Folder of reviews; those in the user's data folder if left out.",
)
@click.option(
    "--status",
    type=click.Choice(["unread", "in_progress", "signed", "all"]),
    default="all",
    show_default=True,
    help="Only these; what cannot be read is listed besides.",
)
@click.option("--next", "only_next", is_flag=True, help="Only the study that comes next.")
@click.option("--show-paths", is_flag=True, help="Say where the studies lie.")
@trust_option
@json_option
@click.pass_context
def worklist(  # noqa: PLR0913, PLR0917 (click gives each option as an argument)
    context: click.Context,
    root: Path,
    reader: str | None,
    reviews: Path | None,
    status: str,
    only_next: bool,
    show_paths: bool,
    trust: "Trust | None",
    as_json: bool,
) -> None:
    """List the studies under ROOT by what is left to read.

    ROOT is the folder that mriview batch left or is leaving, or an archive of scans. The readings
    that a batch has are listed with those of the folder of reviews. mriview review ROOT --next
    opens the study that comes next.
    """
    from mriview.workflow.worklist import first_to_read, open_worklist

    with progress("reading headers"):
        found = open_worklist(root, reader, reviews, trust=trust)
    if only_next:
        row = first_to_read(found)
        shown: tuple[WorklistRow, ...] = (row,)
    else:
        kept = {status, "unreadable"}
        shown = tuple(row for row in found.rows if status == "all" or row.status in kept)
    if as_json:
        others = list(found.other_readers)
        for row in shown:
            say_json({**_as_json(row, show_paths=show_paths), "other_readers": others})
        for said in found.problems if not only_next else ():
            say_json({"problem": said})
    elif only_next:
        if found.other_readers:  # stdout is the key alone
            click.echo(_begun_by_others(reader or "", found.other_readers), err=True)
        click.echo(row.key)
        if show_paths and row.study.place is not None:
            click.echo(printable(str(row.study.place)))
    else:
        told = [_told(found.rows)]
        if found.other_readers:
            told.append(_begun_by_others(reader or "", found.other_readers))
        click.echo("; ".join(told))
        table(_line(row, mine=reader is not None, show_paths=show_paths) for row in shown)
        _say_problems((*_of_records(found.rows), *found.problems))
    bad = any(row.study.found == "failed" or _broken(row) for row in found.rows)
    context.exit(int(not only_next and (bad or bool(found.problems))))


def _told(rows: "tuple[WorklistRow, ...]") -> str:
    """Say in one line how much there is of each."""
    counts: Counter[str] = Counter(row.status for row in rows)
    parts = [f"{counts[status]} {word}" for status, word in WORDS.items() if counts[status]]
    return f"{len(rows)} {'study' if len(rows) == 1 else 'studies'}: {', '.join(parts)}"


def _begun_by_others(reader: str, others: Sequence[str]) -> str:
    """Say that a reader has begun nothing, and who has: an id may be misspelt."""
    named = ", ".join(others[:SOME_READERS])
    more = f" and {len(others) - SOME_READERS} more" if others[SOME_READERS:] else ""
    return printable(f"{reader} has begun no study here, readings are by {named}{more}")


def _line(row: "WorklistRow", *, mine: bool, show_paths: bool) -> list[str]:
    study = row.study
    contact = f"contact: {SHOWS[study.contact]}"
    told = ", ".join(study.problems) or study.code or "-"
    roles = ", ".join(study.roles) or (NOT_READ_YET if study.found == "waiting" else "no series")
    place = [str(study.place or "-")] if show_paths else []
    return ["  " + study.key, _status(row, mine=mine), roles, contact, told, *place]


def _status(row: "WorklistRow", *, mine: bool) -> str:
    """Say how far the reader is, or how far each of all readers is."""
    if row.status == "unreadable":
        return f"{WORDS[row.status]} ({row.study.code or row.study.found})"
    if mine or not row.reviews:
        return _how_far(row.reviews[0]) if row.reviews else WORDS[row.status]
    return "; ".join(f"{review.reader} {_how_far(review)}" for review in row.reviews)


def _how_far(review: "SeenReview") -> str:
    if review.code is not None:
        return f"{WORDS[review.status]} ({review.code})"
    if review.status == "in_progress":
        elsewhere = f", {NOT_HERE}" if review.known_from == "batch" else ""
        return f"{WORDS[review.status]} ({counted(review.commands, 'command')}{elsewhere})"
    return WORDS[review.status]


def _broken(row: "WorklistRow") -> bool:
    return any(review.code is not None for review in row.reviews)


def _as_json(row: "WorklistRow", *, show_paths: bool) -> dict[str, object]:
    study = row.study
    said: dict[str, object] = {
        "study": study.key,
        "status": row.status,
        "found": study.found,
        "code": study.code,
        "roles": list(study.roles),
        "can_show_contact": study.contact,
        "problems": list(study.problems),
        "reviews": [
            {
                "reader": review.reader,
                "status": review.status,
                "commands": review.commands,
                "last": review.last,
                "known_from": review.known_from,
                "code": review.code,
                "message": review.found,
                "remedy": review.remedy,
            }
            for review in row.reviews
        ],
    }
    if show_paths:
        said["path"] = str(study.place) if study.place is not None else None
    return said


def _of_records(rows: "Iterable[WorklistRow]") -> Iterator[dict[str, Any]]:
    """Give what is wrong with the records that lines name by a code."""
    for row in rows:
        for review in row.reviews:
            if review.code is not None:
                yield {"code": review.code, "message": review.found, "remedy": review.remedy}


def _say_problems(problems: Sequence[dict[str, Any]]) -> None:
    """Say each kind of trouble with reviews once, with how often."""
    counts = Counter(str(said["code"]) for said in problems)
    for code, number in counts.items():
        first = next(said for said in problems if said["code"] == code)
        times = f" ({number} times)" if number > 1 else ""
        click.echo(printable(f"  {code}: {first['message']}. {first['remedy']}.{times}"))
