"""JSON as this program takes it: UTF-8, no key given twice, no nesting without end.

Python's own reader keeps the last of two equal keys and ends in the depth of the stack; a report or
a command read so could say two things. What the keys mean is not known here, and no file is opened.
"""

import json
from collections import Counter
from typing import Any

MOST_DEPTH = 64  # levels; a report has 10, a command 6


class NestingError(ValueError):
    """JSON that is nested deeper than 64 levels."""


class _Twice(dict[str, Any]):
    """An object in which keys were given more than once."""

    again: tuple[str, ...] = ()


def read_json(data: bytes) -> tuple[Any, tuple[str, ...]]:
    """Read JSON, and say which keys are given twice.

    Parameters
    ----------
    data : bytes
        UTF-8.

    Returns
    -------
    (value, tuple of str)
        The value, and the JSON paths of the keys that are given more than once.

    Raises
    ------
    NestingError
        It is nested deeper than 64 levels.
    ValueError
        It is no JSON or no UTF-8.

    Examples
    --------
    >>> read_json(b'{"a": [{"b": 1, "b": 2}]}')
    ({'a': [{'b': 2}]}, ('$.a[0].b',))
    """
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_object)
    except RecursionError:
        raise _too_deep() from None
    return value, _given_twice(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    kept = dict(pairs)
    if len(kept) == len(pairs):
        return kept
    twice = _Twice(kept)
    counted = Counter(key for key, _ in pairs)
    twice.again = tuple(key for key, count in counted.items() if count > 1)
    return twice


def _given_twice(value: object) -> tuple[str, ...]:
    """Walk the value without recursion; deeper than `MOST_DEPTH` is refused."""
    found: list[str] = []
    open_values = [("$", value, 0)]
    while open_values:
        path, here, depth = open_values.pop()
        if depth > MOST_DEPTH:
            raise _too_deep()
        if isinstance(here, dict):
            if isinstance(here, _Twice):
                found += [f"{path}.{key}" for key in here.again]
            inner = ((f"{path}.{key}", item) for key, item in here.items())
        elif isinstance(here, list):
            inner = ((f"{path}[{number}]", item) for number, item in enumerate(here))
        else:
            continue
        open_values += [
            (place, item, depth + 1) for place, item in inner if isinstance(item, (dict, list))
        ]
    return tuple(dict.fromkeys(found))


def _too_deep() -> NestingError:
    return NestingError(f"nested deeper than {MOST_DEPTH} levels")
