"""Headers like those of a scanner: some 190 elements, two thirds of them private, few that change.

Made up, deterministic, of nobody. What varies between the series of the benchmark is here: plain
private elements, nested private sequences, or large blobs of a vendor.
"""

import hashlib
import math
from dataclasses import dataclass
from typing import Literal

from dicom_bytes import Element

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4.1"
TILT_DEG = 12.0  # of the slices about the left-right axis: no axis of the patient is a shortcut
PRIVATE_GROUPS = (0x0019, 0x0021, 0x0051)
PRIVATE_ELEMENTS = 38  # in each of the groups, their creator not counted
BLOB_BYTES = (11_000, 60_000)  # what a vendor adds to a header of 4 kB

Extra = Literal["plain", "nested", "blobs"]
Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Stack:
    """One series of parallel slices.

    Parameters
    ----------
    name : str
        From which all UIDs are made.
    columns, rows, slices : int
        Its size.
    spacing_mm : (float, float, float)
        Between columns, rows and slices.
    extra : str
        What its private elements are.
    patient : str
        Whose it is; of one patient there is one study.
    """

    name: str
    columns: int
    rows: int
    slices: int
    spacing_mm: Vector
    extra: Extra = "plain"
    patient: str = "BENCH0"

    @property
    def listed(self) -> list[float]:
        """What a listing has to say of it: columns, rows, slices, mm between each of them."""
        return [self.columns, self.rows, self.slices, *self.spacing_mm]


def uid(*names: object) -> str:
    """Make the UID that is always the same for the same names: a number, PS3.5 B.2."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def directions() -> tuple[Vector, Vector, Vector]:
    """Give unit vectors along a row, along a column and from slice to slice, LPS."""
    cosine, sine = math.cos(math.radians(TILT_DEG)), math.sin(math.radians(TILT_DEG))
    return (1.0, 0.0, 0.0), (0.0, cosine, sine), (0.0, -sine, cosine)


def position_mm(stack: Stack, index: int) -> Vector:
    """Where the first pixel of a slice lies, LPS."""
    along_k = directions()[2]
    x, y, z = (-40.0 + index * stack.spacing_mm[2] * one for one in along_k)
    return x, y, z


def classic_head(stack: Stack, index: int) -> list[Element]:
    """All elements of one slice before its pixels, in order."""
    head = [*_person(stack), *_series(stack), *_slice(stack, index), *_private(stack, index)]
    return sorted(head, key=lambda element: element[0])


def enhanced_head(stack: Stack) -> list[Element]:
    """All elements of a multi-frame image of all slices before its pixels, in order."""
    stack_uid = uid(stack.name, "dimensions")
    own = [
        (0x00080016, "UI", ENHANCED_MR_IMAGE),
        (0x00080018, "UI", uid(stack.name, "enhanced")),
        (0x00080008, "CS", "ORIGINAL\\PRIMARY\\VOLUME\\NONE"),
        (0x00200013, "IS", "1"),
        (0x00209221, "SQ", [[(0x00209164, "UI", stack_uid)]]),
        (0x00209222, "SQ", [_dimension(stack_uid, 0x00209056), _dimension(stack_uid, 0x00209057)]),
        (0x00280008, "IS", str(stack.slices)),
        (0x52009229, "SQ", [_shared(stack)]),
        (0x52009230, "SQ", [_frame(stack, index) for index in range(stack.slices)]),
    ]
    per_frame = {0x00180050, 0x00180081, 0x00280030}  # stand in the functional groups instead
    said = {element[0] for element in own} | per_frame
    rest = [*_person(stack), *_series(stack), *_private(stack, 0)]
    return sorted([*own, *(e for e in rest if e[0] not in said)], key=lambda element: element[0])


def _person(stack: Stack) -> list[Element]:
    return [
        (0x00080005, "CS", "ISO_IR 100"),
        (0x00080020, "DA", "20200102"),
        (0x00080022, "DA", "20200102"),
        (0x00080023, "DA", "20200102"),
        (0x00080030, "TM", "101500.000000"),
        (0x00080031, "TM", "102000.000000"),
        (0x00080050, "SH", "BENCH"),
        (0x00080060, "CS", "MR"),
        (0x00080070, "LO", "MRIVIEW BENCHMARK"),
        (0x00080080, "LO", "NOWHERE"),
        (0x00081030, "LO", "SYNTHETIC POSTERIOR FOSSA"),
        (0x0008103E, "LO", "T2 3D SYNTHETIC"),
        (0x00100010, "PN", "SYNTHETIC"),
        (0x00100020, "LO", stack.patient),
        (0x00100030, "DA", ""),
        (0x00100040, "CS", "O"),
        (0x00101030, "DS", "70"),
        (0x0020000D, "UI", uid(stack.patient, "study")),
        (0x0020000E, "UI", uid(stack.name, "series")),
        (0x00200010, "SH", "1"),
        (0x00200011, "IS", "3"),
        (0x00200012, "IS", "1"),
        (0x00200052, "UI", uid(stack.patient, "frame of reference")),
    ]


def _series(stack: Stack) -> list[Element]:
    between_i, between_j, between_k = stack.spacing_mm
    return [
        (0x00080008, "CS", "ORIGINAL\\PRIMARY\\M\\ND"),
        (0x00180015, "CS", "HEAD"),
        (0x00180020, "CS", "GR"),
        (0x00180021, "CS", "SP"),
        (0x00180022, "CS", "PFP"),
        (0x00180023, "CS", "3D"),
        (0x00180024, "SH", "*synthetic3d1"),
        (0x00180025, "CS", "N"),
        (0x00180050, "DS", f"{between_k:g}"),
        (0x00180080, "DS", "5.6"),
        (0x00180081, "DS", "2.5"),
        (0x00180083, "DS", "1"),
        (0x00180086, "IS", "1"),
        (0x00180087, "DS", "3"),
        (0x00180088, "DS", f"{between_k:g}"),
        (0x00180091, "IS", "1"),
        (0x00180093, "DS", "100"),
        (0x00180094, "DS", "100"),
        (0x00180095, "DS", "450"),
        (0x00181020, "LO", "synthetic 1"),
        (0x00181030, "LO", "t2_3d_synthetic"),
        (0x00181251, "SH", "Body"),
        (0x00181310, "US", (0, stack.columns, stack.rows, 0)),
        (0x00181312, "CS", "ROW"),
        (0x00181314, "DS", "50"),
        (0x00181318, "DS", "0"),
        (0x00185100, "CS", "HFS"),
        (0x00280002, "US", 1),
        (0x00280004, "CS", "MONOCHROME2"),
        (0x00280010, "US", stack.rows),
        (0x00280011, "US", stack.columns),
        (0x00280030, "DS", f"{between_j:g}\\{between_i:g}"),
        (0x00280100, "US", 16),
        (0x00280101, "US", 12),
        (0x00280102, "US", 11),
        (0x00280103, "US", 0),
        (0x00281055, "LO", "Algo1"),
    ]


def _slice(stack: Stack, index: int) -> list[Element]:
    along_i, along_j, _ = directions()
    time = f"1020{index // 60 % 60:02d}.{index % 60:02d}0000"
    return [
        (0x00080012, "DA", "20200102"),
        (0x00080013, "TM", time),
        (0x00080016, "UI", MR_IMAGE),
        (0x00080018, "UI", uid(stack.name, "instance", index)),
        (0x00080032, "TM", time),
        (0x00080033, "TM", time),
        (0x00200013, "IS", str(index + 1)),
        (0x00200032, "DS", _decimals(position_mm(stack, index))),
        (0x00200037, "DS", _decimals((*along_i, *along_j))),
        (0x00201041, "DS", f"{-40 + index * stack.spacing_mm[2]:.4f}"),
        (0x00281050, "DS", str(1200 + index)),
        (0x00281051, "DS", str(2400 + index)),
    ]


def _private(stack: Stack, index: int) -> list[Element]:
    elements: list[Element] = []
    for group in PRIVATE_GROUPS:
        elements.append((group << 16 | 0x0010, "LO", f"MRIVIEW BENCHMARK {group:04X}"))
        for number in range(PRIVATE_ELEMENTS):
            changes = index if number == 17 else 0
            elements.append(_private_element(group << 16 | 0x1000 | number, number + changes))
    if stack.extra == "blobs":
        elements.append((0x00290010, "LO", "MRIVIEW BENCHMARK BLOBS"))
        for number, count in enumerate(BLOB_BYTES):
            blob = hashlib.shake_128(f"{stack.name}/{number}".encode()).digest(count)
            elements.append((0x00291010 + 16 * number, "OB", blob))
    if stack.extra == "nested":
        elements.append((0x20050010, "LO", "MRIVIEW BENCHMARK NESTED"))
        inner = [_private_element(0x20051020 + n, n) for n in range(8)]
        deep = [(0x20050010, "LO", "MRIVIEW BENCHMARK NESTED"), *inner]
        middle = [*deep, (0x20051040, "SQ", [deep])]
        elements.append((0x20051010, "SQ", [middle, deep]))
    return elements


def _private_element(tag: int, number: int) -> Element:
    """One element of the kinds that private groups are made of, in turn."""
    kinds: list[tuple[str, object]] = [
        ("IS", str(number)),
        ("DS", f"{number / 8:.3f}"),
        ("LO", f"synthetic setting {number}"),
        ("US", number),
        ("SH", "ON" if number % 3 else "OFF"),
        ("FD", number / 16),
    ]
    vr, value = kinds[tag % len(kinds)]
    return tag, vr, value


def _dimension(organisation: str, pointer: int) -> list[Element]:
    return [
        (0x00209164, "UI", organisation),
        (0x00209165, "AT", pointer),
        (0x00209167, "AT", 0x00209111),
    ]


def _shared(stack: Stack) -> list[Element]:
    along_i, along_j, _ = directions()
    between_i, between_j, between_k = stack.spacing_mm
    measures = [
        (0x00180050, "DS", f"{between_k:g}"),
        (0x00180088, "DS", f"{between_k:g}"),
        (0x00280030, "DS", f"{between_j:g}\\{between_i:g}"),
    ]
    timing = [(0x00180080, "DS", "5.6"), (0x00180091, "IS", "1"), (0x00181314, "DS", "50")]
    frame_type = [(0x00089007, "CS", "ORIGINAL\\PRIMARY\\VOLUME\\NONE")]
    values = [(0x00281052, "DS", "0"), (0x00281053, "DS", "1"), (0x00281054, "LO", "US")]
    return [
        (0x00189112, "SQ", [timing]),
        (0x00189226, "SQ", [frame_type]),
        (0x00209116, "SQ", [[(0x00200037, "DS", _decimals((*along_i, *along_j)))]]),
        (0x00289110, "SQ", [measures]),
        (0x00289145, "SQ", [values]),
    ]


def _frame(stack: Stack, index: int) -> list[Element]:
    content = [
        (0x00189074, "DT", f"20200102102000.{index:06d}"),
        (0x00189151, "DT", f"20200102102000.{index:06d}"),
        (0x00189220, "FD", 300.0),
        (0x00209056, "SH", "1"),
        (0x00209057, "UL", index + 1),
        (0x00209156, "US", index + 1),
        (0x00209157, "UL", (1, index + 1)),
    ]
    window = [(0x00281050, "DS", str(1200 + index)), (0x00281051, "DS", str(2400 + index))]
    return [
        (0x00189114, "SQ", [[(0x00189082, "FD", 2.5)]]),
        (0x00209111, "SQ", [content]),
        (0x00209113, "SQ", [[(0x00200032, "DS", _decimals(position_mm(stack, index)))]]),
        (0x00289132, "SQ", [window]),
    ]


def _decimals(values: tuple[float, ...]) -> str:
    return "\\".join(f"{value:.6f}" for value in values)
