"""``mriview collect`` as programs see it: exit codes, the last line, one JSON object."""

import json
import re
import shutil
from pathlib import Path

import pytest
import readings as r

import mriview

KEYS = ("a" * 16, "b" * 16)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def readings(tmp_path):
    """Two signed readings of one study, one of another that is not signed, and the site's ids."""
    for number, (key, reader, said) in enumerate(
        [
            (KEYS[0], "R1", r.a_signed_reading()),
            (KEYS[0], "R2", r.a_signed_reading()),
            (KEYS[1], "R1", r.a_complete_reading()),
        ]
    ):
        folder = tmp_path / f"readings/{number}.mriview"
        with mriview.open_review(r.a_study(key=key), reader, folder) as review:
            review.apply_all(said)
    ids = f"study_key;patient;path\n{KEYS[0]};P-007;/archive/1\n{KEYS[1]};P-008;/archive/2\n"
    (tmp_path / "ids.csv").write_text(ids, "utf-8")
    return tmp_path / "readings"


def test_the_last_line_counts_what_was_found_and_the_exit_code_says_that_all_was_read(
    shell, readings
):
    code, out, err = shell("collect", readings, "--out", "out", "--key-map", "ids.csv")
    assert (code, out.splitlines()[-1]) == (
        0,
        "3 reviews, 0 reports: 3 readings of 2 studies by 2 readers; 1 not signed (problems.jsonl)",
    )
    assert re.search(r"^  warning +1 +not_signed +the reading is .*: nobody", out, re.MULTILINE)
    assert "nobody signed it. Sign it" in out
    assert err == "the column path of the key map holds paths: it is in no table\n"
    assert str(readings) not in out + err


def test_something_broken_ends_with_exit_code_1_and_the_tables_are_there(shell, readings):
    (readings / "1.mriview/events.jsonl").write_text("{\n{\n")
    code, out, _ = shell("collect", readings, "--out", "out")
    assert code == 1
    assert "2 readings of 2 studies by 1 reader; 1 broken, 1 not signed" in out
    assert len(Path("out/tables/studies.csv").read_text("utf-8").splitlines()) == 3


def test_each_code_has_its_line_with_what_was_found_and_what_to_do(shell, readings):
    for number in (0, 2):
        (readings / f"{number}.mriview/review.json").write_text("{")
    lost = f"study_key,patient\n{KEYS[0].upper()},P1\n1.23E+15,P2\nMAYER,P3\n"
    (readings.parent / "ids.csv").write_text(lost)
    code, out, _ = shell("collect", readings, "--out", "out", "--key-map", "ids.csv")
    assert code == 1
    said = [" ".join(line.split()) for line in out.splitlines()[:-1]]
    lost = "2 of 3 rows of the key map hold no study key: 16 digits of 0 to 9 and a to f"
    absent = "the folder holds no review (review.json is absent or broken)"
    assert said == [
        f"warning 1 key_map_no_key {lost}. Check that no spreadsheet took a key for a number.",
        f"error 2 not_a_review {absent}. Name the folder of a review.",
    ]
    assert "MAYER" not in out


def test_of_cases_that_differ_the_first_is_said(shell, readings):
    for number in range(2):
        shutil.copytree(readings / f"{number}.mriview", readings / f"copy_{number}")
    _, out, _ = shell("collect", readings, "--out", "out")
    assert re.search(r"same_report +the same report as source \d+: .* \(the first of 2\)\. ", out)


def test_a_page_over_agreement_that_goes_is_said_in_the_last_line(shell, readings):
    assert shell("collect", readings, "--out", "out", "--agreement")[0] == 0
    assert Path("out/agreement.html").is_file()
    gone = "the earlier agreement.html is gone, --agreement makes it anew"
    last = [shell("collect", readings, "--out", "out")[1].splitlines()[-1] for _ in range(2)]
    assert [line.endswith(f"; {gone}") for line in last] == [True, False]
    assert not Path("out/agreement.html").exists()


def test_json_is_one_object_with_the_same_counts(shell, readings):
    code, out, err = shell("collect", readings, "--out", "out", "--key-map", "ids.csv", "--json")
    assert (code, err, out.count("\n")) == (0, "", 1)
    said = json.loads(out)
    assert (said["reviews"], said["readings"], said["codes"]) == (3, 3, {"not_signed": 1})
    assert (said["site_columns"], said["left_out"]) == (["patient"], ["path"])
    assert str(readings) not in out


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["absent", "--out", "out"], 3, "path_unreadable"),
        (["empty", "--out", "out"], 3, "nothing_to_collect"),
        (["readings", "--out", "readings"], 2, "out_not_empty"),
        (["readings", "--out", "out", "--key-map", "twice.csv"], 3, "key_map_duplicate"),
        (["readings", "--out", "out", "--key-map", "empty"], 3, "key_map_unreadable"),
    ],
)
def test_what_is_refused_is_one_sentence(shell, readings, words, code, sentence):
    (readings.parent / "empty").mkdir()
    twice = f"study_key,patient\n{KEYS[0]},1\n{KEYS[0]},2\n"
    (readings.parent / "twice.csv").write_text(twice)
    found, out, err = shell("collect", *words)
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert err.startswith(f"mriview: {sentence}: ")
    found, out, _ = shell("collect", *words, "--json")
    assert (found, json.loads(out)["code"]) == (code, sentence)
    assert not Path("out").exists()


def test_without_a_folder_the_command_says_how_it_is_used(shell):
    code, _, err = shell("collect", "--out", "out")
    assert code == 2
    assert "DIR..." in err


def test_the_page_about_it_runs_as_it_stands(shell, readings, checkout, capsys):
    for key in ("c" * 16, "d" * 16):  # a second visit of P-007, and a study that has no patient
        folder = readings / f"{key}.mriview"
        with mriview.open_review(r.a_study(key=key), "R1", folder) as review:
            review.apply_all(r.a_signed_reading())
    with (readings.parent / "ids.csv").open("a") as ids:
        ids.write(f"{'d' * 16};P-007;/archive/4\n")
    page = (checkout / "docs/collect.md").read_text("utf-8")
    (console,) = re.findall(r"```console\n\$ mriview (.*?)\n```", page)
    assert shell(*console.split())[0] == 0
    cells = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(block, "collect.md", "exec"), cells)
    studies = {study for _, study, _ in cells["by_reader"].index}
    assert studies == {KEYS[0], "c" * 16, "d" * 16}
    said = capsys.readouterr().out
    assert re.search(r"P-007 +a{16} +left +contact +contact", said)
    assert "1 not signed" in said
    listed = set(re.findall(r"^\| `([\w./*]+)` \|", page, re.MULTILINE))
    for name in listed & {"collect.sqlite", "collect.json", "problems.jsonl", "sources_paths.csv"}:
        assert Path("gathered", name).is_file()
    assert len(listed) >= 7
