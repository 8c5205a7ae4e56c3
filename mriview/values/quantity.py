"""A measured number that says how sure it is, or why it is not given.

``Quantity`` is the only form in which a measurement leaves a function: value, unit, method, origin
and either a 95 % interval or the words ``not_estimated``; or a reason for withholding it. How a
quantity is computed is not known here.
"""

import math
from dataclasses import dataclass
from typing import Literal

from mriview.vocabulary import withheld_reasons

LEVEL = 0.95  # the one level of every interval; contract of the report, section 2
DECIMALS = 4  # numbers are stored to 1e-4 of their unit

Origin = Literal["manual", "automatic", "imported", "default"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in a UCUM unit with its interval or, until one is calibrated, without.

    Parameters
    ----------
    value : float
        Finite; stored to 1e-4.
    unit : str
        UCUM: ``mm``, ``mm2``, ``mm3``, ``deg``, ``1``.
    method : str
        How it was obtained, as a word of the vocabulary.
    origin : {"manual", "automatic", "imported", "default"}
        Whose marks or voxels it rests on.
    low, high : float or None
        Ends of the 95 % interval; both or none. None means ``not_estimated``.
    """

    value: float
    unit: str
    method: str
    origin: Origin = "manual"
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            if number is None:
                continue
            if not math.isfinite(number):
                msg = f"{name} of a quantity must be finite: withhold what cannot be measured"
                raise ValueError(msg)
            object.__setattr__(self, name, round(float(number), DECIMALS) + 0.0)
        if (self.low is None) != (self.high is None):
            msg = "an interval has two ends"
            raise ValueError(msg)

    def as_json(self) -> dict[str, object]:
        """Give the quantity in the report's form."""
        head: dict[str, object] = {
            "value": self.value,
            "unit": self.unit,
            "method": self.method,
            "origin": self.origin,
        }
        if self.low is None:
            return {**head, "uncertainty": "not_estimated"}
        return {**head, "low": self.low, "high": self.high, "level": LEVEL}


@dataclass(frozen=True, slots=True)
class Withheld:
    """A quantity that the scans or the marks do not support, with the reason in words."""

    reason: str

    def as_json(self) -> dict[str, object]:
        """Give the reason in the report's form."""
        return {"withheld": self.reason}


def withheld(reason: str, **numbers: int) -> Withheld:
    """Withhold a quantity for a reason of the vocabulary.

    Parameters
    ----------
    reason : str
        Row id of ``withheld_reasons``.
    **numbers : int
        What its placeholders stand for.

    Examples
    --------
    >>> withheld("few_voxels_across", across=2, least=3).reason
    'seen, not measurable: 2 of 3 voxels across in one axis'
    """
    return Withheld(withheld_reasons()[reason].text.en.format(**numbers))


Measured = Quantity | Withheld
