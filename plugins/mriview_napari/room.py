"""The room: one study, one review, one viewer and the dock, tied together.

The only place where they meet: commands go to the review, its states to the layers and the dock,
clicks on the picture to the panel that asked. Nothing that was said lives here; it can be closed at
any moment without losing a command.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Image, Labels, Layer, Points
from numpy.typing import NDArray

from mriview import Mask, MriviewError, Report, Review, Study, build_report, export, load_report
from mriview.exporters import exporters
from mriview.review import SIDES, Command, OpenField, Point, Question, ReviewState
from mriview.scans import Role
from mriview.values import DECIMALS
from mriview_napari import adapter
from mriview_napari.asking import ask_for_file, ask_for_folder
from mriview_napari.dock import Dock
from mriview_napari.layers import (
    GEOMETRY_KEY,
    Drawn,
    geometry_of,
    image_layers,
    mark_layers,
    mask_layers,
    preview_layer,
    restyle,
)
from mriview_napari.space import PLANES, ScanSpace, plane_of

DOCUMENTS = ("json", "html", "text")
LAYERS = {"image": Image, "labels": Labels, "points": Points}
BRUSH_VOXELS = 8
TITLE = "mriview"

Take = Callable[[Point], None]


class Room:
    """A reading in one napari viewer; what panels ask for (`panels.desk.Desk`).

    Parameters
    ----------
    viewer : napari.Viewer
        Its layers are taken off.
    study : Study
        At least one volume, so that there is a reference.
    review : Review
        Of that study.
    owned : bool
        Whether the room closes the review; else that stays with the caller.
    """

    def __init__(self, viewer: Any, study: Study, review: Review, *, owned: bool = False) -> None:
        self.viewer, self._study, self.review = adapter.real(viewer), study, review
        self._layers: dict[str, Layer] = {}
        self._contents: dict[str, object] = {}
        self._take: Take | None = None
        self._painting: Labels | None = None
        self._shown: tuple[str, dict[str, str]] | None = None  # reference, roles
        self._images: dict[str, Drawn] = {}
        self._owned = owned
        self.paths: tuple[Path, ...] = ()
        if self.viewer.layers:  # clearing collects garbage, which takes its time
            self.viewer.layers.clear()
        self.viewer.title = TITLE  # never a name, a folder or a series text
        self.picture = adapter.Picture(self.viewer)
        self.dock = Dock(self, self.choose_folder)
        self.dock.plane_chosen.connect(self.show_plane)
        self.dock.undone.connect(lambda: self._try(review.undo))
        self.dock.redone.connect(lambda: self._try(review.redo))
        self.dock.cancelled.connect(self.cancel)
        self.viewer.dims.events.order.connect(self._plane_changed)
        review.changed.connect(self.draw)
        self.draw(review.state)
        self._place = self.viewer.window.add_dock_widget(self.dock, name=TITLE, area="right")
        self.dock.dress()
        self.show_plane("axial")
        self.begin()
        if torn := review.torn_bytes:
            self.say(f"The last command of this review was torn ({torn} bytes) and was cut off.")

    def close(self) -> None:
        """Leave the viewer, which lives on."""
        self.cancel()
        self.viewer.dims.events.order.disconnect(self._plane_changed)
        self.picture.close()
        adapter.take_off(self.viewer, self._place)  # its widgets hold the room, and the voxels
        self.released()

    def released(self) -> None:
        """Let go of the review and of every path; the window may be gone."""
        self.review.changed.disconnect(self.draw, missing_ok=True)
        for path in self.paths:
            adapter.forget_path(path)
        if self._owned:
            self.review.close()

    def fit(self) -> None:
        """Fit the picture to the window, once it has its size."""
        self.viewer.fit_to_view()

    def begin(self) -> None:
        """Fit the picture and look at what was marked: where a reader goes on."""
        self.fit()
        self.show(_start(self.state, self.space))

    @property
    def study(self) -> Study:
        """The scans that are read."""
        return self._study

    @property
    def state(self) -> ReviewState:
        """What was said so far."""
        return self.review.state

    @property
    def reference(self) -> str:
        """Key of the series in whose frame positions are."""
        return str(self.review.reference)

    @property
    def space(self) -> ScanSpace:
        """The axes of the picture."""
        return ScanSpace(self.study.volumes[self.reference].grid)

    def role(self, series: str) -> Role:
        """Role of a series: the reader's word over the tool's."""
        return self.review.role(series)

    def questions(self) -> Sequence[Question]:
        """Other causes with answers and what the scans allow."""
        return self.review.questions()

    def to_acknowledge(self) -> Sequence[str]:
        """Limit ids of what the tool derived."""
        return self.review.limits_to_acknowledge()

    def still_open(self) -> Sequence[OpenField]:
        """Mandatory fields that are open."""
        return self.review.open_fields()

    def send(self, *commands: Command | Mapping[str, object]) -> bool:
        """Apply commands, all or none; a refusal is said in the status line."""
        return self._try(lambda: self.review.apply_all(commands))

    def pick(self, prompt: str, take: Take) -> None:
        """Say a prompt, and hand the following clicks to a function."""
        self._take = take
        self.dock.ask(prompt)
        self.picture.set_pick(self._clicked)

    def stop_picking(self) -> None:
        """Give clicks on the picture back to napari."""
        self._take = None
        self.dock.ask("")
        self.picture.set_pick(None)

    def cancel(self) -> None:
        """Drop what was begun and not sent."""
        self.stop_picking()
        self.preview(())
        self.dock.stop()
        self.dock.say("")

    def preview(self, points: Sequence[Point]) -> None:
        """Show clicks that are not yet part of the review."""
        self._put(preview_layer(points, self.space))

    def show(self, position: Point) -> None:
        """Move the displayed plane, and the middle of the picture, to a position."""
        self._look_at(self.space.world(position))

    def show_plane(self, plane: str) -> None:
        """Show the axial, coronal or sagittal plane through the middle of the picture."""
        dims, camera = self.viewer.dims, self.viewer.scene.camera
        middle = np.array(dims.point, dtype=np.float64)
        for axis, value in list(zip(dims.order, camera.center, strict=True))[1:]:
            middle[axis] = value
        zoom = camera.zoom
        dims.ndisplay = 2
        dims.order = PLANES[plane]  # napari fits the picture to the window here
        camera.zoom = zoom
        self._look_at(middle)
        self._plane_changed()

    def _look_at(self, world: NDArray[np.float64]) -> None:
        for axis in range(len(world)):  # between two planes nobody knows which one napari shows
            self.viewer.dims.set_point(axis, float(self.space.on_plane(world, axis)[axis]))
        self.viewer.scene.camera.center = tuple(world[list(self.viewer.dims.order)])

    def start_painting(self, what: str = "mass") -> None:
        """Give the reader a brush on the grid of the reference; ``what`` names it in the prompt."""
        self.stop_painting()
        space = self.space
        self._painting = Labels(
            np.zeros(space.grid.shape, dtype=np.uint8),
            name=f"{what}, being painted",
            scale=space.scale,
            translate=space.translate,
            units="mm",
            opacity=0.6,
            metadata={GEOMETRY_KEY: geometry_of(self.reference, space.reference)},
        )
        self.viewer.add_layer(self._painting)
        self.viewer.layers.selection.active = self._painting
        self._painting.brush_size = BRUSH_VOXELS
        self._painting.mode = "paint"
        self.dock.allow_shortcuts(False)
        words = "slice by slice; [ and ] change the brush, then press Keep"
        self.dock.ask(f"Paint the {what}, {words}")

    def stop_painting(self) -> None:
        """Put the brush away; what was painted and not kept is dropped."""
        if self._painting is not None:
            painting, self._painting = self._painting, None
            self.viewer.layers.remove(painting)
            self._rest()
            self.dock.ask("")
            self.dock.allow_shortcuts(True)

    def keep_painting(self) -> str | None:
        """Store what was painted; None where it was refused."""
        painting = self._painting
        if painting is None:
            return None
        space, series = self.space, self.reference
        stored: list[str] = []

        def store() -> None:
            voxels = space.order.inverse.view(np.asarray(painting.data))
            mask = Mask.from_voxels(space.reference, voxels)
            stored.append(self.review.store(mask, series))

        self._try(store)
        return stored[0] if stored else None

    def export(self, folder: Path) -> bool:
        """Write the report into a folder: for programs, for people, for a RIS."""

        def write() -> None:
            report = build_report(self.study, self.review)
            export(report, folder, to=DOCUMENTS, study=self.study)

        written = self._try(write)
        if written:
            self.say("report.json, report.html and report.txt were written.")
        return written

    def text(self) -> str:
        """Give the report as plain text."""
        report = build_report(self.study, self.review)
        return exporters()["text"].documents(report, None, None)["report.txt"].decode()

    def choose_folder(self) -> Path | None:
        """Ask for the folder of the report."""
        return ask_for_folder(self.dock, "Folder for the report")

    def choose_report(self) -> Path | None:
        """Ask for the file of an earlier report."""
        return ask_for_file(self.dock, "Earlier report", "Reports (*.json)")

    def earlier_report(self) -> Report | None:
        """Read an earlier report that a person chooses; None where it was refused."""
        path = self.choose_report()
        read: list[Report] = []
        if path is not None:
            self._try(lambda: read.append(load_report(path)))
        return read[0] if read else None

    def say(self, sentence: str) -> None:
        """Write the status line."""
        self.dock.say(sentence)

    def draw(self, state: ReviewState) -> None:
        """Draw a state: layers and dock."""
        self._draw_images(state)
        space = self.space
        for drawn in mark_layers(state, space):
            self._put(drawn)
        masks = tuple(mask_layers(self.study, state, space, self.review.mask))
        for gone in [i for i in self._layers if i.startswith("masks:")]:
            if gone not in {drawn.id for drawn in masks}:
                self._take_off(gone)
        for drawn in masks:
            self._put(drawn)
        self._draw_dock(state)

    def _draw_dock(self, state: ReviewState) -> None:
        self.dock.draw(state, can_undo=self.review.can_undo, can_redo=self.review.can_redo)

    def _draw_images(self, state: ReviewState) -> None:
        """Place every volume anew where the reference changed; where a role did, name it anew."""
        roles = {key: self.role(key).id for key in self.study.volumes}
        if (self.reference, roles) == self._shown:
            return
        images = image_layers(self.study, self.space, self.reference, roles.__getitem__)
        drawn_now = {drawn.id: drawn for drawn in images}
        placed, self._shown = self._shown, (self.reference, roles)
        before, self._images = self._images, drawn_now
        there = all(self._layers.get(each) in self.viewer.layers for each in drawn_now)
        if there and placed is not None and placed[0] == self.reference:
            for each, drawn in drawn_now.items():
                restyle(self._layers[each], before[each], drawn)
            return
        for known in list(self._layers):
            self._take_off(known)
        self.picture.use(self.space)
        for drawn in drawn_now.values():
            self._put(drawn)
        self.viewer.dims.thickness = (adapter.SLAB_MM,) * 3
        self.show(_start(state, self.space))
        self.viewer.fit_to_view()

    def _put(self, drawn: Drawn) -> None:
        known = self._layers.get(drawn.id)
        if known is None and drawn.kind == "points" and not len(drawn.data):
            return  # an empty layer costs napari as much as a full one
        if known is not None and known in self.viewer.layers:
            if drawn.content is not None and drawn.content == self._contents.get(drawn.id):
                return
            if drawn.kind == "points":
                self._contents[drawn.id] = drawn.content
                _redraw_points(known, drawn)
                return
        self._take_off(drawn.id)
        layer = LAYERS[drawn.kind](drawn.data, **drawn.options)
        self.viewer.add_layer(layer)
        layer.editable = False  # the picture shows the review; it is changed by commands only
        self._layers[drawn.id], self._contents[drawn.id] = layer, drawn.content
        self._rest()

    def _take_off(self, drawn_id: str) -> None:
        layer = self._layers.pop(drawn_id, None)
        if layer is not None and layer in self.viewer.layers:
            self.viewer.layers.remove(layer)

    def _rest(self) -> None:
        """Leave the reference selected: the one whose contrast a reader changes."""
        first = self._layers.get(f"image:{self.reference}")
        if self._painting is None and first is not None and first in self.viewer.layers:
            self.viewer.layers.selection.active = first

    def _clicked(self, world: NDArray[np.float64]) -> None:
        if self._take is not None:
            seen = self.space.on_plane(world, self.viewer.dims.order[0])
            x, y, z = (round(float(mm), DECIMALS) for mm in self.space.lps(seen))
            self._take((x, y, z))

    def _plane_changed(self, event: object = None) -> None:
        del event
        self.dock.planes.draw(plane_of(tuple(self.viewer.dims.order)) or "")

    def _try(self, act: Callable[[], object]) -> bool:
        """Do something that may be refused; the refusal becomes one sentence."""
        try:
            act()
        except MriviewError as error:
            self._draw_dock(self.state)  # no button shows what was not stored
            self.dock.say(
                f"{error.found[:1].upper()}{error.found[1:]}. {error.remedy}.", refused=True
            )
            return False
        self.dock.say("")
        return True


def _start(state: ReviewState, space: ScanSpace) -> Point:
    """Choose where to look first: a contact, a lesion, where a nerve leaves, or the middle."""
    for position in (*(c.position for c in state.contacts), *(x.position for x in state.lesions)):
        return position
    for side in SIDES:
        for nerve in state.side(side).nerves.values():
            return nerve.path.clicks[0]
    return _middle(space)


def _middle(space: ScanSpace) -> Point:
    x, y, z = space.grid.lps((np.array(space.grid.shape) - 1) // 2)
    return float(x), float(y), float(z)


def _redraw_points(layer: Points, drawn: Drawn) -> None:
    layer.data = drawn.data
    if not len(drawn.data):
        return
    options = drawn.options
    layer.features = options["features"]
    layer.size = options["size"]
    layer.symbol = options["symbol"]
    layer.face_color = options["face_color"]
    layer.border_color = options["border_color"]
    layer.border_width = options["border_width"]
    layer.text = options["text"]
