"""The sample studies that everybody has: one real scan that is shipped, and a synthetic patient.

The real one lies in ``sample_scans/``; the synthetic ones are made from a seed on first use. Each
comes with a scripted reader. What is done with them, ``demo`` and the room say.
"""

from dataclasses import dataclass
from pathlib import Path

from mriview.errors import InputError
from mriview.phantom import write_phantom

SEED = 7  # of the synthetic patient; its expected reports rest on it
SYNTHETIC = ("aica_left", "mass_left")
REAL = ("t1_posterior_fossa",)


@dataclass(frozen=True, slots=True)
class Sample:
    """One study with its scripted reader."""

    name: str
    study: Path
    script: Path


def shipped_folder() -> Path:
    """Find the shipped scans: inside the installed package, or beside it in a checkout.

    Raises
    ------
    InputError
        They are in neither place.
    """
    package = Path(__file__).parents[1]
    for folder in (package / "sample_scans", package.parent / "sample_scans"):
        if folder.is_dir():
            return folder
    found = "the sample scans are not beside the program"
    raise InputError("samples_missing", found, "Install mriview again")


def real_sample(name: str = REAL[0]) -> Sample:
    """Give a real scan that is shipped."""
    folder = shipped_folder() / name
    return Sample(name, folder / "dicom", folder / "reader.json")


def synthetic_sample(name: str, out: Path) -> Sample:
    """Give a synthetic patient below a folder; made there if it is not there yet."""
    folder = out / name
    if not (folder / "truth.json").is_file():
        write_phantom(folder, case=name, seed=SEED, to="dicom")
    return Sample(name, folder / "study", folder / "reader.json")


def samples(out: Path) -> list[Sample]:
    """Give every sample; synthetic ones are made below the folder.

    Parameters
    ----------
    out : Path
        Folder for the synthetic studies.
    """
    made = [synthetic_sample(name, out) for name in SYNTHETIC]
    return [*(real_sample(name) for name in REAL), *made]


def expected_report(name: str) -> Path:
    """Name the file of the report that the scripted reader of a sample must give."""
    return shipped_folder() / "expected" / f"{name}.json"
