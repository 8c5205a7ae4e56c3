"""Undo and redo as events: what was taken back stays in the history, and the state is the fold.

A ``History`` is the list of events as the log keeps it. Undo names the event that it takes back,
redo does it again; an event that others rest on cannot be taken back alone. Nothing is ever erased.
The last states are kept, so that taking back the last event does not fold the whole record again.
"""

from bisect import bisect_left
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


STATES_KEPT = 256  # past states of a history; a longer way back folds the record again, once


@dataclass(frozen=True, slots=True)
class _Fold:
    """Events in force, those that a redo would do again (next one last), and the last states.

    ``past`` holds the states after the last events in force, one an event, the newest last; it is
    empty only where no event is in force.
    """

    live: tuple[int, ...] = ()
    undone: tuple[int, ...] = ()
    past: tuple[ReviewState, ...] = ()


@dataclass(frozen=True)
class History:
    """All events of a review, in order; ``seq`` of an event is its place, from 1."""

    events: tuple[Event, ...] = ()

    @cached_property
    def _fold(self) -> _Fold:
        """The fold of all events from the first; `with_event` gives the next one step on."""
        live: list[int] = []
        undone: list[int] = []
        for seq, event in enumerate(self.events, start=1):
            if isinstance(event.command, Undo):
                target = event.command.seq or (live[-1] if live else 0)
                place = bisect_left(live, target)
                if live[place : place + 1] == [target]:
                    undone.append(live.pop(place))
            elif isinstance(event.command, Redo):
                if undone:
                    live.insert(bisect_left(live, undone[-1]), undone.pop())
            else:
                live.append(seq)
                undone.clear()
        return _folded(self.events, tuple(live), tuple(undone))

    @property
    def live(self) -> tuple[int, ...]:
        """Sequence numbers of the events in force."""
        return self._fold.live

    @property
    def can_undo(self) -> bool:
        """Whether an event is in force."""
        return bool(self.live)

    @property
    def can_redo(self) -> bool:
        """Whether an undone event can be done again: nothing new came after it."""
        return bool(self._fold.undone)

    @cached_property
    def state(self) -> ReviewState:
        """The fold of the events in force; its clock and count are those of all events."""
        past = self._fold.past
        state = past[-1] if past else ReviewState()
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
        # One step on is the same as the whole fold, which grows with the record.
        try:
            longer.__dict__["_fold"] = self._one_step_on(longer.events)
        except GuardError as error:
            if not isinstance(event.command, Undo):
                raise
            found = f"a later command rests on command {event.command.seq} ({error.code})"
            remedy = "Take back the later one first"
            raise GuardError("undo_has_dependents", found, remedy) from error
        return longer

    def _one_step_on(self, events: tuple[Event, ...]) -> _Fold:
        live, undone, command = self.live, self._fold.undone, events[-1].command
        if isinstance(command, Undo):
            target = command.seq or live[-1]
            place = bisect_left(live, target)
            live, undone = (*live[:place], *live[place + 1 :]), (*undone, target)
        elif isinstance(command, Redo):
            target, undone = undone[-1], undone[:-1]
            place = bisect_left(live, target)
            live = (*live[:place], target, *live[place:])
        else:
            place, live, undone = len(live), (*live, len(events)), ()
        past = self._fold.past
        still = max(0, len(past) - (len(self.live) - place))  # states before the change
        return _folded(events, live, undone, place, past[:still])

    def _named(self, undo: Undo) -> Undo:
        if not self.can_undo:
            raise GuardError("nothing_to_undo", "0 commands are in force", "Go on reading")
        if undo.seq is None:
            return undo.model_copy(update={"seq": self.live[-1]})
        if undo.seq not in self.live:
            found = f"command {undo.seq} is not in force"
            raise GuardError("nothing_to_undo", found, f"Name one of {_some(self.live)}")
        return undo


def _folded(
    events: tuple[Event, ...],
    live: tuple[int, ...],
    undone: tuple[int, ...],
    done: int = 0,
    past: tuple[ReviewState, ...] = (),
) -> _Fold:
    """Fold ``live[done:]`` on from the states after ``live[:done]``, or all where none is left."""
    start = done if past else 0
    states = list(past) or [ReviewState()]
    for seq in live[start:]:
        event = events[seq - 1]
        states.append(apply(event.command, states[-1], event.stamp))
    return _Fold(live, undone, tuple(states[-min(len(live), STATES_KEPT) :]) if live else ())


def _some(numbers: Iterable[int]) -> str:
    listed = [str(number) for number in numbers]
    return ", ".join(listed[-8:])
