"""Contacts by mouse: what may be said of one, vessels nearby, implants; each ends in the state."""

import numpy as np
import pytest
import readings
from hands import assert_nothing_is_cut, choose, click, open_study_in, press, settle
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from mriview import Mask, open_review, vocabulary
from mriview_napari.panels.lists import HIGHEST_PX

pytestmark = pytest.mark.room

CONTACTS = 2  # tab of the dock
AT_NERVE, BELOW_IT, OUTWARDS = (11.0, -0.5, -1.0), (11.0, -0.5, -2.0), (14.0, -1.0, -1.0)
USUAL_SCALE = "contact_deformity_2021"


@pytest.fixture(scope="module")
def opened(napari_viewer):
    study = readings.a_study()
    review = open_review(study, reader="R1")
    review.apply_all(list(readings.marks()))
    room = open_study_in(napari_viewer, study, review)
    room.show_plane("axial")
    return room


@pytest.fixture
def room(opened):
    """A room with both nerves marked; what a test said is taken back after it."""
    opened.dock.tabs.setCurrentIndex(CONTACTS)
    settle(30)
    yield opened
    opened.cancel()
    opened.dock.contacts.form.cancel()
    opened.dock.contacts.folds.open("")
    while said_besides_marks(opened.state):
        opened.review.undo()


def said_besides_marks(state):
    marked = state.contacts or state.vessels_nearby or state.implants or state.masks
    return marked or state.clinical or state.roles


@pytest.fixture
def read(room):
    """A room with one contact on the left, which is selected."""
    room.review.apply(readings.a_contact())
    settle(20)
    room.dock.contacts.list.setCurrentRow(0)
    return room


def new_contact(room, where=AT_NERVE):
    press(room.dock.contacts.mark_buttons["left"])
    click(room, where)
    return room.dock.contacts.form


def ids(choice):
    return {choice.itemData(number) for number in range(choice.count())}


def last_args(room):
    return room.review.history.events[-1].command.to_json()["args"]


def test_nothing_is_graded_until_a_level_is_pressed_and_a_second_press_withdraws_it(room):
    form = new_contact(room)
    scale = form.severity.rows[USUAL_SCALE]
    assert [each.text() for each in scale.buttons.values()] == ["None", "Contact", "Deformity"]
    assert not any(each.isChecked() for each in scale.buttons.values())
    press(scale.buttons["2"])
    assert "indents or deviates" in scale.meaning.text()
    press(scale.buttons["2"])
    assert not scale.meaning.isVisible()
    press(form.add_button)
    assert room.state.contacts[0].severity == ()


def test_a_grade_of_the_usual_scale_is_one_press(room):
    form = new_contact(room)
    press(form.morphology["indentation"])
    press(form.severity.rows[USUAL_SCALE].buttons["2"])
    press(form.add_button)
    (grade,) = room.state.contacts[0].severity
    assert (grade.scale, grade.version, grade.grade) == (USUAL_SCALE, "2021", "2")
    assert not grade.off_label


def test_a_scale_of_another_nerve_says_that_it_is_off_label(room):
    form = new_contact(room)
    press(form.folds.buttons["More scales"])
    sindou = form.severity.rows["sindou_2007"]
    assert "off label, made for the trigeminal nerve" in sindou.title.text()
    press(sindou.buttons["II"])
    assert "(1)" in form.folds.buttons["More scales"].text()
    press(form.add_button)
    (grade,) = room.state.contacts[0].severity
    assert (grade.scale, grade.grade, grade.off_label) == ("sindou_2007", "II", True)


def test_a_scale_without_definitions_asks_for_the_note_and_the_form_stays(room):
    form = new_contact(room)
    press(form.folds.buttons["More scales"])
    deep = form.severity.rows["deep_2016"]
    press(deep.buttons["mild"])
    assert "note" in deep.meaning.text()
    press(form.add_button)
    assert room.dock.status.property("refused")
    assert room.state.contacts == ()
    QTest.keyClicks(form.words, "mild means touch in one slice")
    press(form.add_button)
    assert room.state.contacts[0].severity[0].grade == "mild"
    assert room.state.contacts[0].note == "mild means touch in one slice"


def test_everything_that_may_be_said_of_a_contact_can_be_pressed(room):
    press(new_contact(room, OUTWARDS).add_button)
    form = new_contact(room)
    choose(form.vessel, "aica")
    press(form.confidence.buttons["probable"])
    press(form.touching.buttons["indeterminate"])
    choose(form.csf_plane, "not_seen")
    press(form.morphology["pass_between"])
    press(form.vessel_button)
    click(room, BELOW_IT)
    QTest.keyClicks(form.words, "loop below the nerve")
    press(form.folds.buttons["More"])
    choose(form.mediated_by, "c1")
    press(form.series.boxes["series", readings.CISTERNOGRAM])
    press(form.series.boxes["traced_to_parent", readings.ANGIOGRAM])
    assert "(3)" in form.folds.buttons["More"].text()
    press(form.add_button)
    contact = room.state.contact("c2")
    assert (contact.vessel, contact.vessel_confidence) == ("aica", "probable")
    assert (contact.touching, contact.csf_plane) == ("indeterminate", "not_seen")
    assert contact.morphology == ("pass_between",)
    assert contact.vessel_position == pytest.approx(BELOW_IT, abs=0.3)
    assert contact.mediated_by == "c1"
    assert contact.series == (readings.CISTERNOGRAM,)
    assert contact.traced_to_parent == (readings.ANGIOGRAM,)
    assert contact.note == "loop below the nerve"
    assert not form.isVisible()
    assert room.dock.contacts.list.chosen == "c2"


def test_where_two_nerves_are_marked_the_nerve_is_asked_for_and_brings_its_own_scale(room):
    points = [[16, -10, 8], [18, -14, 9], [20, -20, 10]]
    assert not new_contact(room).nerve.isVisible()
    said = readings.a_command("set_nerve_path", side="left", nerve="trigeminal", points=points)
    assert room.send(said)
    form = new_contact(room, (16.5, -10.0, 8.0))
    assert form.nerve.row == "facial"
    assert next(iter(form.severity.rows)) == USUAL_SCALE
    choose(form.nerve, "trigeminal")
    assert next(iter(form.severity.rows)) == "sindou_2007"
    press(form.severity.rows["sindou_2007"].buttons["I"])
    press(form.add_button)
    contact = room.state.contacts[0]
    assert (contact.nerve, contact.severity[0].off_label) == ("trigeminal", False)
    line = room.dock.contacts.list.item(0).text()
    assert "touches the trigeminal nerve" in line
    press(room.dock.undo_button)
    press(room.dock.undo_button)


def test_an_edit_says_only_what_was_changed(read):
    form = read.dock.contacts.form
    press(read.dock.contacts.edit_button)
    choose(form.vessel, "pica")
    press(form.severity.rows[USUAL_SCALE].buttons["2"])
    press(form.add_button)
    assert set(last_args(read)) - {"reference"} == {"id", "vessel", "severity"}
    contact = read.state.contacts[0]
    assert (contact.vessel, contact.morphology) == ("pica", ("touch",))
    assert contact.severity[0].grade == "2"


def test_a_vessel_that_is_renamed_is_renamed_wherever_its_contact_is_offered(read):
    offender = read.dock.contacts.sides["left"].offender
    assert offender.itemText(offender.findData("c1")) == "c1 AICA"
    press(read.dock.contacts.edit_button)
    choose(read.dock.contacts.form.vessel, "pica")
    press(read.dock.contacts.form.add_button)
    assert offender.itemText(offender.findData("c1")) == "c1 PICA"


def test_only_a_contact_that_touches_can_be_the_offender(read):
    offender = read.dock.contacts.sides["left"].offender
    press(read.dock.contacts.edit_button)
    press(read.dock.contacts.form.touching.buttons["indeterminate"])
    press(read.dock.contacts.form.add_button)
    assert ids(offender) == {""}


def test_an_edit_that_changes_nothing_sends_nothing(read):
    before = read.state
    press(read.dock.contacts.edit_button)
    press(read.dock.contacts.form.add_button)
    assert read.state is before
    assert not read.dock.contacts.form.isVisible()


def test_the_place_of_a_contact_can_be_clicked_again_and_its_vessel_point_forgotten(read):
    form = read.dock.contacts.form
    press(read.dock.contacts.edit_button)
    press(form.vessel_button)
    click(read, BELOW_IT)
    press(form.folds.buttons["More"])
    press(form.place.again_button)
    click(read, OUTWARDS)
    press(form.add_button)
    contact = read.state.contacts[0]
    assert contact.position == pytest.approx(OUTWARDS, abs=0.3)
    assert contact.vessel_position == pytest.approx(BELOW_IT, abs=0.3)
    press(read.dock.contacts.edit_button)
    press(form.no_vessel_button)
    press(form.add_button)
    assert read.state.contacts[0].vessel_position is None


def test_a_contact_along_the_nerve_is_drawn_as_a_line(room):
    form = new_contact(room)
    press(form.folds.buttons["More"])
    press(form.place.kind.buttons["line"])
    assert "at least 2" in form.place.said_line.text()
    click(room, OUTWARDS)
    press(form.place.done_button)
    assert not room.dock.prompt.isVisible()
    press(form.add_button)
    contact = room.state.contacts[0]
    assert contact.primitive == "line"
    assert np.allclose(contact.positions, [AT_NERVE, OUTWARDS], atol=0.3)
    assert "drawn as a line" in room.dock.contacts.list.item(0).text()
    drawn = next(layer for layer in room.viewer.layers if layer.name == "contacts")
    assert list(drawn.features["words"]) == ["c1 vessel, artery or vein not decided", "", ""]


def test_a_line_of_one_point_is_refused_and_can_be_a_point_again(room):
    form = new_contact(room)
    press(form.folds.buttons["More"])
    press(form.place.kind.buttons["line"])
    press(form.place.done_button)
    press(form.add_button)
    assert "Mark 2 points at least" in room.dock.status.text()
    press(form.place.kind.buttons["point"])
    press(form.add_button)
    assert room.state.contacts[0].primitive == "point"


def test_a_point_is_edited_into_a_region_and_its_words_stay(read):
    form = read.dock.contacts.form
    press(read.dock.contacts.edit_button)
    press(form.folds.buttons["More"])
    press(form.place.kind.buttons["region"])
    for corner in (OUTWARDS, (14.0, -1.5, -1.0)):
        click(read, corner)
    press(form.place.done_button)
    press(form.add_button)
    contact = read.state.contacts[0]
    assert (contact.primitive, len(contact.positions)) == ("region", 3)
    assert (contact.vessel, contact.morphology) == ("aica", ("touch",))
    assert set(last_args(read)) - {"reference"} == {"id", "positions", "primitive"}


def test_a_painted_region_can_be_the_place_of_a_contact(room):
    grid = room.study.volumes[readings.CISTERNOGRAM].grid
    inside = np.zeros(grid.shape, bool)
    i, j, k = np.rint(grid.index(AT_NERVE)).astype(int)
    inside[i : i + 4, j, k : k + 2] = True
    digest = room.review.store(Mask.from_voxels(grid, inside), readings.CISTERNOGRAM)
    said = {"structure": "vessel", "label": "loop", "series": readings.CISTERNOGRAM}
    room.send(readings.a_command("set_mask", id="m1", sha256=digest, **said))
    form = new_contact(room)
    press(form.folds.buttons["More"])
    assert not form.place.outline.isVisible()
    press(form.place.kind.buttons["region"])
    choose(form.place.outline, "m1")
    assert not room.dock.prompt.isVisible()
    press(form.add_button)
    contact = room.state.contacts[0]
    assert (contact.primitive, contact.mask, len(contact.positions)) == ("region", "m1", 8)


def test_stopping_a_click_inside_the_form_keeps_what_was_said(room):
    form = new_contact(room)
    choose(form.vessel, "va")
    press(form.vessel_button)
    press(room.dock.cancel_button)
    assert form.isVisible()
    assert form.vessel.row == "va"


def test_a_refused_contact_leaves_the_form_as_it_was_filled(room):
    form = new_contact(room, (30.0, 30.0, -1.0))
    press(form.severity.rows[USUAL_SCALE].buttons["1"])
    press(form.add_button)
    assert "mm from the nerve's path" in room.dock.status.text()
    assert room.state.contacts == ()
    assert form.isVisible()
    assert form.severity.rows[USUAL_SCALE].grade == "1"


def test_an_edit_of_a_contact_that_is_undone_closes_the_form(read):
    press(read.dock.contacts.edit_button)
    press(read.dock.undo_button)
    assert read.state.contacts == ()
    assert not read.dock.contacts.form.isVisible()


def test_a_contact_is_rejected_and_accepted_again(read):
    contacts = read.dock.contacts
    press(contacts.reject_button)
    assert read.state.contacts[0].decision == "rejected"
    press(contacts.accept_button)
    assert read.state.contacts[0].decision == "accepted"


def test_a_long_list_of_contacts_is_scrolled_and_a_short_one_is_as_high_as_its_lines(read):
    contacts, one_px = read.dock.contacts.list, read.dock.contacts.list.height()
    assert not contacts.verticalScrollBar().isVisible()
    read.send(*(readings.a_contact() for _ in range(9)))
    settle(30)
    assert contacts.count() == 10
    assert one_px < contacts.height() <= HIGHEST_PX
    assert contacts.verticalScrollBar().isVisible()
    read.review.undo()
    contacts.select("c9")
    assert contacts.chosen == "c9"


def test_a_vessel_nearby_is_one_click_and_is_listed(room):
    contacts = room.dock.contacts
    press(contacts.folds.buttons["Vessels nearby"])
    choose(contacts.nearby.vessel, "sca")
    press(contacts.nearby.confidence.buttons["probable"])
    press(contacts.nearby.mark_buttons["left"])
    click(room, (14.0, 2.0, -1.0))
    (vessel,) = room.state.vessels_nearby
    assert (vessel.side, vessel.nerve, vessel.vessel) == ("left", "facial", "sca")
    assert vessel.vessel_confidence == "probable"
    assert contacts.nearby.list.item(0).text().startswith("LEFT  SCA (probable)")
    assert not room.dock.prompt.isVisible()


def test_a_vessel_on_the_wrong_side_is_refused_and_the_click_is_asked_for_again(room):
    contacts = room.dock.contacts
    press(contacts.folds.buttons["Vessels nearby"])
    press(contacts.nearby.mark_buttons["right"])
    click(room, (14.0, 2.0, -1.0))
    assert room.dock.status.property("refused")
    assert room.dock.prompt.isVisible()
    assert room.state.vessels_nearby == ()
    click(room, (-14.0, 2.0, -1.0))
    assert room.state.vessels_nearby[0].side == "right"


def test_an_implant_is_its_kind_and_one_click(room):
    contacts = room.dock.contacts
    press(contacts.folds.buttons["Implants"])
    choose(contacts.implants.kind, "vascular_sling")
    QTest.keyClicks(contacts.implants.words, "holds the vertebral artery")
    press(contacts.implants.mark_button)
    assert "vascular sling" in room.dock.prompt.text()
    click(room, (12.0, 3.0, 1.0))
    (implant,) = room.state.implants
    assert (implant.kind, implant.note) == ("vascular_sling", "holds the vertebral artery")
    assert implant.position == pytest.approx((12.0, 3.0, 1.0), abs=0.3)
    assert contacts.implants.list.item(0).text().startswith("i1  LEFT  vascular sling")


def test_after_an_operation_implants_stand_before_contacts(room):
    contacts = room.dock.contacts
    assert not contacts.implants.isVisible()
    clinical = {"blinded": False, "syndrome": "hemifacial_spasm", "previous_mvd": True}
    assert room.send(readings.a_command("set_clinical", **clinical))
    settle(30)
    assert contacts.implants.isVisible()
    assert contacts.implants.mark_button.y() < contacts.mark_buttons["left"].y()
    below = contacts.implants.mapTo(contacts, contacts.implants.rect().bottomLeft()).y()
    assert below < contacts.mark_buttons["left"].y()


def test_every_row_is_offered(room):
    form, contacts = new_contact(room), room.dock.contacts
    assert ids(form.vessel) == ids(contacts.nearby.vessel) == set(vocabulary.vessels())
    assert set(form.morphology) == set(vocabulary.morphologies())
    assert ids(contacts.implants.kind) == set(vocabulary.implants())
    graded = {
        x.id for x in vocabulary.severity_scales().values() if x.grades in {"contact", "vessel"}
    }
    assert set(form.severity.rows) == graded
    for name, scale in form.severity.rows.items():
        levels = vocabulary.severity_scales()[name].levels
        assert list(scale.buttons) == [level.id for level in levels]
    assert next(iter(form.severity.rows)) == USUAL_SCALE
    assert form.severity.first.isVisible()
    assert not form.severity.rest.isVisible()


def test_where_no_series_shows_flow_the_answers_that_name_no_vessel_come_first(room):
    assert new_contact(room).vessel.itemData(0) == "aica"
    said = readings.a_command("set_role", series=readings.ANGIOGRAM, role="t2_brain")
    assert room.send(said)
    vessel = new_contact(room).vessel
    assert vessel.itemData(0) == "artery_unspecified"
    assert vessel.row == "vessel_unspecified"


def test_no_word_of_the_form_is_cut_at_the_width_of_the_dock(room):
    press(new_contact(room).add_button)
    form, contacts = new_contact(room), room.dock.contacts
    for scale in form.severity.rows.values():
        scale.draw(scale.scale.levels[-1].id)
    longest = max(vocabulary.vessels(), key=lambda row: len(vocabulary.vessels()[row].label.en))
    for vessel in ("aica", "pica", longest):
        form.vessel.draw(vessel)
        contacts.nearby.vessel.draw(vessel)
        for title in form.folds.parts:
            form.folds.open(title)
            for besides in contacts.folds.parts:
                contacts.folds.open(besides)
                settle(20)
                assert_nothing_is_cut(contacts)


def test_the_form_is_reached_by_the_keyboard(room):
    form = new_contact(room)
    press(form.folds.buttons["More scales"])
    form.vessel.setFocus()
    reached = set()
    for _ in range(80):
        QTest.keyClick(room.dock.focusWidget() or form, Qt.Key.Key_Tab)
        reached.add(room.dock.focusWidget())
    for each in (*form.severity.rows[USUAL_SCALE].buttons.values(), form.add_button):
        assert each in reached
    scale = form.severity.rows["pattern_2008"].buttons["loop"]
    assert scale in reached
    scale.setFocus()
    QTest.keyClick(scale, Qt.Key.Key_Space)
    assert form.severity.rows["pattern_2008"].grade == "loop"


def test_a_signed_reading_offers_no_mark(napari_viewer):
    study = readings.a_study()
    review = open_review(study, reader="R1")
    review.apply_all(readings.a_signed_reading())
    contacts = open_study_in(napari_viewer, study, review).dock.contacts
    for changing in (*contacts.nearby.mark_buttons.values(), contacts.implants.mark_button):
        assert not changing.isEnabled()
