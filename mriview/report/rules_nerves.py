"""Rules about nerves and their contacts: R08, R11, R17 to R19. Yield (severity, path, sentence).

The course of a nerve and its landmarks, the segment that follows from them, and the name that a
vessel may have. What is believed is in ``mriview.review.plausible``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from mriview import vocabulary
from mriview.geometry import Nearest, Points, arc_length, nearest
from mriview.measure import landmark_arcs, segment_at, zone_of
from mriview.report.model import ReportKeys
from mriview.report.model_sides import Nerve
from mriview.report.model_values import NotGiven
from mriview.report.reading import contacts_of, lesions_of, reading_of_report, sides_of
from mriview.review.grades import grade_faults, grades_disagree
from mriview.review.plausible import course_faults, vessel_faults
from mriview.values import Landmark

START_MM = 0.5  # domain page, R08: how far a path may begin from its exit point
BORDER_MM = 0.05  # arcs of a sampled path differ from those of the clicks by less

Found = Iterator[tuple[Literal["error", "warning"], str, str]]


@dataclass(frozen=True, eq=False)
class _Sampled:
    """The course of a nerve as the report keeps it: its samples, and landmarks that were placed."""

    path_mm: Points
    landmarks: Mapping[str, Landmark]

    @classmethod
    def of(cls, nerve: Nerve) -> Self:
        placed = {
            key: Landmark(None if x.position == "not_covered" else x.position)
            for key, x in nerve.landmarks.items()
            if x.origin != "default"
        }
        return cls(np.array(nerve.path_mm), placed)

    def nearest(self, position: ArrayLike) -> Nearest:
        return nearest(self.path_mm, position)


def nerves_have_a_course(report: ReportKeys) -> Found:
    """R08: a path begins at the exit point, its landmarks follow each other at usual lengths."""
    for name, side in sides_of(report):
        for nerve_id, nerve in side.nerves.items():
            path = f"$.sides.{name}.nerves.{nerve_id}"
            samples = np.array(nerve.path_mm)
            exit_point = nerve.landmarks.get(_exit_of(nerve_id))
            if exit_point is not None and exit_point.position != "not_covered":
                away_mm = float(np.linalg.norm(samples[0] - np.array(exit_point.position)))
                if away_mm > START_MM:
                    sentence = f"the path begins {away_mm:.1f} mm from its exit point"
                    yield "error", f"{path}.path_mm[0]", sentence
            for number, (before, here) in enumerate(pairwise(nerve.path_mm[:-1]), 1):
                if before == here:
                    yield "error", f"{path}.path_mm[{number}]", "it repeats the sample before"
            arcs = {
                key: nearest(samples, landmark.position).s_mm
                for key, landmark in nerve.landmarks.items()
                if landmark.origin != "default" and landmark.position != "not_covered"
            }
            chord_mm = float(np.linalg.norm(samples[-1] - samples[0]))
            long_mm = float(arc_length(samples)[-1])
            for severity, key, sentence in course_faults(arcs, long_mm, chord_mm):
                where = key if key == "path_mm" else f"landmarks.{key}"
                yield severity, f"{path}.{where}", sentence


def segments_follow_from_arcs(report: ReportKeys) -> Found:
    """R11: segment and zone follow from arc and landmarks; over a border the limit is said."""
    order = {key: row.order for key, row in vocabulary.segments().items()}
    sides = dict(sides_of(report))
    for path, name, contact in contacts_of(report):
        nerve = sides[name].nerves.get(contact.nerve)
        if nerve is None or isinstance(contact.arc_mm, NotGiven):
            continue  # R12 says so
        arcs = landmark_arcs(_Sampled.of(nerve), contact.nerve)
        s_mm = contact.arc_mm.value
        fits = {segment_at(s_mm + shift, arcs) for shift in (-BORDER_MM, 0.0, BORDER_MM)}
        first, last = contact.segment_range
        if contact.segment not in fits:
            sentence = f"{contact.segment}, but {s_mm:.1f} mm lie in {' or '.join(sorted(fits))}"
            yield "error", f"{path}.segment", sentence
        elif not order[first] <= order[contact.segment] <= order[last]:
            yield "error", f"{path}.segment_range", f"{contact.segment} is not within its range"
        if contact.zone != zone_of(contact.segment):
            yield "error", f"{path}.zone", f"{contact.segment} is {zone_of(contact.segment)}"
        if first != last and "L_SEGMENT_BORDER" not in sides[name].limits:
            sentence = "the contact may lie in two segments and L_SEGMENT_BORDER is not said"
            yield "error", f"{path}.segment_range", sentence


def grades_obey_their_scales(report: ReportKeys) -> Found:
    """R17: scale, version and grade belong together and fit the nerve; none is given twice."""
    for path, _, contact in contacts_of(report):
        for sentence in grade_faults(contact.severity, nerve=contact.nerve, note=contact.note):
            yield "error", f"{path}.severity", sentence
    for path, lesion in lesions_of(report):
        for sentence in grade_faults(lesion.severity, condition=lesion.condition, note=lesion.note):
            yield "error", f"{path}.severity", sentence


def grades_agree_with_what_is_seen(report: ReportKeys) -> Found:
    """R18: W a deformity is graded and none described, or the other way round."""
    for path, _, contact in contacts_of(report):
        for sentence in grades_disagree(contact.severity, contact.morphology, contact.touching):
            yield "warning", f"{path}.severity", sentence


def vessels_can_be_named(report: ReportKeys) -> Found:
    """R19: E a vessel below the resolution is named; W an artery is definite without a trace."""
    series = reading_of_report(report).series
    for path, _, x in contacts_of(report):
        if x.decision == "rejected":
            continue
        faults = vessel_faults(x.vessel, x.vessel_confidence, x.traced_to_parent, series)
        for severity, key, sentence in faults:
            yield severity, f"{path}.{key}", sentence
    for number, mask in enumerate(report.masks):
        if mask.vessel_confidence is None or mask.name not in vocabulary.vessels():
            continue  # nobody named it
        said = (mask.name, mask.vessel_confidence, mask.traced_to_parent)
        keys = {"vessel": "name"}
        for severity, key, sentence in vessel_faults(*said, series):
            yield severity, f"$.masks[{number}].{keys.get(key, key)}", sentence


def _exit_of(nerve: str) -> str:
    rows = vocabulary.landmarks().values()
    return next(row.id for row in rows if row.nerve == nerve and row.placed_by == "path")
