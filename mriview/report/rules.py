"""What the keys of a report must say to each other: the rules R01 ... and the findings they give.

``check(report)`` asks every rule and returns what it found, each with rule, severity, JSON path and
a sentence. The predicates about scans and anatomy are those of ``mriview.review``: the record
refuses at once what a rule would find later. Rules R01 and R04 and the shapes of R02 are those of
the model and are found when a report is loaded (``load``).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from mriview.report import (
    rules_causes,
    rules_nerves,
    rules_numbers,
    rules_places,
    rules_reading,
    rules_sides,
    rules_words,
)
from mriview.report.model import ReportKeys

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


RULES: dict[str, Rule] = {
    "R02": rules_numbers.intervals_hold_their_value,
    "R03": rules_numbers.units_fit_their_keys,
    "R05": rules_sides.marks_lie_on_their_side,
    "R06": rules_causes.lesions_lie_on_their_side,
    "R07": rules_reading.nothing_was_mirrored,
    "R08": rules_nerves.nerves_have_a_course,
    "R09": rules_places.marks_lie_on_their_nerve,
    "R10": rules_numbers.gaps_fit_their_points,
    "R11": rules_nerves.segments_follow_from_arcs,
    "R12": rules_sides.nerves_have_paths,
    "R14": rules_sides.assessment_follows_from_contacts,
    "R15": rules_sides.no_contact_is_supported,
    "R16": rules_sides.offender_is_an_accepted_contact,
    "R17": rules_nerves.grades_obey_their_scales,
    "R18": rules_nerves.grades_agree_with_what_is_seen,
    "R19": rules_nerves.vessels_can_be_named,
    "R20": rules_causes.mandatory_conditions_are_answered_once,
    "R21": rules_causes.absent_rests_on_series,
    "R22": rules_causes.present_names_a_lesion,
    "R23": rules_words.enhancement_was_seen,
    "R24": rules_numbers.sizes_are_those_of_one_body,
    "R25": rules_places.positions_lie_in_the_grid,
    "R26": rules_places.other_frames_are_registered,
    "R27": rules_numbers.surfaces_are_resolved,
    "R28": rules_reading.signature_goes_with_final,
    "R29": rules_reading.final_report_is_complete,
    "R30": rules_reading.amendment_names_its_report,
    "R31": rules_reading.passes_say_what_they_are,
    "R32": rules_reading.blind_readers_know_nothing,
    "R33": rules_words.nobody_is_named,
    "R34": rules_sides.statements_follow,
    "R35": rules_words.words_agree_with_codes,
    "R36": rules_reading.decisions_are_somebodys,
    "R37": rules_words.findings_meet_the_symptoms,
    "R38": rules_causes.implants_are_looked_for,
    "R39": rules_words.limits_are_said_once,
    "R41": rules_reading.signed_reports_have_a_record,
    "R42": rules_places.ids_resolve,
    "R43": rules_numbers.sizes_are_believed,
    "R44": rules_reading.nothing_is_later,
    "R45": rules_words.roles_in_use_are_sure,
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
