"""Drawings of the page as SVG: values with intervals on a line, differences over means.

Colours and widths are the style sheet's; what is drawn stands in the tables beside it, so a picture
here is for the eye alone.
"""

from collections.abc import Sequence

from mriview.exporters.page import Markup, element
from mriview.workflow.agreement.estimates import Estimate

WIDTH, ROW = 220.0, 12.0  # of the line of values, in its own units
LEFT, RIGHT = -0.5, 1.0  # what the line shows; an end beyond it is cut
EDGE = 8.0
TICKS = (-0.5, 0.0, 0.5, 1.0)
PLOT_WIDTH, PLOT_HEIGHT, MARGIN = 300.0, 190.0, 34.0
DOT = 2.4


def values_line(shown: Sequence[tuple[str, Estimate | None]]) -> Markup:
    """Draw values with their intervals below each other on the line from -0.5 to 1.

    Parameters
    ----------
    shown : sequence of (str, Estimate or None)
        Class of the mark, and what it shows; None is left out.
    """
    height = ROW * len(shown)
    parts = [
        element(
            "path", d=f"M{_along(tick):.1f} 0V{height:g}", class_="zero" if tick == 0 else "grid"
        )
        for tick in TICKS
    ]
    for number, (kind, estimate) in enumerate(shown):
        middle = ROW * (number + 0.5)
        if estimate is None or estimate.value is None:
            continue
        if estimate.low is not None and estimate.high is not None:
            ends = f"M{_along(estimate.low):.1f} {middle:g}H{_along(estimate.high):.1f}"
            parts.append(element("path", d=ends, class_=f"span {kind}"))
        parts.append(_mark(kind, _along(estimate.value), middle))
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {WIDTH:g} {height:g}",
        class_="line",
        aria_hidden="true",
    )


def values_axis(numbers: Sequence[str]) -> Markup:
    """Draw the numbers above the line of values, as they are written."""
    parts = [
        element("text", text, x=f"{_along(tick):.1f}", y="10")
        for tick, text in zip(TICKS, numbers, strict=True)
    ]
    return element(
        "svg", *parts, viewBox=f"0 0 {WIDTH:g} 13", class_="line axis", aria_hidden="true"
    )


def key_mark(kind: str) -> Markup:
    """Draw one mark by itself, for the head of its column."""
    return element("svg", _mark(kind, 6, 6), viewBox="0 0 12 12", class_="key", aria_hidden="true")


def differences(
    pairs: Sequence[tuple[float, float]], lines: Sequence[float], text: str, written: Sequence[str]
) -> Markup:
    """Draw differences of two readers over their means, after Bland and Altman.

    Parameters
    ----------
    pairs : sequence of (float, float)
        Both readers' values, mm.
    lines : sequence of float
        Mean difference first, then the limits of agreement, mm.
    text : str
        What the picture shows.
    written : sequence of str
        The lines' values as they are written.
    """
    means = [(one + other) / 2 for one, other in pairs]
    apart = [other - one for one, other in pairs]
    across = _Scale(means, MARGIN, PLOT_WIDTH - MARGIN)
    upwards = _Scale([*apart, *lines, 0.0], PLOT_HEIGHT - 14, 10)
    parts = [element("title", text)]
    for number, (line, words) in enumerate(zip(lines, written, strict=True)):
        y = upwards.place(line)
        kind = "mean" if number == 0 else "limit"
        parts.append(element("path", d=f"M{MARGIN:g} {y:.1f}H{PLOT_WIDTH - MARGIN:g}", class_=kind))
        parts.append(element("text", words, x=f"{PLOT_WIDTH - MARGIN + 3:g}", y=f"{y + 3.5:.1f}"))
    zero = upwards.place(0.0)
    parts.append(
        element("path", d=f"M{MARGIN:g} {zero:.1f}H{PLOT_WIDTH - MARGIN:g}", class_="zero")
    )
    parts.append(element("text", "0", x=f"{MARGIN - 10:g}", y=f"{zero + 3.5:.1f}"))
    parts += [
        element(
            "circle",
            cx=f"{across.place(mean):.1f}",
            cy=f"{upwards.place(difference):.1f}",
            r=f"{DOT:g}",
            class_="dot",
        )
        for mean, difference in zip(means, apart, strict=True)
    ]
    box = f"0 0 {PLOT_WIDTH:g} {PLOT_HEIGHT:g}"
    return element("svg", *parts, viewBox=box, class_="differences", role="img", aria_label=text)


class _Scale:
    """From millimetres to places of a drawing; equal values lie in the middle."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.low, self.high = min(values), max(values)
        self.start, self.end = start, end

    def place(self, value: float) -> float:
        if self.high <= self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def _along(value: float) -> float:
    inside = min(max(value, LEFT), RIGHT)
    return EDGE + (inside - LEFT) / (RIGHT - LEFT) * (WIDTH - 2 * EDGE)


def _mark(kind: str, x: float, y: float) -> Markup:
    """Draw a dot for the first kind of value and a diamond for the other."""
    if kind == "second":
        shape = f"M{x:.1f} {y - 4:g}l4 4l-4 4l-4-4z"
        return element("path", d=shape, class_=kind)
    return element("circle", cx=f"{x:.1f}", cy=f"{y:g}", r="3.6", class_=kind)
