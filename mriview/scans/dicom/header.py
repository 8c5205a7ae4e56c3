"""One DICOM header as checked values: tags, types, and where the pixels begin.

pydicom reads the elements; here they are turned into numbers that are numbers, directions that are
directions, and text that is never shown. What an object is good for is decided in ``classic``; the
pixels are not touched.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from pydicom.datadict import dictionary_has_tag, dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from mriview.values import Problem, problem
from mriview.vocabulary import physics

UNDEFINED_LENGTH = 0xFFFFFFFF  # PS3.5 7.1.1: encapsulated pixel data
MOST_VALUE_BYTES = 2**16  # of text and numbers: no VR of theirs can be longer where it is written

MOSAIC_COUNT = Tag(0x0019, 0x100A)  # Siemens private: images in a mosaic
SIEMENS_CSA = Tag(0x0029, 0x1010)  # Siemens private: see ``csa``
UIH_COUNT, UIH_TILES = Tag(0x0065, 0x1050), Tag(0x0065, 0x1051)  # see ``uih_grid``
GE_PULSE_NAME, PHILIPS_TECHNIQUE = Tag(0x0019, 0x109C), Tag(0x2001, 0x1020)
GE_COMPONENT, PHILIPS_COMPONENT = Tag(0x0043, 0x102F), Tag(0x2005, 0x1011)  # magnitude, phase ...
PHILIPS_LABEL = Tag(0x2005, 0x1429)  # of arterial spins: LABEL or CONTROL
PHILIPS_PHASE = Tag(0x2001, 0x1008)  # which of the moments that are measured in each repetition
SIEMENS_B, GE_B, PHILIPS_B = Tag(0x0019, 0x100C), Tag(0x0043, 0x1039), Tag(0x2001, 0x1003)
CREATORS = {  # a private element means something only below its maker's word
    MOSAIC_COUNT: "SIEMENS MR HEADER",
    SIEMENS_CSA: "SIEMENS CSA HEADER",
    SIEMENS_B: "SIEMENS MR HEADER",
    GE_PULSE_NAME: "GEMS_ACQU_01",
    GE_B: "GEMS_PARM_01",
    PHILIPS_TECHNIQUE: "Philips Imaging DD 001",
    PHILIPS_B: "Philips Imaging DD 001",
    GE_COMPONENT: "GEMS_PARM_01",
    PHILIPS_COMPONENT: "Philips MR Imaging DD 001",
    PHILIPS_LABEL: "Philips MR Imaging DD 005",
    PHILIPS_PHASE: "Philips Imaging DD 001",
    UIH_COUNT: "Image Private Header",
    UIH_TILES: "Image Private Header",
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
    *("ContrastBolusVolume", "ContrastBolusStartTime", "EchoNumbers", "ComplexImageComponent"),
    *("InstanceNumber", "InPlanePhaseEncodingDirection", "TemporalPositionIdentifier"),
    *("AcquisitionNumber", "AcquisitionDate", "AcquisitionTime", "ContentTime", "TriggerTime"),
    "ModalityLUTSequence",
)
# Looked for in every block: without them a mosaic cannot be placed, and what was labelled and what
# was not would be one volume. The block that their makers reserve is the same in all other files.
ANY_BLOCK = (MOSAIC_COUNT, SIEMENS_CSA, PHILIPS_LABEL)
_LONG_GROUPS = (SIEMENS_CSA.group, UIH_TILES.group)  # of tables, not of text
BLOCKS = range(0x10, 0x100)  # PS3.5 7.8.1: a maker reserves one of them by its word


class UnusableError(Exception):
    """A header that gives no plane; carries the problem to the reader, never further."""

    def __init__(self, code: str, **evidence: object) -> None:
        self.problem: Problem = problem(code, None, **{"files": 1, **evidence})
        super().__init__(code)


class Element(NamedTuple):
    """What was met at the end of the header: pixel data, how long, and where."""

    length: int
    value_at: int


class HeaderOf(ABC):
    """The wanted elements of one file, asked for by keyword and type, whoever read them."""

    pixels: Element | None
    file_bytes: int  # of the object: inflated where it was compressed

    @property
    @abstractmethod
    def syntax(self) -> str:
        """Transfer syntax of the pixels."""

    @property
    @abstractmethod
    def media_class(self) -> str:
        """Object class of the meta information."""

    @abstractmethod
    def tags(self) -> Collection[int]:
        """Elements that are there."""

    @abstractmethod
    def value(self, keyword: str | BaseTag) -> Any:
        """Give what pydicom makes of an element; None where it is absent or not convertible."""

    def text(self, keyword: str | BaseTag) -> str:
        """Give one text; ``""`` where there is none."""
        words = self.words(keyword)
        return words[0] if len(words) == 1 else " ".join(words)

    def words(self, keyword: str | BaseTag) -> tuple[str, ...]:
        """Give all texts of a multi-valued element."""
        value = self.value(keyword)
        if isinstance(value, str):
            return (value.strip(),)
        if value is None or isinstance(value, bytes | Dataset):
            return ()
        if isinstance(value, list | tuple | Sequence):
            return tuple([str(one).strip() for one in value])
        return (str(value).strip(),)

    def numbers(self, keyword: str | BaseTag) -> tuple[float, ...] | None:
        """Give finite numbers; None where there are none, or where one is no number.

        pydicom hands a DS that is no number on as text, without a word: hence the check.
        """
        value = self.value(keyword)
        if value is None or isinstance(value, bytes) or value == "":
            return None
        several = not isinstance(value, str) and isinstance(value, list | tuple | Sequence)
        try:
            numbers = tuple([_float(one) for one in value] if several else [_float(value)])
        except (TypeError, ValueError, OverflowError):  # an IS may have hundreds of digits
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
        value = self.value(keyword)
        return value is not None and not (isinstance(value, str | list | Sequence) and not value)

    def raw(self, tag: BaseTag) -> bytes:
        """Give the bytes of an element that is bytes; none where it is absent or anything else."""
        value = self.value(tag)
        return value if isinstance(value, bytes) else b""

    def private(self, tag: BaseTag) -> BaseTag | None:
        """Find where a maker's element lies in this file, whatever block its creator reserved.

        Parameters
        ----------
        tag : BaseTag
            One of ``CREATORS``, in the block of its key there.
        """
        creators = tag.group << 8  # (gggg,00bb): below them, whole, lie the elements of block bb
        for creator in sorted(there for there in self.tags() if there >> 8 == creators):
            block = creator & 0xFF
            if self.text(BaseTag(creator)).startswith(CREATORS[tag]):
                return _in_group(tag, block << 8 | tag.element & 0xFF)
        return None

    def private_text(self, tag: BaseTag) -> str:
        """Give a maker's text, even where the file has no VR for it; ``""`` where there is none.

        Parameters
        ----------
        tag : BaseTag
            One of ``CREATORS``, in the block of its key there.
        """
        there = self.private(tag)
        if there is None:
            return ""
        unknown = self.raw(there).decode("latin-1").strip("\0 ")
        return unknown if unknown.isprintable() and unknown else self.text(there)


@dataclass(frozen=True, slots=True)
class DatasetHeader(HeaderOf):
    """A header that pydicom read, whatever its encoding."""

    dataset: Dataset
    pixels: Element | None
    file_bytes: int

    @property
    def syntax(self) -> str:
        """Transfer syntax of the pixels."""
        return syntax_of(self.dataset)

    @property
    def media_class(self) -> str:
        """Object class of the meta information."""
        return str(_value_of(self.dataset.file_meta, "MediaStorageSOPClassUID") or "")

    def tags(self) -> Collection[int]:
        """Elements that are there."""
        return self.dataset.keys()

    def value(self, keyword: str | BaseTag) -> Any:
        """Give what pydicom makes of an element; None where it is absent or not convertible."""
        return _value_of(self.dataset, keyword)


def _float(value: Any) -> float:
    """Read a number as the standard writes it: Python's own reading allows 1_0 and other digits."""
    written = getattr(value, "original_string", value)  # pydicom has read it before
    if isinstance(written, str) and ("_" in written or not written.isascii()):
        raise ValueError
    return float(value)


def creator_of(tag: BaseTag) -> BaseTag:
    """Give the element whose word says what a private one means."""
    return _in_group(tag, tag.element >> 8)


def _in_group(tag: BaseTag, element: int) -> BaseTag:
    return BaseTag(tag.group << 16 | element)


@cache
def _tag_of(keyword: str | BaseTag) -> BaseTag:
    """Look a keyword up once: by tag an element is found five times faster."""
    return keyword if isinstance(keyword, BaseTag) else Tag(keyword)


def _value_of(dataset: Dataset, keyword: str | BaseTag) -> Any:
    """Give the value of an element; None where it is absent or cannot be converted."""
    tag = _tag_of(keyword)
    raw = dataset.get_item(tag) if tag in dataset else None
    if isinstance(raw, RawDataElement) and raw.value is not None:
        if (raw.VR or _dictionary_vr(tag)) == "SQ":  # asked only whether it is there
            return raw.value
        if len(raw.value) > MOST_VALUE_BYTES and tag.group not in _LONG_GROUPS:
            return None
    try:
        return dataset[tag].value if tag in dataset else None
    except Exception:  # noqa: BLE001 (pydicom converts on access and raises what it likes)
        return None


def _dictionary_vr(tag: BaseTag) -> str:
    return dictionary_VR(tag) if dictionary_has_tag(tag) else ""


def syntax_of(dataset: Dataset) -> str:
    """Transfer syntax; told by the encoding where the file has no meta information."""
    if meta := _value_of(dataset.file_meta, "TransferSyntaxUID"):
        return str(meta)
    implicit, little = dataset.original_encoding
    if implicit:
        return str(ImplicitVRLittleEndian)
    return str(ExplicitVRLittleEndian if little else ExplicitVRBigEndian)


def tags_of(*keywords: str) -> tuple[int, ...]:
    """Look up the tags of keywords that the standard has."""
    known = (tag_for_keyword(keyword) for keyword in keywords)
    return tuple(tag for tag in known if tag is not None)


@cache
def wanted() -> list[BaseTag | int]:
    """Elements that are read: the keywords, the makers' own and their creators."""
    keywords = dict.fromkeys((*KEYWORDS, *(row.dicom for row in physics().values())))
    known = (tag_for_keyword(keyword) for keyword in keywords)
    return [
        *(Tag(tag) for tag in known if tag is not None),
        *CREATORS,
        *map(creator_of, CREATORS),
        *(_in_group(tag, block) for tag in ANY_BLOCK for block in BLOCKS),
        *(_in_group(tag, b << 8 | tag.element & 0xFF) for tag in ANY_BLOCK for b in BLOCKS),
    ]
