"""A worker of the local engine, seen from inside: jobs come through a pipe until the pipe ends.

It lives no longer than the driver, writes nothing to anybody's terminal and leaves no core file, in
which voxels would lie. Nothing heavy is imported before a function is sent, so that the environment
of the driver holds for all that the function imports. When workers are started and ended, and what
a death means, ``local`` decides.
"""

import faulthandler
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import IO, Any, Literal, NamedTuple

from mriview.workflow.executors.outcome import answered

Word = Literal["begun", "unloadable", "answered"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every worker of an executor.

    Parameters
    ----------
    environment : mapping
        Variables of the driver; a fork server keeps those of the day when it was started.
    guard_s : float or None
        Seconds after which a worker ends itself with status 1, if nobody else did it.
    memory_bytes : int or None
        Private memory of the process; held to on Linux only.
    """

    environment: Mapping[str, str] = field(repr=False)
    guard_s: float | None = None
    memory_bytes: int | None = None


class Message(NamedTuple):
    """What a worker tells the driver."""

    word: Word
    told: Any = None


def work(pipe: "Connection[Any, Any]", terms: Terms) -> None:
    """Do what comes through the pipe, one job after the other, until the process is ended.

    Parameters
    ----------
    pipe : Connection
        Brings a pair (pickled function or None for the last one, pickled job); takes a `Message`
        with the time when the function is there and the job begins, and one with its answer.
    terms : Terms
        Limits and environment.
    """
    nowhere = _settle(terms)
    arrived: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_follow, args=(pipe, arrived), daemon=True).start()
    function: Callable[[Any], Any] | None = None
    while True:
        packed_function, packed_job = ForkingPickler.loads(arrived.get())
        if packed_function is not None:
            try:
                function = ForkingPickler.loads(packed_function)
            except (Exception, SystemExit) as error:  # noqa: BLE001 (importing runs anything)
                pipe.send(Message("unloadable", type(error).__name__))
                continue
        pipe.send(Message("begun", monotonic()))  # one clock for all processes
        if terms.guard_s is not None:  # a thread of C, which needs no lock of the interpreter
            faulthandler.dump_traceback_later(terms.guard_s, exit=True, file=nowhere)
        answer = answered(lambda packed: function(ForkingPickler.loads(packed)), packed_job)  # type: ignore[misc] # noqa: B023 (a function always comes with the first job; called at once)
        faulthandler.cancel_dump_traceback_later()
        pipe.send_bytes(_packed(answer))


def _packed(answer: object) -> bytes:
    """Pickle an answer; one that cannot be pickled is the program's failure as any other."""
    packed, error = answered(ForkingPickler.dumps, Message("answered", answer))
    if packed is None:
        packed = ForkingPickler.dumps(Message("answered", (None, error)))
    return bytes(packed)


def _follow(pipe: "Connection[Any, Any]", arrived: "SimpleQueue[bytes]") -> None:
    """End with the driver, whatever ended it, also while a job runs."""
    while True:
        try:
            arrived.put(pipe.recv_bytes())
        except (EOFError, OSError):
            os._exit(0)


def _settle(terms: Terms) -> IO[bytes]:
    """Take on signals, streams, environment and limits; give a stream that leads nowhere."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver decides what Ctrl+C ends
    if hasattr(signal, "pthread_sigmask"):  # as `local` held it back while this process began
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    nowhere = open(os.devnull, "wb", buffering=0)  # noqa: SIM115, PTH123 (open as long as we live)
    for stream in (1, 2):  # libraries in C write there, and what they write may hold a name
        os.dup2(nowhere.fileno(), stream)
    os.environ.clear()
    os.environ.update(terms.environment)
    if sys.platform != "win32":
        import resource

        _, ceiling = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, ceiling))
        if terms.memory_bytes is not None and sys.platform == "linux":
            _, ceiling = resource.getrlimit(resource.RLIMIT_DATA)
            limits = {terms.memory_bytes, ceiling} - {resource.RLIM_INFINITY}
            resource.setrlimit(resource.RLIMIT_DATA, (min(limits), ceiling))
    _end_by_signal()
    return nowhere


def _end_by_signal() -> None:
    """Let Linux end the process with the driver even when a job never lets go of the interpreter.

    The driver holds the other end of a pipe on which nothing more is written; its closing is the
    only event there, and the signal for it ends a process that does not handle it.
    """
    parent = multiprocessing.parent_process()
    if sys.platform != "linux" or parent is None:
        return
    import fcntl

    with suppress(OSError):  # then the thread that follows the pipe does it alone
        fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, os.getpid())
        flags = fcntl.fcntl(parent.sentinel, fcntl.F_GETFL)
        fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, flags | os.O_ASYNC)
