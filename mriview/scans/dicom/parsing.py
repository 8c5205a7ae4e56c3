"""pydicom at work: one header of a file, read up to its pixels, within limits and without a word.

What the elements mean, ``header`` answers; here bytes become elements, and what a parser raises
becomes a problem in our own words. Headers that are ordinary need none of this: see ``walk``.
"""

import logging
import re
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO, cast

from pydicom import config
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_partial
from pydicom.tag import BaseTag, Tag
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32

from mriview.errors import ScanError
from mriview.scans.contents import opened, opened_for_header
from mriview.scans.dicom.bounds import Bounded, TooLargeError
from mriview.scans.dicom.deflated import inflated_object, says_deflated
from mriview.scans.dicom.header import DatasetHeader, Element, UnusableError, wanted
from mriview.scans.files import ScanFile
from mriview.scans.streams import Pieces, in_memory, on_the_way

PIXEL_VRS = frozenset({"OB", "OW", "OF", "OD", "UN", None})  # None: the file writes no VRs
CONTRADICTION = "its elements contradict each other"
UNKNOWN_BYTES = 2**62  # of a deflated object while only its header is read: more than any has
PIXEL_TAGS = frozenset(Tag(0x7FE0, element) for element in (0x0008, 0x0009, 0x0010))

_FIRST_GROUPS = (b"\x02\x00", b"\x08\x00")  # a file without preamble begins with group 2 or 8
_VR = re.compile(rb"[A-Z]{2}")

for _name in ("pydicom",):  # its messages quote values and paths
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


def looks_like_dicom(first: bytes) -> bool:
    """Whether bytes begin a DICOM file, with or without its preamble.

    Examples
    --------
    >>> looks_like_dicom(bytes(128) + b"DICM"), looks_like_dicom(b"%PDF-1.7"), looks_like_dicom(b"")
    (True, False, False)
    """
    if first[128:132] == b"DICM":
        return True
    if len(first) < 16 or first[:2] not in _FIRST_GROUPS:
        return False
    element = struct.unpack("<H", first[2:4])[0]
    implicit_length = struct.unpack("<I", first[4:8])[0]
    explicit = _VR.fullmatch(first[4:6]) is not None
    return element < 0x0100 and (explicit or 0 < implicit_length <= 64)


def opened_object(file: ScanFile, open_file: Callable[[ScanFile], BinaryIO] = opened) -> BinaryIO:
    """Open a DICOM object with its data set inflated.

    Offsets of `Element` count in this stream. A deflated one says explicit little endian instead.

    Parameters
    ----------
    file : ScanFile
        The file.
    open_file : callable
        ``opened``, or ``opened_for_header`` where no pixel will be read.

    Raises
    ------
    OSError, ScanError
        See `mriview.scans.contents.opened`.
    """
    stream = open_file(file)
    first = stream.read(1024)
    stream.seek(0)
    if not says_deflated(first):
        return stream
    with stream:
        if open_file is opened:
            return in_memory(inflated_object(stream))
    return on_the_way(partial(_inflated, file), UNKNOWN_BYTES)


def _inflated(file: ScanFile) -> Pieces:
    with opened_for_header(file) as stream:
        yield from inflated_object(stream)


def read_header(file: ScanFile) -> DatasetHeader:
    """Read the elements that are wanted, up to the pixels.

    Raises
    ------
    UnusableError
        The file is closed, no DICOM, ends inside its header, or is larger than a header may be.
    """
    try:
        return _read(file)
    except UnusableError:
        raise
    except ScanError as error:
        raise UnusableError(error.code, **error.evidence) from error
    except Exception as error:
        raise _named(error) from error


def _read(file: ScanFile) -> DatasetHeader:
    met: list[tuple[int, int]] = []

    def at_pixels(tag: BaseTag, vr: str | None, length: int) -> bool:
        if tag in PIXEL_TAGS:  # what it is written in tells its head; the syntax may be wrong
            if vr not in PIXEL_VRS:
                raise UnusableError("file_unreadable", reason=CONTRADICTION)
            met.append((length, 12 if vr in EXPLICIT_VR_LENGTH_32 else 8))
        return tag in PIXEL_TAGS

    with opened_object(file, opened_for_header) as stream:
        file_bytes = stream.seek(0, 2)
        stream.seek(0)
        first = stream.read(1024)
        stream.seek(0)
        if not looks_like_dicom(first):
            raise UnusableError("not_dicom")
        bounded = Bounded(stream)
        dataset = read_partial(
            cast("BinaryIO", bounded),
            stop_when=at_pixels,
            force=first[128:132] != b"DICM",
            specific_tags=wanted(),
        )
        if bounded.is_cut and len(dataset):  # half an identifier would be that of another study
            del dataset[list(dataset.keys())[-1]]
        pixels = Element(met[-1][0], stream.tell() + met[-1][1]) if met else None
    return DatasetHeader(dataset, pixels, file_bytes)


def _named(error: Exception) -> UnusableError:
    """Name what a parser raised, in words of our own: its text quotes values and paths."""
    causes = (error, error.__cause__, error.__context__)  # pydicom turns some errors into others
    for cause in causes:
        if isinstance(cause, TooLargeError):
            return UnusableError("header_too_large", limit=cause.limit)
    match error:
        case OSError() if error.errno is not None:  # of the system; pydicom's own has no number
            return UnusableError("file_unreadable", reason="the file is closed or gone")
        case RecursionError() | MemoryError():
            return UnusableError("header_too_large", limit="nested or listed elements")
        case InvalidDicomError() | EOFError() | OSError() | ValueError():
            return UnusableError("file_truncated")
        case struct.error() | zlib.error():
            return UnusableError("file_truncated")
    return UnusableError("file_unreadable", reason=CONTRADICTION)


@contextmanager
def silently() -> Iterator[None]:
    """Keep pydicom from quoting values in warnings (its logger is closed once, above).

    Values are converted, and spoken of, when they are asked for: hold it open until then.
    """
    mode = config.settings.reading_validation_mode
    config.settings.reading_validation_mode = config.IGNORE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        config.settings.reading_validation_mode = mode
