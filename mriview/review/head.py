"""What a review is of: the study, the voxels of each series, the reader; written once.

Reading it opens nothing and locks nothing. What the reader said is the matter of ``record``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mriview.errors import GuardError, RecordError
from mriview.scans.keys import unnumbered
from mriview.values.strict_json import read_json

HEAD = "review.json"
FORMAT = "mriview.review"
FORMAT_VERSION = "1.0"
READER_LETTERS = 64  # of the id of a reader


@dataclass(frozen=True, slots=True)
class Head:
    """What a review is of: written once.

    Parameters
    ----------
    study_key : str
        Of the study that is read.
    series : mapping
        Series key to content digest; None where its voxels could not be read.
    reader : str
        Who reads.
    """

    study_key: str
    series: Mapping[str, str | None]
    reader: str

    def is_of(self, study_key: str, content: Mapping[str, str | None]) -> bool:
        """Whether a study is the one that was read: its key, and the series that can be read.

        The number of a key counts copies in one run and says nothing of the study; which of them it
        is, the voxels decide. The room leaves out series that cannot be read.

        Parameters
        ----------
        study_key : str
            Of the study.
        content : mapping
            Its series with the digests of their voxels, None where they cannot be read.
        """
        if unnumbered(self.study_key) != unnumbered(study_key):
            return False
        could, can = ({k: v for k, v in told.items() if v} for told in (self.series, content))
        return could == can

    def demand(self, study_key: str, content: Mapping[str, str | None]) -> None:
        """Refuse a study that is not the one that was read; as `is_of` takes it.

        Raises
        ------
        RecordError
            Another study, or other images of it (``review_of_other_study``).
        """
        if self.is_of(study_key, content):
            return
        found, evidence = "the review is of another study", {}
        if unnumbered(self.study_key) == unnumbered(study_key):
            series = {*self.series, *content}
            other = sum(self.series.get(key) != content.get(key) for key in series)
            evidence = {"differing": other, "series": len(series)}
            images = "the review was made on other images of this study"
            found = f"{images}: {other} of {len(series)} series differ"
        remedy = "Give the study that it was made on"
        raise RecordError("review_of_other_study", found, remedy, evidence)

    def to_json(self) -> bytes:
        """Give the bytes of ``review.json``."""
        text = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "study_key": self.study_key,
            "series": dict(self.series),
            "reader": self.reader,
        }
        return (json.dumps(text, indent=1) + "\n").encode()


def refuse_reader(reader: str) -> None:
    """Refuse an id of a reader that is empty, or that files and windows cannot show.

    Raises
    ------
    GuardError
        Not 1 to 64 printable characters.
    """
    if not (reader.strip() and len(reader) <= READER_LETTERS and reader.isprintable()):
        found = f"a reader of {len(reader)} characters, or with some that cannot be printed"
        remedy = f"Give 1 to {READER_LETTERS} printable characters, such as R1"
        raise GuardError("reader_malformed", found, remedy)


def is_review(folder: Path) -> bool:
    """Whether a folder holds a review."""
    return (folder / HEAD).is_file()


def read_head(folder: Path) -> Head:
    """Read what a review is of, without opening it.

    Raises
    ------
    RecordError
        The folder holds no review, or one of a newer version.
    """
    try:
        text, _ = read_json((folder / HEAD).read_bytes())
        known = text["format"] == FORMAT and str(text["format_version"]).split(".")[0] == "1"
        head = Head(str(text["study_key"]), dict(text["series"]), str(text["reader"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _no_review() from error
    if not (head.study_key.isprintable() and head.reader.isprintable()):
        raise _no_review()
    if not known:
        found = "the review is of a version that this program does not know"
        raise RecordError("review_version", found, "Update mriview")
    return head


def _no_review() -> RecordError:
    found = "the folder holds no review (review.json is absent or broken)"
    return RecordError("not_a_review", found, "Name the folder of a review")
