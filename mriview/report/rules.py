"""What the keys of a report must say to each other: the rules R01 ... and the findings they give.

``check(report)`` asks every rule and returns what it found, each with rule, severity, JSON path and
a sentence. The predicates about scans and anatomy are those of ``mriview.review.gates``: the record
refuses at once what a rule would find later. Rules R01 and R04 and the shapes of R02 are those of
the model and are found when a report is loaded (``load``).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from mriview.report.model import Interval, ReportKeys
from mriview.report.reading import quantities, reading_of_report
from mriview.report.rules_causes import (
    absent_rests_on_series,
    lesions_lie_on_their_side,
    mandatory_conditions_are_answered_once,
    present_names_a_lesion,
)
from mriview.report.rules_places import (
    ids_resolve,
    marks_lie_on_their_nerve,
    positions_lie_in_the_grid,
)
from mriview.report.rules_sides import (
    assessment_follows_from_contacts,
    marks_lie_on_their_side,
    nerves_have_paths,
    no_contact_is_supported,
    offender_is_an_accepted_contact,
    statements_follow,
)
from mriview.review import gates
from mriview.vocabulary import constant

ACKNOWLEDGED = "$.sign_off.acknowledged"

Severity = Literal["error", "warning"]
Rule = Callable[[ReportKeys], Iterator[tuple[Severity, str, str]]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found.

    Parameters
    ----------
    rule : str
        ``R01`` ...
    severity : {"error", "warning"}
        An error makes the report invalid.
    path : str
        JSON path, from ``$``.
    message : str
        One sentence.
    """

    rule: str
    severity: Severity
    path: str
    message: str

    def as_json(self) -> dict[str, str]:
        """Give the finding in the form that ``--json`` prints."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "path": self.path,
            "message": self.message,
        }

    def __str__(self) -> str:
        return f"{self.rule} {self.severity} {self.path}: {self.message}"


def intervals_hold_their_value(report: ReportKeys) -> Iterator[tuple[Severity, str, str]]:
    """R02: low <= value <= high; the interval of a clock angle may wrap through 0."""
    for path, quantity in quantities(report):
        if not isinstance(quantity, Interval):
            continue
        low, value, high = quantity.low, quantity.value, quantity.high
        wraps = path.endswith("clock_deg") and low > high
        inside = (value >= low or value <= high) if wraps else low <= value <= high
        if not inside:
            yield "error", path, f"{value:g} does not lie between {low:g} and {high:g}"


def signature_goes_with_final(report: ReportKeys) -> Iterator[tuple[Severity, str, str]]:
    """R28: a signature is present exactly where the status is final."""
    if (report.sign_off is not None) != (report.status == "final"):
        has = "a signature" if report.sign_off else "no signature"
        yield "error", "$.sign_off", f"the status is {report.status} and there is {has}"
    if report.status == "preliminary":
        # What was acknowledged stands in the signature, which such a report does not have yet.
        still = [f for f in gates.open_fields(reading_of_report(report)) if f.path != ACKNOWLEDGED]
        if still:
            yield "error", "$.status", f"preliminary, but {still[0].what} is open"


def final_report_is_complete(report: ReportKeys) -> Iterator[tuple[Severity, str, str]]:
    """R29: no mandatory field is open in a final report, unless an override names it."""
    if report.sign_off is None:
        return
    overridden = {override.path for override in report.sign_off.overrides}
    least = int(constant("override_reason_min_letters"))
    for number, override in enumerate(report.sign_off.overrides):
        if len(override.reason.strip()) < least:
            path = f"$.sign_off.overrides[{number}].reason"
            yield "error", path, f"a reason has {least} letters at least"
    for item in gates.open_fields(reading_of_report(report)):
        if item.path not in overridden:
            yield "error", item.path, f"{item.what} is open in a final report"


def blind_readers_know_nothing(report: ReportKeys) -> Iterator[tuple[Severity, str, str]]:
    """R32: a blind reading holds no symptom side and no syndrome."""
    clinical = report.clinical
    if clinical.blinded and (clinical.symptom_side or clinical.syndrome):
        yield "error", "$.clinical", "blind, but the symptom side or the syndrome is said"


def limits_are_said_once(report: ReportKeys) -> Iterator[tuple[Severity, str, str]]:
    """R39: every limit that is named anywhere is said in words, once."""
    said = [limit.code for limit in report.limits]
    if len(set(said)) != len(said):
        yield "error", "$.limits", "a limit is said twice"
    named = [*report.sides.right.limits, *report.sides.left.limits]
    named += [code for item in report.exclusions for code in item.limits]
    named += [item.because for item in report.protocol.cannot_conclude]
    for code in dict.fromkeys(named):
        if code not in said:
            yield "error", "$.limits", f"{code} is named and not said"


RULES: dict[str, Rule] = {
    "R02": intervals_hold_their_value,
    "R05": marks_lie_on_their_side,
    "R06": lesions_lie_on_their_side,
    "R09": marks_lie_on_their_nerve,
    "R12": nerves_have_paths,
    "R14": assessment_follows_from_contacts,
    "R15": no_contact_is_supported,
    "R16": offender_is_an_accepted_contact,
    "R20": mandatory_conditions_are_answered_once,
    "R21": absent_rests_on_series,
    "R22": present_names_a_lesion,
    "R25": positions_lie_in_the_grid,
    "R28": signature_goes_with_final,
    "R29": final_report_is_complete,
    "R32": blind_readers_know_nothing,
    "R34": statements_follow,
    "R39": limits_are_said_once,
    "R42": ids_resolve,
}


def check(report: ReportKeys) -> list[Finding]:
    """Ask every rule of a report.

    Returns
    -------
    list of Finding
        In the order of the rules; empty where the report is right.
    """
    return [
        Finding(rule, severity, path, message)
        for rule, ask in RULES.items()
        for severity, path, message in ask(report)
    ]
