"""What every test shares: hypothesis profiles, and the places of builders, strategies, corpus."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))  # builders and strategies are modules of the tests

_NO_CLOCK = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("fast", max_examples=25, **_NO_CLOCK)
settings.register_profile("ci", max_examples=100, derandomize=True, **_NO_CLOCK)
settings.register_profile("long", max_examples=2000, **_NO_CLOCK)
settings.load_profile(os.environ.get("MRIVIEW_HYPOTHESIS", "fast"))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Folder of the scan corpus; tests that need it are skipped by name where it is absent."""
    folder = os.environ.get("MRIVIEW_CORPUS")
    if not folder:
        pytest.skip("MRIVIEW_CORPUS is not set: the scan corpus is not here")
    return Path(folder)


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Folder of the repository; the suite itself may run from a copy of `tests/` elsewhere."""
    return Path(os.environ.get("MRIVIEW_CHECKOUT") or Path(__file__).parent.parent)
