"""Executors: what a crash, a hang or a hunger for memory costs; real processes, real deaths.

Whatever is waited for is an event: a pipe that ends with its process, or that it writes into.
"""

import multiprocessing
import operator
import os
import signal
import sys
from collections import Counter
from functools import partial
from multiprocessing.connection import wait
from types import FunctionType

import errands
import pytest
from errands import ROOM_BYTES
from hypothesis import given, settings
from hypothesis import strategies as some

from mriview.errors import MriviewError, ScanError, UsageError
from mriview.workflow.executors import Done, local, open_executor, process
from mriview.workflow.executors.local import LocalExecutor
from mriview.workflow.executors.worker import Terms

SOON_S = 60  # how long a test waits for what should happen at once; a guard against hangs


@pytest.fixture(scope="module")
def two_workers():
    """One executor for all: what a job did to its workers is no matter to the next run."""
    with open_executor("local", workers=2) as executor:
        yield executor


def results(done):
    """Results by job; every job once, none failed."""
    listed = list(done)
    assert [one.error for one in listed] == [None] * len(listed)
    assert max(Counter(one.job for one in listed).values(), default=1) == 1
    return {one.job: one.result for one in listed}


def what_became(done):
    """Codes by job, or ``done``; every job once."""
    listed = [(one.job, one.error.code if one.error else "done") for one in done]
    assert len(dict(listed)) == len(listed)
    return dict(listed)


# --- jobs that do what they should


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_every_job_has_its_result(workers):
    with open_executor("local", workers=workers) as executor:
        assert results(executor.run(errands.square, range(20))) == {n: n * n for n in range(20)}


def test_jobs_run_in_other_processes_and_without_workers_in_this_one(two_workers):
    elsewhere = set(results(two_workers.run(errands.process_of, range(6))).values())
    assert os.getpid() not in elsewhere
    assert 1 <= len(elsewhere) <= 2
    with open_executor("local", workers=0) as executor:
        assert set(results(executor.run(errands.process_of, range(3))).values()) == {os.getpid()}


def test_one_executor_does_several_runs_with_the_same_workers(two_workers):
    first = results(two_workers.run(errands.process_of, range(8)))
    assert results(two_workers.run(partial(operator.add, 1), range(8)))[7] == 8
    second = results(two_workers.run(errands.process_of, range(8)))
    assert set(second.values()) <= set(first.values())


def test_no_run_begins_within_another(two_workers):
    running = two_workers.run(errands.square, range(3))
    next(running)
    with pytest.raises(RuntimeError, match="one run after the other"):
        next(two_workers.run(errands.square, range(3)))


def test_jobs_are_taken_when_there_is_a_worker_for_them(two_workers):
    taken = []

    def endless():
        for number in iter(int, 1):
            taken.append(number)
            yield len(taken)

    running = two_workers.run(errands.square, endless())
    for given_out in range(1, 30):
        next(running)
        assert len(taken) <= given_out + 2 * 2
    running.close()


def test_no_jobs_are_no_work(two_workers):
    assert list(two_workers.run(errands.square, ())) == []


def test_what_breaks_the_list_of_jobs_breaks_the_run(two_workers):
    def listed():
        yield 1
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(two_workers.run(errands.square, listed()))
    assert results(two_workers.run(errands.square, [2])) == {2: 4}


# --- jobs that fail


@pytest.mark.parametrize("workers", [0, 1])
def test_an_error_of_ours_comes_as_it_is(workers):
    with open_executor("local", workers=workers) as executor:
        (done,) = executor.run(errands.refuse, [2.5])
    assert isinstance(done.error, ScanError)
    assert done.error.as_json() == {
        "code": "slice_gap",
        "message": "one step is 2.5 mm",
        "evidence": {"gap_mm": 2.5},
        "remedy": "Export again",
        "where": None,
    }


@pytest.mark.parametrize("workers", [0, 1])
def test_any_other_exception_loses_its_text(workers):
    with open_executor("local", workers=workers) as executor:
        (done,) = executor.run(errands.break_down, ["a name"])
    assert done == Done("a name", None, done.error)
    assert done.error.code == "study_failed"
    assert done.error.evidence == {"exception": "KeyError"}
    assert "a name" not in f"{done.error} {done.error.evidence}"


@pytest.mark.parametrize(
    ("errand", "exception"),
    [
        ("give_a_lock", "TypeError"),  # cannot be pickled
        ("give_a_trap", "KeyError"),  # cannot be unpickled
        ("leave_politely", "SystemExit"),
    ],
)
def test_what_cannot_be_handed_over_is_a_failure_and_no_hang(two_workers, errand, exception):
    jobs = [("square", 3), (errand, 0), ("square", 4)]
    done = {one.job: one for one in two_workers.run(errands.do_as_told, jobs)}
    assert done["square", 4].result == 16
    error = done[errand, 0].error
    assert (error.code, error.evidence) == ("study_failed", {"exception": exception})


def test_a_function_that_workers_cannot_import_is_refused(two_workers, monkeypatch):
    function = FunctionType(errands.square.__code__, {}, "of_a_script")
    function.__module__, function.__qualname__ = "__main__", "of_a_script"
    monkeypatch.setattr("__main__.of_a_script", function, raising=False)
    with pytest.raises(UsageError, match="function_not_importable"):
        list(two_workers.run(function, [1]))
    assert results(two_workers.run(errands.square, [2])) == {2: 4}


# --- workers that die


@pytest.mark.parametrize(
    ("errand", "value", "ended"),
    [
        ("kill_worker", 0, "SIGKILL"),
        ("read_nothing", 0, "SIGSEGV"),
        ("leave", 3, "exit status 3"),
        ("leave", 0, "exit status 0"),
    ],
)
def test_a_job_that_kills_its_workers_costs_itself_alone(two_workers, errand, value, ended):
    jobs = [("square", number) for number in range(10)]
    jobs.insert(4, (errand, value))
    done = {one.job: one for one in two_workers.run(errands.do_as_told, jobs)}
    error = done.pop((errand, value)).error
    assert (error.code, error.evidence) == ("worker_died", {"ended": ended, "processes": 2})
    assert {job: one.result for job, one in done.items()} == {
        ("square", number): number * number for number in range(10)
    }


def test_a_job_whose_worker_died_once_is_done_by_another(two_workers, tmp_path):
    jobs = [
        (number, str(tmp_path / str(number)) if number % 5 == 0 else "") for number in range(20)
    ]
    done = results(two_workers.run(errands.kill_worker_once, jobs))
    assert sorted(done.values()) == [number * number for number in range(20)]
    assert len(list(tmp_path.iterdir())) == 4


@settings(max_examples=5)
@given(some.lists(some.sampled_from(["square", "kill_worker", "leave", "break_down"]), max_size=6))
def test_whatever_jobs_do_each_has_one_line(two_workers, names):
    jobs = [(name, number) for number, name in enumerate(names)]
    codes = {"square": "done", "break_down": "study_failed"}
    expected = {job: codes.get(job[0], "worker_died") for job in jobs}
    assert what_became(two_workers.run(errands.do_as_told, jobs)) == expected


def test_a_worker_killed_from_outside_loses_nothing_and_doubles_nothing(two_workers):
    done, killed = {}, set()
    running = two_workers.run(errands.square, range(200))
    for one in running:
        assert one.job not in done
        done[one.job] = (one.result, one.error)
        if len(done) % 40 == 1:
            victim = two_workers._workers[0].process.pid
            os.kill(victim, signal.SIGKILL)
            killed.add(victim)
    assert len(killed) == 5
    assert done == {number: (number * number, None) for number in range(200)}


# --- jobs that take too long or too much


def test_a_job_that_hangs_is_stopped_and_not_tried_again():
    with open_executor("local", workers=2, timeout_s=1.0) as executor:
        jobs = [("square", 2), ("hang", 0), ("square", 3), ("square", 4)]
        done = {one.job: one for one in executor.run(errands.do_as_told, jobs)}
    error = done.pop(("hang", 0)).error
    assert (error.code, error.evidence) == ("study_too_slow", {"timeout_s": 1.0})
    assert {one.result for one in done.values()} == {4, 9, 16}


def test_a_job_that_hangs_in_c_is_stopped_too():
    with open_executor("local", workers=1, timeout_s=1.0) as executor:
        jobs = [("hang_with_the_lock", 0), ("square", 3)]
        became = what_became(executor.run(errands.do_as_told, jobs))
    assert list(became.values()) == ["study_too_slow", "done"]


def test_a_caller_who_takes_his_time_makes_no_job_late():
    with open_executor("local", workers=1, timeout_s=SOON_S) as executor:
        running = executor.run(errands.square, range(4))
        first = next(running)
        (worker,) = executor._workers
        assert wait([worker.pipe], SOON_S)  # its next answer is there
        worker.deadline = 0.0
        assert [one.error for one in (first, *running)] == [None] * 4


def test_a_worker_ends_a_job_by_itself_while_nobody_looks():
    terms = Terms(dict(os.environ), guard_s=1.2)
    with LocalExecutor(1, terms, timeout_s=1.0) as executor:
        jobs = [("square", 2), ("hang_with_the_lock", 0), ("square", 3)]
        running = executor.run(errands.do_as_told, jobs)
        first = next(running)
        assert wait([executor._workers[0].process.sentinel], SOON_S)
        became = what_became([first, *running])
    assert list(became.values()) == ["done", "study_too_slow", "done"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems hold no process to its memory")
@pytest.mark.parametrize("errand", [("fill", 2 * ROOM_BYTES), ("fill_in_pieces", 2**10)])
def test_a_job_that_wants_too_much_memory_is_told_so_and_leaves_a_fresh_worker(errand):
    with open_executor("local", workers=1, memory_bytes=ROOM_BYTES) as executor:
        jobs = [("process_of", 0), errand, ("process_of", 1)]
        before, hungry, after = executor.run(errands.do_as_told, jobs)
    assert hungry.error.code == "memory_too_small"
    assert before.result != after.result


def test_a_worker_is_replaced_after_many_jobs(monkeypatch):
    monkeypatch.setattr(local, "JOBS_OF_A_WORKER", 3)
    with open_executor("local", workers=1) as executor:
        done = results(executor.run(errands.process_of, range(9)))
    assert sorted(Counter(done.values()).values()) == [3, 3, 3]


def test_workers_that_never_begin_end_the_run(monkeypatch):
    monkeypatch.setattr("mriview.workflow.executors.process.work", os.getpgid)  # no pipe, no work
    with (
        open_executor("local", workers=2) as executor,
        pytest.raises(MriviewError, match="3 worker processes in a row") as refused,
    ):
        list(executor.run(errands.square, range(4)))
    assert refused.value.code == "workers_do_not_start"


@pytest.mark.parametrize("error", [OSError("no more processes"), EOFError()])
def test_a_process_that_cannot_be_had_is_asked_for_again_and_then_ends_the_run(monkeypatch, error):
    refusals = iter([error, error, None, error, error, error])

    def start(process):
        if refused := next(refusals):
            raise refused
        return begin(process)

    kind = type(process._new_process())
    begin = kind.start
    monkeypatch.setattr(kind, "start", start)
    with open_executor("local", workers=1) as executor:
        assert results(executor.run(errands.square, [2])) == {2: 4}
        with pytest.raises(MriviewError, match="workers_do_not_start"):
            list(executor.run(errands.do_as_told, [("kill_worker", 0), ("square", 1)]))


def test_the_same_holds_where_there_is_no_fork_server(monkeypatch):
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    with open_executor("local", workers=2, timeout_s=1.0) as executor:
        jobs = {("square", 2): "done", ("read_nothing", 0): "worker_died"}
        jobs |= {("hang_with_the_lock", 0): "study_too_slow", ("square", 3): "done"}
        assert what_became(executor.run(errands.do_as_told, jobs)) == jobs
        assert {type(one.process).__name__ for one in executor._workers} == {"SpawnProcess"}
