"""What every job needs: the data, the peers in their own environment, sides in fresh processes.

A job is a script that gives contests for a `Bench`; all of them take the same arguments. What is
measured, and against what goal, stands in the jobs.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from make_data import Case, Sizes, truth_of
from rounds import Contest, Reading, Table

HERE = Path(__file__).parent
PEERS = HERE.parent / "out" / "bench-peers"
TIMEOUT_S = 900  # of one side: a guard against hangs

Home = Literal["ours", "peers", "floors"]
Proof = Literal["listing", "counts", "voxels", "voxel"]
Job = Callable[["Bench"], Iterable[Contest]]


@dataclass(frozen=True)
class Bench:
    """Where things are.

    Parameters
    ----------
    data, cache : Path
        The scans, and what `mriview` remembers of them.
    cases : mapping of str to dict
        What ``truth.json`` says.
    sizes : Sizes
        How much was made.
    peers : Path
        The interpreter of the peers.
    rounds : int
        How often each way has its turn.
    """

    data: Path
    cache: Path
    cases: Mapping[str, Case]
    sizes: Sizes
    peers: Path
    rounds: int

    def turn(
        self, home: Home, way: str, case: str, proof: Proof = "voxels", *, forget: bool = False
    ) -> Callable[[], Reading]:
        """Give a turn: one way on one case, in a fresh process.

        Parameters
        ----------
        home, way : str
            A module and one of its ``WAYS``.
        case, proof : str
            A case, and by which of its digests it is seen that the way read what is there.
        forget : bool
            Whether all that `mriview` remembers is removed before.
        """

        def take() -> Reading:
            if forget:
                shutil.rmtree(self.cache, ignore_errors=True)
            found = self._side(home, way, case)
            if found is None:
                return Reading(None, equal=False)
            equal = found["digest"] == self.cases[case][proof]
            return Reading(found["seconds"], found["peak_mb"], equal)

        return take

    def opened(self, way: str, case: str) -> int | None:
        """Count the DICOM files that one of our ways opens when nothing is forgotten before."""
        found = self._side("ours", way, case, "--count-opens")
        return None if found is None else int(found["opened"])

    def volume_mb(self, case: str) -> float:
        """How large the voxels of a case are."""
        return float(str(self.cases[case]["bytes"])) / 1e6

    def _side(self, home: Home, way: str, case: str, *options: str) -> dict[str, Any] | None:
        suffix = "_frames" if home == "floors" and "frames" in self.cases[case] else ""
        place = self.cases[case]["frames" if suffix else "place"]
        warm = self.cases[case]["warm" + suffix]
        python = self.peers if home == "peers" else Path(sys.executable)
        environment = os.environ | {"XDG_CACHE_HOME": str(self.cache)}
        if home == "peers":
            environment.pop("PYTHONPATH", None)
        command: list[str | Path] = [python, HERE / "side.py", home, way, self.data / str(place)]
        done = subprocess.run(
            [*command, self.data / str(warm), *options],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            env=environment,
            check=False,
        )
        if done.returncode:
            last = (done.stderr.splitlines() or [f"it ended with {done.returncode}"])[-1]
            print(f"{home} {way} {case}: {last}", file=sys.stderr)
            return None
        return dict(json.loads(done.stdout.splitlines()[-1]))


def arguments(description: str) -> argparse.ArgumentParser:
    """Give the options that all jobs share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, help="folder of the data; made there once; temporary")
    parser.add_argument("--scale", type=float, default=1.0, help="1 is the whole, 0.01 a trial")
    parser.add_argument("--rounds", type=int, default=5)
    return parser


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[Bench]:
    """Make what is absent, and read all data once, so that they are in memory for everybody."""
    with tempfile.TemporaryDirectory() as temporary:
        data = (options.data or Path(temporary) / "data").absolute()
        sizes = Sizes.scaled(options.scale)
        cases = truth_of(data, sizes)
        for path in data.rglob("*"):
            if path.is_file():
                path.read_bytes()
        yield Bench(data, Path(temporary) / "cache", cases, sizes, _peers(), options.rounds)


def run(job: Job, bench: Bench) -> Iterator[Table]:
    """Hold the contests of a job, and print each table as it comes."""
    for contest in job(bench):
        table = contest.held(bench.rounds)
        print(table, flush=True)
        yield table


def main(job: Job, description: str) -> None:
    """Run one job by itself."""
    with opened(arguments(description).parse_args()) as bench:
        for _ in run(job, bench):
            pass


def pins() -> dict[str, str]:
    """Give the versions of the peers, as they are installed."""
    lines = (HERE / "requirements.txt").read_text("utf-8").splitlines()
    pinned = (line.partition("#")[0].strip().split("==") for line in lines)
    return {one[0]: one[1] for one in pinned if len(one) == 2}


def _peers() -> Path:
    """Make the environment of the peers, or make it again when their versions have changed."""
    wanted = (HERE / "requirements.txt").read_text("utf-8")
    stamp = PEERS / "requirements.txt"
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        print("installing the peers; the first time this takes a minute", file=sys.stderr)
        shutil.rmtree(PEERS, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
        pip = [str(PEERS / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "-qq", "-r", str(HERE / "requirements.txt")], check=True)
        stamp.write_text(wanted, "utf-8")
    return PEERS / "bin" / "python"
