"""Commands about the scans: what a series is for, what it shows, and where the midline lies.

What a reader says here overrules what the tool proposed from headers. Marks on the anatomy are in
``commands_marks``.
"""

from typing import Literal

from pydantic import Field

from mriview.review.command import Command, FromFile, Matrix, Position, SeriesKey
from mriview.vocabulary.ids import QualityFindingId, QualityGradeId, RoleId, StructureId


class SetReference(Command):
    """Choose the series in whose frame all positions are kept."""

    name = "set_reference"
    series: SeriesKey


class SetRole(Command):
    """Say what a series is for; overrules the tool."""

    name = "set_role"
    series: SeriesKey
    role: RoleId
    reason: str = ""


class ConfirmCoverage(Command):
    """Confirm that a series shows structures from end to end."""

    name = "confirm_coverage"
    series: SeriesKey
    structures: tuple[StructureId, ...] = Field(min_length=1)


class SetQuality(Command):
    """Say how far a series can be used, and what spoils it."""

    name = "set_quality"
    series: SeriesKey
    grade: QualityGradeId
    findings: tuple[QualityFindingId, ...] = ()


class AcceptRegistration(Command):
    """Say that two series of different frames lie on each other at the nerve, or that they do not.

    Only an accepted registration lets a mark name a series of another frame of reference.
    """

    name = "accept_registration"
    moving: SeriesKey
    fixed: SeriesKey | None = Field(default=None, description="The reference if left out")
    verdict: Literal["accepted", "refused"] = "accepted"
    lps_fixed_from_moving: Matrix | None = Field(
        default=None, description="Identity if left out: the series lie on each other as they are"
    )
    residual_mm: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="Misfit that is left at the nerve"
    )
    origin: Literal["frame_of_reference", "visual", "automatic"] = "visual"


class SetMidline(FromFile):
    """Mark a point of the midsagittal plane."""

    name = "set_midline"
    position: Position | None = None
