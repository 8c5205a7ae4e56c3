"""``--trust`` in the shell: a file of two places is read by the one that was named, and flagged."""

import json

import numpy as np
import pytest
import readings as r
from builders import a_grid, write_nifti

import mriview

TRUSTED = "nifti_matrix_trusted"


@pytest.fixture
def scan(tmp_path):
    """Folder of a file whose two matrices mirror each other."""

    def mirror(header):
        header.set_sform(np.diag([-1, 1, 1, 1]) @ header.get_sform(), code=1)

    return write_nifti(tmp_path / "scans" / "a.nii", a_grid((12, 12, 12)), edit=mirror).parent


@pytest.mark.parametrize("command", ["index", "info"])
def test_a_file_of_two_places_is_refused_until_one_of_them_is_named(shell, scan, command) -> None:
    code, out, _ = shell(command, scan)
    assert code == 1
    assert "--trust sform or --trust qform" in out
    code, out, _ = shell(command, scan, "--trust", "qform")
    assert code == 0
    assert TRUSTED in out
    assert shell(command, scan, "--trust", "header")[0] == 2


def test_what_was_trusted_is_converted_with_its_warning(shell, scan, tmp_path) -> None:
    assert shell("convert", scan, "--out", tmp_path / "out", "--trust", "sform")[0] == 0
    (volume,) = mriview.open_study(tmp_path / "out").volumes.values()
    (expected,) = mriview.open_study(scan, trust="sform").volumes.values()
    assert np.allclose(volume.grid.corners_mm(), expected.grid.corners_mm(), atol=1e-4)
    assert TRUSTED in [one.code for one in volume.problems]


def test_the_warning_of_a_trusted_matrix_is_in_the_report(shell, scan, tmp_path) -> None:
    study = mriview.open_study(scan, trust="qform")
    (key,) = study.volumes
    script, case = tmp_path / "reader.json", tmp_path / "case"
    commands = [r.a_command("set_role", series=key, role="t2_brain")]
    script.write_text(r.dump_script(commands, "R1"))
    apply = ("apply", script, "--study", scan, "--folder", case)
    assert shell(*apply)[0] == 4  # without its one volume the study has no such series
    assert shell(*apply, "--trust", "qform")[0] == 0
    export = ("export", case, "--study", scan, "--out", tmp_path / "out")
    assert shell(*export)[0] == 4  # the review is of what was trusted
    shell(*export, "--trust", "qform")
    (series,) = json.loads((tmp_path / "out" / "report.json").read_text())["study"]["series"]
    assert TRUSTED in [one["code"] for one in series["problems"]]
    assert "qform was trusted" in series["problems"][0]["message"]
