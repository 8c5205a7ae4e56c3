"""Stored values to real-world values: slope and intercept, in the smallest type that is exact.

Every format ends here, so that a voxel has one meaning: stored value x slope + intercept, and one
series never takes more memory than `MAX_VOXEL_BYTES`. Private scale factors and display windows are
not applied.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mriview.values import problem

EXACT_IN_FLOAT32 = 2**24  # integers up to here are exact in float32
MAX_VOXEL_BYTES = 2 * 2**30  # of one series in memory; 512 x 512 x 512 x 8 bytes are half of it
BLOCK_VOXELS = 2**20  # scaled at a time, so that float64 steps cost no second volume

_FLOAT32 = np.finfo(np.float32)

Rescale = Sequence[tuple[float, float]]
Stored = Sequence[NDArray[np.generic]]


def real_world(stored: Stored, rescale: Rescale) -> NDArray[np.generic]:
    """Apply slope and intercept to each array of a stack.

    Integers stay integers where nothing is to be applied; else float32, which keeps every value
    within 6e-8 of itself, or float64 where the stored values need more than 24 bits or the results
    lie beyond the range of float32 (3.4e38, and slopes below 1.2e-38).

    Parameters
    ----------
    stored : sequence of arrays of one shape
        Stored values.
    rescale : sequence of (slope, intercept)
        One pair for each array.

    Returns
    -------
    (n, ...) array
        In native byte order; of one array that needs no rescaling a view, no copy.

    Raises
    ------
    ScanError
        The result is larger than `MAX_VOXEL_BYTES`, or holds numbers beyond float64.

    Examples
    --------
    >>> real_world([np.array([1, 2], "i2"), np.array([3, 4], "i2")], [(1, 0), (0.5, 1)]).tolist()
    [[1.0, 2.0], [2.5, 3.0]]
    """
    shared = np.result_type(*stored)
    voxels = len(stored) * stored[0].size
    if all(pair == (1.0, 0.0) for pair in rescale):
        check_size(voxels * shared.itemsize)
        if len(stored) == 1:
            return stored[0].astype(shared, copy=False)[np.newaxis]
        return np.stack(stored, dtype=shared, casting="same_kind")
    kind = np.dtype(_float_for(stored, rescale))
    check_size(voxels * kind.itemsize)
    out = np.empty((len(stored), *stored[0].shape), kind)
    for target, source, (slope, intercept) in zip(out, stored, rescale, strict=True):
        rows = max(1, BLOCK_VOXELS * len(source) // max(source.size, 1))
        for start in range(0, len(source), rows):
            block = source[start : start + rows].astype(np.float64)
            target[start : start + rows] = block * slope + intercept
    return out


def check_size(count: int) -> None:
    """Refuse voxels that would take more than `MAX_VOXEL_BYTES`, before they are made.

    Raises
    ------
    ScanError
        ``voxels_too_large``.
    """
    if count > MAX_VOXEL_BYTES:
        raise problem("voxels_too_large", **size_of(count)).as_error()


def size_of(count: int) -> dict[str, Any]:
    """Give the evidence of voxels that are too large."""
    return {"gib": round(count / 2**30, 2), "limit_gib": MAX_VOXEL_BYTES // 2**30}


def _float_for(stored: Stored, rescale: Rescale) -> type[np.floating]:
    """float32 where neither a value nor its offset loses digits that matter, or overflows."""
    ends = [  # of the numbers among them
        (float(np.fmin.reduce(one, axis=None)), float(np.fmax.reduce(one, axis=None)))
        for one in stored
    ]
    extents = [
        abs(end * slope + intercept)
        for pair, (slope, intercept) in zip(ends, rescale, strict=True)
        for end in pair
        if math.isfinite(end)  # what was stored as infinite stays it
    ]
    if not all(map(math.isfinite, extents)):
        raise problem("values_out_of_range").as_error()
    if any(source.dtype.itemsize > 4 for source in stored):
        return np.float64
    largest = max(abs(end) for pair in ends for end in pair)
    steps = [abs(intercept / slope) for slope, intercept in rescale]
    finest = min(abs(slope) for slope, _ in rescale)
    fits = max(extents, default=0.0) <= float(_FLOAT32.max) and finest >= float(_FLOAT32.tiny)
    return np.float32 if fits and largest + max(steps) < EXACT_IN_FLOAT32 else np.float64
