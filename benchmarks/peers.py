"""How the peers read the same data, each at its best call; runs in their own environment.

Where a peer knows a faster call than its documentation shows, that one stands here. They are given
what `mriview` has to find out (that the files are one series), and check less than it does.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from compared import Answer, Volumes, digest_of_counts, digest_of_listing, digest_of_voxels

INSTANCE, SERIES, STUDY, NUMBER = 0x00080018, 0x0020000E, 0x0020000D, 0x00200013
MODALITY, ROWS, COLUMNS = 0x00080060, 0x00280010, 0x00280011
POSITION, ORIENTATION, SPACING = 0x00200032, 0x00200037, 0x00280030
TEN = (
    *(INSTANCE, SERIES, STUDY, NUMBER, MODALITY),
    *(ROWS, COLUMNS, POSITION, ORIENTATION, SPACING),
)
LAST_OF_HEADER = 0x00281053  # dicomsdl stops here; all of the ten stand before
PIXELS = 0x7FE00010
IMAGE = (  # what pydicom needs to decode: samples, photometry, frames, size, bits, pixels
    *(0x00280002, 0x00280004, 0x00280008, ROWS, COLUMNS),
    *(0x00280100, 0x00280101, 0x00280102, 0x00280103, PIXELS),
)

Ten = tuple[Any, ...]


def ten_values_dicomsdl(place: Path) -> Answer:
    """Read ten values by `load_until` and `getDataElement`, 3x as fast as attributes by keyword."""
    import dicomsdl

    rows: list[Ten] = []
    for path in _files(place):
        dataset = dicomsdl.open(path, load_until=LAST_OF_HEADER)
        rows.append(tuple([dataset.getDataElement(tag).value() for tag in TEN]))
    return lambda: digest_of_listing(_listed(rows))


def ten_values_pydicom(place: Path) -> Answer:
    """Read only the ten tags, and stop before the pixels."""
    import pydicom

    rows: list[Ten] = []
    for path in _files(place):
        dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(TEN))
        rows.append(tuple([dataset[tag].value for tag in TEN]))
    return lambda: digest_of_listing(_listed(rows))


def series_simpleitk(place: Path) -> Answer:
    """Find which files are one series; there is no geometry before the pixels are read."""
    from SimpleITK import ImageSeriesReader

    counts: list[int] = []
    for folder, _, names in os.walk(place):
        if names:
            counts += [
                len(ImageSeriesReader.GetGDCMSeriesFileNames(folder, series))
                for series in ImageSeriesReader.GetGDCMSeriesIDs(folder)
            ]
    return lambda: digest_of_counts(counts)


def volume_dicomsdl(place: Path) -> Answer:
    """Open all, sort, copy each slice straight into its place."""
    import dicomsdl
    import numpy as np

    datasets = [dicomsdl.open(path) for path in _files(place)]
    first = datasets[0]
    along = _normal(first.getDataElement(ORIENTATION).value())
    positions = np.array([one.getDataElement(POSITION).value() for one in datasets])
    info = first.getPixelDataInfo()
    voxels = np.empty((len(datasets), info["Rows"], info["Cols"]), info["dtype"])
    for target, source in zip(voxels, np.argsort(positions @ along), strict=True):
        datasets[source].copyFrameData(0, target)
    return lambda: digest_of_voxels(voxels)


def volume_pydicom(place: Path) -> Answer:
    """Only the tags that are needed, each slice decoded straight into its place."""
    return _stacked_pydicom(place, lambda dataset: dataset.pixel_array)


def volume_pydicom_bytes(place: Path) -> Answer:
    """Take the bytes of the pixel data as they are: no decoder, no check, no bits masked."""
    import numpy as np

    return _stacked_pydicom(
        place,
        lambda one: np.frombuffer(one.PixelData, "<u2").reshape(one.Rows, one.Columns),
    )


def volume_simpleitk(place: Path) -> Answer:
    """Use the series reader, and a view of what it holds."""
    import SimpleITK

    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(place)))
    return _seen(reader.Execute())


def frames_dicomsdl(place: Path) -> Answer:
    """Copy frame by frame; no position of any is read."""
    import dicomsdl
    import numpy as np

    (path,) = _files(place)
    dataset = dicomsdl.open(path)
    info = dataset.getPixelDataInfo()
    voxels = np.empty((info["NumberOfFrames"], info["Rows"], info["Cols"]), info["dtype"])
    for index, target in enumerate(voxels):
        dataset.copyFrameData(index, target)
    return lambda: digest_of_voxels(voxels)


def frames_pydicom(place: Path) -> Answer:
    """Decode all frames in one call; no position of any is read."""
    from pydicom.pixels.utils import pixel_array

    (path,) = _files(place)
    voxels = pixel_array(path)
    return lambda: digest_of_voxels(voxels)


def frames_simpleitk(place: Path) -> Answer:
    """Read the one file as an image, with the first position."""
    import SimpleITK

    (path,) = _files(place)
    return _seen(SimpleITK.ReadImage(path))


def nifti_nibabel(place: Path) -> Answer:
    """Read all stored values."""
    import nibabel as nib
    import numpy as np

    voxels = np.asanyarray(nib.load(place).dataobj)  # type: ignore[attr-defined]
    return lambda: digest_of_voxels(voxels.T)


def nifti_simpleitk(place: Path) -> Answer:
    """Read the file as an image, and take a view of what it holds."""
    import SimpleITK

    return _seen(SimpleITK.ReadImage(str(place)))


def voxel_nibabel(place: Path) -> Answer:
    """Read the voxel in the middle of a memory map."""
    import nibabel as nib
    import numpy as np

    stored = nib.load(place).dataobj  # type: ignore[attr-defined]
    i, j, k = (count // 2 for count in stored.shape)
    voxel = np.array([stored[i, j, k]])
    return lambda: digest_of_voxels(voxel)


def archive_pydicom(place: Path) -> Answer:
    """Loop over the folders: headers and bytes of every file, stacked in order."""
    import numpy as np
    import pydicom

    tags = [POSITION, ORIENTATION, *IMAGE]
    archive = Volumes()
    for folder, _, names in os.walk(place):
        if not names:
            continue
        datasets = [pydicom.dcmread(f"{folder}/{name}", specific_tags=tags) for name in names]
        along = _normal(datasets[0].ImageOrientationPatient)
        datasets.sort(key=lambda one: float(np.dot(one.ImagePositionPatient, along)))
        stack = [
            np.frombuffer(one.PixelData, "<u2").reshape(one.Rows, one.Columns) for one in datasets
        ]
        archive.add(np.stack(stack))
    return archive


WAYS: dict[str, Callable[[Path], Answer]] = {
    way.__name__: way
    for way in (
        *(ten_values_dicomsdl, ten_values_pydicom, series_simpleitk),
        *(volume_dicomsdl, volume_pydicom, volume_pydicom_bytes, volume_simpleitk),
        *(frames_dicomsdl, frames_pydicom, frames_simpleitk),
        *(nifti_nibabel, nifti_simpleitk, voxel_nibabel),
        archive_pydicom,
    )
}


def _files(place: Path) -> Iterator[str]:
    for folder, _, names in os.walk(place):
        for name in names:
            yield f"{folder}/{name}"


def _stacked_pydicom(place: Path, decoded: Callable[[Any], Any]) -> Answer:
    import numpy as np
    import pydicom

    tags = [POSITION, ORIENTATION, *IMAGE]
    datasets = [pydicom.dcmread(path, specific_tags=tags) for path in _files(place)]
    first = datasets[0]
    along = _normal(first.ImageOrientationPatient)
    datasets.sort(key=lambda one: float(np.dot(one.ImagePositionPatient, along)))
    voxels = np.empty((len(datasets), first.Rows, first.Columns), "<u2")
    for target, dataset in zip(voxels, datasets, strict=True):
        target[:] = decoded(dataset)
    return lambda: digest_of_voxels(voxels)


def _seen(image: Any) -> Answer:
    """Digest a view, which is of no use when its image is gone."""
    import SimpleITK

    voxels = SimpleITK.GetArrayViewFromImage(image)

    def answer() -> str:
        digest = digest_of_voxels(voxels)
        image.GetSize()  # the image lives until here
        return digest

    return answer


def _normal(orientation: Sequence[float]) -> Any:
    import numpy as np

    return np.cross(orientation[:3], orientation[3:])


def _listed(rows: Iterable[Ten]) -> list[list[float]]:
    """From ten values of each file to what a listing says; outside of the time."""
    import numpy as np

    series: dict[str, list[Ten]] = {}
    for row in rows:
        series.setdefault(row[TEN.index(SERIES)], []).append(row)
    listed = []
    for files in series.values():
        first = dict(zip(TEN, files[0], strict=True))
        along = _normal([float(one) for one in first[ORIENTATION]])
        at = sorted(float(np.array(row[TEN.index(POSITION)], float) @ along) for row in files)
        between_k = (at[-1] - at[0]) / (len(at) - 1)
        between_j, between_i = (float(one) for one in first[SPACING])
        size = first[COLUMNS], first[ROWS], len(files)
        listed.append([*size, between_i, between_j, between_k])
    return listed
