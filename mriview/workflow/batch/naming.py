"""Keys of what was found: copies get their numbers, and what was there before keeps its own.

A study that is there goes first: a place that could not be looked into gets the key of a study
that lay there only where nobody else may have it. How keys are kept is the matter of ``keys``.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from mriview.errors import MriviewError
from mriview.scans.keys import unnumbered
from mriview.scans.units import StudyUnit, with_numbers
from mriview.workflow.batch.keys import KeysLeft, Placed


class Lost(NamedTuple):
    """A place that could not be looked into: what stopped it, and the key that its row gets."""

    key: str
    fingerprint: str
    place: str
    error: MriviewError
    case: str = ""


class Found(NamedTuple):
    """The studies of an archive in the order of the walk, and the places that were lost."""

    units: tuple[StudyUnit, ...]
    lost: tuple[Lost, ...]

    def study_keys(self) -> frozenset[str]:
        """Give the keys of all of them."""
        return frozenset(placed.key for placed in self.placed())

    def placed(self) -> Iterator[Placed]:
        """Say where each of them lies."""
        yield from (_placed(unit) for unit in self.units)
        yield from (Placed(one.key, one.place, one.case) for one in self.lost)


def named(units: Sequence[StudyUnit], lost: Iterable[Lost], before: KeysLeft) -> Found:
    """Give everything that was found its key.

    Parameters
    ----------
    units : sequence of StudyUnit
        With keys that have no numbers.
    lost : iterable of Lost
        With keys of their own.
    before : KeysLeft
        Which keys lay where when the run was here before.
    """
    had: list[str | None] = [before.of(_placed(unit)) for unit in units]
    taken = {key for key in had if key is not None}
    anew = {unit.key for unit, key in zip(units, had, strict=True) if key is None}
    places: list[Lost] = []
    for one in lost:
        free = [
            key
            for key in before.around(one.place)
            if key not in taken and unnumbered(key) not in anew
        ]
        taken.update(free)
        places += [one._replace(key=key) for key in free] or [one]
        had += free or [None]
    everything = (*units, *(StudyUnit(unnumbered(one.key)) for one in places))
    told = with_numbers(everything, had)
    last = zip(places, told[len(units) :], strict=True)
    return Found(told[: len(units)], tuple(one._replace(key=unit.key) for one, unit in last))


def _placed(unit: StudyUnit) -> Placed:
    return Placed(unit.key, unit.place, unit.case)
