"""Opening a study in a viewer: one room a viewer, nothing remembered of where the study lay.

Used by the entry point, by the reader (drag and drop) and by the samples. Errors of a study that
was dropped become one sentence in napari's notification, without a traceback and without a path.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from mriview import MriviewError, Review, Study, open_study
from mriview.errors import UsageError
from mriview.workflow.room import default_review
from mriview_napari import adapter
from mriview_napari.layers import GEOMETRY_KEY
from mriview_napari.room import Room

_ROOMS: dict[int, Room] = {}  # by the identity of the viewer, which cannot be hashed otherwise


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
        The viewer holds other layers, or the study no volume.
    """
    viewer = adapter.real(viewer)
    others = [layer for layer in viewer.layers if GEOMETRY_KEY not in layer.metadata]
    if others:
        found = f"{len(others)} layers of other programs are open"
        remedy = "Save and remove them, then open the study again"
        raise UsageError("viewer_in_use", found, remedy)
    if review.reference is None:
        found = f"the study holds no volume, {study.tally.refused} files were refused"
        raise UsageError("nothing_to_show", found, "See mriview info for the reasons")
    close_in(viewer)
    room = Room(viewer, study, review, owned=owned)
    _ROOMS[id(viewer)] = room
    adapter.when_destroyed(viewer, lambda: _gone(id(viewer), room))
    return room


def close_in(viewer: Any) -> None:
    """Close the room of a viewer, where there is one; the window stays."""
    room = _ROOMS.pop(id(adapter.real(viewer)), None)
    if room is not None:
        room.close()


def open_paths(viewer: Any, paths: Iterable[str]) -> Room | None:
    """Open what was dropped: a folder, a file, or the folder of several files.

    Returns
    -------
    Room or None
        None where it was refused; the reason stands in a notification.
    """
    given = list(dict.fromkeys(Path(path) for path in paths))
    path = given[0] if len(given) == 1 else given[0].parent
    opened: list[Room] = []

    def opening() -> None:
        if len({each.parent for each in given}) > 1:
            found = f"{len(given)} things of several folders were dropped"
            raise UsageError("several_folders", found, "Drop the folder of one study")
        study, here = open_study(path), room_of(viewer)
        if here is not None and here.study.key == study.key:
            opened.append(here)
            return
        review = default_review(study)
        try:
            opened.append(open_in(viewer, study, review, owned=True))
        except MriviewError:
            review.close()
            raise

    refused = _sentence(opening)
    for each in given:
        adapter.forget_path(each)
    if refused:
        from napari.utils.notifications import show_error

        show_error(refused)
        return None
    opened[0].paths = tuple(given)
    return opened[0]


def _sentence(act: Callable[[], object]) -> str:
    try:
        act()
    except MriviewError as error:
        return f"{error.found[:1].upper()}{error.found[1:]}. {error.remedy}."
    return ""


def _gone(viewer: int, room: Room) -> None:
    """Forget a room whose window was destroyed."""
    if _ROOMS.get(viewer) is room:
        del _ROOMS[viewer]
    room.released()
