"""Limits: numbers that a site may set, and nothing that is no number."""

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from builders import write_series

import mriview
from mriview.errors import UsageError
from mriview.scans.limits import MIB, PREFIX, Limits, check_content, expands_too_much, limits


def test_without_the_environment_the_defaults_hold(set_limit) -> None:
    set_limit()
    assert limits() == Limits()


@pytest.mark.parametrize("field", [field.name for field in fields(Limits)])
def test_every_limit_is_set_by_its_variable(set_limit, field) -> None:
    set_limit(**{field: 1234})
    assert getattr(limits(), field) == 1234
    others = {f.name for f in fields(Limits)} - {field}
    assert all(getattr(limits(), name) == getattr(Limits(), name) for name in others)


@pytest.mark.parametrize(
    "value", ["", "0", "-5", "3.5", "1e6", "0x10", "many", " 7", "\u0663", "9" * 19]
)
def test_what_is_no_positive_whole_number_is_a_wrong_call(set_limit, value) -> None:
    set_limit(files=value)
    with pytest.raises(UsageError, match=f"{PREFIX}FILES") as refused:
        limits()
    assert (refused.value.code, refused.value.exit_code) == ("limit_invalid", 2)


def test_a_limit_that_does_not_exist_is_a_wrong_call_that_names_those_that_do(set_limit) -> None:
    set_limit(flies=7)
    with pytest.raises(UsageError, match="archive_bytes") as refused:
        limits()
    assert refused.value.code == "limit_invalid"


def test_a_wrong_limit_is_no_fault_of_a_file(tmp_path: Path, set_limit) -> None:
    write_series(tmp_path)
    set_limit(header_bytes="many")
    for place in (tmp_path, next(tmp_path.iterdir())):
        for opened in (mriview.open_study, lambda path: list(mriview.open_batch(path))):
            with pytest.raises(UsageError, match="limit_invalid"):
                opened(place)


@pytest.mark.whole
@pytest.mark.parametrize("command", [["index", "."], ["info", "."], ["formats"], ["schema"]])
def test_every_command_refuses_a_wrong_limit_as_a_wrong_call(tmp_path: Path, command) -> None:
    write_series(tmp_path)
    said = subprocess.run(
        [sys.executable, "-m", "mriview", *command],
        cwd=tmp_path,
        env={**os.environ, PREFIX + "FILES": "many"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 2
    assert said.stderr.startswith("mriview: limit_invalid: ")
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("inflated", "compressed", "too_much"),
    [
        (64 * MIB, 1, False),
        (64 * MIB + 1, 1, True),
        (200 * MIB, MIB, False),
        (200 * MIB + 1, MIB, True),
        (65 * MIB, 0, True),
    ],
)
def test_a_ratio_is_asked_beyond_what_is_free(inflated, compressed, too_much) -> None:
    assert expands_too_much(inflated, compressed) is too_much


def test_content_is_refused_by_ratio_before_size() -> None:
    check_content(512 * MIB, 100 * MIB)
    with pytest.raises(mriview.MriviewError, match="content_too_large"):
        check_content(512 * MIB + 1, 100 * MIB)
    with pytest.raises(mriview.MriviewError, match="expands_too_much"):
        check_content(512 * MIB + 1, MIB)
