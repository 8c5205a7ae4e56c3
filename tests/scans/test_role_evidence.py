"""Evidence of roles in its order: kind of object, physics, names; contrast is never guessed."""

import json
from pathlib import Path

import numpy as np
import pytest
from builders import (
    CISS,
    a_grid,
    an_enhanced_object,
    an_item,
    voxels_for,
    write_nifti,
    write_objects,
    write_series,
)
from hypothesis import given
from hypothesis import strategies as st

import mriview
from mriview.geometry import Grid
from mriview.scans.headers import Acquisition
from mriview.scans.roles import contrast_of, role_of, role_rules

GRID = a_grid((16, 16, 20), (0.5, 0.5, 0.6))
THIN = Grid((384, 384, 100), np.diag([0.5, 0.5, 0.6, 1]))
THICK = Grid((384, 384, 28), np.diag([0.6, 0.6, 5.0, 1]))
GR3D = {"acquisition_type": "3D", "scanning_sequence": "GR"}
SSFP = {**GR3D, "tr_ms": 8.0, "te_ms": 3.9, "flip_deg": 50.0}
TOF = {**GR3D, "sequence_variant": "SP", "tr_ms": 22.0, "te_ms": 3.5, "flip_deg": 18.0}
VIBE = {**GR3D, "sequence_variant": "SP", "tr_ms": 6.0, "te_ms": 2.4, "flip_deg": 10.0}
MRA = {**GR3D, "sequence_variant": "SP", "tr_ms": 4.0, "te_ms": 1.5, "flip_deg": 25.0}
TOF_2D = {
    "acquisition_type": "2D",
    "scanning_sequence": "GR",
    "angio_flag": "Y",
    "tr_ms": 25.0,
    "te_ms": 6.0,
    "flip_deg": 60.0,
}
VIBE_TAGS = {
    "MRAcquisitionType": "3D",
    "ScanningSequence": "GR",
    "SequenceVariant": "SP",
    "RepetitionTime": "6.0",
    "EchoTime": "2.4",
    "FlipAngle": "10",
}
TOF_TAGS = {**VIBE_TAGS, "RepetitionTime": "22", "EchoTime": "3.5", "FlipAngle": "18"}


def role(values, *names, grid=THIN, modality="MR", **others):
    found, problems = role_of(Acquisition(modality, values, names=names, **others), grid)
    return found.id, found.confidence, [one.code for one in problems]


def only_volume(path: Path) -> mriview.Volume:
    (volume,) = mriview.open_study(path).volumes.values()
    return volume


def codes(volume: mriview.Volume) -> set[str]:
    return {one.code for one in volume.problems}


# ---- laws: how sure physics and names may be ---------------------------------------------------

PHYSICS = st.sampled_from([{}, SSFP, TOF, VIBE, MRA, TOF_2D])
WORDS = st.sampled_from(
    sorted(
        {word for rule in role_rules().names for entry in rule.any for word in entry.split()}
        | {*role_rules().contrast_words, *role_rules().contrast_vetoes, "head", "tra"}
    )
)
NAMES = st.lists(WORDS, max_size=5).map(" ".join)


@given(NAMES)
def test_names_alone_never_reach_what_a_conclusion_needs(name) -> None:
    assert role({}, name)[1] <= 0.6
    assert role({}, name, file_name_only=True)[1] <= 0.4


@given(PHYSICS, NAMES)
def test_physics_alone_reach_nine_tenths_and_only_agreement_more(values, name) -> None:
    found, confidence, problems = role(values, name)
    alone = role(values)
    assert alone[1] <= 0.9
    assert confidence <= 0.95
    if confidence > 0.9:
        assert role({}, name)[0] == found
    assert ("role_contradiction" in problems) == (confidence == 0.5)


@given(PHYSICS, NAMES)
def test_no_name_makes_a_series_one_after_contrast_for_certain(values, name) -> None:
    found, confidence, problems = role(values, name)
    assert found != "ce_mra"
    if found == "t1_post":
        assert confidence <= 0.6
        assert "contrast_by_name" in problems


@given(NAMES)
def test_a_name_never_overrules_physics(name) -> None:
    assert role(SSFP, name)[0] == "t2_cisternogram"


# ---- contrast ------------------------------------------------------------------------------------


def test_a_contradicting_name_is_said_beside_contrast_that_only_the_name_tells() -> None:
    assert role(VIBE, "flair post gd") == (
        *("t1_post", 0.5),
        ["contrast_by_name", "role_contradiction"],
    )


@pytest.mark.parametrize(
    ("started", "agent", "contrast"),
    [
        (True, "", "yes"),
        (True, "NONE", "no"),
        (False, "Gadovist", "no"),
        (False, "", "no"),
        (None, "Gadovist", "yes"),
    ],
)
def test_an_agent_that_was_started_later_was_not_there_yet(started, agent, contrast) -> None:
    acquisition = Acquisition(contrast_agent=agent, contrast_started=started)
    assert contrast_of(acquisition) == contrast


@pytest.mark.parametrize(
    ("start", "expected"), [("095500", "t1_post"), ("101500.25", "t1_pre"), ("", "t1_post")]
)
def test_the_start_of_the_bolus_is_held_against_the_time_of_the_image(
    tmp_path: Path, start, expected
) -> None:
    times = {"ContrastBolusStartTime": start, "AcquisitionTime": "100000"}
    write_series(tmp_path, GRID, ContrastBolusAgent="Gadobutrol", **VIBE_TAGS, **times)
    assert only_volume(tmp_path).role.id == expected


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"ContrastBolusAgent": "Gadobutrol"}, "its header says"),
        ({"SeriesDescription": "TOF post KM"}, "its name says"),
        ({"ContrastBolusAgent": "NONE"}, None),
        ({"SeriesDescription": "TOF nativ"}, None),
    ],
)
def test_an_angiogram_after_contrast_says_that_veins_may_shine_in_it(
    tmp_path: Path, tags, said
) -> None:
    write_series(tmp_path, GRID, **TOF_TAGS, **tags)
    volume = only_volume(tmp_path)
    assert volume.role.id == "tof_mra"
    messages = [one.message for one in volume.problems if one.code == "tof_after_contrast"]
    assert [message.startswith(said) for message in messages] == ([True] if said else [])


def test_contrast_of_an_angiogram_is_known_after_the_headers_were_kept() -> None:
    from mriview.scans.roles import words_for_roles

    kept = words_for_roles(Acquisition(contrast_started=True, names=("TOF",)))
    assert contrast_of(kept) == "yes"


# ---- what is no measured picture -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("MIP", "derived_mip"),
        ("PROJECTION IMAGE", "derived_mip"),
        ("CSAPARALLEL", "secondary_capture"),
        ("SCREENSAVE", "secondary_capture"),
        ("LOCALIZER", "localizer"),
        ("SURVEY", "localizer"),
    ],
)
def test_what_the_scanner_calls_no_scan_is_ignored_with_its_reason(
    tmp_path: Path, word, code
) -> None:
    write_series(tmp_path, GRID, ImageType=["DERIVED", "SECONDARY", word], **CISS)
    study = mriview.open_study(tmp_path)
    assert study.volumes == {}
    assert {(one.code, one.severity) for one in study.problems if one.code != "no_scan_found"} == {
        (code, "info")
    }


@pytest.mark.parametrize("word", ["MPR", "P", "PHASE MAP", "SUB"])
def test_what_was_computed_is_derived_whatever_its_physics(tmp_path: Path, word) -> None:
    write_series(tmp_path, GRID, ImageType=["DERIVED", "SECONDARY", word], **CISS)
    found = only_volume(tmp_path).role
    assert found.id == "derived"
    assert word in found.reasons[0]


@pytest.mark.parametrize(
    ("keyword", "value", "expected"),
    [
        ("VolumeBasedCalculationTechnique", "MPR", "derived"),
        ("VolumetricProperties", "SAMPLED", "derived"),
        ("VolumetricProperties", "DISTORTED", "t2_cisternogram"),  # of original frames
        ("VolumeBasedCalculationTechnique", "NONE", "t2_cisternogram"),
    ],
)
def test_a_reformatted_enhanced_object_is_none_that_was_measured(
    tmp_path: Path, keyword, value, expected
) -> None:
    ds = an_enhanced_object(GRID, voxels_for(GRID.shape))
    ds.EchoPulseSequence, ds.MRAcquisitionType = "GRADIENT", "3D"
    group = ds.SharedFunctionalGroupsSequence[0]
    timing = an_item(RepetitionTime="8", FlipAngle="50", EchoTrainLength="1")
    group.MRTimingAndRelatedParametersSequence = [timing]
    group.MREchoSequence = [an_item(EffectiveEchoTime=3.9)]
    made = an_item(FrameType=["ORIGINAL", "PRIMARY", "T2", "NONE"], **{keyword: value})
    group.MRImageFrameTypeSequence = [made]
    assert only_volume(write_objects(tmp_path, ds)).role.id == expected


# ---- modality, planes, traps ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [("CT angio head", "cta"), ("CTA Willis", "cta"), ("Felsenbein 0.6", "ct_bone")],
)
def test_a_ct_is_told_by_words_of_ct_and_is_never_an_mr_series(name, expected) -> None:
    assert role({}, name, modality="CT") == (expected, 0.6, [])


@given(NAMES, st.sampled_from(["CT", "PT"]))
def test_no_other_modality_becomes_an_mr_series(name, modality) -> None:
    found = role({}, name, modality=modality, contrast_agent="Iomeprol")[0]
    assert found in ({"cta", "ct_bone", "unknown"} if modality == "CT" else {"unknown"})


@pytest.mark.parametrize(("across", "expected"), [(2, ("tof_mra", 0.6)), (1, ("mrv", 0.7))])
def test_a_2d_angiogram_shows_arteries_where_it_is_axial_and_sinuses_across(
    across, expected
) -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = np.roll(np.eye(3), across - 2, axis=1)
    assert role(TOF_2D, grid=Grid((200, 200, 60), matrix))[:2] == expected


@pytest.mark.parametrize(
    ("values", "name", "expected"),
    [
        ({}, "T1 FLAIR sag", "t1_pre"),
        ({}, "T2 FLAIR tra", "flair"),
        ({}, "t2 stir cor", "unknown"),
        ({}, "t2_fl2d_hemo", "unknown"),
        ({}, "T2* GRE", "unknown"),
        ({}, "baseline tseries VenBOLD", "unknown"),
        ({}, "post fossa t1", "t1_pre"),
        ({**SSFP, "scanning_sequence": "SE"}, "*ci3d1r", "t2_cisternogram"),  # the stem wins
        ({}, "*tfi2d1", "unknown"),  # a TrueFISP localizer
        ({**SSFP, "sequence_variant": "SS\\TRSS"}, "psif", "unknown"),
        ({**VIBE, "sequence_variant": "SK\\SS", "flip_deg": 13.0}, "FSPGR", "t1_pre"),
        ({**SSFP, "sequence_variant": "SK\\SS"}, "FIESTA", "t2_cisternogram"),
        ({**VIBE, "scan_options": "FSA_GEMS\\MP_GEMS"}, "", "t1_pre"),
        ({**TOF, "te_ms": 20.0}, "", "swi"),
        ({**SSFP, "te_ms": 6.8}, "", "unknown"),  # the second echo of DESS
        ({**SSFP, "tr_ms": 14.5}, "", "unknown"),
    ],
)
def test_traps_of_makers_and_words(values, name, expected) -> None:
    assert role(values, name)[0] == expected


def test_one_name_on_all_series_of_an_exam_decides_none(tmp_path: Path) -> None:
    said = {"ProtocolName": "TOF", "StudyDescription": "CISS FIESTA"}
    write_series(tmp_path, GRID, Manufacturer="GE MEDICAL SYSTEMS", **said)
    assert only_volume(tmp_path).role.id == "unknown"


def test_voxels_of_a_field_map_are_no_t1_on_which_to_conclude() -> None:
    coarse = Grid((64, 64, 32), np.diag([3.75, 3.75, 4.0, 1]))
    assert role(VIBE, grid=coarse)[:2] == ("t1_pre", 0.75)


@pytest.mark.parametrize("per_second", [1, 1000])
def test_times_of_a_sidecar_give_the_same_role_in_seconds_and_milliseconds(
    tmp_path: Path, per_second
) -> None:
    path = write_nifti(tmp_path / "sub-1_scan.nii.gz", GRID, voxels_for(GRID.shape))
    sidecar = {"RepetitionTime": 0.022 * per_second, "EchoTime": 0.0035 * per_second}
    sidecar |= {"FlipAngle": 18, "MRAcquisitionType": "3D", "ScanningSequence": "GR"}
    sidecar |= {"SequenceVariant": "SP", "ContrastBolusIngredient": "GADOLINIUM"}
    (tmp_path / "sub-1_scan.json").write_text(json.dumps(sidecar))
    volume = only_volume(path)
    assert (volume.role.id, volume.role.confidence) == ("tof_mra", 0.9)
    assert "tof_after_contrast" in codes(volume)


def test_reasons_say_numbers_as_a_reader_does() -> None:
    found, _ = role_of(Acquisition("MR", {**SSFP, "sequence_variant": "SP"}), THICK)
    assert "echo time 3.9 ms" in found.reasons[0]
    assert "TE/TR 0.4875" in found.reasons[0]
    assert "distance of slices 5 mm is unusual for it" in found.reasons
    assert "sequence variant SP speaks against it" in found.reasons
    assert "_" not in "".join(found.reasons)


# ---- real scans ----------------------------------------------------------------------------------

# Role and confidence of real series of the corpus that have 12 slices and more.
REAL = {
    "dicom/ge_mprage_oblique": {("t1_pre", 0.6)},
    "dicom/uih_t1_sag_oblique": {("t1_pre", 0.95)},
    "dicom/enhanced_siemens_xa30_t1": {("t1_pre", 0.95)},
    "dicom/enhanced_philips_fieldmap": {("derived", 0.9), ("t1_pre", 0.75)},
    "dicom/enhanced_siemens_xa30_fieldmap": {("derived", 0.9), ("unknown", 0.0)},
    "dicom/enhanced_canon_dti_gz": {("dwi", 0.9)},
    "dicom/siemens_mosaic_ax_4d": {("dynamic", 0.8)},
    "dicom/toshiba_dti_rotated": {("unknown", 0.0)},
    "dicom/t1_posterior_fossa": {("t1_pre", 0.5)},
    "dicom/t1c_cpa_mass_standin": {("t1_pre", 0.5)},
    "nifti/chris_mra": {("tof_mra", 0.4)},
}


@pytest.mark.corpus
@pytest.mark.parametrize("group", REAL)
def test_real_series_have_the_roles_that_their_headers_support(corpus: Path, group) -> None:
    volumes = mriview.open_study(corpus / group).volumes.values()
    assert {(one.role.id, one.role.confidence) for one in volumes} == REAL[group]
