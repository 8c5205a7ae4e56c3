"""Digital patients that several tests read; each is made once."""

from pathlib import Path

import pytest

from mriview.phantom import PhantomFiles, write_phantom


@pytest.fixture(scope="session")
def as_dicom(tmp_path_factory: pytest.TempPathFactory) -> PhantomFiles:
    return write_phantom(_new(tmp_path_factory), "aica_left")


@pytest.fixture(scope="session")
def as_nifti(tmp_path_factory: pytest.TempPathFactory) -> PhantomFiles:
    return write_phantom(_new(tmp_path_factory), "aica_left", to="nifti")


@pytest.fixture(scope="session")
def with_mass(tmp_path_factory: pytest.TempPathFactory) -> PhantomFiles:
    return write_phantom(_new(tmp_path_factory), "mass_left", seed=1)


def _new(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("phantom") / "patient"
