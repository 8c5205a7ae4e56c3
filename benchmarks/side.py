"""One way in one fresh process: imports and a warm-up, then one run that is timed.

    python side.py ours volume PLACE WARM_PLACE [--count-opens]

Prints one line of JSON: seconds, the peak of memory above what the process had before (MB), and the
digest of what was read. ``--count-opens`` counts the scans that were opened as well; that is slow,
and its seconds are of no use. Needs Linux, which tells a process its own peak.
"""

import gc
import json
import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter

RESET_PEAK = "5"  # proc(5), /proc/pid/clear_refs: the peak becomes what is resident now


def resident_mb(what: str) -> float:
    """Ask how much of this process is resident: ``VmRSS`` now, ``VmHWM`` at its peak."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition(f"{what}:")[2].split()[0]) * 1024 / 1e6


def main() -> None:
    """Run the way that the arguments name."""
    home, name, place, warm = sys.argv[1:5]
    way = import_module(home).WAYS[name]
    way(Path(warm))()
    opened = 0

    def heard(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal opened
        opened += event == "open" and str(arguments[0]).endswith(".dcm")

    if "--count-opens" in sys.argv:
        sys.addaudithook(heard)
    gc.collect()
    Path("/proc/self/clear_refs").write_text(RESET_PEAK, "ascii")
    before_mb = resident_mb("VmRSS")
    start = perf_counter()
    answer = way(Path(place))
    seconds = perf_counter() - start - getattr(answer, "untimed_s", 0.0)
    peak_mb = resident_mb("VmHWM") - before_mb
    found = {"seconds": seconds, "peak_mb": peak_mb, "opened": opened, "digest": answer()}
    print("\n" + json.dumps(found))


if __name__ == "__main__":
    main()
