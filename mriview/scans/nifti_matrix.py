"""Where a NIfTI file lies: sform, qform, units; one matrix in patient mm, a choice, or a refusal.

sform comes before qform; two that disagree (``mriview.values.nifti_matrices``) place one patient
twice: both places are given, with the reason why none is taken unless a person says which one to
trust. How the header is read from bytes is in ``nifti_header``.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from nibabel.nifti1 import Nifti1Header
from numpy.typing import NDArray

from mriview.geometry import Grid
from mriview.scans.nifti_header import refused
from mriview.values import Problem, problem
from mriview.values.nifti_matrices import compared, mirrored, qform_of, sform_of

Matrix = NDArray[np.float64]
Shape = tuple[int, int, int]

MM_PER_UNIT = {1: 1000.0, 2: 1.0, 3: 0.001}  # xyzt_units & 7: metre, mm, micron
UNIT_NAMES = {1: "metres", 3: "microns"}
# Codes of nifti1.h: 2 is aligned to another scan, 3 to 5 are templates
SCANNER, TEMPLATES, MOST_CODE = 1, (3, 4, 5), 5
RIGHT_ANGLE_DEG = 0.0573  # a cosine of 0.001
SPACING_AGREES = 0.01  # relative, matrix against pixdim
SMALLEST_EDGE_MM = 0.001  # of a voxel: finer than any scanner
LARGEST_MM = 1e5  # of an edge or an offset: farther than any scanner
FLAT = 0.01  # volume of a voxel over the product of its edges: below it axes span no space


@dataclass(frozen=True, slots=True)
class Place:
    """Grid of a file, whether the scanner's space is meant, and what is to be known."""

    grid: Grid
    scanner_space: bool
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class TwoPlaces:
    """A file whose matrices disagree: why it is refused, and what each of them gives if trusted.

    Parameters
    ----------
    problem : Problem
        What is said where nobody says which one to trust.
    choices : mapping
        ``sform`` and ``qform`` to the place, or to the problem that leaves none.
    """

    problem: Problem
    choices: Mapping[str, Place | Problem] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Said:
    """One matrix of a header, with its code."""

    matrix: Matrix
    code: int
    off_deg: float

    @property
    def is_sheared(self) -> bool:
        return self.off_deg > RIGHT_ANGLE_DEG


@np.errstate(all="ignore")  # headers hold any number; what comes of it is looked at
def place_of(header: Nifti1Header, shape: Shape) -> Place | TwoPlaces:
    """Decide where the voxels of a header lie.

    Parameters
    ----------
    header : nibabel.Nifti1Header
        Or Nifti2Header.
    shape : (int, int, int)
        Voxels along i, j, k.

    Returns
    -------
    Place or TwoPlaces
        The one place; or both, where sform and qform disagree.

    Raises
    ------
    ScanError
        No matrix (``nifti_no_matrix``), no number or no space (``nifti_matrix_invalid``), no right
        angle (``nifti_sheared``), or a code of no meaning (``nifti_header_invalid``). A sheared
        sform of the scanner is a tilted gantry, which no qform can hold: it is refused even where
        the qform looks sound.

    Examples
    --------
    >>> header = Nifti1Header()
    >>> header.set_sform(np.diag([-0.5, 0.5, 0.6, 1.0]), code=1)
    >>> place_of(header, (4, 5, 6)).grid.letters(0)
    'L'
    """
    mm = MM_PER_UNIT.get(int(header["xyzt_units"]) & 7, 1.0)
    said = _matrices(header, mm)
    first = next(iter(said.values()))
    if first.is_sheared and (len(said) == 1 or first.code == SCANNER):
        raise refused("nifti_sheared", off_deg=round(first.off_deg, 2))
    grids = {name: _grid(shape, one.matrix, mm) for name, one in said.items()}
    places = {name: partial(_place, header, grids[name], mm, said[name].code) for name in said}
    if len(said) == 2:
        by_sform, by_qform = grids["sform"], grids["qform"]
        conflict = compared(by_sform, by_qform, (said["sform"].code, said["qform"].code))
        if conflict is not None:
            how = "mirror each other" if mirrored(by_sform, by_qform) else "disagree"
            evidence = {"how": how, "apart_mm": conflict.evidence["apart_mm"]}
            return TwoPlaces(conflict, _choices(said, places, evidence))
    if first.is_sheared:
        raise refused("nifti_sheared", off_deg=round(first.off_deg, 2))
    return next(iter(places.values()))()


def _choices(
    said: Mapping[str, _Said],
    places: Mapping[str, Callable[[], Place]],
    evidence: Mapping[str, object],
) -> dict[str, Place | Problem]:
    """Give what each matrix makes of the file: a place with a warning, or why there is none."""
    choices: dict[str, Place | Problem] = {}
    for name, one in said.items():
        if one.is_sheared:
            choices[name] = problem("nifti_sheared", files=1, off_deg=round(one.off_deg, 2))
            continue
        place = places[name]()
        trusted = problem("nifti_matrix_trusted", None, which=name, **evidence)
        choices[name] = replace(place, problems=(trusted, *place.problems))
    return choices


def _matrices(header: Nifti1Header, mm: float) -> dict[str, _Said]:
    """Sform and qform as far as their codes say that they count; each spans a space."""
    found = {}
    for name, matrix in (("sform", sform_of(header)), ("qform", qform_of(header))):
        code = int(header[f"{name}_code"])
        if not 0 <= code <= MOST_CODE:
            raise refused("nifti_header_invalid", what=f"{name} code {code}")
        if matrix is not None:
            off_deg = _off_right_angle_deg(matrix, mm)
            if off_deg is None:
                raise refused("nifti_matrix_invalid")
            found[name] = _Said(matrix, code, off_deg)
    if not found:
        raise refused("nifti_no_matrix")
    return found


def _grid(shape: Shape, matrix: Matrix, mm: float) -> Grid:
    return Grid.from_ras(shape, np.diag([mm, mm, mm, 1.0]) @ matrix)


def _off_right_angle_deg(matrix: Matrix, mm: float) -> float | None:
    """How far axes are off a right angle; None where they span no space that a scanner has.

    Plain numbers, because each numpy call on nine of them costs as much as all of this.
    """
    columns = [[value * mm for value in column] for column in matrix[:3].T.tolist()]
    if not all(abs(value) <= LARGEST_MM for column in columns for value in column):
        return None  # NaN among them
    edges_mm = [math.hypot(*column) for column in columns[:3]]
    if min(edges_mm) < SMALLEST_EDGE_MM:
        return None
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = (
        [value / edge for value in column] for column, edge in zip(columns, edges_mm, strict=False)
    )
    across = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    if abs(across[0] * cx + across[1] * cy + across[2] * cz) < FLAT:
        return None
    cosines = (
        ax * bx + ay * by + az * bz,
        bx * cx + by * cy + bz * cz,
        cx * ax + cy * ay + cz * az,
    )
    return math.degrees(math.asin(min(max(map(abs, cosines)), 1.0)))


def _place(header: Nifti1Header, grid: Grid, mm: float, code: int) -> Place:
    notes = []
    unit = int(header["xyzt_units"]) & 7
    edge_mm = round(min(grid.spacing_mm), 4)
    if unit in UNIT_NAMES:
        notes.append(problem("nifti_units_not_mm", unit=UNIT_NAMES[unit], spacing_mm=edge_mm))
    elif unit not in MM_PER_UNIT:
        notes.append(problem("nifti_units_unknown", spacing_mm=edge_mm))
    if code in TEMPLATES:
        notes.append(problem("nifti_template_space", sform_code=code))
    said_mm = [abs(edge) * mm for edge in header["pixdim"][1:4].tolist()]
    if all(math.isfinite(edge) and edge > 0 for edge in said_mm):
        off = max(abs(a / b - 1) for a, b in zip(said_mm, grid.spacing_mm, strict=True))
        if off > SPACING_AGREES:
            notes.append(problem("nifti_spacing_conflict", percent=round(100 * off, 1)))
    return Place(grid, code == SCANNER, tuple(notes))
