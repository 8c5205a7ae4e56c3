"""What a conversion told is believed where it is known words and numbers, and else not shown."""

import json

import pytest
from builders import a_grid, write_nifti
from hypothesis import given
from hypothesis import strategies as st

import mriview
from mriview.scans.converted import sidecar_for, told_in
from mriview.scans.study import Study
from mriview.scans.volume import Role, Volume
from mriview.values import problem
from mriview.vocabulary import problems, roles

GRID = a_grid((6, 5, 12))
WORDS = ["role", "id", "confidence", "dwi", "acquired_voxel_mm", "frame_of_reference"]
WORDS += ["problems", "code", "evidence", "slice_jitter", "series_incomplete", "files"]


def told(**own):
    return told_in({"ConversionSoftware": "mriview", "mriview": own})


def warned(*entries):
    return told(problems=list(entries)).problems


def test_only_our_own_conversions_are_believed() -> None:
    own = {"role": {"id": "dwi", "confidence": 1.0}}
    assert told_in({"mriview": own}) is None
    assert told_in({"ConversionSoftware": "dcm2niix", "mriview": own}) is None
    assert told_in({"ConversionSoftware": "mriview", "mriview": "dwi"}) is None
    assert told(**own).role.id == "dwi"


@pytest.mark.parametrize(
    "role",
    [
        "dwi",
        {"id": "MUELLER", "confidence": 1.0},
        {"id": ["dwi"], "confidence": 1.0},
        {"id": "dwi", "confidence": 1.5},
        {"id": "dwi", "confidence": True},
        {"id": "dwi", "confidence": float("nan")},
        {"id": "dwi"},
    ],
)
def test_a_role_that_is_no_row_or_has_no_confidence_is_not_told(role) -> None:
    assert told(role=role).role is None


def test_reasons_in_a_file_are_not_shown() -> None:
    role = told(role={"id": "dwi", "confidence": 0.5, "reasons": ["MUELLER^HANS"]}).role
    assert role.reasons == ("its conversion says so",)


@pytest.mark.parametrize("frame", ["MUELLER", "2.25.3", 7, "0011223344556677\n", "A" * 16])
def test_a_frame_that_is_no_digest_forbids_aligning(frame) -> None:
    made = told(frame_of_reference=frame)
    assert (made.frame_is_told, made.frame_of_reference) == (True, None)


@pytest.mark.parametrize("edges", [[1, 1], [1, 1, 0], [1, 1, "1"], [1, 1, 10**400], 1, None])
def test_edges_that_are_not_three_lengths_are_not_told(edges) -> None:
    assert told(acquired_voxel_mm=edges).acquired_voxel_mm is None


def test_a_warning_is_said_again_in_the_words_of_its_row() -> None:
    before = problem("slice_gap", gaps=1, steps=9, spacing_mm=0.6, widest_mm=1.2, parts=2)
    entry = {"code": "slice_gap", "message": "MUELLER", "evidence": dict(before.evidence)}
    assert warned(entry) == (before,)
    assert warned(entry, entry) == (before,)


@pytest.mark.parametrize(
    "entry",
    [
        "MUELLER",
        {"code": "MUELLER", "evidence": {}},
        {"code": ["slice_gap"], "evidence": {}},
        {"code": "slice_gap", "evidence": {}},
        {"code": "slice_gap", "evidence": ["gaps"]},
        {"code": "role_contradiction", "evidence": {"by_physics": "dwi", "by_name": "MUELLER"}},
        {"code": "series_incomplete", "evidence": {"files": 10**300}},
        {"code": "slice_tilt", "evidence": {"tilt_deg": 3.0}},  # refused, so never a volume's
    ],
)
def test_a_warning_that_cannot_be_said_again_is_counted_and_not_shown(entry) -> None:
    (said,) = warned(entry)
    assert (said.code, said.evidence["warnings"]) == ("converted_with_warnings", 1)
    assert "MUELLER" not in str(said)


def test_a_warning_of_the_files_that_were_converted_is_not_said_of_the_new_one() -> None:
    assert warned({"code": "wrong_extension", "evidence": {"files": 1}}) == ()


def test_every_warning_of_today_is_said_again_where_its_evidence_is_numbers() -> None:
    said = [
        problem("series_incomplete", files=2),
        problem("role_contradiction", by_physics="dwi", by_name="tof_mra"),
        problem("nifti_units_not_mm", unit="metres", spacing_mm=0.5),
        problem("contrast_by_name"),
    ]
    volume = Volume("89abcdef", GRID, load=lambda: None, problems=tuple(said))
    sidecar = json.loads(json.dumps(sidecar_for(volume, Study("0" * 16))))
    assert told_in(sidecar).problems == tuple(said)


def test_a_sidecar_holds_no_word_that_is_not_ours() -> None:
    physics = {"scanning_sequence": "MUELLER", "tr_ms": float("nan"), "te_ms": 3.0}
    volume = Volume("89abcdef", GRID, load=lambda: None, modality="MUELLER", physics=physics)
    made = sidecar_for(volume, Study("0" * 16))
    assert "MUELLER" not in json.dumps(made, allow_nan=False)
    assert made["EchoTime"] == 0.003


def test_a_time_of_many_seconds_stays_one_in_our_own_sidecar(tmp_path) -> None:
    volume = Volume("89abcdef", GRID, load=lambda: None, physics={"te_ms": 1100.0})
    for name, change in (("ours", {}), ("other", {"ConversionSoftware": "other"})):
        write_nifti(tmp_path / name / "scan.nii", GRID)
        sidecar = sidecar_for(volume, Study("0" * 16)) | change
        (tmp_path / name / "scan.json").write_text(json.dumps(sidecar))
    assert only_volume(tmp_path / "ours").physics["te_ms"] == 1100.0
    assert only_volume(tmp_path / "other").physics["te_ms"] == 1.1


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(WORDS), JSON))
def test_whatever_stands_in_a_sidecar_is_told_or_left_out(own) -> None:
    made = told(**own)
    assert {one.code for one in made.problems} <= set(problems())
    assert made.role is None or made.role.id in roles()


def test_a_told_role_outweighs_what_the_physics_alone_would_say(tmp_path) -> None:
    volume = Volume("89abcdef", GRID, load=lambda: None, role=Role("t1_post", 0.95))
    write_nifti(tmp_path / "scan.nii", GRID)
    (tmp_path / "scan.json").write_text(json.dumps(sidecar_for(volume, Study("0" * 16))))
    found = only_volume(tmp_path)
    assert (found.role.id, found.role.confidence) == ("t1_post", 0.95)


def only_volume(path) -> Volume:
    (volume,) = mriview.open_study(path).volumes.values()
    return volume
