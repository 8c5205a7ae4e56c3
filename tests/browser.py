"""A real Chromium for tests of pages: started by the fixture ``browser``, a page by ``shown``.

A page remembers what it asked for and what it said, since it must ask for nothing and say nothing.
What it has to look like, each page's own tests say.
"""

import functools
import os
import shutil
from contextlib import contextmanager

DESKTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


@contextmanager
def chromium():
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "no Chromium is here: scripts/setup.sh installs it"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=found, args=sandbox)
        yield started
        started.close()


@contextmanager
def pages(browser):
    """Give a function that opens a file; what it opened is closed in the end."""
    contexts = []

    def of(path, viewport=DESKTOP, colours="light"):
        context = browser.new_context(viewport=viewport, color_scheme=colours)
        contexts.append(context)
        seen = context.new_page()
        seen.asked, seen.said = [], []
        seen.on("request", lambda request: seen.asked.append(request.url))
        seen.on("console", lambda message: seen.said.append(message.text))
        seen.goto(path.as_uri())
        return seen

    yield of
    for context in contexts:
        context.close()


@functools.cache
def _axe():
    from axe_playwright_python.sync_playwright import Axe

    return Axe()


def violations(seen):
    """Names of the rules of axe-core that a page breaks."""
    return [one["id"] for one in _axe().run(seen).response["violations"]]
