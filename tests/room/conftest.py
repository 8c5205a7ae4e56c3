"""The real napari under test: settings, home and data folders of its own, before it is imported.

Tests marked ``room`` open a window and need a display; where none is there they fail, since a room
that cannot start is no reason to skip. One viewer is shared by a module.
"""

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

_OWN = Path(tempfile.mkdtemp(prefix="mriview-room-"))
os.environ["NAPARI_CONFIG"] = str(_OWN / "napari" / "settings.yaml")  # read when napari is imported
for _name, _folder in (
    ("HOME", "home"),
    ("XDG_CONFIG_HOME", "config"),
    ("XDG_CACHE_HOME", "cache"),
    ("XDG_DATA_HOME", "data"),
):
    (_OWN / _folder).mkdir()
    os.environ[_name] = str(_OWN / _folder)
sys.path.insert(0, str(Path(__file__).parent))  # `hands` is a module of these tests


@pytest.fixture(scope="session", autouse=True)
def _screen_of_its_own():
    """Give each of several workers a screen: two windows on one take the focus from each other."""
    server = shutil.which("Xvfb")
    if "PYTEST_XDIST_WORKER" not in os.environ or server is None:
        yield
        return
    told, tell = os.pipe()
    screen = [server, "-displayfd", str(tell), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
    with subprocess.Popen(screen, pass_fds=[tell], stderr=subprocess.DEVNULL) as running:
        os.close(tell)
        with os.fdopen(told) as number:
            os.environ["DISPLAY"] = f":{number.readline().strip()}"
        yield
        running.terminate()


@pytest.fixture(scope="session")
def own_folder() -> Path:
    """Where napari, Qt and the reviews of these tests may leave something."""
    return _OWN


@pytest.fixture(scope="module")
def napari_viewer():
    """One viewer a module, with the plug-in registered as an installed one would be."""
    import napari
    from npe2 import PluginManager, PluginManifest
    from qtpy.QtCore import QEvent
    from qtpy.QtWidgets import QApplication

    import mriview_napari

    manifest = Path(mriview_napari.__file__).with_name("napari.yaml")
    manager = PluginManager.instance()
    viewer = napari.Viewer(show=True)
    if "mriview" not in manager:
        manager.register(PluginManifest.from_file(manifest))
    viewer.window.resize(1600, 1000)
    QApplication.processEvents()
    yield viewer
    from mriview_napari.opening import close_in

    close_in(viewer)
    viewer.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    gc.collect()
