"""What napari asks of the plug-in without a window: manifest, reader, writer; and our own rules."""

import ast
import gc
import gzip
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import readings
from stored import a_grid

import mriview_napari
from mriview import MriviewError
from mriview.errors import MissingExtraError
from mriview_napari import display
from mriview_napari.layers import GEOMETRY_KEY, geometry_of, image_layers
from mriview_napari.reading import get_reader, layers_of
from mriview_napari.space import ScanSpace
from mriview_napari.writing import write_labels

HOUSE = Path(mriview_napari.__file__).parent


@pytest.fixture(scope="module")
def manifest():
    from npe2 import PluginManifest

    return PluginManifest.from_file(HOUSE / "napari.yaml")


def test_the_manifest_is_valid_and_every_command_can_be_imported(manifest):
    manifest.validate_imports()
    contributed = {name for name, value in manifest.contributions if value}
    assert {"commands", "readers", "writers", "sample_data", "widgets"} <= contributed


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize("angles", [(0, 0, 0), (0.2, -0.1, 0.15)])
def test_labels_are_written_where_their_series_lies(tmp_path, ending, angles):
    grid = a_grid(axes=(2, 0, 1), signs=(-1, 1, -1), angles=angles, origin=(3.0, -20.0, 11.0))
    space = ScanSpace(grid)
    labels = np.zeros(space.grid.shape, np.int64)
    labels[1, 2, 3], labels[4, 5, 6] = 1, 300
    meta = {"metadata": {GEOMETRY_KEY: geometry_of("1a2b3c4d", grid)}}
    path = str(tmp_path / f"mass{ending}")
    assert write_labels(path, labels, meta) == [path]
    image = nib.load(path)
    assert image.shape == grid.shape
    assert np.allclose(image.affine, grid.ras_from_index, atol=1e-4)
    voxels = np.asanyarray(image.dataobj)
    assert voxels.dtype == np.int16
    assert image.header.get_intent("code")[0] == 1002
    for index, value in (((1, 2, 3), 1), ((4, 5, 6), 300)):
        (found,) = np.argwhere(voxels == value)
        ras = nib.affines.apply_affine(image.affine, found)
        assert np.allclose(ras * [-1, -1, 1], space.grid.lps(index), atol=1e-3)


def test_the_same_labels_give_the_same_bytes(tmp_path):
    grid = a_grid()
    meta = {"metadata": {GEOMETRY_KEY: geometry_of("1a2b3c4d", grid)}}
    labels = np.ones(ScanSpace(grid).grid.shape, np.uint8)
    first, second = tmp_path / "a.nii.gz", tmp_path / "b.nii.gz"
    write_labels(str(first), labels, meta)
    write_labels(str(second), labels, meta)
    assert first.read_bytes() == second.read_bytes()
    assert gzip.decompress(first.read_bytes())[344:348] == b"n+1\0"


def test_labels_that_know_no_series_are_refused(tmp_path):
    path = tmp_path / "mass.nii"
    with pytest.raises(MriviewError, match="does not know its series"):
        write_labels(str(path), np.zeros((3, 4, 5), np.uint8), {"metadata": {}})
    assert not list(tmp_path.iterdir())


def test_labels_of_another_shape_are_refused(tmp_path):
    meta = {"metadata": {GEOMETRY_KEY: geometry_of("1a2b3c4d", a_grid())}}
    with pytest.raises(MriviewError, match=r"labels of \(3, 4, 5\) voxels"):
        write_labels(str(tmp_path / "mass.nii"), np.zeros((3, 4, 5), np.uint8), meta)


DICOM = bytes(128) + b"DICM" + bytes(400)
NO_PREAMBLE = b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100" + bytes(40)
MAY_BE_SCANS = {
    "t1.nii": b"x",
    "T1.NII.GZ": b"x",
    "slice.dcm": b"x",
    "1.2.840.7": DICOM,
    "IM0001": NO_PREAMBLE,
    "DICOMDIR": DICOM,
    "1.2.840.8": gzip.compress(DICOM),
    "scan": gzip.compress(bytes(344) + b"n+1\0" + bytes(200)),
    "media.zip": b"PK\x03\x04",
    "EXPORT.ZIP": b"PK\x03\x04",
    "1.2.840.9": b"PK\x03\x04",
}
OTHERS = {
    "picture.png": b"\x89PNG",
    "notes.txt": b"no scan",
    "notes.txt.gz": gzip.compress(b"no scan"),
    "letter.docx": b"PK\x03\x04",
    "arrays.npz": b"PK\x03\x04",
    "broken.gz": b"\x1f\x8b\x08",
    "empty": b"",
}


@pytest.mark.parametrize("name", MAY_BE_SCANS)
def test_the_reader_claims_what_may_be_a_scan(tmp_path, name):
    (tmp_path / name).write_bytes(MAY_BE_SCANS[name])
    assert get_reader(str(tmp_path / name)) is not None
    assert get_reader(str(tmp_path)) is not None


def test_the_reader_leaves_other_files_to_others(tmp_path):
    for name, content in OTHERS.items():
        (tmp_path / name).write_bytes(content)
        assert get_reader(str(tmp_path / name)) is None, name
    assert get_reader(str(tmp_path)) is None
    assert get_reader(str(tmp_path / "absent")) is None


def test_a_disc_whose_own_program_comes_first_is_claimed(tmp_path):
    program = tmp_path / "a_viewer"
    program.mkdir()
    for number in range(100):
        (program / f"{number}.dll").write_bytes(b"MZ")
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "IM0001").write_bytes(DICOM)
    assert get_reader(str(tmp_path)) is not None


def test_without_a_viewer_the_volumes_come_as_layers_named_by_role():
    layers = layers_of(readings.a_study())
    assert [kind for _, _, kind in layers] == ["image", "image"]
    names = [options["name"] for _, options, _ in layers]
    assert names == ["T2 cisternogram aaaaaaaa", "time-of-flight angiogram bbbbbbbb"]


def test_a_series_of_time_points_shows_its_first():
    grid = readings.a_grid(shape=(8, 9, 10))
    voxels = np.arange(8 * 9 * 10 * 3, dtype=np.float32).reshape(8, 9, 10, 3)
    study = readings.a_study(readings.a_volume(grid=grid, voxels=voxels, time_points=3))
    (drawn,) = image_layers(study, ScanSpace(grid), readings.CISTERNOGRAM, lambda _: "unknown")
    assert drawn.data.shape == (10, 9, 8)
    assert drawn.data[0, 0, 0] == voxels[0, 0, 0, 0]


def test_voxels_that_are_no_numbers_do_not_spoil_the_grey_limits():
    grid = readings.a_grid(shape=(8, 9, 10))
    voxels = np.full((8, 9, 10), np.nan, np.float32)
    voxels[2:6] = 7.0
    study = readings.a_study(readings.a_volume(grid=grid, voxels=voxels))
    (drawn,) = image_layers(study, ScanSpace(grid), readings.CISTERNOGRAM, lambda _: "unknown")
    low, high = drawn.options["contrast_limits"]
    assert np.isfinite([low, high]).all()
    assert high > low


def private_names(tree):
    """Private attributes of anything but the object itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            mine = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
            if not mine and not node.attr.endswith("__"):
                yield node.attr


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("file", sorted(HOUSE.rglob("*.py")), ids=lambda f: f.name)
def test_private_names_of_napari_stand_in_the_adapter_only(file):
    tree = ast.parse(file.read_text("utf-8"))
    if file.name == "adapter.py":
        allowed = {"_qt_viewer", "_qt_window", "_wrapped_dock_widgets"}
        assert set(private_names(tree)) <= allowed
        return
    assert not set(private_names(tree))
    hidden = [m for m in imported(tree) if m.startswith(("vispy", "napari._"))]
    assert not hidden


@pytest.mark.parametrize("file", sorted((HOUSE / "panels").glob("*.py")), ids=lambda f: f.name)
def test_panels_know_no_viewer(file):
    names = set(imported(ast.parse(file.read_text("utf-8"))))
    assert not {n for n in names if n.startswith(("napari", "mriview_napari.room", "vispy"))}
    assert "mriview_napari.adapter" not in names


def test_without_a_display_one_sentence_says_what_to_do(monkeypatch):
    if not sys.platform.startswith("linux"):
        pytest.skip("displays are named by the environment on Linux only")
    for name in display.DISPLAYS:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(MissingExtraError, match="no_display") as refused:
        mriview_napari.open_room(readings.a_study(), object())
    assert refused.value.exit_code == 5


def test_a_display_that_is_not_there_does_not_end_the_process(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":9876")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not display._qt_starts()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
@pytest.mark.room
def test_qt_takes_no_references_of_none(napari_viewer):
    widget = napari_viewer.window._qt_window
    gc.collect()
    before = sys.getrefcount(None)
    for _ in range(1000):
        widget.update()
    assert sys.getrefcount(None) > before - 100
