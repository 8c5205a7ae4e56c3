"""Writing a label layer as NIfTI on the grid of its series, voxel for voxel.

napari's scale and translation cannot hold an oblique scan, so the grid of the series rides in the
layer's metadata; a layer without it is refused rather than written at a guessed place.
"""

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mriview import Grid
from mriview.errors import OutputError, UsageError
from mriview_napari.layers import GEOMETRY_KEY


def write_labels(path: str, data: Any, meta: Mapping[str, Any]) -> list[str]:
    """Write one label layer as ``.nii`` or ``.nii.gz``.

    Parameters
    ----------
    path : str
        Where to; its ending decides on compression.
    data : (s, p, l) integer array
        As the room shows it.
    meta : mapping
        napari's: ``metadata`` holds what the room laid there.

    Returns
    -------
    list of str
        The path that was written.

    Raises
    ------
    UsageError
        The layer does not know its series, or has another shape.
    OutputError
        The file cannot be written; what stood there is untouched.
    """
    import nibabel as nib

    grid = _grid_of(meta)
    order = grid.towards("SPL")
    labels = np.asarray(data)
    if labels.shape != grid.reordered(order).shape:
        found = f"labels of {labels.shape} voxels for a series of {grid.reordered(order).shape}"
        raise UsageError("labels_other_grid", found, "Paint in a layer made on the series")
    voxels = _narrow(order.inverse.view(labels))
    image = nib.Nifti1Image(voxels, grid.ras_from_index)
    image.set_sform(grid.ras_from_index, code=1)
    image.set_qform(grid.ras_from_index, code=1)
    image.header.set_xyzt_units("mm")
    image.header.set_intent("label", name="mask")
    content = image.to_bytes()
    if path.endswith(".gz"):
        content = gzip.compress(content, mtime=0)
    _write_whole(Path(path), content)
    return [path]


def _grid_of(meta: Mapping[str, Any]) -> Grid:
    known = meta.get("metadata", {}).get(GEOMETRY_KEY, {})
    if "lps_from_index" not in known:
        found = "a label layer that does not know its series"
        remedy = "Paint in a layer made by 'New labels on the reference series'"
        raise UsageError("labels_without_series", found, remedy)
    i, j, k = known["shape"]
    return Grid((i, j, k), np.asarray(known["lps_from_index"], dtype=np.float64))


def _narrow(labels: NDArray[Any]) -> NDArray[Any]:
    """Use the smallest integers that hold the labels: napari's 64 bits are unreadable to many."""
    low, high = (int(labels.min()), int(labels.max())) if labels.size else (0, 0)
    kinds = (np.uint8, np.int16, np.int32)
    fits = next(k for k in kinds if np.iinfo(k).min <= low and high <= np.iinfo(k).max)
    return np.ascontiguousarray(labels, dtype=fits)


def _write_whole(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise OutputError.not_writable("the labels", reason) from error
    finally:
        part.unlink(missing_ok=True)
