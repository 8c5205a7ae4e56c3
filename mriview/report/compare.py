"""Whether two reports are of the same reading, and if not, where they differ.

Two reports are of the same reading when they are equal but for ``report_id, created, record,
reading, software`` and times: the room and a script that sent the same commands give the same one.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mriview.report.report import Report

CIRCUMSTANCES = frozenset({"report_id", "created", "record", "reading", "software"})
TIMES = frozenset({"time", "started", "signed"})
TELLING = frozenset({"report_id", "software", "format_version"})  # of who told it, not of what


def differences(first: Report, second: Report) -> list[str]:
    """Name the JSON paths at which two readings differ; an empty list is the same reading.

    Parameters
    ----------
    first, second : Report
        Of any status.

    Returns
    -------
    list of str
        JSON paths, in the order of the report.
    """
    one, other = first.model_dump(mode="json"), second.model_dump(mode="json")
    for key in CIRCUMSTANCES:
        one.pop(key)
        other.pop(key)
    return list(_differ(one, other, "$"))


def said_sha256(report: Report) -> str:
    """Digest of what a report says, times included, whichever version of the program told it."""
    data = report.model_dump(mode="json", exclude=set(TELLING))
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _differ(one: Any, other: Any, path: str) -> Iterator[str]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys((*one, *other)):
            if key in TIMES:
                continue
            if key not in one or key not in other:
                yield f"{path}.{key}"
            else:
                yield from _differ(one[key], other[key], f"{path}.{key}")
    elif _is_list(one) and _is_list(other) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from _differ(*pair, f"{path}[{number}]")
    elif one != other:
        yield path


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
