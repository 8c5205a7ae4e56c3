"""The kinds of values that a report holds: numbers, positions, ids, and quantities.

A quantity is a value with unit, method, origin and what is known of its uncertainty, or the reason
why it is withheld; never a bare number. Which key holds which is said by the other ``model_``
modules.
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from mriview.errors import GeometryError
from mriview.geometry import Grid, arc_length
from mriview.vocabulary.ids import SeverityScaleId

FARTHEST_MM = 1e9  # of a coordinate; beyond it products of millimetres lose their digits
MOST_VOXELS = 1_000_000  # along one edge of a grid
Number = Annotated[float, Field(allow_inf_nan=False)]
Coordinate = Annotated[float, Field(allow_inf_nan=False, ge=-FARTHEST_MM, le=FARTHEST_MM)]
Position = tuple[Coordinate, Coordinate, Coordinate]
Span = tuple[Number, Number]
Row4 = tuple[Coordinate, Coordinate, Coordinate, Coordinate]
Side = Literal["right", "left"]
LesionSide = Literal["right", "left", "bilateral", "midline"]
Certainty = Literal["definite", "probable", "possible"]
Answer = Literal["absent", "present", "indeterminate", "not_assessed"]
Origin = Literal["manual", "automatic", "imported", "default"]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
SeriesKey = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(\.\d+)?$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Fraction = Annotated[float, Field(ge=0, le=1)]


def _spans_space(matrix: tuple[Row4, Row4, Row4, Row4]) -> tuple[Row4, Row4, Row4, Row4]:
    try:
        Grid((1, 1, 1), np.array(matrix))
    except GeometryError as error:
        raise PydanticCustomError("no_space", "a matrix whose axes span no space") from error
    return matrix


def _has_length(path_mm: tuple[Position, ...]) -> tuple[Position, ...]:
    if not arc_length(path_mm)[-1] > 0:
        raise PydanticCustomError("no_space", "a path without a length")
    return path_mm


Voxels = Annotated[int, Field(ge=1)]
Edge = Annotated[int, Field(ge=1, le=MOST_VOXELS)]
Matrix = Annotated[tuple[Row4, Row4, Row4, Row4], AfterValidator(_spans_space)]
Path = Annotated[tuple[Position, ...], Field(min_length=2), AfterValidator(_has_length)]


class Part(BaseModel):
    """A frozen part of the report; unknown keys are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", serialize_by_alias=True, defer_build=True
    )


class Interval(Part):
    """A value with its 95 % interval."""

    value: Number
    unit: str
    method: str
    origin: Origin
    low: Number
    high: Number
    level: Literal[0.95]  # type: ignore[valid-type]  # mypy knows no float literals, pydantic does


class Estimate(Part):
    """A value whose interval is not calibrated yet."""

    value: Number
    unit: str
    method: str
    origin: Origin
    uncertainty: Literal["not_estimated"]


class NotGiven(Part):
    """A value that the scans or the marks do not support."""

    withheld: str = Field(min_length=1)


def _kind(value: object) -> str:
    keys = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    if "withheld" in keys:
        return "withheld"
    return "interval" if {"low", "high", "level"} & set(keys) else "estimate"


Quantity = Annotated[
    Annotated[Interval, Tag("interval")]
    | Annotated[Estimate, Tag("estimate")]
    | Annotated[NotGiven, Tag("withheld")],
    Discriminator(_kind),
]


class Severity(Part):
    """A grade of one scale in its version, by one reader in one pass; never converted."""

    scale: SeverityScaleId
    version: str
    grade: str
    reader: str
    pass_number: Annotated[int, Field(ge=1, alias="pass")]
    off_label: bool
