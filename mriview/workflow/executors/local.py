"""The local engine: worker processes of this computer, one pipe to each, all seen from the driver.

The driver always knows which job each worker has, so that a death, a hang or a hunger for memory
has an owner. A job whose worker died is done once more, since somebody may have killed it from
outside; a second death is its own. How one process is started, spoken to and ended stands in
``process``, what happens inside it in ``worker``.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from math import inf
from multiprocessing.connection import wait
from multiprocessing.reduction import ForkingPickler
from time import monotonic
from types import TracebackType
from typing import Any, Self

from mriview.errors import MriviewError, UsageError
from mriview.workflow.executors.outcome import (
    LIVES,
    Done,
    Executor,
    Job,
    Result,
    answered,
    function_not_importable,
    study_too_slow,
    worker_died,
)
from mriview.workflow.executors.process import Task, Worker, begin_early
from mriview.workflow.executors.worker import Message, Terms

JOBS_OF_A_WORKER = 500  # then another takes its place: libraries in C leak
GUARD_MARGIN_S = 5.0  # after the time for a job, when the driver was too busy to end the worker
GUARDED = "exit status 1"  # how a worker ends itself when its time is long over
STARTS = 3  # new workers in a row that end before their first job: none will ever start
ONE_THREAD = ("OMP_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")  # where workers = cores

_Answer = tuple[Any, MriviewError | None]


def open_local(
    place: str = "", *, workers: int, timeout_s: float | None, memory_bytes: int | None
) -> Executor:
    """Make the local executor: worker processes, or this very process for ``workers=0``.

    Parameters
    ----------
    place : str
        Empty: there is only one computer.
    workers : int
        Processes; they are started when there is a job for them.
    timeout_s : float or None
        A job that runs longer is stopped with its worker, and not tried again.
    memory_bytes : int or None
        Private memory of a worker. Linux holds it to that; other systems do not.

    Raises
    ------
    UsageError
        A place was given.
    """
    if place:
        found = "the engine local runs on this computer, and was given a place"
        raise UsageError("engine_place", found, "Name it without one")
    if workers == 0:
        return InProcessExecutor()
    return limited(workers, timeout_s, memory_bytes, one_thread=workers >= cores())


def begin_workers_early(workers: int, modules: Sequence[str]) -> None:
    """Let what workers import be imported from now on, beside what the driver does meanwhile.

    Parameters
    ----------
    workers : int
        As for `open_local`; for 0 nothing happens.
    modules : sequence of str
        What their jobs will need.
    """
    if workers:
        one_thread = ONE_THREAD if workers >= cores() else ()
        begin_early(modules, {name: os.environ.get(name, "1") for name in one_thread})


def limited(
    workers: int, timeout_s: float | None, memory_bytes: int | None, *, one_thread: bool
) -> "LocalExecutor":
    """Make an executor of worker processes, with what holds for each of them.

    Parameters
    ----------
    workers, timeout_s, memory_bytes
        As for `open_local`; at least one worker.
    one_thread : bool
        Whether libraries in C get one thread each, unless the environment says otherwise.
    """
    environment = dict(os.environ)
    if one_thread:
        environment = dict.fromkeys(ONE_THREAD, "1") | environment
    guard_s = None if timeout_s is None else timeout_s + GUARD_MARGIN_S
    return LocalExecutor(workers, Terms(environment, guard_s, memory_bytes), timeout_s)


class InProcessExecutor:
    """Jobs one after the other in this process, for a debugger: no retry, no limit."""

    def run(
        self, function: Callable[[Job], Result], jobs: Iterable[Job]
    ) -> Iterator[Done[Job, Result]]:
        """Do jobs in their order."""
        for job in jobs:
            result, error = answered(function, job)
            yield Done(job, result, error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave nothing behind."""


class LocalExecutor:
    """Worker processes of this computer.

    Parameters
    ----------
    workers : int
        How many at most.
    terms : Terms
        What holds for each of them.
    timeout_s : float or None
        Seconds that one job may take.
    """

    def __init__(self, workers: int, terms: Terms, timeout_s: float | None = None) -> None:
        self._count, self._terms, self._timeout_s = workers, terms, timeout_s
        self._workers: list[Worker[Any]] = []
        self._failed_starts = 0
        self._running = self._closed = False

    def run(
        self, function: Callable[[Job], Result], jobs: Iterable[Job]
    ) -> Iterator[Done[Job, Result]]:
        """Do jobs, and give what became of each as it comes; see `Executor`."""
        if self._running or self._closed:
            raise RuntimeError("an executor does one run after the other, until it is closed")
        packed = bytes(ForkingPickler.dumps(function))
        supply, again = iter(jobs), deque[Task[Job]]()
        finished: list[Done[Job, Result]] = []
        self._running = True
        try:
            while True:
                self._hand_out(packed, supply, again)  # first, so that nobody waits for the caller
                yield from finished
                self._demand_open()
                if not self._busy():
                    return
                finished = list(self._listen(again))
                self._demand_open()
        finally:
            for worker in self._busy():
                self._end(worker)
            self._running = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all workers, whatever they do."""
        self._closed = True
        for worker in tuple(self._workers):
            self._end(worker)

    def stop(self) -> None:
        """Close it from another thread than that of its run, which then raises RuntimeError."""
        self._closed = True
        for worker in tuple(self._workers):
            with suppress(ValueError):  # the run has just ended it
                worker.process.kill()

    def _demand_open(self) -> None:
        if self._closed:
            raise RuntimeError("the executor was closed in the middle of a run")

    def _busy(self) -> list[Worker[Any]]:
        return [worker for worker in self._workers if worker.task is not None]

    def _hand_out(self, packed: bytes, supply: Iterator[Job], again: deque[Task[Job]]) -> None:
        """Give every worker a job that has none, as long as there are jobs."""
        while len(self._busy()) < self._count:
            task = again.popleft() if again else next((Task(job) for job in supply), None)
            if task is None:
                return
            idle = next((worker for worker in self._workers if worker.task is None), None)
            try:
                worker = idle or self._start()
            except (OSError, EOFError) as error:  # no process to be had, or no fork server
                again.appendleft(task)
                self._count_failed_start(type(error).__name__)
                continue
            if not worker.take(packed, task):
                self._lost(worker, again)

    def _start(self) -> Worker[Any]:
        worker: Worker[Any] = Worker(self._terms, self._timeout_s)
        self._workers.append(worker)
        return worker

    def _listen(self, again: deque[Task[Job]]) -> Iterator[Done[Job, Any]]:
        """Wait until something happens, and say which jobs are done with it."""
        busy = self._busy()
        patience_s = min(worker.deadline for worker in busy) - monotonic()
        heard = wait(
            [end for worker in busy for end in (worker.pipe, worker.process.sentinel)],
            None if patience_s == inf else max(0.0, patience_s),
        )
        for worker in busy:
            task, done = worker.task, None
            if worker.pipe in heard or worker.process.sentinel in heard:
                message = worker.hear()
                done = self._died(worker, again) if message is None else self._told(worker, message)
            elif worker.is_overdue():
                done = self._overdue(worker, again)
            if done is not None and task is not None:
                yield Done(task.job, *done)

    def _told(self, worker: Worker[Any], message: Message) -> _Answer | None:
        """Follow what a worker says; an answer ends its job."""
        if message.word == "begun":
            self._failed_starts = 0
            worker.begin(message.told)
            return None
        if message.word == "unloadable":
            raise function_not_importable(message.told)
        result, error = message.told
        worker.finish()
        starved = error is not None and error.code == "memory_too_small"
        if starved or worker.jobs >= JOBS_OF_A_WORKER:  # starved: what is left lies in pieces
            self._end(worker)
        return result, error

    def _died(self, worker: Worker[Any], again: deque[Task[Any]]) -> _Answer | None:
        """Find out whose fault it is that a worker ended, and do its job once more if in doubt."""
        task = worker.task
        if task is None or not worker.has_begun:
            self._lost(worker, again)
            return None
        late = worker.is_overdue()
        how = self._end(worker, dying=True)
        if late and how == GUARDED and self._timeout_s is not None:
            return None, study_too_slow(self._timeout_s)
        task.deaths += 1
        if task.deaths >= LIVES:
            return None, worker_died(how)
        again.append(task)
        return None

    def _overdue(self, worker: Worker[Any], again: deque[Task[Any]]) -> _Answer | None:
        """End a worker whose time is over."""
        if not worker.has_begun or self._timeout_s is None:
            self._lost(worker, again, dying=False)
            return None
        self._end(worker)
        return None, study_too_slow(self._timeout_s)

    def _lost(self, worker: Worker[Any], again: deque[Task[Any]], *, dying: bool = True) -> None:
        """Give the job of a worker that did not begin it to another, unless none will ever do."""
        if worker.task is not None:
            again.appendleft(worker.task)
        is_new = worker.jobs == 0
        how = self._end(worker, dying=dying)
        if is_new:
            self._count_failed_start(how)

    def _count_failed_start(self, how: str) -> None:
        self._failed_starts += 1
        if self._failed_starts >= STARTS:
            found = f"{STARTS} worker processes in a row ended before their first job ({how})"
            remedy = "Allow more memory, or use no workers to see what happens"
            raise MriviewError("workers_do_not_start", found, remedy, {"ended": how})

    def _end(self, worker: Worker[Any], *, dying: bool = False) -> str:
        self._workers.remove(worker)
        return worker.end(dying=dying)


def cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
