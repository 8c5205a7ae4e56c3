"""What a right reading of the digital patient must find, computed from its solids alone.

No voxel and no function of ``mriview.measure`` takes part, so these numbers can judge both. The
truth is one JSON value, LPS millimetres and degrees; its keys are those of a report where a report
has them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mriview.geometry import Grid, Points
from mriview.phantom.anatomy import (
    NERVE_RADIUS_MM,
    Artery,
    Patient,
    clock_axes,
    closest_points,
)
from mriview.phantom.shapes import Ellipsoid, Tube
from mriview.phantom.surroundings import CANAL_AXIS, CANAL_MM, PORUS, SIDES, TENTORIUM_Z, mirrored
from mriview.vocabulary import directions

FORMAT, FORMAT_VERSION = "mriview.phantom", "1.0"

TOUCHING_MM = 0.3  # report format, section on measures
NEARBY_MM = 5.0  # report format, vessels_nearby
TZ_BEYOND_RDP_MM = 4.0  # domain, section 2: the end of the transition zone is placed by distance
BAND_MM = 1.0  # half width of the bands around exit and detachment
PATH_STEP_MM = 0.5
INSIDE_MM = 1.0  # what a series covers lies at least so far from its border

Json = dict[str, Any]


def truth_of(patient: Patient, grids: Mapping[str, Grid]) -> Json:
    """Tell the truth about a patient.

    Parameters
    ----------
    patient : Patient
        From `make_patient`.
    grids : mapping
        Role of a series to the grid on which it is rendered.

    Returns
    -------
    dict
        JSON values only.
    """
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "note": "SYNTHETIC, not a patient",
        "case": patient.case,
        "seed": patient.seed,
        "frame": "LPS mm",
        "midline": _point(np.add(patient.origin_mm, (0.0, -3.0, 8.0))),
        "sides": {side: _side(patient, side) for side in SIDES},
        "lesions": [_lesion(patient, patient.mass, grids)] if patient.mass else [],
        "implants": [_implant(patient.pledget)] if patient.pledget else [],
        "arteries": {artery.name: _artery(artery) for artery in patient.arteries},
        "series": {
            role: {
                "shape": list(grid.shape),
                "lps_from_index": grid.lps_from_index.tolist(),
                "covered": covered_structures(patient, grid),
            }
            for role, grid in grids.items()
        },
    }


def covered_structures(patient: Patient, grid: Grid) -> list[str]:
    """Name the structures that lie wholly in a grid, by the points that define them."""
    trunks = {artery.name: artery.tube.path_mm for artery in patient.arteries}
    middle = patient.surroundings.pons.centre_mm
    found: dict[str, Points] = {
        "basilar_top": trunks["ba"][-200:],
        "prepontine": trunks["ba"],
        "pons_medulla": middle + np.array([(0, 0, 14.0), (0, 0, -33.0), (17, 0, 0), (-17, 0, 0)]),
    }
    egg, top_mm = patient.surroundings.cerebellum, patient.origin_mm[2] + TENTORIUM_Z
    found["posterior_fossa"] = np.vstack([
        np.minimum(egg.centre_mm + egg.semi_mm * signs, [np.inf, np.inf, top_mm])
        for signs in ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, -1))
    ] + [found["pons_medulla"], found["basilar_top"]])  # fmt: skip
    for side in SIDES:
        letter, nerve = side[0], patient.facial[side]
        before_porus = nerve.arc_mm <= porus_arc_mm(patient, side)
        canal = [PORUS + CANAL_AXIS * s_mm for s_mm in (-2.0, CANAL_MM)]
        found |= {
            f"rexp_{letter}": nerve.path_mm[:1],
            f"facial_path_{letter}": nerve.path_mm[before_porus],
            f"iac_{letter}": patient.origin_mm + [mirrored(point, side) for point in canal],
            f"cpa_{letter}": patient.origin_mm
            + [mirrored(p, side) for p in ((14.0, -18, 0), (26, 8, 0), (22, -4, 14), (18, 0, -9))],
            f"v4_{letter}": trunks[f"va_{side}"],
            f"pica_origin_{letter}": trunks[f"pica_{side}"][:100],
            f"aica_origin_{letter}": trunks[f"aica_{side}"][:100],
        }
    return [name for name, points in found.items() if _inside(points, grid)]


def porus_arc_mm(patient: Patient, side: str) -> float:
    """Arc length at which a facial nerve crosses the plane of the petrous face."""
    nerve = patient.facial[side]
    off_mm = patient.surroundings.porus_planes[side].distance(nerve.path_mm)
    return _crossing_mm(nerve, off_mm, 0.0)


def rdp_arc_mm(patient: Patient, side: str) -> float:
    """Arc length from which fluid lies between the brainstem and the wall of the nerve."""
    nerve = patient.facial[side]
    off_mm = patient.surroundings.brainstem.distance(nerve.path_mm)
    return _crossing_mm(nerve, -off_mm, -NERVE_RADIUS_MM)


def segment_of(s_mm: float, rdp_mm: float, porus_mm: float) -> str:
    """Name a segment by the table of the report format.

    Examples
    --------
    >>> [segment_of(s, 8.0, 20.0) for s in (0.5, 4, 8, 10, 15, 20)]
    ['rexp', 'as', 'rdp', 'tz', 'cp', 'iac']
    """
    ends = (BAND_MM, rdp_mm - BAND_MM, rdp_mm + BAND_MM, rdp_mm + TZ_BEYOND_RDP_MM, porus_mm)
    names = ("rexp", "as", "rdp", "tz", "cp", "iac")
    return names[int(np.searchsorted(ends, s_mm, side="right"))]


def _side(patient: Patient, side: str) -> Json:
    nerve = patient.facial[side]
    rdp_mm, porus_mm = rdp_arc_mm(patient, side), porus_arc_mm(patient, side)
    near = [_near(nerve, artery, rdp_mm, porus_mm) for artery in patient.arteries]
    touching = [one for one in near if one["gap_mm"] <= TOUCHING_MM]
    return {
        "facial": {
            "radius_mm": NERVE_RADIUS_MM,
            "knots_mm": [_point(knot) for knot in nerve.knots_mm],
            "path_step_mm": PATH_STEP_MM,
            "path_mm": [_point(p) for p in _every(nerve, PATH_STEP_MM)],
            "length_mm": _number(nerve.length_mm),
            "landmarks": {
                name: {"position": _point(nerve.at(s_mm)), "arc_mm": _number(s_mm)}
                for name, s_mm in (("rexp", 0.0), ("rdp", rdp_mm), ("porus", porus_mm))
            },
        },
        "contacts": touching,
        "vessels_nearby": [one for one in near if TOUCHING_MM < one["gap_mm"] <= NEARBY_MM],
        "nearest_gap_mm": min(one["gap_mm"] for one in near),
    }


def _near(nerve: Tube, artery: Artery, rdp_mm: float, porus_mm: float) -> Json:
    """Measure where an artery passes a nerve: gap, arc, segment, clock, crossing."""
    on_nerve, on_vessel = closest_points(nerve, artery.tube)
    here = nerve.foot(on_nerve)
    apart = on_vessel - on_nerve
    away = apart / np.linalg.norm(apart)
    radius_mm = artery.tube.radii_mm[0]
    rostral, ventral = clock_axes(here.tangent)
    clock_deg = float(np.degrees(np.arctan2(away @ ventral, away @ rostral)) % 360.0)
    along = artery.tube.foot(on_vessel).tangent
    return {
        "nerve": "facial",
        "vessel": artery.vessel,
        "artery": artery.name,
        "gap_mm": _number(np.linalg.norm(apart) - NERVE_RADIUS_MM - radius_mm),
        "arc_mm": _number(here.s_mm),
        "porus_distance_mm": _number(porus_mm - here.s_mm),
        "segment": segment_of(here.s_mm, rdp_mm, porus_mm),
        "clock_deg": _number(clock_deg),
        "direction": _word(clock_deg),
        "crossing_deg": _number(np.degrees(np.arccos(abs(here.tangent @ along)))),
        "vessel_diameter_mm": 2 * radius_mm,
        "on_path": _point(on_nerve),
        "nearest_on_nerve": _point(on_nerve + NERVE_RADIUS_MM * away),
        "nearest_on_vessel": _point(on_vessel - radius_mm * away),
    }


def _lesion(patient: Patient, mass: Ellipsoid, grids: Mapping[str, Grid]) -> Json:
    """Give the sizes of the ellipsoid in closed form."""
    tr_mm, ap_mm, cc_mm = mass.extents_mm()
    longest_mm, perpendicular_mm = mass.section_mm(grids["t2_cisternogram"].directions[:, 2])
    to_nerve_mm = mass.exact_distance(patient.facial["left"].path_mm).min() - NERVE_RADIUS_MM
    surface = mass.centre_mm + _sphere() * mass.semi_mm @ mass.axes.T
    to_stem_mm = patient.surroundings.brainstem.distance(surface).min()
    return {
        "condition": "vestibular_schwannoma",
        "side": "left",
        "position": _point(mass.centre_mm),
        "semi_axes_mm": [_number(semi) for semi in mass.semi_mm],
        "axes": mass.axes.T.tolist(),
        "longest_mm": _number(longest_mm),
        "perpendicular_mm": _number(perpendicular_mm),
        "ap_mm": _number(ap_mm),
        "tr_mm": _number(tr_mm),
        "cc_mm": _number(cc_mm),
        "volume_mm3": _number(mass.volume_mm3),
        "gap_to_nerve_mm": _number(to_nerve_mm),
        "contacts_nerve": bool(to_nerve_mm <= TOUCHING_MM),
        "contacts_brainstem": bool(to_stem_mm <= TOUCHING_MM),
    }


def _implant(pledget: Ellipsoid) -> Json:
    return {
        "kind": "teflon_pledget",
        "side": "left",
        "position": _point(pledget.centre_mm),
        "semi_axes_mm": [_number(semi) for semi in pledget.semi_mm],
    }


def _artery(artery: Artery) -> Json:
    return {
        "vessel": artery.vessel,
        "side": artery.side,
        "radius_mm": artery.tube.radii_mm[0],
        "path_mm": [_point(p) for p in _every(artery.tube, PATH_STEP_MM)],
    }


def _crossing_mm(nerve: Tube, values: Points, level: float) -> float:
    """Arc length at which a value along a path first falls below a level, between two vertices."""
    after = int(np.flatnonzero(values < level)[0])
    share = (values[after - 1] - level) / (values[after - 1] - values[after])
    before_mm, after_mm = nerve.arc_mm[after - 1 : after + 1]
    return float(before_mm + share * (after_mm - before_mm))


def _inside(points_mm: Points, grid: Grid) -> bool:
    margin = -INSIDE_MM / min(grid.spacing_mm)
    return bool(grid.contains(points_mm, margin).all())


def _every(tube: Tube, step_mm: float) -> Points:
    return tube.at(np.append(np.arange(0.0, tube.length_mm, step_mm), tube.length_mm))


def _sphere() -> Points:
    """Give points all over the unit sphere, on a spiral; (n, 3)."""
    n = np.arange(4000)
    z, turn = 1 - (2 * n + 1) / len(n), n * np.pi * (3 - np.sqrt(5))
    flat = np.sqrt(1 - z**2)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)


def _word(clock_deg: float) -> str:
    """Name the sector whose middle is nearest."""
    turned = {
        row.id: abs((clock_deg - row.centre_deg + 180.0) % 360.0 - 180.0)
        for row in directions().values()
    }
    return min(turned, key=lambda row_id: turned[row_id])


def _number(value: Any) -> float:
    return round(float(value), 4) + 0.0


def _point(point_mm: Points) -> list[float]:
    return [_number(value) for value in point_mm]
