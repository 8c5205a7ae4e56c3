"""The header of a NIfTI file: version, byte order, shape, type, scaling; or what lies in it.

Bytes in, one frozen value out; no file is opened here. A header that contradicts itself is refused
with what it says, never repaired. Where the matrices put the voxels is decided in ``nifti_matrix``.
"""

import math
import struct
from dataclasses import dataclass
from typing import Any, Literal

import nibabel as nib
import numpy as np

from mriview.errors import ScanError
from mriview.scans.limits import MIB, limits
from mriview.values import Problem, problem

Version = Literal[1, 2]

# nifti1.h and nifti2.h
HEADER_BYTES: dict[Version, int] = {1: 348, 2: 540}
FIRST_VOXEL: dict[Version, int] = {1: 352, 2: 544}  # of a single file: four bytes follow the header
MAGIC_AT: dict[Version, int] = {1: 344, 2: 4}
SINGLE: dict[Version, bytes] = {1: b"n+1\0", 2: b"n+2\0"}
PAIR: dict[Version, bytes] = {1: b"ni1\0", 2: b"ni2\0"}
LINE_ENDS = b"\r\n\x1a\n"  # after the magic of version 2: a transfer as text changes them
BITS = {2: 8, 4: 16, 8: 32, 16: 32, 64: 64, 256: 8, 512: 16, 768: 32, 1024: 64, 1280: 64}
COLOURS = {128: 3, 2304: 4}
COMPLEX = frozenset({32, 1792, 2048})
OTHER_TYPES = {1: "single bits", 1536: "128-bit numbers"}
LABEL_INTENT = 1002  # the voxels are names, no signal
TENSOR_INTENTS = frozenset({1004, 1005, 1006, 1007, 1008, 1009, 1010, 2003, 2004})

# What stores of large files (git-lfs, git-annex) leave in the place of a file that was not fetched
POINTERS = (b"version https://git-lfs.github.com/spec/", b"/annex/objects/")
ANALYZE_BYTES = 348
_DIMS_AT = 40  # dim[0] of ANALYZE 7.5 and NIfTI-1, int16


@dataclass(frozen=True, slots=True)
class NiftiHeader:
    """What a header says about its voxels.

    Parameters
    ----------
    raw : nibabel.Nifti1Header
        Or Nifti2Header: asked for its matrices.
    version : {1, 2}
        Of the standard.
    single : bool
        Whether the voxels follow in the same file.
    offset : int
        Byte at which they begin.
    shape : (int, int, int)
        Voxels along i, j, k.
    time_points : int
        1 for a 3-D file.
    dtype : numpy.dtype
        Of the stored values, in their byte order.
    slope, intercept : float
        Value = stored value x slope + intercept.
    problems : tuple of Problem
        Warnings.
    """

    raw: nib.Nifti1Header
    version: Version
    single: bool
    offset: int
    shape: tuple[int, int, int]
    time_points: int
    dtype: np.dtype[np.generic]
    slope: float = 1.0
    intercept: float = 0.0
    problems: tuple[Problem, ...] = ()

    @property
    def voxels(self) -> int:
        """How many values are stored."""
        return math.prod(self.shape) * self.time_points

    @property
    def voxel_bytes(self) -> int:
        """How many bytes they take."""
        return self.voxels * self.dtype.itemsize


def refused(code: str, **evidence: object) -> ScanError:
    """Give the refusal of one file."""
    return problem(code, None, **{"files": 1, **evidence}).as_error()


def version_of(start: bytes) -> Version | None:
    """Tell the version by the magic; None where bytes begin no NIfTI file.

    Examples
    --------
    >>> version_of(bytes(344) + b"n+1" + bytes(5)), version_of(bytes(348))
    (1, None)
    """
    versions: tuple[Version, ...] = (1, 2)
    for version in versions:
        at = MAGIC_AT[version]
        if start[at : at + 4] in {SINGLE[version], PAIR[version]}:
            return version
    return None


def is_analyze(start: bytes) -> bool:
    """Whether bytes begin an ANALYZE 7.5 header: size and dimensions as in NIfTI, no magic."""
    if len(start) < ANALYZE_BYTES or version_of(start) is not None:
        return False
    orders = [order for order in "<>" if struct.unpack_from(order + "i", start)[0] == ANALYZE_BYTES]
    return any(1 <= struct.unpack_from(order + "h", start, _DIMS_AT)[0] <= 7 for order in orders)


def header_from(start: bytes) -> NiftiHeader:
    """Read a header.

    Parameters
    ----------
    start : bytes
        The first bytes of the file, inflated: 540 or more where it has them.

    Raises
    ------
    ScanError
        It is none (``not_nifti``, ``analyze_not_supported``, ``content_absent``), is cut
        (``nifti_truncated``), holds no signal (``label_image``, ``colour_image``, ``not_a_scan``,
        ``single_slice``), has voxels of another kind (``complex_voxels``,
        ``voxel_type_not_supported``), or contradicts itself (``nifti_header_invalid``,
        ``header_too_large``).
    """
    version = version_of(start)
    if version is None:
        raise refused(_other_kind(start))
    if len(start) < HEADER_BYTES[version]:
        raise refused("nifti_truncated")
    kind: Any = nib.Nifti1Header if version == 1 else nib.Nifti2Header  # nibabel is not typed
    order = _byte_order(start, version)
    header = kind(start[: HEADER_BYTES[version]], endianness=order, check=False)
    intent = int(header["intent_code"])
    if intent == LABEL_INTENT:
        raise refused("label_image")
    shape, time_points = _shape(header)
    if intent in TENSOR_INTENTS:
        raise refused("not_a_scan", kind="vectors or matrices")
    single = start[MAGIC_AT[version] :][:4] == SINGLE[version]
    slope, intercept, notes = _scaling(header)
    return NiftiHeader(
        raw=header,
        version=version,
        single=single,
        offset=_offset(header, FIRST_VOXEL[version] if single else 0),
        shape=shape,
        time_points=time_points,
        dtype=_type(header),
        slope=slope,
        intercept=intercept,
        problems=notes,
    )


def _other_kind(start: bytes) -> str:
    """Name what stands where a NIfTI header should."""
    if start.startswith(POINTERS):
        return "content_absent"
    return "analyze_not_supported" if is_analyze(start) else "not_nifti"


def _byte_order(start: bytes, version: Version) -> str:
    """Little or big endian, by the length that the header says of itself."""
    for order in "<>":
        if struct.unpack_from(order + "i", start)[0] == HEADER_BYTES[version]:
            break
    else:
        raise refused("nifti_header_invalid", what="another length than a header has")
    if version == 2 and start[8:12] not in {LINE_ENDS, bytes(4)}:
        raise refused("nifti_header_invalid", what="that it was sent as text")
    return order


def _shape(header: nib.Nifti1Header) -> tuple[tuple[int, int, int], int]:
    """Voxels along i, j, k and time points; dimensions beyond dim[0] do not count."""
    count = int(header["dim"][0])
    if not 1 <= count <= 7:
        raise refused("nifti_header_invalid", what=f"{count} dimensions")
    dims = [int(n) for n in header["dim"][1 : count + 1]]
    if min(dims) < 1:
        raise refused("nifti_header_invalid", what=f"a side of {min(dims)} voxels")
    dims += [1] * (7 - count)
    if max(dims[4:]) > 1:
        raise refused("not_a_scan", kind="more than four dimensions")
    if min(dims[:3]) < 2:
        raise refused("single_slice")
    return (dims[0], dims[1], dims[2]), dims[3]


def _type(header: nib.Nifti1Header) -> np.dtype[np.generic]:
    code, bits = int(header["datatype"]), int(header["bitpix"])
    if code in COLOURS:
        raise refused("colour_image", samples=COLOURS[code])
    if code in COMPLEX:
        raise refused("complex_voxels")
    if code in OTHER_TYPES:
        raise refused("voxel_type_not_supported", kind=OTHER_TYPES[code])
    if code not in BITS:
        raise refused("nifti_header_invalid", what=f"datatype {code}")
    if bits not in {0, BITS[code]}:  # some programs leave it out
        raise refused("nifti_header_invalid", what=f"datatype {code} with {bits} bits a voxel")
    dtype: np.dtype[np.generic] = header.get_data_dtype()
    return dtype


def _scaling(header: nib.Nifti1Header) -> tuple[float, float, tuple[Problem, ...]]:
    """Slope and intercept; slope 0 means that nothing is to be applied."""
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0:
        return 1.0, 0.0, ()
    if not (math.isfinite(slope) and math.isfinite(intercept)):
        return 1.0, 0.0, (problem("nifti_scaling_invalid"),)
    return slope, intercept, ()


def _offset(header: nib.Nifti1Header, least: int) -> int:
    """Where the voxels begin; 0 in a single file means right after the header."""
    offset = float(header["vox_offset"])
    if not math.isfinite(offset) or offset < 0 or offset != int(offset):
        raise refused("nifti_header_invalid", what="no place for its voxels")
    if offset == 0:
        return least
    if offset < least:
        raise refused("nifti_header_invalid", what="that voxels begin inside of it")
    if offset > (most := limits().header_bytes):
        raise refused("header_too_large", limit=f"{most // MIB} MiB")
    return int(offset)
