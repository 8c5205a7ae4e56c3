"""Other causes in the report: one answer a condition, the groups derived from them, the lesions.

An answer is the reader's, or ``indeterminate`` where role, slice or quality of the series rules a
judgement out; "absent" is never made here. What was measured of a lesion travels in its command.
"""

from collections.abc import Callable, Sequence

from mriview import vocabulary
from mriview.measure import lesion_sizes
from mriview.report.build_sides import Json, point, severity
from mriview.review import gates
from mriview.review.places import midsagittal_x_mm
from mriview.review.reading import Reading
from mriview.review.state import Exclusion, Lesion, ReviewState
from mriview.values import Mask


def exclusions(state: ReviewState, reading: Reading) -> list[Json]:
    """List every condition that was asked, in table order."""
    rows, listed = vocabulary.conditions(), []
    for condition, answer in reading.exclusions.items():
        said = state.exclusions.get(condition) or Exclusion(condition, "not_assessed")
        gate = gates.condition_gate(condition, reading.series)
        derived = said.answer == "not_assessed" and answer != said.answer
        closed = gate.limits if answer in {"indeterminate", "not_assessed"} else ()
        standing = gates.standing_limits(condition, answer, reading.series)
        of_condition = tuple(x.id for x in state.lesions if x.condition == condition)
        listed.append(
            {
                "condition": condition,
                "group": rows[condition].group,
                "answer": answer,
                "derived": derived,
                "side": _side_of_lesions(state, of_condition) or said.side,
                "basis": list(said.basis),
                "lesions": list(dict.fromkeys((*said.lesions, *of_condition))),
                "confidence": said.confidence,
                "limits": list(dict.fromkeys((*closed, *standing))),
                "note": said.note,
            }
        )
    return listed


def exclusion_groups(causes: Sequence[Json], reading: Reading) -> list[Json]:
    """Derive the line of each group from its rows."""
    answers = {cause["condition"]: cause["answer"] for cause in causes}
    return [
        {"group": group, "answer": gates.group_answer(group, answers, reading.known)}
        for group in vocabulary.condition_groups()
    ]


def lesions(state: ReviewState) -> list[Json]:
    """List the lesions with what was measured of them."""
    return [_lesion(lesion, state) for lesion in state.lesions]


def implants(state: ReviewState) -> list[Json]:
    """List what an operation left."""
    plane_mm = midsagittal_x_mm(state)
    return [
        {
            "id": implant.id,
            "kind": implant.kind,
            "position": point(implant.position),
            "side": gates.side_of(implant.position, plane_mm),
            "note": implant.note,
        }
        for implant in state.implants
    ]


def masks(state: ReviewState, mask_of: Callable[[str], Mask]) -> list[Json]:
    """List the painted structures; their voxels lie in the review by the same digest."""
    plane_mm = midsagittal_x_mm(state)
    listed = []
    for painted in state.masks:
        mask = mask_of(painted.sha256)
        listed.append(
            {
                "id": painted.id,
                "structure": painted.structure,
                "name": painted.vessel or painted.label,
                "side": gates.side_of(mask.centroid_mm, plane_mm),
                "series": painted.series,
                "sha256": painted.sha256,
                "voxels": mask.count,
                "vessel_confidence": painted.vessel_confidence,
                "traced_to_parent": list(painted.traced_to_parent),
                "note": painted.note,
            }
        )
    return listed


def _lesion(lesion: Lesion, state: ReviewState) -> Json:
    return {
        "id": lesion.id,
        "condition": lesion.condition,
        "position": point(lesion.position),
        "side": gates.side_of(lesion.position, midsagittal_x_mm(state)),
        "mask": lesion.mask,
        **lesion_sizes(lesion.measured, lesion.calipers),
        "extent": list(lesion.extent),
        "severity": severity(lesion.severity),
        "contacts_brainstem": lesion.contacts_brainstem,
        "contacts_nerve": lesion.contacts_nerve,
        "series": list(lesion.series),
        "note": lesion.note,
    }


def _side_of_lesions(state: ReviewState, ids: Sequence[str]) -> str | None:
    plane_mm = midsagittal_x_mm(state)
    mine = (x for x in state.lesions if x.id in ids)
    return gates.side_of_lesions(gates.side_of(x.position, plane_mm) for x in mine)
