"""First roles: physics before names, names never against physics without a word."""

import numpy as np
import pytest

from mriview.geometry import Grid
from mriview.scans.headers import Acquisition
from mriview.scans.roles import contrast_of, plain, role_of, role_rules
from mriview.vocabulary import physics, roles

THIN = Grid((384, 384, 100), np.diag([0.5, 0.5, 0.6, 1]))
HEAD = Grid((256, 256, 176), np.diag([1.0, 1.0, 1.0, 1]))
THICK = Grid((384, 384, 28), np.diag([0.6, 0.6, 5.0, 1]))

GR3D = {"acquisition_type": "3D", "scanning_sequence": "GR"}
SE3D = {"acquisition_type": "3D", "scanning_sequence": "SE"}
SE2D = {"acquisition_type": "2D", "scanning_sequence": "SE"}
CISS = {**GR3D, "tr_ms": 8.0, "te_ms": 3.9, "flip_deg": 50.0}
SPACE = {**SE3D, "tr_ms": 1400.0, "te_ms": 180.0, "echo_train_length": 60.0}
TOF = {**GR3D, "sequence_variant": "SP", "tr_ms": 22.0, "te_ms": 3.5, "flip_deg": 18.0}
VIBE = {**GR3D, "sequence_variant": "SP", "tr_ms": 6.0, "te_ms": 2.4, "flip_deg": 10.0}
MPRAGE = {"acquisition_type": "3D", "scanning_sequence": "GR\\IR", "tr_ms": 2300.0, "ti_ms": 900.0}
T1_SE = {**SE2D, "tr_ms": 500.0, "te_ms": 12.0}
FLAIR = {"scanning_sequence": "SE\\IR", "tr_ms": 9000.0, "te_ms": 120.0, "ti_ms": 2500.0}
T2 = {**SE2D, "tr_ms": 5000.0, "te_ms": 100.0}
SWI = {**GR3D, "sequence_variant": "SP", "tr_ms": 28.0, "te_ms": 20.0, "flip_deg": 15.0}
DWI = {
    "acquisition_type": "2D",
    "scanning_sequence": "EP",
    "tr_ms": 5000.0,
    "b_value_s_mm2": 1000.0,
}


def role(values, *names, grid=THIN, **others):
    found, problems = role_of(Acquisition("MR", values, names=names, **others), grid)
    return found.id, found.confidence, [one.code for one in problems]


@pytest.mark.parametrize(
    ("values", "grid", "expected", "confidence"),
    [
        (CISS, THIN, "t2_cisternogram", 0.9),
        (SPACE, THIN, "t2_cisternogram", 0.9),
        ({**SPACE, "tr_ms": 3200.0, "te_ms": 400.0}, HEAD, "t2_brain", 0.85),
        (TOF, THIN, "tof_mra", 0.9),
        (VIBE, THIN, "t1_pre", 0.85),
        (MPRAGE, HEAD, "t1_pre", 0.85),
        (T1_SE, THICK, "t1_pre", 0.85),
        (FLAIR, THICK, "flair", 0.9),
        (T2, THICK, "t2_brain", 0.85),
        (SWI, THIN, "swi", 0.85),
        (DWI, THICK, "dwi", 0.9),
        ({}, THIN, "unknown", 0.0),
    ],
)
def test_physics_alone_tell_a_role(values, grid, expected, confidence) -> None:
    assert role(values, grid=grid) == (expected, confidence, [])


@pytest.mark.parametrize(
    ("values", "name", "grid"),
    [
        (CISS, "t2_ci3d_tra_0.5", THIN),
        (SPACE, "T2 SPACE tra iso", THIN),
        (TOF, "TOF_3D_multi-slab", THIN),
        (TOF, "*fl3d1r_t70", THIN),
        (FLAIR, "t2_spcir_dark-fluid", THICK),
        (T2, "T2 TSE tra", THICK),
        (MPRAGE, "t1_mprage_sag", HEAD),
    ],
)
def test_a_name_that_agrees_with_physics_makes_it_surer(values, name, grid) -> None:
    found, confidence, problems = role(values, name, grid=grid)
    assert (found, confidence, problems) == (role(values, grid=grid)[0], 0.95, [])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("FIESTA-C AX", "t2_cisternogram"),
        ("B-FFE 3D", "t2_cisternogram"),
        ("s3DI_MC_HR", "tof_mra"),
        ("anat-T1w", "t1_pre"),
        ("T1 post Gd", "t1_post"),
        ("t1 ohne KM", "t1_pre"),
        ("SWI_Images", "swi"),
        ("ep2d_diff_ADC", "adc"),
        ("baseline", "unknown"),  # asl stands in it, and no word of a table does
    ],
)
def test_a_name_alone_tells_a_role_with_less(name, expected) -> None:
    found, confidence, _ = role({}, name)
    assert found == expected
    assert confidence in {0.0, 0.6}


def test_a_file_name_is_worth_less_still() -> None:
    assert role({}, "sub-01_acq-ciss_T2w", file_name_only=True) == ("t2_cisternogram", 0.4, [])


def test_a_name_against_physics_leaves_physics_with_a_problem() -> None:
    assert role(CISS, "TOF 3D") == ("t2_cisternogram", 0.5, ["role_contradiction"])


def test_a_vague_name_contradicts_nothing() -> None:
    assert role(FLAIR, "t2 tra", grid=THICK) == ("flair", 0.9, [])


@pytest.mark.parametrize("values", [VIBE, MPRAGE, T1_SE])
@pytest.mark.parametrize("agent", ["Gadovist", "Dotarem 15 ml"])
def test_a_contrast_agent_makes_t1_a_post(values, agent) -> None:
    assert role(values, contrast_agent=agent)[:2] == ("t1_post", 0.9)


@pytest.mark.parametrize(
    "agent", ["NONE, SYNTHETIC MASS", "NONE", "no contrast", "N/A", "ohne", "NATIV", "0", " "]
)
def test_a_contrast_field_that_says_none_is_no_agent(agent) -> None:
    assert contrast_of(Acquisition(contrast_agent=agent)) == "no"
    assert role(VIBE, contrast_agent=agent)[0] == "t1_pre"


def test_a_volume_of_agent_counts_unless_the_field_denies_it() -> None:
    assert contrast_of(Acquisition(contrast_volume_ml=7.5)) == "yes"
    assert contrast_of(Acquisition(contrast_volume_ml=0.0)) == "no"
    assert contrast_of(Acquisition(contrast_agent="NONE", contrast_volume_ml=7.5)) == "no"


def test_contrast_by_name_only_is_said() -> None:
    assert role(VIBE, "t1 vibe post gd") == ("t1_post", 0.6, ["contrast_by_name"])


def test_a_tag_that_was_copied_to_a_native_series_is_doubted() -> None:
    assert role(VIBE, "t1 vibe nativ", contrast_agent="Gadovist") == (
        *("t1_post", 0.5),
        ["role_contradiction"],
    )


def test_a_few_slices_have_no_role() -> None:
    few = Grid((384, 384, 11), np.diag([0.5, 0.5, 0.6, 1]))
    found, _ = role_of(Acquisition("MR", CISS), few)
    assert (found.id, found.reasons) == ("unknown", ("11 slices are too few to judge",))


def test_derived_images_are_less_sure_and_phase_images_are_computed_ones() -> None:
    assert role(CISS, image_type=("DERIVED", "SECONDARY"))[1] == 0.8
    assert role(CISS, image_type=("ORIGINAL", "PRIMARY", "P", "ND"))[0] == "derived"


def test_a_spoiled_sequence_with_such_times_is_a_weaker_cisternogram() -> None:
    assert role({**CISS, "sequence_variant": "SP\\OSP"})[:2] == ("t2_cisternogram", 0.8)


def test_a_balanced_sequence_over_the_whole_head_is_a_weaker_cisternogram() -> None:
    assert role(CISS, grid=HEAD)[:2] == ("t2_cisternogram", 0.7)


@pytest.mark.parametrize(
    ("text", "words"), [("*ci3d1", "ci 3d 1"), ("T2_SPC-0.5", "t2 spc 0 5"), ("+C", "+c"), ("", "")]
)
def test_words_are_whole_and_dimensions_are_words(text, words) -> None:
    assert plain(text).split() == words.split()


def test_every_row_names_a_role_and_physics_that_the_vocabulary_has() -> None:
    rules = role_rules()
    derived_here = {"image_type", "contrast", "plane"}
    grid_values = {"in_plane_mm", "slice_mm", "slab_mm", "time_points", "te_over_tr"}
    for rule in rules.physics:
        assert rule.role in roles()
        assert (
            set(rule.words) | set(rule.never) | set(rule.weakens) <= set(physics()) | derived_here
        )
        assert set(rule.ranges) | set(rule.supports) <= set(physics()) | grid_values
        assert rule.confidence <= 0.9
    for rule in rules.names:
        assert {rule.role, *rule.also} <= set(roles())
