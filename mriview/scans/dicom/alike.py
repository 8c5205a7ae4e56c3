"""Images that were made alike: what their headers share is checked and converted once.

Two headers with the same bytes but for place, time, number and patient give planes that are equal
but for those. Here that is remembered from file to file, and the rest is asked of each header. It
changes no answer: without this module every header would go through ``classic`` by itself.
"""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from types import MappingProxyType

from mriview.scans.dicom.acquisition import acquired_mm, times_of
from mriview.scans.dicom.classic import (
    PER_FILE,
    TOLD_BY,
    WHOSE,
    check_length,
    directions_of,
    owner_of,
    position_of,
    spacing_of,
)
from mriview.scans.dicom.header import BLOCKS, SIEMENS_CSA, tags_of
from mriview.scans.dicom.walk import RawHeader
from mriview.scans.files import ScanFile
from mriview.scans.headers import Acquisition, Owner, Plane, Point

MOST_KINDS = 256  # of images, remembered at once
GEOMETRY = tags_of("ImageOrientationPatient", "PixelSpacing")

# A table that Siemens writes anew into each image; only mosaics are placed by it, one by one.
_TABLES = frozenset(SIEMENS_CSA & 0xFFFF00FF | block << 8 for block in BLOCKS)
_OWN = _TABLES.union(PER_FILE, WHOSE, GEOMETRY)

_Whose = tuple[Owner, str]  # and the frame of reference
_Geometry = tuple[Point, Point, tuple[float, float]]
_NOWHERE: _Geometry = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0))


class Alike:
    """What the images before had in common; not for two threads."""

    def __init__(self) -> None:
        self._first_of: dict[Hashable, Plane] = {}
        # Of the last image: the bytes that something was told by, and what they told.
        self._whose: tuple[Hashable, _Whose] = (None, (Owner(), ""))
        self._geometry: tuple[Hashable, _Geometry] = (None, _NOWHERE)
        self._times: tuple[Hashable, Mapping[str, float]] = (None, {})
        self._acquired: tuple[Hashable, Acquisition] = (None, Acquisition())

    def kind_of(self, header: RawHeader) -> Hashable:
        """Give what images that were made alike have in common."""
        return header.shared_key(_OWN)

    def remember(self, kind: Hashable, plane: Plane) -> None:
        """Keep the plane of a header that ``classic`` has checked."""
        if len(self._first_of) >= MOST_KINDS:
            self._first_of.clear()
        self._first_of[kind] = plane

    def whose(self, header: RawHeader) -> _Whose:
        """Tell the owner and the frame of reference: mostly those of the file before."""
        told_by = header.bytes_of(WHOSE)
        if told_by != self._whose[0]:
            self._whose = told_by, (owner_of(header), header.text("FrameOfReferenceUID"))
        return self._whose[1]

    def plane(self, kind: Hashable, file: ScanFile, header: RawHeader) -> Plane | None:
        """Give the plane of a header; None where none like it was remembered.

        Raises
        ------
        UnusableError
            Its place is absent or invalid, or its pixels end too early.
        """
        first = self._first_of.get(kind)
        if first is None or first.encoding is None:
            return None
        check_length(header, header.pixels, first.encoding)
        owner, frame_of_reference = self.whose(header)
        position = position_of(header)
        along_i, along_j, spacing = self._geometry_of(header)
        return Plane(
            first.reader,
            file,
            owner,
            first.columns,
            first.rows,
            position,
            along_i,
            along_j,
            spacing,
            0,
            header.text("SOPInstanceUID"),
            frame_of_reference,
            first.kind,
            self._times_of(header),
            int(header.number("InstanceNumber") or 0),
            first.slope,
            first.intercept,
            first.encoding,
            first.corner,
            header.pixels.value_at,
            first.pixels_bytes,
            self._acquisition(first, header, spacing),
            first.notes,
        )

    def _geometry_of(self, header: RawHeader) -> _Geometry:
        told_by = header.bytes_of(GEOMETRY)
        if told_by != self._geometry[0]:
            self._geometry = told_by, (*directions_of(header), spacing_of(header))
        return self._geometry[1]

    def _times_of(self, header: RawHeader) -> Mapping[str, float]:
        told_by = header.bytes_of(TOLD_BY)
        if told_by != self._times[0]:
            self._times = told_by, MappingProxyType(times_of(header))
        return self._times[1]

    def _acquisition(
        self, first: Plane, header: RawHeader, spacing_mm: tuple[float, float]
    ) -> Acquisition:
        """Give how an image was made: the measured edges follow its own spacing."""
        if spacing_mm == first.spacing_mm:
            return first.acquisition
        told_by = id(first), spacing_mm
        if told_by != self._acquired[0]:
            edges = acquired_mm(header, spacing_mm, (first.columns, first.rows))
            self._acquired = told_by, replace(first.acquisition, acquired_mm=edges)
        return self._acquired[1]
