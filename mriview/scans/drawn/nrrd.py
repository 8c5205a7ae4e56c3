"""NRRD label maps and the segmentations of 3D Slicer in them (``.seg.nrrd``): header, then voxels.

Read is what Slicer writes: one attached file, whole numbers, raw or gzip, its place in LPS, RAS or
LAS. A segmentation whose segments overlap has a list axis of layers before or after the axes of
space. Which segment is wanted, ``label_maps`` asks; anything else about the file is left alone.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from mriview.errors import InputError
from mriview.geometry import Grid
from mriview.scans.inflate import gzip_pieces
from mriview.values.mask import MAX_BYTES

MAGIC = re.compile(rb"NRRD000[1-5]\r?\n")
HEADER_BYTES = 4 * 2**20  # of the text; 100 segments with their tags are 0.1 MB
TYPES = {  # names of whole numbers in NRRD to numpy
    **dict.fromkeys(("signed char", "int8", "int8_t"), "i1"),
    **dict.fromkeys(("uchar", "unsigned char", "uint8", "uint8_t"), "u1"),
    **dict.fromkeys(("short", "short int", "signed short", "int16", "int16_t"), "i2"),
    **dict.fromkeys(("ushort", "unsigned short", "uint16", "uint16_t"), "u2"),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t"), "i4"),
    **dict.fromkeys(("uint", "unsigned int", "uint32", "uint32_t"), "u4"),
}
SPACES = {  # to LPS
    **dict.fromkeys(("left-posterior-superior", "lps"), (1.0, 1.0, 1.0)),
    **dict.fromkeys(("right-anterior-superior", "ras"), (-1.0, -1.0, 1.0)),
    **dict.fromkeys(("left-anterior-superior", "las"), (1.0, -1.0, 1.0)),
}
ENDIAN = {"little": "<", "big": ">"}
GZIPPED = ("gzip", "gz")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a segmentation.

    ``value`` is its label in ``layer``; ``names`` are its name and its id.
    """

    names: frozenset[str]
    value: int
    layer: int


@dataclass(frozen=True, slots=True)
class NrrdHeader:
    """What the header says.

    Parameters
    ----------
    grid : Grid
        Of one layer.
    sizes : tuple of int
        Along each axis as stored, the fastest first.
    list_axis : int or None
        The axis of the layers.
    dtype : numpy.dtype
        Of the stored labels.
    gzipped : bool
        Whether the voxels are compressed.
    segments : tuple of Segment
        Empty for a label map that is no segmentation.
    voxels_at : int
        Byte at which the voxels begin.
    """

    grid: Grid
    sizes: tuple[int, ...]
    list_axis: int | None
    dtype: np.dtype[np.integer]
    gzipped: bool
    segments: tuple[Segment, ...]
    voxels_at: int


def read_header(path: Path) -> NrrdHeader:
    """Read the header of a label map.

    Raises
    ------
    InputError
        ``nrrd_unreadable``: no NRRD, or one that is not as 3D Slicer writes its segmentations;
        ``mask_unreadable``: more voxels than `MAX_BYTES`.
    GeometryError
        Its axes span no space.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(HEADER_BYTES)
    except OSError as error:
        raise _unreadable("the segmentation file is absent or closed", "Name it again") from error
    magic = MAGIC.match(raw)
    end = re.search(rb"\r?\n\r?\n", raw)
    if magic is None or end is None:
        raise _unreadable("the file is no NRRD with a header", _SAVE)
    fields, pairs = _lines(raw[magic.end() : end.start()].decode("utf-8", "replace"))
    try:
        return _header(fields, pairs, end.end())
    except (KeyError, ValueError, IndexError) as error:
        raise _unreadable("the header of the NRRD file is broken", _SAVE) from error


def read_layer(path: Path, header: NrrdHeader, layer: int) -> NDArray[np.integer]:
    """Read the voxels of one layer, (i, j, k).

    Raises
    ------
    InputError
        The file holds more or fewer voxels than its header says.
    ScanError
        Its compressed voxels are cut or damaged (the codes of scans).
    """
    wanted = math.prod(header.sizes) * header.dtype.itemsize
    try:
        with path.open("rb") as file:
            file.seek(header.voxels_at)
            data = _voxel_bytes(file, header, wanted)
    except OSError as error:
        raise _unreadable("the segmentation file is absent or closed", "Name it again") from error
    if len(data) != wanted:
        found = f"an NRRD file with {len(data)} bytes of voxels, its header says {wanted}"
        raise _unreadable(found, _SAVE)
    stored = np.frombuffer(data, header.dtype).reshape(header.sizes, order="F")
    if header.list_axis is None:
        return stored
    return np.asarray(np.moveaxis(stored, header.list_axis, 0)[layer])


def _voxel_bytes(file: BinaryIO, header: NrrdHeader, wanted: int) -> bytes:
    """Read the voxels, and one byte beyond where there are more than wanted."""
    if not header.gzipped:
        return file.read(wanted + 1)
    found = bytearray()
    for piece in gzip_pieces(file, wanted):  # labels shrink a thousandfold; the header is the limit
        found += piece
        if len(found) > wanted:
            break
    return bytes(found)


def _lines(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """Part the header into its fields (``key: value``) and its pairs (``key:=value``)."""
    fields: dict[str, str] = {}
    pairs: dict[str, str] = {}
    for line in text.split("\n"):
        found = re.match(r"([^#:=][^:]*):(=| )(.*)", line.rstrip("\r"))
        if found is None:
            continue
        kept = pairs if found[2] == "=" else fields
        key = found[1].strip() if kept is pairs else found[1].strip().lower().replace(" ", "")
        if key in kept:
            raise _unreadable("the header of the NRRD file says a thing twice", _SAVE)
        kept[key] = found[3].strip()
    return fields, pairs


def _header(fields: Mapping[str, str], pairs: Mapping[str, str], voxels_at: int) -> NrrdHeader:
    dtype = _dtype(fields)
    sizes = tuple(int(size) for size in fields["sizes"].split())
    axes = _axes(fields, len(sizes))
    bytes_ = math.prod(sizes) * dtype.itemsize
    if not sizes or min(sizes) < 1 or len(sizes) != int(fields["dimension"]):
        raise _unreadable("an NRRD file with a side without voxels", _SAVE)
    if bytes_ > MAX_BYTES:
        found = f"a mask of {bytes_ / 2**30:.1f} GiB, more than {MAX_BYTES / 2**30:.0f} GiB"
        raise InputError("mask_unreadable", found, "Save the segmentation cropped")
    lists = [n for n, axis in enumerate(axes) if axis is None]
    directions = [axis for axis in axes if axis is not None]
    if len(directions) != 3 or len(lists) > 1:
        found = f"an NRRD file with {len(directions)} axes of space and {len(lists)} others"
        raise _unreadable(found, "Give 3 axes of space and at most one of layers")
    signs = np.array(_space(fields))
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(directions).T * signs[:, None]
    matrix[:3, 3] = np.array(_vector(fields["spaceorigin"])) * signs
    i, j, k = (size for n, size in enumerate(sizes) if n not in lists)
    layers = sizes[lists[0]] if lists else 1
    return NrrdHeader(
        grid=Grid((i, j, k), matrix),
        sizes=sizes,
        list_axis=lists[0] if lists else None,
        dtype=dtype,
        gzipped=fields["encoding"].lower() in GZIPPED,
        segments=_segments(pairs, layers, layered=bool(lists)),
        voxels_at=voxels_at,
    )


def _dtype(fields: Mapping[str, str]) -> np.dtype[np.integer]:
    if {"datafile", "lineskip", "byteskip"} & set(fields):
        found = "an NRRD file whose voxels lie elsewhere"
        raise _unreadable(found, _SAVE)
    encoding = fields["encoding"].lower()
    if encoding not in {"raw", *GZIPPED}:
        raise _unreadable("an NRRD file that is neither raw nor gzip", _SAVE)
    kind = TYPES.get(fields["type"].lower())
    if kind is None:
        raise _unreadable("an NRRD file that holds no labels of up to 32 bit", _SAVE)
    dtype: np.dtype[np.integer] = np.dtype(kind)
    return dtype if dtype.itemsize == 1 else np.dtype(ENDIAN[fields["endian"].lower()] + kind)


def _space(fields: Mapping[str, str]) -> tuple[float, float, float]:
    signs = SPACES.get(fields.get("space", "").lower())
    if signs is None or "spacedirections" not in fields or "spaceorigin" not in fields:
        found = "an NRRD file that does not say where it lies in the patient"
        raise _unreadable(found, "Save it with 3D Slicer, in LPS")
    units = set(re.findall(r'"([^"]*)"', fields.get("spaceunits", "")))
    if units - {"mm", ""}:
        raise _unreadable("an NRRD file that is not in mm", "Save it in mm")
    return signs


def _axes(fields: Mapping[str, str], count: int) -> list[tuple[float, ...] | None]:
    """Give the step of each axis in its space; None for the axis of the layers."""
    _space(fields)
    words = re.findall(r"none|\([^)]*\)", fields["spacedirections"])
    if len(words) != count:
        raise ValueError(words)
    return [None if word == "none" else _vector(word) for word in words]


def _vector(text: str) -> tuple[float, ...]:
    x, y, z = (float(part) for part in text.strip("() ").split(","))
    return x, y, z


def _segments(pairs: Mapping[str, str], layers: int, *, layered: bool) -> tuple[Segment, ...]:
    """List the segments; files of Slicer before 4.11 have a layer each and the label 1."""
    found = []
    numbers = {int(key[1]) for name in pairs if (key := re.match(r"Segment(\d+)_ID$", name))}
    for number in sorted(numbers):
        said = {
            name: pairs.get(f"Segment{number}_{name}", "")
            for name in ("ID", "Name", "LabelValue", "Layer")
        }
        value = int(said["LabelValue"] or 1)
        layer = int(said["Layer"] or (number if layered else 0))
        if not 0 <= layer < layers or value == 0:
            raise ValueError(number)
        names = frozenset(_plain(said[name]) for name in ("ID", "Name")) - {""}
        found.append(Segment(names, value, layer))
    return tuple(found)


def _plain(text: str) -> str:
    r"""Undo the two escapes of values: ``\\n`` for a new line, ``\\\\`` for a backslash."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)


def _unreadable(found: str, remedy: str) -> InputError:
    return InputError("nrrd_unreadable", found, remedy)


_SAVE = "Save the segmentation with 3D Slicer as .seg.nrrd"
