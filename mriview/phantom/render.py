"""The digital patient as voxels: a cisternogram and an angiogram on grids of their own.

Each voxel is a mixture: tissues are laid from front to back, each takes the part of the voxel that
its signed distance says (a ramp of one voxel across the surface) and that those before it left.
Signal is a number a tissue, with Gaussian noise from the seed; no scanner physics beyond that.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from mriview.geometry import Grid, Points
from mriview.phantom.anatomy import Patient
from mriview.phantom.shapes import Solid, near

Voxels = NDArray[np.uint16]

LUMEN = 0.85  # of the outer radius: what an angiogram shows
FOLIA_MM = 2.4  # distance of neighbouring folds of the cerebellum


@dataclass(frozen=True)
class SeriesPlan:
    """How one series is made.

    Parameters
    ----------
    role : str
        Row id of the role that its physics shows.
    name : str
        Folder, file and description.
    grid : Grid
        Where its voxels lie.
    signal : mapping
        Tissue to signal; ``fluid`` is what is left.
    noise : float
        Standard deviation.
    lumen_only : bool
        Whether arteries show their lumen and not their wall.
    """

    role: str
    name: str
    grid: Grid
    signal: dict[str, float]
    noise: float
    lumen_only: bool = False


def series_plans(patient: Patient) -> tuple[SeriesPlan, SeriesPlan]:
    """Plan both series: the cisternogram 8 deg oblique, the angiogram along the patient."""
    centre = patient.origin_mm + [0.0, -2.0, 2.0]
    oblique = Rotation.from_euler("xz", [7.0, 4.0], degrees=True).as_matrix()
    cisternogram = {"fluid": 1000.0, "brain": 330, "folded": 350, "bone": 70, "nerve": 290}
    angiogram = {"fluid": 110.0, "brain": 240, "folded": 250, "bone": 60, "nerve": 230}
    return (
        SeriesPlan(
            role="t2_cisternogram",
            name="cisternogram",
            grid=_grid(centre + [0.0, 1.0, 0.0], (176, 144, 80), 0.5, oblique),
            signal={**cisternogram, "artery": 210, "mass": 430},
            noise=16.0,
        ),
        SeriesPlan(
            role="tof_mra",
            name="tof",
            grid=_grid(centre, (144, 120, 92), 0.6, np.eye(3)),
            signal={**angiogram, "artery": 900, "mass": 280},
            noise=14.0,
            lumen_only=True,
        ),
    )


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
    points_mm = plan.grid.lps(np.moveaxis(np.indices(plan.grid.shape), 0, -1)).reshape(-1, 3)
    left = np.ones(len(points_mm))
    image = np.zeros(len(points_mm))
    voxel_mm = float(np.mean(plan.grid.spacing_mm))
    for tissue, solid in _front_to_back(patient, plan):
        where = near(points_mm, solid, voxel_mm)
        where = where[left[where] > 0]
        share = np.clip(0.5 - solid.distance(points_mm[where]) / voxel_mm, 0.0, 1.0)
        where, share = where[share > 0], share[share > 0]
        share = np.minimum(share, left[where])
        left[where] -= share
        image[where] += share * plan.signal[tissue] * _texture(patient, tissue, points_mm[where])
    image += left * plan.signal["fluid"]
    random = np.random.default_rng((patient.seed, len(plan.role)))
    image += random.normal(0.0, plan.noise, len(image))
    return np.clip(np.rint(image), 0, 4095).astype(np.uint16).reshape(plan.grid.shape)


def mass_label(patient: Patient, grid: Grid) -> NDArray[np.uint8] | None:
    """Give the voxels of which the mass fills at least a half; None without a mass."""
    if patient.mass is None:
        return None
    points_mm = grid.lps(np.moveaxis(np.indices(grid.shape), 0, -1)).reshape(-1, 3)
    inside = patient.mass.distance(points_mm) <= 0
    return inside.astype(np.uint8).reshape(grid.shape)


def _front_to_back(patient: Patient, plan: SeriesPlan) -> Iterator[tuple[str, Solid]]:
    """List tissues by precedence: what comes first is not covered by what follows."""
    around = patient.surroundings
    if patient.mass is not None:
        yield "mass", patient.mass
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


def _texture(patient: Patient, tissue: str, points_mm: Points) -> NDArray[np.float64] | float:
    """Vary the signal within a tissue: the folds of the cerebellum."""
    if tissue != "folded":
        return 1.0
    egg = patient.surroundings.cerebellum
    away = points_mm - egg.centre_mm - [0.0, 6.0, 0.0]
    fan = np.arctan2(away[:, 2] + 0.35 * away[:, 1], np.hypot(away[:, 0] * 0.6, away[:, 1]))
    depth = np.clip(1.0 + egg.distance(points_mm) / 9.0, 0.0, 1.0)
    waves = np.cos(2 * np.pi * fan * egg.semi_mm[1] / FOLIA_MM)
    return np.asarray(1.0 + 0.7 * depth * np.clip(waves - 0.2, 0.0, None))


def _grid(centre_mm: Points, shape: tuple[int, int, int], step_mm: float, turn: Points) -> Grid:
    matrix = np.eye(4)
    matrix[:3, :3] = turn * step_mm
    matrix[:3, 3] = np.round(centre_mm - matrix[:3, :3] @ ((np.array(shape) - 1) / 2), 3)
    return Grid(shape, matrix)
