"""The study beside which a file lies that names none: a sidecar, a note, a broken image.

Folders alone decide, in the order in which they were walked. What a study is, ``index`` says.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import TypeVar

_Study = TypeVar("_Study")


def homes_of(lie_in: Iterable[tuple[str, _Study]]) -> dict[tuple[str, ...], _Study]:
    """Give the study in each folder, else the first one below it; folders are named by parts.

    Parameters
    ----------
    lie_in : iterable of (str, study)
        Folder and what lies in it, in the order of the walk.
    """
    homes: dict[tuple[str, ...], _Study] = {}
    named = [(PurePath(folder).parts, study) for folder, study in lie_in]
    for parts, study in named:
        homes.setdefault(parts, study)
    for parts, study in named:
        for count in range(len(parts)):
            homes.setdefault(parts[:count], study)
    return homes


def nearest(folder: str, homes: Mapping[tuple[str, ...], _Study]) -> _Study:
    """Find the study beside which a file lies: in its folder, else by the longest common one."""
    parts = PurePath(folder).parts
    while parts and parts not in homes:
        parts = parts[:-1]
    return homes[parts]
