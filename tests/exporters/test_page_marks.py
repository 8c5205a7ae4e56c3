"""Key images show a contact as it was drawn: a cross, a line, or the outline of a region."""

import re

import pytest
import readings as r

import mriview

LINE = [[10.0, -0.5, 0.1], [12.0, -0.6, 0.1], [15.0, -1.2, 0.1]]


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ({}, 0),
        ({"position": None, "positions": LINE}, 1),
        ({"position": None, "positions": LINE, "primitive": "region"}, 1),
    ],
)
def test_a_line_and_a_region_are_drawn_beside_the_cross_of_their_nearest_point(
    tmp_path, said, lines
):
    study = r.a_study()
    review = mriview.open_review(study, clock=r.a_clock())
    for command in (*r.marks(), r.a_contact(**said)):
        review.apply(command)
    report = mriview.build_report(study, review)
    mriview.export(report, tmp_path, to=["html"], study=study)
    page = (tmp_path / "report.html").read_text("utf-8")
    axial = page.split("<figure")[1]
    assert len(re.findall(r'<path[^>]*class="mark"', axial)) == 1
    assert len(re.findall(r'<polyline[^>]*class="mark"', axial)) == lines
