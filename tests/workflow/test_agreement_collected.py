"""Agreement of gathered readings: from folders to files, patients from the key map."""

import csv
import json
import os
import sys
from functools import cache
from pathlib import Path

import pytest
import readings as r

import mriview
from mriview import cli
from mriview.errors import InputError, MissingExtraError
from mriview.workflow.agreement import agreement, agreement_documents, published
from mriview.workflow.collect import collect
from mriview.workflow.collect.agreed import AGREEMENT_FILES

CHECKOUT = Path(os.environ.get("MRIVIEW_CHECKOUT", Path(__file__).parents[2]))
KEYS = [f"{number:016x}" for number in range(3)]


@cache
def text_of(key, reader, vessel, commands):
    review = mriview.open_review(r.a_study(key=key), clock=r.a_clock(), reader=reader)
    for command in commands():
        if command["command"] == "add_contact":
            command["args"]["vessel"] = vessel
        review.apply(command)
    return mriview.build_report(review.study, review).to_json()


def write_report(folder, key, reader, vessel="aica", commands=r.a_signed_reading):
    folder.mkdir(parents=True, exist_ok=True)
    text = text_of(key, reader, vessel, commands)
    (folder / f"{key}.{reader}.json").write_text(text, "utf-8")


@pytest.fixture
def folder(tmp_path):
    """Three studies of two readers, who differ on one vessel; one more reader has not signed."""
    for key in KEYS:
        write_report(tmp_path / "in", key, "R1")
        write_report(tmp_path / "in", key, "R2", "pica" if key == KEYS[0] else "aica")
    write_report(tmp_path / "in", KEYS[0], "R3", commands=r.a_complete_reading)
    return tmp_path


def rows(out):
    with (out / "agreement.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def offender(out, statistic="raw_agreement"):
    found = [row for row in rows(out) if row["question"] == "offender_vessel"]
    return next(row for row in found if row["statistic"] == statistic)


def test_gathered_readings_are_compared_and_each_study_is_a_patient(folder):
    collect([folder / "in"], folder / "out", agreement=True)
    row = offender(folder / "out")
    assert (row["reader_a"], row["reader_b"], row["scope"]) == ("R1", "R2", "pair")
    assert (row["n_patients"], row["n_both"], row["value"]) == ("3", "3", "0.6667")
    page = (folder / "out/agreement.html").read_text("utf-8")
    assert "each study is taken for a patient of its own" in page
    assert "1 unsigned" in page


@pytest.mark.parametrize("column", ["patient", "bids_subject"])
def test_the_key_map_says_which_studies_are_of_one_patient(folder, column):
    lines = [f"study_key,visit,{column}", *(f"{key},1,P{n // 2}" for n, key in enumerate(KEYS))]
    (folder / "ids.csv").write_text("\n".join(lines), "utf-8")
    collect([folder / "in"], folder / "out", folder / "ids.csv", agreement=True, language="de")
    assert offender(folder / "out")["n_patients"] == "2"
    page = (folder / "out/agreement.html").read_text("utf-8")
    assert "wie die Schlüsseltabelle sagt" in page
    assert "P0" not in page


def test_without_being_asked_nobody_is_compared_and_an_old_comparison_goes(folder):
    collect([folder / "in"], folder / "out", agreement=True)
    assert all((folder / "out" / name).is_file() for name in AGREEMENT_FILES)
    collect([folder / "in"], folder / "out")
    assert not any((folder / "out" / name).exists() for name in AGREEMENT_FILES)
    assert (folder / "out/tables/sides.csv").is_file()


def test_the_files_are_those_that_there_are(folder):
    from mriview.exporters.tables import rows_of, tables

    reports = [mriview.load_report(path) for path in sorted((folder / "in").glob("*.json"))]
    gathered = {name: [row for one in reports for row in rows_of(one)[name]] for name in tables()}
    files = agreement_documents(agreement(gathered))
    assert set(files) == set(AGREEMENT_FILES)
    collect([folder / "in"], folder / "out", agreement=True)
    assert {name: (folder / "out" / name).read_bytes() for name in files} == files


def test_one_reader_alone_leaves_what_stood_there(folder):
    collect([folder / "in"], folder / "out", agreement=True)
    before = (folder / "out/agreement.csv").read_bytes()
    write_report(folder / "alone", KEYS[0], "R1")
    with pytest.raises(InputError, match="readers_missing"):
        collect([folder / "alone"], folder / "out", agreement=True)
    assert (folder / "out/agreement.csv").read_bytes() == before


def test_without_the_library_nothing_is_begun(folder, monkeypatch):
    def absent(name):
        raise published.PackageNotFoundError(name)

    monkeypatch.setattr(published, "version", absent)
    with pytest.raises(MissingExtraError, match="statistics"):
        collect([folder / "in"], folder / "out", agreement=True)
    assert not (folder / "out").exists()


def test_the_command_says_where_the_comparison_is(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["mriview", "collect", "in", "--out", "out", *words])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code, *capsys.readouterr()

    code, out, _ = run("--agreement", "--language", "de")
    assert code == 0
    assert out.splitlines()[-2] == "agreement.html and agreement.csv compare the readers"
    assert '<html lang="de">' in (folder / "out/agreement.html").read_text("utf-8")
    code, out, _ = run("--agreement", "--json")
    assert json.loads(out)["readings"] == 7
    code, _, err = run("--language", "de")
    assert (code, "--agreement" in err) == (2, True)


def test_the_python_of_the_page_over_agreement_runs(folder):
    text = (CHECKOUT / "docs/agreement.md").read_text("utf-8")
    (block,) = [part.split("```")[0] for part in text.split("```python\n")[1:]]
    told = {"folder": folder / "in"}
    exec(compile(block, "agreement.md", "exec"), told)
    assert b'<html lang="de">' in told["files"]["agreement.html"]
