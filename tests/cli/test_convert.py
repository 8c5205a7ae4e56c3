"""``mriview convert`` as programs see it: exit codes, a line a volume, nothing that was refused."""

import json

import nibabel as nib
import pytest
from builders import a_grid, voxels_for, write_nifti, write_series
from click.testing import CliRunner, Result

from mriview.cli.convert import convert
from mriview.errors import MriviewError

GRID = a_grid()


def run(*words: object) -> Result:
    return CliRunner().invoke(convert, [str(word) for word in words], catch_exceptions=False)


def refused(*words: object) -> MriviewError:
    with pytest.raises(MriviewError) as refusal:
        run(*words)
    return refusal.value


def rows_of(done: Result) -> list[dict]:
    return [json.loads(line) for line in done.output.splitlines()]


def test_a_volume_is_a_line_with_key_role_shape_and_file(tmp_path) -> None:
    write_series(tmp_path / "dicom")
    done = run(tmp_path / "dicom", "--out", tmp_path / "out")
    assert done.exit_code == 0
    (nifti,) = (tmp_path / "out").glob("*.nii.gz")
    first, row = done.output.splitlines()
    assert first.endswith("4 files: 4 loaded, 0 refused, 0 ignored")
    assert row.split() == [nifti.name[:8], "unknown", "(0.00)", "6x5x4", str(nifti)]
    assert nib.load(nifti).shape == GRID.shape


def test_json_names_the_files_below_the_output_folder(tmp_path) -> None:
    write_nifti(tmp_path / "scan.nii", voxels=voxels_for((*GRID.shape, 3)))
    done = run(tmp_path / "scan.nii", "--out", tmp_path / "out", "--to", "nifti", "--json")
    (row,) = rows_of(done)
    assert (row["shape"], row["time_points"]) == ([6, 5, 4], 3)
    assert row["files"] == [f"{row['key']}.nii.gz", f"{row['key']}.json"]
    assert all((tmp_path / "out" / name).is_file() for name in row["files"])


def test_what_was_refused_is_said_and_is_exit_1_and_the_rest_is_written(tmp_path) -> None:
    write_nifti(tmp_path / "scans/whole.nii.gz")
    write_nifti(tmp_path / "scans/placeless.nii", codes=(0, 0))
    cut = write_nifti(tmp_path / "scans/cut.nii.gz", voxels=voxels_for(GRID.shape)[::-1])
    cut.write_bytes(cut.read_bytes()[:-6])
    done = run(tmp_path / "scans", "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "nifti_no_matrix" in done.output
    assert "nifti_truncated" in done.output
    assert len(list((tmp_path / "out").glob("*.nii.gz"))) == 1
    done = run(tmp_path / "scans", "--out", tmp_path / "out", "--json")
    assert done.exit_code == 1
    problems = [row["problem"] for row in rows_of(done) if "problem" in row]
    assert {one["code"] for one in problems} == {"nifti_no_matrix", "nifti_truncated"}


def test_where_every_series_is_refused_no_folder_is_made(tmp_path) -> None:
    write_nifti(tmp_path / "scans/placeless.nii", codes=(0, 0))
    done = run(tmp_path / "scans", "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "nothing was written" in done.output
    assert not (tmp_path / "out").exists()


def test_a_place_without_a_scan_is_exit_3(tmp_path) -> None:
    (tmp_path / "notes.txt").write_text("no scan")
    said = refused(tmp_path, "--out", tmp_path / "out")
    assert (said.code, said.exit_code) == ("no_scan_found", 3)
    assert refused(tmp_path / "absent", "--out", tmp_path / "out").code == "path_unreadable"
    assert not (tmp_path / "out").exists()


def test_one_of_several_studies_is_chosen_by_its_key(tmp_path) -> None:
    write_nifti(tmp_path / "scans/a/t1.nii", GRID)
    write_nifti(tmp_path / "scans/b/t1.nii", a_grid((7, 7, 7)))
    both = rows_of(run(tmp_path / "scans", "--out", tmp_path / "both", "--json"))
    assert sorted(row["files"][0] for row in both) == sorted(
        f"{row['study']}/{row['key']}.nii.gz" for row in both
    )
    words = ("--out", tmp_path / "one", "--select", both[1]["study"], "--json")
    (row,) = rows_of(run(tmp_path / "scans", *words))
    assert (row["study"], row["key"]) == (both[1]["study"], both[1]["key"])
    said = refused(tmp_path / "scans", "--out", tmp_path / "none", "--select", "0" * 16)
    assert (said.code, said.exit_code) == ("study_absent", 2)


def test_a_second_study_into_the_same_folder_is_refused(tmp_path) -> None:
    write_nifti(tmp_path / "a/t1.nii", GRID)
    write_nifti(tmp_path / "b/t1.nii", a_grid((7, 7, 7)))
    assert run(tmp_path / "a", "--out", tmp_path / "out").exit_code == 0
    said = refused(tmp_path / "b", "--out", tmp_path / "out")
    assert (said.code, said.exit_code) == ("output_of_other_study", 3)
    assert run(tmp_path / "a", "--out", tmp_path / "out").exit_code == 0
