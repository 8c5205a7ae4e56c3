"""Archives for tests of runs: tiny studies, some with readings, all different."""

from pathlib import Path

from builders import CISS, a_grid, write_series

import mriview

GRID = a_grid((8, 8, 6))
MIDDLE = [-8.0, -18.0, 32.0]
TIME = "2026-01-01T00:00:00.000+00:00"


def a_tiny_study(folder: Path, number: int) -> Path:
    """Write six slices of a study of its own."""

    def rename(ds, k):
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"2.25.9{number:05d}{k}"

    uids = {
        "StudyInstanceUID": f"2.25.7{number:05d}",
        "SeriesInstanceUID": f"2.25.8{number:05d}",
        "PatientID": f"PATIENT-{number:05d}",
        "PatientName": "DOE^JANE",
    }
    write_series(folder, GRID, edit=rename, **uids, **CISS)
    return folder


def an_archive(root: Path, count: int) -> Path:
    for number in range(count):
        a_tiny_study(root / f"{number:05d}" / "t2", number)
    return root


def a_tiny_reading(study: mriview.Study, folder: Path, reader: str, assessment: str) -> None:
    """Say of both sides what cannot be wrong, and keep it."""
    with mriview.open_review(study, reader, folder, clock=lambda: TIME) as review:
        review.apply({"command": "set_midline", "args": {"position": MIDDLE}})
        for side in ("right", "left"):
            args = {"side": side, "assessment": assessment}
            review.apply({"command": "set_assessment", "args": args})


def readings_of(root: Path, reviews: Path, count: int, readers=("R1", "R2")) -> Path:
    """Read the first studies of an archive, one reader after the other."""
    studies = sorted(mriview.open_batch(root), key=lambda study: study.key)
    for number in range(count):
        study = studies[number % len(studies)]
        reader = readers[number // len(studies)]
        folder = reviews / reader / f"{study.key}.mriview"
        folder.parent.mkdir(parents=True, exist_ok=True)
        a_tiny_reading(study, folder, reader, "indeterminate")
    return reviews
