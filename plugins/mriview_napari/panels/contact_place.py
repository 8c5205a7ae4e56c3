"""Where a contact is drawn: one point, points along a line, corners of a region, or a painted one.

The mark that began a contact is a point; who wants more clicks it here. What is said of a contact
besides, ``contact_fields`` asks.
"""

from collections.abc import Callable

from qtpy.QtCore import Signal  # type: ignore[attr-defined]  # qtpy's name in every binding

from mriview.measure import LEAST_POINTS
from mriview.review import Contact, Point, ReviewState
from mriview_napari.panels.controls import Answers, Choice, button, form, note, row
from mriview_napari.panels.fields import Part, pressed

KINDS = {"point": "Point", "line": "Line", "region": "Region"}
AGAIN = {
    "point": "Click its place again",
    "line": "Click along the line",
    "region": "Click the corners of the region",
}
PROMPTS = {
    "point": "click where the vessel touches the nerve",
    "line": "click points along the contact, then press Done",
    "region": "click the corners of the contact, then press Done",
}
PAINTED_AS = ("vessel", "nerve")  # structures of which a painted mask may be a region of contact

Pick = Callable[[str, Callable[[Point], None]], None]


class ContactPlace(Part):
    """The kind of mark, its points, and the buttons that ask for clicks.

    Parameters
    ----------
    pick : callable
        Says a prompt and hands on the following clicks, until ``done`` is heard.
    """

    clicked = Signal()
    done = Signal()

    def __init__(self, pick: Pick) -> None:
        super().__init__()
        self._pick = pick
        self.points: tuple[Point, ...] = ()
        self.kind = Answers(KINDS)
        self.outline = Choice({})
        self.again_button = button("", self.begin)
        self.done_button = button("Done", self.done.emit)
        self.said_line = note()
        self._fresh = False
        self.kind.chosen.connect(self._turn)
        self.outline.chosen.connect(lambda _: self.done.emit())
        self.fields = form(("Drawn as", self.kind), ("Painted", self.outline))
        self.column.addLayout(self.fields)
        self.column.addWidget(self.said_line)
        self.column.addLayout(row(self.again_button, self.done_button))

    def open_at(self, point: Point, contact: Contact | None, state: ReviewState) -> None:
        """Start with a new mark, or with what was drawn."""
        painted = {x.id: f"{x.id} {x.label}" for x in state.masks if x.structure in PAINTED_AS}
        self.outline.refill({"": "by clicks", **painted}, (contact and contact.mask) or "")
        self.kind.draw(contact.primitive if contact else "point")
        drawn = contact.positions if contact and not contact.mask else ()
        self.points = drawn or (point,)
        self.draw(picking=False)

    def begin(self) -> None:
        """Ask for the clicks of the chosen kind; what was clicked stays until the first of them."""
        self._fresh = self._is_complete
        self.draw(picking=True)
        self._pick(PROMPTS[pressed(self.kind)], self._clicked)

    def said(self) -> dict[str, object]:
        """Give the place as commands say it."""
        kind, mask = pressed(self.kind), self.outline.row
        if kind == "region" and mask:
            return {"mask": mask, "primitive": kind}
        if kind == "point":
            return {"position": list(self.points[0])}
        return {"positions": [list(point) for point in self.points], "primitive": kind}

    def draw(self, *, picking: bool) -> None:
        """Show how far the clicks are."""
        kind = pressed(self.kind)
        self.again_button.setText(AGAIN[kind])
        self.done_button.setVisible(picking and kind != "point")
        self.fields.setRowVisible(self.outline, kind == "region" and self.outline.count() > 1)
        count, least = len(self.points), LEAST_POINTS[kind]
        more = "" if count >= least else f", at least {least} are needed"
        self.said_line.setText(f"{count} point{'' if count == 1 else 's'} clicked{more}")
        self.said_line.setVisible(kind != "point" and not (kind == "region" and self.outline.row))

    @property
    def _is_complete(self) -> bool:
        return len(self.points) >= LEAST_POINTS[pressed(self.kind)]

    def _turn(self, kind: str) -> None:
        """Take up another kind; a line or region begins with what was clicked before."""
        if kind == "point" or self._is_complete:
            self.done.emit()
        else:
            self.begin()

    def _clicked(self, point: Point) -> None:
        self.points = (point,) if self._fresh else (*self.points, point)
        self._fresh = False
        if pressed(self.kind) == "point":
            self.done.emit()
        else:
            self.draw(picking=True)
            self.clicked.emit()
