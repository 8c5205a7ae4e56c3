"""The value that a path is read into: all volumes of one study, and what was refused or ignored.

A ``Study`` is found by ``mriview.scans.opening``; here is only the value and the choice of one of
its volumes by role or key. What a person later says about a series (another role, its coverage)
belongs to the review, never to the study.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from mriview.errors import UsageError
from mriview.scans.volume import Volume
from mriview.values import Problem

# The reference is the cisternogram, else the first of these, then the finest grid; contract, 1
REFERENCE_ROLES = ("t2_cisternogram", "tof_mra", "t1_post", "t2_brain", "t1_pre")


@dataclass(frozen=True, slots=True)
class Tally:
    """Every file below the path, accounted for: loaded + refused + ignored = found."""

    found: int = 0
    loaded: int = 0
    refused: int = 0
    ignored: int = 0


@dataclass(frozen=True, eq=False)
class Study:
    """All regular grids of one study of one patient.

    Parameters
    ----------
    key : str
        16 hex; a pseudonym that does not depend on paths, names or order.
    volumes : mapping
        Series key to `Volume`, in the order of the keys.
    problems : tuple of Problem
        Everything refused, flagged or ignored, those of the volumes included.
    tally : Tally
        How many files were loaded, refused, ignored.
    scanner_frame_assumed : bool
        Whether volumes without a frame of reference are held together by the word of their NIfTI
        headers (all matrices of code 1, scanner): the report then carries a limit.
    place : Path or None
        The common folder of its files: where it lay when it was opened; for the user's own eyes,
        never in a report, record, log or message. None where it was not opened from a path.
    """

    key: str
    volumes: Mapping[str, Volume] = field(default_factory=lambda: MappingProxyType({}))
    problems: tuple[Problem, ...] = ()
    tally: Tally = field(default_factory=Tally)
    scanner_frame_assumed: bool = False
    place: Path | None = field(default=None, repr=False)

    def volume(self, role_or_key: str) -> Volume:
        """Find the one volume of a role or with a key.

        Raises
        ------
        UsageError
            None, or several; the choices are named.
        """
        if role_or_key in self.volumes:
            return self.volumes[role_or_key]
        fitting = [v for v in self.volumes.values() if v.role.id == role_or_key]
        if len(fitting) == 1:
            return fitting[0]
        choices = ", ".join(f"{v.key} ({v.role.id})" for v in fitting or self.volumes.values())
        word = "several series" if fitting else "no series"
        remedy = f"Name one of: {choices}" if choices else "Open a study that holds a scan"
        code = "volume_ambiguous" if fitting else "volume_absent"
        raise UsageError(code, f"{word} for {role_or_key!r}", remedy, {"count": len(fitting)})

    def default_reference(self, roles: Mapping[str, str] | None = None) -> str | None:
        """Choose the series in whose frame positions are kept, unless the reader sets one.

        Parameters
        ----------
        roles : mapping, optional
            Series key to role, where a reader overruled the tool.

        Returns
        -------
        str or None
            A series key; None where the study holds no volume.
        """

        def order(volume: Volume) -> tuple[int, float, str]:
            role = (roles or {}).get(volume.key, volume.role.id)
            rank = REFERENCE_ROLES.index(role) if role in REFERENCE_ROLES else len(REFERENCE_ROLES)
            return rank, volume.grid.voxel_volume_mm3, volume.key

        return min(self.volumes.values(), key=order).key if self.volumes else None
