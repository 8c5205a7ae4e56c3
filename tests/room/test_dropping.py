"""A folder dropped on napari opens as a room, the right way round, and leaves no name behind."""

import gc
import weakref
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hands import assert_right_way_round, dropped, press, settle
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication

from mriview.workflow.samples import sample
from mriview_napari.opening import close_in, room_of

pytestmark = pytest.mark.room

REAL = sample("t1_posterior_fossa", Path()).study  # nothing is written: it is shipped
WORD = "DOE_JANE_19610203"  # must be found nowhere afterwards


@pytest.fixture
def named_copy(tmp_path):
    """Copy scans into a folder that carries a name, as folders from a PACS do."""

    def copy(source: Path) -> Path:
        folder = tmp_path / WORD
        folder.mkdir()
        for file in source.iterdir() if source.is_dir() else [source]:
            (folder / file.name).write_bytes(file.read_bytes())
        return folder

    return copy


def test_a_dropped_dicom_folder_opens_the_right_way_round(napari_viewer, named_copy):
    room = dropped(napari_viewer, named_copy(REAL))
    (volume,) = room.study.volumes.values()
    assert_right_way_round(room, volume.to_nibabel())
    letters = room.picture.letters.text
    assert (letters[0][0], letters[1][0], letters[2][0]) == ("R", "L", "A")
    assert napari_viewer.title == "mriview"
    said = " ".join([layer.name for layer in napari_viewer.layers])
    assert WORD not in said + room.dock.status.text()
    assert all(layer.source.path is None for layer in napari_viewer.layers)


@pytest.mark.corpus
def test_a_dropped_nifti_file_opens_the_right_way_round(napari_viewer, corpus):
    (file,) = sorted((corpus / "nifti" / "chris_mra").glob("*.nii*"))
    room = dropped(napari_viewer, file)
    assert_right_way_round(room, nib.load(file))


def test_a_dropped_study_keeps_every_command_on_disk(napari_viewer, own_folder):
    room = dropped(napari_viewer, REAL)
    key = room.reference
    press(next(iter(room.dock.planes.buttons.values())))
    room.send({"command": "set_role", "args": {"series": key, "role": "t1_pre"}})
    (record,) = (own_folder / "data").rglob(f"*{room.study.key}*/events.jsonl")
    assert '"set_role"' in record.read_text("utf-8")
    assert dropped(napari_viewer, REAL) is room
    close_in(napari_viewer)
    again = dropped(napari_viewer, REAL)
    assert again is not room
    assert again.state.roles[key] == "t1_pre"
    assert f"T1 without contrast {key}" in [layer.name for layer in napari_viewer.layers]


@pytest.mark.corpus
def test_a_study_that_was_closed_gives_its_voxels_back(napari_viewer, corpus):
    room = weakref.ref(dropped(napari_viewer, REAL))
    dropped(napari_viewer, corpus / "nifti" / "stored_las")
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # as Qt's own loop would
    gc.collect()
    assert room() is None


def test_several_dropped_files_open_as_the_study_of_their_folder(napari_viewer, named_copy):
    folder = named_copy(REAL)
    room = dropped(napari_viewer, *sorted(folder.iterdir())[:3])
    assert next(iter(room.study.volumes.values())).file_count > 3


def test_a_folder_without_a_scan_says_one_sentence(napari_viewer, tmp_path, capsys):
    folder = tmp_path / WORD
    folder.mkdir()
    (folder / "broken.dcm").write_bytes(b"no scan at all")
    from napari.utils.notifications import notification_manager

    before, count = room_of(napari_viewer), len(notification_manager.records)
    napari_viewer.window._qt_viewer._qt_open([str(folder)], stack=False, plugin="mriview")
    settle(100)
    assert room_of(napari_viewer) is before
    said = notification_manager.records[count:]
    assert len(said) == 1
    assert WORD not in str(said[0].message)
    assert "Traceback" not in str(said[0].message)


def test_layers_of_other_programs_are_not_thrown_away(napari_viewer):
    from napari.utils.notifications import notification_manager

    close_in(napari_viewer)
    napari_viewer.layers.clear()
    foreign = napari_viewer.add_labels(np.zeros((4, 5, 6), np.uint8), name="somebody's work")
    count = len(notification_manager.records)
    folder = REAL
    napari_viewer.window._qt_viewer._qt_open([str(folder)], stack=False, plugin="mriview")
    settle(100)
    assert foreign in napari_viewer.layers
    assert len(notification_manager.records) == count + 1
    napari_viewer.layers.clear()


def test_nothing_remembers_where_a_study_lay(own_folder, named_copy):
    """File > Open Folder remembers folders in napari and in Qt: both are cleaned."""
    import napari
    from napari.settings import get_settings
    from napari.utils.history import update_open_history
    from npe2 import PluginManager
    from qtpy.QtCore import QSettings, QUrl

    assert "mriview" in PluginManager.instance()
    folder = named_copy(REAL)
    viewer = napari.Viewer(show=True)
    viewer.window._qt_viewer._qt_open([str(folder)], stack=False, plugin="mriview")
    update_open_history(str(folder))  # as napari does when the dialog has closed
    get_settings().plugins.extension2reader = {f"{folder}/": "mriview", "*.tif": "napari"}
    store = QSettings(QSettings.Scope.UserScope, "QtProject")
    store.setValue("FileDialog/lastVisited", QUrl.fromLocalFile(str(folder)).toString())
    store.setValue("FileDialog/history", [QUrl.fromLocalFile(str(folder.parent)).toString()])
    store.sync()
    settle(300)
    assert room_of(viewer) is not None
    viewer.close()
    settle(100)
    left = [file for file in own_folder.rglob("*") if file.is_file()]
    texts = {file: file.read_bytes() for file in left}
    assert not [file for file, text in texts.items() if WORD.encode() in text]
    assert not [file for file, text in texts.items() if str(folder.parent).encode() in text]
    assert get_settings().plugins.extension2reader == {"*.tif": "napari"}


def test_a_sample_from_the_menu_opens_as_a_room(napari_viewer):
    close_in(napari_viewer)
    napari_viewer.layers.clear()
    napari_viewer.open_sample("mriview", "t1_posterior_fossa")
    settle(100)
    room = room_of(napari_viewer)
    assert room.study.tally.loaded == 56
    (image,) = [layer for layer in napari_viewer.layers if "4ea15f16" in layer.name]
    assert image.source.sample is None
