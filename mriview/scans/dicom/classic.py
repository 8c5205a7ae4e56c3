"""Classic MR and CT images, one frame a file: header to plane, planes to voxels.

A header is checked until nothing in it can put a voxel in a wrong place or give it a wrong value:
geometry, pixel layout, rescale, length. What cannot be checked before the pixels are decoded is
refused while loading. Enhanced objects and mosaics are other modules' business.
"""

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.uid import UID

from mriview.errors import ScanError
from mriview.scans.dicom import codecs
from mriview.scans.dicom.acquisition import acquisition_of, kind_of, mosaic_count, times_of
from mriview.scans.dicom.classes import check_class
from mriview.scans.dicom.header import (
    UNDEFINED_LENGTH,
    Element,
    HeaderOf,
    UnusableError,
    looks_like_dicom,
    read_header,
    silently,
    syntax_of,
)
from mriview.scans.headers import GridPlan, Header, Owner, Plane, Point, Unread
from mriview.scans.reading import Reader
from mriview.scans.values import check_size, real_world
from mriview.scans.volume import Voxels
from mriview.values import problem

NAME = "dicom"
UNIT_TOLERANCE = 1e-3  # of |r|, |c| and r.c: dicom page, section 2
MAX_DISTANCE_MM = 10_000.0  # of a voxel from the origin: scanners are smaller
MIN_SPACING_MM, MAX_SPACING_MM = 0.001, 100.0  # of pixels: beyond them a header lies


class _Dicom:
    name = NAME

    def claims(self, path: Path, first_bytes: bytes) -> bool:
        return looks_like_dicom(first_bytes) or path.suffix.lower() in {".dcm", ".dicom", ".ima"}

    def headers(self, path: Path) -> Iterator[Header]:
        yield _header(path)

    def load(self, plan: GridPlan) -> Voxels:
        first = plan.planes[0]
        count = len(plan.planes) // plan.time_points
        stored = [_stored(first)]
        check_size(stored[0].nbytes * len(plan.planes))
        stored += [_stored(plane) for plane in plan.planes[1:]]
        values = real_world(stored, [(plane.slope, plane.intercept) for plane in plan.planes])
        stack = values.reshape(plan.time_points, count, first.rows, first.columns)
        voxels = stack.transpose(3, 2, 1, 0)
        return voxels[..., 0] if plan.time_points == 1 else voxels


READER: Reader = _Dicom()


def _header(path: Path) -> Header:
    owner = None
    with silently():  # pydicom converts values, and speaks of them, when they are asked for
        try:
            header = read_header(path)
            owner = _owner(header)
            return _plane(path, header, owner)
        except UnusableError as unusable:
            return Unread(path, unusable.problem, owner)


def _owner(header: HeaderOf) -> Owner:
    series = header.text("SeriesInstanceUID")
    study = header.text("StudyInstanceUID")
    return Owner(study=study, patient=header.text("PatientID"), series=series)


def _plane(path: Path, header: HeaderOf, owner: Owner) -> Plane:
    check_class(header)
    pixels = _check_complete(header)
    image_type = tuple(word.upper() for word in header.words("ImageType"))
    if "MOSAIC" in image_type or mosaic_count(header) > 1:
        raise UnusableError("mosaic_not_supported")
    frames = header.whole("NumberOfFrames", default=1)
    if frames > 1:
        raise UnusableError("multiframe_not_supported", frames=frames)
    samples = header.whole("SamplesPerPixel", default=1)
    colours = header.text("PhotometricInterpretation")
    if samples != 1 or not colours.startswith("MONOCHROME"):
        raise UnusableError("colour_image", samples=samples)
    rows, columns = header.whole("Rows"), header.whole("Columns")
    if min(rows, columns) < 1:
        raise UnusableError("geometry_invalid", what=f"size is {columns} x {rows} pixels")
    _check_pixels(header, pixels, rows * columns)
    along_i, along_j, position = _directions(header)
    slope, intercept = _rescale(header)
    spacing = _spacing(header)
    return Plane(
        reader=NAME,
        path=path,
        owner=owner,
        columns=columns,
        rows=rows,
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
        pixels_at=None if header.deflated else pixels.value_at,
        acquisition=acquisition_of(header, image_type, spacing, (columns, rows)),
    )


def _check_complete(header: HeaderOf) -> Element:
    """Refuse a header that was cut off, which pydicom reads without a word; give its pixels."""
    if header.pixels is None:
        described = (
            header.has("Rows") and header.has("Columns") and header.has("PixelRepresentation")
        )
        raise UnusableError("pixel_data_missing" if described else "file_truncated")
    if not header.has("PhotometricInterpretation"):
        raise UnusableError("file_unreadable", reason="its pixels are not described")
    return header.pixels


def _directions(header: HeaderOf) -> tuple[Point, Point, Point]:
    """Check and give the unit vectors along i and j and the first pixel's place, LPS."""
    if header.text("AnatomicalOrientationType") == "QUADRUPED":
        raise UnusableError("quadruped_not_supported")
    needed = {"ImagePositionPatient": "a position", "ImageOrientationPatient": "an orientation"}
    for keyword, what in needed.items():
        if not header.has(keyword):
            raise UnusableError("geometry_missing", what=what)
    cosines = header.numbers("ImageOrientationPatient")
    position = header.numbers("ImagePositionPatient")
    if cosines is None or position is None or len(cosines) != 6 or len(position) != 3:
        raise UnusableError("geometry_invalid", what="position or orientation is no number")
    along_i, along_j = np.array(cosines[:3]), np.array(cosines[3:])
    lengths = float(np.linalg.norm(along_i)), float(np.linalg.norm(along_j))
    skew = abs(float(along_i @ along_j))
    if max(abs(lengths[0] - 1), abs(lengths[1] - 1), skew) > UNIT_TOLERANCE:
        what = (
            f"directions have lengths {lengths[0]:.3f} and {lengths[1]:.3f} and product {skew:.3f}"
        )
        raise UnusableError("geometry_invalid", what=what)
    if max(map(abs, position)) > MAX_DISTANCE_MM:
        what = f"position is {max(map(abs, position)):.0f} mm away"
        raise UnusableError("geometry_invalid", what=what)
    along_i /= lengths[0]
    along_j -= (along_j @ along_i) * along_i
    along_j /= np.linalg.norm(along_j)
    return _point(along_i), _point(along_j), _point(position)


def _point(values: Sequence[float] | NDArray[np.float64]) -> Point:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _spacing(header: HeaderOf) -> tuple[float, float]:
    """Distance along i and j: PixelSpacing is (between rows, between columns)."""
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


def _rescale(header: HeaderOf) -> tuple[float, float]:
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


def _check_pixels(header: HeaderOf, element: Element, pixels: int) -> None:
    """Refuse layouts that pydicom reads wrongly, and files that end too early."""
    allocated, high = header.whole("BitsAllocated"), header.whole("HighBit")
    stored = header.whole("BitsStored")
    if allocated not in {8, 16, 32} or not 1 <= stored <= allocated or high != stored - 1:
        raise UnusableError(
            "pixel_layout_unsupported", allocated=allocated, stored=stored, high=high
        )
    if not codecs.is_decodable(header.syntax):
        raise UnusableError("transfer_syntax_unsupported")
    if header.deflated or codecs.is_encapsulated(header.syntax):
        return
    need = pixels * allocated // 8
    length, there = element.length, header.file_bytes - element.value_at
    if length == UNDEFINED_LENGTH:
        raise UnusableError(
            "pixel_layout_unsupported", allocated=allocated, stored=stored, high=high
        )
    if min(length, there) < need:
        raise UnusableError("pixel_data_truncated", missing_bytes=need - min(length, there))


def _stored(plane: Plane) -> NDArray[np.generic]:
    """Read the stored values of one plane, (rows, columns), native byte order."""
    try:
        with silently(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = dcmread(plane.path, force=True)  # the header walk has seen its first element
            if "TransferSyntaxUID" not in dataset.file_meta:
                dataset.file_meta.TransferSyntaxUID = UID(syntax_of(dataset))
            stored = codecs.decoded(dataset)
    except codecs.DecodeError as error:
        raise problem("pixel_data_corrupt", files=1, reason=str(error)).as_error() from error
    except MemoryError:
        raise
    except OSError as error:
        reason = "the file is closed or gone"
        raise problem("file_unreadable", files=1, reason=reason).as_error() from error
    except Exception as error:  # whatever a parser raises on bytes that changed since the headers
        reason = "the file changed or is corrupt"
        raise problem("pixel_data_corrupt", files=1, reason=reason).as_error() from error
    if stored.shape != (plane.rows, plane.columns):
        reason = "the image changed its size since it was indexed"
        raise ScanError("pixel_data_corrupt", reason, "Open the study again")
    return stored
