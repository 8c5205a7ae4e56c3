"""The face of directions: from where a vessel meets its nerve, seen along the nerve.

A scheme drawn from the clock angle alone, with the four directions written on it: a letter R could
be taken for the patient's right. The viewer stands at the brainstem and looks along the nerve, so
ventral is on the right for the left nerve and on the left for the right one.
"""

import math

from mriview import vocabulary
from mriview.exporters.page.markup import Markup, element
from mriview.report.model_sides import Contact
from mriview.report.model_values import NotGiven
from mriview.words import Language, label, phrase

EDGE = 36.0  # as the pictures beside it
MIDDLE = EDGE / 2
NERVE, VESSEL, GAP, RIM = 3.4, 2.6, 1.2, 10.0
ASIDE = 7.0  # room for the words beside the ring
WORDS = (("rostral", 0.0), ("ventral", 90.0), ("caudal", 180.0), ("dorsal", 270.0))


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
    away = NERVE + VESSEL + (0.0 if contact.touching == "yes" else GAP)
    x, y = _place(contact.clock_deg.value, away, side)
    words = []
    for row, clock_deg in WORDS:
        at_x, at_y = _place(clock_deg, RIM + 1.4, side)
        anchor = "middle" if abs(at_x - MIDDLE) < 1 else "start" if at_x > MIDDLE else "end"
        words.append(
            element(
                "text",
                label(vocabulary.directions(), row, language),
                x=f"{at_x:.2f}",
                y=f"{at_y + 0.7:.2f}",
                class_=f"way {anchor}",
            )
        )
    svg = element(
        "svg",
        element("title", text),
        element("circle", cx=f"{MIDDLE:g}", cy=f"{MIDDLE:g}", r=f"{RIM:g}", class_="rim"),
        element("circle", cx=f"{MIDDLE:g}", cy=f"{MIDDLE:g}", r=f"{NERVE:g}", class_="axis"),
        element("circle", cx=f"{x:.2f}", cy=f"{y:.2f}", r=f"{VESSEL:g}", class_="vessel"),
        *words,
        viewBox=f"{-ASIDE:g} {ASIDE / 2:g} {EDGE + 2 * ASIDE:g} {EDGE - ASIDE:g}",
        role="img",
        aria_label=text,
    )
    band = phrase("side_band", language, side=where.upper())
    return element("figure", svg, element("figcaption", f"{text}. {band}."), class_="face")


def _place(clock_deg: float, away: float, side: str) -> tuple[float, float]:
    """Give a place on the face: rostral is up, ventral right on the left side, mirrored else."""
    turn = math.radians(clock_deg)
    across = math.sin(turn) * (1.0 if side == "left" else -1.0)
    return MIDDLE + away * across, MIDDLE - away * math.cos(turn)
