"""The folder that is written: whole or as it was, whatever happens meanwhile."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from collecting import B, a_report, contents, rows, write

from mriview.errors import OutputError, RecordError, UsageError
from mriview.review.lock import take_lock
from mriview.workflow.collect import collect
from mriview.workflow.collect.leaving import PART

TESTS = Path(__file__).parents[1]


@pytest.fixture
def earlier(tmp_path):
    """An output of one report, and a second report that came since."""
    write(tmp_path / "in/1.json", a_report())
    collect([tmp_path / "in"], tmp_path / "out")
    write(tmp_path / "in/2.json", a_report(B))
    return tmp_path


def test_a_folder_with_something_else_is_refused_and_left_alone(tmp_path):
    write(tmp_path / "in/1.json", a_report())
    (tmp_path / "out").mkdir()
    (tmp_path / "out/letter.txt").write_text("kept")
    with pytest.raises(UsageError, match="out_not_empty"):
        collect([tmp_path / "in"], tmp_path / "out")
    with pytest.raises(UsageError, match="out_not_empty"):
        collect([tmp_path / "in"], tmp_path / "out/letter.txt")
    assert contents(tmp_path / "out") == {"letter.txt": b"kept"}


def test_an_earlier_output_is_replaced_and_other_files_beside_it_stay(earlier):
    (earlier / "out/model.R").write_text("lm(gap_mm ~ side)")
    assert collect([earlier / "in"], earlier / "out").readings == 2
    assert (earlier / "out/model.R").is_file()
    assert len(rows(earlier / "out", "studies")) == 2


def test_a_second_program_is_refused_while_one_writes(earlier):
    before = contents(earlier / "out")
    (earlier / "out" / PART).mkdir()
    with take_lock(earlier / "out" / PART / "lock"), pytest.raises(RecordError) as refusal:
        collect([earlier / "in"], earlier / "out")
    assert (refusal.value.code, refusal.value.exit_code) == ("collect_running", 4)
    shutil.rmtree(earlier / "out" / PART)
    assert contents(earlier / "out") == before


IN_ANOTHER_PROCESS = """
import os, resource, signal, sys
from mriview.workflow.collect import collect, leaving
wanted, folder, out = sys.argv[1:]
if wanted == "killed":
    leaving._put_in_place = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(wanted), int(wanted)))
try:
    collect([folder], out)
except Exception as error:
    print(getattr(error, "code", repr(error)))
"""


def in_another_process(*words):
    command = [sys.executable, "-c", IN_ANOTHER_PROCESS, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=TESTS.parent)


@pytest.mark.whole
@pytest.mark.skipif(os.name == "nt", reason="no limits of files on Windows")
@pytest.mark.parametrize("most_bytes", [100, 20_000])
def test_a_full_disk_leaves_the_earlier_output_whole(earlier, most_bytes):
    before = contents(earlier / "out")
    done = in_another_process(most_bytes, earlier / "in", earlier / "out")
    assert done.stdout == "output_not_writable\n", done.stderr
    assert contents(earlier / "out") == before


def test_an_output_that_was_put_in_place_by_half_is_made_anew(earlier):
    table = earlier / "out/tables/sides.csv"
    table.unlink()
    (table / "in the way").mkdir(parents=True)
    with pytest.raises(OutputError, match="output_not_writable"):
        collect([earlier / "in"], earlier / "out")
    assert not (earlier / "out/collect.json").exists()
    shutil.rmtree(table)
    assert collect([earlier / "in"], earlier / "out").readings == 2
    assert not (earlier / "out" / PART).exists()


@pytest.mark.whole
@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_a_program_that_is_killed_leaves_the_earlier_output_whole(earlier):
    before = contents(earlier / "out")
    done = in_another_process("killed", earlier / "in", earlier / "out")
    assert done.returncode == -signal.SIGKILL
    after = contents(earlier / "out")
    assert {name: data for name, data in after.items() if not name.startswith(PART)} == before
    assert collect([earlier / "in"], earlier / "out").readings == 2
    assert not (earlier / "out" / PART).exists()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc on this system")
def test_a_folder_where_nothing_can_be_made_is_said_in_one_sentence(tmp_path):
    write(tmp_path / "in/1.json", a_report())
    with pytest.raises(OutputError, match="output_not_writable"):
        collect([tmp_path / "in"], "/proc/self/fd/out")
