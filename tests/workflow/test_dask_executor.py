"""The engine dask: the laws of the local one hold at a real cluster, made here or joined.

All processes are real, and so are their deaths. What starts a cluster takes seconds and is `long`;
one such test runs wherever the extra is installed.
"""

import json
import os
import pickle
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import errands
import pytest
from archives import an_archive, readings_of
from errands import has_ended

import mriview
from mriview.errors import MissingExtraError, MriviewError, UsageError
from mriview.workflow.executors import guarded, open_executor

TESTS = Path(errands.__file__).parent
SOON_S = 120  # how long a test waits for what should happen at once; a guard against hangs
ROOM_BYTES = errands.ROOM_BYTES


@pytest.fixture
def the_extra():
    return pytest.importorskip("distributed", reason="mriview[cluster] is not installed")


def processes_of(executor):
    """Process ids of the cluster's workers."""
    return sorted(executor._client.run(os.getpid).values())


def results(done):
    """Results by job; every job once, none failed."""
    listed = list(done)
    assert [one.error for one in listed] == [None] * len(listed)
    assert max(Counter(one.job for one in listed).values()) == 1
    return {one.job: one.result for one in listed}


def listening(process):
    """Addresses on which a process listens."""
    import psutil

    found = psutil.Process(process).net_connections("inet")
    return {one.laddr.ip for one in found if one.status == psutil.CONN_LISTEN}


# --- what needs no cluster


def test_without_the_extra_the_engine_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mriview\[cluster\]'"):
        open_executor("dask", workers=2)


@pytest.mark.parametrize(
    ("engine", "workers", "code"),
    [
        ("dask", 0, "engine_number"),
        ("dask=somewhere", 2, "engine_place"),
        ("dask=nowhere.json", 2, "engine_place"),
    ],
)
@pytest.mark.usefixtures("the_extra")
def test_a_place_that_is_none_is_refused(engine, workers, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=code):
        open_executor(engine, workers=workers)


@pytest.fixture
def guard():
    """Does one job as a worker of a cluster does; its processes end with the test."""

    def do(function, job, owner="one", version=mriview.__version__):
        sealed = (pickle.dumps(function), pickle.dumps(job))
        packed, error = guarded.do_guarded(version, *sealed, guarded.Limits(owner))
        return (pickle.loads(packed) if packed else None), error

    yield do
    for owner in ("one", "other"):
        guarded.end_guards(owner)
    assert not guarded._GUARDS
    guarded._LEFT.clear()


def test_a_job_at_a_worker_is_done_in_a_process_below_it_and_the_next_one_too(guard):
    below, error = guard(errands.process_of, 0)
    assert error is None
    assert below != os.getpid()
    assert guard(errands.process_of, 1) == (below, None)


def test_a_job_that_kills_is_told_and_the_worker_of_the_cluster_lives(guard):
    assert guard(errands.read_nothing, 0)[1].evidence == {"ended": "SIGSEGV", "processes": 2}
    assert guard(errands.square, 3) == (9, None)


def test_another_executor_gets_another_process(guard):
    below, _ = guard(errands.process_of, 0)
    other, _ = guard(errands.process_of, 0, owner="other")
    assert other != below
    assert has_ended(below)


def test_a_worker_with_another_version_does_nothing(guard):
    assert guard(errands.square, 3, version="0.0.1")[1].code == "engine_other_version"


def test_a_job_whose_executor_was_left_is_stopped_and_none_of_its_jobs_begins(guard, tmp_path):
    pipe = tmp_path / "begun"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as worker:
        under_way = worker.submit(guard, errands.say_so_and_hang, str(pipe))
        (below,) = pipe.read_text().split()
        guarded.end_guards("one")
        assert under_way.result(SOON_S)[1] is not None
    assert has_ended(below)
    assert guard(errands.square, 3)[1] is not None
    assert guard(errands.square, 3, owner="other") == (9, None)


# --- a cluster made here


@pytest.mark.usefixtures("the_extra")
def test_a_cluster_of_this_computer_does_jobs_and_is_seen_by_nobody_else():
    before = set(os.environ)
    with open_executor("dask", workers=1, timeout_s=SOON_S) as executor:
        (worker,) = processes_of(executor)
        assert results(executor.run(errands.square, range(5))) == {n: n * n for n in range(5)}
        (below,) = results(executor.run(errands.process_of, [0])).values()
        assert below not in (worker, os.getpid())
        assert listening(os.getpid()) | listening(worker) == {"127.0.0.1"}
        assert not (set(os.environ) - before) & {"OMP_NUM_THREADS", "MKL_NUM_THREADS"}
    assert has_ended(worker)
    assert has_ended(below)


@pytest.fixture
def cluster(the_extra):
    limits = {"timeout_s": 2.0, "memory_bytes": ROOM_BYTES}
    with open_executor("dask", workers=2, **limits) as executor:
        yield executor


@pytest.mark.long
def test_harmful_jobs_cost_themselves_alone(cluster):
    jobs = {
        ("square", 3): "done",
        ("kill_worker", 0): "worker_died",
        ("hang", 0): "study_too_slow",
        ("read_nothing", 0): "worker_died",
        ("give_a_lock", 0): "study_failed",
        ("give_a_trap", 0): "study_failed",
        ("refuse", 2.0): "slice_gap",
        ("break_down", "a name"): "study_failed",
        ("hang_with_the_lock", 0): "study_too_slow",
        ("fill", 2 * ROOM_BYTES): "memory_too_small",
        ("square", 4): "done",
    }
    done = list(cluster.run(errands.do_as_told, jobs))
    assert {one.job: one.error.code if one.error else "done" for one in done} == jobs
    assert len(done) == len(jobs)
    assert not [one for one in done if "a name" in f"{one.error}"]


@pytest.mark.long
def test_workers_killed_in_mid_run_lose_nothing_and_double_nothing(cluster):
    """Both kinds die: the worker of the cluster, and the process below it that does the job."""
    workers, below, done = processes_of(cluster), set(), {}
    jobs = [("process_of" if number % 10 == 0 else "square", number) for number in range(300)]
    for one in cluster.run(errands.do_as_told, jobs):
        assert one.job not in done
        assert one.error is None
        done[one.job] = one.result
        if one.job[0] == "process_of":
            below.add(one.result)
            os.kill(one.result, signal.SIGKILL)
        if len(done) in (60, 180):
            os.kill(workers.pop(), signal.SIGKILL)
    assert not workers
    assert len(below) > 10
    assert set(done) == set(jobs)
    assert {job: n for job, n in done.items() if job[0] == "square"} == {
        job: job[1] ** 2 for job in jobs if job[0] == "square"
    }


@pytest.mark.long
def test_a_job_that_ends_the_workers_of_the_cluster_is_given_up_and_named(cluster):
    jobs = [("square", 1), ("kill_worker_of_the_cluster", 0), *(("square", n) for n in range(2, 9))]
    done = {one.job: one for one in cluster.run(errands.do_as_told, jobs)}
    error = done.pop(("kill_worker_of_the_cluster", 0)).error
    assert (error.code, error.evidence["processes"]) == ("worker_died", 4)
    assert {one.result for one in done.values()} == {n * n for n in range(1, 9)}


@pytest.mark.long
def test_jobs_are_taken_when_there_is_room_for_them(cluster):
    taken = []

    def endless():
        for number in iter(int, 1):
            taken.append(number)
            yield len(taken)

    running = cluster.run(errands.square, endless())
    for given_out in range(1, 30):
        next(running)
        assert len(taken) <= given_out + 2 * 2
    running.close()
    assert results(cluster.run(errands.square, range(3))) == {0: 0, 1: 1, 2: 4}


@pytest.mark.long
def test_a_function_that_workers_cannot_import_is_refused(cluster, monkeypatch):
    function = type(errands.square)(errands.square.__code__, {}, "of_a_script")
    function.__module__, function.__qualname__ = "__main__", "of_a_script"
    monkeypatch.setattr("__main__.of_a_script", function, raising=False)
    with pytest.raises(UsageError, match="function_not_importable"):
        list(cluster.run(function, [1]))


def left_in(folder):
    files = [folder / "results.csv", folder / "problems.jsonl", folder / "keys.csv"]
    files += [*(folder / "tables").iterdir(), *(folder / "reports").iterdir()]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


@pytest.mark.long
@pytest.mark.usefixtures("the_extra")
def test_a_run_at_a_cluster_whose_workers_were_killed_leaves_what_a_local_one_leaves(tmp_path):
    from mriview.workflow.batch import BatchSettings, batch

    root = an_archive(tmp_path / "archive", 40)
    reviews = readings_of(root, tmp_path / "reviews", 20)
    killed = []

    def kill_now_and_then(progress):
        if progress.stage == "reading" and progress.done in (5, 25):
            victim = next(one for one in workers_below() if one.pid not in killed)
            killed.append(victim.pid)
            victim.kill()

    for engine, tell in (("local", lambda _: None), ("dask", kill_now_and_then)):
        out = tmp_path / engine
        batch(BatchSettings(root, out, reviews=reviews, workers=2, engine=engine), tell)
    assert len(killed) == 2
    assert left_in(tmp_path / "dask") == left_in(tmp_path / "local")
    assert len((tmp_path / "dask/results.csv").read_text().splitlines()) == 41


def workers_below():
    """Workers of the cluster that this process made."""
    import psutil

    below = psutil.Process().children()
    return [one for one in below if any("spawn_main" in word for word in one.cmdline())]


SCRIPT = """
import sys
print("begun", __name__, flush=True)
sys.path.insert(0, {tests!r})
import errands
from mriview.workflow.executors import open_executor
with open_executor("dask", workers=2) as executor:
    for done in executor.run(errands.do_as_told, [("square", 3), ("kill_worker", 0), {more}]):
        print(done.result, flush=True)
print(__spec__)
"""


def script(folder, more=""):
    path = folder / "count.py"
    path.write_text(SCRIPT.format(tests=str(TESTS), more=more))
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, path], text=True, start_new_session=True, **streams)


@pytest.mark.long
@pytest.mark.usefixtures("the_extra")
def test_a_script_without_a_guard_runs_once(tmp_path):
    with script(tmp_path) as program:
        told, said = program.communicate(timeout=SOON_S)
    assert told.splitlines()[:1] + told.splitlines()[-1:] == ["begun __main__", "None"]
    assert sorted(told.splitlines()[1:-1]) == ["9", "None"]
    assert said == ""


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.usefixtures("the_extra")
def test_all_processes_end_with_the_driver(tmp_path, how):
    with script(tmp_path, "('hang', 0), ('hang', 1)") as program:
        assert {program.stdout.readline() for _ in range(3)} == {
            "begun __main__\n",
            "9\n",
            "None\n",
        }
        if how == signal.SIGINT:
            os.killpg(program.pid, how)  # as the terminal does
        else:
            program.kill()
        told, said = program.communicate(timeout=SOON_S)  # until the last of them has ended
    assert told == ""
    if how == signal.SIGINT:
        assert said.count("Traceback") == 1
        assert said.endswith("KeyboardInterrupt\n")


# --- a scheduler that is there


@contextmanager
def at_work(module, *arguments, folder):
    """Run a program of Dask in its own session; it ends with the block."""
    command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments]
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    with (
        (folder / f"{module}.log").open("w") as log,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        ) as program,
    ):
        try:
            yield program
        finally:
            program.terminate()


@pytest.fixture
def scheduler(the_extra, tmp_path):
    """A scheduler with two workers, as a site would have: its process, and its file."""
    here = ("--host", "127.0.0.1", "--scheduler-file", "scheduler.json", "--no-dashboard")
    more = ("--nworkers", "2", "--nthreads", "1", "--local-directory", str(tmp_path))
    with (
        at_work("dask_scheduler", *here, "--port", "0", folder=tmp_path) as program,
        at_work("dask_worker", *here, *more, folder=tmp_path),  # waits for the file by itself
    ):
        file = tmp_path / "scheduler.json"
        with the_extra.Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=SOON_S)
        yield program, file


@pytest.mark.long
def test_a_running_scheduler_is_joined_by_its_file_and_by_its_address(scheduler):
    program, file = scheduler
    address = json.loads(file.read_text())["address"]
    for place in (file, address):
        with open_executor(f"dask={place}", workers=1, timeout_s=SOON_S) as executor:
            done = results(executor.run(errands.do_as_told, [("process_of", n) for n in range(9)]))
            workers = processes_of(executor)
        assert len(workers) == 2
        assert all(has_ended(below) for below in done.values())
        assert not any(has_ended(worker) for worker in workers)
    assert program.poll() is None


@pytest.mark.long
def test_what_is_left_at_a_running_scheduler_is_stopped_there(scheduler):
    _, file = scheduler
    with open_executor(f"dask={file}", workers=1) as executor:
        jobs = [("process_of", 0), ("hang", 0), ("hang", 1)]
        assert next(executor.run(errands.do_as_told, jobs)).error is None
    with open_executor(f"dask={file}", workers=1) as executor:  # both workers are free again
        jobs = [("process_of", number) for number in range(8)]
        assert len(results(executor.run(errands.do_as_told, jobs))) == 8


@pytest.mark.long
def test_a_scheduler_that_ends_in_mid_run_ends_the_run(scheduler):
    program, file = scheduler
    with open_executor(f"dask={file}", workers=1) as executor:
        running = executor.run(errands.do_as_told, [("square", 0), ("hang", 0), ("hang", 1)])
        assert next(running).result == 0
        program.kill()
        with pytest.raises(MriviewError, match="engine_lost"):
            next(running)


@pytest.mark.long
@pytest.mark.usefixtures("the_extra")
def test_a_scheduler_that_does_not_answer_is_named_as_such(monkeypatch):
    import socket

    from mriview.workflow.executors import dask

    monkeypatch.setattr(dask, "CONNECT_S", 1.0)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(UsageError, match="engine_not_reached"):
            open_executor(f"dask={address}", workers=1)
