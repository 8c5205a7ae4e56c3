"""The room's own axes: millimetres along the reference scan, head, back and left growing.

napari draws arrays whose axes are (S, P, L), that is LPS reversed, with a positive scale and a
translation; never with a rotated matrix, under which it shows and paints the wrong plane. For an
oblique scan these axes run along the scan, not along the patient, so every position that leaves
the room goes through the reference grid's own matrix. Knows no napari and no Qt.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from mriview.geometry import AxisOrder, Grid, Points, direction_letters

S, P, L = 0, 1, 2  # the room's axes
SAME_PLACE_MM = 0.05  # a tenth of a cisternogram's voxel: beyond it a volume is resliced

Order = tuple[int, ...]
Orientation = tuple[str, str, str]

# Axis that is scrolled, axis down the screen, axis across it
PLANES: dict[str, Order] = {"axial": (S, P, L), "coronal": (P, S, L), "sagittal": (L, S, P)}


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a volume that is parallel to the reference lies in the room.

    Parameters
    ----------
    order : AxisOrder
        Gives the (S, P, L) view of its voxels.
    scale : (float, float, float)
        mm a voxel, all positive.
    translate : (float, float, float)
        Room mm of the centre of the first voxel of that view.
    """

    order: AxisOrder
    scale: tuple[float, float, float]
    translate: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Edges:
    """Direction letters at the four edges of the picture."""

    left: str
    right: str
    top: str
    bottom: str


@dataclass(frozen=True)
class ScanSpace:
    """The room's axes, made from the grid of the reference series.

    Parameters
    ----------
    reference : Grid
        As it was read, in any axis order.

    Examples
    --------
    >>> space = ScanSpace(Grid((4, 5, 6), np.diag([-0.5, 0.5, 2.0, 1.0])))
    >>> space.scale
    (2.0, 0.5, 0.5)
    >>> space.lps(space.world([1.0, 2.0, 3.0])).tolist()
    [1.0, 2.0, 3.0]
    """

    reference: Grid

    @cached_property
    def order(self) -> AxisOrder:
        """How the reference's voxels become an (S, P, L) view."""
        return self.reference.towards("SPL")

    @cached_property
    def grid(self) -> Grid:
        """The reference grid with its axes in the order (S, P, L)."""
        return self.reference.reordered(self.order)

    @cached_property
    def scale(self) -> tuple[float, float, float]:
        """Spacing along S, P, L, mm."""
        return self.grid.spacing_mm

    @cached_property
    def translate(self) -> tuple[float, float, float]:
        """Room mm of the first voxel: its LPS position projected on the scan's directions."""
        s, p, l = self.grid.directions.T @ self.grid.lps_from_index[:3, 3]  # noqa: E741 (the axis)
        return float(s), float(p), float(l)

    def lps(self, world: ArrayLike) -> Points:
        """Patient LPS mm of room positions (S, P, L mm), shape (..., 3)."""
        index = (np.asarray(world, dtype=np.float64) - self.translate) / self.scale
        return self.grid.lps(index)

    def world(self, lps_mm: ArrayLike) -> Points:
        """Room positions (S, P, L mm) of patient LPS mm, shape (..., 3)."""
        return self.grid.index(lps_mm) * self.scale + self.translate

    def on_plane(self, world: ArrayLike, axis: int, *, steps: int = 0) -> Points:
        """Move a room position along an axis to the nearest plane of voxels, or some planes on.

        Parameters
        ----------
        world : (3,) array_like
            Room position.
        axis : int
            The axis that is scrolled.
        steps : int
            Planes further towards growing coordinates; it ends at the last plane.

        Returns
        -------
        (3,) float64
        """
        moved = np.array(world, dtype=np.float64)
        spacing_mm, first_mm = self.scale[axis], self.translate[axis]
        plane = np.rint((moved[axis] - first_mm) / spacing_mm) + steps
        moved[axis] = first_mm + np.clip(plane, 0, self.grid.shape[axis] - 1) * spacing_mm
        return moved

    def placement(self, grid: Grid) -> Placement | None:
        """Say how a volume is drawn by scale and translation alone.

        Returns
        -------
        Placement or None
            None where that would put any of its voxels more than 0.05 mm from its true place: such
            a volume is resliced on the reference grid.
        """
        order = grid.towards("SPL")
        turned = grid.reordered(order)
        corners = turned.corners_mm()
        index = turned.index(corners)
        scale = turned.spacing_mm
        first = self.world(turned.lps((0, 0, 0)))
        apart_mm = np.abs(self.world(corners) - (index * scale + first)).max()
        if apart_mm > SAME_PLACE_MM:
            return None
        return Placement(order, scale, (float(first[0]), float(first[1]), float(first[2])))

    def letters(self, axis: int, *, backwards: bool = False) -> str:
        """Name the patient direction of a room axis, such as 'L', or 'LP' in an oblique scan."""
        direction = self.grid.directions[:, axis]
        return direction_letters(-direction if backwards else direction)

    def edges(self, order: Order, orientation: Orientation) -> Edges:
        """Name the edges of a picture as it is displayed.

        Parameters
        ----------
        order : tuple of int
            The room's axes as napari shows them: the last two are down and across.
        orientation : (str, str, str)
            Where the depth, vertical and horizontal axes grow to on the screen.
        """
        down, across = order[-2], order[-1]
        grows_down, grows_right = orientation[1] == "down", orientation[2] == "right"
        return Edges(
            left=self.letters(across, backwards=grows_right),
            right=self.letters(across, backwards=not grows_right),
            top=self.letters(down, backwards=grows_down),
            bottom=self.letters(down, backwards=not grows_down),
        )


def orientation_of(order: Order) -> Orientation:
    """Say where the axes grow to on the screen, as radiologists look at scans.

    Head up, front up or to the left, the patient's left on the viewer's right. The depth 'away'
    keeps three dimensions from being a mirror image, since (S, P, L) is left-handed.

    Examples
    --------
    >>> orientation_of((0, 1, 2)), orientation_of((2, 0, 1))
    (('away', 'down', 'right'), ('away', 'up', 'right'))
    """
    return ("away", "up" if order[-2] == S else "down", "right")


def plane_of(order: Order) -> str | None:
    """Name the plane that an axis order shows; None where it is none of the three.

    Examples
    --------
    >>> plane_of((1, 0, 2))
    'coronal'
    """
    return next((name for name, known in PLANES.items() if known == tuple(order)), None)
