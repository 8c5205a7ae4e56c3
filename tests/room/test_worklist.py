"""From study to study by keys: the list of an archive or a batch, Enter, the next unread one."""

import gc
import sqlite3
import weakref
from functools import partial

import napari
import pytest
from archives import a_tiny_reading, an_archive
from hands import drop, press, settle
from napari.qt import get_qapp
from qtpy.QtCore import QEvent, Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QMessageBox

from mriview import open_batch
from mriview.workflow.batch import BatchSettings, batch
from mriview.workflow.room import default_review, open_in_room
from mriview.workflow.worklist import to_read
from mriview_napari import start
from mriview_napari.adapter import main_window
from mriview_napari.list_words import COLUMNS
from mriview_napari.listing import list_of
from mriview_napari.opening import close_in, room_of, take_drops

pytestmark = pytest.mark.room

REPORT = 4  # tab of the dock
OPENED_MS = 60  # until what a key began is drawn; it is done before the key comes back
SMALL_PX = (1000, 700)  # drawn in a third of the time
NOTE = {"command": "add_note", "args": {"text": "begun"}}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return an_archive(tmp_path_factory.mktemp("archive"), 3)


@pytest.fixture(scope="module")
def keys(archive):
    return sorted(study.key for study in open_batch(archive))


@pytest.fixture
def viewer(napari_viewer, tmp_path, monkeypatch):
    """A viewer that takes what is dropped, and nobody's reviews."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    close_in(napari_viewer)
    napari_viewer.layers.clear()
    napari_viewer.window.resize(*SMALL_PX)
    take_drops(napari_viewer)
    yield napari_viewer
    for box in boxes():
        box.close()
    listed = list_of(napari_viewer)
    if listed is not None:
        listed.window.hide()
    close_in(napari_viewer)
    settle(5)


def boxes():
    return [x for x in QApplication.topLevelWidgets() if isinstance(x, QMessageBox)]


def dropped_list(viewer, path):
    drop(viewer, path)
    settle(OPENED_MS)
    return list_of(viewer)


def lines(listed):
    """What the table shows: the key of each line, and its status."""
    table = listed.window.table
    status = COLUMNS.index("Status")
    rows = range(table.rowCount())
    return {table.item(n, 0).text(): table.item(n, status).text() for n in rows}


def press_key(widget, key):
    """Press a key where the focus is, in a window that is in front."""
    widget.window().activateWindow()
    widget.setFocus()
    settle(30)
    QTest.keyClick(widget, key)
    settle(OPENED_MS)


def sign(room):
    room.dock.tabs.setCurrentIndex(REPORT)
    settle(20)
    panel = room.dock.export
    press(panel.clinical.blinded.buttons["blind"])
    QTest.keyClicks(panel.reason, "stopped for the test")
    press(panel.sign_button)
    assert room.state.sign_off is not None


def test_the_shell_starts_the_next_study_and_keys_lead_on(archive, keys, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    out, readings = tmp_path / "out", tmp_path / "readings"
    batch(BatchSettings(archive, out))
    begun = next(study for study in open_batch(archive) if study.key == keys[1])
    a_tiny_reading(begun, readings / "x.mriview", "R7", "indeterminate")
    seen, shown = [], {}
    get_qapp()  # timers need it; this test comes first, since it waits for the last window
    timer = QTimer(interval=300)

    def go_on():
        viewer = napari.current_viewer()
        room = viewer and room_of(viewer)
        if not room or not main_window(viewer).isVisible():
            return
        timer.stop()
        seen.append((room.study.key, room.review.reader, room.review.folder))
        press_key(room.picture.native(), Qt.Key.Key_F9)
        room, listed = room_of(viewer), list_of(viewer)
        seen.append((room.study.key, room.review.reader, room.review.folder))
        press_key(room.picture.native(), Qt.Key.Key_F8)
        shown.update(lines(listed))
        listed.window.select(keys[1])
        press_key(listed.window.table, Qt.Key.Key_Return)
        room = room_of(viewer)
        seen.append((room.study.key, room.review.reader, room.review.folder))
        viewer.close()

    timer.timeout.connect(go_on)
    timer.start()
    kept = open_in_room(partial(to_read, out, next_of="R7", reviews=readings), reader="R7")
    assert [key for key, _, _ in seen] == [keys[1], keys[2], keys[1]]  # what was begun is first
    assert {reader for _, reader, _ in seen} == {"R7"}
    first, second, again = (folder for _, _, folder in seen)
    assert kept == first == again == readings / "x.mriview"  # also from the list of the room
    assert (second.parent, second.exists()) == (readings, True)
    assert shown == {
        keys[0]: "unread",
        keys[1]: "in progress (3 commands)",
        keys[2]: "unread",
    }
    assert not (tmp_path / "data").exists()


def test_a_reader_goes_from_study_to_study_by_keys(viewer, archive, keys):
    listed = dropped_list(viewer, archive)
    assert listed.window.isVisible()
    assert room_of(viewer) is None
    assert lines(listed) == dict.fromkeys(keys, "unread")
    assert listed.window.chosen == keys[0]
    press_key(listed.window.table, Qt.Key.Key_Return)
    first = room_of(viewer)
    assert first.study.key == keys[0]
    assert not listed.window.isVisible()
    listed.show()
    sign(first)
    assert lines(listed)[keys[0]] == "signed"  # at once, where it can be seen
    native = first.picture.native()
    assert native.isVisible()
    press_key(native, Qt.Key.Key_F9)
    second = room_of(viewer)
    assert second.study.key == keys[1]
    assert f"Study {keys[1]} is open, 1 more unread." in second.dock.status.text()
    with default_review(first.study, "R1") as again:  # what was left is closed, and on the disk
        assert again.state.sign_off is not None
    second.send(NOTE)
    press_key(second.dock.export.role, Qt.Key.Key_F9)
    left, third = (weakref.ref(first), weakref.ref(second)), room_of(viewer)
    del first, second, native
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # as Qt's own loop would
    gc.collect()
    assert [room() for room in left] == [None, None]  # the list holds no room
    assert third.study.key == keys[2]
    press_key(third.picture.native(), Qt.Key.Key_F8)
    assert listed.window.isVisible()
    assert listed.window.chosen == keys[2]
    statuses = {keys[0]: "signed", keys[1]: "in progress (1 command)", keys[2]: "unread"}
    assert lines(listed) == statuses
    assert list(lines(listed)) == [keys[1], keys[2], keys[0]]


def test_what_was_begun_and_not_kept_keeps_its_study_open(viewer, archive):
    listed = dropped_list(viewer, archive)
    press_key(listed.window.table, Qt.Key.Key_Return)
    room = room_of(viewer)
    text = room.dock.export.impression.text
    begun = {
        "prompt": (room.start_painting, room.stop_painting),
        "impression": (partial(text.setPlainText, "half a"), text.clear),
    }
    for word, (begin, end) in begun.items():
        begin()
        press_key(room.picture.native(), Qt.Key.Key_F9)
        assert room_of(viewer) is room
        (box,) = (box for box in boxes() if box.isVisible())
        assert word in box.text()
        assert "Keep it, or press Stop" in box.text()
        box.close()
        end()
    assert room.dock.begun() == ""


def test_the_list_of_a_reader_shows_nothing_of_another(viewer, archive, keys):
    studies = list(open_batch(archive))
    for study in studies:
        with default_review(study, "R2") as review:
            review.apply(NOTE)
    listed = dropped_list(viewer, archive)
    assert lines(listed) == dict.fromkeys(keys, "unread")
    for study in studies:
        with default_review(study) as review:
            review.apply(NOTE)
    press_key(listed.window.table, Qt.Key.Key_F9)
    assert room_of(viewer) is None
    assert listed.window.told.text() == "No unread study is left in the list."
    assert lines(listed) == dict.fromkeys(keys, "in progress (1 command)")
    press(listed.window.close_button)
    assert not listed.window.isVisible()
    start.show_worklist(viewer)  # the command of the palette
    assert listed.window.isVisible()


def test_a_reading_of_which_only_the_tables_of_a_run_tell_is_not_begun_again(
    viewer, archive, keys, tmp_path
):
    out, readings = tmp_path / "out", tmp_path / "readings"
    begun = next(study for study in open_batch(archive) if study.key == keys[0])
    a_tiny_reading(begun, readings / "x.mriview", "R1", "indeterminate")
    batch(BatchSettings(archive, out, reviews=readings))
    listed = dropped_list(viewer, out)
    told = {**dict.fromkeys(keys, "unread"), keys[0]: "in progress (3 commands, folder not known)"}
    assert lines(listed) == told
    assert listed.window.chosen == keys[0]
    press_key(listed.window.table, Qt.Key.Key_Return)
    assert room_of(viewer) is None
    (box,) = (box for box in boxes() if box.isVisible())
    assert "mriview review --reviews" in box.text()
    box.close()
    assert not (tmp_path / "data").exists()
    assert lines(listed) == told
    press_key(listed.window.table, Qt.Key.Key_F9)
    assert room_of(viewer).study.key == keys[1]


def test_what_failed_in_a_batch_and_what_was_moved_away_is_marked_and_passed_over(
    viewer, keys, tmp_path
):
    root, out = an_archive(tmp_path / "archive", 3), tmp_path / "out"
    batch(BatchSettings(root, out))
    with sqlite3.connect(out / "results.sqlite") as database:
        failed = "UPDATE results SET status = 'failed', code = 'study_killed' WHERE study_key = ?"
        database.execute(failed, keys[:1])
    database.close()
    listed = dropped_list(viewer, out)
    assert list(lines(listed)) == [*keys[1:], keys[0]]
    assert lines(listed)[keys[0]] == "cannot be read (study_killed)"
    listed.window.select(keys[0])
    press_key(listed.window.table, Qt.Key.Key_Return)
    assert room_of(viewer) is None
    assert any("study_killed" in box.text() for box in boxes())
    moved = next(row.study.place for row in listed.rows if row.key == keys[1])
    moved.rename(tmp_path / "elsewhere")
    press_key(listed.window.table, Qt.Key.Key_F9)
    assert room_of(viewer) is None
    assert lines(listed)[keys[1]] == "cannot be read (study_moved)"
    assert str(tmp_path) not in " ".join(box.text() for box in boxes())
    press_key(listed.window.table, Qt.Key.Key_F9)
    assert room_of(viewer).study.key == keys[2]
    (tmp_path / "elsewhere").rename(moved)  # the archive is connected again
    press_key(room_of(viewer).picture.native(), Qt.Key.Key_F8)
    assert lines(listed) == {**dict.fromkeys(keys, "unread"), keys[0]: lines(listed)[keys[0]]}
