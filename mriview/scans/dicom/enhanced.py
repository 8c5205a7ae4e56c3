"""Enhanced and converted multi-frame objects: header to planes, one a frame.

Frames come in any order; each has a place, an orientation, a rescale, a kind and times of its own.
Nothing is taken from their order or from the numbers of stacks but what the positions confirm. How
an attribute is found is in ``functional_groups``; which frames make a volume, ``split`` decides.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mriview.scans.dicom.acquisition import acquired_mm, acquisition_of, kind_of
from mriview.scans.dicom.classic import (
    NAME,
    check_complete,
    check_length,
    directions_of,
    encoding_of,
    position_of,
    rescale_of,
    spacing_of,
)
from mriview.scans.dicom.dimensions import Kind, Spot, told_apart
from mriview.scans.dicom.frame_times import FrameTimes
from mriview.scans.dicom.functional_groups import (
    FrameHeader,
    FunctionalGroups,
    read_groups,
    tag_of,
)
from mriview.scans.dicom.header import UNDEFINED_LENGTH, HeaderOf, UnusableError
from mriview.scans.dicom.nested import Found, value_of
from mriview.scans.files import ScanFile
from mriview.scans.headers import Acquisition, Header, Owner, Plane, Point, Unread
from mriview.values import problem

# Frames that were computed through a volume and lie nowhere in it (PS3.3 C.8.16.2.1.3).
PROJECTIONS = frozenset({"MAX_IP", "MIN_IP", "VOLUME_RENDER", "SURFACE_RENDER", "CURVED_MPR"})

NUMBERS_OF_AN_OBJECT = 1_000_000  # between the frames of one object and those of the next

_NO_COMPONENT = frozenset({"", "MAGNITUDE", "MIXED"})
# Frames that were computed though they lie in the patient. DISTORTED counts as measured: scanners
# write it of original frames.
_COMPUTED = frozenset({"MPR", "SAMPLED"})
_INDEX = tag_of("DimensionIndexValues")
# Attributes that separate volumes where frames would share a place without them.
_HINTS = {
    "contrast": "AcquisitionContrast",
    "volumetric": "VolumetricProperties",
    "coil": "ReceiveCoilName",
    "velocity": "VelocityEncodingDirection",
    "inversion_ms": "InversionTime",
    "kernel": "ConvolutionKernel",
    "tube_kv": "KVP",
}


def planes_of(file: ScanFile, header: HeaderOf, owner: Owner) -> list[Header]:
    """Check a multi-frame object and give its frames.

    Parameters
    ----------
    file : ScanFile
        Where it lies.
    header : HeaderOf
        What the object says of itself.
    owner : Owner
        Whose it is.

    Returns
    -------
    list of Plane
        One a frame, in the order of the pixels, and one `Unread` where some of the frames are
        projections.

    Raises
    ------
    UnusableError
        A frame has no sound place or rescale, or the object contradicts itself, is cut, or is
        beyond a limit: then none of its frames is given.
    """
    pixels = check_complete(header)
    groups = read_groups(file, header)
    count = _check_count(header, groups)
    encoding = encoding_of(header, count)
    check_length(header, pixels, encoding)
    owns: tuple[Found, ...] = groups.frames or ({},)
    common = FrameHeader(header, groups, {}, is_alone=count == 1)
    gathered = _Gathered((encoding.columns, encoding.rows), FrameTimes(common))
    frames = (FrameHeader(header, groups, own, is_alone=count == 1) for own in owns)
    found = {n: image for n, frame in enumerate(frames) if (image := gathered.image_of(frame))}
    if not found:
        raise UnusableError("derived_mip")
    kinds, orders = told_apart([image.spot for image in found.values()], groups.dimensions)
    instance, frame_of_reference = header.text("SOPInstanceUID"), header.text("FrameOfReferenceUID")
    pixels_bytes = None if pixels.length == UNDEFINED_LENGTH else pixels.length
    first_number = _first_number(header, groups)
    twice = groups.twice
    notes = (problem("functional_group_twice", groups=twice),) if twice else ()
    planes = [
        Plane(
            reader=NAME,
            file=file,
            frame=n,
            owner=owner,
            columns=encoding.columns,
            rows=encoding.rows,
            position_mm=image.position_mm,
            along_i=image.said.along_i,
            along_j=image.said.along_j,
            spacing_mm=image.said.spacing_mm,
            instance=instance,
            frame_of_reference=frame_of_reference,
            kind=kind,
            times=MappingProxyType({**image.times, **_ordered(order)}),
            number=first_number + n,
            slope=image.said.slope,
            intercept=image.said.intercept,
            encoding=encoding,
            pixels_at=pixels.value_at,
            pixels_bytes=pixels_bytes,
            acquisition=image.said.acquisition,
            acquired_mm=image.said.acquired_mm,
            notes=notes,
        )
        for (n, image), kind, order in zip(found.items(), kinds, orders, strict=True)
    ]
    if len(planes) == count:
        return [*planes]
    return [*planes, Unread(file, problem("derived_mip", files=1), owner)]


@dataclass(frozen=True, slots=True)
class _Said:
    """What frames say of themselves in groups that many of them have in common."""

    along_i: Point
    along_j: Point
    spacing_mm: tuple[float, float]
    slope: float
    intercept: float
    kind: Kind
    hints: Mapping[str, str]
    acquisition: Acquisition
    acquired_mm: tuple[float, float, float] | None
    directions: tuple[float, ...]  # equal for frames of one orientation


@dataclass(frozen=True, slots=True)
class _Image:
    """One frame: its place, what it has in common with others, and what tells it apart."""

    position_mm: Point
    said: _Said
    spot: Spot
    times: dict[str, float]


class _Gathered:
    """Images of one object; what frames have in common is checked once and is one value."""

    def __init__(self, size: tuple[int, int], times: FrameTimes) -> None:
        self.size = size
        self.times = times
        self.met: dict[Hashable, _Said | None] = {}

    def image_of(self, frame: FrameHeader) -> _Image | None:
        """Check one frame; None where it is a projection, which has no place.

        Raises
        ------
        UnusableError
            Its geometry or its rescale is absent or invalid.
        """
        key = frame.shared_key()
        if key not in self.met:
            self.met[key] = self._checked(frame)
        if (said := self.met[key]) is None:
            return None
        position_mm = x, y, z = position_of(frame)
        place = round(x, 2), round(y, 2), round(z, 2), said.directions
        own = frame.own_elements()
        index = value_of(own[_INDEX]) if _INDEX in own else None
        whole = tuple(n for n in index or () if isinstance(n, int))
        spot = Spot(said.kind, place, said.hints, whole)
        return _Image(position_mm, said, spot, self.times.of(own))

    def _checked(self, frame: FrameHeader) -> _Said | None:
        if frame.text("VolumeBasedCalculationTechnique") in PROJECTIONS:
            return None
        along_i, along_j = directions_of(frame)
        spacing_mm, (slope, intercept) = spacing_of(frame), rescale_of(frame)
        image_type = _image_type_of(frame)
        kind = kind_of(frame, image_type)
        if directionality := frame.text("DiffusionDirectionality"):
            kind = (*kind, ("diffusion", directionality))
        hints = {name: "\\".join(frame.words(keyword)) for name, keyword in _HINTS.items()}
        said = _Said(
            along_i=along_i,
            along_j=along_j,
            spacing_mm=spacing_mm,
            slope=slope,
            intercept=intercept,
            kind=kind,
            hints={**hints, "made": "\\".join(image_type[:2])},
            acquisition=acquisition_of(frame, image_type),
            acquired_mm=acquired_mm(frame, spacing_mm, self.size),
            directions=tuple(round(value, 4) for value in (*along_i, *along_j)),
        )
        return next((met for met in self.met.values() if met == said), said)


def _ordered(order: float | None) -> dict[str, float]:
    return {} if order is None else {"dimensions": order}


def _image_type_of(frame: FrameHeader) -> tuple[str, ...]:
    """Give the frame's type, the object's where it has none, and what else says how it was made."""
    words = frame.words("FrameType") or frame.words("ImageType")
    component = frame.text("ComplexImageComponent")
    made = {frame.text("VolumeBasedCalculationTechnique"), frame.text("VolumetricProperties")}
    more = (*frame.private_type(), *(() if component in _NO_COMPONENT else (component,)))
    more = (*more, *sorted(made & _COMPUTED))
    first = tuple(word.upper() for word in words)
    return (*first, *(word for word in dict.fromkeys(more) if word not in first))


def _first_number(header: HeaderOf, groups: FunctionalGroups) -> int:
    """Give the number of the first frame, counted through the objects of the series."""
    offset = groups.number("ConcatenationFrameOffsetNumber")
    if offset is not None:
        return int(offset)
    return int(header.number("InstanceNumber") or 0) * NUMBERS_OF_AN_OBJECT


def _check_count(header: HeaderOf, groups: FunctionalGroups) -> int:
    """Refuse an object whose frames and functional groups are not equally many."""
    count, found = header.whole("NumberOfFrames", default=1), len(groups.frames)
    if not found and count != 1:
        raise UnusableError("geometry_missing", what="functional groups, which place its frames")
    if found and count != found:
        raise UnusableError("frames_contradict_groups", frames=count, groups=found)
    return count
