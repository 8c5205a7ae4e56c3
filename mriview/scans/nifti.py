"""NIfTI-1 and NIfTI-2, single files and pairs, either byte order: header to grid, grid to voxels.

A file is what its bytes say, whatever it is called. Where it lies is decided in ``nifti_matrix``,
how its bytes are read in ``nifti_bytes``, what its sidecar says in ``sidecar``.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from mriview.scans.headers import GridPlan, Header, Owner, Unread, Whole
from mriview.scans.nifti_bytes import (
    bytes_of,
    inflated_start,
    is_gzip,
    is_gzip_file,
    most_bytes,
    start_of,
)
from mriview.scans.nifti_matrix import MatrixError, place_of
from mriview.scans.reading import Reader
from mriview.scans.sidecar import SUFFIXES, sidecar_of, stem_of
from mriview.scans.values import MAX_VOXEL_BYTES, real_world, size_of
from mriview.scans.volume import Voxels
from mriview.values import Problem, problem

NAME = "nifti"
DIGEST_BYTES = 2**16  # of the first voxels: enough to tell scans with one header apart
HEADER_BYTES = {1: 348, 2: 540}
FIRST_VOXEL = {1: 352, 2: 544}  # of a single file
SCALARS = {2, 4, 8, 16, 64, 256, 512, 768, 1024, 1280}  # datatype codes: integers and floats
COLOURS = {128: 3, 2304: 4}
COMPLEX = {32, 1792, 2048}
LABEL_INTENT = 1002  # NIFTI_INTENT_LABEL of nifti1.h: the voxels are names, no signal
MAX_VOXELS = 2**34  # of a file: 34 GB of int16

# A folder of one of these names holds a part of a session (BIDS 1.10)
BIDS_PARTS = frozenset({"anat", "func", "dwi", "fmap", "perf", "swi", "angio"})


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the voxels of a file are, and what they are."""

    header: nib.Nifti1Header
    voxels: Path
    offset: int
    shape: tuple[int, int, int]
    time_points: int
    dtype: np.dtype[np.generic]
    slope: float
    intercept: float
    problems: tuple[Problem, ...] = ()

    @property
    def bytes(self) -> int:
        return math.prod(self.shape) * self.time_points * self.dtype.itemsize


class _UnusableError(Exception):
    def __init__(self, code: str, **evidence: object) -> None:
        self.problem = problem(code, None, **{"files": 1, **evidence})
        super().__init__(code)


class _Nifti:
    name = NAME

    def claims(self, path: Path, first_bytes: bytes) -> bool:
        start = inflated_start(first_bytes, 512) if is_gzip(first_bytes) else first_bytes
        return _version(start) is not None or path.name.lower().endswith(SUFFIXES)

    def headers(self, path: Path) -> Iterator[Header]:
        folder = Owner(folder=session_folder(path))
        try:
            if _is_voxel_half(path):  # it is read, and counted, with its header
                half = problem("not_a_scan", files=1, kind="the voxels of a pair")
                yield Unread(path, half)
            else:
                yield _whole(path)
        except (_UnusableError, MatrixError) as unusable:
            yield Unread(path, unusable.problem, folder)
        except OSError:
            reason = "the file is closed or gone"
            yield Unread(path, problem("file_unreadable", files=1, reason=reason), folder)

    def load(self, plan: GridPlan) -> Voxels:
        layout = _layout(plan.first.path)
        data = bytes_of(layout.voxels, layout.offset, layout.bytes)
        stored = np.frombuffer(data, layout.dtype)
        native = stored.astype(stored.dtype.newbyteorder("="), copy=False)
        values: Voxels = real_world([native], [(layout.slope, layout.intercept)])[0]
        times = () if layout.time_points == 1 else (layout.time_points,)
        return np.reshape(values, (*layout.shape, *times), order="F")


READER: Reader = _Nifti()


def session_folder(path: Path) -> str:
    """Name the folder that keeps a file's study together: in BIDS that of its session.

    Examples
    --------
    >>> Path(session_folder(Path("sub-01/ses-1/anat/sub-01_ses-1_T2w.nii.gz"))).name
    'ses-1'
    """
    folder = path.parent
    if path.name.startswith("sub-") and folder.name in BIDS_PARTS:
        folder = folder.parent
    return str(folder)


def _version(start: bytes) -> int | None:
    """1 or 2, from the magic; None where it is no NIfTI."""
    if start[4:8] in {b"n+2\0", b"ni2\0"}:
        return 2
    return 1 if start[344:348] in {b"n+1\0", b"ni1\0"} else None


def _is_voxel_half(path: Path) -> bool:
    """Whether a file is the voxels of a pair whose header is there."""
    if not path.name.lower().endswith((".img", ".img.gz")):
        return False
    if _version(start_of(path, 600)) is not None:
        return False
    if _other_half(path, ".hdr") is None:
        raise _UnusableError("nifti_pair_incomplete")
    return True


def _other_half(path: Path, ending: str) -> Path | None:
    candidates = (path.with_name(stem_of(path) + e) for e in (ending, ending + ".gz"))
    return next((one for one in candidates if one.is_file()), None)


def _whole(path: Path) -> Whole:
    layout = _layout(path)
    compressed = is_gzip_file(layout.voxels)
    if layout.offset + layout.bytes > most_bytes(layout.voxels, compressed=compressed):
        raise _UnusableError("nifti_truncated")
    if layout.bytes > MAX_VOXEL_BYTES:
        raise _UnusableError("voxels_too_large", **size_of(layout.bytes))
    place = place_of(layout.header, layout.shape)
    sidecar = sidecar_of(path)
    digest = hashlib.sha256(layout.header.binaryblock)
    digest.update(start_of(layout.voxels, layout.offset + DIGEST_BYTES)[layout.offset :])
    halves = () if layout.voxels == path else (layout.voxels,)
    beside = () if sidecar.path is None else (sidecar.path,)
    return Whole(
        reader=NAME,
        path=path,
        owner=Owner(series=digest.hexdigest(), folder=session_folder(path)),
        grid=place.grid,
        time_points=layout.time_points,
        scanner_space=place.scanner_space,
        companions=(*halves, *beside),
        problems=(*layout.problems, *place.problems, *sidecar.problems),
        acquisition=sidecar.acquisition,
    )


def _layout(path: Path) -> _Layout:
    start = start_of(path, 600)
    version = _version(start)
    if version is None:
        raise _UnusableError("not_nifti")
    kind: Any = nib.Nifti1Header if version == 1 else nib.Nifti2Header  # nibabel is not typed
    header = kind(start[: HEADER_BYTES[version]], check=False)
    if int(header["intent_code"]) == LABEL_INTENT:
        raise _UnusableError("label_image")
    single = bytes(header["magic"].item())[:2] == b"n+"
    voxels = path if single else _other_half(path, ".img")
    if voxels is None:
        raise _UnusableError("nifti_pair_incomplete")
    shape, time_points = _shape(header)
    code = int(header["datatype"])
    if code in COLOURS:
        raise _UnusableError("colour_image", samples=COLOURS[code])
    if code in COMPLEX:
        raise _UnusableError("complex_voxels")
    if code not in SCALARS:
        raise _UnusableError("nifti_header_invalid", what=f"datatype {code}")
    slope, intercept, notes = _scaling(header)
    if is_gzip_file(path) != path.name.lower().endswith(".gz"):
        notes = (*notes, problem("wrong_extension", files=1))
    return _Layout(
        header=header,
        voxels=voxels,
        offset=_offset(header, FIRST_VOXEL[version] if single else 0),
        shape=shape,
        time_points=time_points,
        dtype=header.get_data_dtype(),
        slope=slope,
        intercept=intercept,
        problems=notes,
    )


def _shape(header: nib.Nifti1Header) -> tuple[tuple[int, int, int], int]:
    """Voxels along i, j, k and time points; dimensions beyond dim[0] do not count."""
    count = int(header["dim"][0])
    if not 1 <= count <= 7:
        raise _UnusableError("nifti_header_invalid", what=f"{count} dimensions")
    dims = [int(n) for n in header["dim"][1 : count + 1]]
    if min(dims) < 1:
        raise _UnusableError("nifti_header_invalid", what=f"a side of {min(dims)} voxels")
    if math.prod(dims) > MAX_VOXELS:
        raise _UnusableError("nifti_truncated")
    dims += [1] * (7 - count)
    if max(dims[4:]) > 1:
        raise _UnusableError("not_a_scan", kind="more than four dimensions")
    if min(dims[:3]) < 2:
        raise _UnusableError("single_slice")
    return (dims[0], dims[1], dims[2]), dims[3]


def _scaling(header: nib.Nifti1Header) -> tuple[float, float, tuple[Problem, ...]]:
    """Slope and intercept; slope 0 means that nothing is to be applied."""
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0:
        return 1.0, 0.0, ()
    if not (math.isfinite(slope) and math.isfinite(intercept)):
        return 1.0, 0.0, (problem("nifti_scaling_invalid"),)
    return slope, intercept, ()


def _offset(header: nib.Nifti1Header, least: int) -> int:
    offset = float(header["vox_offset"])
    if not math.isfinite(offset) or offset < 0 or offset != int(offset):
        raise _UnusableError("nifti_header_invalid", what="no place for its voxels")
    return max(int(offset), least)
