"""What starting costs: `import mriview` and `mriview --help` against an empty Python.

Whole processes, in processor time, which does not count the waiting for others. A click group of as
many commands that do nothing is the peer: it is what a command line of this kind costs at least.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from resource import RUSAGE_CHILDREN, getrusage

from bench import Bench, main
from rounds import Contest, Cost, Reading

EMPTY, IMPORT, HELP, GROUP = (
    "empty Python",
    "import mriview",
    "mriview --help",
    "click group, --help",
)
COMMANDS = 14
PROGRAMS = {
    EMPTY: "pass",
    IMPORT: "import mriview",
    # what the installed command does, without the cost of `-m`
    HELP: "import sys; sys.argv = ['mriview', '--help']; from mriview.cli import main; main()",
    GROUP: f"""
import click
group = click.Group()
for number in range({COMMANDS}):
    group.add_command(click.Command(f"do{{number}}", help="Do something."))
group(["--help"])
""",
}
MORE = 4  # turns in a row, of which the least counts: a process of 20 ms is soon disturbed


def contests(bench: Bench) -> Iterator[Contest]:
    """Give the one contest."""
    del bench  # no data are read
    yield Contest(
        title="start, processor time of a whole process",
        turns={name: _turn(program) for name, program in PROGRAMS.items()},
        peers=(GROUP,),
        goals=(
            Cost("start_import_vs_empty", IMPORT, EMPTY, 1.5),
            Cost("start_help_vs_empty", HELP, EMPTY, 5.0),
            Cost("start_help_vs_click", HELP, GROUP, 1.3),
        ),
    )


def _turn(program: str) -> Callable[[], Reading]:
    _seconds(program)  # writes byte code and fills the file cache
    return lambda: Reading(min(_seconds(program) for _ in range(MORE)))


def _seconds(program: str) -> float:
    """Processor seconds (user and system) of one fresh Python."""
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    main(contests, __doc__ or "")
