"""Pictures of the room for the documentation, made from the synthetic patient.

``python -m mriview_napari.pictures OUT`` opens the room, applies the scripted reading and writes
``room.png``, then lists three samples as a worklist and writes ``worklist.png``. It needs a
display; what it draws is looked at by people, not compared by bytes.
"""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from qtpy.QtTest import QTest

from mriview import Review, open_review, open_study
from mriview.review import Command, read_script
from mriview.workflow.samples import sample
from mriview.workflow.worklist import next_to_read, open_worklist
from mriview_napari import open_room
from mriview_napari.opening import open_list

WINDOW_PX = (1600, 1000)
CONTACTS_TAB = 2
ZOOM = 1.7  # both nerves fill the width
DRAWN_MS = 300  # until the window has its size and everything is painted
SIGNED = "sign"
LISTED = ("t1_posterior_fossa", "synthetic_mass_left")  # besides the patient; one of them is signed


def make_pictures(out: Path) -> list[Path]:
    """Write the pictures of the room into a folder.

    Parameters
    ----------
    out : Path
        Folder; made where it is absent.

    Returns
    -------
    list of Path
        What was written.
    """
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as made:
        patient = sample("synthetic_aica_left", Path(made, "archive"))
        study, script = open_study(patient.study), read_script(patient.script)
        review = open_review(study, script.reader)
        room = open_room(study, review, block=False)
        review.apply_all([c for c in script.commands if c.name != SIGNED])
        room.viewer.window.resize(*WINDOW_PX)
        QTest.qWait(DRAWN_MS)
        room.fit()
        room.viewer.scene.camera.zoom *= ZOOM
        middle = room.viewer.scene.camera.center[-1]
        room.dock.tabs.setCurrentIndex(CONTACTS_TAB)
        contact = review.state.contacts[0]
        room.show(contact.position)
        camera = room.viewer.scene.camera
        camera.center = (*camera.center[:-1], middle)  # of both nerves
        room.dock.contacts.list.setCurrentRow(0)
        QTest.qWait(DRAWN_MS)
        path = out / "room.png"
        room.viewer.screenshot(str(path), canvas_only=False, flash=False)
        end = next(c for c in script.commands if c.name == SIGNED)
        listed = _picture_of_list(room.viewer, Path(made), review, out / "worklist.png", end)
        room.viewer.close()
    return [path, listed]


def _picture_of_list(viewer: Any, made: Path, patient: Review, path: Path, end: Command) -> Path:
    """List the patient, whose reading is ended now, beside one that was begun and one unread."""
    archive, reviews, reader = made / "archive", made / "reviews", patient.reader
    real, mass = (sample(name, archive) for name in LISTED)
    shutil.copytree(real.study, archive / real.name)
    with open_review(open_study(mass.study), reader, reviews / mass.name) as begun:
        begun.apply_all(read_script(mass.script).commands[:3])
    listed = open_list(viewer, archive, open_worklist(archive, reader, reviews), reader)
    patient.apply(end)
    listed.draw()
    row = next_to_read(listed.rows, unread_only=True)
    listed.window.select(row.key if row is not None else "")
    listed.window.come()
    QTest.qWait(DRAWN_MS)
    listed.window.grab().save(str(path))
    return path


if __name__ == "__main__":
    for written in make_pictures(Path(sys.argv[1])):
        sys.stdout.write(f"{written}\n")
