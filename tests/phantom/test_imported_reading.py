"""A digital patient whose nerve, contact and vessel were drawn in 3D Slicer: one whole reading."""

import json

import drawn
import numpy as np
import pytest
from click.testing import CliRunner
from scipy.spatial import cKDTree

from mriview import build_report, open_review, open_study
from mriview.cli import cli
from mriview.geometry import AxisOrder
from mriview.phantom import PhantomFiles

ORDER = AxisOrder((2, 0, 1), (False, True, False))  # another program's axes


def drawn_in_slicer(files: PhantomFiles, study, folder):
    """The scripted reading, with three of its marks in files of 3D Slicer instead."""
    script = json.loads(files.reader.read_text("utf-8"))
    truth = json.loads(files.truth.read_text("utf-8"))
    commands = []
    for item in script["commands"]:
        name, args = item["command"], item["args"]
        if name == "set_nerve_path" and args["side"] == "left":
            points = drawn.in_ras(args.pop("points"))
            markup = drawn.a_markup(points, "Curve", coordinateSystem="RAS")
            args["file"] = drawn.write_markups(folder / "VII.mrk.json", markup).name
        commands.append(item)
        if name == "add_contact":
            x, y, z = args.pop("position")
            line = [[x, y, z + mm] for mm in (-0.4, 0.0, 0.4)]
            markup = drawn.a_markup(line, "Line")
            args["file"] = drawn.write_markups(folder / "contact.mrk.json", markup).name
            decided = {"contact": "c1", "decision": "accepted"}
            commands += [*the_vessel(study, truth, folder)]
            commands.append({"command": "decide", "args": decided})
    path = folder / "drawn.json"
    path.write_text(json.dumps({**script, "commands": commands}))
    return path


def the_vessel(study, truth, folder):
    """The artery at the nerve, painted on the cisternogram and stored in another axis order."""
    volume = study.volume("t2_cisternogram")
    artery = truth["arteries"][truth["sides"]["left"]["contacts"][0]["artery"]]
    path_mm, grid = np.array(artery["path_mm"]), volume.grid
    near = np.argwhere(np.ones(grid.shape, bool))
    low, high = grid.index(path_mm).min(axis=0) - 4, grid.index(path_mm).max(axis=0) + 4
    near = near[((near >= low) & (near <= high)).all(axis=1)]
    away_mm, _ = cKDTree(path_mm).query(grid.lps(near))
    inside = near[away_mm <= artery["radius_mm"]]
    labels = np.zeros(grid.shape, "u1")
    labels[tuple(inside.T)] = 3
    turned = np.ascontiguousarray(ORDER.view(labels))
    segments = [("AICA links", 3, 0)]
    file = folder / "vessels.seg.nrrd"
    drawn.write_segmentation(file, grid.reordered(ORDER), turned, segments)
    painted = {"structure": "vessel", "series": volume.key, "file": file.name}
    yield {"command": "set_mask", "args": {**painted, "segment": "AICA links"}}
    traced = [study.volume("tof_mra").key]
    named = {"mask": "m1", "vessel": "aica", "vessel_confidence": "definite"}
    yield {"command": "name_vessel", "args": {**named, "traced_to_parent": traced}}


@pytest.mark.whole
def test_a_reading_that_was_drawn_in_slicer_is_signed_and_replays_without_its_files(
    as_dicom: PhantomFiles, tmp_path
) -> None:
    study, source, case = open_study(as_dicom.study), tmp_path / "source", tmp_path / "case"
    source.mkdir()
    script = drawn_in_slicer(as_dicom, study, source)
    words = ["apply", str(script), "--study", str(as_dicom.study), "--folder", str(case)]
    said = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert said.exit_code == 0, said.output
    for file in source.iterdir():
        file.unlink()
    with open_review(study, folder=case) as review:
        report = build_report(study, review)
    assert list(report.check()) == []
    assert report.status == "final"
    truth = json.loads(as_dicom.truth.read_text("utf-8"))["sides"]["left"]["contacts"][0]
    contact = report.sides.left.contacts[0]
    assert (contact.origin, contact.decision) == ("imported", "accepted")
    assert contact.primitive.kind == "line"
    assert contact.arc_mm.value == pytest.approx(truth["arc_mm"], abs=0.5)
    assert contact.segment == truth["segment"]
    mask = report.masks[0]
    assert (mask.name, mask.side, mask.vessel_confidence) == ("aica", "left", "definite")
    with open_review(study, folder=case) as review:
        kept = review.mask(mask.sha256)
    to_nerve_mm = np.linalg.norm(kept.grid.lps(np.argwhere(kept.inside)) - truth["on_path"], axis=1)
    assert to_nerve_mm.min() < 2.5
