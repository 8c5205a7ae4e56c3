"""Small jobs for worker processes, harmless and harmful; a module that workers can import."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from mriview.errors import ScanError

ROOM_BYTES = 2**28


def square(number):
    return number * number


def process_of(_):
    return os.getpid()


def variables(names):
    return [os.environ.get(name) for name in names]


def modules(_):
    return sorted(sys.modules)


def fill(count):
    """Take memory and give it back."""
    return len(bytearray(count))


def fill_in_pieces(size):
    """Take all memory there is, in pieces that leave no room for another one."""
    taken = []
    while True:
        taken.append(bytearray(size))


def kill_worker(_):
    os.kill(os.getpid(), signal.SIGKILL)


def kill_worker_of_the_cluster(_):
    """End the process that started our fork server, and wait for what follows from that."""
    told = Path(f"/proc/{os.getppid()}/status").read_text()
    os.kill(int(told.partition("PPid:")[2].split()[0]), signal.SIGKILL)
    hang(None)


def read_nothing(_):
    """What a decoder in C does with a broken image."""
    ctypes.string_at(0)


def leave(status):
    os._exit(status)


def leave_politely(status):
    sys.exit(status)


def hang(_):
    threading.Event().wait()


def say_so_and_hang(pipe):
    """Write into a named pipe who works here, and never end."""
    Path(pipe).write_text(str(os.getpid()))
    hang(None)


def hang_with_the_lock(_):
    """What a decoder in C does that never lets go of the interpreter."""
    ctypes.PyDLL(None).pause()


def refuse(gap_mm):
    raise ScanError("slice_gap", f"one step is {gap_mm} mm", "Export again", {"gap_mm": gap_mm})


def break_down(text):
    raise KeyError(text)


def give_a_lock(_):
    return threading.Lock()


class Trap:
    """Can be pickled, and not be had again."""

    def __reduce__(self):
        return break_down, ("lost on the way",)


def give_a_trap(_):
    return Trap()


def say_much(text):
    """What libraries in C and in Python do beside their work."""
    print(text)
    print(text, file=sys.stderr)
    os.write(1, text.encode())
    os.write(2, text.encode())
    subprocess.run([sys.executable, "-c", f"print({text!r})"], check=True)


def first_time(mark):
    """Whether nobody asked with this mark before; also between processes."""
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def kill_worker_once(job):
    """Square a number; end the process at the first attempt where a mark is given."""
    number, mark = job
    if mark and first_time(mark):
        kill_worker(None)
    return square(number)


def do_as_told(job):
    """Call one of the functions here."""
    name, value = job
    return globals()[name](value)


def has_ended(process):
    """Whether there is no such process; a zombie has ended."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True
