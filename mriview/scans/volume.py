"""The value that scans are read into: one regular grid with its voxels, which load on first use.

A ``Volume`` says what it is (role, confidence, reasons), where it lies (grid, frame of reference)
and what is to be known about it (problems, physics, provenance). How files become volumes is in
``index``, ``split`` and the format readers; which role a series has is decided in ``roles``.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mriview.geometry import Grid
from mriview.values import Problem, problem

if TYPE_CHECKING:
    from nibabel.nifti1 import Nifti1Image

Voxels = NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class Role:
    """What a series is for, how sure that is, and why.

    Parameters
    ----------
    id : str
        Row id of the role table, ``unknown`` where nothing fits.
    confidence : float
        0 to 1.
    reasons : tuple of str
        One clause each, in the order of their weight.
    """

    id: str = "unknown"
    confidence: float = 0.0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Volume:
    """One regular grid of one series; a 4-D volume holds the time points of one stack in order.

    Parameters
    ----------
    key : str
        Series key: 8 hex, and ``.n`` where one series was split.
    grid : Grid
        Shape (i, j, k) and ``lps_from_index``.
    load : callable
        Reads the voxels: (i, j, k) or (i, j, k, t), real-world values. Called once, on first use;
        raises `ScanError` for what headers cannot show (cut or corrupt voxels).
    time_points : int
        1 for a 3-D volume.
    modality : str
        As DICOM writes it (``MR``, ``CT``), ``""`` where nobody says.
    role : Role
        What the series is for.
    physics : mapping
        Row id to value (ms, deg, mm, tesla or a word).
    frame_of_reference : str or None
        Equal where two volumes share one frame (a digest, not the UID); None forbids calling them
        aligned.
    acquired_voxel_mm : (float, float, float) or None
        Acquired edges along i, j, k, not interpolated ones, and never below the spacing: of thin
        slices with gaps the distance counts. None where unknown.
    file_count : int
        Files that the volume was read from.
    problems : tuple of Problem
        What is to be known about it; none of severity error, since that refuses.
    """

    key: str
    grid: Grid
    load: Callable[[], Voxels] = field(repr=False)
    time_points: int = 1
    modality: str = ""
    role: Role = field(default_factory=Role)
    physics: Mapping[str, float | str] = field(default_factory=lambda: MappingProxyType({}))
    frame_of_reference: str | None = None
    acquired_voxel_mm: tuple[float, float, float] | None = None
    file_count: int = 1
    problems: tuple[Problem, ...] = ()

    @cached_property
    def voxels(self) -> Voxels:
        """Voxel values, read-only, (i, j, k) or (i, j, k, t); slope and intercept applied.

        Raises
        ------
        ScanError
            They are cut, corrupt, too many (``voxels_too_large``) or more than the memory holds
            (``memory_too_small``).
        """
        try:
            voxels = self.load()
        except MemoryError as error:
            raise problem("memory_too_small").as_error() from error
        expected = (
            self.grid.shape if self.time_points == 1 else (*self.grid.shape, self.time_points)
        )
        if voxels.shape != expected:
            msg = f"a reader gave {voxels.shape} for a grid of {expected}"
            raise AssertionError(msg)
        voxels.setflags(write=False)
        return voxels

    @cached_property
    def content_sha256(self) -> str:
        """Digest of matrix and voxels: the same for the same scan, wherever its files lie."""
        digest = hashlib.sha256(repr((self.grid.shape, self.time_points)).encode())
        digest.update(np.ascontiguousarray(self.grid.lps_from_index, "<f8").tobytes())
        voxels = self.voxels
        little = voxels.dtype.newbyteorder("<")
        digest.update(little.str.encode())
        digest.update(np.ascontiguousarray(voxels, little).data)
        return digest.hexdigest()

    def to_nibabel(self) -> "Nifti1Image":
        """Give the volume as a nibabel image (RAS+), sform and qform set to scanner space."""
        import nibabel as nib

        image = nib.Nifti1Image(np.asarray(self.voxels), self.grid.ras_from_index)
        image.set_sform(self.grid.ras_from_index, code=1)
        image.set_qform(self.grid.ras_from_index, code=1)
        image.header.set_xyzt_units("mm", "sec")
        return image
