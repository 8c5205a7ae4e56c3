"""Rules about other causes and lesions: R06, R20 to R22, R38. Yield (severity, path, sentence).

Which conditions must be answered, what an "absent" rests on, and that a "present" names a lesion
on the side where it lies.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from mriview import vocabulary
from mriview.report.model import ReportKeys
from mriview.report.model_causes import Implant, Lesion
from mriview.report.reading import lesions_of, midsagittal_x_mm, reading_of_report
from mriview.review import gates
from mriview.review.known import known_of
from mriview.vocabulary import constant
from mriview.vocabulary.site import is_of_site

Found = Iterator[tuple[Literal["error", "warning"], str, str]]


def lesions_lie_on_their_side(report: ReportKeys) -> Found:
    """R06: the side of a lesion is that of its position; within the band it may be the midline."""
    plane_mm = midsagittal_x_mm(report)
    for number, implant in enumerate(report.implants):
        yield from _on_its_side(f"$.implants[{number}]", implant, plane_mm)
    for path, lesion in lesions_of(report):
        yield from _on_its_side(path, lesion, plane_mm)
        masks = [mask.side for mask in report.masks if mask.id == lesion.mask]
        if {lesion.side, *masks} >= {"right", "left"}:
            yield "error", f"{path}.side", f"{lesion.side}, but its mask lies {masks[0]}"
    sides = {lesion.id: lesion.side for lesion in report.lesions}
    for number, item in enumerate(report.exclusions):
        lies = gates.side_of_lesions(sides.get(name) for name in item.lesions)
        if item.lesions and lies is not None and item.side != lies:
            sentence = f"{item.side}, but the lesions of {item.condition} lie {lies}"
            yield "error", f"$.exclusions[{number}].side", sentence


def implants_are_looked_for(report: ReportKeys) -> Found:
    """R38: W an operation is known, and neither an implant nor an answer speaks of it."""
    answered = {
        item.condition for item in report.exclusions if item.answer in {"absent", "present"}
    }
    known, rows = known_of(report.clinical), vocabulary.conditions().values()
    operations = {one for row in rows if row.implants_show for one in row.mandatory_when}
    rests = {row.id for row in rows if operations & set(row.mandatory_when)} & answered
    if operations & known and not report.implants and not rests:
        sentence = "an earlier decompression is known, and nothing of it is marked or answered"
        yield "warning", "$.implants", sentence


def mandatory_conditions_are_answered_once(report: ReportKeys) -> Found:
    """R20: exactly one entry for each mandatory condition, at most one for any other.

    W where the site added it: a report of before, or of elsewhere, could not ask it.
    """
    counted = Counter(item.condition for item in report.exclusions)
    for condition in gates.mandatory_conditions(known_of(report.clinical)):
        if counted[condition] == 0:
            severity: Literal["error", "warning"] = "warning" if is_of_site(condition) else "error"
            yield severity, "$.exclusions", f"{condition} is not asked"
    for condition, count in counted.items():
        if count > 1:
            yield "error", "$.exclusions", f"{condition} is asked {count} times"
    reading, rows = reading_of_report(report), vocabulary.conditions()
    for number, item in enumerate(report.exclusions):
        path, gate = f"$.exclusions[{number}]", gates.condition_gate(item.condition, reading.series)
        if item.group != rows[item.condition].group:
            yield (
                "error",
                f"{path}.group",
                f"{item.condition} belongs to {rows[item.condition].group}",
            )
        if item.derived and not (gate.ruled_out and item.answer == "indeterminate"):
            yield "error", f"{path}.derived", f"nothing rules {item.condition} out"
    answers = {item.condition: item.answer for item in report.exclusions}
    wanted = [
        (group, gates.group_answer(group, answers, known_of(report.clinical)))
        for group in vocabulary.condition_groups()
    ]
    if [(item.group, item.answer) for item in report.exclusion_groups] != wanted:
        yield "error", "$.exclusion_groups", "the groups do not follow from their conditions"


def absent_rests_on_series(report: ReportKeys) -> Found:
    """R21: an "absent" rests on series that could have shown it, and says its standing limits."""
    reading = reading_of_report(report)
    known = {series.key for series in report.study.series}
    for number, item in enumerate(report.exclusions):
        if item.answer != "absent":
            continue
        path = f"$.exclusions[{number}]"
        gate = gates.condition_gate(item.condition, reading.series)
        if not gate.allows_absent:
            yield "error", f"{path}.answer", f"no series could have shown {item.condition}"
        elif not gates.basis_holds(item.condition, item.basis, reading.series):
            yield "error", f"{path}.basis", f"the basis of {item.condition} could not have shown it"
        if not set(item.basis) <= known:
            yield "error", f"{path}.basis", "the basis names a series that is not in the study"
        standing = gates.standing_limits(item.condition, item.answer, reading.series)
        missing = set(standing) - set(item.limits)
        if missing:
            yield "error", f"{path}.limits", f"{', '.join(sorted(missing))} is not said"


def present_names_a_lesion(report: ReportKeys) -> Found:
    """R22: a "present" names a lesion of its condition, or words where the row says so."""
    answers = {item.condition: item.answer for item in report.exclusions}
    kinds = {lesion.id: lesion.condition for lesion in report.lesions}
    for number, item in enumerate(report.exclusions):
        path = f"$.exclusions[{number}].lesions"
        foreign = [
            name for name in item.lesions if kinds.get(name, item.condition) != item.condition
        ]
        if foreign:
            yield "error", path, f"{foreign[0]} is no {item.condition}"
        if item.answer == "absent" and (item.lesions or item.side):
            yield "error", path, f"{item.condition} is absent, but has a lesion or a side"
        if item.answer != "present":
            continue
        row = vocabulary.conditions()[item.condition]
        marked = any(kinds.get(lesion) == item.condition for lesion in item.lesions)
        words = not row.needs_lesion and item.note.strip()
        left = row.implants_show and report.implants
        if not (marked or words or left):
            yield "error", path, f"{item.condition} is present, but no lesion of it is named"
    for path, lesion in lesions_of(report):
        if answers.get(lesion.condition) not in {"present", "indeterminate"}:
            severity: Literal["error", "warning"] = "error"
            if report.status == "draft" and answers.get(lesion.condition) == "not_assessed":
                severity = "warning"
            sentence = f"a {lesion.condition} is marked, but its answer is not present"
            yield severity, f"{path}.condition", sentence


def _on_its_side(path: str, item: Lesion | Implant, plane_mm: float | None) -> Found:
    if plane_mm is None:
        if item.side is not None:
            yield "error", f"{path}.side", "a side is said and no midline is marked"
        return
    depth_mm = float(gates.depth_into_side_mm("left", item.position, plane_mm)[0])
    own = "left" if depth_mm > 0 else "right"
    near = {"midline", "bilateral"} if abs(depth_mm) <= constant("midline_band_mm") else set()
    if item.side not in {own, *near}:
        yield "error", f"{path}.side", f"{item.side}, but the position lies {own}"
