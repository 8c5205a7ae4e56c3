"""How and by whom was read: clinical context, passes, impression, signature, record, notes.

Made by ``build``.
"""

from typing import Annotated, Literal

from pydantic import Field

from mriview.report.model_values import Certainty, Digest, Id, Part
from mriview.vocabulary.ids import (
    ChangeId,
    EffectId,
    EmgId,
    LimitId,
    RecommendationId,
    SegmentId,
    StatementId,
    SymptomId,
    SyndromeId,
    TreatmentId,
    VesselId,
)


class Treatment(Part):
    """What was tried."""

    kind: TreatmentId
    side: Literal["right", "left", "bilateral"] | None
    months_ago: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None
    effect: EffectId | None


class Change(Part):
    """What became of a contact or lesion since an earlier report."""

    about: Id
    change: ChangeId
    note: str


class Comparison(Part):
    """An earlier report, and what changed since."""

    report_id: str
    changes: tuple[Change, ...]


class Clinical(Part):
    """Whether the reading was blind, and what was known if not."""

    blinded: bool | None
    symptom_side: Literal["right", "left", "bilateral", "unknown"] | None
    syndrome: SyndromeId | None
    question: str = ""
    start: Literal["typical", "atypical"] | None = None
    onset_years: Annotated[float, Field(ge=0, le=120)] | None = None
    weakness_house_brackmann: Annotated[int, Field(ge=1, le=6)] | None = None
    symptoms: tuple[SymptomId, ...] = ()
    emg: EmgId | None = None
    treatments: tuple[Treatment, ...] = ()
    previous_mvd: bool | None = None
    comparison: Comparison | None = None

    @property
    def history(self) -> bool:
        """Whether it tells anything that a blind reader may not know."""
        said = self.model_dump(exclude={"blinded"})
        return any(value is not None and value not in ("", (), []) for value in said.values())


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
    recommendation: RecommendationId | None = None
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
