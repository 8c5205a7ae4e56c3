"""Digital patients that several tests read; each is made once."""

import pytest

from mriview.phantom import PhantomFiles


@pytest.fixture(scope="session")
def as_dicom(synthetic) -> PhantomFiles:
    return synthetic("aica_left")


@pytest.fixture(scope="session")
def as_nifti(synthetic) -> PhantomFiles:
    return synthetic("aica_left", to="nifti")


@pytest.fixture(scope="session")
def with_mass(synthetic) -> PhantomFiles:
    return synthetic("mass_left")
