"""A job at a worker of a cluster: done in a process of its own below it, by the local engine.

The worker of the cluster carries messages and never does a job itself, so that a crash, a hang or a
hunger for memory ends the process below and is told exactly as on one computer, whatever the
cluster makes of workers that vanish. Functions, jobs and results pass through it pickled, and
nothing of them is imported there.
"""

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.reduction import ForkingPickler
from threading import Lock
from typing import Any, cast

import mriview
from mriview.errors import MriviewError, UsageError
from mriview.workflow.executors.local import LocalExecutor, limited
from mriview.workflow.executors.outcome import study_failed


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for every job of an executor, wherever it runs.

    Parameters
    ----------
    owner : str
        Names the executor; its processes do no other's jobs.
    timeout_s, memory_bytes : optional
        Limits of one job.
    """

    owner: str
    timeout_s: float | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A pickled job; it is the job again where it is unpickled, and bytes until then."""

    packed: bytes

    def __reduce__(self) -> tuple[Any, ...]:
        return ForkingPickler.loads, (self.packed,)


@dataclass(frozen=True, slots=True)
class SealedFunction:
    """A pickled function; where it is unpickled, it is the function, and pickles what it gives."""

    packed: bytes

    def __reduce__(self) -> tuple[Any, ...]:
        return _opened, (self.packed,)


def do_guarded(
    version: str, function: bytes, job: bytes, limits: Limits
) -> tuple[bytes | None, MriviewError | None]:
    """Do one job in a process below this one; called at a worker of a cluster.

    Parameters
    ----------
    version : str
        Of the driver; another one here would mix the results of two programs in one table.
    function, job : bytes
        Pickled.
    limits : Limits
        What holds for the job.

    Returns
    -------
    (bytes or None, MriviewError or None)
        The pickled result, or why there is none.
    """
    if version != mriview.__version__:
        found = f"a worker of the cluster has version {mriview.__version__}, this one is {version}"
        return None, UsageError("engine_other_version", found, "Install the same version on both")
    guard = _guard(limits)
    if guard is None:
        return None, study_failed(RuntimeError())  # which nobody will read
    try:
        sealed = cast("Callable[[Sealed], bytes]", SealedFunction(function))
        (done,) = guard.executor.run(sealed, [Sealed(job)])
    except MriviewError as error:
        return None, error
    except (RuntimeError, OSError) as error:  # stopped as its owner left, or no process to be had
        return None, study_failed(error)
    finally:
        guard.is_busy = False
    return done.result, done.error


def end_guards(owner: str) -> None:
    """End the processes of an executor below this one, whatever they do, and begin none more."""
    with _LOCK:
        _LEFT.add(owner)
        leaving = [guard for guard in _GUARDS if guard.limits.owner == owner]
        _GUARDS[:] = [guard for guard in _GUARDS if guard not in leaving]
    for guard in leaving:
        if guard.is_busy:
            guard.executor.stop()
        else:
            guard.executor.close()


@dataclass(slots=True, eq=False)
class _Guard:
    """A process below this one; a worker with several threads has several."""

    limits: Limits
    executor: LocalExecutor
    is_busy: bool = True


_GUARDS: list[_Guard] = []
_LEFT: set[str] = set()  # owners that are gone; a job of theirs may still be on its way here
_LOCK = Lock()


def _guard(limits: Limits) -> _Guard | None:
    """Take an idle process with these limits, or one in the place of those of other executors."""
    with _LOCK:
        if limits.owner in _LEFT:
            return None
        idle = [guard for guard in _GUARDS if not guard.is_busy]
        for guard in idle:
            if guard.limits == limits:
                guard.is_busy = True
                return guard
        for guard in idle:
            guard.executor.close()
            _GUARDS.remove(guard)
        here = multiprocessing.current_process()
        if here.daemon:  # such may have no children, as nobody would end them; ours end with it
            here.daemon = False
        executor = limited(1, limits.timeout_s, limits.memory_bytes, one_thread=True)
        _GUARDS.append(guard := _Guard(limits, executor))
        return guard


def _opened(packed: bytes) -> Callable[[Any], bytes]:
    return partial(_sealed, ForkingPickler.loads(packed))


def _sealed(function: Callable[[Any], Any], job: object) -> bytes:
    return bytes(ForkingPickler.dumps(function(job)))
