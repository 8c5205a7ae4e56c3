"""Listing the series of a folder: large ones and many small ones, for the first time and again.

The peers read ten bare values of each file, or find which files belong together; `mriview.index`
also groups, splits, checks, names problems and remembers. Voxels are the business of ``volume``.
"""

from collections.abc import Iterator

from bench import Bench, main
from rounds import Contest, Count, Goal, Ratio

PEERS = {
    "dicomsdl": "dicomsdl, 10 values",
    "pydicom": "pydicom, 10 values",
    "simpleitk": "SimpleITK, files a series",
}
FIRST, AGAIN = "mriview, first", "mriview, again"
FIRST_GOALS = {
    "big": {"dicomsdl": 1.0, "pydicom": 15.0, "simpleitk": 20.0},
    "small": {"dicomsdl": 0.55, "pydicom": 6.0, "simpleitk": 5.0},
}
AGAIN_GOALS = {"big": 2.0, "small": 1.5}  # against dicomsdl; nobody else remembers


def contests(bench: Bench) -> Iterator[Contest]:
    """Give one contest a kind of folder."""
    yield _contest(bench, "big", f"index, 3 series of {bench.sizes.slices} files")
    yield _contest(bench, "small", f"index, {bench.sizes.studies} folders of 6 files")


def _contest(bench: Bench, case: str, title: str) -> Contest:
    goals: list[Goal] = [
        Ratio(f"index_{case}_first_vs_{peer}", FIRST, PEERS[peer], goal)
        for peer, goal in FIRST_GOALS[case].items()
    ]
    again = AGAIN_GOALS[case]
    goals += [
        Ratio(f"index_{case}_again_vs_dicomsdl", AGAIN, PEERS["dicomsdl"], again),
        Count(f"index_{case}_again_opens", lambda: bench.opened("listing", case)),
    ]
    turns = {
        FIRST: bench.turn("ours", "listing", case, "listing", forget=True),
        AGAIN: bench.turn("ours", "listing", case, "listing"),
        PEERS["dicomsdl"]: bench.turn("peers", "ten_values_dicomsdl", case, "listing"),
        PEERS["pydicom"]: bench.turn("peers", "ten_values_pydicom", case, "listing"),
        PEERS["simpleitk"]: bench.turn("peers", "series_simpleitk", case, "counts"),
        "floor: read 16 KiB": bench.turn("floors", "first_bytes", case, "counts"),
    }
    return Contest(title, turns, tuple(PEERS.values()), goals)


if __name__ == "__main__":
    main(contests, __doc__ or "")
