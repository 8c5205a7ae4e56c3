"""The worklist of a viewer: which studies there are to read, and going from one to the next.

One list a viewer, which outlives its rooms and holds none of them, so that a closed one gives its
scans back. How far the reader is comes from the reviews on disk, and of the review on the screen
from what it says when it changes. How a study is opened, ``opening`` knows.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence, QShortcut  # type: ignore[attr-defined]  # qtpy's names

from mriview import MriviewError, Review
from mriview.errors import InputError, ScanError
from mriview.review import ReviewState
from mriview.workflow.worklist import (
    ListedStudy,
    Listing,
    SeenReview,
    Worklist,
    WorklistRow,
    is_batch,
    listed_studies,
    next_to_read,
    reading_of,
    worklist,
    worklist_of,
)
from mriview_napari import adapter
from mriview_napari.dock import LOOK
from mriview_napari.panels.worklist import WorklistWindow
from mriview_napari.wording import first_capital

SHOW_KEY, NEXT_KEY = "F8", "F9"  # napari uses no function key
HOW_TO_GO_ON = f"{SHOW_KEY} shows the worklist, {NEXT_KEY} opens the next unread study."
NOT_KEPT = "not_kept"  # refusal: something on the screen was begun
NOTHING_LEFT = "No unread study is left in the list."

Open = Callable[[ListedStudy, "StudyList"], MriviewError | None]

_LISTS: dict[int, "StudyList"] = {}  # by the identity of the viewer, as rooms are


class StudyList:
    """What a reader has to read in one viewer.

    Parameters
    ----------
    viewer : napari.Viewer
    root : Path
        Folder of a batch, or an archive.
    found : Worklist
        What lies there.
    reader : str
        Whose list it is.
    open_study : callable
        Opens a study in the viewer; gives the refusal where it is refused.
    """

    def __init__(
        self, viewer: Any, root: Path, found: Worklist, reader: str, open_study: Open
    ) -> None:
        self.root, self.reader, self.trust = root, reader, found.trust
        self.reviews = found.reviews
        self._found, self._told = found, ""
        self.rows: tuple[WorklistRow, ...] = ()
        self._open_study, self._at, self._here = open_study, "", ""
        self.gone = False  # with the window of the viewer, or another list in its place
        self._refused: dict[str, ListedStudy] = {}
        self._followed: dict[str, SeenReview] = {}
        parent = adapter.main_window(viewer)
        self.window = WorklistWindow(parent, NEXT_KEY, SHOW_KEY)
        self.window.setStyleSheet(LOOK)
        self.window.wanted.connect(self.open)
        self.window.next_wanted.connect(self.open_next)
        self.shortcuts = [
            _shortcut(keys, owner, act)
            for owner in (parent, self.window)  # a window hears only its own
            for keys, act in ((SHOW_KEY, self.show), (NEXT_KEY, self.open_next))
        ]
        self._fill()

    def close(self) -> None:
        """Take the window and the keys away."""
        self.gone = True
        for each in (*self.shortcuts, self.window):
            each.setParent(None)
            each.deleteLater()

    def show(self) -> None:
        """Show the list as it is now; the study that is open, or the next one, is selected."""
        self._refused.clear()  # an archive may be connected again
        self.refresh()
        self.draw()
        first = next_to_read(self.rows)
        self.window.select(self._at or (first.key if first else ""))
        self.window.come()

    def draw(self) -> None:
        """Put what is known into the window."""
        self.window.fill(self.rows, self.reader, self._told)

    def refresh(self) -> None:
        """Look again how far the reviews are, and what a batch has found since."""
        told = ""
        studies = tuple(row.study for row in self._found.rows)
        listing = Listing(studies, self.trust, self._found.readings)
        if is_batch(self.root):
            try:
                listing = listed_studies(self.root)
            except MriviewError as error:
                told = f"{first_capital(error.found)}. {error.remedy}."
        try:
            self._found = worklist_of(listing, self.reader, self.reviews)
        except MriviewError as error:  # the disk with the reviews may be gone: what was known stays
            told = f"{first_capital(error.found)}. {error.remedy}."
        self._fill(told)

    def open(self, key: str) -> None:
        """Open a study of the list; one that cannot be read is marked so."""
        study = next(row.study for row in self.rows if row.key == key)
        refusal = self._open_study(study, self)
        if refusal is None or refusal.code != NOT_KEPT:
            self._at = key
        if refusal is None:
            self.window.hide()
        elif isinstance(refusal, InputError | ScanError) or refusal.code == "nothing_to_show":
            self._refused[key] = replace(study, found="failed", code=refusal.code)
            self._fill()

    def open_next(self) -> None:
        """Open the next unread study."""
        self.refresh()
        others = [row for row in self.rows if row.key != self._here]
        row = next_to_read(others, self._at, unread_only=True)
        if row is None:
            self._fill(NOTHING_LEFT)
            self.draw()
            self.window.come()
        else:
            self.open(row.key)

    def reading_of(self, key: str) -> Path | None:
        """Give the folder of what the reader has begun of a study.

        Raises
        ------
        UsageError
            It was begun, and it is not known where (``reading_elsewhere``).
        """
        return reading_of(next(row for row in self.rows if row.key == key))

    def opened_line(self, key: str) -> str:
        """Say which study is open now, how many wait, and which keys lead on."""
        left = sum(row.status == "unread" and row.key != key for row in self.rows)
        return f"Study {key} is open, {left} more unread. {HOW_TO_GO_ON}"

    def follow(self, review: Review) -> None:
        """Tell how far a review is as soon as it changes."""
        key, reader, folder = review.study.key, review.reader, review.folder
        self._here = key
        if reader != self.reader or key not in {row.key for row in self.rows}:
            return
        self._at = key

        def changed(state: ReviewState) -> None:  # held by the review, and holds nothing of it
            if self.gone:
                return
            signed = state.sign_off is not None
            last = state.last.time if state.last else None
            started = state.first.time if state.first else None
            known = SeenReview(
                key, reader, state.events, signed, last, folder=folder, started=started
            )
            self._followed[key] = known
            self._fill()

        review.changed.connect(changed)

    def _fill(self, told: str = "") -> None:
        """Show what is known: what was found, what was refused here, what is on the screen."""
        found = self._found
        studies = [self._refused.get(row.key, row.study) for row in found.rows]
        reviews = [each for row in found.rows for each in row.reviews]
        self.rows = worklist(studies, (*reviews, *self._followed.values()), self.reader)
        count = len(found.problems)
        among = f"{count} folder(s) among the reviews cannot be read: mriview worklist tells more."
        self._told = told or (among if count else "")
        if self.window.isVisible():  # a long list costs time, and every command comes by here
            self.draw()


def list_of(viewer: Any) -> StudyList | None:
    """Give the list of a viewer."""
    return _LISTS.get(id(adapter.real(viewer)))


def put_list(viewer: Any, root: Path, found: Worklist, reader: str, open_study: Open) -> StudyList:
    """Give a viewer a list; the one that it had goes."""
    viewer = adapter.real(viewer)
    key = id(viewer)
    before = _LISTS.pop(key, None)
    if before is not None:
        before.close()
    else:
        adapter.when_destroyed(viewer, lambda: _let_go(key))
    _LISTS[key] = StudyList(viewer, root, found, reader, open_study)
    return _LISTS[key]


def _let_go(key: int) -> None:
    """Forget the list of a viewer whose window was destroyed."""
    listed = _LISTS.pop(key, None)
    if listed is not None:
        listed.gone = True


def _shortcut(keys: str, owner: Any, act: Callable[[], object]) -> QShortcut:
    shortcut = QShortcut(QKeySequence(keys), owner)
    shortcut.setContext(Qt.ShortcutContext.WindowShortcut)  # also with the focus on the picture
    shortcut.activated.connect(act)
    return shortcut
