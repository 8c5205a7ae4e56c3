"""The report: pure, canonical, complete; every number withheld where that is the truth."""

import json
from importlib.resources import files

import jsonschema
import pytest
import readings as r

import mriview
from mriview import vocabulary
from mriview.geometry.polyline import arc_length
from mriview.report import report_schema


def a_review(commands, study=None):
    review = mriview.open_review(study or r.a_study(), clock=r.a_clock())
    for command in commands:
        review.apply(command)
    return review


def a_report(commands, study=None):
    review = a_review(commands, study)
    return mriview.build_report(review.study, review)


def test_the_same_study_and_state_give_the_same_bytes():
    review = a_review(r.a_signed_reading())
    first, second = (mriview.build_report(review.study, review) for _ in range(2))
    assert first.to_json() == second.to_json()
    assert first.report_id == second.report_id


def test_a_report_comes_back_from_its_file_as_it_was(tmp_path):
    report = a_report(r.a_signed_reading())
    mriview.export(report, tmp_path, to=["json"])
    assert mriview.load_report(tmp_path / "report.json") == report
    assert mriview.load_report(tmp_path / "report.json").to_json() == report.to_json()


def test_the_schema_in_the_package_is_the_one_of_the_model():
    name = "mriview.report-1.1.json"
    kept = json.loads((files("mriview.report") / "schema" / name).read_text("utf-8"))
    assert kept == json.loads(json.dumps(report_schema())), "run: mriview schema > schema/" + name


def test_a_report_fits_its_own_schema():
    schema = report_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for commands in ([], r.marks(), r.a_signed_reading()):
        jsonschema.validate(json.loads(a_report(commands).to_json()), schema)


def test_everything_starts_not_assessed():
    report = a_report([])
    assert report.status == "draft"
    assert {report.sides.right.assessment, report.sides.left.assessment} == {"not_assessed"}
    assert {x.answer for x in report.exclusions} <= {"not_assessed", "indeterminate"}
    assert all(x.derived == (x.answer == "indeterminate") for x in report.exclusions)
    assert report.impression.by_side.left.statements == ("not_assessed",)
    assert report.created is None
    assert report.record is None


def test_status_goes_from_draft_to_preliminary_to_final():
    assert a_report(r.marks()).status == "draft"
    assert a_report(r.a_complete_reading()).status == "preliminary"
    assert a_report(r.a_complete_reading()).check() == []
    assert a_report(r.a_signed_reading()).status == "final"


def test_the_path_is_sampled_every_half_millimetre_with_both_ends():
    nerve = a_report(r.marks("left")).sides.left.nerves["facial"]
    points = r.nerve_points("left")
    assert nerve.path_mm[0] == tuple(points[0])
    assert nerve.path_mm[-1] == tuple(points[-1])
    s_mm = arc_length([list(p) for p in nerve.path_mm])
    assert s_mm[1:-1] == pytest.approx([0.5 * n for n in range(1, len(s_mm) - 1)], abs=2e-3)


def test_a_landmark_that_nobody_placed_says_default_or_is_not_there():
    commands = [r.a_command("set_midline", position=[0, 0, 0])]
    commands.append(r.a_command("set_nerve_path", side="left", points=r.nerve_points("left")))
    landmarks = a_report(commands).sides.left.nerves["facial"].landmarks
    assert landmarks["rdp"].origin == landmarks["tz_end"].origin == "default"
    assert "porus" not in landmarks
    commands.append(
        r.a_command("set_landmark", side="left", landmark="porus", position="not_covered")
    )
    report = a_report(commands)
    assert report.sides.left.nerves["facial"].landmarks["porus"].position == "not_covered"
    assert "L_PORUS_NOT_COVERED" in report.sides.left.limits
    assert "L_RDP_DEFAULT" in report.sides.left.limits


def test_numbers_of_a_contact_have_no_invented_interval():
    contact = a_report(r.a_complete_reading()).sides.left.contacts[0]
    assert contact.arc_mm.uncertainty == "not_estimated"
    assert contact.arc_mm.unit == "mm"
    assert contact.porus_distance_mm.value > 0
    assert contact.direction == "caudal"


def test_a_mark_on_the_path_has_no_clock_and_says_why():
    contact = r.a_contact(position=r.nerve_points("left")[1])
    report = a_report([*r.marks("left"), contact])
    assert report.sides.left.contacts[0].clock_deg.withheld
    assert report.sides.left.contacts[0].direction is None


def test_a_lesion_without_a_mask_has_no_size_and_says_why():
    lesion = r.a_command("add_lesion", condition="meningioma", position=[20, 0, 0])
    report = a_report([r.a_command("set_midline", position=[0, 0, 0]), lesion])
    assert report.lesions[0].longest_mm.withheld
    assert report.lesions[0].volume_mm3.withheld
    assert report.lesions[0].side == "left"


def test_a_present_condition_makes_its_group_present():
    kind = "meningioma"
    commands = [
        r.a_command("set_midline", position=[0, 0, 0]),
        r.a_command("add_lesion", condition=kind, position=[20, 0, 0]),
        r.a_command("answer_condition", condition=kind, answer="present"),
    ]
    groups = {x.group: x.answer for x in a_report(commands).exclusion_groups}
    assert groups["mass"] == "present"
    assert groups["vascular"] == "not_assessed"


def test_every_limit_that_is_named_is_also_said_in_words():
    report = a_report(r.a_signed_reading())
    named = {*report.sides.right.limits, *report.sides.left.limits}
    named |= {code for item in report.exclusions for code in item.limits}
    named |= {item.because for item in report.protocol.cannot_conclude}
    said = {limit.code: limit.text for limit in report.limits}
    assert named <= set(said)
    assert "Meningioma" in said["L_ROLE_MISSING"]
    assert "{" not in "".join(said.values())


def test_no_word_that_claims_more_than_scans_can_show():
    text = a_report(r.a_signed_reading()).to_json().lower()
    for word in ("unremarkable", "ruled out", "consistent with", "diagnostic of", "excluded"):
        assert word not in text


def test_a_side_is_indeterminate_with_the_limits_that_make_it_so():
    study = r.a_study(r.a_volume(role="t1_pre"))
    command = r.a_command("set_assessment", side="left", assessment="indeterminate")
    report = a_report([command], study)
    assert "L_NO_CISTERNOGRAM" in report.sides.left.limits
    assert report.impression.by_side.left.statements == ("nvc_indeterminate",)


@pytest.mark.parametrize(
    ("morphology", "position", "statement"),
    [
        (["touch"], [11.0, -0.5, -0.9], "nvc_proximal_contact"),
        (["touch", "indentation"], [11.0, -0.5, -0.9], "nvc_proximal_deformity"),
        (["touch", "indentation"], [26.0, -5.0, 1.0], "nvc_distal_only"),
    ],
)
def test_the_statement_follows_from_zone_and_deformity(morphology, position, statement):
    commands = [*r.marks("left"), r.a_contact(morphology=morphology, position=position)]
    commands.append(r.a_command("set_assessment", side="left", assessment="contact"))
    commands.append(r.a_command("set_offender", side="left", contact="c1"))
    assert a_report(commands).impression.by_side.left.statements == (statement,)


def test_findings_on_the_other_side_than_the_symptoms_are_said():
    clinical = {"blinded": False, "symptom_side": "right", "syndrome": "hemifacial_spasm"}
    commands = [r.a_command("set_clinical", **clinical), *r.marks("left"), r.a_contact()]
    commands.append(r.a_command("set_assessment", side="left", assessment="contact"))
    assert "side_mismatch" in a_report(commands).impression.by_side.left.statements


def test_a_mirrored_patient_gets_the_same_numbers_on_the_other_side():
    def mirrored(command):
        args = dict(command["args"])
        args["side"] = {"left": "right", "right": "left"}.get(args.get("side"), args.get("side"))
        for key in ("position", "vessel_position"):
            if isinstance(args.get(key), list):
                args[key] = [-args[key][0], *args[key][1:]]
        if "points" in args:
            args["points"] = [[-x, y, z] for x, y, z in args["points"]]
        return {**command, "args": {k: v for k, v in args.items() if v is not None}}

    commands = [*r.marks("left"), r.a_contact(position=[11.2, -1.0, 0.4])]
    left = a_report(commands).sides.left.contacts[0]
    right = a_report([mirrored(c) for c in commands]).sides.right.contacts[0]
    for key in ("arc_mm", "porus_distance_mm", "clock_deg"):
        assert getattr(left, key).value == pytest.approx(getattr(right, key).value, abs=1e-3)
    assert (left.segment, left.direction) == (right.segment, right.direction)


def test_every_condition_that_a_report_lists_stands_in_table_order():
    listed = [x.condition for x in a_report(r.a_complete_reading()).exclusions]
    order = list(vocabulary.conditions())
    assert listed == sorted(listed, key=order.index)


def test_export_writes_whole_files_and_refuses_formats_that_are_not_there(tmp_path):
    report = a_report([])
    with pytest.raises(mriview.MriviewError, match="format_unknown"):
        mriview.export(report, tmp_path / "out", to=["pdf"])
    assert not (tmp_path / "out").exists()
    blocked = tmp_path / "file"
    blocked.write_text("kept")
    with pytest.raises(mriview.MriviewError, match="output_not_writable"):
        mriview.export(report, blocked, to=["json"])
    assert blocked.read_text() == "kept"
