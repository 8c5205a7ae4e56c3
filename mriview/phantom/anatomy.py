"""The digital patient: nerves, vessels and a mass as solids of known place, in LPS millimetres.

``make_patient(case, seed)`` is pure: the same case and seed give the same patient. Which cases
there are stands in ``cases``; what follows from these solids (arcs, clock, sizes) is in ``truth``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from mriview.errors import UsageError
from mriview.geometry import Points
from mriview.phantom.cases import CASES, FIRST_CASE
from mriview.phantom.shapes import Ellipsoid, Foot, Tube
from mriview.phantom.surroundings import (
    CANAL_AXIS,
    CANAL_MM,
    PORUS,
    SIDES,
    Surroundings,
    make_surroundings,
    mirrored,
)

NERVE_RADIUS_MM = 0.7  # VII free 1.0-1.8 mm across (domain knowledge, no text checked)
VIII_RADIUS_MM = 0.85
AICA_RADIUS_MM = 0.6
PICA_RADIUS_MM = 0.75
ELONGATED_VA_RADIUS_MM = 1.9  # 3.8 mm across: above the 95 % range of women, in that of men
TRIGEMINAL_RADIUS_MM = 1.7

SUNK_MM = 0.35  # height of the attached nerve's centreline over the pons: half of it is sunk
CONTACT_ARC_MM = 4.5  # where along the nerve the AICA touches
CONTACT_CLOCK_DEG = 180.0  # from where: caudal, the side that the pons leaves free
VA_CONTACT_ARC_MM = 4.0
MASS_ARC_MM = 16.0  # where along the nerve the mass lies
PLEDGET_MM = (2.4, 1.6, 1.2)  # semi-axes: some mm of felt, long along the nerve
ROUNDS = 40  # of moving the vessel until it touches


@dataclass(frozen=True, eq=False)
class Artery:
    """An artery: its row id, its side (None in the midline) and its outer wall."""

    name: str
    vessel: str
    side: str | None
    tube: Tube


@dataclass(frozen=True, eq=False)
class Patient:
    """Everything that a series could show.

    Parameters
    ----------
    case, seed
        What it was made from.
    origin_mm : (3,) float64
        Middle of the pontomedullary sulcus; its x is the midsagittal plane.
    surroundings : Surroundings
        Brain, bone and fluid.
    facial : mapping
        Side to the facial nerve from its exit to the fundus.
    other_nerves : tuple of Tube
        VIII and V of both sides.
    arteries : tuple of Artery
        Basilar, vertebral, AICA, PICA.
    mass : Ellipsoid or None
        In the left cerebellopontine angle.
    pledget : Ellipsoid or None
        Teflon felt below the left facial nerve, which it touches.
    """

    case: str
    seed: int
    origin_mm: Points
    surroundings: Surroundings
    facial: Mapping[str, Tube]
    other_nerves: tuple[Tube, ...]
    arteries: tuple[Artery, ...]
    mass: Ellipsoid | None
    pledget: Ellipsoid | None = None


def make_patient(case: str = FIRST_CASE, seed: int = 0) -> Patient:
    """Make a digital patient.

    Parameters
    ----------
    case : str
        One of `CASES`.
    seed : int
        >= 0; varies place, size and course a little.

    Raises
    ------
    UsageError
        No such case, or a seed below 0.

    Examples
    --------
    >>> patient = make_patient("mass_left", seed=3)
    >>> round(patient.mass.volume_mm3), sorted(patient.facial)
    (834, ['left', 'right'])
    """
    if case not in CASES:
        found = f"no phantom case {case!r}"
        raise UsageError("case_unknown", found, f"Choose one of {', '.join(CASES)}")
    if seed < 0:
        raise UsageError("seed_negative", f"the seed {seed}", "Give a seed of 0 or more")
    random = np.random.default_rng(seed)
    origin_mm = np.round(random.uniform(-1.5, 1.5, 3), 2)
    surroundings = make_surroundings(random.uniform(0.98, 1.02), origin_mm)
    facial = {side: _facial(surroundings, origin_mm, side, random) for side in SIDES}
    arteries = _trunks(origin_mm, random)
    arteries += [_pica(origin_mm, arteries, side) for side in SIDES]
    arteries += [_free_aica(origin_mm, arteries, side, random) for side in SIDES]
    arc_mm, clock_deg = CONTACT_ARC_MM + random.uniform(-0.4, 0.4), random.uniform(-8, 8)
    turn = Rotation.from_euler("zyx", np.add((25, 10, 20), random.uniform(-5, 5, 3)), degrees=True)
    semi_mm = np.array([7.0, 6.0, 5.0]) * random.uniform(0.97, 1.03)
    wanted, nerve = CASES[case], facial["left"]
    clock_deg += CONTACT_CLOCK_DEG
    if wanted.vessel == "aica":
        touching = _touching_aica(arteries, nerve, arc_mm, clock_deg)
        arteries = [a for a in arteries if a.name != touching.name] + [touching]
    if wanted.vessel == "va":
        shift_mm = VA_CONTACT_ARC_MM - CONTACT_ARC_MM
        touching = _touching_va(arteries, nerve, arc_mm + shift_mm, clock_deg)
        arteries = [touching if a.name == touching.name else a for a in arteries]
        pica = _pica(origin_mm, arteries, "left")
        arteries = [pica if a.name == pica.name else a for a in arteries]
    return Patient(
        case=case,
        seed=seed,
        origin_mm=origin_mm,
        surroundings=surroundings,
        facial=facial,
        other_nerves=tuple(nerve for side in SIDES for nerve in _neighbours(origin_mm, side)),
        arteries=tuple(arteries),
        mass=_mass(nerve, turn.as_matrix(), semi_mm) if wanted.mass else None,
        pledget=_pledget(nerve, arc_mm, clock_deg) if wanted.pledget else None,
    )


def clock_axes(tangent: ArrayLike) -> tuple[Points, Points]:
    """Give the zero (rostral) and the quarter turn (ventral) of the clock across a nerve.

    Examples
    --------
    >>> [axis.tolist() for axis in clock_axes([1.0, 0, 0])]
    [[0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]
    """
    along = np.asarray(tangent, dtype=np.float64)
    rostral = np.array([0.0, 0.0, 1.0]) - along[2] * along
    rostral /= np.linalg.norm(rostral)
    ventral = np.cross(along, rostral)
    return rostral, ventral * (1.0 if ventral[1] < 0 else -1.0) + 0.0


def _facial(
    around: Surroundings, origin_mm: Points, side: str, random: np.random.Generator
) -> Tube:
    """Lay a facial nerve on the pons, through the cistern, along the upper front of the canal."""
    spots = np.array([(10.2, 0.6), (12.0, -0.8), (13.7, -2.1), (15.1, -3.2)])
    attached = [_on_pons(around, origin_mm + mirrored((x, y, 0), side)) for x, y in spots]
    vary = random.uniform(-0.3, 0.3, (2, 3))
    free = list(np.array([(18.6, -5.3, 7.6), (22.5, -7.2, 8.3)]) + vary)
    canal = [PORUS + CANAL_AXIS * s_mm + (0.1, -0.75, 0.85) for s_mm in (0.0, 3.5, CANAL_MM - 1.0)]
    outer = [origin_mm + mirrored(point, side) for point in [*free, *canal]]
    return Tube(np.array([*attached, *outer]), (NERVE_RADIUS_MM,))


def _on_pons(around: Surroundings, above: Points) -> Points:
    """Find the place on the underside of the pons below a point, a little off it."""
    pons = around.pons
    x, y = (above - pons.centre_mm)[:2] / pons.semi_mm[:2]
    down = pons.centre_mm[2] - pons.semi_mm[2] * np.sqrt(1.0 - x**2 - y**2)
    foot = np.array([above[0], above[1], down])
    outwards = (foot - pons.centre_mm) / pons.semi_mm**2
    return np.asarray(foot + SUNK_MM * outwards / np.linalg.norm(outwards))


def _neighbours(origin_mm: Points, side: str) -> tuple[Tube, Tube]:
    """Lay VIII behind and below VII, and V above it."""
    roots = list(np.array([(13.4, 4.0, 2.4), (16.5, 0.8, 3.2), (21.5, -3.6, 5.4)]))
    canal = [PORUS + CANAL_AXIS * s_mm + (0.0, 0.85, -0.75) for s_mm in (0.0, 3.5, CANAL_MM - 1.0)]
    eighth = [origin_mm + mirrored(point, side) for point in [*roots, *canal]]
    fifth = [
        origin_mm + mirrored(point, side)
        for point in ((14.5, -6.0, 17.5), (17.0, -13.0, 18.2), (18.5, -20.0, 18.6))
    ]
    return Tube(np.array(eighth), (VIII_RADIUS_MM,)), Tube(np.array(fifth), (TRIGEMINAL_RADIUS_MM,))


def _trunks(origin_mm: Points, random: np.random.Generator) -> list[Artery]:
    """Lay basilar and vertebral arteries in front of the brainstem, the basilar slightly bent."""
    bend = random.uniform(-0.8, 0.8)
    junction = np.array([bend / 2, -13.8, -5.0])
    basilar = [junction, (bend, -16.6, 1.5), (-bend, -18.4, 12.0), (0.0, -18.2, 24.0)]
    trunks = [Artery("ba", "ba", None, Tube(origin_mm + np.array(basilar), (1.7,)))]
    for side, radius_mm in (("right", 1.35), ("left", 1.5)):
        course = [
            mirrored(p, side) for p in ((9.5, -2.2, -20.0), (8.0, -8.0, -14.0), (4.0, -12.4, -8.2))
        ]
        tube = Tube(origin_mm + np.array([*course, junction]), (radius_mm,))
        trunks.append(Artery(f"va_{side}", "va", side, tube))
    return trunks


def _pica(origin_mm: Points, arteries: list[Artery], side: str) -> Artery:
    """Lay a PICA from the vertebral artery round the medulla."""
    trunk = next(a.tube for a in arteries if a.name == f"va_{side}")
    start = trunk.foot(origin_mm + mirrored((8.0, -8.0, -14.0), side)).point
    course = [(10.6, -4.0, -13.0), (12.6, 2.0, -14.0), (11.5, 8.0, -13.0)]
    knots = [start, *(origin_mm + mirrored(point, side) for point in course)]
    return Artery(f"pica_{side}", "pica", side, Tube(np.array(knots), (PICA_RADIUS_MM,)))


def _free_aica(
    origin_mm: Points, arteries: list[Artery], side: str, random: np.random.Generator
) -> Artery:
    """Lay an AICA that passes well below the nerves to the flocculus."""
    course = np.array(
        [(7.0, -14.2, -3.5), (13.0, -8.5, -5.5), (18.5, -1.5, -6.0), (21.5, 5.5, -5.0)]
    )
    course[1:3] += random.uniform(-0.5, 0.5, (2, 3))
    knots = [_from_basilar(arteries, side), *(origin_mm + mirrored(p, side) for p in course)]
    return Artery(f"aica_{side}", "aica", side, Tube(np.array(knots), (AICA_RADIUS_MM,)))


def _from_basilar(arteries: list[Artery], side: str) -> Points:
    """Find where an AICA leaves: on the lower third of the basilar artery."""
    trunk = arteries[0].tube
    return trunk.at(7.5 if side == "left" else 8.5)


def _touching_aica(arteries: list[Artery], nerve: Tube, arc_mm: float, clock_deg: float) -> Artery:
    """Lay the left AICA under the nerve, and move its loop until the walls meet."""
    here, away = _beside(nerve, arc_mm, clock_deg)
    across = np.cross(here.tangent, away)
    across *= 1.0 if across[1] > 0 else -1.0  # the loop runs to the back
    along = across + 0.35 * here.tangent  # and outwards: it crosses at about 70 deg
    apex = here.point + (NERVE_RADIUS_MM + AICA_RADIUS_MM) * away
    start, free = (
        _from_basilar(arteries, "left"),
        next(a for a in arteries if a.name == "aica_left"),
    )
    end = free.tube.knots_mm[-1]
    lead = (start + apex) / 2 + 2.2 * away
    loop = np.array([apex - 2.4 * along + 0.8 * away, apex, apex + 2.4 * along + 0.8 * away])
    tail = (loop[2] + end) / 2 + 1.0 * away
    tube = _pushed([start, lead], loop, [tail, end], AICA_RADIUS_MM, nerve, away)
    return Artery("aica_left", "aica", "left", tube)


def _touching_va(arteries: list[Artery], nerve: Tube, arc_mm: float, clock_deg: float) -> Artery:
    """Lead the left vertebral artery up to the nerve and forwards to where both join."""
    here, away = _beside(nerve, arc_mm, clock_deg)
    start, *_, junction = next(a.tube.knots_mm for a in arteries if a.name == "va_left")
    apex = here.point + (NERVE_RADIUS_MM + ELONGATED_VA_RADIUS_MM) * away
    forwards = junction - apex - ((junction - apex) @ away) * away
    forwards /= np.linalg.norm(forwards)
    backwards = np.array([-0.3, 1.0, 0.0])  # the limb that rises lies behind, clear of the AICA
    loop = np.array([apex + 2.2 * backwards + 3.0 * away, apex, apex + 4.0 * forwards + 1.6 * away])
    lead = (start + loop[0]) / 2 + (0.5, 1.5, 0.0)
    tube = _pushed([start, lead], loop, [junction], ELONGATED_VA_RADIUS_MM, nerve, away)
    return Artery("va_left", "va", "left", tube)


def _beside(nerve: Tube, arc_mm: float, clock_deg: float) -> tuple[Foot, Points]:
    """Find a place on a nerve, and the direction away from it at an angle of the clock."""
    here = nerve.foot(nerve.at(arc_mm))
    rostral, ventral = clock_axes(here.tangent)
    angle = np.radians(clock_deg)
    return here, np.cos(angle) * rostral + np.sin(angle) * ventral


def _pushed(
    before: list[Points],
    loop: Points,
    after: list[Points],
    radius_mm: float,
    nerve: Tube,
    away: Points,
) -> Tube:
    """Move the loop of a vessel towards a nerve until the walls meet."""
    for _ in range(ROUNDS):
        tube = Tube(np.array([*before, *loop, *after]), (radius_mm,))
        on_nerve, on_vessel = closest_points(nerve, tube)
        gap_mm = float(np.linalg.norm(on_vessel - on_nerve)) - NERVE_RADIUS_MM - radius_mm
        loop = loop - gap_mm * away
        if abs(gap_mm) < 1e-6:
            break
    return tube


def closest_points(one: Tube, other: Tube) -> tuple[Points, Points]:
    """Find the pair of points, one on each centreline, that are nearest to each other."""
    away_mm, vertex = cKDTree(other.path_mm).query(one.path_mm)
    mine, theirs = one.path_mm[int(away_mm.argmin())], other.path_mm[vertex[int(away_mm.argmin())]]
    for _ in range(8):  # projecting to and fro settles between the vertices
        theirs = other.foot(mine).point
        mine = one.foot(theirs).point
    return mine, theirs


def _mass(nerve: Tube, axes: Points, semi_mm: Points) -> Ellipsoid:
    """Put a mass behind and below the nerve before the porus, so that it touches the nerve."""
    here = nerve.foot(nerve.at(MASS_ARC_MM))
    rostral, _ = clock_axes(here.tangent)
    away = np.array([0.25, 0.45, -0.85]) - 0.2 * rostral
    away /= np.linalg.norm(away)
    low, high = 0.0, 20.0
    for _ in range(50):
        middle = (low + high) / 2
        mass = Ellipsoid(here.point + middle * away, semi_mm, axes)
        touches = mass.exact_distance(nerve.path_mm[::10]).min() < NERVE_RADIUS_MM
        low, high = (middle, high) if touches else (low, middle)
    return Ellipsoid(here.point + high * away, semi_mm, axes)


def _pledget(nerve: Tube, arc_mm: float, clock_deg: float) -> Ellipsoid:
    """Put a pledget where a vessel was taken away: it touches the nerve."""
    here, away = _beside(nerve, arc_mm, clock_deg)
    axes = np.stack([here.tangent, np.cross(away, here.tangent), away], axis=1)
    semi_mm = np.array(PLEDGET_MM)
    return Ellipsoid(here.point + (NERVE_RADIUS_MM + semi_mm[2]) * away, semi_mm, axes)
