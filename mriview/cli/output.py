"""How commands speak: options that several share, lines for people, and JSON for programs.

Progress goes to stderr and only to a terminal; results go to stdout. What is said is decided by
each command.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from mriview.scans import Tally, Volume
    from mriview.values import Problem

_F = TypeVar("_F", bound=Callable[..., Any])

SOME = 12  # lines of one kind before the rest is counted


def json_option(command: _F) -> _F:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")(command)


def study_option(command: _F) -> _F:
    """Add ``--study``, ``--select`` and ``--trust``."""
    command = trust_option(command)
    command = click.option(
        "--select", metavar="KEY", help="Which study, where the path holds several."
    )(command)
    return click.option(
        "--study",
        "study_path",
        type=click.Path(path_type=Path),
        required=True,
        help="Folder or file of the scans.",
    )(command)


def trust_option(command: _F) -> _F:
    """Add ``--trust``."""
    return click.option(
        "--trust",
        type=click.Choice(["sform", "qform"]),
        help="Which matrix to believe of NIfTI files whose two disagree; else they are refused.",
    )(command)


def say_json(value: object) -> None:
    """Print one JSON value on one line."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    click.echo(text.encode("utf-8", "backslashreplace").decode())  # a lone surrogate as \\udxxx


def series_row(volume: "Volume") -> dict[str, object]:
    """Give one series as ``--json`` prints it."""
    return {
        "key": volume.key,
        "modality": volume.modality,
        "role": volume.role.id,
        "role_confidence": volume.role.confidence,
        "shape": list(volume.grid.shape),
        "spacing_mm": list(volume.grid.spacing_mm),
        "time_points": volume.time_points,
        "problems": [problem.code for problem in volume.problems],
    }


def say_problems(problems: Iterable["Problem"]) -> None:
    """Print problems for people, each sentence once: errors, warnings, then what was ignored."""
    listed = list(problems)
    for severity, word in (("error", "error"), ("warning", "warning"), ("info", "ignored")):
        said: dict[str, list[str]] = {}
        for problem in listed:
            if problem.severity == severity:
                where = [problem.where] if problem.where and severity != "info" else []
                said.setdefault(printable(str(problem)), []).extend(where)
        for text, keys in list(said.items())[:SOME]:
            named = f"{', '.join(dict.fromkeys(keys))}  " if keys else ""
            click.echo(f"  {word:7}  {named}{text}")
        if len(said) > SOME:
            click.echo(f"  {word:7}  and {len(said) - SOME} more (--json lists all)")


def tally_line(tally: "Tally") -> str:
    """Say how every file was accounted for."""
    return (
        f"{counted(tally.found, 'file')}: {tally.loaded} loaded, {tally.refused} refused, "
        f"{tally.ignored} ignored"
    )


def counted(number: int, thing: str) -> str:
    """Say how many of a thing there are.

    Examples
    --------
    >>> counted(1, "lesion"), counted(0, "lesion")
    ('1 lesion', '0 lesions')
    """
    return f"{number} {thing}{'' if number == 1 else 's'}"


def exit_code_of(problems: Iterable["Problem"]) -> int:
    """Give 1 where something that may be a scan was refused, else 0."""
    return int(any(problem.severity == "error" for problem in problems))


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Show on a terminal that something takes its time."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


def table(rows: Iterable[Iterable[object]]) -> None:
    """Print rows in columns, without lines that a screen reader would read."""
    texts = [[printable(str(cell)) for cell in row] for row in rows]
    if not texts:
        return
    widths = [max(len(row[n]) for row in texts) for n in range(len(texts[0]))]
    for row in texts:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def printable(text: str) -> str:
    """Keep terminal escapes that came from a file away from the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
