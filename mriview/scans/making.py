"""One study from the headers of its files: split, roles, keys, tally.

What belongs to the study was decided before (``index``); where it lies and whether it is a grid is
decided in ``split``, what it is for in ``roles``. Here the parts are put together and every file is
accounted for.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from mriview.errors import ScanError
from mriview.geometry import Grid
from mriview.scans.cautions import corrected_otherwise, interpolated
from mriview.scans.contents import raw_start_of
from mriview.scans.converted import Told
from mriview.scans.files import ScanFile
from mriview.scans.headers import (
    GridPlan,
    Header,
    Plane,
    TurnedAway,
    Unread,
    Whole,
    counted,
)
from mriview.scans.index import SessionFiles, without_copies
from mriview.scans.keys import frame_key, series_key, study_key
from mriview.scans.reading import readers
from mriview.scans.roles import SYNTHETIC, plain, role_of
from mriview.scans.split import split
from mriview.scans.study import Study, Tally
from mriview.scans.volume import Volume
from mriview.values import problem

SharedSeries = Mapping[str, Mapping[str, int]]

# Problems of a file that does not say whose it is, and may be an image of the series beside it.
MAY_BE_A_SLICE = frozenset(
    {
        *("file_truncated", "file_unreadable", "compressed_file_broken", "gzip_checksum"),
        *("file_changed", "header_too_large", "plugin_failed"),
    }
)
SOME_REASONS = 3  # of a place without a scan, in one sentence
FIRST_BYTES = 512  # tell places without a scan apart


@dataclass(slots=True)
class _Parts:
    """What is gathered while a study is made."""

    plans: dict[str, GridPlan] = field(default_factory=dict)
    away: list[TurnedAway] = field(default_factory=list)


def make_study(
    files: SessionFiles,
    secret: bytes | None = None,
    *,
    patient_in_key: bool = False,
    shared_series: SharedSeries = MappingProxyType({}),
) -> Study:
    """Make a study of the files of one session.

    Parameters
    ----------
    files : SessionFiles
        All its files.
    secret : bytes, optional
        Makes keys that only its holder can compute.
    patient_in_key : bool
        Whether another patient has the same StudyInstanceUID.
    shared_series : mapping
        Series that more than one study or patient claims, with how many: they are refused.
    """
    headers = files.headers()
    wholes = [header for header in headers if isinstance(header, Whole)]
    beside = {file for whole in wholes for file in whole.companions}
    unread = [h for h in headers if isinstance(h, Unread) and h.file not in beside]
    parts = _Parts()
    series: dict[str, list[Plane]] = {}
    for header in headers:
        if isinstance(header, Plane):
            series.setdefault(header.owner.series, []).append(header)
    for uid in sorted(series):
        lost = _lost(unread, series[uid])
        _add_series(parts, series[uid], series_key(uid, secret), lost, shared_series.get(uid))
    _add_wholes(parts, wholes, secret)
    _add_unread(parts, unread, secret)
    key = study_key(_identifiers(files, headers, patient_in_key=patient_in_key), secret)
    scanner = len(wholes) > 1 and not series and all(map(_is_only_scanner_space, wholes))
    frame = frame_key(key, secret) if scanner else None
    volumes = _volumes(parts, frame, secret)
    problems = [away.problem for away in parts.away]
    return Study(
        key=key,
        volumes=MappingProxyType(dict(sorted(volumes.items()))),
        problems=(*(p for v in volumes.values() for p in v.problems), *problems),
        tally=_tally(beside.union(header.file for header in headers), parts),
        scanner_frame_assumed=scanner,
        place=_common_folder(files.folders.values()),
    )


def study_of_nothing(strays: Sequence[Unread]) -> Study:
    """Give a place without any volume as a study that says why."""
    digest = sorted(hashlib.sha256(_first(stray.file)).hexdigest() for stray in strays)
    parts = _Parts()
    _add_unread(parts, strays, None)
    problems = tuple(away.problem for away in parts.away)
    if all(one.severity != "error" for one in problems):
        reasons = "; ".join(one.message for one in problems[:SOME_REASONS])
        nothing = problem(
            "no_scan_found", files=len(strays), reasons=f" ({reasons})" if reasons else ""
        )
        problems = (nothing, *problems)
    tally = _tally({stray.file for stray in strays}, parts)
    place = _common_folder(stray.file for stray in strays)
    return Study(study_key(digest), problems=problems, tally=tally, place=place)


def _common_folder(files: Iterable[ScanFile]) -> Path | None:
    """Where a study lies: the folder that holds all its files, or their archive."""
    folders = {file.path if file.member else os.path.dirname(file.path) for file in files}
    if len(folders) < 2:
        return Path(os.path.abspath(*folders)) if folders else None
    return Path(os.path.commonpath(os.path.abspath(folder) for folder in folders))


def _first(file: ScanFile) -> bytes:
    try:
        return raw_start_of(file, FIRST_BYTES)
    except (OSError, ScanError):
        return b""


def _identifiers(
    files: SessionFiles, headers: Iterable[Header], *, patient_in_key: bool
) -> list[str]:
    """Give what the study key is made of: the UID, or the content where there is none."""
    study, patient, _ = files.session
    if study:
        return [study, patient] if patient_in_key else [study]
    content = [h.instance for h in headers if isinstance(h, Plane)]
    content += [h.owner.series for h in headers if isinstance(h, Whole)]
    return sorted(content)


def _lost(unread: Iterable[Unread], planes: Sequence[Plane]) -> int:
    """Count files of a series, or of nobody beside it, that may hold slices and were not read."""
    series, folders = planes[0].owner.series, {plane.file.folder for plane in planes}
    return sum(
        one.problem.severity == "error"
        and (
            one.owner.series == series
            if one.owner is not None and one.owner.series
            else one.problem.code in MAY_BE_A_SLICE and one.file.folder in folders
        )
        for one in unread
    )


def _add_series(
    parts: _Parts,
    planes: list[Plane],
    key: str,
    lost: int,
    shared: Mapping[str, int] | None,
) -> None:
    if shared is not None:
        code = next(code for code in ("two_patients", "two_studies") if shared[code] > 1)
        said = problem(code, key, groups=shared[code])
        parts.away.append(TurnedAway(frozenset(plane.file for plane in planes), said))
        return
    kept, copies = without_copies(planes)
    made = split(kept)
    notes = tuple(away.problem for away in copies)
    if lost:
        notes = (*notes, problem("series_incomplete", files=lost))
    for n, plan in enumerate(made.plans, start=1):
        name = key if len(made.plans) == 1 else f"{key}.{n}"
        parts.plans[name] = replace(plan, problems=(*notes, *plan.problems))
    said_once = copies if not made.plans else ()  # with a volume its problems say it
    for away in (*made.turned_away, *said_once):
        parts.away.append(replace(away, problem=replace(away.problem, where=key)))


def _add_wholes(parts: _Parts, wholes: Sequence[Whole], secret: bytes | None) -> None:
    same: dict[str, list[Whole]] = {}
    for whole in wholes:
        same.setdefault(series_key(whole.owner.series, secret), []).append(whole)
    for key, members in same.items():
        for n, whole in enumerate(members, start=1):
            name = key if len(members) == 1 else f"{key}.{n}"
            parts.plans[name] = GridPlan(whole.grid, (whole,), whole.time_points, whole.problems)


def _add_unread(parts: _Parts, unread: Sequence[Unread], secret: bytes | None) -> None:
    by_series: dict[str, list[Unread]] = {}
    for one in unread:
        by_series.setdefault(one.owner.series if one.owner else "", []).append(one)
    for series in sorted(by_series):
        where = series_key(series, secret) if series else None
        parts.away += counted(by_series[series], where)


def _volumes(parts: _Parts, shared_frame: str | None, secret: bytes | None) -> dict[str, Volume]:
    """Make the volumes, then say what their headers say only side by side."""
    made = {name: _volume(name, plan, shared_frame, secret) for name, plan in parts.plans.items()}
    types = {name: plan.first.acquisition.image_type for name, plan in parts.plans.items()}
    for name, said in corrected_otherwise(made, types).items():
        volume = made[name]
        if said.code not in {one.code for one in volume.problems}:
            made[name] = replace(volume, problems=(*volume.problems, said))
    return made


def _volume(key: str, plan: GridPlan, shared_frame: str | None, secret: bytes | None) -> Volume:
    first = plan.first
    told = first.told.at(plan.grid) if isinstance(first, Whole) else Told()
    role, doubts = role_of(first.acquisition, plan.grid, plan.time_points)
    if told.role is not None:  # which weighed more than is here: names, contrast, image type
        role, doubts = told.role, ()
    if SYNTHETIC in plain(" ".join(first.acquisition.names)).split():
        doubts = (*doubts, problem("synthetic_scan"))
    frame = told.frame_of_reference if told.frame_is_told else shared_frame
    edges = told.acquired_voxel_mm
    if isinstance(first, Plane):
        frame, edges = frame_key(first.frame_of_reference, secret), first.acquired_mm
    acquired = _acquired(edges, plan.grid)
    doubts = (*doubts, *interpolated(acquired, plan.grid))
    said = {one.code for one in plan.problems}
    notes = (*plan.problems, *(one for one in doubts if one.code not in said))
    return Volume(
        key=key,
        grid=plan.grid,
        load=partial(readers().working[first.reader].load, plan),
        time_points=plan.time_points,
        modality=first.acquisition.modality,
        role=role,
        physics=first.acquisition.physics,
        frame_of_reference=frame,
        acquired_voxel_mm=acquired,
        file_count=len(plan.files),
        problems=tuple(replace(one, where=key) for one in notes),
    )


def _is_only_scanner_space(whole: Whole) -> bool:
    """Whether the header's word for the scanner's space is all that is known of a frame."""
    return whole.scanner_space and not whole.told.frame_is_told


def _acquired(
    edges_mm: tuple[float, float, float] | None, grid: Grid
) -> tuple[float, float, float] | None:
    """Edges that were measured; across a gap between thin slices nothing was, so spacing counts."""
    if edges_mm is None:
        return None
    i, j, k = (
        max(edge, round(step, 4)) for edge, step in zip(edges_mm, grid.spacing_mm, strict=True)
    )
    return i, j, k


def _tally(files: set[ScanFile], parts: _Parts) -> Tally:
    """Account for every file once: loaded before refused before ignored."""
    loaded = files & set().union(*(plan.files for plan in parts.plans.values()))
    refused = {
        file for away in parts.away if away.problem.severity == "error" for file in away.files
    } - loaded
    ignored = len(files) - len(loaded) - len(refused)
    return Tally(len(files), len(loaded), len(refused), ignored)
