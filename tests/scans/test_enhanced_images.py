"""Multi-frame objects: which frames are one image, what their values are, how they were made."""

from pathlib import Path

import numpy as np
import pytest
from builders import (
    a_grid,
    an_enhanced_object,
    an_item,
    voxels_for,
    write_objects,
)
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    EnhancedCTImageStorage,
    EnhancedPETImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    LegacyConvertedEnhancedCTImageStorage,
    LegacyConvertedEnhancedMRImageStorage,
    LegacyConvertedEnhancedPETImageStorage,
    RLELossless,
)

import mriview
from mriview.geometry import Grid
from mriview.scans.files import ScanFile
from mriview.scans.index import headers_of
from mriview.scans.roles import contrast_of

GRID = a_grid((6, 5, 4))
VOXELS = voxels_for(GRID.shape)
SERIES = voxels_for((*GRID.shape, 3))


def read(folder: Path):
    (study,) = mriview.open_batch(folder)
    return study


def only_volume(folder: Path):
    study = read(folder)
    (volume,) = study.volumes.values()
    return volume


def codes(folder: Path) -> set[str]:
    return {problem.code for problem in read(folder).problems}


def assert_is(volume, voxels: np.ndarray, grid: Grid = GRID) -> None:
    assert volume.grid.shape == grid.shape
    assert np.allclose(volume.grid.lps_from_index, grid.lps_from_index, atol=1e-6)
    assert np.array_equal(volume.voxels, voxels)


def without(group: Dataset, macro: str, *keywords: str) -> None:
    """Take elements out of a functional group of one frame."""
    for keyword in keywords:
        delattr(getattr(group, macro)[0], keyword)


def untimed(group: Dataset, _k: int, _t: int) -> None:
    without(group, "FrameContentSequence", "TemporalPositionIndex", "DimensionIndexValues")


def by_dimension(group: Dataset, _k: int, _t: int) -> None:
    """Leave the dimensions as all that tells time points apart."""
    group.FrameContentSequence[0].TemporalPositionIndex = 1


# ---- kinds -------------------------------------------------------------------------------------


def echo(group, t):
    group.MREchoSequence = [an_item(EffectiveEchoTime=10.0 + 5 * t)]


def component(group, t):
    part = ("MAGNITUDE", "PHASE", "REAL")[t]
    group.MRImageFrameTypeSequence[0].ComplexImageComponent = part


def frame_type(group, t):
    word = ("WATER", "FAT", "IN_PHASE")[t]
    group.MRImageFrameTypeSequence[0].FrameType = ["DERIVED", "PRIMARY", "DIXON", word]


def b_value(group, t):
    group.MRDiffusionSequence = [an_item(DiffusionBValue=500.0 * t)]


def flip(group, t):
    group.MRTimingAndRelatedParametersSequence = [an_item(FlipAngle=str(5 + t))]


def velocity(group, t):
    direction = np.eye(3)[t].tolist()
    group.MRVelocityEncodingSequence = [an_item(VelocityEncodingDirection=direction)]


def coil(group, t):
    group.MRReceiveCoilSequence = [an_item(ReceiveCoilName=f"C{t}")]


def inversion(group, t):
    group.MRModifierSequence = [an_item(InversionTimes=[400.0 + t])]


def philips(group, t):
    inside = Dataset()
    inside.private_block(0x2005, "Philips MR Imaging DD 001", create=True).add_new(
        0x11, "CS", "MPR"[t]
    )
    block = group.private_block(0x2005, "Philips MR Imaging DD 005", create=True)
    group.add_new(block.get_tag(0x0F) & 0xFFFF0000 | 0x140F, "SQ", [inside])


def siemens(group, t):
    inside = Dataset()
    words = ["ORIGINAL", "PRIMARY", "M", ("ND", "DIS2D", "DIS3D")[t]]
    inside.add_new(0x00210011, "LO", "SIEMENS MR SDI 02")
    inside.add_new(0x00211175, "CS", words)
    group.add_new(0x00210011, "LO", "SIEMENS MR SDI 02")
    group.add_new(0x002111FE, "SQ", [inside])


@pytest.mark.parametrize(
    "tell",
    [echo, component, frame_type, b_value, flip, velocity, coil, inversion, philips, siemens],
)
def test_what_makes_other_images_makes_other_volumes(tmp_path: Path, tell) -> None:
    def edit(group, k, t):
        by_dimension(group, k, t)  # the dimensions alone would make time points of them
        tell(group, t)

    order = np.random.default_rng(2).permutation(12).tolist()
    study = read(write_objects(tmp_path, an_enhanced_object(GRID, SERIES, edit, order)))
    found = sorted(study.volumes.values(), key=lambda volume: volume.voxels.min())
    assert [volume.grid.shape for volume in found] == [GRID.shape] * 3
    for t, volume in enumerate(found):
        assert_is(volume, SERIES[..., t])
    expected = {"distortion_2d"} if tell is siemens else set()  # which is what its words tell
    assert {one.code for one in study.problems} == expected


def test_a_dimension_that_is_no_time_separates_and_one_that_is_does_not(tmp_path: Path) -> None:
    for name, pointer, volumes in (("label", 0x20051429, 3), ("beat", 0x00209153, 1)):
        ds = an_enhanced_object(GRID, SERIES, by_dimension)
        pointers = (0x00209056, 0x00209057, pointer)
        ds.DimensionIndexSequence = [an_item(DimensionIndexPointer=tag) for tag in pointers]
        assert len(read(write_objects(tmp_path / name, ds)).volumes) == volumes


def test_an_attribute_that_varies_along_the_stack_tears_no_volume(tmp_path: Path) -> None:
    def moving_table(group, k, _t):
        group.MRReceiveCoilSequence = [an_item(ReceiveCoilName=f"C{k // 2}")]

    write_objects(tmp_path, an_enhanced_object(GRID, SERIES, moving_table))
    assert_is(only_volume(tmp_path), SERIES)


def test_directions_of_one_b_value_are_one_volume_beside_the_unweighted_one(tmp_path: Path) -> None:
    def edit(group, k, t):
        by_dimension(group, k, t)
        weighted = an_item(DiffusionBValue=1000.0, DiffusionDirectionality="DIRECTIONAL")
        plain = an_item(DiffusionBValue=0.0, DiffusionDirectionality="NONE")
        group.MRDiffusionSequence = [weighted if t else plain]

    study = read(write_objects(tmp_path, an_enhanced_object(GRID, SERIES, edit)))
    assert sorted(volume.time_points for volume in study.volumes.values()) == [1, 2]
    shown = {volume.physics["b_value_s_mm2"]: volume for volume in study.volumes.values()}
    assert_is(shown[0.0], SERIES[..., 0])
    assert_is(shown[1000.0], SERIES[..., 1:])


def test_projections_beside_their_source_are_ignored_and_the_source_is_read(tmp_path: Path) -> None:
    def edit(group, k, t):
        if t == 2:
            technique = group.MRImageFrameTypeSequence[0]
            technique.VolumeBasedCalculationTechnique = "MAX_IP"
            del group.PlanePositionSequence

    write_objects(tmp_path, an_enhanced_object(GRID, SERIES, edit))
    assert_is(only_volume(tmp_path), SERIES[..., :2])
    assert codes(tmp_path) == {"derived_mip"}


def test_an_object_of_projections_is_no_scan(tmp_path: Path) -> None:
    ds = an_enhanced_object(GRID, VOXELS, VolumeBasedCalculationTechnique="VOLUME_RENDER")
    study = read(write_objects(tmp_path, ds))
    assert study.volumes == {}
    assert "derived_mip" in {problem.code for problem in study.problems}


# ---- values ------------------------------------------------------------------------------------


def test_each_frame_has_its_own_slope_and_a_value_mapping_counts_beside_it(tmp_path: Path) -> None:
    def edit(group, k, _t):
        scale = an_item(RescaleSlope=f"{1 + k / 8}", RescaleIntercept=f"{-k}", RescaleType="US")
        group.PixelValueTransformationSequence = [scale]
        mapping = an_item(RealWorldValueSlope=100.0, RealWorldValueIntercept=7.0)
        group.RealWorldValueMappingSequence = [mapping]

    k = np.arange(4)
    write_objects(tmp_path, an_enhanced_object(GRID, VOXELS, edit))
    assert np.allclose(only_volume(tmp_path).voxels, VOXELS * (1 + k / 8) - k, rtol=1e-6)


def test_a_shared_slope_counts_and_the_objects_own_only_where_there_is_none(tmp_path: Path) -> None:
    stale = {"RescaleSlope": "3", "RescaleIntercept": "-5"}
    shared = an_enhanced_object(GRID, VOXELS, **stale)
    group = shared.SharedFunctionalGroupsSequence[0]
    group.PixelValueTransformationSequence = [an_item(RescaleSlope="2")]
    assert np.array_equal(
        only_volume(write_objects(tmp_path / "shared", shared)).voxels, VOXELS * 2
    )
    alone = an_enhanced_object(GRID, VOXELS, **stale)
    assert np.array_equal(
        only_volume(write_objects(tmp_path / "alone", alone)).voxels, VOXELS * 3 - 5
    )


def test_a_group_that_stands_twice_is_the_frames_own_and_said(tmp_path: Path) -> None:
    def own(group, _k, _t):
        group.PixelValueTransformationSequence = [an_item(RescaleSlope="2", RescaleIntercept="0")]

    ds = an_enhanced_object(GRID, VOXELS, own)
    shared = an_item(RescaleSlope="7", RescaleIntercept="0")
    ds.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence = [shared]
    volume = only_volume(write_objects(tmp_path, ds))
    assert np.array_equal(volume.voxels, VOXELS * 2)
    assert [problem.code for problem in volume.problems] == ["functional_group_twice"]


@pytest.mark.parametrize(
    "syntax",
    [
        *(ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian),
        *(DeflatedExplicitVRLittleEndian, RLELossless),
    ],
)
@pytest.mark.parametrize("delimited", [False, True])
def test_every_encoding_gives_the_same_volume(tmp_path: Path, syntax, delimited) -> None:
    ds = an_enhanced_object(GRID, SERIES, by_dimension, order=[*range(11, -1, -1)])
    if syntax == RLELossless:
        ds.compress(RLELossless)
    if syntax == ExplicitVRBigEndian:
        ds.PixelData = np.frombuffer(ds.PixelData, "<i2").astype(">i2").tobytes()
        ds["PixelData"].VR = "OW"
    ds.file_meta.TransferSyntaxUID = syntax
    for element in ds.iterall():
        if element.VR == "SQ":
            element.is_undefined_length = delimited
            for item in element.value:
                item.is_undefined_length_sequence_item = delimited
    assert_is(only_volume(write_objects(tmp_path, ds)), SERIES)


# ---- other classes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uid", "modality", "macro"),
    [
        (EnhancedCTImageStorage, "CT", "CTImageFrameTypeSequence"),
        (EnhancedPETImageStorage, "PT", "PETFrameTypeSequence"),
        (LegacyConvertedEnhancedCTImageStorage, "CT", "CTImageFrameTypeSequence"),
        (LegacyConvertedEnhancedMRImageStorage, "MR", "MRImageFrameTypeSequence"),
        (LegacyConvertedEnhancedPETImageStorage, "PT", "PETFrameTypeSequence"),
    ],
)
def test_other_multi_frame_classes_are_read_by_the_same_rules(
    tmp_path: Path, uid, modality, macro
) -> None:
    def edit(group, k, t):
        untimed(group, k, t)
        setattr(group, macro, [an_item(FrameType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"])])
        if macro != "MRImageFrameTypeSequence":
            del group.MRImageFrameTypeSequence
        scale = an_item(RescaleSlope=f"{k + 1}", RescaleIntercept="-1024")
        group.PixelValueTransformationSequence = [scale]

    ds = an_enhanced_object(GRID, VOXELS, edit, SOPClassUID=uid, Modality=modality)
    volume = only_volume(write_objects(tmp_path, ds))
    assert volume.modality == modality
    assert_is(volume, VOXELS * (np.arange(4) + 1) - 1024)


def test_a_converted_object_keeps_what_no_group_has(tmp_path: Path) -> None:
    def edit(group, k, t):
        untimed(group, k, t)
        left = an_item(TemporalPositionIdentifier=f"{t + 1}", InstanceNumber=f"{12 - k}")
        group.UnassignedPerFrameConvertedAttributesSequence = [left]

    uid = LegacyConvertedEnhancedMRImageStorage
    order = np.random.default_rng(4).permutation(12).tolist()
    ds = an_enhanced_object(GRID, SERIES, edit, order, SOPClassUID=uid)
    classic = an_item(RepetitionTime="8", EchoTime="3.9", FlipAngle="50", ScanningSequence="GR")
    classic.MRAcquisitionType = "3D"
    ds.SharedFunctionalGroupsSequence[0].UnassignedSharedConvertedAttributesSequence = [classic]
    volume = only_volume(write_objects(tmp_path, ds))
    assert_is(volume, SERIES)
    said = {"tr_ms": 8, "te_ms": 3.9, "flip_deg": 50, "scanning_sequence": "GR"}
    assert said.items() <= dict(volume.physics).items()


def test_an_enhanced_cisternogram_has_the_role_of_a_classic_one(tmp_path: Path) -> None:
    grid = a_grid((16, 16, 20), (0.5, 0.5, 0.6))
    ds = an_enhanced_object(grid, voxels_for(grid.shape))
    words = {"EchoPulseSequence": "GRADIENT", "SteadyStatePulseSequence": "FREE_PRECESSION"}
    for keyword, value in {**words, "MRAcquisitionType": "3D"}.items():
        setattr(ds, keyword, value)
    group = ds.SharedFunctionalGroupsSequence[0]
    timing = an_item(RepetitionTime="8", FlipAngle="50", EchoTrainLength="1")
    group.MRTimingAndRelatedParametersSequence = [timing]
    group.MREchoSequence = [an_item(EffectiveEchoTime=3.9)]
    matrix = an_item(InPlanePhaseEncodingDirection="ROW", MRAcquisitionFrequencyEncodingSteps=16)
    matrix.MRAcquisitionPhaseEncodingStepsInPlane = 8
    group.MRFOVGeometrySequence = [matrix]
    volume = only_volume(write_objects(tmp_path, ds))
    assert (volume.role.id, volume.role.confidence) == ("t2_cisternogram", 0.9)
    assert volume.acquired_voxel_mm == (1.0, 0.5, 0.6)
    assert volume.physics["sequence_variant"] == "SS"


def test_copies_of_an_object_are_read_once(tmp_path: Path) -> None:
    path = write_objects(tmp_path, an_enhanced_object(GRID, SERIES)) / "0.dcm"
    (tmp_path / "copy.dcm").write_bytes(path.read_bytes())
    assert_is(only_volume(tmp_path), SERIES)
    assert codes(tmp_path) == {"duplicate_instance"}


def test_a_copy_that_has_one_frame_elsewhere_is_no_copy(tmp_path: Path) -> None:
    path = write_objects(tmp_path, an_enhanced_object(GRID, SERIES)) / "0.dcm"

    def moved(group, k, t):
        if (k, t) == (3, 2):
            group.PlanePositionSequence = [an_item(ImagePositionPatient=["0", "0", "0"])]

    write_objects(tmp_path / "other", an_enhanced_object(GRID, SERIES, moved))
    (tmp_path / "other" / "0.dcm").rename(path.with_name("moved.dcm"))
    study = read(tmp_path)
    assert study.volumes == {}
    (refused,) = study.problems
    assert refused.code == "duplicate_instance_conflict"
    assert (refused.evidence["files"], refused.evidence["instances"]) == (2, 1)


@pytest.mark.parametrize(
    ("said", "groups", "row", "words"),
    [
        ({"EchoPulseSequence": "SPIN"}, {}, "scanning_sequence", "SE"),
        (
            {"EchoPulseSequence": "SPIN", "EchoPlanarPulseSequence": "YES"},
            {"MRModifierSequence": {"InversionRecovery": "YES"}},
            "scanning_sequence",
            "SE\\EP\\IR",
        ),
        ({"EchoPulseSequence": "BOTH"}, {}, "scanning_sequence", "SE\\GR"),
        (
            {"EchoPulseSequence": "GRADIENT", "SteadyStatePulseSequence": "TIME_REVERSED"},
            {},
            "sequence_variant",
            "TRSS",
        ),
        (
            {"EchoPulseSequence": "GRADIENT", "SegmentedKSpaceTraversal": "PARTIAL"},
            {
                "MRModifierSequence": {"Spoiling": "RF", "InversionRecovery": "YES"},
                "MRImagingModifierSequence": {"MagnetizationTransfer": "OFF_RESONANCE"},
            },
            "sequence_variant",
            "SK\\MTC\\SP\\MP",
        ),
        (
            {"EchoPulseSequence": "SPIN", "SpectrallySelectedSuppression": "FAT_AND_WATER"},
            {"MRModifierSequence": {"FlowCompensation": "OTHER", "SpatialPresaturation": "SLAB"}},
            "scan_options",
            "FC\\SP\\FS",
        ),
        ({"EchoPulseSequence": "GRADIENT", "TimeOfFlightContrast": "YES"}, {}, "angio_flag", "Y"),
    ],
)
def test_the_words_of_a_sequence_are_those_of_a_classic_header(
    tmp_path: Path, said, groups, row, words
) -> None:
    ds = an_enhanced_object(GRID, VOXELS, **said)
    for macro, elements in groups.items():
        setattr(ds.SharedFunctionalGroupsSequence[0], macro, [an_item(**elements)])
    assert only_volume(write_objects(tmp_path, ds)).physics[row] == words


@pytest.mark.parametrize(
    ("administered", "contrast"), [(None, "yes"), ("YES", "yes"), ("NO", "no")]
)
def test_an_agent_counts_for_the_frames_that_were_made_with_it(
    tmp_path: Path, administered, contrast
) -> None:
    ds = an_enhanced_object(GRID, VOXELS)
    ds.ContrastBolusAgentSequence = [an_item(CodeMeaning="Gadobutrol", ContrastBolusVolume="7.5")]
    if administered:
        use = an_item(ContrastBolusAgentAdministered=administered)
        ds.SharedFunctionalGroupsSequence[0].ContrastBolusUsageSequence = [use]
    path = write_objects(tmp_path, ds) / "0.dcm"
    assert contrast_of(headers_of(ScanFile(str(path)))[0].acquisition) == contrast


def test_what_stands_in_functional_groups_is_said_to_nobody(tmp_path: Path) -> None:
    def edit(group, _k, _t):
        group.FrameContentSequence[0].FrameComments = "SECRET"
        group.MRReceiveCoilSequence = [an_item(ReceiveCoilName="SECRET")]

    ds = an_enhanced_object(GRID, SERIES, edit, SeriesDescription="SECRET", PatientID="SECRET")
    ds.NumberOfFrames = 99
    said = "".join(str(problem.as_json()) for problem in read(write_objects(tmp_path, ds)).problems)
    assert "frames_contradict_groups" in said
    ds.NumberOfFrames = 12
    path = write_objects(tmp_path, ds) / "0.dcm"
    said += repr(read(tmp_path)) + repr(headers_of(ScanFile(str(path))))
    assert "SECRET" not in said
    assert "2.25." not in said
