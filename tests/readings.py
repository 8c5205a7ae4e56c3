"""Readings for tests: a small study in memory, and a complete reading of it as commands.

The study is a grid of grey values without anatomy: what commands, gates and rules ask is where
things lie and what the series are, not what is in the voxels. Real scans and the synthetic patient
have tests of their own.
"""

import itertools
import json
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

import mriview
from mriview.geometry import Grid
from mriview.scans import Role, Study, Volume

CISTERNOGRAM, ANGIOGRAM = "aaaaaaaa", "bbbbbbbb"
CLOCK_START = 0


def a_grid(spacing_mm=0.5, shape=(160, 160, 80)):
    matrix = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    matrix[:3, 3] = [-spacing_mm * (n - 1) / 2 for n in shape]
    return Grid(shape, matrix)


def a_volume(key=CISTERNOGRAM, role="t2_cisternogram", confidence=0.95, spacing_mm=0.5, **said):
    grid = said.pop("grid", a_grid(spacing_mm))
    voxels = said.pop("voxels", None)
    frame = said.pop("frame_of_reference", "frame")
    return Volume(
        key=key,
        grid=grid,
        load=lambda: np.zeros(grid.shape, np.uint16) if voxels is None else voxels,
        modality="MR",
        role=Role(role, confidence, ("by the test",)),
        frame_of_reference=frame,
        acquired_voxel_mm=said.pop("acquired_voxel_mm", grid.spacing_mm),
        **said,
    )


def a_study(*volumes, key="0123456789abcdef"):
    volumes = volumes or (a_volume(), a_volume(ANGIOGRAM, "tof_mra", spacing_mm=0.6))
    return Study(key, MappingProxyType({volume.key: volume for volume in volumes}))


def a_clock():
    """A clock that goes on by a second each time it is asked."""
    seconds = itertools.count(CLOCK_START)
    return lambda: f"2026-01-01T00:00:{next(seconds) % 60:02d}.000+00:00"


def a_command(name, **args):
    return {"command": name, "args": args}


def nerve_points(side):
    """Root exit point, two points on the way, porus; 22 mm long."""
    sign = 1 if side == "left" else -1
    return [[sign * x, y, z] for x, y, z in [(8, 0, 0), (14, -1, 0), (20, -3, 1), (29, -6, 2)]]


def marks(*sides):
    """The midline, both nerves with their landmarks, and where they were assessable."""
    yield a_command("set_midline", position=[0, 0, 0])
    for side in sides or ("right", "left"):
        points = nerve_points(side)
        yield a_command("set_nerve_path", side=side, points=points)
        yield a_command("set_landmark", side=side, landmark="rdp", position=points[1])
        yield a_command("set_landmark", side=side, landmark="porus", position=points[-1])
        yield a_command("set_assessable", side=side, visible_mm=[6, 22], assessable_mm=[0, 23])


def coverage():
    """Everything that the gates of both series ask for."""
    for key in (CISTERNOGRAM, ANGIOGRAM):
        yield a_command("confirm_coverage", series=key, structures=STRUCTURES)


STRUCTURES = [
    *("iac_r", "iac_l", "cpa_r", "cpa_l", "facial_path_r", "facial_path_l", "v4_r", "v4_l"),
    *("basilar_top", "pica_origin_r", "pica_origin_l", "aica_origin_r", "aica_origin_l"),
    *("posterior_fossa", "prepontine"),
]


def a_contact(**said):
    """An AICA that touches the left nerve from below, 3 mm from its exit."""
    args = {
        "side": "left",
        "position": [11.0, -0.5, -0.9],
        "vessel": "aica",
        "vessel_confidence": "probable",
        "touching": "yes",
        "morphology": ["touch"],
        "severity": [{"grade": "1"}],
        **said,
    }
    return a_command("add_contact", **args)


ABSENT = ("vestibular_schwannoma", "avm", "aneurysm", "vertebrobasilar_dolichoectasia")
DERIVED_LIMITS = ["L_ROLE_MISSING"]


def causes():
    for condition in ABSENT:
        yield a_command("answer_condition", condition=condition, answer="absent")


def a_complete_reading():
    """Commands of a reading that may be signed: contact left, none seen right."""
    yield a_command("set_clinical", blinded=True)
    yield from marks()
    yield from coverage()
    yield a_contact()
    yield a_command("set_assessment", side="left", assessment="contact", confidence="probable")
    yield a_command("set_offender", side="left", contact="c1")
    yield a_command("set_assessment", side="right", assessment="no_contact", confidence="probable")
    yield from causes()
    yield a_command("acknowledge_limits", limits=DERIVED_LIMITS)
    yield a_command("set_impression", text="Contact on the left.")


def a_signed_reading():
    yield from a_complete_reading()
    yield a_command("sign", role="radiologist")


GRADES = [
    {"scale": "contact_deformity_2021", "grade": "1"},
    {"scale": "sindou_2007", "grade": "I", "off_label": True},
]


def a_rich_report():
    """Something in every list: both sides, a lesion, an implant, contacts taken and rejected."""
    away = a_volume("cccccccc", "t1_pre", frame_of_reference="other")
    study = a_study(a_volume(), a_volume(ANGIOGRAM, "tof_mra", spacing_mm=0.6), away)
    review = mriview.open_review(study, clock=a_clock())
    known = {"symptom_side": "left", "syndrome": "hemifacial_spasm", "onset_years": 2.5}
    treated = [{"kind": "botulinum_toxin", "side": "left", "months_ago": 4, "effect": "partial"}]
    for command in a_complete_reading():
        if command["command"] == "set_clinical":
            said = {"blinded": False, **known, "treatments": treated, "question": "Which vessel?"}
            review.apply(a_command("set_clinical", **said))
        else:
            review.apply(command)
    lesion = {"condition": "lipoma", "position": [24.0, -3.0, 0.0]}
    for name, said in {
        "add_nearby_vessel": {"side": "right", "vessel": "pica", "position": [-11, 0, -4]},
        "add_lesion": {**lesion, "note": "=cmd"},
        "add_implant": {"kind": "teflon_pledget", "position": [-12, 0, 0], "note": "seen"},
        "set_anatomy": {"side": "left", "code": "va_dominance", "value": "left", "note": "seen"},
        "accept_registration": {"moving": "cccccccc"},
        "add_contact": a_contact(position=[15.0, -1.0, -1.0], note="-1", severity=GRADES)["args"],
        "decide": {"contact": "c2", "decision": "rejected"},
    }.items():
        review.apply(a_command(name, **said))
    return mriview.build_report(review.study, review)


def given(review, commands):
    for command in commands:
        review.apply(command)


def refused(review, command, code):
    """The refusal of a command, by its code; nothing of the review has changed."""
    before = review.state
    with pytest.raises(mriview.MriviewError) as refusal:
        review.apply(command)
    assert refusal.value.code == code, str(refusal.value)
    assert refusal.value.remedy
    assert review.state is before
    return refusal.value


class FullDisk:
    """The log's file, but what is written goes to the system's always-full device."""

    def __init__(self, file):
        self._file = file

    def write(self, data):
        with Path("/dev/full").open("ab", buffering=0) as full:
            return full.write(data)

    def __getattr__(self, name):
        return getattr(self._file, name)


def dump_script(commands, reader):
    """The text of a script file."""
    head = {"format": "mriview.script", "format_version": "1.0", "reader": reader}
    return json.dumps({**head, "commands": list(commands)}, indent=1) + "\n"
