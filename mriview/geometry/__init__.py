"""Patient space: grids, curves and planes in LPS millimetres. Knows no scan and no anatomy."""

from mriview.geometry.grid import AxisOrder, Grid, Points, direction_letters
from mriview.geometry.polyline import (
    Frames,
    Nearest,
    arc_length,
    natural_spline,
    nearest,
    nearest_each,
    point_at,
    torsion_free_frames,
)
from mriview.geometry.reslice import Projection, Resliced, Section, plane, slab

__all__ = [
    "AxisOrder",
    "Frames",
    "Grid",
    "Nearest",
    "Points",
    "Projection",
    "Resliced",
    "Section",
    "arc_length",
    "direction_letters",
    "natural_spline",
    "nearest",
    "nearest_each",
    "plane",
    "point_at",
    "slab",
    "torsion_free_frames",
]
