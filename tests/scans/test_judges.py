"""Outside judges: nibabel and SimpleITK place the same voxels at the same patient millimetres."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 (the name that its users know)
from builders import voxels_for, write_nifti, write_series
from hypothesis import HealthCheck, given, settings
from strategies import axis_orders, rotations

import mriview
from mriview.geometry import Grid

# a folder is made for each example, so the fixture may be shared
many = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


def a_turned_grid(turn: np.ndarray, order) -> Grid:
    matrix = np.eye(4)
    matrix[:3, :3] = turn @ np.diag([0.5, 0.6, 0.7])
    matrix[:3, 3] = [-31.0, 12.5, -40.25]
    return Grid((5, 4, 6), matrix).reordered(order)


def read_by_itk(paths: list[Path]) -> tuple[np.ndarray, np.ndarray]:
    """Voxels (i, j, k) and LPS matrix as ITK has them."""
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(path) for path in paths])
    image = reader.Execute() if len(paths) > 1 else sitk.ReadImage(str(paths[0]))
    matrix = np.eye(4)
    directions = np.array(image.GetDirection()).reshape(3, 3)
    matrix[:3, :3] = directions @ np.diag(image.GetSpacing())
    matrix[:3, 3] = image.GetOrigin()
    return sitk.GetArrayFromImage(image).transpose(2, 1, 0), matrix


def same_places(volume, voxels: np.ndarray, lps_from_index: np.ndarray) -> bool:
    """Whether every value lies where another program puts it, in whatever storage order."""
    ours = dict(zip(volume.voxels.ravel().tolist(), places(volume.grid), strict=True))
    theirs = dict(
        zip(voxels.ravel().tolist(), places(Grid(voxels.shape, lps_from_index)), strict=True)
    )
    return ours.keys() == theirs.keys() and all(
        np.allclose(ours[value], theirs[value], rtol=0, atol=1e-3) for value in ours
    )


def places(grid: Grid) -> list[np.ndarray]:
    return list(grid.lps(np.argwhere(np.ones(grid.shape))))


@many
@given(rotations(), axis_orders())
def test_a_dicom_series_of_any_orientation_lies_where_itk_puts_it(tmp_path_factory, turn, order):
    grid = a_turned_grid(turn, order)
    folder = tmp_path_factory.mktemp("series")
    paths = write_series(folder, grid, voxels_for(grid.shape))
    (volume,) = mriview.open_study(folder).volumes.values()
    if np.linalg.det(grid.lps_from_index[:3, :3]) < 0:
        paths.reverse()  # ITK wants files along the normal
    assert same_places(volume, *read_by_itk(paths))


@many
@given(rotations(), axis_orders())
def test_a_nifti_of_any_orientation_lies_where_itk_and_nibabel_put_it(
    tmp_path_factory, turn, order
) -> None:
    grid = a_turned_grid(turn, order)
    path = write_nifti(tmp_path_factory.mktemp("nifti") / "a.nii.gz", grid)
    (volume,) = mriview.open_study(path).volumes.values()
    image = nib.load(path)
    flip = np.diag([-1.0, -1, 1, 1])
    assert same_places(volume, np.asarray(image.dataobj), flip @ image.affine)
    assert same_places(volume, *read_by_itk([path]))


@many
@given(rotations(), axis_orders())
def test_what_leaves_as_nibabel_image_comes_back(tmp_path_factory, turn, order) -> None:
    grid = a_turned_grid(turn, order)
    folder = tmp_path_factory.mktemp("series")
    write_series(folder, grid)
    (volume,) = mriview.open_study(folder).volumes.values()
    nib.save(volume.to_nibabel(), folder / "out.nii.gz")
    (back,) = mriview.open_study(folder / "out.nii.gz").volumes.values()
    assert np.array_equal(back.voxels, volume.voxels)
    assert np.allclose(back.grid.corners_mm(), volume.grid.corners_mm(), atol=1e-3)


@pytest.mark.corpus
def test_itk_places_the_posterior_fossa_where_we_do(corpus: Path) -> None:
    folder = corpus / "dicom" / "t1_posterior_fossa"
    (volume,) = mriview.open_study(folder).volumes.values()
    paths = [Path(name) for name in sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))]
    voxels, matrix = read_by_itk(paths)
    theirs = Grid(voxels.shape, matrix)
    assert np.allclose(theirs.corners_mm(), volume.grid.corners_mm(), atol=0.01)
    assert np.array_equal(voxels, volume.voxels)
