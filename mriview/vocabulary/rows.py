"""The shapes of the rows: one frozen class for each table, with exactly the keys of its file.

Nothing here reads a file, and nothing branches on an id: what the house must know about a vessel
or a condition is a field. Texts of `definition`, `caveat` and `note` are English; what a reader of
a page sees is a `Label` in both languages.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Label:
    """The words on the page, in English and German."""

    en: str
    de: str


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept as DICOM SR writes it; ``99MRIVIEW`` is the house's own scheme."""

    scheme: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Nerve:
    """A cranial nerve. ``radius_mm``: known outer radius of the free nerve; None where none is.

    ``assessed``: whether the assessment of a side is about it; contacts with others stand beside.
    """

    id: str
    label: Label
    code: Code
    source: str
    radius_mm: float | None = None
    assessed: bool = False


@dataclass(frozen=True, slots=True)
class Default:
    """Where a landmark is taken to lie when nobody placed it: mm along the nerve, with its SD."""

    after: str  # landmark id
    offset_mm: float
    sd_mm: float


@dataclass(frozen=True, slots=True)
class Landmark:
    """A named place on a nerve.

    ``placed_by``: ``path``, the first click of the path, or ``reader``. Without a ``default`` it
    must be placed, or called not covered where ``may_be_not_covered``.
    """

    id: str
    nerve: str
    label: Label
    order: int
    placed_by: Literal["path", "reader"]
    may_be_not_covered: bool
    definition: str
    trap: str
    source: str
    default: Default | None = None
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Until:
    """A border on a nerve: a landmark, and how far beyond it (mm along the nerve)."""

    landmark: str
    offset_mm: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a nerve. It begins where the one before ends; half-open, the first match wins.

    A point at arc length s belongs to the first segment, by ``order``, with s < ``until``. Without
    ``until``, or where that landmark is not covered, it has no distal end.
    """

    id: str
    nerve: str
    label: Label
    order: int
    zone: Literal["proximal", "distal"]
    definition: str
    source: str
    until: Until | None = None
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Vessel:
    """An artery or a vein. ``named`` is false for the honest answers that name none.

    ``max_radius_mm``: the largest outer radius: a mark farther from the nerve than this and 3 mm
    is no contact. ``key``: the letter that names the vessel in the reading room.
    """

    id: str
    label: Label
    code: Code
    kind: Literal["artery", "vein", "unspecified"]
    named: bool
    max_radius_mm: float
    colour: str
    definition: str
    source: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """One way to meet a need: a series of one of the roles that covers every structure.

    ``max_slice_mm``: thickest slice; None sets no limit. ``qualifier``: a property that role,
    slice and coverage do not show; as long as nothing reads it from the series, this alternative
    opens no gate.
    """

    roles: tuple[str, ...]
    structures: tuple[str, ...] = ()
    max_slice_mm: float | None = None
    qualifier: Literal["fat_saturated", "not_echo_planar", "sagittal_or_3d", "isotropic"] | None = (
        None
    )


@dataclass(frozen=True, slots=True)
class StandingLimit:
    """A limit that stands beside some answers, unless they rest on a series of one of the roles."""

    limit: str
    answers: tuple[str, ...]
    unless_roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """Another cause. ``absent`` may be answered when every group of ``needs`` has one met.

    ``needs``: groups joined by AND, the alternatives of a group by OR. ``mandatory``: an answer is
    needed for signing; ``mandatory_when`` adds what, known of the patient, makes it so: ids of
    syndromes, symptoms, treatments, or ``previous_mvd``. ``absent_offered`` is false where no
    series supports that answer. ``needs_lesion``: ``present`` names a lesion; else the reader's
    words are enough. ``implants_show``: so is a marked implant. ``present_needs``: a role of
    these must be there for ``present``, since enhancement is what shows the condition.
    """

    id: str
    label: Label
    code: Code
    group: str
    mandatory: Literal["always", "never"]
    needs_lesion: bool
    needs: tuple[tuple[Need, ...], ...]
    signs: str
    source: str
    mandatory_when: tuple[str, ...] = ()
    implants_show: bool = False
    present_needs: tuple[str, ...] = ()
    absent_offered: bool = True
    standing_limits: tuple[StandingLimit, ...] = ()
    caveat: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ConditionGroup:
    """Conditions that the page sums up in one line."""

    id: str
    label: Label


@dataclass(frozen=True, slots=True)
class Structure:
    """What a series may cover; ``side`` is None for what is not paired.

    ``both`` is the label of a pair; it stands with the right one, whose id ends as ``_r``.
    """

    id: str
    label: Label
    side: Literal["right", "left"] | None = None
    both: Label | None = None


@dataclass(frozen=True, slots=True)
class RoleRow:
    """What a series is for, what it shows and what it cannot."""

    id: str
    label: Label
    code: Code
    shows: str = ""
    cannot_show: str = ""


@dataclass(frozen=True, slots=True)
class Completeness:
    """A part of the question, and the sets of roles of which one must be there as a whole.

    ``limit`` stands where none is.
    """

    id: str
    label: Label
    alternatives: tuple[tuple[str, ...], ...]
    limit: str
    source: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A reason why something cannot be said: one sentence without a full stop, placeholders."""

    id: str
    text: Label


@dataclass(frozen=True, slots=True)
class WithheldReason:
    """Why a value is withheld: one sentence without a full stop; placeholders are numbers."""

    id: str
    text: Label


@dataclass(frozen=True, slots=True)
class Morphology:
    """How a vessel and the nerve meet; ``deformity`` is what goes with the disease."""

    id: str
    label: Label
    code: Code
    deformity: bool
    definition: str
    source: str


@dataclass(frozen=True, slots=True)
class Direction:
    """A sector of 45 deg around ``centre_deg`` of the clock; no code where no table has one."""

    id: str
    label: Label
    centre_deg: float
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """An impression code, and the side that it follows from: the first row that fits.

    None in ``assessment`` means that it does not follow from the side's assessment; None in
    ``zone`` and ``deformity`` fits any. The first letter of a filled sentence is made a capital.
    """

    id: str
    text: Label
    source: str
    assessment: Literal["contact", "no_contact", "indeterminate", "not_assessed"] | None = None
    zone: Literal["proximal", "distal"] | None = None
    deformity: bool | None = None


@dataclass(frozen=True, slots=True)
class Syndrome:
    """A clinical picture."""

    id: str
    label: Label
    code: Code


@dataclass(frozen=True, slots=True)
class Side:
    """A side of the patient. ``x_sign``: of LPS x there; ``other``: the side across the midline."""

    id: str
    label: Label
    code: Code
    x_sign: int | None = None
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Certainty:
    """How sure; ``rank`` 2 is the surest. ``max_edge_mm``: largest voxel edge that supports it."""

    id: str
    label: Label
    code: Code
    rank: int
    max_edge_mm: float
    definition: str
    source: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a side was found to be."""

    id: str
    label: Label
    code: Code


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; ``of_condition`` and ``of_touching`` say which question it fits."""

    id: str
    label: Label
    code: Code
    of_condition: bool
    of_touching: bool


@dataclass(frozen=True, slots=True)
class QuantityRow:
    """A measured key of the report; ``unit`` is UCUM."""

    id: str
    label: Label
    code: Code
    unit: str
    definition: str
    source: str


@dataclass(frozen=True, slots=True)
class Physics:
    """An acquisition value: its DICOM keyword, its BIDS key and what turns that into ``unit``.

    ``unit`` is UCUM, or None where the value is a word.
    """

    id: str
    label: Label
    dicom: str
    unit: str | None = None
    bids: str | None = None
    bids_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Problem:
    """What can be wrong with a series: ``found`` has placeholders for the evidence."""

    id: str
    severity: Literal["info", "warning", "error"]
    found: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A number of the rules; ``unit`` is UCUM, and its id ends with it where it has one."""

    id: str
    value: float
    unit: str
    definition: str
    source: str
