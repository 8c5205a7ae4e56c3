"""The sides of the report: nerves as sampled paths, contacts with their first numbers, impression.

What follows from marks (arc, segment, zone, porus distance, clock, direction) is computed here from
the state, each time, so that an edited path leaves nothing stale. Which statements follow from a
side is asked of ``statements``.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mriview import vocabulary
from mriview.geometry import point_at
from mriview.measure import (
    PrimitiveMeasures,
    landmark_arcs,
    measure_mark,
    measure_primitive,
)
from mriview.report.statements import statements
from mriview.review import gates
from mriview.review.facts import series_facts, side_facts
from mriview.review.state import SIDES, Contact, NearbyVessel, Nerve, ReviewState, Severity
from mriview.scans import Study
from mriview.values import DECIMALS, withheld

Json = dict[str, Any]


def point(position: Iterable[float]) -> list[float]:
    """Give a position as the report stores it: to 1e-4 mm."""
    return [round(float(value), DECIMALS) + 0.0 for value in position]


def severity(grades: Iterable[Severity]) -> list[Json]:
    """Give grades as the report stores them: who gave which, of which scale and version."""
    return [
        {
            "scale": x.scale,
            "version": x.version,
            "grade": x.grade,
            "reader": x.reader,
            "pass": x.pass_number,
            "off_label": x.off_label,
        }
        for x in grades
    ]


def side_part(study: Study, state: ReviewState, name: str) -> Json:
    """Make one side of the report."""
    side = state.side(name)
    contacts = [_contact(x, state) for x in state.contacts if x.side == name]
    borders = any(len(set(x["segment_range"])) > 1 for x in contacts)
    limits = _limits(study, state, name)
    return {
        "assessment": side.assessment,
        "confidence": side.confidence,
        "nerves": {key: _nerve(key, nerve) for key, nerve in sorted(side.nerves.items())},
        "contacts": contacts,
        "vessels_nearby": [_nearby(x, state) for x in state.vessels_nearby if x.side == name],
        "offender": side.offender,
        "anatomy": [
            {"code": x.code, "value": x.value, "note": x.note}
            for x in state.anatomy
            if x.side == name
        ],
        "limits": [*limits, "L_SEGMENT_BORDER"] if borders else limits,
    }


def impression(
    state: ReviewState, sides: Mapping[str, Json], lesions: Sequence[Json]
) -> dict[str, object]:
    """Derive the statements of both sides; the reader's words stand beside them."""
    by_side = {}
    for name in SIDES:
        side = sides[name]
        offender = next((x for x in side["contacts"] if x["id"] == side["offender"]), None)
        said = state.impression.certainty.get(name)
        by_side[name] = {
            "statements": statements(name, side, lesions, symptom_side(state)),
            "vessel": offender["vessel"] if offender else None,
            "segment": offender["segment"] if offender else None,
            "certainty": said or side["confidence"],
        }
    return {
        "by_side": by_side,
        "second_vessel": state.impression.second_vessel,
        "recommendation": state.impression.recommendation,
        "text": state.impression.text,
    }


def symptom_side(state: ReviewState) -> str | None:
    """Give the side of the spasm, None where the reading is blind or it is unknown."""
    return state.clinical.symptom_side if state.clinical else None


def _nerve(name: str, nerve: Nerve) -> Json:
    path, arcs = nerve.path, landmark_arcs(nerve.path, name)
    rows = {key: row for key, row in vocabulary.landmarks().items() if row.nerve == name}
    landmarks: dict[str, Json] = {}
    for key in sorted(rows, key=lambda key: rows[key].order):
        placed = path.landmarks.get(key)
        if placed is not None:
            position = point(placed.position) if placed.position else "not_covered"
            landmarks[key] = {"position": position, "origin": placed.origin}
        elif rows[key].placed_by == "path":
            landmarks[key] = {"position": point(path.clicks[0]), "origin": "manual"}
        elif (arc_mm := arcs.s_mm(key)) is not None and arc_mm <= path.length_mm:
            where = point(point_at(path.path_mm, arc_mm))
            landmarks[key] = {"position": where, "origin": "default"}
    return {
        "path_mm": [point(sample) for sample in path.path_mm],
        "landmarks": landmarks,
        "visible_mm": nerve.visible_mm,
        "assessable_mm": nerve.assessable_mm,
        "artefact_mm": list(nerve.artefact_mm),
    }


def _contact(contact: Contact, state: ReviewState) -> Json:
    nerve = state.nerve(contact.side, contact.nerve)
    if nerve is None:  # the transitions keep a contact from losing its nerve
        raise AssertionError(contact.id)
    drawn = measure_primitive(
        nerve.path,
        contact.primitive,
        contact.positions or (contact.position,),
        contact.vessel_position,
        nerve=contact.nerve,
        painted=contact.mask is not None,
    )
    marks = drawn.contact
    by = contact.decided_by
    return {
        "id": contact.id,
        "nerve": contact.nerve,
        "vessel": contact.vessel,
        "vessel_confidence": contact.vessel_confidence,
        "traced_to_parent": list(contact.traced_to_parent),
        "origin": contact.origin,
        "decision": contact.decision,
        "decided_by": {"reader": by.reader, "time": by.time} if by else None,
        "primitive": _primitive(contact, drawn),
        "nearest_on_nerve": point(marks.nearest_on_nerve),
        "nearest_on_vessel": point(marks.nearest_on_vessel),
        "segment": marks.segment,
        "segment_range": list(marks.segment_range),
        "zone": marks.zone,
        "csf_plane": contact.csf_plane,
        "arc_mm": marks.arc_mm.as_json(),
        "porus_distance_mm": marks.porus_distance_mm.as_json(),
        "clock_deg": marks.clock_deg.as_json(),
        "direction": marks.direction,
        "touching": contact.touching,
        "morphology": list(contact.morphology),
        "severity": severity(contact.severity),
        "mediated_by": contact.mediated_by,
        "series": list(contact.series),
        "note": contact.note,
    }


def _primitive(contact: Contact, drawn: PrimitiveMeasures) -> Json:
    extended = contact.primitive != "point"
    return {
        "kind": contact.primitive,
        "positions": [point(x) for x in contact.positions or (contact.position,)],
        "along_mm": [round(s_mm, DECIMALS) for s_mm in drawn.along_mm] if extended else None,
        "mask": contact.mask,
    }


def _nearby(vessel: NearbyVessel, state: ReviewState) -> Json:
    nerve = state.nerve(vessel.side, vessel.nerve)
    if nerve is None:  # the transitions keep a vessel from losing its nerve
        raise AssertionError(vessel.side)
    marks = measure_mark(nerve.path, vessel.position, nerve=vessel.nerve)
    return {
        "nerve": vessel.nerve,
        "vessel": vessel.vessel,
        "vessel_confidence": vessel.vessel_confidence,
        "gap_mm": withheld("surfaces_unmeasured").as_json(),
        "arc_mm": marks.arc_mm.as_json(),
        "position": point(vessel.position),
    }


def _limits(study: Study, state: ReviewState, name: str) -> list[str]:
    """Limits of one side: the reader's, and those that follow from scans and marks."""
    side, facts = state.side(name), side_facts(state, name)
    series = series_facts(study, state)
    found = list(side.limits)
    if side.offender_undecided and side.assessment == "contact":
        found.append("L_OFFENDER_UNDECIDED")
    if side.assessment == "indeterminate":
        short = gates.no_contact_shortfalls(facts, series)
        roles = {x.role for x in series if x.role_is_sure}
        if "t2_cisternogram" not in roles:
            found.append("L_NO_CISTERNOGRAM")
        found.extend(s.limit for s in short if s.limit in _OF_A_SIDE)
    if facts.has_path and not facts.rdp_placed:
        found.append("L_RDP_DEFAULT")
    nerve = state.nerve(name, "facial")
    porus = nerve.path.landmarks.get("porus") if nerve else None
    if porus is not None and porus.position is None:
        found.append("L_PORUS_NOT_COVERED")
    if side.assessment in {"contact", "no_contact"} and not any(x.acquired_known for x in series):
        found.append("L_ACQUIRED_SIZE_UNKNOWN")
    return list(dict.fromkeys(found))


_OF_A_SIDE = {"L_RESOLUTION", "L_NERVE_NOT_ASSESSABLE", "L_PORUS_NOT_COVERED"}
