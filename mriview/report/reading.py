"""From a report to what rules and gates ask: the frozen ``Reading``, quantities, positions.

The report is enough: no scan is opened. What the answers mean is decided in the rules.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from mriview.geometry import Grid
from mriview.geometry.polyline import nearest
from mriview.report.model import ReportKeys
from mriview.report.model_causes import Lesion
from mriview.report.model_sides import Contact, SidePart
from mriview.report.model_study import Coverage
from mriview.report.model_values import Position, Quantity
from mriview.review import gates
from mriview.review.known import known_of
from mriview.review.reading import USABLE, ContactFacts, Reading, SeriesFacts, SideFacts, edges_mm
from mriview.vocabulary import constant

WITHOUT_SEVERITY = "1.0"  # version of reports that had no key for it
QUANTITIES_OF_A_CONTACT = ("arc_mm", "porus_distance_mm", "clock_deg")
QUANTITIES_OF_A_NEARBY_VESSEL = ("gap_mm", "arc_mm")
QUANTITIES_OF_A_LESION = (
    "longest_mm",
    "perpendicular_mm",
    "ap_mm",
    "tr_mm",
    "cc_mm",
    "extrameatal_max_mm",
    "volume_mm3",
)


def instant(time: str) -> datetime:
    """Read an ISO 8601 time; one without a zone counts as UTC.

    Raises
    ------
    ValueError
        It is no time.
    """
    read = datetime.fromisoformat(time)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def sides_of(report: ReportKeys) -> Iterator[tuple[str, SidePart]]:
    """Give both sides with their names."""
    yield "right", report.sides.right
    yield "left", report.sides.left


def contacts_of(report: ReportKeys) -> Iterator[tuple[str, str, Contact]]:
    """Give every contact with its JSON path and its side."""
    for name, side in sides_of(report):
        for number, contact in enumerate(side.contacts):
            yield f"$.sides.{name}.contacts[{number}]", name, contact


def lesions_of(report: ReportKeys) -> Iterator[tuple[str, Lesion]]:
    """Give every lesion with its JSON path."""
    for number, lesion in enumerate(report.lesions):
        yield f"$.lesions[{number}]", lesion


def quantities(report: ReportKeys) -> Iterator[tuple[str, Quantity]]:
    """Give every quantity with its JSON path."""
    for path, _, contact in contacts_of(report):
        for key in QUANTITIES_OF_A_CONTACT:
            yield f"{path}.{key}", getattr(contact, key)
    for name, side in sides_of(report):
        for number, vessel in enumerate(side.vessels_nearby):
            for key in QUANTITIES_OF_A_NEARBY_VESSEL:
                yield f"$.sides.{name}.vessels_nearby[{number}].{key}", getattr(vessel, key)
    for path, lesion in lesions_of(report):
        for key in QUANTITIES_OF_A_LESION:
            yield f"{path}.{key}", getattr(lesion, key)
    for number, registration in enumerate(report.registrations):
        yield f"$.registrations[{number}].residual_mm", registration.residual_mm


def positions_of_side(name: str, side: SidePart) -> Iterator[tuple[str, Position]]:
    """Give every position that must lie on a side, with its JSON path."""
    place = f"$.sides.{name}"
    for nerve_id, nerve in side.nerves.items():
        for number, sample in enumerate(nerve.path_mm):
            yield f"{place}.nerves.{nerve_id}.path_mm[{number}]", sample
        for landmark_id, landmark in nerve.landmarks.items():
            if landmark.position != "not_covered":
                where = f"{place}.nerves.{nerve_id}.landmarks.{landmark_id}.position"
                yield where, landmark.position
    for number, contact in enumerate(side.contacts):
        where = f"{place}.contacts[{number}]"
        for index, position in enumerate(contact.primitive.positions):
            yield f"{where}.primitive.positions[{index}]", position
        yield f"{where}.nearest_on_nerve", contact.nearest_on_nerve
        yield f"{where}.nearest_on_vessel", contact.nearest_on_vessel
    for number, vessel in enumerate(side.vessels_nearby):
        yield f"{place}.vessels_nearby[{number}].position", vessel.position


def grids(report: ReportKeys) -> dict[str, Grid]:
    """Give the grid of every series."""
    return {
        series.key: Grid(series.shape, np.array(series.lps_from_index))
        for series in report.study.series
    }


def midsagittal_x_mm(report: ReportKeys) -> float | None:
    """Find the midsagittal plane of a report, None where there is no verdict (R05)."""
    midline = report.study.midline
    exits = [
        side.nerves["facial"].path_mm[0] if "facial" in side.nerves else None
        for _, side in sides_of(report)
    ]
    return gates.midsagittal_x_mm(midline.position if midline else None, exits[0], exits[1])


def reading_of_report(report: ReportKeys) -> Reading:
    """Make the value that gates ask from a report."""
    return Reading(
        series=tuple(_series_facts(report)),
        sides=tuple(
            _side_facts(name, side, report.format_version) for name, side in sides_of(report)
        ),
        exclusions={item.condition: item.answer for item in report.exclusions},
        lesions=tuple(lesion.condition for lesion in report.lesions),
        blinded=report.clinical.blinded,
        syndrome=report.clinical.syndrome,
        known=known_of(report.clinical),
        acknowledged=report.sign_off.acknowledged if report.sign_off else (),
    )


def _series_facts(report: ReportKeys) -> Iterator[SeriesFacts]:
    for series in report.study.series:
        in_plane_mm, slice_mm = edges_mm(series.spacing_mm, series.acquired_voxel_mm)
        covered = (key for key, value in series.coverage.items() if _covers(value))
        yield SeriesFacts(
            key=series.key,
            role=series.role,
            role_confidence=1.0 if series.role_confirmed else series.role_confidence,
            in_plane_mm=in_plane_mm,
            slice_mm=slice_mm,
            acquired_known=series.acquired_voxel_mm is not None,
            covered=frozenset(covered),
            quality=series.quality[0].severity if series.quality else USABLE,
        )


def _covers(coverage: Coverage) -> bool:
    return coverage.confirmed or (coverage.fraction or 0.0) >= constant("coverage_min")


def _side_facts(name: str, side: SidePart, version: str) -> SideFacts:
    nerve = side.nerves.get("facial")
    landmarks = nerve.landmarks if nerve else {}
    rdp, porus = landmarks.get("rdp"), landmarks.get("porus")
    porus_arc_mm = None
    if nerve and porus and porus.position != "not_covered":
        porus_arc_mm = nearest(np.array(nerve.path_mm), porus.position).s_mm
    return SideFacts(
        name=name,
        assessment=side.assessment,
        confidence=side.confidence,
        contacts=tuple(
            ContactFacts(
                x.id,
                x.nerve,
                x.decision,
                x.touching,
                x.morphology,
                graded=bool(x.severity) or version == WITHOUT_SEVERITY,
            )
            for x in side.contacts
        ),
        has_path=nerve is not None,
        rdp_placed=rdp is not None and rdp.origin != "default" and rdp.position != "not_covered",
        porus_answered=porus is not None,
        porus_arc_mm=porus_arc_mm,
        assessable_mm=nerve.assessable_mm if nerve else None,
        artefact_mm=nerve.artefact_mm if nerve else (),
    )
