"""Key images: of a contact axial planes and the one through the nerve, of other marks two planes.

What was marked, the report knows; nothing is measured here. How a plane becomes a picture is in
``drawing``; without the scans each place says why there is none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mriview import vocabulary
from mriview.errors import MriviewError
from mriview.exporters.page.direction import direction_face
from mriview.exporters.page.drawing import Drawing
from mriview.exporters.page.markup import Markup, element
from mriview.geometry import Points, nearest
from mriview.measure import samples_of
from mriview.report import Report
from mriview.report.model_causes import Implant, Lesion
from mriview.report.model_sides import Contact
from mriview.report.model_values import NotGiven
from mriview.scans import Study, Volume
from mriview.values import Mask
from mriview.words import Language, label, phrase

CONTACT_MM = 36.0  # of a picture: brainstem to porus
AROUND_LESION_MM = 20.0  # beyond its longest diameter, so that it is seen where it lies
WIDEST_MM = 90.0
NAMES = "vessel_names"  # part of the question: the series that answer it show vessels
LEAST_DIRECTION_MM = 0.05  # a mark nearer to the path gives no plane of its own
RIGHT, BACK, CAUDAL = (np.array(way) for way in ((1.0, 0, 0), (0.0, 1, 0), (0.0, 0, -1)))


@dataclass(frozen=True, slots=True)
class Sources:
    """What pictures are drawn from: the scans, and painted masks by id; either may be absent."""

    study: Study | None = None
    masks: Mapping[str, Mask] = field(default_factory=lambda: MappingProxyType({}))


def sources_of(report: Report, study: Study | None, review: Path | None) -> Sources:
    """Read the masks that a report names, as far as the review's folder holds them.

    Parameters
    ----------
    report : Report
    study : Study or None
    review : Path or None
        Folder of the review; masks lie in it by their content.
    """
    found = {}
    for mask in report.masks if review is not None else ():
        path = Path(review or "") / "masks" / f"{mask.sha256}.nii.gz"
        if path.is_file():
            read = Mask.from_nifti(path)
            if read.sha256 == mask.sha256:
                found[mask.id] = read
    return Sources(study, MappingProxyType(found))


def contact_pictures(
    report: Report, side: str, contact: Contact, sources: Sources, language: Language
) -> Markup:
    """Draw both planes of a contact and its direction, or say why they are not there."""
    part = report.sides.right if side == "right" else report.sides.left
    nerve = part.nerves.get(contact.nerve)
    volume = _volume(report, contact.series, sources)
    face = direction_face(contact, side, language)
    if sources.study is None or volume is None or nerve is None:
        return element("div", face, _missing(sources, language), class_="pictures")
    path_mm, centre = np.array(nerve.path_mm), np.array(contact.nearest_on_nerve)
    vessels = [
        sources.masks[x.id] for x in report.masks if x.id in sources.masks and _runs(x.structure)
    ]
    figures = []
    for name, shown, right, down in _views(path_mm, contact, volume, _angiogram(report, sources)):
        drawing = Drawing(shown, centre, right, down, CONTACT_MM)
        lines = chain(
            *(drawing.outline(mask) for mask in vessels),
            drawing.path(path_mm),
            *_mark(drawing, contact),
        )
        kinds = [_kind(report, shown, language)]
        if name == "picture_along":
            kinds.insert(0, drawing.plane_words(language))
        title = f"{phrase(name, language)} ({', '.join(kinds)})"
        try:
            figures.append(drawing.figure(title, side, lines, language))
        except MriviewError:
            return element("div", face, _missing(sources, language), class_="pictures")
    said = phrase("legend_outlined" if vessels else "legend", language)
    legend = element("p", said, class_="legend")
    return element("div", *figures, face, legend, class_="pictures")


def lesion_pictures(report: Report, lesion: Lesion, sources: Sources, language: Language) -> Markup:
    """Draw the axial and the coronal plane of a lesion with its outline, or say why not."""
    longest = lesion.longest_mm
    size_mm = 0.0 if isinstance(longest, NotGiven) else longest.value
    edge_mm = min(max(CONTACT_MM, round(size_mm + AROUND_LESION_MM)), WIDEST_MM)
    mask = sources.masks.get(lesion.mask or "")
    legend = phrase("legend_outline" if mask is not None else "legend_lesion", language)
    volume = _volume(report, lesion.series, sources)
    figures = _two_planes(report, "lesion", lesion, volume, edge_mm, mask, language)
    return _together(figures, legend, sources, language)


def implant_pictures(
    report: Report, implant: Implant, sources: Sources, language: Language
) -> Markup:
    """Draw the axial and the coronal plane of an implant, or say why not."""
    volume = _volume(report, (), sources)
    figures = _two_planes(report, "implant", implant, volume, CONTACT_MM, None, language)
    return _together(figures, phrase("legend_implant", language), sources, language)


def _two_planes(
    report: Report,
    what: str,
    marked: Lesion | Implant,
    volume: Volume | None,
    edge_mm: float,
    mask: Mask | None,
    language: Language,
) -> list[Markup]:
    """Draw both planes of a mark; none where the scan does not hold it."""
    figures: list[Markup] = []
    if volume is None:
        return figures
    for name, down in (("axial", BACK), ("coronal", CAUDAL)):
        drawing = Drawing(volume, np.array(marked.position), RIGHT, down, edge_mm)
        lines = chain(
            *([drawing.outline(mask)] if mask is not None else []),
            *(drawing.path(path_mm) for path_mm in _paths(report)),
            drawing.crosses([marked.position]),
        )
        kind = _kind(report, volume, language)
        title = f"{phrase(f'picture_{what}_{name}', language)} ({kind})"
        try:
            figures.append(drawing.figure(title, marked.side or "midline", lines, language))
        except MriviewError:
            return []
    return figures


def _together(figures: list[Markup], legend: str, sources: Sources, language: Language) -> Markup:
    if not figures:
        return element("div", _missing(sources, language), class_="pictures")
    return element("div", *figures, element("p", legend, class_="legend"), class_="pictures")


def _mark(drawing: Drawing, contact: Contact) -> Iterator[Iterator[Markup]]:
    """Draw a contact's mark: a cross, and the line or outline; a painted region has its mask."""
    drawn = contact.primitive
    if drawn.kind == "point":
        yield drawing.crosses(drawn.positions)
        return
    yield drawing.crosses([contact.nearest_on_vessel])
    if drawn.mask is None:
        yield drawing.path(samples_of(drawn.kind, drawn.positions), "mark")


def _missing(sources: Sources, language: Language) -> Markup:
    why = "no_pictures" if sources.study is None else "no_series_picture"
    return element("p", phrase(why, language), class_="missing")


def _runs(structure: str) -> bool:
    return structure in {"vessel", "nerve"}


def _paths(report: Report) -> Iterator[Points]:
    for side in (report.sides.right, report.sides.left):
        for nerve in side.nerves.values():
            yield np.array(nerve.path_mm)


def _volume(report: Report, series: tuple[str, ...], sources: Sources) -> Volume | None:
    """Choose a series of the item in whose frame the positions are, else the reference."""
    if sources.study is None:
        return None
    reference = report.study.reference
    group = next((g.series for g in report.study.frame_groups if reference in g.series), ())
    keys = [key for key in (*series, reference) if key is not None and key in group]
    volumes = sources.study.volumes
    return next((volumes[key] for key in keys if key in volumes), None)


def _angiogram(report: Report, sources: Sources) -> Volume | None:
    """Choose a series by which vessels are named, if its positions are those of the contacts."""
    roles = {role for one in vocabulary.completeness()[NAMES].alternatives for role in one}
    named = tuple(series.key for series in report.study.series if series.role in roles)
    found = _volume(report, named, sources)
    return found if found is not None and found.key in named else None


def _kind(report: Report, volume: Volume, language: Language) -> str:
    """Say what kind of series a picture is of, by the role that the report gives it."""
    role = next(series.role for series in report.study.series if series.key == volume.key)
    return label(vocabulary.roles(), role, language)


def _views(
    path_mm: Points, contact: Contact, volume: Volume, angiogram: Volume | None
) -> Iterator[tuple[str, Volume, Points, Points]]:
    """Give the planes of a contact: title, scan, to the viewer's right, downwards."""
    yield "picture_axial", volume, RIGHT, BACK
    if angiogram is not None and angiogram is not volume:
        yield "picture_axial", angiogram, RIGHT, BACK
    near = nearest(path_mm, np.array(contact.nearest_on_nerve))
    along = near.tangent * (1.0 if near.tangent[0] >= 0 else -1.0)  # right is on the left
    away = np.array(contact.nearest_on_vessel) - np.array(contact.nearest_on_nerve)
    away = away - along * float(away @ along)
    if np.linalg.norm(away) < LEAST_DIRECTION_MM:
        away = np.array([0.0, 0, -1]) + along * along[2]
    axis = int(np.argmax(np.abs(away)))
    downwards = -1.0 if axis == 2 else 1.0  # caudal or dorsal is below
    down = away * downwards * (1.0 if away[axis] >= 0 else -1.0)
    yield "picture_along", volume, along / np.linalg.norm(along), down / np.linalg.norm(down)
