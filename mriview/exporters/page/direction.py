"""The face of directions: from where a vessel meets its nerve, seen along the nerve.

Drawn from the clock angle alone, with the letters R, V, C and D on it. The viewer stands at the
brainstem and looks along the nerve, so ventral is on the right for the left nerve and on the left
for the right one.
"""

import math

from mriview import vocabulary
from mriview.exporters.page.markup import Markup, element
from mriview.report.model_sides import Contact
from mriview.report.model_values import NotGiven
from mriview.words import Language, label, phrase

EDGE = 36.0  # as the pictures beside it
MIDDLE = EDGE / 2
NERVE, VESSEL, AWAY, RIM = 4.2, 3.2, 8.0, 14.5
LETTERS = (("R", 0.0), ("V", 90.0), ("C", 180.0), ("D", 270.0))


def direction_face(contact: Contact, side: str, language: Language) -> Markup | None:
    """Draw the direction of a contact; nothing where the clock angle is withheld.

    Parameters
    ----------
    contact : Contact
    side : {"right", "left"}
        Side of its nerve; the picture of the right one is mirrored.
    language : {"en", "de"}
    """
    if isinstance(contact.clock_deg, NotGiven) or contact.direction is None:
        return None
    word = label(vocabulary.directions(), contact.direction, language)
    where = label(vocabulary.sides(), side, language)
    text = phrase(f"face_{side}", language, direction=word)
    x, y = _place(contact.clock_deg.value, AWAY, side)
    letters = []
    for letter, clock_deg in LETTERS:
        at_x, at_y = _place(clock_deg, RIM, side)
        letters.append(
            element("text", letter, x=f"{at_x:.2f}", y=f"{at_y + 0.6:.2f}", class_="letter")
        )
    svg = element(
        "svg",
        element("title", text),
        element("circle", cx=f"{MIDDLE:g}", cy=f"{MIDDLE:g}", r=f"{RIM - 2:g}", class_="rim"),
        element("circle", cx=f"{MIDDLE:g}", cy=f"{MIDDLE:g}", r=f"{NERVE:g}", class_="axis"),
        element("circle", cx=f"{x:.2f}", cy=f"{y:.2f}", r=f"{VESSEL:g}", class_="vessel"),
        *letters,
        viewBox=f"0 0 {EDGE:g} {EDGE:g}",
        role="img",
        aria_label=text,
    )
    band = phrase("side_band", language, side=where.upper())
    return element("figure", svg, element("figcaption", f"{text} {band}."), class_="face")


def _place(clock_deg: float, away: float, side: str) -> tuple[float, float]:
    """Give a place on the face: rostral is up, ventral right on the left side, mirrored else."""
    turn = math.radians(clock_deg)
    across = math.sin(turn) * (1.0 if side == "left" else -1.0)
    return MIDDLE + away * across, MIDDLE - away * math.cos(turn)
