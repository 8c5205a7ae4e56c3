"""Every code has its words, in both languages, and none of them claims more than scans show."""

import string
from contextlib import suppress

import pytest
import readings as r
from hypothesis import given
from hypothesis import strategies as st

import mriview
from mriview import vocabulary
from mriview.exporters.text import report_text
from mriview.report import Report
from mriview.report.model_values import Interval, NotGiven
from mriview.review.text import claims
from mriview.values import withheld
from mriview.words import LANGUAGES, wording
from mriview.words.language import number, phrases
from mriview.words.limits import limit_text
from mriview.words.quantities import quantity_text
from mriview.words.sides import first_answers

STUDY = r.a_study()
TABLES = [
    *("nerves", "segments", "vessels", "conditions", "condition_groups", "roles", "limits"),
    *("morphologies", "directions", "statements", "syndromes", "sides", "certainties"),
    *("assessments", "answers", "quantities", "structures", "completeness"),
]
MORE = [
    r.a_contact(side="right", position=[-11.0, -0.5, -0.9], morphology=["indentation"]),
    r.a_contact(position=[15.0, -1.0, -1.0], touching="indeterminate", vessel="va"),
    r.a_command("decide", contact="c1", decision="rejected"),
    r.a_command("set_role", series=r.CISTERNOGRAM, role="t2_brain"),
    r.a_command("set_role", series=r.ANGIOGRAM, role="unknown"),
    r.a_command("set_assessment", side="left", assessment="indeterminate"),
    r.a_command("add_lesion", condition="aneurysm", position=[20, 0, 0]),
    r.a_command("answer_condition", condition="aneurysm", answer="present"),
    r.a_command("set_clinical", blinded=False, syndrome="hemifacial_spasm", symptom_side="right"),
    r.a_command("add_nearby_vessel", side="right", vessel="pica", position=[-11, 0, -4]),
]


def report_after(commands):
    review = mriview.open_review(STUDY, clock=r.a_clock())
    for command in commands:
        with suppress(mriview.MriviewError):
            review.apply(command)
    return mriview.build_report(STUDY, review)


@pytest.fixture(scope="module")
def signed():
    return report_after(r.a_signed_reading())


def sentences(words):
    yield from (words.title, words.status, words.research, *words.warnings)
    for side in words.sides:
        yield from (side.title, side.remark, *(said.text for said in side.conclusion))
    sections = (*words.contacts, *words.lesions, *words.sections)
    answers = [line for side in words.sides for line in side.answers]
    for line in [*answers, *(line for section in sections for line in section.lines)]:
        yield line.label
        yield from (said.text for said in line.said)


@st.composite
def reports(draw):
    whole = [*r.a_complete_reading()]
    begun = whole[: draw(st.integers(0, len(whole)))]
    more = draw(st.lists(st.sampled_from(MORE), max_size=4))
    return report_after([*begun, *more, *draw(st.permutations(MORE))[:2]])


@pytest.mark.parametrize("table", TABLES)
def test_every_row_has_words_in_both_languages_with_the_same_gaps(table):
    for row in getattr(vocabulary, table)().values():
        said = row.text if hasattr(row, "text") else row.label
        gaps = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for text in (said.en, said.de)
        ]
        assert said.en.strip()
        assert said.de.strip()
        assert gaps[0] == gaps[1], row.id


def test_every_reason_for_withholding_is_said_in_both_languages():
    for row in vocabulary.withheld_reasons().values():
        said = withheld(row.id, across=2, least=3).reason
        for language in ("en", "de"):
            spoken = quantity_text(NotGiven(withheld=said), language)
            assert spoken.endswith(getattr(row.text, language).format(across=2, least=3))
    assert quantity_text(NotGiven(withheld="as found"), "de").endswith(": as found")


def test_every_fixed_phrase_has_the_same_gaps_in_both_languages():
    for row in phrases().values():
        gaps = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for text in (row.label.en, row.label.de)
        ]
        assert gaps[0] == gaps[1], row.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_limit_is_said_without_a_gap(signed, language):
    for code in vocabulary.limits():
        text = limit_text(signed, code, language)
        assert not set("{}") & set(text)
        assert text[0].isupper()


@given(report=reports())
def test_whatever_was_read_no_word_claims_more_than_scans_show(report):
    for language in LANGUAGES:
        words = wording(report, language)
        for text in sentences(words):
            assert not claims(text), text
            assert "{" not in text
            assert text.strip()
        none_seen = getattr(vocabulary.assessments()["no_contact"].label, language).lower()
        for side in words.sides:
            said = side.answers[0].said[0].text.lower()
            assert (none_seen in said) == (
                getattr(report.sides, side.id).assessment == "no_contact"
            )


def test_the_first_screen_answers_in_the_order_in_which_a_surgeon_asks(signed):
    left = wording(signed, "en").sides[1]
    ids = [line.id for line in left.answers]
    assert ids == [
        *("assessment", "vessel", "segment", "deformity", "tumour", "other_causes", "limits")
    ]


def test_the_patients_right_side_is_said_first_and_in_its_own_language(signed):
    assert [side.title for side in wording(signed, "de").sides] == ["RECHTS", "LINKS"]
    assert "links" in wording(signed, "de").sides[1].conclusion[0].text


def test_the_sentence_on_a_contact_leads_to_its_series_and_its_place_on_the_nerve(signed):
    contact = signed.sides.left.contacts[0]
    said = wording(signed, "en").sides[1].conclusion[0]
    assert said.position_mm == contact.nearest_on_nerve
    assert said.series
    assert said.about == contact.id


def test_every_heading_of_a_reading_changes_with_the_language(signed):
    english, german = (wording(signed, language) for language in LANGUAGES)
    assert english.title != german.title
    assert [s.id for s in english.sections] == [s.id for s in german.sections]
    assert all(a.title != b.title for a, b in zip(english.sections, german.sections, strict=True))


def test_a_withheld_value_gives_its_reason(signed):
    body = signed.model_dump(mode="json")
    body["sides"]["left"]["contacts"][0]["porus_distance_mm"] = {"withheld": "porus not placed"}
    words = wording(Report.model_validate(body), "en")
    assert "withheld: porus not placed" in list(sentences(words))


def test_an_absence_is_said_with_the_limit_that_stands_beside_it(signed):
    causes = next(s for s in wording(signed, "en").sections if s.id == "exclusions")
    (tumour,) = next(line.said for line in causes.lines if line.id == "vestibular_schwannoma")
    assert tumour.text.startswith("Looked for, not seen")
    assert "below 3 mm" in tumour.text


def test_a_report_that_contradicts_itself_says_so_before_anything_else(signed):
    body = signed.model_dump(mode="json")
    body["sides"]["left"]["assessment"] = "no_contact"
    contradicting = wording(Report.model_validate(body), "en")
    assert wording(signed, "en").warnings == ()
    assert "R14" in contradicting.warnings[0]


def test_symptoms_are_named_on_their_side_and_only_where_they_were_known():
    known = report_after(
        [r.a_command("set_clinical", blinded=False, symptom_side="right")],
    )
    right, left = wording(known, "en").sides
    assert "symptoms" in right.remark
    assert "symptoms" not in left.remark


@given(st.floats(-50, 50), st.floats(0.001, 20))
def test_no_digit_is_shown_that_the_interval_does_not_support(value, half):
    said = {"unit": "mm", "method": "m", "origin": "manual", "level": 0.95}
    quantity = Interval(value=value, low=value - half, high=value + half, **said)
    shown = quantity_text(quantity, "en").split(" ")[0]
    decimals = len(shown.partition(".")[2])
    assert decimals == 0 or 10**-decimals <= max(half, 0.1)


@given(st.floats(-999, 999), st.integers(0, 3))
def test_german_differs_from_english_by_the_comma_alone(value, decimals):
    english = number(value, decimals, "en")
    assert number(value, decimals, "de") == english.replace(".", ",")
    assert english != "-0"


def test_an_empty_draft_is_no_contradiction_and_says_that_nothing_was_assessed():
    words = wording(report_after([]), "en")
    assert words.warnings == ()
    assert [side.conclusion[0].text for side in words.sides] == [
        "The right side was not assessed.",
        "The left side was not assessed.",
    ]


def test_what_an_operation_left_is_among_the_first_answers_of_its_side() -> None:
    review = mriview.open_review(STUDY, reader="R1")
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    review.apply(r.a_command("add_implant", kind="teflon_pledget", position=[15.0, -1.0, -1.0]))
    report = mriview.build_report(STUDY, review)
    for language, name in (("en", "Teflon pledget"), ("de", "Teflonpolster")):
        left = {line.id: line for line in first_answers(report, "left", language)}
        assert [said.text for said in left["implants"].said] == [name]
        right = {line.id for line in first_answers(report, "right", language)}
        assert "implants" not in right


def test_a_second_vessel_and_a_recommendation_are_said() -> None:
    review = mriview.open_review(STUDY, reader="R1")
    said = {"second_vessel": "va", "recommendation": "add_t1_post"}
    review.apply(r.a_command("set_impression", text="", **said))
    report = mriview.build_report(STUDY, review)
    for language, names in (
        ("en", ("ertebral artery", "T1 after")),
        ("de", ("vertebralis", "T1 nach")),
    ):
        text = report_text(report, language)
        assert all(name in text for name in names)
