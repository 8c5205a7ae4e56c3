"""Executors: what a crash, a hang or a hunger for memory costs; real processes, real deaths.

Whatever is waited for is an event: a pipe that ends with its process, or that it writes into.
"""

import multiprocessing
import operator
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from functools import partial
from importlib.metadata import EntryPoint, EntryPoints
from multiprocessing.connection import wait
from pathlib import Path
from types import FunctionType

import errands
import pytest
from errands import ROOM_BYTES, has_ended
from hypothesis import given, settings
from hypothesis import strategies as some

from mriview.errors import MissingExtraError, MriviewError, ScanError, UsageError
from mriview.workflow import executors
from mriview.workflow.executors import Done, local, open_executor, process
from mriview.workflow.executors.local import LocalExecutor
from mriview.workflow.executors.worker import Terms

TESTS = Path(errands.__file__).parent
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


# --- ends


def test_leaving_ends_every_worker_also_in_the_middle_of_a_run():
    with open_executor("local", workers=2) as executor:
        running = executor.run(errands.do_as_told, [("process_of", 0), ("hang", 0), ("hang", 1)])
        workers = {next(running).result, *(one.process.pid for one in executor._workers)}
        assert len(workers) == 2
    assert all(has_ended(worker) for worker in workers)
    with pytest.raises(RuntimeError, match="closed"):
        next(running)


def test_a_run_that_is_given_up_stops_what_it_began(two_workers):
    running = two_workers.run(errands.do_as_told, [("square", 0), ("hang", 0), ("hang", 1)])
    next(running)
    running.close()
    assert not [one for one in two_workers._workers if one.task]
    assert results(two_workers.run(errands.square, range(3))) == {0: 0, 1: 1, 2: 4}


DRIVER = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
sys.path.insert(0, {tests!r})
import errands
from mriview.workflow.executors import open_executor
with open_executor("local", workers=2) as executor:
    jobs = [("square", 0), ({errand!r}, 1), ({errand!r}, 2)]
    for done in executor.run(errands.do_as_told, jobs):
        print("running", *(one.process.pid for one in executor._workers), flush=True)
"""


def driver(errand="hang", **more):
    """A program that runs jobs without end; says so in a line."""
    code = DRIVER.format(tests=str(TESTS), errand=errand)
    command = [sys.executable, "-c", code]
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, text=True, start_new_session=True, **streams, **more)


@pytest.mark.parametrize("errand", ["hang", "hang_with_the_lock"])
def test_workers_end_with_a_driver_that_was_killed(errand):
    if errand == "hang_with_the_lock" and sys.platform != "linux":
        pytest.skip("other systems send no signal when a pipe ends")
    with driver(errand) as program:
        line = program.stdout.readline().split()
        program.kill()
        # the fork server holds these streams until its last worker has ended
        rest, said = program.communicate(timeout=SOON_S)
    assert line[0] == "running"
    assert len(line) == 3
    assert (rest, said) == ("", "")
    assert all(has_ended(int(worker)) for worker in line[1:])


def test_ctrl_c_ends_driver_and_workers_and_only_the_driver_says_so():
    with driver() as program:
        line = program.stdout.readline().split()
        os.killpg(program.pid, signal.SIGINT)  # as the terminal does
        _, said = program.communicate(timeout=SOON_S)
    assert said.count("Traceback") == 1
    assert said.endswith("KeyboardInterrupt\n")
    assert all(has_ended(int(worker)) for worker in line[1:])


@pytest.mark.skipif(sys.platform != "linux", reason="looks for signals in /proc")
def test_ctrl_c_tears_no_worker_that_is_just_starting():
    """Its fork server holds the signal back; the worker lets it go when it ignores it."""
    with driver() as program:
        worker = Path("/proc") / program.stdout.readline().split()[1]
        parent = re.search(r"PPid:\s+(\d+)", (worker / "status").read_text())[1]
        blocked, _ = signals_of(Path("/proc") / parent)
        mine, ignored = signals_of(worker)
        program.kill()
        program.communicate(timeout=SOON_S)
    assert signal.SIGINT in blocked
    assert signal.SIGINT not in mine
    assert signal.SIGINT in ignored


def signals_of(process):
    """Signals that a process blocks, and those it ignores."""
    status = (process / "status").read_text()
    masks = [int(re.search(rf"{name}:\s+(\w+)", status)[1], 16) for name in ("SigBlk", "SigIgn")]
    return [{number for number in range(1, 65) if mask >> (number - 1) & 1} for mask in masks]


SCRIPT = """
import sys
print("begun", __name__)
sys.path.insert(0, {tests!r})
import errands
from mriview.workflow.executors import open_executor
with open_executor("local", workers=2) as executor:
    print(sorted(done.result for done in executor.run(errands.do_as_told, {jobs})))
print(__spec__, __file__ == {script!r})
"""


def test_a_script_without_a_guard_runs_once(tmp_path):
    script = tmp_path / "count.py"
    jobs = [("square", 2), ("square", 3)]
    script.write_text(SCRIPT.format(tests=str(TESTS), jobs=jobs, script=str(script)))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["begun __main__", "[4, 9]", "None True"]
    assert done.stderr == ""


def test_workers_write_nothing_to_a_terminal(tmp_path):
    script = tmp_path / "silence.py"
    jobs = "[('say_much', 'Mustermann'), ('kill_worker', 0), ('read_nothing', 0), ('hang', 0)]"
    lines = SCRIPT.format(tests=str(TESTS), jobs=jobs, script=str(script))
    lines = lines.replace("workers=2", "workers=2, timeout_s=1.0")
    lines = lines.replace("print(sorted(done.result", "print(sorted(bool(done.error)")
    script.write_text(lines)
    command = [sys.executable, "-X", "faulthandler", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1] == "[False, True, True, True]"
    assert "Mustermann" not in done.stdout + done.stderr
    assert done.stderr == ""
    assert not [one for one in tmp_path.iterdir() if "core" in one.name]


# --- surroundings


def test_workers_see_the_variables_of_the_driver_as_they_are_now(two_workers, monkeypatch):
    assert results(two_workers.run(errands.process_of, range(2)))  # the fork server runs by now
    monkeypatch.setenv("MRIVIEW_LIMIT_FILES", "17")
    names = ("MRIVIEW_LIMIT_FILES",)
    with open_executor("local", workers=1) as executor:
        assert results(executor.run(errands.variables, [names])) == {names: ["17"]}


@pytest.mark.parametrize(("cores", "threads"), [(4, None), (1, "1")])
def test_a_worker_for_each_core_uses_one_thread(monkeypatch, cores, threads):
    monkeypatch.setattr(local, "cores", lambda: cores)
    for name in local.ONE_THREAD:
        monkeypatch.delenv(name, raising=False)
    with open_executor("local", workers=1) as executor:
        done = results(executor.run(errands.variables, [local.ONE_THREAD]))
    assert done == {local.ONE_THREAD: [threads, threads]}


def test_what_the_user_says_of_threads_holds(monkeypatch):
    monkeypatch.setattr(local, "cores", lambda: 1)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    with open_executor("local", workers=1) as executor:
        assert results(executor.run(errands.variables, [local.ONE_THREAD])) == {
            local.ONE_THREAD: ["3", "1"]
        }


PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
import errands
from mriview.workflow.executors import open_executor
from mriview.workflow.executors.local import begin_workers_early
begin_workers_early({workers}, ["email.mime.text", "no.such.module"])
with open_executor("local", workers=1) as executor:
    for done in executor.run(errands.modules, [0]):
        print(*done.result)
"""


def modules_of_a_worker(begun_early):
    code = PROGRAM.format(tests=str(TESTS), workers=begun_early)
    command = [sys.executable, "-c", code]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_a_worker_imports_nothing_but_what_its_jobs_need():
    loaded = modules_of_a_worker(begun_early=0)
    assert not {"numpy", "pydicom", "pydantic", "pytest", "click", "email.mime.text"} & loaded


@pytest.mark.skipif(sys.platform != "linux", reason="has no fork server")
def test_what_workers_need_is_imported_before_they_begin():
    assert "email.mime.text" in modules_of_a_worker(begun_early=1)


# --- engines


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
        assert results(executor.run(errands.square, [5])) == {5: 25}
