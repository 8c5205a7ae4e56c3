"""Every group of the scan corpus, dropped on the picture: it opens with the right sides, or is
refused in the words of ``mriview info``.
"""

import json
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hands import assert_right_way_round, drop, settle
from napari.layers import Image
from qtpy.QtCore import QEvent, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QLabel, QMessageBox

from mriview import MriviewError, open_batch, open_review, open_study
from mriview_napari.adapter import main_window
from mriview_napari.listing import list_of
from mriview_napari.opening import close_in, room_of, take_drops
from mriview_napari.panels.series import SeriesPanel
from mriview_napari.reading import get_reader, layers_of
from mriview_napari.space import ScanSpace

pytestmark = [pytest.mark.corpus, pytest.mark.room]

TURN_MS = 5  # the turn of the event loop in which what was dropped opens
LAID_OUT_MS = 100  # until dock and picture have their places

PICTURES = [  # one of each way of storing planes
    "dicom/t1_posterior_fossa",
    "dicom/ge_mprage_oblique",
    "dicom/hitachi_double_oblique",
    "dicom/enhanced_philips_t1",
    "dicom/enhanced_canon_dti_gz",
    "dicom/siemens_mosaic_sag",
    "dicom/siemens_mosaic_cor",
    "nifti/stored_las",
    "nifti/stored_asl",
    "nifti/stored_ipr",
]
UNSEEN = {  # voxels that headers promise and that are cut or corrupt
    "truncated_gz": "nifti_truncated",
    "gz_bad_crc": "gzip_checksum",
}


@pytest.fixture
def own_records(monkeypatch, tmp_path):
    """Keep the reading of each study apart: in the corpus several say that they are one study."""

    def next_folder(name):
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / name))

    next_folder("data")
    return next_folder


@pytest.fixture
def viewer(napari_viewer, own_records):
    """A viewer in which mriview was opened from the menu, so that it takes what is dropped."""
    close_in(napari_viewer)
    napari_viewer.layers.clear()
    take_drops(napari_viewer)
    yield napari_viewer
    close_boxes()
    close_in(napari_viewer)


@pytest.fixture
def unseen(viewer):
    """The same with its window hidden: what is drawn is asked of the layers, not of pixels."""
    window = main_window(viewer)
    window.hide()
    yield viewer
    window.show()
    settle(50)


def boxes():
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, QMessageBox)]


def close_boxes():
    for box in boxes():
        box.close()
    settle(TURN_MS)


def said():
    """What the box on the screen says; nothing where there is none."""
    return "\n".join(box.text() for box in boxes() if box.isVisible())


def choose_study(viewer, key):
    """Choose in the list of several studies the one that is meant, by Enter."""
    window = list_of(viewer).window
    assert window.isVisible()
    window.select(key)
    QTest.keyClick(window.table, Qt.Key.Key_Return)


def studies_of(path):
    """Every study under a path, and the error where the path is refused as a whole."""
    try:
        return [open_study(path)], None
    except MriviewError as error:
        if error.code == "several_studies":
            return list(open_batch(path)), None
        return [], error


def can_be_read(volume):
    try:
        volume.voxels  # noqa: B018 (reading is the check)
    except MriviewError:
        return False
    return True


def says(text, code, found, remedy):
    """Whether a text holds a problem: sentence, what to do, and its code."""
    return f"{found[1:]}. {remedy}." in text and code in text


def stored_index(view, voxels, index):
    """Where in the stored voxels an element of a view lies, by its address in memory."""
    at = tuple(slice(i, i + 1) for i in index)
    start, first = (a.__array_interface__["data"][0] for a in (view[at], voxels))
    left, found = start - first, [0] * voxels.ndim
    for axis in sorted(range(voxels.ndim), key=lambda axis: -voxels.strides[axis]):
        if voxels.shape[axis] > 1:
            found[axis], left = divmod(left, voxels.strides[axis])
    assert left == 0
    return found


def true_place(layer, volume, index):
    """Patient LPS mm of a drawn voxel, by the matrix of the scan and by nothing of the room."""
    i, j, k, *time = stored_index(layer.data, np.asarray(volume.voxels), index)
    assert time in ([], [0])  # the first time point is shown
    return (volume.grid.lps_from_index @ (i, j, k, 1.0))[:3]


def letter(direction):
    """The patient direction in which a vector mostly points."""
    axis = int(np.abs(direction).argmax())
    return ("RL", "AP", "FH")[axis][int(direction[axis] > 0)]


def wrong_place(layer, volume, space):
    """Give what is wrong with where a layer puts the corners of its volume; nothing if right."""
    if layer.ndim != 3 or not layer.visible:
        return "no volume is drawn"
    for corner in np.ndindex(2, 2, 2):
        index = tuple(int(n) for n in (np.array(layer.data.shape) - 1) * corner)
        drawn = space.lps(layer.data_to_world(index))
        if not np.allclose(drawn, true_place(layer, volume, index), atol=1e-3):
            return f"a corner is drawn at {drawn}"
    return ""


def wrong_sides(room):
    """Give what is wrong with the place of the shown volume and its letters; nothing if right."""
    viewer, volume = room.viewer, room.study.volumes[room.reference]
    layer = next(x for x in viewer.layers if room.reference in x.name)
    if why := wrong_place(layer, volume, room.space):
        return why
    last = np.array(layer.data.shape) - 1
    down, across = viewer.dims.order[-2:]
    _, vertical, horizontal = map(str, viewer.scene.camera.orientation)
    steps = {}
    for name, axis in (("down", down), ("across", across)):
        one, two = np.zeros(3, int), np.zeros(3, int)
        two[axis] = last[axis]
        steps[name] = true_place(layer, volume, two) - true_place(layer, volume, one)
    below = steps["down"] * (1 if vertical == "down" else -1)
    right = steps["across"] * (1 if horizontal == "right" else -1)
    there = "".join(letter(each) for each in (-right, right, -below, below))
    shown = "".join(text[:1] for text in room.picture.letters.text)
    if there != shown:
        return f"the letters say {shown}, the picture is {there}"
    if letter(right) != "L":
        return "left is not on the viewer's right"
    return ""


class Told:
    """What the panel of the series asks, without a room."""

    def __init__(self, study):
        self.study, self.review = study, open_review(study)
        self.state, self.reference = self.review.state, self.review.reference
        self.role, self.questions = self.review.role, self.review.questions
        self.send = self.review.apply_all


def wrong_apart(study):
    """Give what is wrong with layers and panel of a study, each by itself; nothing if right."""
    if not all(map(can_be_read, study.volumes.values())):
        return "" if len(study.volumes) == 1 else "only some voxels can be read"
    panel = SeriesPanel(Told(study))
    panel.draw(panel.desk.state)
    unsaid = unsaid_in(panel, study)
    panel.deleteLater()
    return unsaid or wrong_layers(study)


def wrong_layers(study):
    """Give what is wrong with the layers of a study without a window; nothing if right."""
    reference = study.volumes[study.default_reference()]
    space = ScanSpace(reference.grid)
    (data, options, kind), *others = layers_of(study)
    if kind != "image" or len(others) != len(study.volumes) - 1:
        return "a volume has no layer"
    layer = Image(data, **options)
    return wrong_place(layer, reference, space)


def unsaid_in(panel, study):
    """Codes of the problems of a study that the panel of its series does not tell."""
    text = "\n".join(label.text() for label in panel.findChildren(QLabel))
    unsaid = [p.code for p in study.problems if not says(text, p.code, p.message, p.remedy)]
    return ", ".join(unsaid)


def wrong_refusal(studies, error, text):
    """Give what ``mriview info`` says of a refused group and the room does not."""
    if error is not None:
        return "" if says(text, error.code, error.found, error.remedy) else error.code
    problems = [one for study in studies for one in study.problems]
    lost = [one.code for one in problems if not says(text, one.code, one.message, one.remedy)]
    return ", ".join(lost)


def wrong_opening(room, study):
    """Give what of an opened study is not there, or not said in the panel of its series."""
    if set(room.study.volumes) != {k for k, v in study.volumes.items() if can_be_read(v)}:
        return "the volumes differ"
    drawn = [layer.name for layer in room.viewer.layers]
    if not all(any(key in name for name in drawn) for key in room.study.volumes):
        return "a volume has no layer"
    return unsaid_in(room.dock.series, study) or wrong_sides(room)


def dropped_and_judged(viewer, path):
    """Drop a path and give what is wrong with what the room does; nothing if right."""
    studies, error = studies_of(path)
    shows = [study for study in studies if any(map(can_be_read, study.volumes.values()))]
    drop(viewer, path)
    settle(TURN_MS)
    if len(studies) > 1 and shows:
        choose_study(viewer, studies[0].key)
    room, text = room_of(viewer), said()
    if shows:
        if room is None:
            return f"it did not open: {text}"
        return "a box" if text else wrong_opening(room, studies[0])
    if room is not None or list(viewer.layers):
        return "something is shown"
    if not text.startswith("Not opened."):
        return "no box"
    return wrong_refusal(studies, error, text)


@pytest.fixture(scope="module")
def groups(corpus: Path):
    manifest = json.loads((corpus / "MANIFEST.json").read_text("utf-8"))
    return {group["id"]: group for group in manifest["groups"]}


def traits_of(studies):
    """Give all that makes a room differ, one by one: how planes lie, time points, few voxels ..."""
    for study in studies:
        for volume in study.volumes.values():
            yield "axes", tuple(map(volume.grid.letters, range(3)))
            yield "time points", volume.time_points > 1
            yield "few voxels", min(volume.grid.shape) < 5
            yield "series with problems", bool(volume.problems)
        yield "several series", len(study.volumes) > 1
        yield "problems", bool(study.problems)
    yield "several studies", len(studies) > 1


def put_away(viewer):
    """Close what a drop opened, and let Qt take it apart, as its own loop would."""
    close_in(viewer)
    if viewer.layers:  # clearing collects garbage, which takes its time
        viewer.layers.clear()
    close_boxes()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_each_kind_of_group_opens_with_the_right_sides_or_says_why_not(
    unseen, own_records, corpus, groups
):
    """A group is dropped where a room shows or refuses something that none before it did.

    Of the others the layers are handed out, and the panel of the series is asked what it says.
    """
    wrong, seen = {}, set()
    for name, group in groups.items():
        own_records(name)
        path = corpus / group["path"]
        studies, _ = studies_of(path)
        traits = set(traits_of(studies))
        if traits <= seen and any(study.volumes for study in studies):
            why = wrong_apart(studies[0])
        else:
            seen |= traits
            why = dropped_and_judged(unseen, path)
            put_away(unseen)
        if why:
            wrong[name] = why
    assert wrong == {}
    assert len(groups) >= 182


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_group_opens_with_the_right_sides_or_says_why_not(
    unseen, own_records, corpus, groups
):
    wrong = {}
    for name, group in groups.items():
        own_records(name)
        if why := dropped_and_judged(unseen, corpus / group["path"]):
            wrong[name] = why
        put_away(unseen)
    assert wrong == {}


@pytest.mark.parametrize("path", PICTURES)
def test_the_picture_itself_is_the_right_way_round(viewer, corpus, path):
    drop(viewer, corpus / path)
    settle(LAID_OUT_MS)
    room = room_of(viewer)
    corners = [room.picture.canvas_point(room.space.world(c)) for c in room.space.grid.corners_mm()]
    native = room.picture.native()
    assert (np.min(corners, axis=0) > 0).all()  # nothing is cut off by the dock
    assert (np.max(corners, axis=0) < (native.width(), native.height())).all()
    for plane in ("axial", "coronal", "sagittal"):
        nifti = sorted((corpus / path).glob("*.nii*"))
        volume = room.study.volumes[room.reference]
        image = nib.load(nifti[0]) if nifti else volume.to_nibabel()
        assert_right_way_round(room, image, plane)


@pytest.mark.parametrize("name", UNSEEN)
def test_voxels_that_are_cut_are_refused_and_what_was_open_stays(viewer, corpus, name):
    drop(viewer, corpus / "nifti" / "stored_las")
    settle(TURN_MS)
    before, layers = room_of(viewer), list(viewer.layers)
    drop(viewer, corpus / "nifti" / name)
    settle(TURN_MS)
    assert room_of(viewer) is before
    assert list(viewer.layers) == layers
    assert UNSEEN[name] in said()
    assert "the one from before" in said()
    drop(viewer, corpus / "nifti" / "stored_las")
    settle(TURN_MS)
    assert said() == ""


def test_a_corrupt_series_leaves_the_others_and_is_named_among_them(viewer, corpus, tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    for group in ("stored_las", "gz_bad_crc"):
        (file,) = (corpus / "nifti" / group).glob("*.nii.gz")
        shutil.copy(file, folder / f"{group}.nii.gz")
    drop(viewer, folder)
    settle(TURN_MS)
    room = room_of(viewer)
    assert len(room.study.volumes) == 1
    assert wrong_sides(room) == ""
    text = "\n".join(label.text() for label in room.dock.series.left_out.findChildren(QLabel))
    assert "gzip_checksum" in text


def test_of_two_studies_in_one_folder_the_reader_chooses(viewer, corpus):
    path = corpus / "dicom" / "two_studies_one_folder"
    keys = [study.key for study in open_batch(path)]
    for number in (1, 0):
        drop(viewer, path)
        settle(TURN_MS)
        choose_study(viewer, keys[number])
        assert room_of(viewer).study.key == keys[number]
    drop(viewer, path)
    settle(TURN_MS)
    list_of(viewer).window.reject()
    assert room_of(viewer).study.key == keys[0]
    assert said() == ""


@pytest.mark.parametrize(
    ("group", "given", "named"),
    [
        ("dicom/zip_series", "export.zip", "export.zip"),
        ("dicom/zip_series", "export.zip", "1.2.840.99"),
        ("dicom/enhanced_canon_dti_gz", "*.gz", "IM0001"),
        ("dicom/dicomdir_media", "DICOMDIR", None),
        ("dicom/siemens_mosaic_sag", "*", "IM0001"),
        ("dicom/enhanced_siemens_t1", "*.dcm", "IM0001"),
        ("nifti/chris_mra", "*.nii.gz", "anything"),
        ("nifti/nifti2_big_endian", "*.nii.gz", "anything"),
    ],
)
def test_a_single_file_opens_whatever_it_is_called(viewer, corpus, tmp_path, group, given, named):
    file = min((corpus / group).glob(given))
    if named is not None:
        file = Path(shutil.copy(file, tmp_path / named))
    assert get_reader(str(file)) is not None
    assert dropped_and_judged(viewer, file) == ""
    assert room_of(viewer) is not None


def test_every_folder_with_a_file_that_may_be_a_scan_is_claimed(corpus, groups):
    left = [name for name, group in groups.items() if not get_reader(str(corpus / group["path"]))]
    assert left == ["empty_folder"]
