"""When two reports are of the same reading."""

import readings as r

import mriview
from mriview.report import differences


def a_report(commands, clock=None):
    study = r.a_study()
    review = mriview.open_review(study, clock=clock or r.a_clock())
    for command in commands:
        review.apply(command)
    return mriview.build_report(study, review)


def test_the_same_commands_at_other_times_are_the_same_reading():
    late = a_report(r.a_signed_reading(), clock=lambda: "2030-01-01T00:00:00.000+00:00")
    assert differences(a_report(r.a_signed_reading()), late) == []


def test_one_other_word_is_another_reading_and_is_found():
    commands = [*r.marks("left"), r.a_contact()]
    other = [*commands, r.a_command("edit_contact", id="c1", vessel="pica")]
    places = differences(a_report(commands), a_report(other))
    assert places == ["$.sides.left.contacts[0].vessel"]
    assert differences(a_report(commands), a_report(commands[:-1])) == ["$.sides.left.contacts"]
