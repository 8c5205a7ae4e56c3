"""A header walk without pydicom, for the many files that need none: faster, with the same answers.

It finds the wanted elements of ordinary little-endian files up to the pixels; within a series,
bytes that were equal in the files before are compared instead of parsed. An odd file gives `None`
and is left to ``header.read_header``; an odd value is converted by pydicom, from the same bytes.
So this module could be deleted. It opens no file and judges no header.
"""

import re
import struct
from collections.abc import Callable, Collection, Hashable, Iterable, KeysView
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from io import BytesIO
from typing import Any, NamedTuple

from pydicom.charset import python_encoding
from pydicom.datadict import dictionary_VR
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag, Tag

from mriview.scans.contents import is_gzip
from mriview.scans.dicom.header import UNDEFINED_LENGTH, DatasetHeader, Element, HeaderOf, wanted
from mriview.scans.dicom.parsing import silently

LEAST_BYTES = 1024  # of a file: as many are searched for the deflated syntax by ``header``
WIDER_BYTES = (2**18, 2**22)  # read at once when a header is longer than what was read; or pydicom
RUN_BYTES = 1024  # longer elements are stepped over: cheaper than comparing them
MOST_NESTED = 8  # sequences in sequences
MOST_BEFORE, MOST_LAYOUTS = 8, 64  # headers, and what varies in them, that are remembered

_PREFIX_AT, _META_AT, _META_GROUP = 128, 132, b"\x02\x00"  # behind preamble, and prefix
_OPENING = b"DICM\x02\x00\x00\x00UL\x04\x00"  # prefix and (0002,0000), as the standard writes it
_MEDIA_CLASS, _SYNTAX, _CHARSET = 0x00020002, 0x00020010, 0x00080005
_ANY_PIXELS, _PIXELS, _DELIMITERS = 0x7FE00008, 0x7FE00010, 0xFFFE0000
_ITEM, _ITEM_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0" + bytes(4)
_SEQUENCE_END = b"\xfe\xff\xdd\xe0" + bytes(4)

_EXPLICIT, _IMPLICIT = struct.Struct("<HH2sH").unpack_from, struct.Struct("<HHL").unpack_from
_LONG_LENGTH, _SHORT_LENGTH = struct.Struct("<L").unpack_from, struct.Struct("<H").unpack_from
_LONG = frozenset(b"OB OW OF OD OL OV SQ UC UR UT UN SV UV".split())  # PS3.5 7.1.2
_SHORT = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())
_NO_VR = b""  # implicit VR, or an element that the dictionary does not know

_DEFLATED, _IMPLICIT_SYNTAX = b"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2"
_NAMES = b"|".join(re.escape(name.encode()) for name in python_encoding)  # ASCII stays in all
_DECIDING = {  # what follows depends on them: their VR, and the values read here (JPEG ... too)
    _MEDIA_CLASS: (b"UI", re.compile(rb"[0-9.]*[\0 ]*")),
    _SYNTAX: (b"UI", re.compile(rb"1\.2\.840\.10008\.1\.2(|\.1|\.5|\.4\.\d+)[\0 ]*")),
    _CHARSET: (b"CS", re.compile(rb"(%b)(\\(%b))*[\0 ]*" % (_NAMES, _NAMES))),
}
_BINARY = dict(zip((b"US", b"SS", b"UL", b"SL", b"FL", b"FD"), "HhLlfd", strict=True))
_WORDS = frozenset(b"AS CS DA DS DT IS LO SH TM UI".split())
_INTEGERS = re.compile(r"( *[+-]?[0-9]{1,15} *(\\|$))*")
_TEXTS = _WORDS - {b"IS"}  # what is no integer is odd
_ONE_WORD = re.compile(rb"[ -\[\]-~]*\0?")  # printable ASCII but the backslash between values
_DECIMAL = rb" *[+-]?[0-9]{1,15}(?:\.[0-9]{0,20})?(?:[eE][+-]?[0-9]{1,2})? *"
_WRITTEN = {  # numbers that Python reads as pydicom does
    b"DS": re.compile(rb"%b(?:\\%b)*\0?" % (_DECIMAL, _DECIMAL)),
    b"IS": re.compile(rb" *[+-]?[0-9]{1,15} *\0?"),
}
_ODD = object()  # a value for pydicom

_Met = tuple[int, bytes, int, int, int]  # tag, VR; where it begins, its value begins, it ends
_Step = tuple[bytes, int, Callable[[bytes, int], tuple[Any, ...]], int, int, bytes, int]


class _OddError(Exception):
    """A file for pydicom."""


class _Form(NamedTuple):
    """How a file is written."""

    implicit: bool
    syntax: str
    media_class: str
    written: tuple[bytes, bytes]  # both as they stand in the file: padded one way or another


class RawHeader(HeaderOf):
    """The wanted elements of one file as bytes; answers as `DatasetHeader` does.

    What is not plain, pydicom converts. Elements are kept whole, each with its tag and length:
    those of the header that it is like, and its own where they may differ.
    """

    pixels: Element

    def __init__(
        self, like: "_Walked", own: dict[int, bytes], pixels: Element, file_bytes: int
    ) -> None:
        self._like, self._own = like, own
        self.pixels, self.file_bytes = pixels, file_bytes

    @property
    def syntax(self) -> str:
        """Transfer syntax of the pixels."""
        return self._like.form.syntax

    @property
    def media_class(self) -> str:
        """Object class of the meta information."""
        return self._like.form.media_class

    def tags(self) -> Collection[int]:
        """Elements that are there."""
        return self._like.elements.keys()

    def value(self, keyword: str | BaseTag) -> Any:
        """Give what is like pydicom's value in every question: here, written numbers are text."""
        vr, raw = self._found(keyword)
        if raw is None:
            return None
        plain = _plain(vr, raw)
        if plain is not _ODD:
            return plain
        with silently():
            return self._converted.value(BaseTag(_number_of(keyword)))

    def text(self, keyword: str | BaseTag) -> str:
        """Give one text; what is plain at once."""
        vr, raw = self._found(keyword)
        if raw is None:
            return ""
        if vr in _TEXTS and _ONE_WORD.fullmatch(raw):
            return raw.decode("ascii").strip("\0 ")
        return super().text(keyword)

    def numbers(self, keyword: str | BaseTag) -> tuple[float, ...] | None:
        """Give finite numbers; what is plain at once."""
        vr, raw = self._found(keyword)
        if raw is None:
            return None
        if vr in _WRITTEN and _WRITTEN[vr].fullmatch(raw):
            return tuple(map(float, raw.rstrip(b"\0 ").split(b"\\")))
        return super().numbers(keyword)

    @property
    def own_tags(self) -> KeysView[int]:
        """Elements that may differ from those of other files with an equal `shared_key`."""
        return self._own.keys()

    def shared_key(self, per_file: frozenset[int]) -> Hashable:
        """Give what two files have in common when they differ in some elements at most.

        Parameters
        ----------
        per_file : frozenset of int
            Tags of the elements that are left out, whether they are there or not.

        Returns
        -------
        hashable
            Equal only for files whose wanted elements are the same bytes, but for those left out,
            and whose pixel data are equally long, wherever they begin. What walks anew, because it
            differs from all before, has a key of its own.
        """
        shared = tuple([raw for tag, raw in self._own.items() if tag not in per_file])
        return self._like.mark, self.pixels.length, shared

    def bytes_of(self, tags: Iterable[int]) -> tuple[bytes | None, ...]:
        """Give elements as they stand in the file; equal bytes mean equal answers."""
        own, shared = self._own.get, self._like.elements.get
        return tuple([own(tag) or shared(tag) for tag in tags])

    def _found(self, keyword: str | BaseTag) -> tuple[bytes, bytes | None]:
        """Give VR and value of an element, as if its head were short: plain ones have that."""
        tag = _number_of(keyword)
        raw = self._own.get(tag) or self._like.elements.get(tag)
        if raw is None:
            return _NO_VR, None
        return _dictionary_vr(tag) if self._like.form.implicit else raw[4:6], raw[8:]

    @cached_property
    def _converted(self) -> DatasetHeader:
        """The same elements in pydicom's hands."""
        stream = BytesIO(b"".join((self._like.elements | self._own).values()))
        dataset = read_dataset(stream, self._like.form.implicit, is_little_endian=True)
        return DatasetHeader(dataset, self.pixels, self.file_bytes)


class Walker:
    """Reads the headers of a folder walk, one after the other; not for two threads."""

    def __init__(self) -> None:
        self._before: dict[Hashable, _Walked] = {}  # one a layout, newest first
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
                walked = _walked(data)
            except _OddError:
                break
            except struct.error:  # the bytes end inside the header
                if len(data) >= file_bytes:
                    break
            else:
                self._learn(walked)
                own = {step[4]: walked.elements[step[4]] for step in walked.steps if step[6]}
                return RawHeader(walked, own, walked.pixels, file_bytes)
        return None

    def _learn(self, walked: "_Walked") -> None:
        """Remember a header that was not like those before it."""
        tags = tuple([met[0] for met in walked.met])
        layout = tags, walked.form, walked.elements.get(_CHARSET)
        if len(self._varying) >= MOST_LAYOUTS:
            self._varying.clear()
        varying = self._varying.setdefault(layout, {len(tags) - 1})
        if before := self._before.pop(layout, None):
            varying |= walked.differing_from(before)
        walked.expect(varying)
        self._before = {layout: walked, **self._before}
        if len(self._before) > MOST_BEFORE:
            self._before.popitem()


@dataclass(slots=True, eq=False)
class _Walked:
    """A header that was walked, and what others of its kind are expected to have in common.

    What they share are runs of bytes, which are compared: parsing depends on nothing but the bytes.
    A run ends before the length of an element that varies, so its tag and VR are compared too.
    """

    data: bytes
    met: list[_Met]
    form: _Form
    elements: dict[int, bytes]
    pixels: Element
    steps: list[_Step] = field(default_factory=list)
    mark: object = field(default_factory=object)  # stands for it where it need not be kept

    def differing_from(self, other: "_Walked") -> set[int]:
        """Which elements differ from those of a header of the same layout, or are long."""
        pairs = enumerate(zip(self.met, other.met, strict=True))
        return {
            index
            for index, ((_, _, at, _, end), (_, _, its_at, _, its_end)) in pairs
            if end - at > RUN_BYTES or self.data[at:end] != other.data[its_at:its_end]
        }

    def expect(self, varying: set[int]) -> None:
        """Prepare to read headers that differ from this one in these elements, by their number."""
        after = _PREFIX_AT
        if any(self.met[index][0] in _DECIDING for index in varying):
            return
        for index in sorted(varying):
            tag, vr, at, value_at, end = self.met[index]
            width, length_of = (2, _SHORT_LENGTH) if vr in _SHORT else (4, _LONG_LENGTH)
            run = self.data[after : value_at - width]
            head = value_at - at if tag in self.elements else 0
            self.steps.append((run, len(run), length_of, width, tag, vr, head))
            after = end

    def read(self, data: bytes, file_bytes: int) -> RawHeader | None:
        """Read a header that is like this one; None where it is not."""
        if not self.steps:
            return None
        at, length, implicit = _PREFIX_AT, 0, self.form.implicit
        own: dict[int, bytes] = {}
        try:
            for run, run_bytes, length_of, width, tag, vr, head in self.steps:
                if not data.startswith(run, at):
                    return None
                at += run_bytes
                (length,) = length_of(data, at)
                at += width
                if head:
                    own[tag] = data[at - head : at + length]
                elif length == UNDEFINED_LENGTH and tag != _PIXELS:
                    at = _after_sequence(data, at, tag, vr, 1)
                    continue
                if implicit and _looks_like_vr(length):
                    return None
                at += length
        except (struct.error, _OddError):
            return None
        return RawHeader(self, own, Element(length, at - length), file_bytes)


def _is_ordinary(first: bytes, file_bytes: int) -> bool:
    enough = len(first) >= min(LEAST_BYTES, file_bytes) and first.startswith(_OPENING, _PREFIX_AT)
    return enough and _DEFLATED not in first[:LEAST_BYTES]


def _walked(data: bytes) -> _Walked:
    """Walk a header element by element, whatever its group lengths say, up to the pixels."""
    met: list[_Met] = []
    elements: dict[int, bytes] = {}
    form = None
    at, last, wanted_tags = _META_AT, 0, _wanted_tags()
    while True:
        if form is None and not data.startswith(_META_GROUP, at):
            form = _form(elements)
        tag, vr, value_at, length = _element(data, at, form is not None and form.implicit)
        if tag <= last:
            raise _OddError
        if tag >= _ANY_PIXELS:
            break
        end = value_at + length  # beyond the bytes: the next element is not there to be read
        if length == UNDEFINED_LENGTH:
            if tag in wanted_tags:
                raise _OddError
            end = _after_sequence(data, value_at, tag, vr, 1)
        if tag in wanted_tags:
            elements[tag] = data[at:end]
            if tag in _DECIDING:
                _check(tag, vr, data[value_at:end])
        met.append((tag, vr, at, value_at, end))
        at, last = end, tag
    if form is None or tag != _PIXELS or vr not in {b"OB", b"OW", _NO_VR}:
        raise _OddError
    met.append((tag, vr, at, value_at, value_at))
    return _Walked(data[:value_at], met, form, elements, Element(length, value_at))


def _form(elements: dict[int, bytes]) -> _Form:
    """Take the form out of the meta information, which is never asked for."""
    written = elements.pop(_SYNTAX, b""), elements.pop(_MEDIA_CLASS, b"")
    syntax, media_class = (raw[8:].rstrip(b"\0 ").decode() for raw in written)
    if not syntax:
        raise _OddError
    return _Form(syntax == _IMPLICIT_SYNTAX, syntax, media_class, written)


def _element(data: bytes, at: int, implicit: bool) -> tuple[int, bytes, int, int]:
    """Give tag, VR, where the value begins, and its length."""
    if implicit:
        group, element, length = _IMPLICIT(data, at)
        if _looks_like_vr(length):
            raise _OddError
        return group << 16 | element, _NO_VR, at + 8, length
    group, element, vr, length = _EXPLICIT(data, at)
    if vr in _SHORT:
        return group << 16 | element, vr, at + 8, length
    if vr not in _LONG:
        raise _OddError
    return group << 16 | element, vr, at + 12, _LONG_LENGTH(data, at + 8)[0]


def _looks_like_vr(length: int) -> bool:
    """Whether pydicom could take the length of an element of implicit VR for two letters."""
    return 0x41 <= length & 0xFF <= 0x5A and 0x41 <= length >> 8 & 0xFF <= 0x5A


def _after_sequence(data: bytes, at: int, tag: int, vr: bytes, depth: int) -> int:
    """Where a sequence of undefined length ends whose first item begins here."""
    known = vr or _dictionary_vr(tag)  # where its dictionary knows nothing, pydicom looks ahead
    is_sequence = known == b"SQ" or (known == _NO_VR and data.startswith(_ITEM, at))
    if depth > MOST_NESTED or not is_sequence:
        raise _OddError
    while not data.startswith(_SEQUENCE_END, at):
        length: int = _LONG_LENGTH(data, at + 4)[0]
        if not data.startswith(_ITEM, at):
            raise _OddError
        at += 8
        end, is_open = at + length, length == UNDEFINED_LENGTH
        while not data.startswith(_ITEM_END, at) if is_open else at < end:
            inner, inner_vr, at, length = _element(data, at, vr == _NO_VR)
            if inner == _CHARSET:
                _check(inner, inner_vr, data[at : at + length])
            if inner >= _DELIMITERS:
                raise _OddError
            if length == UNDEFINED_LENGTH:
                length = _after_sequence(data, at, inner, inner_vr, depth + 1) - at
            at += length
        if at != end and not is_open:
            raise _OddError
        at += len(_ITEM_END) if is_open else 0
    return at + len(_SEQUENCE_END)


def _check(tag: int, vr: bytes, raw: bytes) -> None:
    its_vr, known = _DECIDING[tag]
    if vr not in {its_vr, _NO_VR} or not known.fullmatch(raw):
        raise _OddError


@lru_cache(1024)
def _dictionary_vr(tag: int) -> bytes:
    try:
        return dictionary_VR(tag).encode()
    except KeyError:
        return _NO_VR


@cache
def _wanted_tags() -> frozenset[int]:
    return frozenset([*map(int, wanted()), *_DECIDING])  # a tag compares slower than its number


@cache
def _number_of(keyword: str | BaseTag) -> int:
    return int(Tag(keyword))


def _plain(vr: bytes, raw: bytes) -> Any:
    """Give the value of bytes that are as they should be; all others pydicom converts."""
    if code := _BINARY.get(vr):
        count, rest = divmod(len(raw), struct.calcsize(f"<{code}"))
        values = () if rest else struct.unpack(f"<{count}{code}", raw)
        return _ODD if rest else values[0] if count == 1 else values or None
    if not raw and vr in {b"DS", b"IS"}:
        return None
    if vr not in _WORDS:
        return _ODD
    text = raw.rstrip(b"\0 ").decode("latin-1")
    is_plain = text.isascii() and text.isprintable()
    if not is_plain or (vr == b"IS" and not _INTEGERS.fullmatch(text)):
        return _ODD
    return text.split("\\") if "\\" in text else text
