"""Elements inside sequences: one pass over the bytes of a header, wanted elements only, in limits.

pydicom builds an object for each element and each item; the headers of multi-frame objects hold
ten thousands of them. Here their bytes are walked once, what is not wanted is stepped over, and
values are converted when they are asked for. What the elements mean, ``functional_groups`` knows.
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple, Union

from mriview.scans.dicom.header import UNDEFINED_LENGTH, UnusableError
from mriview.scans.limits import limits

MOST_DEPTH = 32  # sequences inside sequences; the standard's deepest macro has six
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD  # PS3.5 7.5
PIXEL_GROUP = 0x7FE0

_DELIMITERS = 0xFFFE
_LONG = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())  # PS3.5 7.1.2
_FRAGMENTS = frozenset({b"OB", b"OW"})  # items of bytes, not of elements: a compressed thumbnail
_META_GROUP = b"\x02\x00"

# VR: struct letters of one value; every other VR is text
_BINARY = {
    "US": "H",
    "SS": "h",
    "UL": "I",
    "SL": "i",
    "FL": "f",
    "FD": "d",
    "UV": "Q",
    "SV": "q",
    "AT": "HH",
}
_SMALL_BYTES = 4096  # of a macro; larger sequences are never equal to another

# By byte order: head of an element with VR, head without VR, and a length of four bytes.
_READERS = {
    little: tuple(struct.Struct(order + form).unpack_from for form in ("HH2sH", "HHI", "I"))
    for little, order in ((True, "<"), (False, ">"))
}


class Form(NamedTuple):
    """How elements are encoded: with or without their VR, and in which byte order."""

    implicit: bool
    little: bool


_UNKNOWN = Form(implicit=True, little=True)  # what is inside of VR UN: PS3.5 6.2.2


class Raw(NamedTuple):
    """One element: VR, bytes of its value, byte order."""

    vr: str
    value: bytes
    little: bool


Value = tuple[str, ...] | tuple[float, ...]  # of one element; whole numbers are numbers

# Tag to the VR that the standard gives it, or to what is wanted inside of a sequence.
Wanted = Mapping[int, Union[str, "Wanted"]]
Found = dict[int, Raw | tuple["Found", ...]]


def walk(data: bytes, wanted: Wanted, *, is_little: bool = True) -> Found:
    r"""Find the wanted elements of a header.

    Parameters
    ----------
    data : bytes
        From the first byte of the file to the pixel data or beyond, inflated.
    wanted : mapping
        Tags to look for; the rest is stepped over.
    is_little : bool
        Byte order that the transfer syntax says; whether VRs are written, the bytes say.

    Raises
    ------
    UnusableError
        ``file_truncated``: an element is longer than what holds it.
        ``header_too_large``: more elements, or deeper ones, than a limit allows.

    Examples
    --------
    >>> size = b"\x28\x00\x10\x00US\x02\x00\x00\x01"
    >>> walk(size, {0x00280010: "US"})
    {2621456: Raw(vr='US', value=b'\x00\x01', little=True)}
    """
    start = _after_meta(data)
    form = Form(implicit=_has_no_vr(data, start), little=is_little)
    return _Walk(data).elements(start, len(data), form, wanted, 0)[0]


def value_of(raw: Raw) -> Value | None:
    r"""Convert an element: numbers that are written as text stay text, tags are whole numbers.

    Returns
    -------
    tuple or None
        None where it is empty, or of a length that its VR does not have.

    Examples
    --------
    >>> value_of(Raw("DS", b"0.5\\0.25 ", True)), value_of(Raw("US", b"\x02\x00", True))
    (('0.5', '0.25'), (2,))
    >>> value_of(Raw("AT", b"\x20\x00\x57\x90", True)) == (0x00209057,)
    True
    """
    if not raw.value:
        return None
    if (letter := _BINARY.get(raw.vr)) is None:
        text = raw.value.decode("latin-1").rstrip(" \0")
        return tuple(part.strip(" \0") for part in text.split("\\")) if text else None
    count, rest = divmod(len(raw.value), struct.calcsize("<" + letter))
    if rest:
        return None
    values = struct.unpack(("<" if raw.little else ">") + count * letter, raw.value)
    if raw.vr == "AT":
        return tuple(a << 16 | b for a, b in zip(values[::2], values[1::2], strict=True))
    return values


def _after_meta(data: bytes) -> int:
    """Find where the data set begins: behind the last meta element, whatever their length says."""
    at = 132 if data[128:132] == b"DICM" else 0
    while data[at : at + 2] == _META_GROUP and at + 12 <= len(data):  # always explicit little
        long = data[at + 4 : at + 6] in _LONG
        length: int = struct.unpack_from("<I" if long else "<H", data, at + (8 if long else 6))[0]
        at += (12 if long else 8) + length
    return at


def _has_no_vr(data: bytes, at: int) -> bool:
    vr = data[at + 4 : at + 6]
    return not (vr.isalpha() and vr.isupper())


class _Walk:
    """One pass: what may still be visited, and the sequences that were met before."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.left = limits().header_elements
        self.met: dict[tuple[int, Form, bytes], tuple[Found, ...]] = {}

    def elements(
        self, at: int, stop: int, form: Form, wanted: Wanted, depth: int
    ) -> tuple[Found, int]:
        """Walk elements to the delimiter of their item or to the end; say where the next begins."""
        found: Found = {}
        data, implicit = self.data, form.implicit
        with_vr, without, long_length = _READERS[form.little]
        while at + 8 <= stop:
            self.visit()
            group, element, vr, length = with_vr(data, at)
            if implicit or group == _DELIMITERS:
                group, element, length = without(data, at)
                vr = b""
            elif vr in _LONG and at + 12 <= stop:
                (length,) = long_length(data, at + 8)
                at += 4
            at += 8
            tag = group << 16 | element
            if tag == ITEM_END or (depth == 0 and group == PIXEL_GROUP):
                return found, at
            if group == _DELIMITERS:
                raise _contradiction()
            inside = _UNKNOWN if vr == b"UN" else form
            if length != UNDEFINED_LENGTH:
                end = following = at + length
            else:
                is_bytes = vr in _FRAGMENTS or group == PIXEL_GROUP
                end, following = self.behind(at, stop, inside, None if is_bytes else _deeper(depth))
            if following > stop:
                raise UnusableError("file_truncated")
            if tag in wanted:
                want = wanted[tag]
                if isinstance(want, str):
                    found[tag] = self.taken(want, vr, at, end, inside)
                else:
                    found[tag] = self.items(tag, at, end, inside, want, _deeper(depth))
            at = following
        return found, at

    def taken(self, vr: str, vr_here: bytes, at: int, end: int, form: Form) -> Raw:
        """Take a value, under its VR in the file where that says anything."""
        said = vr_here.decode("latin-1")
        return Raw(vr if said in {"", "UN"} else said, self.data[at:end], form.little)

    def items(
        self, tag: int, at: int, stop: int, form: Form, wanted: Wanted, depth: int
    ) -> tuple[Found, ...]:
        """Walk the items of a sequence; equal small sequences are one object, walked once."""
        key = None
        if stop - at <= _SMALL_BYTES:
            key = tag, form, self.data[at:stop]
            if (known := self.met.get(key)) is not None:
                return known
        items: list[Found] = []
        while at + 8 <= stop:
            self.visit()
            at, end = self.item(at, stop, form)
            if end is None:
                break
            own = self.own_form(at, end, form)
            found, following = self.elements(at, stop if end < 0 else end, own, wanted, depth)
            items.append(found)
            at = following if end < 0 else end
        made = tuple(items)
        if key is not None:
            self.met[key] = made
        return made

    def behind(self, at: int, stop: int, form: Form, depth: int | None) -> tuple[int, int]:
        """Find where a value of undefined length ends, and what follows its delimiter.

        Without a depth its items are bytes, not elements.
        """
        while at + 8 <= stop:
            self.visit()
            begin = at
            at, end = self.item(at, stop, form)
            if end is None:
                return begin, at
            if end < 0 and depth is None:
                raise _contradiction()
            if end < 0:
                _, end = self.elements(at, stop, self.own_form(at, end, form), {}, depth or 0)
            at = end
        raise UnusableError("file_truncated")

    def item(self, at: int, stop: int, form: Form) -> tuple[int, int | None]:
        """Read the head of an item: where its elements begin and end.

        The end is -1 where a delimiter marks it, None where no item is left.
        """
        group, element, length = _READERS[form.little][1](self.data, at)
        at += 8
        tag = group << 16 | element
        if tag == SEQUENCE_END:
            return at, None
        if tag != ITEM:
            raise _contradiction()
        if length == UNDEFINED_LENGTH:
            return at, -1
        if at + length > stop:
            raise UnusableError("file_truncated")
        return at, at + length

    def own_form(self, at: int, end: int, form: Form) -> Form:
        """Tell whether an item leaves out the VRs that its file writes: some makers' do."""
        if form.implicit or at == end or not _has_no_vr(self.data, at):
            return form
        return Form(implicit=True, little=form.little)

    def visit(self) -> None:
        self.left -= 1
        if self.left < 0:
            limit = f"{limits().header_elements} elements"
            raise UnusableError("header_too_large", limit=limit)


def _deeper(depth: int) -> int:
    if depth >= MOST_DEPTH:
        raise UnusableError("header_too_large", limit=f"{MOST_DEPTH} nested sequences")
    return depth + 1


def _contradiction() -> UnusableError:
    return UnusableError("file_unreadable", reason="its elements contradict each other")
