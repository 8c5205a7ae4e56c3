"""A review that is read where its scans are not: its report, its answers, its limits.

What the reading was made on stands in the folder's ``study.json``; a report that is built from it
is the one that is built with the scans. Nothing can be drawn, marked or measured so.
"""

from pathlib import Path

from mriview.errors import BrokenRecordError, RecordError
from mriview.review.head import read_head
from mriview.review.record import STUDY
from mriview.review.review import Review, open_saved
from mriview.scans.described import study_from


def open_without_scans(folder: str | Path) -> Review:
    """Read a review as it is saved, with the study as its folder describes it.

    Parameters
    ----------
    folder : path
        Of the review; nothing in it is written, cut or locked.

    Returns
    -------
    Review
        Takes no command. Voxels of its ``study`` are refused (``scans_not_here``).

    Raises
    ------
    RecordError
        The folder holds no review, or one of a version that did not describe its study
        (``study_not_described``): its report needs the scans.
    BrokenRecordError
        It is not what it says it is.
    """
    folder = Path(folder)
    read_head(folder)
    try:
        data = (folder / STUDY).read_bytes()
    except FileNotFoundError as error:
        found = "the review does not say what it was made on, as those of older versions"
        raise RecordError("study_not_described", found, "Give the path of its study") from error
    except OSError as error:
        found = "the description of the study cannot be read"
        raise BrokenRecordError("study_json_broken", found, "Restore the folder") from error
    try:
        return open_saved(study_from(data), folder)
    except RecordError as error:
        if error.code != "review_of_other_study":
            raise
        found = "the folder describes another study than the one that was read"
        raise BrokenRecordError("study_json_broken", found, "Restore the folder") from error
