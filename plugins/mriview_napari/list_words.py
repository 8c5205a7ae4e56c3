"""The words of the worklist in the room: one line a study, and how much is left.

Pure functions from the rows of ``mriview.workflow.worklist`` to text, as those of ``wording``. What
a reader answered is in no row, and the list of one reader holds nothing of another.
"""

from collections import Counter
from collections.abc import Sequence

from mriview import vocabulary
from mriview.workflow.worklist import Status, WorklistRow

COLUMNS = ("Study", "Status", "Series", "Contact", "Problems")
STATUS_WORDS: dict[Status, str] = {
    "in_progress": "in progress",
    "unread": "unread",
    "signed": "signed",
    "unreadable": "cannot be read",
}
SHOWS = {"yes": "can be shown", "not_yet": "role to be confirmed", "no": "cannot be shown"}


def cells_of(row: WorklistRow) -> tuple[str, ...]:
    """Give the cells of a line, in the order of the columns."""
    study = row.study
    rows = vocabulary.roles()
    held = ", ".join(rows[role].label.en if role in rows else role for role in study.roles)
    return (
        study.key,
        _status_words(row),
        held or ("not known yet" if study.found == "waiting" else "none"),
        SHOWS.get(study.contact or "", "not known yet"),
        ", ".join(study.problems or ([study.code] if study.code else [])),
    )


def counts_line(rows: Sequence[WorklistRow], reader: str) -> str:
    """Say how much there is of each, and whose list it is."""
    counts = Counter(row.status for row in rows)
    parts = [f"{counts[status]} {word}" for status, word in STATUS_WORDS.items() if counts[status]]
    studies = "1 study" if len(rows) == 1 else f"{len(rows)} studies"
    return f"Reader {reader}, {studies}: {', '.join(parts) or 'none'}"


def _status_words(row: WorklistRow) -> str:
    words = STATUS_WORDS[row.status]
    if row.status == "unreadable":
        return f"{words} ({row.study.code or row.study.found})"
    for review in row.reviews:
        if review.code is not None:
            return f"{words} ({review.code})"
        if row.status == "in_progress":
            number = review.commands
            elsewhere = ", folder not known" if review.known_from == "batch" else ""
            return f"{words} ({number} command{'' if number == 1 else 's'}{elsewhere})"
    return words
