"""DICOM data elements to bytes, as scanners write them: plain, nested, encapsulated, deflated.

Only what the benchmark's data need; it decides nothing about images. The peers read what is written
here, and a peer that reads something else has no time in the tables.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
RLE = "1.2.840.10008.1.2.5"
ENCAPSULATED = frozenset({JPEG_LOSSLESS, JPEG_2000, RLE})

LONG_FORM = frozenset({"OB", "OW", "SQ", "UN", "UT"})  # VRs with a length of 32 bit: PS3.5 7.1.2
NUMBERS = {"US": "H", "UL": "I", "FD": "d", "FL": "f", "AT": "I"}
UNDEFINED = 0xFFFFFFFF
DEFLATE_LEVEL = 6

Element = tuple[int, str, object]  # tag, VR, value; the value of a sequence is a list of items


def encoded(
    elements: Iterable[Element], *, explicit: bool = True, open_ended: bool = False
) -> bytes:
    """Encode elements, little endian, in the order in which they come.

    Parameters
    ----------
    elements : iterable of (tag, VR, value)
        A value is text, bytes, a number, a tuple of numbers, or a list of items.
    explicit : bool
        Whether the VR is written.
    open_ended : bool
        Whether sequences and their items end with a delimiter instead of beginning with a length.
    """
    return b"".join(_element(tag, vr, value, explicit, open_ended) for tag, vr, value in elements)


def file_bytes(
    head: Iterable[Element], syntax: str, sop_class: str, instance: str, pixels: bytes
) -> tuple[bytes, int]:
    """Make a whole file.

    Parameters
    ----------
    head : iterable of Element
        Everything before the pixels.
    syntax, sop_class, instance : str
        UIDs of the file meta information.
    pixels : bytes
        The value of the pixel data: samples, or what `encapsulated` gives.

    Returns
    -------
    (bytes, int)
        The file, and where the value of its pixel data begins (of no use where it is deflated).
    """
    explicit = syntax != IMPLICIT
    meta = encoded(
        [
            (0x00020001, "OB", b"\0\1"),
            (0x00020002, "UI", sop_class),
            (0x00020003, "UI", instance),
            (0x00020010, "UI", syntax),
            (0x00020012, "UI", "2.25.1"),
        ]
    )
    start = b"\0" * 128 + b"DICM" + encoded([(0x00020000, "UL", len(meta))]) + meta
    packed = syntax in ENCAPSULATED
    length = UNDEFINED if packed else len(pixels)
    vr = (b"OB\0\0" if packed else b"OW\0\0") if explicit else b""
    body = (
        encoded(head, explicit=explicit, open_ended=not explicit)
        + struct.pack("<HH", 0x7FE0, 0x0010)
        + vr
        + struct.pack("<I", length)
    )
    if syntax == DEFLATED:
        squeeze = zlib.compressobj(DEFLATE_LEVEL, zlib.DEFLATED, -15)
        squeezed = squeeze.compress(body + pixels) + squeeze.flush()
        return start + squeezed + b"\0" * (len(squeezed) % 2), len(start)
    return start + body + pixels, len(start) + len(body)


def encapsulated(frames: Sequence[bytes]) -> tuple[bytes, list[int]]:
    """Put compressed frames into items, one fragment a frame; several have an offset table.

    Returns
    -------
    (bytes, list of int)
        The value of the pixel data, and where each frame begins in it.
    """
    frames = [frame + b"\0" * (len(frame) % 2) for frame in frames]
    steps = [0]
    for frame in frames[:-1]:
        steps.append(steps[-1] + 8 + len(frame))
    table = struct.pack(f"<{len(steps)}I", *steps) if len(frames) > 1 else b""
    items = b"".join(_item_tag(0xE000, len(frame)) + frame for frame in frames)
    value = _item_tag(0xE000, len(table)) + table + items + _item_tag(0xE0DD, 0)
    return value, [8 + len(table) + step + 8 for step in steps]


def _element(tag: int, vr: str, value: object, explicit: bool, open_ended: bool) -> bytes:
    if isinstance(value, list):
        return _sequence(tag, value, explicit, open_ended)
    data = _value(vr, value)
    return _head(tag, vr, len(data), explicit) + data


def _sequence(tag: int, items: list[list[Element]], explicit: bool, open_ended: bool) -> bytes:
    inner = b""
    for item in items:
        body = encoded(item, explicit=explicit, open_ended=open_ended)
        if open_ended:
            inner += _item_tag(0xE000, UNDEFINED) + body + _item_tag(0xE00D, 0)
        else:
            inner += _item_tag(0xE000, len(body)) + body
    if open_ended:
        return _head(tag, "SQ", UNDEFINED, explicit) + inner + _item_tag(0xE0DD, 0)
    return _head(tag, "SQ", len(inner), explicit) + inner


def _head(tag: int, vr: str, length: int, explicit: bool) -> bytes:
    name = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if not explicit:
        return name + struct.pack("<I", length)
    if vr in LONG_FORM:
        return name + vr.encode() + struct.pack("<HI", 0, length)
    return name + vr.encode() + struct.pack("<H", length)


def _item_tag(element: int, length: int) -> bytes:
    return struct.pack("<HHI", 0xFFFE, element, length)


def _value(vr: str, value: object) -> bytes:
    if isinstance(value, bytes):
        return value + b"\0" * (len(value) % 2)
    if isinstance(value, str):
        filler = b"\0" if vr == "UI" else b" "
        return value.encode() + filler * (len(value) % 2)
    numbers = value if isinstance(value, tuple) else (value,)
    if vr == "AT":
        return b"".join(struct.pack("<HH", tag >> 16, tag & 0xFFFF) for tag in numbers)
    return struct.pack(f"<{len(numbers)}{NUMBERS[vr]}", *numbers)
