"""All jobs, one after the other; with ``--markdown FILE`` also as a page.

    python benchmarks/run.py --data FOLDER --markdown docs/benchmarks.md

The page says with what and on how many cores it was measured, never where. Why a goal is missed is
told by ``reasons.toml``, which people write.
"""

import os
import sys
import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import batch
import bench
import index
import nifti
import runs
import start
import volume
from rounds import HEAD, Row, Table, Verdict

JOBS = (
    index.contests,
    volume.contests,
    nifti.contests,
    batch.contests,
    runs.contests,
    start.contests,
)
OURS = ("mriview", "numpy", "pydicom", "nibabel", "imagecodecs")
OPENING = """\
# Benchmarks

Made by `make bench`; [benchmarks/README.md](../benchmarks/README.md) says how, and what ways do.
Read the ratios: above 1 a way is faster than the best peer of its table. A ratio is formed within a
round, and the median of the rounds is given; seconds depend on the machine and its mood. A way that
read anything else than what is there has no time.
"""


def main() -> None:
    """Run all jobs, and write the page if one is asked for."""
    parser = bench.arguments(str(__doc__).partition("\n")[0])
    parser.add_argument("--markdown", type=Path, help="write the tables here too")
    options = parser.parse_args()
    with bench.opened(options) as bench_:
        tables = [table for job in JOBS for table in bench.run(job, bench_)]
    if options.markdown:
        reasons = tomllib.loads((bench.HERE / "reasons.toml").read_text("utf-8"))
        lines = _page(tables, reasons, bench_)
        options.markdown.write_text("\n".join(lines) + "\n", "utf-8")


def _page(tables: Iterable[Table], reasons: dict[str, str], where: bench.Bench) -> Iterator[str]:
    cores, sizes = len(os.sched_getaffinity(0)), where.sizes
    python = ".".join(map(str, sys.version_info[:3]))
    ours = ", ".join(f"{name} {version(name)}" for name in OURS)
    peers = ", ".join(f"{name} {pin}" for name, pin in bench.pins().items())
    yield OPENING
    date = datetime.now(UTC).date().isoformat()
    yield f"Measured {date} on {cores} cores, {where.rounds} rounds, all files read once before."
    yield (
        f"Large series: {sizes.edge} x {sizes.edge} x {sizes.slices}, 16 bit. Python {python}. "
        f"Ours: {ours}. Peers: {peers}."
    )
    for table in tables:
        yield f"\n## {table.title}\n"
        yield _line(HEAD)
        yield "|---|---|---|---|---|"
        yield from map(_line, table.rows)
        if table.verdicts:
            yield "\n| figure | reached | goal | |\n|---|---|---|---|"
            yield from (_judged(verdict, reasons) for verdict in table.verdicts)


def _line(row: Row) -> str:
    return f"| {row.way} | {row.seconds} | {row.ratio} | {row.peak_mb} | {row.equal} |"


def _judged(verdict: Verdict, reasons: dict[str, str]) -> str:
    said = "" if verdict.reached else f"missed: {reasons.get(verdict.name, 'no reason is known')}"
    unit = " MB" if verdict.kind == "peak_mb" else ""
    return f"| `{verdict.name}` | {verdict.reached_text}{unit} | {verdict.goal}{unit} | {said} |"


if __name__ == "__main__":
    main()
