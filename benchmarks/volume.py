"""From a folder to all voxels of its one volume, by transfer syntax.

The peers are told that the files are one series and sort them; `mriview.open_study` finds that out.
Of multi-frame images it reads the position of every frame, which dicomsdl and pydicom do not here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench import Bench, main
from rounds import BEST_PEER, Contest, Goal, Peak, Ratio

SPARE_MB = 25.0  # above the volume itself
FIRST, AGAIN, FLOOR = "mriview, first", "mriview, again", "floor: read and decode"
RIVALS = {
    "dicomsdl": "dicomsdl",
    "pydicom": "pydicom",
    "best_peer": BEST_PEER,
    "floor": FLOOR,
}


@dataclass(frozen=True)
class Syntax:
    """A transfer syntax, who reads it without looking for anything, and what is wanted of us."""

    title: str
    floor: str | None
    goals: Mapping[str, float]


SYNTAXES = {
    "none": Syntax("uncompressed", "stored_samples", {"dicomsdl": 1.5, "pydicom": 12.0}),
    "j2k": Syntax("JPEG 2000 lossless", "jpeg_2000", {"best_peer": 1.6, "floor": 0.85}),
    "jpeg_lossless": Syntax("JPEG lossless", "jpeg_lossless", {"dicomsdl": 1.5}),
    "rle": Syntax("RLE", "run_lengths", {"dicomsdl": 1.2, "pydicom": 4.0}),
    "deflated": Syntax("deflated", None, {"dicomsdl": 1.1, "pydicom": 2.5}),
    "enhanced_none": Syntax("multi-frame, uncompressed", "stored_samples", {"best_peer": 0.7}),
    "enhanced_j2k": Syntax(
        "multi-frame, JPEG 2000", "jpeg_2000", {"best_peer": 1.2, "floor": 0.85}
    ),
}


def contests(bench: Bench) -> Iterator[Contest]:
    """Give one contest a transfer syntax."""
    for case, syntax in SYNTAXES.items():
        kind = "frames" if case.startswith("enhanced") else "volume"
        peers = {name: f"{kind}_{name.lower()}" for name in ("dicomsdl", "pydicom", "SimpleITK")}
        if case == "none":
            peers["pydicom, bytes unchecked"] = "volume_pydicom_bytes"
        turns = {
            FIRST: bench.turn("ours", "volume", case, forget=True),
            AGAIN: bench.turn("ours", "volume", case),
            **{name: bench.turn("peers", way, case) for name, way in peers.items()},
        }
        if syntax.floor:
            turns[FLOOR] = bench.turn("floors", syntax.floor, case)
        goals: list[Goal] = [
            Ratio(f"volume_{case}_vs_{rival}", FIRST, RIVALS[rival], goal)
            for rival, goal in syntax.goals.items()
        ]
        if case == "none":
            goals.append(Peak("volume_none_peak", FIRST, bench.volume_mb(case) + SPARE_MB))
        yield Contest(f"volume, {syntax.title}", turns, tuple(peers), goals)


if __name__ == "__main__":
    main(contests, __doc__ or "")
