"""The engine dask: jobs at the workers of a Dask cluster, made here or running elsewhere.

What ``mriview[cluster]`` installs is imported when the engine is opened, not before. Jobs are
guarded where they run (``guarded``); here is only what goes to the scheduler and comes from it.
A scheduler without TLS takes code from everyone who reaches it: ours listens on this computer only.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from itertools import islice
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import mriview
from mriview.errors import MissingExtraError, MriviewError, UsageError
from mriview.workflow.executors.guarded import Limits, do_guarded, end_guards
from mriview.workflow.executors.outcome import (
    AHEAD,
    Done,
    Executor,
    Job,
    Result,
    answered,
    function_not_importable,
    worker_died,
)
from mriview.workflow.executors.process import main_runs_once, untorn

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_S = 10.0  # a scheduler that is there answers in one
ENDS_THE_RUN = {"function_not_importable", "workers_do_not_start", "engine_other_version"}
# What a cluster made here does without: variables for threads, which `guarded` sets, and pages.
QUIET: dict[str, Any] = {
    "distributed.nanny.pre-spawn-environ": {},
    "distributed.nanny.environ": {},
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


def open_dask(
    place: str = "", *, workers: int, timeout_s: float | None, memory_bytes: int | None
) -> Executor:
    """Make an executor at a Dask cluster.

    Parameters
    ----------
    place : str
        Empty for a cluster of processes of this computer, which ends with the executor; the address
        of a running scheduler (``tcp://host:8786``); or a scheduler file (``name.json``).
    workers : int
        Processes of the cluster made here. At a running scheduler, jobs wait for at least so many,
        and for as many threads as it has.
    timeout_s, memory_bytes
        Kept where the job runs, below the worker of the cluster, as by the local engine.

    Raises
    ------
    MissingExtraError
        `distributed` is not installed (``engine_missing``).
    UsageError
        The place is none, or nobody answers there.

    Notes
    -----
    A job whose Dask worker dies is given to another by the scheduler, as often as its own setting
    ``allowed-failures`` says (three times if nobody set it). When the executor is left, what it
    began is stopped at the workers, also at those of a cluster that goes on. A driver that was
    killed leaves the jobs that run at such a cluster to end by themselves.
    """
    try:
        import distributed  # noqa: F401 (whether it is there)
    except ImportError as error:
        found = "the engine dask is not installed"
        remedy = "Run pip install 'mriview[cluster]'"
        raise MissingExtraError("engine_missing", found, remedy) from error
    if not place and workers == 0:
        found = "a cluster of no workers does nothing"
        raise UsageError("engine_number", found, "Ask for one, or use the engine local")
    return DaskExecutor(place, workers, Limits(uuid4().hex, timeout_s, memory_bytes))


class DaskExecutor:
    """Jobs at a Dask cluster; see `open_dask`."""

    def __init__(self, place: str, workers: int, limits: Limits) -> None:
        self._workers, self._limits = workers, limits
        self._running = self._closed = False
        self._under_way: dict[object, tuple[Future[Any], Any]] = {}
        with ExitStack() as ends:
            client = _joined(place, ends) if place else _started(workers, ends)
            self._client: Client = client
            self._is_ours = not place
            self._ends = ends.pop_all()

    def run(
        self, function: Callable[[Job], Result], jobs: Iterable[Job]
    ) -> Iterator[Done[Job, Result]]:
        """Do jobs, and give what became of each as it comes; see `Executor`."""
        from distributed import as_completed

        if self._running or self._closed:
            raise RuntimeError("an executor does one run after the other, until it is closed")
        packed = bytes(ForkingPickler.dumps(function))
        supply = iter(jobs)
        under_way: dict[object, tuple[Future[Any], Job]] = {}
        self._under_way = under_way
        completed = as_completed(loop=self._client.loop, with_results=True, raise_errors=False)
        finished: Done[Job, Result] | None = None
        self._running = True
        try:
            while True:
                window = AHEAD * max(self._workers, self._threads())
                for job in islice(supply, max(0, window - len(under_way))):
                    future = self._submit(packed, job)
                    under_way[future.key] = future, job
                    completed.add(future)
                if finished is not None:
                    yield finished
                if self._closed:
                    raise RuntimeError("the executor was closed in the middle of a run")
                if not under_way:
                    return
                future, answer = next(completed)
                _, job = under_way.pop(future.key)
                finished = _done(job, future, answer)
                future.release()
        finally:
            self._running = False
            self._give_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the cluster, and end it if it was made here."""
        self._closed = True
        with self._ends:
            self._give_up()
            if self._client.status == "running":
                with suppress(OSError, RuntimeError):  # a worker that is gone has ended them
                    self._client.run(end_guards, self._limits.owner, on_error="ignore")

    def _give_up(self) -> None:
        """Let the scheduler forget what it was given and has not answered."""
        if self._under_way and self._client.status == "running":
            self._client.cancel([future for future, _ in self._under_way.values()])
        self._under_way.clear()

    def _threads(self) -> int:
        """Jobs that the cluster can do at a time, as it is now."""
        if self._is_ours:
            return self._workers
        with suppress(OSError):  # a scheduler that is gone is seen where its answers are missing
            return int(self._client.scheduler_info(n_workers=0)["total_threads"])
        return self._workers

    def _submit(self, packed: bytes, job: object) -> "Future[Any]":
        packed_job = bytes(ForkingPickler.dumps(job))
        if self._client.status != "running":
            raise _engine_lost()
        return self._client.submit(
            do_guarded, mriview.__version__, packed, packed_job, self._limits, pure=False
        )


def _done(job: Job, future: "Future[Any]", answer: Any) -> Done[Job, Any]:
    """Say what became of a job; what would befall every other one as well ends the run."""
    from distributed import KilledWorker

    if future.status == "finished":
        packed, error = answer
        if error is not None and error.code in ENDS_THE_RUN:
            raise error
        if error is None:
            result, error = answered(ForkingPickler.loads, packed)
            return Done(job, result, error)
        return Done(job, None, error)
    if future.status != "error":  # cancelled, lost: the scheduler does not know it any more
        raise _engine_lost()
    error = future.exception()
    if isinstance(error, KilledWorker):
        return Done(job, None, worker_died("workers of the cluster", error.allowed_failures + 1))
    raise function_not_importable(type(error).__name__)


def _engine_lost() -> MriviewError:
    found = "the scheduler ended in the middle of the run"
    return MriviewError("engine_lost", found, "Start it again, and the run with --resume")


def _started(workers: int, ends: ExitStack) -> "Client":
    """Make a cluster of processes of this computer; all ends with ``ends``."""
    import dask.config
    from distributed import Client, LocalCluster

    folder = ends.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))
    ends.enter_context(main_runs_once)  # workers that died are started again meanwhile
    ends.enter_context(dask.config.set(QUIET))
    with untorn():
        cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # without any, it takes 8787 and serves there
            memory_limit=None,
            local_directory=folder,
            silence_logs=logging.CRITICAL,  # they show arguments, and paths are arguments
        )
    ends.enter_context(cluster)
    client: Client = ends.enter_context(Client(cluster, set_as_default=False))
    return client


def _joined(place: str, ends: ExitStack) -> "Client":
    """Join a running scheduler."""
    from distributed import Client
    from distributed.utils import silence_logging_cmgr

    if place.endswith(".json"):
        if not Path(place).is_file():
            raise UsageError(
                "engine_place", "there is no such scheduler file", "Start the scheduler before"
            )
        where: dict[str, Any] = {"scheduler_file": place}
    elif "://" in place:
        where = {"address": place}
    else:
        found = "neither an address nor a file of a scheduler follows the name of the engine"
        raise UsageError("engine_place", found, "Give dask=tcp://host:8786 or dask=FILE.json")
    ends.enter_context(silence_logging_cmgr(logging.CRITICAL))
    try:
        client: Client = ends.enter_context(
            Client(timeout=CONNECT_S, set_as_default=False, **where)
        )
    except (OSError, ValueError) as error:
        found = f"no scheduler answered within {CONNECT_S:g} s"
        remedy = "Start one, and look at its address and at the firewall"
        raise UsageError("engine_not_reached", found, remedy) from error
    return client
