"""How executors end, and what surrounds their workers: signals, terminals, variables, modules."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import errands
import pytest
from errands import has_ended

from mriview.workflow.executors import local, open_executor

TESTS = Path(errands.__file__).parent
SOON_S = 60  # how long a test waits for what should happen at once; a guard against hangs


@pytest.fixture(scope="module")
def two_workers():
    with open_executor("local", workers=2) as executor:
        yield executor


def results(done):
    return {one.job: one.result for one in done}


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
