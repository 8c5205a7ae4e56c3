"""``mriview phantom``: what it writes, what it refuses, and how it says so."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from mriview.cli.phantom import phantom
from mriview.errors import OutputError, UsageError
from mriview.phantom import CASES, write


def run(*words: str) -> Result:
    return CliRunner().invoke(phantom, words, catch_exceptions=False)


@pytest.mark.whole
def test_the_command_writes_a_study_its_truth_and_a_reading(tmp_path: Path) -> None:
    out = tmp_path / "patient"
    said = run("--out", str(out), "--case", "mass_left", "--seed", "7", "--to", "nifti", "--json")
    assert json.loads(said.output) == {
        "case": "mass_left",
        "seed": 7,
        "to": "nifti",
        "written": ["study", "truth.json", "reader.json", "mass.nii.gz"],
    }
    assert sorted(path.name for path in out.iterdir()) == sorted(json.loads(said.output)["written"])
    assert json.loads((out / "truth.json").read_text("utf-8"))["seed"] == 7


def test_the_folder_that_one_stands_in_can_be_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "render", lambda _, plan: np.zeros(plan.grid.shape, np.uint16))
    monkeypatch.chdir(tmp_path)
    said = run("--out", ".", "--to", "nifti")
    assert "truth.json" in said.output
    names = ["reader.json", "study", "truth.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_the_command_needs_a_place() -> None:
    said = run()
    assert said.exit_code == 2
    assert "--out" in said.output


def test_an_unknown_case_is_named_with_the_choices(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="aica_left, mass_left"):
        run("--out", str(tmp_path / "patient"), "--case", "other")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="output_exists"):
        run("--out", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_the_help_names_every_case() -> None:
    said = run("--help").output
    assert all(case in said.replace("\n", " ") for case in CASES)
