"""The wanted elements of one file as bytes, and what they say: the answers that pydicom would give.

What is plain is converted here, all else by pydicom from the same bytes. Which bytes are an element
``elements`` finds; which of them a file has in common with others, ``likewise``.
"""

import re
import struct
from collections.abc import Collection, Hashable, Iterable, KeysView, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from io import BytesIO
from typing import Any

from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag, Tag

from mriview.scans.dicom.header import DatasetHeader, Element, HeaderOf
from mriview.scans.dicom.parsing import silently
from mriview.scans.dicom.walk.elements import NO_VR, Form, dictionary_vr

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


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What headers have in common with the one that they are like."""

    form: Form
    elements: Mapping[int, bytes]  # whole, in their order, each with its tag and length
    mark: object = field(default_factory=object)  # stands for it where it need not be kept


class RawHeader(HeaderOf):
    """The wanted elements of one file as bytes; answers as `DatasetHeader` does.

    What is not plain, pydicom converts. Elements are kept whole, each with its tag and length:
    those of the header that it is like, and where its own lie, which may differ.
    """

    pixels: Element

    def __init__(
        self,
        shared: Shared,
        data: bytes,
        own: Mapping[int, slice],
        pixels: Element,
        file_bytes: int,
    ) -> None:
        self._shared, self._data, self._own = shared, data, own
        self.pixels, self.file_bytes = pixels, file_bytes

    @property
    def syntax(self) -> str:
        """Transfer syntax of the pixels."""
        return self._shared.form.syntax

    @property
    def media_class(self) -> str:
        """Object class of the meta information."""
        return self._shared.form.media_class

    def tags(self) -> Collection[int]:
        """Elements that are there."""
        return self._shared.elements.keys()

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
        data = self._data
        own = tuple([data[place] for tag, place in self._own.items() if tag not in per_file])
        return self._shared.mark, self.pixels.length, own

    def bytes_of(self, tags: Iterable[int]) -> tuple[bytes | None, ...]:
        """Give elements as they stand in the file; equal bytes mean equal answers."""
        return tuple(map(self._raw, tags))

    def _raw(self, tag: int) -> bytes | None:
        place = self._own.get(tag)
        return self._shared.elements.get(tag) if place is None else self._data[place]

    def _found(self, keyword: str | BaseTag) -> tuple[bytes, bytes | None]:
        """Give VR and value of an element, as if its head were short: plain ones have that."""
        tag = _number_of(keyword)
        raw = self._raw(tag)
        if raw is None:
            return NO_VR, None
        return dictionary_vr(tag) if self._shared.form.implicit else raw[4:6], raw[8:]

    @cached_property
    def _converted(self) -> DatasetHeader:
        """The same elements in pydicom's hands."""
        own = {tag: self._data[place] for tag, place in self._own.items()}
        stream = BytesIO(b"".join({**self._shared.elements, **own}.values()))
        dataset = read_dataset(stream, self._shared.form.implicit, is_little_endian=True)
        return DatasetHeader(dataset, self.pixels, self.file_bytes)


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
