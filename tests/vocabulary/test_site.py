"""Rows that a site adds are valid wherever built-in ones are, and nowhere else."""

import json
from dataclasses import asdict, fields, replace

import pytest
import readings as r
from sites import SITE, document, in_a_process, without_none

import mriview
from mriview import MriviewError, vocabulary
from mriview.exporters.text import report_text
from mriview.report import findings_in, report_schema
from mriview.report.build import settings_sha256
from mriview.review import command_from_json
from mriview.review.script import command_schema
from mriview.vocabulary.site import VARIABLE
from mriview.vocabulary.site_laws import broken_laws
from mriview.vocabulary.site_rows import EXTENDABLE, prefix_of, site_vocabulary_from
from mriview.vocabulary.toml_rows import read_table

WORDS = {
    "en": ("persistent trigeminal artery", "racemose cysts", "pulse at the nerve", "moved"),
    "de": ("persistierende Arteria trigemina", "razemöse Zysten", "Puls am Nerv", "bewegt"),
}


def a_reading():
    """Build the report of a reading with a vessel, a cause and a grade that the site added."""
    study = r.a_study()
    review = mriview.open_review(study, clock=r.a_clock())
    severity = [{"grade": "1"}, {"scale": "ukx_pulse_2026", "grade": "b"}]
    for command in r.a_complete_reading():
        if command["command"] == "add_contact":
            said = {"vessel": "ukx_trigeminal_artery", "severity": severity}
            command["args"].update(said)
        review.apply(command)
    return mriview.build_report(study, review)


def test_rows_of_a_site_stand_behind_the_built_in_ones(site):
    before = {name: list(getattr(vocabulary, name)()) for name in EXTENDABLE}
    site()
    added = {"vessels": 1, "conditions": 1, "severity_scales": 1, "symptoms": 1}
    for name, ids in before.items():
        now = list(getattr(vocabulary, name)())
        assert now[: len(ids)] == ids
        assert len(now) == len(ids) + added.get(name, 0)
    assert vocabulary.vessels()["ukx_trigeminal_artery"].max_radius_mm == 1.5


@pytest.mark.parametrize("language", WORDS)
def test_a_report_says_what_a_site_added_in_both_languages(site, language, tmp_path):
    site()
    report = a_reading()
    assert [finding for finding in report.check() if finding.severity == "error"] == []
    contact = report.sides.left.contacts[0]
    assert contact.vessel == "ukx_trigeminal_artery"
    assert [grade.version for grade in contact.severity] == ["2021", "2026"]
    derived = [x for x in report.exclusions if x.condition == "ukx_racemose_cysts"]
    assert [(x.answer, x.derived) for x in derived] == [("indeterminate", True)]
    mriview.export(report, tmp_path, to=["html"], language=language)
    page = (tmp_path / "report.html").read_text("utf-8")
    text = " ".join(report_text(report, language).split())
    for word in WORDS[language]:
        assert word in text.replace(word.capitalize(), word)
        assert word in page.replace(word.capitalize(), word)


def test_a_report_with_rows_of_a_site_is_refused_where_its_table_is_not(site, tmp_path):
    site()
    path = tmp_path / "report.json"
    path.write_text(a_reading().to_json(), "utf-8")
    assert findings_in(path) == mriview.load_report(path).check()
    site(None)
    found = findings_in(path)
    assert "$.sides.left.contacts[0].vessel" in [finding.path for finding in found]
    sentence = f"a row of the site ukx, whose table is not here: set {VARIABLE}"
    assert {(x.rule, x.severity, x.message) for x in found} == {("R04", "error", sentence)}
    with pytest.raises(MriviewError, match=r"R04 at .*the site ukx, whose table is not here"):
        mriview.load_report(path)
    site(SITE.replace("ukx", "nyc"))
    assert {finding.message for finding in findings_in(path)} == {sentence}
    site(SITE.replace("_artery", "_vessel"))
    assert [finding.message for finding in findings_in(path)] == [
        "not a row of the table of vessels, nor of the site ukx as it is known here"
    ] * 2


def test_a_report_of_elsewhere_is_warned_that_a_cause_of_the_site_was_not_asked(site):
    site(None)
    study = r.a_study()
    review = mriview.open_review(study, clock=r.a_clock())
    for command in r.a_complete_reading():
        review.apply(command)
    report = mriview.build_report(study, review)
    before = report.check()
    site()
    (added,) = [finding for finding in report.check() if finding not in before]
    assert (added.rule, added.severity) == ("R20", "warning")
    assert added.message == "ukx_racemose_cysts is not asked"


def test_markup_and_braces_in_a_label_are_words(site, tmp_path):
    hostile = "=<b>artery</b> & {limit} 'x'"
    site(SITE.replace("persistent trigeminal artery", hostile))
    report = a_reading()
    mriview.export(report, tmp_path, to=["html", "text", "tables"])
    assert hostile in " ".join((tmp_path / "report.txt").read_text("utf-8").split())
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "&lt;b&gt;artery&lt;/b&gt; &amp; {limit}" in page
    assert "<b>artery" not in page


def test_a_record_that_needs_the_table_of_a_site_is_not_called_broken(site, tmp_path):
    site()
    study, folder = r.a_study(), tmp_path / "case.mriview"
    with mriview.open_review(study, "R1", folder) as review:
        for command in r.marks():
            review.apply(command)
        review.apply(r.a_contact(vessel="ukx_trigeminal_artery"))
    site(None)
    with pytest.raises(MriviewError, match="the site ukx, whose table is not here") as caught:
        mriview.open_review(study, "R1", folder)
    assert caught.value.code == "site_row_missing"
    site()
    with mriview.open_review(study, "R1", folder) as review:
        assert review.state.contacts[0].vessel == "ukx_trigeminal_artery"


def test_an_id_without_a_sites_form_is_told_as_a_typo(site):
    site(None)
    for wrong in ("acia", "vein_mpc", "nobody", "UKX_x", "ukx_", "x_y", "DOE^JANE_was", "ukx__y"):
        assert prefix_of(wrong) is None
        with pytest.raises(MriviewError, match="not a row of the table of vessels") as caught:
            command_from_json(r.a_contact(vessel=wrong))
        assert caught.value.code == "command_malformed"
    with pytest.raises(MriviewError, match="not a row of the table of nerves"):
        command_from_json(r.a_contact(nerve="ukx_nerve"))


def test_the_schema_of_a_site_lists_its_ids_and_has_a_name_of_its_own(site):
    site(None)
    plain = {make: make() for make in (report_schema, command_schema)}
    site()
    for make, before in plain.items():
        text = json.dumps(make())
        for added in ("ukx_trigeminal_artery", "ukx_racemose_cysts", "ukx_pulse_2026"):
            assert f'"{added}"' in text
            assert added not in json.dumps(before)
        assert make()["$id"] == f"{before['$id']}:ukx"


def test_two_reports_made_with_different_tables_differ_in_their_settings(site):
    digests = []
    for text in (None, SITE, SITE.replace("Puls am", "Pulsation am"), SITE.replace("ukx", "nyc")):
        site(text)
        digests.append(settings_sha256())
    assert len(set(digests)) == 4
    site(SITE.replace("[[symptoms]]", "\n# a remark\n[[symptoms]]"))
    assert settings_sha256() == digests[1]


def of_a_site(row):
    """A built-in row as a site could have written it."""
    said = {"id": f"ukx_{row.id}"}
    said["label"] = replace(row.label, en=f"{row.label.en} here", de=f"{row.label.de} hier")
    if row.code is not None:
        said["code"] = replace(row.code, scheme="99UKX")
    names = {field.name for field in fields(row)}
    if "key" in names:
        said["key"] = None
    if "levels" in names:
        levels = [
            replace(level, code=level.code and replace(level.code, scheme="99UKX"))
            for level in row.levels
        ]
        said.update(levels=tuple(levels), default_for=())
    return replace(row, **said)


@pytest.mark.parametrize("name", EXTENDABLE)
def test_a_site_may_say_whatever_a_built_in_row_says(name):
    rows = [
        of_a_site(row)
        for row in read_table(name, EXTENDABLE[name]).values()
        if getattr(row, "grades", "") != "clinical"
    ]
    text = document({name: [without_none(asdict(row)) for row in rows]})
    found = site_vocabulary_from(text.encode())
    assert list(found.rows[name].values()) == rows


def test_no_built_in_row_breaks_a_law_that_a_site_must_keep():
    tables = {name: read_table(name, row) for name, row in EXTENDABLE.items()}
    emptied = {name: {} for name in EXTENDABLE}
    broken = [
        fault
        for fault in broken_laws(tables, emptied)
        if "99MRIVIEW" not in fault.why and "palette" not in fault.why
    ]
    assert [fault.why for fault in broken] == [
        "clinical scales have no place in a report" for fault in broken
    ]


def test_without_a_file_nothing_of_it_is_loaded():
    code = (
        "import sys, mriview.report as report; report.report_schema()\n"
        "print([name for name in sys.modules if 'vocabulary.site_' in name])"
    )
    assert in_a_process("-c", code).stdout == "['mriview.vocabulary.site_faults']\n"


@pytest.mark.whole
def test_the_shell_reads_applies_and_exports_what_a_site_added(synthetic, tmp_path):
    made = synthetic(to="nifti").truth.parent
    path = tmp_path / "site.toml"
    path.write_text(SITE, "utf-8")
    script = json.loads((made / "reader.json").read_text("utf-8"))
    for command in script["commands"]:
        if command["command"] == "add_contact":
            grades = [{"grade": "1"}, {"scale": "ukx_pulse_2026", "grade": "b"}]
            command["args"].update(vessel="ukx_trigeminal_artery", severity=grades)
    (tmp_path / "script.json").write_text(json.dumps(script), "utf-8")
    reading = ["apply", tmp_path / "script.json", "--study", made / "study"]
    done = in_a_process("-m", "mriview", *reading, "--folder", tmp_path / "none.mriview")
    assert done.returncode == 4
    assert "a row of the site ukx, whose table is not here" in done.stderr
    assert not (tmp_path / "none.mriview").exists()
    folder = tmp_path / "case.mriview"
    done = in_a_process("-m", "mriview", *reading, "--folder", folder, site=path)
    assert done.returncode == 0, done.stderr
    for language, words in WORDS.items():
        out = tmp_path / language
        options = ["--to", "json,html,text", "--language", language, "--out", out]
        export = ["export", folder, "--study", made / "study", *options]
        assert in_a_process("-m", "mriview", *export, site=path).returncode == 0
        text = " ".join((out / "report.txt").read_text("utf-8").split()).lower()
        page = (out / "report.html").read_text("utf-8").lower()
        assert [
            word for word in words if word.lower() not in text or word.lower() not in page
        ] == []
    report = tmp_path / "en" / "report.json"
    assert json.loads(report.read_text("utf-8"))["status"] == "final"
    assert in_a_process("-m", "mriview", "validate", report, site=path).returncode == 0
    done = in_a_process("-m", "mriview", "validate", report)
    assert done.returncode == 1
    assert "R04 error $.sides.left.contacts[0].vessel: a row of the site ukx" in done.stdout
    assert done.stderr == ""
