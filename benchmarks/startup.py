"""What starting costs: `import mriview` and `mriview --help` against an empty Python.

Whole processes, interleaved (A B C A B C ...) so that a busy machine slows all alike, measured in
processor time, which does not count the waiting for others; the ratio is formed within each round
and the median of the ratios is printed. Nothing fails here: a missed goal is printed as missed.
Needs a Unix.
"""

import subprocess
import sys
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

ROUNDS = 21
EMPTY = "empty python"
WAYS = {
    EMPTY: ["-c", "pass"],
    "import mriview": ["-c", "import mriview"],
    "mriview --help": [  # what the installed command does, without the cost of `-m`
        "-c",
        "import sys; sys.argv = ['mriview', '--help']; from mriview.cli import main; main()",
    ],
}
GOALS = {"import mriview": 1.5, "mriview --help": 5.0}  # ratios to an empty Python; docs/figures.md


def seconds(arguments: list[str]) -> float:
    """Processor seconds (user and system) of one fresh Python with these arguments."""
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Measure and print one table, then a line for each goal."""
    for arguments in WAYS.values():  # the first run writes byte code and fills the file cache
        seconds(arguments)
    rounds = [{way: seconds(arguments) for way, arguments in WAYS.items()} for _ in range(ROUNDS)]
    print(f"{'way':<16} {'median ms':>9} {'min..max':>13} {'ratio':>6}")
    ratios = {}
    for way in WAYS:
        taken_ms = [1000 * one[way] for one in rounds]
        ratios[way] = median(one[way] / one[EMPTY] for one in rounds)
        spread = f"{min(taken_ms):.0f}..{max(taken_ms):.0f}"
        print(f"{way:<16} {median(taken_ms):>9.0f} {spread:>13} {ratios[way]:>6.2f}")
    for way, goal in GOALS.items():
        verdict = "pass" if ratios[way] <= goal else "missed"
        print(f"ratio name={way!r} goal<={goal} is={ratios[way]:.2f} {verdict}")


if __name__ == "__main__":
    main()
