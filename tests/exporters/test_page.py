"""The page as a document: self-contained, escaped, every link with its target."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import readings as r

import mriview
from mriview.exporters.page import Sources, page, sources_of
from mriview.exporters.page.direction import direction_face
from mriview.exporters.page.markup import element
from mriview.report import Report
from mriview.values import Mask
from mriview.words import LANGUAGES, wording

HOSTILE = "</p><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp; مرحبا"


class Read(HTMLParser):
    """What a browser would see: elements with their attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data.replace("\N{NO-BREAK SPACE}", " ")

    def all(self, name):
        return [attributes for tag, attributes in self.elements if tag == name]


@pytest.fixture(scope="module")
def study():
    ramp = np.arange(160 * 160 * 80, dtype=np.float32).reshape(160, 160, 80)
    angiogram = r.a_volume(r.ANGIOGRAM, "tof_mra", spacing_mm=0.6)
    return r.a_study(r.a_volume(voxels=ramp), angiogram)


@pytest.fixture(scope="module")
def signed(study):
    review = mriview.open_review(study, clock=r.a_clock())
    for command in r.a_signed_reading():
        review.apply(command)
    return mriview.build_report(study, review)


def hostile(report):
    body = report.model_dump(mode="json")
    body["impression"]["text"] = HOSTILE
    body["sides"]["left"]["contacts"][0]["note"] = HOSTILE
    body["exclusions"][0]["note"] = HOSTILE
    body["clinical"]["question"] = HOSTILE
    body["passes"][0]["reader"] = body["sign_off"]["reader"] = HOSTILE
    body["sign_off"]["role"] = HOSTILE
    body["sign_off"]["overrides"] = [{"guard": HOSTILE, "path": HOSTILE, "reason": HOSTILE}]
    body["notes"] = [{"text": HOSTILE, "about": HOSTILE, "reader": HOSTILE, "time": None}]
    body["subject"]["pseudonym"] = body["software"]["name"] = HOSTILE
    return Report.model_validate(body)


def test_only_what_was_made_as_markup_is_markup():
    assert element("p", "<b>", element("i", "a & b")) == "<p>&lt;b&gt;<i>a &amp; b</i></p>"
    assert element("a", "x", title='"><b>') == '<a title="&quot;&gt;&lt;b&gt;">x</a>'


def test_no_typed_text_turns_the_letters_that_follow_it():
    assert (
        element("p", "\u202etfel\u2069")
        == "<p>\N{REPLACEMENT CHARACTER}tfel\N{REPLACEMENT CHARACTER}</p>"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_text_stays_text_in_every_field(signed, language):
    seen = Read(page(hostile(signed), Sources(), language))
    tame = Read(page(signed, Sources(), language))
    assert not seen.all("script")
    assert not seen.all("img")
    assert {tag for tag, _ in seen.elements} == {tag for tag, _ in tame.elements}
    assert all(not name.startswith("on") for _, a in seen.elements for name in a)
    assert seen.text.count(HOSTILE) >= 12


def test_the_policy_allows_this_style_and_data_pictures_and_nothing_else(signed, study):
    text = page(signed, Sources(study), "en")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = Read(text).all("meta")[1]["content"]
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest}';" in policy
    assert "img-src data:;" in policy


def test_nothing_on_the_page_asks_for_anything_outside(signed, study):
    seen = Read(page(signed, Sources(study), "en"))
    asked = [a[key] for _, a in seen.elements for key in ("src", "href", "action") if key in a]
    assert asked
    assert all(one.startswith(("#", "data:image/png;base64,")) for one in asked)
    assert not any("style" in attributes for _, attributes in seen.elements)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_has_its_target_once(signed, study, language):
    seen = Read(page(signed, Sources(study), language))
    ids = [a["id"] for _, a in seen.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"].removeprefix("#") for a in seen.all("a")} <= set(ids)


def test_the_page_says_its_language_its_status_its_hash_and_that_a_person_decides(signed):
    text = page(signed, Sources(), "de")
    assert Read(text).all("html")[0]["lang"] == "de"
    words = wording(signed, "de")
    assert all(said in text for said in (words.status, words.research, signed.sha256))


KINDS = ("T2 cisternogram", "time-of-flight angiogram", "T2 cisternogram")


def test_both_planes_of_a_contact_carry_letters_scale_side_and_mark(signed, study):
    seen = Read(page(signed, Sources(study), "en"))
    *pictures, face = seen.all("svg")
    assert len(pictures) == 3
    assert all(kind in one["aria-label"] for kind, one in zip(KINDS, pictures, strict=True))
    assert "oblique coronal" in pictures[2]["aria-label"]
    assert "ventral to the viewer's right" in face["aria-label"]
    assert all("left side" in picture["aria-label"] for picture in pictures)
    assert seen.text.count("10 mm") >= 3
    assert sum(a.get("class") == "letter" for a in seen.all("text")) == 12
    assert sum(a.get("class") == "mark" for a in seen.all("path")) == 3


def test_the_right_of_the_patient_is_on_the_viewers_left(signed, study):
    text = page(signed, Sources(study), "en")
    place = r'<text transform="translate\(([\d.]+) ([\d.]+)\) [^"]*" class="letter">(\w+)</text>'
    letters = re.findall(place, text)
    axial = {(float(x), float(y)): letter for x, y, letter in letters[:4]}
    assert axial[min(axial)] == "R"
    assert axial[max(axial)] == "L"


def test_without_the_study_the_page_says_that_pictures_need_the_scans(signed):
    seen = Read(page(signed, Sources(), "en"))
    assert not seen.all("image")
    assert "Pictures need the scans" in seen.text


def test_the_same_report_gives_the_same_bytes(signed, study):
    assert page(signed, Sources(study), "en") == page(signed, Sources(study), "en")


@pytest.mark.parametrize(("side", "right_of_the_middle"), [("left", True), ("right", False)])
def test_ventral_lies_to_the_viewers_right_on_the_left_side_and_mirrored_on_the_right(
    signed, side, right_of_the_middle
):
    (contact, *_) = signed.sides.left.contacts
    clock = contact.clock_deg.model_copy(update={"value": 90.0})
    ventral = contact.model_copy(update={"clock_deg": clock, "direction": "ventral"})
    face = Read(direction_face(ventral, side, "en"))
    vessel = next(a for a in face.all("circle") if a["class"] == "vessel")
    assert (float(vessel["cx"]) > 18) is right_of_the_middle
    assert float(vessel["cy"]) == pytest.approx(18)


def test_the_face_of_directions_writes_them_out_and_a_touching_vessel_leaves_no_gap(signed):
    (contact, *_) = signed.sides.left.contacts
    gaps = {}
    for touching in ("yes", "indeterminate"):
        shown = contact.model_copy(update={"touching": touching})
        face = Read(direction_face(shown, "left", "en"))
        nerve, vessel = (
            next(a for a in face.all("circle") if a["class"] == name) for name in ("axis", "vessel")
        )
        apart = np.hypot(*(float(nerve[at]) - float(vessel[at]) for at in ("cx", "cy")))
        gaps[touching] = apart - float(nerve["r"]) - float(vessel["r"])
        assert all(word in face.text for word in ("rostral", "ventral", "caudal", "dorsal"))
        assert "not to scale" in face.text
    assert gaps["yes"] == pytest.approx(0, abs=0.02)
    assert gaps["indeterminate"] > 0.5


def test_a_mark_leaves_free_what_it_marks(signed, study):
    seen = Read(page(signed, Sources(study), "en"))
    for cross in (a["d"] for a in seen.all("path") if a.get("class") == "mark"):
        ends = np.array(
            [[float(x) for x in end.split()] for end in re.findall(r"[\d.]+ [\d.]+", cross)]
        )
        assert np.linalg.norm(ends - ends.mean(axis=0), axis=1).min() > 1


def test_what_is_the_same_on_both_sides_is_said_once(signed):
    seen = Read(page(signed, Sources(), "en"))
    said = wording(signed, "en")
    shared = [text.text for line in said.sides[0].answers[-3:] for text in line.said]
    assert shared
    first_screen = seen.text.split("Other causes, and what each answer rests on")[0]
    for text in shared:
        assert first_screen.count(text) == 1, text
    assert "BOTH SIDES" in first_screen


def test_a_narrow_screen_gets_both_sides_in_a_line_each(signed):
    text = page(signed, Sources(), "en")
    brief = Read(re.search(r'<div class="brief">.*?</div>', text).group(0)).text
    assert "RIGHT: No vessel contact seen" in brief
    assert "LEFT: Vessel contact: AICA, attached segment" in brief


def test_an_implant_is_drawn_in_two_planes(study):
    review = mriview.open_review(study, reader="R1")
    for command in (*r.marks(),):
        review.apply(command)
    review.apply(r.a_command("add_implant", kind="teflon_pledget", position=[13.0, -1.0, -1.0]))
    seen = Read(page(mriview.build_report(study, review), Sources(study), "en"))
    labels = [a["aria-label"] for a in seen.all("svg")]
    assert len(labels) == 2
    assert all("through the implant (T2 cisternogram), left side" in text for text in labels)


def test_the_first_screen_shows_no_key_of_a_series_and_no_digest(signed):
    text = page(signed, Sources(), "en").split("<main>")[1].split('id="contacts"')[0]
    shown = Read(text).text
    assert r.CISTERNOGRAM not in shown
    assert signed.sha256 not in shown


def test_the_foot_of_each_printed_page_says_of_which_report_it_is(signed):
    report = hostile(signed)
    style = re.search(r"<style>(.*?)</style>", page(report, Sources(), "en"), re.DOTALL)
    foot = style.group(1).split("@bottom-left")[1]
    assert report.sha256 in foot
    assert "counter(page)" in foot
    assert "script" in foot
    assert not set("<>&") & set(foot)


def test_a_lesion_is_drawn_in_two_planes_with_the_outline_that_was_painted(study, tmp_path):
    grid = study.volumes[r.CISTERNOGRAM].grid
    index = np.moveaxis(np.indices(grid.shape), 0, -1)
    away_mm = np.linalg.norm(grid.lps(index) - [24.0, -3.0, 0.0], axis=-1)
    mass = Mask.from_voxels(grid, away_mm <= 6)
    folder = tmp_path / "case.mriview"
    with mriview.open_review(study, reader="R1", folder=folder) as review:
        digest = review.store(mass, r.CISTERNOGRAM)
        painted = {"structure": "lesion", "series": r.CISTERNOGRAM, "sha256": digest}
        review.apply(r.a_command("set_mask", **painted))
        review.apply(r.a_command("add_lesion", condition="vestibular_schwannoma", mask="m1"))
        report = mriview.build_report(study, review)
    drawn = Read(page(report, sources_of(report, study, folder), "en"))
    assert len(drawn.all("image")) == 2
    rings = [a["points"].split() for a in drawn.all("polyline") if a["class"] == "outline"]
    assert len(rings) == 2
    for ring in rings:
        across = np.array([[float(x) for x in point.split(",")] for point in ring])
        assert np.ptp(across, axis=0) == pytest.approx([12, 12], abs=0.6)
    assert "outline as painted" in drawn.text
    plain = Read(page(report, sources_of(report, study, None), "en"))
    assert not [a for a in plain.all("polyline") if a["class"] == "outline"]
