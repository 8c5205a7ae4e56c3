"""Opening a study in a viewer: one room a viewer, nothing remembered of where the study lay.

Used by the entry point, by what is dropped and by the samples. A study is read as a whole before
anything on the screen changes; what is refused is said in the words of ``mriview info``, without a
traceback and without a path.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from qtpy.QtCore import QTimer

from mriview import MriviewError, Review, Study, open_batch, open_study
from mriview.errors import UsageError
from mriview.workflow.room import DEFAULT_READER, default_review, kept_review, readable
from mriview.workflow.worklist import (
    ListedStudy,
    Listing,
    Worklist,
    is_batch,
    listed_studies,
    listing_of,
    open_listed,
    worklist_of,
)
from mriview_napari import adapter
from mriview_napari.boxes import close_box, say_refused
from mriview_napari.claiming import may_hold_scans
from mriview_napari.layers import GEOMETRY_KEY
from mriview_napari.listing import NOT_KEPT, StudyList, list_of, put_list
from mriview_napari.room import Room
from mriview_napari.wording import problem_lines, refusal_line

_ROOMS: dict[int, Room] = {}  # by the identity of the viewer, which cannot be hashed otherwise
_WATCHED: set[int] = set()


def room_of(viewer: Any) -> Room | None:
    """Give the room that is open in a viewer."""
    return _ROOMS.get(id(adapter.real(viewer)))


def open_in(viewer: Any, study: Study, review: Review, *, owned: bool = False) -> Room:
    """Open a room in a viewer; one that was open there is closed first.

    Parameters
    ----------
    viewer : napari.Viewer
        Holds no layers but those of this plug-in.
    study : Study
        At least one volume.
    review : Review
        Of that study.
    owned : bool
        Whether the room closes the review when it is closed.

    Raises
    ------
    UsageError
        The viewer holds other layers.
    MriviewError
        The study holds no volume; the reason is its own.
    ScanError
        Voxels cannot be read.
    """
    viewer = adapter.real(viewer)
    others = [layer for layer in viewer.layers if GEOMETRY_KEY not in layer.metadata]
    if others:
        found = f"{len(others)} layers of other programs are open"
        remedy = "Save and remove them, then open the study again"
        raise UsageError("viewer_in_use", found, remedy)
    if review.reference is None:
        raise nothing_to_show(study)
    for volume in study.volumes.values():
        volume.voxels  # noqa: B018 (whatever cannot be read is refused while nothing has changed)
    close_in(viewer)
    room = Room(viewer, study, review, owned=owned)
    key = id(viewer)
    _ROOMS[key] = room
    close_box(viewer)
    if key not in _WATCHED:  # once a viewer: a room that was closed gives its voxels back
        _WATCHED.add(key)
        adapter.when_destroyed(viewer, lambda: _gone(key))
    take_drops(viewer)
    listed = list_of(viewer)
    if listed is not None:
        listed.follow(review)
    return room


def take_drops(viewer: Any) -> None:
    """Open what is dropped on a viewer from now on, where it may be a scan, without a question."""
    viewer = adapter.real(viewer)

    def take(paths: list[str]) -> bool:
        if not any(Path(path).is_dir() for path in paths) and not may_hold_scans(paths):
            return False
        QTimer.singleShot(0, lambda: open_paths(viewer, paths))  # the drop itself must end first
        return True

    adapter.take_drops(viewer, take)


def close_in(viewer: Any) -> None:
    """Close the room of a viewer, where there is one; the window stays."""
    room = _ROOMS.pop(id(adapter.real(viewer)), None)
    if room is not None:
        room.close()


def nothing_to_show(study: Study) -> MriviewError:
    """Give the reason why a study has no volume, as the error that refuses it."""
    for problem in study.problems:
        if problem.severity == "error":
            return problem.as_error()
    found = f"the study holds no volume, {study.tally.ignored} files are no scan"
    return UsageError("nothing_to_show", found, "See mriview info for the reasons")


def open_paths(viewer: Any, paths: Iterable[str]) -> Room | None:
    """Open what was dropped: a folder, a file, or the folder of several files.

    Returns
    -------
    Room or None
        None where it was refused, and a box says why; or where several studies were dropped: they
        are listed, and a person chooses one.
    """
    viewer = adapter.real(viewer)
    given = list(dict.fromkeys(Path(path) for path in paths))
    try:
        room = _opened(viewer, given)
    except MriviewError as error:
        _refuse(viewer, [refusal_line(error)])
        return None
    finally:
        for each in given:
            adapter.forget_path(each)
    if room is not None:
        _start(viewer, room, given)
    return room


def open_list(viewer: Any, root: Path, found: Worklist, reader: str | None = None) -> StudyList:
    """Give a viewer a list of studies to read; it is not shown yet.

    Parameters
    ----------
    viewer : napari.Viewer
    root : Path
        Folder of a batch, or an archive.
    found : Worklist
        What lies there.
    reader : str, optional
        Whose list it is; the reader of the room that is open where left out.
    """
    here = room_of(viewer)
    named = reader or (here.review.reader if here is not None else DEFAULT_READER)
    made = put_list(viewer, root, found, named, partial(_open_listed, adapter.real(viewer)))
    if here is not None:
        made.follow(here.review)
    return made


def _open_listed(viewer: Any, listed: ListedStudy, among: StudyList) -> MriviewError | None:
    """Open a study of a list, where nothing that was begun would be lost; give the refusal."""
    here = room_of(viewer)
    if here is not None and here.study.key == listed.key:
        return None
    try:
        if here is not None and (begun := here.dock.begun()):
            found = f"{begun} in the study on the screen is not kept"
            raise UsageError(NOT_KEPT, found, "Keep it, or press Stop, and then go on")
        kept = among.reading_of(listed.key)
        study = readable(open_listed(listed, among.trust))
        if not study.volumes:
            raise nothing_to_show(study)
        room = _open_read(viewer, study, kept_review(study, among.reader, among.reviews, kept))
    except MriviewError as error:
        _refuse(viewer, [refusal_line(error)])
        return error
    room.say(among.opened_line(listed.key))
    _start(viewer, room, [among.root])
    return None


def _start(viewer: Any, room: Room, paths: Sequence[Path]) -> None:
    room.paths = tuple(paths)
    QTimer.singleShot(0, lambda: _begin(viewer, room))  # the dock takes its place first


def _begin(viewer: Any, room: Room) -> None:
    if room_of(viewer) is room:
        room.begin()


def _opened(viewer: Any, given: Sequence[Path]) -> Room | None:
    if len({each.parent for each in given}) > 1:
        found = f"{len(given)} things of several folders were dropped"
        raise UsageError("several_folders", found, "Drop the folder of one study")
    path = given[0] if len(given) == 1 else given[0].parent
    if is_batch(path):
        _show_list(viewer, path, listed_studies(path))
        return None
    studies = _studies(path)
    if len(studies) > 1 and any(study.volumes for study in studies):
        _show_list(viewer, path, listing_of(studies))
        return None
    study = readable(studies[0])
    if not study.volumes:
        told = [study, *studies[1:]]
        _refuse(viewer, problem_lines([one for each in told for one in each.problems]))
        return None
    here = room_of(viewer)
    if here is not None and here.study.key == study.key:
        if _content(here.study) == _content(study):
            close_box(viewer)
            return here
        found = "it says that it is the study on the screen, and its scans differ"
        raise UsageError("study_differs", found, "Close napari, then open it again")
    return _open_read(viewer, study, default_review(study))


def _show_list(viewer: Any, root: Path, listing: Listing) -> None:
    """Show the list of several studies, of which a person chooses one."""
    here, before = room_of(viewer), list_of(viewer)
    reader = here.review.reader if here is not None else DEFAULT_READER
    found = worklist_of(listing, reader, before.reviews if before is not None else None)
    close_box(viewer)
    open_list(viewer, root, found, reader).show()


def _open_read(viewer: Any, study: Study, review: Review) -> Room:
    """Open a room on a study whose voxels can be read, and on its review."""
    try:
        return open_in(viewer, study, review, owned=True)
    except BaseException:
        review.close()
        raise


def _studies(path: Path) -> list[Study]:
    try:
        return [open_study(path)]
    except UsageError as error:
        if error.code != "several_studies":
            raise
    return list(open_batch(path))


def _content(study: Study) -> dict[str, str]:
    return {key: volume.content_sha256 for key, volume in study.volumes.items()}


def _refuse(viewer: Any, lines: Sequence[str]) -> None:
    say_refused(viewer, lines, still_open=room_of(viewer) is not None)


def _gone(key: int) -> None:
    """Forget the room of a window that was destroyed."""
    _WATCHED.discard(key)
    room = _ROOMS.pop(key, None)
    if room is not None:
        room.released()
