"""What a panel may ask of the room: the scans, the state, the picture, and to send a command.

A protocol only, so that panels know neither napari nor the review's file. Positions are patient
LPS mm everywhere; a panel never sees a room coordinate.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from mriview import Report, Study
from mriview.review import Command, OpenField, Point, Question, ReviewState
from mriview.scans import Role


class Desk(Protocol):
    """The room as a panel sees it."""

    @property
    def study(self) -> Study:
        """The scans that are read."""

    @property
    def state(self) -> ReviewState:
        """What was said so far."""

    @property
    def reference(self) -> str:
        """Key of the series in whose frame positions are."""

    def role(self, series: str) -> Role:
        """Role of a series with its reasons: the reader's word over the tool's."""

    def questions(self) -> Sequence[Question]:
        """Other causes, each with its answer and what the scans allow."""

    def to_acknowledge(self) -> Sequence[str]:
        """Limit ids of what the tool derived: read and acknowledged once, as one list."""

    def still_open(self) -> Sequence[OpenField]:
        """List what must still be said before the reading can be signed."""

    def send(self, *commands: Command | Mapping[str, object]) -> bool:
        """Apply commands in order, all or none; a refusal is said in the status line.

        Returns
        -------
        bool
            Whether they were applied.
        """

    def pick(self, prompt: str, take: Callable[[Point], None]) -> None:
        """Say a prompt, and hand the following clicks on the picture to a function."""

    def stop_picking(self) -> None:
        """Give clicks on the picture back to napari."""

    def preview(self, points: Sequence[Point]) -> None:
        """Show clicks that are not yet part of the review."""

    def show(self, position: Point) -> None:
        """Move the displayed planes to a position."""

    def start_painting(self, what: str = "mass") -> None:
        """Give the reader a brush on the grid of the reference; ``what`` names it in the prompt."""

    def stop_painting(self) -> None:
        """Put the brush away; what was painted and not kept is dropped."""

    def keep_painting(self) -> str | None:
        """Store what was painted.

        Returns
        -------
        str or None
            Its digest; None where it was refused, and the reason was said.
        """

    def earlier_report(self) -> Report | None:
        """Ask for the JSON file of an earlier report.

        Returns
        -------
        Report or None
            None where none was chosen, or where it is no report and the reason was said.
        """

    def say(self, sentence: str) -> None:
        """Write the status line."""

    def export(self, folder: Path) -> bool:
        """Write the report; whether it was written."""

    def text(self) -> str:
        """Give the report as plain text, as a RIS takes it."""


def as_json(kind: type[Command], args: Mapping[str, object]) -> Mapping[str, object]:
    """Write what a form says as a command in its JSON form; the record reads or refuses it."""
    return {"command": kind.name, "args": dict(args)}
