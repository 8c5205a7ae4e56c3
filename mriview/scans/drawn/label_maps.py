"""One label of a label map as a mask on the grid of its series: NIfTI, NRRD, Slicer segmentations.

Which label is meant is said by its value or, in a segmentation, by the name of its segment; it is
never guessed where there are several. A map is turned to the axes of its series and never
resampled: voxels that do not lie on those of the series are refused.
"""

from collections.abc import Sequence
from pathlib import Path

from mriview.errors import InputError
from mriview.geometry import Grid
from mriview.scans.drawn.nrrd import NrrdHeader, Segment, read_header, read_layer
from mriview.values import Mask
from mriview.values.labels import Labels

NRRD = ".nrrd"
SEGMENTS_TOLD = 12


def read_mask(
    path: Path, series: Grid, *, value: int | None = None, segment: str | None = None
) -> Mask:
    """Read one label of a file as a mask with the axes of its series.

    Parameters
    ----------
    path : Path
        ``.nii``, ``.nii.gz`` or ``.nrrd``.
    series : Grid
        On whose voxels the label must lie; the map may be cropped, its axes in any order.
    value : int, optional
        The label; needed where the file holds several.
    segment : str, optional
        Name or id of a segment of a Slicer segmentation.

    Raises
    ------
    InputError
        The file cannot be read, or leaves open which label is meant.
    ScanError
        Its compressed voxels are cut or damaged.
    GeometryError
        The label does not lie on the voxels of the series, or has no voxel.
    """
    if not path.name.lower().endswith(NRRD):
        if segment is not None:
            found = "a segment is named, and the file is no NRRD segmentation"
            raise InputError("segment_unknown", found, "Name its value instead")
        return Mask.from_nifti(path, series, value)
    header = read_header(path)
    layer, label = _chosen(header, value, segment)
    stored, labels = read_layer(path, header, layer), Labels(label)
    inside = labels.in_layer(stored)
    if label is None or not header.segments:
        labels.refuse_another()
    mask = Mask.from_voxels(header.grid, inside).along(series)
    mask.start_in(series)
    return mask


def _chosen(header: NrrdHeader, value: int | None, segment: str | None) -> tuple[int, int | None]:
    """Find the layer and the label that are meant."""
    if not header.segments:
        if segment is not None or header.list_axis is not None:
            found = "the NRRD file names no segments"
            raise InputError("segment_unknown", found, "Save it with 3D Slicer as .seg.nrrd")
        return 0, value
    fits = [
        one
        for one in header.segments
        if (segment is None or segment in one.names) and value in {None, one.value}
    ]
    if len(fits) == 1:
        return fits[0].layer, fits[0].value
    told = _told(header.segments)
    if segment is None and value is None:
        found = f"a segmentation of {len(header.segments)} segments ({told})"
        raise InputError("labels_several", found, "Name one of them as segment or value")
    found = f"{len(fits)} segments of the segmentation fit what was named ({told})"
    raise InputError("segment_unknown", found, "Name one that stands in the file once")


def _told(segments: Sequence[Segment]) -> str:
    """List segments by their values: names may be a patient's."""
    told = ", ".join(str(one.value) for one in segments[:SEGMENTS_TOLD])
    more = " ..." if len(segments) > SEGMENTS_TOLD else ""
    return f"values {told}{more}"
