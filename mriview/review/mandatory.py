"""What must be answered before a signature: the mandatory fields that are still open (R29).

The list is that of the domain page, section 8, as far as the report has the keys. Whether an answer
may be given is the matter of ``gates``; the room jumps to each place by its path.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mriview import vocabulary
from mriview.review import gates
from mriview.review.reading import Reading, SideFacts


@dataclass(frozen=True, slots=True)
class OpenField:
    """A mandatory field that is still open: its place in the report, and its name in words."""

    path: str
    what: str


def derived_limits(reading: Reading) -> tuple[str, ...]:
    """Limits of the answers that the tool derived: the list that a reader acknowledges once."""
    limits: list[str] = []
    for condition, answer in reading.exclusions.items():
        gate = gates.condition_gate(condition, reading.series)
        if gate.ruled_out and answer == "indeterminate":
            limits.extend(gate.limits)
    return tuple(dict.fromkeys(limits))


def open_fields(reading: Reading) -> tuple[OpenField, ...]:
    """List the mandatory fields that are still open (R29, domain section 8)."""
    found: list[OpenField] = []
    if reading.blinded is None:
        found.append(OpenField("$.clinical.blinded", "whether the reading is blind"))
    elif not reading.blinded and reading.syndrome is None:
        found.append(OpenField("$.clinical.syndrome", "the syndrome"))
    for side in reading.sides:
        found.extend(_open_on(side))
    for number, (condition, answer) in enumerate(reading.exclusions.items()):
        if answer == "not_assessed" and condition in gates.mandatory_conditions(reading.known):
            label = vocabulary.conditions()[condition].label.en
            found.append(OpenField(f"$.exclusions[{number}].answer", f"other causes: {label}"))
    if set(derived_limits(reading)) - set(reading.acknowledged):
        found.append(OpenField("$.sign_off.acknowledged", "the list of what cannot be judged"))
    return tuple(found)


def _open_on(side: SideFacts) -> Iterable[OpenField]:
    place = f"$.sides.{side.name}"
    if side.assessment == "not_assessed":
        yield OpenField(f"{place}.assessment", f"the assessment of the {side.name} side")
    if side.assessment in {"contact", "no_contact"} and side.confidence is None:
        yield OpenField(f"{place}.confidence", f"the confidence for the {side.name} side")
    if side.has_path and not side.porus_answered:
        where = f"{place}.nerves.facial.landmarks.porus"
        yield OpenField(where, f"the porus on the {side.name} side")
    for number, contact in enumerate(side.contacts):
        if contact.decision == "proposed":
            yield OpenField(f"{place}.contacts[{number}].decision", f"contact {contact.id}")
        wants = contact.decision == "accepted" and contact.touching == "yes"
        if wants and not contact.morphology:
            where = f"{place}.contacts[{number}].morphology"
            yield OpenField(where, f"the morphology of contact {contact.id}")
        scales = vocabulary.severity_scales().values()
        if wants and not contact.graded and any(contact.nerve in x.default_for for x in scales):
            where = f"{place}.contacts[{number}].severity"
            yield OpenField(where, f"the severity of contact {contact.id}")
