"""Drawings of the page as SVG: values with intervals on a line, differences over means.

Colours and widths are the style sheet's; what is drawn stands in the tables beside it, so a picture
here is for the eye alone.
"""

from collections.abc import Callable, Sequence

from mriview.exporters.page import Markup, element
from mriview.workflow.agreement.estimates import Estimate

WIDTH, ROW = 220.0, 12.0  # of the line of values, in its own units
LEAST, MOST = -1.0, 1.0  # of kappa and AC1; an ICC of few patients may be less than -1
EDGE = 9.0  # beside the line, where an arrow has its place
TICKS = (-1.0, -0.5, 0.0, 0.5, 1.0)
CAP = 4.5  # half the height of an interval's end: it stands out of the mark
PLOT_WIDTH, PLOT_HEIGHT, MARGIN, BELOW = 300.0, 190.0, 34.0, 24.0
TEXT = 10.0  # height of a line of text in a drawing
DOT = 2.4


def values_line(shown: Sequence[tuple[str, Estimate | None]]) -> Markup:
    """Draw values with their intervals below each other on the line from -1 to 1.

    What goes on below -1 ends in an arrow. No mark stands where its value is not.

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
            drawn = _interval(estimate.low, estimate.high, middle)
            parts.append(element("path", d=drawn, class_=f"span {kind}"))
        if goes_beyond(estimate):
            arrow = f"M{EDGE - 3:g} {middle - 4:g}l-4 4l4 4"
            parts.append(element("path", d=arrow, class_=f"span {kind} arrow"))
        if estimate.value >= LEAST:
            parts.append(_mark(kind, _along(estimate.value), middle))
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {WIDTH:g} {height:g}",
        class_="line",
        aria_hidden="true",
    )


def goes_beyond(estimate: Estimate) -> bool:
    """Whether a value or its interval goes on where the line has ended.

    Examples
    --------
    >>> goes_beyond(Estimate("kappa", -1.0)), goes_beyond(Estimate("icc_a1", 0.1, -1.4, 0.8))
    (False, True)
    """
    return any(end is not None and end < LEAST for end in (estimate.value, estimate.low))


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
    pairs: Sequence[tuple[float, float]],
    lines: Sequence[float],
    text: str,
    write: Callable[[float], str],
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
    write : callable
        How a number of millimetres is written.
    """
    means = [(one + other) / 2 for one, other in pairs]
    apart = [other - one for one, other in pairs]
    across = _Scale(means, MARGIN, PLOT_WIDTH - MARGIN)
    upwards = _Scale([*apart, *lines, 0.0], PLOT_HEIGHT - BELOW, 10)
    parts = [element("title", text)]
    zero = upwards.place(0.0)
    parts.append(_level(zero, "zero"))
    parts.append(_text("0", MARGIN - 10, zero + 3.5))
    for number, line in enumerate(lines):
        parts.append(_level(upwards.place(line), "mean" if number == 0 else "limit"))
    named = {write(line): upwards.place(line) for line in lines}  # equal numbers stand once
    for words, y in zip(named, _spread(list(named.values())), strict=True):
        parts.append(_text(words, PLOT_WIDTH - MARGIN + 3, y + 3.5))
    parts += [
        _text(write(mean), across.place(mean), PLOT_HEIGHT - 5, class_="below")
        for mean in sorted({min(means), max(means)})
    ]
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
    inside = min(max(value, LEAST), MOST)
    return EDGE + (inside - LEAST) / (MOST - LEAST) * (WIDTH - 2 * EDGE)


def _interval(low: float, high: float, middle: float) -> str:
    """Draw a line from end to end; an end that the line does not reach has no cap."""
    ends = [_along(end) for end in (low, high)]
    caps = [
        f"M{x:.1f} {middle - CAP:g}v{2 * CAP:g}"
        for x, end in zip(ends, (low, high), strict=True)
        if end >= LEAST
    ]
    return f"M{ends[0]:.1f} {middle:g}H{ends[1]:.1f}{''.join(caps)}"


def _level(y: float, kind: str) -> Markup:
    return element("path", d=f"M{MARGIN:g} {y:.1f}H{PLOT_WIDTH - MARGIN:g}", class_=kind)


def _text(words: str, x: float, y: float, class_: str | None = None) -> Markup:
    return element("text", words, x=f"{x:.1f}", y=f"{y:.1f}", class_=class_)


def _spread(heights: Sequence[float]) -> list[float]:
    """Move texts apart that would stand on each other, towards the middle of the drawing.

    Examples
    --------
    >>> _spread([12.0, 10.0, 90.0]), _spread([168.0, 170.0])
    ([20.0, 10.0, 90.0], [160.0, 170.0])
    """
    way = 1 if sum(heights) < len(heights) * PLOT_HEIGHT / 2 else -1
    placed: dict[int, float] = {}
    least = float("-inf")
    for n in sorted(range(len(heights)), key=lambda n: way * heights[n]):
        placed[n] = way * max(way * heights[n], least)
        least = way * placed[n] + TEXT
    return [placed[n] for n in range(len(heights))]


def _mark(kind: str, x: float, y: float) -> Markup:
    """Draw a dot for the first kind of value and a diamond for the other."""
    if kind == "second":
        shape = f"M{x:.1f} {y - 4:g}l4 4l-4 4l-4-4z"
        return element("path", d=shape, class_=kind)
    return element("circle", cx=f"{x:.1f}", cy=f"{y:g}", r="3.2", class_=kind)
