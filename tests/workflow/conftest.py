"""A small archive with readings for tests of runs; nobody writes into it."""

import poison
import pytest
from archives import an_archive, readings_of


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Five tiny studies, nobody writes into them."""
    return an_archive(tmp_path_factory.mktemp("archive"), 5)


@pytest.fixture(scope="module")
def reviews(archive, tmp_path_factory):
    """Two readers of all, the second of three."""
    return readings_of(archive, tmp_path_factory.mktemp("reviews"), 8)


@pytest.fixture
def poisoned(tmp_path, monkeypatch):
    """An archive of two sound studies to which a test adds a harmful one."""
    monkeypatch.syspath_prepend(poison.installed(tmp_path / "site"))
    return an_archive(tmp_path / "archive", 2)
