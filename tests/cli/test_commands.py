"""The shell as programs see it: exit codes, a sentence an error, JSON, nothing identifying.

Runs ``main`` itself in this process, on a synthetic study on disk; that a real process behaves
alike is tested once at the end.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import readings as r

import mriview
from mriview import cli
from mriview.review.script import apply_script, read_script

NAME = "DOE^JANE"


@pytest.fixture(scope="module")
def phantom(synthetic, tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom") / NAME
    shutil.copytree(synthetic(to="nifti").truth.parent, folder)
    return folder


def refused(shell, code, sentence, *words):
    found, out, err = shell(*words)
    assert found == code, (out, err)
    assert err.startswith("mriview: ")
    assert sentence in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert NAME not in err
    again, out, _ = shell(*words, "--json")
    assert again == code
    said = json.loads(out)
    assert set(said) == {"code", "message", "evidence", "remedy", "where"}
    assert said["code"] == sentence


def test_index_lists_series_and_json_has_one_object_a_line(shell, phantom):
    code, out, _ = shell("index", phantom / "study")
    assert code == 0
    assert "t2_cisternogram" in out
    assert "tof_mra" in out
    code, out, _ = shell("index", phantom / "study", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    roles = {row["role"] for row in rows if "key" in row}
    assert roles == {"t2_cisternogram", "tof_mra"}


def test_info_says_what_the_scans_cannot_show(shell, phantom):
    code, out, _ = shell("info", phantom / "study")
    assert code == 0
    assert "meningioma" in out
    assert "T1 after contrast" in out
    assert "Research use only" in out
    code, out, _ = shell("info", phantom / "study", "--json")
    conditions = {row["condition"]: row for row in json.loads(out)["conditions"]}
    assert conditions["meningioma"]["derived"] == "indeterminate"
    assert conditions["vestibular_schwannoma"]["derived"] is None


def test_from_script_to_report_and_back(shell, phantom, tmp_path):
    study, case = phantom / "study", tmp_path / "case.mriview"
    code, out, err = shell("apply", phantom / "reader.json", "--study", study, "--folder", case)
    assert (code, err) == (0, "")
    out_folder = tmp_path / "out"
    code, out, err = shell("export", case, "--study", study, "--to", "json", "--out", out_folder)
    assert (code, err) == (0, "")
    report = out_folder / "report.json"
    assert str(report) in out
    assert shell("validate", report)[:2] == (0, "valid\n")
    again = tmp_path / "again"
    assert shell("export", report, "--to", "json", "--out", again)[0] == 0
    assert (again / "report.json").read_bytes() == report.read_bytes()
    code, out, _ = shell("replay", case, "--as-script")
    assert code == 0
    (case / "script.json").write_text(out)
    other = tmp_path / "other.mriview"
    words = ("apply", case / "script.json", "--study", study, "--folder", other)
    assert shell(*words)[0] == 0
    code, out, _ = shell("replay", case, "--json")
    assert json.loads(out)["state"]["sign_off"]["role"]


def test_a_review_is_exported_without_its_study_but_for_the_pictures(shell, phantom, tmp_path):
    case, words = tmp_path / "case", ("--to", "json,text,tables,html")
    shell("apply", phantom / "reader.json", "--study", phantom / "study", "--folder", case)
    assert shell(*_export(case, phantom, tmp_path), *words)[0] == 0
    assert shell("export", case, *words, "--out", tmp_path / "alone")[0] == 0
    for path in (path for path in (tmp_path / "alone").rglob("*") if path.is_file()):
        name = path.relative_to(tmp_path / "alone")
        same = path.read_bytes() == (tmp_path / "out" / name).read_bytes()
        assert same == (path.suffix != ".html"), name
    assert "<img" not in (tmp_path / "alone/report.html").read_text("utf-8")
    refused(shell, 2, "format_unknown", *_export(case, phantom, tmp_path), "--to", "pdf")


def test_a_review_of_an_older_version_is_exported_with_its_study_only(shell, phantom, tmp_path):
    case = tmp_path / "case"
    shell("apply", phantom / "reader.json", "--study", phantom / "study", "--folder", case)
    (case / "study.json").unlink()
    refused(shell, 2, "study_missing", "export", case, "--out", tmp_path / "out")
    assert shell(*_export(case, phantom, tmp_path))[0] == 0


def _export(case, phantom, tmp_path):
    return "export", case, "--study", phantom / "study", "--out", tmp_path / "out"


def test_a_script_with_one_bad_command_writes_nothing(shell, phantom, tmp_path):
    script = json.loads((phantom / "reader.json").read_text())
    script["commands"].append(r.a_command("set_role", series="cccccccc", role="dwi"))
    path = tmp_path / "bad.json"
    script["commands"] = [c for c in script["commands"] if c["command"] not in {"sign", "set_mask"}]
    path.write_text(json.dumps(script))
    case = tmp_path / "case"
    words = ("apply", path, "--study", phantom / "study", "--folder", case)
    refused(shell, 4, "series_unknown", *words)
    out = shell(*words, "--json")[1]
    assert json.loads(out)["where"] == f"commands[{len(script['commands']) - 1}]"
    assert not case.exists()


def test_a_folder_that_holds_a_review_is_left_alone(shell, phantom, tmp_path):
    words = ("apply", phantom / "reader.json", "--study", phantom / "study")
    shell(*words, "--folder", tmp_path / "case")
    before = (tmp_path / "case/events.jsonl").read_bytes()
    refused(shell, 4, "review_exists", *words, "--folder", tmp_path / "case")
    assert (tmp_path / "case/events.jsonl").read_bytes() == before


def test_a_review_that_is_open_elsewhere_is_refused(shell, phantom, tmp_path):
    study = mriview.open_study(phantom / "study")
    reader = json.loads((phantom / "reader.json").read_text())["reader"]
    with mriview.open_review(study, reader, tmp_path / "case"):
        words = ("apply", phantom / "reader.json", "--study", phantom / "study", "--append")
        refused(shell, 4, "review_open_elsewhere", *words, "--folder", tmp_path / "case")


@pytest.fixture
def case(phantom, tmp_path):
    """A review of the phantom by its reader, as ``apply`` leaves it."""
    folder, study = tmp_path / "case", mriview.open_study(phantom / "study")
    apply_script(study, read_script(phantom / "reader.json"), folder).close()
    return folder


def test_an_open_review_is_exported_as_it_is_saved(shell, phantom, case, tmp_path):
    export = _export(case, phantom, tmp_path)
    assert shell(*export)[0] == 0
    whole = (tmp_path / "out/report.json").read_bytes()
    with mriview.open_review(mriview.open_study(phantom / "study"), folder=case):
        with (case / "events.jsonl").open("ab") as log:
            log.write(b'{"seq": 99, "ti')
        before = {path: path.stat().st_mtime_ns for path in case.rglob("*")}
        code, _, err = shell(*export)
        assert (code, err) == (0, "a torn last line of 15 bytes does not count\n")
        assert json.loads(shell(*export, "--json")[1])["torn_bytes"] == 15
    assert (tmp_path / "out/report.json").read_bytes() == whole
    assert {path: path.stat().st_mtime_ns for path in case.rglob("*")} == before


def test_an_export_makes_no_file_in_the_review(shell, phantom, case, tmp_path):
    (case / "lock").unlink()
    assert shell(*_export(case, phantom, tmp_path))[0] == 0
    assert not (case / "lock").exists()


def test_a_broken_record_is_exit_1(shell, phantom, case, tmp_path):
    log = (case / "events.jsonl").read_text()
    (case / "events.jsonl").write_text(log.replace('"seq": 2', '"seq": 7'))
    refused(shell, 1, "record_broken", "replay", case)
    refused(shell, 1, "record_broken", *_export(case, phantom, tmp_path))
    (case / "events.jsonl").unlink()
    refused(shell, 1, "record_broken", "replay", case)


def test_an_export_to_no_format_is_wrong_usage(shell, phantom, case, tmp_path):
    refused(shell, 2, "format_missing", *_export(case, phantom, tmp_path), "--to", "")
    assert not (tmp_path / "out").exists()


@pytest.mark.whole
def test_a_review_of_another_study_is_refused(shell, phantom, synthetic, tmp_path):
    words = ("apply", phantom / "reader.json", "--study", phantom / "study")
    shell(*words, "--folder", tmp_path / "case")
    export = ("export", tmp_path / "case", "--study", synthetic("mass_left").study)
    refused(shell, 4, "review_of_other_study", *export, "--out", tmp_path / "out")


def test_paths_that_cannot_be_read_are_refused_without_naming_them(shell, tmp_path):
    absent = tmp_path / NAME
    for command in ("index", "info"):
        refused(shell, 3, "path_unreadable", command, absent)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/notes.txt").write_text("no scan")
    for command in ("index", "info"):
        refused(shell, 3, "no_scan_found", command, tmp_path / "empty")
    refused(shell, 4, "not_a_review", "replay", absent)
    refused(shell, 3, "report_unreadable", "validate", absent)
    refused(shell, 3, "script_unreadable", *_apply(absent, tmp_path))


def _apply(script, tmp_path):
    return "apply", script, "--study", tmp_path, "--folder", tmp_path / "case"


@pytest.mark.whole
def test_several_studies_where_one_is_meant_ask_for_a_choice(shell, synthetic, tmp_path):
    both = tmp_path / "both"
    for case in ("aica_left", "mass_left"):
        shutil.copytree(synthetic(case).study, both / case)
    code, out, _ = shell("info", both, "--json")
    assert code == 2
    assert json.loads(out)["code"] == "several_studies"
    keys = json.loads(out)["evidence"]["keys"]
    code, out, _ = shell("info", both, "--select", keys[0])
    assert code == 0
    assert keys[0] in out


def test_validate_names_rule_and_path(shell, tmp_path):
    review = mriview.open_review(r.a_study())
    for command in r.a_signed_reading():
        review.apply(command)
    data = json.loads(mriview.build_report(review.study, review).to_json())
    data["sides"]["left"]["healthy"] = True
    (tmp_path / "r.json").write_text(json.dumps(data))
    code, out, _ = shell("validate", tmp_path / "r.json")
    assert code == 1
    assert "R01 error $.sides.left.healthy" in out
    code, out, _ = shell("validate", tmp_path / "r.json", "--json")
    assert json.loads(out)["findings"][0]["path"] == "$.sides.left.healthy"
    data["sides"]["left"].pop("healthy")
    data["sign_off"] = None
    (tmp_path / "r.json").write_text(json.dumps(data))
    assert "R28 error $.sign_off" in shell("validate", tmp_path / "r.json")[1]
    words = ("export", tmp_path / "r.json", "--to", "json", "--out", tmp_path / "out")
    assert shell(*words)[0] == 1


def test_schemas_and_formats_are_json_for_programs(shell):
    assert json.loads(shell("schema")[1])["$id"] == "urn:mriview:report:1.1"
    commands = json.loads(shell("schema", "--commands", "--json")[1])
    names = {v["properties"]["command"]["const"] for v in _variants(commands)}
    assert {"set_nerve_path", "add_contact", "sign"} <= names
    rows = json.loads(shell("formats", "--json")[1])
    assert {"dicom", "nifti", "json"} <= {row["name"] for row in rows}
    assert all(row["remedy"] for row in rows if row["what"] == "not read")
    assert "Unpack the archive" in shell("formats")[1]


def _variants(schema):
    return schema["properties"]["commands"]["items"]["oneOf"]


@pytest.mark.whole
def test_the_demonstration_leaves_reports_and_a_second_run_goes_on(shell, tmp_path):
    code, out, _ = shell("demo", "--out", tmp_path / "demo")
    assert code == 0, out
    reports = sorted((tmp_path / "demo").glob("*/report.json"))
    assert len(reports) == 3
    assert all(str(path) in out for path in reports)
    before = [path.read_bytes() for path in reports]
    code, out, _ = shell("demo", "--out", tmp_path / "demo", "--json")
    assert code == 0
    assert [path.read_bytes() for path in reports] == before
    assert len(json.loads(out)) == 3


def test_without_a_display_the_room_is_refused(shell, phantom, tmp_path, monkeypatch):
    if sys.platform != "linux":
        pytest.skip("displays are asked for by variable on Linux only")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    code, _, err = shell("review", phantom / "study", "--folder", tmp_path / "case")
    assert code == 5, err
    assert err.startswith(("mriview: no_display", "mriview: room_missing"))


def test_wrong_usage_is_exit_2(shell):
    for words in (("index",), ("nonsense",), ("export", "x", "--bad")):
        assert shell(*words)[0] == 2
        code, out, err = shell(*words, "--json")
        assert (code, err) == (2, "")
        assert json.loads(out)["code"] == "usage"


def test_a_bug_of_ours_is_one_line_with_the_place_of_its_details(shell, monkeypatch, tmp_path):
    def broken(*_):
        raise ZeroDivisionError(NAME)

    monkeypatch.setattr("mriview.review.head.read_head", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, _, err = shell("replay", tmp_path)
    assert code == 70
    assert err.count("\n") == 1
    assert NAME not in err
    assert "ZeroDivisionError" in next(tmp_path.glob("mriview-bug-*")).read_text()
    code, _, err = shell("--debug", "replay", tmp_path)
    assert "Traceback" in err


def test_a_bug_on_a_full_disk_is_one_line_without_a_traceback(shell, monkeypatch, tmp_path):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("mriview.review.head.read_head", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    code, _, err = shell("replay", tmp_path)
    assert code == 70
    assert err.count("\n") == 1
    assert "could not be saved" in err


def test_a_key_that_holds_terminal_escapes_reaches_no_terminal(shell, tmp_path):
    keys = '"\\u001b[2J": 1, "\\ud800": 1, "\\ud800": 2'
    text = '{"format": "mriview.report", "format_version": "1.0", ' + keys + "}"
    (tmp_path / "r.json").write_text(text)
    code, out, _ = shell("validate", tmp_path / "r.json")
    assert code == 1
    assert "\x1b" not in out
    code, out, _ = shell("validate", tmp_path / "r.json", "--json")
    assert code == 1
    assert json.loads(out)["findings"][0]["path"] == "$.\ud800"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("words", [("schema",), ("index", "absent", "--json"), ("--help",)])
def test_output_onto_a_full_disk_is_exit_3_and_one_sentence(words):
    command = [sys.executable, "-m", "mriview", *words]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    assert done.returncode == 3, done.stderr
    assert done.stderr.count("\n") <= 1
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="pipes end in another way on Windows")
def test_a_reader_of_the_output_that_goes_away_is_no_error():
    gone, pipe = os.pipe()
    os.close(gone)
    command = [sys.executable, "-m", "mriview", "schema"]
    done = subprocess.run(
        command, stdout=pipe, stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )
    os.close(pipe)
    assert (done.returncode, done.stderr) == (0, "")


def test_interrupted_is_exit_130(shell, monkeypatch, tmp_path):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("mriview.review.head.read_head", interrupted)
    assert shell("replay", tmp_path)[0] == 130


def test_every_command_speaks_json_and_explains_itself(shell):
    for name, sentence in cli.COMMANDS.items():
        command = cli.cli.get_command(None, name)
        assert any("--json" in option.opts for option in command.params), name
        assert command.help.splitlines()[0] == sentence
        code, out, _ = shell(name, "--help")
        assert code == 0
        assert "Usage: " in out


def test_a_real_process_gives_the_same_exit_codes(tmp_path):
    for words, code in ((["--version"], 0), (["index", str(tmp_path / "x")], 3), (["bad"], 2)):
        done = subprocess.run(
            [sys.executable, "-m", "mriview", *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
