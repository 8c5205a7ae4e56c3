"""From bytes to elements: the wanted ones of an ordinary little-endian header, up to its pixels.

What is odd in any way raises `OddError` and is left to pydicom. What the bytes of an element mean
is not known here.
"""

import re
import struct
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from pydicom.charset import python_encoding
from pydicom.datadict import dictionary_VR

from mriview.scans.dicom.header import UNDEFINED_LENGTH, Element, wanted

MOST_NESTED = 8  # sequences in sequences
META_AT = 132  # behind preamble and prefix
CHARSET = 0x00080005
PIXELS = 0x7FE00010
NO_VR = b""  # implicit VR, or an element that the dictionary does not know
SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())

_META_GROUP = b"\x02\x00"
_MEDIA_CLASS, _SYNTAX = 0x00020002, 0x00020010
_ANY_PIXELS, _DELIMITERS = 0x7FE00008, 0xFFFE0000
_ITEM, _ITEM_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0" + bytes(4)
_SEQUENCE_END = b"\xfe\xff\xdd\xe0" + bytes(4)

_EXPLICIT, _IMPLICIT = struct.Struct("<HH2sH").unpack_from, struct.Struct("<HHL").unpack_from
_LENGTH = struct.Struct("<L").unpack_from
_LONG = frozenset(b"OB OW OF OD OL OV SQ UC UR UT UN SV UV".split())  # PS3.5 7.1.2

_IMPLICIT_SYNTAX = "1.2.840.10008.1.2"
_NAMES = b"|".join(re.escape(name.encode()) for name in python_encoding)  # ASCII stays in all
DECIDING = {  # what follows depends on them: their VR, and the values read here (JPEG ... too)
    _MEDIA_CLASS: (b"UI", re.compile(rb"[0-9.]*[\0 ]*")),
    _SYNTAX: (b"UI", re.compile(rb"1\.2\.840\.10008\.1\.2(|\.1|\.5|\.4\.\d+)[\0 ]*")),
    CHARSET: (b"CS", re.compile(rb"(%b)(\\(%b))*[\0 ]*" % (_NAMES, _NAMES))),
}

Met = tuple[int, bytes, int, int, int]  # tag, VR; where it begins, its value begins, it ends


class OddError(Exception):
    """A file for pydicom."""


class Form(NamedTuple):
    """How a file is written."""

    implicit: bool
    syntax: str
    media_class: str
    written: tuple[bytes, bytes]  # both as they stand in the file: padded one way or another


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """A header: its bytes, all elements that were met, and the wanted ones, whole."""

    data: bytes
    met: list[Met]
    form: Form
    elements: dict[int, bytes]
    pixels: Element


def walked(data: bytes) -> Walked:
    """Walk a header element by element, whatever its group lengths say, up to the pixels."""
    met: list[Met] = []
    elements: dict[int, bytes] = {}
    form = None
    at, last, wanted_tags = META_AT, 0, _wanted_tags()
    while True:
        if form is None and not data.startswith(_META_GROUP, at):
            form = _form(elements)
        tag, vr, value_at, length = _element(data, at, form is not None and form.implicit)
        if tag <= last:
            raise OddError
        if tag >= _ANY_PIXELS:
            break
        end = value_at + length  # beyond the bytes: the next element is not there to be read
        if length == UNDEFINED_LENGTH:
            if tag in wanted_tags:
                raise OddError
            end = after_sequence(data, value_at, tag, vr, 1)
        if tag in wanted_tags:
            elements[tag] = data[at:end]
            if tag in DECIDING:
                _check(tag, vr, data[value_at:end])
        met.append((tag, vr, at, value_at, end))
        at, last = end, tag
    if form is None or tag != PIXELS or vr not in {b"OB", b"OW", NO_VR}:
        raise OddError
    met.append((tag, vr, at, value_at, value_at))
    return Walked(data[:value_at], met, form, elements, Element(length, value_at))


def _form(elements: dict[int, bytes]) -> Form:
    """Take the form out of the meta information, which is never asked for."""
    written = elements.pop(_SYNTAX, b""), elements.pop(_MEDIA_CLASS, b"")
    syntax, media_class = (raw[8:].rstrip(b"\0 ").decode() for raw in written)
    if not syntax:
        raise OddError
    return Form(syntax == _IMPLICIT_SYNTAX, syntax, media_class, written)


def _element(data: bytes, at: int, implicit: bool) -> tuple[int, bytes, int, int]:
    """Give tag, VR, where the value begins, and its length."""
    if implicit:
        group, element, length = _IMPLICIT(data, at)
        if looks_like_vr(length):
            raise OddError
        return group << 16 | element, NO_VR, at + 8, length
    group, element, vr, length = _EXPLICIT(data, at)
    if vr in SHORT_VRS:
        return group << 16 | element, vr, at + 8, length
    if vr not in _LONG:
        raise OddError
    return group << 16 | element, vr, at + 12, _LENGTH(data, at + 8)[0]


def looks_like_vr(length: int) -> bool:
    """Whether pydicom could take the length of an element of implicit VR for two letters."""
    return 0x41 <= length & 0xFF <= 0x5A and 0x41 <= length >> 8 & 0xFF <= 0x5A


def after_sequence(data: bytes, at: int, tag: int, vr: bytes, depth: int) -> int:
    """Where a sequence of undefined length ends whose first item begins here."""
    known = vr or dictionary_vr(tag)  # where its dictionary knows nothing, pydicom looks ahead
    is_sequence = known == b"SQ" or (known == NO_VR and data.startswith(_ITEM, at))
    if depth > MOST_NESTED or not is_sequence:
        raise OddError
    while not data.startswith(_SEQUENCE_END, at):
        length: int = _LENGTH(data, at + 4)[0]
        if not data.startswith(_ITEM, at):
            raise OddError
        at += 8
        end, is_open = at + length, length == UNDEFINED_LENGTH
        while not data.startswith(_ITEM_END, at) if is_open else at < end:
            inner, inner_vr, at, length = _element(data, at, vr == NO_VR)
            if inner == CHARSET:
                _check(inner, inner_vr, data[at : at + length])
            if inner >= _DELIMITERS:
                raise OddError
            if length == UNDEFINED_LENGTH:
                length = after_sequence(data, at, inner, inner_vr, depth + 1) - at
            at += length
        if at != end and not is_open:
            raise OddError
        at += len(_ITEM_END) if is_open else 0
    return at + len(_SEQUENCE_END)


def _check(tag: int, vr: bytes, raw: bytes) -> None:
    its_vr, known = DECIDING[tag]
    if vr not in {its_vr, NO_VR} or not known.fullmatch(raw):
        raise OddError


@lru_cache(1024)
def dictionary_vr(tag: int) -> bytes:
    """Give the VR of an element that writes none; `NO_VR` where the dictionary does not know it."""
    try:
        return dictionary_VR(tag).encode()
    except KeyError:
        return NO_VR


@cache
def _wanted_tags() -> frozenset[int]:
    return frozenset([*map(int, wanted()), *DECIDING])  # a tag compares slower than its number
