"""The page in a real Chromium: what is seen first, what axe-core says, what is asked of outside."""

import subprocess

import pytest
import readings as r
from browser import DESKTOP, PHONE, violations

import mriview
from mriview.exporters.page import Sources, page
from mriview.words import LANGUAGES, wording

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def study():
    return r.a_study()


@pytest.fixture(scope="module")
def signed(study):
    review = mriview.open_review(study, clock=r.a_clock())
    for command in r.a_signed_reading():
        review.apply(command)
    return mriview.build_report(study, review)


@pytest.fixture
def opened(shown, signed, study, tmp_path):
    def of(language="en", *seen_as):
        path = tmp_path / f"{language}.html"
        path.write_text(page(signed, Sources(study), language), "utf-8")
        return shown(path, *seen_as)

    return of


@pytest.mark.parametrize(
    ("viewport", "colours"), [(DESKTOP, "light"), (PHONE, "light"), (DESKTOP, "dark")]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing(opened, language, viewport, colours):
    assert violations(opened(language, viewport, colours)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_sides_are_answered_on_the_first_screen_without_scrolling(opened, language):
    seen = opened(language)
    boxes = [side.bounding_box() for side in seen.locator(".side").all()]
    assert len(boxes) == 3
    assert all(box["y"] + box["height"] <= DESKTOP["height"] for box in boxes)
    assert boxes[0]["x"] < boxes[1]["x"]
    assert boxes[0]["y"] == boxes[1]["y"] < boxes[2]["y"]
    assert not seen.locator(".brief").is_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_contact_and_its_direction_are_whole_on_the_first_screen(opened, language):
    drawn = [svg.bounding_box() for svg in opened(language).locator("#contacts svg").all()]
    assert len(drawn) == 4
    assert all(box["y"] + box["height"] <= DESKTOP["height"] for box in drawn)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_says_both_sides_on_its_first_screen(opened, signed, language):
    seen = opened(language, PHONE)
    box = seen.locator(".brief").bounding_box()
    assert box["y"] + box["height"] <= PHONE["height"]
    said = seen.locator(".brief").inner_text()
    assert all(
        side.title in said and side.brief in said for side in wording(signed, language).sides
    )


def test_nothing_is_asked_of_outside_and_the_policy_is_not_broken(opened):
    seen = opened()
    assert len([url for url in seen.asked if not url.startswith("data:")]) == 1
    assert seen.said == []
    assert seen.locator("svg image").count() == 3


def test_a_phone_scrolls_in_one_direction_only(opened):
    seen = opened("de", PHONE)
    assert seen.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_contact_the_first_printed_page_still_holds_every_answer(
    browser, tmp_path, language
):
    review = mriview.open_review(r.a_study(), clock=r.a_clock())
    for command in (*r.marks(), *r.coverage(), *r.causes()):
        review.apply(command)
    report = mriview.build_report(r.a_study(), review)
    html = tmp_path / "free.html"
    html.write_text(page(report, Sources(), language), "utf-8")
    shown = browser.new_page()
    shown.goto(html.as_uri())
    shown.pdf(path=str(tmp_path / "page.pdf"), format="A4")
    shown.close()
    first = _first_page(tmp_path / "page.pdf")
    for side in wording(report, language).sides:
        assert all(_bare(said.text) in first for line in side.answers for said in line.said)


def _first_page(printed):
    command = ["pdftotext", "-f", "1", "-l", "1", "-raw", printed, "-"]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return _bare(run.stdout)


def _bare(text):
    """Without what a line's end changes: spaces, and hyphens of words that were parted."""
    return (
        "".join(text.split())
        .replace("-", "")
        .replace("\N{SOFT HYPHEN}", "")
        .replace("\N{HYPHEN}", "")
    )


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_printed_page_holds_both_conclusions(opened, signed, tmp_path, paper, language):
    printed = tmp_path / "page.pdf"
    opened(language).pdf(path=str(printed), format=paper)
    first = _first_page(printed)
    words = wording(signed, language)
    assert all(_bare(x.text) in first for side in words.sides for x in side.conclusion)
    limits = [line for side in words.sides for line in side.answers if line.id == "limits"]
    assert all(_bare(said.text) in first for line in limits for said in line.said)
    assert _bare(words.research) in first
