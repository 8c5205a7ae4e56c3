"""The words in which a review is written: every command, and its JSON form.

``{"command": "set_midline", "args": {"position": [0, 10, -20]}}`` is read into `SetMidline` and
back; the JSON Schema is generated from the same classes. The room, scripts and the log on disk all
send these. What a command does to the state is in ``transitions``, when it is refused in
``guards``, and what the tool adds to it (ids, measured values) in ``completion``.
"""

from mriview.errors import GuardError
from mriview.review.command import Command, FromFile, Grade, Placed
from mriview.review.commands_answers import (
    AcknowledgeLimits,
    AddNote,
    Amend,
    AnswerCondition,
    Change,
    Comparison,
    Override,
    Redo,
    SetAnatomy,
    SetAssessment,
    SetClinical,
    SetImpression,
    SetOffender,
    SideCertainty,
    Sign,
    Treatment,
    Undo,
)
from mriview.review.commands_marks import (
    AddContact,
    AddImplant,
    AddLesion,
    AddNearbyVessel,
    ContactFields,
    Decide,
    EditContact,
    EditLesion,
    LesionFields,
    MarkedContact,
    NameVessel,
    SetAssessable,
    SetLandmark,
    SetMask,
    SetNervePath,
)
from mriview.review.commands_scans import (
    AcceptRegistration,
    ConfirmCoverage,
    SetMidline,
    SetQuality,
    SetReference,
    SetRole,
)

__all__ = [
    "COMMANDS",
    "AcceptRegistration",
    "AcknowledgeLimits",
    "AddContact",
    "AddImplant",
    "AddLesion",
    "AddNearbyVessel",
    "AddNote",
    "Amend",
    "AnswerCondition",
    "Change",
    "Command",
    "Comparison",
    "ConfirmCoverage",
    "ContactFields",
    "Decide",
    "EditContact",
    "EditLesion",
    "FromFile",
    "Grade",
    "LesionFields",
    "MarkedContact",
    "NameVessel",
    "Override",
    "Placed",
    "Redo",
    "SetAnatomy",
    "SetAssessable",
    "SetAssessment",
    "SetClinical",
    "SetImpression",
    "SetLandmark",
    "SetMask",
    "SetMidline",
    "SetNervePath",
    "SetOffender",
    "SetQuality",
    "SetReference",
    "SetRole",
    "SideCertainty",
    "Sign",
    "Treatment",
    "Undo",
    "command_from_json",
]

COMMANDS: dict[str, type[Command]] = {
    kind.name: kind
    for kind in (
        SetReference,
        SetRole,
        ConfirmCoverage,
        SetQuality,
        AcceptRegistration,
        SetMidline,
        SetNervePath,
        SetLandmark,
        SetAssessable,
        SetMask,
        NameVessel,
        AddContact,
        EditContact,
        Decide,
        AddNearbyVessel,
        AddLesion,
        EditLesion,
        AddImplant,
        AnswerCondition,
        AcknowledgeLimits,
        SetAssessment,
        SetOffender,
        SetImpression,
        SetClinical,
        SetAnatomy,
        AddNote,
        Undo,
        Redo,
        Sign,
        Amend,
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
