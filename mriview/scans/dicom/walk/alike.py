"""Images that were made alike: what their headers share is checked and converted once.

Two headers with the same bytes but for place, time, number and patient give planes that are equal
but for those. Here that is remembered from file to file, and the rest is asked of each header. It
changes no answer: without this module every header would go through ``classic`` by itself.
"""

from collections.abc import Callable, Hashable, Mapping
from types import MappingProxyType

from mriview.scans.dicom.acquisition import TIMES, acquired_mm
from mriview.scans.dicom.classic import (
    PER_FILE,
    WHOSE,
    check_length,
    directions_of,
    encoding_of,
    owner_of,
    position_of,
    spacing_of,
)
from mriview.scans.dicom.header import BLOCKS, SIEMENS_CSA, HeaderOf, tags_of
from mriview.scans.dicom.walk.raw_header import RawHeader
from mriview.scans.files import ScanFile
from mriview.scans.headers import Owner, Plane, Point

MOST_KINDS = 256  # of images, remembered at once
GEOMETRY = tags_of("ImageOrientationPatient", "PixelSpacing")

# A table that Siemens writes anew into each image; only mosaics are placed by it, one by one.
_TABLES = frozenset(SIEMENS_CSA & 0xFFFF00FF | block << 8 for block in BLOCKS)
_OWN = _TABLES.union(PER_FILE, WHOSE, GEOMETRY)

_Whose = tuple[Owner, str]  # and the frame of reference
_Asked = tuple[str, Callable[[HeaderOf], float | None]]
_Geometry = tuple[Point, Point, tuple[float, float]]
_NOWHERE: _Geometry = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0))


class Alike:
    """What the images before had in common; not for two threads."""

    def __init__(self) -> None:
        self._first_of: dict[Hashable, tuple[Plane, list[_Asked]]] = {}
        # Of the last image: the bytes that something was told by, and what they told.
        self._whose: tuple[Hashable, _Whose] = (None, (Owner(), ""))
        self._geometry: tuple[Hashable, _Geometry] = (None, _NOWHERE)
        self._acquired: tuple[Hashable, tuple[float, float, float] | None] = (None, None)

    def kind_of(self, header: RawHeader) -> Hashable:
        """Give what images that were made alike have in common."""
        return header.shared_key(_OWN)

    def remember(self, kind: Hashable, plane: Plane, header: RawHeader) -> None:
        """Keep the plane of a header that ``classic`` has checked, and which times may differ."""
        if len(self._first_of) >= MOST_KINDS:
            self._first_of.clear()
        own = header.own_tags
        asked = [(name, ask) for name, (ask, tags) in TIMES.items() if not own.isdisjoint(tags)]
        self._first_of[kind] = plane, asked

    def whose(self, header: RawHeader) -> _Whose:
        """Tell the owner and the frame of reference: mostly those of the file before."""
        told_by = header.bytes_of(WHOSE)
        if told_by != self._whose[0]:
            self._whose = told_by, (owner_of(header), header.text("FrameOfReferenceUID"))
        return self._whose[1]

    def plane(
        self, kind: Hashable, file: ScanFile, whose: _Whose, header: RawHeader
    ) -> Plane | None:
        """Give the plane of a header; None where none like it was remembered.

        Raises
        ------
        UnusableError
            Its place is absent or invalid, or its pixels end too early.
        """
        found = self._first_of.get(kind)
        if found is None:
            return None
        first, asked = found
        pixels = header.pixels
        if header.file_bytes - pixels.value_at < pixels.length:  # its length is that of the first
            check_length(header, pixels, encoding_of(header, frames=1))
        owner, frame_of_reference = whose
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
            _times_of(header, first, asked),
            int(header.number("InstanceNumber") or 0),
            first.slope,
            first.intercept,
            first.encoding,
            first.corner,
            pixels.value_at,
            first.pixels_bytes,
            first.acquisition,
            self._acquired_mm(first, header, spacing),
            first.notes,
        )

    def _geometry_of(self, header: RawHeader) -> _Geometry:
        told_by = header.bytes_of(GEOMETRY)
        if told_by != self._geometry[0]:
            self._geometry = told_by, (*directions_of(header), spacing_of(header))
        return self._geometry[1]

    def _acquired_mm(
        self, first: Plane, header: RawHeader, spacing_mm: tuple[float, float]
    ) -> tuple[float, float, float] | None:
        """Give the measured edges, which follow an image's own spacing."""
        if spacing_mm == first.spacing_mm:
            return first.acquired_mm
        told_by = id(first), spacing_mm
        if told_by != self._acquired[0]:
            edges = acquired_mm(header, spacing_mm, (first.columns, first.rows))
            self._acquired = told_by, edges
        return self._acquired[1]


def _times_of(header: RawHeader, first: Plane, asked: list[_Asked]) -> Mapping[str, float]:
    if not asked:
        return first.times
    times = dict(first.times)
    for name, ask in asked:
        value = ask(header)
        if value is None:
            times.pop(name, None)
        else:
            times[name] = value
    return MappingProxyType(times)
