"""Commands that mark anatomy: nerves, contacts, masks and lesions, each at its position.

All positions are patient LPS mm in the frame of one reference series. What was concluded from the
marks is in ``commands_answers``.
"""

from typing import Literal

from pydantic import Field

from mriview.review.command import (
    Certainty,
    Command,
    CsfPlane,
    FromFile,
    Grade,
    Id,
    Placed,
    Position,
    SeriesKey,
    Sha256,
    Side,
    Span,
    Touching,
)
from mriview.vocabulary.ids import (
    ConditionId,
    ExtentId,
    ImplantId,
    LandmarkId,
    MorphologyId,
    NerveId,
    StructureId,
    VesselId,
)

Diameter = Literal[
    "longest_mm", "perpendicular_mm", "ap_mm", "tr_mm", "cc_mm", "extrameatal_max_mm"
]

LEAST_CLICKS, MOST_CLICKS = 2, 200  # of a nerve path
MOST_POSITIONS = 500  # of one mark: a patch of 4 x 4 mm in voxels of 0.5 mm, some layers deep


class SetNervePath(FromFile):
    """Mark a nerve from its root exit point (first) outwards."""

    name = "set_nerve_path"
    side: Side
    nerve: NerveId = "facial"
    points: tuple[Position, ...] = Field(
        default=(), min_length=LEAST_CLICKS, max_length=MOST_CLICKS
    )


class SetLandmark(FromFile):
    """Place a landmark of a nerve, or say that the scan ends before it."""

    name = "set_landmark"
    side: Side
    nerve: NerveId = "facial"
    landmark: LandmarkId
    position: Position | Literal["not_covered"] | None = None
    origin: Literal["manual", "imported"] = "manual"


class SetAssessable(Command):
    """Say where along the nerve it is seen, where contact could be, and where artefact lies."""

    name = "set_assessable"
    side: Side
    nerve: NerveId = "facial"
    visible_mm: Span | None = None
    assessable_mm: Span | None = None
    artefact_mm: tuple[Span, ...] = ()


class SetMask(Command):
    """Keep the painted voxels of a structure on the grid of a series."""

    name = "set_mask"
    id: Id | None = None
    structure: Literal["nerve", "vessel", "lesion", "implant"]
    label: str = Field(default="", max_length=64, description="What it is, in a word")
    series: SeriesKey
    sha256: Sha256 | None = None
    file: str | None = Field(
        default=None, description="In a script: a NIfTI label map or a .seg.nrrd below it"
    )
    value: int | None = Field(
        default=None, ge=1, description="Label that is meant, where the file holds several"
    )
    segment: str | None = Field(
        default=None, description="Name or id of the segment that is meant, in a .seg.nrrd"
    )


class NameVessel(Command):
    """Name the vessel that a mask outlines, or name it anew."""

    name = "name_vessel"
    mask: Id
    vessel: VesselId
    vessel_confidence: Certainty = "possible"
    traced_to_parent: tuple[SeriesKey, ...] = ()
    note: str = ""


class ContactFields(Placed):
    """What a reader says of a contact."""

    vessel: VesselId = "vessel_unspecified"
    vessel_confidence: Certainty = "possible"
    touching: Touching = "yes"
    csf_plane: CsfPlane = "not_resolvable"
    morphology: tuple[MorphologyId, ...] = ()
    severity: tuple[Grade, ...] = ()
    vessel_position: Position | None = Field(
        default=None, description="The vessel's nearest point; the mark itself if left out"
    )
    traced_to_parent: tuple[SeriesKey, ...] = ()
    mediated_by: Id | None = None
    series: tuple[SeriesKey, ...] = ()
    note: str = ""


class MarkedContact(ContactFields):
    """Where a contact was marked: a point, or a line or a region beside the nerve."""

    position: Position | None = Field(default=None, description="The mark, where it is a point")
    positions: tuple[Position, ...] = Field(
        default=(),
        max_length=MOST_POSITIONS,
        description="Points along a line or corners of a region; the tool fills in painted voxels",
    )
    primitive: Literal["point", "line", "region"] | None = Field(
        default=None, description="A line where positions are given, a region where a mask is"
    )
    mask: Id | None = Field(default=None, description="Painted region: mask of a vessel or nerve")


class AddContact(MarkedContact, FromFile):
    """Mark where a vessel touches a nerve: by a point, a line along it or a region."""

    name = "add_contact"
    id: Id | None = None
    side: Side
    nerve: NerveId = "facial"
    origin: Literal["manual", "automatic", "imported"] = "manual"


class EditContact(MarkedContact):
    """Change what was said of a contact; what is left out stays."""

    name = "edit_contact"
    id: Id


class Decide(Command):
    """Accept or reject a contact; a rejected one stays listed."""

    name = "decide"
    contact: Id
    decision: Literal["accepted", "rejected"]


class AddNearbyVessel(Placed):
    """Mark a vessel that runs near a nerve and does not touch it."""

    name = "add_nearby_vessel"
    side: Side
    nerve: NerveId = "facial"
    vessel: VesselId = "vessel_unspecified"
    vessel_confidence: Certainty = "possible"
    position: Position


class LesionFields(Placed):
    """What a reader says of a lesion."""

    contacts_brainstem: bool | None = None
    contacts_nerve: bool | None = None
    extent: tuple[StructureId | ExtentId, ...] = ()
    severity: tuple[Grade, ...] = ()
    calipers: dict[Diameter, tuple[Position, Position]] = Field(
        default={}, description="Diameters that the reader measured, each from point to point"
    )
    series: tuple[SeriesKey, ...] = ()
    note: str = ""


class AddLesion(LesionFields):
    """Mark a tumour or another lesion, with its mask where one was painted."""

    name = "add_lesion"
    id: Id | None = None
    condition: ConditionId
    position: Position | None = Field(default=None, description="Centre of the mask if left out")
    mask: Id | None = None
    measured: dict[str, dict[str, object]] | None = Field(
        default=None, description="Measured from the mask when the command was stored"
    )


class EditLesion(LesionFields):
    """Change what was said of a lesion; what is left out stays."""

    name = "edit_lesion"
    id: Id
    condition: ConditionId | None = None
    position: Position | None = None


class AddImplant(Placed):
    """Mark what an operation left; do so before vessels: a pledget is none."""

    name = "add_implant"
    id: Id | None = None
    kind: ImplantId
    position: Position
    note: str = ""
