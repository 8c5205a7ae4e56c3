"""When the record refuses a command: what the scans or the anatomy do not support.

``check`` asks the predicates of ``gates`` and ``places`` before a completed command is stored, for
the room and for scripts alike; a log that is replayed was checked when it was written. Here is what
every command is asked; what each is asked besides is in ``guards_marks``, ``guards_answers`` and
``guards_signature``. That ids resolve is a matter of ``transitions``.
"""

from collections.abc import Iterable, Iterator

from mriview.errors import GuardError
from mriview.review import commands as c
from mriview.review import guards_answers, guards_marks, guards_signature, places
from mriview.review.ground import Ground, MaskOf, ask
from mriview.review.state import Point, ReviewState
from mriview.review.text import names_somebody
from mriview.scans import Study

GUARDS = (guards_marks, guards_answers, guards_signature)  # importing them is what fills ``ask``


def check(command: c.Command, state: ReviewState, study: Study, mask_of: MaskOf) -> None:
    """Refuse a completed command that the scans or the anatomy do not allow.

    Raises
    ------
    GuardError
        With what was found, in numbers, and what to do.
    """
    for key in _series_named(command):
        refuse_unknown_series(study, key)
    for text in _texts(command.model_dump()):
        _names_nobody(text)
    if isinstance(command, c.Placed):
        reference = places.frame_of(study, state, command.reference)
        named = getattr(command, "series", ())
        places.refuse_outside(study, state, reference, named, _positions(command))
    ask(command, state, Ground(study, mask_of))


def _positions(command: c.Placed) -> Iterable[Point]:
    for name in ("position", "vessel_position"):
        value = getattr(command, name, None)
        if value is not None and value != "not_covered":
            yield value
    yield from getattr(command, "points", ())
    yield from getattr(command, "positions", ())
    for ends in getattr(command, "calipers", {}).values():
        yield from ends


def _series_named(command: c.Command) -> Iterable[str]:
    for name in ("series", "basis", "traced_to_parent", "reference", "moving", "fixed"):
        value = getattr(command, name, None)
        if isinstance(value, str):
            yield value
        elif value is not None:
            yield from value


def refuse_unknown_series(study: Study, key: str) -> None:
    """Refuse a series that the study does not hold.

    Raises
    ------
    GuardError
        ``series_unknown``, with those that are there.
    """
    if key not in study.volumes:
        found = f"the study holds no series {key}"
        known = ", ".join(study.volumes) or "none"
        raise GuardError("series_unknown", found, f"Name one of: {known}", where=key)


def _texts(value: object) -> Iterator[str]:
    """Give every string of a command."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


def _names_nobody(text: str) -> None:
    if names_somebody(text):
        found = "a text with a UID or a person's name"
        raise GuardError("identity_in_text", found, "Leave out what identifies the patient")
