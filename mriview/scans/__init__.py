"""From bytes to voxels that can be trusted: files, headers, regular grids, roles, studies.

What other floors may use stands in ``__all__``; a format is read by a `Reader` that comes through
an entry point, ours like those of others. Nothing here knows a review or a report.
"""

from mriview.scans.files import ScanFile
from mriview.scans.headers import Trust
from mriview.scans.opening import SeriesSummary, index, open_batch, open_study
from mriview.scans.reading import Reader, Readers, readers
from mriview.scans.study import REFERENCE_ROLES, Study, Tally
from mriview.scans.volume import Role, Volume, Voxels

__all__ = [
    "REFERENCE_ROLES",
    "Reader",
    "Readers",
    "Role",
    "ScanFile",
    "SeriesSummary",
    "Study",
    "Tally",
    "Trust",
    "Volume",
    "Voxels",
    "index",
    "open_batch",
    "open_study",
    "readers",
]
