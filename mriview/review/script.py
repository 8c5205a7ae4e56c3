"""Scripts of commands: read from JSON, applied all or nothing, and written from a record.

A script is what a reader did, in the same words as the room and the log. Masks are named as NIfTI
files below the script and enter the review by their content. What a command does is not known here.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mriview.errors import GuardError, InputError, MriviewError, RecordError
from mriview.review.commands import COMMANDS, Command, SetMask, Undo, command_from_json
from mriview.review.history import History
from mriview.review.record import is_review
from mriview.review.review import Review, open_review
from mriview.scans import Study
from mriview.values import Mask

FORMAT, FORMAT_VERSION = "mriview.script", "1.0"


@dataclass(frozen=True, slots=True)
class Script:
    """Commands of one reader, with the folder below which their mask files lie."""

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
        A command is malformed; its index is named.
    """
    try:
        text = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        found = "the script is absent or no JSON"
        raise InputError("script_unreadable", found, "Name a JSON file") from error
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
    commands = tuple(_indexed(index, item) for index, item in enumerate(items))
    times = tuple(_time(index, item.get("time")) for index, item in enumerate(items))
    return Script(reader, commands, times, path.resolve().parent)


def apply_script(
    study: Study, script: Script, folder: Path | None = None, *, append: bool = False
) -> Review:
    """Apply a script to a new review, or with ``append`` to the one that the folder holds.

    All commands are checked on a copy first: where one is refused nothing is written.

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
    there = folder is not None and is_review(folder)
    if there and not append:
        found = "the folder holds a review"
        raise RecordError("review_exists", found, "Choose a new folder, or --append to go on")
    if not there:
        with open_review(study, script.reader) as draft:
            _send(draft, script)
            if folder is None:
                return draft
    review = open_review(study, script.reader, folder)
    try:
        _send(review, script)
    except MriviewError:
        review.close()
        raise
    return review


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
        "$id": f"urn:mriview:script:{FORMAT_VERSION}",
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
    try:
        if value is not None:
            datetime.fromisoformat(str(value))
    except ValueError:
        found = "a time that is not ISO 8601"
        remedy = "Write 2026-01-31T12:00:00+00:00, or leave it out"
        raise GuardError("time_malformed", found, remedy, where=f"commands[{index}]") from None
    return None if value is None else str(value)


def _send(review: Review, script: Script) -> None:
    offset = len(review.history.events)
    commands = [
        _indexed(index, command, lambda item: _stored(review, script.folder, item, offset))
        for index, command in enumerate(script.commands)
    ]
    review.apply_all(commands, script.times)


def _stored(review: Review, folder: Path, command: Command, offset: int) -> Command:
    """Put the mask of a script into the review, and count undo from the script's start."""
    if isinstance(command, Undo) and command.seq is not None:
        return command.model_copy(update={"seq": command.seq + offset})
    if not isinstance(command, SetMask) or command.file is None:
        return command
    path = (folder / command.file).resolve()
    if not path.is_relative_to(folder):
        found = "the mask file lies outside the script's folder"
        raise GuardError("mask_outside", found, "Put it beside or below the script")
    sha256 = review.store(Mask.from_nifti(path), command.series)
    said = {name: getattr(command, name) for name in command.model_fields_set - {"file"}}
    return SetMask(**{**said, "sha256": sha256})


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


def dump_script(commands: Iterable[Mapping[str, object]], reader: str) -> str:
    """Write commands in their JSON form as the text of a script file."""
    text = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "reader": reader,
        "commands": list(commands),
    }
    return json.dumps(text, indent=1) + "\n"
