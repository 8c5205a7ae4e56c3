"""What every command of a review is: frozen, strict about its arguments, read from JSON.

Here are the kinds of values that arguments have, and the two classes that commands are made of. The
commands themselves stand by what they speak of in ``commands_scans``, ``commands_marks`` and
``commands_answers``; the list of all is ``commands``.
"""

import json
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mriview.errors import GuardError
from mriview.vocabulary.ids import SeverityScaleId

Number = Annotated[float, Field(allow_inf_nan=False)]
Position = Annotated[tuple[Number, Number, Number], Field(description="Patient LPS mm")]
Row4 = tuple[Number, Number, Number, Number]
Matrix = Annotated[tuple[Row4, Row4, Row4, Row4], Field(description="Rigid, patient LPS mm")]
Span = Annotated[tuple[Number, Number], Field(description="From, to: mm along the nerve")]
Side = Literal["right", "left"]
LesionSide = Literal["right", "left", "bilateral", "midline"]
Certainty = Literal["definite", "probable", "possible"]
Assessment = Literal["contact", "no_contact", "indeterminate", "not_assessed"]
Answer = Literal["absent", "present", "indeterminate", "not_assessed"]
Touching = Literal["yes", "no", "indeterminate"]
CsfPlane = Literal["seen", "not_seen", "not_resolvable"]
SeriesKey = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(\.\d+)?$", description="Series key")]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Grade(BaseModel):
    """A grade of one scale; what is left out is the usual scale of the nerve, in its version."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    scale: SeverityScaleId | None = None
    version: str | None = None
    grade: str = Field(min_length=1, max_length=32, description="Id of a level of the scale")
    off_label: bool = Field(default=False, description="Used for a nerve it was not made for")


class Command(BaseModel):
    """One change of a review; frozen, and strict about its arguments."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    name: ClassVar[str]

    @classmethod
    def from_args(cls, args: Mapping[str, object]) -> Self:
        """Read the arguments of a JSON command.

        Raises
        ------
        GuardError
            An argument is missing, unknown or of another kind; its name and the reason are said,
            its value is not.
        """
        try:
            return cls.model_validate_json(json.dumps(args), strict=True)
        except (ValidationError, TypeError, ValueError) as error:
            raise _malformed(cls.name, error) from None

    def to_json(self) -> dict[str, object]:
        """Give the command as scripts and the log write it; what was not said is left out."""
        return {
            "command": self.name,
            "args": self.model_dump(mode="json", exclude_unset=True),
        }


class Placed(Command):
    """A command that holds positions: all are in the frame of one reference series."""

    reference: SeriesKey | None = Field(
        default=None,
        description="Series in whose frame the positions are; the review's reference if left out",
    )


class FromFile(Placed):
    """A mark that a script may name as a file instead of giving its positions."""

    file: str | None = Field(
        default=None, description="In a script: a markup of 3D Slicer (.mrk.json) below it"
    )
    point: str | None = Field(
        default=None, description="Name of the point that is meant, where the file holds several"
    )


def _malformed(name: str, error: Exception) -> GuardError:
    if not isinstance(error, ValidationError):
        found = f"{name} holds a value that JSON cannot keep"
        return GuardError("command_malformed", found, "Send numbers, words and lists of them")
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "its arguments"
    found = f"{name}: {place}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    if first["type"] == "site_row_missing":
        return GuardError(first["type"], found, "Use the file of that site, or a built-in id")
    count = error.error_count()
    return GuardError(
        "command_malformed", found, "See mriview schema --commands", {"arguments": count}
    )
