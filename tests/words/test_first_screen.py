"""What a surgeon reads first: each sentence with its side, its certainty and its limits."""

import pytest
import readings as r

import mriview
from mriview.report import Report
from mriview.words import wording

STUDY = r.a_study()
MASS = {"condition": "vestibular_schwannoma", "position": [24, -3, 0], "contacts_nerve": True}


def report_after(*commands, study=STUDY):
    review = mriview.open_review(study, clock=r.a_clock())
    for command in commands:
        review.apply(command)
    return mriview.build_report(study, review)


def both(report, language="en"):
    return wording(report, language).sides


def answers(side):
    return {line.id: " | ".join(said.text for said in line.said) for line in side.answers}


def concluded(side):
    return [said.text for said in side.conclusion]


def with_mass(**said):
    answer = {"condition": "vestibular_schwannoma", "answer": "present", **said}
    return report_after(
        *r.marks(),
        *r.coverage(),
        r.a_command("add_lesion", **MASS),
        r.a_command("answer_condition", **answer),
        r.a_command("set_assessment", side="left", assessment="no_contact", confidence="probable"),
    )


def after_operation(**known):
    return report_after(
        *r.marks(),
        *r.coverage(),
        r.a_command("set_clinical", blinded=False, previous_mvd=True, **known),
    )


def test_what_only_an_operation_explains_stands_on_the_operated_side_alone():
    report = report_after(
        *r.marks(),
        r.a_command("set_clinical", blinded=False, previous_mvd=True),
        r.a_command("add_implant", kind="teflon_pledget", position=[13.0, -1.0, -1.0]),
        r.a_command("answer_condition", condition="postsurgical_change", answer="present"),
    )
    right, left = both(report)
    assert "postsurgical" not in answers(right)["other_causes"]
    assert "teflon" not in answers(right)["other_causes"]
    assert "Present: postsurgical change" in answers(left)["other_causes"]
    assert "teflon granuloma" in answers(left)["other_causes"]


def test_the_operated_side_says_first_that_it_was_operated_and_where_the_teflon_lies():
    done = {"kind": "mvd_interposition", "side": "left", "months_ago": 24, "effect": "partial"}
    report = report_after(
        *r.marks(),
        r.a_command("set_clinical", blinded=False, previous_mvd=True, treatments=[done]),
        r.a_command("add_implant", kind="teflon_pledget", position=[13.0, -1.0, -1.0]),
    )
    right, left = both(report)
    assert concluded(left)[0] == (
        "Operated: microvascular decompression by interposition, 24 months ago, effect: partial; "
        "Teflon pledget at the nerve, about 5 mm from its exit."
    )
    assert left.brief.startswith("Operated")
    assert not any("perated" in text for text in (*concluded(right), right.brief))


def test_an_operation_whose_side_nobody_said_is_said_on_both():
    for side in both(after_operation()):
        assert concluded(side)[0] == "Operated before; the side is not stated."


def test_an_implant_far_from_the_nerve_gets_no_place_along_it():
    report = report_after(
        *r.marks(), r.a_command("add_implant", kind="cranioplasty", position=[35, 30, 0])
    )
    assert concluded(both(report)[1])[0] == "Operated: Cranioplasty."


@pytest.mark.parametrize("sure", ["definite", "probable", "possible"])
def test_a_mass_at_the_nerve_is_said_before_the_vessels_with_how_sure_its_name_is(sure):
    _, left = both(with_mass(confidence=sure))
    first, second = concluded(left)
    assert first.startswith("Mass on the left, in contact with the facial nerve: ")
    assert f"{sure} vestibular schwannoma (meningioma and epidermoid cannot be judged)" in first
    assert second.startswith("No vessel touches")


def test_a_mass_without_a_certainty_says_that_it_has_none():
    _, left = both(with_mass())
    assert "certainty not stated, vestibular schwannoma" in concluded(left)[0]


def test_the_other_side_of_a_mass_says_not_seen_with_the_limit_of_every_not_seen():
    right, left = both(with_mass(confidence="probable"))
    tumour = answers(right)["tumour"]
    seen = "Looked for, not seen on this side: vestibular schwannoma (present on the left)"
    assert seen in tumour
    assert "below 3 mm" in tumour
    assert "not seen" not in answers(left)["tumour"]


def test_the_other_side_of_a_mass_is_not_judged_on_scans_that_do_not_cover_it():
    report = report_after(
        *r.marks(),
        r.a_command("add_lesion", **MASS),
        r.a_command("answer_condition", condition="vestibular_schwannoma", answer="present"),
    )
    tumour = answers(both(report)[0])["tumour"]
    assert "Cannot be judged on this side: vestibular schwannoma" in tumour
    assert "not seen" not in tumour


def changed(report, side, **nerve):
    body = report.model_dump(mode="json")
    body["sides"][side]["nerves"]["facial"] |= nerve
    return Report.model_validate(body)


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_contact_reaches_to_the_porus_only_where_the_nerve_was_assessed_to_it(language):
    whole = report_after(*r.a_signed_reading())
    places = whole.model_dump(mode="json")["sides"]["right"]["nerves"]["facial"]["landmarks"]
    del places["porus"]
    for part in (
        changed(whole, "right", assessable_mm=[0, 12.0]),
        changed(whole, "right", landmarks=places, assessable_mm=[0, 12.0]),
    ):
        (said,) = concluded(both(part, language)[0])
        assert said != concluded(both(whole, language)[0])[0]
        assert {"en": "0.0 to 12.0 mm", "de": "0,0 bis 12,0 mm"}[language] in said
        assert {"en": "beyond that it was not", "de": "darüber hinaus nicht"}[language] in said


def test_no_contact_is_said_with_the_readers_confidence_and_how_far_was_assessed():
    right, _ = both(report_after(*r.a_signed_reading()))
    said = answers(right)["assessment"]
    assert said.startswith("No contact seen; reader's confidence: probable; assessed from the exit")
    assert "as far as these scans show" in concluded(right)[0]
    assert "(probable)" not in said


def test_not_seen_says_which_parts_of_the_vessels_were_covered():
    right, _ = both(report_after(*r.a_signed_reading()))
    said = answers(right)["other_causes"]
    assert "aneurysm" in said
    assert "looked at: fourth segment of the vertebral artery" in said
    assert "top of the basilar artery" in said


def test_what_cannot_be_judged_is_named_with_its_reason_among_the_limits():
    why = "the upper slices are cut"
    report = report_after(
        *r.marks(),
        *r.coverage(),
        r.a_command("answer_condition", condition="avm", answer="indeterminate", note=why),
    )
    for side in both(report):
        assert f"Arteriovenous malformation cannot be judged: “{why}”" in answers(side)["limits"]


def unnamed():
    study = r.a_study(r.a_volume())
    commands = [*r.marks(), r.a_contact(vessel="vessel_unspecified", vessel_confidence="possible")]
    commands.append(
        r.a_command("set_assessment", side="left", assessment="contact", confidence="definite")
    )
    return report_after(*commands, study=study)


def test_a_vessel_without_a_name_has_no_certainty_of_its_name():
    right, left = both(unnamed())
    assert answers(left)["vessel"] == "Vessel, artery or vein not decided"
    for side in (right, left):
        assert "course" not in answers(side)["limits"]
        assert "no vessel is named" in answers(side)["limits"]


def test_every_condition_that_cannot_be_judged_is_named_and_none_is_counted():
    _, left = both(unnamed())
    said = answers(left)["other_causes"]
    for name in ("arteriovenous malformation", "aneurysm", "demyelinating lesion"):
        assert name in said
    assert "conditions" not in said


def test_a_reader_is_quoted_in_the_readers_own_language():
    report = report_after(r.a_command("set_impression", text="read twice"))
    notes = next(part for part in wording(report, "de").sections if part.id == "notes")
    assert notes.lines[0].said[0].text == "„read twice“"


def test_who_signed_as_what_and_when_stands_on_top():
    assert wording(report_after(*r.marks()), "en").signed is None
    assert "radiologist, 2026-01-01" in wording(report_after(*r.a_signed_reading()), "en").signed


def test_a_side_in_a_few_words_names_every_vessel_at_the_nerve():
    report = report_after(*r.marks(), r.a_contact(), r.a_contact(vessel="va"))
    assert "AICA and VA, attached segment" in both(report)[1].brief
