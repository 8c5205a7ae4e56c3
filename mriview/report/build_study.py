"""What was read, as the report tells it: series, frames, protocol, and every limit in words.

Roles and coverage are the reader's words over the tool's proposal. What a study cannot show is
derived here from the rows of the vocabulary; nothing is judged.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from mriview import vocabulary
from mriview.report.build_sides import Json, point
from mriview.review.facts import SET_BY_READER, reference_of, role_of
from mriview.review.reading import Reading
from mriview.review.state import ReviewState
from mriview.scans import Study
from mriview.values import Measured, Quantity, withheld

NOT_MEASURED = "not measured: no landmarks of this structure"


def study_part(study: Study, state: ReviewState, causes: Sequence[Json]) -> Json:
    """Make the report's ``study``."""
    midline = state.midline
    return {
        "study_key": study.key,
        "reference": reference_of(study, state),
        "series": [_series(study, state, key, causes) for key in study.volumes],
        "frame_groups": _frame_groups(study),
        "midline": {"position": point(midline), "origin": "manual"} if midline else None,
    }


def protocol(study: Study, state: ReviewState, reading: Reading, causes: Sequence[Json]) -> Json:
    """Make the report's ``protocol``: roles that are there, that miss, and what that means."""
    roles = {series.role for series in reading.series if series.role_is_sure}
    parts = [
        part
        for part in vocabulary.completeness().values()
        if not any(set(needed) <= roles for needed in part.alternatives)
    ]
    missing = dict.fromkeys(
        role for part in parts for role in part.alternatives[0] if role not in roles
    )
    cannot = [{"what": part.id, "because": part.limit} for part in parts]
    cannot += [
        {"what": cause["condition"], "because": cause["limits"][0]}
        for cause in causes
        if cause["derived"] and cause["limits"]
    ]
    order = list(vocabulary.roles())
    return {
        "roles_present": sorted({s.role for s in reading.series}, key=order.index),
        "roles_missing": list(missing),
        "cannot_conclude": cannot,
        "quality": [
            {"code": code, "series": key, "severity": state.quality[key].grade}
            for key in study.volumes
            if key in state.quality
            for code in state.quality[key].findings
        ],
    }


def registrations(state: ReviewState) -> list[Json]:
    """Make the report's ``registrations``; a reader's misfit is an estimate by eye."""
    listed = []
    for said in state.registrations:
        residual: Measured = withheld("misfit_unmeasured")
        if said.residual_mm is not None:
            origin: Literal["automatic", "manual"] = "manual"
            if said.origin == "automatic":
                origin = "automatic"
            residual = Quantity(said.residual_mm, "mm", said.origin, origin)
        listed.append(
            {
                "moving": said.moving,
                "fixed": said.fixed,
                "lps_fixed_from_moving": said.lps_fixed_from_moving,
                "verdict": said.verdict,
                "residual_mm": residual.as_json(),
                "origin": said.origin,
            }
        )
    return listed


def limits(
    study: Study,
    state: ReviewState,
    reading: Reading,
    sides: Mapping[str, Json],
    causes: Sequence[Json],
) -> list[Json]:
    """List every limit that a reader of the page must know, each once, in words."""
    about: dict[str, list[str]] = {"L_RESEARCH_USE": []}
    for item in protocol(study, state, reading, ())["cannot_conclude"]:
        about.setdefault(item["because"], [])
    for side in sides.values():
        for code in side["limits"]:
            about.setdefault(code, [])
    for cause in causes:
        for code in cause["limits"]:
            label = vocabulary.conditions()[cause["condition"]].label.en
            about.setdefault(code, []).append(label)
    if study.scanner_frame_assumed:
        about["L_NIFTI_SCANNER_FRAME"] = []
    if any(p.code == "synthetic_scan" for v in study.volumes.values() for p in v.problems):
        about["L_SYNTHETIC"] = []
    rows = vocabulary.limits()
    return [
        {"code": code, "text": sentence(rows[code].text.en, conditions=", ".join(about[code]))}
        for code in rows
        if code in about
    ]


def sentence(template: str, **words: str) -> str:
    """Fill the placeholders of a vocabulary text; the first letter becomes a capital."""
    text = template.format(**words)
    return text[:1].upper() + text[1:]


def _series(study: Study, state: ReviewState, key: str, causes: Sequence[Json]) -> Json:
    volume, role = study.volumes[key], role_of(study, state, key)
    confirmed = sorted(state.coverage.get(key, ()))
    acquired = volume.acquired_voxel_mm
    return {
        "key": key,
        "role": role.id,
        "role_confidence": role.confidence,
        "role_confirmed": SET_BY_READER in role.reasons,
        "role_reasons": list(role.reasons),
        "modality": volume.modality,
        "shape": list(volume.grid.shape),
        "spacing_mm": list(volume.grid.spacing_mm),
        "acquired_voxel_mm": list(acquired) if acquired else None,
        "lps_from_index": volume.grid.lps_from_index.tolist(),
        "coverage": {
            structure: {"fraction": None, "reason": NOT_MEASURED, "confirmed": True}
            for structure in confirmed
        },
        "physics": dict(sorted(volume.physics.items())),
        "quality": [
            {"code": code, "severity": state.quality[key].grade}
            for code in (state.quality[key].findings if key in state.quality else ())
        ],
        "problems": [
            {"code": p.code, "severity": p.severity, "message": p.message} for p in volume.problems
        ],
        "used_for": _used_for(study, state, key, causes),
    }


def _used_for(study: Study, state: ReviewState, key: str, causes: Sequence[Json]) -> list[str]:
    """Name what rests on a series: the reference, contacts, lesions, conditions."""
    used = ["reference"] if key == reference_of(study, state) else []
    used += [x.id for x in state.contacts if key in (*x.series, *x.traced_to_parent)]
    used += [x.id for x in state.lesions if key in x.series]
    used += [cause["condition"] for cause in causes if key in cause["basis"]]
    return used


def _frame_groups(study: Study) -> list[dict[str, Any]]:
    groups: dict[str, list[str]] = {}
    for key, volume in study.volumes.items():
        groups.setdefault(volume.frame_of_reference or f"alone_{key}", []).append(key)
    return [{"id": f"f{n}", "series": keys} for n, keys in enumerate(groups.values(), start=1)]
