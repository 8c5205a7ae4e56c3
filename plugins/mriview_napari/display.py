"""Whether a window can be opened here, asked before Qt is: Qt ends the process where it cannot.

A missing display or a missing system library makes Qt abort without an exception, so it is tried
once in a process of its own. Knows no napari.
"""

import os
import subprocess
import sys
from importlib.util import find_spec

from mriview.errors import MissingExtraError

PROBE = "from qtpy.QtWidgets import QApplication; QApplication([])"
PROBE_SECONDS = 60  # a cold disk takes 10 s to load Qt; this is a guard against a hang
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


def check_display() -> None:
    """Refuse where the room cannot open a window.

    Raises
    ------
    MissingExtraError
        ``room_not_installed``, or ``no_display`` with what to do.
    """
    missing = [name for name in ("napari", "qtpy", "superqt") if find_spec(name) is None]
    if missing:
        found = f"{', '.join(missing)} is not installed"
        raise MissingExtraError("room_not_installed", found, "Run pip install 'mriview[room]'")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in DISPLAYS):
        found = f"neither {' nor '.join(DISPLAYS)} is set"
        remedy = "Run it on a desktop, or use mriview apply and mriview export, which need none"
        raise MissingExtraError("no_display", found, remedy)
    from qtpy.QtWidgets import QApplication

    if QApplication.instance() is None and not _qt_starts():
        found = "Qt cannot open a window on this display"
        remedy = (
            "Check the display and Qt's system libraries, or use mriview apply, which needs none"
        )
        raise MissingExtraError("no_display", found, remedy)


def _qt_starts() -> bool:
    """Start Qt once in a process of its own."""
    try:
        probe = subprocess.run(  # noqa: S603 (our own interpreter, a constant program)
            [sys.executable, "-c", PROBE], capture_output=True, timeout=PROBE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return probe.returncode == 0
