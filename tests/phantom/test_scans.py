"""The digital patient as files: what the product and others read back, and what the voxels show."""

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from pydicom import dcmread

from mriview import open_study
from mriview.errors import OutputError, UsageError
from mriview.phantom import (
    PhantomFiles,
    make_patient,
    mass_label,
    series_plans,
    write,
    write_phantom,
)
from mriview.scans import Study, Volume

ROLES = ("t2_cisternogram", "tof_mra")


@pytest.fixture(scope="module")
def study(as_dicom: PhantomFiles) -> Study:
    return open_study(as_dicom.study)


def truth_in(files: PhantomFiles) -> dict:
    return json.loads(files.truth.read_text("utf-8"))


def signal_at(volume: Volume, points: object) -> np.ndarray:
    i, j, k = np.rint(volume.grid.index(points)).astype(int).T
    return np.asarray(volume.voxels)[i, j, k].astype(float)


@pytest.mark.parametrize("role", ROLES)
def test_a_series_has_its_role_by_physics(study: Study, role: str) -> None:
    volume = study.volume(role)
    assert volume.role.confidence >= 0.9
    assert any(reason.startswith("physics") for reason in volume.role.reasons)


def test_a_study_says_only_that_it_is_synthetic_and_both_series_share_a_frame(study: Study) -> None:
    assert {problem.code for problem in study.problems} == {"synthetic_scan"}
    frames = {volume.frame_of_reference for volume in study.volumes.values()}
    assert len(frames) == 1
    assert frames != {None}
    assert not study.volume(ROLES[0]).grid.is_parallel_to(study.volume(ROLES[1]).grid)


@pytest.mark.parametrize("role", ROLES)
def test_dicom_and_nifti_hold_the_same_grid_and_voxels(
    study: Study, as_nifti: PhantomFiles, role: str
) -> None:
    one, other = study.volume(role), open_study(as_nifti.study).volume(role)
    assert other.role.confidence >= 0.9
    assert one.grid.shape == other.grid.shape
    assert np.abs(one.grid.corners_mm() - other.grid.corners_mm()).max() < 1e-3
    assert np.array_equal(one.voxels, other.voxels)


def test_the_grid_on_disk_is_the_grid_of_the_plan_and_of_the_truth(
    study: Study, as_dicom: PhantomFiles
) -> None:
    said = truth_in(as_dicom)["series"]
    for plan in series_plans(make_patient("aica_left", 0)):
        grid = study.volume(plan.role).grid
        assert np.abs(grid.lps_from_index - plan.grid.lps_from_index).max() < 1e-6
        assert said[plan.role]["shape"] == list(grid.shape)


@pytest.mark.parametrize("plan", series_plans(make_patient("aica_left", 0)), ids=lambda p: p.name)
def test_simpleitk_reads_the_same_geometry(as_dicom: PhantomFiles, plan) -> None:
    reader = SimpleITK.ImageSeriesReader()
    folder = str(as_dicom.study / plan.name)
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(folder))
    image = reader.Execute()
    assert image.GetSize() == plan.grid.shape
    for index in ((0, 0, 0), (5, 7, 11), tuple(n - 1 for n in plan.grid.shape)):
        there = image.TransformIndexToPhysicalPoint(index)
        assert there == pytest.approx(plan.grid.lps(index), abs=1e-3)


def test_the_arteries_are_bright_on_the_angiogram_and_dark_in_the_fluid(
    study: Study, as_dicom: PhantomFiles
) -> None:
    cisternogram, angiogram = (study.volume(role) for role in ROLES)
    artery = truth_in(as_dicom)["arteries"]["aica_left"]
    path = np.array(artery["path_mm"])[6:-10]  # its ends lie in the basilar and on the flocculus
    assert (signal_at(angiogram, path) > 450).all()
    assert (signal_at(cisternogram, path) < 500).all()


@pytest.mark.parametrize("side", ["right", "left"])
def test_the_nerve_runs_through_bright_fluid_where_the_truth_says(
    study: Study, as_dicom: PhantomFiles, side: str
) -> None:
    facial = truth_in(as_dicom)["sides"][side]["facial"]
    free = np.array(facial["path_mm"])[22:38]  # 11 to 19 mm: in the cistern
    cisternogram = study.volume("t2_cisternogram")
    assert (signal_at(cisternogram, free) < 550).all()
    assert (signal_at(cisternogram, np.add(free, (0, 0, 2.2))) > 800).all()


def test_without_a_vessel_the_place_of_the_contact_is_fluid_on_the_other_side(
    study: Study, as_dicom: PhantomFiles
) -> None:
    truth = truth_in(as_dicom)
    (contact,) = truth["sides"]["left"]["contacts"]
    across = np.array(contact["nearest_on_vessel"]) - contact["on_path"]
    middle_of_vessel = np.array(contact["on_path"]) + across * (0.7 + 0.6) / 0.7
    mirrored = middle_of_vessel * [-1, 1, 1] + [2 * truth["midline"][0], 0, 0]
    cisternogram, angiogram = (study.volume(role) for role in ROLES)
    assert signal_at(angiogram, middle_of_vessel[None])[0] > 500
    assert signal_at(angiogram, mirrored[None])[0] < 350
    assert signal_at(cisternogram, middle_of_vessel[None])[0] < 450
    assert signal_at(cisternogram, mirrored[None])[0] > 700


def test_the_label_of_the_mass_has_the_volume_of_the_ellipsoid(with_mass: PhantomFiles) -> None:
    image, truth = nib.load(with_mass.mass), truth_in(with_mass)
    assert image.header.get_intent("code")[0] == 1002  # opened as a scan by nobody
    assert image.header.get_xyzt_units()[0] == "mm"
    (lesion,) = truth["lesions"]
    inside = np.asarray(image.dataobj)
    measured = inside.sum() * abs(np.linalg.det(image.affine[:3, :3]))
    assert measured == pytest.approx(lesion["volume_mm3"], rel=0.03)
    patient = make_patient(truth["case"], truth["seed"])
    label = mass_label(patient, series_plans(patient)[0].grid)
    assert np.array_equal(inside, label)
    volume = open_study(with_mass.study).volume("t2_cisternogram")
    filled = np.asarray(volume.voxels)[inside > 0]
    assert 380 < np.median(filled) < 480


def test_every_header_says_that_it_is_synthetic(
    as_dicom: PhantomFiles, as_nifti: PhantomFiles
) -> None:
    paths = sorted(as_dicom.study.rglob("*.dcm"))
    assert len(paths) == sum(plan.grid.shape[2] for plan in series_plans(make_patient()))
    for path in paths:
        header = dcmread(path, stop_before_pixels=True)
        assert str(header.PatientName) == "SYNTHETIC^PHANTOM"
        assert header.PatientID == "SYNTHETIC"
        assert header.SeriesDescription.startswith("SYNTHETIC")
        assert header.ImageComments == "SYNTHETIC, not a patient"
        assert header.SOPInstanceUID.startswith("2.25.")
    for path in as_nifti.study.glob("*.nii.gz"):
        image = nib.load(path)
        assert image.header["descrip"].item().startswith(b"SYNTHETIC")
        assert int(image.header["sform_code"]) == int(image.header["qform_code"]) == 1
    for path in as_nifti.study.glob("*.json"):
        assert json.loads(path.read_text("utf-8"))["SeriesDescription"].startswith("SYNTHETIC")


@pytest.mark.whole
def test_two_runs_with_one_seed_give_the_same_bytes(as_dicom: PhantomFiles, tmp_path: Path) -> None:
    again = write_phantom(tmp_path / "again", "aica_left")
    first, second = as_dicom.study.parent, again.study.parent
    assert contents_of(first) == contents_of(second)


def contents_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_folder_that_holds_something_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="output_exists"):
        write_phantom(tmp_path)
    with pytest.raises(OutputError, match="output_exists"):
        write_phantom(tmp_path / "note.txt")
    assert contents_of(tmp_path) == {"note.txt": b"mine"}


def test_a_place_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="output_not_writable"):
        write_phantom(tmp_path / "file" / "patient")


def test_a_disk_that_is_full_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr(write, "render", lambda _, plan: np.zeros(plan.grid.shape, np.uint16))
    with pytest.raises(OutputError, match="No space left"):
        write_phantom(tmp_path / "patient")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="form_unknown"):
        write_phantom(tmp_path / "patient", to="tiff")
