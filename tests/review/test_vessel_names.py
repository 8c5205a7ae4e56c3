"""A painted vessel is named by a command: what the scans allow, what the report says, and undo."""

import numpy as np
import pytest
import readings as r

import mriview
from mriview.values import Mask


def a_review(*volumes):
    return mriview.open_review(r.a_study(*volumes), clock=r.a_clock())


def painted(review, structure="vessel", **said):
    """A tube below the left nerve, on the grid of the cisternogram."""
    voxels = np.zeros(r.a_grid().shape, bool)
    voxels[98:106, 70:90, 36:38] = True
    digest = review.store(Mask.from_voxels(r.a_grid(), voxels), r.CISTERNOGRAM)
    said = {"structure": structure, "series": r.CISTERNOGRAM, "sha256": digest, **said}
    review.apply(r.a_command("set_mask", **said))
    return review


def named(**said):
    return r.a_command("name_vessel", **{"mask": "m1", "vessel": "aica", **said})


def masks_of(review):
    return mriview.build_report(review.study, review).masks


def refused(review, command, code):
    before = review.state
    with pytest.raises(mriview.MriviewError) as refusal:
        review.apply(command)
    assert refusal.value.code == code, str(refusal.value)
    assert review.state is before


def test_a_named_vessel_is_told_by_its_row_with_what_the_name_rests_on():
    review = painted(a_review(), label="loop below the nerve")
    assert masks_of(review)[0].name == "loop below the nerve"
    assert masks_of(review)[0].vessel_confidence is None
    said = {"vessel_confidence": "definite", "traced_to_parent": [r.ANGIOGRAM], "note": "seen"}
    review.apply(named(**said))
    mask = masks_of(review)[0]
    assert mask.name == "aica"
    assert mask.model_dump(mode="json", include=set(said)) == said


def test_a_second_name_replaces_the_first_and_undo_brings_it_back():
    review = painted(a_review())
    review.apply(named(vessel="vessel_unspecified", note="artery or vein"))
    review.apply(named(vessel="pica", vessel_confidence="probable"))
    assert (masks_of(review)[0].name, masks_of(review)[0].note) == ("pica", "")
    review.undo()
    assert (masks_of(review)[0].name, masks_of(review)[0].note) == (
        "vessel_unspecified",
        "artery or vein",
    )
    review.undo()
    assert masks_of(review)[0].name == ""


def test_only_a_mask_that_is_there_and_is_a_vessel_has_a_vessels_name():
    refused(a_review(), named(), "mask_unknown")
    refused(painted(a_review(), "nerve"), named(), "mask_no_vessel")


def test_a_mask_that_was_named_cannot_be_taken_back_under_its_name():
    review = painted(a_review())
    review.apply(named())
    refused(review, r.a_command("undo", seq=1), "undo_has_dependents")


def test_a_vessel_below_the_resolution_is_named_no_more_than_one_in_a_contact():
    coarse = r.a_volume(spacing_mm=0.7, grid=r.a_grid(0.5), acquired_voxel_mm=(0.7, 0.7, 0.7))
    refused(painted(a_review(coarse)), named(vessel="labyrinthine"), "vessel_below_resolution")
    painted(a_review()).apply(named(vessel="labyrinthine"))


def test_a_name_rests_on_series_that_are_there():
    refused(painted(a_review()), named(traced_to_parent=["cccccccc"]), "series_unknown")


def test_what_was_named_passes_the_rules_and_is_the_same_when_replayed(tmp_path):
    with mriview.open_review(r.a_study(), "R1", tmp_path / "case", clock=r.a_clock()) as review:
        painted(review).apply(named(vessel_confidence="probable"))
        report = mriview.build_report(review.study, review)
    assert [found for found in report.check() if found.path.startswith("$.masks")] == []
    with mriview.open_review(r.a_study(), folder=tmp_path / "case") as again:
        assert mriview.build_report(again.study, again).to_json() == report.to_json()
