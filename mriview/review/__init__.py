"""The record of a reading: commands, the state they fold to, and when they are refused.

``open_review`` is the door; everything else is a pure function or a frozen value.
"""

from mriview.review.commands import COMMANDS, Command, command_from_json
from mriview.review.questions import Question
from mriview.review.review import Review, open_review
from mriview.review.state import ReviewState

__all__ = [
    "COMMANDS",
    "Command",
    "Question",
    "Review",
    "ReviewState",
    "command_from_json",
    "open_review",
]
