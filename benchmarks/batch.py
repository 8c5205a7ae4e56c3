"""An archive of many studies: all voxels of each, one study after the other, in bounded memory.

The peer is the loop that everybody writes. Digests are formed while the studies go by; that time is
counted for nobody.
"""

from collections.abc import Iterator

from bench import Bench, main
from rounds import Contest, Peak, Ratio

GROWTH_MB = 30.0  # from a tenth of the archive to all of it


def contests(bench: Bench) -> Iterator[Contest]:
    """Give a contest of speed, and one of memory."""
    yield Contest(
        title=f"batch, {bench.sizes.studies} studies of 6 files, all voxels",
        turns={
            "mriview, first": bench.turn("ours", "archive", "small", forget=True),
            "mriview, again": bench.turn("ours", "archive", "small"),
            "pydicom loop": bench.turn("peers", "archive_pydicom", "small"),
        },
        peers=("pydicom loop",),
        goals=(Ratio("batch_first_vs_pydicom", "mriview, first", "pydicom loop", 4.0),),
    )
    yield Contest(
        title="batch, memory of a tenth of the archive and of all of it",
        turns={
            "mriview, a tenth": bench.turn("ours", "archive", "small_tenth", forget=True),
            "mriview, all": bench.turn("ours", "archive", "small", forget=True),
        },
        peers=(),
        goals=(Peak("batch_growth", "mriview, all", GROWTH_MB, beyond="mriview, a tenth"),),
    )


if __name__ == "__main__":
    main(contests, __doc__ or "")
