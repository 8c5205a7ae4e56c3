"""The page over agreement: self-contained, says what it rests on, and is read by everyone."""

import functools
import re
import subprocess

import pytest
import reader_studies as rs
from browser import DESKTOP, PHONE, violations

from mriview.words import LANGUAGES
from mriview.workflow.agreement import agreement, agreement_documents
from mriview.workflow.agreement.estimates import Estimate, statistics
from mriview.workflow.agreement.phrases import phrases, say, spoken
from mriview.workflow.agreement.plots import values_line
from mriview.workflow.agreement.questions import questions

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


def opposed_page(language="en"):
    """Two readers of one study who never give the same answer."""
    said = ("contact", "no_contact")
    rows = rs.a_study_of((said, said[::-1]), readers=("R1", "R2"))
    return agreement_documents(agreement(rows), language)["agreement.html"].decode()


def marks_of(*estimates):
    """What a line of values draws, but for its grid: class and path of each part."""
    drawn = values_line([("first", one) for one in estimates])
    listed = re.findall(r"<(?:path|circle) ([^>]+)>", drawn)
    parts = [dict(re.findall(r'(\S+)="([^"]*)"', one)) for one in listed]
    return [part for part in parts if part["class"] not in {"grid", "zero"}]


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


def test_a_kappa_without_a_value_is_not_said_to_have_weights():
    row = next(part for part in page_of().split("<tr>") if "#q-offender_segment" in part)
    assert "no value: one answer is all there is" in row
    assert say("weighted", "en") not in row


def test_a_value_below_the_line_is_an_arrow_and_no_mark_at_its_end():
    (arrow,) = marks_of(Estimate("icc_a1", -1.7))
    assert "arrow" in arrow["class"]
    (mark,) = marks_of(Estimate("icc_a1", -1.0))
    assert mark["class"] == "first"


def test_an_interval_that_goes_on_below_the_line_has_an_arrow_instead_of_an_end():
    span, arrow, mark = marks_of(Estimate("icc_a1", 0.2, -1.7, 0.9))
    assert span["d"].count("v") == 1
    assert "arrow" in arrow["class"]
    assert mark["class"] == "first"
    span, mark = marks_of(Estimate("kappa", 0.2, -1.0, 0.9))
    assert span["d"].count("v") == 2


def test_an_arrow_is_explained_where_there_is_one():
    lesions = ([(9.0, 3.5), (3.0, 9.0)], [(9.0, 9.0), (3.0, 3.5)])
    said = []
    for pairs in lesions:
        rows = rs.no_rows()
        for number, pair in enumerate(pairs):
            for reader, longest_mm in zip("AB", pair, strict=True):
                lesion = {"condition": "meningioma", "side": "left", "longest_mm": longest_mm}
                rs.add_reading(rows, f"s{number}", reader, lesions=[lesion])
        page = agreement_documents(agreement(rows))["agreement.html"].decode()
        said.append(('arrow"' in page, say("read_arrow", "en") in page))
    assert said == [(True, True), (False, False)]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "2 readings of 1 study; 1 study of 1 patient was read by at least two"),
        ("de", "2 Befunde von 1 Studie; 1 Studie von 1 Patient haben mindestens zwei gelesen"),
    ],
)
def test_one_study_is_said_in_the_singular(language, sentence):
    assert sentence in opposed_page(language)


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


@pytest.fixture
def opened(shown, tmp_path):
    def of(language="en", *seen_as, page=page_of):
        path = tmp_path / "agreement.html"
        path.write_text(page(language), "utf-8")
        return shown(path, *seen_as)

    return of


@pytest.mark.whole
@pytest.mark.parametrize(
    ("language", "viewport", "colours"), [("en", DESKTOP, "light"), ("de", PHONE, "dark")]
)
def test_axe_finds_nothing(opened, language, viewport, colours):
    assert violations(opened(language, viewport, colours)) == []


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
    axis = seen.locator("svg.axis").first.get_by_text("1.0", exact=True).bounding_box()
    row = seen.locator("tr", has=seen.locator("a[href='#q-offender_segment']"))
    assert row.locator("path.second:not(.span)").count() == 0
    mark = row.locator("circle.first").bounding_box()
    middles = [box["x"] + box["width"] / 2 for box in (axis, mark)]
    assert middles[0] == pytest.approx(middles[1], abs=1.5)


@pytest.mark.whole
@pytest.mark.parametrize(("language", "end"), [("en", "-1.0"), ("de", "-1,0")])
def test_readers_who_never_agree_stand_where_the_axis_says_minus_one(opened, language, end):
    seen = opened(language, page=opposed_page)
    axis = seen.locator("svg.axis").first.locator("text", has_text=end).bounding_box()
    row = seen.locator("tr", has=seen.locator("a[href='#q-assessment']"))
    assert row.locator(".number", has_text=f"{end}0").count() == 2
    mark = row.locator("circle.first").bounding_box()
    middles = [box["x"] + box["width"] / 2 for box in (axis, mark)]
    assert middles[0] == pytest.approx(middles[1], abs=1.5)


@pytest.mark.whole
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_cell_of_a_table_is_wider_than_its_column(opened, language, viewport):
    wide = opened(language, viewport).evaluate(
        "[...document.querySelectorAll('th, td')].filter(one => one.scrollWidth > one.clientWidth)"
        ".map(one => one.textContent)"
    )
    assert wide == []


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
