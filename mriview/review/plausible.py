"""What is believed of anatomy: the course of a nerve, the size of a lesion, the name of a vessel.

Predicates that give a severity, a place and a sentence; signature and report rules ask the same.
Usual values are rows of the vocabulary; half or twice of them is an error, between is a warning.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from mriview import vocabulary
from mriview.review.reading import SeriesFacts
from mriview.vocabulary import constant

Severity = Literal["error", "warning"]
Fault = tuple[Severity, str, str]

BEYOND = 2.0  # domain page, R08 and R43: how often a usual value may be exceeded
VOLUME_OF_BOX = 1.05  # domain page, R24: a volume is at most its box and a twentieth
ROUNDING_MM = 0.05
ANGIOGRAMS = frozenset({"tof_mra", "ce_mra", "cta"})


def course_faults(arcs_mm: Mapping[str, float], path_mm: float, chord_mm: float) -> Iterator[Fault]:
    """Say what is not believed of a nerve's course (R08).

    Parameters
    ----------
    arcs_mm : mapping
        Placed landmarks to their arc length; defaults are left out.
    path_mm, chord_mm : float
        Length of the path, and the straight distance of its ends.
    """
    rows = sorted(vocabulary.landmarks().values(), key=lambda row: row.order)
    placed = [(row.id, arcs_mm[row.id]) for row in rows if row.id in arcs_mm]
    for (before, low), (after, high) in pairwise(placed):
        if low >= high:
            yield "error", after, f"{after} at {high:.1f} mm does not lie beyond {before}"
    yield from _usual("rdp", arcs_mm.get("rdp"), "rdp_arc_usual")
    yield from _usual("porus", arcs_mm.get("porus"), "porus_arc_usual")
    if "rdp" in arcs_mm and "porus" in arcs_mm:
        yield from _usual("porus", arcs_mm["porus"] - arcs_mm["rdp"], "rdp_to_porus_usual")
    bend, most = path_mm / max(chord_mm, 1e-9), constant("path_bend_usual_max_ratio")
    if bend > most:
        severity: Severity = "error" if bend > BEYOND * most else "warning"
        yield severity, "path_mm", f"the path is {bend:.1f} times as long as its chord"


def size_faults(sizes: Mapping[str, float], edge_mm: float) -> Iterator[tuple[str, str]]:
    """Say which sizes of a lesion contradict each other (R24): key and sentence.

    Parameters
    ----------
    sizes : mapping
        Measured keys of a lesion to their values, mm and mm3.
    edge_mm : float
        Largest voxel edge of its series: diameters follow a smooth surface, the volume counts
        voxels, so each axis may be an edge longer than its diameter.
    """
    longest, across = sizes.get("longest_mm"), sizes.get("perpendicular_mm")
    if longest is not None and across is not None and across > longest + ROUNDING_MM:
        yield "perpendicular_mm", f"{across:.1f} mm is more than the longest, {longest:.1f} mm"
    axes_mm = [sizes[key] for key in ("ap_mm", "tr_mm", "cc_mm") if key in sizes]
    if len(axes_mm) < len(("ap", "tr", "cc")):
        return
    room_mm = [size + edge_mm for size in axes_mm]
    diagonal_mm = float(np.linalg.norm(room_mm))
    extrameatal = sizes.get("extrameatal_max_mm")
    if extrameatal is not None and extrameatal > diagonal_mm:
        sentence = f"{extrameatal:.1f} mm is more than three axes allow, {diagonal_mm:.1f} mm"
        yield "extrameatal_max_mm", sentence
    most_mm3 = float(np.prod(room_mm)) * VOLUME_OF_BOX
    if sizes.get("volume_mm3", 0.0) > most_mm3:
        sentence = f"{sizes['volume_mm3']:.0f} mm3 is more than its axes allow, {most_mm3:.0f} mm3"
        yield "volume_mm3", sentence


def magnitude_faults(sizes: Mapping[str, float]) -> Iterator[Fault]:
    """Say which sizes of a lesion are hardly believed (R43)."""
    for key, value in sizes.items():
        usual = "lesion_volume_usual" if key == "volume_mm3" else "lesion_diameter_usual"
        yield from _usual(key, value, usual, key.rsplit("_", 1)[-1])


def vessel_faults(
    vessel: str, confidence: str, traced: Sequence[str], series: Sequence[SeriesFacts]
) -> Iterator[Fault]:
    """Say what the scans do not support of a vessel's name (R19, domain section 3).

    Parameters
    ----------
    vessel, confidence : str
        Row ids.
    traced : sequence of str
        Series on which the vessel was followed to its parent.
    series : sequence of SeriesFacts
        Of the study.
    """
    row = vocabulary.vessels()[vessel]
    edge_mm, least_mm = constant("small_vessel_edge_max_mm"), 2 * row.max_radius_mm
    finest_mm = min((one.in_plane_mm for one in series), default=0.0)
    if row.named and least_mm <= edge_mm and finest_mm > edge_mm + 1e-3:
        sentence = f"{row.label.en} is named from voxels of {finest_mm:.2f} mm, at most {edge_mm:g}"
        yield "error", "vessel", sentence
    seen = traced or any(one.role in ANGIOGRAMS and one.role_is_sure for one in series)
    if row.named and row.kind == "artery" and confidence == "definite" and not seen:
        sentence = f"{row.label.en} is definite without an angiogram or a trace to its parent"
        yield "warning", "vessel_confidence", sentence


def _usual(key: str, value: float | None, rows: str, unit: str = "mm") -> Iterator[Fault]:
    if value is None:
        return
    low, high = constant(f"{rows}_min_{unit}"), constant(f"{rows}_max_{unit}")
    if not low <= value <= high:
        far = not low / BEYOND <= value <= high * BEYOND
        yield (
            "error" if far else "warning",
            key,
            f"{value:.1f} {unit}, usual are {low:g} to {high:g}",
        )
