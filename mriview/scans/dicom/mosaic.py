"""Siemens mosaics: one image that holds the slices of a volume side by side, to one plane a slice.

The place of the image in its header is that of the whole sheet, as if it were one slice; how many
slices there are, and to which side they are stacked, only private elements tell. Without them, or
when two of them disagree, nothing is placed. The sheet itself is checked in ``classic``, the bytes
of the private table in ``csa``; pixels are not touched.
"""

import math
from collections.abc import Mapping

import numpy as np

from mriview.geometry import Points
from mriview.scans.dicom.acquisition import acquired_mm
from mriview.scans.dicom.classic import MAX_SPACING_MM, MIN_SPACING_MM, UNIT_TOLERANCE
from mriview.scans.dicom.csa import CsaError, csa_values
from mriview.scans.dicom.header import MOSAIC_COUNT, SIEMENS_CSA, HeaderOf, UnusableError
from mriview.scans.headers import Plane
from mriview.scans.stack import STEP_TOLERANCE_MM, TILT_TOLERANCE_DEG

MAX_TILES = 1024  # of one sheet: 32 x 32; scanners write up to 12 x 12
# Scanners interpolate to more pixels, never to fewer: a sheet whose tiles would be coarser than
# what was measured was cut into slices before, and its private elements are a leftover.
LEAST_OF_MATRIX = 0.75

COUNT, NORMAL, SPACING = "NumberOfImagesInMosaic", "SliceNormalVector", "SpacingBetweenSlices"


def tiles_of(whole: Plane, header: HeaderOf) -> tuple[Plane, ...]:
    """Give the slices of a mosaic in their places.

    Parameters
    ----------
    whole : Plane
        The sheet as its header describes it.
    header : HeaderOf
        Asked for the private elements.

    Returns
    -------
    tuple of Plane
        One a slice, ``frame`` 0 first; tiles that fill the sheet up are left out.

    Raises
    ------
    UnusableError
        ``mosaic_without_position``: private elements are absent; ``mosaic_contradiction``: they
        disagree with each other or with the sheet.
    """
    table = _table(header)
    count = _count(header, table)
    across = math.isqrt(count - 1) + 1  # tiles a side: the least square that holds them
    columns, rows = tile_size(whole, header, count, (across, across))
    i_mm, j_mm = np.array(whole.along_i), np.array(whole.along_j)
    # The header gives the first voxel of one slice as large as the sheet, around the same centre.
    first_mm = (
        np.array(whole.position_mm)
        + i_mm * whole.spacing_mm[0] * (whole.columns - columns) / 2
        + j_mm * whole.spacing_mm[1] * (whole.rows - rows) / 2
    )
    step_mm = _normal(whole, table) * _spacing(header, table)
    places_mm = first_mm + np.arange(count)[:, None] * step_mm
    return cut(whole, header, (columns, rows), places_mm)


def cut(
    whole: Plane, header: HeaderOf, size: tuple[int, int], places_mm: Points
) -> tuple[Plane, ...]:
    """Cut a sheet into slices, which lie in it row by row.

    Parameters
    ----------
    whole : Plane
        The sheet.
    header : HeaderOf
        Asked for what was measured.
    size : (int, int)
        Columns and rows of one slice; those of the sheet are multiples.
    places_mm : (n, 3) array
        LPS mm of the first pixel of each slice.
    """
    columns, rows = size
    across = whole.columns // columns
    acquired = acquired_mm(header, whole.spacing_mm, size)
    tiles = []
    for n, (x, y, z) in enumerate(places_mm.tolist()):
        tile = whole._replace(
            frame=n,
            columns=columns,
            rows=rows,
            corner=(n % across * columns, n // across * rows),
            position_mm=(x, y, z),
            acquired_mm=acquired,
        )
        tiles.append(tile)
    return tuple(tiles)


def _table(header: HeaderOf) -> Mapping[str, tuple[str, ...]]:
    """Read the private table; empty where it is absent."""
    there = header.private(SIEMENS_CSA)
    data = b"" if there is None else header.raw(there)
    if not data.strip(b"\0"):  # blanked by a program that takes names out
        return {}
    try:
        return csa_values(data, (COUNT, NORMAL, SPACING))
    except CsaError as error:
        raise UnusableError(
            "mosaic_without_position", what="a private table that can be read"
        ) from error


def _count(header: HeaderOf, table: Mapping[str, tuple[str, ...]]) -> int:
    """Give the number of slices, on which both elements must agree."""
    there = header.private(MOSAIC_COUNT)
    own = None if there is None else header.numbers(there)
    given = [numbers for numbers in (own or (), _numbers(table, COUNT)) if numbers != ()]
    if not given:
        raise UnusableError("mosaic_without_position", what="the number of their slices")
    counts = [n[0] for n in given if n is not None and len(n) == 1]
    if len(counts) < len(given) or not all(n in range(1, MAX_TILES + 1) for n in counts):
        what = f"number of slices is no whole number from 1 to {MAX_TILES}"
        raise UnusableError("mosaic_contradiction", what=what)
    if min(counts) < max(counts):
        what = f"number of slices is given as {counts[0]:.0f} and {counts[1]:.0f}"
        raise UnusableError("mosaic_contradiction", what=what)
    return int(counts[0])


def tile_size(
    whole: Plane, header: HeaderOf, count: int, tiles: tuple[int, int]
) -> tuple[int, int]:
    """Give columns and rows of one slice.

    Parameters
    ----------
    whole : Plane
        The sheet.
    header : HeaderOf
        Asked for what was measured.
    count : int
        Slices.
    tiles : (int, int)
        How many lie side by side, and how many below each other.

    Raises
    ------
    UnusableError
        ``mosaic_contradiction``: the sheet does not divide so, or was cut before.
    """
    across, down = tiles
    if whole.columns % across or whole.rows % down:
        sheet = f"{whole.columns} x {whole.rows} pixels"
        what = f"{sheet} do not divide into {across} x {down} equal slices"
        raise UnusableError("mosaic_contradiction", what=what)
    columns, rows = whole.columns // across, whole.rows // down
    measured = int(max(header.numbers("AcquisitionMatrix") or (0.0,)))
    if count > 1 and max(columns, rows) < LEAST_OF_MATRIX * measured:
        what = (
            f"{count} slices would have {columns} x {rows} pixels, where {measured} were measured"
        )
        raise UnusableError("mosaic_contradiction", what=what)
    return columns, rows


def _normal(whole: Plane, table: Mapping[str, tuple[str, ...]]) -> Points:
    """Give the unit vector from slice to slice: along or against r x c, as the table says."""
    if not table.get(NORMAL):
        what = "the side to which their slices are stacked"
        raise UnusableError("mosaic_without_position", what=what)
    numbers = _numbers(table, NORMAL)
    across = np.cross(whole.along_i, whole.along_j)
    if numbers is None or len(numbers) != 3 or abs(math.hypot(*numbers) - 1) > UNIT_TOLERANCE:
        raise UnusableError("mosaic_contradiction", what="slice normal is no direction")
    given = np.array(numbers)
    along = float(given @ across)
    off_deg = float(np.degrees(np.arctan2(np.linalg.norm(np.cross(given, across)), abs(along))))
    if off_deg > TILT_TOLERANCE_DEG:
        what = f"slice normal is {off_deg:.2f} deg off its rows and columns"
        raise UnusableError("mosaic_contradiction", what=what)
    return across if along > 0 else -across


def _spacing(header: HeaderOf, table: Mapping[str, tuple[str, ...]]) -> float:
    """Give the distance of neighbouring slices; newer scanners leave it empty in the table."""
    public = header.numbers(SPACING) if header.has(SPACING) else ()
    given = [numbers for numbers in (_numbers(table, SPACING), public) if numbers != ()]
    if not given:
        raise UnusableError("mosaic_without_position", what="the distance of their slices")
    lengths = [n[0] for n in given if n is not None and len(n) == 1]
    if len(lengths) < len(given) or not all(MIN_SPACING_MM <= n <= MAX_SPACING_MM for n in lengths):
        what = f"slice distance is no length between {MIN_SPACING_MM} and {MAX_SPACING_MM:.0f} mm"
        raise UnusableError("mosaic_contradiction", what=what)
    if max(lengths) - min(lengths) > STEP_TOLERANCE_MM:
        what = f"slice distance is given as {lengths[0]:.3f} and {lengths[1]:.3f} mm"
        raise UnusableError("mosaic_contradiction", what=what)
    return lengths[0]


def _numbers(table: Mapping[str, tuple[str, ...]], name: str) -> tuple[float, ...] | None:
    """Give finite numbers, none where the table has none; None where one is no number."""
    try:
        numbers = tuple(float(text) for text in table.get(name, ()))
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None
