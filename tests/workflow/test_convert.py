"""Scans as NIfTI: the same voxels, place, role and physics when they are opened again, or no file.

nibabel and SimpleITK judge the files; what a sidecar may say when it is read is tested with
``mriview.scans.converted``.
"""

import gzip
import hashlib
import json
import weakref
from dataclasses import replace
from types import MappingProxyType

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 (the name that its users know)
from builders import a_grid, voxels_for, write_nifti, write_series
from hypothesis import given
from hypothesis import strategies as st
from strategies import grids

import mriview
from mriview.errors import OutputError
from mriview.geometry import Grid
from mriview.scans import Role, Study, Volume, remembered
from mriview.values import problem
from mriview.vocabulary import physics, roles
from mriview.workflow.convert import TYPES, convert, convert_study, header_for

GRID = a_grid()
STUDY_KEY, KEY, OTHER_KEY = "0123456789abcdef", "89abcdef", "89abcdff"
FRAMES = ("0011223344556677", "8899aabbccddeeff")
WORDS = {
    "acquisition_type": "3D",
    "scanning_sequence": "GR\\IR",
    "sequence_variant": "SP",
    "scan_options": "PFP\\FSA_GEMS",
    "angio_flag": "Y",
}
PHYSICS = st.dictionaries(
    st.sampled_from([row.id for row in physics().values() if row.unit]),
    st.integers(1, 10**7).map(lambda n: n / 1000),  # also times of more seconds than are usual
).map(lambda numbers: MappingProxyType({**WORDS, **numbers}))
EDGES_MM = st.none() | st.just((9.5, 8.25, 7.125))  # larger than any spacing of the strategy


def a_volume(voxels=None, grid=GRID, key=KEY, **told) -> Volume:
    voxels = voxels_for(grid.shape) if voxels is None else voxels
    times = voxels.shape[3] if voxels.ndim == 4 else 1
    told = {"frame_of_reference": FRAMES[0], **told}
    return Volume(key, grid, load=voxels.copy, time_points=times, **told)


def a_study(*volumes: Volume, **told) -> Study:
    return Study(STUDY_KEY, {volume.key: volume for volume in volumes}, **told)


@st.composite
def volumes(draw) -> Volume:
    """Give any volume that a reader may make, its bits at random: NaN, infinities, extremes."""
    grid = draw(grids(most=5).filter(lambda grid: min(grid.shape) > 1))
    times = draw(st.sampled_from([(), (2,), (3,)]))
    dtype = np.dtype(draw(st.sampled_from(sorted(TYPES))))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    bits = rng.bytes(int(np.prod((*grid.shape, *times))) * dtype.itemsize)
    order = draw(st.sampled_from("CF"))
    return a_volume(
        np.frombuffer(bits, dtype).reshape((*grid.shape, *times), order=order),
        grid,
        modality=draw(st.sampled_from(["", "MR", "CT"])),
        role=Role(draw(st.sampled_from(sorted(roles()))), draw(st.integers(0, 100)) / 100),
        physics=draw(PHYSICS),
        frame_of_reference=draw(st.sampled_from([None, *FRAMES])),
        acquired_voxel_mm=draw(EDGES_MM),
    )


def written(volume: Volume, folder):
    """Convert one volume; give its file and the volume that is read from it."""
    (one,) = convert_study(a_study(volume), folder).written
    (again,) = mriview.open_study(folder).volumes.values()
    return one.nifti, again


def bits_of(voxels: np.ndarray) -> bytes:
    return voxels.astype(voxels.dtype.newbyteorder("<")).tobytes()


@given(volumes())
def test_what_is_converted_and_opened_again_is_the_same_volume(tmp_path_factory, volume) -> None:
    _, again = written(volume, tmp_path_factory.mktemp("out"))
    assert again.voxels.dtype == volume.voxels.dtype
    assert again.voxels.shape == volume.voxels.shape
    assert bits_of(again.voxels) == bits_of(volume.voxels)
    assert np.allclose(again.grid.lps_from_index, volume.grid.lps_from_index, rtol=1e-5, atol=1e-12)
    assert (again.role.id, again.role.confidence) == (volume.role.id, volume.role.confidence)
    assert again.physics == volume.physics
    assert again.modality == volume.modality
    assert again.frame_of_reference == volume.frame_of_reference
    assert again.acquired_voxel_mm == volume.acquired_voxel_mm
    assert {one.code for one in again.problems} <= {"voxels_interpolated"}  # of these sizes


@given(volumes())
def test_nibabel_reads_the_same_voxels_at_the_same_places(tmp_path_factory, volume) -> None:
    path, _ = written(volume, tmp_path_factory.mktemp("out"))
    image = nib.load(path)
    assert image.get_data_dtype() == volume.voxels.dtype
    assert bits_of(np.asarray(image.dataobj)) == bits_of(volume.voxels)
    affine, code = image.header.get_sform(coded=True)
    assert code == 1
    assert np.allclose(affine, volume.grid.ras_from_index, rtol=1e-5, atol=1e-12)
    turned, code = image.header.get_qform(coded=True)
    assert code == 1
    assert np.allclose(turned, affine, rtol=0, atol=5e-3)  # a quaternion of float32, near a turn
    assert image.header.get_zooms()[:3] == pytest.approx(volume.grid.spacing_mm)


@pytest.mark.parametrize("times", [(), (3,)])
def test_itk_puts_every_voxel_where_the_grid_has_it(tmp_path, times) -> None:
    turned = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turned @ np.diag([0.5, 0.6, 0.7]), [-31.0, 12.5, -40.25]
    volume = a_volume(voxels_for((6, 5, 4, *times)), Grid((6, 5, 4), matrix))
    path, _ = written(volume, tmp_path)
    image = sitk.ReadImage(str(path))
    assert np.array_equal(sitk.GetArrayFromImage(image).T, volume.voxels)
    first = image[..., 0] if times else image
    for index in ((0, 0, 0), (5, 4, 3), (1, 4, 0)):
        place = first.TransformIndexToPhysicalPoint(index)
        assert place == pytest.approx(volume.grid.lps(index).tolist(), abs=1e-4)


def test_a_dicom_study_comes_back_as_the_same_scan(tmp_path) -> None:
    write_series(tmp_path / "dicom", RescaleSlope="2", RescaleIntercept="-7")
    study = mriview.open_study(tmp_path / "dicom")
    convert_study(study, tmp_path / "out")
    (before,), (after,) = (
        mriview.open_study(path).volumes.values() for path in (tmp_path / "dicom", tmp_path / "out")
    )
    assert np.array_equal(before.voxels, after.voxels)
    assert np.allclose(before.grid.lps_from_index, after.grid.lps_from_index, rtol=1e-6)
    assert before.frame_of_reference == after.frame_of_reference is not None


def test_a_file_is_named_by_its_key_and_nothing_of_the_patient_is_in_it(tmp_path) -> None:
    names = {"PatientName": "DOE^JANE", "SeriesDescription": "ciss DOE", "PatientID": "DOE-77"}
    write_series(tmp_path / "dicom", StudyDescription="for Dr DOE", ProtocolName="DOE", **names)
    (made,) = convert(tmp_path / "dicom", tmp_path / "out")
    (key,) = made.study.volumes
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [f"{key}.json", f"{key}.nii.gz"]
    everything = gzip.decompress(made.written[0].nifti.read_bytes())
    everything += made.written[0].sidecar.read_bytes()
    assert b"DOE" not in everything
    assert b"2.25." not in everything  # no identifier either


def test_the_same_study_gives_the_same_bytes_and_a_second_run_changes_nothing(tmp_path) -> None:
    study = a_study(a_volume())
    folders = [tmp_path / "a", tmp_path / "b"]
    files = [convert_study(study, folder).written[0] for folder in folders]
    assert files[0].nifti.read_bytes() == files[1].nifti.read_bytes()
    assert files[0].nifti.read_bytes()[3:8] == bytes(5)  # no name and no time in the gzip header
    assert files[0].sidecar.read_bytes() == files[1].sidecar.read_bytes()
    before = {path: path.stat().st_mtime_ns for path in folders[0].iterdir()}
    assert convert_study(study, folders[0]).written == (files[0],)
    assert {path: path.stat().st_mtime_ns for path in folders[0].iterdir()} == before


def test_other_content_under_the_same_key_is_never_replaced(tmp_path) -> None:
    convert_study(a_study(a_volume()), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for other in (a_volume(voxels_for(GRID.shape)[::-1]), a_volume(role=Role("dwi", 0.9))):
        with pytest.raises(OutputError) as refusal:
            convert_study(a_study(other), tmp_path)
        assert (refusal.value.code, refusal.value.where) == ("output_exists", KEY)
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["scan.nii", "other.NII.GZ", "pair.hdr"])
def test_a_folder_with_other_scans_is_refused_before_a_file_is_written(tmp_path, name) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(OutputError) as refusal:
        convert_study(a_study(a_volume()), tmp_path)
    assert refusal.value.code == "output_of_other_study"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_volume_with_cut_voxels_is_refused_and_the_others_are_written(tmp_path) -> None:
    write_nifti(tmp_path / "scans/whole.nii.gz")
    cut = write_nifti(tmp_path / "scans/cut.nii.gz", voxels=voxels_for(GRID.shape)[::-1])
    cut.write_bytes(cut.read_bytes()[:-6])
    (made,) = convert(tmp_path / "scans", tmp_path / "out")
    (one,) = made.written
    (said,) = [p for p in made.problems if p.severity == "error"]
    assert {one.volume.key, said.where} == set(made.study.volumes)
    assert {path.stem.partition(".")[0] for path in (tmp_path / "out").iterdir()} == {
        one.volume.key
    }


def test_voxels_that_nifti_cannot_hold_are_refused(tmp_path) -> None:
    made = convert_study(a_study(a_volume(np.ones(GRID.shape, np.bool_))), tmp_path / "out")
    assert [p.code for p in made.problems] == ["voxel_type_not_in_nifti"]
    assert made.written == ()
    assert not (tmp_path / "out").exists()


def test_voxels_of_one_volume_are_gone_before_the_next_are_read(tmp_path) -> None:
    alive: list[weakref.ref] = []

    def load():
        assert [ref for ref in alive if ref() is not None] == []
        voxels = voxels_for(GRID.shape)
        alive.append(weakref.ref(voxels))
        return voxels

    keys = ("aaaaaaaa", "bbbbbbbb", "cccccccc")
    made = convert_study(a_study(*(Volume(key, GRID, load) for key in keys)), tmp_path)
    assert len(made.written) == len(alive) == 3
    assert alive[-1]() is None


def test_a_full_disk_leaves_neither_half_a_file_nor_a_sidecar_alone(tmp_path) -> None:
    resource = pytest.importorskip("resource", reason="no limit of file sizes on Windows")
    noise = np.random.default_rng(0).integers(0, 2**16, (40, 40, 40), np.uint16)
    study = a_study(a_volume(noise, a_grid(noise.shape)))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(OutputError) as refusal:
            convert_study(study, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert refusal.value.code == "output_not_writable"
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_folder_should_be_is_refused(tmp_path) -> None:
    (tmp_path / "out").write_text("notes")
    with pytest.raises(OutputError, match="output_not_writable"):
        convert_study(a_study(a_volume()), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "notes"


def test_a_sheared_grid_is_written_to_the_sform_only() -> None:
    matrix = np.diag([0.5, 0.5, 0.7, 1.0])
    matrix[0, 1] = 0.1
    header = header_for(a_volume(grid=Grid((4, 4, 4), matrix)), np.dtype("u2"))
    assert (int(header["qform_code"]), int(header["sform_code"])) == (0, 1)
    assert np.allclose(header.get_sform(), np.diag([-1, -1, 1, 1]) @ matrix, rtol=1e-6)


def test_a_template_stays_a_template_and_is_warned_of_once(tmp_path) -> None:
    write_nifti(tmp_path / "scans/t1.nii.gz", codes=(4, 4))
    (made,) = convert(tmp_path / "scans", tmp_path / "out")
    header = nib.load(made.written[0].nifti).header
    assert (int(header["sform_code"]), int(header["qform_code"])) == (4, 4)
    (again,) = mriview.open_study(tmp_path / "out").volumes.values()
    assert [p.code for p in again.problems] == ["nifti_template_space"]
    assert again.problems[0].evidence["sform_code"] == 4


def test_an_axis_that_nifti_1_cannot_say_is_written_as_nifti_2(tmp_path) -> None:
    voxels = voxels_for((2, 2, 33_000), "u1")
    path, again = written(a_volume(voxels, a_grid(voxels.shape)), tmp_path)
    assert isinstance(nib.load(path), nib.Nifti2Image)
    assert np.array_equal(again.voxels, voxels)


def test_frames_of_reference_that_differ_still_differ(tmp_path) -> None:
    frames = dict(zip(("aaaaaaaa", "bbbbbbbb", "cccccccc"), (*FRAMES, None), strict=True))
    convert_study(
        a_study(*(a_volume(key=key, frame_of_reference=frame) for key, frame in frames.items())),
        tmp_path,
    )
    again = mriview.open_study(tmp_path)
    assert {v.frame_of_reference for v in again.volumes.values()} == set(frames.values())
    assert not again.scanner_frame_assumed


def test_a_frame_that_was_only_assumed_is_assumed_again(tmp_path) -> None:
    for name, grid in (("a", GRID), ("b", a_grid((7, 7, 7)))):
        write_nifti(tmp_path / f"scans/{name}.nii.gz", grid)
    list(convert(tmp_path / "scans", tmp_path / "out"))
    again = mriview.open_study(tmp_path / "out")
    assert again.scanner_frame_assumed
    assert len({v.frame_of_reference for v in again.volumes.values()} - {None}) == 1


def test_parts_with_like_headers_and_empty_first_slices_stay_apart(tmp_path) -> None:
    empty = np.zeros((64, 64, 20), np.uint16)
    grid = a_grid(empty.shape)
    convert_study(a_study(*(a_volume(empty, grid, f"{KEY}.{n}") for n in (1, 2))), tmp_path)
    keys = set(mriview.open_study(tmp_path).volumes)
    assert len({key.partition(".")[0] for key in keys}) == 2


def test_a_file_that_was_moved_since_shares_no_frame(tmp_path) -> None:
    path, before = written(a_volume(), tmp_path)
    image = nib.load(path)
    moved = image.affine.copy()
    moved[0, 3] += 3
    nib.save(nib.Nifti1Image(np.asarray(image.dataobj), moved), path)
    (after,) = mriview.open_study(tmp_path).volumes.values()
    assert (before.frame_of_reference, after.frame_of_reference) == (FRAMES[0], None)


def test_a_matrix_that_a_person_trusted_is_still_a_warning(tmp_path) -> None:
    def mirror(header):
        header["srow_x"] *= -1

    write_nifti(tmp_path / "scans/t1.nii.gz", edit=mirror)
    (made,) = convert(tmp_path / "scans", tmp_path / "out")
    assert made.written == ()
    (made,) = convert(tmp_path / "scans", tmp_path / "out", trust="qform")
    (volume,) = made.study.volumes.values()
    (again,) = mriview.open_study(tmp_path / "out").volumes.values()
    assert [p.code for p in again.problems] == ["nifti_matrix_trusted"]
    assert [p.message for p in again.problems] == [p.message for p in volume.problems]
    assert np.allclose(again.grid.lps_from_index, GRID.lps_from_index)


def test_a_synthetic_scan_still_says_so_to_everybody(tmp_path) -> None:
    volume = a_volume(problems=(problem("synthetic_scan", KEY),))
    path, again = written(volume, tmp_path)
    assert [p.code for p in again.problems] == ["synthetic_scan"]
    assert b"SYNTHETIC" in nib.load(path).header["descrip"].item()
    assert json.loads((tmp_path / f"{KEY}.json").read_text())["SeriesDescription"] == "SYNTHETIC"


def test_warnings_of_the_scan_outlive_the_conversion(tmp_path) -> None:
    lost = problem("series_incomplete", KEY, files=3)
    _, again = written(a_volume(problems=(lost,)), tmp_path)
    assert [(p.code, p.message) for p in again.problems] == [(lost.code, lost.message)]
    assert again.problems[0].where == again.key


def test_what_was_told_is_remembered_from_one_run_to_the_next(tmp_path, monkeypatch) -> None:
    warning = problem("series_incomplete", KEY, files=3)
    told = {"role": Role("t1_post", 0.95), "acquired_voxel_mm": (0.6, 0.7, 1.4)}
    monkeypatch.setattr(remembered, "UNSETTLED_NS", -(10**15))  # trusts what was written just now
    monkeypatch.setattr(remembered, "LEAST_FILES", 1)
    _, first = written(a_volume(problems=(warning,), **told), tmp_path)

    def unread(*_):
        raise AssertionError("a header was read again")

    monkeypatch.setattr("mriview.scans.nifti._whole", unread)
    again = next(iter(mriview.open_study(tmp_path).volumes.values()))
    assert (again.role, again.problems) == (first.role, first.problems)
    assert again.role.id == "t1_post"
    assert again.frame_of_reference == first.frame_of_reference == FRAMES[0]
    assert again.acquired_voxel_mm == (0.6, 0.7, 1.4)


def test_several_studies_lie_in_folders_of_their_keys(tmp_path) -> None:
    for name, grid in (("a", GRID), ("b", a_grid((7, 7, 7)))):
        write_nifti(tmp_path / f"scans/{name}/t1.nii.gz", grid)
    made = list(convert(tmp_path / "scans", tmp_path / "out"))
    assert len(made) == 2
    for one in made:
        assert one.written[0].nifti.parent == tmp_path / "out" / one.study.key
    key = made[0].study.key
    (chosen,) = convert(tmp_path / "scans", tmp_path / "one", select=key)
    assert chosen.study.key == key
    assert chosen.written[0].nifti.parent == tmp_path / "one"


@pytest.mark.long
@pytest.mark.corpus
def test_every_scan_of_the_corpus_comes_back_from_its_conversion(corpus, tmp_path) -> None:
    groups = json.loads((corpus / "MANIFEST.json").read_text("utf-8"))["groups"]
    compared = 0
    for group in groups:
        for study in mriview.open_batch(corpus / group["path"]):
            made = convert_study(study, tmp_path / group["id"] / study.key)
            if made.written:
                again = mriview.open_study(made.written[0].nifti.parent)
                compared += same_volumes(made, again)
    assert compared > 100


def same_volumes(made, again) -> int:
    """Compare what was written with what is opened again, one volume after the other."""
    assert len(again.volumes) == len(made.written)
    found = {key: digest_of(volume) for key, volume in again.volumes.items()}
    for one in made.written:
        digest = digest_of(one.volume)
        assert any(
            found[key] == digest
            and np.allclose(volume.grid.corners_mm(), one.volume.grid.corners_mm(), atol=1e-3)
            for key, volume in again.volumes.items()
        ), one.volume.key
    return len(found)


def digest_of(volume: Volume) -> tuple[str, str]:
    """Tell a volume by its role and the bits of its voxels."""
    voxels = replace(volume).voxels
    return volume.role.id, hashlib.sha256(voxels.dtype.str.encode() + bits_of(voxels)).hexdigest()
