"""From planes to voxels: each plane into its place of one array, slope applied.

Every file is opened once and every stored image read once, however many planes are cut from it. One
image that is cut or corrupt refuses the volume. How bytes are found and decoded is in ``frames``,
``samples`` and ``codecs``.
"""

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import ExplicitVRBigEndian

from mriview.errors import ScanError
from mriview.scans.contents import is_gzip, raw_start_of
from mriview.scans.dicom.codecs import decode_into, gains_by_threads, is_encapsulated
from mriview.scans.dicom.deflated import says_deflated
from mriview.scans.dicom.frames import Source, corrupt, frames_of, value_representation
from mriview.scans.dicom.parsing import opened_object
from mriview.scans.dicom.samples import read_swapped_bytes, read_uncompressed, type_of
from mriview.scans.files import ScanFile, opened_unchanged
from mriview.scans.headers import Encoding, GridPlan, Plane
from mriview.scans.limits import MIB, check_expansion
from mriview.scans.values import check_size, is_rescaled, scale_into, scaled_type
from mriview.scans.volume import Voxels
from mriview.values import problem

FIRST_BYTES = 1024  # of a file: hold the meta information, which says whether it is deflated
AT_ONCE_BYTES = 64 * MIB  # decoded by all threads together; JPEG 2000 takes four times as much

Image = NDArray[np.generic]
_Way = Callable[[Callable[..., None], Sequence[NamedTuple]], None]


class _Cut(NamedTuple):
    """A plane and its place in the volume, (rows, columns)."""

    plane: Plane
    target: Image


class _Stored(NamedTuple):
    """One stored image of a file, and what is cut from it."""

    frame: int
    cuts: list[_Cut]


class _File(NamedTuple):
    """A file and the images that are wanted of it."""

    file: ScanFile
    encoding: Encoding
    images: list[_Stored]

    @property
    def pixels(self) -> Plane:
        """A plane that knows where the pixels lie: all of one file know the same."""
        return self.images[0].cuts[0].plane


def voxels_of(plan: GridPlan) -> Voxels:
    """Load a plan: (i, j, k) or (i, j, k, t), real-world values.

    Raises
    ------
    ScanError
        Pixels are cut, corrupt, too many, or not those of the headers.
    """
    planes, first = plan.planes, plan.planes[0]
    kind, shape = _type_of(planes), (len(planes), first.rows, first.columns)
    size = math.prod(shape) * kind.itemsize
    check_size(size)
    _check_plausible(planes, size)
    out = np.empty(shape, kind)
    files = _by_file(planes, out)
    over_files, over_images = _ways(files)
    over_files(partial(_load, over_images=over_images), files)
    stack = out.reshape(plan.time_points, -1, first.rows, first.columns)
    voxels = stack.transpose(3, 2, 1, 0)
    return voxels[..., 0] if plan.time_points == 1 else voxels


def _type_of(planes: Sequence[Plane]) -> np.dtype[np.generic]:
    """Give the type of the voxels, before any of them is read."""
    parts = {(_encoding_of(plane), (plane.slope, plane.intercept)) for plane in planes}
    if is_rescaled(pair for _, pair in parts):
        ends = ((np.iinfo(type_of(encoding)), pair) for encoding, pair in parts)
        return scaled_type(((float(ends.min), float(ends.max)), pair) for ends, pair in ends)
    return np.result_type(*(type_of(encoding) for encoding, _ in parts))


def _encoding_of(plane: Plane) -> Encoding:
    if plane.encoding is None or plane.pixels_at is None:
        msg = "a plane that does not know its pixels"
        raise AssertionError(msg)
    return plane.encoding


def _by_file(planes: Sequence[Plane], out: Image) -> list[_File]:
    """Group planes by file and stored image, in the order of the volume."""
    files: dict[ScanFile, _File] = {}
    images: dict[tuple[ScanFile, int], _Stored] = {}
    for plane, target in zip(planes, out, strict=True):
        encoding = _encoding_of(plane)
        frame = plane.frame if encoding.frames > 1 else 0  # the tiles of a mosaic are one image
        image = images.get((plane.file, frame))
        if image is None:
            image = images[plane.file, frame] = _Stored(frame, [])
            files.setdefault(plane.file, _File(plane.file, encoding, [])).images.append(image)
        image.cuts.append(_Cut(plane, target))
    return list(files.values())


def _check_plausible(planes: Sequence[Plane], voxel_bytes: int) -> None:
    """Refuse a volume that so few compressed bytes cannot hold, before any is decoded."""
    if any(is_encapsulated(_encoding_of(plane).syntax) for plane in planes):
        sizes = [file.size for file in {plane.file for plane in planes}]
        if min(sizes) >= 0:
            check_expansion(voxel_bytes, sum(sizes))


def _ways(files: Sequence[_File]) -> tuple[_Way, _Way]:
    """Choose how files, and the images of one, are run through: most decoding gains by threads.

    Reading what lies plain on disk does not: two threads wait for each other's memory.
    """
    first = files[0]
    if not gains_by_threads(first.encoding.syntax) and _lies_plain(first.file):
        return _in_turn, _in_turn
    most = max(1, AT_ONCE_BYTES // max(one.encoding.frame_bytes for one in files))
    threads = min(_cores(), most)
    if threads == 1:
        return _in_turn, _in_turn
    in_threads = partial(_in_threads, count=threads)
    one_by_one = len(files) < threads or _is_held_whole(first.file)
    return (_in_turn, in_threads) if one_by_one else (in_threads, _in_turn)


def _is_held_whole(file: ScanFile) -> bool:
    """Whether all of a file is in memory while it is read: then one at a time is enough."""
    try:
        return bool(file.member) or is_gzip(raw_start_of(file, FIRST_BYTES))
    except OSError as error:
        raise _closed() from error


def _lies_plain(file: ScanFile) -> bool:
    if file.member:
        return False
    try:
        return _is_plain(raw_start_of(file, FIRST_BYTES))
    except OSError as error:
        raise _closed() from error


def _is_plain(first: bytes) -> bool:
    return not is_gzip(first) and not says_deflated(first)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_turn(work: Callable[..., None], items: Sequence[NamedTuple]) -> None:
    for item in items:
        work(item)


def _in_threads(work: Callable[..., None], items: Sequence[NamedTuple], count: int) -> None:
    """Run through items in threads; after the first refusal no further one is begun."""
    with ThreadPoolExecutor(min(count, len(items))) as pool:
        for _ in pool.map(work, items):
            pass


def _load(one: _File, over_images: _Way) -> None:
    """Read what is wanted of one file into its places."""
    try:
        with _opened(one.file) as stream:
            over_images(_reading(Source(stream), one), one.images)
    except OSError as error:
        raise _closed() from error


def _opened(file: ScanFile) -> BinaryIO:
    """Open an object whose data set is inflated; what lies plain on disk without a buffer."""
    if not file.member:
        stream = opened_unchanged(file, buffered=False)
        if _is_plain(stream.read(FIRST_BYTES)):
            return stream
        stream.close()
    return opened_object(file)


def _reading(source: Source, one: _File) -> Callable[[_Stored], None]:
    """Choose how the images of a file are read."""
    plane, encoding = one.pixels, one.encoding
    at = plane.pixels_at or 0
    written_as = value_representation(source, at)
    if is_encapsulated(encoding.syntax):
        frames = frames_of(source, at, plane.pixels_bytes, encoding)

        def read(frame: int, image: Image) -> None:
            decode_into(image, source.joined(frames[frame]), encoding)
    else:
        words = encoding.syntax == ExplicitVRBigEndian and written_as == b"OW"
        how = read_swapped_bytes if words and encoding.allocated == 8 else read_uncompressed

        def read(frame: int, image: Image) -> None:
            how(source, at, frame, encoding, image)

    return partial(_fill, encoding, read)


def _fill(encoding: Encoding, read: Callable[[int, Image], None], stored: _Stored) -> None:
    """Read one stored image, and put what is cut from it into its places."""
    kind = type_of(encoding)
    plane, target = stored.cuts[0]
    size = encoding.columns, encoding.rows
    if (plane.columns, plane.rows) == size and target.dtype == kind and len(stored.cuts) == 1:
        read(stored.frame, target)
        return
    image = np.empty((encoding.rows, encoding.columns), kind)
    read(stored.frame, image)
    for plane, target in stored.cuts:
        left, top = plane.corner
        cut = image[top : top + plane.rows, left : left + plane.columns]
        if cut.shape != target.shape:
            raise corrupt("the image is smaller than what is cut from it")
        if target.dtype.kind == "f":
            scale_into(target, cut, (plane.slope, plane.intercept))
        else:
            target[...] = cut


def _closed() -> ScanError:
    return problem("file_unreadable", files=1, reason="the file is closed or gone").as_error()
