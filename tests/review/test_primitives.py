"""Contacts that are drawn as a line or a region: what is said of them, refused, kept and undone."""

import json

import jsonschema
import numpy as np
import pytest
import readings as r

import mriview
from mriview.review.script import command_schema
from mriview.values import Mask

LINE = [[10.0, -0.5, -1.2], [12.0, -0.6, -1.0], [15.0, -1.2, -0.8]]
REGION = [[10.0, -0.5, -1.0], [13.0, -0.8, -1.0], [13.0, -1.8, -0.4]]


@pytest.fixture
def review():
    review = mriview.open_review(r.a_study(), clock=r.a_clock())
    for command in r.marks():
        review.apply(command)
    return review


def drawn(**said):
    args = {"side": "left", "vessel": "aica", "vessel_confidence": "probable", **said}
    return r.a_command("add_contact", **args)


def contact_of(review):
    return mriview.build_report(review.study, review).sides.left.contacts[0]


def painted(review, voxels=(slice(139, 144), slice(77, 80), slice(77, 80)), structure="vessel"):
    """A patch of voxels below the left nerve, as mask m1."""
    grid = r.a_grid(0.5, (240, 160, 160))
    inside = np.zeros(grid.shape, bool)
    inside[voxels] = True
    digest = review.store(Mask.from_voxels(grid, inside), r.CISTERNOGRAM)
    said = {"structure": structure, "series": r.CISTERNOGRAM, "sha256": digest}
    review.apply(r.a_command("set_mask", **said))


@pytest.fixture
def fine_review():
    study = r.a_study(r.a_volume(grid=r.a_grid(0.5, (240, 160, 160))))
    review = mriview.open_review(study, clock=r.a_clock())
    for command in r.marks():
        review.apply(command)
    return review


def refused(review, command, code):
    before = review.state
    with pytest.raises(mriview.MriviewError) as refusal:
        review.apply(command)
    assert refusal.value.code == code, str(refusal.value)
    assert review.state is before
    return refusal.value


def test_a_line_is_told_with_its_points_and_how_far_it_reaches(review):
    review.apply(drawn(positions=LINE))
    contact = contact_of(review)
    assert contact.primitive.kind == "line"
    assert [list(x) for x in contact.primitive.positions] == LINE
    low_mm, high_mm = contact.primitive.along_mm
    assert low_mm < contact.arc_mm.value < high_mm
    assert high_mm - low_mm == pytest.approx(5.0, abs=0.3)
    assert contact.arc_mm.uncertainty == "not_estimated"  # an extent is no interval


def test_a_contact_over_two_segments_says_so(review):
    review.apply(drawn(positions=[[9.0, -0.5, -1.0], [14.0, -1.2, -1.0], [22.0, -4.0, 0.5]]))
    report = mriview.build_report(review.study, review)
    assert report.sides.left.contacts[0].segment_range == ("as", "cp")
    assert "L_SEGMENT_BORDER" in report.sides.left.limits
    assert not [x for x in report.check() if x.rule in {"R05", "R09", "R11", "R25"}]


def test_a_region_by_corners_is_closed(review):
    review.apply(drawn(positions=REGION, primitive="region"))
    assert contact_of(review).primitive.kind == "region"
    assert contact_of(review).primitive.mask is None


def test_a_painted_region_keeps_its_voxels_in_the_command_and_names_its_mask(fine_review):
    painted(fine_review)
    fine_review.apply(drawn(mask="m1"))
    primitive = contact_of(fine_review).primitive
    assert (primitive.kind, primitive.mask, len(primitive.positions)) == ("region", "m1", 45)
    assert fine_review.history.events[-1].command.positions == primitive.positions


def test_a_region_of_a_whole_vessel_or_of_a_lesion_is_refused(fine_review):
    painted(fine_review, (slice(130, 150), slice(70, 80), slice(70, 80)))
    assert refused(fine_review, drawn(mask="m1"), "region_too_large").evidence["voxels"] == 2000
    painted(fine_review, structure="lesion")
    refused(fine_review, drawn(mask="m2"), "region_of_another")
    refused(fine_review, drawn(mask="m9"), "mask_unknown")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"position": LINE[0], "positions": LINE},
        {"positions": LINE[:1]},
        {"positions": REGION[:2], "primitive": "region"},
        {"positions": LINE, "primitive": "point"},
        {"position": LINE[0], "primitive": "line"},
    ],
)
def test_a_contact_is_drawn_in_one_way_with_enough_points(review, said):
    refused(review, drawn(**said), "contact_undrawn")


@pytest.mark.parametrize(
    ("stray", "code"),
    [
        ([-11.0, 0.0, 0.0], "wrong_side"),
        ([12.0, 9.0, 0.0], "far_from_nerve"),
        ([12.0, 90.0, 0.0], "outside_grid"),
    ],
)
def test_each_position_of_a_mark_obeys_what_a_single_one_obeys(review, stray, code):
    refused(review, drawn(positions=[LINE[0], stray, LINE[2]]), code)
    refused(review, drawn(positions=[*LINE, stray], primitive="region"), code)


def test_an_edit_draws_anew_or_leaves_the_drawing_alone(review):
    review.apply(drawn(positions=LINE))
    review.apply(r.a_command("edit_contact", id="c1", note="seen in two planes"))
    assert contact_of(review).primitive.kind == "line"
    review.apply(r.a_command("edit_contact", id="c1", position=[11.0, -0.5, -0.9]))
    primitive = contact_of(review).primitive
    assert (primitive.kind, primitive.along_mm) == ("point", None)
    review.apply(r.a_command("edit_contact", id="c1", positions=REGION, primitive="region"))
    assert contact_of(review).primitive.kind == "region"
    review.undo()
    review.undo()
    assert contact_of(review).primitive.kind == "line"
    edit = r.a_command("edit_contact", id="c1", primitive="region")
    refused(review, edit, "contact_undrawn")


def test_a_path_marked_anew_leaves_no_line_beside_it(review):
    review.apply(drawn(positions=LINE))
    points = [[8, 8, 8], [14, 8, 8], [20, 7, 9], [29, 4, 10]]
    refused(review, r.a_command("set_nerve_path", side="left", points=points), "far_from_nerve")


def test_a_contact_that_is_a_point_is_written_as_it_always_was(review):
    review.apply(r.a_contact())
    args = review.history.events[-1].command.to_json()["args"]
    assert {"positions", "primitive", "mask"}.isdisjoint(args)
    assert contact_of(review).primitive.kind == "point"


def test_what_was_drawn_is_the_same_when_replayed(tmp_path, fine_review):
    study = fine_review.study
    with mriview.open_review(study, "R1", tmp_path / "case", clock=r.a_clock()) as review:
        for command in r.marks():
            review.apply(command)
        painted(review)
        for said in ({"positions": LINE}, {"mask": "m1"}):
            review.apply(drawn(**said))
        report = mriview.build_report(study, review)
    with mriview.open_review(study, folder=tmp_path / "case") as again:
        assert mriview.build_report(study, again).to_json() == report.to_json()


def test_a_script_with_lines_fits_the_schema():
    commands = [
        *r.marks("left"),
        drawn(positions=LINE),
        drawn(positions=REGION, primitive="region"),
    ]
    jsonschema.validate(json.loads(r.dump_script(commands, "R1")), command_schema())
