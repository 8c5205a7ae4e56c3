"""Key images of a contact: the axial plane, and the plane through the nerve and the contact.

Sampled from the scans by ``mriview.geometry``; marks, letters and the scale are drawn over them as
lines. Right of the patient is on the viewer's left. What was marked, the report knows; nothing is
measured here.
"""

import base64
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mriview import vocabulary
from mriview.errors import MriviewError
from mriview.exporters.page.markup import Markup, element
from mriview.geometry import Section, direction_letters, nearest, plane
from mriview.report import Report
from mriview.report.model_sides import Contact
from mriview.scans import Study, Volume
from mriview.words import Language, label, phrase

SIDE_MM = 36.0  # of a picture: brainstem to porus
PIXEL_MM = 0.2
SCALE_MM = 10
NEAR_MM = 1.5  # what lies farther from the plane is not drawn on it
DARKEST, BRIGHTEST = 1.0, 99.7  # percentiles of the picture that become black and white
LEAST_DIRECTION_MM = 0.05  # a mark nearer to the path gives no plane of its own
Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _View:
    name: str  # row id of its title
    right: Points
    down: Points


def contact_pictures(
    report: Report, side: str, contact: Contact, study: Study | None, language: Language
) -> Markup:
    """Draw both planes of a contact, or say why they are not there."""
    if study is None:
        return element("p", phrase("no_pictures", language), class_="missing")
    volume = _volume(report, contact, study)
    part = report.sides.right if side == "right" else report.sides.left
    nerve = part.nerves.get(contact.nerve)
    if volume is None or nerve is None:
        return element("p", phrase("no_series_picture", language), class_="missing")
    path_mm = np.array(nerve.path_mm, np.float64)
    try:
        figures = [
            _figure(volume, view, path_mm, contact, side, language)
            for view in _views(path_mm, contact)
        ]
    except MriviewError:
        return element("p", phrase("no_series_picture", language), class_="missing")
    legend = element("p", phrase("legend", language), class_="legend")
    return element("div", *figures, legend, class_="pictures")


def _volume(report: Report, contact: Contact, study: Study) -> Volume | None:
    """Choose a series of the contact in whose frame the positions are, else the reference."""
    reference = report.study.reference
    group = next((g.series for g in report.study.frame_groups if reference in g.series), ())
    keys = [key for key in (*contact.series, reference) if key is not None and key in group]
    return next((study.volumes[key] for key in keys if key in study.volumes), None)


def _views(path_mm: Points, contact: Contact) -> Iterator[_View]:
    yield _View("picture_axial", np.array([1.0, 0, 0]), np.array([0.0, 1, 0]))
    near = nearest(path_mm, np.array(contact.nearest_on_nerve))
    along = near.tangent * (1.0 if near.tangent[0] >= 0 else -1.0)  # right is on the left
    away = np.array(contact.nearest_on_vessel) - np.array(contact.nearest_on_nerve)
    away = away - along * float(away @ along)
    if np.linalg.norm(away) < LEAST_DIRECTION_MM:
        away = np.array([0.0, 0, -1]) + along * along[2]
    axis = int(np.argmax(np.abs(away)))
    downwards = -1.0 if axis == 2 else 1.0  # caudal or dorsal is below
    yield _View("picture_along", along, away * downwards * (1.0 if away[axis] >= 0 else -1.0))


def _figure(
    volume: Volume,
    view: _View,
    path_mm: Points,
    contact: Contact,
    side: str,
    language: Language,
) -> Markup:
    count = round(SIDE_MM / PIXEL_MM)
    centre = np.array(contact.nearest_on_nerve, np.float64)
    right, down = (way / np.linalg.norm(way) for way in (view.right, view.down))
    origin = centre - (right + down) * (SIDE_MM - PIXEL_MM) / 2
    section = Section(origin, right, down, (PIXEL_MM, PIXEL_MM), (count, count))
    voxels = volume.voxels if volume.time_points == 1 else volume.voxels[..., 0]
    image = _png(_grey(plane(voxels, volume.grid, section)))
    where, title = label(vocabulary.sides(), side, language), phrase(view.name, language)
    text = phrase("picture_text", language, plane=title, side=where, series=volume.key, mm=SCALE_MM)

    def on(points_mm: Points) -> tuple[Points, Points]:
        """Give millimetres in the picture, and the distance from its plane."""
        away = points_mm - origin
        flat = np.stack([away @ right, away @ down], axis=-1)
        return flat, np.abs(away @ np.cross(down, right))

    drawn = element(
        "svg",
        element("title", text),
        element("image", href=image, width=f"{SIDE_MM:g}", height=f"{SIDE_MM:g}"),
        *_nerve(*on(path_mm)),
        *_marks(*on(np.array(contact.primitive.positions, np.float64))),
        _scale(),
        *_letters(right, down),
        viewBox=f"0 0 {SIDE_MM:g} {SIDE_MM:g}",
        role="img",
        aria_label=text,
    )
    band = phrase("side_band", language, side=where.upper())
    return element("figure", drawn, element("figcaption", f"{title}. {band}. {volume.key}"))


def _nerve(flat: Points, far_mm: Points) -> Iterator[Markup]:
    shown = [f"{x:.2f},{y:.2f}" for (x, y), mm in zip(flat, far_mm, strict=True) if mm <= NEAR_MM]
    if len(shown) > 1:
        yield element("polyline", points=" ".join(shown), class_="nerve")


def _marks(flat: Points, far_mm: Points) -> Iterator[Markup]:
    for (x, y), mm in zip(flat, far_mm, strict=True):
        if mm <= NEAR_MM:
            cross = f"M{x - 1:.2f} {y:.2f}h2M{x:.2f} {y - 1:.2f}v2"
            yield element("path", d=cross, class_="mark")


def _scale() -> Markup:
    left, low = SIDE_MM - SCALE_MM - 2, SIDE_MM - 2.2
    bar = element("path", d=f"M{left:g} {low - 0.5:g}v1M{left:g} {low:g}h{SCALE_MM}m0-.5v1")
    words = element("text", f"{SCALE_MM} mm", x=f"{left + 2.6:g}", y=f"{low - 0.9:g}")
    return element("g", bar, words, class_="scale")


def _letters(right: Points, down: Points) -> Iterator[Markup]:
    middle = SIDE_MM / 2
    places = (
        (-right, 1.6, middle + 0.8),
        (right, SIDE_MM - 1.6, middle + 0.8),
        (-down, middle, 2.6),
        (down, middle, SIDE_MM - 1.0),
    )
    for way, x, y in places:
        letters = direction_letters(way)
        yield element("text", letters, x=f"{x:g}", y=f"{y:g}", class_="letter")


def _grey(pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    low, high = np.percentile(pixels, [DARKEST, BRIGHTEST])
    scaled = (pixels - low) / max(float(high - low), 1e-6)
    return np.asarray(np.round(np.clip(scaled, 0, 1) * 255), np.uint8)


def _png(grey: NDArray[np.uint8]) -> str:
    """Give a grey picture as a data URI."""
    rows, columns = grey.shape
    raw = b"".join(b"\0" + row.tobytes() for row in grey)
    head = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return "data:image/png;base64," + base64.b64encode(data).decode()
