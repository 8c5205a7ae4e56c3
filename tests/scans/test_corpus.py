"""The scan corpus as its judge sees it: what must load or be refused, and that nothing lies."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

import mriview

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="session")
def judge(corpus: Path):
    spec = importlib.util.spec_from_file_location("corpus_judge", corpus / "judge.py")
    module = importlib.util.module_from_spec(spec)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # the corpus is read-only
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = writes
    module.HERE = corpus
    return module


@pytest.fixture(scope="session")
def groups(corpus: Path) -> dict[str, dict]:
    manifest = json.loads((corpus / "MANIFEST.json").read_text("utf-8"))
    return {group["id"]: group for group in manifest["groups"]}


@pytest.fixture(scope="session")
def results(corpus: Path, groups) -> dict[str, dict]:
    """Every group read once: volumes, problem codes, tallies."""
    return {name: read(corpus / group["path"]) for name, group in groups.items()}


def read(path: Path) -> dict:
    volumes, problems, tallies = [], [], []
    for study in mriview.open_batch(path):
        problems += [problem.code for problem in study.problems]
        tallies.append(study.tally)
        for volume in study.volumes.values():
            try:
                volumes.append((volume.voxels, volume.grid.lps_from_index))
            except mriview.MriviewError as error:
                problems.append(error.code)
    return {"volumes": volumes, "problems": problems, "tallies": tallies}


def test_every_group_passes(judge, groups, results) -> None:
    verdicts = {name: judge.judge_group(group, results[name]) for name, group in groups.items()}
    assert {name: why for name, (passed, why) in verdicts.items() if not passed} == {}
    assert len(verdicts) >= 182


def test_what_is_to_be_refused_gives_no_voxel_and_says_why(groups, results) -> None:
    silent = [
        name
        for name, group in groups.items()
        if group["accept"] == ["refuse"]
        and (results[name]["volumes"] or not results[name]["problems"])
    ]
    assert silent == []


def test_whatever_is_not_read_is_named(groups, results) -> None:
    mute = [name for name, one in results.items() if not one["volumes"] and not one["problems"]]
    assert mute == []


def test_every_file_is_loaded_refused_or_ignored(results) -> None:
    for name, one in results.items():
        for tally in one["tallies"]:
            assert tally.found == tally.loaded + tally.refused + tally.ignored, name


def test_the_judge_catches_a_mirrored_volume(judge, groups, results) -> None:
    group, one = groups["t1_posterior_fossa"], results["t1_posterior_fossa"]
    ((voxels, matrix),) = one["volumes"]
    mirrored = {"volumes": [(voxels[::-1], matrix)], "problems": []}
    assert judge.judge_group(group, one)[0]
    assert not judge.judge_group(group, mirrored)[0]


def test_two_patients_under_one_series_give_two_studies_without_volumes(corpus: Path) -> None:
    studies = list(mriview.open_batch(corpus / "dicom" / "two_patients_one_series_uid"))
    assert [dict(study.volumes) for study in studies] == [{}, {}]
    assert {p.code for study in studies for p in study.problems} == {"two_patients"}
    assert len({study.key for study in studies}) == 2


def test_the_words_none_synthetic_mass_are_no_contrast_agent(corpus: Path) -> None:
    (volume,) = mriview.open_study(corpus / "dicom" / "t1c_cpa_mass_standin").volumes.values()
    assert volume.role.id == "t1_pre"


@pytest.mark.parametrize(
    ("group", "role"),
    [("chris_mra", "tof_mra"), ("clinical_t2_1mm", "t2_brain"), ("clinical_t2_thick", "t2_brain")],
)
def test_a_file_name_alone_proposes_a_role_that_must_be_confirmed(corpus, group, role) -> None:
    (volume,) = mriview.open_study(corpus / "nifti" / group).volumes.values()
    assert (volume.role.id, volume.role.confidence) == (role, 0.4)
