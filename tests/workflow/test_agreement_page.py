"""The page over agreement: self-contained, says what it rests on, and is read by everyone."""

import functools
import os
import re
import shutil
import subprocess

import pytest
import reader_studies as rs

from mriview.words import LANGUAGES
from mriview.workflow.agreement import agreement, agreement_documents
from mriview.workflow.agreement.estimates import statistics
from mriview.workflow.agreement.phrases import phrases, say, spoken
from mriview.workflow.agreement.questions import questions

DESKTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
PLACEHOLDER = re.compile(r"\{(\w+)\}")
VERDICTS = ("substantial", "almost perfect", "excellent", "poor", "ausgezeichnet", "beachtlich")


def study_rows(readers=("R1", "R2"), count=24):
    """Every kind of question has an answer, and one of them is nearly always the same."""
    rows = rs.no_rows()
    for number in range(count):
        for place, reader in enumerate(readers):
            arc_mm = 2.0 + number % 7 + 0.4 * place * (number % 3 - 1)
            here = {"on_nerve_x_mm": arc_mm, "on_nerve_y_mm": 0.0, "on_nerve_z_mm": 0.2 * place}
            vessel = "aica" if (number + place) % 5 else "pica"
            contact = {"arc_mm": arc_mm, "vessel": vessel, "csf_plane": "not_seen", **here}
            contact |= {"direction": "caudal", "vessel_confidence": "probable"}
            left = {
                "assessment": "contact",
                "confidence": "probable" if number % 3 else "definite",
                "offender_vessel": vessel,
                "offender_segment": "as",
                "contact": contact,
                "grades": {"contact_deformity_2021": str(1 + (number + place) % 6 // 5)},
            }
            right = "contact" if number % 4 == 0 else "no_contact"
            causes = {"meningioma": "absent" if number + place else "present", "avm": "absent"}
            lesion = {"condition": "meningioma", "side": "left", "longest_mm": 9.0 + place}
            lesions = [lesion] if number < 3 else []
            sides = {"left": left, "right": right}
            rs.add_reading(rows, f"s{number:04}", reader, sides, causes, lesions)
    return rows


@functools.cache
def page_of(language="en", readers=("R1", "R2")):
    return agreement_documents(agreement(study_rows(readers)), language)["agreement.html"].decode()


@pytest.mark.parametrize("readers", [("R1", "R2"), ("R1", "R2", "R3")])
def test_every_link_leads_to_a_place_of_the_page_and_no_id_occurs_twice(readers):
    page = page_of("en", readers)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    links = re.findall(r'href="([^"]+)"', page)
    assert len(links) > 10
    assert {link for link in links if not link.startswith("#")} == set()
    assert {link[1:] for link in links} <= set(ids)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_number_gets_a_verdict_and_the_paradox_is_explained(language):
    page = page_of(language).lower()
    assert not [word for word in VERDICTS if word in page]
    assert "ac1" in page
    assert say("read_paradox", language).lower() in page


def test_where_nearly_all_answers_are_the_same_the_page_says_to_read_ac1():
    lines = page_of().replace("\N{NO-BREAK SPACE}", " ").split("<tr>")
    row = next(part for part in lines if "#q-cause:avm" in part)
    assert "100 % of all answers are the same: read AC1" in row
    assert "no value: one answer is all there is" in row
    other = next(part for part in lines if "#q-offender_vessel" in part)
    assert "read AC1" not in other


def test_names_of_readers_are_text_and_nothing_else():
    names = ("<script>alert(1)</script>", '"><img src=x onerror=1>', "half \ud800")
    rows = study_rows(names, count=3)
    page = agreement_documents(agreement(rows))["agreement.html"].decode()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


def test_both_languages_say_the_same():
    labels = [
        *(row.label for row in phrases().values()),
        *(label for row in statistics().values() for label in (row.label, row.meaning)),
        *(label for row in questions().values() for label in (row.label, row.meaning)),
    ]
    for label in labels:
        assert label.en
        assert label.de
        assert set(PLACEHOLDER.findall(label.en)) == set(PLACEHOLDER.findall(label.de))
    assert spoken(questions()["assessment"].label, "de") in page_of("de")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "no Chromium is here: scripts/setup.sh installs it"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=found, args=sandbox)
        yield started
        started.close()


@pytest.fixture
def opened(browser, tmp_path):
    contexts = []

    def of(language="en", viewport=DESKTOP, colours="light"):
        path = tmp_path / "agreement.html"
        path.write_text(page_of(language), "utf-8")
        context = browser.new_context(viewport=viewport, color_scheme=colours)
        contexts.append(context)
        seen = context.new_page()
        seen.asked, seen.said = [], []
        seen.on("request", lambda request: seen.asked.append(request.url))
        seen.on("console", lambda message: seen.said.append(message.text))
        seen.goto(path.as_uri())
        return seen

    yield of
    for context in contexts:
        context.close()


@pytest.mark.whole
@pytest.mark.parametrize(
    ("language", "viewport", "colours"), [("en", DESKTOP, "light"), ("de", PHONE, "dark")]
)
def test_axe_finds_nothing(opened, language, viewport, colours):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(opened(language, viewport, colours))
    assert [violation["id"] for violation in found.response["violations"]] == []


@pytest.mark.whole
def test_nothing_is_asked_of_outside_and_the_policy_is_not_broken(opened):
    seen = opened()
    assert len(seen.asked) == 1
    assert seen.said == []


@pytest.mark.whole
def test_a_phone_scrolls_in_one_direction_only(opened):
    seen = opened("de", PHONE)
    assert seen.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.whole
def test_a_line_shows_the_value_where_the_axis_has_its_number(opened):
    """The mark of a kappa of 1 stands below the axis's 1.0, that of none is not there."""
    seen = opened()
    axis = seen.locator("svg.axis").first.locator("text", has_text="1.0").bounding_box()
    row = seen.locator("tr", has=seen.locator("a[href='#q-offender_segment']"))
    assert row.locator("path.second:not(.span)").count() == 0
    mark = row.locator("circle.first").bounding_box()
    middles = [box["x"] + box["width"] / 2 for box in (axis, mark)]
    assert middles[0] == pytest.approx(middles[1], abs=1.5)


@pytest.mark.whole
def test_it_prints_on_a4_with_the_first_answers_on_the_first_page(opened, tmp_path):
    printed = tmp_path / "page.pdf"
    opened("de").pdf(path=str(printed), format="A4")
    told = subprocess.run(
        ["pdftotext", "-f", "1", "-l", "1", "-layout", printed, "-"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    first = " ".join(told.split())
    for question in ("assessment", "contact"):
        assert spoken(questions()[question].label, "de") in first
    assert "Nur für Forschungszwecke" in first
