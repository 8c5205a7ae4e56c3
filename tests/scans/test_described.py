"""A study described without its voxels: nothing is lost, nothing is added, nothing is guessed."""

import json
from contextlib import suppress
from dataclasses import fields
from types import MappingProxyType

import numpy as np
import pytest
import readings as r
import strategies
from hypothesis import given
from hypothesis import strategies as st

import mriview
from mriview import vocabulary
from mriview.errors import BrokenRecordError, ScanError
from mriview.scans import Role, Study, Tally, Volume
from mriview.scans.described import description_of, study_from
from mriview.values import Problem

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SHA256 = st.text("0123456789abcdef", min_size=64, max_size=64)
PROBLEMS = st.builds(
    Problem,
    code=WORDS,
    severity=st.sampled_from(["info", "warning", "error"]),
    message=WORDS,
    remedy=WORDS,
    evidence=st.dictionaries(WORDS, st.one_of(WORDS, NUMBERS, st.integers(), st.booleans())),
    where=st.none() | WORDS,
)
ROLES = st.builds(
    Role,
    st.sampled_from(list(vocabulary.roles())),
    st.floats(0, 1),
    st.lists(WORDS, max_size=3).map(tuple),
)


def no_voxels():
    raise AssertionError


@st.composite
def volumes(draw, key):
    edges_mm = st.tuples(*[st.floats(0.1, 9.0)] * 3)
    return Volume(
        key=key,
        grid=draw(strategies.grids()),
        load=no_voxels,
        time_points=draw(st.integers(1, 900)),
        modality=draw(WORDS),
        role=draw(ROLES),
        physics=draw(st.dictionaries(WORDS, st.one_of(NUMBERS, WORDS), max_size=3)),
        frame_of_reference=draw(st.none() | WORDS),
        acquired_voxel_mm=draw(st.none() | edges_mm),
        file_count=draw(st.integers(0, 900)),
        problems=tuple(draw(st.lists(PROBLEMS, max_size=2))),
    )


@st.composite
def studies(draw):
    keys = draw(st.lists(st.from_regex(r"[0-9a-f]{8}(\.[1-9])?", fullmatch=True), unique=True))
    return Study(
        key=draw(st.from_regex(r"[0-9a-f]{16}(-2)?", fullmatch=True)),
        volumes=MappingProxyType({key: draw(volumes(key)) for key in keys}),
        problems=tuple(draw(st.lists(PROBLEMS, max_size=2))),
        tally=draw(st.builds(Tally, *[st.integers(0, 10**9)] * 4)),
        scanner_frame_assumed=draw(st.booleans()),
    )


def told(volume, *apart):
    names = {one.name for one in fields(Volume)} - {"load", *apart}
    return {name: getattr(volume, name) for name in names}


@given(studies(), st.data())
def test_what_is_described_is_read_back_as_it_was(study, data):
    content = {key: data.draw(st.none() | SHA256) for key in study.volumes}
    again = study_from(description_of(study, content))
    assert list(again.volumes) == list(study.volumes)
    for key, volume in study.volumes.items():
        assert told(again.volumes[key]) == told(volume)
        matrices = (one.grid.lps_from_index.tobytes() for one in (again.volumes[key], volume))
        assert len(set(matrices)) == 1
    for name in ("key", "problems", "tally", "scanner_frame_assumed", "place"):
        assert getattr(again, name) == getattr(study, name)
    assert description_of(again, content) == description_of(study, content)


def test_voxels_are_refused_with_the_remedy_and_the_digest_is_known():
    study = r.a_study()
    digests = {key: volume.content_sha256 for key, volume in study.volumes.items()}
    volume = study_from(description_of(study, digests)).volume("t2_cisternogram")
    assert volume.content_sha256 == digests[volume.key]
    for touch in (lambda: volume.voxels, volume.to_nibabel):
        with pytest.raises(ScanError, match=r"scans_not_here.*Give the path of the study"):
            touch()
    lost = study_from(description_of(study, dict.fromkeys(digests))).volume("t2_cisternogram")
    with pytest.raises(ScanError, match="scans_not_here"):
        lost.content_sha256  # noqa: B018 (asking is the test)


def test_a_place_on_this_disk_is_in_no_description(tmp_path):
    volume = r.a_volume()
    study = Study("0" * 16, {volume.key: volume}, place=tmp_path)
    assert str(tmp_path) not in description_of(study, {volume.key: None}).decode()


def test_evidence_that_json_does_not_know_becomes_words():
    odd = {"nan": float("nan"), "steps": (1, np.float64(0.5)), "kind": b"x", "count": np.int64(3)}
    study = Study("0" * 16, problems=(Problem("odd", "info", "", "", odd),))
    (read,) = study_from(description_of(study, {})).problems
    assert read.evidence == {"nan": "nan", "steps": [1, 0.5], "kind": "b'x'", "count": "3"}


def changed(edit):
    study = r.a_study()
    text = json.loads(description_of(study, dict.fromkeys(study.volumes)))
    edit(text)
    return json.dumps(text).encode()


def set_in_volume(**values):
    return lambda text: text["volumes"][0].update(values)


HOSTILE = {
    "no object": lambda text: text.clear(),
    "another format": lambda text: text.update(format="mriview.review"),
    "no version": lambda text: text.update(format_version=1.0),
    "a key of a path": lambda text: text.update(place="/somewhere"),
    "a key of a path in a volume": set_in_volume(place="/somewhere"),
    "a key less": lambda text: text["volumes"][0].pop("physics"),
    "no list of volumes": lambda text: text.update(volumes={}),
    "two volumes of one key": lambda text: text["volumes"].append(text["volumes"][0]),
    "a key of no series": set_in_volume(key="../../etc"),
    "a grid without voxels": set_in_volume(shape=[0, 5, 5]),
    "a grid of truth values": set_in_volume(shape=[True, 5, 5]),
    "a grid of two axes": set_in_volume(shape=[5, 5]),
    "no matrix": set_in_volume(lps_from_index=[[1, 2], "x"]),
    "a matrix of words": set_in_volume(lps_from_index=[["1"] * 4] * 4),
    "a matrix that spans no space": set_in_volume(lps_from_index=[[0, 0, 0, 1]] * 4),
    "a matrix beyond every number": set_in_volume(lps_from_index=[[10**999] * 4] * 4),
    "a matrix farther than any report": set_in_volume(lps_from_index=[[1e300] * 4] * 4),
    "a grid larger than any report": set_in_volume(shape=[10**9, 5, 5]),
    "half a letter": set_in_volume(modality="\ud800"),
    "a number that is none": set_in_volume(physics={"te_ms": float("nan")}),
    "physics of lists": set_in_volume(physics={"te_ms": [1]}),
    "two edges": set_in_volume(acquired_voxel_mm=[0.5, 0.5]),
    "no time point": set_in_volume(time_points=0),
    "a role that nobody knows": set_in_volume(role={"id": "x_ray", "confidence": 1, "reasons": []}),
    "more than sure": set_in_volume(role={"id": "unknown", "confidence": 1.5, "reasons": []}),
    "a reason that is no word": set_in_volume(
        role={"id": "unknown", "confidence": 1, "reasons": [1]}
    ),
    "a digest that is none": set_in_volume(content_sha256="ab"),
    "a problem that is none": set_in_volume(problems=[{"code": "x"}]),
    "a severity that nobody knows": lambda text: text.update(
        problems=[dict.fromkeys(("code", "severity", "message", "remedy"), "x") | {"evidence": {}}]
    ),
    "files below none": lambda text: text["tally"].update(found=-1),
    "a key of nothing": lambda text: text.update(study_key=" "),
}


@pytest.mark.parametrize("edit", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_description_is_refused_in_one_sentence(edit):
    with pytest.raises(BrokenRecordError, match="study_json_broken") as refusal:
        study_from(changed(edit))
    assert str(refusal.value).count("\n") == 0
    assert "/somewhere" not in str(refusal.value)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[" * 100_000, b'{"a": 1, "a": 2}', b"null"])
def test_what_is_no_json_is_refused(data):
    with pytest.raises(BrokenRecordError, match="study_json_broken"):
        study_from(data)


def test_a_newer_version_is_refused_with_its_remedy():
    newer = changed(lambda text: text.update(format_version="1.1", dose_mgy=3))
    with pytest.raises(BrokenRecordError, match=r"study_json_version.*Update mriview"):
        study_from(newer)


@given(st.data())
def test_a_description_with_any_byte_changed_is_read_or_refused(data):
    study = r.a_study()
    whole = bytearray(description_of(study, dict.fromkeys(study.volumes)))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] = data.draw(st.integers(0, 255))
    with suppress(BrokenRecordError):
        study_from(bytes(whole))


@pytest.mark.corpus
def test_every_study_of_the_corpus_can_be_described(corpus):
    seen = 0
    for group in json.loads((corpus / "MANIFEST.json").read_text("utf-8"))["groups"]:
        for study in mriview.open_batch(corpus / group["path"]):
            again = study_from(description_of(study, dict.fromkeys(study.volumes)))
            for key, volume in study.volumes.items():
                assert told(again.volumes[key], "problems") == told(volume, "problems")
                assert [str(one) for one in again.volumes[key].problems] == [
                    str(one) for one in volume.problems
                ]
            seen += 1
    assert seen > 100
