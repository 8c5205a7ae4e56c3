"""A state as JSON, for ``mriview replay``: what was said, without what follows from it.

The report is another thing: it needs the study. Nothing is computed here.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from mriview.review.state import ReviewState
from mriview.values import NervePath


def state_as_json(state: ReviewState) -> dict[str, Any]:
    """Give a state as JSON values, keys in the order of the state."""
    value = _plain(state)
    if not isinstance(value, dict):
        raise TypeError(type(value))
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, NervePath):
        return {"clicks": _plain(value.clicks), "landmarks": _plain(value.landmarks)}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
