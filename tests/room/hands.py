"""A reader's hands for tests: clicks on the picture and on buttons, and eyes for its colours."""

import numpy as np
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QCheckBox

from mriview_napari.opening import room_of


def settle(ms=40):
    QTest.qWait(ms)


def open_study_in(viewer, study, review):
    from mriview_napari.opening import open_in

    room = open_in(viewer, study, review)
    settle(120)
    room.fit()
    settle(60)
    return room


def dropped(viewer, *paths):
    """Open paths through the call that drag and drop makes; the room opens in a later turn."""
    viewer.window._qt_viewer._qt_open([str(path) for path in paths], stack=False, plugin="mriview")
    settle(50)  # the timer of the reader fires first; the study opens in that turn
    room = room_of(viewer)
    settle(100)
    room.fit()
    settle(60)
    return room


def whole_plane(room, plane, at_mm):
    """Show a plane through a position, from edge to edge."""
    room.show(at_mm)
    room.show_plane(plane)
    room.fit()
    settle(20)


def press(button):
    """Press a button with the mouse; it must be there to be pressed."""
    assert button.isEnabled(), button.text()
    area = button.parentWidget()
    while area is not None and not hasattr(area, "ensureWidgetVisible"):
        area = area.parentWidget()
    if area is not None:
        area.ensureWidgetVisible(button)
        QApplication.processEvents()
    assert button.isVisible(), button.text()
    where = button.rect().center()
    if isinstance(button, QCheckBox):  # it hears clicks on its box and its words only
        where.setX(10)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    settle(10)


def choose(combo, row):
    """Choose a row of a drop-down as its list does."""
    index = combo.findData(row)
    assert index >= 0, row
    combo.setCurrentIndex(index)
    combo.activated.emit(index)
    settle(10)


def click(room, lps_mm):
    """Click on the picture where a patient position is, after scrolling to its plane."""
    world = room.space.world(lps_mm)
    axis = room.viewer.dims.order[0]
    room.viewer.dims.set_point(axis, float(world[axis]))
    settle(10)
    click_here(room, lps_mm)


def click_here(room, lps_mm):
    """Click on the displayed plane where a patient position would be."""
    world = room.space.world(lps_mm)
    x, y = room.picture.canvas_point(world)
    native = room.picture.native()
    here = QPoint(round(x), round(y))
    assert native.rect().contains(here), (x, y)
    QTest.mouseClick(native, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, here)
    settle(20)


def wheel(room, clicks, modifiers=Qt.KeyboardModifier.NoModifier):
    """Turn the wheel over the middle of the picture; QTest has none."""
    native = room.picture.native()
    centre = native.rect().center()
    where, there = QPointF(centre), QPointF(native.mapToGlobal(centre))
    delta, none = QPoint(0, 120 * clicks), Qt.MouseButton.NoButton
    phase = Qt.ScrollPhase.NoScrollPhase
    turned = QWheelEvent(where, there, QPoint(0, 0), delta, none, modifiers, phase, False)
    QApplication.sendEvent(native, turned)
    settle(20)


def brightness(room):
    """The canvas as grey values, without letters and scale bar."""
    drawn_over = (
        room.picture.letters,
        room.picture.shadows,
        room.viewer.canvas.overlays.scale_bar,
    )
    for each in drawn_over:
        each.visible = False
    settle(30)
    picture = room.picture.picture()[..., :3].max(axis=-1).astype(int)
    for each in drawn_over:
        each.visible = True
    return picture


def centre_of_bright(picture, threshold=200):
    """Column and row of the bright pixels, as fractions of the picture."""
    rows, columns = np.nonzero(picture > threshold)
    assert len(rows) > 8, "nothing bright is shown"
    return columns.mean() / picture.shape[1], rows.mean() / picture.shape[0]
