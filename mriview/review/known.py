"""What is known of the patient, as one set of ids that the conditions are asked by.

A blind reader knows nothing. Which of these ids makes a condition mandatory is a column of its row;
what was seen on the scans is not looked at here.
"""

from collections.abc import Sequence
from typing import Protocol

PREVIOUS_MVD = "previous_mvd"
WEAKNESS = "facial_weakness"
NO_WEAKNESS = 1  # House-Brackmann grade


class _Treated(Protocol):
    @property
    def kind(self) -> str: ...


class Clinical(Protocol):
    """Clinical context of a state or of a report."""

    @property
    def syndrome(self) -> str | None:
        """Row id."""

    @property
    def symptoms(self) -> Sequence[str]:
        """Row ids."""

    @property
    def treatments(self) -> Sequence[_Treated]:
        """What was tried."""

    @property
    def weakness_house_brackmann(self) -> int | None:
        """Grade of facial weakness, 1 for none."""

    @property
    def previous_mvd(self) -> bool | None:
        """Whether the nerve was decompressed before."""


def known_of(clinical: Clinical | None) -> frozenset[str]:
    """Give what is known: ids of the syndrome, of symptoms and treatments, and what they imply.

    Parameters
    ----------
    clinical : Clinical or None
        None where nothing was said yet.

    Returns
    -------
    frozenset of str
        Row ids and `PREVIOUS_MVD`.
    """
    if clinical is None:
        return frozenset()
    known = {*clinical.symptoms, *(treatment.kind for treatment in clinical.treatments)}
    if clinical.syndrome is not None:
        known.add(clinical.syndrome)
    if clinical.previous_mvd:
        known.add(PREVIOUS_MVD)
    if (clinical.weakness_house_brackmann or NO_WEAKNESS) > NO_WEAKNESS:
        known.add(WEAKNESS)
    return frozenset(known)
