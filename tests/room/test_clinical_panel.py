"""The stage of the report by mouse and keys: context, comparison, impression, signature."""

import pytest
import readings
from hands import choose, open_study_in, press, settle, take_back
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from mriview import build_report, open_review
from mriview_napari.opening import room_of
from mriview_napari.panels.comparison import marks_of
from mriview_napari.panels.fields import Folds

pytestmark = pytest.mark.room
EARLIER_ID = "0123456789abcdef" * 2


@pytest.fixture
def fresh(napari_viewer):
    """A study of which nothing is said, with the last stage in front."""
    return read_so_far(napari_viewer)


def read_so_far(viewer, commands=()):
    """The room of this module with a reading begun; what other tests did is taken back."""
    room = room_of(viewer)
    if room is None or room.state.sign_off is not None:
        return opened_anew(viewer, commands)
    dock = room.dock
    take_back(room)
    for folds in dock.findChildren(Folds):
        folds.open("")
    for typed_in in (dock.export.role, dock.export.reason, *dock.export.missing.reasons.values()):
        typed_in.clear()
    room.review.apply_all(list(commands))
    return in_front(room)


def a_sighted_reading():
    """All that a signature needs, read with the history known."""
    yield readings.a_command("set_clinical", blinded=False, syndrome="hemifacial_spasm")
    yield from list(readings.a_complete_reading())[1:]


def opened_anew(viewer, commands=()):
    study = readings.a_study()
    review = open_review(study, reader="R1")
    review.apply_all(list(commands))
    return in_front(open_study_in(viewer, study, review))


def in_front(room):
    """Bring the last stage to the front, and the window to the keys."""
    room.dock.tabs.setCurrentIndex(room.dock.tabs.count() - 1)
    room.dock.window().activateWindow()
    settle(50)
    return room


def typed(edit, text):
    """Type into a field and leave it by the tabulator."""
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text) if text else QTest.keyClick(edit, Qt.Key.Key_Delete)
    QTest.keyClick(edit, Qt.Key.Key_Tab)
    settle(10)


def unfolded(folds, title):
    press(folds.buttons[title])
    return folds.parts[title]


def test_a_blind_reader_is_asked_nothing_of_the_patient(napari_viewer):
    clinical = opened_anew(napari_viewer).dock.export.clinical
    assert not clinical.known.isVisible()
    press(clinical.blinded.buttons["blind"])
    assert not clinical.known.isVisible()
    press(clinical.blinded.buttons["sighted"])
    assert clinical.known.isVisible()


def test_all_that_is_known_of_the_patient_can_be_said(fresh):
    clinical = fresh.dock.export.clinical
    press(clinical.blinded.buttons["sighted"])
    choose(clinical.symptom_side, "left")
    choose(clinical.syndrome, "hemifacial_spasm")
    unfolded(clinical.past, "History")
    typed(clinical.question, "planned surgery")
    typed(clinical.onset_years, "4,5")
    choose(clinical.start, "typical")
    choose(clinical.weakness, "2")
    choose(clinical.emg, "lateral_spread_present")
    choose(clinical.previous_mvd, "no")
    unfolded(clinical.past, "Symptoms")
    press(clinical.symptoms.boxes["tinnitus"])
    press(clinical.symptoms.boxes["vertigo"])
    press(clinical.symptoms.boxes["vertigo"])
    known = fresh.state.clinical
    assert (known.question, known.onset_years, known.start) == ("planned surgery", 4.5, "typical")
    assert (known.symptom_side, known.syndrome) == ("left", "hemifacial_spasm")
    assert (known.weakness_house_brackmann, known.emg) == (2, "lateral_spread_present")
    assert known.previous_mvd is False
    assert known.symptoms == ("tinnitus",)
    assert clinical.past.buttons["History"].text().endswith("(6)")


def test_what_was_said_of_the_patient_can_be_taken_back(fresh):
    clinical = fresh.dock.export.clinical
    press(clinical.blinded.buttons["sighted"])
    unfolded(clinical.past, "History")
    typed(clinical.onset_years, "4")
    assert clinical.onset_years.text() == "4 years ago"
    typed(clinical.onset_years, "")
    choose(clinical.start, "atypical")
    choose(clinical.start, "")
    assert fresh.state.clinical.onset_years is None
    assert fresh.state.clinical.start is None


def test_a_number_that_cannot_be_is_refused_and_the_field_put_back(fresh):
    clinical = fresh.dock.export.clinical
    press(clinical.blinded.buttons["sighted"])
    unfolded(clinical.past, "History")
    typed(clinical.onset_years, "300")
    assert fresh.dock.status.property("refused")
    assert clinical.onset_years.text() == ""
    assert fresh.state.clinical.onset_years is None


def test_a_number_of_a_script_keeps_its_digits_when_another_field_is_changed(fresh):
    said = {"blinded": False, "onset_years": 3.1415926535}
    fresh.send({"command": "set_clinical", "args": said})
    choose(fresh.dock.export.clinical.syndrome, "hemifacial_spasm")
    assert fresh.state.clinical.onset_years == 3.1415926535


def test_treatments_are_added_changed_and_removed(fresh):
    clinical = fresh.dock.export.clinical
    press(clinical.blinded.buttons["sighted"])
    unfolded(clinical.before, "Treatments")
    treatments = clinical.treatments
    choose(treatments.new, "botulinum_toxin")
    card = treatments.cards[0]
    choose(card.side, "left")
    typed(card.months_ago, "3")
    choose(card.effect, "partial")
    choose(treatments.new, "mvd_interposition")
    first, second = fresh.state.clinical.treatments
    assert (first.kind, first.side, first.months_ago) == ("botulinum_toxin", "left", 3)
    assert (first.effect, second.kind, second.side) == ("partial", "mvd_interposition", None)
    press(treatments.cards[0].remove_button)
    assert [x.kind for x in fresh.state.clinical.treatments] == ["mvd_interposition"]
    press(fresh.dock.undo_button)
    assert [card.kind.row for card in treatments.cards] == ["botulinum_toxin", "mvd_interposition"]


def test_an_earlier_report_is_compared_mark_by_mark(napari_viewer, tmp_path):
    study = readings.a_study()
    before = open_review(study, reader="R1")
    before.apply_all([*readings.a_complete_reading(), readings.a_contact(vessel="pica")])
    report = build_report(study, before)
    (tmp_path / "report.json").write_text(report.to_json(), "utf-8")
    room = read_so_far(napari_viewer, [*readings.marks(), readings.a_contact()])
    clinical = room.dock.export.clinical
    press(clinical.blinded.buttons["sighted"])
    unfolded(clinical.before, "Earlier report")
    room.choose_report = lambda: tmp_path / "report.json"  # the dialog is the system's
    comparison = clinical.comparison
    press(comparison.open_button)
    assert room.state.clinical.comparison.report_id == report.report_id
    assert list(marks_of(report)) == ["c1", "c2"]
    now = comparison.lines["c1", False]
    choose(now.change, "larger")
    typed(now.words, "by eye")
    choose(comparison.lines["c2", True].change, "gone")
    first, second = room.state.clinical.comparison.changes
    assert (first.about, first.change, first.note) == ("c1", "larger", "by eye")
    assert (second.about, second.change) == ("c2", "gone")
    choose(comparison.lines["c2", True].change, "")
    assert [x.about for x in room.state.clinical.comparison.changes] == ["c1"]


def test_an_earlier_report_can_be_named_by_its_id_alone(fresh):
    clinical = fresh.dock.export.clinical
    press(clinical.blinded.buttons["sighted"])
    comparison = unfolded(clinical.before, "Earlier report")
    typed(comparison.report_id, EARLIER_ID)
    typed(comparison.gone, "c3")
    said = fresh.state.clinical.comparison
    assert (said.report_id, said.changes[0].about, said.changes[0].change) == (
        EARLIER_ID,
        "c3",
        "gone",
    )
    typed(comparison.report_id, "")
    assert fresh.state.clinical.comparison is None


def test_a_file_that_is_no_report_is_refused_in_one_sentence(fresh, tmp_path):
    (tmp_path / "report.json").write_text("{}", "utf-8")
    clinical = fresh.dock.export.clinical
    press(clinical.blinded.buttons["sighted"])
    unfolded(clinical.before, "Earlier report")
    fresh.choose_report = lambda: tmp_path / "report.json"
    press(clinical.comparison.open_button)
    assert fresh.dock.status.property("refused")
    assert str(tmp_path) not in fresh.dock.status.text()
    assert fresh.state.clinical.comparison is None


def test_the_anatomy_that_a_surgeon_asks_for_is_said_by_side(fresh):
    panel = fresh.dock.export
    anatomy = unfolded(panel.folds, "Anatomy for the surgeon")
    assert not anatomy.keep_button.isEnabled()
    press(anatomy.side.buttons["left"])
    choose(anatomy.item, "flocculus_size")
    QTest.keyClicks(anatomy.value, "large")
    QTest.keyClicks(anatomy.words, "covers the exit")
    press(anatomy.keep_button)
    said = fresh.state.anatomy[0]
    assert (said.side, said.code, said.value, said.note) == (
        "left",
        "flocculus_size",
        "large",
        "covers the exit",
    )
    assert "LEFT: size of the flocculus: large (covers the exit)" in anatomy.said.text()
    choose(anatomy.item, "jugular_bulb")
    assert anatomy.value.text() == ""
    choose(anatomy.item, "flocculus_size")
    assert anatomy.value.text() == "large"


def test_a_remark_says_what_it_is_about(napari_viewer):
    room = read_so_far(napari_viewer, [*readings.marks(), readings.a_contact()])
    notes = unfolded(room.dock.export.folds, "Remarks")
    QTest.keyClicks(notes.text, "Seen on two planes.")
    choose(notes.about, "$.sides.left.contacts[0]")
    press(notes.add_button)
    assert (room.state.notes[0].text, room.state.notes[0].about) == (
        "Seen on two planes.",
        "$.sides.left.contacts[0]",
    )
    assert notes.text.toPlainText() == ""
    assert "contact c1 AICA: Seen on two planes." in notes.said.text()
    report = build_report(room.study, room.review)
    assert not [x for x in report.check() if x.severity == "error" and "notes" in x.path]


def test_the_impression_holds_a_second_vessel_and_advice(napari_viewer):
    room = read_so_far(napari_viewer, a_sighted_reading())
    impression = room.dock.export.impression
    choose(impression.second_vessel, "pica")
    choose(impression.recommendation, "add_t1_post")
    choose(impression.certainty["left"], "possible")
    press(impression.keep_button)
    said = room.state.impression
    assert (said.second_vessel, said.recommendation) == ("pica", "add_t1_post")
    assert said.certainty["left"] == "possible"
    assert said.text == "Contact on the left."


def test_a_reader_with_keys_alone_goes_through_the_stage_as_it_is_read(fresh):
    panel = fresh.dock.export
    press(panel.clinical.blinded.buttons["sighted"])
    unfolded(panel.clinical.past, "History")
    settle(50)
    reached = [panel.clinical.blinded.buttons["blind"]]
    reached[0].setFocus()
    while reached[-1] is not panel.export_button and len(reached) < 100:
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.append(QApplication.focusWidget())
    top_px = [each.mapTo(panel, each.rect().center()).y() for each in reached]
    assert top_px == sorted(top_px)
    for field in (
        *panel.clinical.blinded.buttons.values(),
        *(panel.clinical.symptom_side, panel.clinical.question, panel.clinical.emg),
        *(panel.impression.text, panel.impression.keep_button),
        *panel.missing.buttons.values(),
        *(panel.role, panel.sign_button, panel.export_button),
    ):
        assert field in reached, field


OPEN_READINGS = {
    "fresh": [],
    "sighted": [readings.a_command("set_clinical", blinded=False)],
    "nerves without porus": [x for x in readings.marks() if x["args"].get("landmark") != "porus"],
    "contact half said": [
        *readings.marks(),
        readings.a_contact(morphology=[]),
        readings.a_contact(origin="automatic", position=[14.0, -1.6, -0.6]),
        readings.a_command("set_assessment", side="left", assessment="contact"),
    ],
    "history": [
        *readings.coverage(),
        readings.a_command(
            "set_clinical", blinded=False, previous_mvd=True, symptoms=["facial_weakness"]
        ),
    ],
}


@pytest.mark.parametrize("name", OPEN_READINGS)
def test_each_open_field_leads_to_where_it_is_said(napari_viewer, name):
    room = read_so_far(napari_viewer, OPEN_READINGS[name])
    dock, missing = room.dock, room.dock.export.missing
    still = room.still_open()
    assert [*missing.buttons] == [field.path for field in still]
    for field in still:
        dock.tabs.setCurrentIndex(dock.tabs.count() - 1)
        press(missing.buttons[field.path])
        settle(20)
        focused = QApplication.focusWidget()
        assert focused is not None, field
        assert focused.isVisible(), field
        assert focused.isEnabled(), field
        assert dock.tabs.currentWidget().isAncestorOf(focused), field
        assert not focused.visibleRegion().isEmpty(), field
        assert stage_by_words(field.what) in dock.tabs.tabText(dock.tabs.currentIndex()), field


def stage_by_words(what):
    """The stage that a person would look for, from the words of the open field."""
    for words, stage in (
        ("blind", "Report"),
        ("syndrome", "Report"),
        ("porus", "Nerves"),
        ("contact c", "Contacts"),
        ("side", "Contacts"),
    ):
        if words in what:
            return stage
    return "Other causes"


def test_how_much_is_open_stands_on_the_tab_of_the_last_stage(fresh):
    tabs = fresh.dock.tabs
    assert tabs.tabText(tabs.count() - 1) == f"5 Report ({len(fresh.still_open())})"
    assert tabs.tabBar().sizeHint().width() <= fresh.dock.width()


def test_the_jump_to_a_condition_lands_on_its_own_row(fresh):
    missing, rows = fresh.dock.export.missing, fresh.dock.causes.rows
    paths = {field.what: field.path for field in fresh.still_open()}
    press(missing.buttons[paths["other causes: aneurysm"]])
    assert rows["aneurysm"].isAncestorOf(QApplication.focusWidget())
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)  # a slip claims nothing
    assert fresh.state.exclusions["aneurysm"].answer == "indeterminate"


def test_each_open_field_may_be_left_open_with_its_own_reason(fresh):
    panel = fresh.dock.export
    still = [field.path for field in fresh.still_open()]
    QTest.keyClicks(panel.role, "radiologist")
    unfolded(panel.signing.folds, "A reason for each")
    for path in still[:-1]:
        QTest.keyClicks(panel.missing.reasons[path], f"not asked here {path[-3:]}")
    press(panel.sign_button)
    assert fresh.state.sign_off is None
    assert fresh.dock.status.property("refused")
    QTest.keyClicks(panel.reason, "the scan was stopped")
    press(panel.sign_button)
    signed = fresh.state.sign_off
    assert signed.role == "radiologist"
    assert [x.path for x in signed.overrides] == still
    assert signed.overrides[0].reason == f"not asked here {still[0][-3:]}"
    assert signed.overrides[-1].reason == "the scan was stopped"


def test_reasons_that_were_typed_stay_when_another_field_is_answered(fresh):
    panel = fresh.dock.export
    path = fresh.still_open()[-1].path
    unfolded(panel.signing.folds, "A reason for each")
    QTest.keyClicks(panel.missing.reasons[path], "to be read again")
    press(panel.clinical.blinded.buttons["sighted"])
    assert panel.missing.reasons[path].text() == "to be read again"


def test_a_signed_report_is_amended_by_its_digest(napari_viewer, tmp_path):
    study = readings.a_study()
    before = open_review(study, reader="R1")
    before.apply_all(readings.a_signed_reading())
    report = build_report(study, before)
    (tmp_path / "report.json").write_text(report.to_json(), "utf-8")
    room = read_so_far(napari_viewer, a_sighted_reading())
    signing = room.dock.export.signing
    unfolded(signing.folds, "Amend a report")
    room.choose_report = lambda: tmp_path / "report.json"
    press(signing.amend_button)
    assert room.state.amends == report.sha256
    assert report.sha256[:12] in signing.amends.text()
    press(signing.sign_button)
    amended = build_report(study, room.review)
    assert (amended.status, amended.amends) == ("amended", report.sha256)


def test_a_report_that_is_not_signed_cannot_be_amended(napari_viewer, tmp_path):
    study = readings.a_study()
    before = open_review(study, reader="R1")
    (tmp_path / "report.json").write_text(build_report(study, before).to_json(), "utf-8")
    room = read_so_far(napari_viewer)
    unfolded(room.dock.export.signing.folds, "Amend a report")
    room.choose_report = lambda: tmp_path / "report.json"
    press(room.dock.export.signing.amend_button)
    assert room.state.amends is None
    assert "not signed" in room.dock.status.text()


def test_after_the_signature_nothing_of_this_stage_can_be_changed(napari_viewer):
    signed = [*a_sighted_reading(), readings.a_command("sign", role="radiologist")]
    room = read_so_far(napari_viewer, signed)
    panel = room.dock.export
    clinical = panel.clinical
    for field in (
        *(clinical.blinded, clinical.symptom_side, clinical.question, clinical.treatments.new),
        *(clinical.comparison.open_button, clinical.symptoms.boxes["vertigo"]),
        *(panel.anatomy.side, panel.notes.text, panel.impression.recommendation),
        *(panel.role, panel.sign_button, panel.signing.amend_button),
    ):
        assert not field.isEnabled()
    assert panel.missing.buttons == {}
