"""From a study and a state to the report: ``build_report``, pure, the only maker of reports.

The parts are made in ``build_study`` (what was read), ``build_sides`` (nerves and contacts) and
``build_causes`` (other causes and lesions); here they are put together, the status is derived, and
the id is taken from the content. No file is opened and no clock is asked.
"""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from mriview import __version__, vocabulary
from mriview.report.build_causes import exclusion_groups, exclusions, implants, lesions, masks
from mriview.report.build_sides import impression, side_part
from mriview.report.build_study import limits, protocol, registrations, study_part
from mriview.report.model import FORMAT, FORMAT_VERSION
from mriview.report.reading import instant
from mriview.report.report import Report
from mriview.review import Review
from mriview.review.facts import reading_of
from mriview.review.mandatory import open_fields
from mriview.review.reading import Reading
from mriview.review.state import SIDES, Clinical, ReviewState
from mriview.scans import Study

ID_DIGITS = 32  # of the SHA-256 of the content


def build_report(study: Study, review: Review) -> Report:
    """Make the report of a reading.

    Parameters
    ----------
    study : Study
        What was read.
    review : Review
        What the reader said of it.

    Returns
    -------
    Report
        Frozen; the same study and the same state give the same report.
    """
    state, reading = review.state, reading_of(study, review.state)
    causes = exclusions(state, reading)
    listed_lesions = lesions(state)
    sides: dict[str, Any] = {name: side_part(study, state, name) for name in SIDES}
    concluded = impression(state, sides, listed_lesions)
    body: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "status": _status(state, reading),
        "report_id": "",
        "created": _latest(state),
        "amends": state.amends if state.sign_off else None,
        "software": {
            "name": "mriview",
            "version": __version__,
            "settings_sha256": settings_sha256(),
        },
        "subject": {"pseudonym": study.key},
        "study": study_part(study, state, causes),
        "protocol": protocol(study, state, reading, causes),
        "registrations": registrations(state),
        "clinical": _clinical(state),
        "sides": sides,
        "masks": masks(state, review.mask),
        "exclusions": causes,
        "exclusion_groups": exclusion_groups(causes, reading),
        "lesions": listed_lesions,
        "implants": implants(state),
        "passes": _passes(review.reader, state),
        "impression": concluded,
        "reading": {"mirrored": False},
        "sign_off": _sign_off(state),
        "record": {"events": state.events, "head_sha256": None} if state.events else None,
        "limits": limits(study, state, reading, sides, causes),
        "notes": [
            {"text": n.text, "about": n.about, "reader": n.by.reader, "time": n.by.time}
            for n in state.notes
        ],
    }
    body["report_id"] = report_id(body)
    return Report.model_validate(body)


def report_id(body: dict[str, Any]) -> str:
    """Derive the id of a report from its content.

    Parameters
    ----------
    body : dict
        The report as JSON; its own ``report_id`` does not count.
    """
    content = {key: value for key, value in body.items() if key != "report_id"}
    text = json.dumps(content, sort_keys=True, default=list, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]


def settings_sha256() -> str:
    """Digest of every number that a clinician may dispute, and of the rows that a site added.

    As they stood when the report was made; where no site adds rows, of the numbers alone.
    """
    settings: dict[str, object] = {key: row.value for key, row in vocabulary.constants().items()}
    site = vocabulary.site_vocabulary()
    if site is not None:
        settings["site_vocabulary"] = site.as_json()
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def _status(state: ReviewState, reading: Reading) -> str:
    if state.sign_off is not None:
        return "amended" if state.amends else "final"
    return "draft" if open_fields(reading) else "preliminary"


def _latest(state: ReviewState) -> str | None:
    """Give the latest time of the record: a clock that was set back makes no later event early."""
    stamps = [state.first, state.last, state.sign_off.by if state.sign_off else None]
    stamps += [contact.decided_by for contact in state.contacts]
    stamps += [note.by for note in state.notes]
    times = [stamp.time for stamp in stamps if stamp is not None and stamp.time is not None]
    return max(times, key=instant, default=None)


def _clinical(state: ReviewState) -> dict[str, object]:
    said = state.clinical or Clinical(blinded=False)
    known = asdict(said)
    return {**known, "blinded": said.blinded if state.clinical else None}


def _passes(reader: str, state: ReviewState) -> list[dict[str, object]]:
    """Give the pass of the reader; none where nobody said anything."""
    if state.first is None:
        return []
    return [
        {
            "number": 1,
            "blind": state.clinical.blinded if state.clinical else None,
            "reader": reader,
            "started": state.first.time,
            "signed": state.sign_off.by.time if state.sign_off else None,
        }
    ]


def _sign_off(state: ReviewState) -> dict[str, object] | None:
    signed = state.sign_off
    if signed is None:
        return None
    return {
        "reader": signed.by.reader,
        "role": signed.role,
        "time": signed.by.time,
        "acknowledged": list(state.acknowledged),
        "overrides": [
            {"guard": o.guard, "path": o.path, "reason": o.reason} for o in signed.overrides
        ],
    }
