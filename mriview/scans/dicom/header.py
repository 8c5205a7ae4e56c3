"""One DICOM header as checked values: tags, types, and where the pixels begin.

pydicom reads the elements; here they are turned into numbers that are numbers, directions that are
directions, and text that is never shown. What an object is good for is decided in ``classic``; the
pixels are not touched.
"""

import logging
import math
import re
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydicom import config
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_partial
from pydicom.tag import BaseTag, Tag
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from mriview.values import Problem, problem
from mriview.vocabulary import physics

MAX_INFLATED_BYTES = 128 * 2**20  # a deflated object; real MR slices are below 2 MB
CHUNK_BYTES = 2**20
UNDEFINED_LENGTH = 0xFFFFFFFF  # PS3.5 7.1.1: encapsulated pixel data

PIXEL_TAGS = frozenset(Tag(0x7FE0, element) for element in (0x0008, 0x0009, 0x0010))
MOSAIC_COUNT = Tag(0x0019, 0x100A)  # Siemens private: images in a mosaic
GE_PULSE_NAME, PHILIPS_TECHNIQUE = Tag(0x0019, 0x109C), Tag(0x2001, 0x1020)
SIEMENS_B, GE_B, PHILIPS_B = Tag(0x0019, 0x100C), Tag(0x0043, 0x1039), Tag(0x2001, 0x1003)
CREATORS = {  # a private element means something only below its maker's word
    MOSAIC_COUNT: "SIEMENS MR HEADER",
    SIEMENS_B: "SIEMENS MR HEADER",
    GE_PULSE_NAME: "GEMS_ACQU_01",
    GE_B: "GEMS_PARM_01",
    PHILIPS_TECHNIQUE: "Philips Imaging DD 001",
    PHILIPS_B: "Philips Imaging DD 001",
}

KEYWORDS = (
    *("SpecificCharacterSet", "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID"),
    *("SeriesInstanceUID", "FrameOfReferenceUID", "PatientID", "Modality", "Manufacturer"),
    *("ImageType", "SeriesDescription", "ProtocolName", "SequenceName", "PulseSequenceName"),
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"),
    *("SpacingBetweenSlices", "AnatomicalOrientationType", "NumberOfFrames"),
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated"),
    *("BitsStored", "HighBit", "PixelRepresentation", "RescaleSlope", "RescaleIntercept"),
    *("ScanningSequence", "SequenceVariant", "ScanOptions", "MRAcquisitionType", "AngioFlag"),
    *("RepetitionTime", "EchoTime", "InversionTime", "EchoTrainLength", "FlipAngle"),
    *("MagneticFieldStrength", "DiffusionBValue", "AcquisitionMatrix", "ContrastBolusAgent"),
    *("ContrastBolusVolume", "EchoNumbers", "ComplexImageComponent", "InstanceNumber"),
    *("InPlanePhaseEncodingDirection", "TemporalPositionIdentifier", "AcquisitionNumber"),
    *("AcquisitionDate", "AcquisitionTime", "ContentTime", "TriggerTime", "ModalityLUTSequence"),
)
_FIRST_GROUPS = (b"\x02\x00", b"\x08\x00")  # a file without preamble begins with group 2 or 8
_VR = re.compile(rb"[A-Z]{2}")

for _name in ("pydicom",):  # its messages quote values and paths
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


class UnusableError(Exception):
    """A header that gives no plane; carries the problem to the reader, never further."""

    def __init__(self, code: str, **evidence: object) -> None:
        self.problem: Problem = problem(code, None, **{"files": 1, **evidence})
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Element:
    """What was met at the end of the header: pixel data, how long, and where."""

    length: int
    value_at: int


@dataclass(frozen=True, slots=True)
class HeaderOf:
    """The wanted elements of one file, asked for by keyword and type."""

    dataset: Dataset
    pixels: Element | None
    deflated: bool
    file_bytes: int

    @property
    def syntax(self) -> str:
        """Transfer syntax of the pixels."""
        return syntax_of(self.dataset)

    @property
    def media_class(self) -> str:
        """Object class of the meta information."""
        return str(_value_of(self.dataset.file_meta, "MediaStorageSOPClassUID") or "")

    def text(self, keyword: str | BaseTag) -> str:
        """Give one text; ``""`` where there is none."""
        return " ".join(self.words(keyword))

    def words(self, keyword: str | BaseTag) -> tuple[str, ...]:
        """Give all texts of a multi-valued element."""
        value = self._value(keyword)
        if value is None or isinstance(value, bytes | Dataset):
            return ()
        if isinstance(value, Sequence) and not isinstance(value, str):
            return tuple(str(one).strip() for one in value)
        return (str(value).strip(),)

    def numbers(self, keyword: str | BaseTag) -> tuple[float, ...] | None:
        """Give finite numbers; None where there are none, or where one is no number.

        pydicom hands a DS that is no number on as text, without a word: hence the check.
        """
        value = self._value(keyword)
        if isinstance(value, bytes) or value is None or value == "":
            return None
        several = isinstance(value, Sequence) and not isinstance(value, str)
        try:
            numbers = tuple(float(one) for one in (value if several else [value]))
        except (TypeError, ValueError):
            return None
        return numbers if numbers and all(map(math.isfinite, numbers)) else None

    def number(self, keyword: str | BaseTag) -> float | None:
        """Give the first number, or None."""
        numbers = self.numbers(keyword)
        return numbers[0] if numbers else None

    def whole(self, keyword: str, default: int | None = None) -> int:
        """Give an integer that must be there.

        Raises
        ------
        UnusableError
            The element is absent or no integer: the file ends inside its header.
        """
        number = self.number(keyword)
        if number is None and default is not None and not self.has(keyword):
            return default
        if number is None or number != int(number):
            raise UnusableError(
                "file_truncated" if not self.has(keyword) else "file_unreadable",
                **({"reason": "a size is no number"} if self.has(keyword) else {}),
            )
        return int(number)

    def has(self, keyword: str | BaseTag) -> bool:
        """Whether the element is there and holds something."""
        value = self._value(keyword)
        return not (value is None or (isinstance(value, Sequence) and len(value) == 0))

    def _value(self, keyword: str | BaseTag) -> Any:
        return _value_of(self.dataset, keyword)


@cache
def _tag_of(keyword: str | BaseTag) -> BaseTag:
    """Look a keyword up once: by tag an element is found five times faster."""
    return keyword if isinstance(keyword, BaseTag) else Tag(keyword)


def _value_of(dataset: Dataset, keyword: str | BaseTag) -> Any:
    """Give the value of an element; None where it is absent or cannot be converted."""
    tag = _tag_of(keyword)
    try:
        return dataset[tag].value if tag in dataset else None
    except Exception:  # noqa: BLE001 (pydicom converts on access and raises what it likes)
        return None


def syntax_of(dataset: Dataset) -> str:
    """Transfer syntax; told by the encoding where the file has no meta information."""
    if meta := _value_of(dataset.file_meta, "TransferSyntaxUID"):
        return str(meta)
    implicit, little = dataset.original_encoding
    if implicit:
        return str(ImplicitVRLittleEndian)
    return str(ExplicitVRLittleEndian if little else ExplicitVRBigEndian)


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


def read_header(path: Path) -> HeaderOf:
    """Read the elements that are wanted, up to the pixels.

    Raises
    ------
    UnusableError
        The file is closed, no DICOM, ends inside its header, or is larger than a header may be.
    """
    try:
        return _read(path)
    except UnusableError:
        raise
    except Exception as error:
        raise _named(error) from error


def _read(path: Path) -> HeaderOf:
    met: list[int] = []

    def at_pixels(tag: BaseTag, _vr: str | None, length: int) -> bool:
        if tag in PIXEL_TAGS:
            met.append(length)
        return tag in PIXEL_TAGS

    with path.open("rb") as file:
        file_bytes = file.seek(0, 2)
        file.seek(0)
        first = file.read(1024)
        file.seek(0)
        deflated = _checked_start(path, first)
        dataset = read_partial(
            file, stop_when=at_pixels, force=first[128:132] != b"DICM", specific_tags=_wanted()
        )
        before_value = 8 if dataset.original_encoding[0] else 12  # implicit VR has a short form
        pixels = Element(met[-1], file.tell() + before_value) if met else None
    return HeaderOf(dataset, pixels, deflated, file_bytes)


def _checked_start(path: Path, first: bytes) -> bool:
    """Refuse what is no DICOM or inflates beyond the limit; say whether it is deflated."""
    if not looks_like_dicom(first):
        raise UnusableError("not_dicom")
    deflated = str(DeflatedExplicitVRLittleEndian).encode() in first
    if deflated:
        _check_inflation(path)
    return deflated


def _named(error: Exception) -> UnusableError:
    """Name what a parser raised, in words of our own: its text quotes values and paths."""
    match error:
        case OSError():
            return UnusableError("file_unreadable", reason="the file is closed or gone")
        case RecursionError() | MemoryError():
            return UnusableError("header_too_large", limit="nested or listed elements")
        case InvalidDicomError() | EOFError() | ValueError() | struct.error() | zlib.error():
            return UnusableError("file_truncated")
    return UnusableError("file_unreadable", reason="its elements contradict each other")


@cache
def _wanted() -> list[BaseTag | int]:
    keywords = dict.fromkeys((*KEYWORDS, *(row.dicom for row in physics().values())))
    known = (tag_for_keyword(keyword) for keyword in keywords)
    return [
        *(Tag(tag) for tag in known if tag is not None),
        *CREATORS,
        *(Tag(tag.group, tag.element >> 8) for tag in CREATORS),
    ]


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


def _check_inflation(path: Path) -> None:
    """Refuse a deflated object that grows beyond the limit, without holding it in memory."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    total = 0
    with path.open("rb") as file:
        head = file.read(1024)
        start = 132 if head[128:132] == b"DICM" else 0
        length = struct.unpack("<I", head[start + 8 : start + 12])[0]  # (0002,0000) comes first
        file.seek(start + 12 + length)
        while chunk := file.read(CHUNK_BYTES):
            while chunk and not inflater.eof:  # what follows the stream is padding
                total += len(inflater.decompress(chunk, CHUNK_BYTES))
                if total > MAX_INFLATED_BYTES:
                    limit = f"{MAX_INFLATED_BYTES // 2**20} MB"
                    raise UnusableError("header_too_large", limit=limit)
                chunk = inflater.unconsumed_tail
