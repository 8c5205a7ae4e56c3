"""What every test shares: hypothesis profiles, and the places of builders, strategies, corpus."""

import os
import shutil
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))  # builders and strategies are modules of the tests

_NO_CLOCK = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("fast", max_examples=25, **_NO_CLOCK)
settings.register_profile("ci", max_examples=100, derandomize=True, **_NO_CLOCK)
settings.register_profile("long", max_examples=2000, **_NO_CLOCK)
settings.load_profile(os.environ.get("MRIVIEW_HYPOTHESIS", "fast"))


WHOLE_STUDIES = {"as_dicom", "as_nifti", "with_mass", "demonstration"}  # seconds each to make


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what makes whole patients, so that the fast suite can leave it out."""
    for item in items:
        if WHOLE_STUDIES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.whole)


@pytest.fixture(scope="session", autouse=True)
def _cache_of_the_session(tmp_path_factory):
    """Keep the tests out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def set_limit(monkeypatch):
    """Give a function that sets limits of reading for one test."""
    from mriview.scans.limits import PREFIX, limits

    def to(**values: int) -> None:
        for name, value in values.items():
            monkeypatch.setenv(PREFIX + name.upper(), str(value))
        limits.cache_clear()

    yield to
    monkeypatch.undo()
    limits.cache_clear()


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


@pytest.fixture(scope="module")
def browser():
    """Give a Chromium."""
    from browser import chromium

    with chromium() as started:
        yield started


@pytest.fixture
def shown(browser):
    """Give a function that shows a file as a page."""
    from browser import pages

    with pages(browser) as of:
        yield of


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory):
    """Give the files of a digital patient; each is made once, and nobody writes into it."""
    from mriview.phantom import write_phantom

    @cache
    def made(case="aica_left", to="dicom"):
        folder = tmp_path_factory.mktemp("synthetic") / case
        return write_phantom(folder, case=case, seed=0, to=to)

    return made


@pytest.fixture(scope="session")
def demonstration(synthetic, tmp_path_factory):
    """Folder of the demonstration, run once; the synthetic patients are those of the session."""
    from mriview.workflow.demo import run_demo

    out = tmp_path_factory.mktemp("demonstration")
    for case in ("aica_left", "mass_left"):
        shutil.copytree(synthetic(case).truth.parent, out / f"synthetic_{case}")
    run_demo(out)
    return out


@pytest.fixture
def shell(monkeypatch, capsys):
    """Give the command line: words in; exit code, output and errors out."""
    from mriview import cli

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["mriview", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return run
