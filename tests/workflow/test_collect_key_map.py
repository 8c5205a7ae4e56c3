"""The site's own ids: columns beside every key, and maps that are refused in a sentence."""

import json
import sqlite3

import pytest
from collecting import A, B, C, a_report, contents, problems, rows, write
from hypothesis import given, settings
from hypothesis import strategies as st

from mriview.errors import InputError
from mriview.exporters.tables import tables
from mriview.workflow.collect import collect
from mriview.workflow.collect.key_map import read_key_map


def a_key_map(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("separator", "ending", "encoding"),
    [
        (",", "\n", "utf-8"),
        (";", "\r\n", "utf-8-sig"),
        ("\t", "\r\n", "utf-16"),
        (",", "\r", "utf-8"),
    ],
)
def test_the_columns_of_the_site_follow_the_key_in_every_table(
    tmp_path, separator, ending, encoding
):
    write(tmp_path / "in/a.json", a_report())
    write(tmp_path / "in/b.json", a_report(B))
    lines = [
        ["visit", "study_key", "status", "path"],
        ["2", A, "=Müller; 3", "/x"],
        ["", C, "-", "y"],
    ]
    text = ending.join(separator.join(f'"{cell}"' for cell in line) for line in lines) + ending
    made = collect(
        [tmp_path / "in"], tmp_path / "out", a_key_map(tmp_path / "ids.csv", text, encoding)
    )
    assert (made.site_columns, made.left_out) == (("visit", "site_status"), ("path",))
    for name in ("sources", *tables()):
        listed = rows(tmp_path / "out", name)
        for row in listed:
            assert list(row)[:3] == ["study_key", "visit", "site_status"]
            of_a = row["study_key"] == A
            assert (row["visit"], row["site_status"]) == (
                ("2", "'=Müller; 3") if of_a else ("", "")
            )
    told = rows(tmp_path / "out", "dictionary")
    assert {row["table"] for row in told if row["column"] == "site_status"} == {
        "sources",
        *tables(),
    }
    said = [(one["code"], one["study_key"]) for one in problems(tmp_path / "out")]
    assert said == [("key_map_absent", B), ("key_map_unused", C)]
    database = sqlite3.connect(tmp_path / "out/collect.sqlite")
    found = list(database.execute("SELECT DISTINCT visit, site_status FROM sides ORDER BY 1"))
    assert found == [(None, None), ("2", "=Müller; 3")]
    database.close()


def test_keys_that_a_spreadsheet_took_for_numbers_are_counted_and_not_repeated(tmp_path):
    write(tmp_path / "in/a.json", a_report())
    text = f"study_key,patient\n{A},1\n1.23E+15,SECRET\n\nMaria,3\n"
    collect([tmp_path / "in"], tmp_path / "out", a_key_map(tmp_path / "ids.csv", text))
    (said,) = problems(tmp_path / "out")
    assert (said["code"], said["evidence"]) == ("key_map_no_key", {"keys": 2, "rows": 3})
    assert not any(
        b"Maria" in data or b"SECRET" in data for data in contents(tmp_path / "out").values()
    )


REFUSED = {
    "two meanings": (f"study_key,p\n{A},1\n{A},2\n", "key_map_duplicate: 1 study key"),
    "no key": ("key,p\n", "key_map_columns"),
    "two keys": ("study_key,study_key\n", "key_map_columns"),
    "empty": ("", "key_map_columns"),
    "a name with a blank": ("study_key,patient id\n", "key_map_columns"),
    "a name that begins with a digit": ("study_key,1st\n", "key_map_columns"),
    "no name": ("study_key,,\n", "key_map_columns"),
    "names that differ in capitals": ("study_key,Visit,VISIT\n", "key_map_columns"),
    "a prefix that is taken": ("study_key,status,site_status\n", "key_map_columns"),
    "too many columns": ("study_key," + ",".join(f"c{n}" for n in range(999)), "key_map_columns"),
    "a row too short": (f"study_key,p,q\n{A},1\n", "key_map_unreadable: line 2"),
    "a quote that does not end": (f'study_key,p\n{A},"1\n', "key_map_unreadable"),
    "a zero byte": (f"study_key,p\n{A},\0\n", "key_map_unreadable"),
}


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_key_map_with_two_meanings_or_none_is_refused(tmp_path, text, sentence):
    write(tmp_path / "in/a.json", a_report())
    path = a_key_map(tmp_path / "ids.csv", text)
    with pytest.raises(InputError, match=sentence) as refusal:
        collect([tmp_path / "in"], tmp_path / "out", path)
    assert refusal.value.exit_code == 3
    assert not (tmp_path / "out").exists()


def test_a_key_with_two_meanings_is_named_with_its_lines_and_no_id_of_the_site(tmp_path):
    text = f'study_key,patient\n{A},"SECRET\nTWO LINES"\n{B},P1\n{A},P2\n{A.upper()},P3\n'
    with pytest.raises(InputError) as refusal:
        read_key_map(a_key_map(tmp_path / "ids.csv", text), ())
    said = refusal.value
    assert (
        said.found == f"1 study key of the key map has more than one meaning: {A} (lines 3, 5, 6)"
    )
    assert said.evidence == {"keys": 1, "lines": {A: [3, 5, 6]}}
    assert "SECRET" not in json.dumps(said.as_json())


def test_of_many_keys_with_two_meanings_a_few_are_named(tmp_path):
    twice = (f"{number:016x},{meaning}\n" for meaning in "ab" for number in range(40))
    with pytest.raises(InputError) as refusal:
        read_key_map(a_key_map(tmp_path / "ids.csv", "study_key,p\n" + "".join(twice)), ())
    assert refusal.value.found.startswith("40 study keys of the key map have more than one meaning")
    assert refusal.value.found.endswith("0002 (lines 4, 44) and 37 more")
    assert len(refusal.value.evidence["lines"]) == 3


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("patient id", "1 column of the key map has a name with {others}: 'patient id'"),
        ("1st,\x1b[31m2nd", "2 columns of the key map have names with {others}: '1st', '?[31m2nd'"),
        (f"a,{'x' * 70}", f"'{'x' * 24}...'"),
        ("Visit,p,VISIT", "'Visit', 'VISIT'"),
        ("status,site_status", "'status', 'site_status'"),
        (",".join(f"{n}" for n in range(9)), "'0', '1', '2' and 6 more"),
    ],
)
def test_columns_that_are_refused_are_named_short_and_printable(tmp_path, header, named):
    path = a_key_map(tmp_path / "ids.csv", f"study_key,{header}\n")
    with pytest.raises(InputError) as refusal:
        read_key_map(path, ("status",))
    others = "other signs than A-Z, 0-9 and _"
    assert refusal.value.found.endswith(named.format(others=others))


def test_a_key_in_capitals_is_the_same_key(tmp_path):
    write(tmp_path / "in/a.json", a_report())
    path = a_key_map(tmp_path / "ids.csv", f"study_key,p\n{A.upper()},1\n")
    collect([tmp_path / "in"], tmp_path / "out", path)
    assert problems(tmp_path / "out") == []
    assert {row["p"] for row in rows(tmp_path / "out", "sides")} == {"1"}


def test_a_key_map_that_is_absent_or_no_utf_8_is_refused(tmp_path):
    write(tmp_path / "in/a.json", a_report())
    latin = a_key_map(tmp_path / "ids.csv", "study_key,p\nx,Müller\n", "latin-1")
    for path in (latin, tmp_path / "absent.csv", tmp_path):
        with pytest.raises(InputError, match="key_map_unreadable"):
            collect([tmp_path / "in"], tmp_path / "out", path)


def test_the_same_row_twice_in_the_key_map_has_one_meaning(tmp_path):
    write(tmp_path / "in/a.json", a_report())
    path = a_key_map(tmp_path / "ids.csv", f"study_key,p\n{A},1\n{A},1\n")
    collect([tmp_path / "in"], tmp_path / "out", path)
    assert {row["p"] for row in rows(tmp_path / "out", "sides")} == {"1"}


@settings(max_examples=50)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_key_map_or_refused_in_one_sentence(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("map") / "ids.csv"
    path.write_bytes(b"study_key,p\n" + data)
    try:
        read_key_map(path, ())
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 (either outcome is right)
