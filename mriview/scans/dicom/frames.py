"""Where the bytes of each image of a file lie: uncompressed, or in the fragments of its frames.

Tables of offsets are compared with the fragments that are there, and never believed against them.
What the bytes mean is known in ``codecs`` and ``samples``.
"""

import os
import struct
from itertools import pairwise
from threading import Lock
from typing import BinaryIO

from pydicom.uid import RLELossless

from mriview.errors import ScanError
from mriview.scans.headers import Encoding
from mriview.scans.limits import limits
from mriview.values import problem

ITEM, END_OF_ITEMS = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
ITEM_BYTES = 8  # tag and length
HEAD_BYTES = 12  # of an element in explicit VR, the long form: tag, VR, two bytes, length
_PIXEL_DATA = b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10"
_STREAM_BEGINS = b"\xff\xd8\xff", b"\xff\x4f\xff\x51"  # JPEG and JPEG-LS, JPEG 2000
_OFFSETS, _LENGTHS = b"\xe0\x7f\x01\x00", b"\xe0\x7f\x02\x00"  # the extended offset table

Fragments = tuple[tuple[int, int], ...]  # of one frame: where each begins, and its bytes


def corrupt(reason: str) -> ScanError:
    """Give the refusal of pixels that cannot be decoded, with its reason in our own words."""
    return problem("pixel_data_corrupt", files=1, reason=reason).as_error()


def cut(missing_bytes: int) -> ScanError:
    """Give the refusal of pixels that end too early."""
    return problem("pixel_data_truncated", files=1, missing_bytes=missing_bytes).as_error()


class Source:
    """The bytes of one opened object, for several threads at once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = Lock()
        self.size = stream.seek(0, os.SEEK_END)

    def read(self, at: int, count: int) -> bytes:
        """Read bytes; fewer where the file ends before."""
        with self._lock:
            self._stream.seek(at)
            return self._stream.read(count)

    def read_into(self, at: int, target: memoryview) -> None:
        """Fill a buffer.

        Raises
        ------
        ScanError
            The file ends before (``pixel_data_truncated``).
        """
        view = target.cast("B")
        with self._lock:
            self._stream.seek(at)
            got = self._stream.readinto(view)  # type: ignore[attr-defined] # files and BytesIO do
        if got < len(view):
            raise cut(len(view) - got)

    def joined(self, fragments: Fragments) -> bytes:
        """Read one frame.

        Raises
        ------
        ScanError
            The file ends before (``pixel_data_truncated``).
        """
        data = b"".join(self.read(at, count) for at, count in fragments)
        if missing := sum(count for _, count in fragments) - len(data):
            raise cut(missing)
        return data


def value_representation(source: Source, pixels_at: int) -> bytes:
    """Give the VR of the pixel data; nothing where it is implicit.

    Raises
    ------
    ScanError
        No pixel data begins there: the bytes are not those whose header was read.
    """
    head = source.read(pixels_at - HEAD_BYTES, HEAD_BYTES)
    if head[:4] in _PIXEL_DATA:
        return head[4:6]
    if head[4:8] in _PIXEL_DATA:
        return b""
    raise corrupt("no pixels where its header says")


def frames_of(
    source: Source, pixels_at: int, pixels_bytes: int | None, encoding: Encoding
) -> tuple[Fragments, ...]:
    """Find the fragments of each frame of encapsulated pixel data (PS3.5 A.4).

    Parameters
    ----------
    source : Source
        The opened object.
    pixels_at, pixels_bytes : int, int or None
        Where the value of the pixel data begins, and its length where it is defined.
    encoding : Encoding
        Tells how many frames there must be; what follows them is left out.

    Raises
    ------
    ScanError
        Frames are missing (``pixel_data_truncated``), a table of offsets contradicts the fragments,
        or nothing tells where a frame ends (``pixel_data_corrupt``).
    """
    end = None if pixels_bytes is None else pixels_at + pixels_bytes
    (table_at, table_bytes), *fragments = _items(source, pixels_at, end) or [(0, 0)]
    if not fragments:
        raise corrupt("its compressed data has no frames")
    if table_bytes > 4 * len(fragments):  # each entry names another fragment
        raise corrupt("its table of frames contradicts them")
    table = source.read(table_at, table_bytes)
    if encoding.frames == 1 and len(table) <= 4:  # whatever it says: there is nothing to tell apart
        frames = [tuple(fragments)]
    elif table:
        frames = _by_table(fragments, table)
    else:
        frames = _by_count(source, fragments, encoding)
    if missing := max(encoding.frames - len(frames), 0):
        raise cut(missing * encoding.frame_bytes)
    found = tuple(frames[: encoding.frames])
    if max(sum(count for _, count in frame) for frame in found) > limits().frame_bytes:
        raise corrupt("a frame is larger than an image may be")
    _check_extended_table(source, pixels_at, found)
    return found


def _items(source: Source, at: int, end: int | None) -> list[tuple[int, int]]:
    """List the items: where the value of each begins, and its length."""
    items: list[tuple[int, int]] = []
    while end is None or at < end:
        head = source.read(at, ITEM_BYTES)
        if head[:4] == END_OF_ITEMS:
            break
        if len(head) < ITEM_BYTES:
            raise cut(at + ITEM_BYTES - source.size)
        if head[:4] != ITEM:
            raise corrupt("its frames do not follow each other")
        (length,) = struct.unpack("<I", head[4:])
        items.append((at + ITEM_BYTES, length))
        if len(items) > limits().header_elements:
            raise corrupt("more fragments than an image has")
        at += ITEM_BYTES + length
        if at > (source.size if end is None else min(end, source.size)):
            raise (
                cut(at - source.size) if at > source.size else corrupt("its frames overlap its end")
            )
    return items


def _by_table(fragments: list[tuple[int, int]], table: bytes) -> list[Fragments]:
    """Part fragments by the basic offset table, which must name their first ones in order."""
    first = fragments[0][0]
    there = {at - first: n for n, (at, _) in enumerate(fragments)}
    offsets = struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4])
    begins = [there.get(offset, -1) for offset in offsets]
    if begins[:1] != [0] or any(a >= b for a, b in pairwise(begins)):
        raise corrupt("its table of frames contradicts them")
    return [tuple(fragments[a:b]) for a, b in pairwise([*begins, len(fragments)])]


def _by_count(
    source: Source, fragments: list[tuple[int, int]], encoding: Encoding
) -> list[Fragments]:
    """Part fragments without a table: one a frame, or where a stream begins."""
    if len(fragments) <= encoding.frames or encoding.syntax == RLELossless:  # PS3.5 A.4.2
        return [(fragment,) for fragment in fragments]
    begins = [n for n, (at, _) in enumerate(fragments) if _begins_stream(source.read(at, 4))]
    if begins[:1] != [0] or len(begins) < encoding.frames:
        raise corrupt("nothing tells where its frames end")
    return [tuple(fragments[a:b]) for a, b in pairwise([*begins, len(fragments)])]


def _begins_stream(first: bytes) -> bool:
    return first.startswith(_STREAM_BEGINS)


def _check_extended_table(source: Source, pixels_at: int, frames: tuple[Fragments, ...]) -> None:
    """Refuse an extended offset table that contradicts the frames (PS3.3 C.7.6.3.1.8).

    It stands right before the pixel data, two elements of 64 bit numbers; elsewhere there is none.
    """
    count = 8 * len(frames)
    lengths_at = pixels_at - HEAD_BYTES - count
    offsets_at = lengths_at - HEAD_BYTES - count
    if offsets_at < HEAD_BYTES:
        return
    data = source.read(offsets_at - HEAD_BYTES, 2 * (HEAD_BYTES + count))
    offsets_head, lengths_head = data[:HEAD_BYTES], data[HEAD_BYTES + count :][:HEAD_BYTES]
    if not (offsets_head.startswith(_OFFSETS) and lengths_head.startswith(_LENGTHS)):
        return
    offsets = struct.unpack_from(f"<{len(frames)}Q", data, HEAD_BYTES)
    lengths = struct.unpack_from(f"<{len(frames)}Q", data, 2 * HEAD_BYTES + count)
    first = frames[0][0][0]
    for frame, offset, length in zip(frames, offsets, lengths, strict=True):
        ((at, there),) = frame if len(frame) == 1 else ((-1, 0),)
        if offset != at - first or length not in {there, there - 1}:  # padded to even length
            raise corrupt("its table of frames contradicts them")
