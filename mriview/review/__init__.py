"""The record of a reading: commands, the state they fold to, and when they are refused.

``open_review`` is the door; everything else is a pure function or a frozen value. What the room
and other floors may use stands in ``_HOME``, and is imported when it is used: the gates, which
rules of a report ask too, know no command.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mriview.review.answerable import Answerable as Answerable
    from mriview.review.commands import COMMANDS as COMMANDS
    from mriview.review.commands import AcceptRegistration as AcceptRegistration
    from mriview.review.commands import AcknowledgeLimits as AcknowledgeLimits
    from mriview.review.commands import AddContact as AddContact
    from mriview.review.commands import AddImplant as AddImplant
    from mriview.review.commands import AddLesion as AddLesion
    from mriview.review.commands import AddNearbyVessel as AddNearbyVessel
    from mriview.review.commands import AddNote as AddNote
    from mriview.review.commands import Amend as Amend
    from mriview.review.commands import AnswerCondition as AnswerCondition
    from mriview.review.commands import Change as Change
    from mriview.review.commands import Command as Command
    from mriview.review.commands import Comparison as Comparison
    from mriview.review.commands import ConfirmCoverage as ConfirmCoverage
    from mriview.review.commands import Decide as Decide
    from mriview.review.commands import EditContact as EditContact
    from mriview.review.commands import EditLesion as EditLesion
    from mriview.review.commands import Grade as Grade
    from mriview.review.commands import NameVessel as NameVessel
    from mriview.review.commands import Override as Override
    from mriview.review.commands import Redo as Redo
    from mriview.review.commands import SetAnatomy as SetAnatomy
    from mriview.review.commands import SetAssessable as SetAssessable
    from mriview.review.commands import SetAssessment as SetAssessment
    from mriview.review.commands import SetClinical as SetClinical
    from mriview.review.commands import SetImpression as SetImpression
    from mriview.review.commands import SetLandmark as SetLandmark
    from mriview.review.commands import SetMask as SetMask
    from mriview.review.commands import SetMidline as SetMidline
    from mriview.review.commands import SetNervePath as SetNervePath
    from mriview.review.commands import SetOffender as SetOffender
    from mriview.review.commands import SetQuality as SetQuality
    from mriview.review.commands import SetReference as SetReference
    from mriview.review.commands import SetRole as SetRole
    from mriview.review.commands import SideCertainty as SideCertainty
    from mriview.review.commands import Sign as Sign
    from mriview.review.commands import Treatment as Treatment
    from mriview.review.commands import Undo as Undo
    from mriview.review.commands import command_from_json as command_from_json
    from mriview.review.commands_marks import Diameter as Diameter
    from mriview.review.grades import Graded as Graded
    from mriview.review.mandatory import OpenField as OpenField
    from mriview.review.places import side_of_mark as side_of_mark
    from mriview.review.questions import Question as Question
    from mriview.review.review import Review as Review
    from mriview.review.review import open_review as open_review
    from mriview.review.script import apply_script as apply_script
    from mriview.review.script import read_script as read_script
    from mriview.review.state import SIDES as SIDES
    from mriview.review.state import Contact as Contact
    from mriview.review.state import Implant as Implant
    from mriview.review.state import Impression as Impression
    from mriview.review.state import Lesion as Lesion
    from mriview.review.state import NearbyVessel as NearbyVessel
    from mriview.review.state import Nerve as Nerve
    from mriview.review.state import PaintedMask as PaintedMask
    from mriview.review.state import Point as Point
    from mriview.review.state import Quality as Quality
    from mriview.review.state import Registration as Registration
    from mriview.review.state import ReviewState as ReviewState
    from mriview.review.state import SideName as SideName
    from mriview.review.state import SideState as SideState
    from mriview.review.without_scans import open_without_scans as open_without_scans

_HOME = {
    "AcceptRegistration": "commands",
    "AcknowledgeLimits": "commands",
    "AddContact": "commands",
    "AddImplant": "commands",
    "AddLesion": "commands",
    "AddNearbyVessel": "commands",
    "AddNote": "commands",
    "Amend": "commands",
    "AnswerCondition": "commands",
    "Answerable": "answerable",
    "COMMANDS": "commands",
    "Change": "commands",
    "Command": "commands",
    "Comparison": "commands",
    "ConfirmCoverage": "commands",
    "Contact": "state",
    "Decide": "commands",
    "Diameter": "commands_marks",
    "EditContact": "commands",
    "EditLesion": "commands",
    "Grade": "commands",
    "Graded": "grades",
    "Implant": "state",
    "Impression": "state",
    "Lesion": "state",
    "NameVessel": "commands",
    "NearbyVessel": "state",
    "Nerve": "state",
    "OpenField": "mandatory",
    "Override": "commands",
    "PaintedMask": "state",
    "Point": "state",
    "Quality": "state",
    "Question": "questions",
    "Redo": "commands",
    "Registration": "state",
    "Review": "review",
    "ReviewState": "state",
    "SIDES": "state",
    "SetAnatomy": "commands",
    "SetAssessable": "commands",
    "SetAssessment": "commands",
    "SetClinical": "commands",
    "SetImpression": "commands",
    "SetLandmark": "commands",
    "SetMask": "commands",
    "SetMidline": "commands",
    "SetNervePath": "commands",
    "SetOffender": "commands",
    "SetQuality": "commands",
    "SetReference": "commands",
    "SetRole": "commands",
    "SideCertainty": "commands",
    "SideName": "state",
    "SideState": "state",
    "Sign": "commands",
    "Treatment": "commands",
    "Undo": "commands",
    "apply_script": "script",
    "command_from_json": "commands",
    "open_review": "review",
    "open_without_scans": "without_scans",
    "read_script": "script",
    "side_of_mark": "places",
}
__all__ = sorted(_HOME)  # noqa: PLE0605 (the one list of names is _HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        msg = f"module 'mriview.review' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"mriview.review.{_HOME[name]}"), name)
