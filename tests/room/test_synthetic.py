"""The digital patient, dropped on napari and read by mouse, against its truth and against apply."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hands import choose, click, dropped, press, settle
from test_dropping import assert_right_way_round

from mriview import load_report
from mriview.report.compare import differences
from mriview.workflow.samples import sample
from mriview_napari.opening import close_in

pytestmark = pytest.mark.room

TABS = {"series": 0, "nerves": 1, "contacts": 2, "causes": 3, "report": 4}


def turn_to(room, tab):
    room.dock.tabs.setCurrentIndex(TABS[tab])
    settle(20)


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    """The study, and what a right reading must find in it."""
    made = sample("synthetic_aica_left", tmp_path_factory.mktemp("patient"))
    truth = made.script.with_name("truth.json")
    return made.study, json.loads(truth.read_text("utf-8"))


@pytest.fixture(scope="module")
def room(napari_viewer, patient):
    return dropped(napari_viewer, patient[0])


@pytest.fixture(scope="module")
def read(room, patient):
    """Both nerves, the contact and the causes, by mouse events only."""
    truth = patient[1]
    for key in room.study.volumes:
        for box in room.dock.series.cards[key].boxes.values():
            press(box)
        press(room.dock.series.cards[key].confirm_button)
    turn_to(room, "nerves")
    press(room.dock.nerves.midline_button)
    click(room, truth["midline"])
    for side in ("right", "left"):
        nerve = truth["sides"][side]["facial"]
        places = {name: mark["position"] for name, mark in nerve["landmarks"].items()}
        path = np.array(nerve["path_mm"])
        press(room.dock.nerves.sides[side].mark_button)
        for point in (path[0], path[len(path) // 4], path[len(path) // 2], places["porus"]):
            click(room, point)
        click(room, places["rdp"])
        press(room.dock.nerves.sides[side].whole_button)
    turn_to(room, "contacts")
    (contact,) = truth["sides"]["left"]["contacts"]
    form = room.dock.contacts.form
    press(room.dock.contacts.mark_buttons["left"])
    click(room, contact["nearest_on_nerve"])
    press(form.vessel_button)
    click(room, contact["nearest_on_vessel"])
    choose(form.vessel, contact["vessel"])
    press(form.confidence.buttons["probable"])
    press(form.morphology["touch"])
    press(form.add_button)
    for side, finding in (("left", "contact"), ("right", "no_contact")):
        press(room.dock.contacts.sides[side].assessment.buttons[finding])
        press(room.dock.contacts.sides[side].confidence.buttons["probable"])
    choose(room.dock.contacts.sides["left"].offender, "c1")
    turn_to(room, "causes")
    for question in room.questions():
        if question.mandatory and question.answer == "not_assessed":
            answers = room.dock.causes.rows[question.condition].answers
            press(answers.buttons["absent" if question.allows_absent else "indeterminate"])
    press(room.dock.causes.acknowledge_button)
    turn_to(room, "report")
    press(room.dock.export.clinical.blinded.buttons["blind"])
    return room


def test_the_dropped_patient_is_shown_the_right_way_round(room):
    assert_right_way_round(room, room.study.volumes[room.reference].to_nibabel())
    names = [layer.name for layer in room.viewer.layers]
    assert any(name.startswith("T2 cisternogram") for name in names)


def test_the_angiogram_is_laid_over_in_colour(room):
    angiogram = next(x for x in room.viewer.layers if "angiogram" in x.name)
    assert angiogram.visible
    assert angiogram.blending == "additive"


def test_what_was_clicked_is_what_the_formulas_say(read, patient, tmp_path):
    contact = patient[1]["sides"]["left"]["contacts"][0]
    report = exported(read, tmp_path)
    (found,) = report["sides"]["left"]["contacts"]
    assert found["segment"] == contact["segment"]
    assert found["vessel"] == contact["vessel"]
    assert abs(found["arc_mm"]["value"] - contact["arc_mm"]) < 1.0  # clicks snap to pixels
    assert report["sides"]["right"]["contacts"] == []


def test_apply_makes_the_same_reading_of_the_same_commands(read, patient, tmp_path):
    exported(read, tmp_path / "room")
    commands = [event.command.to_json() for event in read.review.history.events]
    head = {"format": "mriview.script", "format_version": "1.0", "reader": read.review.reader}
    script = tmp_path / "reader.json"
    script.write_text(json.dumps({**head, "commands": commands}), "utf-8")
    study, case = str(patient[0]), str(tmp_path / "case.mriview")
    mriview("apply", str(script), "--study", study, "--folder", case)
    mriview("export", case, "--study", study, "--to", "json", "--out", str(tmp_path / "script"))
    reports = [load_report(tmp_path / name / "report.json") for name in ("room", "script")]
    assert differences(*reports) == []


def test_what_was_read_is_there_when_the_folder_is_dropped_again(read, napari_viewer, patient):
    before = read.state
    close_in(napari_viewer)
    again = dropped(napari_viewer, patient[0])
    assert again.state == before
    marks = next(layer for layer in napari_viewer.layers if layer.name == "contacts")
    assert np.allclose(again.space.lps(marks.data * marks.scale), [before.contacts[0].position])


def exported(room, folder):
    turn_to(room, "report")
    room.dock.export.choose_folder = lambda: folder  # the dialog is the system's
    press(room.dock.export.export_button)
    return json.loads((folder / "report.json").read_text("utf-8"))


def mriview(*args):
    """Run the command line in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "mriview", *args], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not Path("report.json").exists()
    return done.stdout
