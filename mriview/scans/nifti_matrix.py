"""Where a NIfTI file lies: sform, qform, units; one matrix in patient mm, or a refusal.

sform comes before qform; two that disagree (``mriview.values.nifti_matrices``) place one patient
twice, and the file is refused. How the header is read from bytes is in ``nifti``.
"""

from dataclasses import dataclass

import numpy as np
from nibabel.nifti1 import Nifti1Header
from numpy.typing import NDArray

from mriview.geometry import Grid
from mriview.values import Problem, problem
from mriview.values.nifti_matrices import disagreement, qform_of, sform_of

Matrix = NDArray[np.float64]
Shape = tuple[int, int, int]

MM_PER_UNIT = {1: 1000.0, 2: 1.0, 3: 0.001}  # xyzt_units & 7: metre, mm, micron
UNIT_NAMES = {1: "metres", 3: "microns"}
SCANNER = 1  # codes of the standard; 2 is aligned to another scan, 3 and 4 are templates
TEMPLATES = (3, 4)
RIGHT_ANGLE_COS = 1e-3  # 0.06 deg
SPACING_AGREES = 0.01  # relative, matrix against pixdim
SMALLEST_EDGE_MM = 0.001  # of a voxel: finer than any scanner
_FLAT = 1e-9  # volume of a voxel over the product of its edges: below it axes span no space


class MatrixError(Exception):
    """A file without one place; carries the problem to the reader, never further."""

    def __init__(self, code: str, **evidence: object) -> None:
        self.problem: Problem = problem(code, None, **{"files": 1, **evidence})
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Place:
    """Grid of a file, whether the scanner's space is meant, and what is to be known."""

    grid: Grid
    scanner_space: bool
    problems: tuple[Problem, ...] = ()


def place_of(header: Nifti1Header, shape: Shape) -> Place:
    """Decide where the voxels of a header lie.

    Parameters
    ----------
    header : nibabel.Nifti1Header
        Or Nifti2Header.
    shape : (int, int, int)
        Voxels along i, j, k.

    Raises
    ------
    MatrixError
        No matrix, no number, no space, no right angle, or two matrices that disagree.
    """
    codes = int(header["sform_code"]), int(header["qform_code"])
    sform, qform = sform_of(header), qform_of(header)
    chosen = sform if sform is not None else qform
    if chosen is None:
        raise MatrixError("nifti_no_matrix")
    unit = int(header["xyzt_units"]) & 7
    mm = MM_PER_UNIT.get(unit, 1.0)
    for matrix in (sform, qform):
        if matrix is not None and not _is_place(matrix, mm):
            raise MatrixError("nifti_matrix_invalid")
    off_deg = _off_right_angle_deg(chosen)
    if off_deg > np.degrees(RIGHT_ANGLE_COS):
        raise MatrixError("nifti_sheared", off_deg=round(off_deg, 2))
    if sform is not None and qform is not None:
        said = disagreement(header, shape, mm)
        if said is not None:
            raise MatrixError(said.code, **said.evidence)
    to_mm = np.diag([mm, mm, mm, 1.0])
    grid = Grid.from_ras(shape, to_mm @ chosen)
    code = codes[0] if sform is not None else codes[1]
    return Place(grid, code == SCANNER, _notes(header, grid, unit, mm, code))


def _is_place(matrix: Matrix, mm: float) -> bool:
    if not np.isfinite(matrix).all():
        return False
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    volume = abs(np.linalg.det(matrix[:3, :3]))
    return bool(lengths.min() * mm >= SMALLEST_EDGE_MM and volume > _FLAT * lengths.prod())


def _off_right_angle_deg(matrix: Matrix) -> float:
    directions = matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0)
    cosines = np.abs(directions.T @ directions - np.eye(3))
    return float(np.degrees(np.arcsin(min(cosines.max(), 1.0))))


def _notes(
    header: Nifti1Header, grid: Grid, unit: int, mm: float, code: int
) -> tuple[Problem, ...]:
    notes = []
    edge_mm = round(min(grid.spacing_mm), 4)
    if unit in UNIT_NAMES:
        notes.append(problem("nifti_units_not_mm", unit=UNIT_NAMES[unit], spacing_mm=edge_mm))
    elif unit not in MM_PER_UNIT:
        notes.append(problem("nifti_units_unknown", spacing_mm=edge_mm))
    if code in TEMPLATES:
        notes.append(problem("nifti_template_space", sform_code=code))
    said = np.abs(np.asarray(header["pixdim"][1:4], dtype=np.float64)) * mm
    if np.isfinite(said).all() and said.min() > 0:
        off = float(np.abs(said / np.asarray(grid.spacing_mm) - 1).max())
        if off > SPACING_AGREES:
            notes.append(problem("nifti_spacing_conflict", percent=round(100 * off, 1)))
    return tuple(notes)
