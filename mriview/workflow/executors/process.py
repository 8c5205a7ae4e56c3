"""A worker of the local engine, seen from the driver: starting it, talking to it, ending it.

Which job it gets, and what follows from its end, ``local`` decides; what it does inside stands in
``worker``.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from math import inf
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from time import monotonic
from typing import Any, Generic

from mriview.workflow.executors.outcome import Job, answered
from mriview.workflow.executors.worker import Message, Terms, work

START_S = 120.0  # until a function is imported; a cold network disk takes 20
EXIT_S = 5.0  # until the system says how a process ended


@dataclass(slots=True, eq=False)
class Task(Generic[Job]):
    """A job, and how many workers it has cost."""

    job: Job
    deaths: int = 0


class Worker(Generic[Job]):
    """A worker process as the driver sees it."""

    def __init__(self, terms: Terms, timeout_s: float | None) -> None:
        self._timeout_s = timeout_s or inf
        self._function: bytes | None = None
        self.task: Task[Job] | None = None
        self.has_begun, self.jobs = False, 0
        self.deadline = inf
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = _new_process(target=work, args=(theirs, terms), daemon=True)
        with theirs, main_runs_once, untorn():
            self.process.start()

    def take(self, packed: bytes, task: Task[Job]) -> bool:
        """Send a job, with the function if it is another one; False where nobody is left."""
        known = packed == self._function
        packed_job = bytes(ForkingPickler.dumps(task.job))
        message = ForkingPickler.dumps((None if known else packed, packed_job))
        self.task, self.has_begun, self.deadline = task, False, monotonic() + START_S
        try:
            self.pipe.send_bytes(message)
        except OSError:
            return False
        self._function = packed
        return True

    def begin(self, began: float) -> None:
        """Let the time of the job run, from when it began there."""
        self.has_begun, self.deadline = True, began + self._timeout_s

    def is_overdue(self) -> bool:
        """Whether its time is over."""
        return monotonic() >= self.deadline

    def finish(self) -> None:
        """Have no job any more."""
        self.task, self.deadline = None, inf
        self.jobs += 1

    def hear(self) -> Message | None:
        """Read what it says; None where it will never say anything again."""
        try:
            packed = self.pipe.recv_bytes() if self.pipe.poll() else None
        except (EOFError, OSError):
            return None
        if packed is None:
            return None
        message, error = answered(ForkingPickler.loads, packed)
        return message if error is None else Message("answered", (None, error))

    def end(self, *, dying: bool = False) -> str:
        """End the process, and say how it ended; one that is dying does so by itself."""
        if dying:
            self.process.join(EXIT_S)
        self.process.kill()
        self.pipe.close()
        self.process.join(EXIT_S)
        self.task = None
        code = self.process.exitcode
        if code is None:
            return "not ended"
        self.process.close()
        return _how(code)


def begin_early(modules: Sequence[str], variables: Mapping[str, str]) -> None:
    """Let the process from which workers are split off begin now, with modules imported.

    What they import takes a second, once instead of in each worker, and while the driver itself is
    still importing. Where such a process runs already, or the system has none, nothing happens.

    Parameters
    ----------
    modules : sequence of str
        What the jobs will need. One that cannot be imported is left to the worker, which says so.
    variables : mapping of str
        Environment in which they are imported, beside the driver's own.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return
    from multiprocessing import forkserver

    before = {name: os.environ.get(name) for name in variables}
    multiprocessing.get_context("forkserver").set_forkserver_preload(list(modules))
    try:
        os.environ.update(variables)
        with main_runs_once, untorn():
            forkserver.ensure_running()
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _new_process(**how: Any) -> BaseProcess:
    """Make a process that inherits no descriptor and no thread of the driver."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("forkserver").Process(**how)
    return multiprocessing.get_context("spawn").Process(**how)


def _how(exit_code: int) -> str:
    """Say how a process ended, by the name of the signal where it was one."""
    if exit_code >= 0:
        return f"exit status {exit_code}"
    try:
        return signal.Signals(-exit_code).name
    except ValueError:  # a real-time signal has no name
        return f"signal {-exit_code}"


class _MainRunsOnce:
    """Lets processes that begin meanwhile leave the user's script alone.

    `multiprocessing` imports the driver's main module in its children, by the name or the file
    that it finds there; a script without a guard would start everything anew in each worker. A main
    module of this name is the one kind that it does not import. Several threads may need it so.
    """

    def __init__(self) -> None:
        self._lock, self._count = threading.Lock(), 0
        self._spec: object = None

    def __enter__(self) -> None:
        with self._lock:
            if self._count == 0:
                main = vars(sys.modules["__main__"])
                self._spec = main.get("__spec__")
                main["__spec__"] = ModuleSpec("__main__", None)
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._count -= 1
            if self._count == 0:
                vars(sys.modules["__main__"])["__spec__"] = self._spec


main_runs_once = _MainRunsOnce()


@contextmanager
def untorn() -> Iterator[None]:
    """Hold Ctrl+C back, also from a process that begins meanwhile, until it ignores it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # or it is started meanwhile, and lets Ctrl+C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
