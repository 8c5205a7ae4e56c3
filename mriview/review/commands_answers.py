"""Commands that answer: other causes, assessments, impression, clinical context, signature, undo.

They hold words and ids, no positions. Whether the scans support an answer is asked by ``guards``.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mriview.review.command import (
    Answer,
    Assessment,
    Certainty,
    Command,
    Id,
    LesionSide,
    SeriesKey,
    Sha256,
    Side,
)
from mriview.vocabulary.ids import (
    AnatomyId,
    ChangeId,
    ConditionId,
    EffectId,
    EmgId,
    LimitId,
    RecommendationId,
    SymptomId,
    SyndromeId,
    TreatmentId,
    VesselId,
)


class AnswerCondition(Command):
    """Say for one other cause what was found, or that these scans cannot tell."""

    name = "answer_condition"
    condition: ConditionId
    answer: Answer
    side: LesionSide | None = None
    basis: tuple[SeriesKey, ...] = Field(default=(), description="Series looked at")
    lesions: tuple[Id, ...] = ()
    confidence: Certainty | None = None
    note: str = ""


class AcknowledgeLimits(Command):
    """Acknowledge, as one list, what these scans cannot show."""

    name = "acknowledge_limits"
    limits: tuple[LimitId, ...]


class SetAssessment(Command):
    """Say whether a vessel touches the nerve on one side."""

    name = "set_assessment"
    side: Side
    assessment: Assessment
    confidence: Certainty | None = None
    limits: tuple[LimitId, ...] = ()


class SetOffender(Command):
    """Name the contact that matters on one side; null says that it cannot be decided."""

    name = "set_offender"
    side: Side
    contact: Id | None


class SideCertainty(BaseModel):
    """Certainty of the impression, by side."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    right: Certainty | None = None
    left: Certainty | None = None


class SetImpression(Command):
    """Write the impression; its statements follow from what was assessed."""

    name = "set_impression"
    text: str = ""
    second_vessel: VesselId | None = None
    recommendation: RecommendationId | None = None
    certainty: SideCertainty = SideCertainty()


class Treatment(BaseModel):
    """What was tried, on which side, how long ago, with what effect."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    kind: TreatmentId
    side: Literal["right", "left", "bilateral"] | None = None
    months_ago: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    effect: EffectId | None = None


class Change(BaseModel):
    """What became of a contact or lesion since an earlier report."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    about: Id = Field(description="Id of the contact or lesion; of the earlier report where gone")
    change: ChangeId
    note: str = ""


class Comparison(BaseModel):
    """An earlier report, by its id, and what changed since."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    report_id: str = Field(pattern=r"^[0-9a-f]{32}$")
    changes: tuple[Change, ...] = ()


class SetClinical(Command):
    """Say whether the reading is blind, and what is known of the patient if not."""

    name = "set_clinical"
    blinded: bool
    question: str = Field(default="", description="What the sender asks")
    symptom_side: Literal["right", "left", "bilateral", "unknown"] | None = None
    syndrome: SyndromeId | None = None
    start: Literal["typical", "atypical"] | None = Field(
        default=None, description="Typical: from the eye downwards; atypical: from the mouth up"
    )
    onset_years: float | None = Field(
        default=None, ge=0, le=120, allow_inf_nan=False, description="Years since the first spasm"
    )
    weakness_house_brackmann: int | None = Field(default=None, ge=1, le=6)
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


class SetAnatomy(Command):
    """Say of one side what a surgeon asks of its anatomy."""

    name = "set_anatomy"
    side: Side
    code: AnatomyId
    value: str = Field(min_length=1, max_length=64)
    note: str = ""


class AddNote(Command):
    """Leave a remark, about a place in the report or about all of it."""

    name = "add_note"
    text: str = Field(min_length=1)
    about: str | None = Field(default=None, pattern=r"^\$[\w.\[\]]*$", description="JSON path")


class Override(BaseModel):
    """A mandatory field that is left open, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    guard: str
    path: str
    reason: str = Field(min_length=10)


class Sign(Command):
    """Sign the reading; nothing changes after it."""

    name = "sign"
    role: str = Field(min_length=1, max_length=64, description="In which role, such as radiologist")
    overrides: tuple[Override, ...] = ()


class Amend(Command):
    """Say that this reading amends a signed report, named by the SHA-256 of its file."""

    name = "amend"
    amends: Sha256 = Field(description="SHA-256 of the report.json that is amended")


class Undo(Command):
    """Take back a command, the last one if none is named; nothing is erased."""

    name = "undo"
    seq: int | None = Field(default=None, ge=1)


class Redo(Command):
    """Do again what was taken back last."""

    name = "redo"
