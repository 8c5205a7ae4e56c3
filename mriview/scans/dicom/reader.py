"""The DICOM reader: which files it claims, and which room reads the header of which object.

``READER`` is found by entry point. What a header must hold is decided in ``classic``, ``mosaic``
and ``enhanced``; how pixels become voxels in ``pixels``.
"""

import threading
from collections.abc import Hashable, Iterator, Mapping
from types import MappingProxyType

from mriview.errors import ScanError
from mriview.scans.contents import START_BYTES, size_of, start_of
from mriview.scans.dicom import enhanced
from mriview.scans.dicom.acquisition import times_of
from mriview.scans.dicom.classes import is_enhanced
from mriview.scans.dicom.classic import (
    MOMENTS,
    NAME,
    PER_FILE,
    WHOSE,
    is_mosaic,
    owner_of,
    plane_like,
    plane_of,
)
from mriview.scans.dicom.header import (
    UNDEFINED_LENGTH,
    UnusableError,
    looks_like_dicom,
    read_header,
    silently,
)
from mriview.scans.dicom.mosaic import tiles_of
from mriview.scans.dicom.pixels import voxels_of
from mriview.scans.dicom.walk import RawHeader, Walker
from mriview.scans.files import ScanFile
from mriview.scans.headers import GridPlan, Header, Owner, Plane, Unread
from mriview.scans.reading import Reader
from mriview.scans.volume import Voxels

ENDINGS = (".dcm", ".dicom", ".ima")
MOST_KINDS = 256  # of images, remembered at once

_OWN = frozenset((*PER_FILE, *WHOSE))


class _Dicom(threading.local):
    """One a thread: the walk remembers what the headers before had in common."""

    name = NAME

    def __init__(self) -> None:
        self._walker = Walker()
        self._first_of: dict[Hashable, Plane] = {}
        self._times: tuple[Hashable, Mapping[str, float]] = ((), MappingProxyType({}))
        self._whose: tuple[Hashable, tuple[Owner, str]] = ((), (Owner(), ""))

    def claims(self, file: ScanFile, first_bytes: bytes) -> bool:
        return looks_like_dicom(first_bytes) or file.name.lower().endswith(ENDINGS)

    def headers(self, file: ScanFile, first_bytes: bytes) -> Iterator[Header]:
        yield from self._headers(file, first_bytes)

    def load(self, plan: GridPlan) -> Voxels:
        return voxels_of(plan)

    def _headers(self, file: ScanFile, first_bytes: bytes) -> list[Header]:
        owner = None
        try:
            walked = self._walked(file, first_bytes)
            kind = walked and walked.shared_key(_OWN)
            if walked and (first := self._first_of.get(kind)):
                owner, frame_of_reference = self._whose_is(walked)
                times = self._times_of(walked)
                return [plane_like(first, file, walked, owner, frame_of_reference, times)]
            with silently():  # pydicom converts values, and speaks of them, when they are asked for
                header = walked or read_header(file)
                owner = owner_of(header)
                if is_enhanced(header):
                    return enhanced.planes_of(file, header, owner)
                plane = plane_of(file, header, owner)
                if is_mosaic(header):
                    return [*tiles_of(plane, header)]
            if kind is not None:
                self._remember(kind, plane)
        except UnusableError as unusable:
            return [Unread(file, unusable.problem, owner)]
        return [plane]

    def _walked(self, file: ScanFile, first_bytes: bytes) -> RawHeader | None:
        """Walk the header of a file that lies plain on disk or in an archive."""
        if file.size < 0 or not first_bytes:
            return None
        folder = file.folder
        most = self._walker.start_bytes(folder)
        try:
            file_bytes = size_of(file)
            if START_BYTES <= len(first_bytes) < most:
                first_bytes = start_of(file, most)
            walked = self._walker.read(
                folder,
                first_bytes,
                file_bytes=file_bytes,
                more=lambda count: start_of(file, count),
            )
        except (OSError, ScanError):
            return None
        if walked is None or walked.pixels.length == UNDEFINED_LENGTH:
            return walked
        end = walked.pixels.value_at + walked.pixels.length
        return walked if end <= file_bytes else None  # cut, or a file that was compressed

    def _whose_is(self, header: RawHeader) -> tuple[Owner, str]:
        """Tell the owner and frame of reference: mostly those of the file before."""
        whose = header.bytes_of(WHOSE)
        if whose != self._whose[0]:
            self._whose = whose, (owner_of(header), header.text("FrameOfReferenceUID"))
        return self._whose[1]

    def _times_of(self, header: RawHeader) -> Mapping[str, float]:
        """Tell the times of an image: in one acquisition, those of the file before."""
        moments = header.bytes_of(MOMENTS)
        if moments != self._times[0]:
            self._times = moments, MappingProxyType(times_of(header))
        return self._times[1]

    def _remember(self, kind: Hashable, plane: Plane) -> None:
        if len(self._first_of) >= MOST_KINDS:
            self._first_of.clear()
        self._first_of[kind] = plane


READER: Reader = _Dicom()
