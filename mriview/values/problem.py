"""A problem: what was found, how bad it is, what to do; as a value that travels with the scan.

The sentences are rows of the vocabulary (``tables/problems.toml``); here is only the value and the
one function that fills a row with evidence. What counts as a problem, ``mriview.scans`` decides.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from mriview.errors import ScanError
from mriview.vocabulary import problems

_COUNTED = re.compile(r"(?<![\w.])[0-9]+(?: of [0-9]+)?(?![\w.])|\((?:s|es)\)|\[[\w ]*\|[\w ]*\]")

Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a person or a program must know about a series or a study.

    Parameters
    ----------
    code : str
        Row id, such as ``slice_gap``.
    severity : {"info", "warning", "error"}
        ``info``: ignored and no scan; ``warning``: loaded, with care; ``error``: refused.
    message : str
        What was found, with numbers; nothing identifying, no path.
    remedy : str
        What to do.
    evidence : mapping
        The numbers of the message as values.
    where : str or None
        Series key, or None for the study.
    """

    code: str
    severity: Severity
    message: str
    remedy: str
    evidence: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    where: str | None = None

    def __str__(self) -> str:
        return f"{self.code}: {self.message}. {self.remedy}."

    def as_json(self) -> dict[str, object]:
        """Give the problem in the form that reports and ``--json`` print."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "evidence": dict(self.evidence),
            "remedy": self.remedy,
            "where": self.where,
        }

    def as_error(self) -> ScanError:
        """Give the error that refuses with the same words."""
        return ScanError(self.code, self.message, self.remedy, self.evidence, self.where)


def problem(code: str, where: str | None = None, **evidence: object) -> Problem:
    """Fill the row ``code`` of the problem table with evidence.

    Raises
    ------
    KeyError
        No such row, or a number that the row's sentence needs is missing: a bug of ours.
    """
    row = problems()[code]
    return Problem(
        code=code,
        severity=row.severity,
        message=counted(row.found.format(**evidence)),
        remedy=row.remedy,
        evidence=MappingProxyType(dict(evidence)),
        where=where,
    )


def counted(text: str) -> str:
    """Fit words to the number before them: ``(s)`` and ``(es)``, and ``[one|several]``.

    After ``1 of 12`` there are twelve things, and one of them does what the verb says.

    Examples
    --------
    >>> counted("1 file(s) [is|are] cut"), counted("3 of 12 file(s) [is|are] cut")
    ('1 file is cut', '3 of 12 files are cut')
    >>> counted("1 of 12 file(s) [is|are] cut")
    '1 of 12 files is cut'
    """
    doers = things = ""

    def fitted(found: re.Match[str]) -> str:
        nonlocal doers, things
        word = found[0]
        if word[0] not in "([":
            doers, _, things = word.partition(" of ")
            things = things or doers
            return word
        number = things if word[0] == "(" else doers
        one, _, several = ("|" + word[1:-1] if word[0] == "(" else word[1:-1]).rpartition("|")
        return one.removeprefix("|") if number == "1" else several

    return _COUNTED.sub(fitted, text)
