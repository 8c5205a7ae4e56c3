"""Classic MR and CT images, one frame a file: header to plane.

A header is checked until nothing in it can put a voxel in a wrong place or give it a wrong value:
geometry, pixel layout, rescale, length. What cannot be checked before the pixels are decoded is
refused while loading (``pixels``). Enhanced objects and mosaics have rooms of their own.
"""

import hashlib
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mriview.scans.dicom import codecs
from mriview.scans.dicom.acquisition import (
    TIMES,
    acquired_mm,
    acquisition_of,
    kind_of,
    mosaic_count,
    times_of,
)
from mriview.scans.dicom.header import (
    PHILIPS_PHASE,
    UNDEFINED_LENGTH,
    Element,
    HeaderOf,
    UnusableError,
    creator_of,
    tags_of,
)
from mriview.scans.files import ScanFile
from mriview.scans.headers import Encoding, Owner, Plane, Point
from mriview.scans.limits import limits

NAME = "dicom"
PATIENT_HEX = 32
UNIT_TOLERANCE = 1e-3  # of |r|, |c| and r.c: dicom page, section 2
MAX_DISTANCE_MM = 10_000.0  # of a voxel from the origin: scanners are smaller
# What differs between the images of one series; all else makes them images of one kind. A private
# moment says nothing without its creator, which is shared.
PER_FILE = (
    *tags_of("SOPInstanceUID", "ImagePositionPatient", "InstanceNumber"),
    *(tag for _, told_by in TIMES.values() for tag in told_by if tag != creator_of(PHILIPS_PHASE)),
)
# What says whose an image is: it differs between patients who were examined in the same way.
WHOSE = tags_of("StudyInstanceUID", "SeriesInstanceUID", "PatientID", "FrameOfReferenceUID")
MIN_SPACING_MM, MAX_SPACING_MM = 0.001, 100.0  # of pixels: beyond them a header lies


def owner_of(header: HeaderOf) -> Owner:
    """Tell whose an object is; of the patient only a digest is needed, and kept."""
    series = header.text("SeriesInstanceUID")
    study = header.text("StudyInstanceUID")
    patient = header.text("PatientID").encode("utf-8", "surrogateescape")
    return Owner(study, hashlib.sha256(patient).hexdigest()[:PATIENT_HEX], series)


def image_type_of(header: HeaderOf) -> tuple[str, ...]:
    """Give ImageType in upper case."""
    return tuple(word.upper() for word in header.words("ImageType"))


def is_mosaic(header: HeaderOf) -> bool:
    """Whether a classic image holds several slices side by side."""
    return "MOSAIC" in image_type_of(header) or mosaic_count(header) > 1


def plane_of(
    file: ScanFile, header: HeaderOf, owner: Owner, position_mm: Point | None = None
) -> Plane:
    """Check a classic header and give its one image.

    Parameters
    ----------
    file : ScanFile
        Its file.
    header : HeaderOf
        Its header.
    owner : Owner
        Whose it is.
    position_mm : (float, float, float) or None
        The place of its first pixel, LPS mm, where the header tells it elsewhere than in its own
        ImagePositionPatient.

    Raises
    ------
    UnusableError
        Its geometry, pixels, rescale or length are absent, invalid or not read here.
    """
    pixels = check_complete(header)
    image_type = image_type_of(header)
    frames = header.whole("NumberOfFrames", default=1)
    if frames > 1:
        raise UnusableError("multiframe_not_supported", frames=frames)
    encoding = encoding_of(header, frames=1)
    check_length(header, pixels, encoding)
    position = position_of(header) if position_mm is None else position_mm
    along_i, along_j = directions_of(header)
    slope, intercept = rescale_of(header)
    spacing = spacing_of(header)
    size = encoding.columns, encoding.rows
    return Plane(
        reader=NAME,
        file=file,
        owner=owner,
        columns=encoding.columns,
        rows=encoding.rows,
        position_mm=position,
        along_i=along_i,
        along_j=along_j,
        spacing_mm=spacing,
        instance=header.text("SOPInstanceUID"),
        frame_of_reference=header.text("FrameOfReferenceUID"),
        kind=kind_of(header, image_type),
        times=MappingProxyType(times_of(header)),
        number=int(header.number("InstanceNumber") or 0),
        slope=slope,
        intercept=intercept,
        encoding=encoding,
        pixels_at=pixels.value_at,
        pixels_bytes=None if pixels.length == UNDEFINED_LENGTH else pixels.length,
        acquisition=acquisition_of(header, image_type),
        acquired_mm=acquired_mm(header, spacing, size),
    )


def encoding_of(header: HeaderOf, frames: int) -> Encoding:
    """Check how an image is encoded.

    Raises
    ------
    UnusableError
        It is coloured, has no size, or a layout or transfer syntax that is not read.
    """
    samples = header.whole("SamplesPerPixel", default=1)
    colours = header.text("PhotometricInterpretation")
    if samples != 1 or not colours.startswith("MONOCHROME"):
        raise UnusableError("colour_image", samples=samples)
    rows, columns = header.whole("Rows"), header.whole("Columns")
    if min(rows, columns) < 1:
        raise UnusableError("geometry_invalid", what=f"size is {columns} x {rows} pixels")
    allocated, high = header.whole("BitsAllocated"), header.whole("HighBit")
    stored = header.whole("BitsStored")
    if allocated not in {8, 16, 32} or not 1 <= stored <= allocated or high != stored - 1:
        raise UnusableError(
            "pixel_layout_unsupported", allocated=allocated, stored=stored, high=high
        )
    if not codecs.is_decodable(header.syntax):
        raise UnusableError("transfer_syntax_unsupported")
    signed = header.whole("PixelRepresentation") == 1
    return Encoding(header.syntax, columns, rows, frames, allocated, stored, signed)


def check_length(header: HeaderOf, pixels: Element, encoding: Encoding) -> None:
    """Refuse uncompressed pixels that end too early, and sizes beyond the limits.

    Raises
    ------
    UnusableError
        ``pixel_data_truncated``, ``voxels_too_large`` or ``pixel_layout_unsupported``.
    """
    need = encoding.frame_bytes * encoding.frames
    if encoding.frame_bytes > limits().frame_bytes:
        evidence = {"gib": round(encoding.frame_bytes / 2**30, 2)}
        limit_gib = round(limits().frame_bytes / 2**30, 2)
        raise UnusableError("voxels_too_large", **evidence, limit_gib=limit_gib)
    if codecs.is_encapsulated(header.syntax):
        return
    length, there = pixels.length, header.file_bytes - pixels.value_at
    if length == UNDEFINED_LENGTH:
        raise UnusableError(
            "pixel_layout_unsupported",
            allocated=encoding.allocated,
            stored=encoding.stored,
            high=encoding.stored - 1,
        )
    if min(length, there) < need:
        raise UnusableError("pixel_data_truncated", missing_bytes=need - min(length, there))
    if length > there + 1:  # the last byte may be padding; more than it means a lie or a cut
        raise UnusableError("pixel_data_truncated", missing_bytes=length - there)


def check_complete(header: HeaderOf) -> Element:
    """Refuse a header that was cut off, which pydicom reads without a word; give its pixels.

    Raises
    ------
    UnusableError
        ``pixel_data_missing``, ``file_truncated`` or ``file_unreadable``.
    """
    if header.pixels is None:
        described = (
            header.has("Rows") and header.has("Columns") and header.has("PixelRepresentation")
        )
        raise UnusableError("pixel_data_missing" if described else "file_truncated")
    if not header.has("PhotometricInterpretation"):
        raise UnusableError("file_unreadable", reason="its pixels are not described")
    return header.pixels


def directions_of(header: HeaderOf) -> tuple[Point, Point]:
    """Check and give the unit vectors along i and j, LPS.

    Raises
    ------
    UnusableError
        ``geometry_missing``, ``geometry_invalid`` or ``quadruped_not_supported``.
    """
    if header.text("AnatomicalOrientationType") == "QUADRUPED":
        raise UnusableError("quadruped_not_supported")
    if not header.has("ImageOrientationPatient"):
        raise UnusableError("geometry_missing", what="an orientation")
    cosines = header.numbers("ImageOrientationPatient")
    if cosines is None or len(cosines) != 6:
        raise UnusableError("geometry_invalid", what="orientation is no number")
    along_i, along_j = np.array(cosines[:3]), np.array(cosines[3:])
    lengths = float(np.linalg.norm(along_i)), float(np.linalg.norm(along_j))
    skew = abs(float(along_i @ along_j))
    if max(abs(lengths[0] - 1), abs(lengths[1] - 1), skew) > UNIT_TOLERANCE:
        what = (
            f"directions have lengths {lengths[0]:.3f} and {lengths[1]:.3f} and product {skew:.3f}"
        )
        raise UnusableError("geometry_invalid", what=what)
    along_i /= lengths[0]
    along_j -= (along_j @ along_i) * along_i
    along_j /= np.linalg.norm(along_j)
    return _point(along_i), _point(along_j)


def position_of(header: HeaderOf) -> Point:
    """Check and give the place of the centre of the first pixel, LPS mm.

    Raises
    ------
    UnusableError
        ``geometry_missing`` or ``geometry_invalid``.
    """
    position = header.numbers("ImagePositionPatient")
    if position is None or len(position) != 3:
        if not header.has("ImagePositionPatient"):
            raise UnusableError("geometry_missing", what="a position")
        raise UnusableError("geometry_invalid", what="position is no number")
    x, y, z = position
    if max(abs(x), abs(y), abs(z)) > MAX_DISTANCE_MM:
        what = f"position is {max(abs(x), abs(y), abs(z)):.0f} mm away"
        raise UnusableError("geometry_invalid", what=what)
    return x, y, z


def _point(values: NDArray[np.float64]) -> Point:
    x, y, z = values.tolist()
    return x, y, z


def spacing_of(header: HeaderOf) -> tuple[float, float]:
    """Give the distance along i and j: PixelSpacing is (between rows, between columns).

    Raises
    ------
    UnusableError
        ``geometry_missing`` or ``geometry_invalid``.
    """
    if not header.has("PixelSpacing"):
        raise UnusableError("geometry_missing", what="a pixel spacing")
    spacing = header.numbers("PixelSpacing")
    if (
        spacing is None
        or len(spacing) != 2
        or not all(MIN_SPACING_MM <= s <= MAX_SPACING_MM for s in spacing)
    ):
        raise UnusableError(
            "geometry_invalid", what="pixel spacing is no length between 0.001 and 100 mm"
        )
    return spacing[1], spacing[0]


def rescale_of(header: HeaderOf) -> tuple[float, float]:
    """Give slope and intercept, 1 and 0 where nothing is said.

    Raises
    ------
    UnusableError
        ``rescale_invalid`` or ``modality_lut_not_supported``.
    """
    slope, intercept = 1.0, 0.0
    if header.has("ModalityLUTSequence"):
        raise UnusableError("modality_lut_not_supported")
    if header.has("RescaleSlope"):
        given = header.numbers("RescaleSlope")
        if given is None or len(given) != 1 or given[0] == 0:
            raise UnusableError("rescale_invalid")
        slope = given[0]
    if header.has("RescaleIntercept"):
        given = header.numbers("RescaleIntercept")
        if given is None or len(given) != 1:
            raise UnusableError("rescale_invalid")
        intercept = given[0]
    return slope, intercept
