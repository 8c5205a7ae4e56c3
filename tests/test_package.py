"""What a user gets who installs the wheel: all data, the promised doors, honest metadata."""

import os
import re
from importlib.metadata import distribution, entry_points
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest

import mriview

GROUPS = (
    *("mriview.readers", "mriview.exporters", "mriview.executors", "mriview.rooms"),
    "napari.manifest",
)
INSTALLED = bool(os.environ.get("MRIVIEW_EXPECT_INSTALLED"))
of_the_wheel = pytest.mark.skipif(
    not INSTALLED, reason="the checkout is imported here: `make test` asks this of the wheel"
)


@of_the_wheel
@pytest.mark.parametrize("name", ["mriview", "mriview_napari"])
def test_the_tests_import_the_wheel_and_not_the_checkout(name: str, checkout: Path) -> None:
    home = Path(find_spec(name).origin)
    assert home.parent.parent.name == "site-packages"
    assert not home.is_relative_to(checkout / "mriview")
    assert not home.is_relative_to(checkout / "plugins")


@of_the_wheel
@pytest.mark.parametrize(
    ("source", "package"),
    [
        ("mriview", "mriview"),
        ("plugins/mriview_napari", "mriview_napari"),
        ("sample_scans", "mriview/sample_scans"),
    ],
)
def test_whatever_stands_in_the_checkout_is_in_the_wheel(
    source: str, package: str, checkout: Path
) -> None:
    there = {
        path.relative_to(checkout / source).as_posix(): path.read_bytes()
        for path in (checkout / source).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    home = Path(mriview.__file__).parent.parent / package
    here = {name: (home / name).read_bytes() for name in there if (home / name).is_file()}
    assert there
    assert here == there


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("mriview", "py.typed"),
        ("mriview_napari", "py.typed"),
        ("mriview_napari", "napari.yaml"),
        ("mriview.vocabulary", "tables/vessels.toml"),
        ("mriview.report", "schema"),
    ],
)
def test_data_can_be_opened_where_the_package_looks_for_it(package: str, name: str) -> None:
    assert (files(package) / name).is_file() or list((files(package) / name).iterdir())


@pytest.mark.parametrize("group", GROUPS)
def test_every_entry_point_of_ours_leads_somewhere(group: str) -> None:
    ours = [point for point in entry_points(group=group) if point.dist.name == "mriview"]
    assert ours
    for point in ours:
        if group == "napari.manifest":  # its value is a file, not a name
            assert (files(point.module) / point.value.split(":")[1]).is_file()
        else:
            assert point.load() is not None


def test_the_metadata_say_what_the_package_is() -> None:
    metadata = distribution("mriview").metadata
    assert metadata["Version"] == mriview.__version__
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert "Research use only" in metadata["Summary"]
    assert metadata["Requires-Python"] == ">=3.11"
    assert {"room", "all"} <= set(metadata.get_all("Provides-Extra"))


@of_the_wheel
def test_the_licence_travels_with_the_wheel() -> None:
    licences = [path for path in distribution("mriview").files if path.name == "LICENSE"]
    assert "Redistribution and use" in licences[0].read_text()


def test_a_plain_installation_brings_neither_qt_nor_napari() -> None:
    plain = [line for line in distribution("mriview").requires if "extra ==" not in line]
    names = {re.match(r"[\w-]+", line)[0].lower() for line in plain}
    assert not names & {"napari", "pyside6-essentials", "pyqt6", "npe2", "superqt", "vispy"}
    assert not [line for line in plain if "@" in line], "an address instead of a version"


def test_constraints_hold_names_and_versions_only(checkout: Path) -> None:
    lines = (checkout / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", pin) for pin in pins)
    assert pins == sorted(pins, key=lambda pin: pin.split("==")[0])
