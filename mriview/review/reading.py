"""One reading as gates see it: frozen facts about series, sides and answers, and nothing else.

Made from a study and a state (``facts``) or from a report (``mriview.report.reading``), so that the
predicates of ``gates`` are asked the same way by guards and by rules. Nothing is decided here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mriview.vocabulary import constant

USABLE, UNUSABLE = "diagnostic", "non_diagnostic"  # the ends of the table of quality grades


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """What a gate asks of one series.

    ``in_plane_mm`` is the larger in-plane edge and ``slice_mm`` the slice, both as acquired where
    that is known, else as stored (``acquired_known`` False).
    """

    key: str
    role: str
    role_confidence: float
    in_plane_mm: float
    slice_mm: float
    acquired_known: bool
    covered: frozenset[str] = frozenset()
    quality: str = USABLE

    @property
    def is_usable(self) -> bool:
        """Whether anything may be concluded from it: the reader did not say otherwise."""
        return self.quality != UNUSABLE

    @property
    def role_is_sure(self) -> bool:
        """Whether conclusions may rest on the role (a reader's word counts as 1.0)."""
        return self.role_confidence >= constant("role_confidence_min")


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What a gate asks of one contact; ``graded``: whether its severity was said."""

    id: str
    nerve: str
    decision: str
    touching: str
    morphology: tuple[str, ...] = ()
    graded: bool = False


@dataclass(frozen=True, slots=True)
class SideFacts:
    """What a gate asks of one side; arcs are mm along the facial nerve, None where unknown."""

    name: str
    assessment: str = "not_assessed"
    confidence: str | None = None
    contacts: tuple[ContactFacts, ...] = ()
    has_path: bool = False
    rdp_placed: bool = False
    porus_answered: bool = False
    porus_arc_mm: float | None = None
    assessable_mm: tuple[float, float] | None = None
    artefact_mm: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading, as far as gates ask; ``exclusions`` maps a condition to its answer.

    ``known``: what is known of the patient, as in ``known``.
    """

    series: tuple[SeriesFacts, ...]
    sides: tuple[SideFacts, ...]
    exclusions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    lesions: tuple[str, ...] = ()
    blinded: bool | None = None
    syndrome: str | None = None
    known: frozenset[str] = frozenset()
    acknowledged: tuple[str, ...] = ()


def edges_mm(
    spacing_mm: tuple[float, float, float], acquired_mm: tuple[float, float, float] | None
) -> tuple[float, float]:
    """Give the larger in-plane edge and the slice: what was acquired, or stored if that is coarser.

    Interpolated voxels are smaller than what was acquired; slices with gaps are thinner than their
    distance. Without acquired sizes the coarsest axis counts as the slice.

    Examples
    --------
    >>> edges_mm((0.5, 0.5, 0.8), None)
    (0.5, 0.8)
    >>> edges_mm((0.35, 0.35, 2.5), (0.7, 0.7, 0.5))
    (0.7, 2.5)
    """
    if acquired_mm is not None:
        i_mm, j_mm, k_mm = (max(pair) for pair in zip(acquired_mm, spacing_mm, strict=True))
        return max(i_mm, j_mm), k_mm
    _, middle, coarse = sorted(spacing_mm)
    return middle, coarse
