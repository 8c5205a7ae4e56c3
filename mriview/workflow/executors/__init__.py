"""Where units of work run: in processes of this computer, or wherever an engine has its workers.

An engine has one door, the entry point group ``mriview.executors``, and behind it a function that
makes an `Executor`; ours come through it as well. A crash, a hang or a hunger for memory costs the
one job that had it. What the jobs are, and what their results mean, is nobody's business here.
"""

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from mriview.errors import MissingExtraError, UsageError
from mriview.workflow.executors.outcome import Done as Done
from mriview.workflow.executors.outcome import Engine as Engine
from mriview.workflow.executors.outcome import Executor as Executor

GROUP = "mriview.executors"

LONGEST_S = 20 * 86400.0  # systems count milliseconds in 31 bits

# A source tree that was never installed has no entry points: our own are still found.
OWN_ENGINES = {
    "local": "mriview.workflow.executors.local:open_local",
    "dask": "mriview.workflow.executors.dask:open_dask",
}


def engines() -> dict[str, EntryPoint]:
    """Find the installed engines by name; nothing of them is imported."""
    points = {name: EntryPoint(name, home, GROUP) for name, home in OWN_ENGINES.items()}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        points.setdefault(point.name, point)  # nobody takes the place of our own
    return points


def open_executor(
    engine: str = "local",
    *,
    workers: int,
    timeout_s: float | None = None,
    memory_bytes: int | None = None,
) -> Executor:
    """Open the place where jobs run; use it in a ``with`` statement.

    Parameters
    ----------
    engine : str
        ``local``, or the name of another engine, with what it needs to know after ``=``.
    workers : int
        Processes; 0 does the jobs in this one, one after the other, and guards against nothing.
    timeout_s : float, optional
        Seconds that one job may take.
    memory_bytes : int, optional
        Memory that one worker may take, where the system can hold it to that.

    Raises
    ------
    UsageError
        No such engine (``engine_unknown``), or a number that is none (``engine_number``).
    MissingExtraError
        The engine's packages are not installed.

    Examples
    --------
    >>> with open_executor(workers=0) as executor:
    ...     [(done.job, done.result) for done in executor.run(abs, [-1, 2])]
    [(-1, 1), (2, 2)]
    """
    _check(workers, timeout_s, memory_bytes)
    name, _, place = engine.partition("=")
    known = engines()
    if name not in known:
        found = f"there is no engine of this name, but {', '.join(sorted(known))}"
        raise UsageError("engine_unknown", found, "Name one of these", {"engines": sorted(known)})
    home, _, attribute = known[name].value.partition(":")
    try:
        factory = cast("Engine", getattr(import_module(home), attribute))
    except Exception as error:  # a plug-in of others may raise anything while it is imported
        found = f"the engine {name} cannot be loaded ({type(error).__name__})"
        raise MissingExtraError("engine_broken", found, "Install it again") from error
    return factory(place, workers=workers, timeout_s=timeout_s, memory_bytes=memory_bytes)


def _check(workers: int, timeout_s: float | None, memory_bytes: int | None) -> None:
    """Refuse numbers that no engine can keep."""
    if workers < 0:
        found = f"{workers} workers"
    elif timeout_s is not None and not 0 < timeout_s <= LONGEST_S:
        found = f"{timeout_s:g} s for a study"
    elif memory_bytes is not None and memory_bytes <= 0:
        found = f"{memory_bytes} bytes of memory"
    else:
        return
    remedy = f"Give a number above 0 (of seconds up to {LONGEST_S:g}), or leave it out"
    raise UsageError("engine_number", found, remedy)
