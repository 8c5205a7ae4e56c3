"""Draw the page over a run for the documentation: an archive of digital patients, some spoilt.

``python scripts/overview_picture.py docs/pictures`` writes ``overview.png``. It needs Debian's
chromium; what it draws is looked at by people, not compared by bytes.
"""

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pydicom
from PIL import Image
from playwright.sync_api import sync_playwright

from mriview import open_study
from mriview.phantom import write_phantom
from mriview.phantom.cases import CASES
from mriview.review import read_script
from mriview.review.script import apply_script
from mriview.workflow.batch import BatchSettings, batch

FIELDS_T = (1.5, 3.0, 2.89)
READERS = {"R1": 7, "R2": 4}  # how many of the digital patients each has read
COPIES = 3  # of each patient, which are studies of their own and nobody has read
WIDTH, HEIGHT = 1366, 768
COLOURS = 250  # of the picture's palette
SANDBOX = ["--no-sandbox"]  # as root Chromium starts only so; the page is our own


def archive(root: Path, reviews: Path) -> None:
    """Make digital patients with readings, copies that are coarser or spoilt, and a letter."""
    for number, case in enumerate(CASES):
        written = write_phantom(root.parent / "made" / case, case=case)
        folder = written.truth.parent
        shutil.copytree(folder / "study", root / case)
        script = read_script(folder / "reader.json")
        for reader, read in READERS.items():
            if number < read:
                place = reviews / reader / f"{case}.mriview"
                with apply_script(open_study(root / case), replace(script, reader=reader), place):
                    pass
        for copy in range(1, COPIES + 1):
            another(folder / "study", root / f"{case}_{copy}", number + len(CASES) * copy)
    (root / "letters").mkdir()
    (root / "letters" / "letter.txt").write_text("No scan lies here.\n", "utf-8")


def another(study: Path, out: Path, number: int) -> None:
    """Copy a study as one of its own: of another field, with every n-th slice, sometimes spoilt."""
    series = sorted(path for path in study.iterdir() if path.is_dir())
    kept = series[-1:] if number % 5 == 0 else series
    for place in kept:
        (out / place.name).mkdir(parents=True)
        for source in sorted(place.iterdir())[:: 1 + number % 3]:
            dataset = pydicom.dcmread(source)
            for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "PatientID"):
                setattr(dataset, name, f"{getattr(dataset, name)}.{number}"[-64:])
            dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
            dataset.MagneticFieldStrength = FIELDS_T[number % len(FIELDS_T)]
            if number % 11 == 0:
                del dataset.MagneticFieldStrength
            dataset.save_as(out / place.name / source.name)
    files = sorted(path for path in out.rglob("*") if path.is_file())
    middle = files[len(files) // 3]
    if number % 4 == 1:
        middle.unlink()
    elif number % 7 == 2:
        middle.write_bytes(middle.read_bytes()[: middle.stat().st_size // 2])


def main(out: Path) -> None:
    """Draw the page into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as place, sync_playwright() as play:
        folder = Path(place)
        archive(folder / "archive", folder / "reviews")
        run = BatchSettings(
            folder / "archive", folder / "run", ("*",), reviews=folder / "reviews", workers=2
        )
        batch(run)
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=SANDBOX)
        shown = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        shown.goto((folder / "run" / "overview.html").as_uri())
        picture = out / "overview.png"
        end = shown.locator("#rows").bounding_box() or {"y": HEIGHT}
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": end["y"]}
        shown.screenshot(path=picture, full_page=True, clip=clip)
        browser.close()
    with Image.open(picture) as drawn:
        drawn.convert("RGB").quantize(COLOURS).save(picture, optimize=True)
    print(picture)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
