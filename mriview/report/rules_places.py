"""Rules about places and names: R25 (positions lie in a grid) and R42 (ids resolve).

Each yields (severity, JSON path, sentence). Positions are checked against the matrices that the
report itself carries.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np

from mriview.geometry import nearest
from mriview.report.model import ReportKeys
from mriview.report.model_values import Position
from mriview.report.reading import (
    contacts_of,
    grids,
    lesions_of,
    positions_of_side,
    sides_of,
)
from mriview.vocabulary import constant

FAR_WARNING_MM = 2.0  # domain page, R09
SAME_SPACING_MM = 1e-6

Found = Iterator[tuple[Literal["error", "warning"], str, str]]


def positions_lie_in_the_grid(report: ReportKeys) -> Found:
    """R25: every position lies in the reference series or one that its item names; keys exist."""
    yield from _frames(report)
    all_grids, reference = grids(report), report.study.reference
    frame = _frame_of_reference(report)
    named = {path: contact.series for path, _, contact in contacts_of(report)}
    named.update({path: lesion.series for path, lesion in lesions_of(report)})
    margin = 0.5 + constant("outside_grid_max_voxels")
    for path, position in _positions(report):
        item = path.split("]")[0] + "]"
        keys = [reference, *(key for key in named.get(item, ()) if key in frame)]
        inside = any(
            bool(all_grids[key].contains(position, margin)) for key in keys if key in all_grids
        )
        if not inside:
            yield "error", path, "the position lies outside the reference series"


def ids_resolve(report: ReportKeys) -> Found:
    """R42: ids are unique, references resolve, ``mediated_by`` runs in no circle."""
    listed = [contact.id for _, _, contact in contacts_of(report)]
    listed += [lesion.id for lesion in report.lesions] + [mask.id for mask in report.masks]
    listed += [implant.id for implant in report.implants]
    listed += [group.id for group in report.study.frame_groups]
    for name, count in Counter(listed).items():
        if count > 1:
            yield "error", "$", f"the id {name} is given {count} times"
    masks = {mask.id for mask in report.masks}
    for path, _, contact in contacts_of(report):
        if contact.primitive.mask is not None and contact.primitive.mask not in masks:
            yield "error", f"{path}.primitive.mask", f"{contact.primitive.mask} is no mask"
    for path, lesion in lesions_of(report):
        if lesion.mask is not None and lesion.mask not in masks:
            yield "error", f"{path}.mask", f"there is no mask {lesion.mask}"
    lesions = {lesion.id for lesion in report.lesions}
    for number, item in enumerate(report.exclusions):
        for name in item.lesions:
            if name not in lesions:
                yield "error", f"$.exclusions[{number}].lesions", f"there is no lesion {name}"
    yield from _circles(report)


def _circles(report: ReportKeys) -> Found:
    contacts = {contact.id: (path, name, contact) for path, name, contact in contacts_of(report)}
    for path, side, contact in contacts.values():
        seen, other = {contact.id}, contact.mediated_by
        while other is not None:
            if other in seen or other not in contacts or contacts[other][1] != side:
                sentence = f"{other} is the contact itself, absent, or of the other side"
                yield "error", f"{path}.mediated_by", sentence
                break
            seen.add(other)
            other = contacts[other][2].mediated_by


def marks_lie_on_their_nerve(report: ReportKeys) -> Found:
    """R09: the nearest point on the nerve lies on its path: above 2 mm W, above 3 mm E."""
    for path, name, contact in contacts_of(report):
        nerve = dict(sides_of(report))[name].nerves.get(contact.nerve)
        if nerve is None:
            continue  # R12 says so
        away_mm = nearest(np.array(nerve.path_mm), contact.nearest_on_nerve).distance_mm
        if away_mm > FAR_WARNING_MM:
            far = away_mm > constant("far_from_nerve_mm")
            sentence = f"the point lies {away_mm:.1f} mm from the path"
            yield ("error" if far else "warning"), f"{path}.nearest_on_nerve", sentence


def _frames(report: ReportKeys) -> Found:
    for number, (series, grid) in enumerate(
        zip(report.study.series, grids(report).values(), strict=True)
    ):
        if not np.allclose(series.spacing_mm, grid.spacing_mm, rtol=0, atol=SAME_SPACING_MM):
            path = f"$.study.series[{number}].spacing_mm"
            yield "error", path, "the spacing is not that of the matrix"
    keys = [series.key for series in report.study.series]
    grouped = Counter(key for group in report.study.frame_groups for key in group.series)
    for key in keys:
        if grouped[key] != 1:
            yield "error", "$.study.frame_groups", f"series {key} is in {grouped[key]} groups"
    if len(set(keys)) != len(keys):
        yield "error", "$.study.series", "a series key is given twice"
    for path, key in _series_named(report):
        if key not in keys:
            yield "error", path, f"the study holds no series {key}"


def other_frames_are_registered(report: ReportKeys) -> Found:
    """R26: a mark rests on a series of another frame only where its registration is accepted."""
    frame = _frame_of_reference(report)
    keys = {series.key for series in report.study.series}
    accepted = {
        said.moving
        for said in report.registrations
        if said.verdict == "accepted" and said.fixed in frame
    }
    marked = [(path, key) for path, _, x in contacts_of(report) for key in x.series]
    marked += [(path, key) for path, lesion in lesions_of(report) for key in lesion.series]
    for path, key in marked:
        if key in keys and key not in {*frame, *accepted}:
            sentence = f"{key} is not in the frame of the reference, nor is it registered to it"
            yield "error", f"{path}.series", sentence
    for number, said in enumerate(report.registrations):
        if said.moving == said.fixed:
            yield "error", f"$.registrations[{number}].moving", "a series registered with itself"


def _frame_of_reference(report: ReportKeys) -> tuple[str, ...]:
    reference = report.study.reference
    return next((g.series for g in report.study.frame_groups if reference in g.series), ())


def _series_named(report: ReportKeys) -> Iterable[tuple[str, str]]:
    if report.study.reference is not None:
        yield "$.study.reference", report.study.reference
    for group in report.study.frame_groups:
        yield from (("$.study.frame_groups", key) for key in group.series)
    for path, _, contact in contacts_of(report):
        for key in (*contact.series, *contact.traced_to_parent):
            yield f"{path}.series", key
    for path, lesion in lesions_of(report):
        yield from ((f"{path}.series", key) for key in lesion.series)
    for number, said in enumerate(report.registrations):
        yield f"$.registrations[{number}].moving", said.moving
        yield f"$.registrations[{number}].fixed", said.fixed
    for number, quality in enumerate(report.protocol.quality):
        yield f"$.protocol.quality[{number}].series", quality.series
    for number, mask in enumerate(report.masks):
        named = (mask.series, *mask.traced_to_parent)
        yield from ((f"$.masks[{number}].series", key) for key in named)
    for number, item in enumerate(report.exclusions):
        yield from ((f"$.exclusions[{number}].basis", key) for key in item.basis)


def _positions(report: ReportKeys) -> Iterator[tuple[str, Position]]:
    if report.study.midline is not None:
        yield "$.study.midline.position", report.study.midline.position
    for name, side in sides_of(report):
        yield from positions_of_side(name, side)
    for path, lesion in lesions_of(report):
        yield f"{path}.position", lesion.position
    for number, implant in enumerate(report.implants):
        yield f"$.implants[{number}].position", implant.position
