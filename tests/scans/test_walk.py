"""The header walk answers as pydicom does, or not at all: generated, hostile and real headers."""

import re
import struct
from itertools import product
from pathlib import Path

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.charset import python_encoding
from pydicom.datadict import dictionary_VR
from pydicom.tag import Tag

from mriview.scans.contents import START_BYTES
from mriview.scans.dicom.header import CREATORS, KEYWORDS, wanted
from mriview.scans.dicom.parsing import looks_like_dicom, read_header, silently
from mriview.scans.dicom.walk import Walker, likewise
from mriview.scans.files import ScanFile

EXPLICIT, IMPLICIT, RLE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.5"
SHORT = re.findall("..", "AEASATCSDADSDTFLFDISLOLTPNSHSLSSSTTMUIULUS")
LONG = re.findall("..", "OBODOFOLOWSQUCUNURUT")
UNDEFINED = 0xFFFFFFFF
CHARSET, SEQUENCE, PIXELS = 0x00080005, 0x00081140, 0x7FE00010
ITEM_END, SEQUENCE_END = b"\xfe\xff\x0d\xe0" + bytes(4), b"\xfe\xff\xdd\xe0" + bytes(4)


def vr_of(tag):
    """Give the VR of the standard; LO for a creator, else UN."""
    try:
        vr = dictionary_VR(tag)
    except KeyError:
        vr = "LO" if 0x10 <= tag & 0xFFFF < 0x100 else "UN"
    return vr.split(" or ", maxsplit=1)[0]


def element(tag, value, vr=None, length=None, *, implicit=False):
    """Write one element; an odd length is written as it is."""
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    length = len(value) if length is None else length
    vr = vr or vr_of(tag)
    if implicit:
        return head + struct.pack("<L", length) + value
    if vr in SHORT:
        return head + vr.encode() + struct.pack("<H", length) + value
    return head + vr.encode() + bytes(2) + struct.pack("<L", length) + value


def sequence(tag, items, *, implicit=False, open_items=False, open_end=False, vr="SQ"):
    """Write a sequence of items that are bytes."""
    start, end = b"\xfe\xff\x00\xe0", ITEM_END if open_items else b""
    lengths = [struct.pack("<L", UNDEFINED if open_items else len(item)) for item in items]
    value = b"".join(start + n + item + end for n, item in zip(lengths, items, strict=True))
    if open_end:
        return element(tag, value + SEQUENCE_END, vr, UNDEFINED, implicit=implicit)
    return element(tag, value, vr, implicit=implicit)


def a_file(elements, syntax=EXPLICIT, pixels=bytes(8), pixel_vr="OW", group_length=None):
    """Write a file around the elements of its data set."""
    meta = b"".join(
        element(tag, value.encode() + b"\0" * (len(value) % 2), "UI")
        for tag, value in ((0x00020002, "1.2.840.10008.5.1.4.1.1.4"), (0x00020010, syntax))
    )
    length = len(meta) if group_length is None else group_length
    head = bytes(128) + b"DICM" + element(0x00020000, struct.pack("<L", length), "UL")
    data = b"".join(elements) + element(PIXELS, pixels, pixel_vr, implicit=syntax == IMPLICIT)
    return head + meta + data


def a_slice(k=0, implicit=False, **changes):
    """Give the elements of an ordinary slice: some differ from slice to slice."""
    values = {
        CHARSET: b"ISO_IR 100",
        0x00080016: b"1.2.840.10008.5.1.4.1.1.4\0",
        0x00080018: b"1.2.3.%d" % k,
        0x00080060: b"MR",
        0x0008103E: b"t2 space ",
        0x00100020: b"patient one",
        0x00180050: b"0.5 ",
        0x0020000E: b"1.2.3",
        0x00200013: b"%d" % k,
        0x00200032: b"-80.5\\-90\\%d.25" % k,
        0x00280010: struct.pack("<H", 4),
        0x00280030: b"0.5\\0.5 ",
    } | {int(tag, 16): value for tag, value in changes.items()}
    return [element(tag, values[tag], implicit=implicit) for tag in sorted(values)]


def walked(walker, data, read_bytes=START_BYTES):
    """Let a walker read bytes that are a file."""
    first = data[:read_bytes]
    return walker.read(first, file_bytes=len(data), more=lambda count: data[:count])


def answers(header):
    """Give the answer to every question about every element that is wanted."""
    tags = {int(tag) for tag in header.tags()} - {0x00020010}
    asked = [*KEYWORDS, *(Tag(tag) for tag in sorted(tags)), *CREATORS]
    questions = (header.text, header.words, header.numbers, header.number, header.has, header.raw)
    return {
        "tags": tags,
        "file": (header.syntax, header.media_class, header.pixels),
        "bytes": header.file_bytes,
        "private": [header.private(tag) for tag in CREATORS],
        **{(str(key), ask.__name__): ask(key) for key, ask in product(asked, questions)},
    }


class Judge:
    """Reads with pydicom what a walker answered, and compares all answers."""

    def __init__(self, folder):
        self.path = folder / "file"

    def same(self, walker, data, **how):
        """Say whether the walker answered; fail where it did and pydicom says anything else."""
        ours = walked(walker, data, **how)
        if ours is None:
            return False
        self.path.write_bytes(data)
        with silently():
            assert answers(ours) == answers(read_header(ScanFile(str(self.path))))
        return True


@pytest.fixture(scope="session")
def judge(tmp_path_factory):
    return Judge(tmp_path_factory.mktemp("walk"))


PADDING = st.sampled_from([b"", b" ", b"\0", b"  ", b" \0"])
ODD_WORDS = (
    "; ;\\;1,5;nan;inf;1e999;1_0;0x1;-.5;+7; 2;1.0;1.50;007;1\0;\t3;A^B=C;\xe4;\x1b$B;1.2.3;1 2"
)
WORDS = st.one_of(
    st.sampled_from(ODD_WORDS.split(";")),
    st.floats(-1e4, 1e4).map(repr),
    st.integers(-99999, 99999).map(str),
    st.text(st.characters(codec="latin-1"), max_size=6),
)
TEXTS = st.builds(
    lambda words, end: "\\".join(words).encode("latin-1") + end,
    st.lists(WORDS, max_size=4),
    PADDING,
)
NUMBERS = st.one_of(
    st.binary(max_size=9), st.lists(st.binary(min_size=8, max_size=8)).map(b"".join)
)
CHARSETS = st.sampled_from(
    b";ISO_IR 100;ISO_IR 192;ISO_IR 13 ;\\ISO 2022 IR 87;GBK;ISO_IR 166;utf8;ISO_IR 999;\xe4".split(
        b";"
    )
)
WANTED = sorted({int(tag) for tag in wanted()} - {CHARSET})
PUBLIC = [tag for tag in WANTED if not tag >> 16 & 1]
MAKERS = sorted({int(tag) for tag in CREATORS} | {tag & ~0xFFFF | 0x10 for tag in CREATORS})
OTHERS = [*range(0x00080000, 0x00290000, 0x00100000), 0x00080012, 0x00100010, 0x00281050]
OTHERS += [0x00091010, 0x00190011, 0x00191108, SEQUENCE, 0x00400275, 0x7FE00001]


@st.composite
def values_of(draw, tag, vr):
    if tag == CHARSET:
        return draw(CHARSETS)
    if tag in MAKERS and tag & 0xFF00 == 0 and draw(st.booleans()):
        return draw(st.sampled_from(sorted(set(CREATORS.values())))).encode()
    if vr in {"US", "SS", "UL", "SL", "FL", "FD", "AT"}:
        return draw(NUMBERS)
    return draw(TEXTS if vr in SHORT or vr in {"UC", "UT", "UR"} else st.binary(max_size=12))


@st.composite
def elements(draw, tag, implicit=False, depth=0):
    """Give one element, mostly in its VR; sequences with items of all kinds."""
    vr = vr_of(tag)
    if draw(st.integers(0, 9)) == 0:
        vr = draw(st.sampled_from(SHORT + LONG))
    if vr != "SQ":
        return element(tag, draw(values_of(tag, vr)), vr, implicit=implicit)
    inner = st.sampled_from([CHARSET, SEQUENCE, 0x00100020, 0x00091010, *PUBLIC[:9]])
    count = draw(st.integers(0, 2)) if depth < 3 else 0
    items = [
        b"".join(draw(elements(draw(inner), implicit, depth + 1)) for _ in range(count))
        for _ in range(draw(st.integers(0, 2)))
    ]
    ends = {"open_items": draw(st.booleans()), "open_end": draw(st.booleans())}
    return sequence(tag, items, implicit=implicit, **ends)


@st.composite
def data_sets(draw):
    """Give the elements of a data set by tag, and whether they are of implicit VR."""
    implicit = draw(st.booleans())
    tags = {
        *draw(st.sets(st.sampled_from(PUBLIC), max_size=12)),
        *draw(st.sets(st.sampled_from([CHARSET, *MAKERS, *OTHERS, *WANTED]), max_size=8)),
    }
    return {tag: draw(elements(tag, implicit)) for tag in sorted(tags)}, implicit


@given(data_sets(), st.sampled_from([EXPLICIT, RLE]), st.integers(0, 999))
def test_every_answer_is_pydicoms(judge, data_set, syntax, group_length) -> None:
    by_tag, implicit = data_set
    syntax = IMPLICIT if implicit else syntax
    judge.same(Walker(), a_file(by_tag.values(), syntax, group_length=group_length))


@given(data_sets(), st.data())
def test_what_was_learned_from_a_folder_changes_no_answer(judge, data_set, data) -> None:
    by_tag, implicit = data_set
    varying = data.draw(st.sets(st.sampled_from(sorted(by_tag)))) if by_tag else set()
    changed = [
        [data.draw(elements(tag, implicit)) if tag in varying else by_tag[tag] for tag in by_tag]
        for _ in range(4)
    ]
    files = [a_file(made, IMPLICIT if implicit else EXPLICIT) for made in changed]
    walker = Walker()
    for index in data.draw(st.lists(st.integers(0, 3), max_size=10)):
        judge.same(walker, files[index])


@given(st.booleans(), st.data())
def test_hostile_bytes_end_in_pydicoms_answer_or_in_none(judge, implicit, data) -> None:
    whole = hostile_base(implicit)
    walker = Walker()
    for k in range(3):
        assert judge.same(walker, whole[k])
    broken = bytearray(whole[data.draw(st.integers(0, 2))])
    places = st.tuples(st.integers(128, len(broken) - 1), st.integers(0, 255))
    for at, byte in data.draw(st.lists(places, max_size=3)):
        broken[at] = byte
    judge.same(walker, bytes(broken))
    judge.same(Walker(), bytes(broken))


def hostile_base(implicit):
    """Give three slices with sequences of all ends."""

    def with_ends(tag, items, ends):
        return sequence(tag, items, implicit=implicit, open_items=ends & 1, open_end=ends & 2)

    charset = element(CHARSET, b"ISO_IR 100", implicit=implicit)
    sequences = [
        with_ends(0x00400275 + ends, [with_ends(SEQUENCE, [charset], ends), charset], ends)
        for ends in range(4)
    ]
    syntax = IMPLICIT if implicit else EXPLICIT
    return [a_file([*a_slice(k, implicit), *sequences], syntax) for k in (1, 2, 3)]


@pytest.mark.long
@pytest.mark.parametrize("implicit", [False, True])
def test_each_byte_may_be_any_other(judge, implicit) -> None:
    learned, whole = Walker(), hostile_base(implicit)
    for k in range(3):
        assert judge.same(learned, whole[k])
    for at, byte in product(range(128, len(whole[0]) - 8), range(0, 256, 15)):
        broken = whole[0][:at] + bytes([byte]) + whole[0][at + 1 :]
        judge.same(learned, broken)
        judge.same(Walker(), broken)


@pytest.mark.parametrize("implicit", [False, True])
def test_a_file_cut_anywhere_in_its_header_is_left_to_pydicom(implicit) -> None:
    whole = hostile_base(implicit)[0]
    end = len(whole) - 8
    learned = Walker()
    for k in range(3):
        assert walked(learned, hostile_base(implicit)[k])
    for cut in range(end):
        assert walked(learned, whole[:cut]) is None
        assert walked(Walker(), whole[:cut]) is None
    assert walked(learned, whole[:end]).pixels.value_at == end


ODD_VALUES = [
    *(("AE", value) for value in (b"name\0", b" name ", b"a\\b\0")),
    *(("IS", value) for value in b"1.50;1e400; +7 ;1\\\\2;\0;1_0".split(b";")),
    *(("DS", value) for value in b"1\0\\2;1\\ \\2;1e999;SECR\\ET;-.5 ;\0;1,5".split(b";")),
    ("IS", b"9" * 400),
    *(("LO", value) for value in (b"\ta", b"\\", b"a\\\0", b"a\0b", b"   ", b"a\\ \\b ")),
    *(("UI", value) for value in (b"1.2 \0", b"1.2\0\\1.3 ", b" 1.2", b"no")),
    *((vr, bytes(3)) for vr in ("US", "FD", "OB", "OW", "UN", "AT", "ST", "PN", "UT", "SQ")),
    *(("FD", struct.pack("<d", value)) for value in (float("nan"), float("inf"), -2.5)),
    *(("SS", struct.pack("<2h", -1, 5)), ("PN", b"A^B=C\\D"), ("ST", b"a\\b "), ("UC", b"a\\b ")),
    *((vr, b"") for vr in (*SHORT, *LONG)),
]


@pytest.mark.parametrize("keyword", ["EchoTime", "ModalityLUTSequence"])
def test_a_value_that_is_odd_is_what_pydicom_makes_of_it(judge, keyword) -> None:
    walker = Walker()
    for vr, value in ODD_VALUES:
        assert judge.same(walker, a_file([element(int(Tag(keyword)), value, vr)])), (vr, value)


@pytest.mark.parametrize("text", [bytes(range(0x20, 0x7F)), b"Sch\xe4del", b"\x1b$B;3\x1b(B"])
def test_every_character_set_gives_pydicoms_words(judge, text) -> None:
    for name in python_encoding:
        data = a_file([element(CHARSET, name.encode()), element(0x0008103E, text)])
        assert judge.same(Walker(), data), name


@pytest.mark.parametrize("charset", [b"ISO_IR 100", b"ISO_IR 192", b"\\ISO 2022 IR 87 "])
def test_a_description_that_is_no_ascii_is_read_by_its_character_set(judge, charset) -> None:
    text = "Schädel".encode("utf-8" if charset == b"ISO_IR 192" else "latin-1")
    assert judge.same(Walker(), a_file(a_slice(**{"00080005": charset, "0008103E": text})))


def test_makers_elements_are_read_with_their_vr_and_without_it(judge) -> None:
    private = {
        0x00190010: b"SIEMENS MR HEADER ",
        0x0019100C: b"1000",
        0x00430010: b"GEMS_PARM_01",
        0x00431039: b"1000000800\\8\\0\\0 ",
    }
    for implicit, vr in ((True, None), (False, "IS"), (False, "UN")):
        made = [
            element(tag, value, None if tag & 0xFF00 == 0 else vr, implicit=implicit)
            for tag, value in private.items()
        ]
        data = a_file(made, IMPLICIT if implicit else EXPLICIT)
        assert judge.same(Walker(), data)
        with silently():
            assert walked(Walker(), data).number(Tag(0x0019100C)) == 1000


def test_the_third_slice_of_a_series_is_compared_not_parsed(judge, monkeypatch) -> None:
    walker = Walker()
    for k in (1, 2):
        assert judge.same(walker, a_file(a_slice(k)))
    monkeypatch.delattr(likewise, "walked")
    for k in (3, 10, 1):  # of other lengths too
        assert judge.same(walker, a_file(a_slice(k)))


def test_series_that_lie_mixed_in_one_folder_are_all_learned(judge, monkeypatch) -> None:
    walker = Walker()
    for k, series in product((1, 2), (b"1.5", b"1.6", b"1.7")):
        assert judge.same(walker, a_file(a_slice(k, **{"0020000E": series})))
    monkeypatch.delattr(likewise, "walked")
    for k, series in product((3, 4), (b"1.6", b"1.5")):
        assert judge.same(walker, a_file(a_slice(k, **{"0020000E": series})))


def of_undefined_length(vr, tag=SEQUENCE, *, implicit=False):
    made = sequence(tag, [], open_end=True, vr=vr, implicit=implicit)
    return a_file([made], IMPLICIT if implicit else EXPLICIT)


def with_item(item, syntax=EXPLICIT, cut=0):
    """Give a sequence of undefined length with one item, which says to be shorter than it is."""
    made = sequence(SEQUENCE, [item], open_end=True, implicit=syntax == IMPLICIT)
    length, shorter = (struct.pack("<L", len(item) - n) for n in (0, cut))
    return a_file(
        [made.replace(b"\xfe\xff\x00\xe0" + length, b"\xfe\xff\x00\xe0" + shorter)], syntax
    )


ODD_FILES = {
    "it is deflated": a_file(a_slice(), "1.2.840.10008.1.2.1.99"),
    "it is big endian": a_file(a_slice(), "1.2.840.10008.1.2.2"),
    "it speaks of deflating": a_file([element(0x00080018, b"1.2.840.10008.1.2.1.99")]),
    "its syntax is private": a_file(a_slice(), "1.2.3.4"),
    "it has no syntax": a_file(a_slice(), ""),
    "it has no preamble": a_file(a_slice())[132:],
    "its preamble says gzip": b"\x1f\x8b" + a_file(a_slice())[2:],
    "it has no pixels": a_file(a_slice())[: -len(element(PIXELS, bytes(8)))],
    "its pixels are floats": a_file([element(0x7FE00008, bytes(8), "OF")]),
    "its pixels say UN": a_file(a_slice(), pixel_vr="UN"),
    "its tags fall": a_file(reversed(a_slice())),
    "a tag comes twice": a_file([*a_slice(), a_slice()[-1]]),
    "a VR is unknown": a_file([element(0x00080060, b"MR").replace(b"CS", b"XX")]),
    "it is of implicit VR inside": a_file(a_slice(implicit=True)),
    "it is of explicit VR inside": a_file(a_slice(), IMPLICIT),
    "UN has no length": of_undefined_length("UN"),
    "OB has no length": of_undefined_length("OB"),
    "what is asked for has no length": of_undefined_length("SQ", 0x00283000),
    "its character set is unknown": a_file([element(CHARSET, b"latin-9 ")]),
    "its character set is no text": a_file([element(CHARSET, b"ISO_IR 6", "US")]),
    "a name has no length": of_undefined_length("PN", 0x00100010, implicit=True),
    "an unknown element has no length": of_undefined_length("UN", 0x00091010, implicit=True),
    "an item has an unknown character set": with_item(element(CHARSET, b"latin-9 ")),
    "an item ends inside an element": with_item(element(0x00080060, b"MR"), cut=2),
    "an item is of implicit VR": with_item(element(0x00080060, b"MR", implicit=True)),
    "an item ends twice": with_item(ITEM_END + element(0x00080060, b"", implicit=True), IMPLICIT),
    "a length looks like a VR": a_file(
        [element(0x00080060, bytes(0x4141), implicit=True)], IMPLICIT
    ),
}


@pytest.mark.parametrize("why", ODD_FILES)
def test_a_file_is_pydicoms_when(why) -> None:
    assert walked(Walker(), ODD_FILES[why]) is None


@pytest.mark.parametrize(("depth", "read"), [(8, True), (9, False)])
def test_sequences_are_followed_eight_deep(judge, depth, read) -> None:
    nested = b""
    for _ in range(depth):
        nested = sequence(SEQUENCE, [nested], open_items=True, open_end=True)
    assert judge.same(Walker(), a_file([nested])) is read


@pytest.mark.parametrize(("kib", "read"), [(15, True), (17, True), (300, True), (5000, False)])
def test_longer_headers_are_read_and_nothing_more_where_enough_is_there(judge, kib, read) -> None:
    blob = element(0x00091010, bytes(kib * 1024), "OB")
    slices = [a_file([*a_slice(k)[:5], blob, *a_slice(k)[5:]]) for k in (1, 2, 3)]
    walker = Walker()
    assert judge.same(walker, slices[0]) is read
    if read:
        assert walker.read(slices[1], file_bytes=len(slices[1]), more=None) is not None
    assert judge.same(walker, slices[2], read_bytes=2048) is read


@pytest.mark.parametrize(
    ("tag", "third", "implicit", "read"),
    [
        (CHARSET, b"utf_16", False, False),  # to pydicom, words of two bytes a letter
        (0x00080001, bytes(0x4141), True, False),  # its length looks like a VR
        (0x00080016, b"1.2.3", False, True),
    ],
)
def test_what_comes_new_in_the_third_slice_is_seen(judge, tag, third, implicit, read) -> None:
    walker = Walker()
    for value in (b"ISO_IR 6", b"ISO_IR 100", third, b"GBK "):
        made = a_slice(7, implicit, **{f"{tag:08x}": value})
        data = a_file(made, IMPLICIT if implicit else EXPLICIT)
        was_read = judge.same(walker, data, read_bytes=len(data))
        assert was_read is (read or value is not third)


def test_two_slices_share_all_but_what_is_left_out() -> None:
    walker = Walker()
    per_file = frozenset({0x00080018, 0x00200013, 0x00200032})
    first, *keys = [walked(walker, a_file(a_slice(k))).shared_key(per_file) for k in (1, 2, 3, 1)]
    assert len(set(keys)) == 1
    assert first != keys[0]  # nobody knew what would differ
    others = [
        a_file(a_slice(1, **{"00080060": b"CT"})),
        a_file(a_slice(1, **{"00180081": b"90"})),
        a_file(a_slice(1, implicit=True), IMPLICIT),
        a_file(a_slice(1), RLE),
        a_file(a_slice(1), pixels=bytes(10)),
    ]
    apart = [walked(walker, data).shared_key(per_file) for data in others]
    assert len({keys[0], *apart}) == 6
    assert walked(walker, a_file(a_slice(1))).shared_key(frozenset()) != keys[0]


def test_a_syntax_that_is_padded_otherwise_ends_nothing_that_was_learned() -> None:
    walker = Walker()
    padded = EXPLICIT + "\0" * 4  # as of a deflated object that was inflated
    for syntax in (EXPLICIT, padded, EXPLICIT, padded):
        keys = [
            walked(walker, a_file(a_slice(k), syntax)).shared_key(frozenset({0x00080018}))
            for k in (1, 2, 2)
        ]
        assert keys[1] == keys[2]
    assert walked(walker, a_file(a_slice(7))).own_tags
    assert walked(walker, a_file(a_slice(8), padded)).own_tags


def test_what_a_reader_raises_goes_through() -> None:
    def gone(_count):
        raise PermissionError

    data = a_file([element(0x00091010, bytes(2048), "OB")])
    with pytest.raises(PermissionError):
        Walker().read(data[:1024], file_bytes=len(data), more=gone)


def test_a_header_keeps_the_patient_out_of_its_repr() -> None:
    assert "patient" not in repr(walked(Walker(), a_file(a_slice())))


def test_files_that_pydicom_is_tested_with_are_answered_as_by_pydicom(judge) -> None:
    files = (Path(pydicom.__file__).parent / "data" / "test_files").rglob("*")
    read = [judge.same(Walker(), path.read_bytes()) for path in files if path.is_file()]
    assert sum(read) > 80


@pytest.mark.corpus
def test_all_files_of_the_corpus_are_answered_as_by_pydicom(corpus, judge) -> None:
    walker, answered, there = Walker(), 0, 0
    for path in sorted(path for path in corpus.glob("dicom/**/*") if path.is_file()):
        data = path.read_bytes()
        if not looks_like_dicom(data[:1024]):
            assert walked(walker, data) is None
            continue
        there += 1
        answered += judge.same(walker, data)
    assert answered > 0.9 * there
