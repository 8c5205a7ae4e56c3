"""Undo and redo as events: what was taken back stays in the history, and the state is the fold.

A ``History`` is the list of events as the log keeps it. Undo names the event that it takes back,
redo does it again; an event that others rest on cannot be taken back alone. Nothing is ever erased.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from mriview.errors import GuardError
from mriview.review.commands import Command, Redo, Undo
from mriview.review.state import ReviewState, Stamp
from mriview.review.transitions import apply


@dataclass(frozen=True, slots=True)
class Event:
    """One command with its stamp."""

    command: Command
    stamp: Stamp


@dataclass(frozen=True)
class History:
    """All events of a review, in order; ``seq`` of an event is its place, from 1."""

    events: tuple[Event, ...] = ()

    @cached_property
    def _folded(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Events in force, and those that a redo would do again, the next one last."""
        live: list[int] = []
        undone: list[int] = []
        for seq, event in enumerate(self.events, start=1):
            if isinstance(event.command, Undo):
                target = event.command.seq or (live[-1] if live else 0)
                if target in live:
                    live.remove(target)
                    undone.append(target)
            elif isinstance(event.command, Redo):
                if undone:
                    live = sorted([*live, undone.pop()])
            else:
                live.append(seq)
                undone.clear()
        return tuple(live), tuple(undone)

    @property
    def live(self) -> tuple[int, ...]:
        """Sequence numbers of the events in force."""
        return self._folded[0]

    @property
    def can_undo(self) -> bool:
        """Whether an event is in force."""
        return bool(self.live)

    @property
    def can_redo(self) -> bool:
        """Whether an undone event can be done again: nothing new came after it."""
        return bool(self._folded[1])

    @cached_property
    def state(self) -> ReviewState:
        """The fold of the events in force; its clock and count are those of all events."""
        state = ReviewState()
        for seq in self.live:
            event = self.events[seq - 1]
            state = apply(event.command, state, event.stamp)
        if not self.events:
            return state
        first, last = self.events[0].stamp, self.events[-1].stamp
        return replace(state, first=first, last=last, events=len(self.events))

    def with_event(self, event: Event) -> "History":
        """Give the history with one more event, its state already folded.

        Raises
        ------
        GuardError
            Nothing to undo or redo, or a later event rests on the one that is taken back.
        """
        if isinstance(event.command, Undo):
            event = Event(self._named(event.command), event.stamp)
        if isinstance(event.command, Redo) and not self.can_redo:
            raise GuardError("nothing_to_redo", "nothing was taken back", "Go on reading")
        longer = History((*self.events, event))
        if not isinstance(event.command, (Undo, Redo)):
            # One step on is the same as the whole fold, which grows with the record.
            longer.__dict__["state"] = apply(event.command, self.state, event.stamp)
            return longer
        try:
            longer.state  # noqa: B018 (folding is the check)
        except GuardError as error:
            if isinstance(event.command, Redo):
                raise
            found = f"a later command rests on command {event.command.seq} ({error.code})"
            remedy = "Take back the later one first"
            raise GuardError("undo_has_dependents", found, remedy) from error
        return longer

    def _named(self, undo: Undo) -> Undo:
        if not self.can_undo:
            raise GuardError("nothing_to_undo", "0 commands are in force", "Go on reading")
        if undo.seq is None:
            return undo.model_copy(update={"seq": self.live[-1]})
        if undo.seq not in self.live:
            found = f"command {undo.seq} is not in force"
            raise GuardError("nothing_to_undo", found, f"Name one of {_some(self.live)}")
        return undo


def _some(numbers: Iterable[int]) -> str:
    listed = [str(number) for number in numbers]
    return ", ".join(listed[-8:])
