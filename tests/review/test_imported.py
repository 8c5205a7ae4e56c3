"""A script that names files of 3D Slicer: what was drawn there is kept here, and nothing half."""

import json

import drawn
import jsonschema
import nibabel as nib
import numpy as np
import pytest
import readings as r
from hypothesis import given
from hypothesis import strategies as st

import mriview
from mriview.review import command_from_json
from mriview.review.script import apply_script, command_schema, read_script, script_of

NERVE = r.nerve_points("left")
CONTACT = [11.0, -0.5, -0.9]
LINE = [[10.0, -0.5, -1.2], [12.0, -0.6, -1.0], [15.0, -1.2, -0.8]]


def applied(folder, commands, case=None, study=None):
    path = folder / "reader.json"
    path.write_text(r.dump_script(commands, "R1"))
    return apply_script(study or r.a_study(), read_script(path), case)


def refused(folder, commands, code):
    """A refused script leaves no folder and names its command."""
    with pytest.raises(mriview.MriviewError) as refusal:
        applied(folder, commands, folder / "case")
    assert refusal.value.code == code, str(refusal.value)
    assert refusal.value.where == f"commands[{len(commands) - 1}]"
    assert not (folder / "case").exists()
    return refusal.value


def midline():
    return r.a_command("set_midline", position=[0, 0, 0])


def the_path(file="nerve.mrk.json", side="left", **said):
    return r.a_command("set_nerve_path", side=side, file=file, **said)


def the_contact(file="contact.mrk.json", **said):
    args = {"side": "left", "vessel": "aica", "vessel_confidence": "probable", **said}
    return r.a_command("add_contact", file=file, **args)


def a_nerve(folder, points=NERVE, **said):
    drawn.write_markups(folder / "nerve.mrk.json", drawn.a_markup(points, "Curve", **said))


def commands_kept(review):
    return [event.command for event in review.history.events]


def test_a_nerve_drawn_in_slicer_is_the_nerve_that_was_clicked_here(tmp_path):
    a_nerve(tmp_path)
    typed = r.a_command("set_nerve_path", side="left", points=NERVE)
    imported = applied(tmp_path, [midline(), the_path()])
    clicked = applied(tmp_path, [midline(), typed])
    assert commands_kept(imported) == commands_kept(clicked)


COORDINATES = st.tuples(*[st.floats(-30, 30, allow_nan=False)] * 3)


@given(st.lists(COORDINATES, min_size=1, max_size=5), st.sampled_from(["Line", "ClosedCurve"]))
def test_a_file_in_ras_and_one_in_lps_give_the_same_outcome(tmp_path_factory, points, kind):
    folder = tmp_path_factory.mktemp("script")

    def outcome(**said):
        drawn.write_markups(folder / "contact.mrk.json", drawn.a_markup(kind=kind, **said))
        try:
            review = applied(folder, [*r.marks("left"), the_contact()])
        except mriview.MriviewError as refusal:
            return str(refusal)
        return commands_kept(review)

    lps = outcome(points=points)
    assert outcome(points=drawn.in_ras(points), coordinateSystem="RAS") == lps


@pytest.mark.parametrize(
    ("kind", "points", "primitive"),
    [("Fiducial", [CONTACT], "point"), ("Line", LINE, "line"), ("ClosedCurve", LINE, "region")],
)
def test_an_imported_contact_is_proposed_until_somebody_decides(tmp_path, kind, points, primitive):
    drawn.write_markups(tmp_path / "contact.mrk.json", drawn.a_markup(points, kind))
    review = applied(tmp_path, [*r.marks("left"), the_contact()])
    contact = mriview.build_report(review.study, review).sides.left.contacts[0]
    assert (contact.origin, contact.decision, contact.decided_by) == ("imported", "proposed", None)
    assert contact.primitive.kind == primitive
    review.apply(r.a_command("decide", contact="c1", decision="accepted"))
    contact = mriview.build_report(review.study, review).sides.left.contacts[0]
    assert (contact.decision, contact.decided_by.reader) == ("accepted", "R1")


def test_landmarks_are_found_by_name_in_one_list_and_told_as_imported(tmp_path):
    points = [drawn.a_control_point(NERVE[1], "rdp"), drawn.a_control_point(NERVE[3], "porus")]
    points = [*points, drawn.a_control_point([0.0, 0.0, 0.0], "midline")]
    drawn.write_markups(tmp_path / "points.mrk.json", drawn.a_markup(points, "Fiducial"))
    middle = r.a_command("set_midline", file="points.mrk.json", point="midline")
    commands = [middle, r.a_command("set_nerve_path", side="left", points=NERVE)]
    for name in ("rdp", "porus"):
        args = {"side": "left", "landmark": name, "file": "points.mrk.json", "point": name}
        commands.append(r.a_command("set_landmark", **args))
    review = applied(tmp_path, commands)
    landmarks = mriview.build_report(review.study, review).sides.left.nerves["facial"].landmarks
    assert [landmarks[name].origin for name in ("rdp", "porus")] == ["imported", "imported"]
    assert list(landmarks["porus"].position) == NERVE[3]
    args = {"side": "left", "landmark": "rdp", "file": "points.mrk.json"}
    refused(tmp_path, [*commands, r.a_command("set_landmark", **args)], "markup_points")


def test_a_nerve_on_the_other_side_is_refused_as_if_it_were_clicked(tmp_path):
    a_nerve(tmp_path)
    refused(tmp_path, [midline(), the_path(side="right")], "wrong_side")
    a_nerve(tmp_path, coordinateSystem="RAS")  # LPS numbers under the wrong name
    refused(tmp_path, [midline(), the_path()], "wrong_side")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (the_path(points=NERVE), "file_and_marks"),
        (the_path(point="F-1"), "file_and_marks"),
        (the_path("../nerve.mrk.json"), "markup_outside"),
        (the_path("nerve\0.mrk.json"), "markup_unreadable"),
        (the_path("absent.mrk.json"), "markup_unreadable"),
        (the_path("closed.mrk.json"), "markup_points"),
        (the_path("one.mrk.json"), "markup_points"),
        (the_contact("one.mrk.json", origin="manual"), "file_and_marks"),
        (the_contact("one.mrk.json", positions=LINE), "contact_undrawn"),
    ],
)
def test_what_a_file_cannot_say_is_refused(tmp_path, command, code):
    a_nerve(tmp_path)
    drawn.write_markups(tmp_path / "closed.mrk.json", drawn.a_markup(NERVE, "ClosedCurve"))
    drawn.write_markups(tmp_path / "one.mrk.json", drawn.a_markup([CONTACT], "Fiducial"))
    before = r.marks("left") if command["command"] == "add_contact" else [midline()]
    refused(tmp_path, [*before, command], code)


@pytest.mark.parametrize(
    "command",
    [
        the_path(),
        the_contact(),
        r.a_command("set_landmark", side="left", landmark="rdp", position=NERVE[1], point="rdp"),
    ],
)
def test_outside_a_script_no_file_is_read(command):
    review = mriview.open_review(r.a_study())
    for before in r.marks("left"):
        review.apply(before)
    with pytest.raises(mriview.MriviewError) as refusal:
        review.apply(command)
    assert refusal.value.code in {"file_outside_script", "path_too_short"}


def test_a_landmark_or_a_midline_without_a_position_is_refused():
    review = mriview.open_review(r.a_study())
    for command in r.marks("left"):
        review.apply(command)
    with pytest.raises(mriview.MriviewError, match="midline_unplaced"):
        review.apply(r.a_command("set_midline"))
    with pytest.raises(mriview.MriviewError, match="landmark_unplaced"):
        review.apply(r.a_command("set_landmark", side="left", landmark="rdp"))


# ---- masks -----------------------------------------------------------------------------------


def labels_on_the_cisternogram():
    labels = np.zeros(r.a_grid().shape, "u1")
    labels[98:106, 70:90, 36:38] = 1
    labels[120:130, 60:70, 30:40] = 2
    return labels


def the_mask(file, **said):
    args = {"structure": "vessel", "series": r.CISTERNOGRAM, "file": file, **said}
    return r.a_command("set_mask", **args)


def test_a_label_of_a_map_and_a_segment_give_the_same_mask(tmp_path):
    grid, labels = r.a_grid(), labels_on_the_cisternogram()
    nib.save(nib.Nifti1Image(labels, grid.ras_from_index), tmp_path / "labels.nii.gz")
    segments = [("AICA", 1, 0), ("VA", 2, 0)]
    drawn.write_segmentation(tmp_path / "vessels.seg.nrrd", grid, labels, segments)
    commands = [
        the_mask("labels.nii.gz", value=2),
        the_mask("vessels.seg.nrrd", segment="VA"),
        the_mask("vessels.seg.nrrd", value=2),
    ]
    review = applied(tmp_path, commands)
    assert len({mask.sha256 for mask in review.state.masks}) == 1
    assert review.mask(review.state.masks[0].sha256).count == 1000
    for command in commands_kept(review):
        kept = command.to_json()["args"]
        assert {"file", "value", "segment"}.isdisjoint(kept)
    refused(tmp_path, [the_mask("labels.nii.gz")], "labels_several")
    refused(tmp_path, [the_mask("vessels.seg.nrrd", segment="PICA")], "segment_unknown")


def test_a_record_of_imports_is_replayed_without_the_files(tmp_path):
    source, case = tmp_path / "source", tmp_path / "case"
    source.mkdir()
    a_nerve(source)
    drawn.write_markups(source / "contact.mrk.json", drawn.a_markup(LINE, "Line"))
    labels = labels_on_the_cisternogram()
    file = source / "vessels.seg.nrrd"
    drawn.write_segmentation(file, r.a_grid(), labels, [("AICA", 1, 0)])
    commands = [
        midline(),
        the_path(),
        the_contact(),
        the_mask("vessels.seg.nrrd", segment="AICA"),
        r.a_command("name_vessel", mask="m1", vessel="aica"),
    ]
    with applied(source, commands, case) as review:
        report = mriview.build_report(review.study, review)
    for file in source.iterdir():
        file.unlink()
    with mriview.open_review(r.a_study(), folder=case) as again:
        assert mriview.build_report(again.study, again).to_json() == report.to_json()
        script = script_of(again.history, "R1")
    path = case / "again.json"
    path.write_text(json.dumps(script))
    replayed = apply_script(r.a_study(), read_script(path))
    twin = mriview.build_report(replayed.study, replayed)
    assert twin.model_copy(update={"created": report.created}) == report


def test_the_example_of_the_docs_is_made_of_commands(checkout):
    page = (checkout / "docs/reading.md").read_text("utf-8")
    example = page.split("## Drawn in 3D Slicer")[1].split("```json\n")[1].split("```")[0]
    commands = [command_from_json(item) for item in json.loads(f"[{example}]")]
    named = [command.name for command in commands if getattr(command, "file", None)]
    assert named == ["set_midline", "set_nerve_path", "set_landmark", "add_contact", "set_mask"]


def test_a_script_that_names_files_fits_the_schema():
    commands = [the_path(), the_contact(point="F-1"), the_mask("a.seg.nrrd", segment="AICA")]
    jsonschema.validate(json.loads(r.dump_script(commands, "R1")), command_schema())
