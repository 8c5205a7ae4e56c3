"""Scans made on the spot: planes, DICOM series and NIfTI files with exactly one thing wrong.

Importable as ``builders`` in every test. Each builder has defaults that give a sound scan; a test
changes what it is about. Strategies are in ``strategies``.
"""

import gzip
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from mriview.geometry import Grid
from mriview.scans.headers import Owner, Plane

# ---- scans ------------------------------------------------------------------------------------

STUDY, SERIES, PATIENT, FRAME = "2.25.1", "2.25.2", "P1", "2.25.3"
CISS = {
    "MRAcquisitionType": "3D",
    "ScanningSequence": "GR",
    "SequenceVariant": "SS",
    "RepetitionTime": "8.0",
    "EchoTime": "3.9",
    "FlipAngle": "50",
}


def a_grid(shape=(6, 5, 4), spacing_mm=(0.5, 0.6, 0.7), origin_mm=(-10.0, -20.0, 30.0)):
    """Give an axial grid: i to the left, j to the back, k to the head."""
    matrix = np.diag([*spacing_mm, 1.0])
    matrix[:3, 3] = origin_mm
    return Grid(shape, matrix)


def voxels_for(shape, dtype="<i2"):
    """Give values that are different in every voxel, so that no flip goes unseen."""
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


def planes_of(grid: Grid, **changes: object) -> list[Plane]:
    """Give the headers of the slices of a grid, by growing k."""
    i_mm, j_mm, _ = grid.spacing_mm
    first = Plane(
        reader="dicom",
        path=Path("0"),
        owner=Owner(STUDY, PATIENT, SERIES),
        columns=grid.shape[0],
        rows=grid.shape[1],
        position_mm=(0.0, 0.0, 0.0),
        along_i=tuple(grid.directions[:, 0].tolist()),
        along_j=tuple(grid.directions[:, 1].tolist()),
        spacing_mm=(i_mm, j_mm),
        frame_of_reference=FRAME,
    )
    return [
        replace(
            first,
            path=Path(str(k)),
            instance=f"2.25.4.{k}",
            number=k + 1,
            position_mm=tuple(grid.lps((0, 0, k)).tolist()),
            **changes,
        )
        for k in range(grid.shape[2])
    ]


def moved(plane: Plane, offset_mm: Iterable[float]) -> Plane:
    """Give a plane at another place."""
    position_mm = tuple((np.array(plane.position_mm) + list(offset_mm)).tolist())
    return replace(plane, position_mm=position_mm)


def a_slice(grid: Grid, pixels: np.ndarray, k: int = 0, **tags: object) -> Dataset:
    """Give one classic MR image, (i, j) pixels in the place of slice k of a grid."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = MRImageStorage
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"2.25.4.{k + 1}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = STUDY, SERIES, FRAME
    ds.PatientID, ds.PatientName, ds.Modality = PATIENT, "SYNTHETIC^NOBODY", "MR"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M"]
    ds.InstanceNumber = k + 1
    ds.ImagePositionPatient = decimals(grid.lps((0, 0, k)))
    ds.ImageOrientationPatient = decimals([*grid.directions[:, 0], *grid.directions[:, 1]])
    ds.PixelSpacing = decimals([grid.spacing_mm[1], grid.spacing_mm[0]])
    ds.SliceThickness = decimals([grid.spacing_mm[2]])[0]
    ds.Rows, ds.Columns = pixels.shape[1], pixels.shape[0]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    bits = pixels.dtype.itemsize * 8
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = bits, bits, bits - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    little = np.ascontiguousarray(pixels.T).astype(pixels.dtype.newbyteorder("<"))
    ds.PixelData = little.tobytes() + b"\0" * (little.nbytes % 2)
    ds["PixelData"].VR = "OW" if bits > 8 else "OB"
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    return ds


def decimals(values: Iterable[float]) -> list[str]:
    """Give numbers as DICOM's decimal strings: 16 characters at most."""
    return [f"{value:.9f}"[:16] for value in values]


def write_series(
    folder: Path,
    grid: Grid | None = None,
    voxels: np.ndarray | None = None,
    edit: Callable[[Dataset, int], object] = lambda _ds, _k: None,
    **tags: object,
) -> list[Path]:
    """Write a classic MR series, a file a slice; ``edit`` changes each before it is written."""
    grid = a_grid() if grid is None else grid
    voxels = voxels_for(grid.shape) if voxels is None else voxels
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for k in range(grid.shape[2]):
        ds = a_slice(grid, voxels[:, :, k], k, **tags)
        edit(ds, k)
        paths.append(folder / f"{k:03}.dcm")
        ds.save_as(paths[-1], enforce_file_format=True)
    return paths


def write_nifti(
    path: Path,
    grid: Grid | None = None,
    voxels: np.ndarray | None = None,
    codes: tuple[int, int] = (1, 1),
    edit: Callable[[nib.Nifti1Header], object] = lambda _header: None,
) -> Path:
    """Write a NIfTI file with codes of sform and qform; ``edit`` changes the header at last."""
    grid = a_grid() if grid is None else grid
    voxels = voxels_for(grid.shape) if voxels is None else voxels
    image = nib.Nifti1Image(voxels, grid.ras_from_index)
    image.set_qform(grid.ras_from_index, code=codes[1])
    image.set_sform(grid.ras_from_index, code=codes[0])
    image.header.set_xyzt_units("mm", "sec")
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = bytearray(image.to_bytes())
    header = nib.Nifti1Header(bytes(raw[:348]), check=False)
    edit(header)  # on the bytes: nibabel would repair what a test breaks
    raw[:348] = header.binaryblock
    path.write_bytes(gzip.compress(raw, mtime=0) if path.suffix == ".gz" else raw)
    return path
