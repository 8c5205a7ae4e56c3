"""Elements inside sequences: what pydicom finds, in every encoding, within limits."""

import io
import struct
from pathlib import Path

import pytest
from builders import a_grid, an_enhanced_object, voxels_for
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from mriview.scans.dicom import functional_groups, nested
from mriview.scans.dicom.header import UnusableError
from mriview.scans.dicom.nested import Raw, value_of, walk
from mriview.scans.limits import Limits

SEQUENCES = ("MREchoSequence", "PlanePositionSequence", "MRModifierSequence")
VALUES = {
    "ImagePositionPatient": st.lists(st.integers(-999, 999), min_size=3, max_size=3),
    "EffectiveEchoTime": st.floats(-1e9, 1e9),
    "InversionTimes": st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=4),
    "FrameType": st.lists(st.sampled_from(["ORIGINAL", "M", "NONE"]), min_size=2, max_size=4),
    "TemporalPositionIndex": st.integers(0, 2**32 - 1),
    "FrameAcquisitionNumber": st.integers(0, 2**16 - 1),
    "DimensionIndexPointer": st.sampled_from([0x00209057, 0x20051429]),
    "StackID": st.text("ABC 12", max_size=5).filter(lambda text: text == "" or text.strip()),
    "NominalPercentageOfRespiratoryPhase": st.floats(0, 100, width=32),
}
SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]


def datasets(depth: int = 2):
    """Give data sets with some elements, and sequences of such data sets."""
    elements = st.fixed_dictionaries({}, optional=VALUES)
    if depth == 0:
        return elements.map(filled)
    items = st.lists(datasets(depth - 1), max_size=3)
    sequences = st.dictionaries(st.sampled_from(SEQUENCES), items, max_size=2)
    return st.tuples(elements, sequences).map(lambda both: filled(both[0] | both[1]))


def filled(elements) -> Dataset:
    ds = Dataset()
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


def encoded(ds: Dataset, syntax: str, *, delimited: bool) -> bytes:
    for element in ds.iterall():
        if element.VR == "SQ":
            element.is_undefined_length = delimited
            for item in element.value:
                item.is_undefined_length_sequence_item = delimited
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "2.25.1"
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "2.25.2"
    file = io.BytesIO()
    dcmwrite(file, ds, enforce_file_format=True)
    return file.getvalue()


def wanted(depth: int = 2):
    tags = {tag_for_keyword(k): dictionary_VR(tag_for_keyword(k)) for k in VALUES}
    return tags | {tag_for_keyword(k): wanted(depth - 1) for k in SEQUENCES if depth}


def as_plain(ds: Dataset):
    """What pydicom finds, in the form of our answers."""
    found = {}
    for element in ds:
        if element.keyword in SEQUENCES:
            found[int(element.tag)] = [as_plain(item) for item in element.value]
        elif element.keyword in VALUES and not element.is_empty:
            several = isinstance(element.value, list) or element.VM > 1
            values = list(element.value) if several else [element.value]
            found[int(element.tag)] = [
                v.strip() if isinstance(v, str) else float(v) for v in values
            ]
    return found


def ours(found):
    plain = {}
    for tag, one in found.items():
        if not isinstance(one, Raw):
            plain[tag] = [ours(item) for item in one]
        elif (value := value_of(one)) is not None:
            is_text = one.vr not in {"DS", "IS"} and isinstance(value[0], str)
            plain[tag] = [v if is_text else float(v) for v in value]
    return plain


@given(datasets(), st.sampled_from(SYNTAXES), st.booleans())
def test_what_is_found_is_what_pydicom_finds(ds, syntax, delimited) -> None:
    data = encoded(ds, syntax, delimited=delimited)
    found = walk(data, wanted(), is_little=syntax != ExplicitVRBigEndian)
    assert ours(found) == as_plain(dcmread(io.BytesIO(data)))


@given(datasets(), st.sampled_from(SYNTAXES), st.booleans(), st.data())
def test_a_header_that_is_cut_or_damaged_is_refused_or_read_and_nothing_else(
    ds, syntax, delimited, data
) -> None:
    raw = bytearray(encoded(ds, syntax, delimited=delimited))
    keep = data.draw(st.integers(0, len(raw)))
    del raw[keep:]
    if raw:
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = walk(bytes(raw), wanted(), is_little=syntax != ExplicitVRBigEndian)
    except UnusableError:
        return
    ours_or_nothing(found)


def ours_or_nothing(found) -> None:
    for one in found.values():
        if isinstance(one, Raw):
            value_of(one)
        else:
            for item in one:
                ours_or_nothing(item)


def item(content: bytes, *, length: int | None = None) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content) if length is None else length) + content


ITEM_END, SEQUENCE_END = (
    struct.pack("<HHI", 0xFFFE, 0xE00D, 0),
    struct.pack("<HHI", 0xFFFE, 0xE0DD, 0),
)
ECHO = {0x00189114: {0x00189082: "FD"}}
TIME = struct.pack("<HH2sHd", 0x0018, 0x9082, b"FD", 8, 3.5)
TIME_WITHOUT_VR = struct.pack("<HHId", 0x0018, 0x9082, 8, 3.5)


@pytest.mark.parametrize(
    "sequence",
    [
        struct.pack("<HH2sHI", 0x18, 0x9114, b"SQ", 0, 24) + item(TIME),
        struct.pack("<HH2sHI", 0x18, 0x9114, b"SQ", 0, 24) + item(TIME_WITHOUT_VR),
        struct.pack("<HH2sHI", 0x18, 0x9114, b"UN", 0, 24) + item(TIME_WITHOUT_VR),
        struct.pack("<HH2sHI", 0x18, 0x9114, b"UN", 0, 0xFFFFFFFF)
        + item(TIME_WITHOUT_VR + ITEM_END, length=0xFFFFFFFF)
        + SEQUENCE_END,
    ],
    ids=["plain", "item without VRs", "UN", "UN of undefined length"],
)
def test_a_sequence_is_read_under_every_name_that_files_give_it(sequence) -> None:
    found = walk(sequence, ECHO)
    assert value_of(found[0x00189114][0][0x00189082]) == (3.5,)


def test_compressed_thumbnails_beside_are_stepped_over() -> None:
    icon = (
        struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF) + item(b"") + item(b"\xff" * 8)
    )
    icons = struct.pack("<HH2sHI", 0x0009, 0x0010, b"SQ", 0, 0xFFFFFFFF)
    icons += item(icon + SEQUENCE_END + ITEM_END, length=0xFFFFFFFF) + SEQUENCE_END
    echo = struct.pack("<HH2sHI", 0x18, 0x9114, b"SQ", 0, 24) + item(TIME)
    assert value_of(walk(icons + echo, ECHO)[0x00189114][0][0x00189082]) == (3.5,)


def test_more_items_than_a_header_may_have_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(nested, "limits", lambda: Limits(header_elements=1000))
    empty = item(b"") * 1001
    data = struct.pack("<HH2sHI", 0x18, 0x9114, b"SQ", 0, len(empty)) + empty
    with pytest.raises(UnusableError) as refused:
        walk(data, ECHO)
    assert refused.value.problem.code == "header_too_large"


@pytest.mark.parametrize("depth", [200, 5000])
def test_sequences_without_end_are_refused(depth) -> None:
    opening = struct.pack("<HH2sHI", 0x18, 0x9114, b"SQ", 0, 0xFFFFFFFF) + item(
        b"", length=0xFFFFFFFF
    )
    with pytest.raises(UnusableError) as refused:
        walk(opening * depth, ECHO)
    assert refused.value.problem.code == "header_too_large"


def test_equal_groups_of_two_frames_are_one_value() -> None:
    grid = a_grid((6, 5, 3))
    file = io.BytesIO()
    an_enhanced_object(grid, voxels_for(grid.shape)).save_as(file, enforce_file_format=True)
    first, second, _ = functional_groups.groups_in(file.getvalue()).frames
    kind = tag_for_keyword("MRImageFrameTypeSequence")
    assert first[kind] is second[kind]
    assert (
        first[tag_for_keyword("PlanePositionSequence")]
        != second[tag_for_keyword("PlanePositionSequence")]
    )


@pytest.mark.corpus
def test_the_groups_of_the_corpus_are_those_that_pydicom_finds(corpus: Path) -> None:
    macros = functional_groups.MACROS
    seen = 0
    for path in sorted((corpus / "dicom").glob("enhanced*/*.dcm")):
        data = path.read_bytes()
        ds = dcmread(io.BytesIO(data), stop_before_pixels=True)
        groups = functional_groups.groups_in(data[: len(data)])
        theirs = ds.get("PerFrameFunctionalGroupsSequence", [])
        assert len(groups.frames) == len(theirs)
        for own, group in zip(groups.frames, theirs, strict=True):
            for macro, keywords in macros.items():
                (one, *_) = nested_items(own, macro) or (None,)
                assert (one is None) == (not group.get(macro)), macro
                for keyword in keywords if one is not None else ():
                    value = functional_groups.value_in(one, tag_for_keyword(keyword))
                    there = group.get(macro)[0].get(keyword)
                    assert same(value, there), keyword
                    seen += value is not None
    assert seen > 1000


def nested_items(own, macro):
    return functional_groups.items_of(own, tag_for_keyword(macro))


def same(ours_, theirs) -> bool:
    if ours_ is None or theirs is None or theirs == "":
        return ours_ is None and theirs in {None, ""}
    values = [theirs] if isinstance(theirs, str) or not hasattr(theirs, "__len__") else list(theirs)
    return [type(t)(o) for o, t in zip(ours_, values, strict=True)] == values
