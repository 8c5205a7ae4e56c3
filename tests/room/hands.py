"""A reader's hands for tests: clicks on the picture and on buttons, and eyes for its colours."""

import nibabel as nib
import numpy as np
from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QPushButton, QWidget
from scipy.ndimage import uniform_filter

from mriview_napari.opening import room_of

ARROW_PX = 30  # of a drop-down, with its margins


def settle(ms=40):
    QTest.qWait(ms)


def open_study_in(viewer, study, review):
    from mriview_napari.opening import open_in

    room = open_in(viewer, study, review)
    settle(120)
    room.fit()
    settle(60)
    return room


def take_back(room, keep=0):
    """Take back what was said, but for the first commands, and draw the room once."""
    with room.review.changed.blocked():
        while len(room.review.history.live) > keep and room.review.can_undo:
            room.review.undo()
    room.draw(room.state)


def dropped(viewer, *paths):
    """Open paths through the call that drag and drop makes; the room opens in a later turn."""
    viewer.window._qt_viewer._qt_open([str(path) for path in paths], stack=False, plugin="mriview")
    settle(50)  # the timer of the reader fires first; the study opens in that turn
    room = room_of(viewer)
    settle(100)
    room.fit()
    settle(60)
    return room


def drop(viewer, *paths):
    """Drop paths on the picture with the mouse, as Qt tells it; the study opens in a later turn."""
    target, mime = viewer.window._qt_viewer, QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    where, copy = QPoint(60, 60), Qt.DropAction.CopyAction
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(target, QDragEnterEvent(where, copy, mime, button, none))
    QApplication.sendEvent(target, QDropEvent(QPointF(where), copy, mime, button, none))


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


def assert_nothing_is_cut(panel):
    """Ask that every word that is shown in a panel has the room it needs."""
    for each in panel.findChildren(QWidget):
        if not each.isVisible():
            continue
        right = each.mapTo(panel, each.rect().topRight()).x()
        assert right <= panel.width(), (type(each).__name__, right)
        wraps = isinstance(each, QLabel) and each.wordWrap()
        if isinstance(each, QLabel | QPushButton | QCheckBox) and not wraps:
            assert each.sizeHint().width() <= each.width(), each.text()
        if isinstance(each, QComboBox):
            words_px = each.fontMetrics().horizontalAdvance(each.currentText())
            assert words_px + ARROW_PX <= each.width(), each.currentText()


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


def expected_plane(image, room):
    """The displayed plane as nibabel sees it, from the viewer's upper left.

    Of R, A, S that grow, each plane shows the last from above and the first from its far end.
    """
    voxels = np.asarray(nib.as_closest_canonical(image).dataobj, dtype=float)
    voxels = voxels if voxels.ndim == 3 else voxels[..., 0]
    axis = room.viewer.dims.order[0]  # of S, P, L
    at = room.viewer.dims.point[axis] - room.space.translate[axis]
    number = round(at / room.space.scale[axis])
    axis_ras = 2 - axis
    if axis_ras != 2:  # P and L grow against A and R
        number = voxels.shape[axis_ras] - 1 - number
    return np.take(voxels, number, axis=axis_ras)[::-1, ::-1].T


def seen_plane(room, shape):
    """The part of the canvas that the volume fills, thinned to one pixel a voxel."""
    picture = brightness(room)
    corners = [room.picture.canvas_point(room.space.world(c)) for c in room.space.grid.corners_mm()]
    (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
    rows = np.rint(np.linspace(top, bottom, shape[0])).astype(int)
    columns = np.rint(np.linspace(left, right, shape[1])).astype(int)
    rows, columns = rows.clip(0, picture.shape[0] - 1), columns.clip(0, picture.shape[1] - 1)
    return picture[np.ix_(rows, columns)].astype(float)


def alike(a, b, voxels=5):
    """How alike two pictures are; smoothed, since what is drawn is scaled."""
    a, b = (uniform_filter(each, voxels) for each in (a, b))
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def assert_right_way_round(room, image, plane="axial"):
    """Compare what is drawn, from edge to edge, with what nibabel holds."""
    room.show_plane(plane)
    room.fit()
    settle()
    low, high = room.viewer.layers[0].contrast_limits
    truth = np.clip(expected_plane(image, room), low, high)
    seen = seen_plane(room, truth.shape)
    assert alike(seen, truth) > 0.95
    # A head is nearly its own mirror image: what is not is compared by itself
    for mirrored in (np.fliplr, np.flipud):
        lopsided = alike(seen - mirrored(seen), truth - mirrored(truth))
        assert lopsided > 0.9, (plane, mirrored.__name__)
