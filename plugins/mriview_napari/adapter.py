"""The one file that touches what napari does not document: canvas, window, settings, sources.

Everything else in the room uses documented names of napari and Qt. Here are the camera that no
preference may mirror, the direction letters, the mouse on the picture, and the removal of the
folder names that napari and Qt remember. What is drawn and why is decided elsewhere.
"""

# ruff: noqa: SLF001 (private names are what this file is for)

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from napari.settings import get_settings
from numpy.typing import NDArray
from qtpy.QtCore import QEvent, QObject, QSettings, Qt, QUrl
from qtpy.QtWidgets import QMainWindow, QWidget
from vispy.scene import visuals

from mriview_napari.space import Edges, ScanSpace, orientation_of

LETTER_POINTS = 16
LETTER_INSET_PX = 24
OUTLINE = ((-1.5, -1.5), (-1.5, 1.5), (1.5, -1.5), (1.5, 1.5))  # px; the black around a letter
CLICK_SLOP_PX = 4  # a hand that moves less has clicked, not dragged
ZOOM_A_CLICK = 1.15
SLAB_MM = 3.0  # marks up to half of it in front of or behind the plane are shown

Pick = Callable[[NDArray[np.float64]], None]
TakeDrop = Callable[[list[str]], bool]


def real(viewer: Any) -> Any:
    """Give the viewer itself where napari handed a plug-in a proxy of it."""
    return getattr(viewer, "__wrapped__", viewer)


class Picture:
    """The picture of one napari viewer: how it is turned, its letters, the clicks on it.

    Parameters
    ----------
    viewer : napari.Viewer
        With a window.
    """

    def __init__(self, viewer: Any) -> None:
        self.viewer = real(viewer)
        self.space: ScanSpace | None = None
        self._pick: Pick | None = None
        self._canvas = self.viewer.window._qt_viewer.canvas
        self.shadows = self._words("black", 10**7 - 1, len(OUTLINE))  # white letters on white fluid
        self.letters = self._words("white", 10**7)
        self._wheel = list(self.viewer.mouse_wheel_callbacks)
        self._double_click = list(self.viewer.mouse_double_click_callbacks)
        self.viewer.mouse_drag_callbacks.append(self._pressed)
        self.viewer.mouse_wheel_callbacks[:] = [self._wheeled]
        self.viewer.mouse_double_click_callbacks.clear()  # two quick marks must not zoom
        self._canvas.view.events.resize.connect(self._place_letters)  # the canvas is told earlier
        self.viewer.dims.events.order.connect(self.settle)
        self.viewer.dims.events.ndisplay.connect(self.settle)
        self.viewer.scene.camera.events.orientation.connect(self.settle)
        bar = self.viewer.canvas.overlays.scale_bar
        bar.visible, bar.colored = True, False

    def close(self) -> None:
        """Let go of the viewer: after it napari's preferences turn the picture again."""
        self.viewer.mouse_drag_callbacks.remove(self._pressed)
        self.viewer.mouse_wheel_callbacks[:] = self._wheel
        self.viewer.mouse_double_click_callbacks[:] = self._double_click
        self._canvas.view.events.resize.disconnect(self._place_letters)
        self.viewer.dims.events.order.disconnect(self.settle)
        self.viewer.dims.events.ndisplay.disconnect(self.settle)
        self.viewer.scene.camera.events.orientation.disconnect(self.settle)
        self.letters.parent = self.shadows.parent = None

    def use(self, space: ScanSpace) -> None:
        """Turn the picture and name its edges for the axes of a scan."""
        self.space = space
        self.viewer.dims.axis_labels = ("S", "P", "L")
        self.settle()

    def settle(self, event: object = None) -> None:
        """Put the radiological orientation back, whatever changed it, and rename the edges.

        A change of napari's axis preferences overwrites every camera: unanswered, it would mirror
        the picture under unchanged letters.
        """
        del event
        if self.space is None:
            return
        order = tuple(self.viewer.dims.order)
        wanted, camera = orientation_of(order), self.viewer.scene.camera
        if tuple(map(str, camera.orientation)) != wanted:
            camera.orientation = wanted
        self._name_edges()

    def edges(self) -> Edges | None:
        """Name the edges of what is displayed; None in three dimensions."""
        if self.space is None or self.viewer.dims.ndisplay != 2:
            return None
        orientation = tuple(map(str, self.viewer.scene.camera.orientation))
        return self.space.edges(tuple(self.viewer.dims.order), orientation)  # type: ignore[arg-type]  # napari gives three words

    def set_pick(self, pick: Pick | None) -> None:
        """Send the room position (S, P, L mm) of the next clicks to a function, or to nobody."""
        self._pick = pick
        self.viewer.cursor.style = "crosshair" if pick else "standard"

    def native(self) -> QWidget:
        """Give the widget that receives the mouse."""
        widget: QWidget = self._canvas.native
        return widget

    def canvas_point(self, world: NDArray[np.float64]) -> tuple[float, float]:
        """Where on the canvas (x, y, logical pixels) a room position is drawn."""
        down, across = self.viewer.dims.order[-2:]
        transform = self._canvas.view.scene.node_transform(self._canvas.view)
        x, y, *_ = transform.map([world[across], world[down], 0, 1])
        return float(x), float(y)

    def picture(self) -> NDArray[np.uint8]:
        """Take the canvas as it is seen, (rows, columns, RGBA)."""
        return np.asarray(self.viewer.window._qt_viewer.screenshot(flash=False))

    def _pressed(self, viewer: Any, event: Any) -> Iterator[None]:
        del viewer
        start, world = np.array(event.pos), np.array(event.position, dtype=np.float64)
        moved = False
        yield
        while event.type == "mouse_move":
            moved = moved or float(np.abs(np.array(event.pos) - start).max()) > CLICK_SLOP_PX
            yield
        if not moved and event.button == 1 and self._pick is not None and self.edges():
            self._pick(world)

    def _wheeled(self, viewer: Any, event: Any) -> None:
        """Scroll slices, as every reading station does; with Ctrl, zoom."""
        del viewer
        dims, camera = self.viewer.dims, self.viewer.scene.camera
        if dims.ndisplay != 2 or self.space is None:
            return  # napari's own zoom
        clicks = int(np.sign(event.delta[1]))
        if "Control" in event.modifiers:
            camera.zoom *= ZOOM_A_CLICK**clicks
        else:
            axis = dims.order[0]
            moved = self.space.on_plane(dims.point, axis, steps=clicks)
            dims.set_point(axis, float(moved[axis]))
        event.handled = True

    def _name_edges(self) -> None:
        edges = self.edges()
        words = [edges.left, edges.right, edges.top, edges.bottom] if edges else [" "] * 4
        self.letters.text, self.shadows.text = words, words * len(OUTLINE)
        self._place_letters()

    def _words(self, colour: str, order: int, copies: int = 1) -> visuals.Text:
        words = visuals.Text(
            [" "] * 4 * copies,
            pos=np.zeros((4 * copies, 2), np.float32),
            color=colour,
            font_size=LETTER_POINTS,
            bold=True,
            parent=self._canvas.view,
        )
        words.order = order  # in front of every layer
        return words

    def _place_letters(self, event: object = None) -> None:
        del event
        width, height = self._canvas.view.size
        inset = LETTER_INSET_PX
        places = np.array(
            [
                [inset, height / 2],
                [width - inset, height / 2],
                [width / 2, inset],
                [width / 2, height - inset],
            ],
            np.float32,
        )
        self.letters.pos = places
        self.shadows.pos = np.concatenate([places + np.array(by, np.float32) for by in OUTLINE])


class _Drops(QObject):
    """Offers what is dropped on napari's picture to a function, before napari asks for a reader."""

    def __init__(self, target: QWidget, take: TakeDrop) -> None:
        super().__init__(target)
        self._take = take

    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802 (Qt's name)
        """Take a drop of files; with Alt napari's question is wanted."""
        del watched
        if event.type() != QEvent.Type.Drop or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return False
        urls = event.mimeData().urls()
        if not urls or not all(url.isLocalFile() for url in urls):
            return False
        taken = self._take([url.toLocalFile() for url in urls])
        if taken:
            event.acceptProposedAction()
        return taken


def take_drops(viewer: Any, take: TakeDrop) -> None:
    """Offer every drop of files on a viewer to a function; what it leaves, napari gets.

    Without it napari asks with each drop which reader is meant, and shows the whole path.
    """
    target = real(viewer).window._qt_viewer
    if target.findChild(_Drops) is None:
        target.installEventFilter(_Drops(target, take))


def main_window(viewer: Any) -> QMainWindow:
    """Give the Qt window of a viewer."""
    window: QMainWindow = real(viewer).window._qt_window
    return window


def take_off(viewer: Any, place: Any) -> None:
    """Remove from a window what ``add_dock_widget`` gave, with all that stands in it.

    napari's own removal gives the widget back: Qt then styles each of its hundreds anew, for a
    second or more, before they are deleted.
    """
    window = real(viewer).window
    window._qt_window.removeDockWidget(place)
    window._wrapped_dock_widgets.pop(place.name, None)
    place.deleteLater()


def maximise(viewer: Any) -> None:
    """Give the window the whole screen: a scan needs the room, and the dock beside it."""
    main_window(viewer).showMaximized()


def when_destroyed(viewer: Any, act: Callable[[], object]) -> None:
    """Call a function when the window of a viewer is gone."""
    main_window(viewer).destroyed.connect(lambda *_: act())


def forget_path(path: Path) -> None:
    """Take a path, and what lies below it, out of what napari and Qt remember.

    napari keeps the folders that were opened and saved to, and which reader a folder was opened
    with, in its settings file; Qt keeps the last folders of its file dialog in another.
    """
    settings = get_settings()
    plugins, application = settings.plugins, settings.application
    readers = {key: v for key, v in plugins.extension2reader.items() if not _names(key, path)}
    changed = readers != plugins.extension2reader
    if changed:
        plugins.extension2reader = readers
    for name in ("open_history", "save_history"):
        kept = [entry for entry in getattr(application, name) if not _names(entry, path)]
        if kept != getattr(application, name):
            setattr(application, name, kept)  # assigned: changes in place are not saved
            changed = True
    if changed:
        settings.save()
    _forget_in_qt(path)


def _forget_in_qt(path: Path) -> None:
    store = QSettings(QSettings.Scope.UserScope, "QtProject")
    for key in ("FileDialog/history", "FileDialog/lastVisited"):
        value = store.value(key)
        entries = value if isinstance(value, list) else [value] if value else []
        kept = [entry for entry in entries if not _names(QUrl(str(entry)).toLocalFile(), path)]
        if kept == entries:
            continue
        if kept:
            store.setValue(key, kept)
        else:
            store.remove(key)
    store.sync()


def _names(entry: str, path: Path) -> bool:
    """Whether a remembered entry is the path, lies below it, or is the folder it was chosen in."""
    known = Path(entry.rstrip("*"))
    return entry != "" and (known == path or path in known.parents or known == path.parent)
