"""One step of the fold, found by the class of its command, and what all steps share.

``step`` is filled by ``steps_marks`` and ``steps_answers``. Values are frozen: a step gives a new
state that shares what it did not change. Nothing here asks whether a command is wise.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch
from types import MappingProxyType
from typing import TypeVar

from mriview.errors import GuardError
from mriview.review.command import Command
from mriview.review.state import Contact, Nerve, ReviewState, SideState, Stamp

_K = TypeVar("_K")
_V = TypeVar("_V")


@singledispatch
def step(command: Command, state: ReviewState, stamp: Stamp) -> ReviewState:
    """Give the state after one command, without its clock."""
    del state, stamp
    raise AssertionError(command.name)  # undo and redo are folded by the history, never applied


def with_key(mapping: Mapping[_K, _V], key: _K, value: _V) -> Mapping[_K, _V]:
    """Give a mapping with one key set."""
    return MappingProxyType({**mapping, key: value})


def with_side(state: ReviewState, name: str, side: SideState) -> ReviewState:
    """Give the state with one side replaced."""
    return replace(state, right=side) if name == "right" else replace(state, left=side)


def with_nerve(state: ReviewState, side: str, name: str, nerve: Nerve) -> ReviewState:
    """Give the state with one nerve replaced."""
    before = state.side(side)
    return with_side(state, side, replace(before, nerves=with_key(before.nerves, name, nerve)))


def with_contact(state: ReviewState, contact: Contact) -> ReviewState:
    """Give the state with one contact replaced."""
    contacts = tuple(contact if known.id == contact.id else known for known in state.contacts)
    return replace(state, contacts=contacts)


def nerve_of(state: ReviewState, side: str, name: str) -> Nerve:
    """Give a nerve that has a path, or refuse."""
    nerve = state.nerve(side, name)
    if nerve is None:
        found = f"the {name} nerve has no path on the {side} side"
        raise GuardError("nerve_without_path", found, "Mark the nerve with set_nerve_path first")
    return nerve


def contact_of(state: ReviewState, contact_id: str) -> Contact:
    """Give a contact that is there, or refuse."""
    contact = state.contact(contact_id)
    if contact is None:
        raise unknown("contact", contact_id)
    return contact


def given(value: _V | None) -> _V:
    """Give what the completion filled in, or refuse."""
    if value is None:
        found = "a command that the tool has not completed"
        raise GuardError("command_incomplete", found, "Send it through a review, not to the state")
    return value


def unknown(kind: str, name: str) -> GuardError:
    """Say that an id names nothing."""
    found = f"there is no {kind} {name!r} here"
    return GuardError(f"{kind}_unknown", found, f"Name a {kind} that was added before")


def taken(name: str) -> GuardError:
    """Say that an id is taken."""
    return GuardError("id_taken", f"the id {name!r} is taken", "Leave the id out or choose another")
