"""What the record refuses of marks and assessments: sides, frames, gates of "no contact"."""

import numpy as np
import pytest
import readings as r
from readings import given, refused

import mriview


@pytest.fixture
def review():
    return mriview.open_review(r.a_study(), clock=r.a_clock())


def test_the_first_nerve_waits_for_the_midline(review):
    path = r.a_command("set_nerve_path", side="left", points=r.nerve_points("left"))
    refused(review, path, "midline_missing")


@pytest.mark.parametrize("side", ["right", "left"])
def test_a_nerve_on_the_other_side_is_refused_with_its_depth(review, side):
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    other = {"right": "left", "left": "right"}[side]
    path = r.a_command("set_nerve_path", side=side, points=r.nerve_points(other))
    assert refused(review, path, "wrong_side").evidence["depth_mm"] <= -8


def test_a_midline_that_would_leave_a_nerve_on_the_wrong_side_is_refused(review):
    given(review, r.marks("left"))
    refused(review, r.a_command("set_midline", position=[12, 0, 0]), "wrong_side")


def test_a_contact_needs_the_path_of_its_nerve(review):
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    refused(review, r.a_contact(), "nerve_without_path")


def test_a_contact_far_from_the_nerve_is_refused_by_the_vessels_largest_radius(review):
    given(review, r.marks("left"))
    refused(review, r.a_contact(position=[11, 8, -8]), "far_from_nerve")
    refused(review, r.a_contact(position=[11, 0, -4.3]), "far_from_nerve")
    review.apply(r.a_contact(position=[11, 0, -4.3], vessel="va"))  # a wide vessel reaches farther


def test_a_contact_on_the_other_side_is_refused(review):
    given(review, r.marks())
    refused(review, r.a_contact(position=[-11, -0.5, -0.9]), "wrong_side")


def test_a_mark_outside_the_scan_is_refused(review):
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    outside = r.a_command("set_nerve_path", side="left", points=[[8, 0, 0], [80, 0, 0]])
    refused(review, outside, "outside_grid")


def test_the_first_position_fixes_the_reference(review):
    review.apply(r.a_command("set_reference", series=r.ANGIOGRAM))
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    refused(review, r.a_command("set_reference", series=r.CISTERNOGRAM), "reference_fixed")
    command = r.a_command("set_midline", position=[0, 0, 0], reference=r.CISTERNOGRAM)
    refused(review, command, "reference_fixed")
    assert review.reference == r.ANGIOGRAM


def test_a_role_that_the_reader_sets_moves_the_reference_only_before_the_first_position(review):
    review.apply(r.a_command("set_role", series=r.CISTERNOGRAM, role="unknown"))
    assert review.reference == r.ANGIOGRAM
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    review.apply(r.a_command("set_role", series=r.CISTERNOGRAM, role="t2_cisternogram"))
    assert review.reference == r.ANGIOGRAM


def test_positions_in_another_frame_of_reference_are_refused():
    other = r.a_volume(r.ANGIOGRAM, "tof_mra", frame_of_reference="elsewhere")
    review = mriview.open_review(r.a_study(r.a_volume(), other))
    given(review, r.marks("left"))
    refused(review, r.a_contact(series=[r.ANGIOGRAM]), "other_frame")


def test_a_series_that_is_not_there_is_refused(review):
    refused(review, r.a_command("set_role", series="cccccccc", role="dwi"), "series_unknown")


def no_contact(side="right", confidence="probable"):
    args = {"side": side, "assessment": "no_contact", "confidence": confidence}
    return r.a_command("set_assessment", **args)


def test_no_contact_says_everything_that_is_missing(review):
    words = str(refused(review, no_contact(), "no_contact_not_supported"))
    assert "covers facial_path_r" in words
    assert "not marked" in words
    given(review, [*r.marks(), *r.coverage()])
    review.apply(no_contact())


@pytest.mark.parametrize(
    ("volume", "words"),
    [
        (r.a_volume(role="t1_pre"), "cisternogram"),
        (r.a_volume(spacing_mm=1.1), "1.10 mm in plane"),
        (r.a_volume(acquired_voxel_mm=(0.5, 0.5, 1.4)), "1.40 mm slices"),
    ],
)
def test_no_contact_is_refused_where_the_scans_could_not_show_one(volume, words):
    review = mriview.open_review(r.a_study(volume))
    given(review, r.marks())
    everything = r.a_command("confirm_coverage", series=volume.key, structures=r.STRUCTURES)
    review.apply(everything)
    assert words in str(refused(review, no_contact(), "no_contact_not_supported"))


@pytest.mark.parametrize(
    "change",
    [
        r.a_command("set_assessable", side="right", assessable_mm=[2, 23]),
        r.a_command("set_assessable", side="right", assessable_mm=[0, 15]),
        r.a_command("set_assessable", side="right", assessable_mm=[0, 23], artefact_mm=[[4, 6]]),
        r.a_command("set_landmark", side="right", landmark="porus", position="not_covered"),
    ],
)
def test_no_contact_needs_the_whole_nerve(review, change):
    given(review, [*r.marks(), *r.coverage(), change])
    refused(review, no_contact(), "no_contact_not_supported")


def test_a_proposal_that_nobody_decided_keeps_no_contact_from_being_said(review):
    given(review, [*r.marks(), *r.coverage(), r.a_contact(origin="automatic")])
    refused(review, no_contact("left"), "no_contact_not_supported")
    review.apply(r.a_command("decide", contact="c1", decision="rejected"))
    review.apply(no_contact("left"))
    assert review.state.contact("c1").decision == "rejected"


def test_an_assessment_that_contradicts_the_contacts_is_refused(review):
    given(review, [*r.marks(), *r.coverage(), r.a_contact()])
    refused(review, no_contact("left"), "assessment_contradicts_contacts")
    contact = r.a_command("set_assessment", side="right", assessment="contact")
    refused(review, contact, "assessment_contradicts_contacts")


RANKS = ("possible", "probable", "definite")


@pytest.mark.parametrize(
    ("edge_mm", "cap"), [(0.5, "definite"), (0.7, "probable"), (0.9, "possible")]
)
def test_confidence_ends_where_the_voxels_end(edge_mm, cap):
    review = mriview.open_review(r.a_study(r.a_volume(spacing_mm=edge_mm)))
    given(review, [*r.marks(), r.a_contact()])
    for word in RANKS:
        args = {"side": "left", "assessment": "contact", "confidence": word}
        if RANKS.index(word) <= RANKS.index(cap):
            review.apply(r.a_command("set_assessment", **args))
        else:
            refused(review, r.a_command("set_assessment", **args), "confidence_not_supported")


def test_a_default_detachment_point_forbids_definite(review):
    points = r.nerve_points("left")
    given(review, [r.a_command("set_midline", position=[0, 0, 0])])
    review.apply(r.a_command("set_nerve_path", side="left", points=points))
    review.apply(r.a_contact())
    args = {"side": "left", "assessment": "contact", "confidence": "definite"}
    refused(review, r.a_command("set_assessment", **args), "confidence_not_supported")


def test_the_offender_is_an_accepted_contact_of_its_side(review):
    given(review, [*r.marks(), r.a_contact()])
    other_side = r.a_command("set_offender", side="right", contact="c1")
    refused(review, other_side, "offender_not_accepted")
    refused(review, r.a_command("set_offender", side="left", contact="c9"), "contact_unknown")


def test_a_blind_reading_knows_no_symptom_side(review):
    clinical = r.a_command("set_clinical", blinded=True, symptom_side="left")
    refused(review, clinical, "blind_with_history")


def test_contacts_mediate_in_no_circle(review):
    given(review, [*r.marks(), r.a_contact(), r.a_contact(mediated_by="c1")])
    circle = r.a_command("edit_contact", id="c1", mediated_by="c2")
    refused(review, circle, "mediated_circle")


def test_the_exit_point_is_moved_with_the_path_only(review):
    given(review, r.marks("left"))
    exit_point = r.a_command("set_landmark", side="left", landmark="rexp", position=[8, 0, 0])
    refused(review, exit_point, "landmark_of_path")


def test_a_landmark_of_another_nerve_is_refused(review):
    given(review, r.marks("left"))
    placed = {"side": "left", "landmark": "viii_porus", "position": [29, -6, 2]}
    refused(review, r.a_command("set_landmark", **placed), "landmark_of_another")


def test_a_new_path_keeps_no_landmark_that_lies_beside_it_and_loses_no_contact(review):
    given(review, [*r.marks("left"), r.a_contact()])
    points = [[8, 12, 0], [14, 12, 0], [29, 12, 2]]
    away = r.a_command("set_nerve_path", side="left", points=points)
    refused(review, away, "far_from_nerve")
    review.apply(r.a_command("decide", contact="c1", decision="rejected"))
    review.apply(away)
    assert not review.state.nerve("left", "facial").path.landmarks


def test_a_spline_that_swings_over_the_midline_is_refused_though_its_clicks_do_not(review):
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    points = [[30, 0, 0], [2.1, 0, 0], [2.1, 10, 0], [30, 10, 0]]
    refused(review, r.a_command("set_nerve_path", side="left", points=points), "wrong_side")


def test_the_point_of_a_vessel_lies_on_the_side_and_within_reach(review):
    given(review, r.marks())
    refused(review, r.a_contact(vessel_position=[-11, 0, 0]), "wrong_side")
    refused(review, r.a_contact(vessel_position=[11, 10, 0]), "far_from_nerve")


def test_a_porus_on_the_exit_point_makes_no_nerve_without_contact(review):
    given(review, [*r.marks(), *r.coverage()])
    exit_point = r.nerve_points("right")[0]
    review.apply(r.a_command("set_landmark", side="right", landmark="porus", position=exit_point))
    review.apply(r.a_command("set_assessable", side="right", assessable_mm=[0, 0]))
    refused(review, no_contact(), "no_contact_not_supported")


def test_slices_with_gaps_between_them_are_as_thick_as_their_distance():
    matrix = np.diag([0.5, 0.5, 2.5, 1.0])
    matrix[:3, 3] = [-40, -40, -40]
    gapped = r.a_volume(
        grid=mriview.Grid((160, 160, 33), matrix), acquired_voxel_mm=(0.5, 0.5, 0.5)
    )
    review = mriview.open_review(r.a_study(gapped))
    given(review, r.marks())
    review.apply(r.a_command("confirm_coverage", series=gapped.key, structures=r.STRUCTURES))
    assert "2.50 mm slices" in str(refused(review, no_contact(), "no_contact_not_supported"))


def test_an_offender_belongs_to_a_side_with_contact(review):
    commands = [c for c in r.a_complete_reading() if c["command"] != "sign"]
    given(review, commands)
    given(review, [r.a_command("edit_contact", id="c1", touching="no")])
    given(review, [r.a_command("set_assessment", side="left", assessment="indeterminate")])
    refused(review, r.a_command("sign", role="radiologist"), "offender_not_accepted")


def test_who_knew_the_symptom_side_cannot_read_blind_any_more(review):
    sighted = {"blinded": False, "symptom_side": "left", "syndrome": "hemifacial_spasm"}
    review.apply(r.a_command("set_clinical", **sighted))
    review.undo()
    refused(review, r.a_command("set_clinical", blinded=True), "blind_after_sight")


def test_without_the_midline_exit_points_too_near_to_each_other_tell_no_side(review):
    given(review, r.a_complete_reading())
    review.undo(2)
    assert review.state.midline is None
    points = [[1.5, 0, 0], *r.nerve_points("left")[1:]]
    nearer = r.a_command("set_nerve_path", side="left", points=points)
    refused(review, nearer, "midline_missing")


def test_two_clicks_at_one_place_are_no_nerve(review):
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    points = [[8, 0, 0], [8.00001, 0, 0]]
    refused(review, r.a_command("set_nerve_path", side="left", points=points), "path_too_short")
