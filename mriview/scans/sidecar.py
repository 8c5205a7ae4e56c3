"""How a NIfTI scan was made: its BIDS sidecar, or no more than the words of its file name.

A sidecar says times in seconds; rows of the vocabulary turn them into the house's units. Of its
texts only known words are shown (``coded``), and geometry is never taken from it.
"""

import json
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType

from mriview.errors import ScanError
from mriview.scans.contents import beside, start_of
from mriview.scans.converted import Told, told_in
from mriview.scans.files import ScanFile
from mriview.scans.headers import Acquisition
from mriview.values import Problem, problem
from mriview.vocabulary import physics

MAX_SIDECAR_BYTES = 4 * 2**20
MOST_DIGITS = 18  # of a whole number: what 64 bits hold
SUFFIXES = (".nii.gz", ".nii", ".hdr.gz", ".hdr", ".img.gz", ".img")

# Beyond it a value cannot be seconds: someone wrote milliseconds. Domain page, section 6. A short
# repetition time could be either, so it goes by the echo time beside it.
MOST_SECONDS = {"tr_ms": 30.0, "te_ms": 1.0, "ti_ms": 12.0}
GOES_BY = {"tr_ms": "EchoTime"}
_NAMES = ("SeriesDescription", "SequenceName", "PulseSequenceName", "PulseSequenceDetails")


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What stands beside a file: physics and names, the file that says so, its problems.

    ``told``: what a conversion of this program says beyond BIDS.
    """

    acquisition: Acquisition
    file: ScanFile | None = None
    problems: tuple[Problem, ...] = ()
    told: Told = field(default_factory=Told)


def stem_of(name: str) -> str:
    """Name of a NIfTI file without its endings.

    Examples
    --------
    >>> stem_of("sub-01_acq-ciss_T2w.nii.gz")
    'sub-01_acq-ciss_T2w'
    """
    last = os.path.splitext(name)[1]
    ending = next((e for e in SUFFIXES if name.lower().endswith(e)), last)
    return name[: len(name) - len(ending)] if ending else name


def sidecar_of(file: ScanFile) -> Sidecar:
    """Read what stands beside a NIfTI file; without a sidecar only its name speaks."""
    stem = stem_of(file.name)
    alone = Acquisition(names=(stem,), file_name_only=True)
    found = beside(file, stem + ".json") or beside(file, stem + ".JSON")
    if found is None:
        return Sidecar(alone)
    values = None
    with suppress(OSError, ScanError, ValueError, RecursionError):
        text = start_of(found, MAX_SIDECAR_BYTES + 1)
        values = json.loads(text, parse_int=_whole) if len(text) <= MAX_SIDECAR_BYTES else None
    if not isinstance(values, dict):
        return Sidecar(alone, found, (problem("sidecar_unreadable", files=1),))
    return Sidecar(acquisition_from(values, stem), found, told=told_in(values) or Told())


def acquisition_from(values: Mapping[str, object], stem: str) -> Acquisition:
    """Turn a sidecar into physics and names.

    Examples
    --------
    >>> made = acquisition_from({"RepetitionTime": 0.025, "EchoTime": 0.0036}, "sub-01_angio")
    >>> made.physics["tr_ms"], made.physics["te_ms"]
    (25.0, 3.6)
    """
    found: dict[str, float | str] = {}
    ours = told_in(values) is not None  # always seconds
    for row in physics().values():
        if row.bids is None or row.bids not in values:
            continue
        if row.unit is None:
            found[row.id] = _word(values[row.bids])
        elif (number := _number(values[row.bids])) is not None:
            seconds = ours or _is_seconds(row.id, number, values)
            found[row.id] = round(number * (row.bids_factor if seconds else 1.0), 6)
    names = [_word(values[key]) for key in _NAMES if key in values]
    if not _word(values.get("Manufacturer", "")).upper().startswith("GE"):
        names.append(_word(values.get("ProtocolName", "")))
    image_type = _word(values.get("ImageType", "")).upper()
    return Acquisition(
        modality=_word(values.get("Modality", "")),
        physics=MappingProxyType({key: value for key, value in found.items() if value != ""}),
        names=(*(name for name in names if name), stem),
        image_type=tuple(image_type.split("\\")) if image_type else (),
        contrast_agent=_word(values.get("ContrastBolusIngredient", "")),
    )


def _is_seconds(row: str, number: float, values: Mapping[str, object]) -> bool:
    if row in GOES_BY and (_number(values.get(GOES_BY[row])) or 0) > MOST_SECONDS["te_ms"]:
        return False
    return number <= MOST_SECONDS.get(row, math.inf)


def _word(value: object) -> str:
    """One text; a list becomes the backslashed form that DICOM has."""
    if isinstance(value, list):
        return "\\".join(str(one) for one in value)
    return value if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _whole(digits: str) -> int | float:
    """Read a whole number; JSON sets no limit to its length, a float overflows to infinity."""
    return int(digits) if len(digits) <= MOST_DIGITS else float(digits)
