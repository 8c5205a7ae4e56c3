"""What headers give cause to be careful about, though nothing is wrong with a grid. Pure.

Voxels that were interpolated across a limit of the resolution law, and fine series of one study
whose distortion was corrected in different ways. What a series shows after a contrast agent is a
doubt about its role, and stands in ``roles``; what makes no grid at all, in ``split``. What only an
eye sees, such as banding or motion, a reader says in the review.
"""

from collections.abc import Mapping
from functools import cache

from mriview.geometry import Grid
from mriview.scans.volume import Volume
from mriview.values import Problem, problem
from mriview.vocabulary import certainties, constant

# Words of ImageType by makers of gradient correction, worst first.
CORRECTIONS = ("ND", "DIS2D", "DIS3D")
HOW = {"ND": "not at all", "DIS2D": "in the plane only", "DIS3D": "in all three directions"}

Edges = tuple[float, float, float]


def interpolated(acquired_mm: Edges | None, grid: Grid) -> tuple[Problem, ...]:
    """Say where stored voxels promise more than was acquired.

    Parameters
    ----------
    acquired_mm : (float, float, float) or None
        Acquired edges along i, j and k, none below the spacing; None where nobody says.
    grid : Grid
        The stored grid.

    Returns
    -------
    tuple of Problem
        ``voxels_interpolated`` where by the stored voxels more could be concluded on a contact than
        by the acquired ones; else nothing.

    Examples
    --------
    >>> import numpy as np
    >>> fine = Grid((300, 300, 60), np.diag([0.4, 0.4, 0.5, 1]))
    >>> [one.code for one in interpolated((0.8, 0.8, 1.0), fine)]
    ['voxels_interpolated']
    >>> interpolated((0.4, 0.5, 0.5), fine)
    ()
    """
    if acquired_mm is None:
        return ()
    stored_mm = grid.spacing_mm
    plane_limits, slice_limit = _limits_mm()
    in_plane, acquired = max(stored_mm[:2]), max(acquired_mm[:2])
    if in_plane > max(plane_limits) or stored_mm[2] > slice_limit:
        return ()
    crosses = any(in_plane <= limit < acquired for limit in plane_limits)
    if not crosses and acquired_mm[2] <= slice_limit:
        return ()
    sizes = {"stored_mm": _size(stored_mm), "acquired_mm": _size(acquired_mm)}
    return (problem("voxels_interpolated", **sizes),)


def corrected_otherwise(
    volumes: Mapping[str, Volume], image_types: Mapping[str, tuple[str, ...]]
) -> dict[str, Problem]:
    """Find fine series whose distortion was corrected less than that of others of the study.

    Parameters
    ----------
    volumes : mapping
        Series key to volume. Only those whose slices are thin enough to judge a contact count.
    image_types : mapping
        Series key to the words of ImageType.

    Returns
    -------
    dict of str to Problem
        ``distortion_2d`` by series key.
    """
    thin = constant("no_contact_slice_max_mm")
    known = {
        key: max(map(CORRECTIONS.index, words))
        for key, volume in volumes.items()
        if max(volume.grid.spacing_mm) <= thin
        and (words := set(CORRECTIONS).intersection(image_types.get(key, ())))
    }
    best = max(known.values(), default=0)
    others = sum(rank == best for rank in known.values())
    return {
        key: problem(
            "distortion_2d",
            key,
            how=HOW[CORRECTIONS[rank]],
            best=HOW[CORRECTIONS[best]],
            others=others,
        )
        for key, rank in known.items()
        if rank < best
    }


@cache
def _limits_mm() -> tuple[tuple[float, ...], float]:
    """Edges in plane at which the resolution law changes its word, and the thickest slice."""
    in_plane = tuple(row.max_edge_mm for row in certainties().values())
    return in_plane, constant("no_contact_slice_max_mm")


def _size(edges_mm: Edges) -> str:
    return " x ".join(f"{edge:.2f}" for edge in edges_mm)
