"""Which planes of one series show one thing, where headers do not say it outright. Pure.

What differs by the rounding of a number is one thing after all; what lies at one place several
times may be several things that only a hint tells apart. Both are believed only where the places
of the planes agree. What separates volumes for certain, and what makes a grid, ``split`` decides.
"""

from collections.abc import Callable, Hashable, Sequence

import numpy as np

from mriview.scans.headers import Plane
from mriview.scans.stack import places_of

# Differences that exporters make of one value: echo time in ms, flip angle in degrees, s/mm2.
ROUNDED = {"echo_ms": 0.05, "flip_deg": 0.5, "b_value": 1.0}

# What tells volumes apart only if each value fills the whole stack: others write it by slice.
HINTS: tuple[Callable[[Plane], Hashable], ...] = (
    lambda plane: plane.acquisition.image_type[:2],
    lambda plane: plane.acquisition.physics.get("ti_ms"),
    lambda plane: plane.acquisition.physics.get("tr_ms"),
    lambda plane: bool(plane.acquisition.contrast_agent),
    lambda plane: plane.acquisition.names,
)


def rejoined(
    groups: Sequence[list[Plane]], same: Callable[[Plane, Plane], bool]
) -> list[list[Plane]]:
    """Put groups together whose kinds differ by rounding and whose places complete each other.

    Parameters
    ----------
    groups : sequence of list of Plane
        Each of one kind, in their order.
    same : callable
        Whether two planes are alike in all but their kind.
    """
    joined: list[list[Plane]] = []
    for group in groups:
        for home in joined:
            near = _is_rounded(home[0].kind, group[0].kind) and same(home[0], group[0])
            if near and _is_each_place_once([*home, *group]):
                home.extend(group)
                break
        else:
            joined.append(list(group))
    return joined


def told_apart(planes: list[Plane]) -> list[list[Plane]]:
    """Take planes at one place apart by the first hint whose every value fills the whole stack."""
    if _is_each_place_once(planes):
        return [planes]
    for hint in HINTS:
        parts: dict[Hashable, list[int]] = {}
        for n, plane in enumerate(planes):
            parts.setdefault(hint(plane), []).append(n)
        if len(parts) < 2:
            continue
        places = places_of(planes)
        counts = [np.bincount(places[at], minlength=places.max() + 1) for at in parts.values()]
        if all(count.min() == count.max() for count in counts):
            return [part for at in parts.values() for part in told_apart([planes[n] for n in at])]
    return [planes]


def _is_rounded(a: tuple[tuple[str, str], ...], b: tuple[tuple[str, str], ...]) -> bool:
    """Whether two kinds are the same but for the rounding of numbers."""
    if [name for name, _ in a] != [name for name, _ in b]:
        return False
    return all(
        one == other or (name in ROUNDED and abs(float(one) - float(other)) <= ROUNDED[name])
        for (name, one), (_, other) in zip(a, b, strict=True)
    )


def _is_each_place_once(planes: Sequence[Plane]) -> bool:
    return int(places_of(planes).max()) + 1 == len(planes)
