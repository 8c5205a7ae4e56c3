"""The report as a strict model: every key that leaves the house, its kind and its order.

The parts stand in ``model_study``, ``model_sides``, ``model_causes`` and ``model_reading``, the
kinds of values in ``model_values``. The JSON Schema in ``schema/`` is generated from these classes.
What the keys must say to each other is checked in ``rules``; how a report is made from a study and
a state is in ``build``. Values of the vocabulary are row ids, positions are ``[x, y, z]`` patient
LPS mm of the reference's frame.
"""

from typing import Literal

from mriview.report.model_causes import Exclusion, ExclusionGroup, Implant, Lesion, Mask
from mriview.report.model_reading import (
    Clinical,
    Impression,
    Limit,
    Note,
    Pass,
    ReadingPart,
    RecordPart,
    SignOff,
)
from mriview.report.model_sides import Sides
from mriview.report.model_study import Protocol, Registration, Software, StudyPart, Subject
from mriview.report.model_values import Digest, Part

FORMAT, FORMAT_VERSION = "mriview.report", "1.1"
KNOWN_VERSIONS = ("1.0", FORMAT_VERSION)  # a key with a default is not in version 1.0


class ReportKeys(Part):
    """Every key of the report, version 1.1. Research use only."""

    format: Literal["mriview.report"]
    format_version: Literal["1.0", "1.1"]
    status: Literal["draft", "preliminary", "final", "amended"]
    report_id: str
    created: str | None
    amends: Digest | None = None
    software: Software
    subject: Subject
    study: StudyPart
    protocol: Protocol
    registrations: tuple[Registration, ...] = ()
    clinical: Clinical
    sides: Sides
    masks: tuple[Mask, ...]
    exclusions: tuple[Exclusion, ...]
    exclusion_groups: tuple[ExclusionGroup, ...]
    lesions: tuple[Lesion, ...]
    implants: tuple[Implant, ...] = ()
    passes: tuple[Pass, ...]
    impression: Impression
    reading: ReadingPart
    sign_off: SignOff | None
    record: RecordPart | None
    limits: tuple[Limit, ...]
    notes: tuple[Note, ...]
