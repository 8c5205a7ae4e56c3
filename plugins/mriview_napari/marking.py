"""Marking a nerve by clicks: which click comes next, and the commands that the clicks become.

A frozen value that grows by one click; the panel shows its prompt and sends its commands. The
order is the reader's: where the nerve leaves the brainstem, a point or two on its course, and the
porus where the nerve has one: the landmark that a scan may end before. Knows no Qt and no picture.
"""

from dataclasses import dataclass, replace

from mriview import vocabulary
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
    nerve: str = "facial"
    points: tuple[Point, ...] = ()
    porus_next: bool = False
    is_complete: bool = False

    @property
    def porus(self) -> str | None:
        """Row id of the porus of this nerve, None where it has none."""
        rows = vocabulary.landmarks().values()
        mine = (row.id for row in rows if row.nerve == self.nerve and row.may_be_not_covered)
        return next(mine, None)

    @property
    def has_porus(self) -> bool:
        """Whether the path of this nerve goes to a porus."""
        return self.porus is not None

    @property
    def name(self) -> str:
        """Side and nerve, to begin a prompt with."""
        which = "nerve" if self.nerve == "facial" else vocabulary.nerves()[self.nerve].label.en
        return f"{SIDE_WORDS[self.side]} {which}"

    @property
    def prompt(self) -> str:
        """What to click next."""
        if not self.points:
            return f"{self.name}: click where it leaves the brainstem (exit point)"
        if self.porus_next:
            return f"{self.name}: click the porus of the internal auditory canal"
        number = len(self.points)
        then = " (1 or 2), then the porus" if self.has_porus else ""
        return f"{self.name}: click point {number} on its course{then}"

    @property
    def can_end(self) -> bool:
        """Whether the clicks make a path, so that the scan may be said to end before the porus."""
        return len(self.points) >= 2

    def clicked(self, point: Point) -> "NerveClicks":
        """Take the next click."""
        points = (*self.points, point)
        if self.porus_next:
            return replace(self, points=points, is_complete=True)
        return replace(
            self, points=points, porus_next=self.has_porus and len(points) > COURSE_CLICKS
        )

    def porus_is_next(self) -> "NerveClicks":
        """Say that the next click is the porus."""
        return replace(self, porus_next=self.has_porus and bool(self.points))

    def without_last(self) -> "NerveClicks":
        """Take the last click back."""
        return NerveClicks(self.side, self.nerve, self.points[:-1])

    def commands(self) -> tuple[Command, ...]:
        """Give the commands of the marked nerve; without a porus the scan does not cover it."""
        path = SetNervePath(side=self.side, nerve=self.nerve, points=self.points)
        if self.porus is None:
            return (path,)
        where = self.points[-1] if self.is_complete else "not_covered"
        porus = SetLandmark(side=self.side, nerve=self.nerve, landmark=self.porus, position=where)
        return (path, porus)
