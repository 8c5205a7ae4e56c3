"""What is drawn: a study and the state of its review as a short list of layers.

Each `Drawn` is a napari layer to be (kind, data, options); the room adds it to a viewer, the reader
hands it to napari as it is. Marks are drawn from the state only and are never edited in the
picture. Every layer has a positive scale and a translation along the room's axes; a volume that is
not parallel to the reference is resliced when napari asks for a plane.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mriview import Mask, Study, Volume, vocabulary
from mriview.geometry import Grid, Resliced
from mriview.review import SIDES, ReviewState, SideName
from mriview.values import NervePath
from mriview_napari.space import ScanSpace
from mriview_napari.wording import (
    contact_name,
    landmark_name,
    nerve_words,
    series_name,
    vessel_name,
)

SAMPLE_VOXELS = 200_000  # enough for two percentiles; a whole volume would be read otherwise
DARK_PERCENT, BRIGHT_PERCENT = 1.0, 99.7
FLOW_DARK_PERCENT, FLOW_BRIGHT_PERCENT = 90.0, 99.9  # of a TOF only the vessels are wanted

WORDS_POINTS = 11
BESIDE_MM, BELOW_MM = (0.8, -0.8, 1.0), (-2.6, 2.6, 0.0)  # words of marks, of contacts; S, P, L
BESIDE_RIGHT_MM = (0.8, -0.8, -1.0)  # words of the right side grow away from the midline too
ANCHORS = {BESIDE_MM: "upper_left", BESIDE_RIGHT_MM: "upper_right", BELOW_MM: "center"}
PATH_MM, DRAWN_MM, MARK_MM, CONTACT_MM = 0.35, 0.6, 1.2, 3.6  # diameters on the picture
RING_WIDTH = 0.1  # of its diameter
NERVE_COLOUR, CONTACT_COLOUR, REJECTED_COLOUR = "#F0E442", "#FF6A3D", "#8A8A8A"
WORDS_COLOUR = "#1E90FF"  # can be read on bright fluid and on dark brain alike
MIDLINE_COLOUR, LESION_COLOUR, PREVIEW_COLOUR = "#FFFFFF", "#56B4E9", "#00E5FF"
IMPLANT_COLOUR = "#CC79A7"

FLOW_ROLES = {"tof_mra"}
LOOKS = frozenset({"name", "visible", "colormap", "blending", "contrast_limits"})  # by the role
GEOMETRY_KEY = "mriview"  # in a layer's metadata: what scale and translation cannot hold


@dataclass(frozen=True, eq=False)
class Drawn:
    """One layer: ``id`` lasts from one drawing to the next, equal ``content`` looks the same."""

    id: str
    kind: str
    data: Any
    options: Mapping[str, Any]
    content: object = None


@dataclass(frozen=True, slots=True)
class _Mark:
    """A dot on the picture, or a ring that leaves free what it is about; position LPS mm."""

    position: tuple[float, float, float]
    text: str
    colour: str
    symbol: str
    size_mm: float
    is_ring: bool = False


def image_layers(
    study: Study, space: ScanSpace, reference: str, role_of: Callable[[str], str]
) -> Iterator[Drawn]:
    """Draw every volume of a study, the reference first.

    Only the reference, and a TOF angiogram over it in colour, are switched on. A volume whose frame
    of reference is not the reference's is named so: its place beside the others is not known.
    """
    first = study.volumes[reference]
    others = [volume for key, volume in study.volumes.items() if key != reference]
    for volume in (first, *others):
        role = role_of(volume.key)
        known = shares_frame(study, first, volume)
        flow = volume is not first and known and role in FLOW_ROLES
        name = series_name(role, volume.key) + ("" if known else " (place not known)")
        data, place = _placed(volume, space)
        yield Drawn(
            id=f"image:{volume.key}",
            kind="image",
            options={
                "name": name,
                "visible": volume is first or flow,
                "colormap": "red" if flow else "gray",
                "blending": "additive" if flow else "translucent_no_depth",
                "contrast_limits": contrast_limits(volume, flow=flow),
                "interpolation2d": "linear",
                "multiscale": False,
                "rgb": False,  # napari takes a last axis of 3 or 4 voxels for colours
                "projection_mode": "none",  # napari's own averages the slab in which marks show
                "metadata": {GEOMETRY_KEY: {"series": volume.key}},
                **place,
            },
            data=data,
        )


def restyle(layer: Any, before: Drawn, after: Drawn) -> None:
    """Give a layer of a volume what its role changed; what a reader set in napari stays."""
    for key, value in after.options.items():
        if key in LOOKS and value != before.options[key]:
            setattr(layer, key, value)


def shares_frame(study: Study, first: Volume, other: Volume) -> bool:
    """Whether two volumes of a study are held to lie in one frame."""
    if first.key == other.key or study.scanner_frame_assumed:
        return True
    frame = first.frame_of_reference
    return frame is not None and frame == other.frame_of_reference


def contrast_limits(volume: Volume, *, flow: bool = False) -> tuple[float, float]:
    """Choose grey limits from a thinned sample of the voxels."""
    voxels = _first_time_point(volume)
    step = max(1, int(np.ceil((voxels.size / SAMPLE_VOXELS) ** (1 / 3))))
    sample = np.asarray(voxels[::step, ::step, ::step], dtype=np.float64)
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return 0.0, 1.0
    percents = (FLOW_DARK_PERCENT, FLOW_BRIGHT_PERCENT) if flow else (DARK_PERCENT, BRIGHT_PERCENT)
    low, high = np.percentile(sample, percents)
    if high <= low:
        low, high = sample.min(), sample.max()
    return (float(low), float(high)) if high > low else (float(low), float(low) + 1.0)


def mark_layers(state: ReviewState, space: ScanSpace) -> tuple[Drawn, ...]:
    """Draw what the reader marked: the nerve paths as dots, the named places with their words."""
    return (
        _points("paths", "nerve paths", tuple(_path_dots(state)), space),
        _points("marks", "marks", tuple(_named_marks(state)), space),
        _points(
            "marks_right", "marks RIGHT", tuple(_side_marks(state, "right")), space, BESIDE_RIGHT_MM
        ),
        _points("contacts", "contacts", tuple(_contact_marks(state)), space, BELOW_MM),
    )


def mask_layers(
    study: Study, state: ReviewState, space: ScanSpace, mask_of: Callable[[str], Mask]
) -> Iterator[Drawn]:
    """Draw the kept masks, one layer for each series that carries some and lies parallel.

    A mask on another grid is not resampled for show: its lesion is marked by a point.
    """
    for series in dict.fromkeys(mask.series for mask in state.masks):
        grid = study.volumes[series].grid
        place = space.placement(grid)
        if place is None:
            continue
        full = np.zeros(grid.shape, dtype=np.uint8)
        of_series = [mask for mask in state.masks if mask.series == series]
        for number, mask in enumerate(of_series, start=1):
            full[mask_of(mask.sha256).on(grid)] = number
        yield Drawn(
            id=f"masks:{series}",
            kind="labels",
            data=place.order.view(full),
            content=tuple(mask.sha256 for mask in of_series),
            options={
                "name": f"masks {series}",
                "scale": place.scale,
                "translate": place.translate,
                "units": "mm",
                "opacity": 0.5,
                "metadata": {GEOMETRY_KEY: geometry_of(series, grid)},
            },
        )


def geometry_of(series: str, grid: Grid) -> dict[str, Any]:
    """Give what a writer needs to put an (S, P, L) label layer back on the grid of its series."""
    return {
        "series": series,
        "shape": list(grid.shape),
        "lps_from_index": grid.lps_from_index.tolist(),
    }


def _placed(volume: Volume, space: ScanSpace) -> tuple[Any, dict[str, Any]]:
    place = space.placement(volume.grid)
    if place is None:
        data = Resliced(_first_time_point(volume), volume.grid, space.grid)
        return data, {"scale": space.scale, "translate": space.translate, "units": "mm"}
    view = place.order.view(_first_time_point(volume))
    return view, {"scale": place.scale, "translate": place.translate, "units": "mm"}


def _first_time_point(volume: Volume) -> NDArray[np.generic]:
    return volume.voxels if volume.time_points == 1 else volume.voxels[..., 0]


def _path_dots(state: ReviewState) -> Iterator[_Mark]:
    for side in SIDES:
        for nerve in state.side(side).nerves.values():
            for x, y, z in nerve.path.path_mm.tolist():
                yield _Mark((x, y, z), "", NERVE_COLOUR, "disc", PATH_MM)


def _named_marks(state: ReviewState) -> Iterator[_Mark]:
    if state.midline is not None:
        yield _Mark(state.midline, "midline", MIDLINE_COLOUR, "cross", MARK_MM)
    yield from _side_marks(state, "left")
    for lesion in state.lesions:
        label = vocabulary.conditions()[lesion.condition].label.en
        yield _Mark(lesion.position, f"{lesion.id} {label}", LESION_COLOUR, "square", MARK_MM)
        for end in (end for ends in lesion.calipers.values() for end in ends):
            yield _Mark(end, "", LESION_COLOUR, "cross", MARK_MM)
    for implant in state.implants:
        label = vocabulary.implants()[implant.kind].label.en
        yield _Mark(implant.position, f"{implant.id} {label}", IMPLANT_COLOUR, "square", MARK_MM)


def _side_marks(state: ReviewState, side: SideName) -> Iterator[_Mark]:
    for name, nerve in state.side(side).nerves.items():
        yield from _nerve_marks(nerve.path, nerve_words(side, name))
    for vessel in (x for x in state.vessels_nearby if x.side == side):
        words = f"{vessel_name(vessel.vessel)} nearby"
        yield _Mark(vessel.position, words, CONTACT_COLOUR, "diamond", MARK_MM)


def _contact_marks(state: ReviewState) -> Iterator[_Mark]:
    for contact in state.contacts:
        rejected = contact.decision == "rejected"
        colour = REJECTED_COLOUR if rejected else CONTACT_COLOUR
        yield _Mark(
            contact.position, contact_name(contact), colour, "disc", CONTACT_MM, is_ring=True
        )
        for position in () if contact.mask else contact.positions:
            yield _Mark(position, "", colour, "disc", DRAWN_MM)


def _nerve_marks(path: NervePath, word: str) -> Iterator[_Mark]:
    yield _Mark(path.clicks[0], f"{word} exit", NERVE_COLOUR, "disc", MARK_MM)
    for name, landmark in path.landmarks.items():
        if landmark.position is not None:
            words = f"{word} {landmark_name(name)}" if name == "porus" else landmark_name(name)
            yield _Mark(landmark.position, words, NERVE_COLOUR, "diamond", MARK_MM)


def _points(
    layer_id: str,
    name: str,
    marks: tuple[_Mark, ...],
    space: ScanSpace,
    words_at_mm: tuple[float, float, float] = BESIDE_MM,
) -> Drawn:
    places = np.array([mark.position for mark in marks], dtype=np.float64).reshape(-1, 3)
    unit_mm = max(space.scale)  # napari steps through slices by the finest layer: never this one
    return Drawn(
        id=layer_id,
        kind="points",
        content=marks,
        data=space.world(places) / unit_mm,
        options={
            "name": name,
            "metadata": {GEOMETRY_KEY: {}},
            "units": "mm",
            "ndim": 3,
            "scale": (unit_mm, unit_mm, unit_mm),
            **(_looks(marks, words_at_mm, unit_mm) if marks else {}),
        },
    )


def _looks(
    marks: Sequence[_Mark], words_at_mm: tuple[float, float, float], unit_mm: float
) -> dict[str, Any]:
    colours = [mark.colour for mark in marks]
    return {
        "size": np.array([mark.size_mm for mark in marks]) / unit_mm,
        "symbol": np.array([mark.symbol for mark in marks]),
        "face_color": ["transparent" if mark.is_ring else mark.colour for mark in marks],
        "border_color": colours,
        "border_width": np.array([RING_WIDTH if mark.is_ring else 0.0 for mark in marks]),
        "features": {"words": [mark.text for mark in marks]},
        "text": {
            "string": "{words}",
            "color": colours[0] if marks[0].is_ring else WORDS_COLOUR,
            "size": WORDS_POINTS,
            "anchor": ANCHORS[words_at_mm],
            "translation": [mm / unit_mm for mm in words_at_mm],
        },
    }


def preview_layer(points: Sequence[tuple[float, float, float]], space: ScanSpace) -> Drawn:
    """Draw clicks that are not yet part of the review."""
    marks = tuple(
        _Mark(point, str(number), PREVIEW_COLOUR, "cross", MARK_MM)
        for number, point in enumerate(points, start=1)
    )
    return _points("preview", "being marked", marks, space)
