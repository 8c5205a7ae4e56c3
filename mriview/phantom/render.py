"""The digital patient as voxels, a series of its plan at a time.

Each voxel is a mixture: tissues are laid from front to back, each takes the part of the voxel that
its signed distance says (a ramp of one voxel across the surface) and that those before it left.
Signal is a number a tissue, with Gaussian noise from the seed; no scanner physics beyond that.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mriview.geometry import Grid, Points
from mriview.phantom.anatomy import Patient
from mriview.phantom.plans import SeriesPlan
from mriview.phantom.shapes import Solid, near

Voxels = NDArray[np.uint16]

BRIGHTEST = 4095  # 12 bits, as scanners store
LUMEN = 0.85  # of the outer radius: what an angiogram shows
FOLIA_MM = 2.4  # distance of neighbouring folds of the cerebellum


def render(patient: Patient, plan: SeriesPlan) -> Voxels:
    """Fill the grid of a series.

    Parameters
    ----------
    patient : Patient
        What is shown.
    plan : SeriesPlan
        One of `series_plans`.

    Returns
    -------
    (i, j, k) uint16
        Signal.
    """
    random = np.random.default_rng((patient.seed, plan.number))
    tissues = tuple(_front_to_back(patient, plan))
    slices = []
    for points_mm in _slices(plan.grid):
        signal = _mixed(patient, plan, tissues, points_mm)
        noisy = signal + random.normal(0.0, plan.noise, len(signal))
        slices.append(np.clip(np.rint(noisy), 0, BRIGHTEST).astype(np.uint16))
    return np.stack([one.reshape(plan.grid.shape[:2]) for one in slices], axis=-1)


def mass_label(patient: Patient, grid: Grid) -> NDArray[np.uint8] | None:
    """Give the voxels of which the mass fills at least a half; None without a mass."""
    if patient.mass is None:
        return None
    slices = [patient.mass.distance(points_mm) <= 0 for points_mm in _slices(grid)]
    label = np.stack([one.reshape(grid.shape[:2]) for one in slices], axis=-1)
    return label.astype(np.uint8)


def _slices(grid: Grid) -> Iterator[Points]:
    """Give the voxel centres slice by slice, (n, 3): few enough for the cache of a processor."""
    columns, rows, count = grid.shape
    flat = np.stack(np.meshgrid(np.arange(columns), np.arange(rows), indexing="ij"), -1)
    for number in range(count):
        index = np.concatenate([flat, np.full((columns, rows, 1), number)], axis=-1)
        yield grid.lps(index.reshape(-1, 3))


def _mixed(
    patient: Patient,
    plan: SeriesPlan,
    tissues: tuple[tuple[str, Solid], ...],
    points_mm: Points,
) -> NDArray[np.float64]:
    """Give the signal of voxels without noise, (n,)."""
    left, signal, of = np.ones(len(points_mm)), np.zeros(len(points_mm)), plan.signal
    voxel_mm = float(np.mean(plan.grid.spacing_mm))
    for tissue, solid in tissues:
        where = near(points_mm, solid, voxel_mm)
        where = where[left[where] > 0]
        if not len(where):
            continue
        share = np.clip(0.5 - solid.distance(points_mm[where]) / voxel_mm, 0.0, left[where])
        where, share = where[share > 0], share[share > 0]
        left[where] -= share
        wet = _folds(patient, points_mm[where]) if tissue == "folded" else 0.0
        signal[where] += share * ((1 - wet) * of[tissue] + wet * of["fluid"])
    return signal + left * of["fluid"]


def _front_to_back(patient: Patient, plan: SeriesPlan) -> Iterator[tuple[str, Solid]]:
    """List tissues by precedence: what comes first is not covered by what follows."""
    around = patient.surroundings
    if patient.mass is not None:
        yield "mass", patient.mass
    if patient.pledget is not None:
        yield "felt", patient.pledget
    for nerve in patient.facial.values():
        yield "nerve", nerve
    for artery in patient.arteries:
        yield "artery", artery.tube.narrowed(LUMEN) if plan.lumen_only else artery.tube
    for nerve in patient.other_nerves:
        yield "nerve", nerve
    for fluid in around.fluids:
        yield "fluid", fluid
    yield "bone", around.bone
    yield "brain", around.brain
    yield "folded", around.folded


def _folds(patient: Patient, points_mm: Points) -> NDArray[np.float64]:
    """Give the part of fluid between the folds of the cerebellum, deeper towards its surface."""
    away_mm = (points_mm - patient.origin_mm - [0.0, 9.0, 4.0]) * [0.8, 1.0, 1.0]
    out_mm = np.linalg.norm(away_mm, axis=1)
    wavy_mm = out_mm + 0.7 * np.sin(away_mm[:, 0] / 2.3) + 0.5 * np.sin(away_mm[:, 2] / 1.7)
    fold = np.clip(np.cos(2 * np.pi * wavy_mm / FOLIA_MM), 0.0, None) ** 2
    return np.asarray(0.4 * np.clip((out_mm - 11.0) / 12.0, 0.0, 1.0) * fold)
