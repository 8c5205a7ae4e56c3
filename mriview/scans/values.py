"""Stored values to real-world values: slope and intercept, in the smallest type that is exact.

Every format ends here, so that a voxel has one meaning: stored value x slope + intercept. Private
scale factors and display windows are not applied.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

EXACT_IN_FLOAT32 = 2**24  # integers up to here are exact in float32


def real_world(
    stored: Sequence[NDArray[np.generic]], rescale: Sequence[tuple[float, float]]
) -> NDArray[np.generic]:
    """Apply slope and intercept to each array of a stack.

    Integers stay integers where nothing is to be applied; else float32, which keeps every value
    within 6e-8 of itself, or float64 where the stored values need more than 24 bits.

    Parameters
    ----------
    stored : sequence of arrays of one shape
        Stored values.
    rescale : sequence of (slope, intercept)
        One pair for each array.

    Returns
    -------
    (n, ...) array
        In native byte order.

    Examples
    --------
    >>> real_world([np.array([1, 2], "i2"), np.array([3, 4], "i2")], [(1, 0), (0.5, 1)]).tolist()
    [[1.0, 2.0], [2.5, 3.0]]
    """
    shared = np.result_type(*stored)
    if all(pair == (1.0, 0.0) for pair in rescale):
        return np.stack(stored, dtype=shared, casting="same_kind")
    out = np.empty((len(stored), *stored[0].shape), _float_for(stored, rescale))
    for target, source, (slope, intercept) in zip(out, stored, rescale, strict=True):
        target[...] = source.astype(np.float64) * slope + intercept
    return out


def _float_for(
    stored: Sequence[NDArray[np.generic]], rescale: Sequence[tuple[float, float]]
) -> type[np.floating]:
    """float32 where neither a value nor its offset loses digits that matter."""
    if any(source.dtype.itemsize > 4 for source in stored):
        return np.float64
    largest = max(float(np.abs(source.astype(np.float64)).max()) for source in stored)
    steps = [abs(intercept / slope) for slope, intercept in rescale]
    return np.float32 if largest + max(steps) < EXACT_IN_FLOAT32 else np.float64
