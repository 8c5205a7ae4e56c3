"""Frames at one place: what makes them different images, and what orders them. Pure.

A multi-frame object may hold any number of frames at each place. Some attributes separate volumes
by themselves (``acquisition``); here are those that do so only where they run through all places
once for each of their values: a coil, a velocity direction, a dimension of the object. What is left
of the dimensions orders time points. Which dimension is which is told by how its values lie over
the places: the names that objects give their dimensions are known to be in a wrong order.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from pydicom.datadict import tag_for_keyword

Kind = tuple[tuple[str, str], ...]

RADIX = 10_000  # beyond the index of any dimension; three of them and a bit fit into a double
_MOST = 2**53

# A dimension of these orders images of one kind: times, and the directions of diffusion.
_ORDERING = frozenset(
    tag_for_keyword(keyword)
    for keyword in (
        *("TemporalPositionIndex", "TemporalPositionTimeOffset", "FrameAcquisitionNumber"),
        *("FrameAcquisitionDateTime", "FrameReferenceDateTime", "NominalCardiacTriggerDelayTime"),
        *("NominalPercentageOfCardiacPhase", "NominalPercentageOfRespiratoryPhase"),
        *("DiffusionGradientOrientation", "DiffusionGradientDirectionSequence"),
        "DiffusionDirectionality",
    )
) | {0x20051413}  # Philips: number of the gradient orientation
_PLACING = frozenset(
    tag_for_keyword(keyword)
    for keyword in ("StackID", "InStackPositionNumber", "ImagePositionPatient", "SliceLocation")
)


@dataclass(frozen=True, slots=True)
class Spot:
    """What one frame says of itself, as far as it can tell frames apart.

    Parameters
    ----------
    kind : Kind
        What separates volumes by itself.
    place : hashable
        Equal for frames at one place with one orientation.
    hints : mapping
        Attributes that may separate volumes: name to value.
    index : tuple of int
        One number a dimension.
    """

    kind: Kind
    place: Hashable
    hints: Mapping[str, str]
    index: tuple[int, ...] = ()


def told_apart(
    spots: Sequence[Spot], pointers: Sequence[int] = ()
) -> tuple[list[Kind], list[float | None]]:
    """Complete the kinds of the frames of one object, and give what orders those of one kind.

    Parameters
    ----------
    spots : sequence of Spot
        All frames of the object.
    pointers : sequence of int
        Attributes that the dimensions are named after, as tags.

    Returns
    -------
    list of Kind
        With the attributes that separate frames at one place.
    list of float or None
        The dimensions that do not, as one number each; None where they say nothing.

    Examples
    --------
    >>> frames = [(coil, t, k) for coil in "ab" for t in (1, 2) for k in (1, 2)]
    >>> kinds, orders = told_apart([Spot((), k, {"coil": coil}, (k, t)) for coil, t, k in frames])
    >>> kinds[0], kinds[-1], orders[:4]
    ((('coil', 'a'),), (('coil', 'b'),), [1.0, 1.0, 2.0, 2.0])
    """
    width = min((len(spot.index) for spot in spots), default=0)
    names = pointers if len(pointers) == width else (0,) * width
    separating: list[str] = []
    hints: list[dict[str, str]] = []
    if len({(spot.kind, spot.place) for spot in spots}) < len(spots):
        hints = [{**spot.hints, **_named(spot.index, names)} for spot in spots]
        separating = _separating(spots, hints)
    kinds = [spot.kind for spot in spots]
    if separating:
        kinds = [
            (*spot.kind, *((name, hint[name]) for name in separating if name in hint))
            for spot, hint in zip(spots, hints, strict=True)
        ]
    ordering = [
        q
        for q in range(width)
        if _dimension(q) not in separating and not _places(spots, q, names[q])
    ]
    return kinds, [_as_number([spot.index[q] for q in ordering]) for spot in spots]


def _dimension(q: int) -> str:
    return f"dimension_{q + 1}"


def _named(index: Sequence[int], pointers: Sequence[int]) -> dict[str, str]:
    """Give the dimensions that are neither a place nor a time."""
    known = _ORDERING | _PLACING | {0}
    return {_dimension(q): str(index[q]) for q, name in enumerate(pointers) if name not in known}


def _separating(spots: Sequence[Spot], hints: Sequence[Mapping[str, str]]) -> list[str]:
    """Find the attributes each of whose values runs through the places of another one's."""
    names = sorted(set().union(*hints))
    return [name for name in names if _separates(spots, [hint.get(name, "") for hint in hints])]


def _separates(spots: Sequence[Spot], values: Sequence[str]) -> bool:
    where: dict[Kind, dict[str, set[Hashable]]] = {}
    for spot, value in zip(spots, values, strict=True):
        where.setdefault(spot.kind, {}).setdefault(value, set()).add(spot.place)
    is_shared = False
    for by_value in where.values():
        runs = [frozenset(places) for places in by_value.values()]
        if sum(map(len, set(runs))) > len(frozenset().union(*runs)):
            return False  # two values have some of their places in common: it varies along a stack
        is_shared |= len(set(runs)) < len(runs)
    return is_shared


def _places(spots: Sequence[Spot], q: int, pointer: int) -> bool:
    """Whether a dimension says where a frame is: its index follows from the place."""
    index_at: dict[Hashable, int] = {}
    for spot in spots:
        if index_at.setdefault(spot.place, spot.index[q]) != spot.index[q]:
            return False
    if len(index_at) == 1:
        return pointer in _PLACING or not pointer
    return len(set(index_at.values())) > 1


def _as_number(indices: Sequence[int]) -> float | None:
    number = 0
    for index in indices:
        if not 0 <= index < RADIX:
            return None
        number = number * RADIX + index
    return float(number) if indices and number < _MOST else None
