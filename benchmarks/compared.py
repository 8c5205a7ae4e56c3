"""What all ways have to agree on, as one digest: a listing, counts of files, voxels.

Ways give what they read in forms of their own; here all become the same bytes. Imports nothing but
the standard library before voxels come, so that it costs no side anything.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Answer = Callable[[], str]  # the digest of what a way has read; asked for outside of its time

DIGITS = 3  # of a millimetre; no two series of the data are closer


def digest_of_listing(series: Iterable[Sequence[float]]) -> str:
    """Of columns, rows, slices and mm between each of them, of all series in any order."""
    return _digest(sorted([round(float(value), DIGITS) + 0.0 for value in one] for one in series))


def digest_of_counts(files: Iterable[int]) -> str:
    """Of the number of files of all series in any order."""
    return _digest(sorted(files))


def digest_of_set(digests: Iterable[str]) -> str:
    """Of many volumes in any order."""
    return _digest(sorted(digests))


def digest_of_voxels(voxels: "NDArray[np.generic]") -> str:
    """Of whole numbers of 16 bit, (slices, rows, columns); of others it says that they are none."""
    import numpy as np

    whole = np.ascontiguousarray(voxels, "<u2") if voxels.dtype.kind in "ui" else None
    if whole is None:
        whole = np.ascontiguousarray(voxels).astype("<u2")
        if not np.array_equal(whole, voxels):
            return "no whole numbers"
    return hashlib.sha256(whole.data).hexdigest()


class Volumes:
    """The digest of many volumes of which no two have to be held at once; called, it gives it."""

    def __init__(self) -> None:
        self.untimed_s = 0.0
        self._digests: list[str] = []

    def add(self, voxels: "NDArray[np.generic]") -> None:
        """Take one volume; the time that this costs is nobody's."""
        start = perf_counter()
        self._digests.append(digest_of_voxels(voxels))
        self.untimed_s += perf_counter() - start

    def __call__(self) -> str:
        """Give the digest of all of them, in any order."""
        return digest_of_set(self._digests)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
