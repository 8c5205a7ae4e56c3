"""Classic Philips series of labelled blood: label and control apart, phases within repetitions."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from builders import a_grid, a_slice, planes_of
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

import mriview
from mriview.scans.dicom import READER
from mriview.scans.files import ScanFile
from mriview.scans.headers import Plane
from mriview.scans.split import split

GRID = a_grid((6, 5, 3))
LABELS, REPETITIONS, PHASES = ("CONTROL", "LABEL"), (1, 2), (1, 2, 3)
IMAGING, MR_IMAGING = "Philips Imaging DD 001", "Philips MR Imaging DD 005"


def with_private(ds: Dataset, label: str, phase: int, first: int = 0) -> Dataset:
    """Add the maker's elements; their blocks are those of scanners, or later ones."""
    ds.private_block(0x2001, IMAGING, create=True).add_new(0x08, "IS", str(phase))
    for block in range(0x10, 0x10 + first):
        ds.add_new((0x2005, block), "LO", f"SOMEBODY ELSE {block}")
    for number in range(1, 6):
        ds.private_block(0x2005, f"Philips MR Imaging DD {number:03}", create=True)
    ds.private_block(0x2005, MR_IMAGING).add_new(0x29, "CS", label)
    return ds


def write_spins(
    folder: Path, syntax: str = ExplicitVRLittleEndian, first: int = 0, **tags: object
) -> None:
    """Write a file a slice; its value tells label, repetition and phase."""
    images = product(enumerate(LABELS), REPETITIONS, PHASES, range(GRID.shape[2]))
    for n, ((which, label), repetition, phase, k) in enumerate(images):
        value = 100 * which + 10 * repetition + phase
        ds = a_slice(GRID, np.full(GRID.shape[:2], value, "<i2"), k, **tags)
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"2.25.7.{n + 1}"
        ds.InstanceNumber = (7 * n) % 36 + 1  # scanners count in orders of their own
        ds.TemporalPositionIdentifier = repetition
        ds.TriggerTime = 250 * phase + 10 * k  # of each slice
        ds.file_meta.TransferSyntaxUID = syntax
        ds = with_private(ds, label, phase, first)
        implicit = syntax == ImplicitVRLittleEndian
        ds.save_as(folder / f"{(5 * n) % 36:03}.dcm", implicit_vr=implicit, little_endian=True)


@pytest.mark.parametrize("first", [0, 2])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_label_and_control_are_volumes_with_phases_in_each_repetition(
    tmp_path: Path, syntax, first
) -> None:
    write_spins(tmp_path, syntax, first)
    volumes = mriview.open_study(tmp_path).volumes.values()
    values = sorted(volume.voxels[0, 0].tolist() for volume in volumes)
    points = [10 * repetition + phase for repetition, phase in product(REPETITIONS, PHASES)]
    assert values == [[points] * 3, [[100 + point for point in points]] * 3]


def test_phases_of_one_repetition_are_its_time_points(tmp_path: Path) -> None:
    for phase, k in product((3, 1, 2), range(3)):
        ds = a_slice(GRID, np.full(GRID.shape[:2], phase, "<i2"), k, TemporalPositionIdentifier=1)
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"2.25.7.{9 * phase + k}"
        ds.InstanceNumber = 1
        name = f"{k}{phase}.dcm"
        with_private(ds, "", phase).save_as(tmp_path / name, enforce_file_format=True)
    (volume,) = mriview.open_study(tmp_path).volumes.values()
    assert volume.voxels[0, 0, 0].tolist() == [1, 2, 3]


def test_a_phase_is_one_under_its_makers_word_only(tmp_path: Path) -> None:
    """The reader, which remembers what was equal in the file before, tells the makers apart."""
    times = []
    for n, creator in enumerate((IMAGING, "SOMEBODY ELSE", IMAGING)):
        ds = with_private(a_slice(GRID, np.zeros(GRID.shape[:2], "<i2"), n), "LABEL", 5)
        ds[0x2001, 0x0010].value = creator
        path = tmp_path / f"{n}.dcm"
        for again in (0, 1):
            ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"2.25.7.{n}.{again}"
            ds.save_as(path, enforce_file_format=True)
            there = path.stat()
            file = ScanFile(str(path), size=there.st_size, modified_ns=there.st_mtime_ns)
            (plane,) = READER.headers(file, path.read_bytes()[:4096])
            assert isinstance(plane, Plane)
            times.append(plane.times.get("phase"))
    assert times == [5, 5, None, None, 5, 5]


def test_a_repetition_without_one_of_its_phases_is_left_out_with_the_reason() -> None:
    planes = [
        plane
        for repetition, phase in product(REPETITIONS, PHASES)
        for plane in planes_of(GRID, times={"temporal_position": repetition, "phase": phase})
    ]
    made = split(numbered(planes[1:]))
    (plan,) = made.plans
    assert plan.time_points == 5
    assert [away.problem.code for away in made.turned_away] == ["time_point_incomplete"]


def numbered(planes: list[Plane]) -> list[Plane]:
    return [
        plane._replace(instance=f"2.25.7.{n}", file=ScanFile(str(n)), number=0)
        for n, plane in enumerate(planes)
    ]
