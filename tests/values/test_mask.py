"""Laws of painted structures: cropped, put back, named by their content."""

import gzip

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from strategies import axis_orders, grids

from mriview.errors import GeometryError, InputError
from mriview.geometry import Grid
from mriview.values import Mask


@st.composite
def painted(draw):
    """A grid and voxels of which at least one is set."""
    grid = draw(grids())
    inside = draw(arrays(np.bool_, grid.shape))
    inside[tuple(draw(st.integers(0, n - 1)) for n in grid.shape)] = True
    return grid, inside


def a_mask(shape=(9, 8, 7), inside=np.s_[2:5, 3:6, 1:4], spacing_mm=(0.5, 0.5, 0.6)):
    grid = Grid(shape, np.diag([*spacing_mm, 1.0]))
    voxels = np.zeros(shape, dtype=np.uint8)
    voxels[inside] = 3
    return grid, voxels


@given(painted())
def test_a_mask_put_back_on_its_series_is_what_was_painted(case):
    grid, inside = case
    mask = Mask.from_voxels(grid, inside)
    assert np.array_equal(mask.on(grid), inside)
    assert mask.count == inside.sum()
    for axis in ((1, 2), (0, 2), (0, 1)):  # no empty layer is kept at the border
        filled = mask.inside.any(axis=axis)
        assert filled[0]
        assert filled[-1]


@given(painted())
def test_the_same_content_has_the_same_digest_and_survives_its_file(case):
    grid, inside = case
    mask = Mask.from_voxels(grid, inside)
    assert Mask.from_voxels(grid, inside.astype(np.float32) * 7).sha256 == mask.sha256
    data = mask.nifti_bytes()
    assert mask.nifti_bytes() == data
    image = nib.Nifti1Image.from_bytes(gzip.decompress(data))
    read = Mask.from_voxels(Grid.from_ras(image.shape, image.affine), np.asanyarray(image.dataobj))
    assert read.sha256 == mask.sha256
    assert np.array_equal(read.snapped_to(grid).grid.lps_from_index, mask.grid.lps_from_index)


@given(painted(), st.data())
def test_one_voxel_more_or_less_is_another_digest(case, data):
    grid, inside = case
    other = inside.copy()
    voxel = tuple(data.draw(st.integers(0, n - 1)) for n in grid.shape)
    other[voxel] = not other[voxel]
    if other.any():
        assert Mask.from_voxels(grid, other).sha256 != Mask.from_voxels(grid, inside).sha256


@given(painted(), axis_orders())
def test_no_axis_order_moves_the_centre_or_changes_the_count(case, order):
    grid, inside = case
    mask = Mask.from_voxels(grid, inside)
    turned = Mask.from_voxels(grid.reordered(order), order.view(inside))
    assert np.allclose(turned.centroid_mm, mask.centroid_mm, rtol=0, atol=1e-9)
    assert turned.count == mask.count


def test_the_same_voxels_elsewhere_are_another_content():
    grid, voxels = a_mask()
    moved = Grid(grid.shape, grid.lps_from_index + np.diag([0, 0, 1.0], k=1))
    assert Mask.from_voxels(moved, voxels).sha256 != Mask.from_voxels(grid, voxels).sha256


def test_a_mask_cannot_be_painted_over():
    grid, voxels = a_mask()
    mask = Mask.from_voxels(grid, voxels)
    voxels[...] = 0
    assert mask.count == 27
    with pytest.raises(ValueError, match="read-only"):
        mask.inside[0, 0, 0] = False


def _series(shape=(9, 8, 7), slice_mm=0.6, shear=0.0, shift_mm=0.0):
    matrix = np.diag([0.5, 0.5, slice_mm, 1.0])
    matrix[0, 1], matrix[0, 3] = shear, shift_mm
    return Grid(shape, matrix)


@pytest.mark.parametrize(
    "other",
    [
        _series(slice_mm=0.7),
        _series(shape=(4, 8, 7)),
        _series(shear=0.2),
        _series(shift_mm=0.25),  # half a voxel
        _series(shift_mm=500.0),
    ],
)
def test_a_mask_is_never_put_on_another_grid(other):
    mask = Mask.from_voxels(*a_mask())
    with pytest.raises(GeometryError, match="mask_other_grid"):
        mask.on(other)


def test_a_mask_of_another_shape_or_without_voxels_is_refused():
    grid, voxels = a_mask()
    with pytest.raises(GeometryError, match=r"mask_other_grid.*\(8, 8, 7\).*\(9, 8, 7\)"):
        Mask.from_voxels(grid, voxels[1:])
    with pytest.raises(GeometryError, match="mask_empty"):
        Mask.from_voxels(grid, np.zeros(grid.shape))


def test_the_file_of_a_mask_says_that_it_is_a_label_in_millimetres_and_is_read_again(tmp_path):
    mask = Mask.from_voxels(*a_mask())
    file = tmp_path / "mask.nii.gz"
    file.write_bytes(mask.nifti_bytes())
    header = nib.load(file).header
    assert header.get_intent("code")[0] == 1002
    assert header.get_xyzt_units()[0] == "mm"
    assert Mask.from_nifti(file).sha256 == mask.sha256
    # kept by reviews on disk: what a file says beside its voxels may never change it
    assert mask.sha256 == "eff4a5ea5ba3a03cd6cecdfed38c43cbacbac7340ffaffabe21ada138d95ef69"


def test_a_label_file_is_read_on_its_own_grid(tmp_path):
    grid, voxels = a_mask()
    file = tmp_path / "labels.nii.gz"
    nib.save(nib.Nifti1Image(voxels, grid.ras_from_index), file)
    mask = Mask.from_nifti(file)
    assert np.array_equal(mask.on(grid), voxels != 0)
    assert mask.snapped_to(grid).sha256 == Mask.from_voxels(grid, voxels).sha256


def _cut(file):
    file.write_bytes(file.read_bytes()[:-40])


def _scrambled(file):
    data = bytearray(file.read_bytes())
    data[20:60] = bytes(40)
    file.write_bytes(data)


def _absent(file):
    file.unlink()


def _text(file):
    file.write_text("not a scan")


@pytest.mark.parametrize("harm", [_cut, _scrambled, _absent, _text])
def test_a_label_file_that_cannot_be_read_is_refused_in_one_sentence(tmp_path, harm):
    grid, voxels = a_mask()
    file = tmp_path / "labels.nii.gz"
    nib.save(nib.Nifti1Image(voxels, grid.ras_from_index), file)
    harm(file)
    with pytest.raises(InputError, match=r"mask_unreadable: .*Name a \.nii") as refused:
        Mask.from_nifti(file)
    assert "labels" not in str(refused.value)


def test_a_label_file_with_time_or_without_numbers_is_refused(tmp_path):
    grid, voxels = a_mask()
    file = tmp_path / "labels.nii"
    nib.save(nib.Nifti1Image(np.stack([voxels] * 2, axis=-1), grid.ras_from_index), file)
    with pytest.raises(InputError, match="a mask of 4 dimensions"):
        Mask.from_nifti(file)
    holes = np.where(voxels > 0, 1.0, np.nan).astype(np.float32)
    nib.save(nib.Nifti1Image(holes, grid.ras_from_index), file)
    with pytest.raises(InputError, match="477 values that are no number"):
        Mask.from_nifti(file)


def test_a_huge_empty_mask_is_refused_by_its_header_alone(tmp_path):
    grid, voxels = a_mask()
    file = tmp_path / "labels.nii"
    nib.save(nib.Nifti1Image(voxels, grid.ras_from_index), file)
    head = bytearray(file.read_bytes()[:352])
    header = nib.Nifti1Header(bytes(head[:348]))
    header["dim"][1:4] = 1200
    file.write_bytes(header.binaryblock + head[348:])  # its voxels are not even there
    with pytest.raises(GeometryError, match="mask_other_grid"):
        Mask.from_nifti(file, grid)
    header["dim"][1:4] = 1300
    file.write_bytes(header.binaryblock + head[348:])
    with pytest.raises(InputError, match=r"mask_unreadable: a mask of 2\.0 GiB, more than 2 GiB"):
        Mask.from_nifti(file)


def test_a_cropped_label_file_is_read_for_its_series(tmp_path):
    grid, voxels = a_mask()
    whole = Mask.from_voxels(grid, voxels)
    file = tmp_path / "labels.nii.gz"
    file.write_bytes(whole.nifti_bytes())
    assert Mask.from_nifti(file, grid).snapped_to(grid).sha256 == whole.sha256


@pytest.mark.parametrize("dtype", ["c8", [("R", "u1"), ("G", "u1"), ("B", "u1")]])
def test_a_mask_of_colours_or_complex_numbers_is_refused_in_one_sentence(tmp_path, dtype):
    grid, _ = a_mask()
    file = tmp_path / "labels.nii"
    nib.save(nib.Nifti1Image(np.zeros(grid.shape, dtype), grid.ras_from_index), file)
    with pytest.raises(InputError, match="mask_unreadable: a mask of colours or complex"):
        Mask.from_nifti(file)


@pytest.mark.parametrize(
    ("code", "qform", "codes"),
    [
        ("nifti_left_right_conflict", np.diag([-1.0, 1, 1, 1]), (1, 1)),
        ("nifti_matrix_conflict", np.eye(4) + np.diag([0, 0, 5.0], k=1), (1, 1)),
        ("nifti_no_matrix", np.eye(4), (0, 0)),
    ],
)
def test_a_mask_without_one_place_is_refused_as_a_scan_is(tmp_path, code, qform, codes):
    grid, voxels = a_mask()
    image = nib.Nifti1Image(voxels, grid.ras_from_index)
    image.set_sform(grid.ras_from_index, code=codes[0])
    image.set_qform(qform @ grid.ras_from_index, code=codes[1])
    nib.save(image, tmp_path / "labels.nii")
    with pytest.raises(InputError) as refused:
        Mask.from_nifti(tmp_path / "labels.nii")
    assert refused.value.code == code


def test_scaled_labels_are_read_by_their_values(tmp_path):
    grid, voxels = a_mask()
    image = nib.Nifti1Image(voxels, grid.ras_from_index)
    image.header.set_slope_inter(2.0, -6.0)  # what is stored as 3 is 0
    nib.save(image, tmp_path / "labels.nii")
    scaled = nib.load(tmp_path / "labels.nii")
    mask = Mask.from_nifti(tmp_path / "labels.nii")
    assert mask.count == np.count_nonzero(scaled.get_fdata())
