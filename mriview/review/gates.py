"""What the scans support: the predicates that guards and report rules both ask.

They take one frozen ``Reading``, so that what the room refuses and what a checker finds can never
differ. The conditions, their needs and every number are rows of the vocabulary; the predicates are
those of the domain page, sections 2, 4, 5 and 7, and of rules R05, R15 and R29.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mriview import vocabulary
from mriview.geometry import Points
from mriview.review.reading import USABLE, ContactFacts, SeriesFacts, SideFacts
from mriview.vocabulary import Need, constant

ENHANCED = frozenset({"t1_post"})  # roles on which enhancement is seen
ROUNDING_MM = 0.05  # a span that a reader typed to 0.1 mm reaches the porus that it means


@dataclass(frozen=True, slots=True)
class ConditionGate:
    """Whether "absent" can be said of one condition.

    Parameters
    ----------
    basis : tuple of str
        Series that together could have shown it; empty where the gate is closed.
    ruled_out : bool
        Whether role, slice or quality settles that these scans cannot tell: then the tool derives
        ``indeterminate``. Coverage or a role that nobody confirmed is asked instead.
    limits : tuple of str
        Limit ids: why it is closed.
    unconfirmed : tuple of (str, str)
        (series key, structure) that a reader could confirm.
    missing : tuple of tuple of str
        Roles that no series has, of each group one would do: ``(("dwi",), ("t2_brain", "flair"))``.
    thick_mm : (float, float) or None
        Slices that are too thick, and how thick they may be.
    """

    condition: str
    basis: tuple[str, ...]
    ruled_out: bool
    limits: tuple[str, ...] = ()
    unconfirmed: tuple[tuple[str, str], ...] = ()
    missing: tuple[tuple[str, ...], ...] = ()
    thick_mm: tuple[float, float] | None = None

    @property
    def allows_absent(self) -> bool:
        """Whether "looked for, not seen" may be answered."""
        return bool(self.basis)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One reason why something may not be said: the limit, and the sentence with its numbers."""

    limit: str
    why: str


def mandatory_conditions(known: AbstractSet[str]) -> tuple[str, ...]:
    """Conditions that must be answered before a reading is signed, in table order.

    Parameters
    ----------
    known : set of str
        What is known of the patient (``known``); nothing in a blind reading.
    """
    return tuple(
        row.id
        for row in vocabulary.conditions().values()
        if row.mandatory == "always" or known & set(row.mandatory_when)
    )


def asked_conditions(
    known: AbstractSet[str], answered: Iterable[str], lesions: Iterable[str]
) -> tuple[str, ...]:
    """Conditions that a report lists: the mandatory ones and those that a reader brought up."""
    wanted = {*mandatory_conditions(known), *answered, *lesions}
    return tuple(key for key in vocabulary.conditions() if key in wanted)


def condition_gate(condition: str, series: Sequence[SeriesFacts]) -> ConditionGate:
    """Ask whether the scans could have shown a condition (domain, section 7).

    Every need must be met by at least one series: a role that is sure, a slice within the limit,
    and each named structure confirmed.
    """
    row = vocabulary.conditions()[condition]
    met = [_meet(need_group, series) for need_group in row.needs]
    closed = [group for group in met if not group.basis]
    if not row.absent_offered or closed:
        settled = [group for group in closed if group.ruled_out]
        why = settled or closed  # what a reader could still confirm is moot where one need is out
        return ConditionGate(
            condition=condition,
            basis=(),
            ruled_out=bool(settled),
            limits=tuple(dict.fromkeys(limit for group in why for limit in group.limits)),
            unconfirmed=tuple(dict.fromkeys(pair for group in why for pair in group.unconfirmed)),
            missing=tuple(dict.fromkeys(group.missing for group in why if group.missing)),
            thick_mm=next((group.thick_mm for group in why if group.thick_mm), None),
        )
    basis = tuple(dict.fromkeys(key for group in met for key in group.basis))
    return ConditionGate(condition, basis, ruled_out=False)


def basis_holds(condition: str, basis: Iterable[str], series: Sequence[SeriesFacts]) -> bool:
    """Whether the named series alone could have shown a condition (R21)."""
    named = set(basis)
    return condition_gate(condition, [one for one in series if one.key in named]).allows_absent


def shows_enhancement(series: Sequence[SeriesFacts]) -> bool | None:
    """Whether a series after contrast is there; None where only a name speaks for it (R23)."""
    found = [one for one in series if one.role in ENHANCED]
    return any(one.role_is_sure for one in found) or (None if found else False)


def present_holds(condition: str, series: Sequence[SeriesFacts]) -> bool:
    """Whether the study has a series on which a condition can be called present (R23)."""
    needed = vocabulary.conditions()[condition].present_needs
    return not needed or any(one.role in needed and one.role_is_sure for one in series)


def side_of_lesions(sides: Iterable[str | None]) -> str | None:
    """Join the sides of the lesions of one condition; None without a side or without agreement."""
    found = set(sides) - {None}
    if {"right", "left"} <= found:
        return "bilateral"
    return found.pop() if len(found) == 1 else None


def standing_limits(condition: str, answer: str, series: Sequence[SeriesFacts]) -> tuple[str, ...]:
    """Limits that stand beside an answer whatever was seen (``L_DSA``, ``L_VS_UNDER_3MM`` ...)."""
    sure = {one.role for one in series if one.role_is_sure}
    return tuple(
        row.limit
        for row in vocabulary.conditions()[condition].standing_limits
        if answer in row.answers and not sure & set(row.unless_roles)
    )


def derived_answer(answer: str, gate: ConditionGate) -> tuple[str, bool]:
    """Give the answer that a report shows, and whether the tool derived it.

    Where the scans rule a judgement out, "not assessed" becomes "indeterminate"; what the reader
    said always stands.
    """
    if answer == "not_assessed" and gate.ruled_out:
        return "indeterminate", True
    return answer, False


def group_answer(group: str, answers: Mapping[str, str], known: AbstractSet[str]) -> str:
    """Derive the line of a group of conditions from its rows (domain, section 7)."""
    rows = vocabulary.conditions()
    of_group = {key: value for key, value in answers.items() if rows[key].group == group}
    if "present" in of_group.values():
        return "present"
    mandatory = [of_group.get(key) for key in mandatory_conditions(known) if key in of_group]
    for answer in ("not_assessed", "indeterminate"):
        if answer in mandatory:
            return answer
    return "absent" if mandatory else "not_assessed"


def no_contact_shortfalls(side: SideFacts, series: Sequence[SeriesFacts]) -> tuple[Shortfall, ...]:
    """List what keeps "no vessel touches the nerve" from being said of a side (R15)."""
    found: list[Shortfall] = []
    cisternograms = [s for s in series if s.role == "t2_cisternogram" and s.role_is_sure]
    covering = f"facial_path_{side.name[0]}"
    in_plane, thick = constant("no_contact_in_plane_max_mm"), constant("no_contact_slice_max_mm")
    fine = [
        s
        for s in cisternograms
        if s.is_usable and s.in_plane_mm <= in_plane and s.slice_mm <= thick
    ]
    usable = [s for s in cisternograms if s.is_usable]
    if cisternograms and not usable:
        found.append(Shortfall("L_NERVE_NOT_ASSESSABLE", "the cisternogram is not usable"))
    elif not cisternograms:
        found.append(Shortfall("L_ROLE_MISSING", "no series is surely a cisternogram"))
    elif not fine:
        best = min(usable, key=lambda s: (s.in_plane_mm, s.slice_mm))
        size = f"{best.in_plane_mm:.2f} mm in plane, {best.slice_mm:.2f} mm slices"
        found.append(Shortfall("L_RESOLUTION", f"the cisternogram has {size}"))
    elif not any(covering in s.covered for s in fine):
        why = f"nobody confirmed that the cisternogram covers {covering}"
        found.append(Shortfall("L_COVERAGE_UNCONFIRMED", why))
    if any(c.decision == "proposed" for c in side.contacts):
        found.append(Shortfall("L_NERVE_NOT_ASSESSABLE", "a proposed contact is undecided"))
    found.extend(_unassessable(side))
    return tuple(found)


def certainty_cap(side: SideFacts, series: Sequence[SeriesFacts]) -> tuple[str, str]:
    """Give the highest confidence that the scans allow for a side, and why (domain 2 and 5).

    Returns
    -------
    (str, str)
        ``definite``, ``probable`` or ``possible``, and the reason in words.
    """
    sure = [s for s in series if s.role == "t2_cisternogram" and s.role_is_sure]
    if not sure:
        return "possible", "no series is surely a cisternogram"
    if all(s.quality != USABLE for s in sure):
        return "possible", "the quality of the cisternogram is limited"
    sure = [s for s in sure if s.quality == USABLE]
    caps = [
        (certainty_of_resolution(s), f"voxels of {s.in_plane_mm:.2f} x {s.slice_mm:.2f} mm")
        for s in sure
    ]
    cap, why = max(caps, key=lambda pair: rank(pair[0]))
    if cap == "definite" and side.has_path and not side.rdp_placed:
        return "probable", "the root detachment point was not placed"
    return cap, why


def certainty_of_resolution(series: SeriesFacts) -> str:
    """Apply the resolution law: what may be said at most from voxels of this size (domain 5)."""
    rows = sorted(vocabulary.certainties().values(), key=lambda row: -row.rank)
    if series.slice_mm <= constant("no_contact_slice_max_mm"):
        for row in rows:
            if series.in_plane_mm <= row.max_edge_mm:
                return row.id
    return rows[-1].id


def rank(certainty: str) -> int:
    """Order certainties: the surer, the higher."""
    return vocabulary.certainties()[certainty].rank


def assessment_of(contacts: Iterable[ContactFacts]) -> frozenset[str]:
    """Give the assessments that the accepted contacts of a side allow (R14).

    Only the assessed nerve counts: a contact elsewhere is no contact with the facial nerve.
    """
    nerves = vocabulary.nerves()
    touching = {
        c.touching for c in contacts if c.decision == "accepted" and nerves[c.nerve].assessed
    }
    if "yes" in touching:
        return frozenset({"contact"})
    if "indeterminate" in touching:
        return frozenset({"indeterminate"})
    return frozenset({"no_contact", "indeterminate"})


def midsagittal_x_mm(
    midline: ArrayLike | None, right_exit: ArrayLike | None, left_exit: ArrayLike | None
) -> float | None:
    """Find the midsagittal plane x = const (R05), or None where there is no verdict.

    A click on the midline decides; else the plane midway between both exit points, if they are
    far enough apart in the right order. Never the centre of the volume.
    """
    if midline is not None:
        return float(np.asarray(midline)[0])
    if right_exit is None or left_exit is None:
        return None
    right_x, left_x = float(np.asarray(right_exit)[0]), float(np.asarray(left_exit)[0])
    if left_x - right_x < constant("exit_points_apart_min_mm"):
        return None
    return (left_x + right_x) / 2


def depth_into_side_mm(side: str, positions: ArrayLike, midsagittal_mm: float) -> Points:
    """Signed distance of positions from the midsagittal plane, positive on the named side."""
    x_mm = np.atleast_2d(np.asarray(positions, dtype=np.float64))[:, 0] - midsagittal_mm
    return x_mm if side == "left" else -x_mm  # LPS: x grows to the patient's left


def side_of(position: ArrayLike, midsagittal_mm: float | None) -> str | None:
    """Derive the side of a lesion from its position; ``midline`` within the band (R06)."""
    if midsagittal_mm is None:
        return None
    depth_mm = float(depth_into_side_mm("left", position, midsagittal_mm)[0])
    if abs(depth_mm) <= constant("midline_band_mm"):
        return "midline"
    return "left" if depth_mm > 0 else "right"


def _unassessable(side: SideFacts) -> Iterable[Shortfall]:
    limit = "L_NERVE_NOT_ASSESSABLE"
    if not side.has_path:
        yield Shortfall(limit, "the nerve was not marked")
        return
    if side.porus_arc_mm is None:
        yield Shortfall("L_PORUS_NOT_COVERED", "the scan ends before the porus, or it is unmarked")
        return
    shortest, longest = constant("porus_arc_min_mm"), constant("porus_arc_max_mm")
    if not shortest <= side.porus_arc_mm <= longest:
        place = f"{side.porus_arc_mm:.1f} mm along the nerve"
        why = f"the porus lies {place}, not {shortest:g} to {longest:g}"
        yield Shortfall(limit, why)
    span = side.assessable_mm
    if span is None or span[0] > ROUNDING_MM or span[1] < side.porus_arc_mm - ROUNDING_MM:
        said = "nowhere" if span is None else f"from {span[0]:.1f} to {span[1]:.1f} mm"
        yield Shortfall(limit, f"assessable {said}, the porus is at {side.porus_arc_mm:.1f} mm")
    if any(low < side.porus_arc_mm and high > 0 for low, high in side.artefact_mm):
        yield Shortfall(limit, "an artefact lies on the nerve")


@dataclass(frozen=True, slots=True)
class _Met:
    """How far one need is met."""

    basis: tuple[str, ...]
    ruled_out: bool = False
    limits: tuple[str, ...] = ()
    unconfirmed: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    thick_mm: tuple[float, float] | None = None


def _meet(alternatives: Sequence[Need], series: Sequence[SeriesFacts]) -> _Met:
    """Try the alternatives of one need; what is nearest to being met says why it is not."""
    tried = [
        _meet_one(need, one) for need in alternatives for one in series if one.role in need.roles
    ]
    full = tuple(dict.fromkeys(key for met in tried for key in met.basis))
    if full:
        return _Met(full)
    if not tried:
        roles = dict.fromkeys(role for need in alternatives for role in need.roles)
        return _Met((), ruled_out=True, limits=("L_ROLE_MISSING",), missing=tuple(roles))
    askable = [met for met in tried if not met.ruled_out]
    if not askable:
        return tried[0]
    limits = tuple(dict.fromkeys(limit for met in askable for limit in met.limits))
    pairs = tuple(dict.fromkeys(pair for met in askable for pair in met.unconfirmed))
    return _Met((), limits=limits, unconfirmed=pairs)


def _meet_one(need: Need, series: SeriesFacts) -> _Met:
    if need.qualifier is not None:  # a property that no reader of this version knows
        return _Met((), ruled_out=True, limits=("L_ROLE_MISSING",))
    if not series.is_usable:
        return _Met((), ruled_out=True, limits=("L_QUALITY",))
    if need.max_slice_mm is not None and series.slice_mm > need.max_slice_mm:
        thick_mm = (series.slice_mm, need.max_slice_mm)
        return _Met((), ruled_out=True, limits=("L_SLICE_TOO_THICK",), thick_mm=thick_mm)
    missing = tuple(x for x in need.structures if x not in series.covered)
    limits = ("L_COVERAGE_UNCONFIRMED",) if missing else ()
    if not series.role_is_sure:
        limits = ("L_ROLE_UNCONFIRMED", *limits)
    if limits:
        return _Met((), limits=limits, unconfirmed=tuple((series.key, x) for x in missing))
    return _Met((series.key,))
