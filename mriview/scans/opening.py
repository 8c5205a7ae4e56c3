"""From a path to studies: one, all below a root, or only their series as a list.

Nothing raises for a bad series: what was refused, flagged or ignored travels with the study. Voxels
are not read here; each volume reads its own on first use.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import get_args

from mriview.errors import InputError, UsageError
from mriview.scans.files import listings_below
from mriview.scans.headers import Trust, Unread
from mriview.scans.index import Gathered, gather
from mriview.scans.keys import numbered
from mriview.scans.making import make_study, study_of_nothing
from mriview.scans.remembered import remembered
from mriview.scans.study import Study
from mriview.values import Problem, problem

SOME_KEYS = 12  # of studies, in one sentence


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """One series as headers show it.

    Parameters
    ----------
    key : str
        Series key.
    modality, role : str
        As in `Volume`; ``""`` and ``unknown`` where the series was refused.
    role_confidence : float
        0 to 1.
    shape : (int, int, int) or None
        Voxels along i, j, k; None where the series is no volume.
    spacing_mm : (float, float, float) or None
        Distance of voxel centres along i, j, k.
    problems : tuple of Problem
        What was refused, flagged or ignored.
    study_key : str
        Key of its study.
    time_points : int
        1 for a 3-D volume.
    """

    key: str
    modality: str
    role: str
    role_confidence: float
    shape: tuple[int, int, int] | None
    spacing_mm: tuple[float, float, float] | None
    problems: tuple[Problem, ...]
    study_key: str
    time_points: int = 1


def index(
    path: str | Path, secret: bytes | None = None, *, trust: Trust | None = None
) -> Iterator[SeriesSummary]:
    """List the series under a path, headers only.

    Parameters
    ----------
    path : str or Path
        A file or a folder; it may hold several studies.
    secret : bytes, optional
        Makes keys that only its holder can compute.
    trust : {"sform", "qform"}, optional
        Which matrix of a NIfTI file is trusted where its two disagree; such a file is refused
        otherwise, and flagged if trusted.

    Yields
    ------
    SeriesSummary
        Each volume, then each series of the study that gave none.

    Raises
    ------
    InputError
        The path cannot be read (``path_unreadable``).
    """
    for study in open_batch(path, secret=secret, trust=trust):
        for volume in study.volumes.values():
            yield SeriesSummary(
                key=volume.key,
                modality=volume.modality,
                role=volume.role.id,
                role_confidence=volume.role.confidence,
                shape=volume.grid.shape,
                spacing_mm=volume.grid.spacing_mm,
                problems=volume.problems,
                study_key=study.key,
                time_points=volume.time_points,
            )
        loaded = {key.partition(".")[0] for key in study.volumes}
        refused: dict[str, list[Problem]] = {}
        for one in study.problems:
            if one.where is not None and one.where.partition(".")[0] not in loaded:
                refused.setdefault(one.where, []).append(one)
        for key, problems in sorted(refused.items()):
            yield SeriesSummary(key, "", "unknown", 0.0, None, None, tuple(problems), study.key)


def open_study(
    path: str | Path,
    select: str | None = None,
    secret: bytes | None = None,
    *,
    trust: Trust | None = None,
) -> Study:
    """Open the one study under a path.

    Parameters
    ----------
    path : str or Path
        A file, or a folder with the images of one study in whatever folders.
    select : str, optional
        Key of the study that is meant where the path holds several.
    secret : bytes, optional
        Makes keys that only its holder can compute.
    trust : {"sform", "qform"}, optional
        Which matrix of a NIfTI file is trusted where its two disagree; such a file is refused
        otherwise, and flagged if trusted.

    Returns
    -------
    Study
        With its volumes, which load on first use, and all problems; a bad series raises nothing.

    Raises
    ------
    InputError
        The path cannot be read (``path_unreadable``) or holds no scan (``no_scan_found``).
    UsageError
        Several studies (``several_studies``), none of the key (``study_absent``), or a matrix that
        there is not (``trust_unknown``).
    """
    gathered = _gathered(Path(path), trust)
    studies = list(_studies(gathered, secret))
    if not gathered.sessions and not _refusals(gathered.strays):
        said = studies[0].problems[0]
        raise InputError(said.code, said.message, said.remedy, said.evidence)
    keys = numbered(study.key for study in studies)
    studies = [replace(study, key=key) for study, key in zip(studies, keys, strict=True)]
    more = f" ... ({len(keys) - SOME_KEYS} more: mriview index)" if len(keys) > SOME_KEYS else ""
    choices = ", ".join(keys[:SOME_KEYS]) + more
    if select is not None:
        chosen = [study for study in studies if study.key == select]
        if not chosen:
            found = f"none of the {len(studies)} studies under the path has the key {select!r}"
            raise UsageError("study_absent", found, f"Select one of {choices}", {"keys": keys})
        return chosen[0]
    if len(studies) > 1:
        found = f"the path holds {len(studies)} studies"
        raise UsageError("several_studies", found, f"Select one of {choices}", {"keys": keys})
    return studies[0]


def open_batch(
    root: str | Path,
    cases: str | None = None,
    secret: bytes | None = None,
    *,
    trust: Trust | None = None,
) -> Iterator[Study]:
    """Open every study below a root, one after the other.

    Parameters
    ----------
    root : str or Path
        A folder (or a file).
    cases : str, optional
        A glob below the root; each match is opened by itself, so that copies of one scan in two
        folders stay two.
    secret : bytes, optional
        Makes keys that only its holder can compute.
    trust : {"sform", "qform"}, optional
        Which matrix of a NIfTI file is trusted where its two disagree; such a file is refused
        otherwise, and flagged if trusted.

    Yields
    ------
    Study
        A broken one with its problems; only its own headers are held in memory. A place without any
        scan is a study without volumes and the problem ``no_scan_found``.

    Raises
    ------
    InputError
        The root cannot be read (``path_unreadable``).
    UsageError
        No file or folder fits ``cases`` (``no_case``), or there is no such matrix
        (``trust_unknown``).
    """
    seen: dict[str, int] = {}
    for place in places_of(Path(root), cases):
        try:
            gathered = _gathered(place, trust)
        except InputError as error:
            if cases is None:
                raise
            said = Problem(error.code, "error", error.found, error.remedy, error.evidence)
            studies: Iterable[Study] = [Study(study_of_nothing(()).key, problems=(said,))]
        else:
            studies = _studies(gathered, secret)
        for made in studies:
            study = made if made.place else replace(made, place=place.absolute())
            seen[study.key] = count = seen.get(study.key, 0) + 1
            if count == 1:
                yield study
                continue
            twin = problem("equal_study_keys", studies=count)
            key = f"{study.key}-{count}"
            yield replace(study, key=key, problems=(*study.problems, twin))


def _gathered(place: Path, trust: Trust | None) -> Gathered:
    if trust not in {None, *get_args(Trust)}:
        found = "neither of the matrices that can be trusted was named"
        raise UsageError("trust_unknown", found, "Trust sform or qform")
    with remembered() as memory:
        return gather(listings_below(place), memory, trust)


def places_of(root: Path, cases: str | None) -> list[Path]:
    """Give the places that are opened by themselves: the root, or what fits a glob below it.

    Raises
    ------
    InputError
        The root cannot be read (``path_unreadable``).
    UsageError
        Nothing fits (``no_case``).
    """
    if cases is None:
        return [root]
    next(listings_below(root), None)  # raises where the root cannot be read
    try:
        places = sorted(root.glob(cases))
    except (ValueError, NotImplementedError, IndexError):  # absolute, empty, or "."
        places = []
    if not places:
        found = "no file or folder below the root fits the pattern of cases"
        raise UsageError("no_case", found, "Give a pattern relative to the root, such as '*'")
    return places


def _studies(gathered: Gathered, secret: bytes | None) -> Iterator[Study]:
    """Make the studies of a place one by one; what two of them share is known before."""
    if not gathered.sessions:
        yield study_of_nothing(gathered.strays)
        return
    patients: dict[str, set[str]] = {}
    owners: dict[str, list[tuple[str, str]]] = {}
    for files in gathered.sessions:
        study, patient, _ = files.session
        if study:
            patients.setdefault(study, set()).add(patient)
        for series in files.series:
            owners.setdefault(series, []).append((study, patient))
    shared = {
        series: MappingProxyType(_shared(who)) for series, who in owners.items() if len(who) > 1
    }
    for files in gathered.sessions:
        alone = len(patients.get(files.session[0], ())) < 2
        yield make_study(files, secret, patient_in_key=not alone, shared_series=shared)


def _shared(owners: list[tuple[str, str]]) -> dict[str, int]:
    """How many patients, and how many studies, claim one series."""
    return {
        "two_patients": len({patient for _, patient in owners}),
        "two_studies": len({study for study, _ in owners}),
    }


def _refusals(strays: Iterable[Unread]) -> bool:
    return any(stray.problem.severity == "error" for stray in strays)
