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
from pydicom.dataelem import DataElement
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

MAX_INFLATED_BYTES = 512 * 2**20  # a deflated object; real MR slices are below 2 MB
CHUNK_BYTES = 2**20
UNDEFINED_LENGTH = 0xFFFFFFFF  # PS3.5 7.1.1: encapsulated pixel data

PIXEL_TAGS = (Tag(0x7FE0, 0x0008), Tag(0x7FE0, 0x0009), Tag(0x7FE0, 0x0010))
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
    *("AcquisitionDate", "AcquisitionTime", "ContentTime", "TriggerTime"),
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
        return str(self.dataset.file_meta.get("MediaStorageSOPClassUID", ""))

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
        try:
            found: Any = self.dataset.get(keyword)
            return found.value if isinstance(found, DataElement) else found
        except Exception:  # noqa: BLE001 (pydicom converts on access and raises what it likes)
            return None


def syntax_of(dataset: Dataset) -> str:
    """Transfer syntax; told by the encoding where the file has no meta information."""
    if meta := dataset.file_meta.get("TransferSyntaxUID"):
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
    met: list[Element] = []

    def at_pixels(tag: BaseTag, _vr: str | None, length: int) -> bool:
        if tag in PIXEL_TAGS:
            met.append(Element(length, 0))
            return True
        return False

    try:
        with path.open("rb") as file:
            file_bytes = file.seek(0, 2)
            file.seek(0)
            first = file.read(1024)
            file.seek(0)
            if not looks_like_dicom(first):
                raise UnusableError("not_dicom")
            deflated = str(DeflatedExplicitVRLittleEndian).encode() in first
            if deflated:
                _check_inflation(path)
            dataset = read_partial(
                file, stop_when=at_pixels, force=first[128:132] != b"DICM", specific_tags=_wanted()
            )
            at = file.tell()
            implicit = dataset.original_encoding[0]
    except OSError as error:
        raise UnusableError("file_unreadable", reason="the file is closed or gone") from error
    except (InvalidDicomError, EOFError, struct.error, ValueError, zlib.error) as error:
        raise UnusableError("file_truncated") from error
    except (RecursionError, MemoryError) as error:
        raise UnusableError("header_too_large", limit="nested or listed elements") from error
    except (AttributeError, KeyError, TypeError, NotImplementedError, IndexError) as error:
        raise UnusableError("file_unreadable", reason="its elements contradict") from error
    pixels = None
    if met:
        long_form = not implicit
        pixels = Element(met[-1].length, at + (12 if long_form else 8))
    return HeaderOf(dataset, pixels, deflated, file_bytes)


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
            while chunk:
                total += len(inflater.decompress(chunk, CHUNK_BYTES))
                if total > MAX_INFLATED_BYTES:
                    limit = f"{MAX_INFLATED_BYTES // 2**20} MB"
                    raise UnusableError("header_too_large", limit=limit)
                chunk = inflater.unconsumed_tail
