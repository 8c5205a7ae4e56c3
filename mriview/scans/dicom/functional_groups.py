"""One frame of a multi-frame object answers as a classic header does, by the same keywords.

What is true of one frame stands in its own functional groups, else in those that all frames share,
else, for some attributes, in the object (PS3.3 C.7.6.16). Here each keyword is looked up in that
order; what an answer means for a plane is decided in ``enhanced``, and the words of a classic
sequence are made from the enhanced ones in ``sequence_words``.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.tag import BaseTag
from pydicom.uid import ExplicitVRBigEndian

from mriview.errors import ScanError
from mriview.scans.dicom import nested
from mriview.scans.dicom.header import KEYWORDS, HeaderOf, UnusableError
from mriview.scans.dicom.nested import Found, Raw, Value, Wanted, value_of
from mriview.scans.dicom.parsing import opened_object
from mriview.scans.dicom.sequence_words import CLASSIC_WORDS, SOURCES
from mriview.scans.files import ScanFile
from mriview.scans.limits import MIB, limits
from mriview.vocabulary import physics

FRAME_TYPES = ("MRImageFrameTypeSequence", "CTImageFrameTypeSequence", "PETFrameTypeSequence")
_TYPE = (
    *("FrameType", "ComplexImageComponent", "AcquisitionContrast", "VolumetricProperties"),
    "VolumeBasedCalculationTechnique",
)

# Functional groups and what is asked of them (PS3.3 C.7.6.16.2, C.8.13.5, C.8.15.3, C.8.22.5).
MACROS: Mapping[str, tuple[str, ...]] = {
    "PlanePositionSequence": ("ImagePositionPatient",),
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness", "SpacingBetweenSlices"),
    "PixelValueTransformationSequence": ("RescaleSlope", "RescaleIntercept"),
    "FrameContentSequence": (
        *("StackID", "InStackPositionNumber", "TemporalPositionIndex", "DimensionIndexValues"),
        *("FrameAcquisitionNumber", "FrameAcquisitionDateTime", "FrameReferenceDateTime"),
    ),
    "TemporalPositionSequence": ("TemporalPositionTimeOffset",),
    "CardiacSynchronizationSequence": (
        *("NominalCardiacTriggerDelayTime", "NominalPercentageOfCardiacPhase"),
    ),
    "RespiratorySynchronizationSequence": ("NominalPercentageOfRespiratoryPhase",),
    **dict.fromkeys(FRAME_TYPES, _TYPE),
    "MREchoSequence": ("EffectiveEchoTime",),
    "MRDiffusionSequence": ("DiffusionBValue", "DiffusionDirectionality"),
    "MRTimingAndRelatedParametersSequence": (
        *("RepetitionTime", "FlipAngle", "EchoTrainLength", "RFEchoTrainLength"),
    ),
    "MRModifierSequence": (
        *("InversionRecovery", "InversionTimes", "InversionTime", "Spoiling", "T2Preparation"),
        *("FlowCompensation", "SpatialPresaturation", "PartialFourier", "PartialFourierDirection"),
    ),
    "MRImagingModifierSequence": ("MagnetizationTransfer",),
    "MRVelocityEncodingSequence": ("VelocityEncodingDirection",),
    "MRReceiveCoilSequence": ("ReceiveCoilName",),
    "MRFOVGeometrySequence": (
        *("InPlanePhaseEncodingDirection", "MRAcquisitionFrequencyEncodingSteps"),
        "MRAcquisitionPhaseEncodingStepsInPlane",
    ),
    "CTReconstructionSequence": ("ConvolutionKernel",),
    "CTXRayDetailsSequence": ("KVP",),
    "ContrastBolusUsageSequence": ("ContrastBolusAgentAdministered",),
}
# Groups that are another's for each frame.
OF_ONE_FRAME = (
    *("PlanePositionSequence", "FrameContentSequence", "TemporalPositionSequence"),
    *("CardiacSynchronizationSequence", "RespiratorySynchronizationSequence"),
)
# Attributes of converted classic images that no functional group has (PS3.3 C.7.6.16.2.25, 26).
UNASSIGNED = (
    "UnassignedPerFrameConvertedAttributesSequence",
    "UnassignedSharedConvertedAttributesSequence",
)
# Keywords that say the same, the enhanced one first; every other keyword is its own.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "EchoTime": ("EffectiveEchoTime", "EchoTime"),
    "EchoTrainLength": ("EchoTrainLength", "RFEchoTrainLength"),
    "InversionTime": ("InversionTimes", "InversionTime"),
    "TemporalPositionIndex": ("TemporalPositionIndex", "TemporalPositionIdentifier"),
    "FrameAcquisitionNumber": ("FrameAcquisitionNumber", "AcquisitionNumber"),
    "NominalCardiacTriggerDelayTime": ("NominalCardiacTriggerDelayTime", "TriggerTime"),
}
# What the object says of these is about one image: with several frames it is that of the first.
OF_ONE_IMAGE = frozenset(
    {"ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceLocation"}
)

PER_FRAME, SHARED = 0x52009230, 0x52009229
_TOP = (
    *("AcquisitionDateTime", "ContentDate", "ConcatenationFrameOffsetNumber", *SOURCES),
    *(keyword for keyword in _TYPE if keyword != "FrameType"),
)
_TOP_SEQUENCES = {
    "DimensionIndexSequence": ("DimensionIndexPointer",),
    "ContrastBolusAgentSequence": ("CodeMeaning", "ContrastBolusVolume"),
}
_CONTRAST = {"ContrastBolusAgent": "CodeMeaning", "ContrastBolusVolume": "ContrastBolusVolume"}
_RESCALE = frozenset({"RescaleSlope", "RescaleIntercept"})
# Makers' own image types: sequence of the frame, creator, its word, element.
PRIVATE_TYPES = (
    (0x002111FE, 0x00210011, "SIEMENS MR SDI 02", 0x00211175),  # image type with all values
    (0x2005140F, 0x20050010, "Philips MR Imaging DD 001", 0x20051011),  # M, P, R, I, B0 ...
    (0x2005140F, 0x20050014, "Philips MR Imaging DD 005", 0x20051429),  # label or control
)


@dataclass(frozen=True, slots=True)
class FunctionalGroups:
    """The elements of one object: its own, those that its frames share, those of each frame.

    Parameters
    ----------
    top, shared : Found
        One each.
    frames : tuple of Found
        By frame; empty where the object has no functional groups.
    """

    top: Found
    shared: Found
    frames: tuple[Found, ...]

    @property
    def twice(self) -> int:
        """Count the groups that stand both for one frame and for all."""
        both = [tag for tag in map(tag_of, MACROS) if items_of(self.shared, tag)]
        return sum(any(items_of(frame, tag) for frame in self.frames) for tag in both)

    def number(self, keyword: str) -> float | None:
        """Give a number that the object says of itself; None where it says none."""
        value = value_in(self.top, tag_of(keyword))
        return float(value[0]) if value and not isinstance(value[0], str) else None

    @property
    def dimensions(self) -> tuple[int, ...]:
        """Tags that the dimensions of the object are named after; 0 where one has no name."""
        items = items_of(self.top, tag_of("DimensionIndexSequence"))
        named = (value_in(item, tag_of("DimensionIndexPointer")) for item in items)
        return tuple(int(value[0]) if value else 0 for value in named)


def read_groups(file: ScanFile, header: HeaderOf) -> FunctionalGroups:
    """Read what stands inside the sequences of a multi-frame object.

    Raises
    ------
    UnusableError
        The header is cut, contradicts itself, or is beyond a limit; the file is closed.
    """
    if header.pixels is None:
        raise UnusableError("file_truncated")
    if header.pixels.value_at > (most := limits().header_bytes):
        raise UnusableError("header_too_large", limit=f"{most // MIB} MB")
    try:
        stream = opened_object(file)
        with stream:
            data = stream.read(header.pixels.value_at)
    except OSError as error:
        raise UnusableError("file_unreadable", reason="the file is closed or gone") from error
    except ScanError as error:
        raise UnusableError(error.code, **error.evidence) from error
    return groups_in(data, is_little=header.syntax != ExplicitVRBigEndian)


def groups_in(data: bytes, *, is_little: bool = True) -> FunctionalGroups:
    """Find the functional groups in the bytes of a header, up to the pixels or beyond.

    Raises
    ------
    UnusableError
        The header is cut, contradicts itself, or is beyond a limit.
    """
    top = nested.walk(data, _wanted(), is_little=is_little)
    shared, frames = (items_of(top, tag) for tag in (SHARED, PER_FRAME))
    return FunctionalGroups(top, shared[0] if shared else {}, frames)


@dataclass(frozen=True, slots=True)
class FrameHeader(HeaderOf):
    """What is true of one frame, asked for as in a classic header.

    Parameters
    ----------
    enclosing : HeaderOf
        The object itself.
    groups : FunctionalGroups
        All groups of the object.
    own : Found
        The groups of this frame.
    is_alone : bool
        Whether the object has no other frame.
    """

    enclosing: HeaderOf
    groups: FunctionalGroups
    own: Found
    is_alone: bool

    @property
    def syntax(self) -> str:
        """Transfer syntax of the pixels."""
        return self.enclosing.syntax

    @property
    def media_class(self) -> str:
        """Object class of the meta information."""
        return self.enclosing.media_class

    def tags(self) -> Collection[int]:
        """Elements of the object; what stands in its groups has no tag of its own."""
        return self.enclosing.tags()

    def value(self, keyword: str | BaseTag) -> Any:
        """Give a value as texts or numbers; None where nobody says it."""
        if not isinstance(keyword, str):
            return self.enclosing.value(keyword)
        if keyword in CLASSIC_WORDS and (made := CLASSIC_WORDS[keyword](self)) is not None:
            return made
        if keyword in _CONTRAST and (said := self._contrast(keyword)) is not None:
            return said
        names = SYNONYMS.get(keyword, (keyword,))
        for look in (self.in_groups, self._unassigned, self._of_object):
            for name in names:
                if (found := look(name)) is not None:
                    return found
        return None

    def in_groups(self, keyword: str) -> Value | None:
        """Find a value in the functional groups: those of the frame, else the shared ones."""
        tag = tag_of(keyword)
        for macro in _homes().get(tag, ()):
            for group in (self.own, self.groups.shared):
                for item in items_of(group, macro)[:1]:
                    if (value := value_in(item, tag)) is not None:
                        return value
        return None

    def own_elements(self) -> dict[int, Raw]:
        """Gather what the groups say of this frame alone, and what was not converted of it."""
        found: dict[int, Raw] = {}
        for macro in (UNASSIGNED[0], *OF_ONE_FRAME):
            for item in items_of(self.own, tag_of(macro))[:1]:
                found |= {tag: raw for tag, raw in item.items() if isinstance(raw, Raw)}
        return found

    def item(self, macro: str) -> Found | None:
        """Give a functional group of the frame, else the shared one; None where there is none."""
        tag = tag_of(macro)
        found = items_of(self.own, tag) or items_of(self.groups.shared, tag)
        return found[0] if found else None

    def shared_key(self) -> Hashable:
        """Give what is equal for frames of one object that differ in place and time at most."""
        said = ((tag, id(items)) for tag, items in self.own.items() if tag not in _left_out())
        return tuple(sorted(said)), self.private_type()  # equal groups are one object: ``nested``

    def private_type(self) -> tuple[str, ...]:
        """Give the image types that makers write in words of their own."""
        found: list[str] = []
        for sequence, creator, name, element in PRIVATE_TYPES:
            for item in items_of(self.own, sequence)[:1]:
                if value_in(item, creator) == (name,):
                    found += map(str, value_in(item, element) or ())
        return tuple(found)

    def _contrast(self, keyword: str) -> Value | None:
        """Say which agents were given before this frame; ``NONE`` where it was made without."""
        agents = items_of(self.groups.top, tag_of("ContrastBolusAgentSequence"))
        usage = tag_of("ContrastBolusUsageSequence")
        uses = items_of(self.own, usage) or items_of(self.groups.shared, usage)
        given = {value_in(use, tag_of("ContrastBolusAgentAdministered")) for use in uses}
        if not agents:
            return None
        if given == {("NO",)}:
            return ("NONE",)
        found = (value_in(agent, tag_of(_CONTRAST[keyword])) for agent in agents)
        return next((value for value in found if value is not None), None)

    def _is_stale(self, keyword: str) -> bool:
        """Whether what the object itself says is about its first frame, or of before a rescale."""
        if keyword in OF_ONE_IMAGE:
            return not self.is_alone
        return keyword in _RESCALE and self.item("PixelValueTransformationSequence") is not None

    def _of_object(self, keyword: str) -> Any:
        if self._is_stale(keyword):
            return None
        found = value_in(self.groups.top, tag_of(keyword))
        return self.enclosing.value(keyword) if found is None else found

    def _unassigned(self, keyword: str) -> Value | None:
        tag = tag_of(keyword)
        for group in (self.own, self.groups.shared):
            for sequence in UNASSIGNED:
                for item in items_of(group, tag_of(sequence))[:1]:
                    if (value := value_in(item, tag)) is not None:
                        return value
        return None


def items_of(found: Found, tag: int) -> tuple[Found, ...]:
    """Give the items of a sequence; none where it is absent."""
    items = found.get(tag, ())
    return () if isinstance(items, Raw) else items


def value_in(found: Found, tag: int) -> Value | None:
    """Give the value of an element; None where it is absent, empty or a sequence."""
    raw = found.get(tag)
    return value_of(raw) if isinstance(raw, Raw) else None


@cache
def tag_of(keyword: str) -> int:
    """Give the tag of a keyword of the standard."""
    return tag_for_keyword(keyword) or 0


@cache
def _homes() -> Mapping[int, tuple[int, ...]]:
    """In which functional groups an element may stand."""
    homes: dict[int, tuple[int, ...]] = {}
    for macro, keywords in MACROS.items():
        for keyword in keywords:
            homes[tag_of(keyword)] = (*homes.get(tag_of(keyword), ()), tag_of(macro))
    return homes


@cache
def _left_out() -> frozenset[int]:
    """Which groups say nothing that frames share: makers' own are asked for their types only."""
    return frozenset(map(tag_of, OF_ONE_FRAME)) | {row[0] for row in PRIVATE_TYPES}


def _vrs(keywords: Iterable[str]) -> dict[int, Wanted | str]:
    return {tag_of(keyword): dictionary_VR(tag_of(keyword)) for keyword in keywords}


@cache
def _groups() -> dict[int, Wanted | str]:
    classic = _vrs({*KEYWORDS, *(row.dicom for row in physics().values())} - OF_ONE_IMAGE)
    wanted: dict[int, Wanted | str] = {tag_of(macro): _vrs(of) for macro, of in MACROS.items()}
    wanted |= {tag_of(sequence): classic for sequence in UNASSIGNED}
    for sequence, creator, _, element in PRIVATE_TYPES:
        elements = wanted.setdefault(sequence, {})
        if isinstance(elements, dict):
            elements |= {creator: "LO", element: "CS"}
    return wanted


@cache
def _wanted() -> dict[int, Wanted | str]:
    return {
        **_vrs(_TOP),
        **{tag_of(sequence): _vrs(of) for sequence, of in _TOP_SEQUENCES.items()},
        PER_FRAME: _groups(),
        SHARED: _groups(),
    }
