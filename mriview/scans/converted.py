"""The sidecar of a converted volume: BIDS words for everybody, own words for what BIDS lacks.

``mriview convert`` writes it, and the NIfTI reader believes it, so that role, frame of reference
and warnings outlive a conversion. Both directions stand here lest they drift apart. Only numbers
and words of our own tables pass; the place of the voxels is never told, it is the file's matrix.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from string import Formatter

import numpy as np

from mriview import __version__
from mriview.geometry import Grid
from mriview.scans.coded import MODALITY, known_physics, known_words
from mriview.scans.keys import FRAME_HEX
from mriview.scans.study import Study
from mriview.scans.volume import Role, Volume
from mriview.values import Problem, problem
from mriview.vocabulary import physics, problems, roles

OWN = "mriview"  # our key of the sidecar, and the name of the software that wrote it
SYNTHETIC = "SYNTHETIC"  # as series name: any program then says what our reader says by its code
TOLD = "its conversion says so"  # the reason of a role; those in the file are not ours to show

MOST = 10**9  # of a number that is believed: above all mm, counts and ms of a scan

_SECONDS_DIGITS = 9  # of a time: nanoseconds
# True of the files that were converted, not of the file that was made of them.
_OF_THE_SOURCE = frozenset({"wrong_extension", "sidecar_unreadable", "duplicate_instance"})
_DIGEST = re.compile(f"[0-9a-f]{{{FRAME_HEX}}}")
# The words of evidence that are no role: of units, and of matrices
_WORDS = frozenset({"metres", "microns", "sform", "qform", "disagree", "mirror each other"})


@dataclass(frozen=True, slots=True)
class Told:
    """What a conversion says of its volume beyond BIDS.

    Parameters
    ----------
    role : Role or None
        None where it names none that is known.
    acquired_voxel_mm : (float, float, float) or None
        As in `Volume`.
    frame_is_told : bool
        Whether ``frame_of_reference`` counts; otherwise the header's word is all there is.
    frame_of_reference : str or None
        As in `Volume`: None forbids aligning by it.
    place : str or None
        `place_digest` of the grid that was written.
    problems : tuple of Problem
        Warnings of the volume that was converted.
    """

    role: Role | None = None
    acquired_voxel_mm: tuple[float, float, float] | None = None
    frame_is_told: bool = False
    frame_of_reference: str | None = None
    place: str | None = None
    problems: tuple[Problem, ...] = ()

    def at(self, grid: Grid) -> "Told":
        """Give what holds at a place: voxels that were moved or resampled since share no frame."""
        if self.frame_of_reference is None or self.place == place_digest(grid):
            return self
        return replace(self, frame_of_reference=None)

    def beside(self, found: Iterable[Problem]) -> tuple[Problem, ...]:
        """Give the warnings that a reader of the file does not find by itself."""
        codes = {one.code for one in found}
        return tuple(one for one in self.problems if one.code not in codes)


def sidecar_for(volume: Volume, study: Study) -> dict[str, object]:
    r"""Give what stands beside a converted volume.

    Parameters
    ----------
    volume : Volume
        Its voxels are not asked.
    study : Study
        The study that it belongs to.

    Returns
    -------
    dict
        JSON; times in seconds, as in BIDS.

    Examples
    --------
    >>> import numpy as np
    >>> from mriview.geometry import Grid
    >>> tof = Volume("6694f83c", Grid((4, 4, 4), np.eye(4)), load=lambda: np.zeros((4, 4, 4)),
    ...              modality="MR", physics={"tr_ms": 22.0, "sequence_variant": "SP\\OSP"})
    >>> made = sidecar_for(tof, Study("c47f5b18b8a430e6"))
    >>> made["RepetitionTime"], made["SequenceVariant"], made["mriview"]["series"]
    (0.022, ['SP', 'OSP'], '6694f83c')
    """
    made: dict[str, object] = {}
    if modality := known_words(MODALITY, volume.modality):
        made["Modality"] = modality
    if any(one.code == "synthetic_scan" for one in volume.problems):
        made["SeriesDescription"] = SYNTHETIC
    made |= _as_bids(known_physics(volume.physics))
    made |= {"ConversionSoftware": OWN, "ConversionSoftwareVersion": __version__}
    own: dict[str, object] = {
        "study": study.key,
        "series": volume.key,
        "role": {
            "id": volume.role.id,
            "confidence": volume.role.confidence,
            "reasons": list(volume.role.reasons),
        },
        "acquired_voxel_mm": volume.acquired_voxel_mm and list(volume.acquired_voxel_mm),
        "problems": [_without_place(one) for one in volume.problems],
    }
    if not study.scanner_frame_assumed:  # what was assumed is assumed again, and said again
        own["frame_of_reference"] = volume.frame_of_reference
        own["place"] = place_digest(volume.grid)
    return made | {OWN: own}


def told_in(values: Mapping[str, object]) -> Told | None:
    """Read what a conversion told; None where a sidecar is of another program.

    Examples
    --------
    >>> own = {"role": {"id": "tof_mra", "confidence": 0.95}, "frame_of_reference": None}
    >>> told = told_in({"ConversionSoftware": "mriview", "mriview": own})
    >>> told.role.id, told.frame_is_told, told.frame_of_reference
    ('tof_mra', True, None)
    >>> told_in({"ConversionSoftware": "dcm2niix"})
    """
    own = values.get(OWN)
    if values.get("ConversionSoftware") != OWN or not isinstance(own, dict):
        return None
    listed = own.get("problems")
    return Told(
        role=_role(own.get("role")),
        acquired_voxel_mm=_edges(own.get("acquired_voxel_mm")),
        frame_is_told="frame_of_reference" in own,
        frame_of_reference=_digest(own.get("frame_of_reference")),
        place=_digest(own.get("place")),
        problems=_warnings(listed if isinstance(listed, list) else []),
    )


def place_digest(grid: Grid) -> str:
    """Digest of shape and matrix as NIfTI-1 keeps it: the same before writing and after reading."""
    matrix = (grid.lps_from_index.astype("f4") + 0).astype("<f4")  # no negative zeros
    digest = hashlib.sha256(np.array(grid.shape, "<i4").tobytes())
    digest.update(matrix.tobytes())
    return digest.hexdigest()[:FRAME_HEX]


def _as_bids(values: Mapping[str, float | str]) -> dict[str, object]:
    made: dict[str, object] = {}
    for row in physics().values():
        if row.bids is None or row.id not in values:
            continue
        value = values[row.id]
        if isinstance(value, str):
            words = value.split("\\")
            made[row.bids] = words if len(words) > 1 else value
        elif row.bids_factor == 1.0:
            made[row.bids] = value
        else:
            made[row.bids] = round(value / row.bids_factor, _SECONDS_DIGITS)
    return made


def _without_place(one: Problem) -> dict[str, object]:
    said = one.as_json()
    return {key: said[key] for key in ("code", "severity", "message", "evidence")}


def _role(said: object) -> Role | None:
    if not isinstance(said, dict):
        return None
    name, confidence = said.get("id"), said.get("confidence")
    sure = _number(confidence)
    if not isinstance(name, str) or name not in roles() or sure is None or not 0 <= sure <= 1:
        return None
    return Role(name, sure, (TOLD,))


def _edges(said: object) -> tuple[float, float, float] | None:
    if not isinstance(said, list) or len(said) != 3:
        return None
    edges = [edge for edge in map(_number, said) if edge is not None and edge > 0]
    return (edges[0], edges[1], edges[2]) if len(edges) == 3 else None


def _digest(said: object) -> str | None:
    """Take a digest for one only if it is lower hex: anything else would be shown."""
    return said if isinstance(said, str) and _DIGEST.fullmatch(said) else None


def _warnings(listed: Iterable[object]) -> tuple[Problem, ...]:
    """Say warnings again, in the words of today; what cannot be said again is counted."""
    again = [_again(entry) if isinstance(entry, dict) else None for entry in listed]
    unsaid = again.count(None)
    said = {str(one): one for one in again if one and one.code not in _OF_THE_SOURCE}
    counted = (problem("converted_with_warnings", warnings=unsaid),) if unsaid else ()
    return (*said.values(), *counted)


def _again(entry: Mapping[str, object]) -> Problem | None:
    """Fill a row with the evidence of an entry; None where a number or a known word is missing."""
    code, evidence = entry.get("code"), entry.get("evidence")
    row = problems().get(code) if isinstance(code, str) else None
    if row is None or row.severity == "error" or not isinstance(evidence, dict):
        return None
    needed = [name for _, name, _, _ in Formatter().parse(row.found) if name]
    if not all(_is_known(evidence.get(name)) for name in needed):
        return None
    try:
        return problem(row.id, None, **{name: evidence[name] for name in needed})
    except ValueError:  # a word where the sentence formats a number
        return None


def _is_known(value: object) -> bool:
    if isinstance(value, str):
        return value in roles() or value in _WORDS
    return _number(value) is not None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < MOST else None  # also of NaN
