"""The report as a strict model: every key that leaves the house, its kind and its order.

The JSON Schema in ``schema/`` is generated from these classes. What the keys must say to each other
is checked in ``rules``; how a report is made from a study and a state is in ``build``. Values of
the vocabulary are row ids, positions are ``[x, y, z]`` patient LPS mm of the reference's frame.
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from mriview.errors import GeometryError
from mriview.geometry import Grid, arc_length
from mriview.vocabulary.ids import (
    ConditionId,
    DirectionId,
    GroupId,
    LandmarkId,
    LimitId,
    MorphologyId,
    NerveId,
    RoleId,
    SegmentId,
    StatementId,
    StructureId,
    SyndromeId,
    VesselId,
)

FORMAT, FORMAT_VERSION = "mriview.report", "1.0"

FARTHEST_MM = 1e9  # of a coordinate; beyond it products of millimetres lose their digits
MOST_VOXELS = 1_000_000  # along one edge of a grid

Number = Annotated[float, Field(allow_inf_nan=False)]
Coordinate = Annotated[float, Field(allow_inf_nan=False, ge=-FARTHEST_MM, le=FARTHEST_MM)]
Position = tuple[Coordinate, Coordinate, Coordinate]
Span = tuple[Number, Number]
Row4 = tuple[Coordinate, Coordinate, Coordinate, Coordinate]
Side = Literal["right", "left"]
LesionSide = Literal["right", "left", "bilateral", "midline"]
Certainty = Literal["definite", "probable", "possible"]
Answer = Literal["absent", "present", "indeterminate", "not_assessed"]
Origin = Literal["manual", "automatic", "imported", "default"]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
SeriesKey = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(\.\d+)?$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Fraction = Annotated[float, Field(ge=0, le=1)]


def _spans_space(matrix: tuple[Row4, Row4, Row4, Row4]) -> tuple[Row4, Row4, Row4, Row4]:
    try:
        Grid((1, 1, 1), np.array(matrix))
    except GeometryError as error:
        raise PydanticCustomError("no_space", "a matrix whose axes span no space") from error
    return matrix


def _has_length(path_mm: tuple[Position, ...]) -> tuple[Position, ...]:
    if not arc_length(path_mm)[-1] > 0:
        raise PydanticCustomError("no_space", "a path without a length")
    return path_mm


Voxels = Annotated[int, Field(ge=1)]
Edge = Annotated[int, Field(ge=1, le=MOST_VOXELS)]
Matrix = Annotated[tuple[Row4, Row4, Row4, Row4], AfterValidator(_spans_space)]
Path = Annotated[tuple[Position, ...], Field(min_length=2), AfterValidator(_has_length)]


class Part(BaseModel):
    """A frozen part of the report; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Interval(Part):
    """A value with its 95 % interval."""

    value: Number
    unit: str
    method: str
    origin: Origin
    low: Number
    high: Number
    level: Literal[0.95]  # type: ignore[valid-type]  # mypy knows no float literals, pydantic does


class Estimate(Part):
    """A value whose interval is not calibrated yet."""

    value: Number
    unit: str
    method: str
    origin: Origin
    uncertainty: Literal["not_estimated"]


class NotGiven(Part):
    """A value that the scans or the marks do not support."""

    withheld: str = Field(min_length=1)


def _kind(value: object) -> str:
    keys = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    if "withheld" in keys:
        return "withheld"
    return "interval" if {"low", "high", "level"} & set(keys) else "estimate"


Quantity = Annotated[
    Annotated[Interval, Tag("interval")]
    | Annotated[Estimate, Tag("estimate")]
    | Annotated[NotGiven, Tag("withheld")],
    Discriminator(_kind),
]


class Software(Part):
    """What made the report; ``settings_sha256`` is the digest of every disputable number."""

    name: str
    version: str
    settings_sha256: Digest


class Subject(Part):
    """Whom it is about, under a pseudonym."""

    pseudonym: str


class SeriesProblem(Part):
    """What is to be known about a series."""

    code: str
    severity: Literal["info", "warning", "error"]
    message: str


class Coverage(Part):
    """How much of a structure a series shows: measured, or confirmed by the reader."""

    fraction: Fraction | None
    reason: str | None
    confirmed: bool


class Series(Part):
    """One volume of the study."""

    key: SeriesKey
    role: RoleId
    role_confidence: Fraction
    role_confirmed: bool
    role_reasons: tuple[str, ...]
    modality: str
    shape: tuple[Edge, Edge, Edge]
    spacing_mm: Position
    acquired_voxel_mm: Position | None
    lps_from_index: Matrix
    coverage: dict[StructureId, Coverage]
    physics: dict[str, Number | str]
    problems: tuple[SeriesProblem, ...]
    used_for: tuple[str, ...]


class FrameGroup(Part):
    """Series whose positions may be compared."""

    id: Id
    series: tuple[SeriesKey, ...]


class Midline(Part):
    """A point of the midsagittal plane."""

    position: Position
    origin: Origin


class StudyPart(Part):
    """What was read."""

    study_key: str
    reference: SeriesKey | None
    series: tuple[Series, ...]
    frame_groups: tuple[FrameGroup, ...]
    midline: Midline | None


class CannotConclude(Part):
    """What these scans cannot show, and the limit that says why."""

    what: str
    because: LimitId


class Protocol(Part):
    """What the study holds for the question."""

    roles_present: tuple[RoleId, ...]
    roles_missing: tuple[RoleId, ...]
    cannot_conclude: tuple[CannotConclude, ...]


class Clinical(Part):
    """Whether the reading was blind, and what was known if not."""

    blinded: bool | None
    symptom_side: Literal["right", "left", "bilateral", "unknown"] | None
    syndrome: SyndromeId | None


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
    """What was marked."""

    kind: Literal["point", "line", "region"]
    positions: tuple[Position, ...] = Field(min_length=1)


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
    mediated_by: Id | None
    series: tuple[SeriesKey, ...]
    note: str


class SidePart(Part):
    """What was said of one side."""

    assessment: Literal["contact", "no_contact", "indeterminate", "not_assessed"]
    confidence: Certainty | None
    nerves: dict[NerveId, Nerve]
    contacts: tuple[Contact, ...]
    offender: Id | None
    limits: tuple[LimitId, ...]


class Sides(Part):
    """Both sides, always."""

    right: SidePart
    left: SidePart


class Mask(Part):
    """A painted structure by its content; the voxels lie in the review's ``masks/``."""

    id: Id
    structure: Literal["nerve", "vessel", "lesion", "implant"]
    name: str
    side: LesionSide | None
    series: SeriesKey
    sha256: Digest
    voxels: Voxels


class Exclusion(Part):
    """The answer for one other cause."""

    condition: ConditionId
    group: GroupId
    answer: Answer
    derived: bool
    side: LesionSide | None
    basis: tuple[SeriesKey, ...]
    lesions: tuple[Id, ...]
    confidence: Certainty | None
    limits: tuple[LimitId, ...]
    note: str


class ExclusionGroup(Part):
    """The line of a group of conditions, derived from its rows."""

    group: GroupId
    answer: Answer


class Lesion(Part):
    """A tumour or another lesion."""

    id: Id
    condition: ConditionId
    position: Position
    side: LesionSide | None
    mask: Id | None
    longest_mm: Quantity
    perpendicular_mm: Quantity
    ap_mm: Quantity
    tr_mm: Quantity
    cc_mm: Quantity
    extrameatal_max_mm: Quantity
    volume_mm3: Quantity
    extent: tuple[StructureId, ...]
    contacts_brainstem: bool | None
    contacts_nerve: bool | None
    series: tuple[SeriesKey, ...]
    note: str


class Pass(Part):
    """One complete reading."""

    number: Annotated[int, Field(ge=1)]
    blind: bool | None
    reader: str
    started: str | None
    signed: str | None


class SideImpression(Part):
    """The conclusion for one side."""

    statements: tuple[StatementId, ...]
    vessel: VesselId | None
    segment: SegmentId | None
    certainty: Certainty | None


class BySide(Part):
    """Conclusions for both sides."""

    right: SideImpression
    left: SideImpression


class Impression(Part):
    """What the page begins with."""

    by_side: BySide
    second_vessel: VesselId | None
    text: str


class ReadingPart(Part):
    """How the scans were shown."""

    mirrored: bool


class Override(Part):
    """A mandatory field that was left open, and why."""

    guard: str
    path: str
    reason: str = Field(min_length=10)


class SignOff(Part):
    """The signature."""

    reader: str
    role: str
    time: str | None
    acknowledged: tuple[LimitId, ...]
    overrides: tuple[Override, ...]


class RecordPart(Part):
    """The record that the report was made from; the hash chain comes with a later version."""

    events: Annotated[int, Field(ge=0)]
    head_sha256: Digest | None


class Limit(Part):
    """What a reader of the page must know."""

    code: LimitId
    text: str


class Note(Part):
    """A remark."""

    text: str
    about: str | None
    reader: str
    time: str | None


class ReportKeys(Part):
    """Every key of the report, version 1.0. Research use only."""

    format: Literal["mriview.report"]
    format_version: Literal["1.0"]
    status: Literal["draft", "preliminary", "final"]
    report_id: str
    created: str | None
    software: Software
    subject: Subject
    study: StudyPart
    protocol: Protocol
    clinical: Clinical
    sides: Sides
    masks: tuple[Mask, ...]
    exclusions: tuple[Exclusion, ...]
    exclusion_groups: tuple[ExclusionGroup, ...]
    lesions: tuple[Lesion, ...]
    passes: tuple[Pass, ...]
    impression: Impression
    reading: ReadingPart
    sign_off: SignOff | None
    record: RecordPart | None
    limits: tuple[Limit, ...]
    notes: tuple[Note, ...]
