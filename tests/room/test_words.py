"""The room's words and the order of clicks, without Qt and without napari."""

from dataclasses import replace

import pytest
import readings

from mriview import open_review
from mriview.review.commands import SetLandmark, SetNervePath
from mriview.values import problem
from mriview_napari import wording
from mriview_napari.marking import NerveClicks

LEFT = [tuple(map(float, point)) for point in readings.nerve_points("left")]


@pytest.fixture
def review():
    return open_review(readings.a_study(), reader="R1")


def clicked(points, side="left"):
    clicks = NerveClicks(side)
    for point in points:
        clicks = clicks.clicked(point)
    return clicks


def test_the_fourth_click_of_a_nerve_is_its_porus():
    assert not clicked(LEFT[:3]).is_complete
    assert clicked(LEFT[:3]).porus_next
    path, porus = clicked(LEFT).commands()
    assert path == SetNervePath(side="left", points=tuple(LEFT))
    assert porus == SetLandmark(side="left", landmark="porus", position=LEFT[-1])


def test_the_porus_can_follow_a_single_point():
    clicks = clicked(LEFT[:2]).porus_is_next().clicked(LEFT[-1])
    assert clicks.is_complete
    assert clicks.commands()[0].points == (*LEFT[:2], LEFT[-1])


def test_a_scan_that_ends_before_the_porus_leaves_it_not_covered():
    clicks = clicked(LEFT[:3])
    assert clicks.can_end
    assert clicks.commands()[1].position == "not_covered"


def test_a_click_that_is_taken_back_is_asked_for_again():
    assert clicked(LEFT[:3]).without_last() == clicked(LEFT[:2])


def test_prompts_spell_the_side_out():
    assert all("LEFT" in clicked(LEFT[:n]).prompt for n in range(4))
    assert "RIGHT" in NerveClicks("right").prompt


def test_a_contact_is_described_with_side_vessel_and_decision(review):
    review.apply_all([*readings.marks("left"), readings.a_contact()])
    line = wording.contact_line(review.state.contacts[0])
    assert "LEFT" in line
    assert "AICA (probable)" in line
    assert "touches" in line
    assert "accepted" in line


def test_a_nerve_line_says_what_is_missing(review):
    review.apply_all(list(readings.marks("left"))[:2])
    line = wording.nerve_line(review.state.nerve("left", "facial"))
    assert "RDP not placed" in line
    assert "porus not placed" in line
    assert wording.nerve_line(review.state.nerve("right", "facial")) == "not marked"


def test_a_closed_answer_says_why_in_words_and_not_in_ids(review):
    by_id = {q.condition: q for q in review.questions()}
    assert "T1 after contrast" in wording.question_note(by_id["meningioma"])
    assert not any("_" in wording.question_note(q) for q in by_id.values())


def test_limits_to_acknowledge_name_the_conditions_they_stand_beside(review):
    lines = wording.limit_lines(review.limits_to_acknowledge(), review.questions())
    assert any("meningioma" in line.lower() for line in lines)
    assert not any("{" in line for line in lines)


def test_every_vessel_has_its_own_words():
    words = wording.vessel_choices()
    assert len(set(words.values())) == len(words)
    assert words["aica"].startswith("AICA - ")


def test_a_problem_reads_as_a_sentence_what_to_do_and_its_code():
    line = wording.problem_line(problem("slice_tilt", "1a2b3c4d", tilt_deg=10.0))
    assert line.startswith("Slices are stacked 10.0 deg off the perpendicular to their planes. ")
    assert line.endswith(". (slice_tilt, series 1a2b3c4d)")


def test_of_many_problems_the_refusals_come_first_and_equal_ones_are_counted():
    copies = problem("duplicate_instance", files=2)
    beside = [problem("not_a_scan", files=1, kind=f"thing {n}") for n in range(20)]
    refused = problem("file_truncated", files=1)
    lines = wording.problem_lines([*beside, copies, copies, refused])
    assert "(file_truncated)" in lines[0]
    assert lines[1].endswith("(duplicate_instance) 2 times.")
    assert len(lines) == wording.MOST_LINES + 1
    assert lines[-1].startswith("And 10 more")


def test_what_a_volume_says_itself_is_not_said_again_beside_it():
    mine, other = problem("synthetic_scan"), problem("pixel_data_missing", files=3)
    study = readings.a_study(readings.a_volume(problems=(mine,)))
    study = replace(study, problems=(mine, other))
    assert wording.left_out(study) == [other]
