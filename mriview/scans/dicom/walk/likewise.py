"""Headers that are like others: what they share is compared, and only the rest is looked at.

Files of a series differ in few elements. Parsing depends on nothing but the bytes, so where those
between the differing elements are the same as in a header that was walked, so is what they say.
"""

import struct
from collections.abc import Callable, Hashable, Mapping
from operator import itemgetter
from typing import NamedTuple

from mriview.scans.contents import is_gzip
from mriview.scans.dicom.header import UNDEFINED_LENGTH, Element
from mriview.scans.dicom.walk.elements import (
    CHARSET,
    DECIDING,
    META_AT,
    PIXELS,
    SHORT_VRS,
    OddError,
    Walked,
    after_sequence,
    looks_like_vr,
    walked,
)
from mriview.scans.dicom.walk.raw_header import RawHeader, Shared

LEAST_BYTES = 1024  # of a file: as many are searched for the deflated syntax by ``header``
WIDER_BYTES = (2**18, 2**22)  # read at once when a header is longer than what was read; or pydicom
RUN_BYTES = 1024  # longer elements are stepped over: cheaper than comparing them
MOST_BEFORE, MOST_ORDERS = 8, 64  # headers, and what varies in them, that are remembered
MOST_LAYOUTS = 8  # of one header: where its elements lie, by how long those are that vary

_PREFIX_AT = META_AT - 4
_OPENING = b"DICM\x02\x00\x00\x00UL\x04\x00"  # prefix and (0002,0000), as the standard writes it
_PIXELS_TAG = b"\xe0\x7f\x10\x00"
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_LONG_LENGTH, _SHORT_LENGTH = struct.Struct("<L").unpack_from, struct.Struct("<H").unpack_from


class Walker:
    """Reads the headers of a folder walk, one after the other; not for two threads."""

    def __init__(self) -> None:
        self._before: dict[Hashable, _Pattern] = {}  # one an order of elements, newest first
        self._varying: dict[Hashable, set[int]] = {}  # the same in many folders

    def read(
        self, first: bytes, *, file_bytes: int, more: Callable[[int], bytes]
    ) -> RawHeader | None:
        """Read one header.

        Parameters
        ----------
        first : bytes
            The file's first bytes.
        file_bytes : int
            Size of the file.
        more : callable
            Gives the first so many bytes of the file, for a header longer than ``first``. What it
            raises is not caught.

        Returns
        -------
        RawHeader or None
            None: the file is odd, cut or no DICOM, and pydicom's to judge.
        """
        if is_gzip(first):
            return None
        for before in self._before.values():
            if header := before.read(first, file_bytes):
                return header
        if not _is_ordinary(first, file_bytes):
            return None
        data = first
        for count in (0, *WIDER_BYTES):
            data = more(count) if count > len(data) else data
            try:
                found = walked(data)
            except OddError:
                break
            except struct.error:  # the bytes end inside the header
                if len(data) >= file_bytes:
                    break
            else:
                return self._learned(found).read(data, file_bytes)
        return None

    def _learned(self, found: Walked) -> "_Pattern":
        """Remember a header that was not like those before it."""
        tags = tuple([met[0] for met in found.met])
        order = tags, found.form, found.elements.get(CHARSET)
        if len(self._varying) >= MOST_ORDERS:
            self._varying.clear()
        varying = self._varying.setdefault(order, {len(tags) - 1})
        if before := self._before.pop(order, None):
            varying |= before.differing_from(found)
        pattern = _Pattern(found, varying)
        self._before = {order: pattern, **self._before}
        if len(self._before) > MOST_BEFORE:
            self._before.popitem()
        return pattern


class _Step(NamedTuple):
    """Bytes that are shared, and the element behind them, which varies."""

    run: bytes  # up to the length of the element, so that its tag and VR are compared too
    width: int  # of the length
    tag: int
    vr: bytes
    head: int  # bytes before its value; 0 where it is not wanted


class _Layout(NamedTuple):
    """Where everything lies in headers whose varying elements are equally long."""

    pixels_tag_at: int  # tells most layouts apart
    shared_in: Callable[[bytes], tuple[bytes, ...]]
    shared: tuple[bytes, ...]
    own: Mapping[int, slice]
    pixels: Element


class _Pattern:
    """A header that was walked, and what others of its kind are expected to have in common."""

    def __init__(self, found: Walked, varying: set[int]) -> None:
        self._found = found
        self._shared = Shared(found.form, found.elements)
        self._layouts: list[_Layout] = []
        self._steps: list[_Step] = []
        after = _PREFIX_AT
        for index in sorted(varying):
            tag, vr, at, value_at, end = found.met[index]
            width = 2 if vr in SHORT_VRS else 4
            head = value_at - at if tag in found.elements else 0
            self._steps.append(_Step(found.data[after : value_at - width], width, tag, vr, head))
            after = end

    def differing_from(self, other: Walked) -> set[int]:
        """Which elements differ from those of a header with the same ones, or are long."""
        data, pairs = self._found.data, enumerate(zip(self._found.met, other.met, strict=True))
        return {
            index
            for index, ((tag, _, at, _, end), (_, _, its_at, _, its_end)) in pairs
            if tag not in DECIDING  # which are the same, however long
            and (end - at > RUN_BYTES or data[at:end] != other.data[its_at:its_end])
        }

    def read(self, data: bytes, file_bytes: int) -> RawHeader | None:
        """Read a header that is like this one; None where it is not."""
        for layout in self._layouts:
            if data.startswith(_PIXELS_TAG, layout.pixels_tag_at) and (
                layout.shared_in(data) == layout.shared
            ):
                return RawHeader(self._shared, data, layout.own, layout.pixels, file_bytes)
        try:
            return self._stepped(data, file_bytes)
        except (struct.error, OddError):
            return None

    def _stepped(self, data: bytes, file_bytes: int) -> RawHeader | None:
        at = after = _PREFIX_AT
        length, implicit, lasting = 0, self._shared.form.implicit, True
        shared: list[slice] = []
        own: dict[int, slice] = {}
        for run, width, tag, vr, head in self._steps:
            if not data.startswith(run, at):
                return None
            at += len(run)
            (length,) = (_SHORT_LENGTH if width == 2 else _LONG_LENGTH)(data, at)
            at += width
            shared.append(slice(after, at))
            if head:
                own[tag] = slice(at - head, at + length)
            elif length == UNDEFINED_LENGTH and tag != PIXELS:
                after = at = after_sequence(data, at, tag, vr, 1)
                lasting = False  # how long it is, its items say
                continue
            if implicit and looks_like_vr(length):
                return None
            after = at = at + length
        pixels = Element(length, at - length)
        if lasting:
            self._remember(data, shared, own, pixels)
        return RawHeader(self._shared, data, own, pixels, file_bytes)

    def _remember(
        self, data: bytes, shared: list[slice], own: dict[int, slice], pixels: Element
    ) -> None:
        shared_in = itemgetter(slice(0, 0), *shared)  # of one slice alone it gives no tuple
        tag_at = pixels.value_at - (8 if self._shared.form.implicit else 12)
        layout = _Layout(tag_at, shared_in, shared_in(data), own, pixels)
        self._layouts.insert(0, layout)
        del self._layouts[MOST_LAYOUTS:]


def _is_ordinary(first: bytes, file_bytes: int) -> bool:
    enough = len(first) >= min(LEAST_BYTES, file_bytes) and first.startswith(_OPENING, _PREFIX_AT)
    return enough and _DEFLATED not in first[:LEAST_BYTES]
