"""Compressed pixels: bit for bit what pydicom makes of the same streams, or a refusal."""

import struct
import tracemalloc
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from builders import a_grid, voxels_for, write_series
from encoded import (
    HTJ2K,
    JPEG,
    JPEG_2000,
    JPEG_LS,
    LOSSLESS,
    an_image_object,
    encode,
    found,
    hold,
    hold_with_extended_table,
    judged,
    loaded,
    planes_in,
    run_lengths,
    written,
)
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydicom import dcmread, uid
from pydicom.encaps import encapsulate, fragment_frame

import mriview
from mriview.errors import ScanError
from mriview.scans.dicom.codecs import DEFLATED_FRAMES, ENCAPSULATED_UNCOMPRESSED
from mriview.scans.dicom.codestream import codestream_of

GRID = a_grid((16, 13, 12))
NOISE = np.random.default_rng(1).integers(0, 4000, (3, 24, 21)).astype("<u2")
ALL = (uid.RLELossless, *JPEG, *JPEG_LS, *JPEG_2000, *HTJ2K)
every_lossless = pytest.mark.parametrize("syntax", LOSSLESS, ids=lambda syntax: syntax.name)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("objects") / "object.dcm"


# ---- what is read -----------------------------------------------------------------------------


@st.composite
def encoded_objects(draw):
    """Give an object in any syntax, depth, sign and size that its codec can hold."""
    syntax = draw(st.sampled_from(ALL))
    kinds = {uid.JPEGBaseline8Bit: "u1 i1", uid.JPEGExtended12Bit: "u2 i2"}
    wide = "u1 i1 u2 i2 u4 i4" if syntax == uid.RLELossless else "u1 i1 u2 i2"
    dtype = np.dtype(draw(st.sampled_from(kinds.get(syntax, wide).split())))
    most = 12 if syntax == uid.JPEGExtended12Bit else 8 * dtype.itemsize
    bits = draw(st.integers(1, most))
    sides = st.integers(1, 20)
    shape = draw(st.tuples(st.integers(1, 3), sides, sides))
    patterns = draw(arrays(f"u{dtype.itemsize}", shape, elements=st.integers(0, 2**bits - 1)))
    signed = syntax in JPEG_2000 and draw(st.booleans())
    streams = [encode(image, syntax, signed_stream=signed) for image in patterns]
    return an_image_object(patterns.view(dtype), syntax, streams, BitsStored=bits)


@given(ds=encoded_objects())
def test_compressed_pixels_are_those_of_pydicom_with_the_same_codec(place, ds) -> None:
    file = written(place, ds)
    ours, theirs = loaded(planes_in(file)), judged(file)
    assert ours.dtype == theirs.dtype
    assert np.array_equal(ours, theirs)


@every_lossless
def test_a_lossless_series_is_what_was_encoded(tmp_path: Path, syntax) -> None:
    def compress(ds, _k):
        stored = np.frombuffer(ds.PixelData, "<u2").reshape(ds.Rows, ds.Columns)
        ds.file_meta.TransferSyntaxUID = syntax
        hold(ds, encapsulate([encode(stored, syntax)]))

    voxels = voxels_for(GRID.shape, "<u2") * 7
    write_series(tmp_path, GRID, voxels, compress)
    (volume,) = mriview.open_study(tmp_path).volumes.values()
    assert np.array_equal(volume.voxels, voxels)


@pytest.mark.parametrize("stream_is_signed", [False, True])
@pytest.mark.parametrize("dtype", ["<u2", "<i2"])
def test_the_header_decides_the_sign_of_a_jpeg_2000_stream(place, dtype, stream_is_signed) -> None:
    stored = np.array([[[0, 1, 2047], [2048, 4095, 70]]], "<u2")
    spread = (stored << 4).view("<i2") >> 4  # the same 12 bits, as a signed sample
    samples = spread[0] if stream_is_signed else stored[0]
    stream = imagecodecs.jpeg2k_encode(
        samples, reversible=True, codecformat="j2k", bitspersample=12
    )
    ds = an_image_object(stored.view(dtype), uid.JPEG2000Lossless, [stream], BitsStored=12)
    expected = spread if dtype == "<i2" else stored
    assert np.array_equal(loaded(planes_in(written(place, ds))), expected)


def test_a_jpeg_2000_stream_in_its_file_format_is_read_too(place) -> None:
    stream = imagecodecs.jpeg2k_encode(NOISE[0], reversible=True, codecformat="jp2")
    file = written(place, an_image_object(NOISE[:1], uid.JPEG2000Lossless, [stream]))
    assert np.array_equal(loaded(planes_in(file)), NOISE[:1])


def test_eight_bit_streams_fill_the_sixteen_bits_that_the_header_says(place) -> None:
    small = (NOISE >> 4).astype("u1")
    for syntax in (uid.JPEGLosslessSV1, uid.JPEGLSLossless, uid.JPEG2000Lossless):
        streams = [encode(image, syntax) for image in small]
        ds = an_image_object(small.astype("<u2"), syntax, streams, BitsStored=8)
        assert np.array_equal(loaded(planes_in(written(place, ds))), small)


@pytest.mark.parametrize("dtype", ["u1", "<i2", "<u4"])
def test_frames_may_be_plain_or_deflated_each_by_itself(place, dtype) -> None:
    images = NOISE.astype(dtype)[:, :5, :5]
    plain = [image.tobytes() for image in images]
    deflated = [raw_deflated(one) for one in plain]
    for syntax, streams in ((ENCAPSULATED_UNCOMPRESSED, plain), (DEFLATED_FRAMES, deflated)):
        assert np.array_equal(loaded(framed(place, syntax, images, streams)), images)
        too_much = raw_deflated(bytes(9000)) if syntax == DEFLATED_FRAMES else bytes(9000)
        for broken in (streams[0][:-4], too_much, b"\xff\xff"):
            with pytest.raises(ScanError, match="pixel_data_corrupt"):
                loaded(framed(place, syntax, images[:1], [broken]))


def framed(place: Path, syntax: str, images: np.ndarray, streams: list[bytes]):
    """Write a syntax that pydicom does not know by the name of one of equal length."""
    written(place, an_image_object(images, ENCAPSULATED_UNCOMPRESSED, streams))
    known, wanted = ENCAPSULATED_UNCOMPRESSED.encode(), syntax.encode().ljust(22, b"\0")
    place.write_bytes(place.read_bytes().replace(known, wanted))
    planes = planes_in(found(place))
    assert {plane.encoding.syntax for plane in planes} == {syntax}
    return planes


def raw_deflated(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(data) + deflater.flush()


# ---- where frames lie -------------------------------------------------------------------------


@every_lossless
def test_frames_are_found_with_a_table_and_without(place, syntax) -> None:
    streams = [encode(image, syntax) for image in NOISE]
    ds = an_image_object(NOISE, syntax, streams)
    for fragments in (encapsulate(streams), encapsulate(streams, has_bot=False)):
        assert np.array_equal(loaded(planes_in(written(place, hold(ds, fragments)))), NOISE)


@pytest.mark.parametrize("has_table", [True, False])
@pytest.mark.parametrize("syntax", LOSSLESS[1:], ids=lambda syntax: syntax.name)
def test_a_frame_may_lie_in_several_fragments(place, syntax, has_table) -> None:
    streams = [encode(image, syntax) for image in NOISE]
    fragments = encapsulate(streams, fragments_per_frame=3, has_bot=has_table)
    file = written(place, hold(an_image_object(NOISE, syntax, streams), fragments))
    assert np.array_equal(loaded(planes_in(file)), NOISE)


def test_all_fragments_of_a_single_image_are_its_stream(place) -> None:
    stream = encode(NOISE[0], uid.JPEGLSLossless)
    for table in (b"", struct.pack("<I", 99)):  # with one frame a table has nothing to tell
        items = [table, *fragment_frame(stream, 3)]
        raw = b"".join(item(one) for one in items) + END
        file = written(place, hold(an_image_object(NOISE[:1], uid.JPEGLSLossless, [stream]), raw))
        assert np.array_equal(loaded(planes_in(file)), NOISE[:1])


def test_an_extended_table_that_is_right_changes_nothing(place) -> None:
    streams = [encode(image, uid.RLELossless) for image in NOISE]
    ds = an_image_object(NOISE, uid.RLELossless, streams)
    file = written(place, hold_with_extended_table(ds, streams))
    assert np.array_equal(loaded(planes_in(file)), NOISE)


WRONG_TABLES = {
    "all zero": lambda offsets, _lengths: offsets.__setitem__(slice(None), [0, 0, 0]),
    "past the end": lambda offsets, _lengths: offsets.__setitem__(2, 2**40),
    "another length": lambda _offsets, lengths: lengths.__setitem__(1, 8),
    "another order": lambda offsets, _lengths: offsets.reverse(),
}


@pytest.mark.parametrize("edit", WRONG_TABLES.values(), ids=WRONG_TABLES.keys())
def test_an_extended_table_that_contradicts_the_frames_is_refused(place, edit) -> None:
    streams = [encode(image, uid.RLELossless) for image in NOISE]
    ds = an_image_object(NOISE, uid.RLELossless, streams)
    file = written(place, hold_with_extended_table(ds, streams, edit))
    with pytest.raises(ScanError, match="table of frames contradicts them"):
        loaded(planes_in(file))


@pytest.mark.parametrize("offsets", [[0, 0, 0], [0, 8, 16], [8, 0, 4], [0, 2**30, 2**31]])
def test_a_basic_table_that_contradicts_the_frames_is_refused(place, offsets) -> None:
    streams = [encode(image, uid.JPEGLosslessSV1) for image in NOISE]
    raw = b"".join(item(one) for one in [struct.pack("<3I", *offsets), *streams]) + END
    file = written(place, hold(an_image_object(NOISE, uid.JPEGLosslessSV1, streams), raw))
    with pytest.raises(ScanError, match="table of frames contradicts them"):
        loaded(planes_in(file))


@pytest.mark.parametrize("has_table", [True, False])
def test_frames_that_are_missing_are_counted_in_bytes(place, has_table) -> None:
    streams = [encode(image, uid.JPEGLosslessSV1) for image in NOISE[:2]]
    ds = an_image_object(NOISE, uid.JPEGLosslessSV1, streams)
    file = written(place, hold(ds, encapsulate(streams, has_bot=has_table)))
    with pytest.raises(ScanError, match=f"{NOISE[0].nbytes} bytes are missing"):
        loaded(planes_in(file))


@pytest.mark.parametrize("has_table", [True, False])
@every_lossless
def test_a_frame_more_than_the_header_promises_is_left_out(place, syntax, has_table) -> None:
    streams = [encode(image, syntax) for image in NOISE]
    ds = an_image_object(NOISE[:2], syntax, streams)
    file = written(place, hold(ds, encapsulate(streams, has_bot=has_table)))
    assert np.array_equal(loaded(planes_in(file)), NOISE[:2])


def test_fragments_that_nobody_can_part_into_frames_are_refused(place) -> None:
    streams = [encode(image, uid.JPEGLSLossless) for image in NOISE[:2]]
    pieces = [b"\0\0", *streams]
    ds = an_image_object(NOISE[:2], uid.JPEGLSLossless, streams)
    file = written(place, hold(ds, encapsulate(pieces, has_bot=False)))
    with pytest.raises(ScanError, match="nothing tells where its frames end"):
        loaded(planes_in(file))


@pytest.mark.parametrize("kept", [-8, -20, 12])
def test_a_file_that_ends_among_its_frames_is_refused(place, kept) -> None:
    streams = [encode(image, uid.RLELossless) for image in NOISE]
    planes = planes_in(written(place, an_image_object(NOISE, uid.RLELossless, streams)))
    place.write_bytes(place.read_bytes()[: kept if kept < 0 else planes[0].pixels_at + kept])
    with pytest.raises(ScanError, match="pixel_data_truncated"):
        loaded([plane._replace(file=plane.file._replace(size=-1)) for plane in planes])


def test_what_is_no_item_is_not_taken_for_one(place) -> None:
    ds = an_image_object(NOISE, uid.RLELossless)
    planes = planes_in(written(place, ds))
    data = bytearray(place.read_bytes())
    at = planes[0].pixels_at
    data[at : at + 8] = b"\xff" * 8
    place.write_bytes(data)
    with pytest.raises(ScanError, match="do not follow each other"):
        loaded([plane._replace(file=plane.file._replace(size=-1)) for plane in planes])


@pytest.mark.parametrize("length", [2**32 - 2, 2**20])
def test_a_fragment_longer_than_its_file_is_refused_before_it_is_read(place, length) -> None:
    ds = hold(an_image_object(NOISE[:1], uid.RLELossless), item(b"") + END)
    for defined in (False, True):
        ds.PixelData = item(b"") + b"\xfe\xff\x00\xe0" + struct.pack("<I", length) + bytes(80)
        planes = planes_in(written(place, hold(ds, ds.PixelData)))
        size = len(ds.PixelData) if defined else None
        tracemalloc.start()
        with pytest.raises(ScanError, match="pixel_data_"):
            loaded([plane._replace(pixels_bytes=size) for plane in planes])
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 2**20


def test_a_frame_larger_than_an_image_may_be_is_refused(place, set_limit) -> None:
    planes = planes_in(written(place, an_image_object(NOISE, uid.JPEGLSLossless)))
    set_limit(frame_bytes=500)
    with pytest.raises(ScanError, match="a frame is larger than an image may be"):
        loaded(planes)


END = b"\xfe\xff\xdd\xe0\0\0\0\0"


def item(value: bytes) -> bytes:
    padded = value + b"\0" * (len(value) % 2)
    return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(padded)) + padded


# ---- what is refused --------------------------------------------------------------------------


def refused(place: Path, images, syntax, streams, **tags) -> ScanError:
    file = written(place, an_image_object(images, syntax, streams, **tags))
    tracemalloc.start()
    with pytest.raises(ScanError) as error:
        loaded(planes_in(file))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 2**20
    return error.value


@given(syntax=st.sampled_from(ALL), part=st.floats(0, 1))
def test_a_stream_that_is_cut_is_refused_or_whole(place, syntax, part) -> None:
    images = sound_for(syntax)
    stream = encode(images[0], syntax)
    whole, cut = (
        written(place.with_name(name), an_image_object(images, syntax, [data]))
        for name, data in (
            ("whole", stream),
            ("cut", stream[: 2 + int(part * len(stream)) // 2 * 2]),
        )
    )
    outcome = outcome_of(cut)
    assert isinstance(outcome, str) or np.array_equal(outcome, outcome_of(whole))
    assert not isinstance(outcome, str) or outcome == "pixel_data_corrupt"


def outcome_of(file) -> np.ndarray | str:
    return outcome_of_planes(planes_in(file))


def outcome_of_planes(planes) -> np.ndarray | str:
    try:
        return loaded(planes)
    except ScanError as error:
        return error.code


def sound_for(syntax) -> np.ndarray:
    return (NOISE[:1] >> 4).astype("u1") if syntax == uid.JPEGBaseline8Bit else NOISE[:1]


@pytest.mark.parametrize("syntax", [*JPEG, *JPEG_LS, *JPEG_2000, *HTJ2K], ids=lambda uid: uid.name)
def test_a_stream_of_another_size_is_refused_before_it_is_decoded(place, syntax) -> None:
    dtype = "u1" if syntax == uid.JPEGBaseline8Bit else "<u2"
    huge = encode(np.zeros((1500, 2000), dtype), syntax)
    error = refused(place, np.zeros((1, 20, 20), dtype), syntax, [huge])
    assert error.found.endswith("(the stream holds an image of another size than its header says)")


def test_a_coloured_stream_is_refused(place) -> None:
    stream = imagecodecs.jpeg8_encode(np.zeros((8, 8, 3), "u1"))
    error = refused(place, np.zeros((1, 8, 8), "u1"), uid.JPEGBaseline8Bit, [stream])
    assert "holds colours" in error.found


def test_samples_wider_than_the_header_allows_are_refused(place) -> None:
    for syntax in (uid.JPEGLosslessSV1, uid.JPEGLSLossless, uid.JPEG2000Lossless):
        stream = encode(NOISE[0], syntax)
        error = refused(place, NOISE[:1].astype("u1"), syntax, [stream])
        assert "more bits than its header says" in error.found


def test_a_stream_of_another_kind_than_its_syntax_is_refused(place) -> None:
    stream = encode(NOISE[0], uid.JPEGLSLossless)
    for syntax in (uid.JPEGLosslessSV1, uid.JPEG2000Lossless):
        assert "another kind" in refused(place, NOISE[:1], syntax, [stream]).found
    assert "another kind" in refused(place, NOISE[:1], uid.JPEGLSLossless, [b"text"]).found


def test_a_stream_cut_into_a_million_pieces_costs_nothing(place) -> None:
    plain = bytearray(encode(np.zeros((1000, 1000), "<u2"), uid.JPEG2000Lossless))
    style = plain.index(b"\xff\x52")
    (length,) = struct.unpack_from(">H", plain, style + 2)
    precincts = plain.copy()
    precincts[style + 4] |= 1
    precincts[style + 2 + length : style + 2 + length] = b"\x11" * 6  # 2 x 2 pixels each
    struct.pack_into(">H", precincts, style + 2, length + 6)
    tiles = plain.copy()
    struct.pack_into(">2I", tiles, 24, 2, 2)
    blocks_and_layers = plain.copy()
    struct.pack_into(">H", blocks_and_layers, style + 6, 65535)
    struct.pack_into(">2I", blocks_and_layers, 24, 50, 50)
    for stream in (precincts, tiles, blocks_and_layers):
        images = np.zeros((1, 1000, 1000), "<u2")
        error = refused(place, images, uid.JPEG2000Lossless, [bytes(stream)])
        assert "more pieces than an image has" in error.found


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([1, 64], "samples of another size"),
        ([15, *range(64, 79)], "samples of another size"),
        ([2, 64, 64], "contradicts its length"),
        ([2, 70, 64], "contradicts its length"),
        ([2, 64, 2**31], "contradicts its length"),
        ([2, 0, 64], "contradicts its length"),
        ([2, 64, 70], "end too early"),
    ],
)
def test_run_lengths_with_a_table_that_lies_are_refused(place, table, reason) -> None:
    packed = run_lengths(NOISE[0])[64:]
    stream = struct.pack(f"<{len(table)}I", *table).ljust(64, b"\0") + packed
    assert reason in refused(place, NOISE[:1], uid.RLELossless, [stream]).found


def test_run_lengths_that_are_padded_are_read(place) -> None:
    stream = run_lengths(NOISE[0]) + b"\0" * 20
    file = written(place, an_image_object(NOISE[:1], uid.RLELossless, [stream]))
    assert np.array_equal(loaded(planes_in(file)), NOISE[:1])


def test_an_image_that_no_stream_of_its_length_can_hold_is_refused(place) -> None:
    stream = run_lengths(NOISE[0])
    error = refused(place, NOISE[:1], uid.RLELossless, [stream], Rows=8000, Columns=8000)
    assert error.code == "expands_too_much"


def test_many_images_that_so_few_bytes_cannot_hold_are_refused(place) -> None:
    images = np.zeros((40, 1024, 1024), "u1")
    streams = [encode(image, uid.JPEGLSLossless) for image in images[:1]] * 40
    planes = planes_in(written(place, an_image_object(images, uid.JPEGLSLossless, streams)))
    with pytest.raises(ScanError, match="expands_too_much"):
        loaded([plane for plane in planes for _ in range(2)])


def test_one_corrupt_slice_refuses_the_volume(tmp_path: Path) -> None:
    def compress(ds, k):
        ds.compress(uid.RLELossless)
        if k == 7:
            hold(ds, encapsulate([b"\0" * 80]))

    write_series(tmp_path, GRID, edit=compress)
    (volume,) = mriview.open_study(tmp_path).volumes.values()
    with pytest.raises(ScanError, match="pixel_data_corrupt"):
        _ = volume.voxels


def test_nothing_of_a_decoder_is_said(place, capfd) -> None:
    for syntax in ALL[1:]:
        images = sound_for(syntax)
        stream = encode(images[0], syntax)
        rubbish = stream[: len(stream) // 2] + b"\xff\x4f" * (len(stream) // 4)
        refused(place, images, syntax, [rubbish])
    assert capfd.readouterr() == ("", "")


@given(
    syntax=st.sampled_from(ALL),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=9),
    cut=st.floats(0, 1),
)
def test_bytes_that_rotted_give_an_image_or_a_refusal(place, syntax, changes, cut) -> None:
    planes = planes_in(written(place, an_image_object(sound_for(syntax), syntax)))
    data = bytearray(place.read_bytes())
    begin = planes[0].pixels_at
    for part, value in changes:
        data[begin + int(part * (len(data) - begin))] = value
    place.write_bytes(data[: begin + int(cut * (len(data) - begin))] if cut < 0.5 else data)
    outcome = outcome_of_planes([plane._replace(file=found(place)) for plane in planes])
    if isinstance(outcome, str):
        assert outcome in {"pixel_data_corrupt", "pixel_data_truncated", "expands_too_much"}
    else:
        assert outcome.shape == sound_for(syntax).shape


# ---- what a stream says of itself -------------------------------------------------------------


@pytest.mark.parametrize("syntax", [*JPEG, *JPEG_LS, *JPEG_2000, *HTJ2K], ids=lambda uid: uid.name)
def test_a_stream_tells_its_size_before_it_is_decoded(syntax) -> None:
    said = codestream_of(encode(sound_for(syntax)[0], syntax))
    assert (said.rows, said.columns, said.samples) == (24, 21, 1)


BEGINNINGS = [
    *(b"", b"\xff\xd8\xff", b"\0\0\0\x0cjP  "),
    *(encode(NOISE[0], uid.JPEG2000Lossless)[:length] for length in (4, 51, 53)),
]


@given(st.sampled_from(BEGINNINGS), st.binary(max_size=200))
def test_bytes_that_are_no_stream_tell_nothing_and_raise_nothing(beginning, data) -> None:
    said = codestream_of(beginning + data)
    assert said is None or min(said.rows, said.columns, said.samples) >= 0


def test_a_syntax_that_nobody_decodes_is_named_by_the_headers(tmp_path: Path) -> None:
    paths = write_series(tmp_path)
    for path in paths:
        ds = dcmread(path)
        ds.file_meta.TransferSyntaxUID = uid.MPEG2MPML
        hold(ds, encapsulate([b"video"])).save_as(path)
    study = mriview.open_study(tmp_path)
    assert [p.code for p in study.problems] == ["transfer_syntax_unsupported"]
