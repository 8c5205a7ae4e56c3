"""From bytes to voxels that can be trusted: files, headers, regular grids, roles, studies.

What other floors may use stands in ``_HOME``, and is imported when it is used: a report is checked
without a reader of scans. A format is read by a `Reader` that comes through an entry point, ours
like those of others. Nothing here knows a review or a report.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mriview.scans.drawn import Markup as Markup
    from mriview.scans.drawn import read_markup as read_markup
    from mriview.scans.drawn import read_mask as read_mask
    from mriview.scans.files import ScanFile as ScanFile
    from mriview.scans.headers import Trust as Trust
    from mriview.scans.opening import SeriesSummary as SeriesSummary
    from mriview.scans.opening import open_batch as open_batch
    from mriview.scans.opening import open_study as open_study
    from mriview.scans.reading import Reader as Reader
    from mriview.scans.reading import Readers as Readers
    from mriview.scans.reading import readers as readers
    from mriview.scans.study import REFERENCE_ROLES as REFERENCE_ROLES
    from mriview.scans.study import Study as Study
    from mriview.scans.study import Tally as Tally
    from mriview.scans.volume import Role as Role
    from mriview.scans.volume import Volume as Volume
    from mriview.scans.volume import Voxels as Voxels

_HOME = {
    "Markup": "drawn",
    "REFERENCE_ROLES": "study",
    "Reader": "reading",
    "Readers": "reading",
    "Role": "volume",
    "ScanFile": "files",
    "SeriesSummary": "opening",
    "Study": "study",
    "Tally": "study",
    "Trust": "headers",
    "Volume": "volume",
    "Voxels": "volume",
    "open_batch": "opening",
    "open_study": "opening",
    "read_markup": "drawn",
    "read_mask": "drawn",
    "readers": "reading",
}
__all__ = sorted(_HOME)  # noqa: PLE0605 (the one list of names is _HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        msg = f"module 'mriview.scans' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"mriview.scans.{_HOME[name]}"), name)
