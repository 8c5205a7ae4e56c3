"""The Siemens CSA header: a table of named texts inside one private element, in both its formats.

Bytes in, the wanted names out; each length is checked against the bytes that are there before it
is used. What the names mean for a mosaic is decided in ``mosaic``.
"""

import struct
from collections.abc import Iterable, Mapping

MAGIC = b"SV10"  # the newer format begins with it; the older one with its number of tags
MAX_TAGS = 1024  # of a header, and items of a tag: scanners write 101 tags of 6 items
MAX_BYTES = 2**20  # of a header: scanners write 12 kB
MARKS = (77, 205)  # what both formats write beside a length

# Little endian in files of every byte order. Layout: nibabel's page "Siemens format DICOM with CSA
# header", which follows SPM.
_COUNT_AND_MARK = struct.Struct("<II")
_TAG = struct.Struct("<64s i 4s i i i")  # name, multiplicity, VR, type, items, mark
_ITEM = struct.Struct("<4i")  # lengths; a mark


class CsaError(Exception):
    """Bytes that are no CSA header; for the caller in this folder, never further."""


def csa_values(data: bytes, wanted: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    r"""Read the values of some names.

    Parameters
    ----------
    data : bytes
        Value of the private element.
    wanted : iterable of str
        Names to keep; reading ends when all were met.

    Returns
    -------
    mapping
        Name to its texts, up to the first empty one; without the names that are not there.

    Raises
    ------
    CsaError
        The bytes are no such header, or end before the wanted names.

    Examples
    --------
    >>> name = b"SliceNormalVector".ljust(64, b"\0")
    >>> tag = name + struct.pack("<i4siii", 3, b"FD", 4, 1, 77)
    >>> item = struct.pack("<4i", 4, 4, 77, 4) + b"0.6\0"
    >>> data = b"SV10\4\3\2\1" + struct.pack("<II", 1, 77) + tag + item
    >>> csa_values(data, ["SliceNormalVector", "ProtocolSliceNumber"])
    {'SliceNormalVector': ('0.6',)}
    """
    if len(data) > MAX_BYTES:
        raise CsaError
    try:
        return _values(data, frozenset(wanted))
    except struct.error as error:  # the bytes end inside a tag or an item
        raise CsaError from error


def _values(data: bytes, wanted: frozenset[str]) -> dict[str, tuple[str, ...]]:
    if data.startswith(MAGIC):
        return _tags(data, len(MAGIC) + 4, wanted)
    # In the older format a length may count the items of the first tag too: SPM takes them off,
    # GDCM does not. Only one of both meets a mark in each item.
    _, _, _, _, most, _ = _TAG.unpack_from(data, _COUNT_AND_MARK.size)
    try:
        return _tags(data, 0, wanted, too_long=most)
    except (CsaError, struct.error):
        return _tags(data, 0, wanted, too_long=0)


def _tags(
    data: bytes, at: int, wanted: frozenset[str], too_long: int | None = None
) -> dict[str, tuple[str, ...]]:
    """Walk the tags; ``too_long`` of the older format's lengths is taken off, None: the newer."""
    count, _ = _COUNT_AND_MARK.unpack_from(data, at)
    at += _COUNT_AND_MARK.size
    if not 1 <= count <= MAX_TAGS:
        raise CsaError
    found: dict[str, tuple[str, ...]] = {}
    for _ in range(count):
        raw_name, _, _, _, items, _ = _TAG.unpack_from(data, at)
        at += _TAG.size
        if not 0 <= items <= MAX_TAGS:
            raise CsaError
        texts, at = _items(data, at, items, too_long)
        name = _text(raw_name)
        if name in wanted and name not in found:
            found[name] = _until_empty(texts)
            if len(found) == len(wanted):
                break
    return found


def _items(data: bytes, at: int, count: int, too_long: int | None) -> tuple[list[bytes], int]:
    """Give the items of one tag, and where the next tag begins."""
    texts = []
    for _ in range(count):
        first, second, mark, _ = _ITEM.unpack_from(data, at)
        at += _ITEM.size
        length = second if too_long is None else first - too_long
        if not 0 <= length <= len(data) - at or (too_long is not None and mark not in MARKS):
            raise CsaError
        texts.append(data[at : at + length])
        at += (length + 3) // 4 * 4
    return texts, at


def _until_empty(items: Iterable[bytes]) -> tuple[str, ...]:
    """Keep what is filled: scanners write more items than values."""
    texts = []
    for item in items:
        text = _text(item)
        if not text:
            break
        texts.append(text)
    return tuple(texts)


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("latin-1").strip()
