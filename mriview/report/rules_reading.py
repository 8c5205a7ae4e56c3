"""Rules about the reading: R07, R28 to R32, R36, R41, R44. Each yields (severity, path, sentence).

Status, signature and amendment, the pass, what a blind reader may know, and that nothing in a
report is later than the report.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from mriview.report.model import ReportKeys
from mriview.report.reading import contacts_of, instant, reading_of_report
from mriview.review.mandatory import open_fields
from mriview.vocabulary import constant

ACKNOWLEDGED = "$.sign_off.acknowledged"

Found = Iterator[tuple[Literal["error", "warning"], str, str]]


def nothing_was_mirrored(report: ReportKeys) -> Found:
    """R07: this version shows no scan mirrored, so no reading of it can say that it was."""
    if report.reading.mirrored:
        sentence = "mirrored presentation is unknown to this version: no side can be trusted"
        yield "error", "$.reading.mirrored", sentence


def signature_goes_with_final(report: ReportKeys) -> Found:
    """R28: a signature is present exactly where the status is final or amended."""
    if (report.sign_off is not None) != (report.status in {"final", "amended"}):
        has = "a signature" if report.sign_off else "no signature"
        yield "error", "$.sign_off", f"the status is {report.status} and there is {has}"
    if report.status == "preliminary":
        # What was acknowledged stands in the signature, which such a report does not have yet.
        still = [f for f in open_fields(reading_of_report(report)) if f.path != ACKNOWLEDGED]
        if still:
            yield "error", "$.status", f"preliminary, but {still[0].what} is open"


def final_report_is_complete(report: ReportKeys) -> Found:
    """R29: no mandatory field is open in a final report, unless an override names it."""
    if report.sign_off is None:
        return
    overridden = {override.path for override in report.sign_off.overrides}
    least = int(constant("override_reason_min_letters"))
    for number, override in enumerate(report.sign_off.overrides):
        if len(override.reason.strip()) < least:
            path = f"$.sign_off.overrides[{number}].reason"
            yield "error", path, f"a reason has {least} letters at least"
    for item in open_fields(reading_of_report(report)):
        if item.path not in overridden:
            yield "error", item.path, f"{item.what} is open in a final report"


def amendment_names_its_report(report: ReportKeys) -> Found:
    """R30: an amended report names what it amends, and no other report does."""
    if (report.amends is not None) != (report.status == "amended"):
        names = "names" if report.amends else "does not name"
        yield "error", "$.amends", f"the status is {report.status} and it {names} what it amends"


def passes_say_what_they_are(report: ReportKeys) -> Found:
    """R31: a pass says whether it was blind, as the clinical context does; of two, one is first."""
    numbers = [said.number for said in report.passes]
    if not numbers and report.record is None:
        return  # nobody said anything yet
    if numbers != list(range(1, len(numbers) + 1)) or not numbers:
        yield "error", "$.passes", f"the passes are numbered {numbers}"
        return
    last = report.passes[-1]
    if last.blind != report.clinical.blinded:
        path = f"$.passes[{len(numbers) - 1}].blind"
        yield "error", path, "the pass and the clinical context differ on whether it was blind"
    if len(numbers) > 1 and not (report.passes[0].blind and report.passes[0].signed):
        yield "error", "$.passes[0]", "of two passes the first is blind and signed"


def blind_readers_know_nothing(report: ReportKeys) -> Found:
    """R32: a blind reading holds nothing that is known of the patient."""
    if report.clinical.blinded and report.clinical.history:
        yield "error", "$.clinical", "blind, but something is said that is known of the patient"


def decisions_are_somebodys(report: ReportKeys) -> Found:
    """R36: in a signed report no contact is proposed, and each accepted one has its reader."""
    if report.sign_off is None:
        return
    for path, _, contact in contacts_of(report):
        if contact.decision == "accepted" and contact.decided_by is None:
            yield "error", f"{path}.decided_by", f"nobody is said to have accepted {contact.id}"


def signed_reports_have_a_record(report: ReportKeys) -> Found:
    """R41: a signed report comes from a record with events."""
    if report.sign_off is not None and (report.record is None or report.record.events == 0):
        yield "error", "$.record", "a signed report without the record that it comes from"


def nothing_is_later(report: ReportKeys) -> Found:
    """R44: nothing in a report is later than the time at which it was created."""
    created = _read(report.created)
    for path, time in _times(report):
        then = _read(time)
        if then is not None and (created is None or then > created):
            yield "error", path, "a time later than that of the report"


def _times(report: ReportKeys) -> Iterator[tuple[str, str | None]]:
    for path, _, contact in contacts_of(report):
        if contact.decided_by is not None:
            yield f"{path}.decided_by.time", contact.decided_by.time
    for number, said in enumerate(report.passes):
        yield f"$.passes[{number}].started", said.started
        yield f"$.passes[{number}].signed", said.signed
    if report.sign_off is not None:
        yield "$.sign_off.time", report.sign_off.time
    for number, note in enumerate(report.notes):
        yield f"$.notes[{number}].time", note.time


def _read(time: str | None) -> datetime | None:
    try:
        return instant(time) if time else None
    except ValueError:
        return None
