"""Stored values to real-world values: slope and intercept, in the smallest type that is exact.

Every format ends here, so that a voxel has one meaning: stored value x slope + intercept, and one
series never takes more memory than `Limits.voxel_bytes`. Private scale factors and display windows
are not applied.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mriview.scans.limits import limits
from mriview.values import problem

EXACT_IN_FLOAT32 = 2**24  # integers up to here are exact in float32
BLOCK_VOXELS = 2**18  # scaled at a time, so that float64 steps cost no second volume

_FLOAT32 = np.finfo(np.float32)

Pair = tuple[float, float]
Stored = Sequence[NDArray[np.generic]]


def real_world(stored: Stored, rescale: Sequence[Pair]) -> NDArray[np.generic]:
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
        The result is larger than `Limits.voxel_bytes`, or holds numbers beyond float64.

    Examples
    --------
    >>> real_world([np.array([1, 2], "i2"), np.array([3, 4], "i2")], [(1, 0), (0.5, 1)]).tolist()
    [[1.0, 2.0], [2.5, 3.0]]
    """
    shared = np.result_type(*stored)
    voxels = len(stored) * stored[0].size
    if not is_rescaled(rescale):
        check_size(voxels * shared.itemsize)
        if len(stored) == 1:
            return stored[0].astype(shared, copy=False)[np.newaxis]
        return np.stack(stored, dtype=shared, casting="same_kind")
    ends = [  # of the numbers among them
        (float(np.fmin.reduce(one, axis=None)), float(np.fmax.reduce(one, axis=None)))
        for one in stored
    ]
    kind = scaled_type(zip(ends, rescale, strict=True))
    if any(source.dtype.itemsize > 4 for source in stored):
        kind = np.dtype(np.float64)
    check_size(voxels * kind.itemsize)
    out = np.empty((len(stored), *stored[0].shape), kind)
    for target, source, pair in zip(out, stored, rescale, strict=True):
        scale_into(target, source, pair)
    return out


def is_rescaled(rescale: Iterable[Pair]) -> bool:
    """Whether any slope or intercept changes a value."""
    return any(pair != (1.0, 0.0) for pair in rescale)


def scaled_type(parts: Iterable[tuple[Pair, Pair]]) -> np.dtype[np.floating]:
    """Give float32 where neither a value nor its offset loses digits that matter, or overflows.

    Parameters
    ----------
    parts : iterable of ((lowest, highest), (slope, intercept))
        Ends of the stored values, and what is applied to them.

    Raises
    ------
    ScanError
        ``values_out_of_range``: results lie beyond float64.

    Examples
    --------
    >>> scaled_type([((0, 4095), (0.25, -1000))]), scaled_type([((0, 2**31), (0.25, 0))])
    (dtype('float32'), dtype('float64'))
    """
    largest = farthest = most_steps = 0.0
    finest = math.inf
    for ends, (slope, intercept) in parts:
        finest = min(finest, abs(slope))
        most_steps = max(most_steps, abs(intercept / slope))
        for end in ends:
            if not math.isfinite(end):  # what was stored as infinite stays it
                largest = math.inf
                continue
            largest = max(largest, abs(end))
            result = abs(end * slope + intercept)
            if not math.isfinite(result):
                raise problem("values_out_of_range").as_error()
            farthest = max(farthest, result)
    fits = farthest <= float(_FLOAT32.max) and finest >= float(_FLOAT32.tiny)
    exact = largest + most_steps < EXACT_IN_FLOAT32
    return np.dtype(np.float32 if fits and exact else np.float64)


def scale_into(target: NDArray[np.generic], stored: NDArray[np.generic], pair: Pair) -> None:
    """Write stored value x slope + intercept, computed in float64, in blocks.

    Parameters
    ----------
    target, stored : arrays of one shape
        Real-world values, which are written, and stored ones.
    pair : (slope, intercept)
        What is applied.
    """
    slope, intercept = pair
    rows = max(1, BLOCK_VOXELS * len(stored) // max(stored.size, 1))
    for start in range(0, len(stored), rows):
        block = stored[start : start + rows].astype(np.float64)
        block *= slope
        block += intercept
        target[start : start + rows] = block


def check_size(count: int) -> None:
    """Refuse voxels that would take more than `Limits.voxel_bytes`, before they are made.

    Raises
    ------
    ScanError
        ``voxels_too_large``.
    """
    if count > limits().voxel_bytes:
        raise problem("voxels_too_large", **size_of(count)).as_error()


def size_of(count: int) -> dict[str, Any]:
    """Give the evidence of voxels that are too large."""
    return {"gib": round(count / 2**30, 2), "limit_gib": round(limits().voxel_bytes / 2**30, 2)}
