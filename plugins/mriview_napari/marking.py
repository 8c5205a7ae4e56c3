"""Marking a nerve by clicks: which click comes next, and the commands that the clicks become.

A frozen value that grows by one click; the panel shows its prompt and sends its commands. The
order is the reader's: where the nerve leaves the brainstem, a point or two on its course, the
porus. Knows no Qt and no picture.
"""

from dataclasses import dataclass, replace

from mriview.review import Command, Point, SetLandmark, SetNervePath, SideName
from mriview_napari.wording import SIDE_WORDS

COURSE_CLICKS = 2  # between exit and porus; then the porus is asked for


@dataclass(frozen=True, slots=True)
class NerveClicks:
    """The clicks of one nerve so far.

    Examples
    --------
    >>> clicks = NerveClicks("left").clicked((9.0, 0.0, 0.0)).clicked((14.0, 0.0, 0.0))
    >>> clicks.porus_is_next().clicked((21.0, 0.0, 0.0)).is_complete
    True
    """

    side: SideName
    points: tuple[Point, ...] = ()
    porus_next: bool = False
    is_complete: bool = False

    @property
    def prompt(self) -> str:
        """What to click next."""
        side = SIDE_WORDS[self.side]
        if not self.points:
            return f"{side} nerve: click where it leaves the brainstem (exit point)"
        if self.porus_next:
            return f"{side} nerve: click the porus of the internal auditory canal"
        number = len(self.points)
        return f"{side} nerve: click point {number} on its course (1 or 2), then the porus"

    @property
    def can_end(self) -> bool:
        """Whether the clicks make a path, so that the scan may be said to end before the porus."""
        return len(self.points) >= 2

    def clicked(self, point: Point) -> "NerveClicks":
        """Take the next click."""
        points = (*self.points, point)
        if self.porus_next:
            return replace(self, points=points, is_complete=True)
        return replace(self, points=points, porus_next=len(points) > COURSE_CLICKS)

    def porus_is_next(self) -> "NerveClicks":
        """Say that the next click is the porus."""
        return replace(self, porus_next=bool(self.points))

    def without_last(self) -> "NerveClicks":
        """Take the last click back."""
        return NerveClicks(self.side, self.points[:-1])

    def commands(self) -> tuple[Command, ...]:
        """Give the commands of the marked nerve; without a porus the scan does not cover it."""
        porus = self.points[-1] if self.is_complete else "not_covered"
        return (
            SetNervePath(side=self.side, points=self.points),
            SetLandmark(side=self.side, landmark="porus", position=porus),
        )
