"""What was read: software, subject, series with their frames, and what they cannot show.

Made by ``build_study``. The marks on these series are in ``model_sides``.
"""

from typing import Literal

from mriview.report.model_values import (
    Digest,
    Edge,
    Fraction,
    Id,
    Matrix,
    Number,
    Origin,
    Part,
    Position,
    Quantity,
    SeriesKey,
)
from mriview.vocabulary.ids import LimitId, QualityFindingId, QualityGradeId, RoleId, StructureId


class Software(Part):
    """What made the report; ``settings_sha256``: of disputable numbers and a site's own rows."""

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


class SeriesQuality(Part):
    """What spoils a series, and how far it can be used all the same."""

    code: QualityFindingId
    severity: QualityGradeId


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
    quality: tuple[SeriesQuality, ...] = ()
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


class ProtocolQuality(Part):
    """What spoils a series of the study."""

    code: QualityFindingId
    series: SeriesKey
    severity: QualityGradeId


class Protocol(Part):
    """What the study holds for the question."""

    roles_present: tuple[RoleId, ...]
    roles_missing: tuple[RoleId, ...]
    cannot_conclude: tuple[CannotConclude, ...]
    quality: tuple[ProtocolQuality, ...] = ()


class Registration(Part):
    """How one series lies in the frame of another, and whether a reader accepted that."""

    moving: SeriesKey
    fixed: SeriesKey
    lps_fixed_from_moving: Matrix
    verdict: Literal["accepted", "proposed", "refused"]
    residual_mm: Quantity
    origin: Literal["frame_of_reference", "visual", "automatic"]
