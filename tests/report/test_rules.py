"""Each rule is broken by exactly one change of a right report; the right report passes all."""

import copy
import json

import numpy as np
import pytest
import readings as r

import mriview
from mriview import vocabulary
from mriview.report import Report
from mriview.report.rules import RULES
from mriview.values import Mask

RIGHT, LEFT = "$.sides.right", "$.sides.left"


def a_report(commands, study=None, masks=()):
    study = study or r.a_study()
    review = mriview.open_review(study, clock=r.a_clock())
    for mask in masks:
        review.store(mask, r.CISTERNOGRAM)
    for command in commands:
        review.apply(command)
    return json.loads(mriview.build_report(study, review).to_json())


def a_mass():
    grid = r.a_grid()
    index = np.moveaxis(np.indices(grid.shape), 0, -1)
    away_mm = np.linalg.norm(grid.lps(index) - [24.0, -3.0, 0.0], axis=-1)
    return Mask.from_voxels(grid, away_mm <= 6)


def with_a_lesion():
    """A right report with a contact on the left and a mass in the left angle."""
    mask = a_mass().snapped_to(r.a_grid())
    commands = [c for c in r.a_complete_reading() if c["args"].get("condition") != "avm"]
    painted = {"structure": "lesion", "series": r.CISTERNOGRAM, "sha256": mask.sha256}
    commands += [
        r.a_command("set_mask", **painted),
        r.a_command("add_lesion", condition="avm", mask="m1", contacts_nerve=True),
        r.a_contact(position=[15.0, -1.0, -1.0], severity=[]),
        r.a_command("decide", contact="c2", decision="rejected"),
        r.a_command("add_nearby_vessel", side="right", vessel="pica", position=[-11, 0, -4]),
        r.a_command("answer_condition", condition="avm", answer="present"),
        r.a_command("sign", role="radiologist"),
    ]
    return a_report(commands, masks=[mask])


@pytest.fixture(scope="module")
def right_report():
    return with_a_lesion()


def findings(data):
    return Report.model_validate_json(json.dumps(data), strict=True).check()


def test_a_right_report_passes_every_rule(right_report):
    assert findings(right_report) == []
    assert right_report["status"] == "final"


def test_a_draft_without_a_single_word_passes_every_rule():
    assert findings(a_report([])) == []


def side(data, name):
    return data["sides"][name]


def set_in(data, path, value):
    *way, last = path
    for key in way:
        data = data[key]
    data[last] = value


def condition(data, name):
    return next(x for x in data["exclusions"] if x["condition"] == name)


def swap_interval(data):
    arc = {"value": 3.0, "unit": "mm", "method": "m", "origin": "manual"}
    side(data, "left")["contacts"][0]["arc_mm"] = {**arc, "low": 3.2, "high": 4.0, "level": 0.95}


def lesion_on_the_other_side(data):
    data["lesions"][0]["side"] = "right"
    statements = data["impression"]["by_side"]
    statements["left"]["statements"].remove("other_cause")
    statements["right"]["statements"].append("other_cause")


def touching_undecided(data):
    side(data, "left")["contacts"][0]["touching"] = "indeterminate"
    data["impression"]["by_side"]["left"]["statements"][0] = "nvc_distal_only"


def no_offender(data):
    side(data, "left")["offender"] = None
    data["impression"]["by_side"]["left"].update(vessel=None, segment=None)


def present_without_lesion(data):
    condition(data, "meningioma").update(answer="present", derived=False)
    set_in(data, ["exclusion_groups", 0, "answer"], "present")


def outside(data):
    side(data, "left")["contacts"][0]["primitive"]["positions"][0] = [90.0, 0.0, 0.0]


def lifted_off_the_nerve(data):
    side(data, "left")["contacts"][0]["nearest_on_nerve"] = [11.0, 8.0, 0.0]


def another_frame(data):
    data["study"]["frame_groups"] = [
        {"id": "f1", "series": [r.CISTERNOGRAM]},
        {"id": "f2", "series": [r.ANGIOGRAM]},
    ]
    side(data, "left")["contacts"][0]["series"] = [r.ANGIOGRAM]


def a_vessel_below_the_voxels(data):
    for series in data["study"]["series"]:
        series["acquired_voxel_mm"] = [0.6, 0.6, 0.6]
    side(data, "left")["contacts"][0]["vessel"] = "labyrinthine"
    data["impression"]["by_side"]["left"]["vessel"] = "labyrinthine"


def a_path_that_begins_elsewhere(data):
    side(data, "left")["nerves"]["facial"]["landmarks"]["rexp"]["position"] = [9.0, 0.0, 0.0]


def graded(**said):
    grade = {"scale": "contact_deformity_2021", "grade": "1", "reader": "R1", "pass": 1}
    row = vocabulary.severity_scales()["contact_deformity_2021"]
    return [{**grade, "version": row.version, "off_label": False, **said}]


def a_gap(data, value, low, high):
    gap = {"value": value, "unit": "mm", "method": "m", "origin": "manual", "level": 0.95}
    side(data, "right")["vessels_nearby"][0]["gap_mm"] = gap | {"low": low, "high": high}


BROKEN = {
    "R07": (lambda d: d["reading"].update(mirrored=True), "$.reading.mirrored"),
    "R10": (lambda d: a_gap(d, 6.0, 5.5, 6.5), f"{RIGHT}.vessels_nearby[0].gap_mm"),
    "R23": (
        lambda d: d["impression"].update(text="A mass that enhances evenly."),
        "$.impression.text",
    ),
    "R17": (
        lambda d: side(d, "left")["contacts"][0].update(severity=graded(version="1999")),
        f"{LEFT}.contacts[0].severity",
    ),
    "R03": (lambda d: d["lesions"][0]["ap_mm"].update(unit="cm"), "$.lesions[0].ap_mm"),
    "R08": (a_path_that_begins_elsewhere, f"{LEFT}.nerves.facial.path_mm[0]"),
    "R11": (
        lambda d: set_in(side(d, "left")["contacts"], [1, "segment_range"], ["as", "as"]),
        f"{LEFT}.contacts[1].segment_range",
    ),
    "R19": (a_vessel_below_the_voxels, f"{LEFT}.contacts[0].vessel"),
    "R24": (
        lambda d: d["lesions"][0]["perpendicular_mm"].update(value=50.0),
        "$.lesions[0].perpendicular_mm",
    ),
    "R26": (another_frame, f"{LEFT}.contacts[0].series"),
    "R30": (lambda d: d.update(amends="a" * 64), "$.amends"),
    "R31": (lambda d: d["passes"][0].update(blind=False), "$.passes[0].blind"),
    "R33": (
        lambda d: condition(d, "avm").update(note="see 1.2.840.113619.2.5.1762"),
        "$.exclusions[3].note",
    ),
    "R35": (
        lambda d: d["impression"].update(text="Contact on the right."),
        "$.impression.text",
    ),
    "R36": (
        lambda d: side(d, "left")["contacts"][0].update(decided_by=None),
        f"{LEFT}.contacts[0].decided_by",
    ),
    "R41": (lambda d: d.update(record=None), "$.record"),
    "R43": (lambda d: d["lesions"][0]["longest_mm"].update(value=200.0), "$.lesions[0].longest_mm"),
    "R44": (lambda d: d.update(created="2020-01-01T00:00:00+00:00"), "$.sign_off.time"),
    "R09": (lifted_off_the_nerve, f"{LEFT}.contacts[0].nearest_on_nerve"),
    "R32": (lambda d: d["clinical"].update(syndrome="hemifacial_spasm"), "$.clinical"),
    "R39": (lambda d: d["limits"].pop(), "$.limits"),
    "R02": (swap_interval, f"{LEFT}.contacts[0].arc_mm"),
    "R05": (
        lambda d: set_in(d, ["study", "midline", "position"], [9.0, 0.0, 0.0]),
        f"{LEFT}.nerves.facial.path_mm[0]",
    ),
    "R06": (lesion_on_the_other_side, "$.lesions[0].side"),
    "R12": (
        lambda d: set_in(side(d, "left")["contacts"], [1, "nerve"], "trigeminal"),
        f"{LEFT}.contacts[1].nerve",
    ),
    "R14": (touching_undecided, f"{LEFT}.assessment"),
    "R15": (
        lambda d: d["study"]["series"][0]["coverage"].pop("facial_path_r"),
        f"{RIGHT}.assessment",
    ),
    "R16": (no_offender, f"{LEFT}.offender"),
    "R20": (lambda d: d["exclusions"].remove(condition(d, "meningioma")), "$.exclusions"),
    "R21": (lambda d: condition(d, "aneurysm").update(basis=[]), "$.exclusions[4].basis"),
    "R22": (present_without_lesion, "$.exclusions[1].lesions"),
    "R25": (outside, f"{LEFT}.contacts[0].primitive.positions[0]"),
    "R28": (lambda d: d.update(sign_off=None), "$.sign_off"),
    "R29": (
        lambda d: set_in(side(d, "left")["contacts"], [0, "morphology"], []),
        f"{LEFT}.contacts[0].morphology",
    ),
    "R34": (
        lambda d: set_in(d, ["impression", "by_side", "right", "statements"], ["not_assessed"]),
        "$.impression.by_side.right.statements",
    ),
    "R42": (
        lambda d: set_in(side(d, "left")["contacts"], [0, "mediated_by"], "c1"),
        f"{LEFT}.contacts[0].mediated_by",
    ),
}


def symptoms_on_the_other_side(data):
    clinical = {"blinded": False, "symptom_side": "right", "syndrome": "hemifacial_spasm"}
    data["clinical"].update(clinical)
    data["passes"][0]["blind"] = False
    data["impression"]["by_side"]["left"]["statements"].append("side_mismatch")


def a_contact_on_an_unsure_series(data):
    data["study"]["series"].append(
        {**data["study"]["series"][0], "key": "cccccccc", "role_confidence": 0.5}
    )
    data["study"]["series"][2]["used_for"] = ["c1"]
    data["study"]["frame_groups"][0]["series"].append("cccccccc")


def an_operation_that_left_nothing(data):
    known = {"blinded": False, "syndrome": "hemifacial_spasm", "previous_mvd": True}
    data["clinical"].update(known)
    data["passes"][0]["blind"] = False
    for name in ("teflon_granuloma", "postsurgical_change"):
        said = {"condition": name, "group": "other", "side": None, "basis": [], "lesions": []}
        data["exclusions"].append(condition(data, "meningioma") | said)
    data["exclusion_groups"][-1]["answer"] = "indeterminate"


def a_contact_graded_as_none(data):
    side(data, "left")["contacts"][0].update(severity=graded(grade="0"))


WARNED = {
    "R27": (lambda d: a_gap(d, 1.0, 0.98, 1.02), f"{RIGHT}.vessels_nearby[0].gap_mm"),
    "R18": (
        lambda d: side(d, "left")["contacts"][0].update(severity=graded(grade="2")),
        f"{LEFT}.contacts[0].severity",
    ),
    "R38": (an_operation_that_left_nothing, "$.implants"),
    "R37": (symptoms_on_the_other_side, "$.clinical.symptom_side"),
    "R45": (a_contact_on_an_unsure_series, "$.study.series[2].role"),
}


@pytest.mark.parametrize("rule", sorted(WARNED))
def test_one_change_gives_exactly_one_warning(rule, right_report):
    change, path = WARNED[rule]
    data = copy.deepcopy(right_report)
    change(data)
    assert [(f.rule, f.severity, f.path) for f in findings(data)] == [(rule, "warning", path)]


def test_every_rule_has_a_report_that_breaks_it():
    assert {*BROKEN, *WARNED} == set(RULES)
    assert not set(BROKEN) & set(WARNED)


@pytest.mark.parametrize("rule", sorted(BROKEN))
def test_one_change_breaks_exactly_one_rule(rule, right_report):
    change, path = BROKEN[rule]
    data = copy.deepcopy(right_report)
    change(data)
    found = findings(data)
    assert {finding.rule for finding in found} == {rule}, [str(f) for f in found]
    assert path in {finding.path for finding in found}
    assert all(finding.severity == "error" and finding.message for finding in found)


def test_a_clock_interval_may_wrap_through_zero(right_report):
    data = copy.deepcopy(right_report)
    clock = {"value": 5.0, "unit": "deg", "method": "m", "origin": "manual"}
    clock |= {"low": 350.0, "high": 20.0, "level": 0.95}
    side(data, "left")["contacts"][0]["clock_deg"] = clock
    assert findings(data) == []
    clock["value"] = 180.0
    assert [finding.rule for finding in findings(data)] == ["R02"]


def test_exit_points_nearer_than_a_brainstem_are_found(right_report):
    data = copy.deepcopy(right_report)
    data["study"]["midline"] = None
    for name, sign in (("right", -1), ("left", 1)):
        side(data, name)["nerves"]["facial"]["path_mm"][0] = [sign * 4.0, 0.0, 0.0]
    assert "R05" in {finding.rule for finding in findings(data)}


def test_without_a_midline_no_side_is_judged_and_that_is_said(right_report):
    data = copy.deepcopy(right_report)
    data["study"]["midline"] = None
    data["sides"]["right"].update(nerves={}, assessment="indeterminate", confidence=None)
    found = findings(data)
    assert any(f.rule == "R05" and f.severity == "warning" for f in found)


def test_a_gap_between_surfaces_is_withheld_on_coarse_voxels(right_report):
    data = copy.deepcopy(right_report)
    a_gap(data, 1.0, 0.5, 1.5)
    assert findings(data) == []
    for series in data["study"]["series"]:
        series["acquired_voxel_mm"] = [1.1, 1.1, 0.5]
    found = [f for f in findings(data) if f.rule == "R27"]
    assert [(f.severity, f.path) for f in found] == [("error", f"{RIGHT}.vessels_nearby[0].gap_mm")]


@pytest.mark.parametrize(
    ("confidence", "severities"), [(0.6, ["warning"]), (0.95, [])], ids=["by name", "by header"]
)
def test_enhancement_is_told_of_with_a_series_after_contrast(right_report, confidence, severities):
    data = copy.deepcopy(right_report)
    data["impression"]["text"] = "A mass that enhances evenly."
    after = {**data["study"]["series"][0], "key": "cccccccc", "role": "t1_post", "used_for": []}
    data["study"]["series"].append(after | {"role_confidence": confidence, "coverage": {}})
    data["study"]["frame_groups"][0]["series"].append("cccccccc")
    found = [f for f in findings(data) if f.rule == "R23"]
    assert [f.severity for f in found] == severities


def test_a_touching_vessel_that_is_graded_as_none_is_a_warning(right_report):
    data = copy.deepcopy(right_report)
    a_contact_graded_as_none(data)
    assert [(f.rule, f.severity) for f in findings(data)] == [("R18", "warning")]


def lesion_in_another_mask(data):
    data["masks"][0]["side"] = "right"


def a_named_mask(data, **said):
    vessel = {"structure": "vessel", "name": "aica", "vessel_confidence": "probable"}
    data["masks"].append({**data["masks"][0], "id": "m2", **vessel, **said})


FURTHER = {
    "a region of a mask that is not there": (
        lambda d: set_in(side(d, "left")["contacts"][0], ["primitive", "mask"], "m9"),
        "R42",
    ),
    "a vessel that was followed on no series": (
        lambda d: a_named_mask(d, traced_to_parent=["dddddddd"]),
        "R25",
    ),
    "a claim in the note of a mask": (lambda d: a_named_mask(d, note="normal course"), "R35"),
    "a mask on the other side than its lesion": (lesion_in_another_mask, "R06"),
    "an answer on the other side than its lesion": (
        lambda d: condition(d, "avm").update(side="right"),
        "R06",
    ),
    "a group that does not follow": (
        lambda d: set_in(d, ["exclusion_groups", 0, "answer"], "absent"),
        "R20",
    ),
    "an answer that nothing derives": (lambda d: condition(d, "avm").update(derived=True), "R20"),
    "a basis that could not have shown it": (
        lambda d: condition(d, "aneurysm").update(basis=[r.CISTERNOGRAM]),
        "R21",
    ),
    "a lesion of another condition": (
        lambda d: condition(d, "meningioma").update(lesions=["l1"], side="left"),
        "R22",
    ),
    "an absent one with a side": (lambda d: condition(d, "aneurysm").update(side="left"), "R22"),
    "a spacing that is not the matrix's": (
        lambda d: set_in(d["study"]["series"], [0, "spacing_mm"], [0.4, 0.5, 0.5]),
        "R25",
    ),
    "a basis that is no series": (
        lambda d: condition(d, "meningioma").update(basis=["dddddddd"]),
        "R25",
    ),
    "two frame groups of one name": (
        lambda d: d["study"]["frame_groups"].append({"id": "f1", "series": []}),
        "R42",
    ),
    "a blank reason": (
        lambda d: d["sign_off"]["overrides"].append(
            {"guard": "R29", "path": "$.x", "reason": " " * 12}
        ),
        "R29",
    ),
}


@pytest.mark.parametrize("name", sorted(FURTHER))
def test_a_derived_key_that_was_changed_by_hand_is_found(name, right_report):
    change, rule = FURTHER[name]
    data = copy.deepcopy(right_report)
    change(data)
    assert {finding.rule for finding in findings(data)} == {rule}


def test_a_preliminary_report_with_an_open_field_is_found():
    data = a_report(list(r.a_complete_reading())[:-3])
    data["status"] = "preliminary"
    assert {finding.rule for finding in findings(data)} == {"R28"}
