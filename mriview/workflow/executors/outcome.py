"""What an executor takes and gives: a job, and what became of it, as values.

Here is also the one place where an exception of a job turns into an error with a sentence, so that
every engine says the same of the same mishap. Exceptions keep their type and lose their text, which
may hold a path or a name. Nothing here knows where a job runs.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from traceback import clear_frames
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from mriview.errors import MriviewError, UsageError

Job = TypeVar("Job")
Result = TypeVar("Result")

LIVES = 2  # workers that one job may cost before it is given up: the first may be an accident
AHEAD = 2  # jobs for each worker that are taken before results of earlier ones were handed out


@dataclass(frozen=True, slots=True)
class Done(Generic[Job, Result]):
    """What became of one job.

    Parameters
    ----------
    job : Job
        As it was taken.
    result : Result or None
        What the function returned; None where ``error`` is set.
    error : MriviewError or None
        Why there is no result: the function's own error, or ``study_failed``, ``study_too_slow``,
        ``worker_died``, ``memory_too_small``.
    """

    job: Job
    result: Result | None = None
    error: MriviewError | None = None


class Executor(Protocol):
    """Where jobs run. It is a context manager; leaving it ends every worker, whatever it does."""

    def run(
        self, function: Callable[[Job], Result], jobs: Iterable[Job]
    ) -> Iterator[Done[Job, Result]]:
        """Do jobs, and give what became of each as it comes, in any order, each exactly once.

        Parameters
        ----------
        function : callable
            Of a module that workers can import (or `functools.partial` of one); takes one value.
        jobs : iterable
            Plain values; never taken further ahead of the results than ``AHEAD`` for each worker.

        Yields
        ------
        Done
            One for each job. No job can end the run.

        Raises
        ------
        MriviewError
            No worker can start, or none can import the function: nothing would ever be done.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class Engine(Protocol):
    """What stands behind a name of the entry point group ``mriview.executors``."""

    def __call__(
        self, place: str, *, workers: int, timeout_s: float | None, memory_bytes: int | None
    ) -> Executor:
        """Make an executor; ``place`` is what followed ``=`` in the engine's name, or empty."""
        ...


def answered(
    function: Callable[[Any], Result], job: object
) -> tuple[Result | None, MriviewError | None]:
    """Do one job here, and give its result or the error that became of it.

    Examples
    --------
    >>> answered(abs, -2)
    (2, None)
    >>> result, error = answered(abs, "name")
    >>> print(error)
    study_failed: TypeError in the program. Report it with the version of mriview.
    """
    try:
        return function(job), None
    except MriviewError as error:
        return None, error
    except MemoryError as error:
        clear_frames(error.__traceback__)  # what fills the memory, so that there is some for this
        return None, _because(memory_too_small(), error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 (whatever a decoder or a plug-in raises)
        return None, _because(study_failed(error), error)


def _because(told: MriviewError, cause: BaseException) -> MriviewError:
    told.__cause__ = cause  # for a debugger in the same process; it is not pickled
    return told


def study_failed(error: BaseException) -> MriviewError:
    """Say that the program broke on a job, by the type of the exception alone."""
    kind = type(error).__name__
    found = f"{kind} in the program"
    return MriviewError(
        "study_failed", found, "Report it with the version of mriview", {"exception": kind}
    )


def study_too_slow(timeout_s: float) -> MriviewError:
    """Say that a job was stopped."""
    found = f"not done after {timeout_s:g} s, and stopped"
    remedy = "Allow more time for each study, or look at this one by itself"
    return MriviewError("study_too_slow", found, remedy, {"timeout_s": timeout_s})


def worker_died(how: str, processes: int = LIVES) -> MriviewError:
    """Say that a job cost as many processes as it may.

    Parameters
    ----------
    how : str
        ``SIGSEGV``, ``exit status 3`` or what the engine knows of it.
    processes : int
        How many it cost.
    """
    found = f"{processes} processes in turn ended while they read it ({how})"
    remedy = "Look at this study by itself; if memory was short, run with fewer workers"
    return MriviewError("worker_died", found, remedy, {"ended": how, "processes": processes})


def function_not_importable(kind: str) -> UsageError:
    """Say that no worker can do anything, by the type of the exception of its import."""
    found = f"the workers cannot import what they should do ({kind})"
    remedy = "Install the same packages there, and put the function into a module"
    return UsageError("function_not_importable", found, remedy, {"exception": kind})


def memory_too_small() -> MriviewError:
    """Say that a job found no memory, in the words of the problem of that name."""
    from mriview.values import problem

    return problem("memory_too_small").as_error()
