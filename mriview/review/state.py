"""What a reader has said so far: one frozen value, made by folding commands.

Everything starts "not assessed". The state holds marks and words, never what follows from them
(arc length, segment, clock): that is computed when a report is built, so an edited path leaves
nothing stale. It knows no study: the same log gives the same state anywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from mriview.values import NervePath

Point = tuple[float, float, float]
Span = tuple[float, float]
Row4 = tuple[float, float, float, float]
Matrix = tuple[Row4, Row4, Row4, Row4]
SideName = Literal["right", "left"]
SIDES: tuple[SideName, SideName] = ("right", "left")


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who sent a command, when, and as which event of the record.

    Parameters
    ----------
    reader : str
        Id of the reader.
    time : str or None
        ISO 8601 with offset; None in a script without times.
    seq : int
        1-based number of the event.
    """

    reader: str
    time: str | None = None
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Nerve:
    """One nerve of one side as the reader marked it."""

    path: NervePath
    visible_mm: Span | None = None
    assessable_mm: Span | None = None
    artefact_mm: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Severity:
    """A grade of one scale in its version, and who gave it; never turned into another scale."""

    scale: str
    version: str
    grade: str
    off_label: bool
    by: Stamp

    @property
    def reader(self) -> str:
        """Id of the reader."""
        return self.by.reader

    @property
    def pass_number(self) -> int:
        """Number of the reading; there is one so far."""
        return 1


@dataclass(frozen=True, slots=True)
class Quality:
    """How far a series can be used, and what spoils it."""

    grade: str
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """One marked contact; rejected ones stay listed.

    ``position`` is the mark, of a line or region its middle; ``positions`` are the points of that
    line or region, the voxels of ``mask`` where it was painted; ``vessel_position`` is the vessel's
    nearest point (the mark itself where the reader gave none). All LPS mm.
    """

    id: str
    side: SideName
    nerve: str
    position: Point
    vessel: str
    vessel_confidence: str
    touching: str
    csf_plane: str
    origin: str
    decision: str
    decided_by: Stamp | None
    morphology: tuple[str, ...] = ()
    severity: tuple[Severity, ...] = ()
    vessel_position: Point | None = None
    traced_to_parent: tuple[str, ...] = ()
    mediated_by: str | None = None
    series: tuple[str, ...] = ()
    note: str = ""
    primitive: str = "point"
    positions: tuple[Point, ...] = ()
    mask: str | None = None


@dataclass(frozen=True, slots=True)
class NearbyVessel:
    """A vessel near a nerve that does not touch it; ``position`` is its nearest point, LPS mm."""

    side: SideName
    nerve: str
    vessel: str
    vessel_confidence: str
    position: Point


@dataclass(frozen=True, slots=True)
class Registration:
    """How a series lies in the frame of another, and whether the reader accepts that."""

    moving: str
    fixed: str
    verdict: str
    lps_fixed_from_moving: Matrix
    residual_mm: float | None
    origin: str


@dataclass(frozen=True, slots=True)
class PaintedMask:
    """A mask by its content; the voxels lie in the review's store.

    ``vessel`` and what follows it are set where a vessel was named; else ``label`` says what it is.
    """

    id: str
    structure: str
    label: str
    series: str
    sha256: str
    vessel: str | None = None
    vessel_confidence: str | None = None
    traced_to_parent: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lesion:
    """A tumour or another lesion.

    ``measured`` is what was measured from its mask when it was added, ``calipers`` what the reader
    measured from point to point, LPS mm.
    """

    id: str
    condition: str
    position: Point
    mask: str | None = None
    contacts_brainstem: bool | None = None
    contacts_nerve: bool | None = None
    extent: tuple[str, ...] = ()
    severity: tuple[Severity, ...] = ()
    calipers: Mapping[str, tuple[Point, Point]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    series: tuple[str, ...] = ()
    note: str = ""
    measured: Mapping[str, Mapping[str, object]] = field(
        default_factory=lambda: MappingProxyType({})
    )


@dataclass(frozen=True, slots=True)
class Implant:
    """What an operation left, at its position, LPS mm."""

    id: str
    kind: str
    position: Point
    note: str = ""


@dataclass(frozen=True, slots=True)
class Anatomy:
    """What a surgeon asks of the anatomy of one side."""

    side: SideName
    code: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """The reader's answer for one other cause."""

    condition: str
    answer: str
    side: str | None = None
    basis: tuple[str, ...] = ()
    lesions: tuple[str, ...] = ()
    confidence: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class SideState:
    """What was said of one side."""

    assessment: str = "not_assessed"
    confidence: str | None = None
    limits: tuple[str, ...] = ()
    nerves: Mapping[str, Nerve] = field(default_factory=lambda: MappingProxyType({}))
    offender: str | None = None
    offender_undecided: bool = False


@dataclass(frozen=True, slots=True)
class Treatment:
    """What was tried, on which side, how long ago, with what effect."""

    kind: str
    side: str | None = None
    months_ago: float | None = None
    effect: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a contact or lesion since an earlier report."""

    about: str
    change: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An earlier report, by its id, and what changed since."""

    report_id: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Clinical:
    """Whether the reading is blind, and what is known if not."""

    blinded: bool
    question: str = ""
    symptom_side: str | None = None
    syndrome: str | None = None
    start: str | None = None
    onset_years: float | None = None
    weakness_house_brackmann: int | None = None
    symptoms: tuple[str, ...] = ()
    emg: str | None = None
    treatments: tuple[Treatment, ...] = ()
    previous_mvd: bool | None = None
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Impression:
    """The reader's words and certainty; the statements follow from the assessment."""

    text: str = ""
    second_vessel: str | None = None
    certainty: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))
    recommendation: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A remark about a place in the report (a JSON path) or about all of it."""

    text: str
    about: str | None
    by: Stamp


@dataclass(frozen=True, slots=True)
class Overridden:
    """A mandatory field that was left open, and why."""

    guard: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class SignOff:
    """The signature: after it nothing changes."""

    by: Stamp
    role: str
    overrides: tuple[Overridden, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewState:
    """All that one reader said in one reading.

    ``roles`` and ``coverage`` are the reader's words about series (key to role, key to confirmed
    structures); ``reference`` is the series in whose frame every position is kept, ``positions``
    says whether any position fixed it.
    """

    reference: str | None = None
    positions: bool = False
    roles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    coverage: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    quality: Mapping[str, Quality] = field(default_factory=lambda: MappingProxyType({}))
    registrations: tuple[Registration, ...] = ()
    midline: Point | None = None
    right: SideState = SideState()
    left: SideState = SideState()
    contacts: tuple[Contact, ...] = ()
    vessels_nearby: tuple[NearbyVessel, ...] = ()
    masks: tuple[PaintedMask, ...] = ()
    lesions: tuple[Lesion, ...] = ()
    implants: tuple[Implant, ...] = ()
    anatomy: tuple[Anatomy, ...] = ()
    exclusions: Mapping[str, Exclusion] = field(default_factory=lambda: MappingProxyType({}))
    acknowledged: tuple[str, ...] = ()
    clinical: Clinical | None = None
    impression: Impression = field(default_factory=Impression)
    notes: tuple[Note, ...] = ()
    sign_off: SignOff | None = None
    amends: str | None = None
    last: Stamp | None = None
    first: Stamp | None = None
    events: int = 0

    def side(self, side: str) -> SideState:
        """Give what was said of one side."""
        return self.right if side == "right" else self.left

    def nerve(self, side: str, nerve: str) -> Nerve | None:
        """Give a marked nerve, or None where it has no path."""
        return self.side(side).nerves.get(nerve)

    def contact(self, contact_id: str) -> Contact | None:
        """Find a contact by id."""
        return next((c for c in self.contacts if c.id == contact_id), None)

    def lesion(self, lesion_id: str) -> Lesion | None:
        """Find a lesion by id."""
        return next((x for x in self.lesions if x.id == lesion_id), None)

    def mask(self, mask_id: str) -> PaintedMask | None:
        """Find a mask by id."""
        return next((m for m in self.masks if m.id == mask_id), None)
