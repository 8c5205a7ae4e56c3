"""A format reader that does harm when a file tells it to; what a broken decoder does to a run.

A file begins with ``POISON``, then says when (``headers`` or ``voxels``) and what (``kill``,
``hang``, ``crash``, ``hunger``, ``raise``, or ``once`` with a path: killed unless the path exists).
"""

import ctypes
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mriview.geometry import Grid
from mriview.scans import ScanFile
from mriview.scans.headers import GridPlan, Owner, Whole

MAGIC = b"POISON "


class Poison:
    name = "poison"

    def claims(self, file: ScanFile, first_bytes: bytes) -> bool:
        return bool(file.path) and first_bytes.startswith(MAGIC)

    def headers(self, file: ScanFile, first_bytes: bytes) -> Iterator[Whole]:
        _swallow(first_bytes, "headers")
        shape = (4, 4, 4)
        owner = Owner(series=str(first_bytes))
        yield Whole(self.name, file, owner, Grid(shape, np.eye(4)))

    def load(self, plan: GridPlan) -> np.ndarray:
        _swallow(Path(plan.first.file.path).read_bytes(), "voxels")
        return np.zeros(plan.grid.shape, np.int16)


def _swallow(data: bytes, when: str) -> None:
    _, moment, what, *rest = data.decode().split(" ")
    if moment != when:
        return
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "crash":
        ctypes.string_at(0)
    elif what == "hang":
        threading.Event().wait()
    elif what == "hunger":
        bytearray(2**33)
    elif what == "raise":
        raise RuntimeError("DOE^JANE")
    elif what == "once":
        flag = Path(" ".join(rest))
        if not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)


READER = Poison()


def installed(folder: Path) -> Path:
    """Make a folder that, on the path of modules, installs the reader."""
    told = folder / "poison-1.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: poison\nVersion: 1\n")
    (told / "entry_points.txt").write_text("[mriview.readers]\npoison = poison:READER\n")
    return folder


def write_poison(folder: Path, words: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scan.poison").write_bytes(MAGIC + words.encode())
