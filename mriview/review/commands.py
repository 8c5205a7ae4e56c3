"""The words in which a review is written: one frozen class a command, and their JSON form.

``{"command": "set_midline", "args": {"position": [0, 10, -20]}}`` is read into `SetMidline` and
back; the JSON Schema is generated from the same classes. The room, scripts and the log on disk all
send these. What a command does to the state is in ``transitions``, when it is refused in
``guards``, and what the tool adds to it (ids, measured values) in ``completion``.
"""

import json
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mriview.errors import GuardError
from mriview.vocabulary.ids import (
    ConditionId,
    LandmarkId,
    LimitId,
    MorphologyId,
    NerveId,
    RoleId,
    StructureId,
    SyndromeId,
    VesselId,
)

Number = Annotated[float, Field(allow_inf_nan=False)]
Position = Annotated[tuple[Number, Number, Number], Field(description="Patient LPS mm")]
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


class Command(BaseModel):
    """One change of a review; frozen, and strict about its arguments."""

    model_config = ConfigDict(frozen=True, extra="forbid")
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


class SetReference(Command):
    """Choose the series in whose frame all positions are kept."""

    name = "set_reference"
    series: SeriesKey


class SetRole(Command):
    """Say what a series is for; overrules the tool."""

    name = "set_role"
    series: SeriesKey
    role: RoleId
    reason: str = ""


class ConfirmCoverage(Command):
    """Confirm that a series shows structures from end to end."""

    name = "confirm_coverage"
    series: SeriesKey
    structures: tuple[StructureId, ...] = Field(min_length=1)


class SetMidline(Placed):
    """Mark a point of the midsagittal plane."""

    name = "set_midline"
    position: Position


class SetNervePath(Placed):
    """Mark a nerve from its root exit point (first) outwards."""

    name = "set_nerve_path"
    side: Side
    nerve: NerveId = "facial"
    points: tuple[Position, ...] = Field(min_length=2, max_length=200)


class SetLandmark(Placed):
    """Place a landmark of a nerve, or say that the scan ends before it."""

    name = "set_landmark"
    side: Side
    nerve: NerveId = "facial"
    landmark: LandmarkId
    position: Position | Literal["not_covered"]


class SetAssessable(Command):
    """Say where along the nerve it is seen, where contact could be, and where artefact lies."""

    name = "set_assessable"
    side: Side
    nerve: NerveId = "facial"
    visible_mm: Span | None = None
    assessable_mm: Span | None = None
    artefact_mm: tuple[Span, ...] = ()


class SetMask(Command):
    """Keep the painted voxels of a structure on the grid of a series."""

    name = "set_mask"
    id: Id | None = None
    structure: Literal["nerve", "vessel", "lesion", "implant"]
    label: str = Field(default="", max_length=64, description="What it is, in a word")
    series: SeriesKey
    sha256: Sha256 | None = None
    file: str | None = Field(default=None, description="In a script: a NIfTI file below it")


class ContactFields(Placed):
    """What a reader says of a contact."""

    vessel: VesselId = "vessel_unspecified"
    vessel_confidence: Certainty = "possible"
    touching: Touching = "yes"
    csf_plane: CsfPlane = "not_resolvable"
    morphology: tuple[MorphologyId, ...] = ()
    vessel_position: Position | None = Field(
        default=None, description="The vessel's nearest point; the mark itself if left out"
    )
    traced_to_parent: tuple[SeriesKey, ...] = ()
    mediated_by: Id | None = None
    series: tuple[SeriesKey, ...] = ()
    note: str = ""


class AddContact(ContactFields):
    """Mark where a vessel touches a nerve."""

    name = "add_contact"
    id: Id | None = None
    side: Side
    nerve: NerveId = "facial"
    position: Position
    origin: Literal["manual", "automatic", "imported"] = "manual"


class EditContact(ContactFields):
    """Change what was said of a contact; what is left out stays."""

    name = "edit_contact"
    id: Id
    position: Position | None = None


class Decide(Command):
    """Accept or reject a contact; a rejected one stays listed."""

    name = "decide"
    contact: Id
    decision: Literal["accepted", "rejected"]


class AddLesion(Placed):
    """Mark a tumour or another lesion, with its mask where one was painted."""

    name = "add_lesion"
    id: Id | None = None
    condition: ConditionId
    position: Position | None = Field(default=None, description="Centre of the mask if left out")
    mask: Id | None = None
    contacts_brainstem: bool | None = None
    contacts_nerve: bool | None = None
    extent: tuple[StructureId, ...] = ()
    series: tuple[SeriesKey, ...] = ()
    note: str = ""
    measured: dict[str, dict[str, object]] | None = Field(
        default=None, description="Measured from the mask when the command was stored"
    )


class AnswerCondition(Command):
    """Say for one other cause what was found, or that these scans cannot tell."""

    name = "answer_condition"
    condition: ConditionId
    answer: Answer
    side: LesionSide | None = None
    basis: tuple[SeriesKey, ...] = Field(default=(), description="Series looked at")
    lesions: tuple[Id, ...] = ()
    confidence: Certainty | None = None
    note: str = ""


class AcknowledgeLimits(Command):
    """Acknowledge, as one list, what these scans cannot show."""

    name = "acknowledge_limits"
    limits: tuple[LimitId, ...]


class SetAssessment(Command):
    """Say whether a vessel touches the nerve on one side."""

    name = "set_assessment"
    side: Side
    assessment: Assessment
    confidence: Certainty | None = None
    limits: tuple[LimitId, ...] = ()


class SetOffender(Command):
    """Name the contact that matters on one side; null says that it cannot be decided."""

    name = "set_offender"
    side: Side
    contact: Id | None


class SideCertainty(BaseModel):
    """Certainty of the impression, by side."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    right: Certainty | None = None
    left: Certainty | None = None


class SetImpression(Command):
    """Write the impression; its statements follow from what was assessed."""

    name = "set_impression"
    text: str = ""
    second_vessel: VesselId | None = None
    certainty: SideCertainty = SideCertainty()


class SetClinical(Command):
    """Say whether the reading is blind, and what is known of the patient if not."""

    name = "set_clinical"
    blinded: bool
    symptom_side: Literal["right", "left", "bilateral", "unknown"] | None = None
    syndrome: SyndromeId | None = None


class AddNote(Command):
    """Leave a remark, about a place in the report or about all of it."""

    name = "add_note"
    text: str = Field(min_length=1)
    about: str | None = Field(default=None, pattern=r"^\$[\w.\[\]]*$", description="JSON path")


class Override(BaseModel):
    """A mandatory field that is left open, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    guard: str
    path: str
    reason: str = Field(min_length=10)


class Sign(Command):
    """Sign the reading; nothing changes after it."""

    name = "sign"
    role: str = Field(min_length=1, max_length=64, description="In which role, such as radiologist")
    overrides: tuple[Override, ...] = ()


class Undo(Command):
    """Take back a command, the last one if none is named; nothing is erased."""

    name = "undo"
    seq: int | None = Field(default=None, ge=1)


class Redo(Command):
    """Do again what was taken back last."""

    name = "redo"


COMMANDS: dict[str, type[Command]] = {
    kind.name: kind
    for kind in (
        SetReference,
        SetRole,
        ConfirmCoverage,
        SetMidline,
        SetNervePath,
        SetLandmark,
        SetAssessable,
        SetMask,
        AddContact,
        EditContact,
        Decide,
        AddLesion,
        AnswerCondition,
        AcknowledgeLimits,
        SetAssessment,
        SetOffender,
        SetImpression,
        SetClinical,
        AddNote,
        Undo,
        Redo,
        Sign,
    )
}


def command_from_json(item: object) -> Command:
    """Read one command in its JSON form.

    Raises
    ------
    GuardError
        It is no object with ``command`` and ``args``, or the command or an argument is unknown.

    Examples
    --------
    >>> command_from_json({"command": "undo", "args": {}})
    Undo(seq=None)
    """
    if not isinstance(item, dict) or not isinstance(item.get("command"), str):
        found = "a command without its name"
        raise GuardError("command_malformed", found, 'Write {"command": ..., "args": {...}}')
    kind = COMMANDS.get(item["command"])
    if kind is None:
        found = "a command that is not in the list"
        raise GuardError("command_unknown", found, "See mriview schema --commands")
    args = item.get("args", {})
    if not isinstance(args, dict) or not set(item) <= {"command", "args", "time"}:
        found = f"{kind.name} has keys other than command, args, time"
        raise GuardError("command_malformed", found, "See mriview schema --commands")
    return kind.from_args(args)


def _malformed(name: str, error: Exception) -> GuardError:
    if not isinstance(error, ValidationError):
        found = f"{name} holds a value that JSON cannot keep"
        return GuardError("command_malformed", found, "Send numbers, words and lists of them")
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "its arguments"
    found = f"{name}: {place}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    count = error.error_count()
    return GuardError(
        "command_malformed", found, "See mriview schema --commands", {"arguments": count}
    )
