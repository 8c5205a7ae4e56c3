"""The Siemens CSA header: both formats, nibabel as judge, and bytes that mean harm."""

import struct
import tracemalloc
import warnings
from contextlib import suppress

import numpy as np
import pydicom
import pytest
from builders import a_csa_header
from hypothesis import given
from hypothesis import strategies as st

from mriview.scans.dicom.csa import CsaError, csa_values

NORMAL = {"EchoLinePosition": ["64"], "SliceNormalVector": ["0.6", "0", "-0.8"]}
NAMES = st.text("ABCabc", min_size=1, max_size=63)
TEXTS = st.lists(st.text("0123456789.-", min_size=1, max_size=16), max_size=9)
formats = pytest.mark.parametrize("newer", [True, False])


def nibabel_values(data: bytes) -> dict[str, tuple[str, ...]]:
    """What nibabel reads; it turns numbers into numbers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says of itself that it is experimental
        from nibabel.nicom import csareader

        tags = csareader.read(data)["tags"]
    return {name: tag["items"] for name, tag in tags.items()}


@formats
@given(st.dictionaries(NAMES, TEXTS.filter(len), min_size=1, max_size=9))
def test_both_formats_hold_the_texts_that_were_written(newer, values) -> None:
    read = csa_values(a_csa_header(values, newer=newer, items=9), values)
    assert read == {name: tuple(texts) for name, texts in values.items()}


def test_lengths_of_the_older_format_are_read_as_spm_and_as_gdcm_describe_them() -> None:
    for too_long in (0, 6):
        data = a_csa_header(NORMAL, newer=False, items=6, too_long=too_long)
        assert csa_values(data, ["SliceNormalVector"]) == {
            "SliceNormalVector": ("0.6", "0", "-0.8")
        }


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_nibabel_reads_the_same_numbers(normal) -> None:
    data = a_csa_header({**NORMAL, "SliceNormalVector": [f"{n:.8f}" for n in normal]})
    ours = csa_values(data, ["SliceNormalVector"])["SliceNormalVector"]
    assert [float(text) for text in ours] == nibabel_values(data)["SliceNormalVector"]


def test_only_wanted_names_are_kept_and_absent_ones_are_absent() -> None:
    assert csa_values(a_csa_header(NORMAL), ["EchoLinePosition", "Elsewhere"]) == {
        "EchoLinePosition": ("64",)
    }


@formats
def test_values_end_at_the_first_empty_item(newer) -> None:
    data = a_csa_header({"First": [], "Second": ["36"]}, newer=newer)
    assert csa_values(data, ["First", "Second"]) == {"First": (), "Second": ("36",)}


@formats
def test_a_table_that_is_cut_behind_the_wanted_name_still_tells_it(newer) -> None:
    whole = a_csa_header({**NORMAL, "Last": ["1"]}, newer=newer)
    cut = whole[: whole.index(b"Last") + 3]
    assert csa_values(cut, ["SliceNormalVector"])["SliceNormalVector"] == ("0.6", "0", "-0.8")
    with pytest.raises(CsaError):
        csa_values(cut, ["SliceNormalVector", "Last"])


@formats
@given(data=st.data())
def test_broken_tables_are_refused_and_nothing_else_happens(newer, data) -> None:
    raw = bytearray(a_csa_header(NORMAL, newer=newer))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 4))
        raw[at : at + 4] = struct.pack("<I", data.draw(st.integers(0, 2**32 - 1)))
    refused_or_read(bytes(raw[: data.draw(st.integers(0, len(raw)))]))


@given(st.binary(max_size=400), st.sampled_from([b"", b"SV10\4\3\2\1\1\0\0\0\x4d\0\0\0"]))
def test_any_bytes_are_refused_or_read(tail, head) -> None:
    refused_or_read(head + tail)


def refused_or_read(raw: bytes) -> None:
    with suppress(CsaError):
        values = csa_values(raw, NORMAL)
        assert sum(len(text) for texts in values.values() for text in texts) <= len(raw)


@pytest.mark.parametrize("items", [2**31 - 1, -1, 1025])
def test_a_lying_number_of_items_costs_nothing(items) -> None:
    tag = struct.pack("<64s i 4s i i i", b"SliceNormalVector", 3, b"FD", 4, items, 77)
    data = b"SV10\4\3\2\1" + struct.pack("<II", 1, 77) + tag + bytes(4096)
    tracemalloc.start()
    with pytest.raises(CsaError):
        csa_values(data, NORMAL)
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


def test_a_header_larger_than_any_scanner_writes_is_refused() -> None:
    with pytest.raises(CsaError):
        csa_values(a_csa_header(NORMAL) + bytes(2**20), NORMAL)


@pytest.mark.corpus
def test_nibabel_reads_the_same_from_real_scanners(corpus) -> None:
    for path in sorted(corpus.glob("dicom/siemens_mosaic_*/*")):
        data = pydicom.dcmread(path, stop_before_pixels=True)[0x0029, 0x1010].value
        ours, theirs = csa_values(data, ["SliceNormalVector"]), nibabel_values(data)
        read = [float(text) for text in ours["SliceNormalVector"]]
        assert np.array_equal(read, theirs["SliceNormalVector"])
