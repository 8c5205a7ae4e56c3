"""The other nerves: the same machinery with their own landmarks, beside the assessed one."""

import pytest
import readings as r

import mriview

PATHS = {
    "trigeminal": [[16, -10, 8], [18, -14, 9], [20, -20, 10]],
    "vestibulocochlear": [[10, 2, 0], [16, 1, 0], [22, -1, 1], [30, -4, 2]],
    "glossopharyngeal": [[8, 4, -6], [14, 6, -8], [20, 8, -10]],
}
FIRST_SEGMENT = {
    "trigeminal": "v_rez",
    "vestibulocochlear": "viii_cisternal",
    "glossopharyngeal": "ix_rez",
}


@pytest.fixture
def review():
    review = mriview.open_review(r.a_study(), clock=r.a_clock())
    review.apply_all(list(r.marks()))
    return review


def contact_on(nerve, **said):
    grade = {"severity": [{"grade": "I"}] if nerve == "trigeminal" else []}
    start = PATHS[nerve][0]
    return r.a_contact(nerve=nerve, position=[start[0] + 0.5, *start[1:]], **grade | said)


@pytest.mark.parametrize("nerve", sorted(PATHS))
def test_a_contact_has_the_segment_of_its_own_nerve(review, nerve):
    review.apply(r.a_command("set_nerve_path", side="left", nerve=nerve, points=PATHS[nerve]))
    review.apply(contact_on(nerve))
    report = mriview.build_report(review.study, review)
    assert report.check() == []
    (contact,) = report.sides.left.contacts
    assert (contact.nerve, contact.segment) == (nerve, FIRST_SEGMENT[nerve])
    (begins,) = [
        name for name, place in report.sides.left.nerves[nerve].landmarks.items()
        if place.position == report.sides.left.nerves[nerve].path_mm[0]
    ]  # fmt: skip
    assert begins.endswith("_exit")
    assert not {"rexp", "rdp", "porus"} & set(report.sides.left.nerves[nerve].landmarks)


def test_the_usual_scale_of_the_trigeminal_nerve_is_its_own(review):
    path = {"side": "left", "nerve": "trigeminal", "points": PATHS["trigeminal"]}
    review.apply(r.a_command("set_nerve_path", **path))
    review.apply(contact_on("trigeminal"))
    (contact,) = mriview.build_report(review.study, review).sides.left.contacts
    assert [grade.scale for grade in contact.severity] == ["sindou_2007"]


def test_a_contact_with_another_nerve_is_none_of_the_facial_one(review):
    path = {"side": "left", "nerve": "trigeminal", "points": PATHS["trigeminal"]}
    review.apply_all([*r.coverage(), r.a_command("set_nerve_path", **path)])
    review.apply(contact_on("trigeminal"))
    free = {"side": "left", "assessment": "no_contact", "confidence": "probable"}
    review.apply(r.a_command("set_assessment", **free))
    report = mriview.build_report(review.study, review)
    assert report.impression.by_side.left.statements == ("nvc_none_seen",)
    assert report.check() == []


def test_a_contact_with_another_nerve_is_no_offender(review):
    path = {"side": "left", "nerve": "trigeminal", "points": PATHS["trigeminal"]}
    review.apply(r.a_command("set_nerve_path", **path))
    review.apply(contact_on("trigeminal"))
    with pytest.raises(mriview.MriviewError, match="offender_not_accepted"):
        review.apply(r.a_command("set_offender", side="left", contact="c1"))


def test_the_porus_of_the_eighth_nerve_ends_its_cisternal_segment(review):
    nerve, points = "vestibulocochlear", PATHS["vestibulocochlear"]
    review.apply(r.a_command("set_nerve_path", side="left", nerve=nerve, points=points))
    porus = {"side": "left", "nerve": nerve, "landmark": "viii_porus", "position": points[2]}
    review.apply(r.a_command("set_landmark", **porus))
    review.apply(r.a_contact(nerve=nerve, position=[28.0, -3.3, 1.7], severity=[]))
    (contact,) = mriview.build_report(review.study, review).sides.left.contacts
    assert contact.segment == "viii_iac"
    assert contact.zone == "distal"
