"""One plane of a scan as a picture: grey voxels, and over them lines, letters and a scale.

Sampled by ``mriview.geometry`` and drawn in patient directions, said by letters at the edges. Which
planes a contact or a lesion gets is the matter of ``pictures``.
"""

import base64
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.measure import find_contours

from mriview import vocabulary
from mriview.exporters.page.markup import Markup, element
from mriview.geometry import Points, Section, direction_letters, plane
from mriview.scans import Volume
from mriview.values import Mask
from mriview.words import Language, label, phrase

PIXELS = 180  # along an edge
SCALE_MM = 10
NEAR_MM = 1.5  # what lies farther from the plane is not drawn on it
DARKEST, BRIGHTEST = 1.0, 99.7  # percentiles of the picture that become black and white
LETTER_PX = 36.0  # the style sheet's letters are made for a picture of that width
CROSS_FREE, CROSS_ARM = 1.3, 3.0  # of a mark, from its middle; for a picture of that width
SLANT = 0.985  # cosine of 10 deg: a plane that is turned farther is called oblique
PLANES = ("sagittal", "coronal", "axial")  # across x, y and z


@dataclass(frozen=True)
class Drawing:
    """A square plane of a volume.

    Parameters
    ----------
    volume : Volume
        The scan; of several time points the first is shown.
    centre : (3,) float64
        Middle of the picture, LPS mm.
    right, down : (3,) float64
        Directions to the viewer's right and downwards, across each other; unit length.
    side_mm : float
        Edge of the square.
    """

    volume: Volume
    centre: Points
    right: Points
    down: Points
    side_mm: float

    @property
    def origin(self) -> Points:
        """Middle of the first pixel, LPS mm."""
        half = (self.side_mm - self.pixel_mm) / 2
        return np.asarray(self.centre - (self.right + self.down) * half)

    @property
    def pixel_mm(self) -> float:
        """Edge of a pixel."""
        return self.side_mm / PIXELS

    @cached_property
    def section(self) -> Section:
        """Where the pixels lie."""
        step = (self.pixel_mm, self.pixel_mm)
        return Section(self.origin, self.right, self.down, step, (PIXELS, PIXELS))

    def image(self) -> str:
        """Sample the scan; a grey picture as a data URI."""
        voxels = self.volume.voxels if self.volume.time_points == 1 else self.volume.voxels[..., 0]
        return _png(_grey(plane(voxels, self.volume.grid, self.section)))

    def path(self, path_mm: Points, drawn_as: str = "nerve") -> Iterator[Markup]:
        """Draw the part of a nerve's path, or of another line, that lies near the plane."""
        flat, far_mm = self._on(path_mm)
        pairs = zip(flat, far_mm, strict=True)
        shown = [f"{x:.2f},{y:.2f}" for (x, y), mm in pairs if mm <= NEAR_MM]
        if len(shown) > 1:
            for kind in ("halo", drawn_as):
                yield element("polyline", points=" ".join(shown), class_=kind)

    def crosses(self, marks_mm: ArrayLike) -> Iterator[Markup]:
        """Draw marks that lie near the plane: crosses that leave free what they mark."""
        near, far = (mm * self.side_mm / LETTER_PX for mm in (CROSS_FREE, CROSS_ARM))
        for (x, y), mm in zip(*self._on(np.array(marks_mm, np.float64)), strict=True):
            if mm <= NEAR_MM:
                arms = (
                    f"M{x + a * near:.2f} {y + b * near:.2f}L{x + a * far:.2f} {y + b * far:.2f}"
                    for a, b in ((-1, 0), (1, 0), (0, -1), (0, 1))
                )
                cross = "".join(arms)
                for kind in ("halo", "mark"):
                    yield element("path", d=cross, class_=kind)

    def outline(self, mask: Mask) -> Iterator[Markup]:
        """Draw where the plane cuts the surface of a mask."""
        inside = plane(mask.inside.astype(np.float32), mask.grid, self.section)
        for ring in find_contours(np.pad(np.asarray(inside), 1), 0.5):
            points = " ".join(
                f"{(x - 0.5) * self.pixel_mm:.2f},{(y - 0.5) * self.pixel_mm:.2f}" for y, x in ring
            )
            for kind in ("halo", "outline"):
                yield element("polyline", points=points, class_=kind)

    def figure(self, title: str, side: str, drawn: Iterator[Markup], language: Language) -> Markup:
        """Put scan, lines, scale and letters together under a caption.

        Parameters
        ----------
        title : str
            Of the plane, in words.
        side : str
            Row id of the patient's side.
        drawn : iterator of Markup
            Lines over the scan.
        language : {"en", "de"}
        """
        where, edge = label(vocabulary.sides(), side, language), f"{self.side_mm:g}"
        said = {"plane": title, "side": where, "series": self.volume.key, "mm": SCALE_MM}
        text = phrase("picture_text", language, **said)
        svg = element(
            "svg",
            element("title", text),
            element("image", href=self.image(), width=edge, height=edge),
            *drawn,
            self._scale(),
            *self._letters(),
            viewBox=f"0 0 {edge} {edge}",
            role="img",
            aria_label=text,
        )
        band = phrase("side_band", language, side=where.upper())
        return element("figure", svg, element("figcaption", f"{title}. {band}."))

    def plane_words(self, language: Language) -> str:
        """Name the plane by the patient's axes: ``axial``, ``oblique coronal``."""
        across = np.abs(np.cross(self.right, self.down))
        axis = int(np.argmax(across))
        name = phrase(f"plane_{PLANES[axis]}", language)
        return name if across[axis] >= SLANT else phrase("plane_oblique", language, plane=name)

    def _on(self, points_mm: Points) -> tuple[Points, Points]:
        """Give millimetres in the picture, and the distance from its plane."""
        away = points_mm - self.origin
        flat = np.stack([away @ self.right, away @ self.down], axis=-1)
        return flat, np.abs(away @ np.cross(self.down, self.right))

    def _scale(self) -> Markup:
        by = self.side_mm / LETTER_PX
        left, low = self.side_mm - SCALE_MM - 2 * by, self.side_mm - 2.2 * by
        bar = f"M{left:g} {low - 0.5 * by:g}v{by:g}M{left:g} {low:g}h{SCALE_MM}"
        whole = f"{bar}m0-{0.5 * by:g}v{by:g}"
        drawn = [element("path", d=whole, class_=kind) for kind in ("halo", None)]
        words = _text(f"{SCALE_MM} mm", left + SCALE_MM / 2, low - 0.9 * by, by, None)
        return element("g", *drawn, words, class_="scale")

    def _letters(self) -> Iterator[Markup]:
        by, middle = self.side_mm / LETTER_PX, self.side_mm / 2
        places = (
            (-self.right, 1.6 * by, middle + 0.8 * by),
            (self.right, self.side_mm - 1.6 * by, middle + 0.8 * by),
            (-self.down, middle, 2.6 * by),
            (self.down, middle, self.side_mm - 1.0 * by),
        )
        for way, x, y in places:
            yield _text(direction_letters(way), x, y, by, "letter")


def _text(words: str, x: float, y: float, by: float, kind: str | None) -> Markup:
    """Write a word at a place; larger pictures have larger letters, so that all look alike."""
    turn = f"translate({x:.2f} {y:.2f}) scale({by:.3f})"
    return element("text", words, transform=turn, class_=kind)


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
