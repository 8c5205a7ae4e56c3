"""Copies of a study in one run: whose number, and whose reading, whatever comes and goes."""

import json
import shutil
import sqlite3
from contextlib import closing

import poison
import pydicom
import pytest
from archives import a_tiny_reading, a_tiny_study, an_archive
from builders import a_grid, voxels_for, write_nifti
from runs import by_key, keys_of, problems, rows, run

import mriview
from mriview.errors import InputError

pytestmark = pytest.mark.whole

CASES = ("*",)


def alter(folder, value=0):
    altered = max(folder.rglob("*.dcm"))
    data = pydicom.dcmread(altered)
    data.PixelData = bytes([value]) * len(data.PixelData)
    data.save_as(altered)


def cases_of(out):
    return {row["case"]: row["study_key"] for row in rows(out, "keys")}


def places_of(out, root):
    return {row["path"].removeprefix(f"{root}/"): row["study_key"] for row in rows(out, "keys")}


def read(folder, reviews, reader="R1"):
    a_tiny_reading(mriview.open_study(folder), reviews / reader, reader, "indeterminate")


# ---- readings


def test_a_reading_follows_to_the_copy_that_stays_and_counts_once(tmp_path):
    root, out, reviews = tmp_path / "a", tmp_path / "out", tmp_path / "reviews"
    for name in ("b", "c"):
        a_tiny_study(root / name, 1)
    reviews.mkdir()
    read(root / "b", reviews)
    run(root, out, cases=CASES, reviews=reviews)
    shutil.rmtree(root / "b")
    assert run(root, out, cases=CASES, reviews=reviews, resume=True).readings == 1
    (key,) = keys_of(root / "c")
    assert {row["study_key"] for row in rows(out, "tables/sides")} == {f"{key}-2"}
    assert [path.name for path in (out / "reports").iterdir()] == [f"{key}-2.json"]


def test_a_reading_that_only_the_lost_copy_had_stays_with_it(tmp_path):
    root, out, reviews = tmp_path / "a", tmp_path / "out", tmp_path / "reviews"
    for name in ("b", "c"):
        a_tiny_study(root / name, 1)
    alter(root / "b")
    reviews.mkdir()
    read(root / "b", reviews)
    run(root, out, cases=CASES, reviews=reviews)
    shutil.rmtree(root / "b")
    assert run(root, out, cases=CASES, reviews=reviews, resume=True).readings == 1
    (key,) = keys_of(root / "c")
    assert by_key(out)[key]["status"] == "gone"


def test_a_copy_that_kills_its_reader_takes_no_reading_from_another(poisoned, tmp_path):
    root, out, reviews = tmp_path / "a", tmp_path / "out", tmp_path / "reviews"
    for value, name in enumerate("abc"):
        a_tiny_study(root / name, 1)
        alter(root / name, value)
    poison.write_poison(root / "b" / "bad", "voxels kill")
    reviews.mkdir()
    read(root / "c", reviews)
    run(root, out, cases=CASES, reviews=reviews, workers=1)
    key = cases_of(out)["c"]
    assert by_key(out)[key]["readings"] == "1"
    assert "review_of_other_study" not in {one["code"] for one in problems(out)}


# ---- numbers


def test_equal_studies_of_one_case_keep_their_numbers(tmp_path):
    root, out = tmp_path / "a", tmp_path / "out"
    grid = a_grid((6, 5, 4))
    for name in ("x/one", "x/two"):
        write_nifti(root / name / "t2.nii.gz", grid, voxels_for(grid.shape))
    run(root, out, cases=CASES)
    before = places_of(out, root)
    write_nifti(root / "a0" / "t2.nii.gz", grid, voxels_for(grid.shape))
    run(root, out, cases=CASES, resume=True)
    now = places_of(out, root)
    assert {place: now[place] for place in before} == before
    assert now["a0"].endswith("-3")


def test_copies_keep_their_numbers_where_something_comes_beside_them(tmp_path):
    root, out = tmp_path / "a", tmp_path / "out"
    grid = a_grid((6, 5, 4))
    for name in ("b", "c"):
        write_nifti(root / name / "anat" / "t2.nii.gz", grid, voxels_for(grid.shape))
    run(root, out)
    before = places_of(out, root)
    for name in ("b", "c"):
        (root / name / "README.txt").write_text("of the study")
    write_nifti(root / "a" / "t2.nii.gz", grid, voxels_for(grid.shape))
    run(root, out, resume=True)
    now = places_of(out, root)
    assert {now[name] for name in ("b", "c")} == set(before.values())
    assert now["b"] == before["b/anat"]


def test_numbers_hold_whatever_way_leads_to_the_archive(tmp_path):
    root, out = tmp_path / "a", tmp_path / "out"
    grid = a_grid((6, 5, 4))
    for name in ("b", "c"):
        write_nifti(root / name / "t2.nii.gz", grid, voxels_for(grid.shape))
    run(root, out)
    before = places_of(out, root)
    (tmp_path / "link").symlink_to(root)
    write_nifti(root / "a" / "t2.nii.gz", grid, voxels_for(grid.shape))
    run(tmp_path / "link", out, resume=True)
    now = places_of(out, tmp_path / "link")
    assert {place: now[place] for place in before} == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace(",", ";"),
        lambda text: text.replace("-2,", "-zwei,"),
        lambda text: text.replace("-2,", "-1,"),
        lambda text: text + "cut",
    ],
)
def test_a_damaged_list_of_keys_is_refused_and_not_forgotten(damage, tmp_path):
    root, out = tmp_path / "a", tmp_path / "out"
    for name in ("b", "c"):
        a_tiny_study(root / name, 1)
    run(root, out, cases=CASES)
    keys = out / "keys.csv"
    text = keys.read_text()
    keys.write_text(damage(text))
    with pytest.raises(InputError) as refused:
        run(root, out, cases=CASES, resume=True)
    assert refused.value.code == "keys_broken"
    keys.write_text(text, encoding="utf-8-sig")  # as a spreadsheet saves it
    assert run(root, out, cases=CASES, resume=True).read == 0


# ---- places that are lost


def test_a_killer_beside_a_study_takes_no_key_from_it(poisoned, tmp_path):
    root, out = tmp_path / "a", tmp_path / "out"
    a_tiny_study(root / "x" / "sub", 1)
    first = min((root / "x" / "sub").iterdir())
    first.rename(root / "x" / first.name)
    run(root, out, workers=1)
    (key,) = by_key(out)
    poison.write_poison(root / "x", "headers kill")
    run(root, out, workers=1, resume=True)
    found = by_key(out)
    assert found[key]["status"] == "reported"
    assert sorted(row["status"] for row in found.values()) == ["failed", "reported"]
    assert not any(name.endswith("-2") for name in found)


def test_a_killer_in_the_place_of_a_study_that_moved_gets_a_key_of_its_own(poisoned, tmp_path):
    root, out = tmp_path / "a", tmp_path / "out"
    a_tiny_study(root / "b", 1)
    run(root, out, workers=1)
    (key,) = by_key(out)
    (root / "b").rename(root / "c")
    poison.write_poison(root / "b", "headers kill")
    run(root, out, workers=1, resume=True)
    assert by_key(out)[key]["status"] == "reported"


def test_a_study_of_several_folders_that_all_kill_is_failed_and_not_gone(poisoned, tmp_path):
    root, out = tmp_path / "a", tmp_path / "out"
    a_tiny_study(root / "other", 2)
    a_tiny_study(root / "x" / "s1", 1)
    (root / "x" / "s2").mkdir()
    for file in sorted((root / "x" / "s1").iterdir())[3:]:
        file.rename(root / "x" / "s2" / file.name)
    (key,) = keys_of(root / "x")
    run(root, out, workers=1)
    for name in ("s1", "s2"):
        poison.write_poison(root / "x" / name, "headers kill")
    run(root, out, workers=1, resume=True)
    assert by_key(out)[key]["status"] == "failed"


def test_a_file_that_is_a_case_keeps_its_key_when_it_kills(poisoned, tmp_path):
    root, out = tmp_path / "a", tmp_path / "out"
    root.mkdir()
    for number, name in enumerate(("one.poison", "two.poison")):
        image = min(a_tiny_study(tmp_path / str(number), number).iterdir())
        image.rename(root / name)
    run(root, out, cases=CASES, workers=1)
    key = cases_of(out)["two.poison"]
    (root / "two.poison").write_bytes(poison.MAGIC + b"headers kill")
    run(root, out, cases=CASES, workers=1, resume=True)
    assert by_key(out)[key]["status"] == "failed"
    assert cases_of(out)["two.poison"] == key


# ---- what is kept of them


def test_names_of_cases_and_numbers_of_patients_cannot_be_tried_out(tmp_path):
    root, out = an_archive(tmp_path / "DOE", 2), tmp_path / "out"
    run(root, out, cases=CASES)
    with closing(sqlite3.connect(out / "results.sqlite")) as database:
        kept = dict(database.execute("SELECT name, value FROM run_settings"))
        findings = [text for (text,) in database.execute("SELECT finding FROM run_folders")]
    other = tmp_path / "another"
    run(root, other, cases=CASES)
    with closing(sqlite3.connect(other / "results.sqlite")) as database:
        assert dict(database.execute("SELECT name, value FROM run_settings")) == kept
    assert len(set(kept.values())) > 3
    for text in findings:
        ((_, parts),) = [json.loads(text)]
        for part in parts:
            assert part[3][0] in keys_of(root)
