"""Bars as SVG without words: what is drawn stands beside it as a number.

Lengths are attributes, since the page's policy allows no style of an element's own; colours are the
style sheet's.
"""

from collections.abc import Iterable

from mriview.exporters.page import Markup, element

WIDTH, HEIGHT = 100.0, 8.0  # of a whole bar, in its own units
LEAST = 0.7  # so that one study of ten thousand is seen


def bar(count: int, total: int, kind: str | None = None) -> Markup:
    """Draw one bar before its whole.

    Parameters
    ----------
    count, total : int
        Its length, and that of the whole.
    kind : str, optional
        Class of its colour.
    """
    length = max(WIDTH * count / total, LEAST) if count and total else 0.0
    return _drawing([(0.0, length, kind)], "bar")


def stack(parts: Iterable[tuple[str, int]], total: int) -> Markup:
    """Draw the parts of a whole one after another.

    Parameters
    ----------
    parts : iterable of (str, int)
        Class of the colour, and how many.
    total : int
        All of them.

    Examples
    --------
    >>> stack([("yes", 1), ("no", 3)], 4).count("<rect")
    3
    """
    drawn, start = [], 0.0
    for kind, count in parts:
        length = WIDTH * count / total if total else 0.0
        drawn.append((start, length, kind))
        start += length
    return _drawing(drawn, "stack")


def key(kind: str) -> Markup:
    """Draw the colour of a part, to stand before its name."""
    mark = element("rect", width="10", height="10", class_=kind)
    return element("svg", mark, viewBox="0 0 10 10", class_="key", aria_hidden="true")


def _drawing(parts: Iterable[tuple[float, float, str | None]], name: str) -> Markup:
    whole = element("rect", width=f"{WIDTH:g}", height=f"{HEIGHT:g}", class_="whole")
    drawn = [
        element("rect", x=f"{x:.3f}", width=f"{length:.3f}", height=f"{HEIGHT:g}", class_=kind)
        for x, length, kind in parts
        if length
    ]
    return element(
        "svg",
        whole,
        *drawn,
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        preserveAspectRatio="none",
        class_=name,
        aria_hidden="true",
    )
