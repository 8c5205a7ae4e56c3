"""Engines by name: our own, those of others, and those that are none."""

import sys
from importlib.metadata import EntryPoint, EntryPoints

import errands
import pytest

from mriview.errors import MissingExtraError, UsageError
from mriview.workflow import executors
from mriview.workflow.executors import open_executor


def test_an_unknown_engine_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match="engine_unknown") as refused:
        open_executor("locl", workers=2)
    assert "local" in refused.value.evidence["engines"]
    assert "local" in refused.value.found


def test_the_local_engine_has_no_other_place():
    with pytest.raises(UsageError, match="engine_place"):
        open_executor("local=tcp://127.0.0.1:8786", workers=2)


@pytest.mark.parametrize(
    "numbers",
    [{"workers": -1}, {"workers": 1, "memory_bytes": 0}]
    + [{"workers": 1, "timeout_s": value} for value in (0.0, -1.0, float("nan"), float("inf"))],
)
def test_numbers_that_no_engine_can_keep_are_refused(numbers):
    with pytest.raises(UsageError, match="engine_number"):
        open_executor("local", **numbers)


class OtherEngine:
    """An engine of somebody else."""

    def __init__(self, place, **numbers):
        self.place, self.numbers = place, numbers


def installed(monkeypatch, *engines):
    group = executors.GROUP
    points = EntryPoints(EntryPoint(name, home, group) for name, home in engines)
    monkeypatch.setattr(executors, "entry_points", lambda group: points.select(group=group))


def test_an_engine_of_others_is_found_by_its_entry_point(monkeypatch):
    installed(monkeypatch, ("grid", "errands_of_others:Engine"))
    monkeypatch.setitem(sys.modules, "errands_of_others", type(sys)("errands_of_others"))
    sys.modules["errands_of_others"].Engine = OtherEngine
    engine = open_executor("grid=a=b", workers=3, timeout_s=2.0)
    assert engine.place == "a=b"
    assert engine.numbers == {"workers": 3, "timeout_s": 2.0, "memory_bytes": None}


def test_an_engine_of_others_that_is_broken_breaks_none_of_ours(monkeypatch):
    installed(monkeypatch, ("grid", "no_such_module:Engine"), ("local", "no_such_module:Engine"))
    with pytest.raises(MissingExtraError, match="engine_broken"):
        open_executor("grid", workers=1)
    with open_executor("local", workers=1) as executor:
        assert [done.result for done in executor.run(errands.square, [5])] == [25]
