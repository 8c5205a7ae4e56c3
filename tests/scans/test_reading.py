"""The seam for formats: others come through the same door, and break nothing of ours."""

import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import numpy as np
import pytest
from builders import a_grid, write_nifti, write_series

import mriview
from mriview.scans import Reader, ScanFile, reading
from mriview.scans.headers import Owner, Whole
from mriview.scans.reading import readers

THEIRS = '''
import numpy as np
from mriview.geometry import Grid
from mriview.scans.headers import Owner, Whole

class Raw:
    """A format of somebody else, in one file."""
    name = "raw"
    def claims(self, file, first_bytes):
        return first_bytes.startswith(b"RAW!")
    def headers(self, file, first_bytes):
        if b"broken" in first_bytes:
            raise RuntimeError("SECRET")
        grid = Grid((12, 12, 12), np.eye(4))
        yield Whole("raw", file, Owner(series=file.name), grid)
    def load(self, plan):
        return np.full(plan.grid.shape, 7, np.uint8)

READER = Raw()
'''


@pytest.fixture
def door(tmp_path: Path, monkeypatch):
    """Install entry points for one test."""

    def install(**points: str) -> None:
        (tmp_path / "plugins").mkdir()
        (tmp_path / "plugins" / "their_raw_format.py").write_text(THEIRS)
        monkeypatch.syspath_prepend(tmp_path / "plugins")
        made = EntryPoints(EntryPoint(n, v, reading.GROUP) for n, v in points.items())
        monkeypatch.setattr(reading, "entry_points", lambda group: made.select(group=group))
        readers.cache_clear()

    yield install
    readers.cache_clear()
    sys.modules.pop("their_raw_format", None)


def test_ours_are_found_without_being_installed(door) -> None:
    door()
    assert list(readers().working) == ["dicom", "nifti"]
    assert all(isinstance(reader, Reader) for reader in readers().working.values())


def test_a_format_of_others_is_one_file(door, tmp_path: Path) -> None:
    door(raw="their_raw_format:READER")
    assert list(readers().working) == ["dicom", "nifti", "raw"]
    (tmp_path / "scan").mkdir()
    (tmp_path / "scan" / "a.raw").write_bytes(b"RAW!")
    (volume,) = mriview.open_study(tmp_path / "scan").volumes.values()
    assert (volume.voxels == 7).all()


@pytest.mark.parametrize(
    "value", ["no_such_module:READER", "their_raw_format:Raw.claims", "json:x"]
)
def test_a_plug_in_that_does_not_load_is_listed_and_breaks_nothing(door, value) -> None:
    door(raw=value)
    assert list(readers().working) == ["dicom", "nifti"]
    assert readers().broken == ("raw",)


def test_nobody_takes_the_place_of_our_readers(door) -> None:
    door(dicom="their_raw_format:READER")
    assert readers().working["dicom"].claims(Path("x"), bytes(128) + b"DICM")


def test_a_plug_in_that_stops_is_a_problem_and_not_a_crash(door, tmp_path: Path) -> None:
    door(raw="their_raw_format:READER")
    write_nifti(tmp_path / "scan" / "a.nii", a_grid((12, 12, 12)))
    (tmp_path / "scan" / "a.raw").write_bytes(b"RAW!broken")
    study = mriview.open_study(tmp_path / "scan")
    assert len(study.volumes) == 1
    assert [one.code for one in study.problems] == ["plugin_failed"]
    assert "SECRET" not in str(study.problems)


def test_headers_and_load_meet_in_the_plan_alone(tmp_path: Path) -> None:
    """Whoever has the headers can make the plan by hand and load it."""
    from mriview.scans.headers import GridPlan
    from mriview.scans.split import split

    grid = a_grid((6, 5, 4))
    dicom, nifti = readers().working["dicom"], readers().working["nifti"]
    files = [ScanFile(str(path)) for path in write_series(tmp_path / "d", grid)]
    planes = [header for file in files for header in dicom.headers(file, b"")]
    (plan,) = split(planes).plans
    (whole,) = nifti.headers(ScanFile(str(write_nifti(tmp_path / "n.nii", grid))), b"")
    assert isinstance(whole, Whole)
    assert isinstance(whole.owner, Owner)
    by_nifti = nifti.load(GridPlan(whole.grid, (whole,)))
    assert np.array_equal(dicom.load(plan), by_nifti)
