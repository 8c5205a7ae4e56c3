"""A whole run, `mriview batch`: what its machinery costs, what a second worker gives, how it grows.

The peer is the loop that everybody writes over `open_study`, with all voxels. Whole processes are
timed, their start included; memory is that of all processes of a run together (PSS), looked at many
times a second. Needs Linux.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import perf_counter

from bench import Bench, main
from rounds import Contest, Count, Ratio, Reading

LOOP = "loop over open_study"
ZERO, ONE, TWO, AGAIN = "run, no worker", "run, 1 worker", "run, 2 workers", "run, again"
FEW, MANY = "run, a tenth of them", "run, all of them"
LOOK_S = 0.05  # between two looks at the memory
OVERHEAD_MS, GROWTH_PERCENT, AGAIN_MS = 5, 5, 2
LARGE = ("j2k", "jpeg_lossless", "rle", "deflated", "enhanced_j2k", "big/*")
PLAIN = """
import sys
from pathlib import Path
import mriview
for folder in sorted(Path(sys.argv[1]).glob("*/*")):
    for volume in mriview.open_study(folder).volumes.values():
        volume.voxels
"""


def contests(bench: Bench) -> Iterator[Contest]:
    """Give contests of small studies, of large ones, and of memory."""
    small = bench.data / "small"
    studies = sum(1 for _ in small.glob("*/*"))
    seen: dict[str, list[float]] = {}

    def median_s(way: str) -> float:
        return sorted(seen[way])[len(seen[way]) // 2]

    def kept(way: str, turn: Callable[[], Reading]) -> Callable[[], Reading]:
        def take() -> Reading:
            reading = turn()
            seen.setdefault(way, []).append(reading.seconds or 0.0)
            return reading

        return take

    overhead = Count(
        "run_overhead_ms_a_study",
        lambda: round(1000 * (median_s(ZERO) - median_s(LOOP)) / studies),
        OVERHEAD_MS,
    )
    again = Count("run_again_ms_a_study", lambda: round(1000 * median_s(AGAIN) / studies), AGAIN_MS)
    turns = {
        LOOP: _loop(bench, small),
        ZERO: _run(bench, small, 0, studies),
        ONE: _run(bench, small, 1, studies),
        TWO: _run(bench, small, 2, studies),
        AGAIN: _run(bench, small, 2, studies, again=True),
    }
    yield Contest(
        title=f"run over {studies} small studies, all voxels, start included",
        turns={way: kept(way, turn) for way, turn in turns.items()},
        peers=(LOOP,),
        goals=(overhead, again, Ratio("run_small_two_workers_vs_one", TWO, ONE, 1.5)),
    )
    yield Contest(
        title="run over the large series, all voxels, start included",
        turns={
            ONE: _run(bench, bench.data, 1, 0, LARGE),
            TWO: _run(bench, bench.data, 2, 0, LARGE),
        },
        peers=(ONE,),
        goals=(Ratio("run_large_two_workers_vs_one", TWO, ONE, 1.5),),
    )
    peaks: dict[str, float] = {}

    def grown() -> int:
        return round(100 * (peaks[MANY] / peaks[FEW] - 1))

    def weighed(way: str, turn: Callable[[], Reading]) -> Callable[[], Reading]:
        def take() -> Reading:
            reading = turn()
            peaks[way] = max(peaks.get(way, 0.0), reading.peak_mb or 0.0)
            return reading

        return take

    every_tenth, all_of_them = ("*/*0",), ("*/*",)
    yield Contest(
        title=f"memory of a run with 2 workers, {studies // 10} and {studies} studies",
        turns={
            FEW: weighed(FEW, _run(bench, small, 2, studies // 10, every_tenth)),
            MANY: weighed(MANY, _run(bench, small, 2, studies, all_of_them)),
        },
        peers=(),
        goals=(Count("run_memory_growth_percent", grown, GROWTH_PERCENT),),
    )


def _loop(bench: Bench, root: Path) -> Callable[[], Reading]:
    def take() -> Reading:
        shutil.rmtree(bench.cache, ignore_errors=True)
        return _timed(bench, [sys.executable, "-c", PLAIN, str(root)], lambda _: True)

    return take


def _run(
    bench: Bench,
    root: Path,
    workers: int,
    studies: int,
    cases: tuple[str, ...] = (),
    *,
    again: bool = False,
) -> Callable[[], Reading]:
    """Give a turn: a run into an empty folder, or one that goes on where nothing is left to do."""
    asked = [word for case in cases for word in ("--cases", case)]

    def is_whole(printed: str) -> bool:
        counts = json.loads(printed)["studies"]
        return not counts.get("failed") and counts["reported"] >= studies

    def take() -> Reading:
        with tempfile.TemporaryDirectory() as folder:
            command = [
                sys.executable,
                "-m",
                "mriview",
                "batch",
                str(root),
                "--out",
                f"{folder}/out",
            ]
            command += [*asked, "--workers", str(workers), "--json"]
            if again:
                _timed(bench, command, is_whole)
                return _timed(bench, [*command, "--resume"], is_whole)
            shutil.rmtree(bench.cache, ignore_errors=True)
            return _timed(bench, command, is_whole)

    return take


def _timed(bench: Bench, command: list[str], is_right: Callable[[str], bool]) -> Reading:
    environment = os.environ | {"XDG_CACHE_HOME": str(bench.cache)}
    start, peak_mb = perf_counter(), 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        while process.poll() is None:
            peak_mb = max(peak_mb, _resident_mb(process.pid))
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_S)
        seconds = perf_counter() - start
        printed = process.stdout.read() if process.stdout else ""
    right = process.returncode == 0 and is_right(printed)
    return Reading(seconds if right else None, peak_mb, right)


def _resident_mb(pid: int) -> float:
    """Memory of a process and all below it; what they share is counted once."""
    total = 0.0
    with suppress(OSError, ValueError):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
        total += int(text.partition("Pss:")[2].split()[0]) * 1024 / 1e6
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text("ascii").split():
                total += _resident_mb(int(child))
    return total


if __name__ == "__main__":
    main(contests, __doc__ or "")
