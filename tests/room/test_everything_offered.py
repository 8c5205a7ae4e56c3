"""Everything that may be said can be said in the dock: each command, and each row that it names.

A command is driven by presses on a real room and must arrive in its review; a row must stand in a
widget. A new command or row without a place in the dock fails here.
"""

import json
from collections.abc import Callable
from functools import cache

import pytest
import readings
from hands import choose, click, open_study_in, press, settle, take_back
from pydantic import TypeAdapter
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton

from mriview import build_report, open_review, vocabulary
from mriview.review import COMMANDS
from mriview.vocabulary import ids
from mriview_napari.opening import room_of
from mriview_napari.panels.controls import Answers
from mriview_napari.panels.fields import Folds
from mriview_napari.panels.nerves import other_nerves

pytestmark = pytest.mark.room
ELSEWHERE = "cccccccc"
ARROW_PX = 28  # of a drop-down, with its margins
DRIVES: dict[str, tuple[list, Callable]] = {}
MARKED = list(readings.marks())
ONE_CONTACT = [*MARKED, readings.a_contact()]
ONE_LESION = [
    *MARKED,
    readings.a_command("add_lesion", condition="vestibular_schwannoma", position=[20, -2, 1]),
]


def drive(name, given=()):
    """Register how a person sends a command, after the commands that were given before."""

    def register(act):
        DRIVES[name] = (list(given), act)
        return act

    return register


def turn_to(room, stage):
    tabs = room.dock.tabs
    for index in range(tabs.count()):
        if stage in tabs.tabText(index):
            tabs.setCurrentIndex(index)
    settle(20)
    return room.dock


def unfolded(folds, title):
    press(folds.buttons[title])
    return folds.parts[title]


@drive("set_reference")
def _(room):
    press(turn_to(room, "Series").series.cards[readings.ANGIOGRAM].reference_button)


@drive("set_role")
def _(room):
    card = turn_to(room, "Series").series.cards[ELSEWHERE]
    card.role_button.menu().actions()[0].trigger()


@drive("confirm_coverage")
def _(room):
    card = turn_to(room, "Series").series.cards[readings.CISTERNOGRAM]
    press(card.boxes["facial_path_l"])
    press(card.confirm_button)


@drive("set_quality")
def _(room):
    card = turn_to(room, "Series").series.cards[ELSEWHERE]
    quality = unfolded(card.folds, "Quality")
    press(quality.grade.buttons["diagnostic"])
    press(quality.keep_button)


@drive("accept_registration")
def _(room):
    card = turn_to(room, "Series").series.cards[ELSEWHERE]
    press(unfolded(card.folds, "Registration").verdict.buttons["accepted"])


@drive("set_midline")
def _(room):
    press(turn_to(room, "Nerves").nerves.midline_button)
    click(room, (0, 0, 0))


@drive("set_nerve_path", MARKED[:1])
def _(room):
    nerves = turn_to(room, "Nerves").nerves
    press(nerves.sides["left"].mark_button)
    for point in readings.nerve_points("left")[:2]:
        click(room, point)
    press(nerves.not_covered_button)


@drive("set_landmark", MARKED)
def _(room):
    box = turn_to(room, "Nerves").nerves.sides["left"]
    unfolded(box.folds, "Landmarks")
    press(box.landmarks["porus"].not_covered)


@drive("set_assessable", MARKED)
def _(room):
    press(turn_to(room, "Nerves").nerves.sides["left"].whole_button)


def _painted_vessel(room):
    vessels = unfolded(turn_to(room, "Nerves").nerves.folds, "Outlined vessels")
    choose(vessels.vessel, "aica")
    press(vessels.paint_button)
    click(room, (12.0, -2.0, 0.0))
    press(vessels.keep_button)


drive("set_mask")(_painted_vessel)
drive("name_vessel")(_painted_vessel)


@drive("add_contact", MARKED)
def _(room):
    contacts = turn_to(room, "Contacts").contacts
    press(contacts.mark_buttons["left"])
    click(room, (11.0, -0.5, -1.0))
    press(contacts.form.add_button)


@drive("edit_contact", ONE_CONTACT)
def _(room):
    contacts = turn_to(room, "Contacts").contacts
    contacts.list.setCurrentRow(0)
    press(contacts.edit_button)
    choose(contacts.form.vessel, "pica")
    press(contacts.form.add_button)


@drive("decide", ONE_CONTACT)
def _(room):
    contacts = turn_to(room, "Contacts").contacts
    contacts.list.setCurrentRow(0)
    press(contacts.reject_button)


@drive("add_nearby_vessel", MARKED)
def _(room):
    contacts = turn_to(room, "Contacts").contacts
    nearby = unfolded(contacts.folds, "Vessels nearby")
    press(nearby.mark_buttons["left"])
    click(room, (11.0, -3.5, -1.0))


@drive("add_implant", MARKED)
def _(room):
    contacts = turn_to(room, "Contacts").contacts
    unfolded(contacts.folds, "Implants")
    press(contacts.implants.mark_button)
    click(room, (11.0, -3.5, -1.0))


@drive("set_assessment", ONE_CONTACT)
def _(room):
    side = turn_to(room, "Contacts").contacts.sides["left"]
    press(side.assessment.buttons["contact"])


@drive("set_offender", ONE_CONTACT)
def _(room):
    choose(turn_to(room, "Contacts").contacts.sides["left"].offender, "c1")


@drive("add_lesion", MARKED)
def _(room):
    mass = turn_to(room, "Other causes").causes.mass
    press(mass.point_button)
    click(room, (20.0, -2.0, 1.0))


@drive("edit_lesion", ONE_LESION)
def _(room):
    lesions = turn_to(room, "Other causes").causes.lesions
    lesions.list.setCurrentRow(0)
    press(lesions.card.touches["contacts_nerve"].buttons["yes"])


@drive("answer_condition")
def _(room):
    row = turn_to(room, "Other causes").causes.rows["aneurysm"]
    press(row.answers.buttons["indeterminate"])


@drive("acknowledge_limits")
def _(room):
    press(turn_to(room, "Other causes").causes.acknowledge_button)


@drive("set_clinical")
def _(room):
    press(turn_to(room, "Report").export.clinical.blinded.buttons["sighted"])


@drive("set_impression")
def _(room):
    press(turn_to(room, "Report").export.impression.keep_button)


@drive("set_anatomy")
def _(room):
    anatomy = unfolded(turn_to(room, "Report").export.folds, "Anatomy for the surgeon")
    press(anatomy.side.buttons["right"])
    QTest.keyClicks(anatomy.value, "large")
    press(anatomy.keep_button)


@drive("add_note")
def _(room):
    notes = unfolded(turn_to(room, "Report").export.folds, "Remarks")
    QTest.keyClicks(notes.text, "seen on two planes")
    press(notes.add_button)


@drive("sign")
def _(room):
    export = turn_to(room, "Report").export
    QTest.keyClicks(export.reason, "stopped for the test")
    press(export.sign_button)


@drive("amend")
def _(room):
    signing = turn_to(room, "Report").export.signing
    unfolded(signing.folds, "Amend a report")
    press(signing.amend_button)


@drive("undo", MARKED)
def _(room):
    press(room.dock.undo_button)


@drive("redo", [*MARKED, readings.a_command("undo")])
def _(room):
    press(room.dock.redo_button)


def opened(viewer):
    """A room with nothing said; what other tests said in it is taken back."""
    room = room_of(viewer)
    if room is None or room.state.sign_off is not None:
        coarse = readings.a_grid(1.0, (80, 80, 40))  # drawn eight times as fast as fine voxels
        cisternogram = readings.a_volume(grid=coarse)
        angiogram = readings.a_volume(readings.ANGIOGRAM, "tof_mra", grid=coarse)
        elsewhere = readings.a_volume(ELSEWHERE, "t1_post", grid=coarse, frame_of_reference="x")
        study = readings.a_study(cisternogram, angiogram, elsewhere)
        room = open_study_in(viewer, study, open_review(study, reader="R1"))
    room.cancel()
    take_back(room)
    for folds in room.dock.findChildren(Folds):
        folds.open("")
    room.dock.causes.more.setChecked(False)
    room.show_plane("axial")
    room.fit()
    room.dock.window().activateWindow()
    settle(40)
    return room


@pytest.fixture(scope="module")
def a_signed_report(tmp_path_factory):
    study = readings.a_study()
    review = open_review(study, reader="R1")
    review.apply_all(readings.a_signed_reading())
    path = tmp_path_factory.mktemp("earlier") / "report.json"
    path.write_text(build_report(study, review).to_json(), "utf-8")
    return path


def test_every_command_is_driven_here():
    assert sorted(DRIVES) == sorted(COMMANDS)


def driven(viewer, report, name):
    """The commands that reach the review when a person drives one, and what the dock says."""
    given, act = DRIVES[name]
    room = opened(viewer)
    room.choose_report = lambda: report  # the dialog is the system's
    room.review.apply_all(given)
    before = len(room.review.history.events)
    act(room)
    settle(20)
    sent = [event.command.name for event in room.review.history.events[before:]]
    return sent, room.dock.status.text()


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "sign"])
def test_each_command_has_a_place_in_the_dock(napari_viewer, a_signed_report, name):
    sent, said = driven(napari_viewer, a_signed_report, name)
    assert name in sent, said


def enums_of(schema):
    """Every list of ids in a JSON schema."""
    if isinstance(schema, dict):
        if "enum" in schema:
            yield frozenset(schema["enum"])
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from enums_of(part)


@cache
def tables_of_commands():
    """Tables whose rows some command names: the name of the type, to its row ids."""
    tables = {}
    for name in vars(ids):
        if name.endswith("Id"):
            tables[name] = frozenset(TypeAdapter(vars(ids)[name]).json_schema()["enum"])
    used = {rows for kind in COMMANDS.values() for rows in enums_of(kind.model_json_schema())}
    return {name: rows for name, rows in tables.items() if rows in used}


def offered_in(dock):
    """The ids that each widget of the dock offers."""
    for choice in dock.findChildren(QComboBox):
        yield frozenset(choice.itemData(index) for index in range(choice.count()))
    for answers in dock.findChildren(Answers):
        yield frozenset(answers.buttons)
    for panel in dock.findChildren(object):
        boxes = getattr(panel, "boxes", None)
        if isinstance(boxes, dict):
            yield frozenset(key for key in boxes if isinstance(key, str))


@pytest.fixture(scope="module")
def dock_with_marks(napari_viewer):
    """The dock with a contact and a lesion in hand, so that every form is filled."""
    room = opened(napari_viewer)
    room.review.apply_all([*ONE_LESION, readings.a_contact()])
    contacts = turn_to(room, "Contacts").contacts
    contacts.list.setCurrentRow(0)
    press(contacts.edit_button)
    comparison = {"report_id": "0" * 32, "changes": [{"about": "c9", "change": "gone"}]}
    known = {"comparison": comparison, "treatments": [{"kind": "mvd_interposition"}]}
    room.send(readings.a_command("set_clinical", blinded=False, **known))
    return room.dock


PIECEMEAL = {  # tables whose rows are offered by several widgets, or as far as they apply
    "StructureId": lambda dock: union_of(dock.series.cards["cccccccc"], "asked", "more"),
    "LandmarkId": lambda dock: landmarks_in(dock.nerves),
    "RoleId": lambda dock: roles_in(dock.series.cards["cccccccc"].role_button.menu()),
    "ChangeId": lambda dock: changes_in(dock.export.clinical.comparison),
    "NerveId": lambda _: {"facial", *other_nerves()},
    "LimitId": lambda _: set(vocabulary.limits()),  # they follow from the scans, and are shown
    "SeverityScaleId": lambda _: scales_of_every_finding(),
}


def union_of(card, *names):
    return {row for name in names for row in getattr(card, name).boxes}


def landmarks_in(nerves):
    """Places that some box offers; where a path begins is its first click."""
    offered = {row.id for row in vocabulary.landmarks().values() if row.placed_by == "path"}
    offered |= set(nerves.sides["left"].landmarks)
    for nerve in other_nerves():
        choose(nerves.other, nerve)
        offered |= set(nerves.others["left"].landmarks)
    return offered


def roles_in(menu):
    words = {action.text() for action in menu.actions()}
    rows = vocabulary.roles()
    return {name for name in rows if rows[name].label.en.lower() in {w.lower() for w in words}}


def changes_in(comparison):
    choices = [line.change for line in comparison.lines.values()]
    return {choice.itemData(n) for choice in choices for n in range(choice.count())}


def scales_of_every_finding():
    from mriview_napari.panels.severity import contact_scales, lesion_scales

    offered = {name for name, _ in contact_scales("facial")}
    for condition in vocabulary.conditions():
        offered |= {name for name, _ in lesion_scales(condition)}
    return offered | {
        name for name, x in vocabulary.severity_scales().items() if x.grades == "clinical"
    }


@pytest.mark.parametrize("table", tables_of_commands())
def test_each_row_that_a_command_names_is_offered(dock_with_marks, table):
    rows = tables_of_commands()[table]
    if table in PIECEMEAL:
        assert rows <= set(PIECEMEAL[table](dock_with_marks))
    else:
        assert any(rows <= offered for offered in offered_in(dock_with_marks)), table


def test_every_button_of_the_dock_says_what_it_does(dock_with_marks):
    for button in dock_with_marks.findChildren(QPushButton):
        assert button.text() or button.accessibleName(), button.parentWidget()
    for box in dock_with_marks.findChildren(QCheckBox):
        assert box.text() or box.accessibleName(), box


def test_no_row_stands_in_the_dock_by_its_id(dock_with_marks):
    for choice in dock_with_marks.findChildren(QComboBox):
        for index in range(choice.count()):
            assert "_" not in choice.itemText(index), json.dumps(choice.itemText(index))


def test_no_words_are_cut_off_at_the_width_of_the_dock(dock_with_marks):
    dock, cut = dock_with_marks, []
    titles = {title for folds in dock.findChildren(Folds) for title in folds.parts}
    for title in ["", *sorted(titles)]:
        for folds in dock.findChildren(Folds):
            folds.open(title)
        for index in range(dock.tabs.count()):
            dock.tabs.setCurrentIndex(index)
            settle(20)
            cut += [f"{type(x).__name__}: {words}" for x, words in cut_off_in(dock)]
    assert cut == []


def cut_off_in(dock):
    """Each visible widget whose words need more room than it has."""
    for kind in (QPushButton, QCheckBox):
        for each in dock.findChildren(kind):
            if each.isVisible() and each.sizeHint().width() > each.width():
                yield each, each.text()
    for each in dock.findChildren(QLabel):
        needed_px = each.fontMetrics().horizontalAdvance(each.text())
        if each.isVisible() and not each.wordWrap() and needed_px > each.width():
            yield each, each.text()
    for each in dock.findChildren(QComboBox):
        needed_px = each.fontMetrics().horizontalAdvance(each.currentText())
        if each.isVisible() and needed_px > each.width() - ARROW_PX:
            yield each, each.currentText()


def test_a_signature_has_a_place_in_the_dock(napari_viewer, a_signed_report):
    """The last of all: nothing more is said in this room, and a new one would take its time."""
    sent, said = driven(napari_viewer, a_signed_report, "sign")
    assert "sign" in sent, said
