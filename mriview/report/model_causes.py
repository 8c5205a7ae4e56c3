"""Other causes in the report: masks, lesions with their sizes, and one answer a condition.

Made by ``build_causes``.
"""

from typing import Literal

from mriview.report.model_values import (
    Answer,
    Certainty,
    Digest,
    Id,
    LesionSide,
    Part,
    Position,
    Quantity,
    SeriesKey,
    Severity,
    Voxels,
)
from mriview.vocabulary.ids import (
    ConditionId,
    ExtentId,
    GroupId,
    ImplantId,
    LimitId,
    StructureId,
)


class Mask(Part):
    """A painted structure by its content; the voxels lie in the review's ``masks/``.

    ``name`` is the row id of a vessel that was named, and then its confidence stands beside it;
    else it is the reader's own label.
    """

    id: Id
    structure: Literal["nerve", "vessel", "lesion", "implant"]
    name: str
    side: LesionSide | None
    series: SeriesKey
    sha256: Digest
    voxels: Voxels
    vessel_confidence: Certainty | None = None
    traced_to_parent: tuple[SeriesKey, ...] = ()
    note: str = ""


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
    extent: tuple[StructureId | ExtentId, ...]
    severity: tuple[Severity, ...] = ()
    contacts_brainstem: bool | None
    contacts_nerve: bool | None
    series: tuple[SeriesKey, ...]
    note: str


class Implant(Part):
    """What an operation left."""

    id: Id
    kind: ImplantId
    position: Position
    side: LesionSide | None
    note: str
