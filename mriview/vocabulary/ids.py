"""Row ids as types: what commands and reports may say, checked against the tables.

Each type is a string that must be a row of its table; JSON Schema sees the rows as an enum, those
of a site among them. The rows themselves are in ``mriview.vocabulary``, and are read when a value
or the schema asks for them; this is the only module of the floor that knows pydantic.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from mriview import vocabulary

Rows = Callable[[], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class _Enum:
    """The JSON Schema of one table; pydantic asks for it when the schema is made, not before."""

    rows: Rows

    def __get_pydantic_json_schema__(self, _schema: Any, _handler: Any) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.rows())}


def _row_of(table: str, rows: Rows) -> tuple[Any, Any]:
    """Make validator and schema of one table."""

    def check(value: str) -> str:
        if value not in rows():
            raise _unknown(table, value)
        return value

    return AfterValidator(check), _Enum(rows)


def _unknown(table: str, value: str) -> PydanticCustomError:
    """Tell an id that is nobody's from one of a site whose table is not here."""
    from mriview.vocabulary.site_faults import VARIABLE
    from mriview.vocabulary.site_rows import EXTENDABLE, prefix_of

    prefix = prefix_of(value) if table.replace(" ", "_") in EXTENDABLE else None
    site = vocabulary.site_vocabulary()
    said = {"table": table, "prefix": prefix or "", "variable": VARIABLE}
    if prefix is None:
        return PydanticCustomError("unknown_row", "not a row of the table of {table}", said)
    if site is not None and site.prefix == prefix:
        sentence = "not a row of the table of {table}, nor of the site {prefix} as it is known here"
    else:
        sentence = "a row of the site {prefix}, whose table is not here: set {variable}"
    return PydanticCustomError("site_row_missing", sentence, said)


_NERVE = _row_of("nerves", vocabulary.nerves)
_LANDMARK = _row_of("landmarks", vocabulary.landmarks)
_SEGMENT = _row_of("segments", vocabulary.segments)
_VESSEL = _row_of("vessels", vocabulary.vessels)
_CONDITION = _row_of("conditions", vocabulary.conditions)
_GROUP = _row_of("condition groups", vocabulary.condition_groups)
_STRUCTURE = _row_of("structures", vocabulary.structures)
_ROLE = _row_of("roles", vocabulary.roles)
_LIMIT = _row_of("limits", vocabulary.limits)
_MORPHOLOGY = _row_of("morphologies", vocabulary.morphologies)
_DIRECTION = _row_of("directions", vocabulary.directions)
_STATEMENT = _row_of("statements", vocabulary.statements)
_SYNDROME = _row_of("syndromes", vocabulary.syndromes)
_SCALE = _row_of("severity scales", vocabulary.severity_scales)
_SYMPTOM = _row_of("symptoms", vocabulary.symptoms)
_EMG = _row_of("emg findings", vocabulary.emg_findings)
_TREATMENT = _row_of("treatments", vocabulary.treatments)
_EFFECT = _row_of("treatment effects", vocabulary.treatment_effects)
_IMPLANT = _row_of("implants", vocabulary.implants)
_QUALITYFINDING = _row_of("quality findings", vocabulary.quality_findings)
_QUALITYGRADE = _row_of("quality grades", vocabulary.quality_grades)
_ANATOMY = _row_of("anatomy items", vocabulary.anatomy_items)
_EXTENT = _row_of("lesion extents", vocabulary.lesion_extents)
_CHANGE = _row_of("comparison changes", vocabulary.comparison_changes)
_RECOMMENDATION = _row_of("recommendations", vocabulary.recommendations)

NerveId = Annotated[str, *_NERVE]
LandmarkId = Annotated[str, *_LANDMARK]
SegmentId = Annotated[str, *_SEGMENT]
VesselId = Annotated[str, *_VESSEL]
ConditionId = Annotated[str, *_CONDITION]
GroupId = Annotated[str, *_GROUP]
StructureId = Annotated[str, *_STRUCTURE]
RoleId = Annotated[str, *_ROLE]
LimitId = Annotated[str, *_LIMIT]
MorphologyId = Annotated[str, *_MORPHOLOGY]
DirectionId = Annotated[str, *_DIRECTION]
StatementId = Annotated[str, *_STATEMENT]
SyndromeId = Annotated[str, *_SYNDROME]
SeverityScaleId = Annotated[str, *_SCALE]
SymptomId = Annotated[str, *_SYMPTOM]
EmgId = Annotated[str, *_EMG]
TreatmentId = Annotated[str, *_TREATMENT]
EffectId = Annotated[str, *_EFFECT]
ImplantId = Annotated[str, *_IMPLANT]
QualityFindingId = Annotated[str, *_QUALITYFINDING]
QualityGradeId = Annotated[str, *_QUALITYGRADE]
AnatomyId = Annotated[str, *_ANATOMY]
ExtentId = Annotated[str, *_EXTENT]
ChangeId = Annotated[str, *_CHANGE]
RecommendationId = Annotated[str, *_RECOMMENDATION]
