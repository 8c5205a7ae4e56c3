"""Rules about the sides: R05, R12, R14, R15, R16, R34. Each yields (severity, JSON path, sentence).

Whether a mark lies on its side, whether the assessment follows from the contacts and is supported
by the scans, and whether the statements follow from the assessment. Other causes have their own
module.
"""

from collections.abc import Iterator
from typing import Literal

from mriview.report.model import ReportKeys
from mriview.report.reading import (
    contacts_of,
    midsagittal_x_mm,
    positions_of_side,
    reading_of_report,
    sides_of,
)
from mriview.report.statements import statements
from mriview.review import gates
from mriview.vocabulary import constant

Found = Iterator[tuple[Literal["error", "warning"], str, str]]


def marks_lie_on_their_side(report: ReportKeys) -> Found:
    """R05: paths, landmarks and contacts lie on the side that they are listed under."""
    exits = [s.nerves["facial"].path_mm[0] for _, s in sides_of(report) if "facial" in s.nerves]
    plane_mm = midsagittal_x_mm(report)
    least_mm = constant("same_side_min_mm")
    if plane_mm is None and len(exits) == 2:
        apart_mm = exits[1][0] - exits[0][0]
        sentence = f"the exit points lie {apart_mm:.1f} mm apart from right to left"
        yield "error", "$.sides", sentence
        return
    for name, side in sides_of(report):
        marks = list(positions_of_side(name, side))
        if marks and plane_mm is None:
            yield "warning", "$.study.midline", "no midline is marked: no side can be checked"
            return
        for path, position in marks:
            depth_mm = float(gates.depth_into_side_mm(name, position, plane_mm or 0.0)[0])
            if depth_mm < least_mm:
                yield "error", path, f"{depth_mm:.1f} mm into the {name} side, needs {least_mm:g}"
                break  # one finding a side: a mirrored path has hundreds of samples


def nerves_have_paths(report: ReportKeys) -> Found:
    """R12: the nerve of every contact has a path on its side."""
    for path, name, contact in contacts_of(report):
        side = report.sides.right if name == "right" else report.sides.left
        if contact.nerve not in side.nerves:
            sentence = f"the {contact.nerve} nerve has no path on the {name} side"
            yield "error", f"{path}.nerve", sentence


def assessment_follows_from_contacts(report: ReportKeys) -> Found:
    """R14: contact exactly where an accepted contact touches; indeterminate where none is sure."""
    for side in reading_of_report(report).sides:
        allowed = gates.assessment_of(side.contacts)
        draft = report.status == "draft" and side.assessment == "not_assessed"
        if side.assessment not in {*allowed, "not_assessed"} and not draft:
            sentence = f"{side.assessment}, but the accepted contacts allow {_or(allowed)}"
            yield "error", f"$.sides.{side.name}.assessment", sentence
        wanted = "contact" in allowed and side.assessment == "not_assessed"
        if wanted and report.status != "draft":
            sentence = "not assessed, but a vessel is said to touch the nerve"
            yield "error", f"$.sides.{side.name}.assessment", sentence


def no_contact_is_supported(report: ReportKeys) -> Found:
    """R15: no contact is said only of scans that could show one; nothing surer than they are."""
    reading = reading_of_report(report)
    for side in reading.sides:
        if side.assessment == "no_contact":
            for short in gates.no_contact_shortfalls(side, reading.series):
                yield "error", f"$.sides.{side.name}.assessment", f"no contact, but {short.why}"
        if side.assessment in {"contact", "no_contact"} and side.confidence:
            cap, why = gates.certainty_cap(side, reading.series)
            if gates.rank(side.confidence) > gates.rank(cap):
                sentence = f"{side.confidence}, but {why} allow {cap} at most"
                yield "error", f"$.sides.{side.name}.confidence", sentence


def offender_is_an_accepted_contact(report: ReportKeys) -> Found:
    """R16: the offender is an accepted contact of its side; null only with a reason."""
    for name, side in sides_of(report):
        accepted = {x.id for x in side.contacts if x.decision == "accepted"}
        path = f"$.sides.{name}.offender"
        if side.offender is not None and side.offender not in accepted:
            yield "error", path, f"{side.offender} is no accepted contact of the {name} side"
        elif side.offender is not None and side.assessment in {"no_contact", "indeterminate"}:
            yield "error", path, f"{side.offender} is named, but the side is {side.assessment}"
        undecided = "L_OFFENDER_UNDECIDED" in side.limits
        if side.offender is None and side.assessment == "contact" and not undecided:
            open_still = report.status == "draft"
            sentence = "a contact is assessed and no offender is named, nor called undecided"
            yield ("warning" if open_still else "error"), path, sentence


def statements_follow(report: ReportKeys) -> Found:
    """R34: statements, vessel, segment and certainty follow from the side."""
    data = report.model_dump(include={"sides", "lesions"})
    for name, side in sides_of(report):
        said = (
            report.impression.by_side.right if name == "right" else report.impression.by_side.left
        )
        path = f"$.impression.by_side.{name}"
        wanted = statements(
            name, data["sides"][name], data["lesions"], report.clinical.symptom_side
        )
        if list(said.statements) != wanted:
            yield "error", f"{path}.statements", f"the side gives {', '.join(wanted)}"
        offender = next((x for x in side.contacts if x.id == side.offender), None)
        expected = (offender.vessel, offender.segment) if offender else (None, None)
        if (said.vessel, said.segment) != expected:
            yield "error", f"{path}.vessel", "vessel and segment are not those of the offender"
        surer = said.certainty and (
            side.confidence is None or gates.rank(said.certainty) > gates.rank(side.confidence)
        )
        if surer:
            sentence = f"{said.certainty} is more than the side's confidence ({side.confidence})"
            yield "error", f"{path}.certainty", sentence


def _or(words: frozenset[str]) -> str:
    return " or ".join(sorted(words))
