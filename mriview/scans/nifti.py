"""NIfTI-1 and NIfTI-2, single files and pairs, either byte order: header to grid, grid to voxels.

A file is what its bytes say, whatever it is called. What its header says is read in
``nifti_header``, where it lies is decided in ``nifti_matrix``, how its voxels are read in
``nifti_bytes``, what its sidecar says in ``sidecar``; here the parts of one scan are put together.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath
from types import MappingProxyType

import numpy as np

from mriview.errors import ScanError
from mriview.scans.contents import beside, start_of
from mriview.scans.files import ScanFile, opened_unchanged, why_closed
from mriview.scans.headers import GridPlan, Owner, Said, Undecided, Unread, Whole
from mriview.scans.nifti_bytes import check_room, is_gzip_file, stored_voxels, stretch_of
from mriview.scans.nifti_header import (
    FIRST_VOXEL,
    HEADER_BYTES,
    NiftiHeader,
    header_from,
    is_analyze,
    refused,
    version_of,
)
from mriview.scans.nifti_matrix import Place, place_of
from mriview.scans.reading import Reader
from mriview.scans.sidecar import SUFFIXES, sidecar_of, stem_of
from mriview.scans.values import check_size, real_world
from mriview.scans.volume import Voxels
from mriview.values import Problem, problem

NAME = "nifti"
DIGEST_BYTES = 2**16  # of the first voxels: enough to tell scans with one header apart
HEADERS, VOXELS, SINGLES = (".hdr", ".hdr.gz"), (".img", ".img.gz"), (".nii", ".nii.gz")

# A folder of one of these names holds a part of a session (BIDS 1.10)
BIDS_PARTS = frozenset({"anat", "func", "dwi", "fmap", "perf", "swi", "angio"})


@dataclass(frozen=True, slots=True)
class _Parts:
    """One scan: its header, and the file that holds its voxels."""

    header: NiftiHeader
    voxels: ScanFile
    problems: tuple[Problem, ...] = ()


class _Nifti:
    name = NAME

    def claims(self, file: ScanFile, first_bytes: bytes) -> bool:
        named = file.name.lower().endswith(SUFFIXES)
        return named or version_of(first_bytes) is not None or is_analyze(first_bytes)

    def headers(self, file: ScanFile, first_bytes: bytes) -> Iterator[Said]:
        owner = Owner(folders_up=folders_up(file))
        try:
            if _is_voxel_half(file, first_bytes):  # it is read, and counted, with its header
                half = problem("not_a_scan", files=1, kind="the voxels of a pair")
                yield Unread(file, half)
            else:
                yield _whole(file, first_bytes, owner)
        except ScanError as error:
            yield Unread(file, problem(error.code, None, **error.evidence), owner)
        except OSError:
            said = problem("file_unreadable", files=1, reason=why_closed(file))
            yield Unread(file, said, owner)

    def load(self, plan: GridPlan) -> Voxels:
        file = plan.first.file
        try:
            if not file.member:  # of an archive it is asked with each reading
                opened_unchanged(file).close()
            parts = _parts(file, start_of(file))
        except OSError as error:
            raise refused("file_unreadable", reason=why_closed(file)) from error
        if parts.voxels not in plan.files:  # as they were walked, or another file than then
            raise refused("file_changed")
        header = parts.header
        stored = stored_voxels(parts.voxels, header.offset, header.voxels, header.dtype)
        values: Voxels = real_world([stored], [(header.slope, header.intercept)])[0]
        times = () if header.time_points == 1 else (header.time_points,)
        return np.reshape(values, (*header.shape, *times), order="F")


READER: Reader = _Nifti()


def folders_up(file: ScanFile) -> int:
    """Tell how far above a file the folder of its study lies: in BIDS that of its session.

    Examples
    --------
    >>> folders_up(ScanFile("sub-01/ses-1/anat/sub-01_ses-1_T2w.nii.gz"))
    1
    """
    return int(file.name.startswith("sub-") and PurePath(file.folder).name in BIDS_PARTS)


def _is_voxel_half(file: ScanFile, start: bytes) -> bool:
    """Whether a file is the voxels of a pair whose header is there."""
    if not file.name.lower().endswith(VOXELS) or version_of(start) is not None:
        return False
    if _other_half(file, HEADERS) is None:
        raise refused("nifti_pair_incomplete")
    return True


def _other_half(file: ScanFile, endings: tuple[str, ...]) -> ScanFile | None:
    """Find the file of the same name with another ending, in the letters that its own has."""
    stem = stem_of(file.name)
    upper = tuple(ending.upper() for ending in endings)
    both = upper + endings if file.name[len(stem) :].isupper() else endings + upper
    candidates = (beside(file, stem + ending) for ending in both)
    return next((one for one in candidates if one is not None), None)


def _whole(file: ScanFile, start: bytes, owner: Owner) -> Whole | Undecided:
    parts = _parts(file, start)
    header = parts.header
    check_room(parts.voxels, header.offset + header.voxel_bytes)
    check_size(header.voxel_bytes)
    found = place_of(header.raw, header.shape)
    sidecar = sidecar_of(file)
    digest = hashlib.sha256(header.raw.binaryblock)
    digest.update(stretch_of(parts.voxels, header.offset, DIGEST_BYTES))
    halves = () if parts.voxels == file else (parts.voxels,)
    described = () if sidecar.file is None else (sidecar.file,)
    notes = (*header.problems, *parts.problems)

    def placed(place: Place) -> Whole:
        seen = (*notes, *place.problems, *sidecar.problems)
        return Whole(
            reader=NAME,
            file=file,
            owner=replace(owner, series=digest.hexdigest()),
            grid=place.grid,
            time_points=header.time_points,
            scanner_space=place.scanner_space,
            companions=(*halves, *described),
            problems=(*seen, *sidecar.told.beside(seen)),
            acquisition=sidecar.acquisition,
            told=sidecar.told,
        )

    if isinstance(found, Place):
        return placed(found)
    choices = {
        which: placed(one) if isinstance(one, Place) else Unread(file, one, owner)
        for which, one in found.choices.items()
    }
    return Undecided(Unread(file, found.problem, owner), MappingProxyType(choices))


def _parts(file: ScanFile, start: bytes) -> _Parts:
    """Read the header, and find the file with the voxels."""
    if len(start) < max(HEADER_BYTES.values()):
        start = start_of(file)
    header = header_from(start)
    notes: tuple[Problem, ...] = ()
    if is_gzip_file(file) != file.name.lower().endswith(".gz"):
        notes = (problem("wrong_extension", files=1),)
    name = file.name.lower()
    if header.single and not name.endswith(HEADERS):
        return _Parts(header, file, notes)
    other = _other_half(file, VOXELS)
    if header.single:
        if other is not None:
            raise refused("nifti_pair_contradicts")
        return _Parts(header, file, notes)
    if other is not None:
        return _Parts(header, other, notes)
    # Some programs write the magic of a pair into a single file; no other place is left for it.
    if name.endswith(SINGLES) and header.offset >= FIRST_VOXEL[header.version]:
        return _Parts(header, file, (*notes, problem("nifti_magic_contradicts", files=1)))
    raise refused("nifti_pair_incomplete")
