"""What nerves and vessels run through: brainstem, cerebellum, petrous bone, canals, labyrinth.

A sketch from few solids, in millimetres from the middle of the pontomedullary sulcus (x to the
patient's left, y to the back, z to the head), equal on both sides. Nerves, vessels and masses are
in ``anatomy``; what each tissue looks like on a series is in ``render``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mriview.geometry import Points
from mriview.phantom.shapes import Both, Ellipsoid, HalfSpace, Solid, Sum, Tube

Place = Callable[[ArrayLike, str], Points]  # of a left point on a side to the patient

SIDES = ("right", "left")

PORUS = np.array([26.5, -8.0, 7.0])  # middle of the left porus
CANAL_AXIS = np.array([0.985, -0.14, 0.10])  # from the left porus to the fundus
CANAL_MM = 10.0  # length; 8-11 in adults (general knowledge)
PETROUS_INTO = np.array([0.72, -0.66, 0.20])  # from the left cistern into the bone
RIDGE_Z = 17.0  # above it lies the temporal lobe
SUBDURAL_MM = 1.4  # fluid between brain and bone
TENTORIUM_Z = 27.0


def mirrored(point: ArrayLike, side: str) -> Points:
    """Give a point or direction of the left side on the side that is meant."""
    return np.asarray(point, dtype=np.float64) * [1.0 if side == "left" else -1.0, 1.0, 1.0]


@dataclass(frozen=True, eq=False)
class Surroundings:
    """The parts that hold still.

    Parameters
    ----------
    brainstem : Solid
        Pons, medulla and peduncles: what the facial nerve lies on.
    pons : Ellipsoid
        Alone, since the attached segment runs on its underside.
    brain : Solid
        Everything grey but the cerebellum, brainstem included.
    cerebellum, folded, bone : Solid
        The cerebellum as an egg, and what is seen of it, with both flocculi.
    fluids : tuple of Solid
        Fourth ventricle, canals and labyrinths, which lie in brain and bone.
    porus_planes : mapping
        Side to the plane of the petrous face, into the bone.
    """

    pons: Ellipsoid
    brainstem: Solid
    brain: Solid
    cerebellum: Ellipsoid
    folded: Solid
    bone: Solid
    fluids: tuple[Solid, ...]
    porus_planes: dict[str, HalfSpace]


def make_surroundings(size: float, origin_mm: Points) -> Surroundings:
    """Build the parts around the nerves.

    Parameters
    ----------
    size : float
        Of brainstem and cerebellum; 1 is the sketch itself.
    origin_mm : (3,) float64
        Where the middle of the pontomedullary sulcus lies, LPS mm.
    """

    def egg(centre: ArrayLike, semi: ArrayLike) -> Ellipsoid:
        return Ellipsoid(origin_mm + np.asarray(centre) * size, np.asarray(semi) * size, np.eye(3))

    def both(centre: tuple[float, float, float], semi: ArrayLike) -> tuple[Ellipsoid, Ellipsoid]:
        x, y, z = centre
        return egg((x, y, z), semi), egg((-x, y, z), semi)

    def there(point: ArrayLike, side: str) -> Points:
        return origin_mm + mirrored(point, side)

    pons = egg((0, -2, 13), (17.0, 13, 14))
    medulla = egg((0, 3.5, -14), (10.2, 7.0, 24))
    olives = both((5.6, -1.6, -8), (3.2, 3.0, 6.5))
    peduncles = both((15.5, 9, 13), (8.5, 11, 9.5))
    tegmentum = egg((0, 8, 10), (14.5, 6.5, 15))
    brainstem = Sum((pons, medulla, *olives, *peduncles, tegmentum))
    planes = {side: HalfSpace(there(PORUS, side), mirrored(PETROUS_INTO, side)) for side in SIDES}
    clivus = HalfSpace(np.add(origin_mm, (0.0, -22.8, 5.0)), np.array([0.0, -1.0, -0.33]))
    below_ridge = HalfSpace(np.add(origin_mm, (0.0, 0.0, RIDGE_Z)), np.array([0.0, 0.0, -1.0]))
    petrous = [Both((plane, below_ridge)) for plane in planes.values()]
    bone = Sum((*petrous, clivus))
    lobes = [
        Both((
            HalfSpace(there(PORUS, side) + mirrored((1.5, -1.5, 0), side), planes[side].into),
            HalfSpace(np.add(origin_mm, (0.0, 0.0, RIDGE_Z + 1.2)), np.array([0.0, 0.0, 1.0])),
        ))
        for side in SIDES
    ]  # fmt: skip
    cerebellum = egg((0, 36.5, 3), (46, 26, 33))
    hemispheres = both((26, 21.5, 3), (20, 18.5, 26))
    flocculi = both((20.5, 8.5, -1.5), (5.0, 4.2, 3.6))
    under = HalfSpace(np.add(origin_mm, (0.0, 0.0, TENTORIUM_Z)), np.array([0.0, 0.0, -1.0]))
    folded = [Both((egg_, under)) for egg_ in (cerebellum, *hemispheres)]
    return Surroundings(
        pons=pons,
        brainstem=brainstem,
        brain=Sum((brainstem, *lobes), away_from=bone, by_mm=SUBDURAL_MM),
        cerebellum=cerebellum,
        folded=Sum((*folded, *flocculi), away_from=bone, by_mm=SUBDURAL_MM),
        bone=bone,
        fluids=(
            egg((0, 12.5, 6), (7.5, 3.6, 13)),
            *(_canal(there, side) for side in SIDES),
            *_labyrinths(there),
        ),
        porus_planes=planes,
    )


def _canal(there: Place, side: str) -> Tube:
    """Give an internal auditory canal: a funnel at the porus, narrower to the fundus."""
    along = (-2.5, 0.0, 2.5, CANAL_MM - 2.0)
    knots = [there(PORUS + CANAL_AXIS * s_mm, side) for s_mm in along]
    return Tube(np.array(knots), (3.9, 3.2, 2.7, 2.3))


def _labyrinths(there: Place) -> list[Solid]:
    """Give cochlea, vestibule and lateral semicircular canal of both sides, as fluid."""
    parts: list[Solid] = []
    for side in SIDES:
        for centre, semi in (
            ((39.3, -13.2, 6.5), (2.6, 2.2, 2.4)),
            ((40.4, -6.5, 8.5), (2.0, 2.8, 2.0)),
        ):
            parts.append(Ellipsoid(there(centre, side), np.array(semi), np.eye(3)))
        turns = np.linspace(0.0, np.pi, 5)
        ring = [(41.0 + 3.4 * np.sin(t), -2.8 - 3.2 * np.cos(t), 9.0) for t in turns]
        parts.append(Tube(np.array([there(point, side) for point in ring]), (0.6,)))
    return parts
