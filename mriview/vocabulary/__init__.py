"""The words of the house: nerves, vessels, conditions, roles, limits ... as typed rows by id.

Each function hands out one table, read once from ``tables/*.toml``, as a read-only mapping in the
order of its file. A new vessel, limit or problem is a new row there and no Python; a site adds rows
to some tables by a file of its own (``site``). What a row means for a reading, the floors above
decide; nothing here looks at a scan or a review.
"""

from collections.abc import Mapping
from functools import cache

from mriview.vocabulary.pairs import structure_labels
from mriview.vocabulary.rows import (
    Answer,
    Assessment,
    Certainty,
    Code,
    Completeness,
    Condition,
    ConditionGroup,
    Constant,
    Default,
    Direction,
    Label,
    Landmark,
    Limit,
    Morphology,
    Need,
    Nerve,
    Physics,
    Problem,
    QuantityRow,
    RoleRow,
    Segment,
    Side,
    StandingLimit,
    Statement,
    Structure,
    Syndrome,
    Until,
    Vessel,
    WithheldReason,
)
from mriview.vocabulary.rows_context import Level, SeverityScale, Term
from mriview.vocabulary.site import extended, site_vocabulary
from mriview.vocabulary.toml_rows import read_table

__all__ = [
    "Answer",
    "Assessment",
    "Certainty",
    "Code",
    "Completeness",
    "Condition",
    "ConditionGroup",
    "Constant",
    "Default",
    "Direction",
    "Label",
    "Landmark",
    "Level",
    "Limit",
    "Morphology",
    "Need",
    "Nerve",
    "Physics",
    "Problem",
    "QuantityRow",
    "RoleRow",
    "Segment",
    "SeverityScale",
    "Side",
    "StandingLimit",
    "Statement",
    "Structure",
    "Syndrome",
    "Term",
    "Until",
    "Vessel",
    "WithheldReason",
    "anatomy_items",
    "answers",
    "assessments",
    "certainties",
    "comparison_changes",
    "completeness",
    "condition_groups",
    "conditions",
    "constant",
    "constants",
    "directions",
    "emg_findings",
    "implants",
    "landmarks",
    "lesion_extents",
    "limits",
    "morphologies",
    "nerves",
    "physics",
    "problems",
    "quality_findings",
    "quality_grades",
    "quantities",
    "recommendations",
    "roles",
    "segments",
    "severity_scales",
    "sides",
    "site_vocabulary",
    "statements",
    "structure_labels",
    "structures",
    "symptoms",
    "syndromes",
    "treatment_effects",
    "treatments",
    "vessels",
    "withheld_reasons",
]


@cache
def nerves() -> Mapping[str, Nerve]:
    """Cranial nerves; each has landmarks and segments, and one is assessed."""
    return read_table("nerves", Nerve)


@cache
def landmarks() -> Mapping[str, Landmark]:
    """Named places on a nerve, from the brainstem outwards."""
    return read_table("landmarks", Landmark)


@cache
def segments() -> Mapping[str, Segment]:
    """Parts of a nerve from the brainstem outwards, each with its distal end."""
    return read_table("segments", Segment)


@cache
def vessels() -> Mapping[str, Vessel]:
    """Arteries and veins beside the nerves, and the honest answers that name none."""
    return extended("vessels", Vessel)


@cache
def conditions() -> Mapping[str, Condition]:
    """Other causes, with the series that must be there before one of them can be called absent."""
    return extended("conditions", Condition)


@cache
def condition_groups() -> Mapping[str, ConditionGroup]:
    """Headings under which the page sums up conditions in one line each."""
    return read_table("condition_groups", ConditionGroup)


@cache
def structures() -> Mapping[str, Structure]:
    """Structures that a series may cover; a paired one has a row for each side."""
    return read_table("structures", Structure)


@cache
def roles() -> Mapping[str, RoleRow]:
    """Roles of a series: what it is for."""
    return read_table("roles", RoleRow)


@cache
def completeness() -> Mapping[str, Completeness]:
    """Parts of the question, and the roles that a study must hold for each."""
    return read_table("completeness", Completeness)


@cache
def limits() -> Mapping[str, Limit]:
    """Reasons why something cannot be said, ids ``L_...``."""
    return read_table("limits", Limit)


@cache
def morphologies() -> Mapping[str, Morphology]:
    """How a vessel and the nerve meet."""
    return extended("morphologies", Morphology)


@cache
def directions() -> Mapping[str, Direction]:
    """Eight sectors of the clock, the same words on both sides."""
    return read_table("directions", Direction)


@cache
def statements() -> Mapping[str, Statement]:
    """Impression codes with their sentences."""
    return read_table("statements", Statement)


@cache
def syndromes() -> Mapping[str, Syndrome]:
    """Clinical pictures that lead to the scan."""
    return read_table("syndromes", Syndrome)


@cache
def sides() -> Mapping[str, Side]:
    """Sides of the patient."""
    return read_table("sides", Side)


@cache
def certainties() -> Mapping[str, Certainty]:
    """How sure an answer is, the surest first."""
    return read_table("certainties", Certainty)


@cache
def assessments() -> Mapping[str, Assessment]:
    """Assessments of a side."""
    return read_table("assessments", Assessment)


@cache
def answers() -> Mapping[str, Answer]:
    """Answers to a question about a condition, or about touching."""
    return read_table("answers", Answer)


@cache
def quantities() -> Mapping[str, QuantityRow]:
    """Measured keys of the report, with unit and definition."""
    return read_table("quantities", QuantityRow)


@cache
def physics() -> Mapping[str, Physics]:
    """Acquisition values that a volume carries, and where headers keep them."""
    return read_table("physics", Physics)


@cache
def severity_scales() -> Mapping[str, SeverityScale]:
    """Scales of severity, each in one edition."""
    return extended("severity_scales", SeverityScale)


@cache
def symptoms() -> Mapping[str, Term]:
    """Symptoms that a patient tells of."""
    return extended("symptoms", Term)


@cache
def emg_findings() -> Mapping[str, Term]:
    """Answers of electromyography."""
    return extended("emg_findings", Term)


@cache
def treatments() -> Mapping[str, Term]:
    """Treatments before the scan."""
    return extended("treatments", Term)


@cache
def treatment_effects() -> Mapping[str, Term]:
    """Effects of a treatment."""
    return read_table("treatment_effects", Term)


@cache
def implants() -> Mapping[str, Term]:
    """Things that an operation leaves behind."""
    return extended("implants", Term)


@cache
def quality_findings() -> Mapping[str, Term]:
    """Faults that lower the quality of a series."""
    return extended("quality_findings", Term)


@cache
def quality_grades() -> Mapping[str, Term]:
    """Grades of how far a series can be used."""
    return read_table("quality_grades", Term)


@cache
def anatomy_items() -> Mapping[str, Term]:
    """Things that a surgeon asks besides the contact."""
    return extended("anatomy_items", Term)


@cache
def lesion_extents() -> Mapping[str, Term]:
    """Places that a lesion reaches to."""
    return extended("lesion_extents", Term)


@cache
def comparison_changes() -> Mapping[str, Term]:
    """Words for a finding against an earlier reading."""
    return read_table("comparison_changes", Term)


@cache
def recommendations() -> Mapping[str, Term]:
    """Advice about imaging that a reader may give."""
    return extended("recommendations", Term)


@cache
def problems() -> Mapping[str, Problem]:
    """Problems that a file, a series or a study can have."""
    return read_table("problems", Problem)


@cache
def constants() -> Mapping[str, Constant]:
    """Numbers that a clinician may dispute, each with its source."""
    return read_table("constants", Constant)


def constant(name: str) -> float:
    """Give the value of a row of `constants`, in the unit that its id ends with.

    Examples
    --------
    >>> constant("touching_high_mm")
    0.3
    """
    return constants()[name].value


@cache
def withheld_reasons() -> Mapping[str, WithheldReason]:
    """Give the reasons why a value is withheld; a report holds their English sentence."""
    return read_table("withheld_reasons", WithheldReason)
