"""A painted structure: which voxels of which grid, cropped to their box, named by their content.

A ``Mask`` is what a brush or another program left, on the grid of one series. It is never
resampled. What the structure is, and how large, the review and ``mriview.measure`` say.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mriview.errors import GeometryError, InputError
from mriview.geometry import Grid, Points

SAME_GRID_MM = 0.01  # largest distance of corner voxels of two grids that count as one


@dataclass(frozen=True, eq=False)
class Mask:
    """Voxels of one structure, cropped to their bounding box.

    Parameters
    ----------
    grid : Grid
        Of the cropped box.
    inside : (i, j, k) bool
        Whether a voxel belongs to the structure.
    """

    grid: Grid
    inside: NDArray[np.bool_]

    @classmethod
    def from_voxels(cls, grid: Grid, inside: NDArray[np.generic]) -> Self:
        """Crop a full array to the box of its voxels that are not zero.

        Raises
        ------
        GeometryError
            The array has not the grid's shape, or no voxel is set.
        """
        if inside.shape != grid.shape:
            found = f"a mask of {inside.shape} voxels for a series of {grid.shape}"
            remedy = "Give the mask on the grid of its series"
            raise GeometryError("mask_other_grid", found, remedy)
        index = np.argwhere(inside)
        if not len(index):
            raise GeometryError("mask_empty", "a mask with 0 voxels", "Paint the structure first")
        start, stop = index.min(axis=0), index.max(axis=0) + 1
        box = inside[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))] != 0
        shape = (int(box.shape[0]), int(box.shape[1]), int(box.shape[2]))
        box = np.ascontiguousarray(box)
        box.setflags(write=False)
        return cls(grid.cropped(start, shape), box)

    @classmethod
    def from_nifti(cls, path: Path) -> Self:
        """Read a NIfTI label file: every voxel that is not zero belongs to the structure.

        Raises
        ------
        InputError
            The file is absent, no NIfTI of 3 dimensions, or holds values that are no number.
        """
        import zlib

        import nibabel as nib

        unreadable = (
            OSError,
            ValueError,
            EOFError,
            AttributeError,  # an image without voxels, such as a surface
            zlib.error,
            nib.filebasedimages.ImageFileError,
            nib.spatialimages.HeaderDataError,
        )
        try:
            image: Any = nib.load(path)
            voxels = np.asanyarray(image.dataobj)
        except unreadable as error:
            found = "the mask file is absent or no NIfTI"
            remedy = "Name a .nii or .nii.gz file below the script"
            raise InputError("mask_unreadable", found, remedy) from error
        if voxels.ndim != 3:
            found = f"a mask of {voxels.ndim} dimensions"
            raise InputError("mask_unreadable", found, "Give a mask of 3 dimensions")
        bad = 0 if voxels.dtype.kind in "biu" else int((~np.isfinite(voxels)).sum())
        if bad:
            found = f"a mask with {bad} values that are no number"
            raise InputError("mask_unreadable", found, "Write 0 outside the structure, 1 inside")
        return cls.from_voxels(Grid.from_ras(voxels.shape, image.affine), voxels)

    @cached_property
    def count(self) -> int:
        """Voxels of the structure."""
        return int(self.inside.sum())

    @cached_property
    def sha256(self) -> str:
        """Digest of shape, matrix (as NIfTI keeps it, float32) and voxels."""
        matrix = self.grid.lps_from_index + 0.0  # no negative zeros
        digest = hashlib.sha256(np.array(self.grid.shape, "<i4").tobytes())
        digest.update(matrix.astype("<f4").tobytes())
        digest.update(np.packbits(self.inside).tobytes())
        return digest.hexdigest()

    @cached_property
    def centroid_mm(self) -> Points:
        """Centre of mass of the voxels, (3,) LPS mm."""
        return np.asarray(self.grid.lps(np.argwhere(self.inside).mean(axis=0)))

    def start_in(self, series: Grid) -> tuple[int, int, int]:
        """Find the voxel of a series at which the box begins.

        Raises
        ------
        GeometryError
            The mask does not lie on voxels of that grid.
        """
        start = np.rint(series.index(self.grid.lps((0, 0, 0)))).astype(int)
        stop = start + self.grid.shape
        fits = (start >= 0).all() and (stop <= series.shape).all()
        apart = np.inf
        if fits:
            there = series.cropped(start, self.grid.shape).corners_mm()
            apart = float(np.linalg.norm(there - self.grid.corners_mm(), axis=1).max())
        if apart > SAME_GRID_MM:
            found = "the mask does not lie on the voxels of its series"
            remedy = "Give the mask on the grid of the series that it names"
            raise GeometryError("mask_other_grid", found, remedy, {"apart_mm": round(apart, 3)})
        return int(start[0]), int(start[1]), int(start[2])

    def snapped_to(self, series: Grid) -> "Mask":
        """Give the same voxels with a matrix cut from the series itself, free of rounding."""
        return Mask(series.cropped(self.start_in(series), self.grid.shape), self.inside)

    def on(self, series: Grid) -> NDArray[np.bool_]:
        """Give the mask as a full array on the grid of its series."""
        full = np.zeros(series.shape, dtype=np.bool_)
        start = self.start_in(series)
        box = tuple(slice(a, a + n) for a, n in zip(start, self.grid.shape, strict=True))
        full[box] = self.inside
        return full

    def nifti_bytes(self) -> bytes:
        """Give the cropped box as the bytes of a ``.nii.gz``; the same content, the same bytes."""
        import gzip

        import nibabel as nib

        image = nib.Nifti1Image(self.inside.astype(np.uint8), self.grid.ras_from_index)
        image.set_sform(self.grid.ras_from_index, code=1)
        image.set_qform(self.grid.ras_from_index, code=1)
        return gzip.compress(image.to_bytes(), mtime=0)
