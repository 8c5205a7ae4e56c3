"""Markup as text that is safe by construction: elements made of names, attributes and children.

Whatever is given as a plain ``str`` is text and is escaped; only what was made here is markup.
Which elements a page has, ``body`` decides.
"""

import re
from html import escape


class Markup(str):
    """Text that is markup already; only `element` and `join` make it."""

    __slots__ = ()


VOID = frozenset({"meta", "img", "br", "link"})  # elements without an end tag


# What turns the order of the letters that follow: a side that was typed must be read as it stands.
TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\N{REPLACEMENT CHARACTER}")


def element(name: str, /, *children: str | None, **attributes: object) -> Markup:
    """Make an element.

    Parameters
    ----------
    name : str
        Of the element.
    *children : str or None
        Markup as it is, any other text escaped; None is left out.
    **attributes : object
        A trailing underscore falls off, an inner one becomes a hyphen; None leaves one out.

    Examples
    --------
    >>> element("p", "a < b", element("b", '"'), class_="x", title='say "no"')
    '<p class="x" title="say &quot;no&quot;">a &lt; b<b>&quot;</b></p>'
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{said}>")
    return Markup(f"<{name}{said}>{join(*children)}</{name}>")


UNIT = re.compile(r"(?<=\d) (?=(?:mm|%)\b|%)")  # between a number and its unit no line breaks


def style_text(text: str) -> str:
    r"""Write text as it may stand between quotes in a style sheet, whatever was typed.

    Examples
    --------
    >>> style_text('a"<')
    'a\\22 \\3c '
    """
    plain = text.translate(TURNS)
    return "".join(x if x.isascii() and x.isalnum() else f"\\{ord(x):x} " for x in plain)


def join(*children: str | None) -> Markup:
    """Put children one after another."""
    parts = [
        child
        if isinstance(child, Markup)
        else escape(UNIT.sub("\N{NO-BREAK SPACE}", child.translate(TURNS)), quote=True)
        for child in children
        if child is not None
    ]
    return Markup("".join(parts))
