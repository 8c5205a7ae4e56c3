"""The words of a review: strict, frozen, and described by the schema that they generate."""

import json

import jsonschema
import pytest
import readings as r

from mriview import MriviewError
from mriview.review import COMMANDS, command_from_json
from mriview.review.script import command_schema


def test_every_command_says_in_its_schema_what_it_does():
    for kind in COMMANDS.values():
        assert kind.model_json_schema()["description"].endswith(".")


def test_a_command_comes_back_from_json_as_it_was():
    for item in r.a_signed_reading():
        command = command_from_json(item)
        assert command_from_json(json.loads(json.dumps(command.to_json()))) == command


def test_a_whole_script_fits_the_generated_schema():
    script = {
        "format": "mriview.script",
        "format_version": "1.0",
        "reader": "R1",
        "commands": list(r.a_signed_reading()),
    }
    schema = command_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(script, schema)
    script["commands"][1]["args"]["position"] = "left"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(script, schema)


@pytest.mark.parametrize(
    ("item", "place"),
    [
        (r.a_command("set_midline", position=[0, 0]), "position"),
        (r.a_command("set_midline", position=[0, 0, "1.0"]), "position"),
        (r.a_command("set_midline", position=[0, 0, float("nan")]), "set_midline"),
        (r.a_command("add_contact", side="viewer_left", position=[1, 2, 3]), "side"),
        (r.a_command("add_contact", side="left", position=[1, 2, 3], vessel="AICA"), "vessel"),
        (r.a_command("set_midline", position=[0, 0, 0], why="?"), "why"),
        (r.a_command("set_role", series="not a key", role="tof_mra"), "series"),
    ],
)
def test_a_malformed_argument_is_named_and_its_value_is_not(item, place):
    with pytest.raises(MriviewError) as refusal:
        command_from_json(item)
    assert refusal.value.code == "command_malformed"
    assert place in str(refusal.value)
    assert "viewer_left" not in str(refusal.value)


@pytest.mark.parametrize("item", [None, [], {}, {"command": 3}, {"command": "undo", "args": []}])
def test_what_is_no_command_is_refused(item):
    with pytest.raises(MriviewError, match="command_malformed"):
        command_from_json(item)


def test_an_unknown_command_points_to_the_list():
    with pytest.raises(MriviewError, match=r"command_unknown.*schema --commands"):
        command_from_json({"command": "set_everything_normal", "args": {}})
