"""The clinical context: what is known of the patient, and that a blind reader knows none of it."""

import pytest
import readings as r

import mriview
from mriview.review import SetClinical
from mriview.review.gates import mandatory_conditions
from mriview.review.known import known_of

KNOWN = {
    "question": "which vessel, before decompression?",
    "symptom_side": "left",
    "syndrome": "hemifacial_spasm",
    "start": "typical",
    "onset_years": 3.5,
    "weakness_house_brackmann": 2,
    "previous_mvd": False,
}


@pytest.fixture
def review():
    return mriview.open_review(r.a_study(), clock=r.a_clock())


def test_what_is_known_of_the_patient_stands_in_the_report(review):
    review.apply(r.a_command("set_clinical", blinded=False, **KNOWN))
    clinical = mriview.build_report(review.study, review).clinical
    assert {key: getattr(clinical, key) for key in KNOWN} == KNOWN


@pytest.mark.parametrize("key", sorted(KNOWN))
def test_a_blind_reading_knows_none_of_it(review, key):
    command = r.a_command("set_clinical", blinded=True, **{key: KNOWN[key]})
    with pytest.raises(mriview.MriviewError, match="blind_with_history"):
        review.apply(command)


@pytest.mark.parametrize("key", sorted(KNOWN))
def test_who_knew_anything_of_it_cannot_read_blind_any_more(review, key):
    review.apply(r.a_command("set_clinical", blinded=False, **{key: KNOWN[key]}))
    review.undo()
    with pytest.raises(mriview.MriviewError, match="blind_after_sight"):
        review.apply(r.a_command("set_clinical", blinded=True))


@pytest.mark.parametrize(
    ("key", "value"), [("weakness_house_brackmann", 7), ("onset_years", -1), ("start", "sudden")]
)
def test_a_value_beyond_its_scale_is_refused(review, key, value):
    with pytest.raises(mriview.MriviewError, match=f"command_malformed: set_clinical: {key}"):
        review.apply(r.a_command("set_clinical", blinded=False, **{key: value}))


BEYOND_THE_CANAL = {"cholesteatoma", "hemangioma", "perineural_spread", "parotid_lesion"}


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ({"previous_mvd": True}, {"teflon_granuloma", "postsurgical_change"}),
        (
            {"treatments": [{"kind": "mvd_interposition"}]},
            {"teflon_granuloma", "postsurgical_change"},
        ),
        ({"symptoms": ["acute_onset"]}, {"brainstem_infarct"}),
        ({"symptoms": ["brainstem_signs"]}, {"brainstem_glioma"}),
        ({"symptoms": ["parotid_mass"]}, BEYOND_THE_CANAL),
        (
            {"weakness_house_brackmann": 3},
            {"facial_schwannoma", "facial_neuritis", *BEYOND_THE_CANAL},
        ),
        ({"weakness_house_brackmann": 1, "syndrome": "hemifacial_spasm"}, set()),
    ],
)
def test_what_is_known_of_the_patient_makes_further_causes_mandatory(said, asked):
    known = known_of(SetClinical.from_args({"blinded": False, **said}))
    always = set(mandatory_conditions(frozenset()))
    assert set(mandatory_conditions(known)) == {*always, *asked}


def test_what_shows_by_enhancement_is_not_called_present_without_contrast(review):
    neuritis = {"condition": "facial_neuritis", "answer": "present", "note": "a tuft at the fundus"}
    with pytest.raises(mriview.MriviewError, match="present_not_supported"):
        review.apply(r.a_command("answer_condition", **neuritis))


def test_a_text_that_tells_of_enhancement_is_not_signed_without_a_series_after_contrast():
    review = mriview.open_review(r.a_study(), clock=r.a_clock())
    *commands, signature = r.a_signed_reading()
    for command in commands:
        review.apply(command)
    review.apply(r.a_command("add_note", text="The mass enhances."))
    with pytest.raises(mriview.MriviewError, match="enhancement_without_contrast"):
        review.apply(signature)
    review.undo()
    review.apply(r.a_command("add_note", text="Enhancement cannot be judged."))
    review.apply(signature)
