"""Commands about what lies around a contact: other frames, vessels nearby, lesions, amendments."""

import numpy as np
import pytest
import readings as r

import mriview
from mriview.values import Mask


@pytest.fixture
def review():
    return mriview.open_review(r.a_study(), clock=r.a_clock())


def refused(review, command, code):
    before = review.state
    with pytest.raises(mriview.MriviewError) as refusal:
        review.apply(command)
    assert refusal.value.code == code, str(refusal.value)
    assert review.state is before
    return refusal.value


def report_of(review):
    return mriview.build_report(review.study, review)


def errors_of(review):
    return [str(f) for f in report_of(review).check() if f.severity == "error"]


@pytest.fixture
def moved():
    """A study whose angiogram has a frame of its own."""
    other = r.a_volume(r.ANGIOGRAM, "tof_mra", frame_of_reference="elsewhere")
    review = mriview.open_review(r.a_study(r.a_volume(), other), clock=r.a_clock())
    review.apply_all(list(r.marks("left")))
    return review


def register(**said):
    return r.a_command("accept_registration", moving=r.ANGIOGRAM, **said)


def test_a_series_of_another_frame_may_be_named_once_its_registration_is_accepted(moved):
    contact = r.a_contact(series=[r.ANGIOGRAM])
    refused(moved, contact, "other_frame")
    moved.apply(register(residual_mm=0.4))
    moved.apply(contact)
    (said,) = report_of(moved).registrations
    assert (said.verdict, said.origin, said.residual_mm.value) == ("accepted", "visual", 0.4)
    assert said.fixed == r.CISTERNOGRAM
    assert errors_of(moved) == []


def test_a_refused_registration_lets_nothing_be_named_and_takes_nothing_back(moved):
    moved.apply(register(verdict="refused"))
    refused(moved, r.a_contact(series=[r.ANGIOGRAM]), "other_frame")
    moved.apply(register())
    moved.apply(r.a_contact(series=[r.ANGIOGRAM]))
    refused(moved, register(verdict="refused"), "other_frame")
    assert len(report_of(moved).registrations) == 1


def scaled(factor):
    return [*(factor * np.eye(4)[:3]).tolist(), [0.0, 0.0, 0.0, 1.0]]


@pytest.mark.parametrize("matrix", [scaled(1.02), scaled(-1.0), np.ones((4, 4)).tolist()])
def test_a_registration_moves_a_rigid_head(moved, matrix):
    refused(moved, register(lps_fixed_from_moving=matrix), "registration_not_rigid")


def test_a_common_frame_is_not_claimed_where_there_is_none(moved):
    refused(moved, register(origin="frame_of_reference"), "registration_without_frame")
    refused(moved, register(fixed=r.ANGIOGRAM), "registration_of_itself")


def test_a_vessel_nearby_is_listed_with_its_place_along_the_nerve(review):
    review.apply_all(list(r.marks("left")))
    review.apply(r.a_command("add_nearby_vessel", side="left", vessel="pica", position=[11, 0, -4]))
    (vessel,) = report_of(review).sides.left.vessels_nearby
    assert (vessel.vessel, vessel.vessel_confidence) == ("pica", "possible")
    assert 2 < vessel.arc_mm.value < 4
    assert vessel.gap_mm.withheld
    assert errors_of(review) == []


def test_a_vessel_nearby_is_on_its_side_and_within_reach(review):
    near = {"side": "left", "vessel": "pica"}
    refused(
        review, r.a_command("add_nearby_vessel", **near, position=[11, 0, -4]), "nerve_without_path"
    )
    review.apply_all(list(r.marks("left")))
    far = r.a_command("add_nearby_vessel", **near, position=[11, 0, -9])
    assert refused(review, far, "far_from_nerve").evidence["distance_mm"] > 6
    refused(review, r.a_command("add_nearby_vessel", **near, position=[1, 0, 0]), "wrong_side")


AXES = {
    "ap_mm": [[20, -5, 0], [20, 5, 0]],
    "tr_mm": [[16, 0, 0], [24, 0, 0]],
    "cc_mm": [[20, 0, -6], [20, 1, 6]],
}


def a_lesion(**said):
    args = {"condition": "meningioma", "position": [20, 0, 0], "series": [r.CISTERNOGRAM], **said}
    return r.a_command("add_lesion", **args)


def test_a_lesion_is_measured_in_three_axes_by_calipers(review):
    review.apply(a_lesion(calipers=AXES))
    (lesion,) = report_of(review).lesions
    assert (lesion.ap_mm.value, lesion.tr_mm.value, lesion.cc_mm.value) == (10, 8, 12)
    assert lesion.ap_mm.method == "point_to_point"
    assert lesion.volume_mm3.withheld


def test_an_edited_lesion_keeps_what_was_not_said_again(review):
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    review.apply(a_lesion(calipers=AXES, note="smooth"))
    review.apply(r.a_command("edit_lesion", id="l1", contacts_nerve=True, position=[-20, 0, 0]))
    (lesion,) = report_of(review).lesions
    assert (lesion.note, lesion.contacts_nerve, lesion.side) == ("smooth", True, "right")
    assert lesion.ap_mm.value == 10
    review.undo()
    assert report_of(review).lesions[0].side == "left"


def test_an_unknown_lesion_cannot_be_edited(review):
    with pytest.raises(mriview.MriviewError, match="lesion_unknown"):
        review.apply(r.a_command("edit_lesion", id="l7", note="?"))


def test_a_lesion_that_an_answer_names_keeps_its_kind(review):
    review.apply(a_lesion())
    review.apply(r.a_command("answer_condition", condition="meningioma", answer="present"))
    refused(review, r.a_command("edit_lesion", id="l1", condition="lipoma"), "lesion_of_another")


CONTRADICTIONS = {
    "wider than long": {
        "longest_mm": [[20, 0, 0], [25, 0, 0]],
        "perpendicular_mm": [[20, 0, 0], [20, 9, 0]],
    },
    "a part larger than the whole": {**AXES, "extrameatal_max_mm": [[10, 0, 0], [30, 0, 0]]},
    "hardly a point": {"longest_mm": [[20, 0, 0], [20.2, 0, 0]]},
}


@pytest.mark.parametrize("name", sorted(CONTRADICTIONS))
def test_sizes_that_contradict_each_other_are_refused(review, name):
    refused(review, a_lesion(calipers=CONTRADICTIONS[name]), "sizes_contradict")


def test_a_lesion_larger_than_its_axes_allow_is_refused(review):
    grid = r.a_grid()
    index = np.moveaxis(np.indices(grid.shape), 0, -1)
    inside = np.linalg.norm(grid.lps(index) - [24.0, -3.0, 0.0], axis=-1) <= 6
    sha256 = review.store(Mask.from_voxels(grid, inside), r.CISTERNOGRAM)
    painted = {"structure": "lesion", "series": r.CISTERNOGRAM, "sha256": sha256}
    review.apply(r.a_command("set_mask", **painted))
    small = {"ap_mm": [[24, -5, 0], [24, 0, 0]], "tr_mm": [[22, 0, 0], [26, 0, 0]]}
    lesion = r.a_command("add_lesion", condition="meningioma", mask="m1", calipers=small)
    assert "volume_mm3" in str(refused(review, lesion, "sizes_contradict"))


def test_a_caliper_that_leaves_the_scan_is_refused(review):
    refused(review, a_lesion(calipers={"ap_mm": [[20, 0, 0], [20, 90, 0]]}), "outside_grid")


def test_an_amended_report_names_what_it_amends_once_it_is_signed(review):
    review.apply(r.a_command("amend", amends="ab" * 32))
    review.apply_all(list(r.a_complete_reading()))
    assert report_of(review).amends is None
    review.apply(r.a_command("sign", role="radiologist"))
    report = report_of(review)
    assert (report.status, report.amends) == ("amended", "ab" * 32)
    assert errors_of(review) == []
    refused(review, r.a_command("amend", amends="cd" * 32), "review_signed")


def test_nothing_that_identifies_a_patient_enters_a_review(review):
    for text in ("Doe^Jane", "study 1.2.840.113619.2.55.3.2831"):
        refused(review, r.a_command("add_note", text=text), "identity_in_text")
    review.apply(r.a_command("add_note", text="gap 1.2.3 mm in 0.5 x 0.5"))


def test_a_perforator_is_not_named_from_voxels_that_cannot_show_it():
    study = r.a_study(r.a_volume(spacing_mm=0.6))
    review = mriview.open_review(study)
    review.apply_all(list(r.marks("left")))
    refused(review, r.a_contact(vessel="perforator"), "vessel_below_resolution")


def test_a_text_that_tells_of_a_contact_on_the_empty_side_cannot_be_signed(review):
    review.apply_all(list(r.a_complete_reading()))
    review.apply(r.a_command("set_impression", text="AICA touches the nerve on the right."))
    sign = r.a_command("sign", role="radiologist")
    refused(review, sign, "text_contradicts_side")
    review.apply(r.a_command("set_impression", text="Kontakt links, rechts kein Kontakt."))
    review.apply(sign)


def test_landmarks_out_of_order_cannot_be_signed(review):
    review.apply_all(list(r.a_complete_reading()))
    points = r.nerve_points("right")
    review.apply(r.a_command("set_landmark", side="right", landmark="rdp", position=points[-1]))
    refused(review, r.a_command("sign", role="radiologist"), "course_not_believed")
    assert any(e.startswith("R08") for e in errors_of(review))
