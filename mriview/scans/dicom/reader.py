"""The DICOM reader: which files it claims, and which room reads the header of which object.

``READER`` is found by entry point. What a header must hold is decided in ``classic``, ``mosaic``,
``uih_grid`` and ``enhanced``; how pixels become voxels in ``pixels``.
"""

import threading
from collections.abc import Iterator
from io import BytesIO

from mriview.errors import ScanError
from mriview.scans.contents import size_of, start_of
from mriview.scans.dicom import enhanced, uih_grid
from mriview.scans.dicom.classes import is_enhanced
from mriview.scans.dicom.classic import NAME, is_mosaic, owner_of, plane_of
from mriview.scans.dicom.deflated import inflated_object, says_deflated
from mriview.scans.dicom.header import UNDEFINED_LENGTH, UnusableError
from mriview.scans.dicom.mosaic import tiles_of
from mriview.scans.dicom.parsing import (
    UNKNOWN_BYTES,
    looks_like_dicom,
    read_header,
    silently,
)
from mriview.scans.dicom.pixels import voxels_of
from mriview.scans.dicom.walk import Alike, RawHeader, Walker
from mriview.scans.files import ScanFile
from mriview.scans.headers import GridPlan, Header, Unread
from mriview.scans.reading import Reader
from mriview.scans.volume import Voxels

ENDINGS = (".dcm", ".dicom", ".ima")


class _Dicom(threading.local):
    """One a thread: the walk remembers what the headers before had in common."""

    name = NAME

    def __init__(self) -> None:
        self._walker = Walker()
        self._alike = Alike()

    def claims(self, file: ScanFile, first_bytes: bytes) -> bool:
        return looks_like_dicom(first_bytes) or file.name.lower().endswith(ENDINGS)

    def headers(self, file: ScanFile, first_bytes: bytes) -> Iterator[Header]:
        return iter(self._headers(file, first_bytes))

    def load(self, plan: GridPlan) -> Voxels:
        return voxels_of(plan)

    def _headers(self, file: ScanFile, first_bytes: bytes) -> list[Header]:
        owner = None
        try:
            walked = self._walked(file, first_bytes)
            if walked is not None:
                kind = self._alike.kind_of(walked)
                whose = self._alike.whose(walked)
                owner = whose[0]
                if (plane := self._alike.plane(kind, file, whose, walked)) is not None:
                    return [plane]
            with silently():  # pydicom converts values, and speaks of them, when they are asked for
                header = walked or read_header(file)
                owner = owner or owner_of(header)
                if is_enhanced(header):
                    return enhanced.planes_of(file, header, owner)
                if uih_grid.is_grid(header):
                    return [*uih_grid.tiles_of(file, header, owner)]
                plane = plane_of(file, header, owner)
                if is_mosaic(header):
                    return [*tiles_of(plane, header)]
            if walked is not None:
                self._alike.remember(kind, plane, walked)
        except UnusableError as unusable:
            return [Unread(file, unusable.problem, owner)]
        return [plane]

    def _walked(self, file: ScanFile, first_bytes: bytes) -> RawHeader | None:
        """Walk the header of a file that lies plain on disk or in an archive, or is deflated."""
        if file.size < 0:
            return None
        try:
            if says_deflated(first_bytes):
                inflated = next(inflated_object(BytesIO(first_bytes)), b"")
                return self._walker.read(inflated, file_bytes=UNKNOWN_BYTES, more=lambda _: b"")
            file_bytes = size_of(file)
            walked = self._walker.read(
                first_bytes, file_bytes=file_bytes, more=lambda count: start_of(file, count)
            )
        except (OSError, ScanError):
            return None
        if walked is None or walked.pixels.length == UNDEFINED_LENGTH:
            return walked
        end = walked.pixels.value_at + walked.pixels.length
        return walked if end <= file_bytes else None  # cut, or a file that was compressed


READER: Reader = _Dicom()
