"""What the record refuses of other causes: an absent that no scan supports, lesions, masks."""

import numpy as np
import pytest
import readings as r
from readings import given, refused

import mriview
from mriview.values import Mask


@pytest.fixture
def review():
    return mriview.open_review(r.a_study(), clock=r.a_clock())


def test_absent_is_refused_where_no_series_could_show_it(review):
    answer = r.a_command("answer_condition", condition="meningioma", answer="absent")
    assert "T1 after contrast" in str(refused(review, answer, "absent_not_supported"))


def test_absent_waits_for_coverage_and_says_of_what(review):
    answer = r.a_command("answer_condition", condition="vestibular_schwannoma", answer="absent")
    assert "internal auditory canal" in str(refused(review, answer, "absent_not_supported"))
    given(review, r.coverage())
    review.apply(answer)
    assert review.state.exclusions["vestibular_schwannoma"].basis == (r.CISTERNOGRAM,)


def test_absent_waits_for_a_role_that_is_sure():
    study = r.a_study(r.a_volume(confidence=0.6))
    review = mriview.open_review(study)
    review.apply(r.a_command("confirm_coverage", series=r.CISTERNOGRAM, structures=r.STRUCTURES))
    answer = r.a_command("answer_condition", condition="vestibular_schwannoma", answer="absent")
    refused(review, answer, "absent_not_supported")
    review.apply(r.a_command("set_role", series=r.CISTERNOGRAM, role="t2_cisternogram"))
    review.apply(answer)


def test_present_needs_a_lesion_or_words_where_the_row_allows_them(review):
    answer = r.a_command("answer_condition", condition="meningioma", answer="present")
    refused(review, answer, "present_without_lesion")
    loop = {"condition": "vertebrobasilar_dolichoectasia", "answer": "present"}
    refused(review, r.a_command("answer_condition", **loop), "present_without_lesion")
    review.apply(r.a_command("answer_condition", **loop, note="basilar 5 mm"))


def test_absent_beside_a_lesion_of_that_kind_is_refused(review):
    given(review, r.coverage())
    kind = "vestibular_schwannoma"
    review.apply(r.a_command("add_lesion", condition=kind, position=[20, 0, 0]))
    answer = r.a_command("answer_condition", condition=kind, answer="absent")
    refused(review, answer, "absent_with_lesion")


def test_a_mask_on_another_grid_is_refused(review):
    grid = r.a_grid(spacing_mm=0.7)
    inside = np.zeros(grid.shape, bool)
    inside[100:110, 80:90, 40:50] = True
    with pytest.raises(mriview.MriviewError, match="mask_other_grid"):
        review.store(Mask.from_voxels(grid, inside), r.CISTERNOGRAM)


def test_a_mask_that_was_never_stored_is_refused(review):
    args = {"structure": "lesion", "series": r.CISTERNOGRAM, "sha256": "0" * 64}
    refused(review, r.a_command("set_mask", **args), "mask_unknown")


def test_measured_values_come_from_a_mask_or_not_at_all(review):
    forged = {"volume_mm3": {"value": 1.0, "unit": "mm3", "method": "x", "origin": "manual"}}
    args = {"condition": "meningioma", "position": [20, 0, 0], "measured": forged}
    refused(review, r.a_command("add_lesion", **args), "measured_without_mask")


def test_a_lesion_lies_where_its_mask_lies(review):
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    grid = r.a_grid()
    inside = np.zeros(grid.shape, bool)
    inside[100:110, 80:90, 40:50] = True
    sha256 = review.store(Mask.from_voxels(grid, inside), r.CISTERNOGRAM)
    args = {"structure": "lesion", "series": r.CISTERNOGRAM, "sha256": sha256}
    review.apply(r.a_command("set_mask", **args))
    away = r.a_command("add_lesion", condition="meningioma", mask="m1", position=[-20, 0, 0])
    refused(review, away, "lesion_outside_mask")
    refused(review, r.a_command("add_lesion", condition="meningioma"), "lesion_without_place")
    review.apply(r.a_command("add_lesion", condition="meningioma", mask="m1"))
    assert mriview.build_report(review.study, review).lesions[0].side == "left"
    refused(review, r.a_command("set_mask", id="m1", **args), "id_taken")
    refused(review, r.a_command("undo", seq=2), "undo_has_dependents")


def test_a_mask_of_a_series_in_another_frame_makes_no_lesion():
    other = r.a_volume(r.ANGIOGRAM, "tof_mra", frame_of_reference="elsewhere")
    review = mriview.open_review(r.a_study(r.a_volume(), other))
    inside = np.zeros(other.grid.shape, bool)
    inside[60:70, 60:70, 40:50] = True
    sha256 = review.store(Mask.from_voxels(other.grid, inside), r.ANGIOGRAM)
    args = {"structure": "lesion", "series": r.ANGIOGRAM, "sha256": sha256}
    review.apply(r.a_command("set_mask", **args))
    refused(review, r.a_command("add_lesion", condition="meningioma", mask="m1"), "other_frame")


def test_the_side_of_an_answer_is_that_of_its_lesions(review):
    review.apply(r.a_command("set_midline", position=[0, 0, 0]))
    review.apply(r.a_command("add_lesion", condition="meningioma", position=[20, 0, 0]))
    answer = {"condition": "meningioma", "answer": "present"}
    refused(
        review, r.a_command("answer_condition", **answer, side="right"), "side_contradicts_lesions"
    )
    review.apply(r.a_command("answer_condition", **answer, side="left"))
    other = r.a_command(
        "answer_condition", condition="lipoma", answer="indeterminate", lesions=["l1"]
    )
    refused(review, other, "lesion_of_another")


def test_an_absent_rests_only_on_series_that_could_have_shown_it(review):
    given(review, r.coverage())
    answer = {"condition": "aneurysm", "answer": "absent", "basis": [r.CISTERNOGRAM]}
    refused(review, r.a_command("answer_condition", **answer), "absent_not_supported")
