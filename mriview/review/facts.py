"""From a study and a state to the one frozen value that gates ask.

Here the reader's words about series (role, coverage) are laid over what the tool proposed, and the
arcs along the nerve are taken from the marks. The report makes the same value from itself.
"""

from mriview.measure import landmark_arcs
from mriview.review.gates import asked_conditions, condition_gate, derived_answer
from mriview.review.known import known_of
from mriview.review.reading import (
    USABLE,
    ContactFacts,
    Reading,
    SeriesFacts,
    SideFacts,
    edges_mm,
)
from mriview.review.state import SIDES, ReviewState
from mriview.scans import Role, Study

SET_BY_READER = "set by the reader"


def role_of(study: Study, state: ReviewState, key: str) -> Role:
    """Give the role of a series: the reader's word, else the tool's proposal."""
    if key in state.roles:
        return Role(state.roles[key], 1.0, (SET_BY_READER,))
    return study.volumes[key].role


def reference_of(study: Study, state: ReviewState) -> str | None:
    """Give the series in whose frame positions are: the reader's, else the study's first choice."""
    return state.reference or study.default_reference(dict(state.roles))


def series_facts(study: Study, state: ReviewState) -> tuple[SeriesFacts, ...]:
    """Give what gates ask of every series of a study."""
    facts = []
    for key, volume in study.volumes.items():
        role = role_of(study, state, key)
        in_plane_mm, slice_mm = edges_mm(volume.grid.spacing_mm, volume.acquired_voxel_mm)
        facts.append(
            SeriesFacts(
                key=key,
                role=role.id,
                role_confidence=role.confidence,
                in_plane_mm=in_plane_mm,
                slice_mm=slice_mm,
                acquired_known=volume.acquired_voxel_mm is not None,
                covered=state.coverage.get(key, frozenset()),
                quality=state.quality[key].grade if key in state.quality else USABLE,
            )
        )
    return tuple(facts)


def side_facts(state: ReviewState, name: str) -> SideFacts:
    """Give what gates ask of one side."""
    side, nerve = state.side(name), state.nerve(name, "facial")
    arcs = landmark_arcs(nerve.path) if nerve else None
    landmarks = nerve.path.landmarks if nerve else {}
    return SideFacts(
        name=name,
        assessment=side.assessment,
        confidence=side.confidence,
        contacts=tuple(
            ContactFacts(
                x.id, x.nerve, x.decision, x.touching, x.morphology, graded=bool(x.severity)
            )
            for x in state.contacts
            if x.side == name
        ),
        has_path=nerve is not None,
        rdp_placed="rdp" in landmarks and landmarks["rdp"].position is not None,
        porus_answered="porus" in landmarks,
        porus_arc_mm=arcs.porus_mm if arcs else None,
        assessable_mm=nerve.assessable_mm if nerve else None,
        artefact_mm=nerve.artefact_mm if nerve else (),
    )


def reading_of(study: Study, state: ReviewState) -> Reading:
    """Make the value that gates ask from a study and a state."""
    series = series_facts(study, state)
    known = known_of(state.clinical)
    lesions = tuple(lesion.condition for lesion in state.lesions)
    answers = {}
    for condition in asked_conditions(known, state.exclusions, lesions):
        said = state.exclusions.get(condition)
        gate = condition_gate(condition, series)
        answer = said.answer if said else "not_assessed"
        answers[condition], _ = derived_answer(answer, gate)
    return Reading(
        series=series,
        sides=tuple(side_facts(state, name) for name in SIDES),
        exclusions=answers,
        lesions=lesions,
        blinded=state.clinical.blinded if state.clinical else None,
        syndrome=state.clinical.syndrome if state.clinical else None,
        known=known,
        acknowledged=state.acknowledged,
    )
