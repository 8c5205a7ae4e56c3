"""How `mriview` reads the data: by its public names alone, as a script of a user would.

Whether its memory of what it has read before is empty or full is decided by who starts the side.
"""

from collections.abc import Callable
from pathlib import Path

from compared import Answer, Volumes, digest_of_listing, digest_of_voxels

import mriview


def listing(place: Path) -> Answer:
    """List every series below a folder, with its grid."""
    series = list(mriview.index(place))
    grids = [(one.shape, one.spacing_mm) for one in series if one.shape and one.spacing_mm]
    return lambda: digest_of_listing([*shape, *spacing_mm] for shape, spacing_mm in grids)


def volume(place: Path) -> Answer:
    """Read all voxels of the one volume of a study."""
    (only,) = mriview.open_study(place).volumes.values()
    voxels = only.voxels
    return lambda: digest_of_voxels(voxels.T)


def voxel(place: Path) -> Answer:
    """Read the voxel in the middle of the one volume of a study."""
    (only,) = mriview.open_study(place).volumes.values()
    i, j, k = (count // 2 for count in only.grid.shape)
    found = only.voxels[i : i + 1, j, k].copy()
    return lambda: digest_of_voxels(found)


def archive(place: Path) -> Answer:
    """Read all voxels of every study below a folder, one study after the other."""
    volumes = Volumes()
    for study in mriview.open_batch(place):
        for one in study.volumes.values():
            volumes.add(one.voxels.T)
    return volumes


WAYS: dict[str, Callable[[Path], Answer]] = {
    way.__name__: way for way in (listing, volume, voxel, archive)
}
