"""The sample studies that everybody has: one real scan that is shipped, and a synthetic patient.

The real one lies in ``sample_scans/``; the synthetic ones are made from a seed on first use. Each
comes with a scripted reader. What is done with them, ``demo`` and the room say.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from mriview.errors import InputError, UsageError
from mriview.phantom import write_phantom

SCANS, DEFINITION = "dicom", "phantom.json"  # a sample holds scans, or how to make them


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


def sample_names() -> list[str]:
    """Name the samples: the real scans first, then what is made on first use."""
    folders = sorted(shipped_folder().iterdir())
    real = [folder.name for folder in folders if (folder / SCANS).is_dir()]
    return [*real, *(folder.name for folder in folders if (folder / DEFINITION).is_file())]


def sample(name: str, out: Path) -> Sample:
    """Give one sample; a synthetic one is made below a folder if it is not there yet.

    Parameters
    ----------
    name : str
        One of `sample_names`.
    out : Path
        Folder for synthetic studies; nothing is written there for a real one.

    Raises
    ------
    UsageError
        There is no such sample.
    """
    shipped = shipped_folder() / name
    if (shipped / SCANS).is_dir():
        return Sample(name, shipped / SCANS, shipped / "reader.json")
    if not (shipped / DEFINITION).is_file():
        found = f"there is no sample {name!r}"
        raise UsageError("sample_unknown", found, f"Use one of {', '.join(sample_names())}")
    folder = out / name
    if not (folder / "truth.json").is_file():
        write_phantom(folder, **json.loads((shipped / DEFINITION).read_text("utf-8")))
    return Sample(name, folder / "study", folder / "reader.json")


def expected_report(name: str) -> Path:
    """Name the file of the report that the scripted reader of a sample must give."""
    return shipped_folder() / name / "expected_report.json"
