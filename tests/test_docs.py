"""Docs that cannot lie: commands of the README run, links lead somewhere, hazards have tests.

The README is read from the checkout; where the suite runs from elsewhere, ``MRIVIEW_CHECKOUT`` says
where that is.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from archives import a_tiny_reading, a_tiny_study

import mriview
from mriview import cli
from mriview.scans.limits import Limits
from mriview.vocabulary.site_rows import EXTENDABLE

TESTS = Path(__file__).parent
CHECKOUT = Path(os.environ.get("MRIVIEW_CHECKOUT", TESTS.parent))
PAGES = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *sorted(CHECKOUT.glob("docs/*.md"))]


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)


def run_commands_of(page, monkeypatch, capsys, at_least=6):
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    assert len(lines) >= at_least
    for line in lines:
        words = shlex.split(line.removeprefix("$ "))
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert end.value.code == 0, (line, capsys.readouterr())


@pytest.mark.whole
def test_every_command_of_the_readme_runs(demonstration, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("synthetic_aica_left", "synthetic_mass_left"):  # made before, as by a first run
        shutil.copytree(demonstration / name, tmp_path / "demo" / name)
    run_commands_of(CHECKOUT / "README.md", monkeypatch, capsys)
    for block in blocks(CHECKOUT / "README.md", "python"):
        exec(compile(block, "README.md", "exec"), {})
    run_commands_of(CHECKOUT / "docs/tables.md", monkeypatch, capsys, at_least=1)
    for block in blocks(CHECKOUT / "docs/tables.md", "python"):
        exec(compile(block, "tables.md", "exec"), {})
    assert (tmp_path / "by_script/report.json").is_file()
    assert (tmp_path / "demo_tables/tables/dictionary.csv").is_file()


@pytest.mark.whole
def test_the_notebook_over_an_archive_runs_as_it_stands(
    demonstration, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    for name in ("synthetic_aica_left", "synthetic_mass_left"):
        shutil.copytree(demonstration / name, tmp_path / "demo" / name)
    for number in range(2):  # of no patient that the site's list has; both read
        case = tmp_path / f"demo/unknown_{number}"
        read = mriview.open_study(a_tiny_study(case / "study", number))
        a_tiny_reading(read, case / "R1.mriview", "R1", "indeterminate")
    page = CHECKOUT / "docs/archive.md"
    run_commands_of(page, monkeypatch, capsys, at_least=1)
    cells = {}
    for block in blocks(page, "python"):
        exec(compile(block, "archive.md", "exec"), cells)
    said = capsys.readouterr().out
    assert "2 of 4 can show a contact: 50%" in said
    assert "2 studies of no known patient" in said
    assert list(cells["wide"].index.names) == ["patient", "study_key", "side"]
    patients = cells["wide"].index.get_level_values("patient")
    assert patients.value_counts(dropna=False).to_list() == [4, 2, 2]
    assert len(cells["coarse"]) == 2
    assert (tmp_path / "voxels.png").stat().st_size > 1000
    assert (tmp_path / "archive/overview.html").is_file()
    cells["known"]["patient"] = "P-001"  # all are visits of one patient
    (readings,) = (block for block in blocks(page, "python") if ".pivot(" in block)
    exec(compile(readings, "archive.md", "exec"), cells)
    assert len(cells["wide"]) == 8


@pytest.mark.whole
def test_every_command_of_the_common_readings_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run_commands_of(CHECKOUT / "docs/readings.md", monkeypatch, capsys)
    for name in ("free", "va", "t2_alone"):
        report = mriview.load_report(tmp_path / f"{name}_report/report.json")
        assert report.status == "final"
        assert list(report.check()) == []


def in_a_shell(page, folder):
    """Run the console lines of a page as processes, `export` setting their environment."""
    told, environment = [], dict(os.environ)
    for line in (line for block in blocks(page, "console") for line in block.splitlines()):
        program, *words = shlex.split(line.removeprefix("$ "))
        if program == "export":
            environment.update([words[0].split("=", 1)])
            continue
        assert program == "mriview"
        command = [sys.executable, "-m", "mriview", *words]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, (line, done.stderr)
        told.append(done.stdout)
    return told


@pytest.mark.whole
def test_the_table_of_a_site_that_a_page_shows_is_read_by_every_command_of_it(tmp_path):
    page = CHECKOUT / "docs/vocabulary.md"
    (text,) = blocks(page, "toml")
    (tmp_path / "site.toml").write_text(text, "utf-8")
    schema, _, info = in_a_shell(page, tmp_path)
    for row in re.findall(r'^id = "(\w+)"', text, re.MULTILINE):
        assert f'"{row}"' in schema
    assert "racemose cysts: no: it needs T1 after contrast" in info


def test_the_page_of_words_lists_every_table_that_a_site_may_extend():
    page = (CHECKOUT / "docs/vocabulary.md").read_text("utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(EXTENDABLE)


def test_every_make_target_that_a_page_names_is_in_the_makefile():
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE))
        assert named <= targets, (page.name, named - targets)


def test_a_page_says_how_to_get_what_only_its_examples_need_before_they_need_it():
    needing = 0
    for page in PAGES:
        text = page.read_text("utf-8")
        for name in ("pandas", "matplotlib"):
            before, imported, _ = text.partition(f"\nimport {name}")
            if imported:
                needing += 1
                assert re.search(rf"`pip install [\w ]*\b{name}\b", before), (page.name, name)
    assert needing >= 5


def test_every_link_of_a_page_leads_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), (page.name, target)


def test_every_hazard_names_tests_that_exist():
    known = {
        name
        for path in TESTS.rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", path.read_text("utf-8"))
    }
    rows = [
        x for x in (CHECKOUT / "docs/hazards.md").read_text("utf-8").splitlines() if x[:2] == "| "
    ]
    assert len(rows) > 15
    for row in rows[1:]:
        guards = row.split("|")[4]
        named = set(re.findall(r"`(test_\w+)`", guards))
        assert named or guards.strip() == "later", row
        assert named <= known, (row, named - known)


def test_the_docs_name_every_command_of_the_shell():
    text = "".join(page.read_text("utf-8") for page in PAGES)
    for name in cli.COMMANDS:
        assert f"mriview {name}" in text, name


def test_the_page_of_scans_lists_every_limit_with_its_default():
    page = (CHECKOUT / "docs/scans.md").read_text("utf-8")
    listed = dict(re.findall(r"\| `MRIVIEW_LIMIT_(\w+)` \| (\d+) \|", page))
    assert listed == {field.name.upper(): str(field.default) for field in fields(Limits)}
