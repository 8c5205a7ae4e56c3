"""Both sides of the report: nerves with landmarks, and contacts with what follows from their marks.

Made by ``build_sides``. Other causes are in ``model_causes``.
"""

from typing import Literal

from pydantic import Field

from mriview.report.model_values import (
    Certainty,
    Id,
    Origin,
    Part,
    Path,
    Position,
    Quantity,
    SeriesKey,
    Severity,
    Span,
)
from mriview.vocabulary.ids import (
    AnatomyId,
    DirectionId,
    LandmarkId,
    LimitId,
    MorphologyId,
    NerveId,
    SegmentId,
    VesselId,
)


class Landmark(Part):
    """A named place on a nerve."""

    position: Position | Literal["not_covered"]
    origin: Origin


class Nerve(Part):
    """A nerve of one side: samples every 0.5 mm from the root exit point, both ends included."""

    path_mm: Path
    landmarks: dict[LandmarkId, Landmark]
    visible_mm: Span | None
    assessable_mm: Span | None
    artefact_mm: tuple[Span, ...]


class DecidedBy(Part):
    """Who accepted or rejected, and when."""

    reader: str
    time: str | None


class Primitive(Part):
    """What was marked: a point, a line, or a region by its corners or by the voxels of its mask.

    ``along_mm`` is how far the mark reaches along the nerve, as drawn: no measured contact length.
    """

    kind: Literal["point", "line", "region"]
    positions: tuple[Position, ...] = Field(min_length=1)
    along_mm: Span | None = None
    mask: Id | None = None


class Contact(Part):
    """One contact between a vessel and a nerve; rejected ones stay listed."""

    id: Id
    nerve: NerveId
    vessel: VesselId
    vessel_confidence: Certainty
    traced_to_parent: tuple[SeriesKey, ...]
    origin: Literal["manual", "automatic", "imported"]
    decision: Literal["accepted", "rejected", "proposed"]
    decided_by: DecidedBy | None
    primitive: Primitive
    nearest_on_nerve: Position
    nearest_on_vessel: Position
    segment: SegmentId
    segment_range: tuple[SegmentId, SegmentId]
    zone: Literal["proximal", "distal"]
    csf_plane: Literal["seen", "not_seen", "not_resolvable"]
    arc_mm: Quantity
    porus_distance_mm: Quantity
    clock_deg: Quantity
    direction: DirectionId | None
    touching: Literal["yes", "no", "indeterminate"]
    morphology: tuple[MorphologyId, ...]
    severity: tuple[Severity, ...] = ()
    mediated_by: Id | None
    series: tuple[SeriesKey, ...]
    note: str


class NearbyVessel(Part):
    """A vessel that runs near a nerve and does not touch it."""

    nerve: NerveId
    vessel: VesselId
    vessel_confidence: Certainty
    gap_mm: Quantity
    arc_mm: Quantity
    position: Position


class Anatomy(Part):
    """What a surgeon asks of the anatomy of a side."""

    code: AnatomyId
    value: str
    note: str


class SidePart(Part):
    """What was said of one side."""

    assessment: Literal["contact", "no_contact", "indeterminate", "not_assessed"]
    confidence: Certainty | None
    nerves: dict[NerveId, Nerve]
    contacts: tuple[Contact, ...]
    vessels_nearby: tuple[NearbyVessel, ...] = ()
    offender: Id | None
    anatomy: tuple[Anatomy, ...] = ()
    limits: tuple[LimitId, ...]


class Sides(Part):
    """Both sides, always."""

    right: SidePart
    left: SidePart
