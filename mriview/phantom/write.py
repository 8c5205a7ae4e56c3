"""The digital patient on disk: scans, truth, the mask of its mass, and a scripted reading.

A phantom is made in a folder beside and moved into place when it is whole, so that a run that
breaks leaves nothing behind. Nothing that is there is ever overwritten. The same case, seed and
form give the same bytes.
"""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from mriview.errors import OutputError, UsageError
from mriview.geometry import Grid
from mriview.phantom.anatomy import Patient, make_patient
from mriview.phantom.cases import FIRST_CASE
from mriview.phantom.dicom import slices_as_dicom
from mriview.phantom.physics import COMMENT, sidecar
from mriview.phantom.plans import SeriesPlan, series_plans
from mriview.phantom.reader import scripted_reader
from mriview.phantom.render import Voxels, mass_label, render
from mriview.phantom.truth import truth_of
from mriview.scans import open_study

Form = Literal["dicom", "nifti"]

MASS_FILE = "mass.nii.gz"


@dataclass(frozen=True, slots=True)
class PhantomFiles:
    """Where the parts of a phantom lie.

    Parameters
    ----------
    study : Path
        Folder of the scans, and of nothing else.
    truth : Path
        ``truth.json``.
    reader : Path
        ``reader.json``: a script for ``mriview apply``.
    mass : Path or None
        Label on the grid of the cisternogram; None without a mass.
    """

    study: Path
    truth: Path
    reader: Path
    mass: Path | None


def write_phantom(
    out: str | Path, case: str = FIRST_CASE, seed: int = 0, to: Form = "dicom"
) -> PhantomFiles:
    """Make a digital patient and write it.

    Parameters
    ----------
    out : str or Path
        Folder to make; it may exist when it is empty.
    case : str
        One of `mriview.phantom.CASES`.
    seed : int
        >= 0.
    to : {"dicom", "nifti"}
        Form of the scans.

    Returns
    -------
    PhantomFiles
        Where everything lies.

    Raises
    ------
    UsageError
        No such case or form, or a seed below 0.
    OutputError
        The folder holds something, or cannot be written.
    """
    if to not in get_args(Form):
        forms = " or ".join(get_args(Form))
        raise UsageError("form_unknown", f"no phantom form {to!r}", f"Choose {forms}")
    patient, out = make_patient(case, seed), Path(out).absolute()
    try:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            found = "the folder for the phantom is not empty"
            raise OutputError("output_exists", found, "Name a new or an empty folder")
        out.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as making:
            whole = Path(making) / "whole"
            whole.mkdir()
            _write_all(whole, patient, to)
            _move(whole, out)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError.not_writable("the phantom", reason) from error
    mass = out / MASS_FILE if patient.mass is not None else None
    return PhantomFiles(out / "study", out / "truth.json", out / "reader.json", mass)


def _move(whole: Path, out: Path) -> None:
    """Put a finished phantom into place; an empty folder that is there stays the same folder."""
    if not out.exists():
        whole.rename(out)
        return
    for part in sorted(whole.iterdir()):
        part.rename(out / part.name)


def _write_all(out: Path, patient: Patient, to: Form) -> None:
    plans = series_plans(patient)
    study = out / "study"
    study.mkdir()
    for plan in plans:
        voxels = render(patient, plan)
        if to == "dicom":
            _write_dicom(study / plan.name, slices_as_dicom(patient, plan, voxels))
        else:
            _write_nifti(study, plan, voxels)
    label = mass_label(patient, plans[0].grid)
    if label is not None:
        (out / MASS_FILE).write_bytes(_label_bytes(label, plans[0].grid))
    truth = truth_of(patient, {plan.role: plan.grid for plan in plans})
    _write_json(out / "truth.json", truth)
    _write_json(out / "reader.json", scripted_reader(truth, _keys(study, plans), MASS_FILE))


def _keys(study: Path, plans: tuple[SeriesPlan, ...]) -> dict[str, str]:
    """Find the keys under which the product knows the series; their shapes tell them apart."""
    keys = {volume.grid.shape: key for key, volume in open_study(study).volumes.items()}
    return {plan.role: keys[plan.grid.shape] for plan in plans}


def _write_dicom(folder: Path, files: list[bytes]) -> None:
    folder.mkdir()
    for number, data in enumerate(files, start=1):
        (folder / f"{number:03d}.dcm").write_bytes(data)


def _write_nifti(study: Path, plan: SeriesPlan, voxels: Voxels) -> None:
    (study / f"{plan.name}.nii.gz").write_bytes(_nifti_bytes(voxels, plan.grid))
    _write_json(study / f"{plan.name}.json", sidecar(plan.role, plan.grid.spacing_mm[2]))


def _nifti_bytes(voxels: NDArray[np.generic], grid: Grid) -> bytes:
    image = _nifti_image(voxels, grid)
    image.header.set_xyzt_units("mm", "sec")
    return _compressed(image)


def _label_bytes(label: NDArray[np.generic], grid: Grid) -> bytes:
    image = _nifti_image(label, grid)
    image.header.set_xyzt_units("mm")
    image.header.set_intent("label", name="mass")  # so that nobody opens it as a scan
    return _compressed(image)


def _nifti_image(voxels: NDArray[np.generic], grid: Grid) -> Any:
    import nibabel as nib

    image = nib.Nifti1Image(voxels, grid.ras_from_index)
    image.set_sform(grid.ras_from_index, code=1)
    image.set_qform(grid.ras_from_index, code=1)
    image.header["descrip"] = COMMENT.encode()
    return image


def _compressed(image: Any) -> bytes:
    return gzip.compress(image.to_bytes(), compresslevel=6, mtime=0)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, allow_nan=False) + "\n", encoding="utf-8")
