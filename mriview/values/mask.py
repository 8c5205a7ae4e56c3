"""A painted structure: which voxels of which grid, cropped to their box, named by their content.

A ``Mask`` is what a brush or another program left, on the grid of one series. It is never
resampled. What the structure is, and how large, the review and ``mriview.measure`` say.
"""

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mriview.errors import GeometryError, InputError
from mriview.geometry import Grid, Points
from mriview.values.labels import Labels
from mriview.values.nifti_matrices import disagreement, qform_of, sform_of
from mriview.values.problem import problem

SAME_GRID_MM = 0.01  # largest distance of corner voxels of two grids that count as one
MAX_BYTES = 2 * 2**30  # of the voxels of a label file: no series may be larger


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
        layers = [np.flatnonzero(inside.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
        if not len(layers[0]):
            raise GeometryError("mask_empty", "a mask with 0 voxels", "Paint the structure first")
        start = [int(found[0]) for found in layers]
        box = inside[tuple(slice(int(found[0]), int(found[-1]) + 1) for found in layers)] != 0
        shape = (int(box.shape[0]), int(box.shape[1]), int(box.shape[2]))
        box = np.ascontiguousarray(box)
        box.setflags(write=False)
        return cls(grid.cropped(start, shape), box)

    @classmethod
    def from_nifti(cls, path: Path, series: Grid | None = None, value: int | None = None) -> Self:
        """Read a NIfTI label file: the voxels of one label belong to the structure.

        Parameters
        ----------
        path : Path
            A ``.nii`` or ``.nii.gz`` file.
        series : Grid, optional
            Of the series on whose voxels the mask must lie, whole or cropped, axes in any order:
            compared with the header before a voxel is read. The mask has the series' axes.
        value : int, optional
            The label; needed where the file holds several.

        Raises
        ------
        InputError
            The file is absent, no NIfTI of 3 dimensions, holds values that are no number, is larger
            than `MAX_BYTES`, has no matrix or two that disagree (the codes of scans), or holds
            several labels (``labels_several``) or not the one that is named (``label_unknown``).
        GeometryError
            The mask does not lie on the voxels of the series, or none of its voxels is set.
        """
        import nibabel as nib

        if not path.name.lower().endswith((".nii", ".nii.gz")):  # nibabel opens much more
            raise _no_nifti()
        try:
            image: Any = nib.load(path)
        except _unreadable_errors() as error:
            raise _no_nifti() from error
        if not isinstance(image, nib.Nifti1Pair):  # other formats have other matrices
            raise _no_nifti()
        grid = _grid_of(image)
        if series is not None:
            _start_in(grid.reordered(grid.order_along(series)), series)
        mask = cls.from_voxels(grid, _inside_of(image, value))
        return mask if series is None else mask.along(series)

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

    def along(self, series: Grid) -> Self:
        """Give the same voxels with the axes of a series: reordered and flipped, not resampled."""
        order = self.grid.order_along(series)
        inside = np.ascontiguousarray(order.view(self.inside), dtype=np.bool_)
        inside.setflags(write=False)
        return type(self)(self.grid.reordered(order), inside)

    def start_in(self, series: Grid) -> tuple[int, int, int]:
        """Find the voxel of a series at which the box begins.

        Raises
        ------
        GeometryError
            The mask does not lie on voxels of that grid.
        """
        return _start_in(self.grid, series)

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
        image.header.set_xyzt_units("mm")
        image.header.set_intent("label", name="mask")  # so that nobody opens it as a scan
        return gzip.compress(image.to_bytes(), mtime=0)


def _start_in(box: Grid, series: Grid) -> tuple[int, int, int]:
    start = np.rint(series.index(box.lps((0, 0, 0)))).astype(int)
    stop = start + box.shape
    fits = (start >= 0).all() and (stop <= series.shape).all()
    apart = np.inf
    if fits:
        there = series.cropped(start, box.shape).corners_mm()
        apart = float(np.linalg.norm(there - box.corners_mm(), axis=1).max())
    if apart > SAME_GRID_MM:
        found = (
            f"a mask of {_told(box)}, {_off(box, series)} the voxels of its series, {_told(series)}"
        )
        remedy = "Give the mask on the grid of the series that it names"
        raise GeometryError("mask_other_grid", found, remedy, {"apart_mm": round(apart, 3)})
    return int(start[0]), int(start[1]), int(start[2])


def _told(grid: Grid) -> str:
    shape = " x ".join(str(n) for n in grid.shape)
    return f"{shape} voxels of {' x '.join(f'{mm:.2f}' for mm in grid.spacing_mm)} mm"


def _off(box: Grid, series: Grid) -> str:
    """Say how a box lies to a series on whose voxels it does not lie."""
    if not np.allclose(box.spacing_mm, series.spacing_mm, rtol=0, atol=SAME_GRID_MM):
        return "of another size than"
    if not box.is_parallel_to(series):
        return "turned against"
    index = series.index(box.lps((0, 0, 0)))
    off_mm = float(np.linalg.norm((index - np.rint(index)) * series.spacing_mm))
    return f"{off_mm:.2f} mm off" if off_mm > SAME_GRID_MM else "not all of them on"


def _grid_of(image: Any) -> Grid:
    """Place a label file by its header alone, as a scan would be, or refuse it."""
    header, kind = image.header, image.get_data_dtype()
    if len(image.shape) != 3:
        found = f"a mask of {len(image.shape)} dimensions"
        raise InputError("mask_unreadable", found, "Give a mask of 3 dimensions")
    if kind.kind not in "biuf":
        found = "a mask of colours or complex numbers"
        raise InputError("mask_unreadable", found, "Write 0 outside the structure, 1 inside")
    bytes_ = math.prod(image.shape) * kind.itemsize
    if bytes_ > MAX_BYTES:
        found = f"a mask of {bytes_ / 2**30:.1f} GiB, more than {MAX_BYTES / 2**30:.0f} GiB"
        raise InputError("mask_unreadable", found, "Give the mask on the grid of its series")
    sform = sform_of(header)
    matrix = sform if sform is not None else qform_of(header)
    said = problem("nifti_no_matrix", files=1) if matrix is None else None
    said = said or disagreement(header, image.shape)
    if said is not None:
        raise InputError(said.code, said.message, said.remedy, said.evidence)
    return Grid.from_ras(image.shape, image.affine if matrix is None else matrix)


def _inside_of(image: Any, value: int | None) -> NDArray[np.bool_]:
    """Read which voxels have the label; stored values are scaled a layer at a time, if at all."""
    try:
        stored = image.dataobj.get_unscaled()
    except _unreadable_errors() as error:
        raise _no_nifti() from error
    except MemoryError as error:
        raise problem("memory_too_small").as_error() from error
    slope, intercept = float(image.dataobj.slope), float(image.dataobj.inter)
    inside = np.empty(stored.shape, dtype=np.bool_)
    bad, labels = 0, Labels(value)
    for k in range(stored.shape[2]):
        layer = stored[:, :, k]
        if (slope, intercept) != (1.0, 0.0):
            layer = layer.astype(np.float64) * slope + intercept
        if layer.dtype.kind == "f":
            bad += int((~np.isfinite(layer)).sum())
        inside[:, :, k] = labels.in_layer(layer)
    if bad:
        found = f"a mask with {bad} values that are no number"
        raise InputError("mask_unreadable", found, "Write 0 outside the structure, 1 inside")
    labels.refuse_another()
    return inside


def _no_nifti() -> InputError:
    found = "the mask file is absent or no NIfTI"
    return InputError("mask_unreadable", found, "Name a .nii or .nii.gz file below the script")


def _unreadable_errors() -> tuple[type[Exception], ...]:
    """Name what nibabel raises on files that are no NIfTI."""
    import zlib

    from nibabel.filebasedimages import ImageFileError
    from nibabel.spatialimages import HeaderDataError

    return OSError, ValueError, EOFError, zlib.error, ImageFileError, HeaderDataError
