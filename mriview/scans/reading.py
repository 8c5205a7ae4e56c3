"""The seam for formats: what a reader must offer, and which readers are installed.

Our own readers come through the same door as those of others: the entry point group
``mriview.readers``. What headers mean for a grid is not decided here but in ``split``; a reader
only says what stands in its files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, runtime_checkable

from mriview.errors import MissingExtraError
from mriview.scans.files import ScanFile
from mriview.scans.headers import GridPlan, Said
from mriview.scans.volume import Voxels

GROUP = "mriview.readers"

# A source tree that was never installed has no entry points: our own two are still found.
OWN_READERS = {"dicom": "mriview.scans.dicom:READER", "nifti": "mriview.scans.nifti:READER"}


@runtime_checkable
class Reader(Protocol):
    """What a format must offer."""

    @property
    def name(self) -> str:
        """One word, as ``mriview formats`` prints it; `Plane.reader` and `Whole.reader`."""
        ...

    def claims(self, file: ScanFile, first_bytes: bytes) -> bool:
        """Whether the file is of this format, from its first bytes (its name proves little).

        They are inflated where the file is compressed, and at least 512 unless it is shorter.
        """
        ...

    def headers(self, file: ScanFile, first_bytes: bytes) -> Iterator[Said]:
        """Planes or grids of the file, headers only; a broken one is yielded as `Unread`."""
        ...

    def load(self, plan: GridPlan) -> Voxels:
        """Voxels of a plan, (i, j, k) or (i, j, k, t), slope and intercept applied.

        Raises
        ------
        ScanError
            What headers cannot show: cut or corrupt voxels.
        """
        ...


@dataclass(frozen=True, slots=True)
class Readers:
    """The readers that work here, by name in order, and the names of those that do not load."""

    working: dict[str, Reader]
    broken: tuple[str, ...] = ()


@cache
def readers() -> Readers:
    """Find the installed readers, sorted by name; a broken one of others breaks none of ours.

    Raises
    ------
    MissingExtraError
        One of our own cannot be loaded (``reader_broken``).
    """
    points = {name: EntryPoint(name, home, GROUP) for name, home in OWN_READERS.items()}
    for point in entry_points(group=GROUP):
        points.setdefault(point.name, point)  # nobody takes the place of our own
    working: dict[str, Reader] = {}
    broken: list[str] = []
    for name in sorted(points):
        loaded = _loaded(points[name])
        if loaded is None:
            if name in OWN_READERS:  # or every scan would be a file of no known format
                found = f"the reader of {name} files cannot be loaded"
                raise MissingExtraError("reader_broken", found, "Install mriview again")
            broken.append(name)
        else:
            working[name] = loaded
    return Readers(working, tuple(broken))


def _loaded(point: EntryPoint) -> Reader | None:
    try:
        home, _, attribute = point.value.partition(":")
        candidate = getattr(import_module(home), attribute or "READER")
    except Exception:  # noqa: BLE001 (a plug-in of others may raise anything while it is imported)
        return None
    return candidate if isinstance(candidate, Reader) else None
