"""A site's file with a fault is refused as a whole, in one sentence that names the row."""

import os
from dataclasses import asdict, fields
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites import SECOND, SITE, document, in_a_process, without_none

from mriview import vocabulary
from mriview.errors import InputError
from mriview.vocabulary.site import LARGEST_BYTES, VARIABLE, site_vocabulary
from mriview.vocabulary.site_rows import EXTENDABLE, site_vocabulary_from

NEEDS = 'needs = [[{ roles = ["t1_post"], max_slice_mm = 3.0, structures = ["cpa_r", "cpa_l"] }]]'


def refusal(content):
    with pytest.raises(InputError) as caught:
        site_vocabulary_from(content if isinstance(content, bytes) else content.encode())
    return one_sentence(caught.value)


def one_sentence(error):
    assert error.exit_code == 3
    assert error.code in {"site_vocabulary_unreadable", "site_vocabulary_invalid"}
    assert str(error).isprintable()
    assert len(str(error)) < 500
    return error


@pytest.mark.parametrize(
    "name",
    sorted(
        path.name.removesuffix(".toml")
        for path in (files("mriview.vocabulary") / "tables").iterdir()
        if path.name.removesuffix(".toml") not in EXTENDABLE
    ),
)
def test_a_table_whose_rows_need_python_cannot_be_extended(name):
    error = refusal(f'prefix = "ukx"\n[[{name}]]\nid = "ukx_x"\n')
    assert error.where == name
    assert "rows of this table need Python or a rule of their own" in error.found
    assert "Keep to vessels, conditions, " in str(error)


FAULTS = {  # what is changed in a right file, and what is said then
    "no prefix": ('prefix = "ukx"', "", "prefix: the key is missing"),
    "a prefix in capitals": ('prefix = "ukx"', 'prefix = "UKX"', "prefix: is not 3 to 12 small"),
    "a prefix that is a number": ('prefix = "ukx"', "prefix = 5", "prefix: is not 3 to 12 small"),
    "a prefix of anatomy": ('prefix = "ukx"', 'prefix = "vein"', "built-in ids begin with vein"),
    "a misspelt table": ("[[symptoms]]", "[[symptom]]", "symptom: is no table of the vocabulary"),
    "a sentence as table": ("[[symptoms]]", '[["DOE^JANE"]]', "a key: names no table"),
    "one table": ('"ukx"', '"ukx"\n[implants]\nid = "ukx_x"', "implants: is no array of tables"),
    "a list of words": (
        '"ukx"',
        '"ukx"\nimplants = ["x"]',
        "row 1 of implants: is no table with the keys",
    ),
    "an unknown key": (
        'id = "ukx_ear_click"',
        'id = "ukx_ear_click"\nlabl = 1',
        "key labl is none",
    ),
    "a missing key": ('colour = "orange"\n', "", "row 1 of vessels: colour missing"),
    "a missing language": (', de = "Klicken im Ohr"', "", "row 1 of symptoms, label: de missing"),
    "an empty language": ("Klicken im Ohr", "", "row 1 of symptoms, label.de: is empty"),
    "a blank before": ("Klicken im", " Klicken im", "label.de: is empty, or begins"),
    "a control character": ("Klicken im", "Klicken\\n im", "a character that cannot be seen"),
    "a turned direction": ("Klicken im", "Klicken\\u202e im", "a character that cannot be seen"),
    "an endless label": ("Klicken", "Klicken" * 30, "label.de: has more than 120 characters"),
    "a claim": ("clicking in", "normal clicking in", "label.en: 'normal' claims more than"),
    "a claim in German": ("Klicken im", "Unauffällig im", "'unauffällig' claims more than"),
    "a claim in a level": ('en = "at rest"', 'en = "nerve normal"', "levels[0].label.en: 'normal'"),
    "a label that stands": ("clicking in the ear", "Tinnitus", "label is that of tinnitus, too"),
    "an id twice": (
        SECOND,
        SECOND + SECOND,
        "row 3 of symptoms: the id ukx_other is that of row 2",
    ),
    "a built-in id": (
        'id = "ukx_ear_click"',
        'id = "tinnitus"',
        "row 1 of symptoms: tinnitus stands in the",
    ),
    "an id without prefix": ('id = "ukx_ear_click"', 'id = "ear"', "ear does not begin with ukx_"),
    "another site's id": ('id = "ukx_ear_click"', 'id = "nyc_ear"', "does not begin with ukx_"),
    "an id with blanks": (
        'id = "ukx_ear_click"',
        'id = "ukx_ear click"',
        "the id is not small letters",
    ),
    "an id in capitals": ('id = "ukx_ear_click"', 'id = "ukx_EAR"', "the id is not small letters"),
    "an endless id": ('id = "ukx_ear_click"', f'id = "ukx_{"e" * 60}"', "at most 48"),
    "a number as id": ('id = "ukx_ear_click"', "id = 7", "row 1 of symptoms, id: is no text"),
    "the house's scheme": (
        'scheme = "99UKX", value = "V',
        'scheme = "99MRIVIEW", value = "V',
        "99MR",
    ),
    "no scheme": ('"99UKX", value = "V', '"UKX", value = "V', "code.scheme: is no scheme of the"),
    "a malformed code": ('"V-PTA"', '"V PTA"', "code.value: is not 1 to 16 letters"),
    "a long code": ('"V-PTA"', f'"{"V" * 17}"', "code.value: is not 1 to 16 letters"),
    "a SNOMED code of letters": (
        'scheme = "99UKX", value = "V',
        'scheme = "SCT", value = "V',
        "digits",
    ),
    "a long meaning": ('"Racemose cysts"', f'"{"c" * 65}"', "code.meaning: has more than 64"),
    "a code of another row": (
        'scheme = "99UKX", value = "C-CYSTS"',
        'scheme = "SCT", value = "134328007"',
        "row 1 of conditions, code: another row of the table has it",
    ),
    "one code, two meanings": ('value = "C-CYSTS"', 'value = "V-PTA"', "another meaning elsewhere"),
    "a thick vessel": ("= 1.5", "= 15", "max_radius_mm: is not 0.15 to 4.5 mm"),
    "no number": ("= 1.5", "= nan", "max_radius_mm: is no finite number"),
    "a colour in hex": ('"orange"', '"#ff8800"', "colour: is no name of the palette"),
    "a letter that is taken": ('key = "T"', 'key = "A"', "key: is that of another vessel"),
    "a key that is no letter": ('key = "T"', 'key = "F1"', "key: is not one capital letter"),
    "an unknown kind": ('kind = "artery"', 'kind = "aorta"', "kind: is none of artery, vein"),
    "a group": ('group = "mass"', 'group = "cysts"', "group: names a row that is not there"),
    "no need": (NEEDS, "needs = []", "row 1 of conditions, needs: is empty"),
    "an empty need": ("needs = [[{", "needs = [[], [{", "needs[0]: is empty"),
    "a need without a role": ('roles = ["t1_post"]', "roles = []", "needs[0][0].roles: is empty"),
    "a role": ('roles = ["t1_post"]', 'roles = ["t1_gd"]', "needs[0][0].roles: names a row"),
    "a role that shows nothing": ('["t1_post"]', '["unknown"]', "needs[0][0].roles: names a row"),
    "a structure": ('["cpa_r", "cpa_l"]', '["cpa"]', "needs[0][0].structures: names a row"),
    "a slice": ("max_slice_mm = 3.0", "max_slice_mm = 0", "max_slice_mm: is not above 0 to 10 mm"),
    "a limit": ('"L_DSA"', '"L_MINE"', "standing_limits[0].limit: names a row"),
    "an answer": ('answers = ["absent"]', 'answers = ["no"]', "standing_limits[0].answers: names"),
    "what nobody can know": ('"previous_mvd"]', '"pain"]', "mandatory_when: names a row"),
    "a nerve": ('nerves = ["facial"]', 'nerves = ["vii"]', "nerves: names a row that is not there"),
    "a scale for nothing": ('nerves = ["facial"]', "nerves = []", "nerves: is empty"),
    "a clinical scale": (
        'grades = "contact"',
        'grades = "clinical"',
        "grades: clinical scales have",
    ),
    "a usual scale": ("default_for = []", 'default_for = ["facial"]', "has its usual scale"),
    "another usual nerve": ("default_for = []", 'default_for = ["trigeminal"]', "not made for"),
    "a level twice": ('id = "b"', 'id = "a"', "levels: are none, or share an id"),
    "one label for two levels": ('"moved"', '"at rest"', "levels: two have one label (en)"),
    "no version": ('version = "2026"', 'version = ""', "version: is empty"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_its_table_and_row_and_nothing_is_added(site, fault):
    old, new, sentence = FAULTS[fault]
    assert old in SITE + SECOND
    broken = (SITE + SECOND).replace(old, new, 1)
    error = refusal(broken)
    assert sentence in error.found
    assert "JANE" not in str(error)
    site(broken)
    for name in EXTENDABLE:
        with pytest.raises(InputError):
            getattr(vocabulary, name)()
    assert vocabulary.nerves()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe[", "is no text in UTF-8"),
        (b'prefix = "ukx"\nprefix = "ukx"\n', "is no TOML (line 2, column"),
        (b"prefix = ?", "is no TOML (line 1, column 10)"),
        (b"x = " + b"[" * 3000, "is no TOML"),
        (b'prefix = "ukx"\n' + b".".join([b"a"] * 1900) + b" = 1", "a: is no table"),
        (b"x = '" + b"y" * 4001 + b"'", "has a line of more than 4000 characters"),
        (b"", "prefix: the key is missing"),
    ],
)
def test_what_is_no_table_at_all_is_refused_in_one_sentence(content, why):
    assert why in str(refusal(content))


def test_a_file_saved_by_windows_is_read_as_it_is():
    content = b"\xef\xbb\xbf" + SITE.replace("\n", "\r\n").encode()
    assert site_vocabulary_from(content) == site_vocabulary_from(SITE.encode())


def test_a_file_that_cannot_be_read_is_refused_without_its_path(monkeypatch, tmp_path):
    large, pipe = tmp_path / "large.toml", tmp_path / "pipe"
    large.write_bytes(b"#" * 100 + b"\n" + b"# x\n" * (LARGEST_BYTES // 4))
    os.mkfifo(pipe)
    reasons = {
        tmp_path / "nowhere.toml": "is not there",
        tmp_path / ("n" * 300): "cannot be opened",
        tmp_path: "is no file",
        pipe: "is no file",
        large: "has more than 256 KiB",
    }
    for path, why in reasons.items():
        monkeypatch.setenv(VARIABLE, str(path))
        site_vocabulary.cache_clear()
        with pytest.raises(InputError, match=why) as caught:
            site_vocabulary()
        assert str(tmp_path) not in str(one_sentence(caught.value))
    monkeypatch.setenv(VARIABLE, "")
    assert site_vocabulary() is None
    site_vocabulary.cache_clear()


KEYS = sorted({field.name for row in EXTENDABLE.values() for field in fields(row)})
VALUES = st.recursive(
    st.text(max_size=8) | st.integers() | st.floats() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
ROWS = st.dictionaries(st.sampled_from(KEYS), VALUES | st.just("ukx_x"), max_size=8)
TABLES = st.dictionaries(st.sampled_from([*EXTENDABLE, "nerves"]), st.lists(ROWS, max_size=3))


def is_read_or_refused(content):
    try:
        found = site_vocabulary_from(content)
    except InputError as error:
        one_sentence(error)
    else:
        assert all(
            key.startswith(f"{found.prefix}_") for rows in found.rows.values() for key in rows
        )


@given(TABLES)
def test_whatever_stands_in_the_rows_it_is_read_or_refused(tables):
    is_read_or_refused(document(tables).encode())


@given(st.data())
def test_whatever_is_changed_in_a_right_file_it_is_read_or_refused(data):
    content = (SITE + SECOND).encode()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        gone = data.draw(st.integers(0, 12))
        content = content[:at] + data.draw(st.binary(max_size=6)) + content[at + gone :]
    is_read_or_refused(content)


@given(st.sampled_from(["vessels", "conditions", "severity_scales", "symptoms"]), st.data())
def test_whatever_value_a_key_has_it_is_read_or_refused(name, data):
    tables = {
        table: [without_none(asdict(row)) for row in rows.values()]
        for table, rows in site_vocabulary_from(SITE.encode()).rows.items()
    }
    key = data.draw(st.sampled_from(sorted(tables[name][0])))
    tables[name][0][key] = data.draw(VALUES)
    is_read_or_refused(document(tables).encode())


def test_with_a_broken_file_commands_end_with_one_sentence_and_imports_do_not(tmp_path):
    broken = tmp_path / "site.toml"
    broken.write_text(SITE + SITE.replace('prefix = "ukx"', ""), "utf-8")
    done = in_a_process("-m", "mriview", "schema", site=broken)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "mriview: site_vocabulary_invalid: the site's vocabulary, row 2 of vessels: the id"
        " ukx_trigeminal_artery is that of row 1, too. Give each row an id of its own.\n"
    )
    code = (
        "import mriview, mriview.report, mriview.review, mriview.vocabulary.ids\n"
        "try:\n    mriview.vocabulary.vessels()\n"
        "except mriview.MriviewError as error:\n    print(error.code)"
    )
    done = in_a_process("-c", code, site=broken)
    assert (done.returncode, done.stdout) == (0, "site_vocabulary_invalid\n"), done.stderr
    assert in_a_process("-m", "mriview", "--help", site=broken).returncode == 0
