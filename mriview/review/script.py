"""Scripts of commands: read from JSON, applied all or nothing, and written from a record.

A script is what a reader did, in the same words as the room and the log. Masks and markups that are
named as files below the script enter the review by their content (``imports``). What a command does
is not known here.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mriview.errors import GuardError, InputError, MriviewError, RecordError
from mriview.geometry import Grid
from mriview.review.commands import COMMANDS, Command, SetMask, command_from_json
from mriview.review.guards import refuse_unknown_series
from mriview.review.head import is_review, refuse_reader
from mriview.review.history import History
from mriview.review.imports import read_file_of
from mriview.review.record import has_events, take_back
from mriview.review.review import Review, open_review
from mriview.scans import Study
from mriview.values.strict_json import read_json
from mriview.vocabulary.site import with_site

FORMAT, FORMAT_VERSION = "mriview.script", "1.0"


@dataclass(frozen=True, slots=True)
class Script:
    """Commands of one reader, with the folder below which their files lie."""

    reader: str
    commands: tuple[Command, ...]
    times: tuple[str | None, ...]
    folder: Path = field(default_factory=Path)


def read_script(path: Path) -> Script:
    """Read a script file.

    Raises
    ------
    InputError
        The file is absent, no JSON, or no script of this version.
    GuardError
        A command is malformed; its index is named. Or the reader is no name.
    """
    try:
        text, twice = read_json(path.read_bytes())
    except (OSError, ValueError) as error:
        found = "the script is absent, no JSON, or nested without end"
        raise InputError("script_unreadable", found, "Name a JSON file") from error
    if twice:
        found = f"a key of the script is given twice ({len(twice)} such keys)"
        raise InputError("script_unreadable", found, "Keep one of them", where=twice[0])
    if not isinstance(text, dict) or text.get("format") != FORMAT:
        found = "the file is no mriview.script"
        raise InputError("script_unreadable", found, 'Begin it with "format": "mriview.script"')
    if (
        str(text.get("format_version", "")).split(".")[0]
        != FORMAT_VERSION.split(".", maxsplit=1)[0]
    ):
        found = "the script is of a version that this program does not know"
        raise InputError("script_version", found, "Update mriview")
    reader, items = text.get("reader"), text.get("commands")
    unknown = set(text) - {"format", "format_version", "reader", "commands"}
    if not isinstance(reader, str) or not isinstance(items, list) or unknown:
        found = "a script has a reader, a list of commands and nothing else"
        raise InputError("script_unreadable", found, "Write both keys and no others")
    refuse_reader(reader)
    commands = tuple(_indexed(index, item) for index, item in enumerate(items))
    times = tuple(_time(index, item.get("time")) for index, item in enumerate(items))
    return Script(reader, commands, times, path.resolve().parent)


def apply_script(
    study: Study, script: Script, folder: Path | None = None, *, append: bool = False
) -> Review:
    """Apply a script to a new review, or with ``append`` to the one that the folder holds.

    All commands are checked on a copy first: where one is refused nothing is written, no mask
    either. A folder that was made and could not be filled is taken back. A review without a single
    command, such as one that was killed before its first, is no obstacle.

    Returns
    -------
    Review
        Open; close it when done.

    Raises
    ------
    GuardError
        A command is refused; ``where`` names its index.
    RecordError
        The folder holds a review and ``append`` is not set, or it is another reader's.
    """
    if folder is not None and has_events(folder) and not append:
        found = "the folder holds a review"
        raise RecordError("review_exists", found, "Choose a new folder, or --append to go on")
    if folder is not None and is_review(folder):
        review = open_review(study, script.reader, folder)
        try:
            return _sent(review, script, *_tried(review, script))
        except BaseException:
            review.close()
            raise
    draft, commands = _tried(open_review(study, script.reader), script)
    if folder is None:
        return draft
    made = not folder.exists()
    review = open_review(study, script.reader, folder)
    try:
        return _sent(review, script, draft, commands)
    except BaseException:  # an interruption, too, leaves the folder as it was
        review.close()
        take_back(folder, made=made)
        raise


def script_of(history: History, reader: str) -> dict[str, object]:
    """Give a record as a script for ``apply``; masks are named by their place in the record.

    Undone commands stay in it, with the undo that took them back: the script tells what was done.
    """
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "reader": reader,
        "commands": [
            {**_as_script(event.command), "time": event.stamp.time} for event in history.events
        ],
    }


def command_schema() -> dict[str, object]:
    """Give the JSON Schema of a script, generated from the frozen command classes."""
    definitions: dict[str, object] = {}
    variants = []
    for name, kind in COMMANDS.items():
        args = kind.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(args.pop("$defs", {}))
        variants.append(
            {
                "type": "object",
                "title": name,
                "description": args.pop("description", ""),
                "properties": {
                    "command": {"const": name},
                    "args": {key: value for key, value in args.items() if key != "title"},
                    "time": {"type": ["string", "null"], "description": "ISO 8601"},
                },
                "required": ["command", "args"] if args.get("required") else ["command"],
                "additionalProperties": False,
            }
        )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": with_site(f"urn:mriview:script:{FORMAT_VERSION}"),
        "title": FORMAT,
        "type": "object",
        "properties": {
            "format": {"const": FORMAT},
            "format_version": {"const": FORMAT_VERSION},
            "reader": {"type": "string"},
            "commands": {"type": "array", "items": {"oneOf": variants}},
        },
        "required": ["format", "format_version", "reader", "commands"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _time(index: int, value: object) -> str | None:
    if value is None:
        return None
    try:
        if isinstance(value, str) and value.isascii() and value.isprintable():
            datetime.fromisoformat(value)
            return value
    except ValueError:
        pass
    found = "a time that is not ISO 8601"
    remedy = "Write 2026-01-31T12:00:00+00:00, or leave it out"
    raise GuardError("time_malformed", found, remedy, where=f"commands[{index}]")


def _tried(review: Review, script: Script) -> tuple[Review, list[Command]]:
    """Send a script to a draft of the review; give the draft, and the commands once read."""
    draft = review.draft()
    commands = [
        _indexed(index, command, lambda item: _read_file(draft, script.folder, item))
        for index, command in enumerate(script.commands)
    ]
    draft.apply_all(commands, script.times)
    return draft, commands


def _sent(review: Review, script: Script, draft: Review, commands: list[Command]) -> Review:
    """Send a script that was tried; its masks are kept before the commands that name them."""
    for command in commands:
        if isinstance(command, SetMask) and command.sha256 is not None:
            review.store(draft.mask(command.sha256), command.series)
    review.apply_all(commands, script.times)
    return review


def _read_file(draft: Review, folder: Path, command: Command) -> Command:
    """Read the file that a command of a script names; it then holds what the file said."""

    def grid_of(key: str) -> Grid:
        refuse_unknown_series(draft.study, key)
        return draft.study.volumes[key].grid

    return read_file_of(command, folder, grid_of, draft.store)


def _as_script(command: Command) -> dict[str, Any]:
    item = command.to_json()
    if isinstance(command, SetMask):
        args = dict(command.model_dump(mode="json", exclude_unset=True))
        args["file"] = f"masks/{args.pop('sha256')}.nii.gz"
        item["args"] = args
    return item


def _indexed(index: int, item: Any, read: Any = command_from_json) -> Command:
    try:
        command: Command = read(item)
    except MriviewError as error:
        error.where = f"commands[{index}]"
        error.evidence.setdefault("index", index)
        raise
    return command
