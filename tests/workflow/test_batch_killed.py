"""Runs that are killed: the driver, a worker, by Ctrl+C; what is left goes on to the same table."""

import os
import random
import re
import select
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest
from archives import an_archive, readings_of

pytestmark = pytest.mark.whole

SOON_S = 120  # how long a test waits for what should happen at once; a guard against hangs
PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
from mriview.cli import main
main()
"""
LOOK_S = 0.02  # between two looks at what a run has written


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """Twenty tiny studies with fourteen readings, and what an undisturbed run leaves of them."""
    return Undisturbed(tmp_path_factory.mktemp("twenty"), 20, 14)


class Undisturbed:
    """An archive with readings, and the tables of a run that nobody disturbed."""

    def __init__(self, folder: Path, count: int, readings: int) -> None:
        self.root = an_archive(folder / "archive", count)
        self.reviews = readings_of(self.root, folder / "reviews", readings)
        self.out, self.count = folder / "undisturbed", count
        finished(started(self, self.out))
        self.left = left_in(self.out)


def started(studies, out, *words):
    """Start a run as a process of its own, as a person does."""
    command = [sys.executable, "-c", PROGRAM, "batch", str(studies.root), "--out", str(out)]
    more = ["--reviews", str(studies.reviews), "--workers", "2", *words]
    return subprocess.Popen([*command, *more], stderr=subprocess.PIPE, stdout=subprocess.PIPE)


def left_in(out):
    """Every byte of tables and reports, by file."""
    files = [out / "results.csv", out / "problems.jsonl", out / "keys.csv"]
    files += [*(out / "tables").iterdir(), *(out / "reports").iterdir()]
    return {file.relative_to(out).as_posix(): file.read_bytes() for file in files}


def rows_in(out):
    """How many studies the database holds, while the run goes on."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"file:{out}/results.sqlite?mode=ro", uri=True)) as seen,
    ):
        return seen.execute("SELECT count(*) FROM run_studies").fetchone()[0]
    return 0


def until(process, out, rows):
    """Wait until a run has written so many rows, or has ended."""
    while rows_in(out) < rows:
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_S)
            return


def workers_of(process):
    """Processes below a process that do jobs: those that hold memory of their own."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            said = re.sub(r"\(.*\)", "()", (folder / "stat").read_text())
            parents[int(folder.name)] = int(said.split()[3])
    below = {process.pid}
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    forkservers = {pid for pid in below if parents.get(pid) == process.pid}
    return sorted(pid for pid in below - {process.pid} if parents.get(pid) in forkservers)


def finished(process):
    out, err = process.communicate(timeout=SOON_S * 10)
    assert process.returncode == 0, err
    return out.decode()


def kill_twice(studies, out, seed):
    """Kill the driver of a run at one moment, a worker of the next at another, and end it."""
    moments = random.Random(seed)
    first = started(studies, out)
    until(first, out, moments.randrange(1, studies.count // 2))
    workers = [os.pidfd_open(worker) for worker in workers_of(first)]
    first.kill()
    first.communicate()
    for worker in workers:
        assert select.select([worker], [], [], SOON_S)[0], "a worker outlives its driver"
        os.close(worker)
    before = rows_in(out)
    assert before < studies.count
    second = started(studies, out, "--resume")
    until(second, out, moments.randrange(before + 1, studies.count))
    for worker in workers_of(second)[:1]:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    finished(second)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("seed", [1])
def test_a_run_that_was_killed_twice_leaves_what_an_undisturbed_one_does(seed, studies, tmp_path):
    kill_twice(studies, tmp_path / "out", seed)
    assert left_in(tmp_path / "out") == studies.left


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_writes_what_is_safe_and_goes_on(number, studies, tmp_path):
    out = tmp_path / "out"
    process = started(studies, out)
    until(process, out, 3)
    process.send_signal(number)
    _, err = process.communicate(timeout=SOON_S)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert re.search(rb"\d+ of \d+ studies are done; the same command with --resume goes on", err)
    table = (out / "results.csv").read_text().splitlines()
    assert len(table) - 1 == rows_in(out) < studies.count
    assert '"finished": false' in (out / "run.json").read_text()
    finished(started(studies, out, "--resume"))
    assert left_in(out) == studies.left


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_three_hundred_studies_with_two_hundred_readings_survive_being_killed(tmp_path):
    studies = Undisturbed(tmp_path / "all", 300, 200)
    for seed in range(5):
        kill_twice(studies, tmp_path / str(seed), seed)
        assert left_in(tmp_path / str(seed)) == studies.left
