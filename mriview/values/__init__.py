"""Frozen values that scans, phantom, measurements, reviews and reports all speak.

None of them opens a file or is ever changed; what their words mean, the vocabulary says.
"""

from mriview.values.mask import Mask
from mriview.values.nerve import Landmark, NervePath
from mriview.values.problem import Problem, problem
from mriview.values.quantity import DECIMALS, LEVEL, Measured, Quantity, Withheld, withheld

__all__ = [
    "DECIMALS",
    "LEVEL",
    "Landmark",
    "Mask",
    "Measured",
    "NervePath",
    "Problem",
    "Quantity",
    "Withheld",
    "problem",
    "withheld",
]
