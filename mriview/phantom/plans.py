"""Which series a case has: grid, signal of each tissue and noise, a row a series.

Signals are such that a reader sees what the kind of series shows; no scanner physics. What the
headers say of them is in ``physics``, how the voxels are filled in ``render``.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from mriview.geometry import Grid, Points
from mriview.phantom.anatomy import Patient
from mriview.phantom.cases import CASES

Step = tuple[float, float, float]
Shape = tuple[int, int, int]

TISSUES = ("fluid", "brain", "folded", "bone", "nerve", "artery", "mass", "felt")
SIGNALS = {
    "t2_cisternogram": (1000.0, 330, 350, 70, 290, 210, 430, 120),
    "tof_mra": (110.0, 240, 250, 60, 230, 900, 280, 60),
    "t1_post": (170.0, 480, 470, 60, 440, 900, 980, 60),
    "flair": (60.0, 480, 470, 50, 430, 60, 620, 60),
    "dwi": (40.0, 420, 410, 20, 350, 30, 440, 20),
}


@dataclass(frozen=True)
class SeriesPlan:
    """How one series is made.

    Parameters
    ----------
    number : int
        SeriesNumber; also keeps the noise of two series apart.
    role : str
        Row id of the role that its physics shows.
    name : str
        Folder, file and description.
    grid : Grid
        Where its voxels lie.
    noise : float
        Standard deviation.
    lumen_only : bool
        Whether arteries show their lumen and not their wall.
    """

    number: int
    role: str
    name: str
    grid: Grid
    noise: float
    lumen_only: bool = False

    @property
    def signal(self) -> dict[str, float]:
        """Tissue to signal; ``fluid`` is what is left."""
        return dict(zip(TISSUES, SIGNALS[self.role], strict=True))


def series_plans(patient: Patient) -> tuple[SeriesPlan, ...]:
    """Plan the series of a case: a cisternogram 8 deg oblique, the others along the patient."""
    centre = np.add(patient.origin_mm, (0.0, -2.0, 2.0))
    fossa = np.add(patient.origin_mm, (0.0, 18.0, 1.0))  # of the posterior fossa
    oblique = Rotation.from_euler("xz", [7.0, 4.0], degrees=True).as_matrix()
    plans = (
        SeriesPlan(
            number=1,
            role="t2_cisternogram",
            name="cisternogram",
            grid=_grid(np.add(centre, (0.0, 1.0, 0.0)), (176, 144, 80), (0.5, 0.5, 0.5), oblique),
            noise=16.0,
        ),
        SeriesPlan(
            number=2,
            role="tof_mra",
            name="tof",
            grid=_grid(centre, (144, 120, 92), (0.6, 0.6, 0.6)),
            noise=14.0,
            lumen_only=True,
        ),
        SeriesPlan(
            number=3,
            role="t1_post",
            name="t1_contrast",
            grid=_grid(fossa, (116, 112, 88), (1.0, 1.0, 1.0)),
            noise=14.0,
        ),
        SeriesPlan(
            number=4,
            role="flair",
            name="flair",
            grid=_grid(fossa, (128, 124, 29), (0.9, 0.9, 3.0)),
            noise=14.0,
        ),
        SeriesPlan(
            number=5,
            role="dwi",
            name="diffusion",
            grid=_grid(fossa, (77, 74, 22), (1.5, 1.5, 4.0)),
            noise=18.0,
        ),
    )
    return tuple(plan for plan in plans if plan.role in CASES[patient.case].roles)


def _grid(centre_mm: Points, shape: Shape, step_mm: Step, turn: Points | None = None) -> Grid:
    matrix = np.eye(4)
    matrix[:3, :3] = (np.eye(3) if turn is None else turn) * step_mm
    matrix[:3, 3] = np.round(centre_mm - matrix[:3, :3] @ ((np.array(shape) - 1) / 2), 3)
    return Grid(shape, matrix)
