"""What each command does to the state: ``apply(command, state, stamp) -> state``, pure.

The steps are in ``steps_marks`` and ``steps_answers``, one function a command. Nothing asks whether
a command is wise (``guards`` does) or measures anything; but a command that names what is not there
is refused, so that taking back an earlier command can never leave the record with a loose end.
"""

from dataclasses import replace

from mriview.review import commands as c
from mriview.review import steps_answers, steps_marks
from mriview.review.state import ReviewState, Stamp
from mriview.review.step import step

STEPS = (steps_marks, steps_answers)  # importing them is what fills ``step``


def apply(command: c.Command, state: ReviewState, stamp: Stamp) -> ReviewState:
    """Give the state after one command.

    Raises
    ------
    GuardError
        The command names a contact, a mask, a lesion or a nerve that is not there, or an id that
        is taken.
    """
    after = step(command, state, stamp)
    if isinstance(command, c.Placed) and _holds_position(command):
        after = replace(after, reference=command.reference or after.reference, positions=True)
    return replace(after, last=stamp, first=state.first or stamp, events=state.events + 1)


def _holds_position(command: c.Placed) -> bool:
    edits = isinstance(command, (c.EditContact, c.EditLesion))
    holding = {"position", "positions", "vessel_position", "calipers"}
    return not edits or bool(holding & command.model_fields_set)
