"""The two matrices of a NIfTI header, and whether they place one patient twice.

Scans and masks ask the same question here, so that neither lies where the other would be refused.
What else makes a scan's place doubtful (units, shear, templates) is asked in ``mriview.scans``.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mriview.geometry import Grid
from mriview.values.problem import Problem, problem

if TYPE_CHECKING:
    from nibabel.nifti1 import Nifti1Header

Matrix = NDArray[np.float64]

AGREE_MM = 0.1  # first voxels of sform and qform; offsets are stored as they are
AGREE_RAD = 2e-3  # a float32 quaternion keeps a rotation near a half turn only to 1.2e-3


def sform_of(header: "Nifti1Header") -> Matrix | None:
    """Give the sform, (4, 4) in the header's unit; None where its code is 0."""
    if int(header["sform_code"]) == 0:
        return None
    return np.asarray(header.get_sform(), dtype=np.float64)


def qform_of(header: "Nifti1Header") -> Matrix | None:
    """Give the qform, (4, 4) in the header's unit; None where its code is 0.

    A quaternion that is none gives a matrix of NaN.
    """
    from nibabel.spatialimages import HeaderDataError

    if int(header["qform_code"]) == 0:
        return None
    if header["pixdim"][0] == 0:
        header = header.copy()
        header["pixdim"][0] = 1  # the standard: 0 counts as 1
    try:
        return np.asarray(header.get_qform(), dtype=np.float64)
    except (HeaderDataError, ValueError):
        return np.full((4, 4), np.nan)


def disagreement(
    header: "Nifti1Header", shape: tuple[int, int, int], mm: float = 1.0
) -> Problem | None:
    """Compare both matrices where a header has both.

    Parameters
    ----------
    header : nibabel.Nifti1Header
        Or Nifti2Header.
    shape : (int, int, int)
        Voxels along i, j, k.
    mm : float
        Millimetres per unit of the matrices.

    Returns
    -------
    Problem or None
        ``nifti_left_right_conflict`` where they mirror each other, ``nifti_matrix_conflict`` where
        they place a corner apart.

    Raises
    ------
    GeometryError
        A matrix is singular or no number.
    """
    sform, qform = sform_of(header), qform_of(header)
    if sform is None or qform is None:
        return None
    codes = int(header["sform_code"]), int(header["qform_code"])
    return compared(Grid(shape, sform), Grid(shape, qform), codes, mm)


def compared(
    by_sform: Grid, by_qform: Grid, codes: tuple[int, int], mm: float = 1.0
) -> Problem | None:
    """Compare the places that both matrices give, in whatever world, as `disagreement` says it.

    Parameters
    ----------
    by_sform, by_qform : Grid
        Of one shape, in the header's unit.
    codes : (int, int)
        Of sform and qform.
    mm : float
        Millimetres per unit.
    """
    corners = by_sform.corners_mm(), by_qform.corners_mm()
    apart_mm = np.linalg.norm(corners[0] - corners[1], axis=1) * mm
    furthest_mm = round(float(apart_mm.max()), 2)
    if mirrored(by_sform, by_qform):
        return problem("nifti_left_right_conflict", files=1, apart_mm=furthest_mm)
    across_mm = float(np.linalg.norm(corners[0][-1] - corners[0][0])) * mm
    if apart_mm[0] <= AGREE_MM and apart_mm.max() <= max(AGREE_MM, AGREE_RAD * across_mm):
        return None
    return problem(
        "nifti_matrix_conflict",
        files=1,
        sform_code=codes[0],
        qform_code=codes[1],
        apart_mm=furthest_mm,
    )


def mirrored(one: Grid, other: Grid) -> bool:
    """Whether two grids are of different handedness: what is right in one is left in the other."""
    one_hand, other_hand = (np.linalg.det(g.lps_from_index[:3, :3]) for g in (one, other))
    return bool(one_hand * other_hand < 0)
