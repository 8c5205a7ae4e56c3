"""The cases of the digital patient: what lies at the left facial nerve, and which series are made.

A case is a row here; the solids that it asks for are made in ``anatomy``. The right side is free in
all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

BOTH_SERIES = ("t2_cisternogram", "tof_mra")
ALL_SERIES = (*BOTH_SERIES, "t1_post", "flair", "dwi")


@dataclass(frozen=True, slots=True)
class Case:
    """What is there to be found.

    Parameters
    ----------
    says : str
        What it is, in a sentence.
    vessel : str or None
        Row id of the artery that touches the left nerve in its attached segment.
    mass : bool
        Whether a mass lies in the left cerebellopontine angle.
    pledget : bool
        Whether a Teflon pledget lies at the left nerve, as after a decompression.
    roles : tuple of str
        The series that are made.
    """

    says: str
    vessel: str | None = None
    mass: bool = False
    pledget: bool = False
    roles: tuple[str, ...] = BOTH_SERIES


CASES: Mapping[str, Case] = MappingProxyType({
    "aica_left": Case(
        "An artery touches the left facial nerve in its attached segment.", vessel="aica"
    ),
    "mass_left": Case(
        "A mass in the left cerebellopontine angle; no vessel touches a facial nerve.", mass=True
    ),
    "va_left": Case(
        "An elongated vertebral artery touches the left facial nerve in its attached segment.",
        vessel="va",
    ),
    "free": Case("No vessel touches a facial nerve."),
    "t2_alone": Case(
        "A vessel touches the left facial nerve; there is no angiogram to name it by.",
        vessel="aica",
        roles=("t2_cisternogram",),
    ),
    "complete": Case("No vessel touches a facial nerve, on a whole protocol.", roles=ALL_SERIES),
    "after_mvd_left": Case(
        "A pledget lies at the left facial nerve; no vessel touches a facial nerve.", pledget=True
    ),
})  # fmt: skip
FIRST_CASE = next(iter(CASES))
