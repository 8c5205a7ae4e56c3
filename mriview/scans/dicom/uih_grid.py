"""United Imaging's grids: one image that holds the slices of a volume, to one plane a slice.

The image has no place of its own: each slice has, and the moment at which it was made, in an item
of a private sequence, in the order in which the slices fill the image row by row. Unlike a mosaic
of Siemens (``mosaic``, where what both have in common lives) such a sheet need not have as many
rows of slices as columns. Without those places, or where they are no stack, nothing is placed.
"""

import math
import struct
from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian

from mriview.geometry import Points
from mriview.scans.dicom import nested
from mriview.scans.dicom.acquisition import moment_of
from mriview.scans.dicom.classic import (
    MIN_SPACING_MM,
    check_complete,
    image_type_of,
    plane_of,
    position_of,
)
from mriview.scans.dicom.functional_groups import (
    UNASSIGNED,
    FrameHeader,
    FunctionalGroups,
    items_of,
    tag_of,
)
from mriview.scans.dicom.header import (
    UIH_COUNT,
    UIH_TILES,
    DatasetHeader,
    HeaderOf,
    UnusableError,
)
from mriview.scans.dicom.mosaic import MAX_TILES, cut, tile_size
from mriview.scans.files import ScanFile
from mriview.scans.headers import Owner, Plane
from mriview.scans.stack import STEP_TOLERANCE_MM, stack_of

GRID = "VFRAME"  # in ImageType

_OF_SLICE = {"ImagePositionPatient": "DS", "AcquisitionDate": "DA", "AcquisitionTime": "TM"}
_NO_GROUPS = FunctionalGroups({}, {}, ())


def is_grid(header: HeaderOf) -> bool:
    """Whether a classic image holds several slices, each with a place of its own."""
    return GRID in image_type_of(header) or header.private_text(UIH_COUNT) not in {"", "0", "1"}


def tiles_of(file: ScanFile, header: HeaderOf, owner: Owner) -> tuple[Plane, ...]:
    """Give the slices of a grid in their places.

    Parameters
    ----------
    file : ScanFile
        The file.
    header : HeaderOf
        Its header, asked for the private elements too.
    owner : Owner
        Whose it is.

    Returns
    -------
    tuple of Plane
        One a slice, ``frame`` 0 first; tiles that fill the sheet up are left out.

    Raises
    ------
    UnusableError
        ``mosaic_without_position``: private elements are absent; ``mosaic_contradiction``: they
        disagree with each other or with the sheet, or the places are no stack; else as
        `mriview.scans.dicom.classic.plane_of`.
    """
    check_complete(header)
    items = _items(header)
    places_mm = _places(header, items)
    x, y, z = places_mm[0].tolist()
    whole = plane_of(file, header, owner, (x, y, z))
    count = len(places_mm)
    across = math.isqrt(count - 1) + 1
    size = tile_size(whole, header, count, (across, -(-count // across)))
    tiles = cut(whole, header, size, places_mm)
    _check_stack(tiles, places_mm)
    return tuple(_when_made(tile, item) for tile, item in zip(tiles, items, strict=True))


def _when_made(tile: Plane, item: HeaderOf) -> Plane:
    """Give a slice its own moment; the rest of its times are those of the sheet."""
    made_s = moment_of(item.text("AcquisitionDate"), item.text("AcquisitionTime"))
    if made_s is None:
        return tile
    return tile._replace(times=MappingProxyType({**tile.times, "acquired_s": made_s}))


def _places(header: HeaderOf, items: Sequence[HeaderOf]) -> Points:
    """Give where the first pixel of each slice lies, LPS mm, as many as the header counts."""
    text = header.private_text(UIH_COUNT)
    if not text:
        raise UnusableError("mosaic_without_position", what="the number of their slices")
    try:
        count = float(text)
    except ValueError:
        count = 0.0
    if count not in range(1, MAX_TILES + 1):
        what = f"number of slices is no whole number from 1 to {MAX_TILES}"
        raise UnusableError("mosaic_contradiction", what=what)
    if not items:
        raise UnusableError("mosaic_without_position", what="the places of their slices")
    if len(items) != count:
        what = f"number of slices is {count:.0f}, with places of {len(items)}"
        raise UnusableError("mosaic_contradiction", what=what)
    missing = sum(not item.has("ImagePositionPatient") for item in items)
    if missing:
        what = f"the places of {missing} of their {count:.0f} slices"
        raise UnusableError("mosaic_without_position", what=what)
    return np.array([position_of(item) for item in items])


def _items(header: HeaderOf) -> tuple[HeaderOf, ...]:
    """Give what is said of each slice; pydicom has made items of it only where no length says."""
    there = header.private(UIH_TILES)
    value = None if there is None else header.value(there)
    if isinstance(value, bytes):
        found = _walked(value, is_little=header.syntax != ExplicitVRBigEndian)
        # As of a frame that was converted: what its item does not say, the sheet says of all.
        return tuple(
            FrameHeader(header, _NO_GROUPS, {tag_of(UNASSIGNED[0]): (item,)}, is_alone=False)
            for item in found
        )
    if isinstance(value, Sequence) and all(isinstance(item, Dataset) for item in value):
        return tuple(DatasetHeader(item, None, file_bytes=0) for item in value)
    return ()


def _walked(value: bytes, *, is_little: bool) -> tuple[nested.Found, ...]:
    """Walk the bytes of the sequence, below a head that is complete however it was written."""
    order = "<" if is_little else ">"
    head = struct.pack(order + "HH2sHI", UIH_TILES.group, UIH_TILES.element, b"SQ", 0, len(value))
    of_slice: nested.Wanted = {tag_of(keyword): vr for keyword, vr in _OF_SLICE.items()}
    wanted: nested.Wanted = {int(UIH_TILES): of_slice}
    try:
        found = nested.walk(head + value, wanted, is_little=is_little)
    except struct.error as error:
        raise UnusableError("file_truncated") from error
    return items_of(found, int(UIH_TILES))


def _check_stack(tiles: tuple[Plane, ...], places_mm: Points) -> None:
    """Refuse places that are not one after the other at equal steps across the slices."""
    if len(tiles) == 1:
        return
    steps_mm = np.diff(places_mm, axis=0)
    stack = stack_of(tiles)
    if stack.refused is None and len(stack.parts) == 1:
        if float(np.linalg.norm(steps_mm, axis=1).min()) >= MIN_SPACING_MM:
            return
        raise UnusableError("mosaic_contradiction", what="slices lie at one place")
    equal_mm = np.linspace(places_mm[0], places_mm[-1], len(places_mm))
    off_mm = float(np.linalg.norm(places_mm - equal_mm, axis=1).max())
    what = f"slices lie {off_mm:.3f} mm off equal steps"
    if off_mm <= STEP_TOLERANCE_MM:
        normal = np.cross(tiles[0].along_i, tiles[0].along_j)
        aside = np.linalg.norm(np.cross(steps_mm[0], normal))
        tilt_deg = float(np.degrees(np.arctan2(aside, abs(steps_mm[0] @ normal))))
        what = f"slices are stacked {tilt_deg:.2f} deg off the perpendicular to their planes"
    raise UnusableError("mosaic_contradiction", what=what)
