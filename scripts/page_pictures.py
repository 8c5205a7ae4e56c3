"""Draw the report's page for the documentation: the digital patients, both languages.

``python scripts/page_pictures.py docs/pictures`` writes ``page_CASE_LANGUAGE_VIEW.png``: the first
screen at a desk, in the dark and on a phone, and the first printed page. It needs Debian's chromium
and poppler-utils; what it draws is looked at by people, not compared by bytes.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from mriview import build_report, open_study
from mriview.exporters.page import page, sources_of
from mriview.phantom import write_phantom
from mriview.phantom.cases import CASES
from mriview.review import read_script
from mriview.review.script import apply_script
from mriview.words import LANGUAGES

VIEWS = {
    "desktop": ({"width": 1366, "height": 768}, "light"),
    "dark": ({"width": 1366, "height": 768}, "dark"),
    "phone": ({"width": 390, "height": 844}, "light"),
}
PRINT_DPI = 80
COLOURS = 246  # of a picture's palette, beside those that are exact: paper, lines on the scans
PAPER = ((255, 255, 255), (18, 21, 24))  # by day and in the dark, as in the style sheet
LINES = ((255, 212, 0), (111, 208, 255), (94, 224, 138), (255, 107, 94))
DIMMED = 0.75  # in the dark
SANDBOX = ["--no-sandbox"]  # as root Chromium starts only so; its pages are our own


def pages(made: Path) -> Iterator[tuple[str, str]]:
    """Give the page of each case and language as name and text."""
    for case in CASES:
        written = write_phantom(made / case, case=case)
        folder = written.truth.parent
        study = open_study(folder / "study")
        with apply_script(
            study, read_script(folder / "reader.json"), made / f"{case}.mriview"
        ) as review:
            report = build_report(study, review)
        sources = sources_of(report, study, made / f"{case}.mriview")
        for language in LANGUAGES:
            yield f"page_{case}_{language}", page(report, sources, language)


def draw(browser: Browser, html: Path, out: Path) -> None:
    """Draw a page in every view."""
    for view, (viewport, colours) in VIEWS.items():
        context = browser.new_context(viewport=viewport, color_scheme=colours)
        shown = context.new_page()
        shown.goto(html.as_uri())
        shown.screenshot(path=out / f"{html.stem}_{view}.png")
        if view == "desktop":
            shown.pdf(path=html.with_suffix(".pdf"), format="A4")
        context.close()
    target = out / f"{html.stem}_print"
    first = ["-png", "-r", str(PRINT_DPI), "-f", "1", "-l", "1", "-singlefile"]
    command = ["pdftoppm", *first, html.with_suffix(".pdf"), target]
    subprocess.run(command, check=True)  # noqa: S603 (files of our own)


def with_palette(drawn: Image.Image) -> Image.Image:
    """Give a small picture in which the colours of lines are those of their legend."""
    dark = [tuple(round(DIMMED * part) for part in line) for line in LINES]
    common = (drawn.quantize(COLOURS).getpalette() or [])[: 3 * COLOURS]
    exact = (*PAPER, *LINES, *dark)
    palette = Image.new("P", (1, 1))
    palette.putpalette([*common, *(part for colour in exact for part in colour)])
    index = np.array(drawn.quantize(palette=palette, dither=Image.Dither.NONE))
    for place, colour in enumerate(exact, COLOURS):
        index[(np.array(drawn) == colour).all(axis=-1)] = place
    small = Image.fromarray(index, "P")
    small.putpalette(palette.getpalette() or [])
    return small


def main(out: Path) -> None:
    """Draw every page into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=SANDBOX)
        for name, text in pages(Path(folder)):
            html = Path(folder) / f"{name}.html"
            html.write_text(text, "utf-8")
            draw(browser, html, out)
            for picture in sorted(out.glob(f"{name}_*.png")):
                with Image.open(picture) as drawn:
                    with_palette(drawn.convert("RGB")).save(picture, optimize=True)
                print(picture)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
