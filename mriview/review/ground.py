"""What guards stand on, and ``ask``: the question that each command is asked before it is stored.

``ask`` is filled by ``guards_marks``, ``guards_answers`` and ``guards_signature``; who sends a
command calls ``guards.check``. No rule is here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import singledispatch

from mriview.review.command import Command
from mriview.review.state import ReviewState
from mriview.scans import Study
from mriview.values import Mask

MaskOf = Callable[[str], Mask]


@dataclass(frozen=True, slots=True)
class Ground:
    """What a command stands on: the scans, and the masks that were stored."""

    study: Study
    mask_of: MaskOf


@singledispatch
def ask(command: Command, state: ReviewState, ground: Ground) -> None:
    """Refuse a command; most need no more than their shape and their ids."""
    del command, state, ground


def either(words: Iterable[str]) -> str:
    """Join words with or."""
    return " or ".join(words)
