"""What headers give cause to be careful about: interpolation, corrections of distortion."""

from pathlib import Path

import numpy as np
import pytest
from builders import CISS, a_grid, write_series
from hypothesis import given
from hypothesis import strategies as st

import mriview
from mriview.geometry import Grid
from mriview.review.gates import certainty_of_resolution
from mriview.review.reading import SeriesFacts, edges_mm
from mriview.scans.cautions import CORRECTIONS, HOW, interpolated

FINE = a_grid((16, 16, 20), (0.5, 0.5, 0.6))
THICK = a_grid((16, 16, 20), (0.5, 0.5, 3.0))
EDGE_MM = st.floats(0.2, 3.0).map(lambda mm: round(mm, 3))


def codes(volume: mriview.Volume) -> list[str]:
    return [one.code for one in volume.problems]


# ---- interpolation ------------------------------------------------------------------------------


def test_voxels_that_look_finer_than_they_were_acquired_say_so(tmp_path: Path) -> None:
    # 16 pixels of 0.5 mm out of 8 measured lines, slices of 1.2 mm that overlap by half
    write_series(tmp_path, FINE, AcquisitionMatrix=[8, 0, 0, 8], **CISS | {"SliceThickness": "1.2"})
    (volume,) = mriview.open_study(tmp_path).volumes.values()
    (said,) = volume.problems
    assert said.code == "voxels_interpolated"
    assert said.where == volume.key
    assert "0.50 x 0.50 x 0.60 mm" in said.message
    assert "1.00 x 1.00 x 1.20 mm" in said.message


@pytest.mark.parametrize(
    ("grid", "matrix"), [(FINE, [16, 0, 0, 16]), (THICK, [8, 0, 0, 8]), (FINE, None)]
)
def test_voxels_that_promise_no_more_than_was_acquired_say_nothing(
    tmp_path: Path, grid, matrix
) -> None:
    tags = {} if matrix is None else {"AcquisitionMatrix": matrix}
    write_series(tmp_path, grid, **CISS, **tags)
    (volume,) = mriview.open_study(tmp_path).volumes.values()
    assert volume.problems == ()


def word_of(spacing_mm, acquired_mm) -> str:
    in_plane_mm, slice_mm = edges_mm(spacing_mm, acquired_mm)
    facts = SeriesFacts("a", "t2_cisternogram", 0.9, in_plane_mm, slice_mm, acquired_known=True)
    return certainty_of_resolution(facts)


@given(EDGE_MM, EDGE_MM, st.floats(1, 3), st.floats(1, 3))
def test_wherever_interpolation_changes_what_may_be_said_of_a_contact_it_is_said(
    in_plane_mm, slice_mm, in_plane_factor, slice_factor
) -> None:
    stored_mm = (in_plane_mm, in_plane_mm, slice_mm)
    acquired_mm = (in_plane_mm * in_plane_factor,) * 2 + (slice_mm * slice_factor,)
    grid = Grid((100, 100, 50), np.diag([*stored_mm, 1.0]))
    if word_of(stored_mm, stored_mm) != word_of(stored_mm, acquired_mm):
        assert interpolated(acquired_mm, grid)
    assert interpolated(stored_mm, grid) == ()


# ---- distortion ---------------------------------------------------------------------------------


def two_series(folder: Path, first: str, second: str, second_grid: Grid = FINE) -> mriview.Study:
    for n, (word, grid) in enumerate(((first, FINE), (second, second_grid))):
        write_series(
            folder / str(n),
            grid,
            edit=lambda ds, k, n=n: setattr(ds, "SOPInstanceUID", f"2.25.8.{n}.{k + 1}"),
            SeriesInstanceUID=f"2.25.9.{n}",
            ImageType=["ORIGINAL", "PRIMARY", "M", "NORM", word],
            **CISS,
        )
    return mriview.open_study(folder)


def test_a_series_corrected_in_its_plane_beside_one_in_space_is_said(tmp_path: Path) -> None:
    study = two_series(tmp_path, "DIS3D", "DIS2D")
    ((said, volume),) = [(one, v) for v in study.volumes.values() for one in v.problems]
    assert said in study.problems
    assert (said.code, said.where, said.severity) == ("distortion_2d", volume.key, "warning")
    assert "in the plane only, that of 1 other fine series in all three directions" in said.message


@pytest.mark.parametrize(
    ("first", "second", "grid"),
    [
        ("DIS2D", "DIS2D", FINE),
        ("DIS3D", "DIS3D", FINE),
        ("DIS3D", "NORM", FINE),  # nobody says
        ("DIS3D", "DIS2D", THICK),  # no contact is judged in it
    ],
)
def test_series_of_one_correction_or_too_thick_to_measure_in_say_nothing(
    tmp_path: Path, first, second, grid
) -> None:
    assert two_series(tmp_path, first, second, grid).problems == ()


@pytest.mark.parametrize("worse", CORRECTIONS[:-1])
def test_each_lesser_correction_is_named(tmp_path: Path, worse) -> None:
    (said,) = two_series(tmp_path, "DIS3D", worse).problems
    assert f"corrected {HOW[worse]}" in said.message
