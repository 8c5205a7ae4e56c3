"""Scans made on the spot: planes, DICOM series and NIfTI files with exactly one thing wrong.

Importable as ``builders`` in every test. Each builder has defaults that give a sound scan; a test
changes what it is about. Strategies are in ``strategies``.
"""

import gzip
import math
import struct
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import nibabel as nib
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, MRImageStorage

from mriview.geometry import Grid
from mriview.scans.files import ScanFile
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
        file=ScanFile("0"),
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
        first._replace(
            file=ScanFile(str(k)),
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
    return plane._replace(position_mm=position_mm)


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


def a_csa_header(
    values: dict[str, list[str]], *, newer: bool = True, items: int = 6, too_long: int = 0
) -> bytes:
    """Give a Siemens CSA header; each name has ``items`` items or more, empty ones last."""
    parts = [b"SV10\4\3\2\1"] if newer else []
    parts.append(struct.pack("<II", len(values), 77))
    for name, texts in values.items():
        filled = [text.encode("latin-1") + b"\0" for text in texts]
        filled += [b""] * (items - len(filled))
        tag = name.encode(), len(texts), b"FD", 4, len(filled), 77
        parts.append(struct.pack("<64s i 4s i i i", *tag))
        for value in filled:
            length = len(value) + too_long
            parts += [struct.pack("<4i", length, length, 77, length), value]
            parts.append(bytes(-len(value) % 4))
    return b"".join(parts)


def a_mosaic(grid: Grid, voxels: np.ndarray, **tags: object) -> Dataset:
    """Give a Siemens mosaic: the slices of a volume side by side, as the scanner places them."""
    columns, rows, slices = grid.shape
    across = next(n for n in range(1, 99) if n * n >= slices)
    sheet = np.zeros((columns * across, rows * across), voxels.dtype)
    for k in range(slices):
        i, j = k % across * columns, k // across * rows
        sheet[i : i + columns, j : j + rows] = voxels[:, :, k]
    ds = a_slice(grid, sheet, **tags)
    shift = (sheet.shape[0] - columns) / 2, (sheet.shape[1] - rows) / 2
    ds.ImagePositionPatient = decimals(grid.lps((-shift[0], -shift[1], 0)))
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]
    ds.SpacingBetweenSlices = decimals([grid.spacing_mm[2]])[0]
    table = {
        "EchoLinePosition": ["64"],
        "NumberOfImagesInMosaic": [str(slices)],
        "SliceNormalVector": [f"{value:.8f}" for value in grid.directions[:, 2]],
        "SpacingBetweenSlices": [],
    }
    ds.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "US", slices)
    csa = ds.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    csa.add_new(0x10, "OB", a_csa_header(table))
    return ds


def a_uih_grid(grid: Grid, voxels: np.ndarray, **tags: object) -> Dataset:
    """Give a grid of United Imaging: the slices of a volume side by side, each with its place."""
    columns, rows, slices = grid.shape
    across = math.ceil(math.sqrt(slices))
    sheet = np.zeros((columns * across, rows * math.ceil(slices / across)), voxels.dtype)
    for k in range(slices):
        i, j = k % across * columns, k // across * rows
        sheet[i : i + columns, j : j + rows] = voxels[:, :, k]
    ds = a_slice(grid, sheet, **tags)
    del ds.ImagePositionPatient
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "VFRAME"]
    places = [decimals(grid.lps((0, 0, k))) for k in range(slices)]
    block = ds.private_block(0x0065, "Image Private Header", create=True)
    block.add_new(0x50, "DS", str(slices))
    block.add_new(0x51, "SQ", [an_item(ImagePositionPatient=place) for place in places])
    return ds


def an_enhanced_object(
    grid: Grid,
    voxels: np.ndarray,
    edit: Callable[[Dataset, int, int], object] = lambda _group, _k, _t: None,
    order: Sequence[int] | None = None,
    **tags: object,
) -> Dataset:
    """Give an Enhanced MR object of (i, j, k) or (i, j, k, t) pixels, a frame for each k and t.

    ``edit`` changes the functional groups of each frame; ``order`` says which of the frames, k by k
    and time point by time point, are stored, and in which order.
    """
    frames = voxels.reshape(*grid.shape, -1).transpose(3, 2, 1, 0).reshape(-1, *grid.shape[1::-1])
    stored = range(len(frames)) if order is None else order
    ds = a_slice(grid, voxels.reshape(*grid.shape, -1)[:, :, 0, 0], **tags)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(ds, keyword)
    if "SOPClassUID" not in tags:
        ds.SOPClassUID = EnhancedMRImageStorage
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.NumberOfFrames = len(stored)
    little = frames[list(stored)].astype(frames.dtype.newbyteorder("<"))
    ds.PixelData = little.tobytes() + b"\0" * (little.nbytes % 2)
    along = decimals([*grid.directions[:, 0], *grid.directions[:, 1]])
    spacing = decimals([grid.spacing_mm[1], grid.spacing_mm[0]])
    shared = Dataset()
    shared.PlaneOrientationSequence = [an_item(ImageOrientationPatient=along)]
    shared.PixelMeasuresSequence = [
        an_item(PixelSpacing=spacing, SliceThickness=decimals([grid.spacing_mm[2]])[0])
    ]
    ds.SharedFunctionalGroupsSequence = [shared]
    ds.PerFrameFunctionalGroupsSequence = []
    for n in stored:
        t, k = divmod(n, grid.shape[2])
        group = Dataset()
        place = decimals(grid.lps((0, 0, k)))
        group.PlanePositionSequence = [an_item(ImagePositionPatient=place)]
        content = {"StackID": "1", "InStackPositionNumber": k + 1, "TemporalPositionIndex": t + 1}
        index = [1, k + 1, t + 1]
        group.FrameContentSequence = [an_item(**content, DimensionIndexValues=index)]
        kind = {"FrameType": ["ORIGINAL", "PRIMARY", "M", "NONE"]}
        group.MRImageFrameTypeSequence = [an_item(**kind, ComplexImageComponent="MAGNITUDE")]
        edit(group, k, t)
        ds.PerFrameFunctionalGroupsSequence.append(group)
    return ds


def write_objects(folder: Path, *objects: Dataset) -> Path:
    """Write the objects of one series, each with an identity of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for n, ds in enumerate(objects):
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"2.25.5.{n + 1}"
        ds.save_as(folder / f"{n}.dcm", enforce_file_format=True)
    return folder


def an_item(**elements: object) -> Dataset:
    """Give one item of a sequence."""
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


def nifti_parts(
    voxels: np.ndarray,
    grid: Grid | None = None,
    edit: Callable[[nib.Nifti1Header], object] = lambda _header: None,
    version: int = 1,
    *,
    single: bool = True,
) -> tuple[bytes, bytes]:
    """Give header and voxels of a NIfTI file, as stored, in the byte order of the voxels."""
    grid = a_grid() if grid is None else grid
    order = "<" if voxels.dtype.newbyteorder("<") == voxels.dtype else ">"
    kinds = {
        (1, True): nib.Nifti1Header,
        (1, False): nib.nifti1.Nifti1PairHeader,
        (2, True): nib.Nifti2Header,
        (2, False): nib.nifti2.Nifti2PairHeader,
    }
    header = kinds[version, single](endianness=order)
    header.set_data_dtype(voxels.dtype)
    header.set_data_shape(voxels.shape)
    header.set_qform(grid.ras_from_index, code=1)
    header.set_sform(grid.ras_from_index, code=1)
    header.set_xyzt_units("mm", "sec")
    header["vox_offset"] = len(header.binaryblock) + 4 if single else 0
    header["scl_slope"], header["scl_inter"] = 1, 0
    edit(header)
    return header.binaryblock + bytes(4) * single, voxels.tobytes(order="F")


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
