"""From scans to NIfTI: each volume that was read, with its matrix; what ``mriview convert`` does.

A volume becomes ``<series key>.nii.gz`` and ``<series key>.json``; no name, description or
identifier of the scan is in a file or in the name of one. What is a volume, where it lies and what
is refused was decided in ``mriview.scans``; nothing is resampled, turned or scaled here.
"""

import filecmp
import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mriview.errors import MriviewError, OutputError
from mriview.scans import Study, Trust, Volume, Voxels, open_batch, open_study
from mriview.scans.converted import SYNTHETIC, sidecar_for
from mriview.scans.sidecar import SUFFIXES
from mriview.values import Problem, problem
from mriview.workflow.export import write_whole

if TYPE_CHECKING:
    from nibabel.nifti1 import Nifti1Header

SCANNER = 1  # xform code of the standard: coordinates of the scanner
MOST_IN_NIFTI1 = 2**15 - 1  # voxels along an axis: dim is int16
GZIP_LEVEL = 1  # noise hardly shrinks further, and level 6 takes several times as long
NO_EXTENSION = bytes(4)  # stands between header and voxels
# Kind and bytes of what both versions of the standard hold as one number.
TYPES = frozenset({"u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"})


class Written(NamedTuple):
    """One volume on disk; the value holds no voxels."""

    volume: Volume
    nifti: Path
    sidecar: Path


class Conversion(NamedTuple):
    """What became of a study: its files, and everything refused, flagged or ignored."""

    study: Study
    written: tuple[Written, ...]
    problems: tuple[Problem, ...]


def convert(
    path: str | Path,
    out: str | Path,
    select: str | None = None,
    *,
    trust: Trust | None = None,
) -> Iterator[Conversion]:
    """Write the volumes of every study under a path as NIfTI.

    Parameters
    ----------
    path : str or Path
        A file or a folder; it may hold several studies.
    out : str or Path
        Folder for the files; with several studies a folder a study key is made in it, because the
        NIfTI files of one folder are read as one study.
    select : str, optional
        Key of the one study that is meant.
    trust : {"sform", "qform"}, optional
        As `mriview.open_study` takes it.

    Yields
    ------
    Conversion
        One a study, when its files are written.

    Raises
    ------
    InputError, ScanError
        The path cannot be read (``path_unreadable``) or holds no scan (``no_scan_found``).
    UsageError
        No study has the key (``study_absent``).
    OutputError
        As of `convert_study`.
    """
    if select is not None:
        yield convert_study(open_study(path, select=select, trust=trust), out)
        return
    studies = open_batch(path, trust=trust)
    begun = [study for study in (next(studies, None), next(studies, None)) if study is not None]
    for study in chain(begun, studies):
        for one in study.problems:
            if one.code == "no_scan_found":
                raise one.as_error()
        yield convert_study(study, out if len(begun) == 1 else Path(out) / study.key)


def convert_study(study: Study, folder: str | Path) -> Conversion:
    """Write the volumes of a study as NIfTI with sidecars, one after the other.

    Parameters
    ----------
    study : Study
        Its volumes are read here, and let go again.
    folder : str or Path
        Made where it is absent and something is to be written.

    Returns
    -------
    Conversion
        A volume whose voxels are cut or corrupt is no file: it is a problem of severity error.

    Raises
    ------
    OutputError
        The folder holds other scans (``output_of_other_study``) or the same series with other
        content (``output_exists``), or cannot be written. What stood there before is untouched,
        and every file that was written is whole.
    """
    place = Path(folder)
    written: list[Written] = []
    problems = list(study.problems)
    _refuse_other_scans(place, study)
    for volume in study.volumes.values():
        made = _converted(volume, study, place)
        if isinstance(made, Problem):
            problems.append(made)
        else:
            written.append(made)
    return Conversion(study, tuple(written), tuple(problems))


def header_for(volume: Volume, dtype: np.dtype[np.generic]) -> "Nifti1Header":
    """Make the header of a volume: NIfTI-1, or 2 where an axis is longer than NIfTI-1 can say.

    Parameters
    ----------
    volume : Volume
        Its voxels are not asked.
    dtype : dtype
        Of its voxels.

    Returns
    -------
    nibabel.Nifti1Header
        Or Nifti2Header. The matrix stands in the sform, and in the qform too unless it is sheared,
        which no quaternion can say.
    """
    import nibabel as nib

    times = () if volume.time_points == 1 else (volume.time_points,)
    shape, grid = (*volume.grid.shape, *times), volume.grid
    kind: Any = nib.Nifti1Header if max(shape) <= MOST_IN_NIFTI1 else nib.Nifti2Header
    header: Nifti1Header = kind(endianness="<")
    header.set_data_dtype(dtype)
    header.set_data_shape(shape)
    header.set_zooms((*grid.spacing_mm, *(1.0 for _ in times)))  # its unit stays unknown
    header.set_xyzt_units("mm")
    header.set_slope_inter(1.0, 0.0)
    code = _xform_code(volume)
    header.set_sform(grid.ras_from_index, code=code)
    if grid.is_orthogonal:
        header.set_qform(grid.ras_from_index, code=code)
    header["vox_offset"] = header.single_vox_offset
    # The source's key: two series with like headers and empty first slices are still two files.
    synthetic = f" {SYNTHETIC}" if _has(volume, "synthetic_scan") else ""
    header["descrip"] = f"mriview {volume.key}{synthetic}".encode()
    return header


def _converted(volume: Volume, study: Study, folder: Path) -> Written | Problem:
    """Write one volume, or say why not; its voxels are gone before the next one is read."""
    try:
        voxels = replace(volume).voxels  # of a twin: the study's own volume would keep them
    except MriviewError as error:
        evidence = dict(error.evidence)
        return Problem(error.code, "error", error.found, error.remedy, evidence, volume.key)
    if voxels.dtype.str[1:] not in TYPES:
        return problem("voxel_type_not_in_nifti", volume.key, type=voxels.dtype.name)
    try:
        return _write(volume, voxels, study, folder)
    except OSError as error:
        raise _not_writable(error) from error


def _xform_code(volume: Volume) -> int:
    """Scanner space, or the template's that the volume was read from."""
    said = (one for one in volume.problems if one.code == "nifti_template_space")
    return next((int(str(one.evidence["sform_code"])) for one in said), SCANNER)


def _has(volume: Volume, code: str) -> bool:
    return any(one.code == code for one in volume.problems)


def _write(volume: Volume, voxels: Voxels, study: Study, folder: Path) -> Written:
    """Write both files; the sidecar comes first, so that no scan is there without its warnings."""
    nifti, sidecar = folder / f"{volume.key}.nii.gz", folder / f"{volume.key}.json"
    told = json.dumps(sidecar_for(volume, study), indent=1, ensure_ascii=False, allow_nan=False)
    words = f"{told}\n".encode()
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{nifti.name}.part"
    try:
        _write_nifti(part, header_for(volume, voxels.dtype), voxels)
        same_voxels = nifti.exists() and filecmp.cmp(part, nifti, shallow=False)
        same_words = sidecar.exists() and sidecar.read_bytes() == words
        if (nifti.exists() and not same_voxels) or (sidecar.exists() and not same_words):
            found = "the folder holds this series already, with other content"
            remedy = "Name a new or an empty folder"
            raise OutputError("output_exists", found, remedy, where=volume.key)
        if not same_words:
            write_whole(sidecar, words)
        if not same_voxels:
            part.replace(nifti)
    finally:
        part.unlink(missing_ok=True)
    return Written(volume, nifti, sidecar)


def _write_nifti(path: Path, header: "Nifti1Header", voxels: Voxels) -> None:
    """Write a single file slice by slice, i fastest; the same volume gives the same bytes."""
    little = voxels.dtype.newbyteorder("<")
    frames = voxels if voxels.ndim == 4 else voxels[..., np.newaxis]
    with path.open("wb") as file, gzip.GzipFile("", "wb", GZIP_LEVEL, file, mtime=0) as stream:
        stream.write(header.binaryblock + NO_EXTENSION)
        for t in range(frames.shape[3]):
            for k in range(frames.shape[2]):
                stream.write(frames[:, :, k, t].astype(little, copy=False).tobytes(order="F"))


def _refuse_other_scans(folder: Path, study: Study) -> None:
    """Refuse a folder with other NIfTI files: mixed, two patients would be read as one study."""
    own = {f"{key}.nii.gz" for key in study.volumes}
    try:
        names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    except OSError as error:
        raise _not_writable(error) from error
    others = [name for name in names if name.lower().endswith(SUFFIXES) and name not in own]
    if others:
        found = f"the folder holds {len(others)} other NIfTI file(s): together they are one study"
        remedy = "Name a new or an empty folder"
        raise OutputError("output_of_other_study", found, remedy, {"files": len(others)})


def _not_writable(error: OSError) -> OutputError:
    reason = (error.strerror or type(error).__name__).lower()
    return OutputError.not_writable("the converted scan", reason)
