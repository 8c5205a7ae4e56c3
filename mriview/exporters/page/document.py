"""A whole HTML document that asks for nothing from outside and says so by its content policy.

Every page of the house is made by this door, so that none can load a script, a font or a picture.
What stands on a page, its own module decides.
"""

import base64
import hashlib
from importlib.resources import files

from mriview.exporters.page.markup import Markup, element
from mriview.words import Language


def document(title: str, style: str, language: Language, *body: Markup) -> str:
    """Put a page together.

    Parameters
    ----------
    title : str
        Of the window.
    style : str
        The page's own rules, after those of ``house.css``; there can be no others.
    language : {"en", "de"}
        Of its words.
    *body : Markup
        What is seen.

    Returns
    -------
    str
        One self-contained document.

    Examples
    --------
    >>> document("a page", "", "en", element("p", "words")).count("default-src &#x27;none&#x27;")
    1
    """
    shared = files("mriview.exporters.page").joinpath("house.css").read_text("utf-8")
    style = shared + style
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Markup(style)),
    )
    whole = element("html", head, element("body", *body), lang=language)
    return "<!doctype html>\n" + whole + "\n"
