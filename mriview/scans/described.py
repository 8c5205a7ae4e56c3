"""A study without its voxels, as JSON: what a reading was made on, so that its report can be built.

Everything that a review and a report ask of a `Study` is here, and nothing else: no voxel, no path,
nothing identifying. Reading is strict: what is not exactly such a description is refused. Where the
file lies, and when it is written, is the matter of the record (``mriview.review``).
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, NoReturn, TypeVar, cast

import numpy as np

from mriview import vocabulary
from mriview.errors import BrokenRecordError, GeometryError
from mriview.geometry import Grid
from mriview.scans.study import Study, Tally
from mriview.scans.volume import Role, Volume, Voxels
from mriview.values import Problem, problem
from mriview.values.strict_json import read_json

_Kind = TypeVar("_Kind")

FORMAT, FORMAT_VERSION = "mriview.study", "1.0"
BEGINNING = f'{{\n "format": "{FORMAT}"'.encode()  # of every description that is written here

MOST_VOXELS = 1_000_000  # along an edge; as a report takes them
FARTHEST_MM = 1e9  # of a coordinate; likewise

_VERSION = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}")
_SERIES_KEY = re.compile(r"[0-9a-f]{8}(\.[0-9]{1,9})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SEVERITIES = ("info", "warning", "error")
_STUDY_KEYS = {
    *("format", "format_version", "study_key", "scanner_frame_assumed"),
    *("tally", "volumes", "problems"),
}
_VOLUME_KEYS = {
    *("key", "shape", "lps_from_index", "time_points", "modality", "role", "physics"),
    *("frame_of_reference", "acquired_voxel_mm", "file_count", "problems", "content_sha256"),
}
_TALLY_KEYS = {"found", "loaded", "refused", "ignored"}
_ROLE_KEYS = {"id", "confidence", "reasons"}
_PROBLEM_KEYS = {"code", "severity", "message", "evidence", "remedy", "where"}


@dataclass(frozen=True, eq=False)
class DescribedVolume(Volume):
    """One volume as it was described; its voxels are not here.

    Parameters
    ----------
    told_sha256 : str or None
        Digest of matrix and voxels when they were here; None where they could not be read.
    """

    told_sha256: str | None = None

    @cached_property
    def content_sha256(self) -> str:
        """Digest as it was taken when the voxels were here.

        Raises
        ------
        ScanError
            They could not be read then either (``scans_not_here``).
        """
        return self.told_sha256 or _refuse_voxels()


def description_of(study: Study, content: Mapping[str, str | None]) -> bytes:
    """Describe a study by everything but its voxels.

    Parameters
    ----------
    study : Study
        Its voxels are not asked.
    content : mapping
        Series key to content digest; None where the voxels could not be read.

    Returns
    -------
    bytes
        JSON. The same study gives the same bytes, wherever it lies.
    """
    told = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "study_key": study.key,
        "scanner_frame_assumed": study.scanner_frame_assumed,
        "tally": asdict(study.tally),
        "volumes": [_told(volume, content[key]) for key, volume in study.volumes.items()],
        "problems": [_plain(one.as_json()) for one in study.problems],
    }
    return (json.dumps(told, indent=1, allow_nan=False) + "\n").encode()


def study_from(data: bytes) -> Study:
    """Read a study from its description; each volume refuses to give voxels (``scans_not_here``).

    Parameters
    ----------
    data : bytes
        What `description_of` gave.

    Raises
    ------
    BrokenRecordError
        It is no description (``study_json_broken``), or one of a newer version
        (``study_json_version``).
    """
    try:
        told, twice = read_json(data)
    except ValueError as error:
        raise _broken("it is no JSON") from error
    if twice:
        raise _broken("a key is given twice")
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise _broken("it is no", FORMAT)
    _refuse_newer(told.get("format_version"))
    return _study(_Told(told, "$", _STUDY_KEYS))


def _told(volume: Volume, sha256: str | None) -> dict[str, object]:
    return {
        "key": volume.key,
        "shape": list(volume.grid.shape),
        "lps_from_index": volume.grid.lps_from_index.tolist(),
        "time_points": volume.time_points,
        "modality": volume.modality,
        "role": {**asdict(volume.role), "reasons": list(volume.role.reasons)},
        "physics": _plain(volume.physics),
        "frame_of_reference": volume.frame_of_reference,
        "acquired_voxel_mm": _plain(volume.acquired_voxel_mm),
        "file_count": volume.file_count,
        "problems": [_plain(one.as_json()) for one in volume.problems],
        "content_sha256": sha256,
    }


def _plain(value: object) -> Any:
    """Make JSON of what is evidence: numbers that JSON has not, and other values, become words."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):  # one of numpy's is one, too
        return float(value) if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, str | int) else str(value)


def _refuse_voxels() -> NoReturn:
    raise problem("scans_not_here").as_error()


def _no_voxels() -> Voxels:
    _refuse_voxels()


def _broken(why: str, what: str = "") -> BrokenRecordError:
    found = f"the description of the study is not what it was written as: {why} {what}".rstrip()
    return BrokenRecordError("study_json_broken", found, "Restore the folder from a copy")


def _refuse_newer(version: object) -> None:
    if version == FORMAT_VERSION:
        return
    if isinstance(version, str) and _VERSION.fullmatch(version):
        found = "the description of the study is of a version that this program does not know"
        raise BrokenRecordError("study_json_version", found, "Update mriview")
    raise _broken("it names no version")


class _Told:
    """One object of the description: exactly its keys, each of the kind that is asked."""

    def __init__(self, value: object, place: str, keys: set[str]) -> None:
        self._place = place
        if not isinstance(value, dict):
            raise _broken("no object at", place)
        if other := (keys ^ set(value)):
            raise _broken("a key is missing at" if other & keys else "an unknown key at", place)
        self._value: dict[str, Any] = value

    def one(
        self, key: str, kind: type[_Kind], fits: Callable[[_Kind], object] = lambda _: True
    ) -> _Kind:
        """Give a value of one kind; a truth value is no number, and a whole number is one."""
        found = self._value[key]
        if kind is float and type(found) is int:
            found = _as_float(found)
        if type(found) is not kind or not fits(found) or not _is_written(found):
            self._refuse(key)
        checked: _Kind = found
        return checked

    def maybe(
        self, key: str, kind: type[_Kind], fits: Callable[[_Kind], object] = lambda _: True
    ) -> _Kind | None:
        """Give a value of one kind, or None."""
        return None if self._value[key] is None else self.one(key, kind, fits)

    def numbers(self, key: str, count: int) -> tuple[float, ...]:
        """Give a list of millimetres."""
        found = self.one(key, list, lambda x: len(x) == count and all(map(_is_mm, x)))
        return tuple(map(float, found))

    def words(self, key: str) -> tuple[str, ...]:
        """Give a list of texts."""
        return tuple(
            self.one(key, list, lambda x: all(isinstance(w, str) and _is_written(w) for w in x))
        )

    def inner(self, key: str, keys: set[str]) -> "_Told":
        """Give an object."""
        return _Told(self._value[key], f"{self._place}.{key}", keys)

    def each(self, key: str, keys: set[str]) -> list["_Told"]:
        """Give a list of objects."""
        place = f"{self._place}.{key}"
        return [
            _Told(item, f"{place}[{number}]", keys)
            for number, item in enumerate(self.one(key, list))
        ]

    def grid(self) -> Grid:
        """Give the grid that shape and matrix make."""
        shape = self.one("shape", list, lambda x: len(x) == 3 and all(map(_is_edge, x)))
        rows = self.one("lps_from_index", list)
        near = all(isinstance(row, list) and all(map(_is_mm, row)) for row in rows)
        if not near or [len(row) for row in rows] != [4] * 4:
            self._refuse("lps_from_index")
        try:
            return Grid((shape[0], shape[1], shape[2]), np.array(rows, np.float64))
        except GeometryError:
            self._refuse("lps_from_index")

    def _refuse(self, key: str) -> NoReturn:
        raise _broken("another kind of value at", f"{self._place}.{key}")


def _is_written(value: object) -> bool:
    """Whether a text, if it is one, can be written to a file: no half of a pair of UTF-16."""
    return not isinstance(value, str) or not any("\ud800" <= sign <= "\udfff" for sign in value)


def _as_float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _is_number(value: object) -> bool:
    if type(value) is int:
        value = _as_float(value)
    return isinstance(value, float) and math.isfinite(value)


def _is_mm(value: object) -> bool:
    return isinstance(value, int | float) and _is_number(value) and abs(value) <= FARTHEST_MM


def _is_edge(value: object) -> bool:
    return type(value) is int and 1 <= value <= MOST_VOXELS


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 1


def _study(told: _Told) -> Study:
    volumes = [_volume(one) for one in told.each("volumes", _VOLUME_KEYS)]
    by_key = {volume.key: volume for volume in volumes}
    if len(by_key) < len(volumes):
        raise _broken("two volumes have one key")
    tally = told.inner("tally", _TALLY_KEYS)
    counts = {key: tally.one(key, int, lambda n: n >= 0) for key in _TALLY_KEYS}
    return Study(
        key=told.one("study_key", str, lambda key: key.strip() and key.isprintable()),
        volumes=MappingProxyType(by_key),
        problems=tuple(_problem(one) for one in told.each("problems", _PROBLEM_KEYS)),
        tally=Tally(**counts),
        scanner_frame_assumed=told.one("scanner_frame_assumed", bool),
    )


def _volume(told: _Told) -> Volume:
    acquired_mm = told.maybe("acquired_voxel_mm", list)
    edges_mm = None if acquired_mm is None else told.numbers("acquired_voxel_mm", 3)
    role = told.inner("role", _ROLE_KEYS)
    return DescribedVolume(
        key=told.one("key", str, _SERIES_KEY.fullmatch),
        grid=told.grid(),
        load=_no_voxels,
        time_points=told.one("time_points", int, _is_count),
        modality=told.one("modality", str),
        role=Role(
            role.one("id", str, lambda row: row in vocabulary.roles()),
            role.one("confidence", float, lambda share: 0 <= share <= 1),
            role.words("reasons"),
        ),
        physics=_physics(told),
        frame_of_reference=told.maybe("frame_of_reference", str),
        acquired_voxel_mm=None if edges_mm is None else (edges_mm[0], edges_mm[1], edges_mm[2]),
        file_count=told.one("file_count", int, lambda n: n >= 0),
        problems=tuple(_problem(one) for one in told.each("problems", _PROBLEM_KEYS)),
        told_sha256=told.maybe("content_sha256", str, _SHA256.fullmatch),
    )


def _physics(told: _Told) -> Mapping[str, float | str]:
    def fits(values: dict[str, Any]) -> bool:
        return all(isinstance(value, str) or _is_number(value) for value in values.values())

    values: dict[str, Any] = told.one("physics", dict, fits)
    return MappingProxyType(values)


def _problem(told: _Told) -> Problem:
    severity = told.one("severity", str, lambda word: word in _SEVERITIES)
    return Problem(
        code=told.one("code", str),
        severity=cast("Literal['info', 'warning', 'error']", severity),
        message=told.one("message", str),
        remedy=told.one("remedy", str),
        evidence=MappingProxyType(told.one("evidence", dict)),
        where=told.maybe("where", str),
    )
