"""The reading room of mriview in napari: a study, a dock, a report. Research use only.

Nothing is imported until it is used, so that the command line finds the room without napari. The
room draws the state of a review and sends it commands; what a command does is not decided here.
"""

TYPE_CHECKING = False  # importing typing costs as much as an empty Python again

if TYPE_CHECKING:
    from pathlib import Path

    from mriview import Review, Study
    from mriview_napari.room import Room

__all__ = ["open_room"]


def open_room(
    study: "Study",
    review: "Review",
    *,
    block: bool = True,
    worklist: "Path | None" = None,
    reviews: "Path | None" = None,
) -> "Room":
    """Open the reading room on a study and its review, in a napari window of its own.

    Parameters
    ----------
    study : Study
        At least one volume.
    review : Review
        Of that study; commands go there, and closing it stays with the caller where there is no
        worklist: from study to study the room closes what it leaves.
    block : bool
        Whether to return only when the window was closed.
    worklist : Path, optional
        Archive or folder of a batch that the study is one of: keys lead from it to the next.
    reviews : Path, optional
        Folder of reviews that the list is made with; the user's own where left out.

    Returns
    -------
    Room
        After closing, where it blocked.

    Raises
    ------
    MissingExtraError
        napari is not installed, or no window can be opened here.
    UsageError
        The study holds no volume.
    """
    from mriview_napari.display import check_display

    check_display()
    import napari

    from mriview.workflow.worklist import open_worklist
    from mriview_napari import adapter
    from mriview_napari.opening import open_in, open_list

    viewer = napari.Viewer(title="mriview", show=False)
    try:
        room = open_in(viewer, study, review, owned=worklist is not None)
        if worklist is not None:
            found = open_worklist(worklist, review.reader, reviews)
            listed = open_list(viewer, worklist, found)
            room.say(listed.opened_line(study.key))
    except BaseException:
        viewer.close()
        raise
    viewer.show()
    if block:
        adapter.maximise(viewer)
    room.begin()
    if block:
        napari.run()
    return room
