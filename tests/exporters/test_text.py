"""The text for a RIS: narrow, the conclusion first, nothing typed that looks like a heading."""

import pytest
import readings as r

import mriview
from mriview.exporters.text import COLUMNS, report_text
from mriview.report import Report
from mriview.words import LANGUAGES, wording

HOSTILE = "x\nLEFT (patient's side)\n----\n\x1b[31m<b>\u202e\u2028 مرحبا"


@pytest.fixture(scope="module")
def signed():
    study = r.a_study()
    review = mriview.open_review(study, clock=r.a_clock())
    for command in r.a_signed_reading():
        review.apply(command)
    return mriview.build_report(study, review)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_wider_than_80_columns(signed, language):
    assert max(map(len, report_text(signed, language).splitlines())) <= COLUMNS == 80


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_conclusions_stand_before_anything_else(signed, language):
    joined = " ".join(report_text(signed, language).split())
    words = wording(signed, language)
    places = [joined.index(said.text) for side in words.sides for said in side.conclusion]
    assert max(places) < joined.index(words.sections[0].title)
    assert joined.index(words.status) < min(places)


def test_what_a_reader_typed_stays_in_its_line_without_control_characters(signed):
    body = signed.model_dump(mode="json")
    body["impression"]["text"] = HOSTILE
    text = report_text(Report.model_validate(body), "en")
    lines = text.splitlines()
    assert lines.count("LEFT (patient's side)") == 1
    assert not {"\x1b", "\u202e", "\u2028"} & set(text)
    assert "مرحبا" in text


def test_the_same_report_gives_the_same_file_in_the_language_asked(signed, tmp_path):
    for folder, language in (("a", "de"), ("b", "de"), ("c", "en")):
        mriview.export(signed, tmp_path / folder, to=["text"], language=language)
    a, b, c = ((tmp_path / f / "report.txt").read_bytes() for f in "abc")
    assert a == b != c
    assert "RECHTS" in a.decode()


def test_a_language_that_is_not_there_is_refused(signed, tmp_path):
    with pytest.raises(mriview.MriviewError, match="language_unknown"):
        mriview.export(signed, tmp_path, to=["text"], language="fr")


def test_the_shell_writes_page_and_text_in_the_language_asked(signed, tmp_path):
    from click.testing import CliRunner

    from mriview.cli import cli

    (tmp_path / "r.json").write_text(signed.to_json(), "utf-8")
    words = ["export", str(tmp_path / "r.json"), "--to", "html,text", "--language", "de"]
    done = CliRunner().invoke(cli, [*words, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert '<html lang="de">' in (tmp_path / "out/report.html").read_text("utf-8")
    assert "RECHTS" in (tmp_path / "out/report.txt").read_text("utf-8")
