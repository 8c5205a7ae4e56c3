"""A room that is closed goes, with its scans: nothing of the dock holds on to it."""

import gc
import weakref

import pytest
import readings
from hands import open_study_in
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication

from mriview import open_review
from mriview_napari.opening import close_in

A_LESION = readings.a_command("add_lesion", condition="meningioma", position=[20, -2, 1])


@pytest.mark.parametrize(
    "commands",
    [
        [],
        [*readings.marks(), *readings.coverage(), readings.a_contact(), A_LESION],
        list(readings.a_signed_reading()),
    ],
    ids=["fresh", "marked", "signed"],
)
def test_a_room_that_is_closed_is_let_go(napari_viewer, commands):
    def opened():
        study = readings.a_study()
        review = open_review(study, reader="R1")
        review.apply_all(commands)
        return weakref.ref(open_study_in(napari_viewer, study, review))

    room = opened()
    close_in(napari_viewer)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # as Qt's own loop would
    gc.collect()
    assert room() is None
